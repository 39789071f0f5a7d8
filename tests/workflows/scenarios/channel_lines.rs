//! Lines of a channel's statement that no trade matches: recorded as trades, noted in advance, or claimed.

use super::fixture::{JOURNAL, Scene, bill, causes, noted, put_right, refusals, scene, statement};
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop, TRADES};

/// A payment that only the channel lists is recorded from its line and booked, in one case.
#[test]
fn a_trade_that_only_the_channel_knows_is_recorded_and_booked() {
    let shop = scene(Scene::Billed {
        trades: "T1,topup,,WECHAT,R1,,1.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
        journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,1.00,x\n\
                      J1,2,T1,captured,2018-09-12,2001.A,credit,1.00,x\n",
        bill: ("R9", "100.00", "0.60"),
        told: "",
    });
    let found: Vec<_> = shop.findings(&["--cause", "long"]);
    assert_eq!(found, [("–".to_owned(), "long".to_owned())]);
    let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "long"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    let record = |reference: &str, number: &str, more: &[&str]| {
        let words =
            ["stage", "record", "WECHAT", reference, "--as", number, "--kind", "topup", "--case", &case];
        shop.run(&[&words, more].concat())
    };
    record("R8", "T9", &["--customer", "D"]).refused("STORNO-NOT-FOUND");
    record("R9", "T1", &["--customer", "D"]).refused("STORNO-TRADE-CONFLICT");
    record("R9", "T9", &[]).refused("STORNO-BAD-VALUE");
    // D has neither an account nor a trade yet: this may be a typo.
    record("R9", "T9", &["--customer", "D"]).refused("STORNO-PARTY-UNKNOWN");
    record("R9", "T9", &["--customer", "D", "--because", " "]).refused("STORNO-PARTY-UNKNOWN");
    let staged = record("R9", "T9", &["--customer", "D", "--because", "registered today"]);
    assert!(staged.out.contains("no trade knew D before: registered today"), "{staged:?}");
    record("R9", "T10", &["--customer", "D"]).refused("STORNO-TRADE-CONFLICT");
    // Recorded but not booked, two people would have approved nothing.
    shop.run(&["case", "submit", &case]).refused("STORNO-NOTHING");
    assert_eq!(shop.json(&["preview", &case])["ready"], false);
    shop.done(&["stage", "supplement", "T9", "--case", &case]);
    let preview = shop.json(&["preview", &case]);
    assert_eq!(
        (&preview["customer_view_changed"], &preview["reconciliation_changed"]),
        (&true.into(), &true.into())
    );
    let guards = preview["guards"].as_array().unwrap();
    let told = guards.iter().find(|guard| guard["guard"] == "customer_view").unwrap();
    assert_eq!(
        (&told["state"], &told["text"]),
        (&"note".into(), &"customer views change by an operator's override".into())
    );
    assert_eq!(shop.number("SELECT count(*) FROM v_trade"), 1, "a preview writes nothing");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let facts = "SELECT kind || ' ' || amount_minor || ' ' || fee_minor || ' ' || customer || ' ' || status || ' ' || posting || ' ' || recon \
                 FROM v_trade WHERE trade_no = 'T9'";
    assert_eq!(shop.text(facts), "topup 10000 60 D succeeded posted matched");
    assert_eq!(shop.balance("2001.D"), 10000);
    assert_eq!(shop.findings(&["--cause", "long"]), []);
    shop.verified();
}

