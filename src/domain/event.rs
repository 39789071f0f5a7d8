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

/// Returns an event that comes after itself by way of others; each event has the one that it comes after.
pub(super) fn in_circle(order: &[(Event, Option<Event>)]) -> Option<Event> {
    let prior = |event| order.iter().find(|(known, _)| *known == event).and_then(|(_, after)| *after);
    let reaches_itself = |start: Event| {
        let mut event = start;
        for _ in order {
            match prior(event) {
                Some(before) if before == start => return true,
                Some(before) => event = before,
                None => return false,
            }
        }
        false
    };
    order
        .iter()
        .map(|(event, _)| *event)
        .find(|event| prior(*event) != Some(*event) && reaches_itself(*event))
}
