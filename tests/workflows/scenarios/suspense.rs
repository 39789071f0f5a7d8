//! Money in suspense (挂账): parked once, cleared once, and posted in its place when its trade turns up.

use super::fixture::{LATER, Scene, Then, causes, noted, put_right, refusals, scene, statement};
use super::table::scene_of;
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop, TRADES};

/// A parked amount is cleared once and whole, to the account the case names or, once that account is
/// active, where the rules say.
#[test]
fn an_open_item_is_cleared_once() {
    let shop = Shop::sample();
    let case = shop.approved_case("T0012");
    let parked = shop.json(&["commit", &case])["vouchers"][0]["voucher_no"].as_str().unwrap().to_owned();
    assert_eq!(shop.balance("1190"), 6000);
    assert_eq!(shop.json(&["plan", "T0012"])["steps"], serde_json::json!([]), "a person has to decide");
    let claim = shop.json(&["case", "open", "--trade", "T0012", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.run(&["stage", "unpark", "J00001", "--to", "1001", "--case", &claim]).refused("STORNO-OPEN-ITEM");
    shop.done(&["stage", "unpark", &parked, "--to", "1001", "--case", &claim]);
    shop.run(&["stage", "unpark", &parked, "--to", "6711", "--case", &claim]).refused("STORNO-OPEN-ITEM");
    shop.agreed(&claim);
    shop.done(&["commit", &claim]);
    assert_eq!((shop.balance("1190"), shop.balance("1001")), (0, 6000));
    assert_eq!(causes(&shop, "T0012", NOW), [""; 0]);
    let again = shop.json(&["case", "open", "--trade", "T0012", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.run(&["stage", "unpark", &parked, "--to", "1001", "--case", &again]).refused("STORNO-OPEN-ITEM");
    shop.verified();
}

#[test]
fn what_was_parked_for_a_frozen_account_is_posted_when_it_opens() {
    let shop = scene_of("S27");
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    shop.execute("UPDATE account SET status = 'active'");
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    assert_eq!((shop.balance("2190"), shop.balance("2001.A")), (0, 8988));
    assert_eq!(causes(&shop, "T1", NOW), [""; 0]);
    assert_eq!(shop.text("SELECT posting FROM v_trade WHERE trade_no = 'T1'"), "posted");
    shop.verified();
}

/// S18: the bank paid twice. The second payment has no trade: a shortage, recovered later or written off.
#[test]
fn a_payout_that_the_bank_made_twice_is_claimed() {
    let shop = scene(Scene::Made {
        trades: "T0,return,,BANK,R0,,200.00,CNY,0.00,A,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                     T1,payout,,BANK,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
        journal: "",
        then: Then::Nothing,
    });
    shop.done(&["post"]);
    let (customer, bank) = (shop.balance("2001.A"), shop.balance("1001"));
    let before = Observed::of(&shop, NOW);
    let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.done(&["stage", "park", "T1", "--debit", "1190=100.00", "--credit", "1001=100.00", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(causes(&shop, "T1", NOW), ["suspense_open"]);
    assert_eq!(
        (shop.balance("1190"), shop.balance("1001"), shop.balance("2001.A")),
        (10000, bank - 10000, customer)
    );
    assert_eq!(shop.text("SELECT posting FROM v_trade WHERE trade_no = 'T1'"), "posted");
    // The bank returns it, and the claim is closed.
    let parked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'");
    let recovered = shop.json(&["case", "open", "--trade", "T1", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.done(&["stage", "unpark", &parked, "--to", "1001", "--case", &recovered]);
    shop.agreed(&recovered);
    shop.done(&["commit", &recovered]);
    assert_kept("scenario_S18", &transcript(&shop, "S18", "T1", &[&case, &recovered], &before, NOW));
    assert_eq!(causes(&shop, "T1", NOW), [""; 0]);
    shop.verified();
}

/// Amounts that went into suspense, out of it or into a difference count once: they are not posted again,
/// reversed twice, or lost.
#[test]
fn suspense_and_differences_are_never_booked_twice() {
    let shop = Shop::sample();
    let open = |trade: &str| {
        shop.json(&["case", "open", "--trade", trade, "--reason", "claim"])["case_no"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let commit = |case: &str| {
        shop.agreed(case);
        shop.json(&["commit", case])["vouchers"][0]["voucher_no"].as_str().unwrap().to_owned()
    };
    let first = open("T0003");
    shop.done(&["stage", "park", "T0003", "--case", &first]);
    shop.run(&["stage", "park", "T0003", "--case", &first]).refused("STORNO-NOTHING");
    shop.run(&["stage", "supplement", "T0003", "--case", &first]).refused("STORNO-NOTHING");
    let parked = commit(&first);
    let found = shop.run(&["findings", "--trade", "T0003", "--json"]).parsed();
    assert_eq!((&found[0]["cause"], &found[0]["amount_minor"]), (&"suspense_open".into(), &8888.into()));
    let second = open("T0003");
    shop.run(&["stage", "unpark", &parked, "--to", "1190", "--case", &second]).refused("STORNO-OPEN-ITEM");
    shop.run(&["stage", "supplement", "T0003", "--case", &second]).refused("STORNO-ALREADY-POSTED");
    shop.done(&["stage", "unpark", &parked, "--to", "2001.A", "--case", &second]);
    // Not even in the case that clears it: the parking voucher stays.
    shop.run(&["stage", "supplement", "T0003", "--case", &second]).refused("STORNO-ALREADY-POSTED");
    shop.run(&["stage", "reverse", &parked, "--case", &second]).refused("STORNO-OPEN-ITEM");
    commit(&second);
    let third = open("T0003");
    shop.run(&["stage", "supplement", "T0003", "--case", &third]).refused("STORNO-ALREADY-POSTED");
    shop.run(&["stage", "reverse", &parked, "--case", &third]).refused("STORNO-OPEN-ITEM");
    assert_eq!(causes(&shop, "T0003", NOW), [""; 0]);
    assert_eq!(shop.json(&["day", "status"])[0]["unposted"], 0, "its day waits for nothing");
    // A difference corrects a posting, is booked once, and never touches suspense.
    let fee = open("T0015");
    shop.done(&["stage", "adjust", "T0015", "--case", &fee]);
    shop.run(&["stage", "adjust", "T0015", "--case", &fee]).refused("STORNO-NOTHING");
    shop.run(&["stage", "adjust", "T0004", "--case", &fee]).refused("STORNO-NOTHING");
    let lines = ["--debit", "1102.ALIPAY=10", "--credit", "2190=10"];
    shop.run(&[&["stage", "adjust", "T0009", "--case", &fee], &lines[..]].concat())
        .refused("STORNO-OPEN-ITEM");
    // A trade that waits for its window is not parked either.
    shop.run(&["stage", "park", "T0018", "--case", &fee]).refused("STORNO-WAITING");
    shop.verified();
}

/// A parked trade is neither posted nor unposted; once it was listed and counted as unposted.
#[test]
fn what_is_parked_is_shown_as_parked() {
    let shop = Shop::sample();
    let states = || {
        let view = |name: &str| shop.text(&format!("SELECT posting FROM {name} WHERE trade_no = 'T0003'"));
        let (trade, event) = (view("v_trade"), view("v_event"));
        assert_eq!(trade, event);
        let shown = shop.json(&["trade", "T0003"]);
        assert_eq!(shown["events"][0]["posting"], shown["row"]["posting"], "{shown}");
        assert_eq!(trade, shown["row"]["posting"].as_str().unwrap());
        let listed = |words: &[&str]| {
            let rows = shop.json(words);
            rows["rows"].as_array().unwrap().iter().any(|row| row["trade_no"] == "T0003")
        };
        let listed = (listed(&["trades", "--unposted"]), listed(&["events", "--unposted"]));
        (shown["row"]["posting"].as_str().unwrap().to_owned(), listed)
    };
    let is = |posting: &str, listed: bool| assert_eq!(states(), (posting.to_owned(), (listed, listed)));
    let case = |words: &[&str]| {
        let case = shop.json(&["case", "open", "--trade", "T0003", "--reason", "claim"]);
        let case = case["case_no"].as_str().unwrap().to_owned();
        shop.done(&[words, &["--case", &case]].concat());
        shop.agreed(&case);
        shop.done(&["commit", &case]);
        shop.text(&format!("SELECT max(voucher_no) FROM v_voucher WHERE case_no = '{case}'"))
    };
    is("unposted", true);
    let parked = case(&["stage", "park", "T0003"]);
    is("parked", false);
    let told = shop.done(&["trades"]);
    assert!(told.contains("parked"), "{told}");
    assert!(shop.done(&["--lang", "zh-CN", "trades"]).contains("挂账"));
    // Cleared from suspense it is booked; with the clearing reversed it is parked again.
    let cleared = case(&["stage", "unpark", &parked, "--to", "2001.C"]);
    is("posted", false);
    case(&["stage", "reverse", &cleared]);
    is("parked", false);
    case(&["stage", "reverse", &parked]);
    is("reversed", true);
    shop.verified();
}

/// S28: unknown money on the bank's statement waits in suspense and leaves it once: to its owner, or back.
#[test]
fn bank_money_of_unknown_origin_waits_in_suspense() {
    let shop = Shop::sample();
    let was = shop.findings(&[]).len();
    for reference in ["B500", "B200", "B300"] {
        statement(&shop, "BANK", (reference, "pay", None), if reference == "B500" { 50000 } else { 20000 });
    }
    let found = shop.run(&["findings", "--cause", "long", "--json"]).parsed();
    let found = found.as_array().unwrap().iter().find(|one| one["channel_ref"] == "B500").unwrap().clone();
    assert_eq!((&found["finding"], &found["scenario"]), (&"long/BANK/B500".into(), &"S28".into()));
    let planned = shop.json(&["plan", "long/BANK/B500"]);
    assert_eq!(
        (&planned["steps"][0]["kind"], &planned["steps"][0]["line"]),
        (&"park".into(), &"BANK/B500".into())
    );
    let trades = shop.rows("SELECT * FROM v_trade");
    let before = Observed::of(&shop, NOW);
    for reference in ["B500", "B200", "B300"] {
        assert_eq!(put_right(&shop, &format!("long/BANK/{reference}")), ["park"]);
    }
    assert_eq!((shop.balance("1001"), shop.balance("2190")), (90000, 90000));
    assert_eq!(
        shop.json(&["reconcile", "--channel", "BANK", "--day", "2018-09-12"])["rows"],
        serde_json::json!([])
    );
    let park = |reference: &str| {
        let found = shop.run(&["findings", "--cause", "suspense_open", "--json", "--now", LATER]).parsed();
        let found =
            found.as_array().unwrap().iter().find(|one| one["channel_ref"] == *reference).unwrap().clone();
        assert_eq!(found["age_seconds"], 8 * 86400 + 7200, "aged from the bank's line: {found}");
        assert!(found["finding"].as_str().unwrap().starts_with("suspense_open//"), "{found}");
        found["voucher_no"].as_str().unwrap().to_owned()
    };
    // Into suspense once, and out of it once.
    let again = noted(&shop);
    let line = |reference: &str| ["stage", "park", "--line", reference, "--case", &again].map(str::to_owned);
    let stage = |words: &[String]| shop.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    stage(&line("BANK/B500")).refused("STORNO-LINE-ANSWERED");
    stage(&line("BANK/B501")).refused("STORNO-NOT-FOUND");
    stage(&line("WECHAT/SYN20180912W001")).refused("STORNO-TRADE-CONFLICT");
    shop.run(&["stage", "park", "--case", &again]).refused("STORNO-USAGE");
    // The owner is known: to the customer, whose balance rises.
    let (a, known) = (shop.balance("2001.A"), park("B500"));
    assert_eq!(
        shop.json(&["plan", &format!("suspense_open//{known}")])["steps"],
        serde_json::json!([]),
        "a person decides"
    );
    shop.run(&["stage", "unpark", &known, "--to", "2001.nobody", "--case", &again])
        .refused("STORNO-PARTY-UNKNOWN");
    shop.done(&["stage", "unpark", &known, "--to", "2001.A", "--case", &again]);
    shop.run(&["stage", "unpark", &known, "--to", "2001.A", "--case", &again]).refused("STORNO-OPEN-ITEM");
    let preview = shop.json(&["preview", &again]);
    assert_eq!(preview["reconciliation_changed"], false);
    shop.agreed(&again);
    shop.done(&["commit", &again]);
    assert_eq!((shop.balance("2190"), shop.balance("2001.A") - a), (40000, 50000));
    // The owner stays unknown: back to the bank, matched with the line that shows it leaving.
    statement(&shop, "BANK", ("B201", "refund", Some("B200")), 20000);
    assert_eq!(shop.findings(&["--cause", "reversed_in_advance"]), [], "the bank lists what it gives back");
    let back = noted(&shop);
    let sent = park("B200");
    let returned =
        |by: &str| shop.run(&["stage", "unpark", &sent, "--to", "1001", "--by", by, "--case", &back]);
    returned("BANK/B300").refused("STORNO-LINE-ANSWERED");
    assert_eq!(returned("BANK/B201").code, 0);
    shop.agreed(&back);
    shop.done(&["commit", &back]);
    assert_eq!((shop.balance("2190"), shop.balance("1001")), (20000, 70000));
    // Its trade comes after all: it is posted in place of the suspense, not in addition.
    let late = "T9,return,,BANK,B300,P1,200.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    let (a, waiting) = (shop.balance("2001.A"), park("B300"));
    shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
    assert_eq!(refusals(&shop, &["post", "T9"], "T9")[0], "STORNO-LINE-ANSWERED");
    let twice = shop.json(&["case", "open", "--trade", "T9"])["case_no"].as_str().unwrap().to_owned();
    shop.run(&["stage", "supplement", "T9", "--case", &twice]).refused("STORNO-LINE-ANSWERED");
    assert_eq!(put_right(&shop, &format!("suspense_open//{waiting}")), ["reverse", "supplement"]);
    assert_eq!((shop.balance("2190"), shop.balance("1001"), shop.balance("2001.A") - a), (0, 70000, 20000));
    assert_eq!(shop.findings(&[]).len(), was, "nothing of it is left");
    assert!(shop.rows("SELECT * FROM v_trade WHERE trade_no <> 'T9'") == trades, "no trade looks different");
    let cases: Vec<String> = (1..=9).map(|n| format!("C{n:04}")).collect();
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    assert_kept("scenario_S28", &transcript(&shop, "S28", "T9", &cases, &before, NOW));
    // Without a statement, by hand.
    let hand = noted(&shop);
    let lines = ["stage", "park", "--debit", "1001=10.00", "--credit", "2190=10.00", "--case", &hand];
    shop.done(&lines);
    shop.agreed(&hand);
    shop.done(&["commit", &hand]);
    assert_eq!(shop.findings(&[]).len(), was + 1);
    // Reversed amounts are left out of net turnover and counted in gross turnover.
    let day = shop.json(&["turnover", "--day", "2018-09-12", "--account", "2190"]);
    let sums = ["net_debit_minor", "net_credit_minor", "gross_debit_minor", "gross_credit_minor"];
    assert_eq!(sums.map(|sum| day["accounts"][0][sum].as_i64().unwrap()), [0, 70000, 20000, 90000], "{day}");
    shop.verified();
}

/// Money that was cleared from suspense before its trade came: one case reverses the clearing and the
/// parking, and posts the trade.
#[test]
fn a_trade_of_money_that_was_cleared_is_put_right_in_one_case() {
    let shop = Shop::sample();
    let was = shop.findings(&[]).len();
    statement(&shop, "BANK", ("B500", "pay", None), 50000);
    put_right(&shop, "long/BANK/B500");
    let voucher = |kind: &str| {
        shop.text(&format!(
            "SELECT voucher_no FROM v_voucher WHERE kind = '{kind}' ORDER BY seq DESC LIMIT 1"
        ))
    };
    let parked = voucher("park");
    let known = noted(&shop);
    shop.done(&["stage", "unpark", &parked, "--to", "2001.A", "--case", &known]);
    shop.agreed(&known);
    shop.done(&["commit", &known]);
    let owner = "T10,return,,BANK,B500,P2,500.00,CNY,0.00,C,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("owner.csv", format!("{TRADES}{owner}"))]);
    assert_eq!(shop.json(&["plan", "T10"])["steps"], serde_json::json!([]), "a person checks where it went");
    let (a, c) = (shop.balance("2001.A"), shop.balance("2001.C"));
    let case = shop.json(&["case", "open", "--trade", "T10"])["case_no"].as_str().unwrap().to_owned();
    shop.run(&["stage", "reverse", &parked, "--case", &case]).refused("STORNO-OPEN-ITEM");
    shop.done(&["stage", "reverse", &voucher("unpark"), "--case", &case]);
    shop.done(&["stage", "reverse", &parked, "--case", &case]);
    shop.run(&["stage", "unpark", &parked, "--to", "1001", "--case", &case]).refused("STORNO-OPEN-ITEM");
    shop.done(&["stage", "supplement", "T10", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!((a - shop.balance("2001.A"), shop.balance("2001.C") - c), (50000, 50000));
    assert_eq!((shop.balance("2190"), shop.findings(&[]).len()), (0, was));
    // Open again, it may also go to another account.
    let again = noted(&shop);
    let lines = ["--debit", "1001=10.00", "--credit", "2190=10.00"];
    shop.done(&[&["stage", "park", "--case", &again], &lines[..]].concat());
    shop.agreed(&again);
    shop.done(&["commit", &again]);
    let parked = voucher("park");
    for back in [false, true] {
        let case = noted(&shop);
        if back {
            shop.done(&["stage", "reverse", &voucher("unpark"), "--case", &case]);
        }
        let to = if back { "2001.C" } else { "2001.A" };
        shop.done(&["stage", "unpark", &parked, "--to", to, "--case", &case]);
        shop.agreed(&case);
        shop.done(&["commit", &case]);
    }
    assert_eq!((a - shop.balance("2001.A"), shop.balance("2001.C") - c), (50000, 51000));
    shop.verified();
}

/// An unposted event of an earlier year is parked with its profit and loss on the prior-year adjustment:
/// otherwise the fee of a refund of September would lower the cost of the following January.
#[test]
fn an_earlier_years_event_is_parked_without_this_years_profit_and_loss() {
    const NEXT_YEAR: &str = "2019-01-05T10:00:00+08:00";
    let shop = Shop::sample();
    for day in ["2018-09-12", "2018-09-13"] {
        shop.done(&["day", "cut", day, "--now", NEXT_YEAR]);
    }
    let cost = shop.balance("6401");
    let case = shop.json(&["case", "open", "--trade", "T0012", "--plan", "--now", NEXT_YEAR]);
    let case = case["case_no"].as_str().unwrap();
    shop.agreed_at(case, NEXT_YEAR);
    shop.done(&["commit", case, "--now", NEXT_YEAR]);
    assert_eq!((shop.balance("1190"), shop.balance("6401"), shop.balance("6901")), (6000, cost, 36));
    let found = shop.run(&["findings", "--json", "--now", NEXT_YEAR]).parsed();
    let of_it: Vec<_> = found.as_array().unwrap().iter().filter(|one| one["trade_no"] == "T0012").collect();
    assert_eq!((of_it.len(), &of_it[0]["cause"]), (1, &"suspense_open".into()), "{of_it:?}");
    shop.verified();
}
