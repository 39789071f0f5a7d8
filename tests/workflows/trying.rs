//! Rules tried before they are loaded.

use crate::support::{Shop, TRADES};
use serde_json::{Value, json};

const RULES: &str = include_str!("../../assets/templates/cn-wallet/rules.toml");
const CHANNELS: &str = include_str!("../../assets/templates/cn-wallet/channels.toml");
const KINDS: &str = include_str!("../../assets/templates/cn-wallet/kinds.toml");
const CHART: &str = include_str!("../../assets/templates/cn-wallet/chart.toml");

/// The rate of WeChat payments, as the default rules have it.
const RATE: &str = "valid_from = \"2018-01-01\"\nvalue = \"0.0100\"";

/// The default rules with twice that rate from 13 September 2018.
fn dearer() -> String {
    let later = "valid_from = \"2018-01-01\"\nvalid_to = \"2018-09-12\"\nvalue = \"0.0100\"\n\n\
                 [[coefficient.merchant_fee_rate]]\nchannel = \"WECHAT\"\nvalid_from = \"2018-09-13\"\nvalue = \"0.0200\"";
    RULES.replacen(RATE, later, 1)
}

fn pay(number: &str, amount: &str, day: &str) -> String {
    format!(
        "{number},pay,direct,WECHAT,REF{number},,{amount},CNY,0.60,C,M001,{day} 10:00:00,SUCCESS,UNCLEARED\n"
    )
}

/// Payments of three days, posted by the default rules.
fn three_days() -> Shop {
    let shop = Shop::empty();
    let rows = [
        pay("T1", "100.00", "2018-09-11"),
        pay("T2", "200.00", "2018-09-12"),
        pay("T3", "300.00", "2018-09-13"),
        pay("T4", "50.00", "2018-09-13"),
    ];
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{}", rows.concat()))]);
    shop.done(&["post", "--due"]);
    shop
}

/// Account, booked, would be and difference of each account.
fn sums(tried: &Value) -> Vec<(String, i64, i64, i64)> {
    let minor = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let row = |row: &Value| {
        let account = row["account"].as_str().unwrap().to_owned();
        (account, minor(row, "booked_minor"), minor(row, "would_be_minor"), minor(row, "difference_minor"))
    };
    tried["accounts"].as_array().unwrap().iter().map(row).collect()
}

/// Trades with differing lines, each once.
fn differing(tried: &Value) -> Vec<&str> {
    let mut trades: Vec<&str> =
        tried["lines"].as_array().unwrap().iter().map(|line| line["trade_no"].as_str().unwrap()).collect();
    trades.dedup();
    trades
}

#[test]
fn a_fee_changed_from_a_day_changes_exactly_the_trades_from_that_day() {
    let shop = three_days();
    let before = shop.views();
    let file = shop.file("dearer.toml", dearer());
    let tried = shop.json(&["rules", "try", &file, "--read-only"]);
    assert_eq!(differing(&tried), ["T3", "T4"]);
    assert_eq!(
        tried["counts"],
        json!({ "unchanged": 2, "changed": 2, "added": 0, "dropped": 0, "refused": 0 })
    );
    assert_eq!(tried["rules"][0]["rule"], "pay.captured@1");
    assert_eq!(
        sums(&tried),
        [("2002.M001".to_owned(), 64_350, 64_000, -350), ("6001".to_owned(), 650, 1000, 350)]
    );
    let line = |account: &str, side: &str, booked: i64, would_be: i64| {
        json!({
            "trade_no": "T3", "event": "captured", "outcome": "changed", "account": account, "side": side,
            "currency": "CNY", "booked_minor": booked, "would_be_minor": would_be,
        })
    };
    assert_eq!(tried["lines"][0], line("2002.M001", "debit", 300, 600));
    assert_eq!(tried["lines"][1], line("6001", "credit", 300, 600));

    let one = shop.json(&["rules", "try", &file, "--limit", "1"]);
    assert_eq!((one["lines"].as_array().unwrap().len(), one["lines_left_out"].as_i64()), (1, Some(3)));
    let text = shop.done(&["rules", "try", &file]);
    assert!(text.contains("4 trades, 4 events") && text.contains("T4") && text.contains("6.00"), "{text}");
    let earlier = shop.done(&["rules", "try", &file, "--to", "2018-09-12"]);
    assert!(earlier.contains("Nothing would be booked otherwise."), "{earlier}");
    assert!(
        shop.done(&["--lang", "zh-CN", "rules", "try", &file, "--to", "2018-09-12"]).contains("记账不变")
    );
    shop.run(&["rules", "try", &file, "--from", "2018-09-13", "--to", "2018-09-12"])
        .refused("STORNO-BAD-VALUE");
    assert_eq!(shop.views(), before, "nothing is written");
}

