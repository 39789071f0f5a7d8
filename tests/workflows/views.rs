//! Reports on a day, an account, a customer and a channel with the real program: turnover and balances
//! after corrections, which customers and channels do not see.

use crate::support;
use crate::support::{NOW, Shop, TRADES, topup};
use serde_json::{Value, json};

const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";
const NEXT_DAY: &str = "2018-09-14T12:00:00+08:00";

/// S06: 100.00 that A topped up on 2018-09-12 were booked to B.
fn booked_to_b() -> Shop {
    let shop = Shop::empty();
    let trades = format!("{TRADES}{}", topup("T1", "100.00", "A", "2018-09-12 10:00:00"));
    shop.done(&["import", "trades", &shop.file("trades.csv", trades)]);
    let line = |n, account, side| format!("J1,{n},T1,captured,2018-09-12,{account},{side},100.00,old\n");
    let journal = [JOURNAL.to_owned(), line(1, "1101.WECHAT", "debit"), line(2, "2001.B", "credit")].concat();
    shop.done(&["import", "journal", &shop.file("journal.csv", journal)]);
    shop
}

/// Reverses the posting in a mode and books it to A. Returns the time.
fn corrected(shop: &Shop, mode: &str) -> &'static str {
    let now = if mode == "wipe" { NOW } else { NEXT_DAY };
    if mode != "wipe" {
        shop.done(&["day", "close", "2018-09-12"]);
    }
    shop.done(&["case", "open", "--trade", "T1", "--now", now]);
    shop.done(&["stage", "reverse", "J1", "--mode", mode, "--now", now]);
    shop.done(&["stage", "repost", "T1", "--now", now]);
    shop.agreed_at("C0001", now);
    shop.done(&["commit", "C0001", "--now", now]);
    now
}

fn figures(row: &Value) -> [i64; 6] {
    ["opening", "net_debit", "net_credit", "gross_debit", "gross_credit", "closing"]
        .map(|name| row[format!("{name}_minor")].as_i64().unwrap())
}

fn of_account(shop: &Shop, account: &str, days: [&str; 2]) -> [i64; 6] {
    let asked = ["turnover", "--account", account, "--from", days[0], "--to", days[1]];
    let report = shop.json(&asked);
    assert_eq!(report["holds"], true, "{report}");
    figures(&report["accounts"][0])
}

#[test]
fn turnover_of_b_differs_between_wipe_red_and_blue() {
    let (both, first, last) = (["2018-09-12", "2018-09-14"], ["2018-09-12"; 2], ["2018-09-14"; 2]);
    // Opening, net debit, net credit, gross debit, gross credit, closing.
    let cases = [
        ("wipe", [0, 0, 0, 10_000, 10_000, 0], [0, 0, 0, 10_000, 10_000, 0], [0; 6]),
        ("red", [0; 6], [0, 0, 10_000, 0, 10_000, 10_000], [10_000, 0, -10_000, 0, -10_000, 0]),
        (
            "blue",
            [0, 10_000, 10_000, 10_000, 10_000, 0],
            [0, 0, 10_000, 0, 10_000, 10_000],
            [10_000, 10_000, 0, 10_000, 0, 0],
        ),
    ];
    for (mode, whole, day_of_error, day_of_correction) in cases {
        let shop = booked_to_b();
        corrected(&shop, mode);
        assert_eq!(of_account(&shop, "2001.B", both), whole, "{mode}");
        assert_eq!(of_account(&shop, "2001.B", first), day_of_error, "{mode}");
        assert_eq!(of_account(&shop, "2001.B", last), day_of_correction, "{mode}");
        assert_eq!(of_account(&shop, "2001.A", both), [0, 0, 10_000, 0, 10_000, 10_000], "{mode}");

        let report = shop.json(&["turnover", "--from", both[0], "--to", both[1]]);
        assert_eq!(report["holds"], true);
        let total = &report["totals"][0];
        assert_eq!(total["net_debit_minor"], total["net_credit_minor"]);
        assert_eq!(total["gross_debit_minor"], total["gross_credit_minor"]);
        let of = |list: &str, code: &str| {
            let rows = report[list].as_array().unwrap();
            figures(rows.iter().find(|row| row["code"] == code).unwrap())
        };
        assert_eq!(of("accounts", "2001.B"), whole, "one account and the whole books count alike");
        let mut sum = of("accounts", "2001.A");
        sum.iter_mut().zip(whole).for_each(|(sum, more)| *sum += more);
        assert_eq!(of("subjects", "2001"), sum, "a subject is the sum of its accounts");
        shop.verified();
    }
}

