//! The calendar by example.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;
use std::sync::LazyLock;

const ALIPAY: Channel = Channel::ALIPAY;
const BANK: Channel = Channel::BANK;
const BEPS: Channel = Channel::BEPS;
const HVPS: Channel = Channel::HVPS;
const IBPS: Channel = Channel::IBPS;
const NUCC: Channel = Channel::NUCC;
const WECHAT: Channel = Channel::WECHAT;

const SHIPPED: &str = include_str!("../../../assets/templates/cn-wallet/calendar.toml");
static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| Calendar::parse("cn.toml", SHIPPED).unwrap());

/// `2018-09-12 18:30` in Beijing.
fn at(text: &str) -> Moment {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().unwrap()
}

fn say(verdict: Verdict) -> String {
    let short = |moment: Moment| moment.to_string()[..16].replace('T', " ");
    match verdict {
        Verdict::Anytime => "anytime".to_owned(),
        Verdict::InSession { ends } => format!("in session to {}", short(ends)),
        Verdict::Waiting { starts, ends } => format!("waits for {} to {}", short(starts), short(ends)),
        Verdict::Late { session_ended_at } => format!("late since {}", short(session_ended_at)),
        Verdict::OverLimit { system, limit_minor, suggestion } => {
            format!(
                "over {limit_minor} of {system}, use {}",
                suggestion.as_ref().map_or("none", Channel::as_str)
            )
        }
    }
}

