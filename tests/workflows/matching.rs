//! One line of a channel answers one trade, from the file to the books: references that several bear, revocations,
//! refunds that we do not know, clocks that differ, merchant numbers, and what people decide. The bills in
//! `tests/data/matching` are made up.

use crate::support::{Ran, Shop, TRADES, data};
use serde_json::Value;

/// After the bills of `tests/data/matching`.
const THEN: &str = "2025-03-13T12:00:00+08:00";

/// A ledger with these trades, posted, and these bills.
fn filed(trades: &str, bills: &[&str]) -> Shop {
    let shop = Shop::empty();
    shop.done(&["import", "trades", &data(&format!("matching/{trades}")), "--now", THEN]);
    shop.done(&["post", "--now", THEN]);
    for bill in bills {
        shop.done(&["import", "bill", &data(&format!("matching/{bill}")), "--now", THEN]);
    }
    shop
}

/// A line of a statement: kind, reference, original, the channel's number, amount, fee, time, merchant number.
pub(super) type Line<'l> = (&'l str, &'l str, &'l str, &'l str, &'l str, &'l str, &'l str, &'l str);

/// Imports a channel's statement of a day.
pub(super) fn statement(shop: &Shop, channel: &str, day: &str, lines: &[Line<'_>], now: &str) {
    let minor = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let mut text = "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time,merchant_no\n".to_owned();
    let (mut paid, mut back, mut fees) = (0, 0, 0);
    for (kind, reference, original, number, amount, fee, time, merchant) in lines {
        text += &format!(
            "{channel},{day},{kind},{reference},{original},{number},{amount},CNY,{fee},SUCCESS,{time},{merchant}\n"
        );
        *(if *kind == "pay" { &mut paid } else { &mut back }) += minor(amount);
        fees += minor(fee);
    }
    let money = |minor: i64| {
        let sign = if minor < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
    };
    text += &format!("total,{},{},{},{},end\n", lines.len(), money(paid), money(back), money(fees));
    let name = format!("{channel}-{day}-{}.csv", lines.first().map_or("none", |line| line.7));
    shop.done(&["import", "bill", &shop.file(&name, text), "--now", now]);
}

/// A posted ledger of these trades.
pub(super) fn posted(trades: &str, now: &str) -> Shop {
    let shop = Shop::empty();
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}")), "--now", now]);
    shop.done(&["post", "--now", now]);
    shop
}

/// Findings of more weight than a note: trade or reference, and cause.
pub(super) fn found(shop: &Shop, now: &str) -> Vec<(String, String)> {
    let all = shop.run(&["findings", "--json", "--now", now]).parsed();
    let name = |finding: &Value| {
        let of = if finding["trade_no"].is_null() { &finding["channel_ref"] } else { &finding["trade_no"] };
        of.as_str().unwrap_or("–").to_owned()
    };
    // Not every channel and day of these files has a statement; that has tests of its own.
    let counts = |finding: &&Value| finding["severity"] != "info" && finding["cause"] != "statement_missing";
    let cause = |finding: &Value| finding["cause"].as_str().unwrap().to_owned();
    all.as_array().unwrap().iter().filter(counts).map(|finding| (name(finding), cause(finding))).collect()
}

pub(super) fn pairs(found: &[(&str, &str)]) -> Vec<(String, String)> {
    found.iter().map(|(of, cause)| ((*of).to_owned(), (*cause).to_owned())).collect()
}

/// Carries out what is planned for a finding.
pub(super) fn mend(shop: &Shop, finding: &str, now: &str) {
    let case = shop.json(&["case", "open", "--finding", finding, "--plan", "--now", now]);
    let case = case["case_no"].as_str().unwrap();
    shop.agreed_at(case, now);
    shop.done(&["commit", case, "--now", now]);
}

/// Payments and refunds that the channel has on a day, minor units.
fn theirs(shop: &Shop, channel: &str, day: &str, now: &str) -> (i64, i64) {
    let told = shop.run(&["reconcile", "--channel", channel, "--day", day, "--json", "--now", now]).parsed();
    let of = |way: &str| {
        let sums = told["sums"].as_array().unwrap().iter().filter(|sum| sum["way"] == way);
        sums.map(|sum| sum["theirs_minor"].as_i64().unwrap()).sum()
    };
    (of("pay"), of("refund"))
}

fn trade(shop: &Shop, number: &str, column: &str) -> String {
    shop.text(&format!("SELECT {column} FROM v_trade WHERE trade_no = '{number}'"))
}

#[test]
fn payments_and_refunds_of_a_day_are_two_sums() {
    let shop = filed("all-trades.csv", &["all-bill.csv"]);
    assert_eq!(found(&shop, THEN), []);
    assert_eq!(theirs(&shop, "WECHAT", "2025-03-12", THEN), (8000, 6000));
}

/// The money has left, whatever word both sides have for it.
#[test]
fn a_refund_in_process_on_both_sides_is_long_until_it_is_booked() {
    let shop = filed("processing-trades.csv", &["processing-bill.csv"]);
    assert_eq!(found(&shop, THEN), pairs(&[("R2", "long")]));
    mend(&shop, "long/R2", THEN);
    assert_eq!((trade(&shop, "R2", "status"), found(&shop, THEN)), ("succeeded".to_owned(), vec![]));
    assert_eq!((shop.balance("1101.WECHAT"), shop.balance("2002.M7")), (10934, 10800));
}

#[test]
fn a_payment_and_its_revocation_are_nothing_together() {
    for ours in ["SUCCESS", "FAILED", "CLOSED"] {
        let shop = Shop::empty();
        let trades = std::fs::read_to_string(data("matching/revoked-trades.csv")).unwrap();
        let trades = trades.replacen("SUCCESS", ours, 1);
        shop.done(&["import", "trades", &shop.file("trades.csv", trades), "--now", THEN]);
        shop.done(&["post", "--now", THEN]);
        shop.done(&["import", "bill", &data("matching/revoked-bill.csv"), "--now", THEN]);
        if ours == "SUCCESS" {
            assert_eq!(found(&shop, THEN), pairs(&[("V1", "short")]));
            mend(&shop, "short/V1", THEN);
        }
        assert_eq!(found(&shop, THEN), [], "{ours}");
        assert_eq!((shop.balance("2002.M7"), shop.balance("1101.WECHAT")), (2970, 2982), "V2 alone: {ours}");
    }
    // Nobody here knows the payment: nothing is missing either.
    let shop = Shop::empty();
    shop.done(&["import", "bill", &data("matching/revoked-bill.csv"), "--now", THEN]);
    let left: Vec<_> = found(&shop, THEN).into_iter().map(|(of, _)| of).collect();
    assert_eq!(left.len(), 1, "the other payment: {left:?}");
}

/// A revocation under a number of its own.
#[test]
fn a_revocation_with_its_own_number_takes_its_payment_away() {
    let now = "2018-09-13T12:00:00+08:00";
    let shop =
        posted("T1,topup,,UNIONPAY,U1,,99.90,CNY,0.20,A,,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n", now);
    let lines: [Line<'_>; 2] = [
        ("pay", "U1", "", "N1", "99.90", "0.20", "2018-09-12 11:00:00", "M1"),
        ("revoke", "U2", "U1", "N2", "99.90", "-0.20", "2018-09-12 16:00:00", "M1"),
    ];
    statement(&shop, "UNIONPAY", "2018-09-12", &lines, now);
    assert_eq!(found(&shop, now), pairs(&[("T1", "short")]));
    assert_eq!(theirs(&shop, "UNIONPAY", "2018-09-12", now), (0, 0));
    mend(&shop, "short/T1", now);
    assert_eq!(found(&shop, now), []);
    assert_eq!((shop.balance("2001.A"), trade(&shop, "T1", "recon")), (0, "matched".to_owned()));
}

