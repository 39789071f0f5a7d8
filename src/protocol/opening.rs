//! Requests that open cases: one case, or many at once.

use crate::domain::id::TradeNo;
use crate::protocol::findings::FindingFilter;
use serde::{Deserialize, Serialize};

/// Contents of a new case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// Trades it is about. Each is represented by its worst finding unless one of `findings` is of that
    /// trade.
    pub trades: Vec<TradeNo>,
    /// Findings it is about, by identity.
    pub findings: Vec<String>,
    /// Whether to stage the planner's steps.
    pub plan: bool,
    /// Whether to open it even if another case holds one of the findings.
    pub again: bool,
    /// Reason code.
    pub reason: Option<String>,
    /// A note.
    pub note: Option<String>,
}

impl Opening {
    /// Returns a case for a trade with the planner's steps, for the given finding of it if there is one.
    #[must_use]
    pub fn planned(trade_no: TradeNo, finding: Option<String>) -> Self {
        let findings = finding.into_iter().collect();
        Self { trades: vec![trade_no], findings, plan: true, ..Self::default() }
    }
}

/// Contents of cases for many findings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bulk {
    /// Note, reason and planning of each case. Its findings are those to open cases for; if it has none,
    /// those of `filter` are.
    pub opening: Opening,
    /// Filter of the findings, if none is listed.
    pub filter: FindingFilter,
    /// Most findings.
    pub limit: Option<usize>,
    /// Whether to open one case for all of them instead of one for each trade.
    pub one: bool,
}

/// Opens a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCase {
    /// Contents of the case.
    pub opening: Opening,
}

/// Opens cases for many findings: all of them or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCases {
    /// Findings and contents of the cases.
    pub bulk: Bulk,
}

/// Opens and stages cases for the causes that the policy lists. Approves and commits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCasesByPolicy {}
