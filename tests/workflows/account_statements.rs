//! Statements of accounts at banks and channels: imported a day at a time, replaced, withdrawn, and the books' account
//! beside them.

use crate::support::place::Place;
use crate::support::{Ran, Shop, data};
use serde_json::Value;

const ACCOUNT: [&str; 4] = ["--account", "1101.WECHAT", "--number", "1900000109"];

/// Imports a file of the account, days after the last of its days.
fn import(shop: &Shop, file: &str) -> Value {
    let later = ["--now", "2018-09-15T12:00:00+08:00"];
    shop.json(&[&["import", "account", file], ACCOUNT.as_slice(), later.as_slice()].concat())
}

fn fund_bill() -> String {
    std::fs::read_to_string(data("wechat-fundflow-20180912.csv")).unwrap()
}

/// The rows of a fund bill from balance 1,000.00, each `time in out kind text`, with its footer.
fn bill_of(rows: &[(&str, &str, i64, &str)]) -> String {
    let mut text = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\n"
        .to_owned();
    let yuan = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    let (mut balance, mut sums) = (100_000, [(0, 0), (0, 0)]);
    for (n, (time, kind, minor, reference)) in rows.iter().enumerate() {
        balance += minor;
        let side = usize::from(*minor < 0);
        sums[side] = (sums[side].0 + 1, sums[side].1 + minor.abs());
        let way = ["收入", "支出"][side];
        let (amount, balance) = (yuan(minor.abs()), yuan(balance));
        text.push_str(&format!(
            "`{time},`N{n},`F{n}{time},`{kind},`{kind},`{way},`{amount},`{balance},`system,`,`{reference}\n"
        ));
    }
    text.push_str("资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n");
    let [(ins, came), (outs, went)] = sums;
    text.push_str(&format!("`{},`{ins},`{},`{outs},`{}\n", rows.len(), yuan(came), yuan(went)));
    text
}

const TWO_DAYS: [(&str, &str, i64, &str); 4] = [
    ("2018-09-12 09:00:00", "交易", 10_000, "W1"),
    ("2018-09-12 09:00:00", "扣除交易手续费", -60, "W1"),
    ("2018-09-14 10:00:00", "交易", 5_000, "W2"),
    ("2018-09-14 10:00:00", "提现", -9_000, "P1"),
];

#[test]
fn every_cent_between_the_books_and_a_fund_bill_has_a_name() {
    let shop = Shop::sample();
    let taken = import(&shop, &data("wechat-fundflow-20180912.csv"));
    assert_eq!(
        (&taken["rows"], &taken["added"], &taken["account"]["days"]),
        (&13.into(), &13.into(), &1.into())
    );
    let found = shop.run(&["reconcile", "--account", "1101.WECHAT", "--json"]);
    assert_eq!(found.code, 1);
    let found = found.parsed();
    let day = &found["days"][0];
    let minor = |name: &str| day[name].as_i64().unwrap();
    assert_eq!((minor("their_opening_minor"), minor("their_closing_minor")), (100_000, 136_269));
    assert_eq!(minor("difference_minor"), minor("their_closing_minor") - minor("our_closing_minor"));
    assert_eq!(
        minor("difference_minor"),
        minor("at_start_minor") + minor("only_theirs_minor") - minor("only_ours_minor")
            + minor("in_transit_minor")
    );
    assert_eq!(minor("unexplained_minor"), 0);
    let open = found["open"].as_array().unwrap();
    let sum = |side: &str, name: &str| -> i64 {
        open.iter().filter(|one| one["side"] == side).map(|one| one[name].as_i64().unwrap()).sum()
    };
    assert_eq!(sum("theirs", "amount_minor"), minor("only_theirs_minor"));
    assert_eq!(sum("ours", "amount_minor"), minor("only_ours_minor"));
    // T0003 was paid and never booked: its payment and its fee are open, with file and line.
    let lost = open.iter().find(|one| one["reference"] == "SYN20180912W003").unwrap();
    assert_eq!((&lost["line"], &lost["amount_minor"]), (&6.into(), &8_888.into()));
    let text = shop.run(&["reconcile", "--account", "1101.WECHAT"]).out;
    assert!(text.contains("unexplained 0.00"), "{text}");
    assert!(text.contains("wechat-fundflow-20180912.csv:6"), "{text}");
}