/// A revocation takes one payment back: that of the channel's number, else of merchant number and amount. Any rest is
/// found.
#[test]
fn one_revocation_nets_one_payment() {
    let now = "2018-09-13T12:00:00+08:00";
    let first = "F1,topup,,UNIONPAY,X9,,7.00,CNY,0.00,A,,2018-09-12 11:00:00,FAILED,UNCLEARED\n";
    let retry = "T1,topup,,UNIONPAY,X9,,7.00,CNY,0.00,A,,2018-09-12 11:00:05,SUCCESS,UNCLEARED\n";
    let line = |kind, reference, original, number, amount, merchant| {
        (kind, reference, original, number, amount, "0.00", "2018-09-12 11:00:00", merchant)
    };
    let [paid, again] =
        [("pay", "U1"), ("pay", "U2")].map(|(kind, no)| line(kind, "X9", "", no, "7.00", "M1"));
    for (case, trades, lines, expected) in [
        // The first try is revoked under its own number, and the retry stands.
        (
            "retry",
            format!("{first}{retry}"),
            vec![paid, again, line("revoke", "X9", "X9", "U1", "7.00", "M1")],
            &[][..],
        ),
        (
            "without a trade",
            String::new(),
            vec![paid, again, line("revoke", "X9", "X9", "U1", "7.00", "M1")],
            &[("X9", "long")],
        ),
        (
            "in part",
            retry.to_owned(),
            vec![paid, line("revoke", "X9", "X9", "U1", "3.00", "M1")],
            &[("X9", "long")],
        ),
        (
            "twice",
            retry.to_owned(),
            vec![
                paid,
                line("revoke", "V1", "X9", "U2", "7.00", "M1"),
                line("revoke", "V2", "X9", "U3", "7.00", "M1"),
            ],
            &[("T1", "short"), ("V2", "long")],
        ),
    ] {
        let shop = posted(&trades, now);
        statement(&shop, "UNIONPAY", "2018-09-12", &lines, now);
        assert_eq!(found(&shop, now), pairs(expected), "{case}");
    }
    // Another merchant number's revocation of the same order number.
    let shop = posted(retry, now);
    statement(&shop, "UNIONPAY", "2018-09-12", &[paid], now);
    let theirs = [line("pay", "X9", "", "U8", "9.00", "M2"), line("revoke", "X9", "X9", "U8", "9.00", "M2")];
    statement(&shop, "UNIONPAY", "2018-09-12", &theirs, now);
    assert_eq!(found(&shop, now), []);
}

#[test]
fn a_refund_that_bears_its_payments_number_is_no_second_payment() {
    let shop = filed("alipay-refund-trades.csv", &["alipay-refund-bill.gbk.csv"]);
    assert_eq!(found(&shop, THEN), []);
    assert_eq!(theirs(&shop, "ALIPAY", "2025-03-12", THEN), (10500, 6000));
    assert_eq!(shop.balance("1102.ALIPAY"), 4473);
    assert_eq!(
        (trade(&shop, "F1", "recon"), trade(&shop, "FR1", "recon")),
        ("matched".into(), "matched".into())
    );
}

/// The refund has the payment's number and we do not have it: it is recorded under a number of its own.
#[test]
fn a_refund_with_its_payments_number_is_recorded_beside_it() {
    let shop = Shop::empty();
    let trades = std::fs::read_to_string(data("matching/alipay-refund-trades.csv")).unwrap();
    let without: String =
        trades.lines().filter(|line| !line.starts_with("FR1")).map(|line| format!("{line}\n")).collect();
    shop.done(&["import", "trades", &shop.file("trades.csv", without), "--now", THEN]);
    shop.done(&["post", "--now", THEN]);
    shop.done(&["import", "bill", &data("matching/alipay-refund-bill.gbk.csv"), "--now", THEN]);
    let left = found(&shop, THEN);
    assert_eq!(left.iter().map(|(_, cause)| cause.as_str()).collect::<Vec<_>>(), ["long"]);
    mend(&shop, &format!("long/ALIPAY/{}", left[0].0), THEN);
    assert_eq!((found(&shop, THEN), shop.balance("1102.ALIPAY")), (vec![], 4473));
    shop.verified();
}

#[test]
fn a_refund_that_only_the_channel_knows_is_recorded() {
    let shop = filed("refunds-trades.csv", &["refunds-bill-0310.csv", "refunds-bill-0312.csv"]);
    assert_eq!(found(&shop, THEN), pairs(&[("LRc", "long")]));
    assert_eq!(theirs(&shop, "WECHAT", "2025-03-12", THEN), (0, 20000));
    mend(&shop, "long/WECHAT/LRc", THEN);
    assert_eq!(found(&shop, THEN), []);
    assert_eq!(
        (shop.balance("1101.WECHAT"), shop.balance("2001.A")),
        (0, 0),
        "all of it went back, the fee too"
    );
    shop.verified();
}

/// Only a revocation can come before what it revokes.
#[test]
fn a_refund_of_a_payment_from_before_the_ledger_is_long() {
    for (trades, bill, reference, account, after) in [
        ("before-trades.csv", "before-bill.csv", "50300100012025031200271", "1101.WECHAT", 4672),
        ("before-trades-alipay.csv", "before-alipay.gbk.csv", "OLDA", "1102.ALIPAY", 696),
    ] {
        let shop = filed(trades, &[bill]);
        let found = shop.run(&["findings", "--json", "--cause", "long", "--now", THEN]).parsed();
        let [finding] = found.as_array().unwrap().as_slice() else { panic!("{found}") };
        assert!(
            finding["finding"].as_str().unwrap().contains(reference) || finding["channel_ref"] == reference,
            "{finding}"
        );
        mend(&shop, finding["finding"].as_str().unwrap(), THEN);
        assert_eq!(
            shop.balance(account),
            after,
            "the money has left and waits in suspense, and its fee is back"
        );
        shop.verified();
    }
}

#[test]
fn a_refund_without_a_number_of_ours_is_one_finding() {
    let shop = filed("unnumbered-trades.csv", &["unnumbered-bill.csv"]);
    let left = found(&shop, THEN);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(theirs(&shop, "WECHAT", "2025-03-12", THEN), (8000, 3000));
    mend(&shop, &format!("long/WECHAT/{}", left[0].0), THEN);
    assert_eq!((found(&shop, THEN), shop.balance("1101.WECHAT")), (vec![], 4970));
}

/// Our list has one payment twice; another order was tried twice.
#[test]
fn of_two_trades_on_one_payment_the_nearer_one_has_the_line() {
    let now = "2018-09-13T12:00:00+08:00";
    let shop = posted(
        "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T2,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:03,SUCCESS,UNCLEARED\n\
         F1,topup,agreement,WECHAT,W5,,30.00,CNY,0.18,D,,2018-09-12 10:00:00,FAILED,UNCLEARED\n\
         F2,topup,agreement,WECHAT,W5,,30.00,CNY,0.18,D,,2018-09-12 10:00:30,SUCCESS,UNCLEARED\n",
        now,
    );
    let lines: [Line<'_>; 2] = [
        ("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1"),
        ("pay", "W5", "", "N5", "30.00", "0.18", "2018-09-12 10:00:30", "M1"),
    ];
    statement(&shop, "WECHAT", "2018-09-12", &lines, now);
    assert_eq!(found(&shop, now), pairs(&[("T2", "duplicate")]));
    assert_eq!(theirs(&shop, "WECHAT", "2018-09-12", now), (13000, 0));
    assert_eq!(shop.run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12"]).code, 1);
    let recon = ["T1", "T2", "F1", "F2"].map(|one| trade(&shop, one, "recon"));
    assert_eq!(recon, ["matched", "short", "matched", "matched"], "the view alone says whose the line is");
    mend(&shop, "duplicate/T2", now);
    assert_eq!(found(&shop, now), []);
    assert_eq!(
        (shop.balance("2001.A"), shop.balance("2001.D"), shop.balance("1101.WECHAT")),
        (10000, 3000, 12922)
    );
    shop.verified();
}

/// What `findings`, `plan` and the staged step say of a trade that has no line.
fn told_of(shop: &Shop, finding: &str, now: &str) -> [String; 3] {
    let all = shop.run(&["findings", "--json", "--now", now]).parsed();
    let one = all
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["finding"] == finding)
        .unwrap_or_else(|| panic!("{all}"));
    let of = finding.split_once('/').unwrap().1;
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
    let plan = shop.json(&["plan", of, "--now", now]);
    [text(&one["detail"]), text(&plan["why"]), text(&plan["steps"][0]["why"])]
}

