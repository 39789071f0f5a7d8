//! Scenarios of a marketplace that wait, or take several cases: S13, S18, S22, S26, S28.

use super::fixture::{Scene, Then, balances, causes, noted, put_right, refusals, scene, statement_in};
use super::marketplace::{T1, TO_M2, TO_M3, made, sale};
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop, TRADES};

const DAY: &str = "2018-09-12T10:00:00";

/// Adds a line of a channel in euros, in the statement of its day.
fn listed(shop: &Shop, channel: &str, line: (&str, &str, Option<&str>), minor: i64, at: &str) {
    statement_in(shop, (channel, "EUR", "+02:00"), line, minor, at);
}

fn states(shop: &Shop, trade: &str) -> String {
    shop.text(&format!(
        "SELECT status || ' ' || posting || ' ' || recon FROM v_trade WHERE trade_no = '{trade}'"
    ))
}

fn opened(shop: &Shop, trade: &str) -> String {
    let case = shop.json(&["case", "open", "--trade", trade, "--reason", "claim"]);
    case["case_no"].as_str().unwrap().to_owned()
}

/// Has a case approved and committed. Returns the numbers of its vouchers.
fn committed(shop: &Shop, case: &str) -> Vec<String> {
    shop.agreed(case);
    let receipt = shop.json(&["commit", case]);
    let vouchers = receipt["vouchers"].as_array().unwrap().iter();
    vouchers.map(|voucher| voucher["voucher_no"].as_str().unwrap().to_owned()).collect()
}

/// S13: a sale shortly before midnight is on the channel's next statement. No entry is made for it.
#[test]
fn a_sale_at_midnight_waits_for_the_next_statement() {
    let late = "T1,sale,,STRIPE,R1,,66.00,EUR,0.00,B,M2,2018-09-12 23:58:00,SUCCESS,UNCLEARED\n";
    let shop = scene(made(&[&TO_M2.replace("1.75", "0.00"), late], &[], Then::Nothing));
    let now = "2018-09-13T12:00:00+02:00";
    shop.done(&["post", "--now", now]);
    // Commission 6.60, VAT 1.25 and 5.82 held back leave 52.33, beside the 79.29 of the first sale.
    let was = balances(&shop);
    assert_eq!((shop.balance("2000.M2"), shop.balance("1200.STRIPE")), (13_162, 16_600));
    let before = Observed::of(&shop, now);
    listed(&shop, "STRIPE", ("R0", "pay", None), 10_000, DAY);
    assert_eq!(causes(&shop, "T1", now), ["waiting"]);
    assert_eq!(shop.json(&["plan", "T1", "--now", now])["steps"], serde_json::json!([]));
    shop.run(&["case", "open", "--trade", "T1", "--plan", "--now", now]).refused("STORNO-NOTHING");
    shop.run(&["post", "T1", "--now", now]);
    let waiting = transcript(&shop, "S13 waiting", "T1", &[], &before, now);
    listed(&shop, "STRIPE", ("R1", "pay", None), 6600, "2018-09-13T00:00:02");
    assert_eq!(balances(&shop), was);
    assert_eq!(states(&shop, "T1"), "succeeded posted matched");
    let matched = transcript(&shop, "S13", "T1", &[], &before, now);
    assert_kept("scenario_marketplace_S13", &format!("{waiting}{matched}"));
    shop.verified();
}

