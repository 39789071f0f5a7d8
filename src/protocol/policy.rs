//! The policy in force, its loosenings and its reason codes.

use crate::domain::finding::Cause;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::policy::ReasonFor;
use crate::domain::voucher::Mode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// After how many working hours findings are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueRow {
    /// The cause; `None` for every cause.
    pub cause: Option<Cause>,
    /// From this amount on, in minor units of `currency`; `None` for every amount.
    pub from_minor: Option<i64>,
    /// Currency of the amount; `None` for every currency.
    pub currency: Option<String>,
    /// Working hours.
    pub hours: i64,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyAnswer {
    /// Version.
    pub version: i64,
    /// Whether a second person must approve (four-eyes principle).
    pub four_eyes: bool,
    /// Reversal mode on a later day of the same year: red or blue.
    pub later_day: Mode,
    /// Minutes around midnight in which a trade may be in the neighbouring day's bill.
    pub cut_window_minutes: u16,
    /// Days for which a channel's statements stand until a trade that waits for its line is overdue.
    #[serde(default)]
    pub waiting_days: u16,
    /// Minutes after a session's end from which a payment is late.
    pub late_grace_minutes: u16,
    /// Minutes after its session's end from which a payout that is still processing is overdue.
    #[serde(default)]
    pub payout_grace_minutes: u16,
    /// Whether a status may be proven by an attached file and a note.
    #[serde(default)]
    pub status_by_file: bool,
    /// Days after which an open debt is more than a note.
    #[serde(default)]
    pub debt_days: u16,
    /// Largest case that an operator without a role may approve, in minor units.
    pub approval_limit_minor: Option<i64>,
    /// The same in other currencies, by their codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approval_limits: BTreeMap<String, i64>,
    /// Largest finding that one person alone may accept without booking, in minor units; with four eyes on
    /// and without a limit two people accept each.
    #[serde(default)]
    pub accept_limit_minor: Option<i64>,
    /// The same in other currencies, by their codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accept_limits: BTreeMap<String, i64>,
    /// Roles: name, operators, limit in minor units.
    pub approvers: Vec<(String, Vec<Operator>, Option<i64>)>,
    /// Limits of roles in other currencies, by their codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approver_limits: BTreeMap<String, BTreeMap<String, i64>>,
    /// Causes whose findings may be staged automatically.
    pub auto_stage: Vec<Cause>,
    /// Until when findings are to be settled; empty if none is due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<DueRow>,
    /// The hours of a working day: `09:00-18:00`.
    #[serde(default)]
    pub working_hours: String,
    /// Operators who may load another policy; empty for all.
    pub admins: Vec<Operator>,
    /// Whether a reason must be one of the reason codes.
    pub known_reasons_only: bool,
    /// Kinds of steps that need a reason.
    pub reasons_required: Vec<ReasonFor>,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// The operator who loaded it.
    pub operator: Operator,
    /// Text of the policy, TOML.
    pub source: String,
}

/// A version of the policy that loosened the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// The version.
    pub version: i64,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// The operator who loaded it.
    pub operator: Operator,
    /// The settings that it loosened, by their names in the policy file.
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

/// Requests the policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowPolicy {}

/// Loads a policy and puts it in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPolicy {
    /// File name, for error messages.
    pub file: String,
    /// Text of the policy, TOML.
    pub text: String,
}

/// Requests the reason codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReasons {}