/// A line is listed, but it is another trade's: nobody says that the channel does not list it.
#[test]
fn a_trade_whose_line_another_has_is_told_so() {
    let now = "2018-09-13T12:00:00+08:00";
    let twice = |amount: &str, fee: &str| {
        let trades = format!(
            "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
             T2,topup,agreement,WECHAT,W1,,{amount},CNY,{fee},A,,2018-09-12 09:00:03,SUCCESS,UNCLEARED\n"
        );
        let shop = posted(&trades, now);
        let line: [Line<'_>; 1] = [("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1")];
        statement(&shop, "WECHAT", "2018-09-12", &line, now);
        shop
    };
    // The better fit has it; whether that is the same payment makes no difference to what is told.
    for (amount, fee, finding) in [("100.00", "0.60", "duplicate/T2"), ("80.00", "0.48", "short/T2")] {
        let shop = twice(amount, fee);
        assert_eq!(
            told_of(&shop, finding, now),
            [
                format!(
                    "the line of WECHAT W1 is that of T1, which succeeded: this trade of {amount} has none"
                ),
                "mark this trade as failed and take its postings back; the other one stays".to_owned(),
                "the line of WECHAT W1 is that of T1".to_owned(),
            ]
        );
    }
    // Under way, but the channel's number makes the line its own.
    let shop = Shop::empty();
    let trades = TRADES.replace("clearing_status", "clearing_status,channel_no")
        + "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,PROCESSING,UNCLEARED,N1\n\
           T2,topup,agreement,WECHAT,W1,,80.00,CNY,0.48,A,,2018-09-12 09:00:03,SUCCESS,UNCLEARED,\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", trades), "--now", now]);
    shop.done(&["post", "--now", now]);
    statement(
        &shop,
        "WECHAT",
        "2018-09-12",
        &[("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1")],
        now,
    );
    let [finding, plan, step] = told_of(&shop, "short/T2", now);
    assert!(finding.contains("fits T1 better"), "{finding}");
    assert!(plan.ends_with("the channel's line is that of T1"), "{plan}");
    assert_eq!(step, "the line of WECHAT W1 is that of T1");
    // People gave it to another trade, under the same reference or another one.
    for (status, given) in
        [("SUCCESS", "which succeeded"), ("FAILED", "people matched the line of WECHAT W1 with T9")]
    {
        let shop = posted(
            &format!(
                "T2,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                 T9,topup,agreement,WECHAT,W9,,100.00,CNY,0.60,A,,2018-09-12 09:00:03,{status},UNCLEARED\n"
            ),
            now,
        );
        let line: [Line<'_>; 1] = [("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1")];
        statement(&shop, "WECHAT", "2018-09-12", &line, now);
        for who in ["op1", "op2"] {
            let line =
                ["match", "T9", "--line", "WECHAT:N1", "--reason", "x", "--operator", who, "--now", now];
            shop.done(&line);
        }
        let [finding, plan, step] = told_of(&shop, "short/T2", now);
        assert!(finding.contains(given), "{finding}");
        assert_eq!(plan.contains("the other one stays"), status == "SUCCESS", "{plan}");
        assert_eq!(step, "the line of WECHAT W1 is that of T9");
    }
}

/// The channel took two payments twice, each time under one reference of ours and a number of its own.
#[test]
fn what_the_channel_took_twice_is_owed_to_the_customer_or_recorded() {
    let now = "2018-09-13T12:00:00+08:00";
    let trade_list = |clearing: &str| {
        format!(
            "T1,pay,direct,WECHAT,W1,,100.00,CNY,0.60,A,M1,2018-09-12 09:00:00,SUCCESS,{clearing}\n\
             T2,topup,agreement,WECHAT,W2,,30.00,CNY,0.18,B,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n"
        )
    };
    let shop = posted(&trade_list("UNCLEARED"), now);
    let lines: [Line<'_>; 4] = [
        ("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1"),
        ("pay", "W1", "", "N2", "100.00", "0.60", "2018-09-12 09:00:09", "M1"),
        ("pay", "W2", "", "N3", "30.00", "0.18", "2018-09-12 10:00:00", "M1"),
        ("pay", "W2", "", "N4", "30.00", "0.18", "2018-09-12 10:00:09", "M1"),
    ];
    statement(&shop, "WECHAT", "2018-09-12", &lines, now);
    assert_eq!(found(&shop, now), pairs(&[("T1", "long"), ("T2", "long")]));
    let plan = shop.json(&["plan", "T1", "--now", now]);
    assert!(plan["why"].as_str().unwrap().contains("more than once"), "{plan}");
    assert_eq!(
        (&plan["steps"][0]["line"], plan["steps"].as_array().unwrap().len()),
        (&"WECHAT:N2".into(), 1)
    );
    // The trade's own line stays its own; the other one is found by its number, and by the reference alone.
    let case = shop.json(&["case", "open", "--trade", "T1", "--now", now]);
    let case = case["case_no"].as_str().unwrap();
    let stage = |line: &str| shop.run(&["stage", "park", "--line", line, "--case", case, "--now", now]);
    stage("WECHAT:N1").refused("STORNO-TRADE-CONFLICT");
    stage("WECHAT:N9").refused("STORNO-NOT-FOUND");
    assert_eq!(stage("WECHAT:N2").code, 0);
    stage("WECHAT/W1").refused("STORNO-LINE-ANSWERED");
    shop.done(&["case", "withdraw", case, "--now", now]);
    mend(&shop, "long/T1", now);
    assert_eq!(found(&shop, now), pairs(&[("T2", "long"), ("W1", "suspense_open")]));
    assert_eq!((shop.balance("2002.M1"), shop.balance("2190")), (9900, 10000));
    let item = shop.json(&["plan", "suspense_open//V00003", "--now", now]);
    assert_eq!(item["steps"], serde_json::json!([]), "it is not the trade's money: {item}");
    // What else happens to the trade is posted as ever.
    shop.done(&[
        "import",
        "trades",
        &shop.file("again.csv", format!("{TRADES}{}", trade_list("CLEARED"))),
        "--now",
        now,
    ]);
    shop.done(&["clear", "--now", now]);
    assert_eq!(found(&shop, now), pairs(&[("T2", "long"), ("W1", "suspense_open")]));
    // A second top-up that the customer wanted is recorded.
    let case = shop.json(&["case", "open", "--finding", "long/T2", "--now", now]);
    let case = case["case_no"].as_str().unwrap();
    let record = ["record", "WECHAT", "W2", "--as", "T3", "--kind", "topup", "--customer", "B"];
    shop.done(&[&["stage"][..], &record, &["--case", case, "--now", now]].concat());
    shop.done(&["stage", "supplement", "T3", "--case", case, "--now", now]);
    shop.agreed_at(case, now);
    shop.done(&["commit", case, "--now", now]);
    assert_eq!(shop.text("SELECT channel_no FROM trade WHERE trade_no = 'T3'"), "N4");
    assert_eq!(found(&shop, now), pairs(&[("W1", "suspense_open")]));
    assert_eq!((shop.balance("2001.B"), theirs(&shop, "WECHAT", "2018-09-12", now)), (6000, (26000, 0)));
    shop.verified();
}

