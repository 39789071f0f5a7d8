//! What staged cases would answer of the open items of an account: told beside them, and nothing leaves the difference.

use crate::support::{Shop, data};
use serde_json::Value;

const LATER: [&str; 2] = ["--now", "2018-09-15T12:00:00+08:00"];

/// The sample day with WeChat's fund bill, which has the payment of T0003 that was never booked.
fn shop() -> Shop {
    let shop = Shop::sample();
    let file = data("wechat-fundflow-20180912.csv");
    let import = ["import", "account", &file, "--account", "1101.WECHAT", "--number", "1900000109"];
    shop.done(&[import.as_slice(), LATER.as_slice()].concat());
    shop
}

fn reconciled(shop: &Shop) -> Value {
    shop.run(&[&["reconcile", "--account", "1101.WECHAT", "--json"], LATER.as_slice()].concat()).parsed()
}

#[test]
fn an_open_item_says_which_staged_case_would_answer_it_and_stays_open() {
    let shop = shop();
    let before = reconciled(&shop);
    assert_eq!(before["staged"], Value::Null);
    shop.done(&["case", "open", "--trade", "T0003", "--plan"]);
    let staged = reconciled(&shop);
    // The payment of 88.88 and its fee of 0.53.
    let case = &staged["staged"]["cases"][0];
    assert_eq!((&case["case_no"], &case["state"]), (&"C0001".into(), &"staged".into()));
    assert_eq!((&case["books_minor"], &case["answers_minor"]), (&8_835.into(), &8_835.into()));
    let answers: Vec<(i64, i64)> = case["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["line"].as_i64().unwrap(), item["amount_minor"].as_i64().unwrap()))
        .collect();
    assert_eq!(answers, [(6, 8_888), (7, -53)]);
    assert_eq!(staged["staged"]["answers_minor"], 8_835);
    // Nothing is booked: the difference, what is open and what is unexplained are as before.
    assert_eq!(
        (&staged["days"], &staged["open"], &staged["differs"]),
        (&before["days"], &before["open"], &true.into())
    );
    let told = shop.run(&["reconcile", "--account", "1101.WECHAT"]).out;
    assert!(
        told.contains("C0001 (staged) would book 88.35 and answer 88.35: 1#5 88.88, 1#6 -0.53"),
        "{told}"
    );
    let report = shop.path("report.md").display().to_string();
    shop.done(&["reconcile", "--account", "1101.WECHAT", "--report", &report]);
    let report = std::fs::read_to_string(shop.path("report.md")).unwrap();
    assert!(report.contains("Staged, not committed") && report.contains("C0001"), "{report}");

    shop.agreed("C0001");
    assert_eq!(reconciled(&shop)["staged"]["cases"][0]["state"], "approved");
    shop.done(&["commit", "C0001"]);
    let after = reconciled(&shop);
    assert_eq!(after["staged"], Value::Null);
    let open = |found: &Value| found["open"].as_array().unwrap().len();
    assert_eq!(open(&after), open(&before) - 2);
}

#[test]
fn a_staged_reversal_answers_the_entry_that_it_takes_back_and_a_withdrawn_case_nothing() {
    let shop = shop();
    // J00005 books T0007, which the channel does not know.
    shop.done(&["case", "open", "--note", "the channel does not know it"]);
    shop.done(&["stage", "reverse", "J00005", "--case", "C0001"]);
    let staged = reconciled(&shop);
    let case = &staged["staged"]["cases"][0];
    let vouchers: Vec<&Value> =
        case["answers"].as_array().unwrap().iter().map(|item| &item["voucher_no"]).collect();
    assert!(!vouchers.is_empty() && vouchers.iter().all(|voucher| **voucher == "J00005"), "{case}");
    assert_eq!(case["books_minor"], case["answers_minor"]);
    shop.done(&["case", "withdraw", "C0001"]);
    assert_eq!(reconciled(&shop)["staged"], Value::Null);
}

#[test]
fn what_a_staged_case_books_that_answers_nothing_is_told_as_such() {
    let shop = shop();
    shop.done(&["case", "open", "--note", "a slip"]);
    let lines = ["--debit", "1101.WECHAT=1.23", "--credit", "2190=1.23", "--case", "C0001"];
    shop.done(&[&["stage", "park"], lines.as_slice()].concat());
    let staged = &reconciled(&shop)["staged"];
    assert_eq!((&staged["answers_minor"], &staged["books_minor"]), (&0.into(), &123.into()));
    let told = shop.run(&["reconcile", "--account", "1101.WECHAT"]).out;
    assert!(told.contains("answers nothing that is open here"), "{told}");
}
