//! Trades that go back on another: given back in parts the fees add up to nothing, and what contradicts its original is
//! neither posted nor lost.

use super::matching::{Line, statement};
use super::scenarios::fixture::put_right;
use crate::support::place::Place;
use crate::support::{NOW, Shop, TRADES, no_statement};
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::i18n::Lang;
use storno::protocol::context::Context;
use storno::protocol::findings::{FindingFilter, ListFindings};
use storno::protocol::page::Page;
use storno::protocol::service::ask_for;
use storno::protocol::watch::Unwatched;

fn import(shop: &Shop, name: &str, trades: &str) {
    shop.done(&["import", "trades", &shop.file(name, format!("{TRADES}{trades}"))]);
}

/// Undoes parts of a trade by counter trades of one case, and has it committed.
fn give_back(shop: &Shop, trade: &str, parts: &[&str]) {
    let case = shop.json(&["case", "open", "--note", "given back"])["case_no"].as_str().unwrap().to_owned();
    for part in parts {
        let because = ["--because", "the customer asked", "--case", &case];
        shop.done(&[&["stage", "counter", trade, "--amount", part], because.as_slice()].concat());
    }
    shop.agreed(&case);
    shop.done(&["commit", &case]);
}

#[test]
fn a_payment_given_back_in_parts_leaves_no_fee_behind() {
    let shop = Shop::empty();
    import(
        &shop,
        "trades.csv",
        "P1,pay,direct,WECHAT,W1,,10.00,CNY,0.06,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         P2,pay,direct,WECHAT,W2,,5.00,CNY,0.03,C,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         P3,pay,direct,WECHAT,W3,,1.00,CNY,0.01,C,M3,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
    );
    shop.done(&["post"]);
    // In one case, in a case for each part, and after a part that the channel has given back with its fee.
    give_back(&shop, "P1", &["3.33", "3.33", "3.34"]);
    give_back(&shop, "P2", &["0.50"; 9]);
    give_back(&shop, "P2", &["0.50"]);
    import(
        &shop,
        "refund.csv",
        "R3,refund,,WECHAT,X3,W3,0.40,CNY,-0.01,C,M3,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
    );
    shop.done(&["post"]);
    give_back(&shop, "P3", &["0.60"]);
    assert_eq!(["2002.M1", "2002.M2", "6401"].map(|account| shop.balance(account)), [0; 3]);
    // The refund of 0.40 kept our fee of it.
    assert_eq!((shop.balance("6001"), shop.balance("2002.M3"), shop.balance("1101.WECHAT")), (0, 0, 0));
    assert_eq!(shop.findings(&[]), [no_statement()]);
    shop.verified();
}

#[test]
fn a_payment_with_a_discount_given_back_in_parts_leaves_nothing_of_it_behind() {
    let discounted = |rows: &str| format!("{},merchant_discount\n{rows}", TRADES.trim_end());
    let shop = Shop::empty();
    let rows = "P1,pay,direct,WECHAT,W1,,10.01,CNY,0.06,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED,1.00\n\
        P2,pay,direct,WECHAT,W2,,9.90,CNY,0.00,C,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED,9.90\n\
        T3,topup,,WECHAT,W3,,10.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED,0.05\n";
    shop.done(&["import", "trades", &shop.file("discounts.csv", discounted(rows))]);
    shop.done(&["post"]);
    assert_eq!((shop.balance("2002.M1"), shop.balance("1101.WECHAT")), (892, 901 - 6 + 995));
    give_back(&shop, "P1", &["3.33", "3.33"]);
    give_back(&shop, "P1", &["3.35"]);
    give_back(&shop, "P2", &["0.01", "9.89"]);
    give_back(&shop, "T3", &["3.33", "3.33", "3.34"]);
    let given = "SELECT group_concat(merchant_discount_minor) FROM trade WHERE kind = 'counter' ORDER BY id";
    assert_eq!(shop.text(given), "33,34,33,1,989,2,1,2");
    for account in ["2002.M1", "2002.M2", "2001.A", "1101.WECHAT", "6001", "6401", "6601"] {
        assert_eq!(shop.balance(account), 0, "{account}");
    }
    shop.verified();
}