/// A recorded trade took the first line of its reference, and its number could not be said.
#[test]
fn a_trade_is_recorded_under_the_channels_own_number() {
    let shop = posted("", THEN);
    let line = |reference, number, time| ("pay", reference, "", number, "100.00", "0.60", time, "M1");
    let lines: [Line<'_>; 3] = [
        line("W1", "N1", "2025-03-12 09:00:00"),
        line("W1", "N2", "2025-03-12 09:00:09"),
        line("W2", "", "2025-03-12 10:00:00"),
    ];
    statement(&shop, "WECHAT", "2025-03-12", &lines, THEN);
    let case = shop.json(&["case", "open", "--note", "lines of nobody", "--now", THEN]);
    let case = case["case_no"].as_str().unwrap();
    let stage = |reference: &str, trade: &str, number: &[&str]| {
        let who = ["--kind", "topup", "--customer", "A", "--because", "new", "--case", case, "--now", THEN];
        shop.run(&[&["stage", "record", "WECHAT", reference, "--as", trade], number, &who].concat())
    };
    stage("W1", "T1", &["--channel-no", "N9"]).refused("STORNO-NOT-FOUND");
    assert_eq!(stage("W1", "T1", &["--channel-no", "N2"]).code, 0);
    stage("W1", "T9", &["--channel-no", "N2"]).refused("STORNO-TRADE-CONFLICT");
    // The line that is left; and one that names no number.
    assert_eq!(stage("W1", "T2", &[]).code, 0);
    assert_eq!(stage("W2", "T3", &["--channel-no", "N3"]).code, 0);
    for trade in ["T1", "T2", "T3"] {
        shop.done(&["stage", "supplement", trade, "--case", case, "--now", THEN]);
    }
    let detail = shop.json(&["case", "show", case, "--now", THEN]);
    assert_eq!(detail["staged"][0]["line"], "WECHAT:N2", "{detail}");
    shop.agreed_at(case, THEN);
    shop.done(&["commit", case, "--now", THEN]);
    let numbers = ["T1", "T2", "T3"]
        .map(|no| shop.text(&format!("SELECT channel_no FROM trade WHERE trade_no = '{no}'")));
    assert_eq!(numbers, ["N2", "N1", "N3"]);
    let by = |trade: &str| {
        let told = shop.json(&["explain", trade, "--now", THEN]);
        ["key", "line"].map(|name| told[0]["pair"][name].clone())
    };
    let [key, line] = by("T1");
    assert_eq!((&key, &line["channel_no"]), (&"channel_no".into(), &"N2".into()));
    assert_eq!(found(&shop, THEN), []);
    shop.verified();
}

/// A revocation of one merchant netted the payment of another, which bears the same reference.
#[test]
fn a_revocation_nets_no_payment_of_another_merchant() {
    let at = "2025-03-12 09:00:00";
    let trades = "T1,topup,,WECHAT,W1,,100.00,CNY,0.60,A,,2025-03-12 09:00:00,SUCCESS,UNCLEARED\n";
    let pay = |number, merchant| ("pay", "W1", "", number, "100.00", "0.60", at, merchant);
    let revoke = |number, merchant| ("revoke", number, "W1", number, "100.00", "0.00", at, merchant);
    // The payment of M1 is in no statement; that of M2 is the trade's.
    let shop = posted(trades, THEN);
    statement(&shop, "WECHAT", "2025-03-12", &[pay("N2", "M2")], THEN);
    assert_eq!(found(&shop, THEN), []);
    statement(&shop, "WECHAT", "2025-03-12", &[revoke("V1", "M1")], THEN);
    assert_eq!(found(&shop, THEN), pairs(&[("V1", "long")]));
    // Once its payment is listed, the two come to nothing.
    statement(&shop, "WECHAT", "2025-03-11", &[pay("N1", "M1")], THEN);
    assert_eq!(found(&shop, THEN), []);

    // That the payment of M1 is in suspense says nothing of M2's.
    let shop = posted("", THEN);
    statement(&shop, "WECHAT", "2025-03-12", &[pay("N1", "M1")], THEN);
    let case = shop.json(&["case", "open", "--note", "nobody's", "--now", THEN]);
    let case = case["case_no"].as_str().unwrap();
    shop.done(&["stage", "park", "--line", "WECHAT:N1", "--case", case, "--now", THEN]);
    shop.agreed_at(case, THEN);
    shop.done(&["commit", case, "--now", THEN]);
    statement(&shop, "WECHAT", "2025-03-12", &[pay("N2", "M2"), revoke("V2", "M2")], THEN);
    assert_eq!(found(&shop, THEN), pairs(&[("W1", "suspense_open")]));
}

/// Statements list one payment, under one number of the channel's own, twice: its money came once.
#[test]
fn a_payment_that_two_statements_list_under_one_number_is_one_payment() {
    let now = "2018-09-14T12:00:00+08:00";
    for second_day in ["2018-09-12", "2018-09-13"] {
        let shop =
            posted("T1,topup,,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n", now);
        let line =
            |number, merchant| ("pay", "W1", "", number, "100.00", "0.60", "2018-09-12 09:00:00", merchant);
        statement(&shop, "WECHAT", "2018-09-12", &[line("C1", "M1")], now);
        statement(&shop, "WECHAT", second_day, &[line("C1", "")], now);
        let plan = shop.json(&["plan", "long/T1", "--now", now]);
        assert_eq!(plan["steps"], serde_json::json!([]), "{plan}");
        assert!(plan["why"].as_str().unwrap().contains("one payment"), "{plan}");
        let told = shop.run(&["findings", "--trade", "T1", "--json", "--now", now]).parsed();
        assert!(!told.to_string().contains("2 times"), "{told}");
        let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "long", "--now", now]);
        let case = case["case_no"].as_str().unwrap();
        for line in ["WECHAT:C1", "WECHAT/W1"] {
            shop.run(&["stage", "park", "--line", line, "--case", case, "--now", now])
                .refused("STORNO-TRADE-CONFLICT");
        }
        // A further payment that is listed twice as well is parked once.
        statement(&shop, "WECHAT", "2018-09-11", &[line("C2", "")], now);
        statement(&shop, "WECHAT", "2018-09-10", &[line("C2", "")], now);
        let plan = shop.json(&["plan", "long/T1", "--now", now]);
        let steps: Vec<_> = plan["steps"].as_array().unwrap().iter().map(|step| &step["line"]).collect();
        assert_eq!(steps, ["WECHAT:C2"], "{plan}");
        shop.verified();
    }
}