#[test]
fn a_tried_set_is_in_force_from_its_own_day_or_from_the_day_given() {
    let shop = three_days();
    let next = RULES
        .replace("version = 1", "version = 2")
        .replacen("valid_from = \"2018-01-01\"", "valid_from = \"2018-09-13\"", 1)
        .replacen(RATE, &RATE.replace("0.0100", "0.0200"), 1);
    let file = shop.file("next.toml", next);
    let tried = shop.json(&["rules", "try", &file]);
    assert_eq!((tried["from"].as_str(), tried["trades"].as_i64()), (Some("2018-09-13"), Some(2)));
    assert_eq!(sums(&tried)[1], ("6001".to_owned(), 350, 700, 350));
    let tried = shop.json(&["rules", "try", &file, "--from", "2018-09-12"]);
    assert_eq!(differing(&tried), ["T2", "T3", "T4"]);
    assert_eq!(tried["rules"][0]["rule"], "pay.captured@2");

    // Loaded, it is what is in force: then nothing changes for trades after its day, which it posts.
    shop.done(&["rules", "load", &file]);
    let rows = format!("{TRADES}{}", pay("T5", "10.00", "2018-09-13"));
    shop.done(&["import", "trades", &shop.file("more.csv", rows)]);
    shop.done(&["post", "--due"]);
    let tried = shop.json(&["rules", "try", &file]);
    assert_eq!(differing(&tried), ["T3", "T4"]);
    // A set before it is in force until its day only.
    let tried = shop.json(&["rules", "try", &shop.file("dearer.toml", dearer()), "--from", "2018-09-12"]);
    assert_eq!((tried["trades"].as_i64(), &tried["counts"]["changed"]), (Some(1), &json!(0)));
}

#[test]
fn an_event_that_rules_no_longer_book_takes_the_events_after_it_along() {
    let shop = three_days();
    shop.done(&["clear"]);
    let pay_captured =
        "kind = \"pay\"\nevent = \"captured\"\nchannel = [\"WECHAT\", \"ALIPAY\", \"UNIONPAY\"]\n";
    assert!(RULES.contains(pay_captured));
    let only_failed = RULES.replace(
        &format!("{pay_captured}due = [\"succeeded\"]"),
        &format!("{pay_captured}due = [\"failed\"]"),
    );
    let tried = shop.json(&["rules", "try", &shop.file("failed.toml", only_failed)]);
    assert_eq!(tried["counts"]["dropped"], 8);
    assert!(
        sums(&tried)
            .iter()
            .all(|(_, booked, would_be, difference)| *would_be == 0 && *difference == -*booked),
        "{tried}"
    );

    // An amount without a rate is refused by the rules, with the reason.
    let late = RULES.replacen("valid_from = \"2018-01-01\"", "valid_from = \"2018-09-13\"", 1).replacen(
        RATE,
        &RATE.replace("2018-01-01", "2018-09-13"),
        1,
    );
    let file = shop.file("late.toml", late);
    let tried = shop.json(&["rules", "try", &file, "--from", "2018-09-12"]);
    let refused = tried["refused"].as_array().unwrap();
    assert_eq!((refused.len(), &refused[0]["trade_no"]), (1, &json!("T2")));
    assert_eq!(refused[0]["code"], "STORNO-RULE-FAILED");
    assert_eq!(
        tried["counts"],
        json!({ "unchanged": 4, "changed": 0, "added": 0, "dropped": 1, "refused": 1 }),
        "its clearing goes with it"
    );
    assert!(shop.done(&["rules", "try", &file, "--from", "2018-09-12"]).contains("merchant_fee_rate"));
}

