//! What Alipay's bills share: the `#` lines around the rows, with account and period before them and totals after
//! them, names of columns, and signs.

use super::fields::Fields;
use super::lines::{Line, Lines};
use super::reason::{FileError, Reason, shown};
use super::row::{Header, Row, amount};
use crate::domain::money::{Currency, Money};
use jiff::civil::{Date, DateTime};
use std::io::Read;

/// Most `#` lines before the header: there are four or five.
const MAX_PREAMBLE_LINES: u64 = 40;

const ACCOUNT: &str = "账号";
const START: &str = "起始日期";
const END: &str = "终止日期";
const EXPORTED: &str = "导出时间";

/// From here on the end of a bill is the end of its day.
const LAST_MINUTE: jiff::civil::Time = jiff::civil::time(23, 59, 0, 0);

/// The day of a bill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub(super) day: Date,
    /// Its last moment, if that is before the end of the day.
    pub(super) until: Option<DateTime>,
}

/// What the lines before the header say.
#[derive(Debug)]
pub(super) struct Said {
    /// First and last day.
    pub(super) from: Date,
    pub(super) to: Date,
    /// Its first moment.
    pub(super) start: DateTime,
    /// Its last moment, if that is before the end of the last day.
    pub(super) until: Option<DateTime>,
    pub(super) account: Option<String>,
    line: u64,
}

impl Said {
    /// Returns the only day of a bill.
    ///
    /// # Errors
    /// A bill of several days.
    pub(super) fn day(&self) -> Result<Period, Box<FileError>> {
        if self.from == self.to {
            return Ok(Period { day: self.from, until: self.until });
        }
        let (from, to) = (self.from.to_string(), self.to.to_string());
        Err(FileError::at(self.line, Reason::MoreThanOneDay { from, to }))
    }
}

/// The content of the lines before the header.
#[derive(Debug)]
pub(super) struct Preamble {
    /// The first column of the header that must follow.
    column: &'static str,
    account: Option<String>,
    start: Option<DateTime>,
    end: Option<DateTime>,
    line: u64,
}

impl Preamble {
    /// Returns the preamble of a header with this first column.
    const fn of(column: &'static str) -> Self {
        Self { column, account: None, start: None, end: None, line: 0 }
    }

    /// Reads one line.
    pub(super) fn line(&mut self, line: Line<'_>) -> Result<(), Box<FileError>> {
        if line.number > MAX_PREAMBLE_LINES {
            return Err(FileError::at(line.number, self.without_header()));
        }
        if let Some(account) = bracketed(line.text, ACCOUNT) {
            self.account = Some(account.trim().to_owned()).filter(|account| !account.is_empty());
        }
        for (label, place) in [(START, &mut self.start), (END, &mut self.end)] {
            if let Some(text) = bracketed(line.text, label) {
                let time = time(text)
                    .ok_or_else(|| FileError::at(line.number, Reason::BadTime { value: shown(text) }))?;
                *place = Some(time);
                self.line = line.number;
            }
        }
        Ok(())
    }

    /// Returns why a file without a header is refused.
    fn without_header(&self) -> Reason {
        Reason::MissingColumn { name: self.column.to_owned() }
    }

    /// Returns the bill's period and account.
    ///
    /// Depending on the generator, the end is the first moment of the next day or the last one of the same
    /// day.
    pub(super) fn finish(self) -> Result<Said, Box<FileError>> {
        let missing = |what: &str| FileError::whole(Reason::PreambleMissing { what: what.to_owned() });
        let start = self.start.ok_or_else(|| missing(START))?;
        let end = self.end.ok_or_else(|| missing(END))?;
        let midnight = end.time() == jiff::civil::Time::midnight() && end > start;
        let to = if midnight { end.date().yesterday().unwrap_or(end.date()) } else { end.date() };
        if to < start.date() {
            let (from, to) = (start.date().to_string(), to.to_string());
            return Err(FileError::at(self.line, Reason::MoreThanOneDay { from, to }));
        }
        let whole = end.time() == jiff::civil::Time::midnight() || end.time() >= LAST_MINUTE;
        let until = (!whole).then_some(end);
        Ok(Said { from: start.date(), to, start, until, account: self.account, line: self.line })
    }
}

/// Returns the text in brackets after `label` and a colon.
fn bracketed<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    let (_, after) = line.split_once(label)?;
    let inside = after.trim_start().strip_prefix(['：', ':'])?.trim_start().strip_prefix(['[', '【'])?;
    inside.split_once([']', '】']).map(|(text, _)| text)
}

/// Reads `2018年09月12日 00:00:00`, the same with dashes, or a date only.
fn time(text: &str) -> Option<DateTime> {
    let plain = text.trim().replace(['年', '月'], "-").replace('日', "").replace('：', ":");
    if plain.len() == 10 {
        return super::row::civil(&format!("{plain} 00:00:00"));
    }
    super::row::civil(&plain)
}

/// Reads the `#` lines and the header; `column` is one that a header has.
pub(super) fn beginning<R: Read>(
    lines: &mut Lines<R>,
    fields: &mut Fields,
    column: &'static str,
) -> Result<(Preamble, Header), Box<FileError>> {
    let mut preamble = Preamble::of(column);
    loop {
        let Some(line) = lines.next()? else {
            let reason = if lines.number() == 0 { Reason::Empty {} } else { preamble.without_header() };
            return Err(FileError::whole(reason));
        };
        let number = line.number;
        if line.text.starts_with('#') {
            preamble.line(line)?;
        } else {
            let header = Header::new(fields.split(line)?.iter().map(plain), number)?;
            return Ok((preamble, header));
        }
    }
}

