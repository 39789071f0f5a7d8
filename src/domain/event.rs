//! Events of trades. Each is posted separately.

use super::short_code::short_codes;

short_codes! {
    /// An event of a trade (记账事项). Kinds name their events; every ledger knows these four.
    Event, "event", |byte: u8| byte.is_ascii_lowercase(), {
        /// The trade itself took place.
        CAPTURED = "captured",
        /// Clearing: claims and debts were determined (清分).
        CLEARED = "cleared",
        /// Settlement: the money moved (结算).
        SETTLED = "settled",
        /// The settlement was returned.
        REFUNDED = "refunded",
    }
}
