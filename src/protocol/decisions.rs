//! Findings that are decided in a spreadsheet: what a person sees of each, and what becomes of the decisions.

use crate::domain::decision::{DecisionVerdict, FindingDecision};
use crate::domain::finding::Finding;
use crate::domain::id::CaseNo;
use crate::domain::trade::Channel;
use crate::protocol::findings::FindingFilter;
use crate::protocol::page::{HasRowKey, Page, RowKey};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Requests a page of findings, each with the correction that is proposed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListProposals {
    /// Filter of the list.
    pub filter: FindingFilter,
    /// The page.
    pub page: Page,
}

/// A finding with what a person decides by. Its mark is that of its facts of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedFinding {
    /// The finding.
    pub finding: Finding,
    /// Its day in the ledger's zone.
    pub day: Date,
    /// Its channel, or that of its trade.
    pub channel: Option<Channel>,
    /// Customer or merchant of its trade, or the holder of its account.
    pub party: Option<String>,
    /// The case that holds it, or who asked for a second person about it.
    pub holder: Option<String>,
    /// What is expected less what is there, in minor units; money that goes out is negative. `None` if it is no
    /// difference of amounts.
    pub effect_minor: Option<i64>,
    /// The proposed correction in words, or why there is none.
    pub proposed: String,
}

impl HasRowKey for ProposedFinding {
    fn key(&self) -> RowKey {
        self.finding.key()
    }
}

/// What a person decided about a finding, on a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// The line, from 1.
    pub line: u64,
    /// Identity of the finding.
    pub finding: String,
    /// Mark of the facts that were decided on.
    pub mark: String,
    /// The decision.
    pub decision: FindingDecision,
    /// Reason code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last day on which an acceptance counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What the person says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Requests what would become of decisions. Stores nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDecisions {
    /// The decisions.
    pub rows: Vec<DecisionRow>,
}

/// Carries out the decisions that can be: cases are opened with the planner's steps, one for each trade, and
/// acceptances are asked for. Nothing is approved, booked or put in force; what was carried out before stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageDecisions {
    /// The decisions.
    pub rows: Vec<DecisionRow>,
}

/// What became of decisions, or would.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decided {
    /// Whether they were carried out.
    pub staged: bool,
    /// The decisions, in the order of the file.
    pub rows: Vec<DecidedRow>,
    /// Lines of the file without a decision.
    #[serde(default)]
    pub undecided: u64,
}

/// What became of one decision, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedRow {
    /// The line, from 1.
    pub line: u64,
    /// Column from 1 and its name, if one is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<(usize, String)>,
    /// Identity of the finding.
    pub finding: String,
    /// The decision; `None` if the file has no such word.
    pub decision: Option<FindingDecision>,
    /// Whether it can be carried out.
    pub verdict: DecisionVerdict,
    /// The case that was opened for it, or holds the finding since before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<CaseNo>,
    /// Stable code of the refusal, if a rule refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What was or would be done, or why not.
    pub what: String,
}