#[test]
fn what_was_won_back_of_a_payment_may_be_given_back_by_a_case() {
    // The win names the payment or the chargeback; the ledger learns of either first.
    let chargeback =
        "E1,chargeback,,WECHAT,E1,E0,60.00,CNY,0.00,C,M5,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    let win = |of: &str| {
        format!(
            "E2,representment,,WECHAT,E2,{of},45.00,CNY,0.00,C,M5,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n"
        )
    };
    for (first, second) in [
        (chargeback.to_owned(), win("E0")),
        (chargeback.to_owned(), win("E1")),
        (win("E0"), chargeback.to_owned()),
        (win("E1"), chargeback.to_owned()),
    ] {
        let shop = Shop::empty();
        let pay = "E0,pay,direct,WECHAT,E0,,60.00,CNY,0.00,C,M5,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n";
        import(&shop, "trades.csv", &format!("{pay}{first}{second}"));
        let case =
            shop.json(&["case", "open", "--note", "given back"])["case_no"].as_str().unwrap().to_owned();
        let stage = |amount: &str| {
            let because = ["--because", "the customer asked", "--case", &case];
            shop.run(&[&["stage", "counter", "E0", "--amount", amount], because.as_slice()].concat())
        };
        stage("45.01").refused("STORNO-COUNTERED");
        assert_eq!(stage("45.00").code, 0, "{first}{second}");
        shop.done(&["post"]);
        shop.agreed(&case);
        shop.done(&["commit", &case]);
        assert_eq!(shop.number("SELECT count(*) FROM v_trade WHERE kind = 'counter'"), 1);
        shop.verified();
    }
}

const CONTRADICTIONS: &str = "A0,pay,direct,WECHAT,A0,,100.00,CNY,0.60,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
    A1,refund,,WECHAT,A1,A0,70.00,CNY,-0.42,C,M1,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
    A2,refund,,WECHAT,A2,A0,70.00,CNY,-0.42,C,M1,2018-09-12 10:05:00,SUCCESS,UNCLEARED\n\
    B0,pay,direct,WECHAT,B0,,200.00,CNY,1.20,C,M2,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
    B1,refund,,WECHAT,B1,B0,200.00,CNY,-1.20,C,M2,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
    B2,chargeback,,WECHAT,B2,B0,200.00,CNY,5.00,C,M2,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n\
    C0,pay,direct,WECHAT,C0,,50.00,CNY,0.30,C,M3,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
    C1,refund,,WECHAT,C1,C0,50.00,CNY,-0.30,C,M9,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
    D0,pay,direct,WECHAT,D0,,40.00,CNY,0.24,C,M4,2018-09-12 08:00:00,FAILED,UNCLEARED\n\
    D1,refund,,WECHAT,D1,D0,40.00,CNY,-0.24,C,M4,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
    E0,pay,direct,WECHAT,E0,,60.00,CNY,0.36,C,M5,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
    E1,chargeback,,WECHAT,E1,E0,60.00,CNY,5.00,C,M5,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
    E2,representment,,WECHAT,E2,E0,60.00,CNY,0.00,C,M5,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n\
    E3,representment,,WECHAT,E3,E0,60.00,CNY,0.00,C,M5,2018-09-12 11:30:00,SUCCESS,UNCLEARED\n\
    F9,topup,agreement,WECHAT,F9,,90.00,CNY,0.54,B,,2018-09-12 07:00:00,SUCCESS,UNCLEARED\n\
    F0,payout,payout,BEPS,F0,,5.00,CNY,0.00,B,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
    F1,return,,BEPS,F1,F0,500.00,CNY,0.00,B,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
    G0,pay,direct,WECHAT,G0,,30.00,CNY,0.18,C,M6,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
    G1,refund,,WECHAT,G1,G0,10.00,CNY,-0.06,C,M6,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
    G2,refund,,WECHAT,G2,G0,20.00,CNY,-0.12,C,M6,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
    H1,refund,,WECHAT,H1,OLD7,8.00,CNY,-0.05,C,M7,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";

