//! What lines of channels, and findings about them, are called where a reference or number means several lines.

use super::matching::{Line, mend, posted, statement};
use crate::support::{Shop, data};

const NOW: &str = "2018-09-13T12:00:00+08:00";
const DAY: &str = "2018-09-12";

/// Identities of the findings about lines, in the order of their text.
fn ids(shop: &Shop) -> Vec<String> {
    let found = shop.run(&["findings", "--json", "--now", NOW]).parsed();
    let lines = found.as_array().unwrap().iter().filter(|one| one["trade_no"].is_null());
    let ids = lines.map(|one| one["finding"].as_str().unwrap().to_owned());
    let mut ids: Vec<String> =
        ids.filter(|id| id.starts_with("long/") || id.starts_with("line_gone/")).collect();
    ids.sort();
    ids
}

/// A line of WeChat without a fee: kind, reference, original, number, amount, time of the day, merchant number.
fn line<'l>(kind: &'l str, of: [&'l str; 3], amount: &'l str, time: &'l str, merchant: &'l str) -> Line<'l> {
    let [reference, original, number] = of;
    (kind, reference, original, number, amount, "0.00", time, merchant)
}

const NINE: &str = "2018-09-12 09:00:00";
const TEN: &str = "2018-09-12 10:00:00";

fn case(shop: &Shop) -> String {
    let case = shop.json(&["case", "open", "--note", "lines without a trade", "--now", NOW]);
    case["case_no"].as_str().unwrap().to_owned()
}

/// Two merchant numbers have a line of one reference each: both findings had one identity, and taking one by
/// its reference took the first line imported.
#[test]
fn lines_of_two_merchant_numbers_with_one_reference_have_names_of_their_own() {
    for merchants in [["M1", "M2"], ["M2", "M1"]] {
        let shop = posted("", NOW);
        let of = |merchant| match merchant {
            "M1" => line("pay", ["W2", "", "N1"], "30.00", NINE, "M1"),
            _ => line("pay", ["W2", "", "N2"], "40.00", TEN, "M2"),
        };
        statement(&shop, "WECHAT", DAY, &[of(merchants[0])], NOW);
        assert_eq!(ids(&shop), ["long/WECHAT/W2"], "the only line of its reference");
        statement(&shop, "WECHAT", DAY, &[of(merchants[1])], NOW);
        assert_eq!(ids(&shop), ["long/WECHAT/W2@M1", "long/WECHAT/W2@M2"]);
        // The short name means both.
        let several = shop.run(&["plan", "long/WECHAT/W2", "--now", NOW]);
        let told = several.refused("STORNO-BAD-VALUE").err.clone();
        assert!(told.contains("long/WECHAT/W2@M1, long/WECHAT/W2@M2"), "{told}");
        let case = case(&shop);
        let stage = |line: &str| shop.run(&["stage", "park", "--line", line, "--case", &case, "--now", NOW]);
        let told = stage("WECHAT/W2").refused("STORNO-BAD-VALUE").err.clone();
        for name in ["WECHAT:N1 (W2, M1, 2018-09-12, 30.00 CNY)", "WECHAT:N2 (W2, M2, 2018-09-12, 40.00 CNY)"]
        {
            assert!(told.contains(name), "{told}");
        }
        let record = ["record", "WECHAT", "W2", "--as", "T9", "--kind", "topup", "--customer", "A"];
        let because = ["--because", "new customer", "--case", &case, "--now", NOW];
        shop.run(&[&["stage"][..], &record, &because].concat()).refused("STORNO-BAD-VALUE");
        assert_eq!(stage("WECHAT/W2@M2").code, 0);
        let steps = shop.json(&["case", "show", &case, "--now", NOW])["staged"].clone();
        let (name, why) = (steps[0]["line"].as_str().unwrap(), steps[0]["why"].as_str().unwrap());
        assert_eq!(name, "WECHAT/W2@M2");
        assert!(why.contains("40.00 of WECHAT/W2@M2"), "{why}");
        shop.agreed_at(&case, NOW);
        shop.done(&["commit", &case, "--now", NOW]);
        assert_eq!(shop.balance("2190"), 4000);
        assert_eq!(ids(&shop), ["long/WECHAT/W2@M1"], "what is left keeps its name");
        shop.run(&["plan", "long/WECHAT/W2@M1", "--now", NOW]);
        // The only finding of the reference goes by the reference too.
        let short = shop.json(&["plan", "long/WECHAT/W2", "--now", NOW]);
        assert_eq!(short["finding"]["finding"], "long/WECHAT/W2@M1");
        shop.done(&["verify", "--findings", "--now", NOW]);
        shop.verified();
    }
}

