//! Journals of a ledger that is the books: taken through a case, by two people.

use crate::support::{Shop, TRADES, no_statement};
use std::fmt::Write as _;

const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

/// Two rows of a voucher that names no trade.
fn voucher(number: &str, debit: &str, credit: &str, amount: &str) -> String {
    format!(
        "{number},1,,,2018-09-12,{debit},debit,{amount},salaries\n{number},2,,,2018-09-12,{credit},credit,{amount},salaries\n"
    )
}

/// A ledger that is the books from the start, with an open case.
fn books() -> Shop {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--books"]);
    shop.done(&["case", "open", "--note", "salaries of September"]);
    shop
}

/// The opening balances of the bank and of a customer, and one voucher that spends money.
fn two_vouchers(shop: &Shop) -> String {
    let rows =
        [voucher("OPEN1", "1001", "2001.A", "900.00"), voucher("PAY1", "6711", "1001", "250.00")].concat();
    shop.file("september.csv", format!("{JOURNAL}{rows}"))
}

fn import(shop: &Shop, file: &str, case: &str) -> serde_json::Value {
    shop.json(&["import", "journal", file, "--case", case])
}

fn balance(shop: &Shop, account: &str) -> i64 {
    shop.number(&format!("SELECT balance_minor FROM v_account WHERE code = '{account}'"))
}

#[test]
fn a_journal_is_staged_previewed_approved_and_booked_as_one() {
    let shop = books();
    let file = two_vouchers(&shop);
    shop.run(&["import", "journal", &file]).refused("STORNO-TAKEN-OVER");
    let tried = shop.json(&["import", "journal", &file, "--case", "C0001", "--dry-run"]);
    assert_eq!((&tried["case_no"], &tried["added"]), (&"C0001".into(), &2.into()));
    assert_eq!(shop.number("SELECT count(*) FROM case_step"), 0);
    let staged = import(&shop, &file, "C0001");
    assert_eq!(
        (&staged["case_no"], &staged["added"], &staged["already"]),
        (&"C0001".into(), &2.into(), &0.into())
    );
    // Once more is harmless: an answer may be lost.
    assert_eq!(import(&shop, &file, "C0001")["already"], 2);
    assert_eq!(shop.number("SELECT count(*) FROM voucher"), 0);
    let preview = shop.json(&["preview", "C0001"]);
    assert_eq!((&preview["count"]["vouchers"], &preview["gross"][0][1]), (&2.into(), &115_000.into()));
    assert_eq!(preview["reconciliation_changed"], false);
    let accounts: Vec<&str> =
        preview["turnover"].as_array().unwrap().iter().map(|row| row["account"].as_str().unwrap()).collect();
    assert_eq!(accounts, ["1001", "2001.A", "6711"]);
    assert_eq!(preview["holders"][0]["account"], "2001.A");
    assert!(preview["steps"][0]["why"].as_str().unwrap().contains("opens 2001.A for A"), "{preview}");
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    assert_eq!((balance(&shop, "1001"), balance(&shop, "2001.A")), (65_000, 90_000));
    let told = shop.done(&["case", "show", "C0001"]);
    assert!(
        told.contains("september.csv (SHA-256 ") && told.contains("2 vouchers, imported by op1"),
        "{told}"
    );
    assert!(told.contains("approved by op2"), "{told}");
    let people = shop.rows("SELECT DISTINCT kind, case_no, maker, checker FROM v_voucher");
    assert_eq!(people.lines().count(), 1, "{people:?}");
    // The file is explained, and so is the customer whom no trade knows.
    assert_eq!(shop.json(&["findings"]), serde_json::json!([]));
    assert!(shop.done(&["import", "journal", &file]).contains("was imported at"));
    shop.verified();
}

#[test]
fn what_was_booked_wrongly_is_taken_back_by_a_case() {
    let shop = books();
    import(&shop, &two_vouchers(&shop), "C0001");
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    shop.done(&["case", "open", "--note", "paid twice"]);
    shop.done(&["stage", "reverse", "PAY1", "--case", "C0002"]);
    shop.agreed("C0002");
    shop.done(&["commit", "C0002"]);
    assert_eq!((balance(&shop, "1001"), balance(&shop, "6711")), (90_000, 0));
    assert_eq!(shop.json(&["findings"]), serde_json::json!([]));
    shop.verified();
}