/// S26: a payment reversed before it arrives is noted, is not posted when it arrives, and then fails on
/// both sides.
#[test]
fn a_reversal_before_its_original_keeps_the_original_out() {
    for reference in ["R0", "V0"] {
        // Under its own reference, or under the payment's.
        let shop = Shop::sample();
        shop.done(&["post", "T0003"]);
        let was = shop.findings(&[]).len();
        let before = Observed::of(&shop, NOW);
        statement(&shop, "WECHAT", (reference, "revoke", Some("R0")), 10000);
        let finding = format!("reversed_in_advance/WECHAT/{reference}");
        assert_eq!(shop.json(&["plan", &finding])["steps"][0]["kind"], "stub");
        assert_eq!(put_right(&shop, &finding), ["stub"]);
        assert_eq!(shop.findings(&[]).len(), was);
        let again = noted(&shop);
        let line = format!("WECHAT/{reference}");
        shop.run(&["stage", "stub", &line, "--case", &again]).refused("STORNO-ALREADY-REVERSED");
        shop.run(&["stage", "park", "--line", &line, "--case", &again]).refused("STORNO-LINE-ANSWERED");
        let late = "T9,topup,,WECHAT,R0,,100.00,CNY,0.60,A,,2018-09-12 09:59:00,SUCCESS,UNCLEARED\n";
        shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
        let a = shop.balance("2001.A");
        let refused = refusals(&shop, &["post", "--due"], "T9");
        assert_eq!(shop.balance("2001.A"), a);
        assert_eq!(refused, ["STORNO-ALREADY-REVERSED"]);
        assert_eq!(causes(&shop, "T9", NOW), ["reversed_in_advance"]);
        let case = shop.json(&["case", "open", "--trade", "T9", "--reason", "audit"])["case_no"]
            .as_str()
            .unwrap()
            .to_owned();
        shop.run(&["stage", "supplement", "T9", "--case", &case]).refused("STORNO-ALREADY-REVERSED");
        assert_eq!(put_right(&shop, "reversed_in_advance/T9"), ["status"]);
        assert_eq!(
            shop.text("SELECT status || ' ' || posting || ' ' || recon FROM v_trade WHERE trade_no = 'T9'"),
            "failed unposted matched"
        );
        assert_eq!(causes(&shop, "T9", NOW), [""; 0]);
        assert_eq!(refusals(&shop, &["post", "--due"], "T9"), [""; 0], "it is settled");
        let repeat = shop.run(&["post", "T9", "--lang", "zh-CN"]);
        assert!(repeat.out.contains("已冲正"), "{repeat:?}");
        assert_kept(
            "scenario_S26",
            &transcript(&shop, "S26", "T9", &["C0001", "C0002", "C0003", "C0004"], &before, NOW),
        );
        shop.verified();
    }
}

/// A payment that the old system had booked before the note was made is reversed.
#[test]
fn what_was_booked_although_it_was_taken_back_in_advance_is_taken_back() {
    let shop = Shop::sample();
    statement(&shop, "WECHAT", ("V0", "revoke", Some("R0")), 10000);
    put_right(&shop, "reversed_in_advance/WECHAT/V0");
    let late = "T9,topup,,WECHAT,R0,,100.00,CNY,0.00,A,,2018-09-12 09:59:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
    let journal = "J9,1,T9,captured,2018-09-12,1101.WECHAT,debit,100.00,x\nJ9,2,T9,captured,2018-09-12,2001.A,credit,100.00,x\n";
    shop.done(&["import", "journal", &shop.file("journal.csv", format!("{JOURNAL}{journal}"))]);
    let a = shop.balance("2001.A");
    assert_eq!(put_right(&shop, "reversed_in_advance/T9"), ["status", "reverse"]);
    assert_eq!((shop.balance("2001.A"), causes(&shop, "T9", NOW)), (a - 10000, Vec::new()));
    shop.verified();
}

