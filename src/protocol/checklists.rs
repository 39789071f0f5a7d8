//! The checklist of a case, and who ticked what on which evidence.

use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use serde::{Deserialize, Serialize};

/// A tick of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRow {
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
    /// What was found.
    pub note: Option<String>,
    /// Name of the file that proves it.
    pub file: Option<String>,
    /// The file's SHA-256.
    pub fingerprint: Option<String>,
}

/// An item of a case's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// Its name in commands.
    pub item: String,
    /// What to look at.
    pub text: String,
    /// Whether it belongs to every case of the cause.
    pub required: bool,
    /// What a tick has to bring along: `note` or `file`.
    pub evidence: Option<String>,
    /// Its ticks, oldest first; none while it is open.
    pub ticks: Vec<TickRow>,
}

/// The checklist of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// The case.
    pub case_no: CaseNo,
    /// Its items, in order; none for a case without a cause.
    pub checklist: Vec<CheckRow>,
}

/// The checklist of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowChecklist {
    /// Which.
    pub case_no: CaseNo,
}

/// Ticks an item of a case's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickItem {
    /// Which case.
    pub case_no: CaseNo,
    /// The item.
    pub item: String,
    /// What was found.
    pub note: Option<String>,
    /// Name and SHA-256 of a file that proves it.
    pub file: Option<(String, String)>,
}
