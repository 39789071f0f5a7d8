//! Findings that people accept without booking (已确认差异): by two people above a limit, until a fact changes or the
//! last day is over.

use super::matching::{Line, statement};
use crate::support::{Ran, Shop, TRADES};

pub(super) const NOW: &str = "2018-09-13T12:00:00+08:00";

/// The channel's statement of the day lists T1 alone: T2 and T3 are with us only.
pub(super) fn short_of_two() -> Shop {
    short_in(Shop::empty())
}

/// The same in a ledger with this policy.
fn short_by(policy: &str) -> Shop {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--policy", &shop.file("policy.toml", policy)]);
    short_in(shop)
}

fn short_in(shop: Shop) -> Shop {
    let trades = "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T2,topup,agreement,WECHAT,W2,,70.00,CNY,0.42,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
         T3,topup,agreement,WECHAT,W3,,60.00,CNY,0.36,B,,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}")), "--now", NOW]);
    shop.done(&["post", "--now", NOW]);
    let lines: [Line<'_>; 1] = [("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:05", "M1")];
    statement(&shop, "WECHAT", "2018-09-12", &lines, NOW);
    shop
}

fn accept(shop: &Shop, who: &str, finding: &str, more: &[&str]) -> Ran {
    let mut words = vec!["accept", finding, "--note", "agreed by telephone", "--operator", who, "--now", NOW];
    if !more.contains(&"--reason") {
        words.extend(["--reason", "customer_consent"]);
    }
    words.extend(more);
    shop.run(&words)
}

/// The open findings, or the accepted ones.
fn listed(shop: &Shop, more: &[&str]) -> Vec<String> {
    let all = shop.run(&[&["findings", "--json", "--now", NOW], more].concat()).parsed();
    let name = |one: &serde_json::Value| one["finding"].as_str().unwrap().to_owned();
    all.as_array().unwrap().iter().map(name).collect()
}

/// State and operator of each acceptance.
fn states(shop: &Shop, more: &[&str]) -> Vec<String> {
    let all = shop.json(&[&["accept", "list", "--now", NOW], more].concat());
    let rows = all.as_array().unwrap().iter();
    rows.map(|one| format!("{} {}", one["state"].as_str().unwrap(), one["operator"].as_str().unwrap()))
        .collect()
}

#[test]
fn two_people_accept_a_finding_and_it_leaves_the_open_list() {
    let shop = short_of_two();
    assert_eq!(listed(&shop, &[]), ["short/T2", "short/T3"]);
    let first = accept(&shop, "op1", "short/T2", &[]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.contains("it counts once a second person accepts the same"), "{}", first.out);
    accept(&shop, "OP1", "short/T2", &[]).refused("STORNO-FOUR-EYES");
    assert_eq!(listed(&shop, &[]), ["short/T2", "short/T3"], "one person alone changes nothing");
    assert_eq!(states(&shop, &["--waiting"]), ["asked op1"]);
    assert_eq!(accept(&shop, "op2", "short/T2", &[]).code, 0);
    assert_eq!(listed(&shop, &[]), ["short/T3"]);
    assert_eq!(listed(&shop, &["--accepted"]), ["short/T2"]);
    assert_eq!(states(&shop, &[]), ["in_force op2"]);
    let one = shop.json(&["findings", "--accepted", "--now", NOW])[0].clone();
    assert_eq!(
        (
            &one["acceptance"]["state"],
            &one["acceptance"]["first"]["operator"],
            &one["acceptance"]["amount_minor"]
        ),
        (&"in_force".into(), &"op1".into(), &7000.into())
    );
    let told = shop.done(&["findings", "--accepted", "--now", NOW]);
    assert!(
        told.contains("accepted by op2 at 2018-09-13 12:00:00 (customer_consent: agreed by telephone)"),
        "{told}"
    );
    // It stands with number and sum wherever the day is told.
    let day = ["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--now", NOW];
    assert!(shop.run(&day).out.contains("accepted without booking: 1, 70.00"), "{}", shop.run(&day).out);
    let recon = shop.run(&[&day[..], &["--json"]].concat()).parsed();
    assert_eq!((&recon["accepted"]["count"], &recon["accepted"]["amount_minor"]), (&1.into(), &7000.into()));
    let check = shop.run(&["day", "check", "2018-09-12", "--now", NOW]);
    assert!(check.out.contains("accepted without booking: 1, 70.00"), "{check:?}");
    // With nothing open the exit code is 0.
    assert_eq!(accept(&shop, "op1", "short/T3", &[]).code, 0);
    assert_eq!(accept(&shop, "op2", "short/T3", &[]).code, 0);
    assert_eq!(shop.run(&["findings", "--now", NOW]).code, 0);
    assert_eq!(shop.run(&["findings", "--accepted", "--now", NOW]).code, 0);
    shop.verified();
}

