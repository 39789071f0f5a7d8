//! The ledger as a whole: its identity, its overview and its verification.

use crate::domain::acceptance::Acceptance;
use crate::domain::account::AccountRole;
use crate::domain::currencies::Currencies;
use crate::domain::hand_match::HandMatch;
use crate::domain::id::Operator;
use crate::domain::money::Currency;
use crate::domain::role::LedgerRole;
use crate::domain::takeover::Standing;
use crate::protocol::cases::CaseRow;
use crate::protocol::days::DayRow;
use crate::protocol::names::Names;
use crate::protocol::policy::PolicyChange;
use serde::{Deserialize, Serialize};

/// Identity and head of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerInfo {
    /// Identity, fixed at creation.
    pub ledger_id: String,
    /// Name shown in the status line.
    pub name: String,
    /// What the ledger is used for.
    pub role: LedgerRole,
    /// Its main currency.
    pub currency: String,
    /// Every currency that it keeps, the main one first, if there are several; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub currencies: Vec<String>,
    /// Time zone of its days.
    pub zone: String,
    /// Whether a second person must approve (four-eyes principle).
    pub four_eyes: bool,
    /// Whether the ledger is opened for reading only.
    pub read_only: bool,
    /// Sequence number of the last voucher: the number of vouchers.
    pub head_seq: i64,
    /// Hash of the last voucher.
    pub head_hash: String,
    /// Names of its kinds of trades, events and channels.
    #[serde(default)]
    pub names: Names,
}

impl LedgerInfo {
    /// Returns the currencies that it keeps.
    #[must_use]
    pub fn kept(&self) -> Currencies {
        let main = self.currency.parse().unwrap_or(Currency::CNY);
        let others: Vec<Currency> = self.currencies.iter().filter_map(|code| code.parse().ok()).collect();
        Currencies::new(main, &others)
    }
}

/// The overview of a ledger, without anything that scans trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The ledger.
    pub ledger: LedgerInfo,
    /// Cases that wait for this operator, oldest first.
    pub waiting_for_me: Vec<CaseRow>,
    /// Matches by hand, and their ends, that another person asked for and this operator may agree to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches_for_me: Vec<HandMatch>,
    /// Findings that another person accepted and this operator may accept as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acceptances_for_me: Vec<Acceptance>,
    /// Days not closed, oldest first.
    pub days: Vec<DayRow>,
    /// Events that have no live voucher and nothing in suspense (due or not).
    pub unposted_events: i64,
    /// What the ledger is to an older system.
    #[serde(default = "beside")]
    pub standing: Standing,
    /// Who asked to end the takeover, while a second person has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takeover_asked: Vec<Operator>,
    /// Whether the last verification in this process passed; `None` before the first.
    pub verified: Option<bool>,
    /// The last policy that loosened the one before, if there is one.
    #[serde(default)]
    pub loosened: Option<PolicyChange>,
    /// Roles that corrections need and the chart lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_roles: Vec<AccountRole>,
}

/// Returns what a desk of an older version says nothing of.
const fn beside() -> Standing {
    Standing::Beside
}

/// Result of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Whether no problem was found.
    pub ok: bool,
    /// Vouchers checked.
    pub vouchers: i64,
    /// Entries checked.
    pub entries: i64,
    /// Sequence number of the last voucher.
    pub head_seq: i64,
    /// Hash of the last voucher.
    pub head_hash: String,
    /// The problems found: at most 100 of the journal and the texts, and 40 of the file.
    pub problems: Vec<Problem>,
    /// Policies that loosened the one before: not a problem, but to be known.
    #[serde(default)]
    pub loosened: Vec<PolicyChange>,
}

/// A problem that verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Name of the failed check: `hash`, `link`, `sequence`, `balance`, `chain`, `unbalanced`, `mirror`,
    /// `event`, `tail`, `text`, `file`, `schema`, `finding_missing`, `finding_extra`.
    pub check: String,
    /// The voucher concerned, if there is one.
    pub voucher_no: Option<String>,
    /// The account concerned, if there is one.
    pub account: Option<String>,
    /// The problem in words.
    pub detail: String,
}

/// Requests identity, currency, time zone, role and head of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowLedger {}

/// Requests days, waiting cases and the head. Cheap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowOverview {}

/// Verifies every hash, balance and link, the texts that the ledger keeps, and the file itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyLedger {
    /// Whether to leave out the engine's own check of its file, which reads every index.
    #[serde(default)]
    pub quick: bool,
    /// Whether to judge everything anew as well, and compare that with the findings that the ledger keeps.
    #[serde(default)]
    pub findings: bool,
}

/// Requests whether the ledger still holds the voucher of a seal: sequence number and hash of a former
/// head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSeal {
    /// Sequence number of the voucher.
    pub seq: i64,
    /// Hash of the voucher.
    pub hash: String,
}
