//! Decisions about findings that people write in a spreadsheet: what is to be done with each, and whether it still can.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What a person decides about a finding.
    FindingDecision, "decision" {
        /// Open a case with the planner's steps.
        Plan = "plan",
        /// Accept it as it is, without booking.
        Accept = "accept",
        /// Leave it open.
        Leave = "leave",
    }
}

vocabulary! {
    /// Whether a decision can be carried out.
    DecisionVerdict, "verdict on a decision" {
        /// It can be, was, or is already.
        Ok = "ok",
        /// It cannot be, whatever was seen.
        Ineligible = "ineligible",
        /// The finding has other facts than those that were decided on.
        Stale = "stale",
        /// There is no such finding any more.
        Gone = "gone",
    }
}