/// A refund of another merchant number names a reference that a payment of ours bears too: it is not that payment's.
#[test]
fn a_refund_of_another_merchant_number_is_not_booked_against_our_payment() {
    let now = "2018-09-13T12:00:00+08:00";
    let head = TRADES.trim_end().to_owned() + ",merchant_no\n";
    let pay = ("pay", "W1", "", "C1", "100.00", "0.60", "2018-09-12 09:00:00", "M1");
    let planned = |own: &str, lines: &[Line<'_>], merchant: &str| {
        let shop = Shop::empty();
        let trades = format!(
            "{head}T1,topup,,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED,{own}\n"
        );
        shop.done(&["import", "trades", &shop.file("trades.csv", trades), "--now", now]);
        shop.done(&["post", "--now", now]);
        let refund = ("refund", "Z1", "W1", "D1", "100.00", "0.00", "2018-09-12 11:00:00", merchant);
        let (same, other): (Vec<_>, Vec<_>) = lines.iter().copied().partition(|line| line.7 == merchant);
        statement(&shop, "WECHAT", "2018-09-12", &[same, vec![refund]].concat(), now);
        if !other.is_empty() {
            statement(&shop, "WECHAT", "2018-09-12", &other, now);
        }
        let plan = shop.json(&["plan", "long/WECHAT/Z1", "--now", now]);
        let steps = plan["steps"].as_array().unwrap();
        steps.iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // By the trade's own number, and by that of its line.
    assert_eq!(planned("M1", &[pay], "M3"), ["park"]);
    assert_eq!(planned("", &[pay], "M3"), ["park"]);
    assert_eq!(planned("M1", &[], "M3"), ["park"]);
    // Where both are the same, or one is unknown, it is.
    assert_eq!(planned("M1", &[pay], "M1"), ["record", "supplement"]);
    assert_eq!(planned("", &[pay], "M1"), ["record", "supplement"]);
    assert_eq!(planned("", &[], "M3"), ["record", "supplement"]);
}

/// While a further payment is in suspense, a refund is not taken to be that of the trade.
#[test]
fn a_refund_that_may_give_back_a_parked_payment_is_not_booked_against_the_trade() {
    let now = "2018-09-14T12:00:00+08:00";
    let planned = |amount: &str| {
        let shop =
            posted("T1,topup,,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n", now);
        let pay = |number| ("pay", "W1", "", number, "100.00", "0.60", "2018-09-12 09:00:00", "M1");
        statement(&shop, "WECHAT", "2018-09-12", &[pay("420001"), pay("420002")], now);
        mend(&shop, "long/T1", now);
        assert_eq!(shop.balance("2190"), 10000);
        let refund = ("refund", "R1", "W1", "500001", amount, "0.00", "2018-09-13 11:00:00", "M1");
        statement(&shop, "WECHAT", "2018-09-13", &[refund], now);
        let plan = shop.json(&["plan", "long/WECHAT/R1", "--now", now]);
        (plan["steps"].clone(), plan["why"].as_str().unwrap().to_owned())
    };
    let (steps, why) = planned("100.00");
    assert_eq!((&steps[0]["kind"], steps.as_array().unwrap().len()), (&"unpark".into(), 1));
    assert!(why.contains("a further payment of W1 waits in suspense (V00002)"), "{why}");
    // Of another amount, only the channel knows whose it is.
    let (steps, why) = planned("40.00");
    assert_eq!(steps, serde_json::json!([]));
    assert!(why.contains("a further payment of W1 waits in suspense (V00002, 100.00)"), "{why}");
}

/// Two trades fit one line equally well.
fn contested(now: &str) -> Shop {
    let shop = posted(
        "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T2,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,B,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
        now,
    );
    let lines: [Line<'_>; 1] = [("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:05", "M1")];
    statement(&shop, "WECHAT", "2018-09-12", &lines, now);
    shop
}

/// Runs the match of the second trade by one person.
fn decided(shop: &Shop, who: &str, line: &str, now: &str) -> Ran {
    let why = ["--reason", "the device is B's", "--operator", who, "--now", now];
    shop.run(&[&["match", "T2", "--line", line][..], &why].concat())
}

/// Two trades fit one line equally well: none is taken, a person decides, and with four eyes on a second one agrees.
#[test]
fn where_two_trades_fit_equally_well_people_decide() {
    let now = "2018-09-13T12:00:00+08:00";
    let shop = contested(now);
    assert_eq!(found(&shop, now), pairs(&[("T1", "ambiguous"), ("T2", "ambiguous")]));
    assert_eq!(shop.json(&["plan", "T1", "--now", now])["steps"], serde_json::json!([]));
    assert_eq!(theirs(&shop, "WECHAT", "2018-09-12", now), (10000, 0));
    let decide = |who: &str, line: &str| decided(&shop, who, line, now);
    decide("op1", "WECHAT:N9").refused("STORNO-NOT-FOUND");
    decide("op1", "ALIPAY:N1").refused("STORNO-BAD-VALUE");
    let apart = shop.run(&["match", "T2", "--line", "ALIPAY:N1", "--reason", "x", "--json", "--now", now]);
    let error: Value = serde_json::from_str(&apart.err).unwrap();
    assert_eq!(error["error"]["rule"], "channel", "{apart:?}");
    assert!(apart.err.contains("T2 is of another channel than ALIPAY"), "{apart:?}");
    let rivals = |of: &str| shop.json(&["explain", of, "--now", now])[0]["rivals"].clone();
    let told = serde_json::json!([{ "fact": "customer", "other": "B", "this": "A" }]);
    assert_eq!((&rivals("T2")[0]["trade_no"], &rivals("T2")[0]["differs"]), (&"T1".into(), &told));
    assert_eq!(rivals("WECHAT:N1")[0]["beside"], "T1");
    assert_eq!(rivals("WECHAT:N1").as_array().unwrap().len(), 1);
    let candidate = &shop.json(&["explain", "T2", "--now", now])[0]["candidates"][0];
    assert_eq!((&candidate["kept_by"], &candidate["line"]["channel_no"]), (&Value::Null, &"N1".into()));
    let told = shop.run(&["explain", "WECHAT:N1", "--now", now]).out;
    assert!(told.contains("W1") && told.contains("customer A / B"), "{told}");
    assert_eq!(decide("op1", "WECHAT:N1").code, 0);
    decide("op1", "WECHAT:N1").refused("STORNO-FOUR-EYES");
    assert_eq!(found(&shop, now).len(), 2, "one person proposes");
    let told = shop.run(&["findings", "--json", "--now", now]).parsed();
    for finding in told.as_array().unwrap() {
        assert_eq!(
            (&finding["asked"]["state"], &finding["asked"]["operator"]),
            (&"asked".into(), &"op1".into())
        );
        assert!(
            finding["detail"].as_str().unwrap().contains("once a second person says the same"),
            "{finding}"
        );
    }
    assert_eq!(shop.json(&["match", "list", "--waiting", "--now", now])[0]["trade_no"], "T2");
    assert_eq!(shop.json(&["explain", "T2", "--now", now])[0]["asked"]["reason"], "the device is B's");
    let day = shop
        .run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json", "--now", now])
        .parsed();
    assert_eq!(day["asked"][0]["channel_no"], "N1", "{day}");
    assert_eq!(decide("op2", "WECHAT:W1").code, 0, "the reference names the line as well");
    assert_eq!(found(&shop, now), pairs(&[("T1", "short")]));
    let told = shop
        .run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json", "--now", now])
        .parsed();
    assert_eq!(told["rows"].as_array().unwrap().len(), 1, "{told}");
    shop.run(&["match", "T1", "--line", "WECHAT:N1", "--reason", "no", "--now", now])
        .refused("STORNO-TRADE-CONFLICT");
    shop.verified();
}

/// The match of a withdrawn line was still listed as in force.
#[test]
fn a_match_whose_line_is_gone_is_told_as_such() {
    let now = "2018-09-13T12:00:00+08:00";
    let shop = contested(now);
    for who in ["op1", "op2"] {
        assert_eq!(decided(&shop, who, "WECHAT:N1", now).code, 0);
    }
    let case =
        shop.json(&["case", "open", "--note", "another company's"])["case_no"].as_str().unwrap().to_owned();
    let step = ["stage", "statement", "1", "--state", "withdrawn", "--because", "another company's"];
    shop.done(&[&step[..], &["--case", &case]].concat());
    shop.agreed(&case);
    let state = || shop.json(&["match", "list", "--now", now])[0]["state"].clone();
    assert_eq!(state(), "in_force");
    shop.done(&["commit", &case]);
    assert_eq!(state(), "line_gone");
    let told = shop.run(&["match", "list", "--now", now]).out;
    assert!(told.contains("its line is gone") && told.contains("the match does not count"), "{told}");
}

/// What two people matched, two people take back.
#[test]
fn a_match_of_two_people_is_taken_back_by_two() {
    let now = "2018-09-13T12:00:00+08:00";
    let shop = contested(now);
    let decide = |who: &str, line: &str| decided(&shop, who, line, now);
    assert_eq!((decide("op1", "WECHAT:N1").code, decide("op2", "WECHAT:N1").code), (0, 0));
    let undo = |who: &str| {
        shop.run(&["match", "undo", "T2", "--reason", "it was A after all", "--operator", who, "--now", now])
    };
    let state = || {
        let all = shop.json(&["match", "list", "--now", now]);
        let rows = all.as_array().unwrap().iter();
        rows.map(|one| format!("{} {}", one["state"].as_str().unwrap(), one["operator"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(state(), ["in_force op2"]);
    for both in [
        shop.json(&["match", "list", "--now", now])[0]["first"].clone(),
        shop.json(&["trade", "T2", "--now", now])["matched"]["decided"]["first"].clone(),
        shop.json(&["explain", "T2", "--now", now])[0]["pair"]["decided"]["first"].clone(),
    ] {
        assert_eq!((&both["operator"], &both["reason"]), (&"op1".into(), &"the device is B's".into()));
    }
    for command in [["match", "list"], ["trade", "T2"], ["explain", "T2"]] {
        let told = shop.run(&[command[0], command[1], "--now", now]).out;
        assert!(told.contains("first by op1 at 2018-09-13 12:00:00: the device is B's"), "{told}");
    }
    assert_eq!(undo("op1").code, 0);
    undo("op1").refused("STORNO-FOUR-EYES");
    assert_eq!(found(&shop, now), pairs(&[("T1", "short")]), "one person proposes the end");
    assert_eq!(state(), ["undo_asked op1", "in_force op2"]);
    assert_eq!(shop.json(&["trade", "T2", "--now", now])["match_asked"]["state"], "undo_asked");
    // Another match that one person wants does not end it either; saying the same once more drops what is asked.
    assert_eq!(decide("op3", "WECHAT:N1").code, 0);
    assert_eq!(state(), ["in_force op2"]);
    assert_eq!(undo("op1").code, 0);
    assert_eq!(undo("op2").code, 0);
    assert_eq!(state(), [""; 0]);
    assert_eq!(found(&shop, now), pairs(&[("T1", "ambiguous"), ("T2", "ambiguous")]));
    shop.run(&["match", "undo", "T2", "--reason", "again", "--now", now]).refused("STORNO-NOT-FOUND");
    shop.verified();
}

/// A settlement stands in the channel's fund bill: its trade bill covers none, so it was no trade that only we have.
#[test]
fn what_no_bill_covers_is_not_only_with_us() {
    let now = "2018-09-13T12:00:00+08:00";
    let shop = posted(
        "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         S1,settlement,,WECHAT,S1,,70.00,CNY,0.00,,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
        now,
    );
    let lines: [Line<'_>; 1] = [("pay", "W1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:05", "M1")];
    statement(&shop, "WECHAT", "2018-09-12", &lines, now);
    let ran = shop.run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json", "--now", now]);
    let told = ran.parsed();
    let sum = &told["sums"][0];
    let minor = |name: &str| sum[name].as_i64().unwrap();
    assert_eq!((ran.code, minor("ours_minor"), minor("theirs_minor")), (0, 10000, 10000), "{told}");
    assert_eq!((minor("only_ours_minor"), minor("only_channel_minor")), (0, 0), "{told}");
    assert_eq!(
        (&told["rows"][0]["recon"], &told["rows"][0]["effect_minor"]),
        (&"unmatched".into(), &0.into())
    );
    let text = shop.run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--now", now]).out;
    assert!(!text.contains("only with us"), "{text}");
}

/// Clocks eight hours, a day and a year apart are found with both times; five minutes around the cut are not.
#[test]
fn days_that_differ_by_more_than_the_window_are_found() {
    let now = "2018-10-02T09:00:00+08:00";
    let shop = posted(
        "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-13 01:00:00,SUCCESS,UNCLEARED\n\
         T3,topup,agreement,WECHAT,W3,,70.00,CNY,0.42,C,,2018-10-01 01:00:00,SUCCESS,UNCLEARED\n\
         T4,topup,agreement,WECHAT,W4,,61.00,CNY,0.36,D,,2018-09-11 09:30:00,SUCCESS,UNCLEARED\n\
         T5,topup,agreement,WECHAT,W5,,5.00,CNY,0.03,E,,2018-09-12 23:58:00,SUCCESS,UNCLEARED\n\
         T6,topup,agreement,WECHAT,W6,,6.00,CNY,0.03,E,,2018-09-12 23:58:00,SUCCESS,UNCLEARED\n",
        now,
    );
    let line = |reference: &'static str,
                amount: &'static str,
                fee: &'static str,
                time: &'static str|
     -> Line<'static> { ("pay", reference, "", reference, amount, fee, time, "M1") };
    statement(&shop, "WECHAT", "2018-09-11", &[line("Y1", "1.00", "0.01", "2018-09-11 09:00:00")], now);
    let twelfth = [
        line("W1", "100.00", "0.60", "2018-09-12 17:00:00"),
        line("W4", "61.00", "0.36", "2018-09-12 09:32:00"),
    ];
    statement(&shop, "WECHAT", "2018-09-12", &twelfth, now);
    let thirteenth = [
        line("W5", "5.00", "0.03", "2018-09-13 00:03:00"),
        line("W6", "6.00", "0.03", "2018-09-13 08:00:00"),
    ];
    statement(&shop, "WECHAT", "2018-09-13", &thirteenth, now);
    statement(&shop, "WECHAT", "2018-09-30", &[line("W3", "70.00", "0.42", "2018-09-30 17:00:00")], now);
    let differ = ["T1", "T3", "T4", "T6"].map(|trade| (trade, "date_diff"));
    let mut expected = pairs(&differ);
    expected.push(("Y1".to_owned(), "long".to_owned()));
    assert_eq!(found(&shop, now), expected);
    let told = shop.run(&["findings", "--json", "--now", now, "--cause", "date_diff"]).parsed();
    let detail = told[0]["detail"].as_str().unwrap();
    assert!(detail.contains("2018-09-13 01:00:00") && detail.contains("2018-09-12 17:00:00"), "{detail}");
    // Whoever matches the two has seen the days.
    for who in ["op1", "op2"] {
        shop.done(&[
            "match",
            "T1",
            "--line",
            "WECHAT:W1",
            "--reason",
            "clock in UTC",
            "--operator",
            who,
            "--now",
            now,
        ]);
    }
    assert!(!found(&shop, now).iter().any(|(of, _)| of == "T1"));
}

/// `UnionPay`'s day ends at 23:00: its statement of a day has what came an hour before midnight of the day before.
#[test]
fn the_window_lies_around_the_channels_own_cut() {
    let now = "2018-09-16T12:00:00+08:00";
    let shop = Shop::empty();
    let trades = "T1,topup,,UNIONPAY,U1,,10.00,CNY,0.00,A,,2018-09-12 22:40:00,SUCCESS,UNCLEARED\n\
                  T2,topup,,UNIONPAY,U2,,10.00,CNY,0.00,A,,2018-09-12 23:20:00,SUCCESS,UNCLEARED\n\
                  T3,topup,,UNIONPAY,U3,,10.00,CNY,0.00,A,,2018-09-12 22:59:00,SUCCESS,UNCLEARED\n\
                  T4,topup,,UNIONPAY,U4,,10.00,CNY,0.00,A,,2018-09-12 23:01:00,SUCCESS,UNCLEARED\n\
                  T5,topup,,UNIONPAY,U5,,10.00,CNY,0.00,A,,2018-09-12 23:59:00,SUCCESS,UNCLEARED\n\
                  T6,topup,,UNIONPAY,U6,,10.00,CNY,0.00,A,,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}")), "--now", now]);
    shop.done(&["post", "--now", now]);
    let line = |reference: &'static str, time: &'static str| -> Line<'static> {
        ("pay", reference, "", reference, "10.00", "0.00", time, "M1")
    };
    statement(&shop, "UNIONPAY", "2018-09-12", &[line("U1", "2018-09-12 22:40:00")], now);
    let recon = |trade_no: &str| trade(&shop, trade_no, "recon");
    assert_eq!(recon("T1"), "matched");
    assert_eq!(recon("T3"), "waiting", "a minute before the cut: the next statement may have it");
    assert_eq!(recon("T4"), "unmatched", "a minute behind it: of a day without a statement");
    assert_eq!(recon("T5"), "unmatched", "midnight is no cut of this channel");
    assert_eq!(recon("T6"), "short", "noon is far from it");
    let thirteenth = [line("U2", "2018-09-12 23:20:00"), line("U3", "2018-09-12 23:00:30")];
    statement(&shop, "UNIONPAY", "2018-09-13", &thirteenth, now);
    assert_eq!(["T2", "T3"].map(recon), ["matched", "matched"]);
    assert_eq!(recon("T4"), "short", "the statement of its day does not list it, nor did the one before");
    assert_eq!(theirs(&shop, "UNIONPAY", "2018-09-13", now), (2000, 0));
}

/// A channel whose clock is in New York lists a trade by its own day, which begins and ends at noon here in summer, and
/// reads the times of its statements by that clock.
#[test]
fn a_channels_day_is_that_of_its_own_clock() {
    let now = "2018-11-20T12:00:00+08:00";
    let shop = Shop::empty();
    let channels = include_str!("../../assets/templates/cn-wallet/channels.toml");
    let (before, unionpay) = channels.split_once("code = \"UNIONPAY\"").unwrap();
    let unionpay =
        unionpay.replacen("cut = \"23:00\"\n", "", 1).replacen("Asia/Shanghai", "America/New_York", 1);
    let there = format!("{before}code = \"UNIONPAY\"{unionpay}");
    shop.done(&["channels", "load", &shop.file("channels.toml", there)]);
    let trades = "T1,topup,,UNIONPAY,U1,,10.00,CNY,0.00,A,,2018-09-12 11:30:00,SUCCESS,UNCLEARED\n\
                  T2,topup,,UNIONPAY,U2,,10.00,CNY,0.00,A,,2018-09-12 12:30:00,SUCCESS,UNCLEARED\n\
                  T3,topup,,UNIONPAY,U3,,10.00,CNY,0.00,A,,2018-09-13 11:55:00,SUCCESS,UNCLEARED\n\
                  T4,topup,,UNIONPAY,U4,,10.00,CNY,0.00,A,,2018-09-12 20:00:00,SUCCESS,UNCLEARED\n\
                  T5,topup,,UNIONPAY,U5,,10.00,CNY,0.00,A,,2018-11-12 12:30:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}")), "--now", now]);
    shop.done(&["post", "--now", now]);
    let line = |reference: &'static str, time: &'static str| -> Line<'static> {
        ("pay", reference, "", reference, "10.00", "0.00", time, "M1")
    };
    statement(&shop, "UNIONPAY", "2018-09-12", &[line("U2", "2018-09-12 00:30:00")], now);
    let recon = |trade_no: &str| trade(&shop, trade_no, "recon");
    assert_eq!(recon("T1"), "unmatched", "half an hour before their midnight: of the day before");
    assert_eq!(recon("T2"), "matched");
    assert_eq!(recon("T3"), "waiting", "five minutes before the end of their day");
    assert_eq!(recon("T4"), "short");
    // Without summer time their day begins at one o'clock in the afternoon here.
    statement(&shop, "UNIONPAY", "2018-11-11", &[line("U5", "2018-11-11 23:30:00")], now);
    assert_eq!(recon("T5"), "matched");
    let (day, line) =
        ("SELECT channel_day FROM trade_clock WHERE id = ", "SELECT occurred_at FROM statement_line WHERE ");
    assert_eq!(
        [1, 2, 3, 5].map(|id| shop.text(&format!("{day}{id}"))),
        ["2018-09-11", "2018-09-12", "2018-09-12", "2018-11-11"]
    );
    assert_eq!(shop.text(&format!("{line} channel_ref = 'U2'")), "2018-09-12T00:30:00-04:00");
    assert_eq!(theirs(&shop, "UNIONPAY", "2018-09-12", now), (1000, 0));
    let day = shop
        .run(&["reconcile", "--channel", "UNIONPAY", "--day", "2018-09-12", "--json", "--now", now])
        .parsed();
    let rows = day["rows"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["trade_no"] == "T4").count(), 1, "{day}");
    assert!(rows.iter().all(|row| row["trade_no"] != "T1" && row["trade_no"] != "T5"), "{day}");
    shop.verified();
}

