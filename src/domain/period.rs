//! Points in time and days.
//!
//! A [`Moment`] is an instant with its offset, so that it prints in the local time of its zone. A business
//! date is the civil date of a moment in the ledger's zone. An accounting day is opened by its first
//! posting, closed by an operator, and never reopened.

use super::rejection::{Code, Rejection};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An instant, second precision, with its offset; text form RFC 3339 (`2018-09-12T09:00:01+08:00`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    timestamp: Timestamp,
    offset: Offset,
}

impl Moment {
    /// Returns the instant in local time of `zone`.
    #[must_use]
    pub fn new(timestamp: Timestamp, zone: &TimeZone) -> Self {
        Self { timestamp, offset: zone.to_offset(timestamp) }
    }

    /// Returns the instant of a local time in `zone`; the earlier one if the clocks showed it twice.
    ///
    /// # Errors
    /// [`Code::BadValue`] if the local time is outside the supported years.
    pub fn from_local(local: DateTime, zone: &TimeZone) -> Result<Self, Rejection> {
        zone.to_ambiguous_zoned(local)
            .compatible()
            .map(|zoned| Self { timestamp: zoned.timestamp(), offset: zoned.offset() })
            .map_err(|_| Rejection::new(Code::BadValue).with("what", "time").with("value", local))
    }

    /// Returns the instant of a second of Unix time in `zone`; `None` outside of the supported years.
    #[must_use]
    pub fn of_second(second: i64, zone: &TimeZone) -> Option<Self> {
        Timestamp::from_second(second).ok().map(|timestamp| Self::new(timestamp, zone))
    }

    /// Returns the same instant in local time of `zone`.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> Self {
        Self::new(self.timestamp, zone)
    }

    /// Returns the instant.
    #[must_use]
    pub const fn timestamp(self) -> Timestamp {
        self.timestamp
    }

    /// Returns the local time at the moment's own offset.
    #[must_use]
    pub fn local(self) -> DateTime {
        self.offset.to_datetime(self.timestamp)
    }

    /// Returns the civil date at the moment's own offset.
    #[must_use]
    pub fn date(self) -> Date {
        self.local().date()
    }

    /// Returns the whole seconds from `earlier` to this moment; negative if `earlier` is later.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.timestamp.as_second() - earlier.timestamp.as_second()
    }

    /// Returns the moment `seconds` later, or the last representable one.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let timestamp =
            self.timestamp.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(self.timestamp);
        Self { timestamp, offset: self.offset }
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.timestamp.cmp(&other.timestamp).then(self.offset.cmp(&other.offset))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        let (date, time) = (local.date(), local.time());
        let minutes = self.offset.seconds() / 60;
        let year = date.year().unsigned_abs();
        let small = |number: i32| u8::try_from(number).unwrap_or(0);
        // Every row of a file and every voucher prints one: digits are written in place instead of
        // formatting each part.
        let mut text = *b"0000-00-00T00:00:00+00:00";
        for (at, number) in [
            (0, small(i32::from(year / 100))),
            (2, small(i32::from(year % 100))),
            (5, date.month().unsigned_abs()),
            (8, date.day().unsigned_abs()),
            (11, time.hour().unsigned_abs()),
            (14, time.minute().unsigned_abs()),
            (17, time.second().unsigned_abs()),
            (20, small(minutes.abs() / 60)),
            (23, small(minutes.abs() % 60)),
        ] {
            text[at] = b'0' + number / 10;
            text[at + 1] = b'0' + number % 10;
        }
        if minutes < 0 {
            text[19] = b'-';
        }
        let text = std::str::from_utf8(&text).map_err(|_| fmt::Error)?;
        // A year before 0 is longer.
        if date.year() < 0 { write!(f, "{date}{}", &text[10..]) } else { f.write_str(text) }
    }
}

