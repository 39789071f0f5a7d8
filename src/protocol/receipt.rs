//! Receipts of commits. A retry with the same idempotency key returns the same receipt.

use crate::domain::id::{CaseNo, VoucherNo};
use crate::domain::voucher::{Mode, VoucherKind};
use serde::{Deserialize, Serialize};

/// A voucher in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptVoucher {
    /// Number.
    pub voucher_no: VoucherNo,
    /// Sequence number in the ledger.
    pub seq: i64,
    /// Kind.
    pub kind: VoucherKind,
    /// Mode.
    pub mode: Mode,
    /// Hash.
    pub hash: String,
}

/// Answer to a commit; a retry with the same key returns an equal one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The case.
    pub case_no: CaseNo,
    /// The idempotency key.
    pub key: String,
    /// Whether the case had been committed before.
    pub replayed: bool,
    /// The vouchers.
    pub vouchers: Vec<ReceiptVoucher>,
    /// Next action, in words.
    #[serde(default)]
    pub next: String,
}

/// Writes the case's vouchers, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitCase {
    /// Number of the case.
    pub case_no: CaseNo,
    /// Idempotency key; `None` uses the case's own.
    pub key: Option<String>,
}