#[test]
fn a_file_of_several_days_is_a_statement_a_day() {
    let shop = Shop::sample();
    let file = shop.file("fund.csv", bill_of(&TWO_DAYS));
    let taken = import(&shop, &file);
    assert_eq!(
        (&taken["account"]["from"], &taken["account"]["to"]),
        (&"2018-09-12".into(), &"2018-09-14".into())
    );
    let list = shop.json(&["account-statement", "list"]);
    let days: Vec<(&str, i64, i64, i64)> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let minor = |name: &str| row[name].as_i64().unwrap();
            (row["day"].as_str().unwrap(), minor("opening_minor"), minor("closing_minor"), minor("lines"))
        })
        .collect();
    let expected = [
        ("2018-09-14", 109_940, 105_940, 2),
        ("2018-09-13", 109_940, 109_940, 0),
        ("2018-09-12", 100_000, 109_940, 2),
    ];
    assert_eq!(days, expected);
    // The first day alone, in a file of its own, is known; so is the whole file.
    let first = shop.file("first.csv", bill_of(&TWO_DAYS[..2]));
    let again = import(&shop, &first);
    assert_eq!(
        (&again["already"], &again["added"], &again["account"]["days"]),
        (&2.into(), &0.into(), &0.into())
    );
    assert!(!import(&shop, &file)["imported_before"].is_null());
}

