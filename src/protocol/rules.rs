//! Rule sets of the ledger, and a trade explained by them.

use crate::domain::account::Side;
use crate::domain::event::Event;
use crate::domain::id::{Operator, TradeNo};
use crate::domain::period::Moment;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A rule set in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSetRow {
    /// Name.
    pub id: String,
    /// Version.
    pub version: i64,
    /// In force from.
    pub valid_from: Date,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// By whom.
    pub operator: Operator,
    /// Rules in it, `kind.event` names.
    pub rules: Vec<String>,
}

/// Why a trade is booked as it is: a readable, already worded report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The trade.
    pub trade_no: TradeNo,
    /// One part per event.
    pub events: Vec<ExplainedEvent>,
}

/// One event explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedEvent {
    /// The event.
    pub event: Event,
    /// The rule chosen (`topup.captured@1`), or why none.
    pub rule: Option<String>,
    /// Whether the event is due, and why or why not.
    pub due: bool,
    /// In words.
    pub why: String,
    /// Factor and coefficient values: name, expression, value.
    pub factors: Vec<(String, String, String)>,
    /// Each line: side, account, expression, value in major units.
    pub lines: Vec<ExplainedLine>,
}

/// One line of a rule, computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedLine {
    /// Side.
    pub side: Side,
    /// Account template.
    pub template: String,
    /// Account.
    pub account: String,
    /// Expression.
    pub expression: String,
    /// Value in major units; `0.00` lines are left out of the booking.
    pub value: String,
}

/// Why a trade is booked as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainTrade {
    /// Which.
    pub trade_no: TradeNo,
}

/// The rule sets in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRules {}

/// Loads a rule set and puts it in force from its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRules {
    /// Its name, for mistakes.
    pub file: String,
    /// Its text, TOML.
    pub text: String,
}
