//! A day of a marketplace in euros and dollars, with a mistake in each: every figure is of one currency.

use super::fixture::{Then, balances, moved, scene};
use super::marketplace::{T1, TENFOLD, made, sale, voucher};
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop, TRADES};
use serde_json::Value;

/// A sale of 100.00 USD of M2, one of 60.00 USD of M3, and one of 200.00 EUR of M2.
const T2: &str = "T2,sale,,STRIPE,R2,,100.00,USD,1.75,B,M2,2018-09-12 09:10:00,SUCCESS,UNCLEARED\n";
const T3: &str = "T3,sale,,STRIPE,R3,,60.00,USD,1.15,B,M3,2018-09-12 09:20:00,SUCCESS,UNCLEARED\n";
const T4: &str = "T4,sale,,STRIPE,R4,,200.00,EUR,3.25,B,M2,2018-09-12 09:30:00,SUCCESS,UNCLEARED\n";

/// M2 changes 50.00 EUR into 58.10 USD.
const X1: &str =
    "X1,exchange,,INTERNAL,X1,,50.00,EUR,0.00,,M2,2018-09-12 11:00:00,SUCCESS,UNCLEARED,58.10,USD\n";

/// Makes the day. The older system booked T1 to M3, and T2 with ten times its amount; the rest is posted by the
/// rules.
fn day() -> Shop {
    let lines: Vec<(String, &str, &str)> =
        TENFOLD.iter().map(|(account, side, amount)| (format!("{account}.USD"), *side, *amount)).collect();
    let lines: Vec<(&str, &str, &str)> =
        lines.iter().map(|(account, side, amount)| (account.as_str(), *side, *amount)).collect();
    let journal = [sale("J1", "T1", "M3"), voucher("J2", ("T2", "captured"), "M2", &lines)];
    let shop = scene(made(&[T1, T2, T3, T4], &journal, Then::Posted));
    let head = TRADES.trim_end();
    let exchange = shop.file("exchange.csv", format!("{head},counter_amount,counter_currency\n{X1}"));
    shop.done(&["import", "trades", &exchange]);
    shop.done(&["post"]);
    shop
}

/// The figures of a report's totals: currency and each of `names`.
fn totals(report: &Value, names: [&str; 2]) -> Vec<(String, [i64; 2])> {
    let rows = report["totals"].as_array().unwrap().iter();
    let figures = |row: &Value| names.map(|name| row[name].as_i64().unwrap());
    rows.map(|row| (row["currency"].as_str().unwrap().to_owned(), figures(row))).collect()
}

fn of_both(euros: i64, dollars: i64) -> Vec<(String, [i64; 2])> {
    vec![("EUR".to_owned(), [euros; 2]), ("USD".to_owned(), [dollars; 2])]
}

#[test]
fn a_mistake_in_each_currency_of_a_day_is_put_right_in_its_own() {
    let shop = day();
    let originals = "SELECT * FROM v_entry WHERE voucher_no LIKE 'J%'";
    let booked = shop.rows(originals);
    let found = shop.run(&["findings", "--json"]).parsed();
    let found: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| ["trade_no", "cause", "currency"].map(|name| one[name].as_str().unwrap().to_owned()))
        .collect();
    let wanted = [["T1", "wrong_account", "EUR"], ["T2", "wrong_amount", "USD"]];
    assert_eq!(found, wanted.map(|one| one.map(str::to_owned)));
    let mut text = String::new();
    for (trade, moves) in [
        ("T1", &[("2000.M2", 7929), ("2000.M3", -7929), ("2100.M2", 881), ("2100.M3", -881)][..]),
        (
            "T2",
            &[
                ("1200.STRIPE.USD", -90_000),
                ("2000.M2.USD", -71_361),
                ("2100.M2.USD", -7929),
                ("2300.USD", -1710),
                ("4000.USD", -9000),
            ],
        ),
    ] {
        let (was, eye) = (balances(&shop), Observed::of(&shop, NOW));
        let case = shop.json(&["case", "open", "--trade", trade, "--plan"]);
        let kinds: Vec<_> = case["staged"].as_array().unwrap().iter().map(|step| &step["kind"]).collect();
        assert_eq!(kinds, ["reverse", "repost"]);
        let case = case["case_no"].as_str().unwrap();
        // What the approver sees is of the one currency, too.
        let gross = shop.json(&["preview", case])["gross"].clone();
        let currency = if trade == "T1" { "EUR" } else { "USD" };
        let currencies: Vec<_> = gross.as_array().unwrap().iter().map(|sum| &sum[0]).collect();
        assert_eq!(currencies, [currency], "{gross}");
        shop.agreed(case);
        shop.done(&["commit", case]);
        let moves: Vec<(String, i64)> =
            moves.iter().map(|(code, minor)| ((*code).to_owned(), *minor)).collect();
        assert_eq!(moved(&was, &balances(&shop)), moves, "{trade}");
        text += &transcript(&shop, "two currencies", trade, &[case], &eye, NOW);
    }
    assert_kept("scenario_marketplace_currencies", &text);
    assert_eq!(shop.findings(&[]), []);
    assert_eq!(shop.rows(originals), booked, "the originals stay");
    // Commission 10 %, VAT 19 % of it, a tenth of the rest held back, each of its own sale.
    for (account, minor) in [
        ("1200.STRIPE", 29_500),
        ("1900", -5000),
        ("2000.M2", 18_787),
        ("2000.M3", 0),
        ("2100.M2", 2643),
        ("2100.M3", 0),
        ("2300", 570),
        ("4000", 3000),
        ("6000", 500),
        ("1200.STRIPE.USD", 15_710),
        ("1900.USD", 5810),
        ("2000.M2.USD", 13_739),
        ("2000.M3.USD", 4757),
        ("2100.M2.USD", 881),
        ("2100.M3.USD", 529),
        ("2300.USD", 304),
        ("4000.USD", 1600),
        ("6000.USD", 290),
    ] {
        assert_eq!(shop.balance(account), minor, "{account}");
    }
    shop.verified();
}