/// A number may be our reference of one line and the channel's own of another: parking by it took the latter.
#[test]
fn a_number_that_is_a_reference_and_a_channels_own_names_no_line_by_itself() {
    let shop = posted("T1,topup,,WECHAT,T1,,9.00,CNY,0.00,A,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n", NOW);
    let lines = [
        line("pay", ["T1", "", "N0"], "9.00", "2018-09-12 08:00:00", "M1"),
        line("pay", ["X", "", "N1"], "30.00", NINE, "M1"),
        line("pay", ["W3", "", "X"], "40.00", TEN, "M1"),
    ];
    statement(&shop, "WECHAT", DAY, &lines, NOW);
    assert_eq!(ids(&shop), ["long/WECHAT/W3", "long/WECHAT/X"]);
    let case = case(&shop);
    let stage = |line: &str| shop.run(&["stage", "park", "--line", line, "--case", &case, "--now", NOW]);
    let told = stage("WECHAT:X").refused("STORNO-BAD-VALUE").err.clone();
    assert!(told.contains("WECHAT:N1 (X, M1") && told.contains("WECHAT:X@W3 (W3, M1"), "{told}");
    let matched =
        |line: &str| shop.run(&["match", "T1", "--line", line, "--reason", "as told by phone", "--now", NOW]);
    let told = matched("WECHAT:X").refused("STORNO-BAD-VALUE").err.clone();
    assert!(told.contains("WECHAT:X@W3"), "{told}");
    for (name, amount) in [("WECHAT:X@W3", "40.00"), ("WECHAT/X", "30.00")] {
        shop.done(&["stage", "park", "--line", name, "--case", &case, "--now", NOW]);
        let steps = shop.json(&["case", "show", &case, "--now", NOW])["staged"].clone();
        let why = steps.as_array().unwrap().last().unwrap()["why"].as_str().unwrap().to_owned();
        assert!(why.contains(&format!("{amount} of {name}")), "{why}");
    }
}

/// A payment and its refund have one reference and no trade, and two statements list a third line.
#[test]
fn every_finding_about_a_line_has_an_identity_of_its_own_and_a_line_one_finding() {
    let shop = posted("", NOW);
    let twice = line("refund", ["R2", "W2", "D2"], "5.00", TEN, "M1");
    let lines = [
        line("pay", ["W2", "", "N1"], "30.00", NINE, "M1"),
        line("refund", ["W2", "W2", "N1"], "10.00", TEN, "M1"),
        line("refund", ["W2", "W2", "N2"], "7.00", TEN, "M1"),
        twice,
    ];
    statement(&shop, "WECHAT", DAY, &lines, NOW);
    let mut again = twice;
    again.7 = "";
    statement(&shop, "WECHAT", "2018-09-11", &[again], NOW);
    let all = ["long/WECHAT/R2", "long/WECHAT/W2", "long/WECHAT/W2@N1@refund", "long/WECHAT/W2@N2"];
    assert_eq!(ids(&shop), all);
    // The plan names the line so that it means one.
    let plan = shop.json(&["plan", all[2], "--now", NOW]);
    assert_eq!(plan["steps"][0]["line"], "WECHAT/W2@N1@refund", "{plan}");
    mend(&shop, all[2], NOW);
    assert_eq!(ids(&shop), [all[0], all[1], all[3]]);
    mend(&shop, all[3], NOW);
    mend(&shop, all[0], NOW);
    assert_eq!(ids(&shop), [all[1]]);
    assert_eq!(shop.number("SELECT count(*) FROM voucher"), 3);
    shop.verified();
}

