//! Lines of a channel in suspense: whatever becomes of their money, the channel's account in the books is what the
//! channel's lines pay, less what it keeps of them as its fee.

use super::matching::{Line, found, mend, pairs, posted, statement};
use crate::support::{Shop, TRADES};

const NOW: &str = "2025-03-14T12:00:00+08:00";

const T1: &str = "T1,topup,,WECHAT,W1,,100.00,CNY,0.60,A,,2025-03-12 09:00:00,SUCCESS,UNCLEARED\n";

/// The line of T1.
const OWN: Line<'static> = ("pay", "W1", "", "N1", "100.00", "0.60", "2025-03-12 09:00:00", "M1");

/// A case of these steps, committed. Returns the number of its last voucher.
fn done(shop: &Shop, steps: &[&[&str]], now: &str) -> String {
    let case = shop.json(&["case", "open", "--note", "bank enquiry", "--now", now]);
    let case = case["case_no"].as_str().unwrap().to_owned();
    for step in steps {
        shop.done(&[&["stage"], *step, &["--case", &case, "--now", now]].concat());
    }
    shop.agreed_at(&case, now);
    shop.done(&["commit", &case, "--now", now]);
    shop.text(&format!("SELECT max(voucher_no) FROM v_voucher WHERE case_no = '{case}'"))
}

/// Balances of the channel, suspense as owed and as claimed, and the channel's fees. The channel's is what its lines
/// move.
fn books(shop: &Shop) -> [i64; 4] {
    let moved = "SELECT coalesce(sum(CASE kind WHEN 'pay' THEN 1 ELSE -1 END * (amount_minor - merchant_discount_minor) - fee_minor), 0) \
                 FROM standing_line WHERE channel = 'WECHAT'";
    let balances = ["1101.WECHAT", "2190", "1190", "6401"].map(|account| {
        shop.number(&format!(
            "SELECT coalesce(sum(balance_minor), 0) FROM v_account WHERE code = '{account}'"
        ))
    });
    assert_eq!(balances[0], shop.number(moved), "the channel's account is what its lines move");
    balances
}

/// A ledger with T1, its line, and a line that no trade answers, which is parked. Returns the parking voucher.
fn parked(line: Line<'_>) -> (Shop, String) {
    let shop = posted(T1, NOW);
    statement(&shop, "WECHAT", "2025-03-12", &[OWN, line], NOW);
    let voucher = done(&shop, &[&["park", "--line", &format!("WECHAT/{}", line.1)]], NOW);
    (shop, voucher)
}

const UNKNOWN: Line<'static> = ("pay", "W9", "", "N9", "100.00", "0.60", "2025-03-12 10:00:00", "M1");

#[test]
fn the_fee_of_a_parked_payment_is_booked_once_whatever_it_turns_out_to_be() {
    // Recorded as a trade in place of the suspense.
    let (shop, voucher) = parked(UNKNOWN);
    assert_eq!(books(&shop), [2 * 9940, 10000, 0, 120]);
    let record = ["record", "WECHAT", "W9", "--as", "T9", "--kind", "topup", "--customer", "A"];
    done(&shop, &[&["reverse", &voucher], &record, &["supplement", "T9"]], NOW);
    assert_eq!((books(&shop), shop.balance("2001.A")), ([2 * 9940, 0, 0, 120], 20000));
    shop.verified();
    // Its trade comes, though its money was the customer's already.
    for cleared in [false, true] {
        let (shop, voucher) = parked(UNKNOWN);
        if cleared {
            done(&shop, &[&["unpark", &voucher, "--to", "2001.A"]], NOW);
            assert_eq!((books(&shop), shop.balance("2001.A")), ([2 * 9940, 0, 0, 120], 20000));
        }
        let late = "T9,topup,,WECHAT,W9,,100.00,CNY,0.60,A,,2025-03-12 10:00:00,SUCCESS,UNCLEARED\n";
        shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}")), "--now", NOW]);
        let finding =
            if cleared { "unposted/T9/captured".to_owned() } else { format!("suspense_open//{voucher}") };
        if cleared {
            let unparked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'unpark'");
            let steps: [&[&str]; 3] =
                [&["reverse", &unparked], &["reverse", &voucher], &["supplement", "T9"]];
            done(&shop, &steps, NOW);
        } else {
            mend(&shop, &finding, NOW);
        }
        assert_eq!((books(&shop), shop.balance("2001.A")), ([2 * 9940, 0, 0, 120], 20000));
        shop.verified();
    }
    // The channel gives it back, with its fee or without.
    for (returned, kept) in [("-0.60", 0), ("-0.20", 40), ("0.00", 60), ("0.10", 70)] {
        let (shop, voucher) = parked(UNKNOWN);
        let back = ("refund", "R9", "W9", "D9", "100.00", returned, "2025-03-13 10:00:00", "M1");
        statement(&shop, "WECHAT", "2025-03-13", &[back], NOW);
        done(&shop, &[&["unpark", &voucher, "--to", "1101.WECHAT", "--by", "WECHAT/R9"]], NOW);
        assert_eq!(books(&shop), [9940 - kept, 0, 0, 60 + kept], "{returned}");
        shop.verified();
    }
}

