//! Four eyes: what needs a second person, and what one person may not do alone. Each test repeats a former
//! mistake.

use crate::support;
use crate::support::Shop;

/// The sample day with case C0001, opened by op1, its correction staged and submitted by op2.
fn staged_by_another() -> Shop {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001"]);
    shop.done(&["stage", "reverse", "J00001", "--case", "C0001", "--operator", "op2"]);
    shop.done(&["stage", "repost", "T0001", "--case", "C0001", "--operator", "op2"]);
    shop.done(&["case", "submit", "C0001", "--operator", "op2"]);
    shop
}

#[test]
fn whoever_staged_a_case_that_another_opened_does_not_approve_it() {
    let shop = staged_by_another();
    for worker in ["op1", "op2"] {
        shop.run(&["case", "approve", "C0001", "--operator", worker]).refused("STORNO-FOUR-EYES");
    }
    shop.done(&["case", "approve", "C0001", "--operator", "op3"]);
    shop.done(&["commit", "C0001"]);
    shop.verified();
}

#[test]
fn capital_letters_make_no_second_person() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    shop.done(&["case", "submit", "C0001"]);
    for same in ["OP1", "Op1"] {
        shop.run(&["case", "approve", "C0001", "--operator", same]).refused("STORNO-FOUR-EYES");
    }
    let invisible = shop.run(&["case", "approve", "C0001", "--operator", "op1\u{200b}"]);
    assert_eq!(invisible.code, 2, "{invisible:?}");
}

#[test]
fn an_approval_written_past_the_log_does_not_count() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    shop.done(&["case", "submit", "C0001"]);
    let refused = shop
        .attempt("UPDATE case_file SET state = 'approved', checker = 'nobody' WHERE case_no = 'C0001'")
        .unwrap_err();
    assert!(refused.starts_with("STORNO-CASE-STATE"), "{refused}");
}

#[test]
fn an_override_needs_its_reason_and_the_preview_does_not_credit_the_channel_with_it() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001"]);
    shop.done(&["stage", "reverse", "J00001", "--case", "C0001"]);
    let stage = ["stage", "repost", "T0001", "--case", "C0001", "--set", "customer=C"];
    shop.run(&stage).refused("STORNO-REASON-REQUIRED");
    shop.run(&[&stage[..5], &["--set", "business_date=2031-01-01", "--set", "reason=x"]].concat())
        .refused("STORNO-BAD-VALUE");
    shop.done(&[&stage[..], &["--set", "reason=letter of the payer"]].concat());
    let preview = shop.json(&["preview", "C0001"]);
    let guard =
        preview["guards"].as_array().unwrap().iter().find(|guard| guard["guard"] == "customer_view").unwrap();
    assert!(guard["text"].as_str().unwrap().contains("override"), "{guard}");
    assert_eq!(preview["customer_view_changed"], true);
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    assert_eq!(
        shop.text("SELECT fact || ' ' || value || ': ' || reason FROM amendment"),
        "customer C: letter of the payer"
    );
}

#[test]
fn what_the_preview_says_a_customer_will_see_is_what_the_customer_sees() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001"]);
    shop.done(&["stage", "reverse", "J00001", "--case", "C0001"]);
    shop.done(&[
        "stage",
        "repost",
        "T0001",
        "--case",
        "C0001",
        "--set",
        "customer=C",
        "--set",
        "reason=letter",
    ]);
    let preview = shop.json(&["preview", "C0001"]);
    let holder =
        preview["holders"].as_array().unwrap().iter().find(|one| one["account"] == "2001.C").unwrap().clone();
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    let seen = |customer: &str| -> Vec<String> {
        let rows = shop.json(&["trades", "--customer", customer]);
        rows["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["trade_no"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut promised: Vec<String> =
        holder["trades_after"].as_array().unwrap().iter().map(|no| no.as_str().unwrap().to_owned()).collect();
    promised.sort();
    assert_eq!(seen("C"), promised);
    assert!(promised.contains(&"T0001".to_owned()) && !seen("A").contains(&"T0001".to_owned()));
    assert_eq!(shop.text("SELECT customer FROM v_trade WHERE trade_no = 'T0001'"), "C");
}

#[test]
fn yen_are_not_booked_as_yuan() {
    let shop = Shop::empty();
    let head = "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,merchant,\
                trade_time,trade_status,clearing_status";
    let row = "T1,topup,agreement,WECHAT,W1,,100,JPY,0,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED";
    let file = shop.file("yen.csv", format!("{head}\n{row}\n"));
    shop.run(&["import", "trades", &file]).refused("STORNO-CURRENCY");
    assert_eq!(shop.number("SELECT count(*) FROM trade"), 0);
}

#[test]
fn what_has_not_happened_is_not_booked_and_days_do_not_come_early() {
    let shop = Shop::sample();
    let now = ["--now", "2018-09-11T12:00:00+08:00"];
    let posted = shop.run(&[&["post", "--due", "--json"][..], &now].concat()).parsed();
    assert_eq!(posted["posted"], 0);
    for verb in ["open", "close"] {
        shop.run(&[&["day", verb, "2030-01-01"][..], &["--now", support::NOW]].concat())
            .refused("STORNO-DAY-STATE");
    }
}

#[test]
fn a_trade_that_no_rule_books_is_no_trade_that_stands_as_it_should() {
    let shop = Shop::empty();
    let head = "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,merchant,\
                trade_time,trade_status,clearing_status";
    let row = "T1,transfer,,BANK,W1,,100,CNY,0,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED";
    let file = shop.file("transfer.csv", format!("{head}\n{row}\n"));
    shop.done(&["import", "trades", &file]);
    assert_eq!(shop.findings(&[]), [("T1".to_owned(), "unposted".to_owned())]);
    assert_eq!(shop.json(&["plan", "T1"])["steps"], serde_json::json!([]));
}

#[test]
fn a_file_whose_last_line_is_cut_is_refused() {
    let shop = Shop::sample();
    let whole = std::fs::read(support::data("local-journal-20180912.csv")).unwrap();
    let cut = shop.file("cut.csv", &whole[..whole.len() - 4]);
    let other = Shop::empty();
    other.done(&["import", "trades", &support::data("local-trades-20180912.csv")]);
    let ran = other.run(&["import", "journal", &cut]);
    assert!(ran.refused("STORNO-BAD-FILE").err.contains("cut.csv:"), "{ran:?}");
    assert_eq!(other.number("SELECT count(*) FROM voucher"), 0);
}
