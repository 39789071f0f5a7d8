//! An accountant's day with the real program: the sample files are imported, mistakes found and corrected
//! by two people, and nothing else has changed.

use crate::support::{NOW, SAMPLES, Shop, TRADES, data, topup};
use serde_json::json;
use std::collections::BTreeSet;

/// The causes behind the words of the answer key.
const KEY: [(&str, &str); 12] = [
    ("T0001", "wrong_account"),
    ("T0003", "unposted"),
    ("T0004", "long"),
    ("T0006", "waiting"),
    ("T0007", "short"),
    ("T0008", "posted_twice"),
    ("T0009", "wrong_amount"),
    ("T0012", "long"),
    ("T0013", "waiting"),
    ("T0015", "wrong_fee"),
    ("T0018", "waiting"),
    ("T0019", "over_limit"),
];

fn sorted(found: Vec<(String, String)>) -> BTreeSet<(String, String)> {
    let count = found.len();
    let set: BTreeSet<_> = found.into_iter().collect();
    assert_eq!(set.len(), count, "a finding came twice");
    set
}

#[test]
fn the_sample_day_has_the_findings_of_the_answer_key_and_no_other() {
    let shop = Shop::sample();
    let key: BTreeSet<_> =
        KEY.iter().map(|(trade, cause)| ((*trade).to_owned(), (*cause).to_owned())).collect();
    assert_eq!(sorted(shop.findings(&[])), key);
    let file = std::fs::read_to_string(data("expected-findings-20180912.csv")).unwrap();
    let named: Vec<&str> = file.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(named, KEY.map(|(trade, _)| trade), "the key and the file name the same trades");
    let first = shop.run(&["findings", "--json"]).parsed();
    let again = shop.run(&["findings", "--json"]).parsed();
    assert_eq!(first, again, "a finding keeps its identity");
    let fields: BTreeSet<&str> = first[0].as_object().unwrap().keys().map(String::as_str).collect();
    for field in [
        "finding",
        "cause",
        "scenario",
        "trade_no",
        "event",
        "voucher_no",
        "account",
        "expected_minor",
        "actual_minor",
        "since",
        "age_seconds",
        "severity",
        "detail",
    ] {
        assert!(fields.contains(field), "{field}");
    }
    for (trade, cause) in KEY {
        let only = shop.findings(&["--cause", cause, "--trade", trade]);
        assert_eq!(only, [(trade.to_owned(), cause.to_owned())]);
    }
}

