//! The ledger as a whole: what it is, what waits in it, whether it is sound.

use crate::protocol::cases::CaseRow;
use crate::protocol::days::DayRow;
use crate::protocol::policy::PolicyChange;
use serde::{Deserialize, Serialize};

/// What the ledger is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerInfo {
    /// Identity, fixed at creation.
    pub ledger_id: String,
    /// Name shown in the status line.
    pub name: String,
    /// `prod`, `test` or `demo`.
    pub role: String,
    /// Currency of a new account.
    pub currency: String,
    /// Time zone of its days.
    pub zone: String,
    /// Whether a second person must approve.
    pub four_eyes: bool,
    /// Whether writing is possible.
    pub read_only: bool,
    /// Vouchers in the ledger.
    pub head_seq: i64,
    /// Hash of the last one.
    pub head_hash: String,
}

/// The cheap part of the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The ledger.
    pub ledger: LedgerInfo,
    /// Cases that wait for this operator, oldest first.
    pub waiting_for_me: Vec<CaseRow>,
    /// Days not closed, oldest first.
    pub days: Vec<DayRow>,
    /// Events that have no live voucher and nothing in suspense (due or not).
    pub unposted_events: i64,
    /// Whether the last `verify` in this process found the chain whole.
    pub verified: Option<bool>,
    /// The last policy that loosened the one before, where there is one.
    #[serde(default)]
    pub loosened: Option<PolicyChange>,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Whether all is whole.
    pub ok: bool,
    /// Vouchers checked.
    pub vouchers: i64,
    /// Entries checked.
    pub entries: i64,
    /// Place of the last voucher.
    pub head_seq: i64,
    /// Its hash.
    pub head_hash: String,
    /// What is wrong, at most 100.
    pub problems: Vec<Problem>,
    /// Policies that loosened the one before: no defect, but somebody should know of each.
    #[serde(default)]
    pub loosened: Vec<PolicyChange>,
}

/// A place where the ledger is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which check failed: `hash`, `link`, `sequence`, `balance`, `chain`, `unbalanced`, `mirror`, `event`, `tail`,
    /// `file`, `schema`.
    pub check: String,
    /// The voucher, where one is at fault.
    pub voucher_no: Option<String>,
    /// The account, where one is at fault.
    pub account: Option<String>,
    /// In words.
    pub detail: String,
}

/// What the ledger is: id, currency, zone, role, head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowLedger {}

/// Days, cases waiting, chain head. Cheap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowOverview {}

/// Checks every hash, balance and link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyLedger {}

/// Whether the ledger holds the voucher that a kept seal names: place and hash of a former head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSeal {
    /// The place.
    pub seq: i64,
    /// The hash.
    pub hash: String,
}