#[test]
fn each_payment_gets_its_verdict() {
    let table = [
        // The large-value system from 2018-05-02: opens 20:30 of the day before, closes 17:15.
        (
            HVPS,
            8_000_000,
            "2018-09-12 18:30",
            "2018-09-12 18:31",
            "waits for 2018-09-12 20:30 to 2018-09-13 17:15",
        ),
        (
            HVPS,
            8_000_000,
            "2018-09-12 18:30",
            "2018-09-13 12:00",
            "waits for 2018-09-12 20:30 to 2018-09-13 17:15",
        ),
        (
            HVPS,
            8_000_000,
            "2018-09-12 18:30",
            "2018-09-13 17:15",
            "waits for 2018-09-12 20:30 to 2018-09-13 17:15",
        ),
        (HVPS, 8_000_000, "2018-09-12 18:30", "2018-09-13 17:16", "late since 2018-09-13 17:15"),
        (HVPS, 8_000_000, "2018-09-12 10:00", "2018-09-12 10:05", "in session to 2018-09-12 17:15"),
        (HVPS, 8_000_000, "2018-09-12 10:00", "2018-09-12 18:00", "late since 2018-09-12 17:15"),
        (HVPS, 8_000_000, "2018-09-12 17:14", "2018-09-12 17:14", "in session to 2018-09-12 17:15"),
        (
            HVPS,
            8_000_000,
            "2018-09-12 17:15",
            "2018-09-12 17:15",
            "waits for 2018-09-12 20:30 to 2018-09-13 17:15",
        ),
        (HVPS, 8_000_000, "2018-09-12 23:30", "2018-09-12 23:30", "in session to 2018-09-13 17:15"),
        // A weekend, a holiday, make-up working days.
        (HVPS, 1, "2018-09-14 18:30", "2018-09-16 12:00", "waits for 2018-09-16 20:30 to 2018-09-17 17:15"),
        (HVPS, 1, "2018-09-15 10:00", "2018-09-15 10:00", "waits for 2018-09-16 20:30 to 2018-09-17 17:15"),
        (HVPS, 1, "2018-09-30 18:30", "2018-10-03 12:00", "waits for 2018-10-07 20:30 to 2018-10-08 17:15"),
        (HVPS, 1, "2018-09-28 18:30", "2018-09-28 18:30", "waits for 2018-09-28 20:30 to 2018-09-29 17:15"),
        (HVPS, 1, "2018-09-29 10:00", "2018-09-29 10:00", "in session to 2018-09-29 17:15"),
        (HVPS, 1, "2018-12-28 18:30", "2018-12-28 18:30", "waits for 2018-12-28 20:30 to 2018-12-29 17:15"),
        (HVPS, 1, "2018-12-29 18:30", "2018-12-29 18:30", "waits for 2019-01-01 20:30 to 2019-01-02 17:15"),
        (HVPS, 1, "2026-02-14 18:30", "2026-02-14 18:30", "waits for 2026-02-23 20:30 to 2026-02-24 17:15"),
        // Before 2018-01-22, and across the changes.
        (HVPS, 1, "2018-01-10 08:29", "2018-01-10 08:29", "waits for 2018-01-10 08:30 to 2018-01-10 17:00"),
        (HVPS, 1, "2018-01-10 17:00", "2018-01-11 17:01", "late since 2018-01-11 17:00"),
        (HVPS, 1, "2018-01-10 16:59", "2018-01-10 16:59", "in session to 2018-01-10 17:00"),
        (HVPS, 1, "2018-01-19 18:00", "2018-01-20 09:00", "waits for 2018-01-21 23:30 to 2018-01-22 17:15"),
        (HVPS, 1, "2018-04-27 20:31", "2018-04-27 20:31", "waits for 2018-04-27 23:30 to 2018-04-28 17:15"),
        (HVPS, 1, "2018-05-01 20:29", "2018-05-01 20:29", "waits for 2018-05-01 20:30 to 2018-05-02 17:15"),
        (NUCC, 1, "2018-09-15 11:00", "2018-09-15 11:05", "in session to 2018-09-16 00:00"),
        // The small-value system: always open, limited.
        (BEPS, 6_000_000, "2018-09-12 11:00", "2018-09-12 11:05", "over 5000000 of BEPS, use HVPS"),
        (BEPS, 5_000_000, "2018-09-12 11:00", "2018-09-12 11:05", "in session to 2018-09-13 00:00"),
        (BEPS, 6_000_000, "2018-09-15 11:00", "2018-09-15 11:05", "in session to 2018-09-16 00:00"),
        (BEPS, 6_000_000, "2018-09-24 11:00", "2018-09-24 11:05", "in session to 2018-09-25 00:00"),
        (BEPS, 6_000_000, "2018-09-29 11:00", "2018-09-29 11:05", "over 5000000 of BEPS, use HVPS"),
        (BEPS, 50_000_001, "2018-09-15 11:00", "2018-09-15 11:05", "over 50000000 of BEPS, use HVPS"),
        (BEPS, 900_000_000_000, "2020-01-26 11:00", "2020-01-26 11:05", "in session to 2020-01-27 00:00"),
        (BEPS, 1, "2018-09-12 11:00", "2018-09-13 00:01", "late since 2018-09-13 00:00"),
        (BEPS, 1, "2016-02-07 12:00", "2016-02-08 12:00", "waits for 2016-02-09 20:00 to 2016-02-10 00:00"),
        (BEPS, 1, "2016-02-06 18:59", "2016-02-06 18:59", "in session to 2016-02-06 19:00"),
        (IBPS, 5_000_001, "2018-09-15 11:00", "2018-09-15 11:05", "over 5000000 of IBPS, use HVPS"),
        (BANK, 1, "2018-09-15 11:00", "2019-09-15 11:05", "anytime"),
        (ALIPAY, i64::MAX, "2018-09-15 11:00", "2018-09-15 11:05", "anytime"),
    ];
    for (channel, amount, occurred, now, expected) in table {
        let verdict = CALENDAR.answer(channel, amount, at(occurred), at(now));
        assert_eq!(say(verdict), expected, "{channel} {amount} {occurred} {now}");
    }
}

#[test]
fn the_moment_counts_and_not_the_offset_it_was_written_in() {
    let utc = "2018-09-12T10:30:00Z".parse().unwrap();
    let verdict = CALENDAR.answer(HVPS, 1, utc, utc);
    assert_eq!(say(verdict), "waits for 2018-09-12 20:30 to 2018-09-13 17:15");
}

