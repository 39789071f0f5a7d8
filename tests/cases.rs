//! Cases about several findings, about what has no trade, and about what another case holds.
#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod support;

use support::{Shop, data};

/// The public view's word on which trades a case is about.
fn trades(shop: &Shop, case: &str) -> Option<String> {
    shop.sql().query_row("SELECT trades FROM v_case WHERE case_no = ?1", [case], |row| row.get(0)).unwrap()
}

#[test]
fn one_case_corrects_several_trades_in_the_order_named() {
    let shop = Shop::sample();
    let case = shop.json(&[
        "case",
        "open",
        "--trade",
        "T0008",
        "--trade",
        "T0009",
        "--finding",
        "wrong_amount/T0009/captured",
        "--plan",
    ]);
    assert_eq!(case["case_no"], "C0001");
    let about: Vec<_> =
        case["about"].as_array().unwrap().iter().map(|one| one["finding"].as_str().unwrap()).collect();
    assert_eq!(about, ["posted_twice/T0008/captured", "wrong_amount/T0009/captured"]);
    assert_eq!(case["staged"].as_array().unwrap().len(), 3);
    assert_eq!(trades(&shop, "C0001").unwrap(), "T0008 T0009");
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    let left = shop.findings(&[]);
    assert!(!left.iter().any(|(trade, _)| trade == "T0008" || trade == "T0009"), "{left:?}");
    shop.verified();
}

#[test]
fn a_finding_that_a_case_holds_is_opened_again_only_on_purpose() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0008", "--trade", "T0009"]);
    let refused = shop.run(&["case", "open", "--trade", "T0009", "--plan", "--once"]);
    refused.refused("STORNO-HELD");
    assert!(refused.err.contains("C0001"), "{refused:?}");
    shop.done(&["case", "open", "--trade", "T0009"]);
    for case in ["C0001", "C0002"] {
        shop.done(&["case", "withdraw", case]);
    }
    shop.done(&["case", "open", "--trade", "T0009", "--plan", "--once"]);
}

