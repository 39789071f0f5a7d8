//! Cases (错账工单): a correction in progress, from opening to commit, with its two people.

use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;

vocabulary! {
    /// Where a case stands.
    CaseState, "case state" {
        /// Opened; nothing staged yet.
        Open = "open",
        /// It has staged steps.
        Staged = "staged",
        /// With the checker.
        Submitted = "submitted",
        /// The checker agreed.
        Approved = "approved",
        /// In the books.
        Committed = "committed",
        /// The checker sent it back; it may be staged again.
        Rejected = "rejected",
        /// Given up.
        Withdrawn = "withdrawn",
    }
}

vocabulary! {
    /// What may be done with a case.
    CaseVerb, "case action" {
        /// Add or drop a step.
        Stage = "stage",
        /// Make another operator its maker.
        Hand = "hand",
        /// Hand it to the checker.
        Submit = "submit",
        /// Agree.
        Approve = "approve",
        /// Send it back.
        Reject = "reject",
        /// Give it up.
        Withdraw = "withdraw",
        /// Write it.
        Commit = "commit",
    }
}

impl CaseState {
    /// The state after `verb`. `steps` is the number of staged steps after it; `four_eyes` whether the ledger's policy
    /// asks for a second person.
    ///
    /// # Errors
    /// [`Code::CaseState`] where the verb does not fit the state, [`Code::Nothing`] where there are no steps to hand in.
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

    /// Whether the case is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Committed | Self::Withdrawn)
    }
}