/// Refunds made by hand at Alipay have no number: those of one order were one line, and recording one claimed
/// the others.
#[test]
fn refunds_of_one_order_without_a_number_are_a_line_a_finding_and_a_step_each() {
    let bytes = std::fs::read(data("matching/alipay-refund-bill.gbk.csv")).unwrap();
    let (text, ..) = encoding_rs::GBK.decode(&bytes);
    let row = text.lines().find(|line| line.starts_with("2025") && line.contains("退款")).unwrap();
    let refunds = |of: &[(&str, &str)]| {
        let row = |(time, amount): &(&str, &str)| {
            let row = row.replace("15:00:00", time).replace("-60.00", &format!("-{amount}"));
            row.replace(",AF1\t,0.36", ",\t,0.00")
        };
        of.iter().map(row).collect::<Vec<_>>().join("\r\n")
    };
    let bill = |of: &[(&str, &str)], back: &str| {
        let text =
            text.replace(row, &refunds(of)).replace("退款合计：1笔", &format!("退款合计：{}笔", of.len()));
        text.replace("商家实收退款共-60.00", &format!("商家实收退款共-{back}"))
    };
    let now = "2025-03-13T12:00:00+08:00";
    let shop = Shop::empty();
    let trades = std::fs::read_to_string(data("matching/alipay-refund-trades.csv")).unwrap();
    let without: String =
        trades.lines().filter(|line| !line.starts_with("FR1")).map(|line| format!("{line}\n")).collect();
    shop.done(&["import", "trades", &shop.file("trades.csv", without), "--now", now]);
    shop.done(&["post", "--now", now]);
    let import = |name: &str, of: &[(&str, &str)], back: &str| {
        shop.json(&["import", "bill", &shop.file(name, bill(of, back)), "--now", now])
    };
    let (ten, twenty, five) = (("15:00:00", "10.00"), ("15:00:00", "20.00"), ("16:00:00", "5.00"));
    import("first.csv", &[twenty, ten], "30.00");
    let ids = || {
        let found = shop.run(&["findings", "--json", "--cause", "long", "--now", now]).parsed();
        let ids = found.as_array().unwrap().iter().map(|one| one["finding"].as_str().unwrap().to_owned());
        let mut ids: Vec<String> = ids.collect();
        ids.sort();
        ids
    };
    let before = ids();
    assert_eq!(before.len(), 2, "{before:?}");
    assert_ne!(before[0], before[1]);
    // The final bill lists them in another order, and a third one.
    let answer = import("final.csv", &[ten, twenty, five], "35.00");
    assert_eq!((&answer["extends"], &answer["added"]), (&true.into(), &1.into()), "{answer}");
    let after = ids();
    assert_eq!((after.len(), before.iter().all(|id| after.contains(id))), (3, true), "{after:?}");
    // Planned one by one they have one number, and what is staged anew takes the next free one.
    let open = |findings: &[&str]| {
        let named: Vec<&str> = findings.iter().flat_map(|finding| ["--finding", *finding]).collect();
        let case = shop.json(&[&["case", "open", "--plan", "--now", now], named.as_slice()].concat());
        case["case_no"].as_str().unwrap().to_owned()
    };
    let commit = |case: &str| {
        shop.agreed_at(case, now);
        shop.done(&["commit", case, "--now", now]);
    };
    let together = shop.json(&["case", "show", &open(&[&after[0], &after[1], &after[2]]), "--now", now]);
    let recorded: Vec<&str> = together["staged"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["kind"] == "record")
        .map(|step| step["trade_no"].as_str().unwrap())
        .collect();
    assert_eq!(recorded.len(), 3, "{together}");
    let first = recorded[0].to_owned();
    assert_eq!(recorded, [first.clone(), format!("{first}-R"), format!("{first}-R2")]);
    let taken = first;
    let (first, second) = (open(&[&after[2]]), open(&[&after[1]]));
    commit(&first);
    assert_eq!(ids().len(), 2, "one is recorded, and no other with it");
    shop.run(&["submit", &second, "--now", now]);
    let restaged = shop.json(&["case", "restage", &second, "--now", now]);
    let staged = restaged["staged"].as_array().unwrap().iter().filter(|step| step["dropped"] == false);
    let numbers: Vec<&str> = staged.filter_map(|step| step["trade_no"].as_str()).collect();
    assert!(
        !numbers.is_empty() && numbers.iter().all(|number| *number == format!("{taken}-R")),
        "{restaged}"
    );
    commit(&second);
    assert_eq!(ids().len(), 1);
    mend(&shop, &after[0], now);
    assert_eq!(ids(), [""; 0]);
    assert_eq!(shop.balance("1102.ALIPAY"), 10500 - 63 - 3500);
    shop.verified();
}

