//! Channel statements: how they add up, and how one takes another's place.

use crate::support::{Shop, TRADES, data, topup};
use serde_json::{Value, json};

/// A line of a statement: kind, reference, amount.
type Line<'l> = (&'l str, &'l str, &'l str);

/// Writes a statement of UnionPay's 2018-09-12 for a merchant number and returns its path.
fn statement(shop: &Shop, name: &str, merchant: &str, covers: &str, lines: &[Line<'_>]) -> String {
    let mut text =
        "channel,day,merchant_no,covers,kind,reference,channel_no,amount,currency,channel_fee,status,time\n"
            .to_owned();
    let (mut paid, mut refunded) = (0, 0);
    for (kind, reference, amount) in lines {
        *(if *kind == "pay" { &mut paid } else { &mut refunded }) +=
            amount.replace('.', "").parse::<i64>().unwrap();
        text.push_str(&format!(
            "UNIONPAY,2018-09-12,{merchant},{covers},{kind},{reference},N{reference},{amount},CNY,0.00,SUCCESS,2018-09-12 10:00:00\n"
        ));
    }
    let sum = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    text.push_str(&format!("total,{},{},{},0.00,end\n", lines.len(), sum(paid), sum(refunded)));
    shop.file(name, text)
}

/// Returns file and state of every statement, in order of arrival.
fn states(shop: &Shop, more: &[&str]) -> Vec<(String, String)> {
    let bills = shop.json(&[&["bill", "list"], more].concat());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut bills = bills.as_array().unwrap().clone();
    bills.sort_by_key(|bill| bill["id"].as_i64());
    bills.iter().map(|bill| (text(&bill["file"]), text(&bill["state"]))).collect()
}

fn state(file: &str, state: &str) -> (String, String) {
    (file.to_owned(), state.to_owned())
}

const A: Line<'_> = ("pay", "A", "80.00");
const B: Line<'_> = ("pay", "B", "5.00");
const R: Line<'_> = ("refund", "R", "30.00");

#[test]
fn statements_of_payments_and_of_refunds_make_up_a_day_and_one_of_all_takes_their_place() {
    let shop = Shop::empty();
    for (name, covers, lines) in [("p.csv", "payments", [A]), ("r.csv", "refunds", [R])] {
        shop.done(&["import", "bill", &statement(&shop, name, "M1", covers, &lines)]);
    }
    assert_eq!(states(&shop, &[]), [state("p.csv", "standing"), state("r.csv", "standing")]);
    let all = statement(&shop, "all.csv", "M1", "all", &[A, R, B]);
    let answer = shop.json(&["import", "bill", &all]);
    assert_eq!(
        (&answer["extends"], &answer["added"], &answer["already"]),
        (&json!(true), &json!(1), &json!(2))
    );
    assert_eq!(states(&shop, &[]), [state("all.csv", "standing")]);
    assert_eq!(
        states(&shop, &["--all"]),
        [state("p.csv", "replaced"), state("r.csv", "replaced"), state("all.csv", "standing")]
    );
    // One of payments alone says nothing that the one of all does not.
    let again = shop.json(&["import", "bill", &statement(&shop, "p2.csv", "M1", "payments", &[B, A])]);
    assert!(again["imported_before"].is_string(), "{again}");
    assert_eq!(states(&shop, &["--all"]).len(), 3);
}

/// A bill of refunds was compared with the payments of the one of all as well, and took its place, so that those
/// counted no more.
#[test]
fn a_bill_of_refunds_after_one_of_all_is_compared_with_its_refunds_and_replaces_those() {
    let shop = Shop::empty();
    shop.done(&["import", "bill", &statement(&shop, "all.csv", "M1", "all", &[A, B, R])]);
    let same = shop.json(&["import", "bill", &statement(&shop, "same.csv", "M1", "refunds", &[R])]);
    assert!(same["imported_before"].is_string(), "{same}");
    let others: [(&str, &[Line<'_>], [i64; 3]); 3] = [
        ("added.csv", &[R, ("refund", "R2", "1.00")], [1, 0, 0]),
        ("other.csv", &[("refund", "R2", "1.00")], [1, 1, 0]),
        ("changed.csv", &[("refund", "R", "31.00")], [0, 0, 1]),
    ];
    let mut file = String::new();
    for (name, lines, counts) in others {
        file = statement(&shop, name, "M1", "refunds", lines);
        let refused = shop.run(&["import", "bill", &file, "--json"]);
        refused.refused("STORNO-BILL-CONFLICT");
        let error: Value = serde_json::from_str(&refused.err).unwrap();
        let differences = &error["error"]["differences"];
        let counted = ["added", "gone", "changed"].map(|count| differences[count].as_i64().unwrap());
        let rows = differences["rows"].as_array().unwrap().len();
        assert_eq!(
            (counted, rows),
            (counts, usize::try_from(counts.iter().sum::<i64>()).unwrap()),
            "{name}: {error}"
        );
    }
    let told = ["--supersede", "--reason", "the final one"];
    let taken = shop.json(&[&["import", "bill", &file][..], &told].concat());
    assert_eq!(
        taken["replaces"],
        json!([{ "id": 1, "file": "all.csv", "rest": { "id": 3, "covers": "payments" } }])
    );
    assert_eq!(
        states(&shop, &["--all"]),
        [state("all.csv", "replaced"), state("changed.csv", "standing"), state("all.csv", "standing")]
    );
    let day = shop.run(&["reconcile", "--channel", "UNIONPAY", "--day", "2018-09-12", "--json"]).parsed();
    let theirs = |way: &str| {
        day["sums"].as_array().unwrap().iter().find(|sum| sum["way"] == way).unwrap()["theirs_minor"].clone()
    };
    assert_eq!((theirs("pay"), theirs("refund")), (json!(8_500), json!(3_100)));
    let rest = shop.json(&["bill", "show", "3"]);
    assert_eq!(
        (&rest["bill"]["covers"], &rest["bill"]["lines"], rest["rows"].as_array().unwrap().len()),
        (&json!("payments"), &json!(2), 2)
    );
    // One of all takes the place of both.
    let all = statement(&shop, "all2.csv", "M1", "all", &[A, B, ("refund", "R", "31.00")]);
    assert_eq!(shop.json(&["import", "bill", &all])["extends"], true);
    assert_eq!(states(&shop, &[]), [state("all2.csv", "standing")]);
    shop.done(&["verify"]);
}

#[test]
fn a_bill_of_refunds_takes_nothing_of_one_that_two_people_decide_about() {
    let shop = Shop::empty();
    shop.done(&["import", "bill", &statement(&shop, "all.csv", "M1", "all", &[A, R])]);
    for state in ["open", "close"] {
        shop.done(&["day", state, "2018-09-12"]);
    }
    let file = statement(&shop, "refunds.csv", "M1", "refunds", &[("refund", "R", "31.00")]);
    let refused = shop.run(&["import", "bill", &file, "--supersede", "--reason", "the final one"]);
    refused.refused("STORNO-BILL-CONFLICT");
    assert!(refused.err.contains("covers as much as the standing one"), "{refused:?}");
    assert_eq!(states(&shop, &["--all"]), [state("all.csv", "standing")]);
}

#[test]
fn a_statement_that_differs_is_refused_with_the_differences_and_taken_with_a_reason() {
    let shop = Shop::empty();
    shop.done(&["import", "bill", &statement(&shop, "first.csv", "M1", "all", &[A, R])]);
    let second = statement(&shop, "second.csv", "M1", "all", &[("pay", "A", "79.00"), B]);
    let refused = shop.run(&["import", "bill", &second, "--json"]);
    refused.refused("STORNO-BILL-CONFLICT");
    let error: Value = serde_json::from_str(&refused.err).unwrap();
    let differences = &error["error"]["differences"];
    assert_eq!([&differences["added"], &differences["gone"], &differences["changed"]], [1, 1, 1]);
    let changed =
        differences["rows"].as_array().unwrap().iter().find(|row| row["change"] == "changed").unwrap();
    assert_eq!(
        (&changed["before"]["amount_minor"], &changed["after"]["amount_minor"]),
        (&json!(8000), &json!(7900))
    );
    let shown = shop.run(&["import", "bill", &second]);
    shown.refused("STORNO-BILL-CONFLICT");
    for word in ["added", "gone", "changed", "80.00", "79.00"] {
        assert!(shown.err.contains(word), "{word}: {shown:?}");
    }
    assert!(!shown.err.contains("merchant number"), "both have lines: {shown:?}");
    assert_eq!(states(&shop, &["--all"]), [state("first.csv", "standing")], "nothing was imported");

    shop.run(&["import", "bill", &second, "--supersede"]).refused("STORNO-USAGE");
    shop.run(&["import", "bill", &second, "--supersede", "--reason", " "]).refused("STORNO-USAGE");
    let taken = shop.json(&["import", "bill", &second, "--supersede", "--reason", "the final one"]);
    assert_eq!((&taken["extends"], &taken["replaces"][0]["file"]), (&json!(false), &json!("first.csv")));
    let first = shop.json(&["bill", "show", "1"]);
    assert_eq!((&first["bill"]["state"], &first["rows"].as_array().unwrap().len()), (&json!("replaced"), &2));
    let change = &first["changes"][0];
    assert_eq!(
        [&change["reason"], &change["operator"], &change["replaced_by"]],
        [&json!("the final one"), &json!("op1"), &json!(2)]
    );
    shop.run(&["bill", "withdraw", "1", "--reason", "x"]).refused("STORNO-BILL-STATE");
    assert!(shop.json(&["import", "bill", &second])["imported_before"].is_string());
}

#[test]
fn a_withdrawn_statement_is_kept_and_its_file_may_come_again() {
    let shop = Shop::empty();
    let file = statement(&shop, "one.csv", "M1", "all", &[A]);
    shop.done(&["import", "bill", &file]);
    shop.run(&["bill", "withdraw", "7", "--reason", "x"]).refused("STORNO-NOT-FOUND");
    shop.run(&["bill", "withdraw", "1", "--reason", ""]).refused("STORNO-USAGE");
    let withdrawn = shop.json(&["bill", "withdraw", "1", "--reason", "of another company"]);
    assert_eq!(withdrawn["bill"]["state"], "withdrawn");
    assert_eq!(states(&shop, &[]), []);
    let again = shop.json(&["import", "bill", &file]);
    assert_eq!((&again["imported_before"], &again["statement"]), (&Value::Null, &json!(2)));
    assert_eq!(states(&shop, &["--all"]), [state("one.csv", "withdrawn"), state("one.csv", "standing")]);
    assert!(shop.json(&["import", "bill", &file])["imported_before"].is_string());
    assert!(shop.done(&["bill", "list", "--all"]).contains("of another company"));
    shop.done(&["verify"]);
}

#[test]
fn statements_of_other_merchant_numbers_stand_beside_each_other() {
    let shop = Shop::empty();
    for (name, merchant, line) in [("m1.csv", "M1", A), ("m2.csv", "M2", B)] {
        shop.done(&["import", "bill", &statement(&shop, name, merchant, "all", &[line])]);
    }
    assert_eq!(states(&shop, &[]).len(), 2);
    assert_eq!(states(&shop, &["--channel", "UNIONPAY", "--day", "2018-09-12"]).len(), 2);
    assert_eq!(states(&shop, &["--channel", "WECHAT"]).len(), 0);
}

#[test]
fn a_day_without_trades_needs_its_day_and_the_same_bytes_may_stand_for_two() {
    let shop = Shop::empty();
    let empty = data("wechat-trade-ALL-empty-day.csv");
    let refused = shop.run(&["import", "bill", &empty]);
    refused.refused("STORNO-BAD-FILE");
    assert!(refused.err.contains("--day"), "{refused:?}");
    for (day, before) in [("2018-09-12", false), ("2018-09-13", false), ("2018-09-13", true)] {
        let answer = shop.json(&["import", "bill", &empty, "--day", day]);
        assert_eq!(answer["imported_before"].is_string(), before, "{day}: {answer}");
    }
    assert_eq!(states(&shop, &[]).len(), 2);
    let named = shop.file("1623000088All2018-09-14.csv", std::fs::read(&empty).unwrap());
    shop.done(&["import", "bill", &named, "--now", "2018-09-14T12:00:00+08:00"]);
    let bills = shop.json(&["bill", "list", "--day", "2018-09-14"]);
    assert_eq!((&bills[0]["merchant_id"], &bills[0]["lines"]), (&json!("1623000088"), &json!(0)));

    let whole = data("wechat-trade-ALL-20180912.csv");
    let refused = shop.run(&["import", "bill", &whole, "--day", "2018-09-11"]);
    refused.refused("STORNO-BAD-FILE");
    assert!(refused.err.contains("2018-09-12"), "{refused:?}");
    let trades = data("local-trades-20180912.csv");
    shop.run(&["import", "trades", &trades, "--day", "2018-09-12"]).refused("STORNO-USAGE");
}

#[test]
fn a_plain_statement_of_a_day_without_lines_stands_and_makes_trades_short() {
    let shop = Shop::empty();
    let head = "channel,day,kind,reference,channel_no,amount,currency,channel_fee,status,time\n";
    let end = "total,0,0.00,0.00,0.00,end\n";
    let nameless = shop.file("nameless.csv", format!("{head}{end}"));
    let refused = shop.run(&["import", "bill", &nameless]);
    assert!(refused.refused("STORNO-BAD-FILE").err.contains("kind `none`"), "{refused:?}");
    let trade = topup("T1", "1.00", "A", "2018-09-12 10:00:00").replace("WECHAT", "NUCC");
    shop.done(&["import", "trades", &shop.file("t.csv", format!("{TRADES}{trade}"))]);
    let bill = shop.file("none.csv", format!("{head}NUCC,2018-09-12,none,,,,,,,\n{end}"));
    shop.done(&["import", "bill", &bill]);
    assert!(shop.findings(&["--cause", "short"]).contains(&("T1".to_owned(), "short".to_owned())));
}

#[test]
fn a_statement_that_ends_early_is_extended_by_the_final_one_with_the_same_lines() {
    let shop = Shop::empty();
    let early = statement(&shop, "early.csv", "M1", "all", &[A]);
    for until in ["25:00", "2018-09-13 10:00", "soon"] {
        shop.run(&["import", "bill", &early, "--until", until]).refused("STORNO-BAD-VALUE");
    }
    shop.done(&["import", "bill", &early, "--until", "18:00"]);
    let bills = shop.json(&["bill", "list"]);
    assert_eq!(bills[0]["until"], "2018-09-12T18:00:00+08:00");
    let last = format!("{}\n", std::fs::read_to_string(&early).unwrap());
    let answer = shop.json(&["import", "bill", &shop.file("final.csv", last)]);
    assert_eq!((&answer["extends"], &answer["added"]), (&json!(true), &json!(0)));
    assert_eq!(states(&shop, &[]), [state("final.csv", "standing")]);
}

/// A bill of the running day was taken for that of the whole day, or until its import, so that later trades were short.
#[test]
fn a_bill_of_the_running_day_covers_it_until_its_last_line_or_until_it_is_said_to() {
    let shop = Shop::empty();
    let rows = [("A", "09:00:00"), ("T1", "11:00:00"), ("T2", "19:00:00")];
    let rows = rows.map(|(number, time)| topup(number, "80.00", "A", &format!("2018-09-12 {time}")));
    let list = rows.concat().replace("WECHAT", "UNIONPAY").replace("REFA", "A");
    shop.done(&["import", "trades", &shop.file("t.csv", format!("{TRADES}{list}"))]);
    let import = |name: &str, more: &[&str]| {
        let file = statement(&shop, name, "M1", "all", &[A]);
        let text = std::fs::read_to_string(&file).unwrap();
        let file = shop.file(name, format!("{text}{}", "\n".repeat(name.len())));
        shop.json(&[&["import", "bill", &file][..], more].concat());
        shop.json(&["bill", "list"])[0]["until"].clone()
    };
    let found = || -> Vec<String> {
        shop.findings(&["--cause", "short"]).into_iter().map(|(trade, _)| trade).collect()
    };
    // Nothing says when the file was made: it ends with its line of 10:00, whatever the hour.
    assert_eq!(import("a.csv", &["--now", "2018-09-12T01:00:00Z"]), "2018-09-12T10:00:00+08:00");
    assert_eq!(import("at.csv", &["--now", "2018-09-12T10:00:00Z"]), "2018-09-12T10:00:00+08:00");
    assert_eq!(found(), [""; 0], "T1 and T2 may have come after the file was made");
    let told = ["--until", "23:00", "--now", "2018-09-12T18:30:00+08:00"];
    assert_eq!(import("told.csv", &told), "2018-09-12T18:30:00+08:00", "that has not come yet");
    assert_eq!(found(), ["T1"], "T2 came later");
    // The day of the channel ends at 23:00.
    assert_eq!(import("final.csv", &["--now", "2018-09-12T23:00:00+08:00"]), Value::Null);
    assert_eq!(found(), ["T1", "T2"]);
}

#[test]
fn a_day_that_was_empty_so_far_is_empty_as_a_whole_by_the_same_file_later() {
    let shop = Shop::empty();
    let empty = data("wechat-trade-ALL-empty-day.csv");
    let import = |now: &str| shop.json(&["import", "bill", &empty, "--day", "2018-09-12", "--now", now]);
    import("2018-09-12T12:00:00+08:00");
    assert_eq!(shop.json(&["bill", "list"])[0]["until"], "2018-09-12T12:00:00+08:00");
    assert_eq!(import("2018-09-13T09:00:00+08:00")["extends"], true);
    assert_eq!(shop.json(&["bill", "list"])[0]["until"], Value::Null);
    assert!(import("2018-09-13T10:00:00+08:00")["imported_before"].is_string());
}

/// The final file with the bytes of the interim one was "nothing changed", and the statement stayed missing.
#[test]
fn a_file_that_is_known_tells_how_to_say_that_it_is_of_the_whole_day() {
    let shop = Shop::empty();
    let file = statement(&shop, "early.csv", "M1", "all", &[A]);
    let import = ["import", "bill", &file];
    shop.done(&[&import[..], &["--now", "2018-09-12T11:00:00+08:00"]].concat());
    let again = shop.done(&[&import[..], &["--now", "2018-09-12T12:00:00+08:00"]].concat());
    assert!(!again.contains("--supersede"), "the day is not over: {again}");
    let again = shop.done(&import);
    assert!(again.contains("until 2018-09-12 10:00:00") && again.contains("--supersede"), "{again}");
    assert_eq!(shop.json(&import)["until"], "2018-09-12T10:00:00+08:00");
    for shown in [["bill", "list"].as_slice(), &["bill", "show", "1"]] {
        assert!(shop.done(shown).contains("UNTIL"), "{shown:?}");
        assert!(shop.done(shown).contains("2018-09-12 10:00:00"), "{shown:?}");
    }
    shop.done(&[&import[..], &["--supersede", "--reason", "it is all"]].concat());
    let again = shop.json(&import);
    assert_eq!((again["imported_before"].is_string(), &again["until"]), (true, &Value::Null));
}

/// A second end of the same file was taken for nothing new, and an end before the last line was accepted.
#[test]
fn another_end_of_the_same_file_is_refused_with_both_and_taken_in_its_place() {
    let shop = Shop::empty();
    let early = statement(&shop, "early.csv", "M1", "all", &[A]);
    let refused = shop.run(&["import", "bill", &early, "--until", "09:59", "--json"]);
    refused.refused("STORNO-BAD-FILE");
    for told in ["early.csv:2", "T09:59:00", "T10:00:00"] {
        assert!(refused.err.contains(told), "{told}: {refused:?}");
    }
    shop.done(&["import", "bill", &early, "--until", "18:00"]);
    let again = shop.json(&["import", "bill", &early, "--until", "18:00"]);
    assert!(again["imported_before"].is_string(), "{again}");
    for until in ["12:00", "20:00"] {
        let refused = shop.run(&["import", "bill", &early, "--until", until, "--json"]);
        refused.refused("STORNO-BILL-CONFLICT");
        for told in ["T18:00:00", &format!("T{until}:00"), "--supersede"] {
            assert!(refused.err.contains(told), "{told}: {refused:?}");
        }
    }
    shop.done(&["import", "bill", &early, "--until", "12:00", "--supersede", "--reason", "fetched at noon"]);
    assert_eq!(states(&shop, &[]), [state("early.csv", "standing")]);
    assert_eq!(shop.json(&["bill", "list"])[0]["until"], "2018-09-12T12:00:00+08:00");
    assert_eq!(shop.json(&["bill", "list", "--all"]).as_array().unwrap().len(), 2);
    let whole = ["import", "bill", &early, "--supersede", "--reason", "it is the whole day"];
    assert_eq!(shop.json(&whole)["imported_before"], Value::Null);
    assert_eq!(shop.json(&["bill", "list"])[0]["until"], Value::Null);
    assert!(shop.json(&whole)["imported_before"].is_string(), "it has taken that place already");
}

/// A bill without lines names no merchant number, and stood beside the day's lines as if it were of another one.
#[test]
fn a_day_without_trades_contradicts_the_lines_of_that_day() {
    let shop = Shop::empty();
    let empty = data("wechat-trade-ALL-empty-day.csv");
    let of_wechat = |shop: &Shop| {
        let text = std::fs::read_to_string(statement(shop, "full.csv", "M1", "all", &[A])).unwrap();
        shop.file("full.csv", text.replace("UNIONPAY", "WECHAT"))
    };
    let full = of_wechat(&shop);
    shop.done(&["import", "bill", &full]);
    let refused = shop.run(&["import", "bill", &empty, "--day", "2018-09-12"]);
    refused.refused("STORNO-BILL-CONFLICT");
    assert!(refused.err.contains("1 gone") && refused.err.contains("merchant number"), "{refused:?}");
    // The channel's own name tells another number.
    let other = shop.file("1623000088All2018-09-12.csv", std::fs::read(&empty).unwrap());
    shop.done(&["import", "bill", &other]);
    assert_eq!(states(&shop, &[]).len(), 2);
    // The lines of a day that was empty before are more of it.
    let shop = Shop::empty();
    shop.done(&["import", "bill", &empty, "--day", "2018-09-12"]);
    let answer = shop.json(&["import", "bill", &of_wechat(&shop)]);
    assert_eq!((&answer["extends"], &answer["added"]), (&json!(true), &json!(1)));
    assert_eq!(states(&shop, &[]), [state("full.csv", "standing")]);
}

#[test]
fn a_bill_of_a_day_that_has_not_begun_is_refused() {
    let shop = Shop::empty();
    let empty = data("wechat-trade-ALL-empty-day.csv");
    let at = |day: &str, now: &str| shop.run(&["import", "bill", &empty, "--day", day, "--now", now]);
    let refused = at("2018-09-13", "2018-09-12T23:59:59+08:00");
    refused.refused("STORNO-BAD-FILE");
    assert!(refused.err.contains("2018-09-13") && refused.err.contains("2018-09-12"), "{refused:?}");
    assert_eq!(at("2018-09-13", "2018-09-13T00:00:00+08:00").code, 0);
}

#[test]
fn a_bill_in_a_currency_that_the_ledger_does_not_keep_is_refused() {
    let shop = Shop::empty();
    let file = statement(&shop, "usd.csv", "M1", "all", &[A]);
    let text = std::fs::read_to_string(&file).unwrap().replace("CNY", "USD");
    shop.run(&["import", "bill", &shop.file("usd.csv", text)]).refused("STORNO-CURRENCY");
    assert_eq!(states(&shop, &["--all"]), []);
}

const HEAD: &str = "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,merchant,trade_time,trade_status,clearing_status,merchant_no\n";

/// Imports trades of WeChat: number, day, kind, original, merchant number.
fn trades(shop: &Shop, rows: &[(&str, &str, &str, &str, &str)]) {
    let mut text = HEAD.to_owned();
    for (number, day, kind, original, merchant) in rows {
        let fee = if original.is_empty() { "0.06" } else { "-0.06" };
        text.push_str(&format!(
            "{number},{kind},,WECHAT,R{number},{original},10.00,CNY,{fee},A,M1,{day} 10:00:00,SUCCESS,UNCLEARED,{merchant}\n"
        ));
    }
    shop.done(&["import", "trades", &shop.file("t.csv", text)]);
}

/// Writes a statement of WeChat in the plain form and imports it; `what` is merchant number, kinds covered, last
/// moment.
fn bill(shop: &Shop, day: &str, what: (&str, &str, &str), reference: &str) {
    let (merchant, covers, until) = what;
    let (kind, paid, back) =
        if covers == "refunds" { ("refund", "0.00", "10.00") } else { ("pay", "10.00", "0.00") };
    let fee = if covers == "refunds" { "-0.06" } else { "0.06" };
    let text = format!(
        "channel,day,merchant_no,covers,until,kind,reference,channel_no,amount,currency,channel_fee,status,time\n\
         WECHAT,{day},{merchant},{covers},{until},{kind},{reference},N{reference},10.00,CNY,{fee},SUCCESS,{day} 10:00:00\n\
         total,1,{paid},{back},{fee},end\n"
    );
    shop.done(&["import", "bill", &shop.file(&format!("{day}-{merchant}-{covers}.csv"), text)]);
}

/// Returns the statements found missing at a time.
fn missing(shop: &Shop, now: &str) -> Vec<String> {
    let found = shop.run(&["findings", "--json", "--now", now]).parsed();
    let found = found.as_array().unwrap().iter().filter(|finding| finding["cause"] == "statement_missing");
    found.map(|finding| finding["finding"].as_str().unwrap().to_owned()).collect()
}

/// Days before a channel's first statement were found missing, and not listed among its days.
#[test]
fn the_list_of_days_has_each_day_without_statement_and_reports_it_where_the_channel_has_others() {
    let shop = Shop::empty();
    trades(&shop, &[("T1", "2018-09-10", "topup", "", ""), ("T2", "2018-09-11", "topup", "", "")]);
    let listed = || {
        let ran = shop.run(&["reconcile", "--json"]);
        let days = ran.parsed().as_array().unwrap().clone();
        let days = days.iter().map(|day| format!("{} {}", day["day"].as_str().unwrap(), day["missing"]));
        (ran.code, days.collect::<Vec<_>>())
    };
    assert_eq!(listed(), (0, vec!["2018-09-11 1".to_owned(), "2018-09-10 1".to_owned()]), "a note");
    bill(&shop, "2018-09-11", ("M1", "all", ""), "REFT2");
    assert_eq!(listed(), (1, vec!["2018-09-11 0".to_owned(), "2018-09-10 1".to_owned()]));
}

#[test]
fn a_day_with_trades_and_no_statement_is_found_from_the_hour_it_could_be_fetched() {
    let shop = Shop::empty();
    trades(
        &shop,
        &[
            ("T1", "2018-09-10", "topup", "", ""),
            ("T2", "2018-09-11", "topup", "", ""),
            ("T3", "2018-09-12", "topup", "", ""),
        ],
    );
    // Without any statement of the channel its days are one finding.
    assert_eq!(missing(&shop, "2018-09-11T09:59:00+08:00"), [""; 0]);
    assert_eq!(missing(&shop, "2018-09-13T12:00:00+08:00"), ["statement_missing/WECHAT"]);
    bill(&shop, "2018-09-11", ("", "all", ""), "RT2");
    let (early, ready) = ("2018-09-13T09:59:00+08:00", "2018-09-13T10:00:00+08:00");
    assert_eq!(missing(&shop, early), ["statement_missing/WECHAT"], "the day before the first statement");
    assert_eq!(missing(&shop, ready), ["statement_missing/WECHAT", "statement_missing/WECHAT/2018-09-12"]);
    let reconciled = |day: &str, now: &str| {
        let ran = shop.run(&["reconcile", "--channel", "WECHAT", "--day", day, "--json", "--now", now]);
        (ran.code, ran.parsed()["missing"].as_array().unwrap().len())
    };
    assert_eq!(reconciled("2018-09-12", early), (0, 0));
    assert_eq!(reconciled("2018-09-12", ready), (1, 1));
    assert_eq!(reconciled("2018-09-11", ready), (0, 0));
    assert_eq!(reconciled("2018-09-10", ready), (1, 1));
    // It is no matter of a case.
    let plan = shop.json(&["plan", "statement_missing/WECHAT/2018-09-12", "--now", ready]);
    assert_eq!(plan["steps"].as_array().unwrap().len(), 0);
    // A day that the channel listed nothing of is covered.
    shop.done(&["import", "bill", &data("wechat-trade-ALL-empty-day.csv"), "--day", "2018-09-12"]);
    assert_eq!(missing(&shop, ready), ["statement_missing/WECHAT"]);
    shop.done(&["bill", "withdraw", "2", "--reason", "of another company"]);
    assert_eq!(missing(&shop, ready).len(), 2, "what was withdrawn covers nothing");
}

#[test]
fn a_statement_of_other_lines_or_of_another_merchant_number_covers_no_day() {
    let shop = Shop::empty();
    let now = "2018-09-13T12:00:00+08:00";
    trades(
        &shop,
        &[
            ("T1", "2018-09-12", "topup", "", "M1"),
            ("T2", "2018-09-12", "refund", "RT1", "M1"),
            ("T3", "2018-09-12", "topup", "", "M2"),
        ],
    );
    bill(&shop, "2018-09-11", ("M2", "all", ""), "RT0");
    bill(&shop, "2018-09-12", ("M1", "payments", ""), "RT1");
    assert_eq!(
        missing(&shop, now),
        ["statement_missing/WECHAT/2018-09-12/M1/refunds", "statement_missing/WECHAT/2018-09-12/M2"]
    );
    bill(&shop, "2018-09-12", ("M1", "refunds", ""), "RT2");
    bill(&shop, "2018-09-12", ("M2", "all", "2018-09-12 09:00:00"), "RT3");
    assert_eq!(
        missing(&shop, now),
        ["statement_missing/WECHAT/2018-09-12/M2/payments"],
        "a trade after its end"
    );
}

/// A provider's bill may be of several merchants: its lines tell of which.
#[test]
fn a_trade_of_a_merchant_number_that_no_statement_names_is_listed_or_its_statement_is_missing() {
    for (listed, expected) in
        [("RT1", &["statement_missing/WECHAT/2018-09-12/M2/payments"][..]), ("RT3", &[])]
    {
        let shop = Shop::empty();
        trades(&shop, &[("T3", "2018-09-12", "topup", "", "M2")]);
        bill(&shop, "2018-09-12", ("M1", "all", ""), listed);
        assert_eq!(missing(&shop, "2018-09-13T12:00:00+08:00"), expected, "{listed}");
    }
}

/// Trades of two merchant numbers bear one reference; the bill of one of them hid that the other's never came.
#[test]
fn a_bill_of_a_number_that_trades_go_by_lists_no_trade_of_another_number() {
    let now = "2018-09-13T12:00:00+08:00";
    for (own, expected) in [("M1", &["statement_missing/WECHAT/2018-09-12/M2/payments"][..]), ("", &[])] {
        let shop = Shop::empty();
        let row = |number: &str, day: &str, reference: &str, merchant: &str| {
            format!(
                "{number},topup,,WECHAT,{reference},,10.00,CNY,0.06,A,M1,{day} 10:00:00,SUCCESS,UNCLEARED,{merchant}\n"
            )
        };
        let rows = [row("T1", "2018-09-11", "RT1", own), row("T2", "2018-09-12", "RT2", "M2")].concat();
        shop.done(&["import", "trades", &shop.file("t.csv", format!("{HEAD}{rows}"))]);
        bill(&shop, "2018-09-11", ("M1", "all", ""), "RT1");
        bill(&shop, "2018-09-12", ("M1", "all", ""), "RT2");
        assert_eq!(missing(&shop, now), expected, "{own}");
    }
}

#[test]
fn a_merchant_number_that_was_billed_the_day_before_is_expected_again() {
    let shop = Shop::empty();
    trades(&shop, &[("T1", "2018-09-11", "topup", "", ""), ("T2", "2018-09-12", "topup", "", "")]);
    for merchant in ["M1", "M2"] {
        bill(&shop, "2018-09-11", (merchant, "all", ""), &format!("RT1{merchant}"));
    }
    bill(&shop, "2018-09-12", ("M1", "all", ""), "RT2");
    assert_eq!(missing(&shop, "2018-09-13T12:00:00+08:00"), ["statement_missing/WECHAT/2018-09-12/M2"]);
}

/// Imports a top-up of a channel for each number and time, and a plain statement of the channel for each day that lists
/// the top-ups of that day.
fn listed_days(shop: &Shop, channel: &str, trades: &[(&str, &str)], bills: &[(&str, &[&str])]) {
    let rows =
        trades.iter().map(|(number, time)| topup(number, "1.00", "A", time).replace("WECHAT", channel));
    let list = shop.file("trades.csv", format!("{TRADES}{}", rows.collect::<String>()));
    shop.done(&["import", "trades", &list]);
    for (day, numbers) in bills {
        let mut text =
            "channel,day,kind,reference,channel_no,amount,currency,channel_fee,status,time\n".to_owned();
        for number in *numbers {
            let time = trades.iter().find(|(known, _)| known == number).unwrap().1;
            text.push_str(&format!(
                "{channel},{day},pay,REF{number},N{number},1.00,CNY,0.00,SUCCESS,{time}\n"
            ));
        }
        if numbers.is_empty() {
            text.push_str(&format!("{channel},{day},none,,,,,,,\n"));
        }
        let count = numbers.len();
        text.push_str(&format!("total,{count},{count}.00,0.00,0.00,end\n"));
        let late = ["--now", "2018-09-20T12:00:00+08:00"];
        shop.done(&[&["import", "bill", &shop.file(&format!("{day}.csv"), text)][..], &late].concat());
    }
}

/// The shipped channels named no hour for UnionPay, and its lost days were never found.
#[test]
fn a_day_of_unionpay_is_missed_by_its_own_cut_from_an_hour_of_the_next_day() {
    let shop = Shop::empty();
    let trades = [
        ("T1", "2018-09-10 10:00:00"),
        ("T2", "2018-09-11 23:30:00"),
        ("T3", "2018-09-13 10:00:00"),
        ("T4", "2018-09-14 22:30:00"),
    ];
    let bills: [(&str, &[&str]); 2] = [("2018-09-10", &["T1"]), ("2018-09-12", &["T2"])];
    listed_days(&shop, "UNIONPAY", &trades, &bills);
    let (early, ready) = ("2018-09-14T17:59:00+08:00", "2018-09-14T18:00:00+08:00");
    assert_eq!(missing(&shop, early), [""; 0], "the trade of the evening of the 11th is of the 12th");
    assert_eq!(missing(&shop, ready), ["statement_missing/UNIONPAY/2018-09-13"]);
}

/// A channel without an hour was not judged at all.
#[test]
fn where_no_hour_is_known_a_day_between_statements_is_missed() {
    let now = "2018-09-20T12:00:00+08:00";
    let trades = [
        ("T1", "2018-09-10 10:00:00"),
        ("T2", "2018-09-11 10:00:00"),
        ("T3", "2018-09-12 10:00:00"),
        ("T4", "2018-09-13 10:00:00"),
        ("T5", "2018-09-14 10:00:00"),
    ];
    let days: [(&str, &[&str]); 3] =
        [("2018-09-11", &["T2"]), ("2018-09-13", &["T4"]), ("2018-09-13", &["T4", "T3"])];
    let found = |bills: &[(&str, &[&str])]| {
        let shop = Shop::empty();
        listed_days(&shop, "NUCC", &trades, bills);
        let told = shop.run(&["findings", "--cause", "statement_missing", "--now", now]).out;
        let day =
            shop.run(&["reconcile", "--channel", "NUCC", "--day", "2018-09-12", "--json", "--now", now]);
        let listed = day.parsed()["missing"].as_array().unwrap().len();
        (missing(&shop, now), told.contains("one of 2018-09-13 stands"), listed)
    };
    assert_eq!(found(&days[..1]), (vec![], false, 0), "the statements of later days may come yet");
    let missed = vec!["statement_missing/NUCC/2018-09-12".to_owned()];
    assert_eq!(found(&days[..2]), (missed, true, 1));
    assert_eq!(found(&[days[0], days[2]]), (vec![], false, 0), "the statement of another day lists it");
}

/// A trade that names no number was short by the statement of one number, though another number was in use.
#[test]
fn a_merchant_number_that_is_learnt_later_keeps_an_unlisted_trade_from_being_short() {
    let now = "2018-09-15T12:00:00+08:00";
    // T1 is listed by M1; T2 is not, and may be of M2.
    let found = |bills: &[(&str, (&str, &str, &str), &str)]| {
        let shop = Shop::empty();
        trades(&shop, &[("T1", "2018-09-12", "topup", "", ""), ("T2", "2018-09-12", "topup", "", "")]);
        for (day, what, reference) in bills {
            bill(&shop, day, *what, reference);
        }
        let told = shop.run(&["findings", "--json", "--trade", "T2", "--now", now]).parsed();
        let cause =
            told.as_array().unwrap().iter().map(|one| one["cause"].as_str().unwrap().to_owned()).next_back();
        let day = missing(&shop, now);
        (cause.unwrap_or_default(), day)
    };
    let m1 = ("2018-09-12", ("M1", "all", ""), "RT1");
    let m2 = ("2018-09-12", ("M2", "all", ""), "RX");
    let missed = vec!["statement_missing/WECHAT/2018-09-12/M2/payments".to_owned()];
    let whole = vec!["statement_missing/WECHAT/2018-09-12/M2".to_owned()];
    assert_eq!(found(&[m1]), ("short".to_owned(), vec![]), "one number is in use");
    let later = ("2018-09-13", ("M2", "all", ""), "RX");
    assert_eq!(found(&[m1, later]), ("waiting".to_owned(), whole.clone()));
    assert_eq!(found(&[m1, later, ("2018-09-12", ("M2", "all", ""), "RY")]), ("short".to_owned(), vec![]));
    // A number without trades for some days is in use all the same, but not for ever.
    let (before, long_before) = ("2018-09-02", "2018-08-11");
    assert_eq!(found(&[m1, (before, ("M2", "all", ""), "RX")]), ("waiting".to_owned(), whole.clone()));
    assert_eq!(found(&[m1, (long_before, ("M2", "all", ""), "RX")]), ("short".to_owned(), vec![]));
    let refunds = ("2018-09-12", ("M2", "refunds", ""), "RX");
    assert_eq!(found(&[m1, refunds]), ("waiting".to_owned(), missed.clone()));
    let early = ("2018-09-12", ("M2", "all", "2018-09-12 10:00:00"), "RX");
    assert_eq!(found(&[m1, early]).0, "short", "T2 happened before its end");
    assert_eq!(found(&[m1, m2]), ("short".to_owned(), vec![]));
}

/// What is agreed can be committed: the comparison of the trade whose posting goes back changes on purpose.
#[test]
fn a_case_may_withdraw_a_statement_and_take_back_what_rests_on_it() {
    let shop = Shop::sample();
    let case = shop.json(&["case", "open", "--note", "the bill of another company"]);
    let case = case["case_no"].as_str().unwrap();
    let because = ["--because", "another company's", "--case", case];
    let withdrawal = [&["stage", "statement", "1", "--state", "withdrawn"][..], &because].concat();
    shop.done(&withdrawal);
    shop.run(&withdrawal).refused("STORNO-BILL-STATE");
    shop.done(&["stage", "reverse", "J00003", "--case", case]);
    shop.agreed(case);
    shop.done(&["commit", case]);
    assert_eq!(shop.json(&["bill", "show", "1"])["bill"]["state"], "withdrawn");
    assert!(shop.json(&["voucher", "J00003"])["reversed_by"].is_string());
    shop.verified();
}

#[test]
fn with_four_eyes_a_statement_that_a_case_rests_on_is_replaced_or_withdrawn_by_two_people() {
    let shop = Shop::sample();
    // T0007 is failed because the statement of its day does not list it.
    let case = shop.approved_case("T0007");
    shop.done(&["commit", &case]);
    shop.run(&["bill", "withdraw", "1", "--reason", "x"]).refused("STORNO-BILL-RESTS");
    let text = std::fs::read_to_string(data("wechat-trade-ALL-20180912.csv")).unwrap();
    let other = shop
        .file("other.csv", text.replacen("4200000000201809120000000001", "4200000000201809120000000009", 1));
    let answer = shop.json(&["import", "bill", &other, "--supersede", "--reason", "the final one"]);
    assert_eq!((&answer["held"], &answer["replaces"]), (&json!(true), &Value::Null));
    let held = answer["statement"].as_i64().unwrap().to_string();
    assert_eq!(states(&shop, &["--channel", "WECHAT"])[1], state("other.csv", "held"));
    assert_eq!(shop.findings(&["T0007"]), [], "it does not count yet");
    let again = shop.json(&["import", "bill", &other, "--supersede", "--reason", "the final one"]);
    assert!(again["imported_before"].is_string(), "it waits already: {again}");

    let case =
        shop.json(&["case", "open", "--note", "the final bill"])["case_no"].as_str().unwrap().to_owned();
    let because = ["--because", "the final one", "--case", &case];
    shop.run(&[&["stage", "statement", &held, "--state", "standing"][..], &["--case", &case]].concat())
        .refused("STORNO-USAGE");
    assert!(!shop.done(&["stage", "statement", "--help"]).contains("[default:"), "--state has to be given");
    shop.done(&[&["stage", "statement", &held, "--state", "standing"][..], &because].concat());
    let preview = shop.json(&["preview", &case]);
    let why = preview["steps"][0]["why"].as_str().unwrap();
    assert!(why.contains("C0001") && why.contains("wechat-trade-ALL-20180912.csv"), "{why}");
    assert_eq!(preview["take_back"], Value::Null, "it does not list T0007 either");
    shop.run(&["commit", &case]).refused("STORNO-CASE-STATE");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let bills = states(&shop, &["--channel", "WECHAT", "--all"]);
    assert_eq!(bills, [state("wechat-trade-ALL-20180912.csv", "replaced"), state("other.csv", "standing")]);
    assert_eq!(shop.json(&["bill", "show", "1"])["changes"][0]["case_no"], case.as_str());
    // What two people replaced does not come back by one: a copy of the file is nothing new, or held.
    let old = data("wechat-trade-ALL-20180912.csv");
    let known = shop.json(&["import", "bill", &old]);
    assert_eq!(known["ended"], json!({ "id": 1, "state": "replaced" }));
    assert!(known["imported_before"].is_string() && known["statement"].is_null(), "{known}");
    assert!(shop.done(&["import", "bill", &old]).contains("--supersede"));
    let told = shop.json(&["import", "bill", &old, "--supersede", "--reason", "the first was right"]);
    assert_eq!((&told["held"], &told["ended"]), (&json!(true), &Value::Null));
    shop.done(&["verify"]);
}

/// Carries a change of a statement by a case of two people.
fn two_people(shop: &Shop, bill: &str, to: &str) {
    let case = shop.json(&["case", "open", "--note", "two"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["stage", "statement", bill, "--state", to, "--because", "two decide", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
}

/// What two people took out came back by one person, as a file with the same lines in another order.
#[test]
fn with_four_eyes_a_statement_that_a_case_ended_is_not_brought_back_in_another_form_by_one_person() {
    for lines in [&[R, A][..], &[A], &[A, R, B]] {
        let shop = Shop::empty();
        shop.done(&["import", "bill", &statement(&shop, "first.csv", "M1", "all", &[A, R])]);
        two_people(&shop, "1", "withdrawn");
        let other = shop.json(&["import", "bill", &statement(&shop, "m2.csv", "M2", "all", &[B])]);
        assert_eq!(other["held"], false, "of another merchant number");
        let copy = statement(&shop, "copy.csv", "M1", "all", lines);
        let answer = shop.json(&["import", "bill", &copy]);
        assert_eq!((&answer["held"], &answer["statement"]), (&json!(true), &json!(3)), "{answer}");
        assert!(shop.done(&["bill", "show", "3"]).contains("two people"), "why it is held");
        assert_eq!(states(&shop, &[]), [state("m2.csv", "standing"), state("copy.csv", "held")]);
        two_people(&shop, "3", "standing");
        assert_eq!(states(&shop, &[])[1], state("copy.csv", "standing"));
        shop.done(&["verify"]);
    }
}

/// One person added lines to a signed day by a statement of another scope.
#[test]
fn with_four_eyes_lines_of_another_scope_come_into_a_closed_day_by_two_people() {
    let shop = Shop::empty();
    shop.done(&["import", "bill", &statement(&shop, "first.csv", "M1", "all", &[A])]);
    shop.done(&["day", "open", "2018-09-12"]);
    let import = |name: &str, merchant: &str, covers: &str, lines: &[Line<'_>]| {
        shop.json(&["import", "bill", &statement(&shop, name, merchant, covers, lines)])["held"] == true
    };
    assert!(!import("open.csv", "M3", "all", &[R]), "the day is open");
    assert!(!import("open2.csv", "M3", "recharge_refunds", &[("refund", "R3", "1.00")]), "the day is open");
    shop.done(&["day", "close", "2018-09-12"]);
    assert!(!import("m2.csv", "M2", "payments", &[("pay", "C", "1.00")]), "of another merchant number");
    assert!(import("nameless.csv", "", "all", &[B]));
    assert!(import("nameless.csv", "", "all", &[B]), "the same file is still held");
    assert!(import("recharges.csv", "M1", "recharge_refunds", &[("refund", "R2", "1.00")]));
    two_people(&shop, "6", "standing");
    let stand = ["first.csv", "open.csv", "open2.csv", "m2.csv", "recharges.csv"];
    let stand = stand.map(|file| state(file, "standing"));
    let mut now = states(&shop, &[]);
    assert_eq!(now.remove(4), state("nameless.csv", "held"));
    assert_eq!(now, stand);
    shop.done(&["verify"]);
}

/// One person extended the statement of a day that was signed; and where that had no lines, both stood.
#[test]
fn with_four_eyes_the_statement_of_a_closed_day_is_extended_by_two_people() {
    let none = "channel,day,kind,reference,channel_no,amount,currency,channel_fee,status,time\n\
                UNIONPAY,2018-09-12,none,,,,,,,\ntotal,0,0.00,0.00,0.00,end\n";
    for is_empty in [false, true] {
        let shop = Shop::empty();
        let first = if is_empty {
            shop.file("first.csv", none)
        } else {
            statement(&shop, "first.csv", "M1", "all", &[A])
        };
        shop.done(&["import", "bill", &first]);
        let import = |name: &str, lines: &[Line<'_>]| {
            let answer = shop.json(&["import", "bill", &statement(&shop, name, "M1", "all", lines)]);
            (answer["extends"] == true, answer["held"] == true)
        };
        shop.done(&["day", "open", "2018-09-12"]);
        if !is_empty {
            assert_eq!(import("open.csv", &[A, R]), (true, false), "the day is open");
        }
        shop.done(&["day", "close", "2018-09-12"]);
        let before = states(&shop, &[]);
        assert_eq!(import("late.csv", &[A, R, B]), (true, true));
        assert_eq!(states(&shop, &[]), [&before[..], &[state("late.csv", "held")]].concat());
        let held = states(&shop, &["--all"]).len().to_string();
        let case = shop.json(&["case", "open", "--note", "late"])["case_no"].as_str().unwrap().to_owned();
        let step = ["stage", "statement", &held, "--state", "standing", "--because", "late lines"];
        shop.done(&[&step[..], &["--case", &case]].concat());
        shop.agreed(&case);
        shop.done(&["commit", &case]);
        assert_eq!(states(&shop, &[]), [state("late.csv", "standing")]);
        shop.done(&["verify"]);
    }
}

#[test]
fn the_preview_of_a_withdrawal_names_the_cases_that_lose_their_evidence() {
    let shop = Shop::sample();
    // T0007 is failed because the statement of its day does not list it.
    let case = shop.approved_case("T0007");
    shop.done(&["commit", &case]);
    let case =
        shop.json(&["case", "open", "--note", "another company's"])["case_no"].as_str().unwrap().to_owned();
    let step = ["stage", "statement", "1", "--state", "withdrawn", "--because", "another company's"];
    shop.done(&[&step[..], &["--case", &case]].concat());
    let preview = shop.json(&["preview", &case]);
    assert_eq!(preview["take_back"], json!([{ "case_no": "C0001", "trades": ["T0007"] }]));
    assert!(shop.done(&["preview", &case]).contains("storno plan T0007"));
}

#[test]
fn a_case_about_a_trade_just_before_the_cut_rests_on_the_statement_of_the_next_day_too() {
    let shop = Shop::empty();
    let row = "T1,topup,,WECHAT,R1,,10.00,CNY,0.06,A,,2018-09-11 23:58:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("t.csv", format!("{TRADES}{row}"))]);
    for day in ["2018-09-10", "2018-09-11", "2018-09-12"] {
        bill(&shop, day, ("M1", "all", ""), &format!("X{day}"));
    }
    // Only both statements together say that the channel does not have it.
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    for rested_on in ["2", "3"] {
        let refused = shop.run(&["bill", "withdraw", rested_on, "--reason", "x"]);
        assert!(refused.refused("STORNO-BILL-RESTS").err.contains(&case));
    }
    shop.done(&["bill", "withdraw", "1", "--reason", "x"]);
}

/// Op2 may approve a cent less than what the statements below move.
const LIMITS: &str = r#"approval_limit = "109.99"
admins = ["chief"]
[[approver]]
role = "supervisor"
operators = ["chief"]
limit = "110.00"
"#;

#[test]
fn a_statement_counts_for_the_approvers_limit_with_the_lines_that_go_and_come() {
    let shop = Shop::empty();
    let one = statement(&shop, "one.csv", "M1", "all", &[A, R]);
    shop.done(&["import", "bill", &one]);
    shop.done(&["policy", "load", &shop.file("limits.toml", LIMITS)]);
    let withdrawal = |shop: &Shop| {
        let case = shop.json(&["case", "open", "--note", "of another company"])["case_no"].clone();
        let case = case.as_str().unwrap().to_owned();
        let step = ["stage", "statement", "1", "--state", "withdrawn", "--because", "of another company"];
        shop.done(&[&step[..], &["--case", &case]].concat());
        shop.done(&["case", "submit", &case]);
        case
    };
    let case = withdrawal(&shop);
    let refused = shop.run(&["case", "approve", &case, "--operator", "op2"]);
    let told = &refused.refused("STORNO-APPROVAL-LIMIT").err;
    assert!(told.contains("moves 110.00, the limit of op2 is 109.99"), "{told}");
    shop.done(&["case", "approve", &case, "--operator", "chief"]);
    let preview = shop.json(&["preview", &case]);
    let day = &preview["days"][0];
    assert_eq!((&day["channel"], &day["day"]), (&json!("UNIONPAY"), &json!("2018-09-12")));
    let theirs = |sum: &Value| (sum["before"]["theirs_minor"].clone(), sum["after"]["theirs_minor"].clone());
    let sums: Vec<_> = day["sums"].as_array().unwrap().iter().map(theirs).collect();
    assert_eq!(sums, [(json!(8_000), json!(0)), (json!(3_000), json!(0))]);
    assert_eq!(preview["reconciliation_changed"], true);
    shop.done(&["commit", &case]);
    assert_eq!(states(&shop, &["--all"]), [state("one.csv", "withdrawn")]);
}

#[test]
fn a_status_that_a_later_list_told_was_taken_for_a_case_that_rests_on_the_statement() {
    let shop = Shop::empty();
    let row =
        "T1,topup,,WECHAT,SYN20180912W001,,100.00,CNY,0.60,A,,2018-09-12 09:00:01,PROCESSING,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("first.csv", format!("{TRADES}{row}"))]);
    shop.done(&["import", "bill", &data("wechat-trade-ALL-20180912.csv")]);
    let later = row.replace("PROCESSING", "SUCCESS");
    shop.done(&["import", "trades", &shop.file("later.csv", format!("{TRADES}{later}"))]);
    shop.done(&["bill", "withdraw", "1", "--reason", "the wrong day"]);
    assert_eq!(states(&shop, &["--channel", "WECHAT", "--all"])[0].1, "withdrawn");
}

#[test]
fn money_parked_for_a_line_that_is_gone_is_found_and_taken_back() {
    let shop = Shop::empty();
    shop.done(&["import", "bill", &statement(&shop, "one.csv", "M1", "all", &[A, B])]);
    let case = shop.json(&["case", "open", "--note", "B is unknown"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["stage", "park", "--line", "UNIONPAY/B", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let gone = |shop: &Shop| shop.findings(&[]).iter().filter(|(_, cause)| cause == "line_gone").count();
    assert_eq!((gone(&shop), shop.balance("2190")), (0, 500));
    // A case rests on the statement, so two people decide about another without the line.
    let other = statement(&shop, "two.csv", "M1", "all", &[A]);
    let held =
        shop.json(&["import", "bill", &other, "--supersede", "--reason", "final"])["statement"].to_string();
    let case = shop.json(&["case", "open", "--note", "final"])["case_no"].as_str().unwrap().to_owned();
    let words = ["stage", "statement", &held, "--state", "standing", "--because", "final", "--case", &case];
    shop.done(&words);
    // Before it is taken it says what takes the money back.
    let back = shop.json(&["preview", &case])["take_back"].clone();
    let parked = shop.text("SELECT voucher_no FROM voucher WHERE case_no = 'C0001'");
    assert_eq!((&back[0]["case_no"], &back[0]["vouchers"]), (&json!("C0001"), &json!([parked])), "{back}");
    let step = &back[0]["steps"][0];
    assert_eq!((&step["kind"], &step["voucher_no"]), (&json!("reverse"), &back[0]["vouchers"][0]), "{back}");
    assert!(shop.done(&["preview", &case]).contains(&format!("C0001: reverse {parked}")));
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(gone(&shop), 1);
    let case = shop.json(&["case", "open", "--finding", "line_gone/UNIONPAY/B", "--plan"]);
    let case = case["case_no"].as_str().unwrap().to_owned();
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!((gone(&shop), shop.balance("2190")), (0, 0));
    shop.done(&["verify"]);
}