#[test]
fn no_report_of_such_a_day_adds_two_currencies() {
    let shop = day();
    for trade in ["T1", "T2"] {
        let case = shop.approved_case(trade);
        shop.done(&["commit", &case]);
    }
    // 295.00 at the channel and 5.00 of cost; 157.10, 2.90 and the position of 58.10.
    let trial = shop.json(&["trial-balance"]);
    assert_eq!(
        (totals(&trial, ["debit_minor", "credit_minor"]), &trial["balanced"]),
        (of_both(30_000, 21_810), &true.into())
    );
    // The day has one turnover for each currency, and closes.
    let turnover = shop.json(&["turnover", "--day", "2018-09-12"]);
    let sum = |currency: &str| {
        shop.number(&format!(
            "SELECT sum(amount_minor) FROM v_entry WHERE side = 'debit' AND currency = '{currency}'"
        ))
    };
    let gross = totals(&turnover, ["gross_debit_minor", "gross_credit_minor"]);
    assert_eq!(gross, of_both(sum("EUR"), sum("USD")));
    let across = "SELECT count(*) FROM v_entry e JOIN v_account a ON a.code = e.account WHERE a.currency <> e.currency";
    assert_eq!(shop.number(across), 0);
    let unequal = "SELECT count(*) FROM (SELECT voucher_no, currency FROM v_entry GROUP BY 1, 2 \
                   HAVING sum(CASE side WHEN 'debit' THEN amount_minor ELSE -amount_minor END) <> 0)";
    assert_eq!(shop.number(unequal), 0, "each voucher balances in each currency");
    // The merchant sees a balance for each.
    let seen = shop.json(&["statement", "M2", "--from", "2018-09-12", "--to", "2018-09-12"]);
    let held: Vec<_> = seen["balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap();
            (text("account"), text("currency"), row["closing_minor"].as_i64().unwrap())
        })
        .collect();
    let wanted = [
        ("2000.M2", "EUR", 18_787),
        ("2000.M2.USD", "USD", 13_739),
        ("2100.M2", "EUR", 2643),
        ("2100.M2.USD", "USD", 881),
    ];
    assert_eq!(held, wanted);
    let named = shop.json(&["statement", "M2.USD", "--from", "2018-09-12", "--to", "2018-09-12"]);
    assert_eq!(named["balances"].as_array().unwrap().len(), 2, "each account once: {named}");
    let exchange = shop.json(&["trade", "X1"])["row"].clone();
    let amounts = (&exchange["amount_minor"], &exchange["counter_amount"]);
    assert_eq!(amounts, (&5000.into(), &serde_json::json!({"currency": "USD", "minor": 5810})));
    shop.done(&["day", "close", "2018-09-12", "--now", "2018-09-13T12:00:00+02:00"]);
    let closing = "SELECT count(DISTINCT currency) FROM v_account WHERE balance_minor <> 0";
    assert_eq!(shop.number(closing), 2);
    shop.verified();
}
