//! Previews: a dry run of a case's commit, with its entries, changes and conditions.

use crate::domain::case::{CaseState, GuardName};
use crate::domain::id::{AccountCode, CaseNo, TradeNo, VoucherNo};
use crate::domain::money::Currency;
use crate::domain::trade::Channel;
use crate::domain::voucher::{Entry, VoucherKind};
use crate::i18n::{self, Lang};
use crate::protocol::page::Slice;
use crate::protocol::reports::{MissingBill, ReconRow, ReconSum};
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
    /// Balance before, on the normal side, in minor units.
    pub before_minor: i64,
    /// Balance after, on the normal side, in minor units.
    pub after_minor: i64,
    /// Floor of the balance, if there is one.
    pub floor_minor: Option<i64>,
    /// Whether the holder sees the account.
    pub customer_visible: bool,
    /// Whether others posted to the account since the case was staged.
    pub moved: bool,
}

/// State of a condition of the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardState {
    /// The condition holds.
    Ok,
    /// The condition holds, with a remark.
    Note,
    /// The condition does not hold: the commit would be refused.
    Fail,
}

/// A condition of the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The condition.
    pub guard: GuardName,
    /// State of the condition.
    pub state: GuardState,
    /// Code of the refusal, if it does not hold.
    pub code: Option<String>,
    /// The condition in words.
    pub text: String,
}

/// Turnover of one side of one account on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverChange {
    /// Accounting day.
    pub day: Date,
    /// Account.
    pub account: AccountCode,
    /// Its currency.
    pub currency: Currency,
    /// Change of the day's net debit turnover, minor units (wiped pairs left out).
    pub debit_minor: i64,
    /// Change of the day's net credit turnover.
    pub credit_minor: i64,
}

/// What the holder of an account sees, before and after.
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

/// Reconciliation of a channel's day before a case and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayReconciled {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
    /// Sums of the day by currency, payments and refunds apart, as reconciliation has them.
    pub sums: Vec<SumReconciled>,
    /// Number of trades and lines that do not match, before.
    pub open_before: i64,
    /// Number of them after.
    pub open_after: i64,
    /// Rows of the comparison that go: they match, are gone, or stand otherwise after the case. At most
    /// [`DayReconciled::ITEMS`].
    pub gone: Vec<ReconRow>,
    /// Rows that come, or stand as after the case.
    pub came: Vec<ReconRow>,
    /// Number of rows that go.
    pub gone_count: usize,
    /// Number of rows that come.
    pub came_count: usize,
    /// Bills that never came before the case, and do not lack after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_gone: Vec<MissingBill>,
    /// Bills that lack after the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_came: Vec<MissingBill>,
}

impl DayReconciled {
    /// Most rows listed that go, and that come.
    pub const ITEMS: usize = 50;

    /// Returns whether the case changes anything about the day.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.gone_count > 0
            || self.came_count > 0
            || self.open_before != self.open_after
            || !self.missing_gone.is_empty()
            || !self.missing_came.is_empty()
            || self.sums.iter().any(|sum| sum.before != sum.after)
    }
}

/// Sums of a day in one direction, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumReconciled {
    /// Before the case.
    pub before: ReconSum,
    /// After it.
    pub after: ReconSum,
    /// What the channel has more than we do before, minor units.
    pub difference_before_minor: i64,
    /// What it has more after.
    pub difference_after_minor: i64,
}

impl SumReconciled {
    /// Returns the sums with their differences.
    #[must_use]
    pub fn new(before: ReconSum, after: ReconSum) -> Self {
        let difference = |sum: &ReconSum| sum.theirs_minor.saturating_sub(sum.ours_minor);
        let (difference_before_minor, difference_after_minor) = (difference(&before), difference(&after));
        Self { before, after, difference_before_minor, difference_after_minor }
    }
}

/// A committed case whose evidence goes with a statement, and what takes it back afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeBack {
    /// The committed case.
    pub case_no: CaseNo,
    /// Its vouchers for lines that are gone or changed then, the last one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vouchers: Vec<VoucherNo>,
    /// The steps that take them back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepRow>,
    /// Why the books do not take the steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Trades whose status or facts it changed by what is gone or changed then; the plan of the finding of each says
    /// what to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trades: Vec<TradeNo>,
}

impl TakeBack {
    /// Returns what to take back, in sentences.
    #[must_use]
    pub fn told(&self, lang: Lang) -> Vec<String> {
        let listed = |names: Vec<String>| names.join(", ");
        let mut told = Vec::new();
        if !self.vouchers.is_empty() {
            let vouchers = listed(self.vouchers.iter().map(ToString::to_string).collect());
            let mut args = vec![("case", self.case_no.to_string()), ("vouchers", vouchers)];
            args.extend(self.refused.clone().map(|refused| ("refused", refused)));
            told.push(i18n::text(lang, "cli.preview.take_back_vouchers", &args));
        }
        if let Some(first) = self.trades.first() {
            let trades = listed(self.trades.iter().map(ToString::to_string).collect());
            let args = [("case", self.case_no.to_string()), ("trades", trades), ("first", first.to_string())];
            told.push(i18n::text(lang, "cli.preview.take_back_trades", &args));
        }
        told
    }
}

/// A dry run of the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The case.
    pub case_no: CaseNo,
    /// Its state.
    pub state: CaseState,
    /// The steps and what they would book.
    pub steps: Vec<StepRow>,
    /// The entries, step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<PreviewEntry>,
    /// Balances of all accounts concerned.
    pub balances: Vec<BalanceChange>,
    /// Turnover that changes.
    pub turnover: Vec<TurnoverChange>,
    /// The holders' views of customer-visible accounts touched: all that change, and the first 200 of those
    /// that do not.
    pub holders: Vec<HolderView>,
    /// Whether any trade list of a customer or merchant would change.
    pub customer_view_changed: bool,
    /// Whether the comparison with the channel would change.
    pub reconciliation_changed: bool,
    /// Reconciliation of the days that the case touches, those that it changes first; at most [`Preview::DAYS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayReconciled>,
    /// Committed cases whose evidence is gone after the commit, each with what takes it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub take_back: Vec<TakeBack>,
    /// The conditions of the commit.
    pub guards: Vec<Guard>,
    /// Whether a commit would succeed now.
    pub ready: bool,
    /// Sum of amounts reversed and booked per currency, debit side, minor units.
    pub totals: Vec<(String, i64)>,
    /// Amount moved per currency in minor units: the debits of every entry without their signs.
    #[serde(default)]
    pub gross: Vec<(String, i64)>,
    /// Totals of the whole case; of a long case the lists may hold only a part.
    #[serde(default)]
    pub count: PreviewCount,
}

/// Totals of a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PreviewCount {
    /// Number of steps.
    pub steps: usize,
    /// Number of vouchers that would be booked.
    pub vouchers: usize,
    /// Number of accounts concerned.
    pub balances: usize,
    /// Number of turnover rows.
    pub turnover: usize,
    /// Number of channels' days touched.
    #[serde(default)]
    pub days: usize,
}

impl Preview {
    /// Most days whose reconciliation is shown: each costs the comparison of the day.
    pub const DAYS: usize = 10;
}

/// An entry as it would be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewEntry {
    /// Number of the step it comes from.
    pub step: i64,
    /// Number that its voucher would get.
    pub voucher_no: VoucherNo,
    /// The voucher's kind.
    pub kind: VoucherKind,
    /// Accounting day.
    pub accounting_date: Date,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Runs a case's commit without writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewCase {
    /// Number of the case.
    pub case_no: CaseNo,
    /// The steps to show.
    #[serde(default)]
    pub slice: Slice,
}
