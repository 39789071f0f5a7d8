//! Cases (错账工单): a correction in progress, from opening to commit, with its two people.

use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;

/// Longest note or reason, in bytes: a paragraph, not a document.
const MAX_NOTE: usize = 2000;

/// Most steps of one case.
const MAX_STEPS: usize = 10_000;

/// Returns a trimmed note or reason.
///
/// # Errors
/// [`Code::BadValue`] if it is empty, has more than 2000 bytes, or has control characters.
pub fn checked_note<'t>(what: &str, text: &'t str) -> Result<&'t str, Rejection> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_NOTE || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Rejection::new(Code::BadValue).with("what", what).with("value", text.escape_debug()));
    }
    Ok(text)
}

/// Refuses more steps than a case may have, 10 000.
///
/// # Errors
/// [`Code::BadValue`].
pub fn refuse_too_many_steps(steps: usize) -> Result<(), Rejection> {
    if steps > MAX_STEPS {
        return Err(Rejection::new(Code::BadValue)
            .with("what", "steps")
            .with("value", steps)
            .with("most", MAX_STEPS));
    }
    Ok(())
}

vocabulary! {
    /// The state of a case.
    CaseState, "case state" {
        /// Opened, without staged steps.
        Open = "open",
        /// It has staged steps.
        Staged = "staged",
        /// Submitted to the checker (待复核).
        Submitted = "submitted",
        /// Approved by the checker (已复核).
        Approved = "approved",
        /// Booked (已入账).
        Committed = "committed",
        /// Rejected by the checker; it may be staged again.
        Rejected = "rejected",
        /// Withdrawn by its maker.
        Withdrawn = "withdrawn",
    }
}

vocabulary! {
    /// An action on a case.
    CaseVerb, "case action" {
        /// Add or drop a step.
        Stage = "stage",
        /// Make another operator its maker.
        Hand = "hand",
        /// Submit it to the checker.
        Submit = "submit",
        /// Approve it.
        Approve = "approve",
        /// Reject it.
        Reject = "reject",
        /// Withdraw it.
        Withdraw = "withdraw",
        /// Book it.
        Commit = "commit",
    }
}

vocabulary! {
    /// A condition of a commit (更正校验), as a preview names it.
    GuardName, "condition of a commit" {
        /// Each voucher balances per currency.
        Balanced = "balanced",
        /// The day to book on is open.
        DayOpen = "day_open",
        /// No voucher is reversed twice.
        FirstReversal = "first_reversal",
        /// What is booked is due.
        Due = "due",
        /// No account falls below its floor.
        Floors = "floors",
        /// Each account exists and is active.
        Accounts = "accounts",
        /// Each step can be done, for any other reason; there is at least one.
        Steps = "steps",
        /// The case books what was agreed.
        Unchanged = "unchanged",
        /// Chains of the accounts since the steps were staged.
        Heads = "heads",
        /// What customers see.
        CustomerView = "customer_view",
        /// The comparison with the channel.
        Reconciliation = "reconciliation",
        /// A second person has approved, if the policy requires one.
        Approval = "approval",
        /// The case is within the checker's limit.
        Limit = "limit",
        /// Each due event is booked again.
        Booked = "booked",
        /// The checklist is ticked off.
        Checklist = "checklist",
    }
}

vocabulary! {
    /// What was done to a case, as its log says it.
    CaseLogVerb, "case log entry" {
        /// Opened.
        Open = "open",
        /// A step added.
        Stage = "stage",
        /// A step dropped.
        Drop = "drop",
        /// A dropped step put back.
        Restore = "restore",
        /// The same steps staged anew.
        Restage = "restage",
        /// Handed to the checker.
        Submit = "submit",
        /// An item of the checklist ticked.
        Check = "check",
        /// Given to another maker.
        Hand = "hand",
        /// Approved.
        Approve = "approve",
        /// Sent back.
        Reject = "reject",
        /// Given up.
        Withdraw = "withdraw",
        /// Written.
        Commit = "commit",
    }
}

impl CaseLogVerb {
    /// True for work on a case, as opposed to deciding it: its operator cannot be the second person. The
    /// schema repeats the list.
    #[must_use]
    pub const fn is_work(self) -> bool {
        match self {
            Self::Open
            | Self::Stage
            | Self::Drop
            | Self::Restore
            | Self::Restage
            | Self::Submit
            | Self::Check
            | Self::Hand => true,
            Self::Approve | Self::Reject | Self::Withdraw | Self::Commit => false,
        }
    }
}

impl CaseState {
    /// Returns the state after `verb`. `steps` is the number of staged steps after it; `four_eyes` says
    /// whether the ledger's policy requires a second person.
    ///
    /// # Errors
    /// [`Code::CaseState`] if the verb does not fit the state, [`Code::Nothing`] if there are no steps to
    /// submit.
    pub fn after(self, verb: CaseVerb, steps: usize, four_eyes: bool) -> Result<Self, Rejection> {
        use CaseState as S;
        use CaseVerb as V;
        let next = match (self, verb) {
            (S::Open | S::Staged | S::Rejected, V::Stage) => {
                Some(if steps == 0 { S::Open } else { S::Staged })
            }
            (S::Open | S::Staged | S::Rejected, V::Hand) => Some(self),
            (S::Staged, V::Submit) => Some(S::Submitted),
            (S::Open, V::Submit) => return Err(Rejection::new(Code::Nothing).with("what", "step")),
            (S::Submitted, V::Approve) => Some(S::Approved),
            (S::Submitted | S::Approved, V::Reject) => Some(S::Rejected),
            (S::Open | S::Staged | S::Submitted | S::Approved | S::Rejected, V::Withdraw) => {
                Some(S::Withdrawn)
            }
            (S::Approved, V::Commit) => Some(S::Committed),
            (S::Staged | S::Submitted, V::Commit) if !four_eyes => Some(S::Committed),
            _ => None,
        };
        next.ok_or_else(|| {
            Rejection::new(Code::CaseState).with("state", self.as_str()).with("verb", verb.as_str())
        })
    }

    /// Returns whether the case is committed or withdrawn.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Committed | Self::Withdrawn)
    }
}
