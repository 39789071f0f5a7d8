//! The footer of a WeChat trade bill: a line of names and a line of figures, checked against the rows.
//!
//! Every sum is that of one column over all rows, whatever their state. Generations differ in which sums
//! they have and in their names; a sum with an unknown name cannot be checked and is ignored.

use super::fields::{Fields, Style};
use super::lines::Lines;
use super::reason::{FileError, Reason, shown};
use super::row::Header;
use crate::domain::money::{Currency, Money};
use std::io::Read;

/// Name of the footer's count; its first line begins with it.
pub(super) const COUNT: &str = "总交易单数";

/// A sum of the footer: names of its column, and its own names; the current name first.
pub(super) struct Sum {
    pub(super) columns: &'static [&'static str],
    totals: &'static [&'static str],
}

/// The sums of all generations.
pub(super) const SUMS: [Sum; 6] = [
    Sum {
        columns: &["应结订单金额", "总金额"],
        totals: &["应结订单总金额", "总交易额", "总交易金额", "总金额"],
    },
    Sum { columns: &["退款金额"], totals: &["退款总金额", "总退款金额"] },
    Sum {
        columns: &["充值券退款金额", "企业红包退款金额", "代金券或立减优惠退款金额", "代金券退款金额"],
        totals: &[
            "充值券退款总金额",
            "企业红包退款总金额",
            "总企业红包退款金额",
            "总代金券或立减优惠退款金额",
            "代金券或立减优惠退款总金额",
            "总代金券退款金额",
        ],
    },
    Sum { columns: &["手续费"], totals: &["手续费总金额", "总手续费金额"] },
    Sum { columns: &["订单金额"], totals: &["订单总金额"] },
    Sum { columns: &["申请退款金额"], totals: &["申请退款总金额"] },
];

/// Count and sums of the rows so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    rows: u64,
    minor: [i64; SUMS.len()],
    /// Whether the rows leave out trailing zeros (`3.5`, `0`), as bills of the older generation do.
    short_figures: bool,
}

impl Totals {
    /// Adds a row's amounts.
    pub(super) fn add(&mut self, minor: &[i64; SUMS.len()]) -> Result<(), Reason> {
        self.rows += 1;
        for (total, minor) in self.minor.iter_mut().zip(minor) {
            *total = total.checked_add(*minor).ok_or(Reason::SumTooLarge {})?;
        }
        Ok(())
    }

    /// Notes whether an amount leaves out trailing zeros.
    pub(super) fn note_form(&mut self, text: &str, currency: Currency) {
        self.short_figures = self.short_figures || decimals(text) < currency.exponent() as usize;
    }

    /// Reads the line of figures under `names` and the end of the file, and compares. A sum whose column is
    /// missing in this bill (refund sums of a bill of payments only) is parsed but not compared.
    pub(super) fn check<R: Read>(
        &self,
        lines: &mut Lines<R>,
        names: &Header,
        columns: &[Option<usize>; SUMS.len()],
        currency: Currency,
    ) -> Result<(), Box<FileError>> {
        let at = lines.number();
        let Some(line) = lines.next()? else {
            return Err(FileError::at(at, Reason::FooterMissing { what: COUNT.to_owned() }));
        };
        let number = line.number;
        let mut fields = Fields::new(Style::Backtick);
        let row = names.row(fields.split(line)?, number)?;
        let mut cut = None;
        for index in 0..names.len() {
            let (name, text) = (names.name(index), row.raw(index));
            if name == COUNT {
                let expected: u64 =
                    text.parse().map_err(|_| row.refuse(index, Reason::BadFooter { value: shown(text) }))?;
                if expected != self.rows {
                    let name = name.to_owned();
                    return Err(row.refuse(index, Reason::FooterCount { name, expected, actual: self.rows }));
                }
            } else if let Some(sum) = SUMS.iter().position(|sum| sum.totals.contains(&name)) {
                let expected = row.amount(index, text, currency)?;
                if decimals(text) < currency.exponent() as usize && !self.short_figures {
                    cut = cut.or_else(|| Some(row.refuse(index, Reason::BadFooter { value: shown(text) })));
                }
                if columns[sum].is_some() && expected != self.minor[sum] {
                    let money = |minor| Money::new(minor, currency).to_string();
                    let (expected, actual) = (money(expected), money(self.minor[sum]));
                    let name = name.to_owned();
                    return Err(row.refuse(index, Reason::FooterSum { name, expected, actual }));
                }
            }
        }
        match lines.next()? {
            None => cut.filter(|_| !lines.ended()).map_or(Ok(()), Err),
            Some(line) => Err(FileError::at(line.number, Reason::TextAfterFooter {})),
        }
    }
}

/// Returns the number of decimals of a figure. A footer truncated inside its last figure has too few, unless the bill
/// leaves out trailing zeros.
fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}
