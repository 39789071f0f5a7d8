//! A ledger of two currencies: a day with a mistake in each, put right, and no figure that adds the two.

use crate::support::{Shop, TRADES, no_statement};
use serde_json::Value;

/// The old system booked the second and the fourth trade to another customer.
const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,currency,memo\n\
    J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,,\n\
    J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,,\n\
    J1,3,T1,captured,2018-09-12,6401,debit,0.60,,\n\
    J1,4,T1,captured,2018-09-12,1101.WECHAT,credit,0.60,,\n\
    J2,1,T2,captured,2018-09-12,1101.WECHAT,debit,200.00,CNY,\n\
    J2,2,T2,captured,2018-09-12,2001.A,credit,200.00,CNY,\n\
    J2,3,T2,captured,2018-09-12,6401,debit,1.20,CNY,\n\
    J2,4,T2,captured,2018-09-12,1101.WECHAT,credit,1.20,CNY,\n\
    J4,1,T4,captured,2018-09-12,1101.WECHAT,debit,40.00,USD,\n\
    J4,2,T4,captured,2018-09-12,2001.A.USD,credit,40.00,,\n\
    J4,3,T4,captured,2018-09-12,6401,debit,0.24,USD,\n\
    J4,4,T4,captured,2018-09-12,1101.WECHAT.USD,credit,0.24,USD,\n";

fn trade(number: &str, amount: &str, currency: &str, fee: &str, customer: &str) -> String {
    format!(
        "{number},topup,agreement,WECHAT,R{number},,{amount},{currency},{fee},{customer},,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n"
    )
}

/// Makes a ledger in CNY and USD with four trades, the first and third right.
fn two_currencies() -> Shop {
    let shop = Shop::bare();
    let made = shop.json(&["init", &shop.home(), "--currency", "CNY,USD"]);
    assert_eq!(made["currencies"], serde_json::json!(["CNY", "USD"]));
    let rows = [
        trade("T1", "100.00", "CNY", "0.60", "A"),
        trade("T2", "200.00", "CNY", "1.20", "B"),
        trade("T3", "30.00", "USD", "0.18", "A"),
        trade("T4", "40.00", "USD", "0.24", "B"),
    ];
    let file = shop.file("trades.csv", format!("{TRADES}{}", rows.concat()));
    shop.done(&["import", "trades", &file]);
    let journal = shop.file("journal.csv", JOURNAL);
    shop.done(&["import", "journal", &journal]);
    shop
}

/// Returns the rows of a report in one currency.
fn in_currency<'v>(rows: &'v Value, currency: &str) -> Vec<&'v Value> {
    rows.as_array().unwrap().iter().filter(|row| row["currency"] == currency).collect()
}

#[test]
fn a_wrong_account_in_each_currency_is_found_and_put_right() {
    let shop = two_currencies();
    shop.done(&["post", "--due"]);
    assert_eq!(shop.text("SELECT currency FROM v_account WHERE code = '2001.A.USD'"), "USD");
    assert_eq!((shop.balance("2001.A.USD"), shop.balance("2001.A")), (7_000, 30_000));
    let wrong = |trade: &str| (trade.to_owned(), "wrong_account".to_owned());
    assert_eq!(shop.findings(&[]), [wrong("T2"), wrong("T4"), no_statement()]);

    for trade in ["T2", "T4"] {
        let case = shop.approved_case(trade);
        shop.done(&["commit", &case]);
    }
    assert_eq!(shop.findings(&[]), [no_statement()]);
    for (account, minor) in [
        ("2001.A", 10_000),
        ("2001.B", 20_000),
        ("2001.A.USD", 3_000),
        ("2001.B.USD", 4_000),
        ("6401.USD", 42),
    ] {
        assert_eq!(shop.balance(account), minor, "{account}");
    }
    assert_eq!(shop.number("SELECT count(*) FROM v_entry e JOIN v_account a ON a.code = e.account WHERE a.currency <> e.currency"), 0);
    shop.verified();
}

