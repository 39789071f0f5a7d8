//! Events: what a trade asks the books to record. Each is posted or not on its own.

use super::vocabulary::vocabulary;

vocabulary! {
    /// An event of a trade (记账事项).
    Event, "event" {
        /// The trade itself happened.
        Captured = "captured",
        /// Who owes what was worked out (清分).
        Cleared = "cleared",
        /// The money moved (结算).
        Settled = "settled",
        /// It was given back.
        Refunded = "refunded",
    }
}
