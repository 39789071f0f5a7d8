//! Kinds of trades and their events, as a ledger's kind file lists them (`kinds.toml` of a template). Rules,
//! findings, the planner, imports and screens ask a kind what it is; none of them knows a kind by its name.

mod changes;
mod file;

pub use changes::KindField;

use super::event::Event;
use super::rejection::Rejection;
use super::trade::{TradeKind, TradeStatus};
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Which way the money of a kind of trade goes, seen from us.
    MoneyWay, "way of the money" {
        /// Comes in from the channel.
        In = "in",
        /// Goes out to the channel.
        Out = "out",
        /// Follows from the trade that it undoes.
        Either = "either",
        /// Stays with us: from one account to another.
        Within = "within",
    }
}

vocabulary! {
    /// A party of a trade.
    PartyFact, "party" {
        /// The customer.
        Customer = "customer",
        /// The merchant.
        Merchant = "merchant",
    }
}

vocabulary! {
    /// When an event of a trade comes to be.
    Arises, "origin of an event" {
        /// With the trade itself.
        Trade = "trade",
        /// When the trade is cleared (清分).
        Clearing = "clearing",
        /// When the money has moved (结算).
        Settlement = "settlement",
    }
}

vocabulary! {
    /// How much of a trade the trades that undo it may take back together.
    Undoable, "limit of what is undone" {
        /// What no other trade has undone yet.
        Rest = "rest",
        /// Any amount.
        Any = "any",
    }
}

/// An event that trades of a kind may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindEvent {
    /// The event.
    pub event: Event,
    /// When it comes to be.
    pub arises: Arises,
    /// States of the trade in which it is due, unless a rule says otherwise.
    pub status: Vec<TradeStatus>,
    /// The event that must be posted first, unless a rule says otherwise.
    pub after: Option<Event>,
    /// Its name, Chinese and English; `None` for the one that every ledger gives it, or its code.
    pub name: Option<(String, String)>,
}

/// A kind of trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// Its code.
    pub code: TradeKind,
    /// Its name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// Which way its money goes.
    pub money: MoneyWay,
    /// Parties that each trade of it names.
    pub parties: Vec<PartyFact>,
    /// Kinds of the trades that it undoes; empty for a kind that stands by itself.
    pub undoes: Vec<TradeKind>,
    /// How much of one trade may be undone.
    pub undoes_up_to: Undoable,
    /// Whether the channel can carry it out twice by mistake: then the second one is claimed from it.
    pub claimed_if_twice: bool,
    /// Whether the party owes what its account lacks for it.
    pub owed_if_short: bool,
    /// Whether channels list it in their statements.
    pub listed: bool,
    /// What a customer's statement calls it, Chinese and English.
    pub on_statement: (String, String),
    /// Its events in order; the first is the one that its posting status is about.
    pub events: Vec<KindEvent>,
}

/// The kinds of trades that a ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds {
    id: String,
    all: Vec<Kind>,
    /// Events beside the four that every ledger knows, with their numbers.
    numbers: Vec<(Event, i64)>,
}

/// What a file of kinds is checked against besides itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct KindScope<'a> {
    /// The kinds in force so far, none of which may be missing.
    pub before: Option<&'a Kinds>,
    /// The number of trades of each kind that has any; what those kinds mean stays as it is.
    pub trades: &'a [(TradeKind, i64)],
}

/// Numbers of the events that every ledger knows; a row of an event is eight times its trade's, plus this.
pub(crate) const FIXED_NUMBERS: [(Event, i64); 4] =
    [(Event::CAPTURED, 1), (Event::CLEARED, 2), (Event::SETTLED, 3), (Event::REFUNDED, 4)];

/// Returns the number of one of the four events that every ledger knows.
pub(crate) fn fixed_number(event: Event) -> Option<i64> {
    FIXED_NUMBERS.iter().find(|(known, _)| *known == event).map(|(_, number)| *number)
}

impl Kind {
    /// Returns whether money comes in from the channel; `None` if that does not follow from the kind alone.
    #[must_use]
    pub const fn comes_in(&self) -> Option<bool> {
        match self.money {
            MoneyWay::In => Some(true),
            MoneyWay::Out => Some(false),
            MoneyWay::Either | MoneyWay::Within => None,
        }
    }

    /// Returns true if its first event is booked while the trade is still processing.
    #[must_use]
    pub fn counts_in_process(&self) -> bool {
        self.event(self.first_event()).is_some_and(|event| event.status.contains(&TradeStatus::Processing))
    }

