//! Reports of the books: turnover, trial balance, balance-days, customer statement and reconciliation.
//! All amounts are in minor units.

use crate::domain::account::{Class, Side};
use crate::domain::hand_match::HandMatch;
use crate::domain::id::{AccountCode, ChannelRef, Operator, TradeNo, VoucherNo};
use crate::domain::matching::MatchKey;
use crate::domain::period::Moment;
use crate::domain::statement::{Coverage, LineKind};
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::protocol::bills::{BillRow, ListedAgain};
use crate::protocol::totals::AcceptedSum;
use crate::protocol::trades::MatchedHow;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Point in time of a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsOf {
    /// At the end of an accounting day: everything dated up to it that is booked now. The balance of a
    /// closed day never changes; that of an open day changes with later postings that are dated on it.
    Day(Date),
    /// Directly after a voucher, in the order of booking.
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
    /// Debits without wiped pairs; red lines count as negative.
    pub net_debit_minor: i64,
    /// Credits without wiped pairs; red lines count as negative.
    pub net_credit_minor: i64,
    /// All debits.
    pub gross_debit_minor: i64,
    /// All credits.
    pub gross_credit_minor: i64,
    /// Balance after the last day.
    pub closing_minor: i64,
    /// Number of entries in the gross sums.
    pub entries: i64,
    /// Whether opening balance and turnover give the closing balance, net and gross.
    pub holds: bool,
}

/// Sums of all rows in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverTotal {
    /// Currency.
    pub currency: String,
    /// Debits without wiped pairs.
    pub net_debit_minor: i64,
    /// Credits without wiped pairs.
    pub net_credit_minor: i64,
    /// All debits.
    pub gross_debit_minor: i64,
    /// All credits.
    pub gross_credit_minor: i64,
}

/// Accounts that a turnover is computed for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnoverScope {
    /// All accounts: debits equal credits.
    #[default]
    #[serde(rename = "whole")]
    Ledger,
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
    /// Accounts it is computed for.
    pub of: TurnoverScope,
    /// Rows by subject and currency, each the sum of its accounts.
    pub subjects: Vec<TurnoverRow>,
    /// Accounts with turnover, by code, at most 10,000.
    pub accounts: Vec<TurnoverRow>,
    /// Accounts with turnover that are not listed; the sums include them.
    pub accounts_left_out: i64,
    /// Sums by currency.
    pub totals: Vec<TurnoverTotal>,
    /// Whether every row holds and, for all accounts, debits equal credits.
    pub holds: bool,
}

/// A row of the trial balance (试算平衡): a debit or a credit balance.
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
    /// Debit balance; for a subject the sum of its accounts' debit balances.
    pub debit_minor: i64,
    /// Credit balance; for a subject the sum of its accounts' credit balances.
    pub credit_minor: i64,
    /// Number of accounts in the row that have a balance.
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
    /// Point in time; `None` for now.
    pub as_of: Option<AsOf>,
    /// By subject.
    pub subjects: Vec<TrialRow>,
    /// The accounts with a balance, by code, at most 10,000.
    pub accounts: Vec<TrialRow>,
    /// Accounts that are not listed; the sums include them.
    pub accounts_left_out: i64,
    /// Sums by currency.
    pub totals: Vec<TrialTotal>,
    /// Whether debit and credit balances are equal in every currency.
    pub balanced: bool,
}

/// Balance of an account that its holder sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBalance {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: String,
    /// Balance before the first day.
    pub opening_minor: i64,
    /// Balance after the last day.
    pub closing_minor: i64,
}

/// A trade, or a leg of an exchange, as its customer or merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenTrade {
    /// Number.
    pub trade_no: TradeNo,
    /// When it occurred.
    pub occurred_at: Moment,
    /// Its business day.
    pub business_date: Date,
    /// Kind.
    pub kind: String,
    /// What the statement calls it, in the language of the request.
    #[serde(default)]
    pub called: String,
    /// Channel.
    pub channel: String,
    /// Amount.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Status now; of a period that is closed, at its close.
    pub status: TradeStatus,
    /// Of a leg of an exchange: the other leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<OtherLeg>,
    /// Whether it is of an earlier day than the period that booked it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

