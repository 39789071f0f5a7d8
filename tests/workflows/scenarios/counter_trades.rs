//! Counter trades: refunds, chargebacks and representments that undo another trade, and how much of it.

use super::fixture::{causes, noted, put_right, statement};
use super::table::scene_of;
use crate::support::{NOW, Shop, TRADES};

/// S20, the whole chain: charged back, won, charged back again. Each is a trade that names the one before
/// it.
#[test]
fn a_chargeback_is_won_and_lost_again() {
    let shop = scene_of("S20");
    let first = shop.approved_case("T1");
    shop.done(&["commit", &first]);
    let was = shop.balance("2002.M1");
    let next = [("T2", "representment", "R2", "R1", 10000), ("T3", "chargeback", "R3", "R2", 0)];
    for (trade, kind, reference, original, taken_back) in next {
        let row = format!(
            "{trade},{kind},,UNIONPAY,{reference},{original},100.00,CNY,0.00,,M1,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n"
        );
        shop.done(&["import", "trades", &shop.file("next.csv", format!("{TRADES}{row}"))]);
        assert_eq!(causes(&shop, trade, NOW), ["unposted"], "{kind}");
        assert_eq!(put_right(&shop, &format!("unposted/{trade}/captured")), ["supplement"], "{kind}");
        assert_eq!(shop.balance("2002.M1"), was + taken_back, "{kind}");
        let facts =
            "SELECT kind || ' ' || original_trade_no || ' ' || posting FROM v_trade WHERE trade_no = ";
        let before = if trade == "T2" { "T1" } else { "T2" };
        assert_eq!(shop.text(&format!("{facts}'{trade}'")), format!("{kind} {before} posted"));
    }
    assert_eq!(shop.balance("1103.UNIONPAY"), 20000 - 10500);
    assert_eq!(shop.findings(&[]), []);
    shop.verified();
}

/// A wrong trade is undone by a counter trade: at most what is left of it, with evidence or a reason, and
/// never another counter trade.
#[test]
fn a_trade_is_undone_by_a_counter_trade() {
    let shop = Shop::empty();
    let trades = "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T2,topup,,WECHAT,R2,,50.00,CNY,0.30,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T3,topup,,WECHAT,R3,,10.00,CNY,0.06,A,,2018-09-12 09:00:00,FAILED,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    statement(&shop, "ALIPAY", ("X0", "refund", None), 4000);
    statement(&shop, "WECHAT", ("X1", "refund", Some("R1")), 4000);
    let case = noted(&shop);
    let counter = |trade: &str, more: &[&str]| {
        shop.run(&[&["stage", "counter", trade, "--case", &case], more, &["--json"]].concat())
    };
    counter("T1", &[]).refused("STORNO-REASON-REQUIRED");
    counter("T1", &["--because", " "]).refused("STORNO-REASON-REQUIRED");
    counter("T1", &["--because", "x", "--amount", "100.01"]).refused("STORNO-COUNTERED");
    counter("T1", &["--because", "x", "--amount", "0"]).refused("STORNO-COUNTERED");
    counter("T1", &["--because", "x", "--kind", "topup"]).refused("STORNO-BAD-VALUE");
    counter("T1", &["--ref", "X0"]).refused("STORNO-NOT-FOUND");
    counter("T1", &["--ref", "X1", "--amount", "39.00"]).refused("STORNO-NO-EVIDENCE");
    counter("T3", &["--because", "x"]).refused("STORNO-NOT-DUE");
    let staged = counter("T1", &["--ref", "X1"]).json();
    let kinds: Vec<_> =
        staged["staged"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["counter", "supplement"]);
    // Without its posting the counter trade would stay unbooked.
    let dropped = shop.json(&["stage", "drop", "2", "--case", &case]);
    assert_eq!(dropped["warnings"], serde_json::json!(["after this, captured of T1-C1 is not booked"]));
    assert_eq!(shop.json(&["stage", "restore", "2", "--case", &case])["warnings"], serde_json::json!([]));
    counter("T1", &["--because", "x", "--amount", "60.01"]).refused("STORNO-COUNTERED");
    assert_eq!(counter("T1", &["--because", "paid in error"]).code, 0, "the rest of it");
    counter("T1", &["--because", "again"]).refused("STORNO-COUNTERED");
    assert_eq!(counter("T2", &["--because", "paid in error", "--as", "T2-BACK"]).code, 0);
    let preview = shop.json(&["preview", &case]);
    assert_eq!(
        (&preview["customer_view_changed"], &preview["reconciliation_changed"]),
        (&true.into(), &true.into())
    );
    assert_eq!(
        preview["holders"][0]["trades_after"],
        serde_json::json!(["T1-C1", "T1-C2", "T2-BACK", "T3", "T2", "T1"])
    );
    let (a, channel, cost) = (shop.balance("2001.A"), shop.balance("1101.WECHAT"), shop.balance("6401"));
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2001.A") - a, -15000);
    assert_eq!(
        (shop.balance("1101.WECHAT") - channel, shop.balance("6401") - cost),
        (-14910, -90),
        "once nothing is left of a trade, all of the channel's fee went back"
    );
    let seen = "SELECT trade_no || ' ' || kind || ' ' || original_trade_no || ' ' || amount_minor || ' ' || fee_minor || ' ' || posting || ' ' || recon \
                FROM v_trade WHERE trade_no = ";
    for (trade, expected) in [
        ("T1-C1", "T1-C1 counter T1 4000 0 posted matched"),
        ("T1-C2", "T1-C2 counter T1 6000 -60 posted unmatched"),
        ("T2-BACK", "T2-BACK counter T2 5000 -30 posted unmatched"),
    ] {
        assert_eq!(shop.text(&format!("{seen}'{trade}'")), expected);
        assert_eq!(causes(&shop, trade, NOW), [""; 0], "{trade}");
    }
    let explained = shop.json(&["rules", "explain", "T2-BACK"]);
    assert_eq!(explained["events"][0]["lines"][0]["side"], "credit", "{explained}");
    let after = noted(&shop);
    let again = |trade: &str| shop.run(&["stage", "counter", trade, "--because", "x", "--case", &after]);
    again("T1-C1").refused("STORNO-REVERSAL-OF-REVERSAL");
    again("T1").refused("STORNO-COUNTERED");
    // A wrong posting of a counter trade is corrected like any other.
    shop.run(&["stage", "supplement", "T1-C1", "--case", &after]).refused("STORNO-ALREADY-POSTED");
    let file = shop.file(
        "counter.csv",
        format!("{TRADES}T9,counter,,WECHAT,R9,R1,1.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n"),
    );
    shop.run(&["import", "trades", &file]).refused("STORNO-BAD-FILE");
    // A kind with its own rule may not undo more than is left either.
    let dropped = noted(&shop);
    shop.run(&["stage", "counter", "T1", "--kind", "refund", "--because", "x", "--case", &dropped])
        .refused("STORNO-COUNTERED");
    shop.verified();
}