#[test]
fn an_accepted_finding_is_open_again_once_a_fact_changes() {
    let shop = short_of_two();
    assert_eq!(
        (accept(&shop, "op1", "short/T2", &[]).code, accept(&shop, "op2", "short/T2", &[]).code),
        (0, 0)
    );
    shop.done(&["case", "open", "--note", "fee of T2", "--now", NOW]);
    let stage = |words: &[&str]| shop.done(&[&["stage"], words, &["--case", "C0001", "--now", NOW]].concat());
    stage(&["reverse", "V00002"]);
    stage(&["repost", "T2", "--set", "customer=B", "--set", "reason=the device is B's"]);
    assert_eq!(listed(&shop, &["--accepted"]), ["short/T2"], "what is staged ends nothing");
    shop.agreed_at("C0001", NOW);
    shop.done(&["commit", "C0001", "--now", NOW]);
    assert_eq!(listed(&shop, &["--accepted"]), [""; 0]);
    assert_eq!(listed(&shop, &[]), ["short/T2", "short/T3"]);
    assert_eq!(states(&shop, &[]), ["facts_changed op2"]);
    let told = shop.run(&["findings", "--trade", "T2", "--now", NOW]).out;
    assert!(
        told.contains("accepted by op2 at 2018-09-13 12:00:00") && told.contains("until its facts changed"),
        "{told}"
    );
}

#[test]
fn an_acceptance_ends_after_its_last_day_or_when_it_is_taken_back() {
    let shop = short_of_two();
    let until = ["--until", "2018-09-14"];
    let over = accept(&shop, "op1", "short/T2", &["--until", "2018-09-12"]);
    assert!(over.refused("STORNO-BAD-VALUE").err.contains("Name today (2018-09-13)"), "{over:?}");
    assert!(over.err.contains("last day of an acceptance"), "{over:?}");
    let silent = ["accept", "short/T2", "--reason", "short", "--note", " ", "--now", NOW];
    let silent = shop.run(&silent);
    assert!(silent.refused("STORNO-REASON-REQUIRED").err.contains("--note TEXT"), "{silent:?}");
    let empty = shop.file("empty.txt", "");
    accept(&shop, "op1", "short/T2", &["--file", &empty]).refused("STORNO-BAD-FILE");
    let letter = shop.file("letter.txt", "the customer agrees");
    assert_eq!(accept(&shop, "op1", "short/T2", &[&until[..], &["--file", &letter]].concat()).code, 0);
    let kept = shop.json(&["accept", "list", "--now", NOW])[0]["file"].clone();
    assert_eq!((&kept[0], kept[1].as_str().map(str::len)), (&"letter.txt".into(), Some(64)));
    // Another last day is another order, and it says whose it replaces.
    let other = accept(&shop, "op2", "short/T2", &["--until", "2018-09-20"]);
    assert!(other.code == 0 && other.out.contains("takes the place of what op1 asked"), "{other:?}");
    assert_eq!(states(&shop, &[]), ["asked op2"]);
    assert_eq!(accept(&shop, "op3", "short/T2", &["--until", "2018-09-20"]).code, 0);
    assert_eq!(states(&shop, &[]), ["in_force op3"]);
    let on = |now: &str| shop.run(&["findings", "--trade", "T2", "--now", now]);
    assert_eq!(on("2018-09-20T23:59:59+08:00").code, 0);
    let over = on("2018-09-21T00:00:01+08:00");
    assert_eq!(over.code, 1);
    assert!(over.out.contains("until 2018-09-20"), "{}", over.out);
    let undo = ["accept", "undo", "short/T2", "--reason", "the channel asks again", "--now", NOW];
    assert_eq!(shop.run(&undo).code, 0);
    assert_eq!(listed(&shop, &[]), ["short/T2", "short/T3"]);
    shop.run(&undo).refused("STORNO-NOT-FOUND");
    // What was taken back is told by whom and when, if all is asked for.
    assert_eq!(states(&shop, &[]), [""; 0]);
    let all = shop.json(&["accept", "list", "--all", "--now", NOW]);
    assert_eq!((&all[0]["state"], &all[0]["operator"]), (&"taken_back".into(), &"op3".into()));
    assert_eq!(all[0]["end"]["reason"], "the channel asks again");
    let told = shop.done(&["accept", "list", "--all", "--now", NOW]);
    assert!(told.contains("taken back by op1 at 2018-09-13 12:00:00: the channel asks again"), "{told}");
}