/// A statement without a merchant number stands beside one of the same day with it, and lists some of its lines.
#[test]
fn a_line_that_two_standing_statements_list_counts_once_and_is_told_with_both() {
    let shop = posted("T1,topup,,WECHAT,W1,,30.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n", NOW);
    let (known, unknown) = (
        line("pay", ["W1", "", "N1"], "30.00", NINE, "M1"),
        line("pay", ["W2", "", "N2"], "5.00", TEN, "M1"),
    );
    let without = |mut of: Line<'static>| {
        of.7 = "";
        of
    };
    let other = without(line("pay", ["W3", "", "N3"], "2.00", TEN, ""));
    statement(&shop, "WECHAT", DAY, &[known, unknown], NOW);
    statement(&shop, "WECHAT", DAY, &[without(known), without(unknown), other], NOW);
    let reconcile = ["reconcile", "--channel", "WECHAT", "--day", DAY, "--now", NOW];
    let told = shop.run(&[&reconcile[..], &["--json"]].concat()).parsed();
    let paid = told["sums"].as_array().unwrap().iter().find(|sum| sum["way"] == "pay").unwrap();
    assert_eq!((&paid["ours_minor"], &paid["theirs_minor"]), (&3000.into(), &3700.into()), "{told}");
    let counted: i64 =
        told["counts"].as_array().unwrap().iter().map(|count| count["theirs_minor"].as_i64().unwrap()).sum();
    assert_eq!(counted, 3700, "{told}");
    let again: Vec<_> =
        told["listed_again"].as_array().unwrap().iter().map(|one| &one["channel_ref"]).collect();
    assert_eq!(again, ["W1", "W2"]);
    let files = told["listed_again"][0]["statements"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    let text = shop.run(&reconcile).out;
    assert!(text.contains("Listed twice and counted once: W1 (N1) in WECHAT-2018-09-12-M1.csv"), "{text}");
    // Lines of two merchant numbers are two, whatever their numbers are.
    for merchant in ["M2", "M1"] {
        let other = line("pay", ["W8", "", "N8"], "30.00", "2018-09-11 09:00:00", merchant);
        statement(&shop, "WECHAT", "2018-09-11", &[other], NOW);
    }
    let told = shop
        .run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-11", "--json", "--now", NOW])
        .parsed();
    assert_eq!(
        (&told["sums"][0]["theirs_minor"], &told["listed_again"]),
        (&6000.into(), &serde_json::Value::Null)
    );
}

