//! The accounting day of a posting.

use super::event::Event;
use super::period::DayState;
use super::rejection::{Code, Rejection};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The accounting days of a ledger.
pub trait DayStates {
    /// Returns the state of a day; `None` if it was never opened.
    fn state(&self, day: Date) -> Option<DayState>;
    /// Returns the last closed day.
    fn last_closed(&self) -> Option<Date>;

    /// Returns the accounting day that runs on `today`: after the cut-over (日切) it is the next day.
    fn running(&self, today: Date) -> Date {
        match (self.state(today), today.tomorrow()) {
            (Some(DayState::Closing | DayState::Closed), Ok(next)) if self.takes_postings(next) => next,
            _ => today,
        }
    }

    /// Returns whether a posting may be dated on `day`: it is open, or its first posting can open it.
    fn takes_postings(&self, day: Date) -> bool {
        match self.state(day) {
            Some(state) => state == DayState::Open,
            None => self.last_closed().is_none_or(|closed| day > closed),
        }
    }
}

impl DayStates for BTreeMap<Date, DayState> {
    fn state(&self, day: Date) -> Option<DayState> {
        self.get(&day).copied()
    }

    fn last_closed(&self) -> Option<Date> {
        self.iter().rev().find(|(_, state)| **state == DayState::Closed).map(|(day, _)| *day)
    }
}

/// Returns the day that an event of a trade belongs to: that of the trade (`business`), or of a settlement the
/// day on which the money moved, if that is later and not to come.
#[must_use]
pub fn event_day((event, happened): (Event, Date), business: Date, today: Date) -> Date {
    if event == Event::SETTLED { business.max(happened.min(today)) } else { business }
}

/// Returns the refusal of a posting on a day that is closed or closing, or lies before a closed one.
#[must_use]
pub fn closed_day(day: Date) -> Rejection {
    Rejection::new(Code::DayNotOpen).with("day", day).with("closed", day)
}

/// Refuses a day after the one that runs on `today`: a voucher of a file keeps its day, and may not be ahead of it.
///
/// # Errors
/// [`Code::DayNotOpen`] with the running day.
pub fn refuse_day_to_come(days: &dyn DayStates, today: Date, day: Date) -> Result<(), Rejection> {
    let running = days.running(today);
    if day <= running {
        return Ok(());
    }
    Err(Rejection::new(Code::DayNotOpen).with("day", day).with("running", running))
}

/// Returns the accounting day on which an event of the `business` day is booked: its own if that takes
/// postings, otherwise the one that runs on `today`.
///
/// # Errors
/// [`Code::DayNotOpen`] if neither takes postings.
pub fn posting_day(business: Date, today: Date, days: &dyn DayStates) -> Result<Date, Rejection> {
    [business, days.running(today)]
        .into_iter()
        .find(|day| days.takes_postings(*day))
        .ok_or_else(|| closed_day(today))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_posting_is_dated_on_its_own_day_until_that_closes() {
        let day = date(2018, 9, 12);
        let open = BTreeMap::from([(day, DayState::Open)]);
        let closed = BTreeMap::from([(day, DayState::Closed)]);
        assert_eq!(posting_day(day, date(2018, 9, 13), &open), Ok(day));
        assert_eq!(posting_day(day, date(2018, 9, 13), &closed), Ok(date(2018, 9, 13)));
        // The running day was cut over: later postings belong to the next day, unless that takes none
        // either.
        assert_eq!(posting_day(day, day, &closed), Ok(date(2018, 9, 13)));
        let both = BTreeMap::from([(day, DayState::Closing), (date(2018, 9, 13), DayState::Closing)]);
        assert_eq!(posting_day(day, day, &both).map_err(|r| r.code), Err(Code::DayNotOpen));
    }

    #[test]
    fn a_settlement_belongs_to_the_day_on_which_the_money_moved() {
        let (trade, moved, today) = (date(2018, 9, 12), date(2018, 9, 14), date(2018, 9, 15));
        assert_eq!(event_day((Event::SETTLED, moved), trade, today), moved);
        assert_eq!(event_day((Event::SETTLED, date(2018, 9, 1)), trade, today), trade);
        assert_eq!(event_day((Event::SETTLED, date(2018, 10, 1)), trade, today), today);
        assert_eq!(event_day((Event::CLEARED, moved), trade, today), trade);
    }
}
