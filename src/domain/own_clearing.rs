//! Events of a kind's own that come to be by clearing (清分), beside the clearing that every ledger knows.

use super::event::Event;
use super::kind::{Arises, Kinds, fixed_number};
use super::trade::TradeKind;

/// An event of a kind's own that comes to be by clearing, beside the clearing that every ledger knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnClearing {
    /// The kind.
    pub kind: TradeKind,
    /// The event.
    pub event: Event,
    /// Its number within a trade.
    pub number: i64,
    /// Number of the kind's first event, which is posted before.
    pub first: i64,
}

impl Kinds {
    /// Returns the events that come to be by clearing, besides the one that every ledger knows.
    #[must_use]
    pub fn own_clearings(&self) -> Vec<OwnClearing> {
        let mut found = Vec::new();
        for kind in self.all() {
            let own = kind.events.iter().filter(|known| known.arises == Arises::Clearing);
            for event in own.map(|known| known.event).filter(|event| fixed_number(*event).is_none()) {
                let numbers = self.number(event).zip(self.number(kind.first_event()));
                found.extend(numbers.map(|(number, first)| OwnClearing {
                    kind: kind.code,
                    event,
                    number,
                    first,
                }));
            }
        }
        found
    }
}