/// Two merchants' lines have one reference, one number of the channel's, one amount and one time: what a case took from
/// the one was said of the other as well, which was found by nobody then.
#[test]
fn what_is_said_of_a_line_is_not_said_of_another_merchants_line_of_the_same_number() {
    let shop = posted("", NOW);
    let of = |merchant| line("pay", ["W2", "", "N1"], "30.00", NINE, merchant);
    for merchant in ["M1", "M2"] {
        statement(&shop, "WECHAT", DAY, &[of(merchant)], NOW);
    }
    assert_eq!(ids(&shop), ["long/WECHAT/W2@M1", "long/WECHAT/W2@M2"]);
    let commit = |steps: &[&[&str]]| {
        let case = case(&shop);
        for step in steps {
            shop.done(&[&["stage"][..], step, &["--case", &case, "--now", NOW]].concat());
        }
        shop.agreed_at(&case, NOW);
        shop.done(&["commit", &case, "--now", NOW]);
        shop.text(&format!("SELECT coalesce(max(voucher_no), '') FROM v_voucher WHERE case_no = '{case}'"))
    };
    let parked = commit(&[&["park", "--line", "WECHAT/W2@M2"]]);
    assert_eq!(ids(&shop), ["long/WECHAT/W2@M1"], "the other one is open");
    let taken = case(&shop);
    let again = shop.run(&["stage", "park", "--line", "WECHAT/W2@M2", "--case", &taken, "--now", NOW]);
    again.refused("STORNO-LINE-ANSWERED");
    // Recorded beside it, and the trade is of its line.
    let record =
        ["record", "WECHAT", "W2", "--as", "T9", "--kind", "topup", "--customer", "A", "--because", "new"];
    commit(&[&record, &["supplement", "T9"]]);
    assert_eq!((ids(&shop), shop.balance("2190"), shop.balance("2001.A")), (Vec::new(), 3000, 3000));
    assert_eq!(shop.text("SELECT coalesce(merchant_no, '') FROM trade WHERE trade_no = 'T9'"), "M1");
    assert_eq!(shop.text("SELECT recon FROM v_trade WHERE trade_no = 'T9'"), "matched");
    // Taken back, the line is open again, and both can be parked by one case.
    commit(&[&["reverse", &parked]]);
    assert_eq!(ids(&shop), ["long/WECHAT/W2@M2"]);
    commit(&[&["park", "--line", "WECHAT/W2"]]);
    assert_eq!((ids(&shop), shop.balance("2190")), (Vec::new(), 3000));
    shop.done(&["verify", "--findings", "--now", NOW]);
    shop.verified();
    // A case rests on the statement of the one line, and not on that of the other.
    let withdraw =
        |bill: &str| shop.run(&["bill", "withdraw", bill, "--reason", "of another company", "--now", NOW]);
    withdraw("2").refused("STORNO-BILL-RESTS");
    assert_eq!(withdraw("1").code, 0);
}

/// The same of stubs: one merchant's revocation that came before its payment.
#[test]
fn a_payment_that_was_taken_back_in_advance_is_one_merchants() {
    let shop = posted("", NOW);
    let of = |merchant| line("revoke", ["R2", "W2", "N1"], "30.00", NINE, merchant);
    for merchant in ["M1", "M2"] {
        statement(&shop, "WECHAT", DAY, &[of(merchant)], NOW);
    }
    let ids = |shop: &Shop| {
        let found = shop.run(&["findings", "--json", "--now", NOW]).parsed();
        let found = found.as_array().unwrap().iter().map(|one| one["finding"].as_str().unwrap().to_owned());
        found.filter(|id| id.starts_with("reversed_in_advance/")).collect::<Vec<_>>()
    };
    assert_eq!(ids(&shop), ["reversed_in_advance/WECHAT/R2@M1", "reversed_in_advance/WECHAT/R2@M2"]);
    for (merchant, left) in [("M1", "reversed_in_advance/WECHAT/R2@M2"), ("M2", "reversed_in_advance/T1")] {
        let case = case(&shop);
        let name = if merchant == "M1" { "WECHAT/R2@M1" } else { "WECHAT/R2" };
        shop.done(&["stage", "stub", name, "--case", &case, "--now", NOW]);
        shop.agreed_at(&case, NOW);
        shop.done(&["commit", &case, "--now", NOW]);
        assert_eq!(ids(&shop), [left]);
        if merchant == "M1" {
            let head = crate::support::TRADES.trim_end().to_owned() + ",merchant_no\n";
            let trade = |no: &str, merchant: &str| {
                format!(
                    "{no},topup,,WECHAT,W2,,30.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED,{merchant}\n"
                )
            };
            let file = shop.file("came.csv", [head, trade("T1", "M1"), trade("T3", "M3")].concat());
            shop.done(&["import", "trades", &file, "--now", NOW]);
            shop.run(&["post", "--now", NOW]);
            let posted =
                |no: &str| shop.number(&format!("SELECT count(*) FROM v_voucher WHERE trade_no = '{no}'"));
            assert_eq!([posted("T1"), posted("T3")], [0, 1], "nobody has the first");
        }
    }
    shop.verified();
}

