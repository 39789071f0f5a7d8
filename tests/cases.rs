//! Cases about several findings, about what has no trade, and about what another case holds.
#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod support;

use support::{Shop, data};

/// The public view's word on which trades a case is about.
fn trades(shop: &Shop, case: &str) -> Option<String> {
    let sql = rusqlite::Connection::open(shop.ledger()).unwrap();
    sql.query_row("SELECT trades FROM v_case WHERE case_no = ?1", [case], |row| row.get(0)).unwrap()
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
    let refused = shop.run(&["case", "open", "--trade", "T0009", "--plan"]);
    refused.refused("STORNO-HELD");
    assert!(refused.err.contains("C0001"), "{refused:?}");
    shop.done(&["case", "open", "--trade", "T0009", "--again"]);
    for case in ["C0001", "C0002"] {
        shop.done(&["case", "withdraw", case]);
    }
    shop.done(&["case", "open", "--trade", "T0009", "--plan"]);
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
