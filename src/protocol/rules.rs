//! Rule sets of the ledger, and explanations of trades by them.

use crate::domain::account::Side;
use crate::domain::event::Event;
use crate::domain::id::{Operator, TradeNo};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::protocol::matches::MatchExplanation;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A rule set in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSetRow {
    /// Name.
    pub id: String,
    /// Version.
    pub version: i64,
    /// First day on which it is in force.
    pub valid_from: Date,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// The operator who loaded it.
    pub operator: Operator,
    /// Names of its rules, `kind.event`.
    pub rules: Vec<String>,
}

/// Explains how a trade is booked, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The trade.
    pub trade_no: TradeNo,
    /// One explanation for each event.
    pub events: Vec<ExplainedEvent>,
    /// How it compares with its channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<Box<MatchExplanation>>,
}

/// An event of the trade with its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedEvent {
    /// The event.
    pub event: Event,
    /// The rule that applies (`topup.captured@1`); `None` if no rule does.
    pub rule: Option<String>,
    /// Whether the event is due.
    pub due: bool,
    /// Why the event is due or not, in words.
    pub why: String,
    /// Factor and coefficient values: name, expression, value.
    pub factors: Vec<(String, String, String)>,
    /// Each line: side, account, expression, value in major units.
    pub lines: Vec<ExplainedLine>,
}

/// A line of a rule with its computed amount.
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
    /// Currency of the value.
    pub currency: Currency,
}

/// Requests how a trade is booked, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainTrade {
    /// Number of the trade.
    pub trade_no: TradeNo,
}

/// Requests the rule sets of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRules {}

/// Loads a rule set and puts it in force from its first day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRules {
    /// File name, for error messages.
    pub file: String,
    /// Text of the rule set, TOML.
    pub text: String,
}
