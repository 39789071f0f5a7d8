//! The life of a trade after its first list: later lists move it on, and every event of the shipped rules is
//! reached from files and commands.

use crate::support::{Shop, TRADES, no_statement};

const LATER: &str = "2018-09-20T12:00:00+08:00";

fn import(shop: &Shop, name: &str, rows: &str) -> serde_json::Value {
    shop.json(&["import", "trades", &shop.file(name, format!("{TRADES}{rows}")), "--now", LATER])
}

fn counts(answer: &serde_json::Value) -> [i64; 4] {
    ["added", "already", "moved_on", "contradicting"].map(|name| answer[name].as_i64().unwrap())
}

fn of(shop: &Shop, trade: &str, column: &str) -> String {
    shop.text(&format!("SELECT {column} FROM v_trade WHERE trade_no = '{trade}'"))
}

const FIRST: &str = "U1,topup,agreement,WECHAT,A1,,1000.00,CNY,6.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
    U2,topup,agreement,WECHAT,A2,,20.00,CNY,0.12,A,,2018-09-12 22:58:00,PROCESSING,UNCLEARED\n\
    U3,payout,,BEPS,A3,,300.00,CNY,1.00,A,,2018-09-12 16:30:00,PROCESSING,UNCLEARED\n\
    U5,pay,direct,WECHAT,A5,,50.00,CNY,0.30,C,M7,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
    U6,pay,direct,WECHAT,A6,,50.00,CNY,0.30,C,M8,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";

#[test]
fn a_later_list_moves_known_trades_on_and_brings_new_ones() {
    let shop = Shop::empty();
    assert_eq!(counts(&import(&shop, "first.csv", FIRST)), [5, 0, 0, 0]);
    shop.done(&["post", "--now", LATER]);
    let next = FIRST
        .replace("PROCESSING", "SUCCESS")
        .replace("M7,2018-09-12 09:00:00,SUCCESS,UNCLEARED", "M7,2018-09-12 09:00:00,SUCCESS,CLEARED")
        .replace("M8,2018-09-12 09:00:00,SUCCESS,UNCLEARED", "M8,2018-09-12 09:00:00,SUCCESS,EXCLUDED");
    let next =
        format!("{next}U4,topup,,WECHAT,A4,,40.00,CNY,0.24,A,,2018-09-13 09:00:00,SUCCESS,UNCLEARED\n");
    let tried = shop.json(&[
        "import",
        "trades",
        &shop.file("next.csv", format!("{TRADES}{next}")),
        "--dry-run",
        "--now",
        LATER,
    ]);
    assert_eq!(counts(&tried), [1, 1, 4, 0]);
    assert_eq!(of(&shop, "U2", "status"), "processing", "a dry run writes nothing");
    assert_eq!(counts(&import(&shop, "next.csv", &next)), [1, 1, 4, 0]);
    let statuses = ["U1", "U2", "U3", "U4"].map(|trade| of(&shop, trade, "status"));
    assert_eq!(statuses, ["succeeded"; 4]);
    assert_eq!(of(&shop, "U6", "clearing"), "excluded");
    let file = "SELECT count(*) FROM trade_status s JOIN import_file f ON f.fingerprint = s.file WHERE s.case_no = ''";
    assert_eq!(shop.number(file), 2, "the list is the evidence");
    // The rest is due now, also the clearing that the list told.
    let due = shop.findings(&["--now", LATER]);
    assert!(due.contains(&("U5".to_owned(), "unposted".to_owned())), "{due:?}");
    shop.done(&["post", "--now", LATER]);
    shop.done(&["clear", "--now", LATER]);
    assert_eq!(shop.balance("2001.A"), 75_900);
    assert_eq!(
        (shop.balance("2003.M7"), shop.balance("2002.M8")),
        (4_950, 4_950),
        "M8 is left out of clearing"
    );
    // An older list in another form says nothing new, and takes nothing back.
    let older = FIRST.lines().rev().map(|row| format!("{row}\n")).collect::<String>();
    assert_eq!(counts(&import(&shop, "older.csv", &older)), [0, 5, 0, 0]);
    assert_eq!(of(&shop, "U2", "status"), "succeeded");
    assert_eq!(shop.findings(&["--now", LATER]), [no_statement()]);
    shop.verified();
}

