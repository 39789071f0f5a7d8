//! Corrections of wrong postings: differences, corrected corrections, whole days, and what turnover shows of them.

use super::fixture::{JOURNAL, LATER, balances, causes};
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop, TRADES};

/// An adjustment books exactly the lines that were asked for.
#[test]
fn an_adjustment_has_two_sides_above_zero() {
    let shop = Shop::sample();
    let case = shop.json(&["case", "open", "--trade", "T0001"])["case_no"].as_str().unwrap().to_owned();
    let stage = |words: &[&str]| shop.run(&[&["stage", "adjust", "T0001", "--case", &case], words].concat());
    stage(&["--debit", "6711=-1.00", "--credit", "2001.A=-1.00"]).refused("STORNO-BAD-VALUE");
    stage(&["--debit", "6711=0", "--credit", "2001.A=0"]).refused("STORNO-BAD-VALUE");
    stage(&["--debit", "6711=1.001", "--credit", "2001.A=1.001"]).refused("STORNO-BAD-VALUE");
    stage(&["--debit", "6711=1.00", "--credit", "2001.A=2.00"]).refused("STORNO-UNBALANCED");
    stage(&["--debit", "6711=1.00"]).refused("STORNO-TOO-FEW-ENTRIES");
    stage(&["--debit", "9999=1.00", "--credit", "2001.A=1.00"]).refused("STORNO-ACCOUNT-UNKNOWN");
    shop.run(&["stage", "adjust", "T0002", "--case", &case]).refused("STORNO-NOTHING");
    let staged = stage(&["--debit", "6711=1.00", "--credit", "2001.A=1.00", "--red", "--json"]).json();
    assert_eq!(staged["staged"][0]["kind"], "adjust");
    let preview = shop.json(&["preview", &case]);
    let lines: Vec<_> = preview["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["account"].as_str().unwrap(),
                entry["side"].as_str().unwrap(),
                entry["amount_minor"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(lines, [("6711", "credit", -100), ("2001.A", "debit", -100)]);
}

/// S22: a reversal is never reversed; a wrong correction is corrected by the next one, and the chain shows
/// all of them.
#[test]
fn a_correction_that_was_wrong_is_corrected() {
    let shop = Shop::sample();
    let before = Observed::of(&shop, NOW);
    let open = || shop.json(&["case", "open", "--trade", "T0001"])["case_no"].as_str().unwrap().to_owned();
    let set = |customer: &str| format!("customer={customer}");
    let first = open();
    shop.done(&["stage", "reverse", "J00001", "--case", &first]);
    let wrong =
        ["stage", "repost", "T0001", "--case", &first, "--set", &set("C"), "--set", "reason=by telephone"];
    shop.done(&wrong);
    shop.agreed(&first);
    let receipt = shop.json(&["commit", &first]);
    let voucher = |at: usize| receipt["vouchers"][at]["voucher_no"].as_str().unwrap().to_owned();
    let second = open();
    shop.run(&["stage", "reverse", &voucher(0), "--case", &second]).refused("STORNO-REVERSAL-OF-REVERSAL");
    shop.run(&["stage", "reverse", "J00001", "--case", &second]).refused("STORNO-ALREADY-REVERSED");
    shop.done(&["stage", "reverse", &voucher(1), "--case", &second]);
    shop.done(&[
        "stage",
        "repost",
        "T0001",
        "--case",
        &second,
        "--set",
        &set("A"),
        "--set",
        "reason=by the receipt",
    ]);
    let (a, c) = (shop.balance("2001.A"), shop.balance("2001.C"));
    shop.agreed(&second);
    shop.done(&["commit", &second]);
    assert_eq!((shop.balance("2001.A"), shop.balance("2001.C")), (a + 10000, c - 10000));
    assert_eq!(causes(&shop, "T0001", NOW), [""; 0]);
    assert_eq!(shop.text("SELECT customer FROM v_trade WHERE trade_no = 'T0001'"), "A");
    assert_kept("scenario_S22", &transcript(&shop, "S22", "T0001", &[&first, &second], &before, NOW));
    shop.verified();
}

/// The planner corrects every finding of the sample day, staged cause by cause by one person and approved
/// by another. What waits stays, and a claim on the channel until it is collected. One case for each
/// finding or for each cause gives the same books.
#[test]
fn the_sample_day_is_put_right_by_the_planner() {
    let mut ends = Vec::new();
    for how in ["--each", "--one"] {
        let shop = Shop::sample();
        let mut causes: Vec<String> = shop.findings(&[]).into_iter().map(|(_, cause)| cause).collect();
        causes.sort();
        causes.dedup();
        causes.retain(|cause| !matches!(cause.as_str(), "waiting" | "over_limit"));
        let mut staged = Vec::new();
        for cause in &causes {
            let opened = shop.json(&["case", "open", "--cause", cause, how, "--plan"]);
            assert_eq!(opened["skipped"], serde_json::json!([]), "{cause}: {opened}");
            let cases = opened["cases"].as_array().unwrap().iter();
            staged.extend(cases.map(|case| case["case_no"].as_str().unwrap().to_owned()));
        }
        assert_eq!(staged.len(), if how == "--one" { causes.len() } else { 8 }, "{staged:?}");
        for case in &staged {
            shop.done(&["case", "submit", case]);
        }
        shop.run(&["commit", &staged[0]]).refused("STORNO-CASE-STATE");
        for case in &staged {
            shop.run(&["case", "approve", case]).refused("STORNO-FOUR-EYES");
            shop.done(&["case", "approve", case, "--operator", "op2"]);
        }
        for case in &staged {
            shop.done(&["commit", case]);
        }
        let claim = shop.json(&["case", "open", "--trade", "T0012", "--reason", "claim"]);
        let claim = claim["case_no"].as_str().unwrap();
        let parked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'");
        shop.done(&["stage", "unpark", &parked, "--to", "1001", "--case", claim]);
        let mut left = shop.findings(&[]);
        left.sort();
        let expected = [
            ("T0006", "waiting"),
            ("T0012", "suspense_open"),
            ("T0013", "waiting"),
            ("T0018", "waiting"),
            ("T0019", "over_limit"),
        ];
        assert_eq!(left, expected.map(|(trade, cause)| (trade.to_owned(), cause.to_owned())));
        shop.agreed(claim);
        shop.done(&["commit", claim]);
        let left = shop.run(&["findings", "--json"]).parsed();
        for finding in left.as_array().unwrap() {
            assert!(["S13", "S19", "S19b"].contains(&finding["scenario"].as_str().unwrap()), "{finding}");
        }
        shop.verified();
        let trades =
            "SELECT trade_no, status, posting, clearing, settlement, recon, customer, merchant FROM v_trade";
        ends.push((balances(&shop), shop.rows(trades)));
    }
    assert!(ends[0] == ends[1], "one case each, or one for all");
}

/// Independent cases may be committed in any order, with the same balances and trades in the end.
#[test]
fn independent_cases_commit_in_any_order() {
    let mut ends = Vec::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let shop = Shop::sample();
        let cases = ["T0001", "T0007", "T0008", "T0015"].map(|trade| shop.approved_case(trade));
        for at in order {
            shop.done(&["commit", &cases[at]]);
        }
        shop.verified();
        let trades =
            "SELECT trade_no, status, posting, clearing, settlement, recon, customer, merchant FROM v_trade";
        ends.push((balances(&shop), shop.rows(trades), shop.findings(&[])));
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
}

/// A correction reverses what earlier cases adjusted, and clears what they parked.
#[test]
fn plans_know_what_earlier_cases_did() {
    let shop = Shop::sample();
    let open = |trade: &str| {
        shop.json(&["case", "open", "--trade", trade, "--reason", "claim"])["case_no"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let lines = ["--debit", "1101.WECHAT=5.00", "--credit", "2001.E=5.00"];
    let adjusted = open("T0007");
    shop.done(&[&["stage", "adjust", "T0007", "--case", &adjusted], &lines[..]].concat());
    let parked = open("T0004");
    shop.done(&["stage", "park", "T0004", "--case", &parked]);
    for case in [&adjusted, &parked] {
        shop.agreed(case);
        shop.done(&["commit", case]);
    }
    assert_eq!((shop.balance("2190"), shop.balance("2001.E")), (3000, 4500));
    for finding in ["short/T0007", "long/T0004"] {
        let trade = finding.split('/').nth(1).unwrap();
        let case = shop.json(&["case", "open", "--trade", trade, "--finding", finding, "--plan"]);
        let case = case["case_no"].as_str().unwrap();
        shop.agreed(case);
        shop.done(&["commit", case]);
        assert_eq!(causes(&shop, trade, NOW), [""; 0], "{finding}");
    }
    assert_eq!((shop.balance("2190"), shop.balance("2001.E"), shop.balance("2001.D")), (0, 0, 3000));
    shop.verified();
}

/// S06 with each mode of reversal: wiped, the pair is left out of net turnover; in red, the original side
/// falls; in blue, both sides rise. The balance is the same.
#[test]
fn turnover_tells_wipe_red_and_blue_apart() {
    let sums = |shop: &Shop, account: &str, from: &str| {
        let told = shop.json(&["turnover", "--from", from, "--to", "2018-09-20", "--account", account]);
        assert_eq!(told["holds"], true, "{told}");
        let row = told["accounts"][0].clone();
        ["net_debit_minor", "net_credit_minor", "gross_debit_minor", "gross_credit_minor"]
            .map(|sum| row[sum].as_i64().unwrap_or(0))
    };
    let moved = 10000;
    for (mode, whole, later) in [
        ("wipe", [0, 0, moved, moved], [0; 4]),
        ("red", [0; 4], [0, -moved, 0, -moved]),
        ("blue", [moved, moved, moved, moved], [moved, 0, moved, 0]),
    ] {
        let shop = Shop::sample();
        let now = if mode == "wipe" { NOW } else { LATER };
        if mode != "wipe" {
            for closed in ["T0003", "T0004"] {
                // A day closes only if nothing due is unposted.
                let case = shop.approved_case(closed);
                shop.done(&["commit", &case]);
            }
            shop.done(&["day", "close", "2018-09-12"]);
        }
        let case = shop.json(&["case", "open", "--trade", "T0001", "--now", now])["case_no"]
            .as_str()
            .unwrap()
            .to_owned();
        shop.done(&["stage", "reverse", "J00001", "--mode", mode, "--case", &case, "--now", now]);
        shop.done(&["stage", "repost", "T0001", "--case", &case, "--now", now]);
        shop.agreed_at(&case, now);
        shop.done(&["commit", &case, "--now", now]);
        assert_eq!(shop.balance("2001.B"), 0, "{mode}");
        assert_eq!(sums(&shop, "2001.B", "2018-09-12"), whole, "{mode}");
        assert_eq!(sums(&shop, "2001.B", "2018-09-20"), later, "{mode}: on the day of the correction");
        let lines = shop.rows(
            "SELECT side, amount_minor, mode FROM v_entry WHERE account = '2001.B' ORDER BY account_seq",
        );
        let (side, minor) = if mode == "red" { ("credit", -moved) } else { ("debit", moved) };
        let second = format!("Text(\"{side}\")|Integer({minor})|Text(\"{mode}\")|");
        assert_eq!(lines.lines().nth(1), Some(second.as_str()), "{mode}");
        shop.verified();
    }
    // A difference in red makes the turnover what it should have been; in blue it shows on both sides.
    for (red, expected) in [(true, [0, 4550, 0, 4550]), (false, [40950, 45500, 40950, 45500])] {
        let shop = Shop::sample();
        let case = shop.json(&["case", "open", "--trade", "T0009"])["case_no"].as_str().unwrap().to_owned();
        let words = ["stage", "adjust", "T0009", "--case", &case];
        shop.done(&if red { [&words[..], &["--red"]].concat() } else { words.to_vec() });
        shop.agreed(&case);
        shop.done(&["commit", &case]);
        assert_eq!((shop.balance("2001.C"), sums(&shop, "2001.C", "2018-09-12")), (4550, expected));
        assert_eq!(causes(&shop, "T0009", NOW), [""; 0]);
    }
}

/// A payment booked to another account of its merchant, less the fee, is reversed as a whole: in between
/// the account is short of the fee, and no receivable is booked for that.
#[test]
fn what_a_voucher_leaves_counts_and_not_what_its_lines_pass() {
    let shop = Shop::empty();
    let trade = "T1,pay,direct,WECHAT,X1,,250.00,CNY,1.50,C,M001,2018-09-12 09:00:01,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trade}"))]);
    let lines = [
        ("1101.WECHAT,debit", "250.00"),
        ("2003.M001,credit", "250.00"),
        ("2003.M001,debit", "2.50"),
        ("6001,credit", "2.50"),
        ("6401,debit", "1.50"),
        ("1101.WECHAT,credit", "1.50"),
    ];
    let lines: String = (1..)
        .zip(lines)
        .map(|(n, (side, amount))| format!("J1,{n},T1,captured,2018-09-12,{side},{amount},x\n"))
        .collect();
    shop.done(&["import", "journal", &shop.file("journal.csv", format!("{JOURNAL}{lines}"))]);
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    let owed = shop.number("SELECT count(*) FROM v_account WHERE code LIKE '1191%' AND entries > 0");
    assert_eq!(owed, 0, "{}", shop.rows("SELECT code, balance_minor FROM v_account WHERE entries > 0"));
    assert_eq!((shop.balance("2003.M001"), shop.balance("2002.M001")), (0, 24750));
    assert_eq!(shop.findings(&["--cause", "wrong_account"]), []);
    shop.verified();
}

