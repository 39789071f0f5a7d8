//! Events of trades. Each is posted separately.

use super::vocabulary::vocabulary;

vocabulary! {
    /// An event of a trade (记账事项).
    Event, "event" {
        /// The trade itself took place.
        Captured = "captured",
        /// Clearing: claims and debts were determined (清分).
        Cleared = "cleared",
        /// Settlement: the money moved (结算).
        Settled = "settled",
        /// The settlement was returned.
        Refunded = "refunded",
    }
}
