//! Checklists of cases, and their ticks with evidence.

use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use serde::{Deserialize, Serialize};

/// A tick of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRow {
    /// When it was ticked.
    pub at: Moment,
    /// The operator.
    pub operator: Operator,
    /// What was found.
    pub note: Option<String>,
    /// Name of the file given as evidence.
    pub file: Option<String>,
    /// The file's SHA-256.
    pub fingerprint: Option<String>,
}

/// An item of a case's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// Name in commands.
    pub item: String,
    /// What to check.
    pub text: String,
    /// Whether it is required for every case of the cause.
    pub required: bool,
    /// Evidence that a tick needs: `note` or `file`.
    pub evidence: Option<String>,
    /// Its ticks, oldest first; empty while it is open.
    pub ticks: Vec<TickRow>,
}

/// The checklist of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// The case.
    pub case_no: CaseNo,
    /// Its items, in order; empty for a case without a cause.
    pub checklist: Vec<CheckRow>,
}

/// Requests the checklist of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowChecklist {
    /// Number of the case.
    pub case_no: CaseNo,
}

/// Ticks an item of a case's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickItem {
    /// Number of the case.
    pub case_no: CaseNo,
    /// Name of the item.
    pub item: String,
    /// What was found.
    pub note: Option<String>,
    /// Name and SHA-256 of the file that proves it.
    pub file: Option<(String, String)>,
}
