//! Trades, their events and the channel's lines about them.

use crate::domain::event::Event;
use crate::domain::finding::Finding;
use crate::domain::id::{CaseNo, TradeNo};
use crate::domain::period::Moment;
use crate::domain::trade::{
    ClearingStatus, PostingStatus, ReconStatus, SettlementStatus, Trade, TradeStatus,
};
use crate::domain::voucher::Voucher;
use crate::protocol::cases::CaseRow;
use crate::protocol::page::{HasRowKey, Page, RowKey};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A trade in a list: its facts and its five states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeRow {
    /// Number of arrival.
    pub id: i64,
    /// The facts as imported.
    #[serde(flatten)]
    pub trade: Trade,
    /// Status now (a proven correction over the imported one).
    pub status_now: TradeStatus,
    /// Number of the original it refers to, where the ledger holds it.
    pub original_trade_no: Option<TradeNo>,
    /// Posting status.
    pub posting: PostingStatus,
    /// Settlement status.
    pub settlement: SettlementStatus,
    /// Clearing now: as imported, or booked since.
    pub clearing_now: ClearingStatus,
    /// Reconciliation status.
    pub recon: ReconStatus,
}

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Number of arrival.
    pub id: i64,
    /// Its trade.
    pub trade_no: TradeNo,
    /// Which.
    pub event: Event,
    /// When.
    pub occurred_at: Moment,
    /// Its day.
    pub business_date: Date,
    /// Amount, minor units.
    pub amount_minor: i64,
    /// Whether it stands in the books.
    pub posting: PostingStatus,
    /// Live vouchers.
    pub live_vouchers: i64,
}

/// A line of a channel's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRow {
    /// The statement's file name.
    pub file: String,
    /// The statement's day.
    pub day: Option<Date>,
    /// The line.
    #[serde(flatten)]
    pub line: crate::domain::statement::StatementLine,
}

/// One trade, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeDetail {
    /// The trade.
    pub row: TradeRow,
    /// Its events.
    pub events: Vec<EventRow>,
    /// Its vouchers with entries, oldest first.
    pub vouchers: Vec<Voucher>,
    /// The channel's lines about it.
    pub lines: Vec<StatementRow>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Cases about it.
    pub cases: Vec<CaseRow>,
    /// Corrected facts, in order: fact, value, case.
    pub amendments: Vec<(String, String, CaseNo)>,
}

impl HasRowKey for TradeRow {
    fn key(&self) -> RowKey {
        RowKey::Number(self.id)
    }
}

impl HasRowKey for EventRow {
    fn key(&self) -> RowKey {
        RowKey::Number(self.id)
    }
}

/// Which trades.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TradeFilter {
    /// Only those with an unposted due event.
    pub unposted: bool,
    /// Only those with findings (other than `waiting`).
    pub with_findings: bool,
    /// Trade number, channel reference, customer or merchant that starts with this.
    pub text: Option<String>,
    /// Only of this business day.
    pub day: Option<Date>,
    /// Only of this channel.
    pub channel: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this customer.
    pub customer: Option<String>,
}

/// Whether a line that no trade answers to may still find one: it happened shortly before the cut, and no trades of a day
/// after its statement's are known yet (`newest` is the newest business day of a trade).
pub(crate) fn awaits_trade(
    row: &crate::protocol::trades::StatementRow,
    newest: Option<&str>,
    cut_from: &str,
) -> bool {
    let near_cut = row.line.occurred_at.local().time().to_string().as_str() >= cut_from;
    let next_day_missing =
        row.day.is_some_and(|day| newest.is_none_or(|newest| day.to_string().as_str() >= newest));
    near_cut && next_day_missing
}

/// A page of trades, by number of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListTrades {
    /// Which.
    pub filter: TradeFilter,
    /// Which page.
    pub page: Page,
}

/// One trade with its events, vouchers, channel lines and findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowTrade {
    /// Which.
    pub trade_no: TradeNo,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEvents {
    /// Only unposted due ones.
    pub unposted: bool,
    /// Which page.
    pub page: Page,
}
