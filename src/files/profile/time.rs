//! Dates and times by patterns, as own formats have them.

use super::definition::TimeForm;
use crate::domain::period::Moment;
use jiff::civil::{Date, DateTime, date};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;

/// Returns true if a pattern can be read, and names a whole date.
pub(super) fn is_pattern(pattern: &str) -> bool {
    let sample = date(2018, 9, 12).at(9, 8, 7, 0).to_zoned(TimeZone::UTC);
    let Ok(sample) = sample else { return false };
    strtime::format(pattern, &sample).is_ok_and(|text| {
        BrokenDownTime::parse(pattern, text)
            .is_ok_and(|parsed| parsed.to_timestamp().is_ok() || civil(&parsed).is_some())
    })
}

/// Returns the local time of what was read; midnight if it has no time of day.
fn civil(parsed: &BrokenDownTime) -> Option<DateTime> {
    let date = parsed.to_date().ok()?;
    match parsed.hour() {
        Some(_) => Some(date.to_datetime(parsed.to_time().ok()?)),
        None => Some(date.at(0, 0, 0, 0)),
    }
}

/// Returns whether the year has four digits: `%Y` reads the 25 of `12.03.25` as the year 25.
fn has_whole_year(parsed: &BrokenDownTime) -> bool {
    parsed.year().is_none_or(|year| year >= 1000)
}

/// Returns a time as own formats have it; `None` if it fits no pattern or does not exist.
///
/// A time with date, `T` and offset as in RFC 3339 is one whatever the patterns.
pub(super) fn time(text: &str, form: &TimeForm) -> Option<String> {
    if text.as_bytes().get(10) == Some(&b'T') && text.parse::<Moment>().is_ok() {
        return Some(text.to_owned());
    }
    form.patterns.iter().find_map(|pattern| {
        let parsed = BrokenDownTime::parse(pattern, text).ok().filter(has_whole_year)?;
        if let Ok(timestamp) = parsed.to_timestamp() {
            let offset = parsed.offset().map_or(TimeZone::UTC, TimeZone::fixed);
            return Some(Moment::new(timestamp, &offset).to_string());
        }
        let local = civil(&parsed)?;
        match &form.zone {
            Some(zone) => Some(Moment::from_local(local, zone).ok()?.to_string()),
            None => Some(local.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        }
    })
}

/// Returns a date as own formats have it; `None` if it fits no pattern or does not exist.
pub(super) fn day(text: &str, patterns: &[String]) -> Option<String> {
    let parsed = patterns
        .iter()
        .find_map(|pattern| BrokenDownTime::parse(pattern, text).ok().filter(has_whole_year)?.to_date().ok());
    parsed.map(|date: Date| date.to_string())
}

/// Returns the day of a channel as [`day`] does; where the cell names its offset, the moment, since the channel's clock
/// then says which day it is on.
pub(super) fn day_or_moment(text: &str, patterns: &[String]) -> Option<String> {
    if text.as_bytes().get(10) == Some(&b'T') && text.parse::<Moment>().is_ok() {
        return Some(text.to_owned());
    }
    let mut parsed = patterns
        .iter()
        .filter_map(|pattern| BrokenDownTime::parse(pattern, text).ok().filter(has_whole_year))
        .filter(|parsed| parsed.to_date().is_ok() || parsed.to_timestamp().is_ok());
    let parsed = parsed.next()?;
    match parsed.to_timestamp() {
        Ok(timestamp) => Some(Moment::new(timestamp, &TimeZone::UTC).to_string()),
        Err(_) => parsed.to_date().ok().map(|date| date.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::parse_zone;

    #[test]
    fn times_are_read_by_the_first_pattern_that_fits() {
        let patterns = ["%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y年%m月%d日", "%Y-%m-%dT%H:%M:%S%:z", "%s"];
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        assert!(patterns.iter().all(|pattern| is_pattern(pattern)));
        let local = TimeForm { patterns: patterns.clone(), zone: None };
        let tokyo = TimeForm { patterns, zone: Some(parse_zone("Asia/Tokyo").unwrap()) };
        for (text, in_ledgers_zone, in_tokyo) in [
            ("2018/9/12 09:00:01", Some("2018-09-12 09:00:01"), Some("2018-09-12T09:00:01+09:00")),
            ("20180912090001", Some("2018-09-12 09:00:01"), Some("2018-09-12T09:00:01+09:00")),
            ("2018年9月12日", Some("2018-09-12 00:00:00"), Some("2018-09-12T00:00:00+09:00")),
            (
                "2018-09-12T09:00:01+02:00",
                Some("2018-09-12T09:00:01+02:00"),
                Some("2018-09-12T09:00:01+02:00"),
            ),
            ("2018-09-12T01:00:01Z", Some("2018-09-12T01:00:01Z"), Some("2018-09-12T01:00:01Z")),
            ("2018/02/30 09:00:01", None, None),
            ("12.09.2018", None, None),
            ("18/9/12 09:00:01", None, None),
            ("", None, None),
        ] {
            assert_eq!(time(text, &local).as_deref(), in_ledgers_zone, "{text}");
            assert_eq!(time(text, &tokyo).as_deref(), in_tokyo, "{text}");
        }
        for bad in ["%Q", "%H:%M", "nothing", "%m-%d"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
