//! Findings that are kept are those that judging everything anew finds, after every kind of step. A program built for
//! tests keeps them each time, so each command here starts from what the one before it kept.

use super::matching::{found, pairs, posted, statement};
use crate::support::place::Place;
use crate::support::{Shop, TRADES, topup};
use rusqlite::Connection;

const THEN: &str = "2018-09-13T12:00:00+08:00";

/// Asserts that the kept findings are right.
fn right(shop: &Shop, now: &str) {
    let verified = shop.json(&["verify", "--findings", "--now", now]);
    assert_eq!(verified["ok"], true, "{verified}");
}

#[test]
fn what_people_match_across_references_is_judged_again_with_its_line() {
    let shop = posted("T1,topup,,WECHAT,R1,,10.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n", THEN);
    let line = ("pay", "R9", "", "N9", "10.00", "0.00", "2018-09-12 09:00:00", "M1");
    statement(&shop, "WECHAT", "2018-09-12", &[line], THEN);
    let apart = pairs(&[("T1", "short"), ("R9", "long")]);
    assert_eq!(found(&shop, THEN), apart);
    for operator in ["op1", "op2"] {
        let who = ["--reason", "same order", "--operator", operator, "--now", THEN];
        shop.done(&[&["match", "T1", "--line", "WECHAT:R9"][..], &who].concat());
    }
    assert_eq!(found(&shop, THEN), []);
    right(&shop, THEN);
    // The statement bears a match, though no trade of its has its reference.
    let withdraw = ["bill", "withdraw", "1", "--reason", "x", "--operator", "op1", "--now", THEN];
    shop.run(&withdraw).refused("STORNO-BILL-RESTS");
    let undo = ["match", "undo", "T1", "--reason", "another order", "--now", THEN, "--operator"];
    shop.done(&[&undo[..], &["op1"]].concat());
    assert_eq!(found(&shop, THEN), [], "one of two people");
    shop.done(&[&undo[..], &["op2"]].concat());
    assert_eq!(found(&shop, THEN), apart);
    right(&shop, THEN);
}

#[test]
fn news_of_one_trade_of_a_family_is_news_of_all() {
    let family = "P1,topup,,WECHAT,PP1,,100.00,CNY,0.60,A,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                  B1,chargeback,,WECHAT,CB1,PP1,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  R1,representment,,WECHAT,RE1,CB1,100.00,CNY,0.00,A,,2018-09-12 09:30:00,PROCESSING,UNCLEARED\n\
                  F1,refund,,WECHAT,RF1,PP1,100.00,CNY,-0.60,A,,2018-09-12 10:30:00,SUCCESS,UNCLEARED\n";
    let shop = Shop::empty();
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{family}")), "--now", THEN]);
    let wrong = ("F1".to_owned(), "undoes_wrongly".to_owned());
    assert!(found(&shop, THEN).contains(&wrong));
    let won = family.lines().nth(2).unwrap().replace("PROCESSING", "SUCCESS");
    shop.done(&["import", "trades", &shop.file("news.csv", format!("{TRADES}{won}\n")), "--now", THEN]);
    assert!(!found(&shop, THEN).contains(&wrong));
    right(&shop, THEN);
}

#[test]
fn a_debt_grows_old_by_time_alone() {
    let shop = posted("T1,topup,,WECHAT,R1,,10.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n", THEN);
    let text = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n\
                J1,1,,,2018-09-12,1191.A,debit,30.00,x\nJ1,2,,,2018-09-12,6001,credit,30.00,x\n";
    shop.done(&["import", "journal", &shop.file("old.csv", text), "--now", THEN]);
    let accepted = ["takeover", "accept", "J1", "--reason", "opening", "--operator", "chk", "--now", THEN];
    shop.done(&accepted);
    let debt = |now: &str| {
        let all = shop.run(&["findings", "--json", "--now", now]).parsed();
        let all = all.as_array().unwrap().clone();
        let of_debt = |one: &serde_json::Value| one["cause"] == "debt_open";
        all.into_iter().find(of_debt).unwrap()["severity"].clone()
    };
    assert_eq!(debt(THEN), "info");
    let later = "2018-12-20T12:00:00+08:00";
    assert_eq!(debt(later), "medium");
    right(&shop, later);
}

/// Returns the defects of the findings that are kept.
fn defects(shop: &Shop) -> Vec<(String, String)> {
    let verified = shop.run(&["verify", "--findings", "--now", THEN, "--json"]);
    let verified: serde_json::Value = serde_json::from_str(&verified.out).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let problems = verified["problems"].as_array().unwrap().iter();
    problems.map(|one| (text(&one["check"]), text(&one["detail"]))).collect()
}

#[test]
fn findings_that_somebody_changed_are_found_again_and_told() {
    let shop = Shop::empty_at(Place::File);
    let trade = |n: usize| topup(&format!("T{n}"), "10.00", "A", "2018-09-12 09:00:00");
    let file = shop.file("trades.csv", format!("{TRADES}{}{}", trade(1), trade(2)));
    shop.done(&["import", "trades", &file, "--now", THEN]);
    let all = found(&shop, THEN);
    assert_eq!(all, pairs(&[("T1", "unposted"), ("T2", "unposted")]));
    let changes = [
        ("DELETE FROM kept_finding WHERE part = 'trade' AND place = 1", "finding_missing"),
        (
            "INSERT INTO kept_finding SELECT part, place, n + 1, finding, again FROM kept_finding WHERE part = 'trade' AND place = 1",
            "finding_extra",
        ),
        ("UPDATE kept_finding SET place = 2, n = 1 WHERE part = 'trade' AND place = 1", "finding_missing"),
    ];
    for (change, told) in changes {
        for verify in [false, true] {
            let ledger = Connection::open(shop.path("day.db")).unwrap();
            assert_eq!(ledger.execute(change, []).unwrap(), 1, "{change}");
            drop(ledger);
            if verify {
                let defects = defects(&shop);
                assert_eq!(
                    defects.first().map(|(check, _)| check.as_str()),
                    Some(told),
                    "{change}: {defects:?}"
                );
                assert!(defects[0].1.contains("T1"), "{defects:?}");
            } else {
                assert_eq!(found(&shop, THEN), all, "{change}");
            }
            right(&shop, THEN);
        }
    }
}

#[test]
fn every_line_without_a_trade_is_found_however_many_there_are() {
    let shop = Shop::empty();
    let references: Vec<String> = (1..=10_001).map(|n| format!("R{n}")).collect();
    let numbers: Vec<String> = (1..=10_001).map(|n| format!("N{n}")).collect();
    let lines: Vec<_> = references
        .iter()
        .zip(&numbers)
        .map(|(r, n)| ("pay", r.as_str(), "", n.as_str(), "1.00", "0.00", "2018-09-12 09:00:00", "M1"))
        .collect();
    statement(&shop, "WECHAT", "2018-09-12", &lines, THEN);
    let plan = shop.json(&["plan", "long/WECHAT/R10001", "--now", THEN]);
    assert_eq!(plan["finding"]["channel_ref"], "R10001", "{plan}");
}