/// A trade 45 minutes past a cut at 23:00 is of the next day: a line just before the cut, in the statement of the day
/// before, is not about the same time.
#[test]
fn a_trade_past_the_cut_is_not_matched_with_a_statement_of_the_day_before() {
    let now = "2018-09-16T12:00:00+08:00";
    let shop = posted(
        "T1,topup,,UNIONPAY,U1,,10.00,CNY,0.00,A,,2018-09-12 23:45:00,SUCCESS,UNCLEARED\n\
         T2,topup,,UNIONPAY,U2,,10.00,CNY,0.00,A,,2018-09-12 23:01:00,SUCCESS,UNCLEARED\n\
         T3,topup,,UNIONPAY,U3,,10.00,CNY,0.00,A,,2018-09-12 22:58:00,SUCCESS,UNCLEARED\n",
        now,
    );
    let line = |reference: &'static str, time: &'static str| -> Line<'static> {
        ("pay", reference, "", reference, "10.00", "0.00", time, "M1")
    };
    let twelfth = ["U1", "U2", "U3"].map(|reference| line(reference, "2018-09-12 22:59:30"));
    statement(&shop, "UNIONPAY", "2018-09-12", &twelfth, now);
    let recon = |trade_no: &str| trade(&shop, trade_no, "recon");
    assert_eq!(["T1", "T2", "T3"].map(recon), ["date_diff", "waiting", "matched"]);
    statement(&shop, "UNIONPAY", "2018-09-13", &[line("U9", "2018-09-13 12:00:00")], now);
    assert_eq!(["T1", "T2", "T3"].map(recon), ["date_diff", "matched", "matched"]);
}

