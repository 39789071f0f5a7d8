//! Templates with the real program: shown, copied into a folder, and a ledger made from the copy.

use crate::support::place::Place;
use crate::support::{Shop, TRADES};

/// A week after the sample day.
const LATER: &str = "2018-09-20T12:00:00+09:00";

/// The entries of a trade: side, account, amount in minor units.
fn entries(shop: &Shop, trade: &str) -> Vec<String> {
    let sql = shop.sql();
    let mut query = sql
        .prepare(
            "SELECT e.side || ' ' || e.account || ' ' || e.amount_minor FROM v_entry e JOIN v_voucher v \
             ON v.voucher_no = e.voucher_no WHERE v.trade_no = ?1 ORDER BY v.seq, e.line",
        )
        .unwrap();
    query.query_map([trade], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn posted(shop: &Shop, trades: &str) {
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
}

#[test]
fn the_templates_are_listed_in_both_languages() {
    let shop = Shop::at(Place::File);
    let listed = shop.json(&["template", "list"]);
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["cn-wallet", "eu-marketplace", "jp-psp"]);
    assert_eq!(listed[1]["currencies"], serde_json::json!(["EUR", "USD"]));
    assert!(shop.done(&["template", "list"]).contains("European marketplace"));
    assert!(shop.done(&["template", "list", "--lang", "zh-CN"]).contains("欧洲电商平台"));
}

#[test]
fn a_copy_of_a_template_makes_a_ledger_and_is_never_written_over() {
    let shop = Shop::bare();
    let folder = shop.path("mine").display().to_string();
    let written = shop.json(&["template", "export", "eu-marketplace", &folder]);
    assert_eq!(written["files"].as_array().unwrap().len(), 8);
    shop.run(&["template", "export", "jp-psp", &folder]).refused("STORNO-EXISTS");
    shop.run(&["template", "export", "us-bank", &folder]).refused("STORNO-BAD-VALUE");
    // The company's own commission, a currency of its own and no calendar.
    let rules = std::fs::read_to_string(shop.path("mine/rules.toml")).unwrap();
    std::fs::write(shop.path("mine/rules.toml"), rules.replace("\"0.1000\"", "\"0.0500\"")).unwrap();
    let head = std::fs::read_to_string(shop.path("mine/template.toml")).unwrap();
    std::fs::write(shop.path("mine/template.toml"), head.replace("\"EUR\", \"USD\"", "\"CHF\"")).unwrap();
    std::fs::remove_file(shop.path("mine/calendar.toml")).unwrap();
    shop.done(&["init", &shop.home(), "--template", &folder]);
    posted(&shop, "T1,sale,,STRIPE,R1,,100.00,CHF,1.75,B,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n");
    let booked = entries(&shop, "T1");
    assert!(booked.contains(&"credit 4000 500".to_owned()), "{booked:?}");
    // A folder of a shipped template's name is meant by its path only.
    let named = shop.json(&["template", "export", "jp-psp", "jp-psp"]);
    assert_eq!(named["path"], "./jp-psp");
    std::fs::remove_file(shop.path("mine/kinds.toml")).unwrap();
    let other = shop.path("other.db").display().to_string();
    let refused = shop.run(&["init", &other, "--template", &folder]);
    assert!(refused.refused("STORNO-NOT-FOUND").err.contains("mine/kinds.toml"), "{refused:?}");
}

/// A second run on the same ledger ended half-way, at the first number that was there.
#[test]
fn made_up_trades_are_written_into_a_ledger_once() {
    let shop = Shop::at(Place::File);
    let made = shop.path("made.db").display().to_string();
    shop.done(&["generate", &made, "--trades", "20", "--errors", "10%"]);
    let before = std::fs::read(&made).unwrap();
    let again = shop.run(&["generate", &made, "--trades", "20", "--seed", "2"]);
    again.refused("STORNO-MADE-BEFORE");
    assert!(again.err.contains("2018-09-13"), "{again:?}");
    assert!(std::fs::read(&made).unwrap() == before, "nothing is written");
}

#[test]
fn a_template_without_made_up_trades_generates_none() {
    let shop = Shop::at(Place::File);
    let folder = shop.path("mine").display().to_string();
    shop.done(&["template", "export", "jp-psp", &folder]);
    for file in ["sample.toml", "policy.toml", "calendar.toml"] {
        std::fs::remove_file(shop.path("mine").join(file)).unwrap();
    }
    let ledger = shop.path("own.db").display().to_string();
    shop.done(&["init", &ledger, "--template", &folder]);
    // What was made by hand gets no made-up trades, whatever the template.
    shop.run(&["generate", &ledger, "--trades", "5"]).refused("STORNO-NOT-MADE-UP");
    shop.run(&["generate", &ledger, "--trades", "5", "--template", "jp-psp"]).refused("STORNO-NOT-MADE-UP");
    let made = shop.path("made.db").display().to_string();
    shop.run(&["generate", &made, "--trades", "5", "--template", &folder]).refused("STORNO-NOT-FOUND");
    assert!(!shop.path("made.db").exists());
    let again = shop.json(&["generate", &made, "--trades", "5", "--template", "jp-psp"]);
    assert_eq!(again["trades"], 5);
}

#[test]
fn files_given_by_themselves_take_the_place_of_the_templates() {
    let shop = Shop::bare();
    let folder = shop.path("eu").display().to_string();
    shop.done(&["template", "export", "eu-marketplace", &folder]);
    let own = shop.path("own.toml");
    let rules = std::fs::read_to_string(shop.path("eu/rules.toml")).unwrap();
    std::fs::write(&own, rules.replace("\"20.00\"", "\"25.00\"")).unwrap();
    let own = own.display().to_string();
    shop.done(&["init", &shop.home(), "--template", "eu-marketplace", "--rules", &own, "--zone", "UTC"]);
    let ledger = shop.json(&["rules", "list"]);
    assert_eq!(ledger[0]["id"], "eu-marketplace", "{ledger}");
    assert_eq!(shop.text("SELECT value FROM setting WHERE name = 'zone'"), "UTC");
    assert_eq!(shop.text("SELECT value FROM setting WHERE name = 'currency'"), "EUR");
    posted(
        &shop,
        "T1,sale,,ADYEN,R1,,100.00,EUR,1.31,B,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T2,chargeback,,ADYEN,R2,R1,40.00,EUR,0.00,B,M2,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
    );
    assert!(entries(&shop, "T2").contains(&"credit 4000 2500".to_owned()));
}

#[test]
fn commission_goes_by_merchant_and_date_and_tax_by_date() {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--template", "eu-marketplace"]);
    let sale = |number: &str, merchant: &str, day: &str| {
        format!(
            "{number},sale,,STRIPE,{number},,99.99,EUR,0.00,B,{merchant},{day} 09:00:00,SUCCESS,UNCLEARED\n"
        )
    };
    let trades = [
        sale("T1", "M0002", "2018-09-12"),
        sale("T2", "M0001", "2018-06-30"),
        sale("T3", "M0001", "2018-07-01"),
    ];
    posted(&shop, &trades.concat());
    let line = |account: &str, trade: &str| {
        let found =
            entries(&shop, trade).into_iter().find(|line| line.starts_with(&format!("credit {account} ")));
        found.unwrap().rsplit(' ').next().unwrap().parse::<i64>().unwrap()
    };
    // 10 %, 9 % and 8 % of 99.99; 19 % of that; 10 % of the rest.
    let booked = ["T1", "T2", "T3"].map(|trade| (line("4000", trade), line("2300", trade)));
    assert_eq!(booked, [(1000, 190), (900, 171), (800, 152)]);
    assert_eq!((line("2100.M0002", "T1"), line("2100.M0001", "T3")), (881, 905));
}

#[test]
fn yen_have_no_decimals_anywhere() {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--template", "jp-psp"]);
    let cents = "T0,payment,,CARD,R0,,1080.50,JPY,23,B,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    let refused = shop.run(&["import", "trades", &shop.file("cents.csv", format!("{TRADES}{cents}"))]);
    refused.refused("STORNO-BAD-FILE");
    posted(
        &shop,
        "T1,payment,,CARD,R1,,1080,JPY,23,B,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T2,payment,,CONBINI,R2,,4999,JPY,130,B,M1,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
    );
    // 3.25 % of 1,080 is 35.1 and 8 % of 35 is 2.8; 4 % of 4,999 is 199.96 and 8 % of 199 is 15.92.
    let fees = |trade| {
        let booked = entries(&shop, trade).into_iter();
        booked.filter(|line| line.contains(" 4010 ") || line.contains(" 2210 ")).collect::<Vec<_>>()
    };
    assert_eq!(fees("T1"), ["credit 4010 35", "credit 2210 2"]);
    assert_eq!(fees("T2"), ["credit 4010 199", "credit 2210 15"]);
    for command in [
        &["trades"][..],
        &["trial-balance"],
        &["turnover", "--day", "2018-09-12"],
        &["statement", "M1"],
        &["accounts"],
        &["voucher", &shop.text("SELECT voucher_no FROM v_voucher ORDER BY seq LIMIT 1")],
    ] {
        let told = shop.run(&[command, &["--now", LATER]].concat()).out;
        assert!(told.lines().count() > 1, "{command:?}\n{told}");
        let decimals = told.split_whitespace().filter(|word| {
            let (whole, fraction) = word.rsplit_once('.').unwrap_or(("", ""));
            !whole.is_empty()
                && fraction.len() == 2
                && word.bytes().all(|b| b.is_ascii_digit() || b".,".contains(&b))
        });
        assert_eq!(decimals.collect::<Vec<_>>(), Vec::<&str>::new(), "{command:?}\n{told}");
    }
}

#[test]
fn a_demo_and_a_generated_ledger_of_another_template_remember_it() {
    let shop = Shop::at(Place::File);
    let path = shop.path("demo.db").display().to_string();
    let made = shop.json(&["demo", "--template", "jp-psp", "--keep", &path, "--no-ui", "--seed", "3"]);
    assert_eq!(made["trades"], 2000);
    let found = shop.run(&["findings", "--ledger", &path, "--json"]).parsed();
    assert!(found.as_array().unwrap().iter().all(|finding| finding["currency"] == "JPY"));
    let path = shop.path("made.db").display().to_string();
    let generate =
        |more: &[&str]| shop.run(&[&["generate", &path, "--trades", "50", "--json"], more].concat());
    assert_eq!(generate(&["--template", "eu-marketplace"]).json()["trades"], 50);
    // The ledger knows its template; a month later it goes on with the same kinds of trades.
    assert_eq!(generate(&["--now", "2018-11-13T12:00:00+01:00"]).json()["trades"], 50);
    let sales = ["trades", "--ledger", &path, "--kind", "sale", "--json", "--all"];
    assert!(!shop.run(&sales).out.contains("topup"));
    generate(&["--now", "2019-01-13T12:00:00+01:00", "--template", "jp-psp"]).refused("STORNO-BAD-VALUE");
}

/// A plan may have one step twice: the money is owed before the posting is taken back, and once more before the right
/// one is booked.
#[test]
fn a_plan_that_has_a_step_twice_is_staged_whole() {
    let shop = Shop::bare();
    let evening = "2026-03-03T12:00:00+01:00";
    let at = |words: &[&str]| shop.done(&[words, &["--now", evening]].concat());
    at(&["init", &shop.home(), "--template", "eu-marketplace"]);
    let row = |no: &str, kind: &str, channel: &str, of: &str, amount: &str, fee: &str| {
        format!(
            "{no},{kind},,{channel},R{no},{of},{amount},EUR,{fee},,M1,2026-03-02 10:00:00,SUCCESS,UNCLEARED\n"
        )
    };
    let trades = [
        row("E1", "sale", "STRIPE", "", "100.00", "1.75"),
        row("F1", "refund", "STRIPE", "RE1", "20.00", "0"),
        row("P1", "payout", "SEPA", "", "99.29", "0"),
    ];
    at(&["import", "trades", &shop.file("t.csv", format!("{TRADES}{}", trades.concat()))]);
    let journal = "voucher_no,line,trade_no,event,accounting_date,account,side,amount\n\
        O4,1,F1,captured,2026-03-02,2000.M1,credit,20.00\nO4,2,F1,captured,2026-03-02,1200.STRIPE,debit,20.00\n";
    at(&["import", "journal", &shop.file("j.csv", journal)]);
    at(&["post"]);
    at(&["case", "open", "--trade", "F1", "--plan"]);
    at(&["case", "submit", "C0001"]);
    at(&["case", "approve", "C0001", "--operator", "op2"]);
    at(&["commit", "C0001"]);
    assert_eq!(["2000.M1", "1300.M1"].map(|account| shop.balance(account)), [0, 4_000]);
}