#[test]
fn what_contradicts_its_original_is_found_and_charged_to_nobody_but_for_what_is_left() {
    let shop = Shop::empty();
    import(&shop, "trades.csv", CONTRADICTIONS);
    let posted = shop.run(&["post", "--json"]).parsed();
    let refused = posted["refused"].as_array().unwrap();
    let word = |one: &serde_json::Value, name: &str| one[name].as_str().unwrap().to_owned();
    let trades: Vec<String> = refused.iter().map(|one| word(one, "trade_no")).collect();
    let wrong = ["A2", "B2", "C1", "D1", "E3", "F1"];
    assert_eq!(trades, wrong);
    assert!(refused.iter().all(|one| one["code"] == "STORNO-NOT-DUE"), "{posted}");
    for (at, part) in [
        (0, "it goes back on more than the 30.00 that is left of A0"),
        (2, "it goes back on C0, but its merchant is M9 and not M3"),
        (3, "it goes back on D0, which is failed"),
    ] {
        assert!(word(&refused[at], "message").contains(part), "{posted}");
    }
    let mut found = shop.findings(&[]);
    found.sort();
    let mut expected = wrong.map(|trade| (trade.to_owned(), "undoes_wrongly".to_owned())).to_vec();
    expected.push(no_statement());
    assert_eq!(found, expected);
    // A case cannot post it either; its money goes into suspense.
    let case = shop.json(&["case", "open", "--trade", "A2", "--reason", "other"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.run(&["stage", "supplement", "A2", "--case", &case]).refused("STORNO-NOT-DUE");
    shop.done(&["case", "withdraw", &case]);
    let others = "SELECT code, balance_minor FROM v_account WHERE customer_visible = 1 AND code NOT IN ('2002.M1', '2001.B')";
    let customers = shop.rows(others);
    let of_those = || [shop.balance("2002.M1"), shop.balance("2001.B")];
    let [refunder, payee] = of_those();
    for trade in wrong {
        let case =
            shop.json(&["case", "open", "--trade", trade, "--plan"])["case_no"].as_str().unwrap().to_owned();
        shop.agreed(&case);
        shop.done(&["commit", &case]);
    }
    assert_eq!(shop.rows(others), customers);
    // Of A0 30.00 were left, and 5.00 had gone out by F0: so much of A2 and F1 is booked to whom it is due.
    assert_eq!(of_those(), [refunder - 3000, payee + 500]);
    let mut left = shop.findings(&[]);
    left.retain(|one| *one != no_statement());
    assert!(left.iter().all(|(_, cause)| cause == "suspense_open"), "{left:?}");
    assert_eq!((shop.balance("1190"), shop.balance("2190")), (4000 + 20000 + 5000 + 4000, 6000 + 49500));
    // What is parked waits for a decision, and posting is silent about it.
    assert_eq!(shop.json(&["plan", "A2"])["steps"], serde_json::json!([]));
    assert_eq!(shop.json(&["post"])["refused"], serde_json::json!([]));
    shop.verified();
}

/// The amounts of an original: of itself, undone so far, left.
fn amounts(original: &serde_json::Value) -> [i64; 3] {
    ["amount_minor", "undone_minor", "left_minor"].map(|name| original["trade"][name].as_i64().unwrap())
}

/// `explain` of a refund told how it compares with its line, and nothing of the payment that it goes back on.
#[test]
fn what_goes_back_on_a_payment_is_explained_with_that_payment() {
    let shop = Shop::empty();
    import(&shop, "trades.csv", CONTRADICTIONS);
    let explained = |of: &str| {
        let told = shop.json(&["explain", of]);
        told[0]["original"].clone()
    };
    let numbers = |original: &serde_json::Value| -> Vec<String> {
        let by = original["trade"]["undone_by"].as_array().unwrap().iter();
        by.map(|one| one["trade_no"].as_str().unwrap().to_owned()).collect()
    };
    // A refund in two parts, of which either names the other; more undone than there was leaves nothing.
    for refund in ["G1", "G2"] {
        let original = explained(refund);
        assert_eq!((&original["trade"]["trade_no"], &original["channel_ref"]), (&"G0".into(), &"G0".into()));
        assert_eq!(
            (amounts(&original), numbers(&original)),
            ([3000, 3000, 0], vec!["G1".into(), "G2".into()])
        );
    }
    assert_eq!(amounts(&explained("A1")), [10000, 14000, 0]);
    // A payment that failed; a chargeback that was won back twice, where the win names the payment itself.
    assert_eq!(explained("D1")["trade"]["status"], "failed");
    let disputed = explained("E2");
    assert_eq!((&disputed["trade"]["trade_no"], amounts(&disputed)), (&"E0".into(), [6000, 0, 6000]));
    assert_eq!(numbers(&disputed), ["E1", "E2", "E3"]);
    // A payment that the ledger does not hold, and one that names none.
    assert_eq!(
        (&explained("H1")["channel_ref"], &explained("H1")["trade"]),
        (&"OLD7".into(), &serde_json::Value::Null)
    );
    assert_eq!(explained("G0"), serde_json::Value::Null);
    let told = shop.done(&["explain", "G1"]);
    assert!(
        told.contains("goes back on G0 (G0)") && told.contains("undone so far 30.00 CNY, left 0.00 CNY"),
        "{told}"
    );
    assert!(shop.done(&["explain", "H1"]).contains("OLD7, which this ledger does not hold"));
    assert!(shop.done(&["rules", "explain", "G1"]).contains("undone by G2"));

    // Lines of the channel that no trade has, and one of a payment that only the channel knows.
    let lines: [Line<'_>; 4] = [
        ("refund", "X1", "G0", "N1", "5.00", "0.00", "2018-09-12 12:00:00", "M1"),
        ("pay", "P9", "", "N2", "70.00", "0.00", "2018-09-12 12:00:00", "M1"),
        ("refund", "X2", "P9", "N3", "7.00", "0.00", "2018-09-12 12:10:00", "M1"),
        ("revoke", "F9", "F9", "N4", "90.00", "0.00", "2018-09-12 12:20:00", "M1"),
    ];
    statement(&shop, "WECHAT", "2018-09-12", &lines, NOW);
    assert_eq!(amounts(&explained("WECHAT:X1")), [3000, 3000, 0]);
    let listed = explained("WECHAT:X2");
    assert_eq!(
        (&listed["trade"], &listed["lines"][0]["channel_no"]),
        (&serde_json::Value::Null, &"N2".into())
    );
    assert_eq!(amounts(&explained("WECHAT:N4")), [9000, 0, 9000]);
    assert!(shop.done(&["explain", "WECHAT:X2"]).contains("the channel lists that payment"));
}

/// An earlier refund fails after a later one was found to be too much: more is left of the payment, and what waits as
/// too much is divided anew.
#[test]
fn what_was_too_much_is_less_once_an_earlier_refund_fails() {
    for (fails, plan, charged, too_much) in
        [("A1", &["reverse", "supplement"], 2000 + 7000, 0), ("A3", &["reverse", "park"], 5000 + 5000, 2000)]
    {
        let shop = Shop::empty();
        import(
            &shop,
            "trades.csv",
            "A0,pay,direct,WECHAT,A0,,100.00,CNY,0.00,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
             A1,refund,,WECHAT,A1,A0,50.00,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
             A3,refund,,WECHAT,A3,A0,20.00,CNY,0.00,C,M1,2018-09-12 09:30:00,SUCCESS,UNCLEARED\n\
             A2,refund,,WECHAT,A2,A0,70.00,CNY,0.00,C,M1,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
        );
        shop.run(&["post"]);
        let paid = shop.balance("2002.M1") + 7000;
        put_right(&shop, "undoes_wrongly/A2/captured");
        assert_eq!((shop.balance("2002.M1"), shop.balance("1190")), (paid - 10000, 4000));
        assert_eq!(shop.json(&["plan", "A2"])["steps"], serde_json::json!([]), "the channel has to pay it");
        let mut bill = "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time\n".to_owned();
        for (kind, reference, amount) in [
            ("pay", "A0", "100.00"),
            ("refund", "A1", "50.00"),
            ("refund", "A3", "20.00"),
            ("refund", "A2", "70.00"),
        ] {
            let status = if reference == fails { "FAILED" } else { "SUCCESS" };
            let original = if kind == "pay" { "" } else { "A0" };
            bill += &format!(
                "WECHAT,2018-09-12,{kind},{reference},{original},N{reference},{amount},CNY,0.00,{status},2018-09-12 10:00:00\n"
            );
        }
        bill += "total,4,100.00,140.00,0.00,end\n";
        shop.done(&["import", "bill", &shop.file("bill.csv", bill)]);
        put_right(&shop, &format!("short/{fails}"));
        let told = shop.run(&["findings", "--trade", "A2"]).out;
        let now = format!("{}.00 is too much", too_much / 100);
        assert!(told.contains("more than was left of its original: 40.00") && told.contains(&now), "{told}");
        let finding = shop.run(&["findings", "--trade", "A2", "--json"]).parsed()[0]["finding"].clone();
        assert_eq!(put_right(&shop, finding.as_str().unwrap()), plan);
        assert_eq!((shop.balance("2002.M1"), shop.balance("1190")), (paid - charged, too_much));
        let left: Vec<_> = shop.findings(&["--trade", "A2"]).into_iter().map(|(_, cause)| cause).collect();
        assert_eq!(left, if too_much == 0 { vec![] } else { vec!["suspense_open".to_owned()] });
        assert_eq!(shop.json(&["plan", "A2"])["steps"], serde_json::json!([]));
        shop.verified();
    }
}

/// Of a chargeback that took more than was left the merchant paid a part: as much comes back to it when that is won,
/// and the rest ends the claim.
#[test]
fn what_is_won_back_of_an_excess_goes_to_whom_it_was_taken_from() {
    let shop = Shop::empty();
    import(
        &shop,
        "trades.csv",
        "A0,pay,direct,WECHAT,A0,,100.00,CNY,0.00,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
         A1,refund,,WECHAT,A1,A0,70.00,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         A2,chargeback,,WECHAT,A2,A0,70.00,CNY,0.00,C,M1,2018-09-12 09:30:00,SUCCESS,UNCLEARED\n\
         A3,representment,,WECHAT,A3,A2,70.00,CNY,0.00,C,M1,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
    );
    shop.run(&["post"]);
    let (merchant, channel) = (shop.balance("2002.M1"), shop.balance("1101.WECHAT"));
    put_right(&shop, "undoes_wrongly/A2/captured");
    assert_eq!((shop.balance("2002.M1"), shop.balance("1190")), (merchant - 3000, 4000));
    assert_eq!(put_right(&shop, "undoes_wrongly/A3/captured"), ["park"]);
    assert_eq!((shop.balance("2002.M1"), shop.balance("2190")), (merchant, 4000));
    // What was claimed has come back.
    let case = shop.json(&["case", "open", "--trade", "A2", "--reason", "claim"]);
    let case = case["case_no"].as_str().unwrap();
    for parked in
        shop.rows("SELECT voucher_no FROM v_voucher WHERE kind = 'park'").split(['"', '|', '(', ')', '\n'])
    {
        if parked.starts_with('V') {
            shop.done(&["stage", "unpark", parked, "--to", "1101.WECHAT", "--case", case]);
        }
    }
    shop.agreed(case);
    shop.done(&["commit", case]);
    let suspense = (shop.balance("1190"), shop.balance("2190"));
    assert_eq!((shop.balance("1101.WECHAT"), suspense), (channel, (0, 0)));
    shop.verified();
}

#[test]
fn an_original_that_comes_later_is_noticed_by_an_open_session() {
    let shop = Shop::empty_at(Place::File);
    import(
        &shop,
        "refund.csv",
        "D1,refund,,WECHAT,D1,D0,40.00,CNY,0.00,C,M4,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
    );
    shop.done(&["post"]);
    let context = Context { operator: "watcher".parse().unwrap(), now: NOW.parse().unwrap(), lang: Lang::En };
    let mut open = Desk::from(OpenLedger::open(&shop.path("day.db"), false).unwrap());
    let mut seen = || {
        let list = ListFindings { filter: FindingFilter::default(), page: Page::first() };
        let found = ask_for(&mut open, &context, list, &mut Unwatched).unwrap();
        let mut found: Vec<String> = found.rows.into_iter().map(|one| one.finding).collect();
        found.retain(|one| one != "statement_missing/WECHAT");
        found
    };
    assert_eq!(seen(), [""; 0]);
    import(
        &shop,
        "pay.csv",
        "D0,pay,direct,WECHAT,D0,,30.00,CNY,0.00,C,M4,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n",
    );
    shop.done(&["post"]);
    assert_eq!(seen(), ["undoes_wrongly/D1/captured"]);
}