#[test]
fn a_case_needs_no_trade_but_must_say_what_it_is_for() {
    let shop = Shop::empty();
    shop.run(&["case", "open"]).refused("STORNO-NOTHING");
    let case = shop.json(&["case", "open", "--note", "5,000.00 from an unknown payer at the bank"]);
    assert_eq!((&case["trade_no"], &case["findings"]), (&serde_json::Value::Null, &0.into()));
    assert_eq!(trades(&shop, "C0001"), None);
    shop.done(&["import", "bill", &data("wechat-trade-ALL-20180912.csv")]);
    let found = shop.run(&["findings", "--json"]).parsed();
    let line = &found[0];
    assert_eq!(line["trade_no"], serde_json::Value::Null);
    let case = shop.json(&["case", "open", "--finding", line["finding"].as_str().unwrap()]);
    assert_eq!((&case["finding"], &case["cause"]), (&line["finding"], &line["cause"]));
    let listed = shop.json(&["case", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
}

#[test]
fn findings_of_a_cause_are_staged_at_once_as_one_case_or_one_for_each_trade() {
    for (how, cases) in [("--one", 1), ("--each", 3)] {
        let shop = Shop::empty();
        let time = "2018-09-12 10:00:00";
        let trades = ["T1", "T2", "T3"].map(|trade| support::topup(trade, "12.30", "A", time)).concat();
        shop.done(&["import", "trades", &shop.file("trades.csv", format!("{}{trades}", support::TRADES))]);
        let opened = shop.json(&["case", "open", "--cause", "unposted", "--plan", how]);
        let rows = opened["cases"].as_array().unwrap();
        assert_eq!(rows.len(), cases, "{opened}");
        let staged: i64 = rows.iter().map(|row| row["steps"].as_i64().unwrap()).sum();
        assert_eq!(staged, 3, "{how}");
        let again = shop.run(&["case", "open", "--cause", "unposted", "--plan", how, "--json"]);
        assert_eq!(again.code, 1);
        let skipped = again.parsed()["skipped"].as_array().unwrap().clone();
        assert_eq!(skipped.len(), 3);
        assert!(skipped.iter().all(|left| left["code"] == "STORNO-HELD"), "{skipped:?}");
        for row in rows {
            let case = row["case_no"].as_str().unwrap();
            shop.agreed(case);
            shop.done(&["commit", case]);
        }
        assert_eq!(shop.findings(&[]), []);
        shop.verified();
    }
}

#[test]
fn a_checklist_is_ticked_with_its_evidence_and_whoever_ticks_is_no_second_person() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    let list = shop.json(&["case", "check", "C0001"]);
    let items: Vec<_> =
        list["checklist"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap()).collect();
    assert_eq!(items, ["channel_confirms", "right_party", "wrong_informed", "right_informed"]);
    shop.run(&["case", "check", "C0001", "right_party"]).refused("STORNO-EVIDENCE-REQUIRED");
    shop.run(&["case", "check", "C0001", "no_such"]).refused("STORNO-NOT-FOUND");
    let file = shop.file("ticket.txt", "abc");
    let words = [
        "case",
        "check",
        "C0001",
        "right_party",
        "--note",
        "ticket 881",
        "--file",
        &file,
        "--operator",
        "op2",
    ];
    let tick = &shop.json(&words)["checklist"][1]["ticks"][0];
    assert_eq!(
        (&tick["operator"], &tick["note"], &tick["file"]),
        (&"op2".into(), &"ticket 881".into(), &"ticket.txt".into())
    );
    assert_eq!(tick["fingerprint"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let preview = shop.json(&["preview", "C0001"]);
    let guard =
        preview["guards"].as_array().unwrap().iter().find(|guard| guard["guard"] == "checklist").unwrap();
    assert_eq!(guard["state"], "note", "the default policy advises: {guard}");
    shop.done(&["case", "submit", "C0001"]);
    shop.run(&["case", "check", "C0001", "channel_confirms"]).refused("STORNO-CASE-STATE");
    shop.run(&["case", "approve", "C0001", "--operator", "op2"]).refused("STORNO-FOUR-EYES");
    shop.done(&["case", "approve", "C0001", "--operator", "op3"]);
    shop.done(&["commit", "C0001"]);
}

#[test]
fn a_case_is_handed_over_by_its_maker_who_then_has_no_say_in_it() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    shop.run(&["case", "hand", "C0001", "--to", "op3", "--operator", "op2"]).refused("STORNO-NOT-YOURS");
    shop.run(&["case", "hand", "C0001", "--to", "OP1"]).refused("STORNO-BAD-VALUE");
    assert_eq!(shop.json(&["case", "hand", "C0001", "--to", "op2"])["maker"], "op2");
    shop.run(&["case", "withdraw", "C0001"]).refused("STORNO-NOT-YOURS");
    shop.done(&["case", "submit", "C0001", "--operator", "op2"]);
    shop.run(&["case", "reject", "C0001", "--reason", "mine"]).refused("STORNO-NOT-YOURS");
    shop.run(&["case", "approve", "C0001"]).refused("STORNO-FOUR-EYES");
    shop.run(&["case", "hand", "C0001", "--to", "op4", "--operator", "op2"]).refused("STORNO-CASE-STATE");
    shop.done(&["case", "approve", "C0001", "--operator", "op3"]);
    shop.done(&["commit", "C0001", "--operator", "op2"]);
    shop.verified();
}

#[test]
fn nothing_is_staged_by_itself_unless_the_policy_lists_it() {
    let shop = Shop::sample();
    let before = shop.views();
    let opened = shop.json(&["case", "auto"]);
    assert_eq!(opened, serde_json::json!({ "cases": [], "skipped": [] }));
    assert_eq!(shop.views(), before);
}

/// Where the policy asks for it, a case is handed in with its required items ticked; and what it lists is staged by itself,
/// never approved.
#[test]
fn the_policy_gates_by_checklist_and_stages_by_itself() {
    let shop = Shop::sample();
    let policy =
        shop.file("policy.toml", "checklist = \"required\"\nauto_stage = [\"unposted\", \"posted_twice\"]\n");
    shop.done(&["policy", "load", &policy]);
    let staged = shop.run(&["case", "auto", "--json"]).parsed();
    assert_eq!(staged["cases"].as_array().unwrap().len(), 2, "{staged}");
    let states = "SELECT count(*) FROM v_case WHERE state = 'staged'";
    assert_eq!(shop.number(states), 2);
    let again = shop.run(&["case", "auto", "--json"]).parsed();
    assert_eq!((shop.number(states), again["cases"].as_array().map_or(0, Vec::len)), (2, 0), "held: {again}");
    shop.run(&["case", "submit", "C0001"]).refused("STORNO-CHECKLIST");
    let list = shop.json(&["case", "check", "C0001"]);
    let items = list["checklist"].as_array().unwrap().clone();
    for item in items.iter().filter(|item| item["required"] == true) {
        shop.done(&["case", "check", "C0001", item["item"].as_str().unwrap(), "--note", "looked at"]);
    }
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    shop.verified();
}
