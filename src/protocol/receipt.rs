//! What a commit wrote; a retry with the same key answers the same.

use crate::domain::id::{CaseNo, VoucherNo};
use crate::domain::voucher::{Mode, VoucherKind};
use serde::{Deserialize, Serialize};

/// A voucher in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptVoucher {
    /// Number.
    pub voucher_no: VoucherNo,
    /// Place in the ledger.
    pub seq: i64,
    /// Kind.
    pub kind: VoucherKind,
    /// Mode.
    pub mode: Mode,
    /// Hash.
    pub hash: String,
}

/// The answer to a commit; the same for every retry with the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The case.
    pub case_no: CaseNo,
    /// The idempotency key.
    pub key: String,
    /// Whether it had been committed before.
    pub replayed: bool,
    /// The vouchers.
    pub vouchers: Vec<ReceiptVoucher>,
    /// What to do next, in words.
    #[serde(default)]
    pub next: String,
}

/// Writes the case's vouchers, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitCase {
    /// Which.
    pub case_no: CaseNo,
    /// Idempotency key; `None` takes the case's own.
    pub key: Option<String>,
}
