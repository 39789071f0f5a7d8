//! A ledger beside an older system, and how it becomes the books.

use crate::support::{Shop, TRADES};
use serde_json::Value;

const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

/// A journal of one voucher that names no trade.
fn voucher(number: &str, debit: &str, credit: &str, amount: &str) -> String {
    format!(
        "{JOURNAL}{number},1,,,2018-09-12,{debit},debit,{amount},x\n{number},2,,,2018-09-12,{credit},credit,{amount},x\n"
    )
}

/// A ledger with one top-up of A, posted.
fn topped_up() -> Shop {
    let shop = Shop::empty();
    let trades = shop.file(
        "trades.csv",
        format!("{TRADES}T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n"),
    );
    shop.done(&["import", "trades", &trades]);
    shop.done(&["post"]);
    assert_eq!(found(&shop), [] as [String; 0]);
    shop
}

fn journal(shop: &Shop, text: &str) {
    let file = shop.file("journal.csv", text);
    shop.done(&["import", "journal", &file]);
}

/// The findings, as they are told; there are some or none, so the exit code is not looked at.
fn told(shop: &Shop, words: &[&str]) -> Value {
    let mut found = shop.run(&[words, &["findings", "--json"]].concat()).parsed();
    // No statement is imported here.
    found.as_array_mut().unwrap().retain(|one| one["cause"] != "statement_missing");
    found
}

fn found(shop: &Shop) -> Vec<String> {
    let found = told(shop, &[]);
    let found = found.as_array().unwrap();
    found.iter().map(|one| one["finding"].as_str().unwrap().to_owned()).collect()
}

/// Carries the plan of a finding out, by two people, as the first case.
fn mend(shop: &Shop, finding: &str) {
    shop.done(&["case", "open", "--finding", finding, "--plan"]);
    shop.done(&["case", "submit", "C0001"]);
    shop.done(&["case", "approve", "C0001", "--operator", "chk"]);
    shop.done(&["commit", "C0001"]);
}

#[test]
fn a_voucher_that_names_no_trade_is_found_and_taken_back() {
    let shop = topped_up();
    journal(&shop, &voucher("J8", "6711", "2001.EVE", "5000.00"));
    assert_eq!(found(&shop), ["unexplained//J8", "unknown_party//2001.EVE"]);
    let first = told(&shop, &[]);
    assert_eq!((&first[0]["amount_minor"], &first[0]["severity"]), (&500_000.into(), &"high".into()));
    mend(&shop, "unexplained//J8");
    assert_eq!(found(&shop), [] as [String; 0]);
    shop.verified();
}

#[test]
fn what_really_moved_is_told_not_what_goes_in_circles() {
    let shop = topped_up();
    let text = format!(
        "{JOURNAL}J1,1,,,2018-09-12,1001,debit,900.00,x\nJ1,2,,,2018-09-12,1001,credit,890.00,x\n\
         J1,3,,,2018-09-12,6001,credit,10.00,x\n"
    );
    journal(&shop, &text);
    let first = told(&shop, &[]);
    assert_eq!(first[0]["amount_minor"], 1_000);
}

#[test]
fn a_voucher_that_names_a_trade_without_its_event_is_unexplained_as_well() {
    let shop = topped_up();
    let text = voucher("J8", "6711", "2001.EVE", "50.00").replace(",,,2018", ",T1,,2018");
    journal(&shop, &text);
    assert_eq!(found(&shop), ["unexplained//J8", "unknown_party//2001.EVE"]);
}

#[test]
fn an_account_below_its_floor_is_found_whoever_took_it_there() {
    let shop = topped_up();
    journal(&shop, &voucher("J9", "2001.A", "6001", "150.00"));
    assert_eq!(found(&shop), ["unexplained//J9", "below_floor//2001.A"]);
    // Accepted as the older system's, the account is still below.
    shop.done(&["takeover", "accept", "J9", "--reason", "as agreed", "--operator", "chk"]);
    assert_eq!(found(&shop), ["below_floor//2001.A"]);
    let first = told(&shop, &[]);
    assert_eq!((&first[0]["actual_minor"], &first[0]["amount_minor"]), (&(-5_000).into(), &5_000.into()));
    // No voucher is at fault any more that could be taken back.
    let plan = shop.json(&["plan", "below_floor//2001.A"]);
    assert_eq!(plan["steps"], serde_json::json!([]));
    let why = plan["why"].as_str().unwrap();
    assert!(why.contains("--debit 1191.A=AMOUNT --credit 2001.A=AMOUNT --aside"), "{why}");
    assert!(why.contains("lacking (50.00)"), "{why}");
}