/// Normalises a column name: variants of brackets, signs and slash, and TABs.
fn plain(name: &str) -> String {
    let plain = name.trim().chars().filter(|c| !c.is_whitespace()).map(|c| match c {
        '（' => '(',
        '）' => ')',
        '／' => '/',
        '＋' => '+',
        '－' => '-',
        other => other,
    });
    plain.collect()
}

/// The sign of a kind of amount in this file, from the first row in which it is not zero.
#[derive(Debug, Default)]
pub(super) struct Sign {
    first: Option<(bool, u64)>,
}

impl Sign {
    /// Refuses an amount of the other sign than that of the first row.
    pub(super) fn check(&mut self, row: &Row<'_>, index: usize, minor: i64) -> Result<(), Box<FileError>> {
        if minor == 0 {
            return Ok(());
        }
        let (negative, first_line) = *self.first.get_or_insert((minor < 0, row.line));
        if negative == (minor < 0) {
            return Ok(());
        }
        Err(row.refuse(index, Reason::MixedSigns { first_line, value: shown(row.text(index)) }))
    }
}

/// Count and sums of the payments or of the refunds so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    rows: u64,
    received_minor: i64,
    discount_minor: i64,
}

impl Totals {
    /// Adds a row: what the merchant received (`商家实收`) and the discount it gave (`商家优惠`).
    pub(super) fn add(&mut self, received: i64, discount: i64) -> Result<(), Reason> {
        let sum = |total: i64, minor: i64| total.checked_add(minor).ok_or(Reason::SumTooLarge {});
        self.rows += 1;
        self.received_minor = sum(self.received_minor, received)?;
        self.discount_minor = sum(self.discount_minor, discount)?;
        Ok(())
    }

    /// Compares with a line `#交易合计：6笔，商家实收共0.06元，商家优惠共0.00元`.
    ///
    /// Refunds are compared without sign: some generators print the rows positive and the total negative.
    fn check(&self, label: &str, text: &str, signed: bool, currency: Currency) -> Result<(), Reason> {
        let bad = || Reason::BadFooter { value: shown(text) };
        let mut received = false;
        let mut parts = text.split(['，', ',']);
        let count = parts.next().and_then(|part| part.trim().strip_suffix('笔')).ok_or_else(bad)?;
        let expected: u64 = count.trim().parse().map_err(|_| bad())?;
        if expected != self.rows {
            return Err(Reason::FooterCount { name: label.to_owned(), expected, actual: self.rows });
        }
        for part in parts {
            let figure = part.trim().strip_suffix('元').ok_or_else(bad)?;
            let (name, figure) = figure.split_once('共').ok_or_else(bad)?;
            let actual = if name.starts_with("商家实收") {
                received = true;
                self.received_minor
            } else if name.starts_with("商家优惠") {
                self.discount_minor
            } else {
                continue;
            };
            let expected = amount(figure, currency)?;
            let same = if signed { expected == actual } else { expected.abs() == actual.abs() };
            if !same {
                let money = |minor| Money::new(minor, currency).to_string();
                let (expected, actual) = (money(expected), money(actual));
                return Err(Reason::FooterSum { name: format!("{label} {name}"), expected, actual });
            }
        }
        if received { Ok(()) } else { Err(bad()) }
    }
}

/// Compares the lines after the list with the totals of payments and refunds.
pub(super) fn check<R: Read>(
    lines: &mut Lines<R>,
    totals: &[Totals; 2],
    currency: Currency,
) -> Result<Option<DateTime>, Box<FileError>> {
    footer(lines, ["交易合计", "退款合计"], &mut |at, label, figures| {
        totals[at].check(label, figures, at == 0, currency)
    })
}

/// Reads the lines after the list; `each` gets the figures of each of the totals with these labels. The footer
/// must be complete, up to the time of export in its last line, which is returned if it can be read.
pub(super) fn footer<R: Read>(
    lines: &mut Lines<R>,
    labels: [&'static str; 2],
    each: &mut dyn FnMut(usize, &str, &str) -> Result<(), Reason>,
) -> Result<Option<DateTime>, Box<FileError>> {
    let mut done = [false; 2];
    let mut exported = false;
    let mut exported_at = None;
    while let Some(line) = lines.next()? {
        let number = line.number;
        let Some(comment) = line.text.strip_prefix('#').filter(|_| !exported) else {
            return Err(FileError::at(number, Reason::TextAfterFooter {}));
        };
        if let Some(at) = labels.iter().position(|label| comment.trim_start().starts_with(label)) {
            let (label, figures) = comment.split_once(['：', ':']).unwrap_or((labels[at], ""));
            each(at, label.trim(), figures).map_err(|reason| FileError::at(number, reason))?;
            done[at] = true;
        } else if comment.trim_start().starts_with(EXPORTED) {
            let text = bracketed(comment, EXPORTED)
                .ok_or_else(|| FileError::at(number, Reason::FooterMissing { what: EXPORTED.to_owned() }))?;
            (exported, exported_at) = (true, time(text));
        }
    }
    let absent = labels.iter().zip(done).find(|(_, done)| !done).map(|(label, _)| *label);
    match absent.or(Some(EXPORTED).filter(|_| !exported)) {
        None => Ok(exported_at),
        Some(what) => Err(FileError::at(lines.number(), Reason::FooterMissing { what: what.to_owned() })),
    }
}
