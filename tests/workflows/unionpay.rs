//! UnionPay's merchant files, from the download to the books: trades (ZM), error trades (ZME), and the day that only
//! their names tell. The numbers are made up.

use super::matching::{found, pairs, posted};
use crate::support::{Shop, data, no_statement};
use serde_json::{Value, json};

const NOW: &str = "2018-09-14T12:00:00+08:00";
const ZM: &str = "INN18091288ZM_777000000000001.txt";
const ZME: &str = "INN18091288ZME_777000000000001.txt";

/// The trades that the sample lists, and one that it does not.
const OURS: &str = "T1,topup,,UNIONPAY,SYN20180912U001,,500.00,CNY,1.00,A,,2018-09-12 10:10:10,SUCCESS,UNCLEARED\n\
                    T2,topup,,UNIONPAY,SYN20180912U002,,123.45,CNY,0.25,B,,2018-09-12 22:59:59,SUCCESS,UNCLEARED\n\
                    T4,topup,,UNIONPAY,SYN20180912U004,,10.00,CNY,0.02,A,,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n";

fn import(shop: &Shop, file: &str, more: &[&str]) -> Value {
    shop.json(&[&["import", "bill", file, "--now", NOW][..], more].concat())
}

/// Returns how the trades are reconciled.
fn recon(shop: &Shop) -> String {
    shop.text(
        "SELECT group_concat(trade_no || ' ' || recon, ', ') FROM (SELECT * FROM v_trade ORDER BY trade_no)",
    )
}

#[test]
fn a_file_of_trades_is_matched_and_its_sums_are_those_of_the_channel() {
    let shop = posted(OURS, NOW);
    let answer = import(&shop, &data(ZM), &[]);
    assert_eq!((&answer["format"], &answer["rows"]), (&json!("unionpay-trade"), &json!(3)), "{answer}");
    let bill = shop.json(&["bill", "show", "1"]);
    let head = ["channel", "day", "merchant_id", "covers"].map(|fact| bill["bill"][fact].clone());
    assert_eq!(head, [json!("UNIONPAY"), json!("2018-09-12"), json!("777000000000001"), json!("all")]);
    assert_eq!(
        found(&shop, NOW),
        pairs(&[("T4", "short"), ("SYN20180912UR01", "long")]),
        "a refund that only UnionPay has, and a top-up that it has not"
    );
    assert_eq!(recon(&shop), "T1 matched, T2 matched, T4 short");
    let day =
        shop.run(&["reconcile", "--channel", "UNIONPAY", "--day", "2018-09-12", "--json", "--now", NOW]);
    let day = day.parsed();
    let sum = |way: &str, side: &str| {
        day["sums"].as_array().unwrap().iter().find(|sum| sum["way"] == way).unwrap()[side].clone()
    };
    assert_eq!(
        [sum("pay", "theirs_minor"), sum("pay", "ours_minor"), sum("refund", "theirs_minor")],
        [json!(62_345), json!(63_345), json!(20_000)]
    );
    assert!(import(&shop, &data(ZM), &[])["imported_before"].is_string());
    shop.verified();
}

