//! How pairs of trades and lines came about, what came nearest where there is none, and pairs of days that are closed.

use super::matching::{Line, found, mend, pairs, posted, statement};
use crate::support::{Shop, TRADES, data};
use serde_json::{Value, json};

const NOW: &str = "2018-09-13T12:00:00+08:00";

fn explained(shop: &Shop, of: &str) -> Value {
    let mut all = shop.json(&["explain", of, "--now", NOW]);
    assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
    all[0].take()
}

/// Fields that keep the nearest candidate apart: field, ours, theirs.
fn nearest(explained: &Value) -> Vec<(&str, &str, &str)> {
    let text =
        |value: &'_ Value| -> &'static str { Box::leak(value.as_str().unwrap().to_owned().into_boxed_str()) };
    let fields = explained["candidates"][0]["differs"].as_array();
    fields
        .into_iter()
        .flatten()
        .map(|field| (text(&field["field"]), text(&field["ours"]), text(&field["theirs"])))
        .collect()
}

/// A reference that our list has wrong: each side names the other as the nearest, and a person matches them.
#[test]
fn a_short_and_a_long_name_each_other_as_the_nearest() {
    let shop = posted(
        "T1,topup,agreement,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T2,topup,agreement,WECHAT,R2,,50.00,CNY,0.30,B,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
         T3,topup,agreement,WECHAT,R3,,50.00,CNY,0.30,C,,2018-09-12 10:00:09,SUCCESS,UNCLEARED\n\
         T4,topup,agreement,WECHAT,R4,,70.00,CNY,0.42,D,,2018-09-12 11:00:00,FAILED,UNCLEARED\n",
        NOW,
    );
    let lines: [Line<'_>; 4] = [
        ("pay", "R1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1"),
        ("pay", "R22", "", "N2", "50.00", "0.30", "2018-09-12 10:00:20", "M1"),
        ("pay", "R3", "", "N3", "50.00", "0.30", "2018-09-12 10:00:09", "M1"),
        ("pay", "R4", "", "N4", "70.00", "0.42", "2018-09-12 11:00:00", "M1"),
    ];
    statement(&shop, "WECHAT", "2018-09-12", &lines, NOW);
    assert_eq!(found(&shop, NOW), pairs(&[("T2", "short"), ("T4", "long"), ("R22", "long")]));

    let short = explained(&shop, "T2");
    assert_eq!((&short["recon"], &short["pair"]), (&json!("short"), &Value::Null));
    assert_eq!(nearest(&short), [("reference", "R2", "R22")], "the free line, not the nearer one of T3");
    let candidates = short["candidates"].as_array().unwrap();
    assert_eq!(candidates[0]["kept_by"], "reference");
    let detail = shop.json(&["trade", "T2", "--now", NOW]);
    assert_eq!(detail["candidates"], short["candidates"]);
    assert!(shop.done(&["trade", "T2", "--now", NOW]).contains("R22"));
    for other in ["T1", "T4"] {
        let detail = shop.json(&["trade", other, "--now", NOW]);
        assert_eq!(detail["candidates"], Value::Null, "{other} has its line");
    }
    assert_eq!(candidates[0]["line"]["channel_no"], "N2");
    let of_other = candidates.iter().find(|one| one["line"]["channel_ref"] == "R3").unwrap();
    let fields: Vec<_> = of_other["differs"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(
        (fields, &of_other["differs"][1]["theirs"]),
        (vec![&json!("reference"), &json!("has_trade")], &json!("T3"))
    );
    for name in ["WECHAT:N2", "WECHAT:R22", "WECHAT/R22"] {
        let long = explained(&shop, name);
        assert_eq!((&long["recon"], &long["candidates"][0]["trade_no"]), (&json!("long"), &json!("T2")));
        assert_eq!(nearest(&long), [("reference", "R2", "R22")]);
    }
    // The finding says the same, and so do the words for people.
    for finding in ["short/T2", "long/WECHAT/R22"] {
        let plan = shop.json(&["plan", finding, "--now", NOW]);
        assert_eq!(nearest(&plan), [("reference", "R2", "R22")], "{finding}");
    }
    let told = shop.done(&["explain", "T2", "--now", NOW]);
    assert!(told.contains("other reference: ours R2, theirs R22"), "{told}");
    assert!(told.contains("the line has the trade T3 already"), "{told}");

    // A pair says how it came about, and where it does not agree, in what.
    let whole = explained(&shop, "T1");
    let how = |pair: &Value| ["how", "key", "rules"].map(|name| pair[name].clone());
    assert_eq!(how(&whole["pair"]), ["auto", "reference", "match@1"]);
    assert_eq!((&whole["pair"]["line"]["line"], &whole["candidates"]), (&json!(2), &Value::Null));
    let differs = explained(&shop, "T4");
    let status = json!([{ "field": "status", "ours": "failed", "theirs": "succeeded" }]);
    assert_eq!((&differs["recon"], &differs["differs"]), (&json!("long"), &status));

    for who in ["op1", "op2"] {
        let reason = ["--reason", "typed by hand", "--operator", who, "--now", NOW];
        shop.done(&[&["match", "T2", "--line", "WECHAT:N2"], &reason[..]].concat());
    }
    let matched = explained(&shop, "WECHAT:R22");
    assert_eq!(how(&matched["pair"]), ["manual", "decision", "match@1"]);
    assert_eq!(matched["pair"]["decided"]["reason"], "typed by hand");
    let detail = shop.json(&["trade", "T2", "--now", NOW]);
    assert_eq!(detail["matched"], matched["pair"]);
    assert_eq!(found(&shop, NOW), pairs(&[("T4", "long")]));
    shop.run(&["explain", "WECHAT:N9", "--now", NOW]).refused("STORNO-NOT-FOUND");
    shop.run(&["explain", "T9", "--now", NOW]).refused("STORNO-NOT-FOUND");
    shop.verified();
}

/// What the channel lists under another reference was told as if the channel had ours.
#[test]
fn a_finding_about_a_pair_across_references_names_the_channels() {
    let shop =
        posted("T1,topup,,WECHAT,OURS,,10.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n", NOW);
    let line = ("pay", "THEIRS", "", "N1", "10.00", "0.06", "2018-09-12 09:00:00", "M1");
    statement(&shop, "WECHAT", "2018-09-12", &[line], NOW);
    for who in ["op1", "op2"] {
        let reason = ["--reason", "typed by hand", "--operator", who, "--now", NOW];
        shop.done(&[&["match", "T1", "--line", "WECHAT:N1"], &reason[..]].concat());
    }
    let told = shop.run(&["findings", "--json", "--now", NOW]).parsed();
    assert_eq!(
        (&told[0]["cause"], &told[0]["trade_no"]),
        (&json!("channel_fee_diff"), &json!("T1")),
        "{told}"
    );
    let detail = told[0]["detail"].as_str().unwrap();
    assert!(detail.contains("THEIRS") && !detail.contains("OURS"), "{detail}");
}

/// One field each: merchant number, kind, what the channel revoked, and a statement that was withdrawn.
#[test]
fn the_field_that_kept_a_line_of_the_same_reference_is_named() {
    let now = NOW;
    let shop = Shop::empty();
    let heads = TRADES.trim_end().to_owned() + ",merchant_no\n";
    let trades = "T1,topup,agreement,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED,M9\n\
                  T2,topup,agreement,WECHAT,R2,,20.00,CNY,0.12,A,,2018-09-12 09:10:00,SUCCESS,UNCLEARED,M1\n\
                  T3,topup,agreement,WECHAT,R3,,30.00,CNY,0.18,A,,2018-09-12 09:20:00,SUCCESS,UNCLEARED,M1\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", heads + trades), "--now", now]);
    shop.done(&["post", "--now", now]);
    let lines: [Line<'_>; 4] = [
        ("pay", "R1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1"),
        ("refund", "R2", "R0", "N2", "20.00", "0.12", "2018-09-12 09:10:00", "M1"),
        ("pay", "R3", "", "N3", "30.00", "0.18", "2018-09-12 09:20:00", "M1"),
        ("revoke", "V3", "R3", "N4", "30.00", "0.00", "2018-09-12 09:25:00", "M1"),
    ];
    statement(&shop, "WECHAT", "2018-09-12", &lines, now);
    assert_eq!(nearest(&explained(&shop, "T1")), [("merchant_no", "M9", "M1, M1")]);
    assert_eq!(nearest(&explained(&shop, "T2")), [("kind", "topup", "refund")]);
    let revoked = explained(&shop, "T3");
    assert_eq!((&revoked["recon"], nearest(&revoked)), (&json!("short"), vec![("revoked", "", "V3")]));
}