#[test]
fn a_later_list_says_nothing_of_the_columns_that_it_lacks() {
    let shop = Shop::empty();
    let head = format!("{},merchant_discount\n", TRADES.trim_end());
    let row =
        "R1,refund,direct,WECHAT,B1,B0,50.00,CNY,-0.30,C,M7,2018-09-12 09:00:00,SUCCESS,UNCLEARED,5.00\n";
    let full = shop.file("full.csv", format!("{head}{row}"));
    assert_eq!(counts(&shop.json(&["import", "trades", &full, "--now", LATER])), [1, 0, 0, 0]);
    let bare = "trade_no,kind,channel,out_trade_no,amount,currency,channel_fee,trade_time,trade_status,clearing_status,merchant\n\
        R1,refund,WECHAT,B1,50.00,CNY,-0.30,2018-09-12 09:00:00,SUCCESS,UNCLEARED,M7\n";
    let bare = shop.file("bare.csv", bare);
    assert_eq!(counts(&shop.json(&["import", "trades", &bare, "--now", LATER])), [0, 1, 0, 0]);
    let none = shop.file("none.csv", format!("{head}{}", row.replace("5.00\n", "0\n")));
    assert_eq!(counts(&shop.json(&["import", "trades", &none, "--now", LATER])), [0, 0, 0, 1]);
}

#[test]
fn a_list_that_tells_of_a_trade_twice_is_refused_whole() {
    let shop = Shop::empty();
    import(&shop, "first.csv", FIRST);
    let row = FIRST.lines().nth(1).unwrap();
    let twice =
        format!("{}\n{}\n", row.replace("PROCESSING", "SUCCESS"), row.replace("PROCESSING", "FAILED"));
    let list = shop.file("twice.csv", format!("{TRADES}{twice}"));
    let refused = shop.run(&["import", "trades", &list, "--now", LATER]);
    refused.refused("STORNO-TRADE-CONFLICT");
    assert!(refused.err.contains("twice.csv:3"), "{}", refused.err);
    assert_eq!(of(&shop, "U2", "status"), "processing");
}

/// The header with both columns of settlement.
fn settled(rows: &str) -> String {
    let head = TRADES.trim_end();
    let rows: String = rows.lines().map(|row| format!("{row}\n")).collect();
    format!("{head},settlement_status,settled_time\n{rows}")
}

#[test]
fn a_list_settles_what_a_list_told_before() {
    let shop = Shop::empty();
    import(&shop, "first.csv", FIRST);
    for step in ["post", "clear", "post"] {
        shop.done(&[step, "--now", LATER]);
    }
    let payout = FIRST.lines().nth(2).unwrap().replace("PROCESSING", "SUCCESS");
    let pay = FIRST.lines().nth(3).unwrap();
    let told = format!("{payout},SETTLED,2018-09-14 08:00:00\n{pay},SETTLED,\n");
    let told = shop.json(&["import", "trades", &shop.file("settled.csv", settled(&told)), "--now", LATER]);
    assert_eq!(counts(&told), [0, 0, 2, 0]);
    assert_eq!([of(&shop, "U3", "settlement"), of(&shop, "U5", "settlement")], ["settled", "settled"]);
    let at = "SELECT business_date FROM v_event WHERE trade_no = 'U3' AND event = 'settled'";
    assert_eq!(shop.text(at), "2018-09-14");
    shop.done(&["post", "--now", LATER]);
    assert_eq!((shop.balance("2101"), shop.balance("2003.M7")), (0, 0));
    let dated = "SELECT accounting_date || ' ' || business_date FROM v_voucher WHERE trade_no = 'U3' AND event = 'settled'";
    assert_eq!(shop.text(dated), "2018-09-14 2018-09-12", "in the books of the day on which the money moved");
    // What came back contradicts it: nothing is booked, and it is found.
    let back = format!("{payout},RETURNED,2018-09-15 08:00:00\n");
    let back = shop.json(&["import", "trades", &shop.file("back.csv", settled(&back)), "--now", LATER]);
    assert_eq!(counts(&back), [0, 0, 0, 1]);
    assert_eq!(
        shop.findings(&["--trade", "U3", "--now", LATER]),
        [("U3".to_owned(), "facts_differ".to_owned())]
    );
    shop.verified();
}

