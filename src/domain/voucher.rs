//! Vouchers and entries: balanced, sealed, chained.

use super::account::Side;
use super::event::Event;
use super::id::{AccountCode, CaseNo, Operator, RuleName, TradeNo, VoucherNo};
use super::money::Currency;
use super::period::Moment;
use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// The kind of a voucher (凭证种类).
    VoucherKind, "voucher kind" {
        /// Books an event.
        Post = "post",
        /// Reverses a voucher.
        Reverse = "reverse",
        /// Books an event again after a reversal.
        Repost = "repost",
        /// Books an event that had been omitted (补账).
        Supplement = "supplement",
        /// Books a difference only.
        Adjust = "adjust",
        /// Books money of unknown purpose to suspense (挂账).
        Park = "park",
        /// Clears suspense (销账).
        Unpark = "unpark",
        /// Imported from an older system.
        Import = "import",
    }
}

impl VoucherKind {
    /// Returns whether a voucher of this kind posts its event, of which only one may be live.
    #[must_use]
    pub const fn posts_event(self) -> bool {
        matches!(self, Self::Post | Self::Repost | Self::Supplement | Self::Import)
    }

    /// Returns whether it is a correction, which only a case may book.
    #[must_use]
    pub const fn is_correction(self) -> bool {
        !matches!(self, Self::Post | Self::Supplement | Self::Import)
    }
}

vocabulary! {
    /// How a line was booked (冲账方式).
    Mode, "mode" {
        /// A first booking.
        Normal = "normal",
        /// Wipe (抹账): other side, positive; both vouchers are left out of net turnover.
        Wipe = "wipe",
        /// Red (红字): same side, negative.
        Red = "red",
        /// Blue (蓝字反方向): other side, positive.
        Blue = "blue",
        /// A difference only.
        Difference = "difference",
    }
}

/// One line to book, before it is numbered in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The account.
    pub account: AccountCode,
    /// Debit or credit.
    pub side: Side,
    /// Signed minor units; negative only in mode red or difference.
    pub amount_minor: i64,
    /// How it was booked.
    pub mode: Mode,
}

impl Line {
    /// Returns the change of the account's balance, debit-positive, in minor units.
    #[must_use]
    pub const fn debit_positive(&self) -> i64 {
        self.side.debit_positive(self.amount_minor)
    }
}

/// A booked line in its account's chain. Balances are positive on the account's normal side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Line number in the voucher, from 1.
    pub line: i64,
    /// Account.
    pub account: AccountCode,
    /// Number in the account's chain, from 1, without gaps.
    pub account_seq: i64,
    /// Side.
    pub side: Side,
    /// Signed minor units.
    pub amount_minor: i64,
    /// How it was booked.
    pub mode: Mode,
    /// Balance before, minor units.
    pub balance_before_minor: i64,
    /// Balance after, minor units.
    pub balance_after_minor: i64,
    /// Currency.
    pub currency: Currency,
}

/// A voucher to book, before it is numbered and sealed. It has at least two lines, which balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Number to keep, for imports; `None` for one of Storno's own numbers.
    pub voucher_no: Option<VoucherNo>,
    /// Kind.
    pub kind: VoucherKind,
    /// Mode of the whole voucher.
    pub mode: Mode,
    /// The trade it books.
    pub trade_no: Option<TradeNo>,
    /// The event it books.
    pub event: Option<Event>,
    /// The voucher that it reverses.
    pub reverses: Option<VoucherNo>,
    /// The case it belongs to.
    pub case_no: Option<CaseNo>,
    /// The accounting day it is booked on.
    pub accounting_date: Date,
    /// The day of the trade.
    pub business_date: Date,
    /// The day that interest counts from (起息日).
    pub value_date: Date,
    /// Reason code, for corrections.
    pub reason: Option<String>,
    /// The rule that computed its lines.
    pub rule: Option<RuleName>,
    /// The maker (制单人).
    pub maker: Operator,
    /// The checker who approved it (复核人).
    pub checker: Option<Operator>,
    /// Time of posting.
    pub posted_at: Moment,
    /// Memo (摘要).
    pub memo: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Draft {
    /// Checks that there are at least two lines and that signs fit their modes. The balance is checked per
    /// currency once the accounts are known ([`super::chain::place`]).
    ///
    /// # Errors
    /// [`Code::TooFewEntries`], [`Code::BadValue`].
    pub fn check(&self) -> Result<(), Rejection> {
        let name = || self.voucher_no.as_ref().map_or_else(|| self.memo.clone(), ToString::to_string);
        if self.lines.len() < 2 {
            return Err(Rejection::new(Code::TooFewEntries).with("voucher", name()));
        }
        for line in &self.lines {
            let negative_allowed = matches!(line.mode, Mode::Red | Mode::Difference);
            if line.amount_minor == 0 || (line.amount_minor < 0 && !negative_allowed) {
                return Err(Rejection::new(Code::BadValue)
                    .with("what", "amount")
                    .with("value", line.amount_minor));
            }
        }
        Ok(())
    }
}

/// A voucher in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// Number in the ledger, from 1, without gaps.
    pub seq: i64,
    /// Voucher number.
    pub voucher_no: VoucherNo,
    /// Kind.
    pub kind: VoucherKind,
    /// Mode.
    pub mode: Mode,
    /// Trade.
    pub trade_no: Option<TradeNo>,
    /// Event.
    pub event: Option<Event>,
    /// The voucher that it reverses.
    pub reverses: Option<VoucherNo>,
    /// The voucher that reversed it.
    pub reversed_by: Option<VoucherNo>,
    /// Its case.
    pub case_no: Option<CaseNo>,
    /// Accounting day.
    pub accounting_date: Date,
    /// Day of the trade.
    pub business_date: Date,
    /// Day interest counts from.
    pub value_date: Date,
    /// Reason code.
    pub reason: Option<String>,
    /// Rule and version.
    pub rule: Option<RuleName>,
    /// The maker (制单人).
    pub maker: Operator,
    /// The checker who approved it (复核人).
    pub checker: Option<Operator>,
    /// Time of posting.
    pub posted_at: Moment,
    /// Memo (摘要).
    pub memo: String,
    /// Hash of the previous voucher, 64 hex digits.
    pub prev_hash: String,
    /// Its own hash.
    pub hash: String,
    /// Its entries, by line.
    pub entries: Vec<Entry>,
}

impl Voucher {
    /// Returns the entry of the principal: the greatest debit. In every default rule that is the principal;
    /// fees are smaller.
    #[must_use]
    pub fn principal(&self) -> Option<&Entry> {
        let debits = self.entries.iter().filter(|entry| entry.side == Side::Debit);
        debits.max_by_key(|entry| entry.amount_minor.unsigned_abs())
    }
}
