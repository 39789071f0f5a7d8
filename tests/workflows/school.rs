//! A company that is in no template: it collects school fees in BRL by PIX. Its chart, kinds, channel and rules are
//! files (`tests/data/school`); the program knows none of their words.

use crate::support::{Shop, data};
use serde_json::json;

/// The evening of its day.
const EVENING: &str = "2026-03-02T18:00:00-03:00";

/// Its files, as `storno init` takes them.
const FILES: [&str; 5] = ["chart", "kinds", "channels", "rules", "policy"];

fn file(name: &str) -> String {
    data(&format!("school/{name}"))
}

/// Makes its ledger with its day: one charge booked to the wrong school by the older system, whose money that
/// school has shared already.
fn school() -> Shop {
    let shop = Shop::bare();
    let mut made: Vec<String> = vec!["init".into(), shop.home(), "--currency".into(), "BRL".into()];
    made.extend(["--zone".into(), "America/Sao_Paulo".into(), "--now".into(), EVENING.into()]);
    for name in FILES {
        made.extend([format!("--{name}"), file(&format!("{name}.toml"))]);
    }
    shop.done(&made.iter().map(String::as_str).collect::<Vec<_>>());
    for (kind, name) in [("trades", "trades.csv"), ("journal", "journal.csv"), ("bill", "statement.csv")] {
        at(&shop, &["import", kind, &file(name)]);
    }
    at(&shop, &["post"]);
    shop
}

fn at(shop: &Shop, words: &[&str]) -> String {
    shop.done(&[words, &["--now", EVENING]].concat())
}

fn found(shop: &Shop) -> Vec<(String, String)> {
    shop.findings(&["--now", EVENING])
}

#[test]
fn a_company_of_files_alone_corrects_a_wrong_account_and_closes_its_day() {
    let shop = school();
    // Commission is taken on the company's own event, once the charge is booked: 2 % of each charge.
    assert_eq!(shop.balance("410"), 3_600);
    let instalments = "SELECT count(*) FROM v_event WHERE event = 'instalment' AND posting = 'posted'";
    assert_eq!(shop.number(instalments), 3);
    let wrong = ("C2".to_owned(), "wrong_account".to_owned());
    assert_eq!(found(&shop), [wrong]);

    // The other school has shared 400.00 of the 500.00 already: what is there is taken, the rest is owed.
    let plan = shop.json(&["plan", "C2", "--now", EVENING]);
    let kinds: Vec<&str> =
        plan["steps"].as_array().unwrap().iter().filter_map(|step| step["kind"].as_str()).collect();
    assert_eq!(kinds, ["adjust", "reverse", "repost"]);
    at(&shop, &["case", "open", "--trade", "C2", "--plan"]);
    at(&shop, &["case", "submit", "C0001"]);
    at(&shop, &["case", "approve", "C0001", "--operator", "op2"]);
    at(&shop, &["commit", "C0001"]);
    let balances = ["210.ESCOLA-A", "210.ESCOLA-B", "160.ESCOLA-B"].map(|account| shop.balance(account));
    assert_eq!(balances, [100_000 - 2_000 + 50_000 - 1_000 + 30_000 - 600 - 10_000, 0, 40_000]);
    assert_eq!(found(&shop), [("–".to_owned(), "debt_open".to_owned())]);

    at(&shop, &["clear"]);
    assert_eq!(shop.balance("220.ESCOLA-A"), 98_000 + 49_000);
    let told = shop.json(&["reconcile", "--channel", "PIX", "--day", "2026-03-02", "--now", EVENING]);
    let counts = told["counts"].as_array().unwrap();
    let matched = counts.iter().find(|count| count["recon"] == json!("matched")).unwrap();
    assert_eq!(matched["count"], json!(4), "{told}");
    shop.done(&["day", "close", "2026-03-02", "--now", "2026-03-03T09:00:00-03:00"]);
    shop.verified();
}