/// T2 of the 13th is booked before T1 of the 12th, while both days are open.
#[test]
fn a_day_is_what_is_dated_up_to_it_whenever_it_was_booked() {
    let shop = Shop::empty();
    let trades = [
        topup("T1", "1.00", "A", "2018-09-12 10:00:00"),
        topup("T2", "20.00", "A", "2018-09-13 10:00:00"),
        topup("T3", "300.00", "A", "2018-09-13 11:00:00"),
    ];
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{}", trades.concat()))]);
    shop.done(&["post", "T2"]);
    let at = |point: &str| {
        let account = shop.json(&["account", "2001.A", "--as-of", point]);
        let trial = shop.json(&["trial-balance", "--as-of", point]);
        assert_eq!(trial["balanced"], true);
        let rows = trial["accounts"].as_array().unwrap();
        let row = rows.iter().find(|row| row["code"] == "2001.A");
        let balance = account["balance_minor"].as_i64().unwrap();
        assert_eq!(row.map_or(0, |row| row["credit_minor"].as_i64().unwrap()), balance, "{point}");
        (balance, account["entries"].as_i64().unwrap())
    };
    assert_eq!(at("2018-09-12"), (0, 0));
    shop.done(&["post", "T1"]);
    let dates = "SELECT voucher_no, accounting_date FROM v_voucher ORDER BY seq";
    assert_eq!(
        shop.rows(dates),
        "Text(\"V00001\")|Text(\"2018-09-13\")|\nText(\"V00002\")|Text(\"2018-09-12\")|\n"
    );
    assert_eq!(at("V00001"), (2000, 1), "in the order of booking");
    assert_eq!(at("V00002"), (2100, 2));
    assert_eq!(at("2018-09-11"), (0, 0));
    assert_eq!(at("2018-09-12"), (100, 1), "in the order of days");
    assert_eq!(at("2018-09-13"), (2100, 2));
    assert_eq!(at("2019-12-31"), (2100, 2));
    shop.done(&["day", "close", "2018-09-12"]);
    shop.done(&["post", "T3"]);
    assert_eq!(at("2018-09-12"), (100, 1), "a closed day stays");
    assert_eq!(at("2018-09-13"), (32_100, 3));
    assert_eq!(of_account(&shop, "2001.A", ["2018-09-12"; 2]), [0, 0, 100, 0, 100, 100]);
    assert_eq!(of_account(&shop, "2001.A", ["2018-09-13"; 2]), [100, 0, 32_000, 0, 32_000, 32_100]);
}