/// The other leg of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherLeg {
    /// Its amount in minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: String,
    /// Rate of the exchange: the trade's counter amount by its amount, in major units.
    pub rate: Decimal,
}

/// What a day moved on an account of the holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldMovement {
    /// Accounting day.
    pub day: Date,
    /// The account.
    pub account: AccountCode,
    /// The trade; `None` for what is not of a listed trade.
    pub trade_no: Option<TradeNo>,
    /// Signed minor units, on the account's normal side.
    pub moved_minor: i64,
}

/// A statement for a customer or merchant: trades and balances, without journal lines and internal
/// corrections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerStatement {
    /// The customer or merchant.
    pub holder: String,
    /// First accounting day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Balances.
    pub balances: Vec<HeldBalance>,
    /// Trades that the period booked, and those of its open days that are not booked yet; in order of time, at
    /// most 1,000. An exchange is there twice, once with each leg.
    pub trades: Vec<SeenTrade>,
    /// What moved on the accounts, in the order of the journal: opening balance and movements add up to the
    /// closing balance of each account.
    #[serde(default)]
    pub movements: Vec<HeldMovement>,
    /// Whether there are more trades.
    pub more: bool,
}

/// A day for which a channel sent bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelDay {
    /// The day.
    pub day: Date,
    /// The channel.
    pub channel: Channel,
    /// Number of files.
    pub statements: i64,
    /// Number of lines in them.
    pub lines: i64,
    /// Number of its statements that never came.
    #[serde(default)]
    pub missing: usize,
}

/// A trade and the channel's line about it, or either without the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconRow {
    /// Result of the comparison.
    pub recon: ReconStatus,
    /// The trade; `None` for a line without a trade.
    pub trade_no: Option<TradeNo>,
    /// Kind of trade, or of line.
    pub kind: String,
    /// The channel's reference.
    pub channel_ref: ChannelRef,
    /// Currency.
    pub currency: String,
    /// Currency of the channel's amounts, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub their_currency: Option<String>,
    /// Our amount.
    pub ours_minor: Option<i64>,
    /// The channel's amount; the sum if the line was sent twice.
    pub theirs_minor: Option<i64>,
    /// The fee by our books.
    pub our_fee_minor: Option<i64>,
    /// The fee that the channel charged.
    pub their_fee_minor: Option<i64>,
    /// Our status.
    pub our_status: Option<TradeStatus>,
    /// The status the line proves.
    pub their_status: Option<TradeStatus>,
    /// The trade's day.
    pub business_date: Option<Date>,
    /// Day of the bill with the line.
    pub statement_day: Option<Date>,
    /// When it occurred.
    pub occurred_at: Moment,
    /// Kind of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_kind: Option<LineKind>,
    /// How trade and line came together; `None` if they did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<MatchedHow>,
    /// By what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<MatchKey>,
    /// Version of the keys and of their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// Who decided it, if a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Operator>,
    /// File name of the bill with the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The line in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<i64>,
    /// What the channel's account has more than ours by this row, minor units: payments add, refunds take away. Zero if
    /// the two are in different currencies.
    #[serde(default)]
    pub effect_minor: i64,
    /// The channel's own number of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_no: Option<String>,
    /// The merchant number that the trade, or a line without one, names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_no: Option<String>,
    /// Customer of the trade as imported, or else its merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
}

impl ReconRow {
    /// Returns the number that names its line: the channel's own, or its reference.
    #[must_use]
    pub fn line_number(&self) -> String {
        self.channel_no.clone().unwrap_or_else(|| self.channel_ref.to_string())
    }

    /// Returns true if the trade moved money by our books.
    #[must_use]
    pub fn moved_with_us(&self) -> bool {
        self.our_status == Some(TradeStatus::Succeeded)
    }

    /// Returns true if a line says that money moved.
    #[must_use]
    pub fn moved_at_channel(&self) -> bool {
        let is_over = matches!(self.their_status, Some(TradeStatus::Failed | TradeStatus::Closed));
        self.theirs_minor.is_some() && !is_over
    }
}