#[test]
fn findings_and_cases_are_found_by_number_person_and_cause() {
    let shop = Shop::sample();
    let trades = |words: &[&str]| shop.findings(words).into_iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(trades(&["T0009"]), ["T0009"]);
    assert_eq!(trades(&["posted_tw"]), ["T0008"]);
    assert_eq!(trades(&["Posted tw"]), ["T0008"]);
    assert_eq!(trades(&["多记"]), [""; 0]);
    assert_eq!(trades(&["重复记账", "--lang", "zh-CN"]), ["T0008"]);
    let of_a = trades(&["A"]);
    assert!(of_a.contains(&"T0001".to_owned()) && of_a.len() < KEY.len(), "{of_a:?}");
    assert_eq!(trades(&["A", "--cause", "wrong_account"]), ["T0001"]);

    let first = shop.json(&["case", "open", "--trade", "T0001", "--plan"])["case_no"].clone();
    let second =
        shop.json(&["case", "open", "--trade", "T0003", "--plan", "--operator", "op7"])["case_no"].clone();
    let cases = |text: &str| {
        let rows = shop.json(&["case", "list", text]);
        rows.as_array().unwrap().iter().map(|row| row["case_no"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(cases("C"), [second.clone(), first.clone()], "newest first");
    assert_eq!(cases("T0001"), std::slice::from_ref(&first));
    assert_eq!(cases("op7"), std::slice::from_ref(&second));
    assert_eq!(cases("unposted"), [second]);
    assert_eq!(cases(first.as_str().unwrap()), [first]);
    assert_eq!(cases("nobody"), [""; 0]);
}

#[test]
fn files_taken_twice_change_nothing_and_say_so() {
    let shop = Shop::sample();
    let before = shop.views();
    for (kind, file) in SAMPLES {
        let answer = shop.json(&["import", kind, &data(file)]);
        assert_eq!((answer["added"].as_i64(), answer["rows"].clone()), (Some(0), answer["already"].clone()));
        assert!(answer["rows"].as_i64().unwrap() > 0);
        assert!(answer["imported_before"].is_string(), "{answer}");
        assert!(shop.done(&["import", kind, &data(file)]).contains("nothing changed"));
    }
    assert_eq!(shop.views(), before);
    // The same trades in another file with one more row: known trades are left alone.
    let known = "SELECT * FROM v_trade WHERE trade_no <> 'T0020'";
    let trades = shop.rows(known);
    let mut longer = std::fs::read_to_string(data("local-trades-20180912.csv")).unwrap();
    longer.push_str(&topup("T0020", "1.00", "A", "2018-09-12 10:00:00"));
    let answer = shop.json(&["import", "trades", &shop.file("longer.csv", longer)]);
    assert_eq!((answer["added"].as_i64(), answer["already"].as_i64()), (Some(1), Some(18)));
    assert_eq!(shop.number("SELECT count(*) FROM v_trade"), 19);
    assert_eq!(shop.rows(known), trades);
}

#[test]
fn a_wrong_account_is_taken_back_and_booked_anew_by_two_people() {
    let shop = Shop::sample();
    let plan = shop.json(&["plan", "T0001"]);
    let steps: Vec<_> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            ["kind", "voucher_no", "trade_no", "event", "mode", "accounting_date"]
                .map(|name| step[name].as_str().unwrap_or("–"))
        })
        .collect();
    assert_eq!(
        steps,
        [
            ["reverse", "J00001", "T0001", "captured", "wipe", "2018-09-12"],
            ["repost", "–", "T0001", "captured", "normal", "2018-09-12"],
        ]
    );
    assert_eq!(shop.number("SELECT count(*) FROM v_case"), 0, "a plan stores nothing");

    let facts = "SELECT trade_no, kind, product, channel, channel_ref, original_trade_no, amount_minor, fee_minor, \
                 currency, status, occurred_at, business_date, customer, merchant, clearing, settlement, recon FROM v_trade";
    let original =
        "SELECT v.*, e.* FROM voucher v JOIN entry e ON e.voucher = v.id WHERE v.voucher_no = 'J00001'";
    let lines = "SELECT * FROM statement_line";
    let others = "SELECT * FROM v_trade WHERE trade_no <> 'T0001'";
    let watched = [facts, original, lines, others];
    let before = watched.map(|query| shop.rows(query));
    assert!(before.iter().all(|rows| !rows.is_empty()));

    let case = shop.json(&["case", "open", "--trade", "T0001", "--plan"]);
    assert_eq!((&case["case_no"], &case["state"]), (&json!("C0001"), &json!("staged")));
    let preview = shop.json(&["preview", "C0001"]);
    let moved: Vec<_> = preview["balances"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|balance| {
            let change = balance["after_minor"].as_i64()? - balance["before_minor"].as_i64()?;
            (change != 0).then(|| (balance["account"].as_str().unwrap(), change))
        })
        .collect();
    assert_eq!(moved, [("2001.A", 10_000), ("2001.B", -10_000)]);
    assert_eq!(
        (&preview["customer_view_changed"], &preview["reconciliation_changed"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 15, "a preview books nothing");

    shop.run(&["commit", "C0001"]).refused("STORNO-CASE-STATE");
    shop.done(&["case", "submit", "C0001"]);
    shop.run(&["case", "approve", "C0001"]).refused("STORNO-FOUR-EYES");
    shop.run(&["case", "approve", "C0001", "--json"]).refused("STORNO-FOUR-EYES");
    shop.run(&["commit", "C0001"]).refused("STORNO-CASE-STATE");
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 15);
    shop.done(&["case", "approve", "C0001", "--operator", "op2"]);

    let receipt = shop.json(&["commit", "C0001", "--key", "K1"]);
    assert_eq!((&receipt["key"], &receipt["replayed"]), (&json!("K1"), &json!(false)));
    let shown = shop.json(&["case", "show", "C0001"]);
    let booked: Vec<_> = ["kind", "mode", "accounting_date", "amount_minor", "reverses"]
        .map(|name| [&shown["booked"][0][name], &shown["booked"][1][name]])
        .to_vec();
    assert_eq!(
        json!(booked),
        json!([
            ["reverse", "repost"],
            ["wipe", "normal"],
            ["2018-09-12", "2018-09-12"],
            [10_000, 10_000],
            ["J00001", null]
        ])
    );
    let vouchers: Vec<_> = receipt["vouchers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| [&v["voucher_no"], &v["kind"], &v["mode"]].map(|v| v.as_str().unwrap()))
        .collect();
    assert_eq!(vouchers, [["V00016", "reverse", "wipe"], ["V00017", "repost", "normal"]]);
    let mut again = shop.json(&["commit", "C0001", "--key", "K1"]);
    assert_eq!(std::mem::replace(&mut again["replayed"], json!(false)), json!(true));
    assert_eq!(again, receipt, "the same receipt");
    shop.run(&["commit", "C0001", "--key", "K2"]).refused("STORNO-CASE-STATE");

    assert_eq!(watched.map(|query| shop.rows(query)), before, "nothing but the posting moved");
    assert_eq!((shop.balance("2001.A"), shop.balance("2001.B")), (50_590, 0));
    assert_eq!(shop.rows("SELECT posting FROM v_trade WHERE trade_no = 'T0001'"), "Text(\"reposted\")|\n");
    assert_eq!(
        shop.rows("SELECT reverses, maker, checker, case_no, accounting_date FROM v_voucher WHERE seq = 16"),
        "Text(\"J00001\")|Text(\"op1\")|Text(\"op2\")|Text(\"C0001\")|Text(\"2018-09-12\")|\n"
    );
    assert_eq!(shop.verified()["vouchers"], 17);

    let other = shop.approved_case("T0009");
    shop.run(&["commit", &other, "--key", "K1"]).refused("STORNO-KEY-CONFLICT");
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 17);
    shop.done(&["commit", &other, "--key", "K2"]);

    let manual = shop.json(&["case", "open", "--trade", "T0001"])["case_no"].as_str().unwrap().to_owned();
    shop.run(&["stage", "reverse", "J00001", "--case", &manual]).refused("STORNO-ALREADY-REVERSED");
    shop.run(&["stage", "reverse", "V00016", "--case", &manual]).refused("STORNO-REVERSAL-OF-REVERSAL");
    assert_eq!(shop.json(&["case", "show", &manual])["steps"], 0);
    let left: Vec<_> =
        shop.findings(&[]).into_iter().filter(|(trade, _)| trade == "T0001" || trade == "T0009").collect();
    assert_eq!(left, []);
}

#[test]
fn posting_books_what_is_due_once() {
    let shop = Shop::sample();
    let ran = shop.run(&["post", "--due", "--json"]);
    assert_eq!(ran.code, 1, "one event was refused: {ran:?}");
    let posted = ran.parsed();
    assert_eq!((posted["posted"].as_i64(), posted["refused"].as_array().unwrap().len()), (Some(1), 1));
    assert_eq!(posted["refused"][0]["code"], "STORNO-OVER-LIMIT");
    let voucher = "SELECT kind, trade_no, accounting_date FROM v_voucher WHERE seq > 15";
    assert_eq!(shop.rows(voucher), "Text(\"supplement\")|Text(\"T0003\")|Text(\"2018-09-12\")|\n");
    assert_eq!(shop.run(&["post", "--due", "--json"]).parsed()["posted"], 0);
    assert_eq!(shop.json(&["post", "T0003"])["posted"], 0);
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 16);
    assert_eq!(shop.number("SELECT max(live_vouchers) FROM v_event WHERE trade_no = 'T0003'"), 1);

    // The same correction by hand, as a case.
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0003"]);
    shop.done(&["stage", "supplement", "T0003", "--case", "C0001"]);
    shop.agreed("C0001");
    shop.done(&["commit"]);
    assert_eq!(
        shop.rows("SELECT kind, trade_no FROM v_voucher WHERE seq > 15"),
        "Text(\"supplement\")|Text(\"T0003\")|\n"
    );
    assert_eq!(shop.json(&["post", "T0003"])["posted"], 0);
    shop.verified();
}

#[test]
fn the_days_decide_between_wipe_red_and_blue() {
    let (next_day, next_year) = ("2018-09-14T12:00:00+08:00", "2019-01-05T12:00:00+08:00");
    let cases = [
        (NOW, false, "auto", Ok(("wipe", "2018-09-12"))),
        (NOW, false, "red", Ok(("red", "2018-09-13"))),
        (next_day, true, "auto", Ok(("red", "2018-09-14"))),
        (next_day, true, "blue", Ok(("blue", "2018-09-14"))),
        (next_day, true, "wipe", Err("STORNO-MODE")),
        (next_year, true, "auto", Ok(("blue", "2019-01-05"))),
        (next_year, true, "red", Err("STORNO-MODE")),
    ];
    for (now, closed, asked, expected) in cases {
        let shop = Shop::empty();
        let trades = format!("{TRADES}{}", topup("T1", "12.30", "A", "2018-09-12 10:00:00"));
        shop.done(&["import", "trades", &shop.file("trades.csv", trades)]);
        shop.done(&["post", "--due"]);
        if closed {
            shop.done(&["day", "close", "2018-09-12"]);
        }
        shop.done(&["case", "open", "--trade", "T1", "--now", now]);
        let ran = shop.run(&["stage", "reverse", "V00001", "--mode", asked, "--now", now]);
        match expected {
            Err(code) => {
                ran.refused(code);
            }
            Ok((mode, day)) => {
                assert_eq!(ran.code, 0, "{ran:?}");
                shop.agreed_at("C0001", now);
                shop.done(&["commit", "C0001", "--now", now]);
                assert_eq!(
                    shop.rows("SELECT mode, accounting_date, business_date FROM v_voucher WHERE seq = 2"),
                    format!("Text(\"{mode}\")|Text(\"{day}\")|Text(\"2018-09-12\")|\n")
                );
                let sides = shop.rows("SELECT account, side, amount_minor FROM v_entry WHERE voucher_no = 'V00002' AND account = '2001.A'");
                let amount = if mode == "red" {
                    "Text(\"credit\")|Integer(-1230)"
                } else {
                    "Text(\"debit\")|Integer(1230)"
                };
                assert_eq!(sides, format!("Text(\"2001.A\")|{amount}|\n"));
                assert_eq!(shop.balance("2001.A"), 0);
            }
        }
        shop.verified();
    }
}

#[test]
fn a_day_with_blockers_does_not_close() {
    let shop = Shop::sample();
    let before = shop.views();
    shop.run(&["day", "close", "2018-09-12"]).refused("STORNO-DAY-STATE");
    assert_eq!(shop.views(), before);
    let counts = || {
        let day = &shop.json(&["day", "status"])[0];
        (day["state"].clone(), day["unposted"].clone(), day["open_cases"].clone())
    };
    assert_eq!(counts(), (json!("open"), json!(1), json!(0)));
    shop.done(&["case", "open", "--trade", "T0009", "--plan"]);
    shop.done(&["post", "T0003"]);
    assert_eq!(counts(), (json!("open"), json!(0), json!(1)));
    shop.run(&["day", "close", "2018-09-12"]).refused("STORNO-DAY-STATE");
    shop.done(&["case", "withdraw", "C0001"]);
    assert_eq!(counts(), (json!("open"), json!(0), json!(0)));
    shop.done(&["day", "close", "2018-09-12"]);
    shop.run(&["day", "open", "2018-09-12"]).refused("STORNO-DAY-STATE");
    let plan = shop.json(&["plan", "T0001"]);
    assert_eq!(
        (&plan["steps"][0]["mode"], &plan["steps"][0]["accounting_date"]),
        (&json!("red"), &json!("2018-09-13"))
    );
}

/// Two approved cases that reverse the same voucher, and a case whose day is cut over before its commit.
#[test]
fn a_stale_case_writes_nothing() {
    let shop = Shop::sample();
    let (first, second) = (shop.approved_case("T0001"), shop.approved_case("T0001"));
    shop.done(&["commit", &first]);
    let before = shop.views();
    shop.run(&["commit", &second]).refused("STORNO-ALREADY-REVERSED");
    assert_eq!(shop.views(), before, "the loser writes nothing");
    assert_eq!(
        shop.json(&["case", "show", &second])["state"],
        "approved",
        "and may be withdrawn or sent back"
    );

    // The wipe was approved while its day was open; at the commit the day accepts no postings any more.
    let shop = Shop::empty();
    let days = [("T1", "2018-09-12 10:00:00"), ("T2", "2018-09-13 10:00:00")];
    let trades = days.map(|(trade, time)| topup(trade, "12.30", "A", time)).concat();
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post", "--due"]);
    shop.done(&["case", "open", "--trade", "T2"]);
    shop.done(&["stage", "reverse", "V00001"]);
    shop.agreed("C0001");
    // Its trade is of the next day, but it would book on this one, so the day waits for it.
    let waits = shop.run(&["day", "close", "2018-09-12"]);
    assert!(waits.refused("STORNO-DAY-STATE").err.contains("undone cases: 1"), "{waits:?}");
    assert_eq!(shop.json(&["day", "status"])[0]["open_cases"], 1);
    shop.done(&["day", "cut", "2018-09-12"]);
    let before = shop.views();
    let ran = shop.run(&["commit", "C0001"]);
    let told = &ran.refused("STORNO-STALE").err;
    assert!(
        told.contains("(wipe) 2018-09-12") && told.contains("(red) 2018-09-13"),
        "what would differ: {told}"
    );
    assert_eq!(shop.views(), before);
    assert_eq!(shop.json(&["preview", "C0001"])["ready"], false);
    // Rejected, its steps are refreshed; whoever does that works on the case.
    shop.run(&["case", "restage", "C0001"]).refused("STORNO-CASE-STATE");
    shop.done(&["case", "reject", "C0001", "--reason", "cut over", "--operator", "op2"]);
    shop.run(&["case", "submit", "C0001"]).refused("STORNO-CASE-STATE");
    let fresh = shop.json(&["case", "restage", "C0001", "--operator", "op3"]);
    assert_eq!((&fresh["state"], &fresh["staged"][0]["mode"]), (&json!("staged"), &json!("red")));
    assert_eq!(fresh["staged"].as_array().unwrap().len(), 1, "the same steps");
    assert_eq!(fresh["log"].as_array().unwrap().last().unwrap()["verb"], "restage");
    shop.done(&["case", "submit", "C0001"]);
    shop.run(&["case", "approve", "C0001", "--operator", "op3"]).refused("STORNO-FOUR-EYES");
    shop.done(&["case", "approve", "C0001", "--operator", "op2"]);
    shop.done(&["commit", "C0001"]);
    shop.verified();
}

/// A step that can no longer be booked is named, and the case stays unchanged; so does a case without
/// steps.
#[test]
fn a_case_is_brought_up_to_date_as_a_whole() {
    let shop = Shop::sample();
    let (first, second) = (shop.approved_case("T0001"), shop.approved_case("T0001"));
    shop.done(&["commit", &first]);
    shop.done(&["case", "reject", &second, "--reason", "done elsewhere", "--operator", "op2"]);
    let before = shop.views();
    let ran = shop.run(&["case", "restage", &second]);
    assert!(ran.refused("STORNO-ALREADY-REVERSED").err.contains("J00001"), "{ran:?}");
    assert_eq!(shop.views(), before);
    assert_eq!(shop.json(&["case", "show", &second])["state"], "rejected");
    shop.done(&["case", "open", "--trade", "T0008"]);
    shop.run(&["case", "restage", "C0003"]).refused("STORNO-NOTHING");
}

#[test]
fn a_day_with_an_unfinished_case_does_not_close() {
    let shop = Shop::sample();
    shop.done(&["post", "T0003"]);
    let case = shop.approved_case("T0001");
    shop.run(&["day", "close", "2018-09-12"]).refused("STORNO-DAY-STATE");
    shop.done(&["commit", &case]);
    shop.done(&["day", "close", "2018-09-12"]);
}
