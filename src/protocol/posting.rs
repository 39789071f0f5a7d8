//! Posting by rules: the requests and their result.

use crate::domain::event::Event;
use crate::domain::id::TradeNo;
use serde::{Deserialize, Serialize};

/// An event that could not be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event.
    pub event: Event,
    /// Stable code of the refusal.
    pub code: String,
    /// The refusal in words.
    pub message: String,
}

/// Result of a posting run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Posted {
    /// Events booked now.
    pub posted: i64,
    /// Due events that were booked before.
    pub already: i64,
    /// Events that could not be booked.
    pub refused: Vec<Refused>,
    /// Payouts that wait for their service window.
    pub waiting: i64,
    /// Requested trades that have nothing to clear: number and reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<(TradeNo, String)>,
}

/// Books all events that are due and unposted, or those of the given trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostTrades {
    /// The trades; empty for all.
    pub trades: Vec<TradeNo>,
}

/// Books the clearing (清分) of posted trades by rules, of all or of the given trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearTrades {
    /// The trades; empty for all.
    pub trades: Vec<TradeNo>,
}

/// Books the settlement (结算) by rules: of all payouts that succeeded, or of the given trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleTrades {
    /// The trades; empty for all payouts that succeeded.
    pub trades: Vec<TradeNo>,
}