#[test]
fn reports_have_one_figure_for_each_currency() {
    let shop = two_currencies();
    shop.done(&["post", "--due"]);
    let trial = shop.json(&["trial-balance"]);
    assert_eq!(trial["balanced"], true);
    for (currency, minor) in [("CNY", 30_000), ("USD", 7_000)] {
        let total = in_currency(&trial["totals"], currency)[0];
        assert_eq!(
            (total["debit_minor"].as_i64(), total["credit_minor"].as_i64()),
            (Some(minor), Some(minor))
        );
    }
    let turnover = shop.json(&["turnover", "--from", "2018-09-12", "--to", "2018-09-12"]);
    for (currency, minor) in [("CNY", 30_180), ("USD", 7_042)] {
        let total = in_currency(&turnover["totals"], currency)[0];
        assert_eq!(total["gross_debit_minor"].as_i64(), Some(minor), "{total}");
    }
    let statement = shop.json(&["statement", "A", "--from", "2018-09-12", "--to", "2018-09-13"]);
    let held: Vec<_> = statement["balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["account"].as_str().unwrap(), row["currency"].as_str().unwrap()))
        .collect();
    assert_eq!(held, [("2001.A", "CNY"), ("2001.A.USD", "USD")]);
    let events = shop.json(&["events"]);
    let rows = events["rows"].as_array().unwrap();
    let event = |trade: &str| rows.iter().find(|row| row["trade_no"] == trade).unwrap();
    assert_eq!(["T1", "T3"].map(|trade| &event(trade)["currency"]), ["CNY", "USD"]);
}

#[test]
fn other_currencies_and_names_like_accounts_are_refused() {
    let shop = two_currencies();
    for (row, code) in [
        (trade("T9", "1.00", "EUR", "0", "A"), "STORNO-CURRENCY"),
        (trade("T9", "1.00", "USD", "0", "USD"), "STORNO-PARTY-NAME"),
        (trade("T9", "1.00", "CNY", "0", "shop.USD"), "STORNO-PARTY-NAME"),
    ] {
        let file = shop.file("more.csv", format!("{TRADES}{row}"));
        shop.run(&["import", "trades", &file]).refused(code);
    }
    let file = shop.file("more.csv", format!("{TRADES}{}", trade("T9", "1.00", "CNY", "0", "shop.EUR")));
    shop.done(&["import", "trades", &file]);
    let case = shop.json(&["case", "open", "--trade", "T3"])["case_no"].as_str().unwrap().to_owned();
    let adjust =
        |lines: &[&str]| shop.run(&[&["stage", "adjust", "T3", "--case", &case, "--aside"], lines].concat());
    adjust(&["--debit", "1001.USD=1.00", "--credit", "2001.A=1.00"]).refused("STORNO-UNBALANCED");
    let staged = adjust(&["--debit", "1001.USD=1.00", "--credit", "2001.A.USD=1.00", "--json"]).json();
    assert_eq!(staged["staged"][0]["kind"], "adjust");
    adjust(&["--debit", "1001.USD=1.00", "--credit", "2001.A.USD.USD=1.00"]).refused("STORNO-PARTY-UNKNOWN");
    shop.run(&["init", &shop.path("x.db").display().to_string(), "--currency", "CNY,XXY"])
        .refused("STORNO-BAD-VALUE");
}

#[test]
fn money_of_another_currency_is_parked_and_limited_in_that_currency() {
    let shop = two_currencies();
    shop.done(&["post", "--due"]);
    let policy =
        shop.file("policy.toml", "approval_limit = \"500.00\"\n[approval_limits]\nUSD = \"39.99\"\n");
    shop.done(&["policy", "load", &policy, "--operator", "op9"]);
    let case =
        shop.json(&["case", "open", "--trade", "T4", "--plan"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["case", "submit", &case]);
    shop.run(&["case", "approve", &case, "--operator", "op2"]).refused("STORNO-APPROVAL-LIMIT");
    let park = shop.json(&["case", "open", "--trade", "T3"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["stage", "reverse", "V00004", "--case", &park]);
    shop.done(&["stage", "park", "T3", "--case", &park]);
    shop.agreed(&park);
    shop.done(&["commit", &park]);
    assert_eq!(shop.balance("2190.USD"), 3_000);
}

/// A trade in dollars that the old system booked in yuan: what lacks in dollars is told, not a difference.
#[test]
fn a_trade_booked_in_the_wrong_currency_is_told_in_its_own() {
    let shop = two_currencies();
    let booked = "voucher_no,line,trade_no,event,accounting_date,account,side,amount\n\
        J3,1,T3,captured,2018-09-12,1101.WECHAT,debit,210.00\nJ3,2,T3,captured,2018-09-12,2001.A,credit,210.00\n";
    shop.done(&["import", "journal", &shop.file("wrong.csv", booked)]);
    let found = shop.run(&["findings", "--trade", "T3", "--json"]).parsed();
    let wrong = &found[0];
    assert_eq!((&wrong["cause"], &wrong["currency"]), (&Value::from("wrong_amount"), &Value::from("USD")));
    let minors = ["expected_minor", "actual_minor", "amount_minor"].map(|name| wrong[name].as_i64());
    assert_eq!(minors, [Some(3_000), Some(0), Some(3_000)]);
    let case = shop.approved_case("T3");
    shop.done(&["commit", &case]);
    assert_eq!((shop.balance("2001.A"), shop.balance("2001.A.USD")), (30_000, 7_000));
    assert_eq!(shop.findings(&["--trade", "T3"]), []);
}

/// What a customer has spent in dollars is owed in dollars.
#[test]
fn a_floor_is_worked_around_in_its_own_currency() {
    let shop = two_currencies();
    let spent = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,currency\n\
        M1,1,,,2018-09-12,2001.A.USD,debit,70.00,\nM1,2,,,2018-09-12,1001,credit,70.00,USD\n";
    shop.done(&["import", "journal", &shop.file("spent.csv", spent)]);
    shop.done(&["post", "--due"]);
    assert_eq!((shop.balance("2001.A.USD"), shop.balance("1001.USD")), (0, -7_000));
    let case = shop.approved_case("T4");
    shop.done(&["commit", &case]);
    let accounts = ["1191.A.USD", "2001.A.USD", "2001.B.USD", "2001.A"];
    assert_eq!(accounts.map(|account| shop.balance(account)), [4_000, 0, 4_000, 30_000]);
    // What the older system booked without a trade stays told, and so does the debt.
    let left = [("T2", "wrong_account"), ("–", "unexplained"), ("–", "debt_open")];
    let mut left = left.map(|(trade, cause)| (trade.to_owned(), cause.to_owned())).to_vec();
    left.insert(1, no_statement());
    assert_eq!(shop.findings(&[]), left);
}

/// A wrong posting of an earlier year is taken to the prior-year account in its currency.
#[test]
fn an_earlier_year_is_corrected_in_its_own_currency() {
    let shop = two_currencies();
    shop.done(&["post", "--due"]);
    shop.done(&["day", "close", "2018-09-12"]);
    let later = "2019-01-03T10:00:00+08:00";
    let case = shop.json(&["case", "open", "--trade", "T4", "--plan", "--now", later]);
    let case = case["case_no"].as_str().unwrap().to_owned();
    shop.agreed_at(&case, later);
    shop.done(&["commit", &case, "--now", later]);
    let prior =
        shop.rows("SELECT account, currency, side FROM v_entry WHERE account LIKE '6901%' ORDER BY line");
    assert!(prior.contains("6901.USD") && !prior.contains("CNY"), "{prior}");
    assert_eq!(shop.balance("6901.USD"), 0);
}

/// A bill of the channel in dollars: one of our trades in yuan, and a payment that we do not have.
fn dollar_bill() -> String {
    let sample = std::fs::read_to_string(crate::support::data("wechat-trade-ALL-20180912.csv")).unwrap();
    let head = sample.lines().next().unwrap();
    let foot = sample.lines().find(|line| line.starts_with("总交易单数")).unwrap();
    let row = |reference: &str, amount: &str, fee: &str| {
        format!(
            "`2018-09-12 09:00:01,`wx8888888888888888,`1900000109,`0,`,`42{reference},`{reference},`oSYN,`JSAPI,`SUCCESS,\
             `OTHERS,`USD,`{amount},`0.00,`0,`0,`0.00,`0.00,`,`,`goods,`,`{fee}000,`0.60%,`{amount},`0.00,`"
        )
    };
    let (ours, unknown) = (row("RT2", "200.00", "1.20"), row("RX9", "5.00", "0.03"));
    format!("{head}\n{ours}\n{unknown}\n{foot}\n`2,`205.00,`0.00,`0.00,`1.23000,`205.00,`0.00\n")
}

#[test]
fn a_bill_in_another_currency_is_neither_matched_nor_added() {
    let shop = two_currencies();
    shop.done(&["post", "--due"]);
    let bill = shop.file("bill.csv", dollar_bill());
    shop.done(&["import", "bill", &bill]);
    let day = shop.run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json"]).parsed();
    let count = |currency: &str, recon: &str| {
        let of = in_currency(&day["counts"], currency);
        let row = of.into_iter().find(|row| row["recon"] == recon).unwrap();
        ["count", "ours_minor", "theirs_minor"].map(|name| row[name].as_i64().unwrap())
    };
    assert_eq!(count("CNY", "amount_diff"), [1, 20_000, 0]);
    assert_eq!(count("USD", "amount_diff"), [0, 0, 20_000]);
    assert_eq!(count("USD", "long"), [1, 0, 500]);
    let row = day["rows"].as_array().unwrap().iter().find(|row| row["trade_no"] == "T2").unwrap();
    assert_eq!((&row["currency"], &row["their_currency"]), (&Value::from("CNY"), &Value::from("USD")));

    let found = shop.run(&["findings", "--json"]).parsed();
    let found =
        |cause: &str| found.as_array().unwrap().iter().find(|row| row["cause"] == cause).unwrap().clone();
    let differs = found("amount_diff");
    assert_eq!((&differs["currency"], differs["amount_minor"].as_i64()), (&Value::from("CNY"), Some(20_000)));
    assert!(differs["detail"].as_str().unwrap().contains("200.00 USD"), "{differs}");
    let plan = shop.json(&["plan", differs["finding"].as_str().unwrap()]);
    assert_eq!(plan["steps"], serde_json::json!([]));
    let long = found("long");
    assert_eq!((&long["currency"], long["amount_minor"].as_i64()), (&Value::from("USD"), Some(500)));

    let case = shop.json(&["case", "open", "--note", "enquiry", "--reason", "unknown_origin"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.done(&["stage", "park", "--line", "WECHAT/RX9", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!((shop.balance("2190.USD"), shop.balance("1101.WECHAT.USD")), (500, 7_455));
}

/// Returns the line that has a word.
fn line_of<'t>(text: &'t str, word: &str) -> &'t str {
    text.lines().find(|line| line.split_whitespace().any(|cell| cell == word)).unwrap_or_else(|| {
        panic!("no {word}:\n{text}");
    })
}

#[test]
fn each_list_says_the_currency_of_a_row() {
    let shop = two_currencies();
    for (currency, trade) in [("CNY", "T1"), ("USD", "T3")] {
        let events = shop.done(&["events"]);
        assert!(line_of(&events, trade).contains(&format!("0.00  {currency}  ")), "{events}");
    }
    shop.done(&["post", "--due"]);
    let case =
        shop.json(&["case", "open", "--trade", "T4", "--plan"])["case_no"].as_str().unwrap().to_owned();
    for (words, row, cells) in [
        (vec!["trades"], "T4", "40.00  USD"),
        (vec!["trade", "T1"], "T1", "100.00  CNY"),
        (vec!["accounts"], "2001.A.USD", "70.00  USD"),
        (vec!["accounts"], "2001.A", "300.00  CNY"),
        (vec!["chain", "2001.A.USD"], "V00004", "USD          30.00    70.00"),
        (vec!["voucher", "V00004"], "2001.A.USD", "USD"),
        (vec!["preview", &case], "2001.B.USD", "USD"),
    ] {
        let text = shop.done(&words);
        assert!(line_of(&text, row).contains(cells), "{text}");
        assert!(text.contains("  CUR"), "{text}");
    }
    let found = shop.run(&["findings"]).out;
    assert!(line_of(&found, "wrong_account/T4/captured").contains("40.00  USD"), "{found}");
    for (finding, amount) in
        [("wrong_account/T2/captured", "200.00 CNY"), ("wrong_account/T4/captured", "40.00 USD")]
    {
        assert!(line_of(&found, finding).ends_with(amount), "{found}");
    }
    let statement = shop.done(&["statement", "A", "--from", "2018-09-12", "--to", "2018-09-12"]);
    let sections: Vec<_> = statement.split("\n\n").filter(|part| part.contains("OPENING")).collect();
    assert_eq!(sections.len(), 2, "{statement}");
    assert!(sections[0].starts_with("CNY\n") && sections[1].starts_with("USD\n"), "{statement}");
    let preview = shop.json(&["preview", &case]);
    for rows in ["entries", "balances", "turnover"] {
        let rows = preview[rows].as_array().unwrap();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["currency"] == "USD"), "{rows:?}");
    }
}

#[test]
fn a_list_of_one_currency_has_no_column_for_it() {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home()]);
    let file = shop.file("trades.csv", format!("{TRADES}{}", trade("T1", "100.00", "CNY", "0.60", "A")));
    shop.done(&["import", "trades", &file]);
    for words in [&["trades"][..], &["accounts"], &["events"]] {
        let text = shop.done(words);
        assert!(!text.contains("CUR"), "{text}");
    }
    assert_eq!(shop.json(&["events"])["rows"][0]["currency"], "CNY");
}

#[test]
fn a_refusal_says_the_currency_of_its_amounts() {
    let shop = two_currencies();
    shop.done(&["post", "--due"]);
    let policy =
        shop.file("policy.toml", "approval_limit = \"500.00\"\n[approval_limits]\nUSD = \"39.99\"\n");
    shop.done(&["policy", "load", &policy, "--operator", "op9"]);
    let case =
        shop.json(&["case", "open", "--trade", "T4", "--plan"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["case", "submit", &case]);
    let refused = shop.run(&["case", "approve", &case, "--operator", "op2"]);
    assert!(refused.refused("STORNO-APPROVAL-LIMIT").err.contains("39.99 USD"), "{refused:?}");
    let case = shop.json(&["case", "open", "--trade", "T3"])["case_no"].as_str().unwrap().to_owned();
    let take = ["--debit", "2001.A.USD=90.00", "--credit", "1001.USD=90.00", "--aside"];
    let refused = shop.run(&[&["stage", "adjust", "T3", "--case", &case][..], &take].concat());
    let said = &refused.refused("STORNO-FLOOR").err;
    assert!(said.contains("70.00 USD → -20.00 USD, floor 0.00 USD"), "{said}");
}
