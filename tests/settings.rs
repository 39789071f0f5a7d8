//! What a ledger goes by besides its rules: the channel calendar, the policy, and the days, months and years that close.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use support::Shop;

const MORE: &str = r#"id = "2018-maintenance"
extends = "cn-payment-systems"
zone = "Asia/Shanghai"
years = []
[[closure]]
systems = ["HVPS"]
from = "2018-09-12T20:00"
to = "2018-09-12T23:00"
note = "published maintenance"
"#;

#[test]
fn the_calendar_says_what_a_payout_waits_for_and_how_sure_it_is() {
    let shop = Shop::sample();
    let waiting = shop.json(&["calendar", "check", "T0018"]);
    assert_eq!(waiting["verdict"], "waiting");
    assert_eq!(waiting["session_starts"], "2018-09-12T20:30:00+08:00");
    assert_eq!(waiting["session_ends"], "2018-09-13T17:15:00+08:00");
    assert_eq!(waiting["next_session_starts"], "2018-09-13T20:30:00+08:00");
    assert_eq!((&waiting["year_known"], waiting["version"].as_i64()), (&"listed".into(), Some(0)));
    let over = shop.json(&["calendar", "check", "T0019"]);
    assert_eq!((&over["verdict"], &over["suggestion"]), (&"over_limit".into(), &"HVPS".into()));
    assert_eq!(over["limit_minor"], 5_000_000);
    let late = shop.json(&["--now", "2018-09-13T17:15:01+08:00", "calendar", "check", "T0018"]);
    assert_eq!(late["verdict"], "late");
    let bill = shop.json(&["calendar", "check", "T0001"]);
    assert_eq!(
        (&bill["verdict"], &bill["bill_ready_at"]),
        (&"anytime".into(), &"2018-09-13T10:00:00+08:00".into())
    );
    assert!(shop.done(&["calendar", "check", "T0018"]).contains("it is not an error"));
    assert!(shop.done(&["--lang", "zh-CN", "calendar", "check", "T0018"]).contains("不是差错"));
}

#[test]
fn loaded_calendars_are_kept_version_after_version() {
    let shop = Shop::sample();
    let file = shop.file("more.toml", MORE);
    let loaded = shop.json(&["calendar", "load", &file]);
    assert_eq!((loaded[1]["version"].as_i64(), loaded[1]["adds"].as_bool()), (Some(1), Some(true)));
    let waiting = shop.json(&["calendar", "check", "T0018"]);
    assert_eq!(
        (&waiting["session_starts"], waiting["version"].as_i64()),
        (&"2018-09-12T23:00:00+08:00".into(), Some(1))
    );
    shop.done(&["calendar", "load", &file]);
    assert_eq!(shop.number("SELECT count(*) FROM calendar"), 1, "the same text again changes nothing");
    let bad = shop.file("bad.toml", MORE.replace("\"HVPS\"", "\"HVP\""));
    assert!(shop.run(&["calendar", "load", &bad]).refused("STORNO-BAD-RULES").err.contains("bad.toml:6"));
    let other = shop.file("other.toml", MORE.replace("\"cn-payment-systems\"", "\"us\""));
    shop.run(&["calendar", "load", &other]).refused("STORNO-BAD-RULES");
    assert_eq!(shop.number("SELECT count(*) FROM calendar"), 1);
    assert!(shop.done(&["calendar", "list"]).contains("(shipped)"));
}