#[test]
fn a_later_correction_changes_balance_days_back_to_the_value_date() {
    let days = |shop: &Shop, account: &str| {
        let asked = ["account", account, "--balance-days", "--from", "2018-09-10", "--to", "2018-09-20"];
        let answer = shop.json(&asked);
        let stretches: Vec<[Value; 3]> = answer["stretches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| ["days", "balance_minor", "balance_days_minor"].map(|name| row[name].clone()))
            .collect();
        (answer["balance_days_minor"].as_i64().unwrap(), answer["days"].as_i64().unwrap(), json!(stretches))
    };
    let stood = json!([[2, 0, 0], [9, 10_000, 90_000]]);
    for mode in ["wipe", "red", "blue"] {
        let shop = booked_to_b();
        assert_eq!(days(&shop, "2001.B"), (90_000, 11, stood.clone()));
        corrected(&shop, mode);
        assert_eq!(days(&shop, "2001.B"), (0, 11, json!([[11, 0, 0]])), "{mode}");
        assert_eq!(days(&shop, "2001.A"), (90_000, 11, stood.clone()), "{mode}: as if booked right at once");
    }
}

#[test]
fn a_customer_sees_trades_and_balance_and_no_correction() {
    let shop = booked_to_b();
    let statement =
        |holder: &str, to: &str| shop.json(&["statement", holder, "--from", "2018-09-12", "--to", to]);
    let trades_before = statement("A", "2018-09-14")["trades"].clone();
    assert_eq!(trades_before.as_array().unwrap().len(), 1);
    let now = corrected(&shop, "blue");
    let (a, b) = (statement("A", "2018-09-14"), statement("2001.B", "2018-09-14"));
    assert_eq!(a["trades"], trades_before);
    assert_eq!(b["trades"], json!([]));
    let held = |statement: &Value| {
        ["account", "opening_minor", "closing_minor"].map(|name| statement["balances"][0][name].clone())
    };
    assert_eq!(held(&a), [json!("2001.A"), json!(0), json!(10_000)]);
    assert_eq!(held(&b), [json!("2001.B"), json!(0), json!(0)]);
    assert_eq!(held(&statement("B", "2018-09-13"))[2], 10_000, "what B saw then is not rewritten");
    let told = shop.done(&["statement", "B", "--from", "2018-09-12", "--now", now]);
    for internal in ["V0000", "J1", "C0001", "T1", "blue"] {
        assert!(!told.contains(internal), "{internal} in {told}");
    }
    shop.run(&["statement", "Nobody"]).refused("STORNO-NOT-FOUND");
    shop.run(&["statement", "1101.WECHAT"]).refused("STORNO-NOT-FOUND");
}

#[test]
fn a_channel_is_reconciled_by_trades() {
    let shop = Shop::sample();
    let asked = ["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json"];
    let ran = shop.run(&asked);
    assert_eq!(ran.code, 1, "differences: {ran:?}");
    let day = ran.parsed();
    let counts: Vec<_> = day["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|count| {
            ["recon", "count", "ours_minor", "theirs_minor", "our_refunds_minor", "their_refunds_minor"]
                .map(|name| count[name].clone())
        })
        .collect();
    // Payments and refunds apart.
    let expected = json!([
        ["matched", 5, 43_888, 43_888, 11_000, 11_000],
        ["long", 2, 0, 3000, 0, 6000],
        ["short", 1, 4000, 0, 0, 0],
        ["amount_diff", 0, 0, 0, 0, 0],
        ["fee_diff", 0, 0, 0, 0, 0],
        ["duplicate", 0, 0, 0, 0, 0],
        ["ambiguous", 0, 0, 0, 0, 0],
        ["date_diff", 0, 0, 0, 0, 0],
        ["overdue", 0, 0, 0, 0, 0],
        ["waiting", 1, 6600, 6600, 0, 0],
        ["unmatched", 0, 0, 0, 0, 0],
    ]);
    assert_eq!(json!(counts), expected);
    assert_eq!((&day["cut_from"], &day["lines"]), (&json!("23:50:00"), &json!(8)));
    let rows: Vec<_> = day["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["trade_no"].as_str().unwrap(), row["recon"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [("T0004", "long"), ("T0006", "waiting"), ("T0007", "short"), ("T0012", "long")]);

    let alipay = shop.json(&["reconcile", "--channel", "ALIPAY", "--day", "2018-09-12"]);
    assert_eq!(alipay["differs"], false, "waiting is no difference");
    let none = shop.json(&["reconcile", "--channel", "UNIONPAY", "--day", "2018-09-12"]);
    assert_eq!((&none["statements"], &none["differs"]), (&json!([]), &json!(false)));

    let case = shop.approved_case("T0001");
    shop.done(&["commit", &case]);
    assert_eq!(shop.run(&asked).parsed(), day, "a correction of a posting changes nothing here");
}

/// A bill line without a trade is `long`, or waits if it is just before midnight and the next day's trades
/// are still to come; a repeated line is a duplicate.
#[test]
fn lines_without_trade_are_long_or_wait() {
    let shop = Shop::empty();
    let bill = std::fs::read_to_string(support::data("wechat-trade-ALL-20180912.csv")).unwrap();
    shop.done(&["import", "bill", &shop.file("bill.csv", bill)]);
    let ran = shop.run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json"]);
    let day = ran.parsed();
    let rows = day["rows"].as_array().unwrap();
    assert_eq!((ran.code, rows.len()), (1, 8));
    assert!(rows.iter().all(|row| row["trade_no"].is_null() && row["ours_minor"].is_null()));
    let found = shop.findings(&[]);
    let long = |cause: &str| found.iter().filter(|(_, known)| known == cause).count();
    // A refund of an unknown payment is `long` as well, and shown as a refund.
    for (recon, causes) in [("long", vec!["long", "reversed_in_advance"]), ("waiting", vec!["waiting"])] {
        let counted = rows.iter().filter(|row| row["recon"] == recon).count();
        let found: usize = causes.into_iter().map(long).sum();
        assert_eq!(counted, found, "findings and reconciliation agree on {recon}");
    }
}

#[test]
fn views_refuse_what_makes_no_sense() {
    let shop = booked_to_b();
    shop.run(&["turnover", "--from", "2018-09-13", "--to", "2018-09-12"]).refused("STORNO-BAD-VALUE");
    shop.run(&["turnover", "--account", "2001.Z"]).refused("STORNO-NOT-FOUND");
    shop.run(&["turnover", "--subject", "9999"]).refused("STORNO-NOT-FOUND");
    shop.run(&["turnover", "--day", "2018-09-12", "--to", "2018-09-13"]).refused("STORNO-USAGE");
    shop.run(&["trial-balance", "--as-of", "V99999"]).refused("STORNO-NOT-FOUND");
    shop.run(&["account", "2001.B", "--as-of", "2018-02-30"]).refused("STORNO-USAGE");
    shop.run(&["account", "2001.B", "--as-of", "J9"]).refused("STORNO-NOT-FOUND");
    shop.run(&["account", "2001.B", "--balance-days"]).refused("STORNO-USAGE");
    let turned = ["account", "2001.B", "--balance-days", "--from", "2018-09-13", "--to", "2018-09-12"];
    shop.run(&turned).refused("STORNO-BAD-VALUE");
    shop.run(&["reconcile", "--channel", "PIGEON", "--day", "2018-09-12"]).refused("STORNO-BAD-VALUE");
    let quiet = shop.json(&["turnover", "--day", "2020-01-01"]);
    assert_eq!((&quiet["holds"], &quiet["accounts"]), (&json!(true), &json!([])));
}

#[test]
fn a_trade_that_is_not_cleared_is_told_why() {
    let shop = Shop::sample();
    for (trade, why) in [("T0001", "the rules book no clearing"), ("T0003", "it is not posted")] {
        assert!(
            shop.done(&["clear", trade]).contains(&format!("{trade}: {why}")),
            "{}",
            shop.done(&["clear", trade])
        );
    }
    assert!(!shop.done(&["clear"]).contains("T0001"), "not asked for");
}

#[test]
fn help_and_refusals_speak_one_language() {
    let shop = Shop::sample();
    let help = shop.done(&["case", "check", "--help", "--lang", "zh-CN"]);
    for theirs in ["Usage", "Options:", "Arguments:", "[OPTIONS]", "Print help", "[env:"] {
        assert!(!help.contains(theirs), "{theirs} in {help}");
    }
    assert!(help.contains("用法：storno case check [选项]"), "{help}");
    assert!(shop.done(&["case", "check", "--help"]).contains("Usage: storno case check [OPTIONS]"));
    let checks = shop.run(&["day", "check", "2018-09-12", "--lang", "zh-CN"]);
    assert!(checks.out.contains("试算平衡") && !checks.out.contains("trial_balance"), "{checks:?}");
    let status = shop.done(&["calendar", "check", "T0018", "--lang", "zh-CN"]);
    assert!(!status.contains("processing"), "{status}");
    // The hint belongs to the refusal's specific problem.
    let empty = shop.run(&["day", "close", "2018-07"]);
    assert!(empty.refused("STORNO-DAY-STATE").err.contains("storno day status lists its days"), "{empty:?}");
    shop.done(&["case", "open", "--trade", "T0002"]);
    let park = shop.run(&["stage", "park", "T0002", "--case", "C0001"]);
    assert!(park.refused("STORNO-NOTHING").err.contains("difference"), "{park:?}");
}

/// A channel bills each of our merchant numbers separately. A trade missing in one bill may be in another
/// that is not imported yet; once that number is billed for a later day, waiting ends.
#[test]
fn a_trade_is_not_short_while_another_merchant_numbers_bill_is_to_come() {
    let shop = Shop::sample();
    let short = "SELECT recon FROM v_trade WHERE trade_no = 'T0007'";
    let bill = |day: &str, number: &str| {
        shop.execute(&format!(
            "INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator) \
             SELECT max(id) + 1, 'WECHAT', '{day}', '{number}', 'wechat-trade', '{day}{number}', \
             '{day}{number}', 0, '{day}T12:00:00+08:00', 'op1' FROM statement"
        ));
        shop.text(short)
    };
    assert_eq!(shop.text(short), "short");
    assert_eq!(bill("2018-08-04", "1900000108"), "short", "not billed any more");
    assert_eq!(bill("2018-09-11", "1900000109"), "short", "billed on the day as well");
    assert_eq!(bill("2018-09-11", "1900000110"), "waiting", "its bill of the day is to come");
    assert_eq!(shop.findings(&["T0007"]), [("T0007".to_owned(), "waiting".to_owned())]);
    assert_eq!(bill("2018-09-13", "1900000110"), "waiting", "that of the day is still to come");
    assert_eq!(bill("2018-09-12", "1900000110"), "short", "now each number's bill of the day is here");
}

/// English screens show the chart's English names and Chinese screens the Chinese ones; the books keep one
/// name.
#[test]
fn accounts_are_named_in_the_readers_language() {
    let shop = Shop::sample();
    let case =
        shop.json(&["case", "open", "--trade", "T0001", "--plan"])["case_no"].as_str().unwrap().to_owned();
    let ways: [&[&str]; 7] = [
        &["accounts"],
        &["account", "2001.A"],
        &["trial-balance"],
        &["turnover", "--from", "2018-09-12", "--to", "2018-09-12"],
        &["statement", "A"],
        &["account", "2001.A", "--balance-days", "--from", "2018-09-12", "--to", "2018-09-13"],
        &["preview", &case],
    ];
    for way in ways {
        for json in [&[][..], &["--json"]] {
            let told = |lang: &str| shop.run(&[&["--lang", lang], way, json].concat()).out;
            let (english, chinese) = (told("en"), told("zh-CN"));
            assert!(english.contains("Customer reserve - individuals A"), "{way:?}: {english}");
            assert!(!english.contains("客户备付金"), "{way:?}: {english}");
            assert!(chinese.contains("客户备付金"), "{way:?}: {chinese}");
            assert!(!chinese.contains("Customer reserve"), "{way:?}: {chinese}");
        }
    }
    assert!(shop.text("SELECT name FROM v_account WHERE code = '2001.A'").starts_with("客户备付金"));
}