/// A payment booked, cleared and settled to another merchant: the money is gone, so one case corrects it in
/// the next settlements, and nothing is left to be found.
#[test]
fn what_was_settled_to_another_is_put_right_in_the_next_settlement() {
    let shop = Shop::empty();
    let trade = "T1,pay,direct,WECHAT,X1,,100.00,CNY,0.60,C,M001,2018-09-12 09:00:01,SUCCESS,CLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trade}"))]);
    let vouchers: [(&str, &str, &[(&str, &str)]); 3] = [
        (
            "J1",
            "captured",
            &[
                ("1101.WECHAT,debit", "100.00"),
                ("2002.M002,credit", "100.00"),
                ("2002.M002,debit", "1.00"),
                ("6001,credit", "1.00"),
                ("6401,debit", "0.60"),
                ("1101.WECHAT,credit", "0.60"),
            ],
        ),
        ("J2", "cleared", &[("2002.M002,debit", "99.00"), ("2003.M002,credit", "99.00")]),
        ("J3", "settled", &[("2003.M002,debit", "99.00"), ("1001,credit", "99.00")]),
    ];
    let mut journal = JOURNAL.to_owned();
    for (number, event, lines) in vouchers {
        for (n, (side, amount)) in (1..).zip(lines) {
            journal += &format!("{number},{n},T1,{event},2018-09-12,{side},{amount},x\n");
        }
    }
    shop.done(&["import", "journal", &shop.file("journal.csv", journal)]);
    let found = shop.findings(&["--cause", "wrong_account"]);
    assert_eq!(found, [("T1".to_owned(), "wrong_account".to_owned())], "one mistake is one finding");
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    assert_eq!((shop.balance("2002.M001"), shop.balance("2002.M002")), (9900, -9900));
    assert_eq!(shop.balance("1001"), -9900, "what was paid out was paid out");
    assert_eq!(shop.findings(&["--cause", "wrong_account"]), []);
    shop.verified();
}
