//! Due times of findings: until when one is to be settled, in working hours, and how old it is.

use super::vocabulary::vocabulary;
use jiff::civil::{Date, DateTime, Time};

vocabulary! {
    /// How a finding stands to its due time.
    DueState, "state of a due time" {
        /// There is time.
        OnTrack = "on_track",
        /// The last quarter of the time has begun.
        Warning = "warning",
        /// The time is over.
        Breached = "breached",
        /// Somebody has it in hand: a case holds it, or it waits for a second person.
        Paused = "paused",
    }
}

vocabulary! {
    /// How old a finding is, in days of 24 hours.
    AgeBucket, "age" {
        /// Less than a day.
        Day = "<1",
        /// One day to three.
        Days = "1-3",
        /// Three days to a week.
        Week = "3-7",
        /// A week to thirty days.
        Month = "7-30",
        /// Thirty days and more.
        Older = ">30",
    }
}

impl AgeBucket {
    /// Returns the bucket of an age in seconds.
    #[must_use]
    pub const fn of_seconds(seconds: i64) -> Self {
        match seconds / 86_400 {
            ..1 => Self::Day,
            1..3 => Self::Days,
            3..7 => Self::Week,
            7..30 => Self::Month,
            30.. => Self::Older,
        }
    }
}

/// The hours of a working day, in seconds from its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingHours {
    from: i32,
    until: i32,
}

/// Most days that are looked at for a due time: three years, so that a calendar without working days ends somewhere.
const MOST_DAYS: usize = 3 * 366;

/// Seconds of an hour.
const HOUR: i64 = 3600;

impl WorkingHours {
    /// Nine to six, unless a policy says otherwise.
    pub const USUAL: Self = Self { from: 9 * 3600, until: 18 * 3600 };

    /// Returns the hours between two times of a day; `None` if the second is not later.
    #[must_use]
    pub fn new(from: Time, until: Time) -> Option<Self> {
        let second = |time: Time| i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60;
        let (from, until) = (second(from), second(until));
        (from < until).then_some(Self { from, until })
    }

    /// Returns start and end as people write them: `09:00-18:00`.
    #[must_use]
    pub fn text(self) -> String {
        let clock = |second: i32| format!("{:02}:{:02}", second / 3600, second % 3600 / 60);
        format!("{}-{}", clock(self.from), clock(self.until))
    }

    /// Returns when so many working hours, in quarters of an hour, are over after a local time.
    #[must_use]
    pub fn after(self, since: DateTime, quarters: i64, is_workday: impl Fn(Date) -> bool) -> DateTime {
        let mut left = quarters * HOUR / 4;
        let time = since.time();
        let mut clock =
            i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second());
        let mut day = since.date();
        for _ in 0..MOST_DAYS {
            let start = clock.max(self.from);
            let room = i64::from(self.until - start);
            if room > 0 && is_workday(day) {
                if left <= room {
                    let at = i64::from(start) + left;
                    let midnight = day.to_datetime(Time::midnight());
                    return midnight.saturating_add(jiff::Span::new().seconds(at));
                }
                left -= room;
            }
            (day, clock) = (day.saturating_add(jiff::Span::new().days(1)), 0);
        }
        day.to_datetime(Time::midnight())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Weekday;

    #[test]
    fn working_hours_pass_on_working_days_alone() {
        let is_workday = |day: Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        // 2018-09-14 is a Friday.
        for (since, hours, due) in [
            ("2018-09-14T10:00:00", 4, "2018-09-14T14:00:00"),
            ("2018-09-14T10:00:00", 8, "2018-09-14T18:00:00"),
            ("2018-09-14T16:30:00", 4, "2018-09-17T11:30:00"),
            ("2018-09-14T20:00:00", 9, "2018-09-17T18:00:00"),
            ("2018-09-15T12:00:00", 1, "2018-09-17T10:00:00"),
            ("2018-09-14T03:00:05", 18, "2018-09-17T18:00:00"),
        ] {
            let at = WorkingHours::USUAL.after(since.parse().unwrap(), hours * 4, is_workday);
            assert_eq!(at.to_string(), due, "{since} {hours}");
        }
        let never = WorkingHours::USUAL.after("2018-09-14T10:00:00".parse().unwrap(), 4, |_| false);
        assert_eq!(never.year(), 2021);
    }

    #[test]
    fn hours_are_some_time_of_one_day() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let hours = WorkingHours::new(time("08:30"), time("17:15")).unwrap();
        assert_eq!(hours.text(), "08:30-17:15");
        assert_eq!(WorkingHours::new(time("18:00"), time("18:00")), None);
    }

    #[test]
    fn an_age_is_in_one_bucket() {
        let of = |days: i64, seconds: i64| AgeBucket::of_seconds(days * 86_400 + seconds).as_str();
        assert_eq!([of(0, -5), of(0, 0), of(1, -1)], ["<1"; 3]);
        assert_eq!([of(1, 0), of(3, -1), of(3, 0), of(7, -1)], ["1-3", "1-3", "3-7", "3-7"]);
        assert_eq!([of(7, 0), of(30, -1), of(30, 0), of(4000, 0)], ["7-30", "7-30", ">30", ">30"]);
    }
}
