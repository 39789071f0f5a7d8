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
