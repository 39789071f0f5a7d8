//! Settings of a ledger besides its rules: the channel calendar, the policy, and the days, months and years
//! that close.

use crate::support;
use crate::support::place::Place;
use crate::support::{Shop, TRADES, topup};

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
    assert!(shop.run(&["calendar", "load", &bad]).refused("STORNO-BAD-CALENDAR").err.contains("bad.toml:6"));
    let other = shop.file("other.toml", MORE.replace("\"cn-payment-systems\"", "\"us\""));
    shop.run(&["calendar", "load", &other]).refused("STORNO-BAD-CALENDAR");
    assert_eq!(shop.number("SELECT count(*) FROM calendar"), 1);
    assert!(shop.done(&["calendar", "list"]).contains("(shipped)"));
}

/// A policy under which checkers may approve 50.00, `chief` more, and every amendment and reversal needs a
/// reason.
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
    assert!(said.refused("STORNO-BAD-POLICY").err.contains("bad.toml:2"));
    assert_eq!(shop.number("SELECT count(*) FROM policy"), 2);
    assert!(shop.done(&["policy", "reasons"]).contains("letter of the branch"));
    assert!(shop.done(&["policy", "reasons", "--lang", "zh-CN"]).contains("分行来函"));
    shop.run(&["init", &shop.path("other.db").display().to_string(), "--policy", &bad])
        .refused("STORNO-BAD-POLICY");
    let empty = shop.run(&["policy", "load", &shop.file("empty.toml", "# nothing\n"), "--operator", "chief"]);
    assert!(empty.refused("STORNO-BAD-POLICY").err.contains("nothing is in it"), "{empty:?}");
    assert!(!shop.path("other.db").exists());
}