#[test]
fn a_journal_with_one_bad_voucher_leaves_the_case_as_it_was() {
    let shop = books();
    let good = voucher("J1", "1001", "6001", "9.00");
    let refused = |name: &str, bad: &str, code: &str| {
        let file = shop.file(name, format!("{JOURNAL}{good}{bad}"));
        let ran = shop.run(&["import", "journal", &file, "--case", "C0001", "--json"]);
        assert_eq!(ran.refused(code).out, "");
        let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(error["error"]["line"], 4, "{error}");
        assert_eq!(shop.number("SELECT count(*) FROM case_step"), 0);
        assert_eq!(shop.number("SELECT count(*) FROM journal_file"), 0);
    };
    refused("account.csv", &voucher("J2", "1001", "9999", "1.00"), "STORNO-ACCOUNT-UNKNOWN");
    refused("own.csv", &voucher("V00001", "1001", "6001", "1.00"), "STORNO-VOUCHER-CONFLICT");
    refused("floor.csv", &voucher("J2", "2001.A", "1001", "1.00"), "STORNO-FLOOR");
    let later = voucher("J2", "1001", "6001", "1.00").replace("2018-09-12", "2018-09-15");
    refused("later.csv", &later, "STORNO-DAY-NOT-OPEN");
    let unbalanced = voucher("J2", "1001", "6001", "1.00").replace("credit,1.00", "credit,2.00");
    refused("unbalanced.csv", &unbalanced, "STORNO-BAD-FILE");
    let unknown = voucher("J2", "1001", "6001", "1.00").replace(",,,2018", ",T9,,2018");
    refused("trade.csv", &unknown, "STORNO-NOT-FOUND");
    shop.verified();
}

#[test]
fn a_day_that_is_closed_and_a_number_that_is_known_are_refused() {
    let shop = books();
    import(&shop, &two_vouchers(&shop), "C0001");
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    shop.done(&["case", "open", "--note", "more"]);
    let again = shop.file("again.csv", format!("{JOURNAL}{}", voucher("PAY1", "6711", "1001", "1.00")));
    shop.run(&["import", "journal", &again, "--case", "C0002"]).refused("STORNO-VOUCHER-CONFLICT");
    shop.done(&["day", "cut", "2018-09-12"]);
    shop.done(&["day", "close", "2018-09-12"]);
    let late = shop.file("late.csv", format!("{JOURNAL}{}", voucher("PAY2", "6711", "1001", "1.00")));
    shop.run(&["import", "journal", &late, "--case", "C0002"]).refused("STORNO-DAY-NOT-OPEN");
}

#[test]
fn the_file_is_left_or_taken_as_a_whole_and_by_one_case() {
    let shop = books();
    let file = two_vouchers(&shop);
    import(&shop, &file, "C0001");
    shop.done(&["case", "open", "--note", "another"]);
    let held = shop.run(&["import", "journal", &file, "--case", "C0002"]);
    assert!(held.refused("STORNO-HELD").err.contains("C0001 holds september.csv"), "{held:?}");
    shop.done(&["stage", "drop", "2", "--case", "C0001"]);
    assert_eq!(shop.number("SELECT count(*) FROM case_step WHERE dropped = 1"), 2);
    import(&shop, &file, "C0002");
    shop.run(&["stage", "restore", "1", "--case", "C0001"]).refused("STORNO-HELD");
    shop.done(&["case", "withdraw", "C0002"]);
    shop.done(&["stage", "restore", "1", "--case", "C0001"]);
    assert_eq!(shop.number("SELECT count(*) FROM case_step WHERE case_no = 'C0001' AND dropped = 0"), 2);
}

#[test]
fn the_approvers_limit_counts_what_the_journal_books() {
    let shop = books();
    let limit = shop.file(
        "limit.toml",
        "approval_limit = \"1149.99\"\n[[approver]]\nrole = \"head\"\noperators = [\"boss\"]\n",
    );
    shop.done(&["policy", "load", &limit]);
    import(&shop, &two_vouchers(&shop), "C0001");
    shop.done(&["case", "submit", "C0001"]);
    shop.run(&["case", "approve", "C0001", "--operator", "chk"]).refused("STORNO-APPROVAL-LIMIT");
    shop.done(&["case", "approve", "C0001", "--operator", "boss"]);
    shop.done(&["commit", "C0001"]);
    assert_eq!(balance(&shop, "1001"), 65_000);
}

