//! The policy in force, what loosened it, and the reasons it knows.

use crate::domain::finding::Cause;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::policy::ReasonFor;
use crate::domain::voucher::Mode;
use serde::{Deserialize, Serialize};

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyAnswer {
    /// Version.
    pub version: i64,
    /// Whether a second person must approve.
    pub four_eyes: bool,
    /// Red or blue on a later day of the same year.
    pub later_day: Mode,
    /// Minutes around midnight in which a trade may stand in the neighbouring day's statement.
    pub cut_window_minutes: u16,
    /// Minutes after a session's end from which a payment is late.
    pub late_grace_minutes: u16,
    /// Largest case anybody may approve who has no role, minor units.
    pub approval_limit_minor: Option<i64>,
    /// Roles: name, who has it, limit in minor units.
    pub approvers: Vec<(String, Vec<Operator>, Option<i64>)>,
    /// Causes whose findings may be staged by themselves.
    pub auto_stage: Vec<Cause>,
    /// Who may load another policy; empty for everybody.
    pub admins: Vec<Operator>,
    /// Whether a reason that is given must be known.
    pub known_reasons_only: bool,
    /// Steps that need a reason.
    pub reasons_required: Vec<ReasonFor>,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// By whom.
    pub operator: Operator,
    /// Its text.
    pub source: String,
}

/// A version of the policy that loosened the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// The version.
    pub version: i64,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// By whom.
    pub operator: Operator,
    /// What it loosened, in the words of the policy's file.
    pub loosened: Vec<String>,
}

/// A reason code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonRow {
    /// Code.
    pub code: String,
    /// Name in the language of the request.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowPolicy {}

/// Loads a policy and puts it in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPolicy {
    /// Its name, for mistakes.
    pub file: String,
    /// Its text, TOML.
    pub text: String,
}

/// The reason codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReasons {}
