//! When trades happen: an hourly curve with a quiet night, a lunch hour and an evening, and busier
//! weekends.
//!
//! A day is divided into slots. The trades are distributed over them by weight in whole numbers, so any
//! number of trades is generated in order of time without holding them in memory.

use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

/// Weight of each hour of the day.
const CURVE: [u64; 24] =
    [3, 2, 1, 1, 1, 2, 8, 20, 34, 44, 52, 61, 66, 55, 47, 46, 48, 55, 63, 66, 60, 45, 25, 9];

/// Length of a slot in seconds: short enough that the trades of one slot fit into memory for any plan.
pub(super) const SLOT: i64 = 600;

/// Length of a day in seconds.
pub(super) const DAY: i64 = 86_400;

/// Part of a day with the number of trades in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub day: Date,
    /// Start, in seconds since midnight.
    pub start: i64,
    /// End, in seconds since midnight, exclusive.
    pub end: i64,
    pub count: u64,
}

/// The days of a plan, up to a last moment.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub first_day: Date,
    pub last_day: Date,
    /// End of the generated period, exclusive.
    pub until: Moment,
    pub zone: TimeZone,
}

impl Clock {
    /// Returns the seconds of `day` in which trades may happen.
    pub fn seconds(&self, day: Date) -> i64 {
        let local = self.until.in_zone(&self.zone).local();
        match day.cmp(&local.date()) {
            std::cmp::Ordering::Less => DAY,
            std::cmp::Ordering::Equal => {
                let time = local.time();
                i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
            }
            std::cmp::Ordering::Greater => 0,
        }
    }

    /// Returns the days, first to last.
    pub fn days(&self) -> impl DoubleEndedIterator<Item = Date> + Clone {
        let last = self.last_day.since(self.first_day).map_or(0, |span| span.get_days());
        let first = self.first_day;
        (0..=last).map(move |day| first.saturating_add(jiff::Span::new().days(day)))
    }

    /// Returns the moment at a second of a day.
    ///
    /// # Errors
    /// [`Code::BadValue`](crate::domain::rejection::Code::BadValue) for a day outside the supported
    /// years.
    pub fn at(&self, day: Date, second: i64) -> Result<Moment, Rejection> {
        let midnight = day.to_datetime(jiff::civil::Time::midnight());
        Moment::from_local(midnight.saturating_add(jiff::Span::new().seconds(second)), &self.zone)
    }

    fn stretches(&self) -> impl Iterator<Item = (Date, i64, i64, u64)> {
        let days: Vec<(Date, i64)> = self.days().map(|day| (day, self.seconds(day))).collect();
        days.into_iter().flat_map(|(day, seconds)| {
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            let busy = if weekend { 12 } else { 10 };
            (0..DAY / SLOT).filter_map(move |slot| {
                let (start, end) = (slot * SLOT, (slot * SLOT + SLOT).min(seconds));
                let hour = usize::try_from(start / 3600).unwrap_or(0);
                let weight = CURVE.get(hour).copied().unwrap_or(1) * busy;
                (start < end).then(|| (day, start, end, weight * (end - start).unsigned_abs()))
            })
        })
    }

    /// Returns the slots with `trades` distributed over them.
    pub fn slots(&self, trades: u64) -> impl Iterator<Item = Slot> {
        let total = self.stretches().map(|(.., weight)| u128::from(weight)).sum::<u128>().max(1);
        let mut so_far: u128 = 0;
        let mut given: u64 = 0;
        self.stretches().map(move |(day, start, end, weight)| {
            so_far += u128::from(weight);
            let due = u64::try_from(u128::from(trades) * so_far / total).unwrap_or(trades);
            let count = due - given;
            given = due;
            Slot { day, start, end, count }
        })
    }
}
