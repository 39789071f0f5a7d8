//! Sign-off of accounts' days (对账确认): the report that is signed, and what has changed since. Amounts are in minor
//! units of the account's currency.

use crate::domain::hand_match::FirstDecision;
use crate::domain::id::{AccountCode, CaseNo, Operator, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::sign_off::{Backlog, Keeper, SignOffState};
use crate::protocol::account_statements::{AccountDay, AccountMatchCount, AccountStatementRow, OpenSide};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Signs off the days of an account up to one, from the day after the last that was signed. With four eyes on it counts
/// once a second person has signed the same report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffAccount {
    /// The account.
    pub account: AccountCode,
    /// The last day.
    pub day: Date,
    /// Who sees to the open items that nobody sees to yet, and until when.
    #[serde(default)]
    pub keeper: Option<Keeper>,
    /// What is to be said of it; needed if items are open.
    #[serde(default)]
    pub note: Option<String>,
}

/// Requests the sign-offs, newest day first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSignOffs {
    /// Of this account only.
    pub account: Option<AccountCode>,
}

/// Requests what was signed for a day of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowSignOff {
    /// The account.
    pub account: AccountCode,
    /// The last day of the sign-off.
    pub day: Date,
}

/// A sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffRow {
    /// Its number in the ledger.
    pub id: i64,
    /// The account.
    pub account: AccountCode,
    /// Its currency.
    pub currency: String,
    /// The first day.
    pub first_day: Date,
    /// The last day.
    pub day: Date,
    /// How far people are.
    pub state: SignOffState,
    /// Theirs without ours at the end of the last day.
    pub difference_minor: i64,
    /// Open items that make up the difference.
    pub open: i64,
    /// What was said of it.
    pub note: String,
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
    /// Who asked for it first, if two people signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstDecision>,
    /// Newest voucher that was known.
    pub last_voucher: i64,
}

/// An item that the other side does not answer on the last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedItem {
    /// The line or entry.
    #[serde(flatten)]
    pub item: OpenSide,
    /// Whether a later day answers it.
    pub in_transit: bool,
    /// Who sees to it, and until when.
    #[serde(flatten)]
    pub keeper: Option<Keeper>,
}

/// What is signed: each day, and each item of the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReport {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: String,
    /// Its numbers at the holder.
    pub numbers: Vec<String>,
    /// The days.
    pub days: Vec<AccountDay>,
    /// What each key matched.
    pub matched: Vec<AccountMatchCount>,
    /// The items, oldest day first.
    pub items: Vec<SignedItem>,
    /// The items from the sign-off before to this one.
    pub backlog: Backlog,
}

/// A sign-off with its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSignOff {
    /// The sign-off.
    #[serde(flatten)]
    pub sign_off: SignOffRow,
    /// What is signed.
    pub report: SignedReport,
}

/// A voucher that was booked on signed days after their sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateVoucher {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// Its accounting day.
    pub day: Date,
    /// What it moved on the account; positive if debited.
    pub amount_minor: i64,
    /// Its case.
    pub case_no: Option<CaseNo>,
    /// Who made it.
    pub maker: Operator,
    /// Who checked it.
    pub checker: Option<Operator>,
    /// When.
    pub at: Moment,
}

/// A closing balance that is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedDay {
    /// The day.
    pub day: Date,
    /// By the statements, as signed and now.
    pub theirs: (Option<i64>, Option<i64>),
    /// In the books, as signed and now.
    pub ours: (i64, i64),
}

/// The newest sign-off of an account, and what has changed since on the days that it covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedDays {
    /// The sign-off.
    #[serde(flatten)]
    pub sign_off: SignOffRow,
    /// Days whose closing balances changed.
    pub changed: Vec<ChangedDay>,
    /// Statements of signed days that were imported, replaced or withdrawn since.
    pub statements: Vec<AccountStatementRow>,
    /// Vouchers of signed days that were booked since, the first 100.
    pub vouchers: Vec<LateVoucher>,
}

impl SignedDays {
    /// Returns whether what was signed still holds.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.changed.is_empty() && self.statements.is_empty() && self.vouchers.is_empty()
    }
}
