//! How a trade contradicts the one that it goes back on.

use crate::domain::id::TradeNo;
use crate::domain::money::Currency;
use crate::domain::trade::{Channel, TradeStatus};

/// How a trade contradicts the one that it goes back on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// The original has not succeeded.
    Status {
        /// The original.
        original: TradeNo,
        /// Its status.
        status: TradeStatus,
    },
    /// The original contradicts what it goes back on itself.
    Refused {
        /// The original.
        original: TradeNo,
    },
    /// A fact is not that of the original.
    Fact {
        /// The original.
        original: TradeNo,
        /// The fact.
        fact: HeldFact,
        /// What the original has; empty if nothing.
        theirs: String,
        /// What the trade has; empty if nothing.
        ours: String,
    },
    /// More is undone than is left of the original.
    TooMuch {
        /// The original.
        original: TradeNo,
        /// What is left of it, minor units.
        left_minor: i64,
        /// Its currency.
        currency: Currency,
    },
}

/// A fact that has to be the original's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldFact {
    /// The merchant.
    Merchant,
    /// The customer.
    Customer,
    /// The channel.
    Channel,
    /// The currency.
    Currency,
}

/// The facts that are held against the original.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// Amount in minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// The channel.
    pub channel: Channel,
    /// The customer.
    pub customer: Option<&'a str>,
    /// The merchant.
    pub merchant: Option<&'a str>,
}