/// Error trades are long until somebody decides; they say of no trade that it is missing, and the file of trades stands
/// beside them.
#[test]
fn a_file_of_error_trades_lists_them_with_their_official_words() {
    let shop = posted(OURS, NOW);
    let answer = import(&shop, &data(ZME), &[]);
    assert_eq!((&answer["format"], &answer["rows"]), (&json!("unionpay-errors"), &json!(3)), "{answer}");
    let errors = [
        ("E23-退单-000301-0912110000", "long"),
        ("E24-再请款-000302-0912113000", "long"),
        ("E32-贷记调整-000303-0912120000", "long"),
    ];
    let mut seen = found(&shop, NOW);
    seen.sort();
    assert_eq!(seen, pairs(&errors));
    assert_eq!(recon(&shop), "T1 unmatched, T2 unmatched, T4 unmatched", "of no trade's day");
    assert!(shop.findings(&["--now", NOW]).contains(&no_statement()), "the file of trades is still missing");
    import(&shop, &data(ZM), &[]);
    let bills = shop.json(&["bill", "list"]);
    assert_eq!(bills.as_array().unwrap().len(), 2, "both stand: {bills}");
    let covers: Vec<&str> =
        bills.as_array().unwrap().iter().map(|bill| bill["covers"].as_str().unwrap()).collect();
    assert_eq!((covers.contains(&"errors"), covers.contains(&"all")), (true, true), "{bills}");
    assert!(shop.done(&["bill", "list"]).contains(" errors "));
    assert!(shop.done(&["bill", "list", "--lang", "zh-CN"]).contains("差错交易"));
    assert_eq!(recon(&shop), "T1 matched, T2 matched, T4 short");
    assert!(!shop.findings(&["--now", NOW]).contains(&no_statement()));
    // Money that went back by a chargeback can be put into suspense like that of any line.
    let case = shop.json(&[
        "case",
        "open",
        "--finding",
        "long/UNIONPAY/E23-退单-000301-0912110000",
        "--plan",
        "--now",
        NOW,
    ]);
    let case = case["case_no"].as_str().unwrap();
    shop.agreed_at(case, NOW);
    shop.done(&["commit", case, "--now", NOW]);
    let mut left = found(&shop, NOW);
    left.retain(|(of, _)| of.starts_with("E23"));
    assert_eq!(left, pairs(&[("E23-退单-000301-0912110000", "suspense_open")]));
    shop.verified();
}

/// The year of the rows is that of the day, which only the name tells.
#[test]
fn a_file_that_lost_its_name_needs_its_day() {
    let shop = posted(OURS, NOW);
    let bytes = std::fs::read(data(ZM)).unwrap();
    let nameless = shop.file("zm.txt", &bytes);
    let refused = shop.run(&["import", "bill", &nameless, "--now", NOW]);
    assert!(refused.refused("STORNO-BAD-FILE").err.contains("--day"), "{refused:?}");
    let renamed = shop.file("INN18091288ZM_777000000000001 (1).txt", &bytes);
    let refused = shop.run(&["import", "bill", &renamed, "--day", "2018-09-13", "--now", NOW]);
    assert!(
        refused.refused("STORNO-BAD-FILE").err.contains("2018-09-12"),
        "the name says another: {refused:?}"
    );
    let refused = shop.run(&["import", "bill", &nameless, "--day", "2018-09-11", "--now", NOW]);
    assert!(refused.refused("STORNO-BAD-FILE").err.contains("0912101010"), "after the day: {refused:?}");
    assert_eq!(import(&shop, &nameless, &["--day", "2018-09-12", "--dry-run"])["rows"], 3);
    // Taken for the wrong day, it can be withdrawn and taken for the right one.
    import(&shop, &nameless, &["--day", "2018-09-13"]);
    shop.done(&["bill", "withdraw", "1", "--reason", "of another day", "--now", NOW]);
    let answer = import(&shop, &nameless, &["--day", "2018-09-12"]);
    assert!(answer["imported_before"].is_null(), "{answer}");
    assert_eq!(recon(&shop), "T1 matched, T2 matched, T4 short");
    assert!(import(&shop, &renamed, &[])["imported_before"].is_string(), "the same rows of the same day");
}

/// Each bad record is told with line, field and reason, and nothing of the file is taken.
#[test]
fn every_bad_record_is_told_with_its_field() {
    let shop = Shop::empty();
    let mut bytes = std::fs::read(data(ZM)).unwrap();
    bytes[215..217].copy_from_slice(b"  ");
    bytes[609 + 180..609 + 182].copy_from_slice(b"C1");
    let file = shop.file(ZM, &bytes);
    let rejects = shop.path("rejects.csv").display().to_string();
    let refused = shop.run(&["import", "bill", &file, "--rejects", &rejects, "--json", "--now", NOW]);
    refused.refused("STORNO-BAD-FILE");
    let error: Value = serde_json::from_str(&refused.err).unwrap();
    let told: Vec<(i64, i64, String)> = error["error"]["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let place = (row["line"].as_i64().unwrap(), row["column"].as_i64().unwrap());
            (place.0, place.1, row["column_name"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(told, [(1, 20, "交易类型".to_owned()), (2, 17, "结算金额".to_owned())], "{error}");
    assert_eq!(std::fs::read_to_string(rejects).unwrap().lines().count(), 3, "a head and both rows");
    assert_eq!(shop.json(&["bill", "list"]), json!([]));
}
