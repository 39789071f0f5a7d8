//! The accounting day of a posting.

use super::period::DayState;
use super::rejection::{Code, Rejection};
use jiff::civil::Date;

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

/// Returns the accounting day on which an event of the `business` day is booked: its own if that takes
/// postings, otherwise the one that runs on `today`.
///
/// # Errors
/// [`Code::DayNotOpen`] if neither takes postings.
pub fn posting_day(business: Date, today: Date, days: &dyn DayStates) -> Result<Date, Rejection> {
    [business, days.running(today)]
        .into_iter()
        .find(|day| days.takes_postings(*day))
        .ok_or_else(|| Rejection::new(Code::DayNotOpen).with("day", today))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use jiff::civil::date;

    /// Days with known states.
    pub(in crate::domain) struct Known(pub Vec<(Date, DayState)>);
    impl DayStates for Known {
        fn state(&self, day: Date) -> Option<DayState> {
            self.0.iter().find(|(d, _)| *d == day).map(|(_, state)| *state)
        }
        fn last_closed(&self) -> Option<Date> {
            self.0.iter().filter(|(_, state)| *state == DayState::Closed).map(|(d, _)| *d).max()
        }
    }

    #[test]
    fn a_posting_is_dated_on_its_own_day_until_that_closes() {
        let day = date(2018, 9, 12);
        let open = Known(vec![(day, DayState::Open)]);
        let closed = Known(vec![(day, DayState::Closed)]);
        assert_eq!(posting_day(day, date(2018, 9, 13), &open), Ok(day));
        assert_eq!(posting_day(day, date(2018, 9, 13), &closed), Ok(date(2018, 9, 13)));
        // The running day was cut over: later postings belong to the next day, unless that takes none
        // either.
        assert_eq!(posting_day(day, day, &closed), Ok(date(2018, 9, 13)));
        let both = Known(vec![(day, DayState::Closing), (date(2018, 9, 13), DayState::Closing)]);
        assert_eq!(posting_day(day, day, &both).map_err(|r| r.code), Err(Code::DayNotOpen));
    }
}