#[test]
fn a_day_that_lacks_a_line_takes_a_reason() {
    let shop = Shop::sample();
    let file = shop.file("fund.csv", bill_of(&TWO_DAYS));
    import(&shop, &file);
    let mut other = TWO_DAYS;
    other[3].2 = -8_000;
    let other = shop.file("other.csv", bill_of(&other));
    let later = ["--now", "2018-09-15T12:00:00+08:00"];
    let with = |more: &[&str]| {
        shop.run(&[&["import", "account", &other], ACCOUNT.as_slice(), later.as_slice(), more].concat())
    };
    let said = with(&[]);
    let err = &said.refused("STORNO-BILL-CONFLICT").err;
    assert!(
        err.contains("2018-09-14") && err.contains("1 rows added, 1 gone") && err.contains("-90.00 提现"),
        "{err}"
    );
    assert_eq!(shop.json(&["account-statement", "list"]).as_array().unwrap().len(), 3, "nothing was taken");
    assert_eq!(with(&["--supersede", "--reason", "the bank sent it again"]).code, 0);
    let all = shop.json(&["account-statement", "list", "--all"]);
    let ended: Vec<(&str, &str)> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["state"] != "standing")
        .map(|row| (row["day"].as_str().unwrap(), row["changed"]["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(ended, [("2018-09-14", "the bank sent it again")], "only the day that differs was replaced");
}

#[test]
fn a_longer_file_of_a_day_extends_it() {
    let shop = Shop::sample();
    import(&shop, &shop.file("noon.csv", bill_of(&TWO_DAYS[..1])));
    let taken = import(&shop, &shop.file("evening.csv", bill_of(&TWO_DAYS[..2])));
    assert_eq!((&taken["extends"], &taken["replaces"][0]["file"]), (&true.into(), &"noon.csv".into()));
    let list = shop.json(&["account-statement", "list"]);
    assert_eq!((&list[0]["lines"], &list[0]["file"]), (&2.into(), &"evening.csv".into()));
}

#[test]
fn a_missing_day_and_a_balance_that_does_not_go_on_are_told() {
    let shop = Shop::sample();
    import(&shop, &shop.file("first.csv", bill_of(&TWO_DAYS[..2])));
    let later = bill_of(&[("2018-09-14 10:00:00", "交易", 5_000, "W2")]);
    import(&shop, &shop.file("later.csv", later));
    let found = shop.run(&["reconcile", "--account", "1101.WECHAT", "--json"]).parsed();
    let gaps: Vec<&Value> = found["days"].as_array().unwrap().iter().map(|day| &day["gap"]).collect();
    assert_eq!(gaps, [&Value::Null, &"missing".into(), &"balance".into()]);
    // From 1,099.40 to 1,000.00 nobody knows why.
    assert_eq!(found["days"][2]["unexplained_minor"], -9_940);
    assert_eq!(found["differs"], true);
}

#[test]
fn a_day_on_which_the_bank_is_closed_is_no_gap() {
    let shop = Shop::sample();
    let friday = bill_of(&TWO_DAYS[..1]);
    let monday = bill_of(&[("2018-09-15 10:00:00", "交易", 5_000, "W2")]).replace("`1050.00", "`1150.00");
    import(&shop, &shop.file("friday.csv", friday));
    let late = ["--now", "2018-09-17T12:00:00+08:00"];
    let later = shop.file("monday.csv", monday);
    shop.json(&[&["import", "account", &later], ACCOUNT.as_slice(), late.as_slice()].concat());
    let found = shop.run(&["reconcile", "--account", "1101.WECHAT", "--json"]).parsed();
    let days = found["days"].as_array().unwrap();
    assert_eq!(days.len(), 4);
    assert!(days.iter().all(|day| day["gap"].is_null() && day["unexplained_minor"] == 0), "{found}");
}

#[test]
fn a_statement_of_a_day_to_come_is_refused_and_that_of_the_running_day_ends_now() {
    let shop = Shop::sample();
    let file = shop.file("fund.csv", bill_of(&TWO_DAYS));
    let with =
        |now: &str| shop.run(&[&["import", "account", &file, "--now", now], ACCOUNT.as_slice()].concat());
    let said = with("2018-09-13T12:00:00+08:00");
    assert!(said.refused("STORNO-BAD-FILE").err.contains("2018-09-14"), "{said:?}");
    assert_eq!(with("2018-09-14T12:00:00+08:00").code, 0);
    let list = shop.json(&["account-statement", "list"]);
    assert_eq!((&list[0]["until"], &list[1]["until"]), (&"2018-09-14T12:00:00+08:00".into(), &Value::Null));
}

#[test]
fn the_account_is_named_once_and_never_another() {
    let shop = Shop::sample();
    let fund = shop.file("fund.csv", bill_of(&TWO_DAYS[..2]));
    let said = shop.run(&["import", "account", &fund]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("--account CODE"), "{said:?}");
    let said = shop.run(&["import", "account", &fund, "--account", "1101.NOWHERE"]);
    said.refused("STORNO-NOT-FOUND");
    import(&shop, &fund);
    let next = shop.file("next.csv", bill_of(&TWO_DAYS[2..]));
    let said = shop.run(&["import", "account", &next, "--account", "1101.ALIPAY", "--number", "1900000109"]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("1101.WECHAT"), "{said:?}");
    let late = ["--now", "2018-09-15T12:00:00+08:00"];
    let again = [&["import", "account", &next, "--number", "1900000109"], late.as_slice()].concat();
    let taken = shop.json(&again);
    assert_eq!(taken["account"]["accounts"][0], "1101.WECHAT");
    let said = shop.run(&["import", "bill", &next]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("import account"), "{said:?}");
}

#[test]
fn a_withdrawn_statement_counts_no_more_and_may_come_again() {
    let shop = Shop::sample();
    let file = shop.file("fund.csv", fund_bill());
    import(&shop, &file);
    let taken = shop.json(&["account-statement", "withdraw", "1", "--reason", "of another account"]);
    assert_eq!(taken["statement"]["state"], "withdrawn");
    assert_eq!(shop.json(&["account-statement", "list"]).as_array().unwrap().len(), 0);
    shop.run(&["reconcile", "--account", "1101.WECHAT"]).refused("STORNO-NOT-FOUND");
    assert_eq!(import(&shop, &file)["added"], 13);
    let shown = shop.json(&["account-statement", "show", "2"]);
    assert_eq!(
        (&shown["statement"]["state"], shown["rows"].as_array().unwrap().len()),
        (&"standing".into(), 13)
    );
}

#[test]
fn a_file_of_two_accounts_is_imported_one_by_one_until_both_are_known() {
    let shop = Shop::sample();
    let text = std::fs::read_to_string(data("bank-mt940-20180912.sta")).unwrap().replace("EUR", "CNY");
    let other = text.replace("0001234567", "0007654321");
    let both = shop.file("both.sta", format!("{text}{other}"));
    let said = shop.run(&["import", "account", &both, "--account", "1001"]);
    let err = &said.refused("STORNO-BAD-FILE").err;
    assert!(
        err.contains("0001234567") && err.contains("0007654321") && err.contains("--number NUMBER"),
        "{err}"
    );
    let first =
        shop.json(&["import", "account", &both, "--account", "1001", "--number", "10000000/0001234567"]);
    assert_eq!(first["rows"], 4);
    let said = shop.run(&["import", "account", &both]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("0007654321"), "{said:?}");
    let said = shop.run(&["import", "account", &both, "--number", "999"]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("0007654321"), "{said:?}");
    let second =
        shop.json(&["import", "account", &both, "--account", "2101", "--number", "10000000/0007654321"]);
    assert_eq!(second["account"]["accounts"][0], "2101");
    let again = shop.json(&["import", "account", &both]);
    assert_eq!((&again["already"], &again["account"]["days"]), (&8.into(), &0.into()));
    assert!(!again["imported_before"].is_null());
}

#[test]
fn money_that_nobody_knows_is_in_transit_once_a_case_has_put_it_into_suspense() {
    let shop = Shop::sample();
    import(&shop, &data("wechat-fundflow-20180912.csv"));
    let found = || shop.run(&["reconcile", "--account", "1101.WECHAT", "--json"]).parsed();
    let minor = |found: &Value, name: &str| found["days"][0][name].as_i64().unwrap();
    let before = found();
    shop.done(&["case", "open", "--note", "fund bill of 12 September"]);
    shop.done(&[
        "stage",
        "park",
        "--debit",
        "1101.WECHAT=88.88",
        "--credit",
        "2190=88.88",
        "--case",
        "C0001",
    ]);
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    let after = found();
    assert_eq!(minor(&after, "only_theirs_minor"), minor(&before, "only_theirs_minor") - 8_888);
    assert_eq!(minor(&after, "in_transit_minor"), minor(&before, "in_transit_minor") + 8_888);
    assert_eq!((minor(&after, "unexplained_minor"), after["days"].as_array().unwrap().len()), (0, 1));
    let later = shop.run(&["reconcile", "--account", "1101.WECHAT", "--to", "2018-09-13", "--json"]).parsed();
    assert_eq!(later["days"][1]["in_transit_minor"], 0, "answered on the day after");
}

#[test]
fn an_entry_from_before_the_first_statement_was_in_transit_if_a_line_answers_it() {
    let shop = Shop::sample();
    let lines = [
        ("2018-09-13 09:00:00", "交易", 10_000, "SYN20180912W001"),
        ("2018-09-13 09:00:00", "扣除交易手续费", -60, "SYN20180912W001"),
    ];
    import(&shop, &shop.file("fund.csv", bill_of(&lines)));
    let found = shop.run(&["reconcile", "--account", "1101.WECHAT", "--json"]).parsed();
    let day = &found["days"][0];
    let minor = |name: &str| day[name].as_i64().unwrap();
    // Theirs began at 1,000.00; 99.40 of ours were on their way then.
    assert_eq!(minor("at_start_minor"), 100_000 - minor("our_opening_minor") + 9_940);
    assert_eq!((minor("in_transit_minor"), minor("unexplained_minor")), (0, 0));
    let open = found["open"].as_array().unwrap();
    assert!(open.iter().all(|open| open["voucher_no"] == "J00004"), "only the other trade is open: {open:?}");
}

#[test]
fn a_parked_line_and_what_clears_it_answer_the_lines_of_the_account() {
    let shop = Shop::sample();
    let plain = "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time\n\
                 WECHAT,2018-09-12,pay,W77,,N77,100.00,CNY,0.60,SUCCESS,2018-09-12 09:00:00\n\
                 total,1,100.00,0.00,0.60,end\n";
    let plain = plain.replace("WECHAT,", "UNIONPAY,");
    shop.done(&["import", "bill", &shop.file("bill.csv", plain)]);
    shop.done(&["case", "open", "--note", "money of the channel"]);
    shop.done(&["stage", "park", "--line", "UNIONPAY/W77", "--case", "C0001"]);
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    let account = shop.text(
        "SELECT account FROM v_entry WHERE voucher_no = (SELECT max(voucher_no) FROM v_voucher) LIMIT 1",
    );
    let lines = [
        ("2018-09-01 09:00:00", "交易", 10_000, "W77"),
        ("2018-09-01 09:00:00", "扣除交易手续费", -60, "W77"),
    ];
    let file = shop.file("fund.csv", bill_of(&lines));
    shop.done(&[
        "import",
        "account",
        &file,
        "--account",
        &account,
        "--number",
        "1",
        "--now",
        "2018-09-15T12:00:00+08:00",
    ]);
    let found = shop.run(&["reconcile", "--account", &account, "--json"]).parsed();
    assert_eq!(found["matched"][0]["key"], "reference", "{found}");
    assert_eq!(
        (&found["matched"][0]["lines"], found["open"].as_array().unwrap().len()),
        (&2.into(), 0),
        "{found}"
    );
}

/// Imports a file of the account as somebody.
fn import_as(shop: &Shop, file: &str, operator: &str, more: &[&str]) -> Value {
    let by = ["--now", "2018-09-15T12:00:00+08:00", "--operator", operator];
    shop.json(&[&["import", "account", file], ACCOUNT.as_slice(), by.as_slice(), more].concat())
}

const BECAUSE: [&str; 3] = ["--supersede", "--reason", "the bank sent it again"];

#[test]
fn with_four_eyes_a_statement_from_whose_balance_the_next_goes_on_is_replaced_by_two_people() {
    let shop = Shop::sample();
    import(&shop, &shop.file("fund.csv", bill_of(&TWO_DAYS)));
    let mut other = TWO_DAYS;
    other[0].2 = 9_000;
    let other = shop.file("other.csv", bill_of(&other));
    let later = ["--now", "2018-09-15T12:00:00+08:00"];
    let said = shop.run(&[&["import", "account", &other], ACCOUNT.as_slice(), &later].concat());
    let err = &said.refused("STORNO-BILL-CONFLICT").err;
    assert!(err.contains("the balance forward of 2018-09-13"), "{err}");
    let asked = import_as(&shop, &other, "op1", &BECAUSE);
    assert_eq!(
        (&asked["held"], &asked["added"], &asked["account"]["days"]),
        (&true.into(), &0.into(), &0.into())
    );
    let shakes = &asked["differences"]["shakes"];
    assert_eq!(shakes["later_days"], serde_json::json!(["2018-09-13", "2018-09-14"]), "{asked}");
    assert_eq!(shakes["needs_two"], true);
    let list = shop.json(&["account-statement", "list"]);
    assert_eq!((&list[2]["file"], &list[2]["closing_minor"]), (&"fund.csv".into(), &109_940.into()));
    assert_eq!(list[2]["proposed"]["file"], "other.csv");
    let told = shop.done(&["account-statement", "list"]);
    assert!(told.contains("op1 proposes other.csv in its place: the bank sent it again"), "{told}");
    let alone = [&["import", "account", &other], ACCOUNT.as_slice(), &later, &BECAUSE].concat();
    shop.run(&alone).refused("STORNO-FOUR-EYES");
    let taken = import_as(&shop, &other, "op2", &BECAUSE);
    assert_eq!((&taken["held"], &taken["account"]["days"]), (&false.into(), &3.into()), "{taken}");
    let list = shop.json(&["account-statement", "list"]);
    assert_eq!((&list[2]["file"], &list[2]["closing_minor"]), (&"other.csv".into(), &108_940.into()));
    shop.verified();
}

#[test]
fn with_four_eyes_a_statement_that_something_rests_on_is_withdrawn_and_comes_back_by_two_people() {
    let shop = Shop::sample();
    let file = shop.file("fund.csv", bill_of(&TWO_DAYS));
    import(&shop, &file);
    let first = shop.done(&["account-statement", "show", "1"]);
    assert!(first.contains("Something rests on it; the balance forward of 2018-09-13"), "{first}");
    let withdraw = |operator: &str, id: &str| {
        shop.run(&[
            "account-statement",
            "withdraw",
            id,
            "--reason",
            "of another account",
            "--operator",
            operator,
            "--json",
        ])
    };
    let asked = withdraw("op1", "1").parsed();
    assert_eq!(
        (&asked["statement"]["state"], &asked["statement"]["proposed"]["operator"]),
        (&"standing".into(), &"op1".into())
    );
    withdraw("op1", "1").refused("STORNO-FOUR-EYES");
    assert_eq!(withdraw("op2", "1").parsed()["statement"]["state"], "withdrawn");
    assert_eq!(withdraw("op1", "3").parsed()["statement"]["state"], "withdrawn", "nothing rests on the last");
    assert_eq!(import_as(&shop, &file, "op2", &[])["held"], true, "two people withdrew the first day");
    assert_eq!(shop.json(&["account-statement", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(import_as(&shop, &file, "op1", &[])["account"]["days"], 2);
    shop.verified();
}

#[test]
fn a_statement_that_a_case_rests_on_is_withdrawn_by_two_people() {
    let shop = Shop::sample();
    import(&shop, &data("wechat-fundflow-20180912.csv"));
    let case = shop.approved_case("T0003");
    shop.done(&["commit", &case]);
    let shown = shop.json(&["account-statement", "show", "1"]);
    assert_eq!(shown["rests"]["cases"], serde_json::json!([case]), "{shown}");
    let asked = shop.json(&["account-statement", "withdraw", "1", "--reason", "x"]);
    assert_eq!(asked["statement"]["state"], "standing");
    let ended = shop.json(&["account-statement", "withdraw", "1", "--reason", "x", "--operator", "op2"]);
    assert_eq!(ended["statement"]["state"], "withdrawn");
}

/// A line whose amount was changed behind the guards' back was not found.
#[test]
fn verify_names_an_account_statement_that_is_not_as_it_was_taken() {
    let changes = [
        (
            "account_line_no_update",
            "UPDATE account_line SET amount_minor = 1 WHERE statement = 3 AND n = 1",
            "account_lines",
        ),
        ("account_line_no_delete", "DELETE FROM account_line WHERE statement = 3 AND n = 2", "account_lines"),
        (
            "account_line_no_update",
            "UPDATE account_line SET n = 7 WHERE statement = 3 AND n = 2",
            "account_lines",
        ),
        (
            "account_statement_no_update",
            "PRAGMA ignore_check_constraints = 1; UPDATE account_statement SET closing_minor = 1 WHERE id = 3",
            "account_balance",
        ),
        (
            "account_statement_no_update",
            "UPDATE account_statement SET day = '2018-09-13' WHERE id = 3",
            "account_twice",
        ),
        ("account_statement_no_delete", "DELETE FROM account_statement WHERE id = 2", "account_end"),
    ];
    for (guard, change, check) in changes {
        let shop = Shop::sample_at(Place::File);
        import(&shop, &shop.file("fund.csv", bill_of(&TWO_DAYS)));
        shop.verified();
        shop.execute(&format!("DROP TRIGGER {guard}; {change}"));
        let found = shop.run(&["verify", "--json"]);
        assert_eq!(found.code, 1, "{change}");
        let problems = found.parsed()["problems"].clone();
        let named = problems.as_array().unwrap().iter().any(|problem| problem["check"] == check);
        assert!(named, "{change}: {problems}");
    }
}

/// Imports a bank's file into the bank account.
fn bank(shop: &Shop, file: &str, more: &[&str]) -> Ran {
    shop.run(&[&["import", "account", file, "--account", "1001", "--json"], more].concat())
}

/// A statement in MT940: number, balance forward with its day, bookings, closing balance with its day.
fn mt940(number: &str, opening: (&str, i64), lines: &[(&str, i64)], closing_day: &str) -> String {
    let yuan = |minor: i64| format!("{},{:02}", minor / 100, minor % 100);
    let mut text =
        format!(":20:X\n:25:0001234567\n:28C:{number}\n:60F:C{}CNY{}\n", opening.0, yuan(opening.1));
    for (day, minor) in lines {
        let mark = if *minor < 0 { "D" } else { "C" };
        text.push_str(&format!(
            ":61:{day}{}{mark}{}NTRFNONREF//B{day}{minor}\n",
            &day[2..],
            yuan(minor.abs())
        ));
    }
    let sum: i64 = lines.iter().map(|(_, minor)| minor).sum();
    text.push_str(&format!(":62F:C{closing_day}CNY{}\n-\n", yuan(opening.1 + sum)));
    text
}

/// The day of the closing balance was left out if nothing was booked on it.
#[test]
fn the_quiet_last_day_of_a_bank_statement_is_a_statement_without_movements() {
    let shop = Shop::sample();
    let text = mt940("1", ("180910", 10_000), &[("180911", 5_000)], "180912");
    let taken = bank(&shop, &shop.file("quiet.sta", text), &[]).parsed();
    assert_eq!(
        (&taken["account"]["from"], &taken["account"]["to"]),
        (&"2018-09-11".into(), &"2018-09-12".into())
    );
    let list = shop.json(&["account-statement", "list"]);
    assert_eq!((&list[0]["lines"], &list[0]["closing_minor"]), (&0.into(), &15_000.into()));
}

#[test]
fn a_lone_page_of_a_bank_statement_is_refused_with_what_is_missing() {
    let shop = Shop::sample();
    let page = mt940("1/1", ("180910", 10_000), &[("180911", 5_000)], "180911").replace(":62F:", ":62M:");
    let said = bank(&shop, &shop.file("page.sta", page), &[]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("62M"), "{said:?}");
}

#[test]
fn a_line_of_an_xml_statement_is_traced_to_the_line_of_the_file() {
    let shop = Shop::sample();
    let text = std::fs::read_to_string(data("bank-camt053-20180912.xml")).unwrap();
    let (euros, _) = text.split_once("<Stmt><Id>2018-09-12/2").unwrap();
    let text = format!("{euros}</BkToCstmrStmt>\n</Document>\n").replace("EUR", "CNY");
    let taken = bank(&shop, &shop.file("bank.xml", text), &[]);
    assert_eq!(taken.code, 0, "{taken:?}");
    let shown = shop.run(&["reconcile", "--account", "1001"]).out;
    assert!(shown.contains("bank.xml:10") && shown.contains("bank.xml:26"), "{shown}");
}

#[test]
fn a_row_behind_the_end_that_an_account_detail_states_is_refused() {
    let shop = Shop::sample();
    let gbk = std::fs::read(data("alipay-account-detail-20180912.gbk.csv")).unwrap();
    let text = gbk
        .iter()
        .map(|byte| char::from(*byte))
        .collect::<String>()
        .replace("2018-09-12 14:00:00", "2018-09-13 00:00:01");
    let path = shop.path("late.csv");
    std::fs::write(&path, text.chars().map(|c| c as u8).collect::<Vec<u8>>()).unwrap();
    let said = shop.run(&["import", "account", path.to_str().unwrap(), "--account", "1101.WECHAT"]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("late.csv:10"), "{said:?}");
}

/// A statement of our own form that ends at an hour of 11 September, with a line for each text.
fn until(hour: &str, texts: &[&str]) -> String {
    let mut text = "account,currency,from,to,until,day,amount,kind,text\n".to_owned();
    for line in texts {
        text.push_str(&format!(
            "B1,CNY,2018-09-11,2018-09-11,2018-09-11 {hour},2018-09-11,10.00,payment,{line}\n"
        ));
    }
    text.push_str(&format!("total,{},{}0.00,0.00,,,end\n", texts.len(), texts.len()));
    text
}

/// An interim report with one more line took the place of one that reaches further.
#[test]
fn a_report_that_ends_earlier_does_not_take_the_place_of_a_longer_one_by_one_more_line() {
    let shop = Shop::sample();
    let file = |name: &str, hour: &str, texts: &[&str]| shop.file(name, until(hour, texts));
    assert_eq!(bank(&shop, &file("long.csv", "18:00:00", &["A", "B"]), &[]).code, 0);
    let said = bank(&shop, &file("short.csv", "12:00:00", &["A", "B", "C"]), &[]);
    let err = &said.refused("STORNO-BILL-CONFLICT").err;
    assert!(
        err.contains("1 rows added, 0 gone") && err.contains("18:00:00") && err.contains("12:00:00"),
        "{err}"
    );
    let said = bank(&shop, &file("other.csv", "12:00:00", &["A", "C"]), &[]);
    assert!(said.refused("STORNO-BILL-CONFLICT").err.contains("1 gone"), "{said:?}");
    let taken = bank(&shop, &file("longer.csv", "20:00:00", &["A", "B", "C"]), &[]).parsed();
    assert_eq!((&taken["extends"], &taken["replaces"][0]["file"]), (&true.into(), &"long.csv".into()));
}

/// A day with the same lines from another balance forward took the place of the one that stands.
#[test]
fn another_balance_forward_of_the_same_day_is_a_conflict() {
    let shop = Shop::sample();
    import(&shop, &shop.file("fund.csv", bill_of(&TWO_DAYS[..1])));
    let other = bill_of(&TWO_DAYS[..1]).replace("`1100.00", "`2100.00");
    let other = shop.file("other.csv", other);
    let said = shop.run(&[&["import", "account", &other], ACCOUNT.as_slice()].concat());
    let err = &said.refused("STORNO-BILL-CONFLICT").err;
    assert!(err.contains("1000.00") && err.contains("2000.00"), "{err}");
}

#[test]
fn a_day_without_movements_of_a_fund_bill_is_told() {
    let shop = Shop::sample();
    let quiet = shop.file("quiet.csv", bill_of(&[]));
    let with = |file: &str, more: &[&str]| {
        let late = ["--now", "2018-09-15T12:00:00+08:00", "--json"];
        shop.run(&[&["import", "account", file], ACCOUNT.as_slice(), more, late.as_slice()].concat())
    };
    assert!(with(&quiet, &[]).refused("STORNO-BAD-FILE").err.contains("--day DAY"));
    for day in ["2018-09-13", "2018-09-14"] {
        let taken = with(&quiet, &["--day", day]).parsed();
        assert_eq!((&taken["account"]["from"], &taken["account"]["days"]), (&day.into(), &1.into()));
    }
    assert_eq!(with(&quiet, &["--day", "2018-09-14"]).parsed()["account"]["days"], 0);
    let busy = shop.file("busy.csv", bill_of(&TWO_DAYS[..2]));
    let said = with(&busy, &["--day", "2018-09-11"]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("2018-09-12"), "{said:?}");
    assert_eq!(with(&busy, &["--day", "2018-09-12"]).code, 0);
}

#[test]
fn an_account_gets_its_first_statement_before_its_first_posting() {
    let shop = Shop::empty();
    let file = shop.file("fund.csv", bill_of(&TWO_DAYS));
    let into = |account: &str| {
        let late = ["--now", "2018-09-15T12:00:00+08:00"];
        shop.run(
            &[&["import", "account", &file, "--account", account, "--number", "1"], late.as_slice()].concat(),
        )
    };
    into("1101.NOWHERE").refused("STORNO-NOT-FOUND");
    into("9999.X").refused("STORNO-NOT-FOUND");
    for party in ["2001.A", "2002.M001"] {
        let said = into(party);
        assert!(said.refused("STORNO-BAD-FILE").err.contains(party), "{said:?}");
    }
    assert_eq!(into("1101.WECHAT").code, 0);
    let found = shop.run(&["reconcile", "--account", "1101.WECHAT", "--json"]).parsed();
    assert_eq!(found["days"][2]["their_closing_minor"], 105_940);
    shop.verified();
}

#[test]
fn without_four_eyes_one_person_withdraws_a_statement_that_something_rests_on() {
    let shop = Shop::at(Place::of_this_run());
    let policy = shop.file("policy.toml", "four_eyes = false\n");
    shop.done(&["init", &shop.home(), "--policy", &policy]);
    import(&shop, &shop.file("fund.csv", bill_of(&TWO_DAYS)));
    let ended = shop.json(&["account-statement", "withdraw", "1", "--reason", "of another account"]);
    assert_eq!(ended["statement"]["state"], "withdrawn");
}

/// A gap between two statements was told by `reconcile --account` alone.
#[test]
fn statements_that_do_not_go_on_are_a_finding_until_the_missing_one_comes() {
    let shop = Shop::sample();
    let import =
        |name: &str, text: String| assert_eq!(bank(&shop, &shop.file(name, text), &[]).code, 0, "{name}");
    let found = || -> Vec<String> {
        let rows = shop.run(&["findings", "--cause", "statement_gap", "--json"]).parsed();
        rows.as_array().unwrap().iter().map(|one| one["finding"].as_str().unwrap().to_owned()).collect()
    };
    import("8.sta", mt940("8", ("180907", 10_000), &[("180908", 5_000)], "180908"));
    import("10.sta", mt940("10", ("180909", 17_000), &[("180910", 1_000)], "180910"));
    assert_eq!(found(), ["statement_gap//1001/2018-09-10/0001234567"]);
    let one = &shop.run(&["findings", "--cause", "statement_gap", "--json"]).parsed()[0];
    assert_eq!(
        (&one["account"], &one["expected_minor"], &one["actual_minor"], &one["amount_minor"]),
        (&"1001".into(), &15_000.into(), &17_000.into(), &2_000.into())
    );
    let detail = one["detail"].as_str().unwrap();
    assert!(
        detail.contains("170.00") && detail.contains("150.00") && detail.contains("statement 10 after 8"),
        "{detail}"
    );
    let plan = shop.json(&["plan", "statement_gap//1001/2018-09-10/0001234567"]);
    assert!(plan["why"].as_str().is_some_and(|why| why.contains("import account FILE")), "{plan}");
    // A number that skips, and days without a statement, are no gap if the balance goes on.
    import("12.sta", mt940("12", ("180910", 18_000), &[("180911", 500)], "180911"));
    assert_eq!(found().len(), 1);
    import("9.sta", mt940("9", ("180908", 15_000), &[("180909", 2_000)], "180909"));
    assert_eq!(found(), Vec::<String>::new());
    // Withdrawing what lies between is a gap again.
    shop.done(&["account-statement", "withdraw", "4", "--reason", "x"]);
    shop.done(&["account-statement", "withdraw", "4", "--reason", "x", "--operator", "op2"]);
    assert_eq!(found(), ["statement_gap//1001/2018-09-10/0001234567"]);
    shop.done(&["verify", "--findings"]);
}

/// The second statement of a day was a conflict with the first one.
#[test]
fn the_next_statement_of_a_day_in_a_file_of_its_own_goes_on_from_the_first() {
    let shop = Shop::sample();
    let first = shop
        .file("first.sta", mt940("1", ("180910", 10_000), &[("180911", 5_000), ("180911", 700)], "180911"));
    let second = shop.file("second.sta", mt940("2", ("180911", 15_700), &[("180911", -300)], "180911"));
    let third = shop.file("third.sta", mt940("3", ("180911", 15_400), &[("180911", 700)], "180911"));
    assert_eq!(bank(&shop, &first, &[]).code, 0);
    let taken = bank(&shop, &second, &[]).parsed();
    assert_eq!(
        (&taken["extends"], &taken["added"], &taken["replaces"][0]["file"]),
        (&true.into(), &1.into(), &"first.sta".into())
    );
    assert_eq!(bank(&shop, &third, &[]).code, 0, "one of its lines is as one of the first");
    let list = shop.json(&["account-statement", "list"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(
        (&list[0]["opening_minor"], &list[0]["closing_minor"], &list[0]["lines"]),
        (&10_000.into(), &16_100.into(), &4.into())
    );
    let shown = shop.json(&["account-statement", "show", "3"]);
    let parts: Vec<(i64, &str)> = shown["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["upto"].as_i64().unwrap(), part["file"].as_str().unwrap()))
        .collect();
    assert_eq!(parts, [(2, "first.sta"), (3, "second.sta")]);
    assert!(shop.done(&["account-statement", "show", "3"]).contains("places 3 to 3 are of second.sta"));
    // Each line leads to its own file.
    let told = shop.run(&["reconcile", "--account", "1001"]).out;
    for place in ["first.sta:5", "first.sta:6", "second.sta:5", "third.sta:5"] {
        assert!(told.contains(place), "{place}: {told}");
    }
    for file in [&first, &second, &third] {
        let again = bank(&shop, file, &[]).parsed();
        assert_eq!((&again["added"], &again["account"]["days"]), (&0.into(), &0.into()), "{again}");
    }
    let other = shop.file("other.sta", mt940("4", ("180911", 15_900), &[("180911", -300)], "180911"));
    bank(&shop, &other, &[]).refused("STORNO-BILL-CONFLICT");
    shop.verified();
}

#[test]
fn with_four_eyes_the_account_statement_of_a_closed_day_is_extended_or_withdrawn_by_two_people() {
    let shop = Shop::empty();
    import(&shop, &shop.file("first.csv", bill_of(&TWO_DAYS[..1])));
    shop.done(&["day", "open", "2018-09-12"]);
    shop.done(&["day", "close", "2018-09-12"]);
    let longer = shop.file("longer.csv", bill_of(&TWO_DAYS[..2]));
    let asked = import_as(&shop, &longer, "op1", &[]);
    assert_eq!((&asked["held"], &asked["extends"]), (&true.into(), &true.into()));
    assert_eq!(asked["differences"]["shakes"]["closed_day"], "2018-09-12");
    let taken = import_as(&shop, &longer, "op2", &[]);
    assert_eq!((&taken["held"], &taken["account"]["days"]), (&false.into(), &1.into()));
    let withdraw = |operator: &str| {
        let ended = ["account-statement", "withdraw", "2", "--reason", "x", "--operator", operator];
        shop.json(&ended)["statement"]["state"].clone()
    };
    assert_eq!((withdraw("op1"), withdraw("op2")), ("standing".into(), "withdrawn".into()));
    shop.verified();
}