#[test]
fn a_voucher_may_post_the_event_of_a_trade_once() {
    let shop = books();
    let trades = shop.file(
        "trades.csv",
        format!("{TRADES}T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n"),
    );
    shop.done(&["import", "trades", &trades]);
    let row = |line: usize, rest: &str| format!("J1,{line},T1,captured,2018-09-12,{rest},x\n");
    let rows =
        ["1101.WECHAT,debit,100.00", "2001.A,credit,100.00", "6401,debit,0.60", "1101.WECHAT,credit,0.60"];
    let rows: String = (1..).zip(rows).map(|(line, rest)| row(line, rest)).collect();
    let file = shop.file("captured.csv", format!("{JOURNAL}{rows}"));
    import(&shop, &file, "C0001");
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    assert_eq!(shop.number("SELECT count(*) FROM v_trade WHERE posting = 'posted'"), 1);
    assert_eq!(shop.json(&["post"])["posted"], 0);
    // As the rules would have it: nothing is found but the statement that never came.
    assert_eq!(shop.findings(&[]), [no_statement()]);
    shop.done(&["case", "open", "--note", "again"]);
    let twice = shop.file("twice.csv", format!("{JOURNAL}{}", rows.replace("J1", "J2")));
    shop.run(&["import", "journal", &twice, "--case", "C0002"]).refused("STORNO-ALREADY-POSTED");
    shop.verified();
}

/// What the ledger refuses of a journal, and what is wrong with the file, is told at once: line, column and reason.
#[test]
fn every_bad_voucher_of_a_journal_is_told() {
    let row =
        |number: &str, line: usize, trade: &str, rest: &str| format!("{number},{line},{trade},{rest},x\n");
    let captured = |number: &str| {
        let entries = ["1101.WECHAT,debit,100.00", "2001.A,credit,100.00"];
        (1..)
            .zip(entries)
            .map(|(line, rest)| row(number, line, "T1,captured,2018-09-12", rest))
            .collect::<String>()
    };
    let rows = [
        voucher("J1", "1001", "6001", "9.00"),
        voucher("J2", "1001", "9999", "1.00"),
        voucher("J3", "1001", "6001", "1.00").replace("credit,1.00", "credit,2.00"),
        voucher("J4", "1001", "6001", "1.00").replace(",,,2018", ",T9,,2018"),
        captured("J5"),
        captured("J6"),
        voucher("J7", "1001", "6001", "1.00").replace("2018-09-12", "2018-09-15"),
        voucher("J8", "9998", "6001", "1.00"),
    ]
    .concat();
    let trade = "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    let told = |shop: &Shop, case: &[&str], name: &str| {
        let file = shop.file(&format!("{name}.csv"), format!("{JOURNAL}{rows}"));
        let rejects = format!("{file}.rejects");
        let ran = shop.run(&[&["import", "journal", &file, "--rejects", &rejects, "--json"], case].concat());
        assert_eq!(ran.code, 1, "{ran:?}");
        let error = serde_json::from_str::<serde_json::Value>(&ran.err).unwrap()["error"].take();
        let mistakes: Vec<String> = error["mistakes"]
            .as_array()
            .unwrap_or_else(|| panic!("{error}"))
            .iter()
            .map(|one| {
                let reason = one["reason"].as_str().unwrap().replace("STORNO-", "");
                format!("{} {} {reason}", one["line"], one["column_name"].as_str().unwrap_or("–"))
            })
            .collect();
        assert_eq!(error["mistakes_found"], mistakes.len(), "{error}");
        let written = std::fs::read_to_string(&rejects).unwrap();
        assert_eq!(written.lines().count(), mistakes.len() + 1, "{written}");
        (mistakes, error, written)
    };
    let books = books();
    books.done(&["import", "trades", &books.file("trades.csv", format!("{TRADES}{trade}"))]);
    let (mistakes, error, written) = told(&books, &["--case", "C0001"], "case");
    assert_eq!(
        mistakes,
        [
            "5 account ACCOUNT-UNKNOWN",
            "6 – file.unbalanced",
            "8 trade_no NOT-FOUND",
            "12 event ALREADY-POSTED",
            "14 accounting_date DAY-NOT-OPEN",
            "16 account ACCOUNT-UNKNOWN"
        ]
    );
    let words = |at: usize| error["mistakes"][at]["message"].as_str().unwrap().to_owned();
    assert_eq!(words(3), "The event has a live posting: T1 captured, voucher J5.");
    assert!(words(4).contains("2018-09-15 takes no postings yet: the running day is"), "{error}");
    assert!(!words(4).contains("closed"), "{error}");
    assert_eq!(error["mistakes"][0]["column"], 6);
    assert!(written.contains("\"J2,2,,,2018-09-12,9999,credit,1.00,salaries\""), "{written}");
    assert_eq!(books.number("SELECT count(*) FROM case_step"), 0);
    // Beside an older system a second posting of an event is a finding, and past days open with their vouchers.
    let beside = Shop::empty();
    beside.done(&["import", "trades", &beside.file("trades.csv", format!("{TRADES}{trade}"))]);
    let (mistakes, ..) = told(&beside, &[], "beside");
    assert_eq!(
        mistakes,
        [
            "5 account ACCOUNT-UNKNOWN",
            "6 – file.unbalanced",
            "8 trade_no NOT-FOUND",
            "14 accounting_date DAY-NOT-OPEN",
            "16 account ACCOUNT-UNKNOWN"
        ]
    );
    assert_eq!(beside.number("SELECT count(*) FROM voucher"), 0);
}

