//! A channel's cut (日切): when its business day ends, and the window around that in which either day may list a trade.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;

/// Minutes of a day: the cut of a channel whose day ends at midnight.
const DAY: i64 = 24 * 60;

/// A channel's cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Minute of the day at which the business day ends: 1440 is midnight.
    minute: i64,
    /// Minutes before and after it in which either day may list a trade.
    window: i64,
}

/// What the ledger has of a channel, by days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownDays {
    /// The latest day with a trade.
    pub trades: Option<Date>,
    /// The days of the statements that stand.
    pub statements: BTreeSet<Date>,
}

impl Cut {
    /// Returns the cut at a minute of the day, with a window on either side.
    #[must_use]
    pub fn new(minute: i64, window_minutes: u16) -> Self {
        Self { minute: minute.clamp(1, DAY), window: i64::from(window_minutes) }
    }

    /// Returns the time at which the window begins (`23:50:00`); without a window before midnight `24:00:00`, which no
    /// time reaches.
    #[must_use]
    pub fn from(self) -> String {
        let minute = self.minute - self.window;
        clock(if minute < 0 { minute + DAY } else { minute })
    }

    /// Returns the time at which the window ends (`00:10:00`).
    #[must_use]
    pub fn until(self) -> String {
        clock((self.minute + self.window) % DAY)
    }

    /// Returns the channel's business day of a local time.
    #[must_use]
    pub fn day(self, at: DateTime) -> Date {
        let is_next = self.minute < DAY && minute_of(at.time()) >= self.minute;
        if is_next { at.date().saturating_add(1.day()) } else { at.date() }
    }

    /// Returns whether a local time is in the window before the cut.
    #[must_use]
    pub fn is_just_before(self, time: Time) -> bool {
        (minute_of(time) - self.minute).rem_euclid(DAY) >= DAY - self.window
    }

    /// Returns whether a line without a trade may still get one: it happened just before the cut, so that our trade may
    /// be one of the next day. That ends once a trade of a later day is known, or once the channel's statements of
    /// `waiting_days` days stand, its own day (`bill_day`) counted.
    #[must_use]
    pub fn awaits_trade(self, at: DateTime, bill_day: Date, known: &KnownDays, waiting_days: u16) -> bool {
        self.is_just_before(at.time())
            && known.trades.is_none_or(|newest| newest <= bill_day)
            && known.statements.range(bill_day..).count() < usize::from(waiting_days)
    }
}

/// From when on a channel's clock is ahead of the ledger's, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockShift {
    /// Seconds since 1970, UTC.
    pub since: i64,
    /// Minutes that the channel's clock is ahead; negative if it is behind.
    pub minutes: i64,
}

/// The years whose clocks are compared: before the first business day of any ledger, and after the last one.
const YEARS: (i16, i16) = (1990, 2100);

/// Returns from when on a channel's clock differs from the ledger's, in order of time; nothing if it never does.
#[must_use]
pub fn clock_shifts(channel: &TimeZone, ledger: &TimeZone) -> Vec<ClockShift> {
    let year = |year| Date::constant(year, 1, 1).to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let (Ok(first), Ok(last)) = (year(YEARS.0), year(YEARS.1)) else { return Vec::new() };
    let changes: BTreeSet<Timestamp> = [channel, ledger]
        .into_iter()
        .flat_map(|zone| zone.following(first).map(|change| change.timestamp()).take_while(|at| *at < last))
        .chain([first])
        .collect();
    let mut shifts: Vec<ClockShift> = Vec::new();
    for at in changes {
        let minutes = i64::from(channel.to_offset(at).seconds() - ledger.to_offset(at).seconds()) / 60;
        if shifts.last().map_or(0, |shift| shift.minutes) != minutes {
            shifts.push(ClockShift { since: at.as_second(), minutes });
        }
    }
    shifts
}

