//! An account statement in a plain CSV of our own, for banks whose own files no reader knows: columns are found by
//! name, and every row names account and currency.
//!
//! The format is read strictly: an unknown column or word is a mistake. Amounts are signed: money in is positive. The
//! last line has the totals, so that a statement that was cut off is noticed:
//! `total,ROWS,IN,OUT,OPENING,CLOSING,end`, the sums of money in and out without sign; a balance may be empty. Where
//! lines have balances, each follows from the one before, from the oldest or from the newest line on.
//!
//! Optional columns say more of the statement, the same in every row: `holder` (BIC or bank code), `from` and `to`,
//! its first and last day, `until`, its last moment if that is before the end of the last day, and `sequence`, its
//! number. The statement of days without movements has one row, of kind `none`, which names account, currency and
//! day.
//!
//! A profile gives rows with these columns from a bank's own table. It has no last line of ours: its footer is the
//! profile's to check, and a table without one must end with a line break.

use super::account::{AccountCheck, AccountSummary};
use super::bad_rows::BadRows;
use super::fields::{Fields, Style};
use super::head::Mark;
use super::lines::{Encoding, Lines};
use super::mapped::{self, RowReader, TriedRow};
use super::reader::{Reader, Settings, Summary};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row, amount, civil};
use super::trades;
use crate::domain::account_statement::{AccountEnd, AccountHead, AccountLine, AccountLineKind, AccountPart};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::files::column::{Accepts, FileColumn, optional, required};
use crate::files::profile::TableProfile;
use jiff::civil::{Date, DateTime};
use std::io::Read;

/// The reader of plain account statements.
pub(super) static READER: Reader = Reader {
    option: "csv",
    marks: &[Mark::Columns(&["account", "day", "amount", "kind"])],
    columns: COLUMNS,
};

/// The columns; their order is free.
const COLUMNS: &[FileColumn] = &columns(false);

/// The columns that a profile makes.
pub(super) const TABLE_COLUMNS: &[FileColumn] = &columns(true);

/// Returns the columns. A bank's table may not name the account, and says in its own words what a line is.
const fn columns(is_table: bool) -> [FileColumn; 21] {
    [
        FileColumn { name: "account", required: !is_table, accepts: Accepts::Name },
        optional("holder", Accepts::Name),
        required("currency", Accepts::Currency),
        optional("from", Accepts::Date),
        optional("to", Accepts::Date),
        optional("until", Accepts::Time),
        optional("sequence", Accepts::Name),
        required("day", Accepts::Date),
        optional("time", Accepts::Time),
        optional("value_day", Accepts::Date),
        required("amount", Accepts::Amount),
        optional("balance", Accepts::Amount),
        FileColumn { name: "kind", required: !is_table, accepts: Accepts::Words(kinds) },
        optional("words", Accepts::Text),
        optional("number", Accepts::Name),
        optional("channel_no", Accepts::Name),
        optional("reference", Accepts::Name),
        optional("batch", Accepts::Name),
        optional("counterparty", Accepts::Text),
        optional("counterparty_account", Accepts::Text),
        optional("text", Accepts::Text),
    ]
}

/// Returns the words of `kind`.
fn kinds() -> Vec<&'static str> {
    AccountLineKind::ALL.iter().map(|kind| kind.as_str()).chain([NONE]).collect()
}

/// The kind of the only row of a statement without lines.
const NONE: &str = "none";

/// Beginning and end of the last line.
const TOTAL: &str = "total,";
const END: &str = "end";

/// Indexes of the columns.
struct Columns {
    /// Columns that say the same in every row.
    shared: Vec<usize>,
    account: Option<usize>,
    holder: Option<usize>,
    currency: usize,
    from: Option<usize>,
    to: Option<usize>,
    until: Option<usize>,
    sequence: Option<usize>,
    day: usize,
    time: Option<usize>,
    value_day: Option<usize>,
    amount: usize,
    balance: Option<usize>,
    kind: Option<usize>,
    words: Option<usize>,
    number: Option<usize>,
    channel_no: Option<usize>,
    reference: Option<usize>,
    batch: Option<usize>,
    counterparty: [Option<usize>; 2],
    text: Option<usize>,
}