/// Rows of one status in one currency. A sum never mixes payments with refunds or revocations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconCount {
    /// Status.
    pub recon: ReconStatus,
    /// Currency.
    pub currency: String,
    /// Number of rows.
    pub count: i64,
    /// Sum of our payments that succeeded; one whose line is another day's counts there.
    pub ours_minor: i64,
    /// Sum of the day's lines of payments, without those that say a trade failed; what was revoked of payments that
    /// are known is taken off.
    pub theirs_minor: i64,
    /// Sum of our refunds, and of whatever else paid out, that succeeded.
    #[serde(default)]
    pub our_refunds_minor: i64,
    /// Sum of the day's lines of refunds.
    #[serde(default)]
    pub their_refunds_minor: i64,
    /// Sum of our trades that answer lines of revocations.
    #[serde(default)]
    pub our_revoked_minor: i64,
    /// Sum of the day's lines that revoke a payment nobody knows, or that a trade answers.
    #[serde(default)]
    pub their_revoked_minor: i64,
}

/// Sums of a channel's day in one currency: payments, refunds and revocations apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconSum {
    /// Currency.
    pub currency: String,
    /// `pay`, `refund`, or `revoke` if the day has revocations that are taken off no payment.
    pub way: LineKind,
    /// Sum of our trades that succeeded: those with a line of the day, and those of the day without a line.
    pub ours_minor: i64,
    /// Sum of the standing lines of the day, whatever the trades are; what was revoked of payments that are
    /// known is taken off these.
    pub theirs_minor: i64,
    /// Of that, what only the channel has (渠道有、我方无).
    pub only_channel_minor: i64,
    /// Of ours, what only we have (我方有、渠道无).
    pub only_ours_minor: i64,
}

/// A channel's day: trades against statement lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
    /// From this time of day, shortly before the channel's cut, a trade may be in the next day's bill.
    pub cut_from: String,
    /// From the cut until this time of day a trade may be in the previous day's bill.
    pub cut_until: String,
    /// File names of the day's bills; empty if none was imported.
    pub statements: Vec<String>,
    /// Lines in them.
    pub lines: i64,
    /// The day's bills as they stand; those that count no more come last.
    #[serde(default)]
    pub bills: Vec<BillRow>,
    /// Bills that never came, though trades of the day should be in them.
    #[serde(default)]
    pub missing: Vec<MissingBill>,
    /// Every status with its count and sums, by currency.
    pub counts: Vec<ReconCount>,
    /// Sums of trades and of lines, by currency.
    #[serde(default)]
    pub sums: Vec<ReconSum>,
    /// Rows that do not match, at most 1,000: trades in order of arrival, then lines without a trade.
    pub rows: Vec<ReconRow>,
    /// Whether there are more such rows.
    pub more: bool,
    /// Lines that two standing statements of the day list, the first of many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed_again: Vec<ListedAgain>,
    /// Matches by hand of these rows that wait for a second person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<HandMatch>,
    /// What people accepted of the day without booking; it differs all the same.
    #[serde(default, skip_serializing_if = "AcceptedSum::is_empty")]
    pub accepted: AcceptedSum,
    /// Whether anything is long, short, twice, or differs, or a bill never came. Waiting and unmatched rows are no
    /// differences yet.
    pub differs: bool,
}

/// A bill that never came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingBill {
    /// The merchant number, where it is known.
    pub merchant_no: Option<String>,
    /// Which lines no bill covers.
    pub covers: Coverage,
    /// From when it could be fetched; since when a later one stands if the channel does not say.
    pub ready: Moment,
    /// The later day with a statement by which it is missed, if the channel does not say when it could be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<Date>,
}

/// Requests the turnover of accounting days, net and gross, with opening and closing balances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTurnover {
    /// Accounts it is computed for.
    pub of: TurnoverScope,
    /// First day; the newest accounting day if both days are `None`.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
}

/// Requests the trial balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTrialBalance {
    /// Point in time; `None` for now.
    pub as_of: Option<AsOf>,
}

/// Requests the statement of a customer or merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportCustomerStatement {
    /// Name of a customer or merchant, or code of one of its accounts.
    pub holder: String,
    /// First day; `None` for the first of the last day's month.
    pub from: Option<Date>,
    /// Last day; `None` for today.
    pub to: Option<Date>,
}

/// Requests the days for which channels sent bills, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChannelDays {}

/// Requests the reconciliation of a channel's day: its trades against its bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcileChannel {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
}
