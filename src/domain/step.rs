//! The kinds of steps that correct the books.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What a step of a case does, as it is shown and as a policy names it.
    StepKind, "step kind" {
        /// Takes a voucher back.
        Reverse = "reverse",
        /// Posts an event again.
        Repost = "repost",
        /// Posts an event that was left out.
        Supplement = "supplement",
        /// Corrects a trade's own status.
        Status = "status",
        /// Books a difference (差额).
        Adjust = "adjust",
        /// Puts money into suspense (挂账).
        Park = "park",
        /// Clears an open item from suspense (销账).
        Unpark = "unpark",
        /// Records a trade that the channel proves.
        Record = "record",
        /// Notes that the channel took a payment back before it came (冲正先到).
        Stub = "stub",
        /// Undoes a trade by another (反交易).
        Counter = "counter",
        /// Dismisses what a later trade list claims.
        Dismiss = "dismiss",
        /// Takes a channel's statement out, or puts a held one in its place.
        Statement = "statement",
        /// Books a voucher of a journal that was imported into the case.
        Journal = "journal",
    }
}

impl Default for StepKind {
    /// Returns the first kind; rows start from it and are given their own.
    fn default() -> Self {
        Self::Reverse
    }
}