#[test]
fn what_occurred_in_a_session_stays_so() {
    let inside = |channel, amount, text| CALENDAR.occurred_in_session(channel, amount, at(text));
    assert!(inside(HVPS, 8_000_000, "2018-09-12 10:00"));
    assert!(!inside(HVPS, 8_000_000, "2018-09-12 18:30"));
    assert!(inside(HVPS, 8_000_000, "2018-09-12 23:31"));
    assert!(!inside(BEPS, 6_000_000, "2018-09-12 11:00"));
    assert!(inside(BEPS, 6_000_000, "2018-09-15 11:00"));
    assert!(inside(BANK, i64::MAX, "2018-09-15 11:00"));
}

#[test]
fn working_days_follow_the_notices() {
    for (day, workday) in [
        (date(2018, 1, 1), false),
        (date(2018, 2, 11), true),
        (date(2018, 2, 15), false),
        (date(2018, 2, 21), false),
        (date(2018, 2, 22), true),
        (date(2018, 2, 24), true),
        (date(2018, 4, 8), true),
        (date(2018, 4, 28), true),
        (date(2018, 4, 30), false),
        (date(2018, 6, 18), false),
        (date(2018, 9, 24), false),
        (date(2018, 9, 30), true),
        (date(2018, 10, 5), false),
        (date(2018, 12, 31), false),
        (date(2025, 2, 8), true),
        (date(2025, 10, 8), false),
        (date(2026, 1, 4), true),
        (date(2026, 2, 23), false),
        (date(2018, 9, 15), false),
        (date(2018, 9, 12), true),
    ] {
        assert_eq!(CALENDAR.is_workday(day), workday, "{day}");
    }
    assert_eq!(CALENDAR.holiday(date(2018, 10, 1)), Some("国庆节"));
    assert!(CALENDAR.knows_year(2018) && !CALENDAR.knows_year(2019));
}

const SMALL: &str = r#"id = "small"
zone = "Asia/Shanghai"
years = [2018]
[[window]]
system = "HVPS"
valid_to = "2018-01-21"
days = "workdays"
opens = "08:30"
closes = "17:00"
confidence = "confirmed"
[[window]]
system = "HVPS"
valid_from = "2018-01-22"
days = "workdays"
opens = "23:30"
opens_day_before = true
closes = "17:15"
confidence = "confirmed"
[[limit]]
system = "BEPS"
workday = "50000.00"
confidence = "likely"
[[closure]]
systems = ["BEPS"]
from = "2016-02-06T19:00"
to = "2016-02-09T20:00"
[[holiday]]
name = "国庆节"
from = "2018-10-01"
to = "2018-10-07"
worked = ["2018-09-29"]
"#;

#[test]
fn mistakes_are_told_with_their_line() {
    assert!(Calendar::parse("small.toml", SMALL).is_ok());
    let more = |text: &str| format!("{SMALL}{text}");
    let limit = "[[limit]]\nsystem = \"BEPS\"\nconfidence = \"likely\"\n";
    let holiday = "[[holiday]]\nname = \"x\"\nfrom = \"2018-10-07\"\nto = \"2018-10-08\"\n";
    let edit = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        SMALL.replacen(from, to, 1)
    };
    for (text, line, key) in [
        (edit("Asia/Shanghai", "Asia/Nowhere"), 2, "calendar.bad_zone"),
        (edit("\"HVPS\"", "\"HVP\""), 5, "rulefile.bad_word"),
        (edit("2018-01-21", "2018-01-32"), 6, "rulefile.bad_date"),
        (edit("workdays", "weekdays"), 7, "rulefile.bad_word"),
        (edit("08:30", "8:30"), 8, "calendar.bad_time"),
        (edit("17:00", "24:01"), 9, "calendar.bad_time"),
        (edit("17:00", "17:60"), 9, "calendar.bad_time"),
        (edit("17:00", "08:30"), 9, "calendar.closes_before_opening"),
        (edit("confirmed", "sure"), 10, "rulefile.bad_word"),
        (edit("2018-01-22", "2018-01-21"), 11, "calendar.overlap"),
        (
            edit("valid_from = \"2018-01-22\"", "valid_from = \"2018-01-22\"\nvalid_to = \"2018-01-01\""),
            14,
            "rulefile.ends_before_start",
        ),
        (edit("50000.00", "5万"), 21, "rulefile.bad_number"),
        (edit("50000.00", "-1"), 21, "rulefile.bad_number"),
        (edit("2016-02-06T19:00", "2016-02-06"), 25, "calendar.bad_time"),
        (edit("2016-02-09T20:00", "2016-02-06T19:00"), 26, "rulefile.ends_before_start"),
        (edit("2018-10-07", "2018-09-30"), 30, "rulefile.ends_before_start"),
        (edit("2018-09-29", "2018-09-28"), 31, "calendar.not_a_makeup_day"),
        (edit("2018-09-29", "2018-10-06"), 31, "calendar.not_a_makeup_day"),
        (more(limit), 32, "calendar.overlap"),
        (more(holiday), 32, "calendar.holidays_overlap"),
        (more("colour = 1\n"), 32, "rulefile.unknown_key"),
    ] {
        let errors = Calendar::parse("small.toml", &text).unwrap_err();
        assert!(
            errors.iter().any(|e| e.line == line && e.key == key),
            "wanted {key} in {line}, got {errors:?}"
        );
    }
}