/// Makes the statement that extends the one of a closed day stand, which two people decide.
fn made_to_stand(shop: &Shop, statement: &str) {
    let case = shop.json(&["case", "open", "--note", "late lines"])["case_no"].as_str().unwrap().to_owned();
    let step = ["stage", "statement", statement, "--state", "standing", "--because", "late lines"];
    shop.done(&[&step[..], &["--case", &case]].concat());
    shop.agreed(&case);
    shop.done(&["commit", &case]);
}

/// The pair that a day was closed with stays. What comes later and fits better is told, whichever side it is on, and
/// changes nothing until a person says so.
#[test]
fn a_better_fit_that_comes_after_the_close_is_told_and_changes_nothing() {
    let late = |shop: &Shop, trades: &str| {
        let file = shop.file("late.csv", format!("{TRADES}{trades}"));
        shop.done(&["import", "trades", &file, "--now", NOW]);
    };
    let first = "T1,topup,agreement,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:05,SUCCESS,UNCLEARED\n";
    let better = "T2,topup,agreement,WECHAT,R1,,100.00,CNY,0.60,B,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    let line: [Line<'_>; 1] = [("pay", "R1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1")];

    // As long as the day is open, the better one has the line, whenever it came.
    let open = posted(first, NOW);
    statement(&open, "WECHAT", "2018-09-12", &line, NOW);
    late(&open, better);
    assert_eq!(explained(&open, "T2")["recon"], "matched");
    assert_eq!(found(&open, NOW), pairs(&[("T1", "duplicate"), ("T2", "unposted")]));

    let shop = posted(first, NOW);
    statement(&shop, "WECHAT", "2018-09-12", &line, NOW);
    shop.done(&["day", "close", "2018-09-12", "--now", NOW]);
    assert_eq!(
        shop.rows("SELECT day, last_trade, last_statement FROM day_known"),
        "Text(\"2018-09-12\")|Integer(1)|Integer(1)|\n"
    );
    late(&shop, better);
    assert_eq!(found(&shop, NOW), pairs(&[("T2", "rematch")]));
    let kept = explained(&shop, "T1");
    assert_eq!((&kept["recon"], &kept["pair"]["key"]), (&json!("matched"), &json!("reference")));
    let told = shop.run(&["findings", "--cause", "rematch", "--json", "--now", NOW]).parsed();
    assert_eq!(told[0]["scenario"], "S44");
    assert!(told[0]["detail"].as_str().unwrap().contains("T1"), "{told}");
    assert_eq!(shop.json(&["plan", "T2", "--now", NOW])["steps"], json!([]));
    assert_eq!(nearest(&explained(&shop, "T2")), [("has_trade", "T2", "T1")]);
    // Another import of the statement's lines, and other trades, leave it as it is.
    let extended: [Line<'_>; 2] =
        [line[0], ("pay", "R9", "", "N9", "5.00", "0.03", "2018-09-12 19:00:00", "M1")];
    statement(&shop, "WECHAT", "2018-09-12", &extended, NOW);
    made_to_stand(&shop, "2");
    assert_eq!(found(&shop, NOW), pairs(&[("T2", "rematch"), ("R9", "long")]));
    // Two people decide that the line is the later one's; then the signed one has none, and its posting goes.
    for who in ["op1", "op2"] {
        shop.done(&[
            "match",
            "T2",
            "--line",
            "WECHAT:N1",
            "--reason",
            "B paid",
            "--operator",
            who,
            "--now",
            NOW,
        ]);
    }
    assert_eq!(explained(&shop, "T2")["pair"]["how"], "manual");
    assert_eq!(found(&shop, NOW), pairs(&[("T1", "short"), ("T2", "unposted"), ("R9", "long")]));
    mend(&shop, "short/T1", NOW);
    assert_eq!(found(&shop, NOW), pairs(&[("T2", "unposted"), ("R9", "long")]));
    shop.verified();
}

/// A second line of the payment, nearer in time than the one that the day was closed with.
#[test]
fn a_better_line_that_comes_after_the_close_is_told() {
    let trades = "T1,topup,agreement,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:05,SUCCESS,UNCLEARED\n";
    let shop = posted(trades, NOW);
    let first: Line<'_> = ("pay", "R1", "", "N1", "100.00", "0.60", "2018-09-12 09:00:00", "M1");
    statement(&shop, "WECHAT", "2018-09-12", &[first], NOW);
    shop.done(&["day", "close", "2018-09-12", "--now", NOW]);
    let second: Line<'_> = ("pay", "R1", "", "N2", "100.00", "0.60", "2018-09-12 09:00:05", "M1");
    statement(&shop, "WECHAT", "2018-09-12", &[first, second], NOW);
    made_to_stand(&shop, "2");
    assert_eq!(found(&shop, NOW), pairs(&[("T1", "rematch")]));
    assert_eq!(explained(&shop, "T1")["pair"]["line"]["channel_no"], "N1");
}

/// What a case had closed and that comes again says so, wherever it is shown.
#[test]
fn a_finding_that_comes_again_names_the_case_that_had_closed_it() {
    let shop = Shop::empty();
    let trades = "T1,topup,agreement,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:05,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}")), "--now", NOW]);
    let first = shop.json(&["plan", "T1", "--now", NOW]);
    assert_eq!((&first["cause"], &first["finding"]["closed_by"]), (&json!("unposted"), &Value::Null));
    mend(&shop, "unposted/T1/captured", NOW);
    assert_eq!(found(&shop, NOW), []);
    let voucher = shop.text("SELECT voucher_no FROM v_voucher");
    shop.done(&["case", "open", "--trade", "T1", "--now", NOW]);
    shop.done(&["stage", "reverse", &voucher, "--now", NOW]);
    shop.agreed_at("C0002", NOW);
    shop.done(&["commit", "C0002", "--now", NOW]);
    assert_eq!(found(&shop, NOW), pairs(&[("T1", "unposted")]));
    let plan = shop.json(&["plan", "T1", "--now", NOW]);
    let detail = shop.json(&["trade", "T1", "--now", NOW]);
    let list = shop.run(&["findings", "--json", "--now", NOW]).parsed();
    let of_trade = list.as_array().unwrap().iter().find(|one| one["trade_no"] == "T1").unwrap();
    for finding in [&plan["finding"], &detail["findings"][0], of_trade] {
        assert_eq!(finding["closed_by"], "C0001");
        assert!(finding["detail"].as_str().unwrap().ends_with("(again, closed by C0001)"), "{finding}");
    }
    let text = shop.run(&["findings", "--now", NOW]);
    assert!(text.out.contains("again, closed by C0001"), "{text:?}");
}