#[test]
fn the_fee_that_comes_back_with_a_parked_refund_is_booked() {
    let refund = ("refund", "R9", "W0", "D9", "100.00", "-0.60", "2025-03-12 10:00:00", "M1");
    let (shop, voucher) = parked(refund);
    assert_eq!(books(&shop), [9940 - 9940, 0, 10000, 0]);
    // The channel takes it back.
    let again = ("pay", "P9", "", "N9", "100.00", "0.60", "2025-03-13 10:00:00", "M1");
    statement(&shop, "WECHAT", "2025-03-13", &[again], NOW);
    done(&shop, &[&["unpark", &voucher, "--to", "1101.WECHAT", "--by", "WECHAT/P9"]], NOW);
    assert_eq!(books(&shop), [9940, 0, 0, 60]);
    shop.verified();
}

#[test]
fn what_the_channel_took_twice_is_parked_with_its_fee() {
    let shop = posted(T1, NOW);
    let again = ("pay", "W1", "", "N2", "100.00", "0.60", "2025-03-12 09:00:09", "M1");
    statement(&shop, "WECHAT", "2025-03-12", &[OWN, again], NOW);
    mend(&shop, "long/T1", NOW);
    assert_eq!((books(&shop), shop.balance("2001.A")), ([2 * 9940, 10000, 0, 120], 10000));
    shop.verified();
}

/// By hand, on a suspense account of one's choice, all of it is booked as well.
#[test]
fn given_lines_book_the_fee_of_a_parked_line_too() {
    let shop = posted(T1, NOW);
    statement(&shop, "WECHAT", "2025-03-12", &[OWN, UNKNOWN], NOW);
    let case = shop.json(&["case", "open", "--note", "bank enquiry", "--now", NOW]);
    let case = case["case_no"].as_str().unwrap();
    let park = |lines: &[&str]| {
        let words = ["stage", "park", "--line", "WECHAT/W9", "--case", case, "--now", NOW];
        shop.run(&[&words, lines].concat())
    };
    let refused = park(&["--debit", "1101.WECHAT=100.00", "--credit", "2190=100.00"]);
    refused.refused("STORNO-BAD-VALUE");
    assert!(refused.err.contains("--debit 1101.WECHAT=99.40 --debit 6401=0.60"), "{refused:?}");
    park(&["--debit", "1101.WECHAT=99.50", "--debit", "6401=0.50", "--credit", "2190=100.00"])
        .refused("STORNO-BAD-VALUE");
    let whole = ["--debit", "1101.WECHAT=99.40", "--debit", "6401=0.60", "--credit", "2190=100.00"];
    assert_eq!(park(&whole).code, 0);
    shop.agreed_at(case, NOW);
    shop.done(&["commit", case, "--now", NOW]);
    assert_eq!(books(&shop), [2 * 9940, 10000, 0, 120]);
    shop.verified();
}