/// Money that a counter trade took back is not taken a second time if the original turns out to have failed
/// or to have been smaller: the customer would owe what it had already returned.
#[test]
fn what_a_counter_trade_undid_is_not_undone_again() {
    let shop = Shop::sample();
    let countered = |trade: &str, amount: &str| {
        let case = noted(&shop);
        shop.done(&["stage", "counter", trade, "--because", "x", "--amount", amount, "--case", &case]);
        shop.agreed(&case);
        shop.done(&["commit", &case]);
    };
    let case = noted(&shop);
    shop.done(&["stage", "counter", "T0007", "--because", "x", "--case", &case]);
    shop.run(&["stage", "status", "T0007", "failed", "--case", &case]).refused("STORNO-COUNTERED");
    countered("T0007", "40.00");
    countered("T0006", "20.00");
    let case = noted(&shop);
    shop.run(&["stage", "status", "T0007", "failed", "--case", &case]).refused("STORNO-COUNTERED");
    shop.done(&["stage", "reverse", "J00004", "--case", &case]);
    let amended = |amount: &str| {
        let amount = format!("amount={amount}");
        shop.run(&["stage", "repost", "T0006", "--set", &amount, "--set", "reason=x", "--case", &case])
    };
    amended("0.00").refused("STORNO-BAD-VALUE");
    amended("19.99").refused("STORNO-COUNTERED");
    assert_eq!(amended("20.00").code, 0, "what is left of it may go");
    let posting =
        shop.text("SELECT voucher_no FROM v_voucher WHERE trade_no = 'T0007-C1' AND kind = 'supplement'");
    shop.done(&["stage", "reverse", &posting, "--case", &case]);
    let raised = |amount: &str| {
        shop.run(&["stage", "repost", "T0007-C1", "--set", amount, "--set", "reason=x", "--case", &case])
    };
    raised("amount=40.01").refused("STORNO-COUNTERED");
    assert_eq!(raised("amount=39.00").code, 0, "a counter trade may undo less");
    assert_eq!(shop.number("SELECT count(*) FROM v_account WHERE code = '1191.E'"), 0, "E owes nothing");
}

/// A dispute that only the channel lists is recorded from its line, as the kind that has its own rule.
#[test]
fn a_representment_is_recorded_by_the_channels_line() {
    let shop = scene_of("S20");
    let first = shop.approved_case("T1");
    shop.done(&["commit", &first]);
    statement(&shop, "UNIONPAY", ("E24", "pay", Some("R1")), 10000);
    let case = noted(&shop);
    let won =
        ["stage", "counter", "T1", "--kind", "representment", "--ref", "E24", "--as", "T2", "--case", &case];
    shop.done(&won);
    let was = shop.balance("2002.M1");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2002.M1"), was + 10000);
    let facts = "SELECT kind || ' ' || original_trade_no || ' ' || posting || ' ' || recon FROM v_trade WHERE trade_no = 'T2'";
    assert_eq!(shop.text(facts), "representment T1 posted matched");
    let again = noted(&shop);
    shop.run(&["stage", "counter", "T1", "--because", "x", "--case", &again]).refused("STORNO-COUNTERED");
    shop.verified();
}