#[test]
fn a_trade_with_one_finding_names_it() {
    let shop = short_of_two();
    let told = shop.run(&["findings", "--now", NOW]).out;
    assert!(told.contains("short/T2 "), "the list has the name that is typed: {told}");
    let asked = accept(&shop, "op1", "T2", &["--json"]).json();
    assert_eq!((&asked[0]["finding"], asked.as_array().unwrap().len()), (&"short/T2".into(), 1));
    assert_eq!(accept(&shop, "op2", "T2", &[]).code, 0);
    assert_eq!(listed(&shop, &["--accepted"]), ["short/T2"]);
    shop.done(&["accept", "undo", "T2", "--reason", "again", "--now", NOW]);
    assert_eq!(listed(&shop, &["--accepted"]), [""; 0]);
    accept(&shop, "op1", "T1", &[]).refused("STORNO-NOT-FOUND");
    shop.run(&["accept", "undo", "T1", "--reason", "x", "--now", NOW]).refused("STORNO-NOT-FOUND");
    // A second finding of the trade: which is meant must be said.
    shop.done(&["case", "open", "--note", "by hand", "--now", NOW]);
    let stage = |words: &[&str]| shop.done(&[&["stage"], words, &["--case", "C0001", "--now", NOW]].concat());
    stage(&["reverse", "V00002"]);
    shop.agreed_at("C0001", NOW);
    shop.done(&["commit", "C0001", "--now", NOW]);
    let several = accept(&shop, "op1", "T2", &[]);
    let err = &several.refused("STORNO-BAD-VALUE").err;
    assert!(err.contains("short/T2") && err.contains("unposted/T2/captured"), "{err}");
}

#[test]
fn the_policy_says_what_one_person_accepts() {
    let shop = short_by(
        "approval_limit = \"65.00\"\n[[approver]]\nrole = \"supervisor\"\noperators = [\"chief\"]\nlimit = \"500.00\"\n\
         [accept]\nlimit = \"60.00\"\n",
    );
    assert!(shop.done(&["policy", "show"]).contains("60.00"));
    assert_eq!(shop.json(&["policy", "show"])["accept_limit_minor"], 6000);
    assert_eq!(accept(&shop, "op1", "short/T3", &[]).code, 0);
    assert_eq!(listed(&shop, &["--accepted"]), ["short/T3"], "60.00 is what one person accepts");
    assert_eq!(accept(&shop, "op1", "short/T2", &[]).code, 0);
    assert_eq!(listed(&shop, &["--accepted"]), ["short/T3"], "70.00 is not");
    let above = accept(&shop, "op2", "short/T2", &[]);
    assert!(
        above
            .refused("STORNO-APPROVAL-LIMIT")
            .err
            .contains("short/T2 is about 70.00, the limit of op2 is 65.00"),
        "{above:?}"
    );
    assert_eq!(accept(&shop, "chief", "short/T2", &[]).code, 0);
    assert_eq!(listed(&shop, &["--accepted"]), ["short/T2", "short/T3"]);
    shop.verified();
    let loosened = short_of_two();
    let policy = loosened.file("p.toml", "[accept]\nlimit = \"60.00\"\n");
    assert!(loosened.done(&["policy", "show"]).contains("two people accept each finding"));
    loosened.run(&["policy", "load", &policy, "--now", NOW]).refused("STORNO-NOT-ALLOWED");
}

