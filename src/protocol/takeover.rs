//! The takeover from an older system: what the ledger is, and the older system's vouchers that were accepted.

use crate::domain::id::{Operator, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::takeover::{Standing, TakeoverVerb};
use serde::{Deserialize, Serialize};

/// What the ledger is to an older system, and how that came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takeover {
    /// Beside an older system, or the books.
    pub standing: Standing,
    /// Whether a second person must confirm its end.
    pub needs_second: bool,
    /// What was done, oldest first.
    pub steps: Vec<TakeoverStep>,
    /// Vouchers of the older system that no trade explains and nobody accepted.
    pub unexplained: u64,
    /// Vouchers that were accepted.
    pub accepted: Vec<AcceptedVoucher>,
}

/// A step of the takeover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeoverStep {
    /// What was done.
    pub verb: TakeoverVerb,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
    /// Who did it.
    pub operator: Operator,
}

/// A voucher of the older system that was accepted as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedVoucher {
    /// Its number.
    pub voucher_no: VoucherNo,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
    /// Who accepted it.
    pub operator: Operator,
}

/// Requests what the ledger is to an older system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowTakeover {}

/// Ends the takeover; where two people are needed, the first asks for it and the second ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndTakeover {
    /// Why.
    pub reason: String,
}

/// Accepts a voucher of the older system that no trade explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptVoucher {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// Why.
    pub reason: String,
}