#[test]
fn what_its_files_do_not_name_is_refused() {
    let shop = school();
    let trades = std::fs::read_to_string(file("trades.csv")).unwrap();
    for (from, to) in [("C1,charge,PIX", "C9,topup,PIX"), ("C1,charge,PIX", "C9,charge,WECHAT")] {
        let path = shop.file("other.csv", trades.replace(from, to));
        shop.run(&["import", "trades", &path, "--now", EVENING]).refused("STORNO-BAD-FILE");
    }
    let bill = data("wechat-trade-ALL-20180912.csv");
    shop.run(&["import", "bill", &bill, "--now", EVENING]).refused("STORNO-BAD-FILE");
}

/// Three findings of one charge in one case: each is planned alone, and what one takes the next gives back. In the
/// end only the school that shared the money owes anything.
#[test]
fn several_findings_of_one_trade_leave_no_debt_that_nobody_has() {
    let shop = Shop::bare();
    let mut made: Vec<String> = vec!["init".into(), shop.home(), "--currency".into(), "BRL".into()];
    made.extend(["--zone".into(), "America/Sao_Paulo".into(), "--now".into(), EVENING.into()]);
    for name in FILES {
        made.extend([format!("--{name}"), file(&format!("{name}.toml"))]);
    }
    shop.done(&made.iter().map(String::as_str).collect::<Vec<_>>());
    let trades = std::fs::read_to_string(file("trades.csv")).unwrap();
    let kept: String = trades
        .lines()
        .filter(|line| !line.starts_with(['C', 'S', 'R']) || line.starts_with("C2"))
        .map(|line| format!("{line}\n"))
        .collect();
    at(&shop, &["import", "trades", &shop.file("one.csv", kept)]);
    let lines = [
        (
            "J1",
            "captured",
            [
                ("120.PIX", "debit", "500.00"),
                ("120.PIX", "credit", "0.75"),
                ("510", "debit", "0.75"),
                ("210.ESCOLA-B", "credit", "500.00"),
            ]
            .as_slice(),
        ),
        ("J2", "instalment", &[("210.ESCOLA-B", "debit", "10.00"), ("410", "credit", "10.00")]),
        ("J3", "cleared", &[("210.ESCOLA-B", "debit", "490.00"), ("220.ESCOLA-B", "credit", "490.00")]),
        ("J4", "", &[("220.ESCOLA-B", "debit", "400.00"), ("220.PARCEIRO", "credit", "400.00")]),
    ];
    let mut journal = "voucher_no,line,trade_no,event,accounting_date,account,side,amount\n".to_owned();
    for (voucher, event, entries) in lines {
        let trade = if event.is_empty() { "" } else { "C2" };
        for (line, (account, side, amount)) in (1..).zip(entries) {
            journal += &format!("{voucher},{line},{trade},{event},2026-03-02,{account},{side},{amount}\n");
        }
    }
    at(&shop, &["import", "journal", &shop.file("wrong.csv", journal)]);
    // Besides the three events: J4 names no event, and no trade knows whom it pays.
    assert_eq!(found(&shop).len(), 5);
    at(&shop, &["case", "open", "--cause", "wrong_account", "--one", "--plan"]);
    at(&shop, &["case", "submit", "C0001"]);
    at(&shop, &["case", "approve", "C0001", "--operator", "op2"]);
    at(&shop, &["commit", "C0001"]);
    let mut left: Vec<String> = found(&shop).into_iter().map(|(_, cause)| cause).collect();
    left.sort();
    assert_eq!(left, ["debt_open", "unexplained", "unknown_party"]);
    let owed = shop.number("SELECT sum(balance_minor) FROM v_account WHERE code LIKE '160.%'");
    let held =
        ["220.ESCOLA-A", "220.ESCOLA-B", "210.ESCOLA-A", "210.ESCOLA-B"].map(|code| shop.balance(code));
    assert_eq!((owed, shop.balance("160.ESCOLA-B"), held), (40_000, 40_000, [49_000, 0, 0, 0]));
}
