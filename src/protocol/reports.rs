//! What the views of the books answer: turnover, trial balance, balance-days, a customer's statement, a channel's day.
//! All amounts are minor units.

use crate::domain::account::{Class, Side};
use crate::domain::id::{AccountCode, ChannelRef, TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// When a balance is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsOf {
    /// At the end of an accounting day: everything dated up to it, as far as it is booked by now. A closed day's answer
    /// never changes; an open one's still does, also by what is booked on a later day and dated back to it.
    Day(Date),
    /// Right behind a voucher, in the order in which vouchers were booked.
    Voucher(VoucherNo),
}

/// Turnover (发生额) of an account or a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverRow {
    /// Code of the account or subject.
    pub code: String,
    /// Name.
    pub name: String,
    /// The side on which its balances are positive.
    pub normal_side: Side,
    /// Currency.
    pub currency: String,
    /// Balance before the first day.
    pub opening_minor: i64,
    /// Debits, wiped pairs left out, red lines negative.
    pub net_debit_minor: i64,
    /// Credits, likewise.
    pub net_credit_minor: i64,
    /// All debits.
    pub gross_debit_minor: i64,
    /// All credits.
    pub gross_credit_minor: i64,
    /// Balance after the last day.
    pub closing_minor: i64,
    /// Lines counted in the gross sums.
    pub entries: i64,
    /// Whether opening balance and turnover give the closing balance, net and gross.
    pub holds: bool,
}

/// Sums of all rows in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverTotal {
    /// Currency.
    pub currency: String,
    /// Debits, wiped pairs left out.
    pub net_debit_minor: i64,
    /// Credits, likewise.
    pub net_credit_minor: i64,
    /// All debits.
    pub gross_debit_minor: i64,
    /// All credits.
    pub gross_credit_minor: i64,
}

/// Which part of the books a turnover is of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of them: debits equal credits.
    #[default]
    Whole,
    /// A subject and its accounts.
    Subject(String),
    /// One account.
    Account(AccountCode),
}

/// Turnover of a span of accounting days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverReport {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Of what.
    pub of: Part,
    /// By subject, each the sum of its accounts in one currency.
    pub subjects: Vec<TurnoverRow>,
    /// The accounts that moved, by code, at most 10,000.
    pub accounts: Vec<TurnoverRow>,
    /// Accounts that moved and are left out of the list (never out of the sums).
    pub accounts_left_out: i64,
    /// Sums by currency.
    pub totals: Vec<TurnoverTotal>,
    /// Whether every row holds and, over the whole books, debits equal credits.
    pub holds: bool,
}

/// A row of the trial balance (试算平衡): a balance on the side where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialRow {
    /// Code of the account or subject.
    pub code: String,
    /// Name.
    pub name: String,
    /// Class.
    pub class: Class,
    /// Currency.
    pub currency: String,
    /// Debit balance; of a subject the sum of its accounts' debit balances.
    pub debit_minor: i64,
    /// Credit balance, likewise.
    pub credit_minor: i64,
    /// Accounts behind the row that have a balance.
    pub accounts: i64,
}

/// Sums of the trial balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialTotal {
    /// Currency.
    pub currency: String,
    /// Debit balances.
    pub debit_minor: i64,
    /// Credit balances.
    pub credit_minor: i64,
}

/// The trial balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialBalance {
    /// When; `None` for now.
    pub as_of: Option<AsOf>,
    /// By subject.
    pub subjects: Vec<TrialRow>,
    /// The accounts with a balance, by code, at most 10,000.
    pub accounts: Vec<TrialRow>,
    /// Accounts left out of the list (never out of the sums).
    pub accounts_left_out: i64,
    /// Sums by currency.
    pub totals: Vec<TrialTotal>,
    /// Whether debit and credit balances are equal in every currency.
    pub balanced: bool,
}

/// Days in a row with one balance by value date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceDaysRow {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Days.
    pub days: i64,
    /// Balance at the end of each, on the account's normal side.
    pub balance_minor: i64,
    /// Days × balance.
    pub balance_days_minor: i64,
}

/// Balance-days (积数) of an account by value date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceDays {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its normal side.
    pub normal_side: Side,
    /// Its currency.
    pub currency: String,
    /// First value date.
    pub from: Date,
    /// Last value date.
    pub to: Date,
    /// Days in all.
    pub days: i64,
    /// Sum of the balances at the end of each day.
    pub balance_days_minor: i64,
    /// Where it comes from.
    pub stretches: Vec<BalanceDaysRow>,
}