#[test]
fn a_chart_is_tried_with_the_rules_that_need_it() {
    let shop = three_days();
    let elsewhere =
        RULES.replace("account = \"6001\", amount = \"mfee\"", "account = \"6002\", amount = \"mfee\"");
    let file = shop.file("elsewhere.toml", elsewhere);
    let refused = shop.run(&["rules", "try", &file]);
    assert!(refused.refused("STORNO-BAD-RULES").err.contains("elsewhere.toml:"), "{refused:?}");
    let subject = "\n[[subject]]\ncode = \"6002\"\nname = \"手续费收入-新\"\nname_en = \"Fees - new\"\nclass = \"income\"\n\
                   normal_side = \"credit\"\n";
    let chart = shop.file("chart.toml", format!("{CHART}{subject}"));
    let tried = shop.json(&["rules", "try", &file, "--chart", &chart]);
    assert_eq!(sums(&tried), [("6001".to_owned(), 650, 0, -650), ("6002".to_owned(), 0, 650, 650)]);
    assert_eq!(tried["accounts"][1]["name"], "Fees - new");
    let (channels, kinds) = (shop.file("channels.toml", CHANNELS), shop.file("kinds.toml", KINDS));
    let with_all = ["rules", "try", &file, "--chart", &chart, "--channels", &channels, "--kinds", &kinds];
    assert_eq!(shop.json(&with_all), tried, "they are those of the ledger");
    // A rule that does not say when its event is due has it from the kind of trade.
    let pay = "event = \"captured\"\nchannel = [\"WECHAT\", \"ALIPAY\", \"UNIONPAY\"]\ndue = [\"succeeded\"]\nlines";
    let by_kind = shop.file("by-kind.toml", RULES.replace(pay, &pay.replace("due = [\"succeeded\"]\n", "")));
    let failed = KINDS.replacen(
        "{ name = \"captured\" },\n  { name = \"cleared\"",
        "{ name = \"captured\", status = [\"failed\"] },\n  { name = \"cleared\"",
        1,
    );
    assert_ne!(failed, KINDS);
    let failed = shop.file("failed.toml", failed);
    assert_eq!(shop.json(&["rules", "try", &by_kind])["counts"]["unchanged"], 4);
    assert_eq!(shop.json(&["rules", "try", &by_kind, "--kinds", &failed])["counts"]["dropped"], 4);
    let bad = shop.file("bad.toml", CHART.replace("asset", "assets"));
    shop.run(&["rules", "try", &file, "--chart", &bad]).refused("STORNO-BAD-RULES");
    shop.run(&["rules", "try", &file, "--kinds", &bad]).refused("STORNO-BAD-RULES");
    shop.run(&["rules", "try", &file, "--channels", &bad]).refused("STORNO-BAD-RULES");
}

#[test]
fn what_a_case_has_booked_counts_as_booked() {
    let shop = Shop::sample();
    let file = shop.file("default.toml", RULES);
    let tried = || shop.json(&["rules", "try", &file, "--limit", "1000"]);
    assert_eq!(differing(&tried()), ["T0001", "T0003", "T0008", "T0009", "T0015"]);
    for trade in ["T0001", "T0008"] {
        shop.done(&["commit", &shop.approved_case(trade)]);
    }
    let open = |trade: &str| {
        shop.json(&["case", "open", "--trade", trade, "--note", "by hand"])["case_no"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (step, trade) in [("adjust", "T0015"), ("park", "T0003")] {
        let case = open(trade);
        shop.done(&["stage", step, trade, "--case", &case]);
        shop.agreed(&case);
        shop.done(&["commit", &case]);
    }
    assert_eq!(differing(&tried()), ["T0009"]);
}

#[test]
fn a_trade_of_an_earlier_year_keeps_profit_and_loss_on_the_prior_year_account() {
    let shop = three_days();
    for day in ["2018-09-11", "2018-09-12", "2018-09-13"] {
        shop.done(&["day", "close", day, "--now", "2018-09-14T12:00:00+08:00"]);
    }
    let next_year = ["--now", "2019-01-07T12:00:00+08:00"];
    let import = |number: &str| {
        let file = shop.file(number, format!("{TRADES}{}", pay(number, "1000.00", "2018-09-13")));
        shop.done(&[&["import", "trades", &file], &next_year[..]].concat());
    };
    import("T5");
    shop.done(&[&["post", "--due"], &next_year[..]].concat());
    assert_eq!(shop.balance("6901"), 940, "income of 10.00 less the channel's fee of 0.60");
    let tried = |text: String| {
        shop.json(
            &[&["rules", "try", &shop.file("tried.toml", text), "--limit", "99"], &next_year[..]].concat(),
        )
    };
    assert_eq!(differing(&tried(RULES.to_owned())), [""; 0]);
    let dearer = tried(dearer());
    assert_eq!(differing(&dearer), ["T3", "T4", "T5"]);
    let prior = |tried: &Value| sums(tried).into_iter().find(|(account, ..)| account == "6901");
    assert_eq!(prior(&dearer), Some(("6901".to_owned(), 940, 1940, 1000)));
    import("T6");
    let added = tried(RULES.to_owned());
    assert_eq!((differing(&added), &added["counts"]["added"]), (vec!["T6"], &json!(1)));
    assert_eq!(prior(&added), Some(("6901".to_owned(), 940, 1880, 940)));
}