#[test]
fn payouts_and_settlements_end_at_nil_by_commands() {
    let shop = Shop::empty();
    let rows = "T1,topup,agreement,WECHAT,W1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
        H1,payout,payout,BEPS,H1,,20.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,EXCLUDED\n\
        H2,payout,payout,BEPS,H2,,30.00,CNY,0.00,A,,2018-09-12 10:00:00,PROCESSING,UNCLEARED\n\
        P1,pay,direct,WECHAT,W2,,50.00,CNY,0.00,C,M1,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
        S1,settlement,,WECHAT,ST1,,150.00,CNY,0.60,,,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n";
    import(&shop, "t.csv", rows);
    shop.done(&["post", "--now", LATER]);
    assert_eq!(
        shop.json(&["settle", "--now", LATER])["posted"],
        1,
        "the payout that succeeded, and no other"
    );
    assert_eq!((shop.balance("2101"), shop.balance("1101.WECHAT")), (3_000, 0));
    // A merchant's payout is a fact of its own: it is settled by name, once it is cleared.
    let early = shop.json(&["settle", "P1", "--now", LATER]);
    assert!(early["nothing"][0][1].as_str().unwrap().contains("cleared"), "{early}");
    shop.done(&["clear", "--now", LATER]);
    assert_eq!(shop.json(&["settle", "P1", "--now", LATER])["posted"], 1);
    assert_eq!((shop.balance("2003.M1"), shop.balance("2002.M1")), (0, 0));
    // One that is still processing has not reached it.
    assert!(shop.json(&["settle", "H2", "--now", LATER])["nothing"][0][1].is_string());
    let noted = shop.json(&["case", "open", "--note", "settled", "--now", LATER]);
    let case = noted["case_no"].as_str().unwrap();
    let stage = |event: &str, trade: &str| {
        shop.run(&["stage", "supplement", trade, "--event", event, "--case", case, "--now", LATER])
    };
    stage("settled", "H2").refused("STORNO-NOT-DUE");
    stage("cleared", "T1").refused("STORNO-NOT-DUE");
    stage("captured", "S1").refused("STORNO-NOT-DUE");
    let listed = rows.lines().nth(2).unwrap().replace("PROCESSING", "SUCCESS");
    import(&shop, "u.csv", &format!("{listed}\n"));
    assert_eq!(stage("settled", "H2").code, 0);
    shop.agreed_at(case, LATER);
    shop.done(&["commit", case, "--now", LATER]);
    assert_eq!(shop.balance("2101"), 0);
    assert_eq!(shop.findings(&["--now", LATER]), [no_statement()]);
    shop.verified();
}

/// A trade of each kind that a rule books, as a row of a trade list; the fee is zero.
fn row_of_each_kind(template: &str) -> Vec<(&'static str, &'static str, String)> {
    let row = |kind: &str, channel: &str, reference: &str, original: &str, amount: &str, currency: &str| {
        format!(
            "X{reference},{kind},,{channel},{reference},{original},{amount},{currency},0,A,M1,2018-09-12 10:00:00,SUCCESS,CLEARED,SETTLED,\n"
        )
    };
    let of =
        |kinds: &[(&'static str, &'static str, &str, &str)], channel: &str, currency: &str, unit: &str| {
            let made = kinds.iter().map(|(kind, events, original, amount)| {
                let channel = if kind.contains("payout") || *kind == "return" { "BANK" } else { channel };
                let at = if *kind == "reserve_release" { "BANK" } else { channel };
                (*kind, *events, row(kind, at, kind, original, &format!("{amount}{unit}"), currency))
            });
            made.collect()
        };
    match template {
        "cn-wallet" => {
            let kinds = [
                ("topup", "captured", "", "500"),
                ("pay", "captured cleared settled", "", "300"),
                ("refund", "captured", "topup", "10"),
                ("payout", "captured settled", "", "100"),
                ("return", "captured", "payout", "100"),
                ("chargeback", "captured", "pay", "20"),
                ("representment", "captured", "chargeback", "20"),
                ("settlement", "settled", "", "50"),
            ];
            let mut rows: Vec<(&str, &str, String)> = of(&kinds, "WECHAT", "CNY", ".00");
            // A refund of a top-up names no merchant.
            for (kind, _, row) in &mut rows {
                if matches!(*kind, "topup" | "payout" | "return") {
                    *row = row.replace(",A,M1,", ",A,,");
                }
            }
            let by_customer =
                row("refund", "WECHAT", "refund2", "topup", "5.00", "CNY").replace(",A,M1,", ",A,,");
            rows.push(("refund", "captured", by_customer));
            rows
        }
        "eu-marketplace" => of(
            &[
                ("sale", "captured", "", "500"),
                ("refund", "captured", "sale", "10"),
                ("chargeback", "captured", "sale", "20"),
                ("representment", "captured", "chargeback", "20"),
                ("payout", "captured settled", "", "100"),
                ("payout_return", "captured", "payout", "100"),
                ("reserve_release", "captured", "", "5"),
                ("settlement", "settled", "", "50"),
            ],
            "STRIPE",
            "EUR",
            ".00",
        ),
        _ => of(
            &[
                ("payment", "captured", "", "5000"),
                ("refund", "captured", "payment", "100"),
                ("chargeback", "captured", "payment", "200"),
                ("payout", "captured settled", "", "1000"),
                ("payout_return", "captured", "payout", "1000"),
                ("settlement", "settled", "", "500"),
            ],
            "CARD",
            "JPY",
            "",
        ),
    }
}