/// A statement line proves its own amount and direction only: nothing else is booked on it, and what is
/// left of it stays open.
#[test]
fn a_line_answers_for_its_amount_and_direction() {
    let shop = Shop::empty();
    let trades = "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T2,payout,,BANK,R2,,10.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    for (channel, reference, kind, original) in [
        ("BANK", "B1", "pay", None),
        ("BANK", "B2", "pay", None),
        ("BANK", "B3", "refund", None),
        ("BANK", "B4", "refund", Some("R2")),
        ("WECHAT", "W1", "pay", None),
        ("WECHAT", "W2", "refund", Some("R9")),
        ("WECHAT", "W3", "refund", Some("R1")),
    ] {
        statement(&shop, channel, (reference, kind, original), 1000);
    }
    let case = noted(&shop);
    let stage = |words: &[&str]| shop.run(&[&["stage"], words, &["--case", &case]].concat());
    let part = |line: &str, amount: &str| {
        let (debit, credit) = (format!("1001={amount}"), format!("2190={amount}"));
        stage(&["park", "--line", line, "--debit", &debit, "--credit", &credit])
    };
    part("BANK/B1", "9.99").refused("STORNO-BAD-VALUE");
    // Neither from an account other than the channel's, nor with an amount for a customer in addition.
    for (debit, credits) in [("2001.A=10", &["2190=10"][..]), ("1001=11", &["2190=10", "2001.A=1"])] {
        let credits = credits.iter().flat_map(|credit| ["--credit", credit]);
        let words: Vec<&str> =
            ["park", "--line", "BANK/B1", "--debit", debit].into_iter().chain(credits).collect();
        stage(&words).refused("STORNO-BAD-VALUE");
    }
    part("BANK/B3", "10.00").refused("STORNO-BAD-VALUE");
    assert_eq!(part("BANK/B1", "10.00").code, 0, "line by line, and all of it");
    let record = |reference: &str, kind: &str| {
        stage(&["record", "WECHAT", reference, "--as", "T9", "--kind", kind, "--customer", "A"])
    };
    record("W1", "refund").refused("STORNO-BAD-VALUE");
    record("W2", "topup").refused("STORNO-BAD-VALUE");
    let counter = |trade: &str, line: &str| stage(&["counter", trade, "--ref", line]);
    counter("T1", "W1").refused("STORNO-BAD-VALUE");
    counter("T1", "W2").refused("STORNO-BAD-VALUE");
    counter("T2", "B3").refused("STORNO-BAD-VALUE");
    assert_eq!(counter("T1", "W3").code, 0);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let parked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'");
    let case = noted(&shop);
    let paid =
        |to: &str, by: &str| shop.run(&["stage", "unpark", &parked, "--to", to, "--by", by, "--case", &case]);
    paid("1001", "BANK/B2").refused("STORNO-BAD-VALUE");
    paid("2001.A", "BANK/B3").refused("STORNO-BAD-VALUE");
    paid("1001", "WECHAT/W2").refused("STORNO-BAD-VALUE");
    // It refunds the payment of T2 and belongs to it.
    paid("1001", "BANK/B4").refused("STORNO-TRADE-CONFLICT");
    assert_eq!(paid("1001", "BANK/B3").code, 0, "what came goes back where it came");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2190"), 0);
    shop.verified();
}