impl Columns {
    fn of(header: &Header, columns: &[FileColumn]) -> Result<Self, Box<FileError>> {
        header.check(columns)?;
        let find = |name: &str| header.find(&[name]);
        let shared = ["account", "holder", "currency", "from", "to", "until", "sequence"];
        Ok(Self {
            shared: shared.into_iter().filter_map(find).collect(),
            account: find("account"),
            holder: find("holder"),
            currency: header.need(&["currency"])?,
            from: find("from"),
            to: find("to"),
            until: find("until"),
            sequence: find("sequence"),
            day: header.need(&["day"])?,
            time: find("time"),
            value_day: find("value_day"),
            amount: header.need(&["amount"])?,
            balance: find("balance"),
            kind: find("kind"),
            words: find("words"),
            number: find("number"),
            channel_no: find("channel_no"),
            reference: find("reference"),
            batch: find("batch"),
            counterparty: [find("counterparty"), find("counterparty_account")],
            text: find("text"),
        })
    }

    /// Reads what a row says of the statement.
    fn head(&self, row: &Row<'_>, settings: &Settings) -> Result<AccountHead, Box<FileError>> {
        let until = filled(row, self.until);
        Ok(AccountHead {
            number: row.maybe_number(self.account)?,
            holder: row.maybe_number(self.holder)?,
            currency: row.currency(self.currency, row.raw(self.currency))?,
            from: maybe_date(row, self.from)?,
            to: maybe_date(row, self.to)?,
            until: until.map(|index| trades::time(row, index, &settings.zone)).transpose()?,
            sequence: row.maybe_number(self.sequence)?,
            opening_minor: None,
        })
    }

    /// Reads a row as a line of a statement with this head.
    fn line(&self, row: &Row<'_>, head: &AccountHead) -> Result<AccountLine, Box<FileError>> {
        row.printable()?;
        let day = self.day(row, head)?;
        let time = filled(row, self.time).map(|index| time(row, index)).transpose()?;
        let balance = filled(row, self.balance);
        let text = |index: Option<usize>| index.map_or("", |index| row.raw(index));
        let counterparty = self.counterparty.map(text);
        Ok(AccountLine {
            line: row.line,
            day,
            // The time of a payment that was booked on another day is no time of that day.
            time: time.filter(|time| time.date() == day).map(DateTime::time),
            value_day: maybe_date(row, self.value_day)?,
            amount_minor: row.amount(self.amount, row.raw(self.amount), head.currency)?,
            balance_minor: balance
                .map(|index| row.amount(index, row.raw(index), head.currency))
                .transpose()?,
            kind: filled(row, self.kind)
                .map_or(Ok(AccountLineKind::Other), |index| row.word(index, AccountLineKind::ALL))?,
            words: text(self.words).to_owned(),
            number: row.maybe_number(self.number)?.unwrap_or_default(),
            channel_no: row.maybe_number(self.channel_no)?,
            reference: row.maybe_name(self.reference)?,
            batch: row.maybe_number(self.batch)?,
            counterparty: counterparty.join(" ").trim().to_owned(),
            text: text(self.text).to_owned(),
        })
    }

    /// Reads the day, which must be within the period that the statement names.
    fn day(&self, row: &Row<'_>, head: &AccountHead) -> Result<Date, Box<FileError>> {
        let day = row.date(self.day)?;
        if head.from.is_some_and(|from| day < from) || head.to.is_some_and(|to| day > to) {
            let shown_day = |day: Option<Date>| day.map_or_else(|| "–".to_owned(), |day| day.to_string());
            let (from, to) = (shown_day(head.from), shown_day(head.to));
            return Err(row.refuse(self.day, Reason::OutsidePeriod { from, to, value: day.to_string() }));
        }
        Ok(day)
    }
}

/// Returns the index of an optional column if the row says something in it.
fn filled(row: &Row<'_>, index: Option<usize>) -> Option<usize> {
    index.filter(|index| !row.raw(*index).is_empty())
}

fn maybe_date(row: &Row<'_>, index: Option<usize>) -> Result<Option<Date>, Box<FileError>> {
    filled(row, index).map(|index| row.date(index)).transpose()
}