/// A voucher of a day to come was booked beside an older system, and its day opened before its time.
#[test]
fn a_voucher_of_a_day_to_come_is_refused() {
    let shop = Shop::empty();
    let file = |name: &str, day: &str| {
        let rows = [voucher("OPEN1", "1001", "6901", "100.00"), voucher("OPEN2", "1001", "6901", "1.00")];
        shop.file(name, format!("{JOURNAL}{}", rows.concat().replacen("2018-09-12", day, 2)))
    };
    let far = file("far.csv", "2099-12-31");
    let ran = shop.run(&["import", "journal", &far]);
    let told = ran.refused("STORNO-DAY-NOT-OPEN").err.clone();
    assert!(told.contains("far.csv:2") && told.contains("the running day is 2018-09-13"), "{told}");
    assert_eq!(shop.rows("SELECT day FROM day"), "");
    // The next day runs once today is cut over.
    let next = file("next.csv", "2018-09-14");
    shop.run(&["import", "journal", &next]).refused("STORNO-DAY-NOT-OPEN");
    let today = file("today.csv", "2018-09-13");
    shop.done(&["import", "journal", &today, "--dry-run"]);
    shop.done(&["day", "open", "2018-09-13"]);
    shop.done(&["day", "cut", "2018-09-13"]);
    shop.done(&["import", "journal", &next]);
    shop.verified();
}

/// Of what the ledger refuses, as against the reader, the first hundred rows alone were written to the file.
#[test]
fn every_row_that_the_ledger_refuses_is_written_to_the_file_of_rejects() {
    let shop = Shop::empty();
    let mut rows = String::new();
    for n in 0..240 {
        let account = if n % 2 == 0 { "9999" } else { "1001" };
        write!(rows, "{}", voucher(&format!("J{n:03}"), account, "6901", "1.00")).unwrap();
    }
    // Every third row lists the trade before it again.
    let mut trades = TRADES.to_owned();
    for n in 0..450 {
        let number = n - n % 3 / 2;
        let row =
            format!("T{number},topup,,WECHAT,R{number},,10,CNY,0,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED");
        writeln!(trades, "{row}").unwrap();
    }
    let cases = [("journal", format!("{JOURNAL}{rows}"), 120, 2), ("trades", trades, 150, 4)];
    for (kind, text, refused, first) in cases {
        let file = shop.file(&format!("{kind}.csv"), text);
        let rejects = format!("{file}.rejects");
        let ran = shop.run(&["import", kind, &file, "--rejects", &rejects, "--json"]);
        let error = serde_json::from_str::<serde_json::Value>(&ran.err).unwrap()["error"].take();
        assert_eq!(
            (error["mistakes"].as_array().unwrap().len(), &error["mistakes_found"]),
            (100, &refused.into())
        );
        let written = std::fs::read_to_string(&rejects).unwrap();
        let lines: Vec<usize> =
            written.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
        assert_eq!((lines.len(), lines.is_sorted()), (refused, true), "{kind}: {written}");
        assert_eq!(lines[0], first, "{kind}: {lines:?}");
    }
    assert_eq!(shop.number("SELECT count(*) FROM import_file"), 0);
}

#[test]
fn a_long_journal_is_one_case() {
    let shop = books();
    let mut rows = voucher("OPEN1", "1001", "6901", "100000.00");
    for n in 1..300 {
        write!(rows, "{}", voucher(&format!("P{n:04}"), "6711", "1001", "1.00")).unwrap();
    }
    let file = shop.file("long.csv", format!("{JOURNAL}{rows}"));
    assert_eq!(import(&shop, &file, "C0001")["added"], 300);
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    assert_eq!(balance(&shop, "1001"), 10_000_000 - 29_900);
    shop.verified();
}