/// Once a channel has paid what it owes, nothing is left on the accounts where money waits to be cleared: those of the
/// channels and of payouts under way.
fn ends_at_nil(shop: &Shop, template: &str) {
    let (channel, account, currency, digits) = match template {
        "cn-wallet" => ("WECHAT", "1101.WECHAT", "CNY", 2),
        "eu-marketplace" => ("STRIPE", "1200.STRIPE", "EUR", 2),
        _ => ("CARD", "1110.CARD", "JPY", 0),
    };
    let owed = shop.balance(account);
    assert!(owed > 0, "{template}: the channel owes {owed}");
    let owed = if digits == 2 { format!("{}.{:02}", owed / 100, owed % 100) } else { owed.to_string() };
    let paid = format!(
        "XL,settlement,,{channel},last,,{owed},{currency},0,,M1,2018-09-12 12:00:00,SUCCESS,UNCLEARED\n"
    );
    shop.done(&["import", "trades", &shop.file("paid.csv", format!("{TRADES}{paid}")), "--now", LATER]);
    shop.done(&["post", "XL", "--now", LATER]);
    let chart = std::fs::read_to_string(format!(
        "{}/assets/templates/{template}/chart.toml",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    let chart: toml::Table = chart.parse().unwrap();
    let mut looked_at = 0;
    for subject in chart["subject"].as_array().unwrap() {
        let role = subject.get("role").and_then(|role| role.as_str()).unwrap_or_default();
        if matches!(role, "channel" | "payable") {
            let code = subject["code"].as_str().unwrap();
            let left = shop.rows(&format!(
                "SELECT code, balance_minor FROM v_account WHERE (code = '{code}' OR code LIKE '{code}.%') AND balance_minor <> 0"
            ));
            assert_eq!(left, "", "{template}: {role} {code}");
            looked_at += 1;
        }
    }
    assert!(looked_at >= 2, "{template}: {looked_at} subjects");
}

/// Every event of every shipped rule is booked from one list by `post` and `clear`.
#[test]
fn every_event_of_the_shipped_rules_is_reached_from_files_and_commands() {
    for template in ["cn-wallet", "eu-marketplace", "jp-psp"] {
        let shop = Shop::bare();
        shop.done(&["init", &shop.home(), "--template", template, "--now", LATER]);
        let rows = row_of_each_kind(template);
        let list: String = rows.iter().map(|(_, _, row)| row.as_str()).collect();
        shop.done(&["import", "trades", &shop.file("all.csv", settled(&list)), "--now", LATER]);
        let mut kinds: Vec<(&str, &str)> = rows.iter().map(|(kind, events, _)| (*kind, *events)).collect();
        if template == "eu-marketplace" {
            // An exchange has columns of its own.
            let list = format!(
                "{},counter_amount,counter_currency\nX1,exchange,,INTERNAL,X1,,50.00,EUR,0.00,,M1,2018-09-12 11:00:00,SUCCESS,UNCLEARED,58.10,USD\n",
                TRADES.trim_end()
            );
            shop.done(&["import", "trades", &shop.file("exchange.csv", list), "--now", LATER]);
            kinds.push(("exchange", "captured"));
        }
        for step in ["post", "clear", "post"] {
            shop.run(&[step, "--now", LATER]);
        }
        for (kind, events) in &kinds {
            let booked = shop.rows(&format!(
                "SELECT DISTINCT e.event FROM v_event e JOIN v_trade t ON t.trade_no = e.trade_no \
                 WHERE t.kind = '{kind}' AND e.live_vouchers = 1"
            ));
            for event in events.split(' ') {
                assert!(booked.contains(event), "{template}: {kind} {event}: {booked}");
            }
        }
        // The rules file names no other kind and event than the list reaches.
        let rules = std::fs::read_to_string(format!(
            "{}/assets/templates/{template}/rules.toml",
            env!("CARGO_MANIFEST_DIR")
        ))
        .unwrap();
        let rules: toml::Table = rules.parse().unwrap();
        for rule in rules["rule"].as_array().unwrap() {
            let (kind, event) = (rule["kind"].as_str().unwrap(), rule["event"].as_str().unwrap());
            let reached =
                kinds.iter().any(|(known, events)| *known == kind && events.split(' ').any(|e| e == event));
            assert!(reached, "{template}: {kind} {event} is not reached by this test");
        }
        ends_at_nil(&shop, template);
        shop.verified();
    }
}