/// Reads a time by the holder's clock, or the local one of an offset.
fn time(row: &Row<'_>, index: usize) -> Result<DateTime, Box<FileError>> {
    let text = row.raw(index);
    let with_offset = || text.parse::<Moment>().ok().map(Moment::local);
    civil(text).or_else(with_offset).ok_or_else(|| row.refuse(index, Reason::BadTime { value: shown(text) }))
}

/// What a row gives: the head with the first, and its line unless it says that there is none.
struct Taken {
    head: Option<Box<AccountHead>>,
    line: Option<Box<AccountLine>>,
}

impl Taken {
    fn pass<E>(self, each: &mut dyn FnMut(AccountPart) -> Result<(), E>) -> Result<(), E> {
        self.head.map_or(Ok(()), |head| each(AccountPart::Begins(head)))?;
        self.line.map_or(Ok(()), |line| each(AccountPart::Line(line)))
    }
}

/// The statement that is read.
struct Open {
    head: AccountHead,
    /// What the first row says in the columns that all rows share.
    shared: Vec<String>,
    check: AccountCheck,
    rows: u64,
    is_none: bool,
}

/// The rows of a file as lines of an account statement.
struct AccountRows<'s> {
    settings: &'s Settings,
    columns: &'static [FileColumn],
    open: Option<Open>,
}

impl<'s> AccountRows<'s> {
    const fn new(settings: &'s Settings, columns: &'static [FileColumn]) -> Self {
        Self { settings, columns, open: None }
    }

    fn row(&mut self, columns: &Columns, row: &Row<'_>, bad: &BadRows<'_>) -> Result<Taken, Box<FileError>> {
        let is_none = columns.kind.filter(|index| row.raw(*index) == NONE);
        let mut begins = None;
        let open = match &mut self.open {
            Some(open) => open,
            empty => {
                let mut head = columns.head(row, self.settings)?;
                if is_none.is_some() {
                    let day = columns.day(row, &head)?;
                    (head.from, head.to) = (head.from.or(Some(day)), head.to.or(Some(day)));
                } else {
                    // A first row that is refused begins nothing.
                    columns.line(row, &head)?;
                }
                begins = Some(Box::new(head.clone()));
                let shared = columns.shared.iter().map(|index| row.raw(*index).to_owned()).collect();
                let check = AccountCheck::new(&head);
                empty.insert(Open { head, shared, check, rows: 0, is_none: is_none.is_some() })
            }
        };
        if begins.is_none() && (open.is_none || is_none.is_some()) {
            return Err(row.refuse(columns.kind.unwrap_or(columns.day), Reason::NotTheOnlyRow {}));
        }
        if is_none.is_some() {
            return Ok(Taken { head: begins, line: None });
        }
        for (index, first) in columns.shared.iter().zip(&open.shared) {
            let here = row.raw(*index);
            if here != first {
                let (first, here) = (shown(first), shown(here));
                return Err(row.refuse(*index, Reason::MixedAccounts { first, here }));
            }
        }
        let line = columns.line(row, &open.head)?;
        // Behind a bad row, balances do not follow.
        if !bad.any() {
            let at = columns.balance.unwrap_or(columns.amount);
            open.check.add(&line).map_err(|reason| row.refuse(at, reason))?;
        }
        open.rows += 1;
        Ok(Taken { head: begins, line: Some(Box::new(line)) })
    }

    /// Returns the summary.
    fn summary(&self) -> AccountSummary {
        let rows = self.open.as_ref().map_or(0, |open| open.rows);
        AccountSummary { statements: u64::from(self.open.is_some()), rows }
    }
}

impl RowReader for AccountRows<'_> {
    type Columns = Columns;
    type Taken = Taken;

    fn open(&mut self, header: &Header) -> Result<Columns, Box<FileError>> {
        Columns::of(header, self.columns)
    }

    fn take(
        &mut self,
        columns: &Columns,
        row: &Row<'_>,
        _: &str,
        bad: &mut BadRows<'_>,
    ) -> Result<Taken, Box<FileError>> {
        self.row(columns, row, bad)
    }
}