/// The fee of an earlier year is no expense of this one.
#[test]
fn the_fee_of_a_line_of_an_earlier_year_goes_to_the_prior_year() {
    let now = "2026-01-15T12:00:00+08:00";
    let shop = posted(T1, NOW);
    shop.done(&["day", "close", "2025-03-12", "--now", now]);
    statement(&shop, "WECHAT", "2025-03-12", &[OWN, UNKNOWN], now);
    let voucher = done(&shop, &[&["park", "--line", "WECHAT/W9"]], now);
    assert_eq!((books(&shop), shop.balance("6901")), ([2 * 9940, 10000, 0, 60], -60));
    let back = ("refund", "R9", "W9", "D9", "100.00", "-0.60", "2025-12-31 10:00:00", "M1");
    statement(&shop, "WECHAT", "2025-12-31", &[back], now);
    done(&shop, &[&["unpark", &voucher, "--to", "1101.WECHAT", "--by", "WECHAT/R9"]], now);
    assert_eq!((books(&shop), shop.balance("6901")), ([9940, 0, 0, 60], 0));
    shop.verified();
}

/// A bank bills its fees apart: its line moves the amount alone.
#[test]
fn a_fee_that_is_billed_apart_is_not_booked_with_the_line() {
    let shop = posted(T1, NOW);
    let line = ("pay", "B9", "", "N9", "100.00", "0.60", "2025-03-12 10:00:00", "M1");
    statement(&shop, "BANK", "2025-03-12", &[line], NOW);
    mend(&shop, "long/BANK/B9", NOW);
    assert_eq!((shop.balance("1001"), shop.balance("2190"), shop.balance("6401")), (10000, 10000, 60));
    shop.verified();
}

/// A ledger with T1, which the channel took twice; the second payment is parked. Returns the parking voucher.
fn taken_twice() -> (Shop, String) {
    let shop = posted(T1, NOW);
    let again = ("pay", "W1", "", "N2", "100.00", "0.60", "2025-03-12 09:00:09", "M1");
    statement(&shop, "WECHAT", "2025-03-12", &[OWN, again], NOW);
    mend(&shop, "long/T1", NOW);
    let parked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'");
    (shop, parked)
}

/// What a command prints.
fn told(shop: &Shop, words: &[&str]) -> String {
    shop.run(words).out
}

/// Kinds of the planned steps for a finding, and why.
fn planned(shop: &Shop, finding: &str) -> (Vec<String>, String) {
    let plan = shop.json(&["plan", finding, "--now", NOW]);
    let kind = |step: &serde_json::Value| step["kind"].as_str().unwrap().to_owned();
    let steps = plan["steps"].as_array().unwrap().iter().map(kind).collect();
    (steps, plan["why"].as_str().unwrap().to_owned())
}

/// What the channel took twice goes back by a refund with a number of its own: neither the trade nor its customer
/// notices.
#[test]
fn a_further_payment_that_the_channel_gives_back_leaves_suspense() {
    for (returned, kept) in [("-0.60", 0), ("0.00", 60)] {
        let (shop, parked) = taken_twice();
        let trade = shop.rows("SELECT * FROM v_trade");
        let back = ("refund", "R1", "W1", "500001", "100.00", returned, "2025-03-13 11:00:00", "M1");
        statement(&shop, "WECHAT", "2025-03-13", &[back], NOW);
        let (steps, why) = planned(&shop, "long/WECHAT/R1");
        assert_eq!(steps, ["unpark"]);
        assert!(why.contains(&format!("a further payment of W1 waits in suspense ({parked})")), "{why}");
        mend(&shop, "long/WECHAT/R1", NOW);
        assert_eq!((books(&shop), shop.balance("2001.A")), ([9940 - kept, 0, 0, 60 + kept], 10000));
        assert_eq!(shop.rows("SELECT * FROM v_trade"), trade);
        assert_eq!(found(&shop, NOW), []);
        shop.verified();
    }
}