#[test]
fn a_look_up_tells_the_session_the_limit_and_how_sure_it_is() {
    let check = |channel, text: &str| CALENDAR.check(channel, 1, at(text), at(text));
    let words = |session: Option<(Moment, Moment)>| {
        session.map(|(starts, ends)| format!("{} to {}", starts.local(), ends.local()))
    };
    let waiting = check(HVPS, "2018-09-12 18:30");
    assert_eq!(waiting.year, (2018, YearKnown::Listed));
    assert_eq!(words(waiting.session).unwrap(), "2018-09-12T20:30:00 to 2018-09-13T17:15:00");
    assert_eq!(words(waiting.next_session).unwrap(), "2018-09-13T20:30:00 to 2018-09-14T17:15:00");
    let small = check(BEPS, "2018-09-12 16:00");
    assert_eq!((small.limit_minor, small.workday), (Some(5_000_000), true));
    assert_eq!(small.system_business_day, Some(date(2018, 9, 13)), "cut at four in the afternoon");
    assert_eq!(check(BEPS, "2018-09-12 15:59").system_business_day, Some(date(2018, 9, 12)));
    let bill = check(WECHAT, "2018-09-12 15:59").bill_ready_at.unwrap();
    assert_eq!(bill, at("2018-09-13 10:00"));
}

#[test]
fn a_year_that_is_not_listed_is_told_and_not_guessed() {
    let check = |channel, text: &str| CALENDAR.check(channel, 1, at(text), at(text));
    let unknown = check(HVPS, "2019-09-12 18:30");
    assert_eq!((unknown.verdict, unknown.session, unknown.year), (None, None, (2019, YearKnown::Unknown)));
    assert_eq!(check(BEPS, "2019-09-12 18:30").verdict, None, "its limit asks for the working day");
    assert!(check(IBPS, "2019-09-12 18:30").verdict.is_some(), "every day is like the other");
    assert!(check(WECHAT, "2019-09-12 18:30").verdict.is_some());
    let across = check(HVPS, "2018-12-29 18:30");
    assert_eq!(
        (across.verdict, across.year),
        (None, (2019, YearKnown::Unknown)),
        "it waits into the next year"
    );
    let provisional = check(HVPS, "2027-02-05 18:30");
    assert!(provisional.verdict.is_some());
    assert_eq!(provisional.year, (2027, YearKnown::Provisional));
    assert_eq!(provisional.holiday.as_deref(), Some("春节"));
}

