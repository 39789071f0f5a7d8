//! Lines of an account's statements and vouchers that nothing but their sums connects: proposed, matched by people,
//! taken back.

use crate::support::Shop;
use serde_json::Value;

const ACCOUNT: &str = "1101.WECHAT";
const LATER: &str = "2018-09-15T12:00:00+08:00";

/// A statement of 12 September in the plain form, from balance 0.00: lines `amount in minor units, number`.
fn statement(lines: &[(i64, &str)]) -> String {
    let yuan = |minor: i64| {
        format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100)
    };
    let mut text = "account,holder,currency,from,to,day,time,value_day,amount,balance,kind,words,number,reference,batch,\
                    counterparty,counterparty_account,text\n"
        .to_owned();
    let (mut balance, mut came, mut went) = (0, 0, 0);
    for (minor, number) in lines {
        balance += minor;
        if *minor < 0 {
            went -= minor;
        } else {
            came += minor;
        }
        let (amount, after) = (yuan(*minor), yuan(balance));
        text.push_str(&format!(
            "1900000109,,CNY,2018-09-12,2018-09-12,2018-09-12,,,{amount},{after},payout,,{number},,,,,\n"
        ));
    }
    let (count, came, went, closing) = (lines.len(), yuan(came), yuan(went), yuan(balance));
    text.push_str(&format!("total,{count},{came},{went},0.00,{closing},end\n"));
    text
}

fn import(shop: &Shop, name: &str, lines: &[(i64, &str)]) {
    let file = shop.file(name, statement(lines));
    shop.done(&["import", "account", &file, "--account", ACCOUNT, "--now", LATER]);
}

fn reconciled(shop: &Shop) -> Value {
    shop.run(&["reconcile", "--account", ACCOUNT, "--pairs", "--json", "--now", LATER]).parsed()
}

/// Matches the line with two vouchers of the sample day: 99.40 and 248.50.
fn matched(shop: &Shop, line: &str, who: &str) -> crate::support::Ran {
    shop.run(&[
        "account-statement",
        "match",
        "--account",
        ACCOUNT,
        "--line",
        line,
        "--voucher",
        "J00001",
        "--voucher",
        "J00002",
        "--reason",
        "one payout of two trades",
        "--operator",
        who,
        "--now",
        LATER,
        "--json",
    ])
}

fn keys(found: &Value) -> Vec<&str> {
    found["matched"].as_array().unwrap().iter().map(|count| count["key"].as_str().unwrap()).collect()
}