#[test]
fn rules_channels_kinds_and_calendars_are_loaded_by_whom_the_policy_names() {
    let shop = Shop::sample();
    let folder = shop.path("mine").display().to_string();
    shop.done(&["template", "export", "cn-wallet", &folder]);
    let rules = std::fs::read_to_string(shop.path("mine/rules.toml")).unwrap();
    let rules = shop.file("rules.toml", rules.replacen("version = 1", "version = 2", 1));
    let calendar = shop.file("more.toml", MORE);
    let own = |name: &str| shop.path("mine").join(name).display().to_string();
    let files = [("channels", own("channels.toml")), ("kinds", own("kinds.toml"))];
    let others = [("rules", rules.clone()), ("calendar", calendar)];
    let named = shop.file("admins.toml", "admins = [\"op1\"]\n");
    shop.done(&["policy", "load", &named]);
    // op1 named himself, op2 is not named.
    for (what, file) in files.iter().chain(&others) {
        for operator in ["op1", "op2"] {
            let refused = shop.run(&[what, "load", file, "--operator", operator]);
            assert!(refused.refused("STORNO-NOT-ALLOWED").err.contains("op1"), "{what} {operator}");
        }
    }
    assert_eq!(shop.number("SELECT count(*) FROM rule_set"), 1);
    assert_eq!(shop.number("SELECT count(*) FROM calendar"), 0);
    let both = shop.file("both.toml", "admins = [\"op1\", \"op2\"]\n");
    shop.done(&["policy", "load", &both]);
    shop.done(&["rules", "load", &rules, "--operator", "op2"]);
    assert_eq!(shop.number("SELECT count(*) FROM rule_set"), 2);
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
    // A trade without a finding has no reason yet.
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

/// Two posted top-ups on one day, and a trade on the next.
fn two_days() -> Shop {
    let shop = Shop::empty();
    let trades = format!(
        "{TRADES}{}{}",
        topup("T1", "10.00", "A", "2018-08-30 10:00:00"),
        topup("T2", "2.50", "A", "2018-08-31 23:58:00")
    );
    shop.done(&["import", "trades", &shop.file("trades.csv", trades)]);
    shop
}

#[test]
fn a_day_closes_when_its_checks_pass_and_keeps_its_balances() {
    let shop = two_days();
    shop.done(&["day", "open", "2018-08-30"]);
    let refused = shop.run(&["day", "close", "2018-08-30"]);
    assert!(refused.refused("STORNO-DAY-STATE").err.contains("unposted due events: 1"), "{refused:?}");
    assert_eq!(shop.text("SELECT state FROM day"), "open", "a refused close leaves the day as it was");
    let checks = shop.run(&["day", "check", "2018-08-30", "--json"]);
    let failing: Vec<String> = checks
        .parsed()
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| check["check"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((checks.code, failing), (1, vec!["due".to_owned()]));
    shop.done(&["post", "--due"]);
    assert_eq!(
        shop.number("SELECT count(*) FROM day WHERE state = 'open'"),
        2,
        "several days are open around the cut"
    );
    let refused = shop.run(&["day", "close", "2018-08-31"]);
    assert!(
        refused.refused("STORNO-DAY-STATE").err.contains("earlier day not closed: 2018-08-30"),
        "{refused:?}"
    );
    let closed = shop.json(&["day", "close", "2018-08-30"]);
    assert_eq!(closed["state"], "closed");
    shop.done(&["day", "close", "2018-08-31"]);
    let balances = "SELECT day || ' ' || credit_minor || ' ' || balance_minor FROM v_day_balance WHERE account = '2001.A' ORDER BY day";
    assert_eq!(shop.rows(balances).lines().count(), 2);
    assert_eq!(shop.text(balances), "2018-08-30 1000 1000");
    assert_eq!(
        shop.number(
            "SELECT balance_minor FROM v_day_balance WHERE account = '2001.A' AND day = '2018-08-31'"
        ),
        1_250
    );
    let again = shop.run(&["day", "close", "2018-08-31"]);
    assert!(again.refused("STORNO-DAY-STATE").err.contains("it is closed already"));
    shop.verified();
}

#[test]
fn a_day_that_is_cut_over_takes_no_postings_and_can_still_close() {
    let shop = two_days();
    shop.done(&["day", "open", "2018-08-30"]);
    assert_eq!(shop.json(&["day", "cut", "2018-08-30"])["state"], "closing");
    assert_eq!(shop.text("SELECT cut_at FROM day"), support::NOW);
    shop.run(&["day", "cut", "2018-08-30"]).refused("STORNO-DAY-STATE");
    shop.done(&["post", "--due"]);
    assert_eq!(
        shop.text("SELECT accounting_date FROM v_voucher WHERE trade_no = 'T1'"),
        "2018-09-13",
        "late, dated today"
    );
    shop.done(&["day", "close", "2018-08-30"]);
    assert_eq!(shop.text("SELECT cut_at FROM day WHERE state = 'closed'"), support::NOW);
    shop.verified();
}

#[test]
fn what_is_booked_after_the_running_day_was_cut_over_belongs_to_the_next() {
    let shop = two_days();
    let evening = |words: &[&str]| shop.run(&[words, &["--now", "2018-08-31T23:59:30+08:00"]].concat());
    assert_eq!(evening(&["day", "open", "2018-08-31"]).code, 0);
    evening(&["day", "open", "2018-09-01"]).refused("STORNO-DAY-STATE");
    assert_eq!(evening(&["day", "cut", "2018-08-31"]).code, 0);
    let posted = evening(&["post", "--due", "--json"]).json();
    assert_eq!((posted["posted"].as_i64(), posted["refused"].as_array().map(Vec::len)), (Some(2), Some(0)));
    let booked = "SELECT accounting_date || ' ' || business_date FROM v_voucher WHERE trade_no = 'T2'";
    assert_eq!(shop.text(booked), "2018-09-01 2018-08-31");
    assert_eq!(shop.text("SELECT state FROM day WHERE day = '2018-09-01'"), "open");
    // The next day may be open already, but it is neither cut over nor closed before it has come.
    evening(&["day", "cut", "2018-09-01"]).refused("STORNO-DAY-STATE");
    shop.verified();
}

#[test]
fn nobody_loosens_the_policy_alone() {
    let shop = Shop::sample();
    let load = |operator: &str, text: &str| {
        let file = shop.file("policy.toml", text);
        shop.run(&["policy", "load", &file, "--operator", operator])
    };
    let refused = load("op1", "four_eyes = false");
    assert!(refused.refused("STORNO-NOT-ALLOWED").err.contains("op1 does not loosen it alone (four_eyes)"));
    // A submitter who claims to be an admin is not one.
    assert_eq!(load("op1", "admins = [\"op1\"]").code, 0);
    load("op1", "four_eyes = false").refused("STORNO-NOT-ALLOWED");
    assert_eq!(load("op1", "admins = [\"op1\", \"op2\"]\napproval_limit = \"10\"").code, 0);
    load("op1", "admins = [\"op1\", \"op2\"]\napproval_limit = \"11\"").refused("STORNO-NOT-ALLOWED");
    assert_eq!(load("op2", "admins = [\"op1\", \"op2\"]\napproval_limit = \"11\"").code, 0);
    let told = shop.verified();
    assert_eq!(told["loosened"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&told["loosened"][0]["operator"], &told["loosened"][0]["loosened"][0]),
        (&"op2".into(), &"approval_limit".into())
    );
    assert!(shop.done(&["verify"]).contains("policy 4, loaded by op2"));
}

#[test]
fn the_limit_holds_at_the_commit_too_and_a_status_weighs_its_trade() {
    let shop = Shop::sample();
    let case =
        shop.json(&["case", "open", "--trade", "T0001", "--plan"])["case_no"].as_str().unwrap().to_owned();
    shop.agreed(&case);
    shop.done(&["policy", "load", &shop.file("strict.toml", STRICT)]);
    let before = shop.views();
    assert_eq!(shop.json(&["preview", &case])["ready"], false);
    let refused = shop.run(&["commit", &case]);
    assert!(
        refused.refused("STORNO-APPROVAL-LIMIT").err.contains("the limit of op2 is 50.00"),
        "{refused:?}"
    );
    assert_eq!(shop.views(), before);

    let shop = Shop::sample();
    shop.done(&["policy", "load", &shop.file("tiny.toml", "approval_limit = \"0.01\"\n")]);
    let trade = shop.text("SELECT trade_no FROM v_trade WHERE recon = 'short' LIMIT 1");
    let case = shop.json(&["case", "open", "--trade", &trade])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["stage", "status", &trade, "failed", "--case", &case]);
    shop.done(&["case", "submit", &case]);
    shop.run(&["case", "approve", &case, "--operator", "op2"]).refused("STORNO-APPROVAL-LIMIT");
}

#[test]
fn a_case_is_handed_in_by_who_worked_on_it_or_an_admin() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    shop.run(&["case", "submit", "C0001", "--operator", "stranger"]).refused("STORNO-NOT-YOURS");
    shop.run(&["case", "withdraw", "C0001", "--operator", "stranger"]).refused("STORNO-NOT-YOURS");
    shop.done(&["policy", "load", &shop.file("strict.toml", "admins = [\"chief\"]")]);
    shop.done(&["case", "submit", "C0001", "--operator", "chief"]);
    // The submitter is not the second person.
    shop.run(&["case", "approve", "C0001", "--operator", "chief"]).refused("STORNO-FOUR-EYES");
}