/// A line without a trade waits only in the window before its own channel's cut, and not for ever.
#[test]
fn a_line_just_before_its_channels_cut_waits_for_its_trade_for_a_while() {
    let now = "2018-09-20T12:00:00+08:00";
    let shop =
        posted("T1,topup,,UNIONPAY,U1,,10.00,CNY,0.00,A,,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n", now);
    let line = |reference: &'static str, time: &'static str| -> Line<'static> {
        ("pay", reference, "", reference, "10.00", "0.00", time, "M1")
    };
    let unionpay = [
        line("U1", "2018-09-12 12:00:00"),
        line("U2", "2018-09-12 22:55:00"),
        line("U3", "2018-09-11 23:55:00"),
    ];
    statement(&shop, "UNIONPAY", "2018-09-12", &unionpay, now);
    let day =
        shop.run(&["reconcile", "--channel", "UNIONPAY", "--day", "2018-09-12", "--json", "--now", now]);
    let day = day.parsed();
    assert_eq!((&day["cut_from"], &day["cut_until"]), (&"22:50:00".into(), &"23:10:00".into()));
    let long = |reference: &str| found(&shop, now).contains(&(reference.to_owned(), "long".to_owned()));
    assert!(!long("U2") && long("U3"), "{:?}", found(&shop, now));
    // Three days of its own statements end it, though no trade of the channel came since.
    statement(&shop, "UNIONPAY", "2018-09-13", &[line("U4", "2018-09-13 12:00:00")], now);
    assert!(!long("U2"));
    statement(&shop, "UNIONPAY", "2018-09-14", &[line("U5", "2018-09-14 12:00:00")], now);
    assert!(long("U2"));
    // A trade of another channel says nothing about it; one of its own does.
    statement(&shop, "WECHAT", "2018-09-12", &[line("W1", "2018-09-12 23:55:00")], now);
    let import = |name: &str, row: &str| {
        shop.done(&["import", "trades", &shop.file(name, format!("{TRADES}{row}\n")), "--now", now]);
    };
    import("other.csv", "T2,topup,,UNIONPAY,U6,,10.00,CNY,0.00,A,,2018-09-14 12:00:00,SUCCESS,UNCLEARED");
    assert!(!long("W1"), "a trade of another channel");
    import("own.csv", "T3,topup,,WECHAT,W2,,10.00,CNY,0.06,A,,2018-09-13 12:00:00,SUCCESS,UNCLEARED");
    assert!(long("W1"));
}

/// What waits for a neighbouring statement that never comes is a finding once three days of statements stand.
#[test]
fn waiting_ends() {
    let now = "2018-09-20T12:00:00+08:00";
    let shop = posted("T1,topup,,WECHAT,W1,,10.00,CNY,0.06,A,,2018-09-12 23:58:00,SUCCESS,UNCLEARED\n", now);
    let mut told = Vec::new();
    for (day, reference) in [("2018-09-12", "Y1"), ("2018-09-14", "Y2"), ("2018-09-15", "Y3")] {
        let time = format!("{day} 10:00:00");
        statement(
            &shop,
            "WECHAT",
            day,
            &[("pay", reference, "", reference, "1.00", "0.01", &time, "M1")],
            now,
        );
        told.push(trade(&shop, "T1", "recon"));
    }
    assert_eq!(told, ["waiting", "waiting", "overdue"]);
    assert!(found(&shop, now).contains(&("T1".to_owned(), "overdue".to_owned())));
    assert_eq!(shop.json(&["plan", "T1", "--now", now])["steps"], serde_json::json!([]));
    // The missing statement says that it is not there.
    statement(
        &shop,
        "WECHAT",
        "2018-09-13",
        &[("pay", "Y4", "", "Y4", "1.00", "0.01", "2018-09-13 10:00:00", "M1")],
        now,
    );
    assert_eq!(trade(&shop, "T1", "recon"), "short");
    mend(&shop, "short/T1", now);
    assert!(!found(&shop, now).iter().any(|(of, _)| of == "T1"));
}