/// Working hours pass from nine to six on working days; a case that holds a finding stops its time.
#[test]
fn findings_are_due_by_cause_and_amount_in_working_hours() {
    let shop = short_by(
        "[[due]]\ncause = \"*\"\nhours = 18\n[[due]]\ncause = \"short\"\nfrom = \"65.00\"\nhours = 8\n",
    );
    let at = |now: &str| {
        let all = shop.run(&["findings", "--json", "--now", now]).parsed();
        let told = |one: &serde_json::Value| {
            let word = |name: &str| one[name].as_str().unwrap_or("–").to_owned();
            format!(
                "{} {} {} {} {}",
                word("finding"),
                word("due"),
                word("due_state"),
                word("holder"),
                word("age_bucket")
            )
        };
        all.as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(
        at("2018-09-12T16:00:00+08:00"),
        [
            "short/T2 2018-09-12T18:00:00+08:00 warning – <1",
            "short/T3 2018-09-14T11:00:00+08:00 on_track – <1"
        ]
    );
    assert_eq!(
        at(NOW),
        [
            "short/T2 2018-09-12T18:00:00+08:00 breached – 1-3",
            "short/T3 2018-09-14T11:00:00+08:00 on_track – 1-3"
        ]
    );
    assert_eq!(listed(&shop, &["--due", "breached"]), ["short/T2"]);
    assert_eq!(listed(&shop, &["due:on_track"]), ["short/T3"]);
    let text = shop.run(&["findings", "--now", NOW]).out;
    assert!(text.contains("2018-09-12 18:00:00") && text.contains("breached"), "{text}");
    shop.done(&["case", "open", "--finding", "short/T2", "--now", NOW]);
    assert_eq!(accept(&shop, "op1", "short/T3", &[]).code, 0);
    assert_eq!(
        at(NOW),
        [
            "short/T2 2018-09-12T18:00:00+08:00 paused C0001 1-3",
            "short/T3 2018-09-14T11:00:00+08:00 paused op1 1-3"
        ]
    );
    assert_eq!(listed(&shop, &["--due", "paused"]), ["short/T2", "short/T3"]);
    assert_eq!(listed(&shop, &["--due", "breached"]), [""; 0]);
    assert_eq!(accept(&shop, "op2", "short/T3", &[]).code, 0);
    assert_eq!(listed(&shop, &["accepted:yes"]), ["short/T3"]);
    assert_eq!(listed(&shop, &["--due", "paused"]), ["short/T2"], "what is accepted is not due");
    let summary = shop.json(&["findings", "--summary", "--now", NOW]);
    assert_eq!(
        (
            &summary["ages"][0]["age_bucket"],
            &summary["ages"][0]["amount_minor"],
            &summary["accepted"]["count"]
        ),
        (&"1-3".into(), &7000.into(), &1.into())
    );
    assert!(shop.done(&["policy", "show"]).contains("09:00-18:00"));
}

#[test]
fn what_a_case_holds_is_not_accepted_and_a_committed_case_ends_an_acceptance() {
    let shop = short_of_two();
    shop.done(&["case", "open", "--finding", "short/T3", "--now", NOW]);
    accept(&shop, "op1", "short/T3", &[]).refused("STORNO-HELD");
    accept(&shop, "op1", "short/T1", &[]).refused("STORNO-NOT-FOUND");
    accept(&shop, "op1", "short/T2", &["--reason", "mood"]).refused("STORNO-UNKNOWN-REASON");
    assert_eq!(
        (accept(&shop, "op1", "short/T2", &[]).code, accept(&shop, "op2", "short/T2", &[]).code),
        (0, 0)
    );
    shop.done(&["case", "open", "--finding", "short/T2", "--plan", "--now", NOW]);
    assert_eq!(listed(&shop, &["--accepted"]), ["short/T2"]);
    shop.agreed_at("C0002", NOW);
    shop.done(&["commit", "C0002", "--now", NOW]);
    assert_eq!(
        shop.text("SELECT verb || ' ' || case_no FROM acceptance ORDER BY n DESC LIMIT 1"),
        "close C0002"
    );
    assert_eq!(states(&shop, &[]), [""; 0]);
    shop.verified();
}
