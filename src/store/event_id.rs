//! The rows of events.

use super::engine::Param;
use crate::domain::event::Event;
use crate::domain::kind::{FIXED_NUMBERS, fixed_number};

/// Row of an event: eight times the row of its trade, plus the number of the event. So the events of a
/// trade, or of a range of trades, are a range of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId(i64);

impl EventId {
    /// Returns the row of a trade's event by the event's number, as its kind gives it.
    #[must_use]
    pub const fn numbered(trade: i64, number: i64) -> Self {
        Self(trade * 8 + number)
    }

    /// Returns the row of a trade's event; `None` for an event of its kind's own, whose number the kind
    /// knows.
    #[must_use]
    pub fn of(trade: i64, event: Event) -> Option<Self> {
        fixed_number(event).map(|number| Self::numbered(trade, number))
    }

    /// Returns the row of a trade's clearing.
    #[must_use]
    pub const fn clearing(trade: i64) -> Self {
        Self::numbered(trade, 2)
    }

    /// Takes a row as read from the ledger.
    #[must_use]
    pub const fn read(row: i64) -> Self {
        Self(row)
    }

    /// Returns the row.
    #[must_use]
    pub const fn row(self) -> i64 {
        self.0
    }

    /// Returns the row of the trade.
    #[must_use]
    pub const fn trade(self) -> i64 {
        self.0 / 8
    }

    /// Returns the event, from its number; `None` for an event of its kind's own, which its row names.
    #[must_use]
    pub fn event(self) -> Option<Event> {
        FIXED_NUMBERS.iter().find(|(_, number)| *number == self.0 & 7).map(|(event, _)| *event)
    }

    /// Returns the first and last possible row of the events of the trades in rows `from..=until`, as
    /// parameters.
    #[must_use]
    pub const fn range(from: i64, until: i64) -> [Param<'static>; 2] {
        [Param::Int(from * 8), Param::Int(until * 8 + 7)]
    }
}

/// The layout of an [`EventId`] in SQL, from a column with the row of a trade or of an event.
macro_rules! event_sql {
    (cleared of $trade:literal) => {
        concat!("8 * ", $trade, " + 2")
    };
    (settled of $trade:literal) => {
        concat!("8 * ", $trade, " + 3")
    };
    (captured of $trade:literal) => {
        concat!("8 * ", $trade, " + 1")
    };
    (all of $trade:literal) => {
        concat!("BETWEEN 8 * ", $trade, " AND 8 * ", $trade, " + 7")
    };
    (trade of $event:literal) => {
        concat!($event, " / 8")
    };
    (is cleared $event:literal) => {
        concat!($event, " & 7 = 2")
    };
    (is not cleared $event:literal) => {
        concat!($event, " & 7 <> 2")
    };
}
pub(super) use event_sql;