/// Two merchants use one order number; each has its line, in whatever order the files come.
#[test]
fn merchants_that_use_one_order_number_each_have_their_line() {
    let now = "2018-09-13T12:00:00+08:00";
    let head = TRADES.trim_end().to_owned() + ",merchant_no\n";
    let trades = format!(
        "{head}T1,topup,,WECHAT,W1,,10.00,CNY,0.06,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED,M1\n\
         T2,topup,,WECHAT,W1,,10.00,CNY,0.06,B,,2018-09-12 09:00:00,SUCCESS,UNCLEARED,M2\n"
    );
    for order in [["M1", "M2"], ["M2", "M1"]] {
        let shop = Shop::empty();
        shop.done(&["import", "trades", &shop.file("trades.csv", &trades), "--now", now]);
        shop.done(&["post", "--now", now]);
        for (merchant, other) in [(order[0], true), (order[1], false)] {
            let number = format!("N{merchant}");
            let line = ("pay", "W1", "", number.as_str(), "10.00", "0.06", "2018-09-12 09:00:00", merchant);
            statement(&shop, "WECHAT", "2018-09-12", &[line], now);
            let recon = ["T1", "T2"].map(|one| trade(&shop, one, "recon"));
            if other {
                let has = usize::from(merchant == "M2");
                assert_eq!((recon[has].as_str(), recon[1 - has].as_str()), ("matched", "unmatched"));
            } else {
                assert_eq!(recon, ["matched", "matched"]);
            }
        }
        assert_eq!(found(&shop, now), []);
    }
}

/// Theirs is what the lines add up to, whatever the trades are.
#[test]
fn what_the_channel_has_is_never_made_of_trades() {
    let now = "2018-09-14T12:00:00+08:00";
    let shop = posted(
        "T1,topup,,WECHAT,W1,,10.00,CNY,0.06,A,,2018-09-12 23:59:00,SUCCESS,UNCLEARED\n\
         T2,topup,,WECHAT,W2,,20.00,CNY,0.12,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T3,topup,,WECHAT,W3,,35.00,CNY,0.18,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T4,topup,,WECHAT,W3,,35.00,CNY,0.18,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         R3,refund,,WECHAT,W3,W3,5.00,CNY,-0.03,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
         T5,topup,,WECHAT,W5,,50.00,CNY,0.30,A,,2018-09-12 09:00:00,FAILED,UNCLEARED\n",
        now,
    );
    let twelfth: [Line<'_>; 6] = [
        ("pay", "W2", "", "N2", "20.00", "0.12", "2018-09-12 09:00:00", "M1"),
        ("pay", "W3", "", "N3", "30.00", "0.18", "2018-09-12 09:00:00", "M1"),
        ("refund", "W3", "W3", "N3R", "5.00", "-0.03", "2018-09-12 10:00:00", "M1"),
        ("pay", "W5", "", "N5", "50.00", "0.30", "2018-09-12 09:00:00", "M1"),
        ("pay", "W5", "", "N6", "50.00", "0.30", "2018-09-12 09:00:01", "M1"),
        ("refund", "X9", "X8", "N9", "7.00", "0.00", "2018-09-12 11:00:00", "M1"),
    ];
    statement(&shop, "WECHAT", "2018-09-12", &twelfth, now);
    let next: [Line<'_>; 1] = [("pay", "W1", "", "N1", "10.00", "0.06", "2018-09-13 00:00:10", "M1")];
    statement(&shop, "WECHAT", "2018-09-13", &next, now);
    assert_eq!(theirs(&shop, "WECHAT", "2018-09-12", now), (15000, 1200));
    assert_eq!(theirs(&shop, "WECHAT", "2018-09-13", now), (1000, 0));
    for day in ["2018-09-12", "2018-09-13"] {
        let told =
            shop.run(&["reconcile", "--channel", "WECHAT", "--day", day, "--json", "--now", now]).parsed();
        let of = |name: &str| -> i64 {
            told["counts"].as_array().unwrap().iter().map(|count| count[name].as_i64().unwrap()).sum()
        };
        let sums = theirs(&shop, "WECHAT", day, now);
        assert_eq!((of("theirs_minor"), of("their_refunds_minor")), sums, "each line is in one row: {told}");
    }
}

/// Returns a sum of a channel's day by its way, in cents: ours, theirs, only with us, only at the channel.
fn sums_of(shop: &Shop, day: &str, way: &str, now: &str) -> Option<[i64; 4]> {
    let told = shop.run(&["reconcile", "--channel", "WECHAT", "--day", day, "--json", "--now", now]).parsed();
    let sum = told["sums"].as_array().unwrap().iter().find(|sum| sum["way"] == way)?.clone();
    let names = ["ours_minor", "theirs_minor", "only_ours_minor", "only_channel_minor"];
    Some(names.map(|name| sum[name].as_i64().unwrap()))
}

/// A revocation of nothing that is known is money out; it does not offset money in that only the channel has.
#[test]
fn an_unknown_revocation_does_not_offset_a_payment() {
    let now = "2018-09-14T12:00:00+08:00";
    let day = "2018-09-12";
    let shop = posted(
        "T1,topup,,WECHAT,W1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,FAILED,UNCLEARED\n\
         T2,topup,,WECHAT,W2,,20.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
        now,
    );
    let lines: [Line<'_>; 5] = [
        ("pay", "W1", "", "N1", "100.00", "0.00", "2018-09-12 09:00:00", "M1"),
        ("pay", "W2", "", "N2", "20.00", "0.00", "2018-09-12 09:00:00", "M1"),
        ("revoke", "W8", "W9", "N8", "100.00", "0.00", "2018-09-12 10:00:00", "M1"),
        ("pay", "W5", "", "N5", "7.00", "0.00", "2018-09-12 11:00:00", "M1"),
        ("revoke", "W6", "W5", "N6", "7.00", "0.00", "2018-09-12 12:00:00", "M1"),
    ];
    statement(&shop, "WECHAT", day, &lines, now);
    assert_eq!(sums_of(&shop, day, "pay", now), Some([2000, 12000, 0, 10000]));
    assert_eq!(sums_of(&shop, day, "refund", now), Some([0; 4]));
    assert_eq!(sums_of(&shop, day, "revoke", now), Some([0, 10000, 0, 10000]));
    let told = shop.run(&["reconcile", "--channel", "WECHAT", "--day", day, "--json", "--now", now]).parsed();
    let long = told["counts"].as_array().unwrap().iter().find(|count| count["recon"] == "long").unwrap();
    assert_eq!((&long["theirs_minor"], &long["their_revoked_minor"]), (&10000.into(), &10000.into()));
    let text = shop.run(&["reconcile", "--channel", "WECHAT", "--day", day, "--now", now]).out;
    assert!(text.contains("THEIR REVOCATIONS"), "{text}");
}

/// Its own day lists a trade whose line is in the next day's bill, and leaves it to that day's sums.
#[test]
fn a_trade_counts_on_the_day_of_its_line_alone() {
    let now = "2018-09-15T12:00:00+08:00";
    let shop = posted(
        "T1,topup,,WECHAT,W1,,10.00,CNY,0.00,A,,2018-09-12 23:59:50,SUCCESS,UNCLEARED\n\
         T2,topup,,WECHAT,W2,,20.00,CNY,0.00,A,,2018-09-12 23:30:00,SUCCESS,UNCLEARED\n\
         T3,topup,,WECHAT,W3,,30.00,CNY,0.00,A,,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n\
         T4,topup,,WECHAT,W4,,5.00,CNY,0.00,A,,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n\
         T5,topup,,WECHAT,W5,,8.00,CNY,0.00,A,,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n",
        now,
    );
    let twelfth: [Line<'_>; 1] = [("pay", "W4", "", "N4", "5.00", "0.00", "2018-09-12 12:00:00", "M1")];
    statement(&shop, "WECHAT", "2018-09-12", &twelfth, now);
    let next: [Line<'_>; 3] = [
        ("pay", "W1", "", "N1", "10.00", "0.00", "2018-09-13 00:00:10", "M1"),
        ("pay", "W2", "", "N2", "20.00", "0.00", "2018-09-13 00:00:10", "M1"),
        ("pay", "W3", "", "N3", "30.00", "0.00", "2018-09-13 00:00:10", "M1"),
    ];
    statement(&shop, "WECHAT", "2018-09-13", &next, now);
    assert_eq!(sums_of(&shop, "2018-09-12", "pay", now), Some([1300, 500, 800, 0]));
    assert_eq!(sums_of(&shop, "2018-09-13", "pay", now), Some([6000, 6000, 0, 0]));
    for day in ["2018-09-12", "2018-09-13"] {
        let text = shop.run(&["reconcile", "--channel", "WECHAT", "--day", day, "--now", now]).out;
        assert!(text.contains("T3"), "both days list what differs: {text}");
    }
}
