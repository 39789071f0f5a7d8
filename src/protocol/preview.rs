//! The commit of a case, run without writing: what it would book and change, and whether it would go through.

use crate::domain::case::CaseState;
use crate::domain::id::{AccountCode, CaseNo, TradeNo, VoucherNo};
use crate::domain::voucher::{Entry, VoucherKind};
use crate::protocol::page::Slice;
use crate::protocol::steps::StepRow;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Balance of an account before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceChange {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Currency.
    pub currency: String,
    /// Before, on the normal side, minor units.
    pub before_minor: i64,
    /// After.
    pub after_minor: i64,
    /// The floor, where there is one.
    pub floor_minor: Option<i64>,
    /// Whether the holder sees the account.
    pub customer_visible: bool,
    /// Whether the chain moved since the case was staged.
    pub moved: bool,
}

/// Whether a condition of the commit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardState {
    /// It holds.
    Ok,
    /// It holds, with a remark.
    Note,
    /// It does not; the commit would be refused.
    Fail,
}

/// A condition of the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Which: `balanced`, `day_open`, `first_reversal`, `floors`, `heads`, `customer_view`, `reconciliation`,
    /// `approval`, `unchanged`, `accounts`, `checklist`.
    pub guard: String,
    /// Whether it holds.
    pub state: GuardState,
    /// The refusal's code, where it does not.
    pub code: Option<String>,
    /// In words.
    pub text: String,
}

/// Turnover of one side of one account on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverChange {
    /// Accounting day.
    pub day: Date,
    /// Account.
    pub account: AccountCode,
    /// Change of the day's net debit turnover, minor units (wiped pairs left out).
    pub debit_minor: i64,
    /// Change of the day's net credit turnover.
    pub credit_minor: i64,
}

/// A customer's view of an account before and after, reduced to what the holder sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderView {
    /// The account.
    pub account: AccountCode,
    /// Trades its holder sees, before.
    pub trades_before: Vec<TradeNo>,
    /// Trades its holder sees, after.
    pub trades_after: Vec<TradeNo>,
    /// Balance before.
    pub balance_before_minor: i64,
    /// Balance after.
    pub balance_after_minor: i64,
}

/// The commit, run without writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The case.
    pub case_no: CaseNo,
    /// Its state.
    pub state: CaseState,
    /// The steps as they would be booked.
    pub steps: Vec<StepRow>,
    /// The entries, step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<PreviewEntry>,
    /// Every account touched.
    pub balances: Vec<BalanceChange>,
    /// Turnover touched.
    pub turnover: Vec<TurnoverChange>,
    /// The holders' views of customer-visible accounts touched: all that change, and the first 200 of those that do not.
    pub holders: Vec<HolderView>,
    /// Whether any trade list of a customer or merchant would change.
    pub customer_view_changed: bool,
    /// Whether the comparison with the channel would change.
    pub reconciliation_changed: bool,
    /// The conditions.
    pub guards: Vec<Guard>,
    /// Whether a commit now would go through.
    pub ready: bool,
    /// Sum of amounts reversed and booked per currency, debit side, minor units.
    pub totals: Vec<(String, i64)>,
    /// What is moved per currency, minor units: debits of every entry, whichever sign they carry.
    #[serde(default)]
    pub gross: Vec<(String, i64)>,
    /// How much there is in all; of a long case only a part may be shown.
    #[serde(default)]
    pub count: PreviewCount,
}

/// How much a preview came to in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PreviewCount {
    /// Steps.
    pub steps: usize,
    /// Vouchers that would be booked.
    pub vouchers: usize,
    /// Accounts touched.
    pub balances: usize,
    /// Rows of turnover touched.
    pub turnover: usize,
}

/// An entry as it would be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewEntry {
    /// The step it comes from.
    pub step: i64,
    /// The voucher number it would get.
    pub voucher_no: VoucherNo,
    /// The voucher's kind.
    pub kind: VoucherKind,
    /// Accounting day.
    pub accounting_date: Date,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Runs the commit without writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewCase {
    /// Which case.
    pub case_no: CaseNo,
    /// Which steps are shown.
    #[serde(default)]
    pub slice: Slice,
}