#[test]
fn a_file_may_add_to_the_calendar_in_force() {
    let more = r#"id = "more"
extends = "cn-payment-systems"
zone = "Asia/Shanghai"
years = [2027]
[[window]]
system = "IBPS"
days = "all"
opens = "06:00"
closes = "22:00"
confidence = "confirmed"
[[closure]]
systems = ["BEPS"]
from = "2027-03-06T00:00"
to = "2027-03-06T08:00"
[[holiday]]
name = "春节"
from = "2027-02-04"
to = "2027-02-10"
worked = ["2027-02-14"]
"#;
    let calendar = Calendar::parse_over("more.toml", more, Some(&CALENDAR), Some(Channel::NAMED)).unwrap();
    assert_eq!(calendar.id(), "cn-payment-systems");
    assert_eq!(calendar.year_known(2027), YearKnown::Listed);
    assert_eq!(calendar.year_known(2018), YearKnown::Listed);
    assert!(!calendar.is_workday(date(2027, 2, 9)) && calendar.is_workday(date(2027, 2, 14)));
    assert!(calendar.is_workday(date(2027, 4, 5)), "a listed year is listed whole");
    assert!(!calendar.is_workday(date(2018, 10, 1)));
    assert!(!calendar.occurred_in_session(IBPS, 1, at("2018-09-15 05:00")));
    assert!(!calendar.occurred_in_session(BEPS, 1, at("2027-03-06 05:00")));
    assert!(calendar.occurred_in_session(BEPS, 1, at("2027-03-06 08:00")));
    assert!(!calendar.occurred_in_session(BEPS, 1, at("2016-02-07 12:00")), "old closures stay");
    for base in [None, Some(&Calendar::parse("small.toml", SMALL).unwrap())] {
        let errors = Calendar::parse_over("more.toml", more, base, Some(Channel::NAMED)).unwrap_err();
        assert_eq!((errors[0].line, errors[0].key.as_str()), (2, "calendar.extends_other"));
    }
}

#[test]
fn grace_puts_off_only_the_end() {
    let patient = CALENDAR.clone().with_grace(600);
    let (occurred, ends) = (at("2018-09-11 10:00"), at("2018-09-11 17:15"));
    let late =
        |calendar: &Calendar, now| matches!(calendar.answer(HVPS, 1, occurred, now), Verdict::Late { .. });
    assert!(late(&CALENDAR, ends.plus_seconds(1)) && !late(&patient, ends.plus_seconds(600)));
    assert!(late(&patient, ends.plus_seconds(601)));
}

#[test]
fn an_undated_uncertain_row_is_not_used() {
    let row = "[[window]]\nsystem = \"HVPS\"\ndays = \"all\"\nopens = \"00:00\"\ncloses = \"24:00\"\nconfidence = \"uncertain\"\n";
    let calendar = Calendar::parse("small.toml", &format!("{SMALL}{row}")).unwrap();
    assert!(!calendar.occurred_in_session(HVPS, 1, at("2018-09-15 12:00")));
    let dated = row.replace("days =", "valid_from = \"2019-01-01\"\ndays =");
    let errors = Calendar::parse("small.toml", &format!("{SMALL}{dated}")).unwrap_err();
    assert_eq!(errors[0].key, "calendar.overlap", "dated, it competes with the row in force");
}

proptest! {
    #[test]
    fn waiting_ends_and_only_then_it_is_late(
        seconds in -2_000_000_000_i64..8_000_000_000,
        wait in 0_i64..10_000_000,
        channel in proptest::sample::select(Channel::NAMED),
        amount in any::<i64>(),
    ) {
        let occurred = at("2018-09-12 00:00").plus_seconds(seconds);
        let now = occurred.plus_seconds(wait);
        match CALENDAR.answer(channel, amount, occurred, now) {
            Verdict::Waiting { starts, ends } => {
                prop_assert!(occurred < starts && starts < ends && now <= ends);
                prop_assert!(!CALENDAR.occurred_in_session(channel, amount, occurred));
                let later = CALENDAR.answer(channel, amount, occurred, ends.plus_seconds(1));
                prop_assert_eq!(later, Verdict::Late { session_ended_at: ends });
            }
            Verdict::Late { session_ended_at } => prop_assert!(occurred < session_ended_at && session_ended_at < now),
            Verdict::InSession { ends } => prop_assert!(now <= ends),
            Verdict::OverLimit { limit_minor, .. } => prop_assert!(amount > limit_minor),
            Verdict::Anytime => prop_assert!(!matches!(channel, HVPS | BEPS)),
        }
    }
}