/// The bill lists a second refund of a payment for which we have one: the other is recorded, and its money
/// claimed.
#[test]
fn a_refund_that_only_the_channel_made_twice_is_written_down_and_claimed() {
    let shop = Shop::empty();
    let trades = "T1,pay,direct,WECHAT,X1,,100.00,CNY,0.60,C,M001,2018-09-12 09:00:01,SUCCESS,UNCLEARED\n\
                  T2,refund,direct,WECHAT,R1,X1,60.00,CNY,-0.36,C,M001,2018-09-12 10:00:01,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    let refund = |time: &str, number: &str, amount: &str, fee: &str| {
        format!(
            "`2018-09-12 {time},`wx8888888888888888,`1900000109,`0,`,`4200000000,`X1,`oSYN,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,\
             `50{number},`{number},`{amount},`0.00,`ORIGINAL,`SUCCESS,`goods,`,`{fee},`0.60%,`0.00,`{amount},`\n"
        )
    };
    let whole = bill(("X1", "100.00", "0.60"));
    let (rows, foot) = whole.split_at(whole.find("总交易单数").unwrap());
    let title = foot.lines().next().unwrap();
    let twice = format!(
        "{rows}{}{}{}{title}\n`4,`100.00,`150.00,`0.00,`-0.30000,`100.00,`150.00\n",
        refund("10:00:01", "R1", "60.00", "-0.36000"),
        refund("10:00:09", "R2", "60.00", "-0.36000"),
        refund("10:00:19", "R3", "30.00", "-0.18000")
    );
    shop.done(&["import", "bill", &shop.file("bill.csv", twice)]);
    // One of another amount, of which as much of the payment is left, was made at the channel.
    let plan = shop.json(&["plan", "long/WECHAT/R3"]);
    let kinds: Vec<_> =
        plan["steps"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["record", "supplement"]);
    let plan = shop.json(&["plan", "long/WECHAT/R2"]);
    assert_eq!(plan["steps"].as_array().unwrap().len(), 2, "{plan}");
    let before = (shop.balance("2002.M001"), shop.balance("1101.WECHAT"));
    let case = shop.json(&["case", "open", "--finding", "long/WECHAT/R2", "--plan"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2002.M001"), before.0, "the merchant paid back once");
    assert_eq!(shop.balance("1101.WECHAT"), before.1 - 6000 + 36);
    assert_eq!(shop.text("SELECT recon FROM v_trade WHERE trade_no = 'R2'"), "matched");
    assert_eq!(shop.findings(&["--cause", "long"]).len(), 1, "the other one is left");
    shop.verified();
}

/// The header of a plain statement.
const PLAIN: &str =
    "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time\n";

/// Imports a payment X1 of 100.00 with these refunds of ours, posts them, and imports a plain statement with the
/// payment and these refunds of the channel: number and amount.
fn refunded(ours: &[(&str, &str, &str)], theirs: &[(&str, &str)]) -> Shop {
    let shop = Shop::empty();
    let refunds = ours.iter().map(|(reference, amount, status)| {
        format!("T{reference},refund,direct,WECHAT,{reference},X1,{amount},CNY,0.00,C,M001,2018-09-12 10:00:01,{status},UNCLEARED\n")
    });
    let trades: String = std::iter::once(
        "T1,pay,direct,WECHAT,X1,,100.00,CNY,0.60,C,M001,2018-09-12 09:00:01,SUCCESS,UNCLEARED\n".to_owned(),
    )
    .chain(refunds)
    .collect();
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    let lines: String = theirs
        .iter()
        .map(|(number, amount)| {
            format!("WECHAT,2018-09-12,refund,{number},X1,50{number},{amount},CNY,0.00,SUCCESS,2018-09-12 10:00:05\n")
        })
        .collect();
    let fen = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
    let sum: i64 = theirs.iter().map(|(_, amount)| fen(amount)).sum();
    let file = format!(
        "{PLAIN}WECHAT,2018-09-12,pay,X1,,42X1,100.00,CNY,0.60,SUCCESS,2018-09-12 09:00:01\n{lines}\
         total,{},100.00,{}.{:02},0.60,end\n",
        theirs.len() + 1,
        sum / 100,
        sum % 100
    );
    shop.done(&["import", "bill", &shop.file("statement.csv", file)]);
    shop
}

/// The kinds of the steps of a plan.
fn planned(shop: &Shop, target: &str) -> Vec<String> {
    let plan = shop.json(&["plan", target]);
    plan["steps"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect()
}

/// The channel lists one refund, under another number than ours: it paid back once.
#[test]
fn a_refund_that_the_channel_lists_once_under_another_number_is_to_be_matched() {
    let shop = refunded(&[("R1", "30.00", "SUCCESS")], &[("PORTAL7", "30.00")]);
    assert_eq!(planned(&shop, "long/WECHAT/PORTAL7"), [""; 0]);
    let told = shop.json(&["plan", "long/WECHAT/PORTAL7"])["why"].as_str().unwrap().to_owned();
    assert!(told.contains("storno match TR1 --line WECHAT:PORTAL7"), "{told}");
    shop.done(&["match", "TR1", "--line", "WECHAT:PORTAL7", "--reason", "made in the portal"]);
    // Of another amount, with enough left, it is another one; with too little left it may be ours.
    let shop = refunded(&[("R1", "30.00", "SUCCESS")], &[("PORTAL7", "70.00")]);
    assert_eq!(planned(&shop, "long/WECHAT/PORTAL7"), ["record", "supplement"]);
    let shop = refunded(&[("R1", "30.00", "SUCCESS")], &[("PORTAL7", "80.00")]);
    assert_eq!(planned(&shop, "long/WECHAT/PORTAL7"), [""; 0]);
    let shop = refunded(&[("R1", "30.00", "SUCCESS")], &[("R1", "30.00"), ("PORTAL7", "30.00")]);
    assert_eq!(planned(&shop, "long/WECHAT/PORTAL7"), ["record", "park"]);
}

/// The channel pays back more than is left of a payment: only the excess is claimed, if anything is left.
#[test]
fn of_a_refund_that_only_the_channel_made_only_what_is_too_much_is_claimed() {
    let first = ("R1", "30.00");
    let shop = refunded(&[("R1", "30.00", "SUCCESS")], &[first, ("PORTAL7", "80.00")]);
    let plan = shop.json(&["plan", "long/WECHAT/PORTAL7"]);
    assert!(plan["why"].as_str().unwrap().contains("only the excess"), "{plan}");
    assert_eq!(put_right(&shop, "long/WECHAT/PORTAL7"), ["record", "park"]);
    // 100.00 less our fee of 1.00, and all of it paid back; 10.00 of the channel's 110.00 are claimed.
    assert_eq!((shop.balance("2002.M001"), shop.balance("1190")), (-100, 1000));
    assert_eq!(shop.findings(&["--cause", "long"]), []);
    shop.verified();
    let shop = refunded(&[("R1", "100.00", "SUCCESS")], &[("R1", "100.00"), ("PORTAL7", "80.00")]);
    let plan = shop.json(&["plan", "long/WECHAT/PORTAL7"]);
    assert!(plan["why"].as_str().unwrap().contains("twice"), "{plan}");
    assert_eq!(planned(&shop, "long/WECHAT/PORTAL7"), ["record", "park"]);
}

/// The channel pays back a payment that failed with us and with it: nobody here is owed or owes it.
#[test]
fn a_refund_of_a_failed_payment_that_only_the_channel_made_is_claimed() {
    let shop = Shop::empty();
    let trades = "T1,pay,direct,WECHAT,X1,,100.00,CNY,0.60,C,M001,2018-09-12 09:00:01,FAILED,UNCLEARED\n\
                  T2,pay,direct,WECHAT,X2,,50.00,CNY,0.00,C,M001,2018-09-12 09:00:01,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    let file = format!(
        "{PLAIN}WECHAT,2018-09-12,pay,X2,,42X2,50.00,CNY,0.00,SUCCESS,2018-09-12 09:00:01\n\
         WECHAT,2018-09-12,refund,PORTAL7,X1,50P7,100.00,CNY,0.00,SUCCESS,2018-09-12 10:00:05\n\
         total,2,50.00,100.00,0.00,end\n"
    );
    shop.done(&["import", "bill", &shop.file("statement.csv", file)]);
    let plan = shop.json(&["plan", "long/WECHAT/PORTAL7"]);
    assert!(plan["why"].as_str().unwrap().contains("the payment failed"), "{plan}");
    assert_eq!(put_right(&shop, "long/WECHAT/PORTAL7"), ["record", "park"]);
    assert_eq!((shop.balance("2002.M001"), shop.balance("1190")), (4950, 10000));
    assert_eq!(shop.findings(&["--cause", "long"]), []);
    shop.verified();
}

/// Two refunds of one amount, one of which failed with us, both listed under their own numbers: both are ours.
#[test]
fn a_refund_that_failed_with_us_and_is_listed_is_booked_beside_another_of_its_amount() {
    let both = [("R2", "10.00"), ("R3", "10.00")];
    for ours in [
        [("R2", "10.00", "SUCCESS"), ("R3", "10.00", "FAILED")],
        [("R3", "10.00", "FAILED"), ("R2", "10.00", "SUCCESS")],
    ] {
        let shop = refunded(&ours, &both);
        assert_eq!(planned(&shop, "TR3"), ["status", "supplement"]);
        assert_eq!(put_right(&shop, "TR3"), ["status", "supplement"]);
        assert_eq!(shop.findings(&["--cause", "long"]), []);
        assert_eq!(shop.balance("2002.M001"), 7900);
        shop.verified();
    }
    // More than was paid: the channel paid one of them twice.
    let shop = refunded(
        &[("R2", "60.00", "SUCCESS"), ("R3", "60.00", "FAILED")],
        &[("R2", "60.00"), ("R3", "60.00")],
    );
    assert_eq!(planned(&shop, "TR3"), ["status", "park"]);
}

/// Two merchants use one order number, and the channel refunds one of them by itself.
#[test]
fn a_refund_that_only_the_channel_knows_is_booked_to_the_merchant_of_its_number() {
    let planned = |merchants: [&str; 2], amounts: [&str; 2]| {
        let shop = Shop::empty();
        let head = TRADES.trim_end();
        let trades: String = [("T1", "M001", 0), ("T2", "M002", 1)]
            .iter()
            .map(|(trade, merchant, at)| {
                format!(
                    "{trade},pay,direct,WECHAT,W5,,{},CNY,0.00,C,{merchant},2018-09-12 09:00:01,SUCCESS,UNCLEARED,{}\n",
                    amounts[*at], merchants[*at]
                )
            })
            .collect();
        shop.done(&["import", "trades", &shop.file("trades.csv", format!("{head},merchant_no\n{trades}"))]);
        shop.done(&["post"]);
        let file = "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time,merchant_no\n\
                    WECHAT,2018-09-12,refund,PORTAL9,W5,50P9,40.00,CNY,0.00,SUCCESS,2018-09-12 10:00:05,1900000002\n\
                    total,1,0.00,40.00,0.00,end\n";
        shop.done(&["import", "bill", &shop.file("statement.csv", file)]);
        let plan = shop.json(&["plan", "long/WECHAT/PORTAL9"]);
        (shop, plan)
    };
    let put_right_for_m002 = |shop: &Shop| {
        assert_eq!(put_right(shop, "long/WECHAT/PORTAL9"), ["record", "supplement"]);
        assert_eq!(shop.balance("2002.M002"), 5900);
        assert_eq!(shop.text("SELECT merchant FROM v_trade WHERE trade_no = 'PORTAL9'"), "M002");
        shop.verified();
    };
    // The number of the line decides, or of what names none that which it fits alone.
    let (shop, _) = planned(["1900000001", "1900000002"], ["100.00", "100.00"]);
    put_right_for_m002(&shop);
    let (shop, _) = planned(["", ""], ["30.00", "100.00"]);
    put_right_for_m002(&shop);
    let (_, plan) = planned(["", ""], ["100.00", "100.00"]);
    assert_eq!(plan["steps"], serde_json::json!([]));
    assert!(plan["why"].as_str().unwrap().contains("T1, T2"), "{plan}");
}

/// A line without a trade that failed or was closed moved nothing: it is no finding.
#[test]
fn a_line_that_moved_nothing_needs_no_trade() {
    let shop = Shop::empty();
    let lines: String = [("X1", "pay", "", "FAILED"), ("X2", "pay", "", "CLOSED"), ("X3", "refund", "W0", "FAILED"), ("X4", "revoke", "W0", "FAILED"), ("X5", "pay", "", "SUCCESS")]
        .iter()
        .map(|(number, kind, original, status)| {
            format!("WECHAT,2018-09-12,{kind},{number},{original},42{number},30.00,CNY,0.00,{status},2018-09-12 09:00:01\n")
        })
        .collect();
    shop.done(&[
        "import",
        "bill",
        &shop.file("statement.csv", format!("{PLAIN}{lines}total,5,90.00,60.00,0.00,end\n")),
    ]);
    let findings = shop.run(&["findings", "--all", "--json"]).parsed();
    let found: Vec<&str> =
        findings.as_array().unwrap().iter().map(|finding| finding["finding"].as_str().unwrap()).collect();
    assert_eq!(found, ["long/WECHAT/X5"]);
    let day = shop.run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json"]).parsed();
    let counts = day["counts"].as_array().unwrap();
    let rows = |recon: &str| counts.iter().find(|count| count["recon"] == recon).unwrap()["count"].clone();
    assert_eq!([rows("long"), rows("matched")], [1.into(), 4.into()] as [serde_json::Value; 2], "{day}");
}

/// Posting refuses a trade whose line a case has answered, so a trial of rules does not add it.
#[test]
fn a_trial_of_rules_adds_no_trade_whose_line_a_case_has_answered() {
    let shop = Shop::sample();
    statement(&shop, "WECHAT", ("V0", "revoke", Some("R0")), 10000);
    put_right(&shop, "reversed_in_advance/WECHAT/V0");
    statement(&shop, "WECHAT", ("W1", "pay", None), 1000);
    let case = noted(&shop);
    shop.done(&["stage", "park", "--line", "WECHAT/W1", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let late = [("T7", "R7"), ("T8", "W1"), ("T9", "R0")].map(|(trade, reference)| {
        format!(
            "{trade},topup,,WECHAT,{reference},,10.00,CNY,0.06,A,,2018-09-12 09:59:00,SUCCESS,UNCLEARED\n"
        )
    });
    shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{}", late.concat()))]);
    let rules = shop.file("rules.toml", include_str!("../../../assets/templates/cn-wallet/rules.toml"));
    let tried = shop.json(&["rules", "try", &rules, "--limit", "99"]);
    let lines = tried["lines"].as_array().unwrap();
    let added = |trade: &str| lines.iter().any(|line| line["trade_no"] == trade);
    assert_eq!((added("T7"), added("T8"), added("T9")), (true, false, false));
}