fn minute_of(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}:00", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const MIDNIGHT: Cut = Cut { minute: 1440, window: 10 };
    const ELEVEN: Cut = Cut { minute: 1380, window: 10 };

    fn at(hour: i8, minute: i8) -> DateTime {
        date(2025, 3, 10).at(hour, minute, 30, 0)
    }

    #[test]
    fn the_window_lies_on_both_sides_of_the_cut() {
        let window = |cut: Cut| (cut.from(), cut.until());
        let is = |from: &str, until: &str| (from.to_owned(), until.to_owned());
        assert_eq!(window(MIDNIGHT), is("23:50:00", "00:10:00"));
        assert_eq!(window(ELEVEN), is("22:50:00", "23:10:00"));
        assert_eq!(window(Cut::new(5, 10)), is("23:55:00", "00:15:00"));
        assert_eq!(window(Cut::new(1440, 0)), is("24:00:00", "00:00:00"));
        assert_eq!(window(Cut::new(1380, 0)), is("23:00:00", "23:00:00"));
    }

    #[test]
    fn the_day_ends_at_the_cut() {
        let tenth = date(2025, 3, 10);
        assert_eq!((MIDNIGHT.day(at(0, 0)), MIDNIGHT.day(at(23, 59))), (tenth, tenth));
        assert_eq!((ELEVEN.day(at(22, 59)), ELEVEN.day(at(23, 0))), (tenth, date(2025, 3, 11)));
    }

    #[test]
    fn the_clocks_of_two_zones_differ_from_moment_to_moment() {
        let zone = |name: &str| TimeZone::get(name).unwrap();
        let shifts = |channel: &str, ledger: &str| clock_shifts(&zone(channel), &zone(ledger));
        assert_eq!(shifts("Asia/Shanghai", "Asia/Shanghai"), []);
        let first = "1990-01-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
        assert_eq!(shifts("UTC", "Asia/Tokyo"), [ClockShift { since: first, minutes: -540 }]);
        let at = |shifts: &[ClockShift], moment: &str| {
            let second = moment.parse::<Timestamp>().unwrap().as_second();
            shifts.iter().rev().find(|shift| shift.since <= second).map_or(0, |shift| shift.minutes)
        };
        let berlin = shifts("UTC", "Europe/Berlin");
        let around = ["2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z"];
        assert_eq!(around.map(|moment| at(&berlin, moment)), [-60, -120, -60]);
        // Both put their clocks forward, three weeks apart.
        let york = shifts("America/New_York", "Europe/Berlin");
        let spring = ["2025-03-01T12:00:00Z", "2025-03-15T12:00:00Z", "2025-04-01T12:00:00Z"];
        assert_eq!(spring.map(|moment| at(&york, moment)), [-360, -300, -360]);
    }

    #[test]
    fn just_before_the_cut_is_the_window_before_it() {
        let before = |cut: Cut, hour, minute| cut.is_just_before(at(hour, minute).time());
        assert!(before(MIDNIGHT, 23, 50) && before(MIDNIGHT, 23, 59));
        assert!(!before(MIDNIGHT, 23, 49) && !before(MIDNIGHT, 0, 0));
        assert!(before(ELEVEN, 22, 50) && before(ELEVEN, 22, 59));
        assert!(!before(ELEVEN, 23, 0) && !before(ELEVEN, 23, 55) && !before(ELEVEN, 22, 49));
        assert!(before(Cut::new(5, 10), 23, 55) && before(Cut::new(5, 10), 0, 4));
        assert!(!before(Cut::new(1440, 0), 23, 59));
    }

    #[test]
    fn a_line_waits_until_later_trades_or_enough_statements_are_known() {
        let (tenth, eleventh) = (date(2025, 3, 10), date(2025, 3, 11));
        let waits = |cut: Cut, minute, trades, statements: &[Date]| {
            let known = KnownDays { trades, statements: statements.iter().copied().collect() };
            cut.awaits_trade(at(23, minute), tenth, &known, 3)
        };
        assert!(waits(MIDNIGHT, 55, None, &[tenth]));
        assert!(waits(MIDNIGHT, 55, Some(tenth), &[date(2025, 3, 8), date(2025, 3, 9), tenth, eleventh]));
        assert!(!waits(MIDNIGHT, 55, Some(eleventh), &[tenth]), "a trade of the next day");
        assert!(!waits(MIDNIGHT, 55, Some(tenth), &[tenth, eleventh, date(2025, 3, 14)]), "three statements");
        assert!(!waits(MIDNIGHT, 30, Some(tenth), &[tenth]), "outside the window");
        assert!(!waits(ELEVEN, 55, Some(tenth), &[tenth]), "midnight is no cut of this channel");
    }
}
