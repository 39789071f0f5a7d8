//! Trades, their events and the channels' lines about them.

use crate::domain::apart::ApartBy;
use crate::domain::event::Event;
use crate::domain::finding::Finding;
use crate::domain::hand_match::{FirstDecision, HandMatch};
use crate::domain::id::{CaseNo, ChannelRef, Operator, TradeNo};
use crate::domain::line_name::MarkedLine;
use crate::domain::matching::MatchKey;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::trade::{
    ClearingStatus, PostingStatus, ReconStatus, SettlementStatus, Trade, TradeStatus,
};
use crate::domain::trade_news::ListedFact;
use crate::domain::vocabulary::vocabulary;
use crate::domain::voucher::Voucher;
use crate::protocol::cases::CaseRow;
use crate::protocol::page::{HasRowKey, Page, RowKey};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A trade in a list: its facts and its five states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeRow {
    /// Row number, in order of arrival.
    pub id: i64,
    /// The facts as imported.
    #[serde(flatten)]
    pub trade: Trade,
    /// Current status: the imported one, or a proven correction of it.
    pub status_now: TradeStatus,
    /// Number of the original trade, if the ledger holds it.
    pub original_trade_no: Option<TradeNo>,
    /// Posting status.
    pub posting: PostingStatus,
    /// Settlement status.
    pub settlement: SettlementStatus,
    /// Current clearing status: the imported one, or booked since.
    pub clearing_now: ClearingStatus,
    /// Reconciliation status.
    pub recon: ReconStatus,
}

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Row number, in order of arrival.
    pub id: i64,
    /// Its trade.
    pub trade_no: TradeNo,
    /// The event.
    pub event: Event,
    /// When it occurred.
    pub occurred_at: Moment,
    /// Its business day.
    pub business_date: Date,
    /// Amount, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: Currency,
    /// Whether it is booked.
    pub posting: PostingStatus,
    /// Number of live vouchers.
    pub live_vouchers: i64,
}

/// A line of a channel's bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRow {
    /// File name of the bill.
    pub file: String,
    /// Day of the bill.
    pub day: Option<Date>,
    /// The merchant number that the line, or else the bill, names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<String>,
    /// The line.
    #[serde(flatten)]
    pub line: crate::domain::statement::StatementLine,
}

impl StatementRow {
    /// Returns the line with what may tell it from others.
    #[must_use]
    pub fn marked(&self) -> MarkedLine<'_> {
        MarkedLine { line: &self.line, merchant: self.merchant.as_deref() }
    }
}

vocabulary! {
    /// How a trade and a line came together.
    MatchedHow, "way of matching" {
        /// By the stated keys.
        Auto = "auto",
        /// A person decided it.
        Manual = "manual",
    }
}

/// A trade and the line of its channel that answers it, and how they came together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedPair {
    /// The trade.
    pub trade_no: TradeNo,
    /// The line.
    pub line: StatementRow,
    /// How they came together.
    pub how: MatchedHow,
    /// By what.
    pub key: MatchKey,
    /// Version of the keys and of their order.
    pub rules: String,
    /// Who decided it, if a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<DecidedMatch>,
}

/// A line that comes near a trade, or a trade that comes near a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchCandidate {
    /// The trade, beside a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_no: Option<TradeNo>,
    /// The line, beside a trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<StatementRow>,
    /// Reference of the candidate.
    pub channel_ref: ChannelRef,
    /// What is paid, in minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// When.
    pub occurred_at: Moment,
    /// The field that kept the two from matching; `None` if the candidate fits, and another one as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<ApartBy>,
    /// Every field that differs, the most telling first.
    pub differs: Vec<ApartField>,
}

/// A trade that fits a line as well as another trade does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// The trade.
    pub trade_no: TradeNo,
    /// The other one.
    pub beside: TradeNo,
    /// What tells the two apart; empty if nothing does.
    pub differs: Vec<RivalField>,
}

/// A fact in which two trades differ that fit a line equally well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RivalField {
    /// The fact.
    pub fact: ListedFact,
    /// What the other trade has.
    pub other: String,
    /// What this one has.
    pub this: String,
}

/// A field that differs between a trade and a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApartField {
    /// The field.
    pub field: ApartBy,
    /// What our trade has.
    pub ours: String,
    /// What the channel's line has.
    pub theirs: String,
}

/// A decision of a person that a trade and a line belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedMatch {
    /// The person; with four eyes on, the second one.
    pub operator: Operator,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
    /// The first person, if two decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstDecision>,
}

/// A trade with all its details.
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
    /// The line that answers it, and how the two came together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<MatchedPair>,
    /// The match by hand, or its end, that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_asked: Option<HandMatch>,
    /// Where no line answers it although one should, what comes nearest, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<MatchCandidate>,
    /// Of a refund that did not reach the customer: what the channel notes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// Cases about it.
    pub cases: Vec<CaseRow>,
    /// Corrected facts, in order: fact, value, case.
    pub amendments: Vec<(String, String, CaseNo)>,
    /// What later trade lists told of it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<ToldFact>,
}

/// A refund that did not reach the customer: its money has left us, and somebody must see to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What the channel notes (`CHANGE`).
    pub trouble: String,
    /// File name of the statement that says so.
    pub file: String,
    /// The line in that file.
    pub line: i64,
    /// Day of the statement.
    pub day: Option<Date>,
    /// The last that somebody noted about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted: Option<FollowUpNote>,
}

/// That somebody has seen to a refund that did not reach the customer, or has opened it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpNote {
    /// Whether it is done.
    pub done: bool,
    /// What was done, or why it is open again.
    pub note: String,
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
}

/// Requests that the follow-up of a refund that did not reach the customer is done, or open again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteFollowUp {
    /// The refund.
    pub trade_no: TradeNo,
    /// Whether it is done.
    pub done: bool,
    /// What was done, or why it is open again.
    pub note: String,
}

/// What a later trade list told of a known trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldFact {
    /// The fact.
    pub fact: ListedFact,
    /// What the list says of it.
    pub value: String,
    /// True if it contradicts what was known; false if the trade moved on by it.
    pub claim: bool,
    /// Why a case dismissed the claim, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<String>,
    /// Name of the list.
    pub file: String,
    /// When the list was imported.
    pub at: Moment,
    /// The operator who imported it.
    pub operator: Operator,
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

/// Filter of trades; all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TradeFilter {
    /// Only those with an unposted due event.
    pub unposted: bool,
    /// Only those with findings (other than `waiting`).
    pub with_findings: bool,
    /// Only refunds that did not reach the customer and that nobody has seen to.
    #[serde(default)]
    pub follow_up: bool,
    /// Only trades whose number, channel reference, customer or merchant starts with this.
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

/// Requests a page of trades, in order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListTrades {
    /// Filter of the list.
    pub filter: TradeFilter,
    /// The page.
    pub page: Page,
}

/// Requests one trade with its events, vouchers, bill lines and findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowTrade {
    /// Number of the trade.
    pub trade_no: TradeNo,
}

/// Requests a page of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEvents {
    /// Only due events that are not posted.
    pub unposted: bool,
    /// The page.
    pub page: Page,
}