/// S18: the bank sent a payout twice. The second one is claimed, and recovered or written off.
#[test]
fn a_payout_that_was_sent_twice_is_claimed() {
    let payout = "T1,payout,,SEPA,R1,,50.00,EUR,0.00,,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    for to in ["1000", "6900"] {
        let shop = scene(made(&[TO_M2, payout], &[], Then::Posted));
        assert_eq!((shop.balance("2000.M2"), shop.balance("2200")), (2929, 5000));
        let before = Observed::of(&shop, NOW);
        let claim = opened(&shop, "T1");
        let lines = ["--debit", "1290=50.00", "--credit", "1000=50.00"];
        shop.done(&[&["stage", "park", "T1", "--case", &claim], &lines[..]].concat());
        let parked = committed(&shop, &claim).remove(0);
        assert_eq!(causes(&shop, "T1", NOW), ["suspense_open"]);
        assert_eq!(["1290", "1000", "2000.M2"].map(|code| shop.balance(code)), [5000, -5000, 2929]);
        let end = opened(&shop, "T1");
        shop.done(&["stage", "unpark", &parked, "--to", to, "--case", &end]);
        committed(&shop, &end);
        let lost = if to == "6900" { 5000 } else { 0 };
        let sums = ["1290", "1000", "2000.M2"].map(|code| shop.balance(code));
        assert_eq!(sums, [0, -lost, 2929], "one payout for the merchant");
        assert_eq!(
            (causes(&shop, "T1", NOW), states(&shop, "T1")),
            (vec![], "succeeded posted unmatched".into())
        );
        if to == "6900" {
            assert_eq!(shop.balance("6900"), 5000);
        } else {
            let text = transcript(&shop, "S18", "T1", &[&claim, &end], &before, NOW);
            assert_kept("scenario_marketplace_S18", &text);
        }
        shop.verified();
    }
}

/// S22: a sale of M2 was booked to M3, and corrected to M4. The correction is corrected, not reversed.
#[test]
fn a_correction_that_was_wrong_is_corrected() {
    let to_m4 = TO_M3.replace("T0", "T4").replace("R0", "R4").replace("M3", "M4");
    let journal = [sale("J1", "T1", "M3"), sale("J4", "T4", "M4")];
    let shop = scene(made(&[T1, &to_m4], &journal, Then::Nothing));
    let before = Observed::of(&shop, NOW);
    let repost = |case: &str, merchant: &str, reason: &str| {
        let set = [format!("merchant={merchant}"), format!("reason={reason}")];
        shop.done(&["stage", "repost", "T1", "--case", case, "--set", &set[0], "--set", &set[1]]);
    };
    let first = opened(&shop, "T1");
    shop.done(&["stage", "reverse", "J1", "--case", &first]);
    repost(&first, "M4", "by telephone");
    let vouchers = committed(&shop, &first);
    assert_eq!(["2000.M3", "2000.M4"].map(|code| shop.balance(code)), [0, 15_858]);
    let second = opened(&shop, "T1");
    let reverse = |voucher: &str| shop.run(&["stage", "reverse", voucher, "--case", &second]);
    reverse(&vouchers[0]).refused("STORNO-REVERSAL-OF-REVERSAL");
    reverse("J1").refused("STORNO-ALREADY-REVERSED");
    assert_eq!(reverse(&vouchers[1]).code, 0);
    repost(&second, "M2", "by the receipt");
    committed(&shop, &second);
    for (account, minor) in [
        ("2000.M2", 7929),
        ("2100.M2", 881),
        ("2000.M3", 0),
        ("2100.M3", 0),
        ("2000.M4", 7929),
        ("2100.M4", 881),
        ("1200.STRIPE", 19_650),
        ("2300", 380),
        ("4000", 2000),
        ("6000", 350),
    ] {
        assert_eq!(shop.balance(account), minor, "{account}");
    }
    assert_eq!(
        (causes(&shop, "T1", NOW), states(&shop, "T1")),
        (vec![], "succeeded reposted unmatched".into())
    );
    let text = transcript(&shop, "S22", "T1", &[&first, &second], &before, NOW);
    assert_kept("scenario_marketplace_S22", &text);
    shop.verified();
}