#[test]
fn a_set_that_only_its_sum_connects_is_proposed_and_two_people_decide() {
    let shop = Shop::sample();
    import(&shop, "a.csv", &[(34_790, "P1")]);
    let found = reconciled(&shop);
    let proposed = &found["proposed"][0];
    assert_eq!(proposed["sum_minor"], 34_790);
    assert_eq!(proposed["vouchers"], serde_json::json!(["J00001", "J00002"]));
    assert!(!keys(&found).contains(&"manual"), "nothing is decided yet: {found}");
    let said = shop.run(&["reconcile", "--account", ACCOUNT]).out;
    let command =
        "storno account-statement match --account 1101.WECHAT --line 1#1 --voucher J00001 --voucher J00002";
    assert!(said.contains(command), "{said}");

    let asked = matched(&shop, "1#1", "op1").json();
    assert_eq!(asked[0]["state"], "asked");
    matched(&shop, "1#1", "op1").refused("STORNO-FOUR-EYES");
    assert!(!keys(&reconciled(&shop)).contains(&"manual"), "one person alone decides nothing");
    let made = matched(&shop, "1#1", "op2").json();
    assert_eq!((&made[0]["state"], &made[0]["first"]["operator"]), (&"in_force".into(), &"op1".into()));
    let found = reconciled(&shop);
    assert_eq!(keys(&found), ["manual"]);
    let pair = found["pairs"].as_array().unwrap().iter().find(|pair| pair["key"] == "manual").unwrap();
    assert_eq!(pair["members"].as_array().unwrap().len(), 5, "one line and four entries: {pair}");
    assert!(found["open"].as_array().unwrap().iter().all(|open| open["side"] == "ours"), "{found}");
    assert_eq!(found["days"][0]["unexplained_minor"], 0);
    // The statement is not taken away by one person.
    let withdraw = ["account-statement", "withdraw", "1", "--reason", "wrong file", "--now", LATER];
    let proposed = shop.json(&withdraw);
    assert_eq!(proposed["statement"]["state"], "standing");
    assert_eq!(proposed["rests"]["account_matches"], serde_json::json!(["2"]));
    // Said again, nothing is added.
    assert_eq!(matched(&shop, "1#1", "op1").json()[0]["id"], made[0]["id"]);

    // The number that was given to the first person finds it as well.
    assert_eq!(made[0]["asked_as"], asked[0]["id"]);
    assert!(shop.done(&["account-statement", "matches"]).contains("1 (2)"));
    let silent = ["account-statement", "unmatch", "1", "--reason", "", "--now", LATER];
    let silent = shop.run(&silent);
    let err = &silent.refused("STORNO-REASON-REQUIRED").err;
    assert!(err.contains("--reason TEXT") && !err.contains("policy"), "{err}");
    let id = asked[0]["id"].to_string();
    let undo = |who: &str| {
        shop.run(&[
            "account-statement",
            "unmatch",
            &id,
            "--reason",
            "wrong",
            "--operator",
            who,
            "--json",
            "--now",
            LATER,
        ])
    };
    assert_eq!(undo("op1").json()[0]["state"], "undo_asked");
    undo("op1").refused("STORNO-FOUR-EYES");
    assert_eq!(keys(&reconciled(&shop)), ["manual"]);
    assert_eq!(undo("op2").json(), serde_json::json!([]));
    assert!(keys(&reconciled(&shop)).is_empty());
    undo("op2").refused("STORNO-NOT-FOUND");
    // It may be decided anew, by two people again.
    assert_eq!(matched(&shop, "1#1", "op1").json()[0]["state"], "asked");
    assert_eq!(matched(&shop, "1#1", "op2").json()[0]["state"], "in_force");
    shop.verified();
}

#[test]
fn a_match_outlives_the_statement_that_another_with_its_lines_replaces() {
    let shop = Shop::sample();
    import(&shop, "a.csv", &[(34_790, "P1")]);
    matched(&shop, "1#1", "op1").json();
    matched(&shop, "1#1", "op2").json();
    // The final statement has a line before it that is alike but for its number.
    import(&shop, "b.csv", &[(34_790, "P0"), (34_790, "P1")]);
    let found = reconciled(&shop);
    let pair = found["pairs"].as_array().unwrap().iter().find(|pair| pair["key"] == "manual").unwrap();
    let line = pair["members"].as_array().unwrap().iter().find(|member| member["side"] == "theirs").unwrap();
    assert_eq!((&line["number"], &line["statement"]), (&"P1".into(), &2.into()));
}

#[test]
fn sums_that_differ_and_items_that_are_taken_are_refused() {
    let shop = Shop::sample();
    import(&shop, "a.csv", &[(34_790, "P1"), (34_791, "P2")]);
    let differ = matched(&shop, "1#2", "op1");
    assert!(differ.refused("STORNO-BAD-VALUE").err.contains("347.91"), "{differ:?}");
    matched(&shop, "1#3", "op1").refused("STORNO-NOT-FOUND");
    matched(&shop, "2#1", "op1").refused("STORNO-NOT-FOUND");
    matched(&shop, "1#1", "op1").json();
    matched(&shop, "1#1", "op2").json();
    let alone = ["account-statement", "match", "--account", ACCOUNT, "--reason", "x", "--voucher", "J00001"];
    shop.run(&alone).refused("STORNO-BAD-VALUE");
    let taken = shop.run(&[
        "account-statement",
        "match",
        "--account",
        ACCOUNT,
        "--line",
        "1#1",
        "--voucher",
        "J00001",
        "--voucher",
        "J00002",
        "--voucher",
        "J00005",
        "--reason",
        "x",
    ]);
    taken.refused("STORNO-BAD-VALUE");
}