#[test]
fn months_and_years_lock_when_their_days_are_closed() {
    let shop = two_days();
    shop.done(&["post", "--due"]);
    let close = |what: &str, now: &str| shop.run(&["day", "close", what, "--now", now, "--json"]);
    let early = close("2018-08", "2018-08-31T23:59:00+08:00");
    assert!(early.refused("STORNO-DAY-STATE").err.contains("2018-08-31"), "{early:?}");
    assert!(
        close("2018-08", support::NOW)
            .refused("STORNO-DAY-STATE")
            .err
            .contains("2018-08-30 is not closed yet")
    );
    shop.done(&["day", "close", "2018-08-30"]);
    shop.done(&["day", "close", "2018-08-31"]);
    let locked = close("2018-08", support::NOW).json();
    assert_eq!((&locked[0]["period"], locked[0]["head_seq"].as_i64()), (&"2018-08".into(), Some(2)));
    assert!(close("2018-08", support::NOW).refused("STORNO-DAY-STATE").err.contains("locked already"));
    assert!(close("2018-07", support::NOW).refused("STORNO-DAY-STATE").err.contains("no day of it"));
    shop.run(&["day", "close", "2018-13"]).refused("STORNO-USAGE");
    let next_year = "2019-01-02T09:00:00+08:00";
    assert_eq!(close("2018", next_year).json()[0]["period"], "2018");
    // A day of the locked year that was never opened: late trades are dated today.
    shop.run(&["day", "open", "2018-12-30", "--now", next_year]).refused("STORNO-DAY-NOT-OPEN");
    let late = format!("{TRADES}{}", topup("T3", "1.00", "A", "2018-12-30 10:00:00"));
    shop.done(&["import", "trades", &shop.file("late.csv", late), "--now", next_year]);
    shop.done(&["post", "--due", "--now", next_year]);
    assert_eq!(shop.text("SELECT accounting_date FROM v_voucher WHERE trade_no = 'T3'"), "2019-01-02");
    assert_eq!(shop.json(&["day", "periods"]).as_array().unwrap().len(), 2);
    shop.verified();
}

#[test]
fn a_changed_closing_balance_is_found() {
    let shop = two_days();
    shop.done(&["post", "--due"]);
    shop.done(&["day", "close", "2018-08-30"]);
    shop.execute("DROP TRIGGER day_balance_no_update");
    shop.execute("UPDATE day_balance SET balance_minor = balance_minor + 1, debit_minor = debit_minor + 1 WHERE account = (SELECT id FROM account WHERE code = '2001.A')");
    let found = shop.run(&["verify", "--json"]).parsed();
    let checks: Vec<&str> = found["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["check"].as_str().unwrap())
        .collect();
    assert!(checks.contains(&"closing"), "{found}");
}

/// Without the workstation the demo keeps its ledger at the path it prints.
#[test]
fn a_demo_without_the_workstation_stays() {
    let shop = Shop::at(Place::File);
    let mut command = shop.command(&["demo", "--no-ui", "--json"]);
    let output = command.env("TMPDIR", shop.folder.path()).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = made["path"].as_str().unwrap();
    assert!(std::path::Path::new(path).starts_with(shop.folder.path()), "{path}");
    assert_eq!(shop.run(&["verify", "--ledger", path]).code, 0);
}