#[test]
fn a_plan_takes_back_what_took_an_account_below_its_floor() {
    let shop = topped_up();
    journal(&shop, &voucher("J9", "2001.A", "6001", "150.00"));
    mend(&shop, "below_floor//2001.A");
    assert_eq!(found(&shop), [] as [String; 0]);
}

#[test]
fn opening_balances_are_accepted_once_by_name_and_by_another_person() {
    let shop = topped_up();
    journal(&shop, &voucher("OPEN1", "1001", "2001.Z", "70.00"));
    shop.run(&["takeover", "accept", "OPEN1", "--reason", "opening"]).refused("STORNO-FOUR-EYES");
    shop.run(&["takeover", "accept", "OPEN2", "--reason", "opening", "--operator", "chk"])
        .refused("STORNO-NOT-FOUND");
    shop.run(&["takeover", "accept", "OPEN1", "--reason", " ", "--operator", "chk"])
        .refused("STORNO-REASON-REQUIRED");
    let limit = shop.file(
        "limit.toml",
        "approval_limit = \"69.99\"\n[[approver]]\nrole = \"head\"\noperators = [\"boss\"]\n",
    );
    shop.done(&["policy", "load", &limit]);
    shop.run(&["takeover", "accept", "OPEN1", "--reason", "opening", "--operator", "chk"])
        .refused("STORNO-APPROVAL-LIMIT");
    let accept = ["takeover", "accept", "OPEN1", "--reason", "opening", "--operator", "boss"];
    let after = shop.json(&accept);
    assert_eq!((&after["accepted"][0]["voucher_no"], &after["unexplained"]), (&"OPEN1".into(), &0.into()));
    // Whoever it gave a balance to is known by that.
    assert_eq!(found(&shop), [] as [String; 0]);
    shop.run(&accept).refused("STORNO-NOT-FOUND");
}

#[test]
fn two_people_end_the_takeover_for_good() {
    let shop = topped_up();
    let end = |operator: &str| shop.run(&["takeover", "end", "--reason", "cut over", "--operator", operator]);
    assert!(shop.done(&["takeover", "status"]).contains("beside an older system"));
    assert_eq!(end("op1").code, 0);
    assert!(shop.done(&["takeover", "status"]).contains("a second person"));
    end("op1").refused("STORNO-FOUR-EYES");
    // Asked for is not done.
    journal(&shop, &voucher("J1", "1001", "6001", "1.00"));
    assert_eq!(end("op2").code, 0);
    let now = shop.json(&["takeover", "status"]);
    assert_eq!((&now["standing"], &now["unexplained"]), (&"books".into(), &1.into()));
    end("op1").refused("STORNO-TAKEN-OVER");
    let file = shop.file("later.csv", voucher("J2", "1001", "6001", "1.00"));
    let refused = shop.run(&["import", "journal", &file]);
    assert!(refused.refused("STORNO-TAKEN-OVER").err.contains("storno stage"), "{refused:?}");
    assert_eq!(shop.number("SELECT count(*) FROM voucher"), 2);
    // What was found before is still put right, by a case.
    mend(&shop, "unexplained//J1");
    assert_eq!(found(&shop), [] as [String; 0]);
    shop.verified();
}

#[test]
fn a_ledger_can_be_the_books_from_the_start() {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--books"]);
    assert_eq!(shop.json(&["takeover", "status"])["standing"], "books");
    let file = shop.file("journal.csv", voucher("J1", "1001", "6001", "1.00"));
    shop.run(&["import", "journal", &file]).refused("STORNO-TAKEN-OVER");
    shop.run(&["takeover", "end", "--reason", "x"]).refused("STORNO-TAKEN-OVER");
}

#[test]
fn a_debt_is_a_note_until_it_is_old_and_a_receivable_below_zero_is_wrong() {
    let shop = topped_up();
    journal(&shop, &voucher("J1", "1191.A", "6001", "30.00"));
    shop.done(&["takeover", "accept", "J1", "--reason", "opening", "--operator", "chk"]);
    let debt = told(&shop, &[]);
    assert_eq!(found(&shop), ["debt_open//1191.A"]);
    assert_eq!((&debt[0]["severity"], &debt[0]["amount_minor"]), (&"info".into(), &3_000.into()));
    let old = told(&shop, &["--now", "2018-12-20T12:00:00+08:00"]);
    assert_eq!(old[0]["severity"], "medium");
    let sooner = shop.file("sooner.toml", "debt_days = 0\n");
    shop.done(&["policy", "load", &sooner]);
    assert_eq!(told(&shop, &[])[0]["severity"], "medium");
    let text = voucher("J2", "1001", "1191.A", "45.00");
    journal(&shop, &text);
    shop.done(&["takeover", "accept", "J2", "--reason", "opening", "--operator", "chk"]);
    assert_eq!(found(&shop), ["below_floor//1191.A"]);
}
