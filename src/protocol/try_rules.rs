//! Trying rules: what a changed rule set, chart, channel or kind file would book for the trades in the ledger.

use crate::domain::account::Side;
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, RuleName, TradeNo};
use crate::domain::tried::{OutcomeCounts, TryOutcome};
use crate::protocol::posting::Refused;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A file with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedFile {
    /// File name, for error messages.
    pub file: String,
    /// Its text, TOML.
    pub text: String,
}

/// Requests what a rule set would book, compared with what is booked. Writes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryRules {
    /// The rule set.
    pub rules: TriedFile,
    /// The chart of accounts; `None` for the ledger's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<TriedFile>,
    /// The channels; `None` for the ledger's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<TriedFile>,
    /// The kinds of trades; `None` for the ledger's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<TriedFile>,
    /// First business date on which the set is in force; `None` for its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last business date of the trades; `None` for no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Most differing lines, and most refusals, in the answer.
    pub limit: usize,
}

/// What a rule set would book, compared with what is booked now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedRules {
    /// Name of the set.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// First business date of the trades.
    pub from: Date,
    /// Last business date of the trades, if limited.
    pub to: Option<Date>,
    /// Trades that the set would book.
    pub trades: i64,
    /// Their events by outcome.
    pub counts: OutcomeCounts,
    /// Their events by rule and outcome.
    pub rules: Vec<TriedRule>,
    /// The accounts on which an event would be booked otherwise, by code and currency, at most 10,000.
    pub accounts: Vec<TriedAccount>,
    /// Such accounts that are not listed.
    pub accounts_left_out: i64,
    /// The first differing lines, in order of the trades.
    pub lines: Vec<TriedLine>,
    /// Differing lines that are not listed.
    pub lines_left_out: i64,
    /// The first events that the rules would fail to book.
    pub refused: Vec<Refused>,
}

/// Events of a rule by outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedRule {
    /// The tried rule; for an event without one the rule in force; `None` if there is none either.
    pub rule: Option<RuleName>,
    /// The events.
    #[serde(flatten)]
    pub counts: OutcomeCounts,
}

/// Sums of an account in minor units, positive on its normal side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedAccount {
    /// The account.
    pub account: AccountCode,
    /// Name of its subject, with the leaf.
    pub name: String,
    /// Currency.
    pub currency: String,
    /// The side on which the sums are positive.
    pub normal_side: Side,
    /// What the events of the trades have booked.
    pub booked_minor: i64,
    /// What they would have booked.
    pub would_be_minor: i64,
    /// By how much that is more.
    pub difference_minor: i64,
}

/// A side of an account on which an event would be booked otherwise. Amounts are in minor units; red lines
/// count as negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedLine {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event.
    pub event: Event,
    /// What would change about the event.
    pub outcome: TryOutcome,
    /// The account.
    pub account: AccountCode,
    /// The side.
    pub side: Side,
    /// Currency.
    pub currency: String,
    /// What is booked.
    pub booked_minor: i64,
    /// What would be booked.
    pub would_be_minor: i64,
}