/// A case about a finding that does nothing about its trade has not closed it.
#[test]
fn a_case_that_did_nothing_about_a_finding_has_not_closed_it() {
    let shop = Shop::empty();
    let trades = "T1,topup,agreement,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:05,SUCCESS,UNCLEARED\n\
                  T2,topup,agreement,WECHAT,R2,,50.00,CNY,0.30,B,,2018-09-12 09:00:05,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}")), "--now", NOW]);
    shop.done(&["case", "open", "--finding", "unposted/T1/captured", "--now", NOW]);
    shop.done(&["stage", "supplement", "T2", "--now", NOW]);
    shop.agreed_at("C0001", NOW);
    shop.done(&["commit", "C0001", "--now", NOW]);
    assert_eq!(found(&shop, NOW), pairs(&[("T1", "unposted")]));
    let plan = shop.json(&["plan", "T1", "--now", NOW]);
    assert_eq!(plan["finding"]["closed_by"], Value::Null, "{plan}");
}

/// The money of a refund has left us and the customer does not have it: the trade says so and stands in a list, until
/// a later line says that it arrived.
#[test]
fn refunds_that_did_not_reach_the_customer_are_followed_up() {
    let now = "2025-03-13T12:00:00+08:00";
    let (trades, bill) = ("matching/processing-trades.csv", "matching/processing-bill.csv");
    let shop = Shop::empty();
    shop.done(&["import", "trades", &data(trades), "--now", now]);
    shop.done(&["post", "--now", now]);
    let bill = std::fs::read_to_string(data(bill)).unwrap();
    let changed = bill.replacen("PROCESSING", "CHANGE", 1).replacen("PROCESSING", "ABNORMAL", 1);
    shop.done(&["import", "bill", &shop.file("changed.csv", changed), "--now", now]);
    let listed = || {
        let told = shop.json(&["trades", "--follow-up", "--now", now]);
        let number = |row: &Value| row["trade_no"].as_str().unwrap().to_owned();
        told["rows"].as_array().unwrap().iter().map(number).collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["R1", "R2"]);
    let detail = shop.json(&["trade", "R1", "--now", now]);
    assert_eq!(detail["follow_up"]["trouble"], "CHANGE");
    assert_eq!(shop.json(&["trade", "T1", "--now", now])["follow_up"], Value::Null);
    let text = shop.done(&["trade", "R2", "--now", now]);
    assert!(text.contains("did not reach the customer: ABNORMAL in changed.csv, line 5"), "{text}");
    // Ours is still in process: the finding says both.
    let long = shop.json(&["plan", "long/R2", "--now", now]);
    let said = long["finding"]["detail"].as_str().unwrap();
    assert!(said.contains("the customer did not get it: ABNORMAL"), "{said}");
    // Somebody has seen to it: it leaves the list, with who, when and what, until the channel notes something else.
    shop.run(&["trade", "follow-up-done", "T1", "--note", "x", "--now", now]).refused("STORNO-NOT-FOUND");
    shop.run(&["trade", "follow-up-done", "R1", "--note", " ", "--now", now])
        .refused("STORNO-REASON-REQUIRED");
    let done =
        ["trade", "follow-up-done", "R1", "--note", "sent to her card", "--operator", "op1", "--now", now];
    let noted = &shop.json(&done)["follow_up"]["noted"];
    assert_eq!((&noted["done"], &noted["operator"]), (&json!(true), &json!("op1")));
    assert_eq!(listed(), ["R2"]);
    // Another merchant's line with the same numbers is seen to by itself.
    let other =
        std::fs::read_to_string(shop.path("changed.csv")).unwrap().replace("1623000088", "1623000099");
    shop.done(&["import", "bill", &shop.file("other.csv", other), "--now", now]);
    assert_eq!(listed(), ["R1", "R2"]);
    shop.done(&done);
    assert_eq!(listed(), ["R2"]);
    assert_eq!(shop.text("SELECT count(*) || '' FROM follow_up_note"), "2");
    shop.done(&["bill", "withdraw", "2", "--reason", "of another company", "--now", now]);
    assert_eq!(listed(), ["R2"]);
    shop.done(&done);
    assert_eq!(shop.text("SELECT count(*) || '' FROM follow_up_note"), "2", "it was done already");
    let text = shop.done(&["trade", "R1", "--now", now]);
    assert!(text.contains("done by op1 at 2025-03-13 12:00:00: sent to her card"), "{text}");
    shop.done(&["trade", "follow-up-open", "R1", "--note", "it came back", "--now", now]);
    assert_eq!(listed(), ["R1", "R2"]);
    shop.done(&done);
    let worse = bill.replacen("PROCESSING", "ABNORMAL", 2);
    let file = shop.file("worse.csv", worse);
    shop.done(&["import", "bill", &file, "--supersede", "--reason", "another state", "--now", now]);
    assert_eq!(listed(), ["R1", "R2"], "another note of the channel opens it again");
    let arrived = bill.replacen("PROCESSING", "SUCCESS", 1).replacen("PROCESSING", "ABNORMAL", 1);
    let file = shop.file("arrived.csv", arrived);
    shop.done(&["import", "bill", &file, "--supersede", "--reason", "the refund arrived", "--now", now]);
    assert_eq!(listed(), ["R2"]);
    mend(&shop, "long/R2", now);
    assert_eq!(listed(), ["R2"], "booked, and still not with the customer");
    shop.verified();
}