/// Tells what each row of a table would become by a profile.
pub(super) fn tried(
    input: impl Read,
    settings: &Settings,
    profile: &TableProfile,
    each: &mut dyn FnMut(TriedRow),
) -> Result<Summary, Box<FileError>> {
    mapped::tried(input, profile, &mut AccountRows::new(settings, TABLE_COLUMNS), each)
}

/// Reads an account statement.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<AccountSummary, ReadError<E>> {
    if let Some(profile) = &settings.profile {
        return read_table(input, settings, profile, bad, each);
    }
    let mut lines = Lines::new(input, Encoding::Utf8);
    let mut fields = Fields::new(Style::Strict);
    let header = Header::first_line(&mut lines, &mut fields)?;
    let columns = Columns::of(&header, COLUMNS)?;
    let mut rows = AccountRows::new(settings, COLUMNS);
    while let Some(line) = lines.next_row(bad)? {
        let number = line.number;
        if let Some(totals) = line.text.strip_prefix(TOTAL) {
            if bad.any() {
                return Ok(rows.summary());
            }
            let end = match &mut rows.open {
                Some(open) => ended(totals, open),
                None => Err(Reason::AccountOfNothing {}),
            };
            let end = end.map_err(|reason| FileError::at(number, reason))?;
            if let Some(line) = lines.next()? {
                return Err(FileError::at(line.number, Reason::TextAfterFooter {}).into());
            }
            each(AccountPart::Ends(end)).map_err(ReadError::Each)?;
            return Ok(rows.summary());
        }
        let read =
            fields.split(line).and_then(|record| rows.row(&columns, &header.row(record, number)?, bad));
        match read {
            Ok(taken) => taken.pass(each).map_err(ReadError::Each)?,
            Err(error) => bad.take(error, line.text)?,
        }
    }
    Err(FileError::at(lines.number(), Reason::AccountTotals { found: "–".to_owned() }).into())
}

/// Reads a bank's table by a profile.
fn read_table<E>(
    input: impl Read,
    settings: &Settings,
    profile: &TableProfile,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<AccountSummary, ReadError<E>> {
    let mut rows = AccountRows::new(settings, TABLE_COLUMNS);
    let read = mapped::read(input, profile, bad, &mut rows, &mut |_, taken| taken.pass(&mut *each))?;
    if !read.last_line_ended {
        return Err(FileError::at(read.lines + 1, Reason::CutLastLine {}).into());
    }
    if bad.any() {
        return Ok(rows.summary());
    }
    let Some(open) = &rows.open else { return Err(FileError::whole(Reason::AccountOfNothing {}).into()) };
    let end = open.check.end(None).map_err(FileError::whole)?;
    each(AccountPart::Ends(end)).map_err(ReadError::Each)?;
    Ok(rows.summary())
}

/// Compares the last line with the rows, and returns the end of the statement.
fn ended(totals: &str, open: &mut Open) -> Result<AccountEnd, Reason> {
    let bad = || Reason::AccountTotals { found: shown(&format!("{TOTAL}{totals}")) };
    let [rows, came_in, went_out, opening, closing, END] = totals.split(',').collect::<Vec<_>>()[..] else {
        return Err(bad());
    };
    let expected: u64 = rows.parse().map_err(|_| bad())?;
    if expected != open.rows {
        return Err(Reason::FooterCount { name: "rows".to_owned(), expected, actual: open.rows });
    }
    let currency = open.head.currency;
    for (name, text, minor) in
        [("money in", came_in, open.check.came_in.1), ("money out", went_out, -open.check.went_out.1)]
    {
        let expected = amount(text, currency).map_err(|_| bad())?;
        if expected != minor {
            let (expected, actual) = (open.check.shown(expected), open.check.shown(minor));
            return Err(Reason::FooterSum { name: name.to_owned(), expected, actual });
        }
    }
    let balance = |text: &str| balance(text, currency).map_err(|()| bad());
    open.check.set_opening(balance(opening)?);
    open.check.end(balance(closing)?)
}

/// Reads a balance that may be empty.
fn balance(text: &str, currency: Currency) -> Result<Option<i64>, ()> {
    if text.is_empty() { Ok(None) } else { amount(text, currency).map(Some).map_err(|_| ()) }
}

#[cfg(test)]
#[path = "account_csv_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "account_tables_tests.rs"]
mod table_tests;
