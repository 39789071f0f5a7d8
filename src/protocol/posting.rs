//! What posting by rules did, and what it could not.

use crate::domain::event::Event;
use crate::domain::id::TradeNo;
use serde::{Deserialize, Serialize};

/// A trade that could not be posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event.
    pub event: Event,
    /// The code.
    pub code: String,
    /// In words.
    pub message: String,
}

/// What posting did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Posted {
    /// Events booked now.
    pub posted: i64,
    /// Due events that stood already.
    pub already: i64,
    /// Events that could not be booked.
    pub refused: Vec<Refused>,
    /// Payouts that wait for their window.
    pub waiting: i64,
    /// Trades that were named and have nothing to clear: number, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<(TradeNo, String)>,
}

/// Books what is due and unposted, all or the trades named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostTrades {
    /// Only these; empty for all.
    pub trades: Vec<TradeNo>,
}

/// Books the clearing (清分) of posted trades by rules, all or the trades named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearTrades {
    /// Only these; empty for all.
    pub trades: Vec<TradeNo>,
}
