//! Opening cases: one for chosen trades and findings, or many at once.

use crate::domain::id::TradeNo;
use crate::protocol::findings::FindingFilter;
use serde::{Deserialize, Serialize};

/// A case to open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// Trades it is about; each stands for its worst finding unless one of `findings` is of that trade.
    pub trades: Vec<TradeNo>,
    /// Findings it is about, by identity.
    pub findings: Vec<String>,
    /// Whether to stage the planner's steps at once.
    pub plan: bool,
    /// Whether to open it although another case holds a finding.
    pub again: bool,
    /// Reason code.
    pub reason: Option<String>,
    /// A note.
    pub note: Option<String>,
}

impl Opening {
    /// A case for a trade with the planner's steps, for that finding of it where one is named.
    #[must_use]
    pub fn planned(trade_no: TradeNo, finding: Option<String>) -> Self {
        let findings = finding.into_iter().collect();
        Self { trades: vec![trade_no], findings, plan: true, ..Self::default() }
    }
}

/// Cases to open for many findings at once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bulk {
    /// Note, reason and whether to plan, for each case; the findings, or none for those of `filter`.
    pub opening: Opening,
    /// Which findings, where none is named.
    pub filter: FindingFilter,
    /// At most so many findings.
    pub limit: Option<usize>,
    /// One case for all of them instead of one for each trade.
    pub one: bool,
}

/// Opens a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCase {
    /// How.
    pub opening: Opening,
}

/// Opens cases for many findings, all of them or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCases {
    /// Which, and how.
    pub bulk: Bulk,
}

/// Opens and stages cases for the causes that the policy lists; approves and commits none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCasesByPolicy {}