/// If the channel refunded the trade itself, its refund is recorded, and the further payment stays where it is.
#[test]
fn a_refund_of_the_trade_is_recorded_beside_its_parked_further_payment() {
    let (shop, _) = taken_twice();
    let back = ("refund", "R1", "W1", "500001", "100.00", "-0.60", "2025-03-13 11:00:00", "M1");
    statement(&shop, "WECHAT", "2025-03-13", &[back], NOW);
    let record = ["record", "WECHAT", "R1", "--as", "R1", "--kind", "refund", "--customer", "A"];
    done(&shop, &[&record, &["supplement", "R1"]], NOW);
    assert_eq!((books(&shop), shop.balance("2001.A")), ([9940, 10000, 0, 60], 0));
    assert_eq!(found(&shop, NOW), pairs(&[("W1", "suspense_open")]));
    shop.verified();
}

/// A line pays nothing of another trade's further payment, and none of another amount.
#[test]
fn only_the_refund_of_a_parked_payment_clears_it() {
    let other = "T2,topup,,WECHAT,W2,,100.00,CNY,0.60,B,,2025-03-12 09:30:00,SUCCESS,UNCLEARED\n";
    let shop = posted(&format!("{T1}{other}"), NOW);
    let lines = [
        OWN,
        ("pay", "W1", "", "N2", "100.00", "0.60", "2025-03-12 09:00:09", "M1"),
        ("pay", "W2", "", "N3", "100.00", "0.60", "2025-03-12 09:30:00", "M1"),
        ("refund", "R1", "W1", "D1", "40.00", "0.00", "2025-03-12 11:00:00", "M1"),
        ("refund", "R2", "W2", "D2", "100.00", "0.00", "2025-03-12 11:00:00", "M1"),
    ];
    statement(&shop, "WECHAT", "2025-03-12", &lines, NOW);
    mend(&shop, "long/T1", NOW);
    let case = shop.json(&["case", "open", "--note", "enquiry", "--now", NOW]);
    let case = case["case_no"].as_str().unwrap();
    let cleared = |by: &str| {
        let words = ["stage", "unpark", "V00003", "--to", "1101.WECHAT", "--by", by, "--case", case];
        shop.run(&[&words[..], &["--now", NOW]].concat())
    };
    cleared("WECHAT/R1").refused("STORNO-BAD-VALUE");
    cleared("WECHAT/R2").refused("STORNO-TRADE-CONFLICT");
    assert_eq!(planned(&shop, "long/WECHAT/R2").0, ["record", "supplement"]);
}

/// An item is cleared as a whole: what comes back in parts waits beside it until all of it is back.
#[test]
fn a_further_payment_that_comes_back_in_parts_is_cleared_at_the_end() {
    let (shop, parked) = taken_twice();
    let mut parts = Vec::new();
    for (day, back) in [
        ("2025-03-13", ("refund", "R1", "W1", "D1", "40.00", "-0.24", "2025-03-13 11:00:00", "M1")),
        ("2025-03-14", ("refund", "R2", "W1", "D2", "60.00", "-0.36", "2025-03-14 11:00:00", "M1")),
    ] {
        statement(&shop, "WECHAT", day, &[back], NOW);
        let reference = back.1;
        let (steps, why) = planned(&shop, &format!("long/WECHAT/{reference}"));
        assert_eq!(steps, [""; 0], "{why}");
        let told = format!("park --line WECHAT/{reference}");
        assert!(why.contains(&told) && why.contains(&format!("({parked}, 100.00)")), "{why}");
        parts.push(done(&shop, &[&["park", "--line", &format!("WECHAT/{reference}")]], NOW));
    }
    assert_eq!(books(&shop), [9940, 10000, 10000, 60]);
    let clear = |voucher| ["unpark", voucher, "--to", "1101.WECHAT"];
    done(&shop, &[&clear(&parked), &clear(&parts[0]), &clear(&parts[1])], NOW);
    assert_eq!((books(&shop), shop.balance("2001.A"), found(&shop, NOW)), ([9940, 0, 0, 60], 10000, vec![]));
    shop.verified();
}

