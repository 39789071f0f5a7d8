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

/// A policy whose checkers may approve 50.00, and `chief` more; every correction of facts and every reversal needs a reason.
const STRICT: &str = r#"approval_limit = "50.00"
admins = ["chief"]
[[approver]]
role = "supervisor"
operators = ["chief"]
limit = "100.61"
[reasons]
required = ["override", "reverse"]
[[reason]]
code = "branch_letter"
zh = "分行来函"
en = "letter of the branch"
"#;

#[test]
fn a_policy_is_loaded_by_whom_it_names_and_stays_in_the_ledger() {
    let shop = Shop::sample();
    let first = shop.json(&["policy", "show"]);
    assert_eq!((first["version"].as_i64(), first["four_eyes"].as_bool()), (Some(1), Some(true)));
    let file = shop.file("strict.toml", STRICT);
    let loaded = shop.json(&["policy", "load", &file]);
    assert_eq!((loaded["version"].as_i64(), loaded["approval_limit_minor"].as_i64()), (Some(2), Some(5_000)));
    shop.json(&["policy", "load", &file, "--operator", "chief"]);
    assert_eq!(shop.number("SELECT count(*) FROM policy"), 2, "the same text again changes nothing");
    let lax = shop.file("lax.toml", "four_eyes = false\n");
    shop.run(&["policy", "load", &lax]).refused("STORNO-NOT-ALLOWED");
    let bad = shop.file("bad.toml", "four_eyes = true\nlater_day = \"green\"\n");
    let said = shop.run(&["policy", "load", &bad, "--operator", "chief"]);
    assert!(said.refused("STORNO-BAD-RULES").err.contains("bad.toml:2"));
    assert_eq!(shop.number("SELECT count(*) FROM policy"), 2);
    assert!(shop.done(&["policy", "reasons"]).contains("letter of the branch"));
    assert!(shop.done(&["policy", "reasons", "--lang", "zh-CN"]).contains("分行来函"));
    shop.run(&["init", &shop.path("other.db").display().to_string(), "--policy", &bad])
        .refused("STORNO-BAD-RULES");
    assert!(!shop.path("other.db").exists());
}

#[test]
fn a_case_above_the_checkers_limit_is_approved_by_somebody_else() {
    let shop = Shop::sample();
    shop.done(&["policy", "load", &shop.file("strict.toml", STRICT)]);
    let case =
        shop.json(&["case", "open", "--trade", "T0001", "--plan"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["case", "submit", &case]);
    let refused = shop.run(&["case", "approve", &case, "--operator", "op2"]);
    assert!(
        refused.refused("STORNO-APPROVAL-LIMIT").err.contains("moves 100.60, the limit of op2 is 50.00"),
        "{refused:?}"
    );
    assert_eq!(shop.text("SELECT state FROM v_case"), "submitted");
    shop.done(&["case", "approve", &case, "--operator", "chief"]);
    shop.done(&["commit", &case]);
    shop.verified();
}

#[test]
fn reasons_are_codes_and_are_asked_for_where_the_policy_says_so() {
    let shop = Shop::sample();
    let open = |more: &[&str]| shop.run(&[&["case", "open", "--trade", "T0009", "--json"], more].concat());
    open(&["--reason", "mood"]).refused("STORNO-UNKNOWN-REASON");
    open(&["--reason", " "]).refused("STORNO-BAD-VALUE");
    assert_eq!(open(&["--plan"]).json()["reason"], "wrong_amount", "a case without --reason has its cause");
    shop.done(&["case", "withdraw", "C0001"]);
    shop.done(&["policy", "load", &shop.file("strict.toml", STRICT)]);
    assert_eq!(open(&["--plan"]).json()["case_no"], "C0002", "the finding's cause is a reason");
    // A trade without a finding: nobody has given a reason yet.
    let right = shop.text("SELECT max(voucher_no) FROM v_voucher WHERE trade_no = 'T0002'");
    let manual = shop.json(&["case", "open", "--trade", "T0002"]);
    assert_eq!(manual["reason"], "manual");
    let stage = ["stage", "reverse", right.as_str(), "--case", "C0003"];
    let refused = shop.run(&stage);
    assert!(refused.refused("STORNO-REASON-REQUIRED").err.contains("reverse"), "{refused:?}");
    shop.run(&[&stage[..], &["--reason", "mood"]].concat()).refused("STORNO-UNKNOWN-REASON");
    let staged = shop.json(&[&stage[..], &["--reason", "branch_letter"]].concat());
    assert_eq!(staged["reason"], "branch_letter");
    assert!(shop.done(&["case", "show", "C0003"]).contains("branch_letter"));
}

#[test]
fn the_window_around_midnight_is_the_policys() {
    let shop = Shop::sample();
    let waits = "SELECT recon FROM v_trade WHERE trade_no = 'T0006'";
    assert_eq!(shop.text(waits), "waiting");
    assert_eq!(shop.text("SELECT cut_from || ' ' || cut_until FROM policy"), "23:50:00 00:10:00");
    shop.done(&["policy", "load", &shop.file("none.toml", "cut_window_minutes = 0\n")]);
    assert_eq!(shop.text("SELECT cut_from FROM policy WHERE version = 2"), "24:00:00");
    shop.verified();
}