impl FromStr for Moment {
    type Err = Rejection;
    /// Reads RFC 3339. The offset (or `Z`) is required; fractions of a second are dropped.
    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad = || Rejection::new(Code::BadValue).with("what", "time").with("value", text.escape_debug());
        let pieces =
            jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text.as_bytes()).map_err(|_| bad())?;
        let time = pieces.time().ok_or_else(bad)?;
        let offset = match pieces.offset().ok_or_else(bad)? {
            jiff::fmt::temporal::PiecesOffset::Numeric(numeric) => numeric.offset(),
            _ => Offset::UTC,
        };
        let local = DateTime::from_parts(pieces.date(), time);
        let timestamp = offset.to_timestamp(local).map_err(|_| bad())?;
        let whole = Timestamp::from_second(timestamp.as_second()).map_err(|_| bad())?;
        Ok(Self { timestamp: whole, offset })
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads an ISO date (`2018-09-12`) that exists in the calendar.
///
/// # Errors
/// [`Code::BadValue`] if the text is not such a date.
pub fn parse_date(text: &str) -> Result<Date, Rejection> {
    let shape = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let bad = || Rejection::new(Code::BadValue).with("what", "date").with("value", text.escape_debug());
    if !shape {
        return Err(bad());
    }
    text.parse().map_err(|_| bad())
}

/// Reads a named time zone (`Asia/Shanghai`).
///
/// # Errors
/// [`Code::BadValue`] if there is no zone of that name.
pub fn parse_zone(name: &str) -> Result<TimeZone, Rejection> {
    TimeZone::get(name).map_err(|_| {
        Rejection::new(Code::BadValue).with("what", "time zone").with("value", name.escape_debug())
    })
}

/// A month or a year of accounting days; text form `2018-09` or `2018`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    year: i16,
    month: Option<i8>,
}

impl Period {
    /// Returns the last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        Date::new(self.year, self.month.unwrap_or(12), 1).map_or(Date::MAX, Date::last_of_month)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.month {
            Some(month) => write!(f, "{:04}-{month:02}", self.year),
            None => write!(f, "{:04}", self.year),
        }
    }
}

impl FromStr for Period {
    type Err = Rejection;
    fn from_str(text: &str) -> Result<Self, Rejection> {
        let first = match text.len() {
            4 => parse_date(&format!("{text}-01-01")),
            7 => parse_date(&format!("{text}-01")),
            _ => parse_date(""),
        };
        let bad = || Rejection::new(Code::BadValue).with("what", "period").with("value", text.escape_debug());
        let first = first.map_err(|_| bad())?;
        Ok(Self { year: first.year(), month: (text.len() == 7).then_some(first.month()) })
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// State of an accounting day. A day without a row was never opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Open: takes postings.
    Open,
    /// Cut over: its checks are running, and it takes no new postings.
    Closing,
    /// Closed, and never reopened.
    Closed,
}

impl DayState {
    /// Returns the word that is stored and printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for DayState {
    type Err = Rejection;
    fn from_str(text: &str) -> Result<Self, Rejection> {
        match text {
            "open" => Ok(Self::Open),
            "closing" => Ok(Self::Closing),
            "closed" => Ok(Self::Closed),
            _ => Err(Rejection::new(Code::BadValue).with("what", "day state").with("value", text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_as_it_was_read() {
        for text in [
            "2018-09-12T09:00:01+08:00",
            "2024-02-29T23:59:59-03:30",
            "2018-09-12T00:00:00+00:00",
            "0000-01-01T00:00:00+00:00",
            "9999-12-30T20:30:40+10:59",
            "-000044-03-15T12:00:00+00:00",
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        assert!("2018-09-12T09:00:01".parse::<Moment>().is_err(), "an offset is required");
        assert_eq!(
            "2018-09-12T01:00:01Z".parse::<Moment>().unwrap().to_string(),
            "2018-09-12T01:00:01+00:00"
        );
    }

    #[test]
    fn a_period_is_a_month_or_a_year() {
        for (text, last) in [("2018-09", "2018-09-30"), ("2020-02", "2020-02-29"), ("2018", "2018-12-31")] {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.to_string().as_str(), period.last_day().to_string().as_str()), (text, last));
        }
        for bad in ["2018-13", "2018-9", "18", "", "2018-09-12", "abcd"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        assert!(parse_date("2018-02-29").is_err());
        assert!(parse_date("2018-9-12").is_err());
        assert!(parse_date("20180912").is_err());
        assert_eq!(parse_date("2020-02-29").unwrap().to_string(), "2020-02-29");
    }
}