/// The refund of a payment that no trade has clears what waits of it, at a channel and at a bank.
#[test]
fn the_refund_of_a_parked_payment_without_a_trade_clears_it() {
    let back = |amount| ("refund", "R9", "W9", "D9", amount, "-0.60", "2025-03-13 10:00:00", "M1");
    let (shop, _) = parked(UNKNOWN);
    statement(&shop, "WECHAT", "2025-03-13", &[back("100.00")], NOW);
    assert_eq!(planned(&shop, "long/WECHAT/R9").0, ["unpark"]);
    mend(&shop, "long/WECHAT/R9", NOW);
    assert_eq!((books(&shop), found(&shop, NOW)), ([9940, 0, 0, 60], vec![]));
    shop.verified();
    let (shop, _) = parked(UNKNOWN);
    statement(&shop, "WECHAT", "2025-03-13", &[back("30.00")], NOW);
    let (steps, why) = planned(&shop, "long/WECHAT/R9");
    assert_eq!(steps, ["park"]);
    assert!(why.contains("100.00 of W9 wait in suspense"), "{why}");
    mend(&shop, "long/WECHAT/R9", NOW);
    assert_eq!(books(&shop), [2 * 9940 - 2940, 10000, 3000, 60]);
    let shop = posted(T1, NOW);
    let came = ("pay", "B9", "", "N9", "50.00", "0.00", "2025-03-12 10:00:00", "M1");
    let left = ("refund", "B8", "B9", "N8", "50.00", "0.00", "2025-03-13 10:00:00", "M1");
    statement(&shop, "BANK", "2025-03-12", &[came], NOW);
    mend(&shop, "long/BANK/B9", NOW);
    statement(&shop, "BANK", "2025-03-13", &[left], NOW);
    assert_eq!(planned(&shop, "long/BANK/B8").0, ["unpark"]);
    mend(&shop, "long/BANK/B8", NOW);
    assert_eq!((shop.balance("1001"), shop.balance("2190")), (0, 0));
    shop.verified();
    // That of another merchant number is of another payment.
    let (shop, _) = parked(UNKNOWN);
    let other = ("refund", "R9", "W9", "D9", "100.00", "-0.60", "2025-03-13 10:00:00", "M3");
    statement(&shop, "WECHAT", "2025-03-13", &[other], NOW);
    assert_eq!(planned(&shop, "long/WECHAT/R9").0, ["park"]);
}

/// What the channel took, or paid back, twice is no money of unknown origin.
#[test]
fn a_second_payment_and_a_second_refund_in_suspense_are_told_as_such() {
    let (shop, parked) = taken_twice();
    let refund = "R1,refund,,WECHAT,Z1,W1,30.00,CNY,0.00,A,,2025-03-12 11:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("refund.csv", format!("{TRADES}{refund}")), "--now", NOW]);
    shop.done(&["post", "--now", NOW]);
    let back = |number| ("refund", "Z1", "W1", number, "30.00", "0.00", "2025-03-12 11:00:00", "M2");
    let unknown = ("pay", "W9", "", "N9", "100.00", "0.60", "2025-03-12 10:00:00", "M2");
    statement(&shop, "WECHAT", "2025-03-12", &[back("D1"), back("D2"), unknown], NOW);
    mend(&shop, "long/R1", NOW);
    done(&shop, &[&["park", "--line", "WECHAT/W9"]], NOW);
    let memos = shop.rows("SELECT memo FROM v_voucher WHERE kind = 'park' ORDER BY voucher_no");
    let notes = told(&shop, &["findings", "--now", NOW]);
    for (what, reference) in [("second payment", "W1"), ("second refund", "Z1")] {
        let (told, found) =
            (format!("the {what} of {reference} "), format!("{what} of {reference}, in suspense"));
        assert!(memos.contains(&told), "{memos}");
        assert!(notes.contains(&found), "{notes}");
    }
    assert_eq!((memos.matches("unknown origin").count(), notes.matches("unknown origin").count()), (1, 1));
    let chinese = told(&shop, &["--lang", "zh-CN", "findings", "--now", NOW]);
    assert!(chinese.contains("W1 重复支付款") && chinese.contains("Z1 重复退款"), "{chinese}");
    assert!(notes.contains(&parked), "{notes}");
    shop.verified();
}