/// The same of matches by hand, and of what people noted about a refund that did not reach the customer.
#[test]
fn a_match_by_hand_gives_a_trade_the_line_of_one_merchant() {
    let trades = "T1,topup,,WECHAT,W2,,30.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T2,topup,,WECHAT,W2,,30.00,CNY,0.00,B,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    let shop = posted(trades, NOW);
    let of = |merchant| line("pay", ["W2", "", "N1"], "30.00", NINE, merchant);
    for merchant in ["M1", "M2"] {
        statement(&shop, "WECHAT", DAY, &[of(merchant)], NOW);
    }
    let recon = || {
        let of = |no| shop.text(&format!("SELECT recon FROM v_trade WHERE trade_no = '{no}'"));
        [of("T1"), of("T2")]
    };
    assert_eq!(recon(), ["ambiguous", "ambiguous"]);
    let explained = |name: &str| {
        let told = shop.json(&["explain", name, "--now", NOW]);
        let about = told.as_array().unwrap().iter().map(|one| one["about"].as_str().unwrap().to_owned());
        about.collect::<Vec<_>>()
    };
    assert_eq!(explained("WECHAT:N1"), ["WECHAT:N1@M1", "WECHAT:N1@M2"]);
    assert_eq!(explained("WECHAT:N1@M2"), ["WECHAT:N1@M2"]);
    let by = |who: &str, trade: &str, line: &str| {
        let said = ["--reason", "as told by phone", "--operator", who, "--now", NOW];
        shop.run(&[&["match", trade, "--line", line][..], &said].concat())
    };
    let matched = |trade: &str, line: &str| {
        let first = by("op1", trade, line);
        if first.code == 0 { by("op2", trade, line) } else { first }
    };
    let told = matched("T1", "WECHAT:N1").refused("STORNO-BAD-VALUE").err.clone();
    assert!(told.contains("WECHAT:N1@M1") && told.contains("WECHAT:N1@M2"), "{told}");
    assert_eq!(matched("T1", "WECHAT:N1@M2").code, 0);
    matched("T2", "WECHAT:N1@M2").refused("STORNO-TRADE-CONFLICT");
    assert_eq!(recon(), ["matched", "matched"], "the other line is left for the other trade");
    let pair = |no: &str| shop.json(&["trade", no, "--now", NOW])["matched"]["line"]["merchant"].clone();
    assert_eq!([pair("T1"), pair("T2")], ["M2", "M1"]);
    assert_eq!(matched("T2", "WECHAT:N1@M1").code, 0);
    let listed = shop.done(&["match", "list", "--now", NOW]);
    assert!(listed.contains("WECHAT:N1@M1") && listed.contains("WECHAT:N1@M2"), "{listed}");
    shop.verified();
}

/// The bills of two days list one line: it was counted on each of them.
#[test]
fn a_line_that_the_statements_of_two_days_list_counts_on_the_day_of_its_time() {
    for days in [["2018-09-11", DAY], [DAY, "2018-09-11"]] {
        let shop =
            posted("T1,topup,,WECHAT,W1,,30.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n", NOW);
        let lines = [
            line("pay", ["W1", "", "N1"], "30.00", NINE, "M1"),
            line("pay", ["W2", "", "N2"], "5.00", TEN, "M1"),
        ];
        for day in days {
            let own = line("pay", [day, "", day], "1.00", NINE, "M1");
            statement(&shop, "WECHAT", day, &[lines[0], lines[1], own], NOW);
        }
        let reconciled = |day: &str| {
            shop.run(&["reconcile", "--channel", "WECHAT", "--day", day, "--json", "--now", NOW]).parsed()
        };
        let paid = |told: &serde_json::Value| {
            let sums = told["sums"].as_array().unwrap();
            let paid = sums.iter().find(|sum| sum["way"] == "pay").unwrap();
            (paid["ours_minor"].as_i64().unwrap(), paid["theirs_minor"].as_i64().unwrap())
        };
        let counted = |told: &serde_json::Value| {
            let counts = told["counts"].as_array().unwrap().iter();
            counts.map(|count| count["theirs_minor"].as_i64().unwrap()).sum::<i64>()
        };
        let (own, other) = (reconciled(DAY), reconciled("2018-09-11"));
        assert_eq!((paid(&own), counted(&own)), ((3000, 3600), 3600), "{own}");
        assert_eq!((paid(&other), counted(&other)), ((0, 100), 100), "{other}");
        assert!(own["listed_again"].is_null(), "{own}");
        let again: Vec<_> =
            other["listed_again"].as_array().unwrap().iter().map(|one| &one["channel_ref"]).collect();
        assert_eq!(again, ["W1", "W2"], "told where it does not count");
        shop.verified();
    }
}
