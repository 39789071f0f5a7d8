//! Reading files into the ledger's words.
//!
//! Every reader works line by line, because in all these formats a record is a line: a line break inside a quoted
//! field would be a control character in a name, which the books do not take. That makes a file cut in the middle
//! detectable, keeps line numbers exact, and lets GBK be decoded a line at a time (its trail bytes are never a
//! line feed).
//!
//! A reader hands each record on as soon as it is read, before it has seen the end of the file. The caller must
//! therefore treat the whole as refused when the reader ends in an error: write inside one transaction, or read
//! twice. Nothing here panics, whatever the bytes.

mod alipay;
mod alipay_totals;
mod detect;
mod fields;
mod journal;
mod lines;
mod reason;
mod row;
mod seen;
mod source;
mod trades;
mod wechat;
mod wechat_totals;

#[cfg(test)]
mod hostile;

pub use detect::{Foreign, Format, detect};
pub use journal::{JournalVoucher, MAX_VOUCHER_LINES, read_journal};
pub use lines::MAX_LINE_BYTES;
pub use reason::{Column, FileError, ReadError, Reason};
pub use source::{MAX_UNPACKED_BYTES, MAX_ZIP_ENTRIES, Source, open, opened};
pub use trades::read_trades;

use crate::domain::money::Currency;
use crate::domain::statement::{LineKind, StatementHead, StatementLine};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::io::Read;

/// What a reader must know of the ledger it reads for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The ledger's currency: that of journals, and of bills that name none.
    pub currency: Currency,
    /// The ledger's zone: that of local times without offset, and of business dates.
    pub zone: TimeZone,
}

/// What a local file held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Data lines, without the header.
    pub lines: u64,
    /// Trades or vouchers.
    pub items: u64,
    /// Whether the last line ended with a line break. These files have no footer, so a file cut exactly at a line
    /// break reads as a shorter file; one that ends without it is worth a second look.
    pub last_line_ended: bool,
}

/// What a channel's bill held. Counts and sums were checked against the bill's own footer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillSummary {
    /// What it is about.
    pub head: StatementHead,
    /// Currency of the sums.
    pub currency: Currency,
    /// Statement lines.
    pub rows: u64,
    /// Lines where money came to us.
    pub pay_count: u64,
    /// Lines where money went back: refunds and revocations.
    pub refund_count: u64,
    /// Sum of the payments in minor units.
    pub pay_minor: i64,
    /// Sum of refunds and revocations in minor units, positive.
    pub refund_minor: i64,
    /// What the channel keeps of all lines, net, in minor units.
    pub fee_minor: i64,
}

impl BillSummary {
    fn new(head: StatementHead, currency: Currency) -> Self {
        Self {
            head,
            currency,
            rows: 0,
            pay_count: 0,
            refund_count: 0,
            pay_minor: 0,
            refund_minor: 0,
            fee_minor: 0,
        }
    }

    /// Counts a line in.
    fn add(&mut self, line: &StatementLine) -> Result<(), Reason> {
        let sum = |total: i64, minor: i64| total.checked_add(minor).ok_or(Reason::SumTooLarge {});
        self.rows += 1;
        self.fee_minor = sum(self.fee_minor, line.fee_minor)?;
        match line.kind {
            LineKind::Pay => {
                self.pay_count += 1;
                self.pay_minor = sum(self.pay_minor, line.amount_minor)?;
            }
            LineKind::Refund | LineKind::Revoke => {
                self.refund_count += 1;
                self.refund_minor = sum(self.refund_minor, line.amount_minor)?;
            }
        }
        Ok(())
    }
}

/// Reads a channel's bill of the given format; `name` is what errors call the file.
///
/// Times are the channel's clock, which is China's (+08:00) whatever the ledger's zone.
///
/// # Errors
/// [`ReadError::File`] where the file is refused, [`Reason::NotABill`] for a format that is no bill;
/// [`ReadError::Each`] with the error of `each`.
pub fn read_bill<E>(
    input: impl Read,
    name: &str,
    settings: &Settings,
    format: Format,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    match format {
        Format::WechatTrade => wechat::read(input, settings, each),
        Format::AlipayTrade => alipay::read(input, each),
        Format::LocalTrades | Format::LocalJournal => {
            Err(FileError::whole(Reason::NotABill { format: format.as_str().to_owned() }).into())
        }
    }
    .map_err(|error| error.in_file(name))
}
