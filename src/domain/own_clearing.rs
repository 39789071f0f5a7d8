//! Events that come to be after a trade was posted: those of a kind's own that arise by clearing (清分),
//! beside the clearing that every ledger knows, and settlements (结算).

use super::event::Event;
use super::kind::{Arises, Kind, Kinds, MoneyWay, fixed_number};
use super::trade::TradeKind;

/// An event of a kind that comes to be by clearing or settlement, beside the clearing that every ledger
/// knows.
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

impl OwnClearing {
    /// Returns whether a trade that is excluded from clearing has it all the same: its money moves without
    /// being cleared.
    #[must_use]
    pub fn is_settlement(&self) -> bool {
        self.event == Event::SETTLED
    }
}

impl Kinds {
    /// Returns the settlements of the kinds whose money moves after they are posted: of all, or of those
    /// alone whose money goes out, so that their success is the proof that it arrived.
    #[must_use]
    pub fn settlements(&self, only_out: bool) -> Vec<OwnClearing> {
        let settled = |kind: &&Kind| {
            let event = kind.event(Event::SETTLED);
            event.is_some_and(|event| event.arises == Arises::Settlement)
                && (!only_out || kind.money == MoneyWay::Out)
        };
        let own = |kind: &Kind| {
            let (number, first) = self.number(Event::SETTLED).zip(self.number(kind.first_event()))?;
            Some(OwnClearing { kind: kind.code, event: Event::SETTLED, number, first })
        };
        self.all().iter().filter(settled).filter_map(own).collect()
    }

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