/// S26: the acquirer voided a sale that we did not have. It is noted, and the sale that comes later fails on both
/// sides without an entry.
#[test]
fn a_void_before_its_sale_keeps_the_sale_out() {
    for reference in ["R9", "V9"] {
        let shop = scene(made(&[TO_M2], &[], Then::Posted));
        let (was, before) = (balances(&shop), Observed::of(&shop, NOW));
        listed(&shop, "STRIPE", ("R0", "pay", None), 10_000, "2018-09-12T08:00:00");
        listed(&shop, "STRIPE", (reference, "revoke", Some("R9")), 4000, DAY);
        assert_eq!(put_right(&shop, &format!("reversed_in_advance/STRIPE/{reference}")), ["stub"]);
        let again = noted(&shop);
        let line = format!("STRIPE/{reference}");
        shop.run(&["stage", "stub", &line, "--case", &again]).refused("STORNO-ALREADY-REVERSED");
        let late = "T9,sale,,STRIPE,R9,,40.00,EUR,0.85,B,M2,2018-09-12 09:59:00,SUCCESS,UNCLEARED\n";
        shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
        assert_eq!(refusals(&shop, &["post", "--due"], "T9"), ["STORNO-ALREADY-REVERSED"]);
        assert_eq!(causes(&shop, "T9", NOW), ["reversed_in_advance"]);
        assert_eq!(put_right(&shop, "reversed_in_advance/T9"), ["status"]);
        assert_eq!(
            (causes(&shop, "T9", NOW), states(&shop, "T9")),
            (vec![], "failed unposted matched".into())
        );
        assert_eq!(refusals(&shop, &["post", "--due"], "T9"), [""; 0], "it is settled");
        assert_eq!(balances(&shop), was);
        let cases: Vec<String> = (1..=3).map(|n| format!("C{n:04}")).collect();
        let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
        assert_kept("scenario_marketplace_S26", &transcript(&shop, "S26", "T9", &cases, &before, NOW));
        shop.verified();
    }
}

/// S28: money of unknown origin at the bank waits in suspense until it is known to be a merchant's, goes back, or
/// its trade turns up.
#[test]
fn money_of_unknown_origin_waits_until_it_is_known() {
    let shop = scene(Scene::Of {
        template: "eu-marketplace",
        trades: TO_M2,
        journal: "",
        then: Then::Posted,
        listed: &[],
    });
    let before = Observed::of(&shop, NOW);
    let mut parked = Vec::new();
    for (reference, minor) in [("B500", 50_000), ("B200", 20_000), ("B30", 3000)] {
        listed(&shop, "BANK", (reference, "pay", None), minor, DAY);
        assert_eq!(put_right(&shop, &format!("long/BANK/{reference}")), ["park"]);
        parked.push(
            shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park' ORDER BY seq DESC LIMIT 1"),
        );
    }
    assert_eq!((shop.balance("1000"), shop.balance("2290")), (73_000, 73_000));
    assert_eq!(shop.findings(&["--cause", "suspense_open"]).len(), 3);
    // It is a merchant's.
    let known = noted(&shop);
    shop.done(&["stage", "unpark", &parked[0], "--to", "2000.M2", "--case", &known]);
    assert_eq!(shop.json(&["preview", &known])["reconciliation_changed"], false);
    committed(&shop, &known);
    assert_eq!((shop.balance("2290"), shop.balance("2000.M2")), (23_000, 57_929));
    // It goes back, as the bank's statement shows.
    listed(&shop, "BANK", ("B201", "refund", Some("B200")), 20_000, DAY);
    let back = noted(&shop);
    shop.done(&["stage", "unpark", &parked[1], "--to", "1000", "--by", "BANK/B201", "--case", &back]);
    committed(&shop, &back);
    assert_eq!((shop.balance("2290"), shop.balance("1000")), (3000, 53_000));
    // A payout came back: its trade is posted in place of the suspense.
    let late = "T9,payout_return,,BANK,B30,P1,30.00,EUR,0.00,,M2,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
    assert_eq!(refusals(&shop, &["post", "T9"], "T9"), ["STORNO-LINE-ANSWERED"]);
    assert_eq!(put_right(&shop, &format!("suspense_open//{}", parked[2])), ["reverse", "supplement"]);
    let sums = ["2290", "1000", "2000.M2"].map(|code| shop.balance(code));
    assert_eq!(sums, [0, 53_000, 60_929]);
    assert_eq!((causes(&shop, "T9", NOW), states(&shop, "T9")), (vec![], "succeeded posted matched".into()));
    assert_eq!(shop.findings(&["--cause", "suspense_open"]), []);
    let cases: Vec<String> = (1..=6).map(|n| format!("C{n:04}")).collect();
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    assert_kept("scenario_marketplace_S28", &transcript(&shop, "S28", "T9", &cases, &before, NOW));
    shop.verified();
}