    /// Returns whether its trades undo other trades.
    #[must_use]
    pub fn undoes_another(&self) -> bool {
        !self.undoes.is_empty()
    }

    /// Returns what a customer's statement calls it, in Chinese or in English.
    #[must_use]
    pub fn on_statement(&self, chinese: bool) -> &str {
        let (zh, en) = &self.on_statement;
        if chinese { zh } else { en }
    }

    /// Returns the event that the posting status of its trades is about.
    #[must_use]
    pub fn first_event(&self) -> Event {
        self.events.first().map_or(Event::CAPTURED, |first| first.event)
    }

    /// Returns what is said about one of its events.
    #[must_use]
    pub fn event(&self, event: Event) -> Option<&KindEvent> {
        self.events.iter().find(|known| known.event == event)
    }

    /// Returns the events that come to be with the trade itself.
    pub fn events_of_trade(&self) -> impl Iterator<Item = Event> {
        self.events.iter().filter(|known| known.arises == Arises::Trade).map(|known| known.event)
    }
}

impl Kinds {
    /// Name of the file's set.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The kinds, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Kind] {
        &self.all
    }

    /// Returns every code.
    pub fn codes(&self) -> impl Iterator<Item = TradeKind> {
        self.all.iter().map(|kind| kind.code)
    }

    /// Returns the kinds that a file of trades may bring. A counter trade comes only from a case; what another
    /// system did to undo a trade has a kind of its own.
    pub fn in_files(&self) -> impl Iterator<Item = TradeKind> {
        self.codes().filter(|kind| *kind != TradeKind::COUNTER)
    }

    /// Returns the parties that each trade of a kind names.
    pub fn parties(&self) -> impl Iterator<Item = (TradeKind, PartyFact)> {
        self.all.iter().flat_map(|kind| kind.parties.iter().map(|party| (kind.code, *party)))
    }

    /// Returns a kind; `None` if the ledger does not know it.
    #[must_use]
    pub fn get(&self, code: TradeKind) -> Option<&Kind> {
        self.all.iter().find(|kind| kind.code == code)
    }

    /// Reads the code of a kind that the ledger knows.
    ///
    /// # Errors
    /// [`Code::BadValue`](super::rejection::Code::BadValue) with the known codes and the nearest.
    pub fn read(&self, text: &str) -> Result<&Kind, Rejection> {
        let kind = TradeKind::of_text(text).and_then(|code| self.get(code));
        kind.ok_or_else(|| TradeKind::unknown(text, self.codes()))
    }

    /// Reads an event that some kind has.
    ///
    /// # Errors
    /// [`Code::BadValue`](super::rejection::Code::BadValue) with the known events and the nearest.
    pub fn read_event(&self, text: &str) -> Result<Event, Rejection> {
        let event = Event::of_text(text).filter(|event| self.number(*event).is_some());
        event.ok_or_else(|| Event::unknown(text, self.events()))
    }

    /// Returns every event of any kind, each once, in the order of the file.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for known in self.all.iter().flat_map(|kind| &kind.events) {
            if !events.contains(&known.event) {
                events.push(known.event);
            }
        }
        events
    }

    /// Returns the name of an event, Chinese and English, as the first kind that names it has it.
    #[must_use]
    pub fn event_name(&self, event: Event) -> Option<(&str, &str)> {
        let events = self.all.iter().filter_map(|kind| kind.event(event));
        events.filter_map(|known| known.name.as_ref()).map(|(zh, en)| (zh.as_str(), en.as_str())).next()
    }

    /// Returns the number of an event within its trade; `None` if no kind has the event.
    #[must_use]
    pub fn number(&self, event: Event) -> Option<i64> {
        FIXED_NUMBERS
            .iter()
            .chain(&self.numbers)
            .find(|(known, _)| *known == event)
            .map(|(_, number)| *number)
    }

    /// Returns the event of a kind's trade that has this number.
    #[must_use]
    pub fn event_numbered(&self, kind: TradeKind, number: i64) -> Option<Event> {
        if let Some((event, _)) = FIXED_NUMBERS.iter().find(|(_, known)| *known == number) {
            return Some(*event);
        }
        let kind = self.get(kind)?;
        kind.events.iter().map(|known| known.event).find(|event| self.number(*event) == Some(number))
    }
}