/// A balance the holder sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBalance {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: String,
    /// Before the first day.
    pub opening_minor: i64,
    /// After the last day.
    pub closing_minor: i64,
}

/// A trade as its customer or merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenTrade {
    /// Number.
    pub trade_no: TradeNo,
    /// When.
    pub occurred_at: Moment,
    /// Its day.
    pub business_date: Date,
    /// Kind.
    pub kind: String,
    /// Channel.
    pub channel: String,
    /// Amount.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Status now.
    pub status: TradeStatus,
}

/// What a customer or merchant sees: trades and balances, no journal lines and no internal corrections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerStatement {
    /// Whose.
    pub holder: String,
    /// First day: accounting day of the balances, business day of the trades.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Balances.
    pub balances: Vec<HeldBalance>,
    /// Trades in order of time, at most 1,000.
    pub trades: Vec<SeenTrade>,
    /// Whether there are more trades.
    pub more: bool,
}

/// A day that a channel sent statements of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelDay {
    /// The day.
    pub day: Date,
    /// The channel.
    pub channel: Channel,
    /// Files.
    pub statements: i64,
    /// Lines in them.
    pub lines: i64,
}

/// A trade beside the channel's line, or either alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconRow {
    /// What the comparison says.
    pub recon: ReconStatus,
    /// The trade; `None` for a line that no trade answers to.
    pub trade_no: Option<TradeNo>,
    /// Kind of trade, or of line.
    pub kind: String,
    /// The channel's reference.
    pub channel_ref: ChannelRef,
    /// Currency.
    pub currency: String,
    /// Our amount.
    pub ours_minor: Option<i64>,
    /// The channel's amount; of lines that came twice their sum.
    pub theirs_minor: Option<i64>,
    /// The fee we know.
    pub our_fee_minor: Option<i64>,
    /// The fee the channel took.
    pub their_fee_minor: Option<i64>,
    /// Our status.
    pub our_status: Option<TradeStatus>,
    /// The status the line proves.
    pub their_status: Option<TradeStatus>,
    /// The trade's day.
    pub business_date: Option<Date>,
    /// The day of the statement that holds the line.
    pub statement_day: Option<Date>,
    /// When.
    pub occurred_at: Moment,
}

/// Rows of one status in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconCount {
    /// Status.
    pub recon: ReconStatus,
    /// Currency.
    pub currency: String,
    /// How many.
    pub count: i64,
    /// Sum of the amounts of our trades that succeeded.
    pub ours_minor: i64,
    /// Sum of the channel's amounts, without lines that say a trade failed.
    pub theirs_minor: i64,
}

/// A channel's day: trades against statement lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
    /// From this time of day a trade may stand in the next day's statement.
    pub cut_from: String,
    /// Before this time of day it may stand in the day before's.
    pub cut_until: String,
    /// The day's statements; empty where none was imported.
    pub statements: Vec<String>,
    /// Lines in them.
    pub lines: i64,
    /// Every status with its count and sums, by currency.
    pub counts: Vec<ReconCount>,
    /// What is not matched, at most 1,000: trades in order of arrival, then lines without trade.
    pub rows: Vec<ReconRow>,
    /// Whether there are more such rows.
    pub more: bool,
    /// Whether anything is long, short, twice, or differs. Waiting and unmatched rows are no differences yet.
    pub differs: bool,
}

/// Turnover of accounting days, net and gross, with opening and closing balances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTurnover {
    /// Of what.
    pub of: Part,
    /// First day; without both the newest accounting day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
}

/// All balances on the side where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTrialBalance {
    /// When; `None` for now.
    pub as_of: Option<AsOf>,
}

/// Balance-days of an account by value date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportBalanceDays {
    /// Whose.
    pub account: AccountCode,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// What a customer or merchant sees: trades and balances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportCustomerStatement {
    /// A party, or one of its accounts.
    pub holder: String,
    /// First day; `None` for the first of the last day's month.
    pub from: Option<Date>,
    /// Last day; `None` for today.
    pub to: Option<Date>,
}

/// The days that channels sent statements of, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChannelDays {}

/// A channel's day: its trades against its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcileChannel {
    /// Which.
    pub channel: Channel,
    /// Which day.
    pub day: Date,
}
