//! Bad files, bad arguments and files that are no ledger: each refusal names the place and the remedy, and
//! the books stay unchanged.

use crate::support::place::Place;
use crate::support::{Shop, TRADES, data, topup};
use rusqlite::Connection;
use std::path::Path;

const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

/// A trades file of one row with one field replaced.
fn trade(field: usize, value: &str) -> String {
    let row = topup("T0100", "10.00", "A", "2018-09-12 10:00:00");
    let mut fields: Vec<&str> = row.trim_end().split(',').collect();
    fields[field] = value;
    format!("{TRADES}{}\n", fields.join(","))
}

/// A journal file of one voucher with two lines.
fn journal(trade: &str, date: &str, account: &str, amount: &str) -> String {
    format!(
        "{JOURNAL}J90001,1,{trade},captured,{date},1101.WECHAT,debit,10.00,x\nJ90001,2,{trade},captured,{date},{account},credit,{amount},x\n"
    )
}

/// A sample file with one piece of text replaced.
fn sample(name: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(data(name)).unwrap();
    assert!(text.contains(from), "{name} holds {from}");
    text.replacen(from, to, 1)
}

/// A refused import: kind, file name, bytes, code, and what the refusal must name.
type Bad<'a> = (&'a str, &'a str, Vec<u8>, &'a str, &'a [&'a str]);

fn bad_trades() -> Vec<Bad<'static>> {
    let good = topup("T0100", "10.00", "A", "2018-09-12 10:00:00");
    let gbk = [TRADES.as_bytes(), good.replace(",A,", ",\u{1},").as_bytes()].concat();
    let gbk: Vec<u8> =
        gbk.iter().flat_map(|byte| if *byte == 1 { vec![0xd5, 0xc5] } else { vec![*byte] }).collect();
    let twin = format!("{TRADES}{good}{}", good.replace("10.00", "11.00"));
    // Two rows that tell something new of one known trade: which is meant is not known.
    let told = |amount| topup("T0001", amount, "A", "2018-09-12 09:00:01");
    let known = format!("{TRADES}{}{}", told("11.00"), told("12.00"));
    let cut = format!("{TRADES}{good}{}", &good[..40]);
    let huge = format!("1{}", "0".repeat(30));
    let discounted = format!("merchant_discount,{TRADES}10.01,{good}");
    vec![
        ("trades", "cut.csv", cut.into(), "STORNO-BAD-FILE", &["cut.csv:3", "fields"]),
        ("trades", "gbk.csv", gbk, "STORNO-BAD-FILE", &["gbk.csv:2", "UTF-8"]),
        (
            "trades",
            "huge.csv",
            trade(6, &huge).into(),
            "STORNO-BAD-FILE",
            &["huge.csv:2", "amount", "larger"],
        ),
        (
            "trades",
            "minus.csv",
            trade(6, "-1.00").into(),
            "STORNO-BAD-FILE",
            &["minus.csv:2", "amount", "-1.00"],
        ),
        (
            "trades",
            "mill.csv",
            trade(6, "1.005").into(),
            "STORNO-BAD-FILE",
            &["mill.csv:2", "amount", "1.005"],
        ),
        (
            "trades",
            "discount.csv",
            discounted.into(),
            "STORNO-BAD-FILE",
            &["discount.csv:2", "merchant_discount", "10.01"],
        ),
        (
            "trades",
            "kind.csv",
            trade(1, "gift").into(),
            "STORNO-BAD-FILE",
            &["kind.csv:2", "kind", "gift", "topup"],
        ),
        (
            "trades",
            "channel.csv",
            trade(3, "PIGEON").into(),
            "STORNO-BAD-FILE",
            &["channel.csv:2", "channel", "PIGEON"],
        ),
        (
            "trades",
            "status.csv",
            trade(12, "MAYBE").into(),
            "STORNO-BAD-FILE",
            &["status.csv:2", "trade_status", "MAYBE"],
        ),
        (
            "trades",
            "money.csv",
            trade(7, "XX9").into(),
            "STORNO-BAD-FILE",
            &["money.csv:2", "currency", "XX9"],
        ),
        (
            "trades",
            "day.csv",
            trade(11, "2018-02-30 10:00:00").into(),
            "STORNO-BAD-FILE",
            &["day.csv:2", "trade_time", "2018-02-30"],
        ),
        ("trades", "twin.csv", twin.into(), "STORNO-", &["twin.csv:3", "T0100"]),
        ("trades", "known.csv", known.into(), "STORNO-TRADE-CONFLICT", &["known.csv:3", "T0001"]),
        ("trades", "none.csv", Vec::new(), "STORNO-BAD-FILE", &["none.csv", "empty"]),
        (
            "trades",
            "head.csv",
            TRADES.replace("amount,", "").into(),
            "STORNO-BAD-FILE",
            &["head.csv", "amount"],
        ),
        ("trades", "binary.csv", vec![0, 159, 146, 150, 10, 0, 1], "STORNO-BAD-FILE", &["binary.csv"]),
    ]
}

fn bad_journals() -> Vec<Bad<'static>> {
    let day = "2018-09-12";
    vec![
        (
            "journal",
            "uneven.csv",
            journal("T0003", day, "2001.A", "9.99").into(),
            "STORNO-BAD-FILE",
            &["uneven.csv:2", "J90001", "9.99"],
        ),
        (
            "journal",
            "account.csv",
            journal("T0003", day, "9999.X", "10.00").into(),
            "STORNO-ACCOUNT-UNKNOWN",
            &["account.csv:2", "9999.X"],
        ),
        (
            "journal",
            "trade.csv",
            journal("T9999", day, "2001.A", "10.00").into(),
            "STORNO-NOT-FOUND",
            &["trade.csv:2", "T9999"],
        ),
        (
            "journal",
            "date.csv",
            journal("T0003", "2018-13-01", "2001.A", "10.00").into(),
            "STORNO-BAD-FILE",
            &["date.csv:2", "accounting_date", "2018-13-01"],
        ),
        (
            "journal",
            "changed.csv",
            sample("local-journal-20180912.csv", "2001.B,credit", "2001.C,credit").into(),
            "STORNO-VOUCHER-CONFLICT",
            &["changed.csv:2", "J00001"],
        ),
    ]
}

fn bad_bills() -> Vec<Bad<'static>> {
    let wechat = std::fs::read(data("wechat-trade-ALL-20180912.csv")).unwrap();
    let lines = wechat.split_inclusive(|byte| *byte == b'\n').count();
    let cut: Vec<u8> =
        wechat.split_inclusive(|byte| *byte == b'\n').take(lines - 3).flatten().copied().collect();
    let text = String::from_utf8(wechat).unwrap();
    let footer = text.lines().last().unwrap().to_owned();
    let sums: Vec<&str> = footer.split(',').collect();
    let count = format!("`{}", sums[0].trim_start_matches('`').parse::<u64>().unwrap() + 1);
    let wrong = text.replace(&footer, &[&[count.as_str()], &sums[1..]].concat().join(","));
    let changed = text.replacen("100.00", "100.01", 1);
    let personal =
        "微信支付账单明细,,,,,,,,\n微信昵称：[某],,,,,,,,\n起始时间：[2018-09-12 00:00:00],,,,,,,,\n";
    vec![
        ("bill", "short.csv", cut, "STORNO-BAD-FILE", &["short.csv"]),
        ("bill", "footer.csv", wrong.into(), "STORNO-BAD-FILE", &["footer.csv:"]),
        ("bill", "changed.csv", changed.into(), "STORNO-", &["changed.csv"]),
        ("bill", "personal.csv", personal.into(), "STORNO-BAD-FILE", &["personal.csv"]),
        ("trades", "bill.csv", text.into(), "STORNO-BAD-FILE", &["bill.csv"]),
        ("bill", "trades.csv", TRADES.into(), "STORNO-BAD-FILE", &["trades.csv"]),
    ]
}

#[test]
fn a_bad_file_is_refused_whole_with_its_place() {
    let shop = Shop::sample();
    let before = shop.views();
    let files = "SELECT count(*) FROM import_file";
    let known = shop.number(files);
    for (kind, name, bytes, code, names) in [bad_trades(), bad_journals(), bad_bills()].concat() {
        let ran = shop.run(&["import", kind, &shop.file(name, bytes)]);
        let told = ran.err.split(':').next().unwrap();
        assert!(told.starts_with(code), "{code} expected: {ran:?}");
        ran.ended(1, told);
        for named in names {
            assert!(ran.err.contains(named), "{name} must name {named}: {}", ran.err);
        }
        let chinese = shop.run(&["import", kind, &shop.path(name).display().to_string(), "--lang", "zh-CN"]);
        assert!(chinese.err.contains('。') && chinese.err.starts_with(told), "{chinese:?}");
        assert_eq!(shop.views(), before, "{name} left something behind");
    }
    assert_eq!(shop.number(files), known, "a refused file may come again");
}

/// A list of trades in which every third row is bad, in a column of its own kind, and the lines of those.
fn many_bad_rows(rows: usize) -> (String, Vec<usize>) {
    let mut text = TRADES.lines().next().unwrap().to_owned() + "\n";
    let mut bad = Vec::new();
    for row in 0..rows {
        let amount = if row % 3 == 2 { "1,5" } else { "1.50" };
        let time = "2018-09-12 09:00:00,SUCCESS,UNCLEARED";
        text += &format!("M{row},topup,\"a, \"\"b\"\"\",WECHAT,W{row},,\"{amount}\",CNY,0.00,A,,{time}\n");
        if row % 3 == 2 {
            bad.push(row + 2);
        }
    }
    (text, bad)
}

#[test]
fn every_bad_row_of_a_refused_file_is_told() {
    let shop = Shop::empty();
    let text = std::fs::read_to_string(data("local-trades-20180912.csv"))
        .unwrap()
        .replacen("100.00,CNY", "1E+05,CNY", 1)
        .replacen("T0003,", "T0003,,", 1)
        .replacen("2018-09-12 12", "2018-09-32 12", 1);
    let file = shop.file("three.csv", &text);
    let line_of = |part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    let time = line_of("2018-09-32");
    for command in [["import", "trades", &file].as_slice(), &["import", "trades", &file, "--dry-run"]] {
        let ran = shop.run(&[command, &["--json"]].concat());
        let answer: serde_json::Value = serde_json::from_str(&ran.refused("STORNO-BAD-FILE").err).unwrap();
        let error = &answer["error"];
        assert_eq!(
            (&error["file"], &error["line"], &error["column"], &error["reason"]),
            (&"three.csv".into(), &2.into(), &7.into(), &"file.scientific_notation".into())
        );
        let mistakes = error["mistakes"].as_array().unwrap().iter();
        let mut told: Vec<_> = mistakes
            .map(|one| {
                (
                    one["line"].as_u64().unwrap(),
                    one["column"].as_u64().unwrap(),
                    one["reason"].as_str().unwrap(),
                )
            })
            .collect();
        told.sort_unstable();
        let mut expected = vec![
            (2, 7, "file.scientific_notation"),
            (line_of("T0003") as u64, 15, "file.too_many_fields"),
            (time as u64, 12, "file.bad_time"),
        ];
        expected.sort_unstable();
        assert_eq!(told, expected);
        let ran = shop.run(command);
        let lines: Vec<&str> = ran.refused("STORNO-BAD-FILE").err.lines().collect();
        assert!(lines[0].contains("three.csv is refused") && lines[0].contains("bad rows: 3"), "{lines:#?}");
        assert!(lines[1].starts_with("three.csv:2:7 (amount): A spreadsheet program"), "{lines:#?}");
        assert_eq!(lines.len(), 4);
    }
    assert_eq!(shop.number("SELECT count(*) FROM import_file"), 0);
}

#[test]
fn of_very_many_bad_rows_the_first_are_listed_and_all_are_written_to_a_file() {
    let shop = Shop::empty_at(Place::Pipe);
    let (text, bad) = many_bad_rows(900);
    let file = shop.file("many.csv", &text);
    let rejects = shop.path("rejects.csv");
    let path = rejects.display().to_string();
    let words = ["import", "trades", &file, "--rejects", &path];
    let ran = shop.run(&words);
    let lines: Vec<&str> = ran.refused("STORNO-BAD-FILE").err.lines().collect();
    assert_eq!((lines.len(), lines[101]), (102, "... and 200 more"));
    let written = std::fs::read_to_string(&rejects).unwrap();
    let rows: Vec<&str> = written.lines().collect();
    assert_eq!((rows[0], rows.len()), ("line,column,column_name,reason,row", 301));
    for (row, line) in rows[1..].iter().zip(bad) {
        let original = text.lines().nth(line - 1).unwrap().replace('"', "\"\"");
        assert!(row.starts_with(&format!("{line},7,\"amount\",\"“1,5” is not")), "{row}");
        assert!(row.ends_with(&format!("\"{original}\"")), "{row}");
    }
    shop.run(&words).refused("STORNO-EXISTS");
    let good = shop.file("good.csv", TRADES);
    let other = shop.path("none.csv");
    shop.done(&["import", "trades", &good, "--rejects", &other.display().to_string()]);
    assert!(!other.exists(), "nothing was refused");
}

#[test]
fn a_row_that_the_ledger_refuses_does_not_hide_the_bad_rows() {
    let shop = Shop::sample();
    // The list adds a trade twice.
    let twice = topup("T9000", "999.00", "A", "2018-09-12 09:00:00");
    let text = format!("{TRADES}{twice}{twice}{}", topup("T9001", "1E+05", "A", "2018-09-12 09:00:00"));
    let ran = shop.run(&["import", "trades", &shop.file("t.csv", &text)]);
    let lines: Vec<&str> = ran.refused("STORNO-TRADE-CONFLICT").err.lines().skip(1).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("t.csv:3: ") && lines[0].contains("T9000"), "{lines:#?}");
    assert!(lines[1].starts_with("t.csv:4:7 (amount): "), "{lines:#?}");
}

#[test]
fn a_row_in_a_currency_that_the_ledger_does_not_keep_says_which() {
    let shop = Shop::empty();
    let trades = format!("{TRADES}{}", topup("T1", "1.00", "A", "2018-09-12 09:00:00").replace("CNY", "USD"));
    let bill = std::fs::read_to_string(data("wechat-trade-ALL-20180912.csv")).unwrap().replace("CNY", "USD");
    for (kind, name, text) in [("trades", "t.csv", trades), ("bill", "b.csv", bill)] {
        let ran = shop.run(&["import", kind, &shop.file(name, text), "--json"]);
        let answer: serde_json::Value = serde_json::from_str(&ran.refused("STORNO-CURRENCY").err).unwrap();
        let error = &answer["error"];
        assert_eq!((&error["file"], &error["line"]), (&name.into(), &2.into()));
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("USD is not a currency of the ledger, which keeps CNY"), "{message}");
    }
}

#[test]
fn a_bad_row_of_a_journal_spares_the_other_lines_of_its_voucher() {
    let shop = Shop::sample();
    let text = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n\
        X1,1,,,2018-09-12,1001,debit,1.00,\nX1,2,,,2018-09-12,2001.A,kredit,1.00,\nX1,3,,,2018-09-12,2001.B,credit,x,\n\
        X2,1,,,2018-09-12,1001,debit,2.00,\nX2,2,,,2018-09-12,2001.A,credit,2.01,\n\
        X3,1,,,2018-09-12,1001,debit,2.00,\nX3,2,,,2018-09-12,2001.A,credit,2.00,\n";
    let ran = shop.run(&["import", "journal", &shop.file("j.csv", text)]);
    let lines: Vec<&str> = ran.refused("STORNO-BAD-FILE").err.lines().skip(1).collect();
    let starts = ["j.csv:3:7 (side): ", "j.csv:4:8 (amount): ", "j.csv:5: "];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{lines:#?}");
}

#[test]
fn every_bad_row_of_a_bill_is_told_and_its_sums_are_not() {
    let shop = Shop::empty();
    let bill = std::fs::read_to_string(data("wechat-trade-ALL-20180912.csv")).unwrap();
    let bad = bill.replacen("`SUCCESS,`OTHERS", "`PAID,`OTHERS", 2);
    let ran = shop.run(&["import", "bill", &shop.file("w.csv", bad)]);
    let lines: Vec<&str> = ran.refused("STORNO-BAD-FILE").err.lines().skip(1).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[1].starts_with("w.csv:3:10 (交易状态): "), "{lines:#?}");
}

#[test]
fn a_file_of_another_kind_names_the_command_that_imports_it() {
    let shop = Shop::empty();
    let wechat = data("wechat-trade-ALL-20180912.csv");
    let trades = shop.file("trades.csv", TRADES);
    for (words, command) in [
        (["import", "trades", &wechat].as_slice(), "`storno import bill FILE` (reader: wechat)"),
        (&["import", "trades", &wechat, "--format", "csv"], "`storno import bill FILE` (reader: wechat)"),
        (&["import", "journal", &wechat], "`storno import bill FILE` (reader: wechat)"),
        (&["import", "bill", &trades], "`storno import trades FILE` (reader: csv)"),
        (&["import", "bill", &trades, "--format", "wechat"], "`storno import trades FILE` (reader: csv)"),
    ] {
        let ran = shop.run(words);
        assert!(ran.refused("STORNO-BAD-FILE").err.contains(command), "{ran:?}");
    }
}

#[test]
fn a_new_ledger_is_named_as_for_every_other_command() {
    let shop = Shop::empty();
    let [first, second] = ["one.db", "two.db"].map(|name| shop.path(name).display().to_string());
    let ran = shop.run_without_ledger(&["init", "--ledger", &first]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = shop.run_without_ledger(&["init", &second, "--ledger", &first]);
    assert_eq!(ran.code, 0, "the ledger behind the command comes first: {ran:?}");
    assert!(shop.path("one.db").exists() && shop.path("two.db").exists());
    shop.run_without_ledger(&["init"]).refused("STORNO-USAGE");
}

#[test]
fn a_journal_for_a_closed_day_is_refused() {
    let shop = Shop::sample();
    shop.done(&["post", "T0003"]);
    shop.done(&["day", "close", "2018-09-12"]);
    let before = shop.views();
    let file = shop.file("late.csv", journal("T0004", "2018-09-12", "2001.A", "10.00"));
    let ran = shop.run(&["import", "journal", &file]);
    ran.refused("STORNO-DAY-NOT-OPEN");
    assert!(ran.err.contains("late.csv:2") && ran.err.contains("2018-09-12"), "{}", ran.err);
    assert_eq!(shop.views(), before);
}

#[test]
fn what_is_no_ledger_is_told_by_what_it_is() {
    let shop = Shop::empty();
    let newer = shop.path("newer.db");
    std::fs::copy(shop.ledger(), &newer).unwrap();
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let other = shop.path("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1);").unwrap();
    shop.file("text.db", "just some words, many enough to be read as a header of a file\n".repeat(20));
    shop.file("empty.db", "");
    std::fs::create_dir(shop.path("folder.db")).unwrap();
    let cases = [
        ("text.db", "STORNO-NOT-A-DATABASE", 3),
        ("other.db", "STORNO-NOT-A-LEDGER", 3),
        ("newer.db", "STORNO-NEWER-LEDGER", 3),
        ("empty.db", "STORNO-NOT-A-", 3),
        ("folder.db", "STORNO-NO", 3),
        ("missing.db", "STORNO-NO-LEDGER", 3),
    ];
    for (name, code, exit) in cases {
        let path = shop.path(name).display().to_string();
        let bytes = std::fs::read(&path).ok();
        for words in
            [&["findings"][..], &["post", "--due"], &["verify", "--json"], &["findings", "--read-only"]]
        {
            let ran = shop.run(&[words, &["--ledger", &path]].concat());
            let found = ran.err.split(':').next().unwrap().to_owned();
            if !ran.err.starts_with('{') {
                assert!(found.starts_with(code), "{name}: {code} expected: {ran:?}");
                assert!(ran.err.contains(name), "{ran:?}");
                ran.ended(exit, &found);
            }
            assert_eq!(ran.code, exit, "{ran:?}");
        }
        assert_eq!(std::fs::read(&path).ok(), bytes, "{name} was changed");
    }
    let told = shop.run(&["findings", "--ledger", &newer.display().to_string()]).err;
    assert!(told.contains("99"), "{told}");
    shop.run(&["init", &shop.ledger()]).refused("STORNO-EXISTS");
    shop.run(&["init", &other.display().to_string()]).refused("STORNO-EXISTS");
}

#[test]
fn a_ledger_that_another_program_took_an_index_or_a_table_from_is_damaged() {
    let shop = Shop::sample();
    for lost in ["INDEX event_unposted", "TABLE statement_line"] {
        let file = Connection::open(shop.ledger()).unwrap();
        file.execute_batch(&format!("PRAGMA foreign_keys = OFF; DROP {lost}")).unwrap();
        drop(file);
        let ran = shop.run(&["post", "--due"]);
        assert!(ran.ended(3, "STORNO-CORRUPT").err.contains("no such"), "{ran:?}");
    }
}

#[test]
fn a_ledger_to_be_read_only_is_never_written() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::sample();
    let before = shop.views();
    let journal = data("local-journal-20180912.csv");
    let orders: [&[&str]; 5] = [
        &["post", "--due"],
        &["case", "open", "--trade", "T0001", "--plan"],
        &["day", "close", "2018-09-12"],
        &["day", "open", "2018-09-20"],
        &["import", "trades", &journal],
    ];
    for words in orders {
        let ran = shop.run(&[words, &["--read-only"]].concat());
        assert!(ran.code == 3 || ran.code == 1, "{ran:?}");
        assert!(ran.err.starts_with("STORNO-"), "{ran:?}");
        assert_eq!(shop.views(), before, "{words:?}");
    }
    shop.run(&["post", "--due", "--read-only"]).ended(3, "STORNO-READ-ONLY");
    assert_eq!(shop.findings(&["--read-only"]).len(), 12, "reading goes on");

    let protect =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let ledger = shop.path("day.db");
    protect(&ledger, 0o444);
    let root = std::fs::OpenOptions::new().append(true).open(&ledger).is_ok();
    if !root {
        shop.run(&["post", "--due"]).ended(3, "STORNO-READ-ONLY");
    }
    protect(&ledger, 0o644);
    assert_eq!(shop.views(), before);
}

#[test]
fn words_that_make_no_command_are_a_matter_of_usage() {
    let shop = Shop::sample();
    let before = shop.views();
    let usage: [(&[&str], &str); 14] = [
        (&["case", "frobnicate"], "frobnicate"),
        (&["frobnicate", "T0001"], "frobnicate"),
        (&["findings", "--frobnicate"], "--frobnicate"),
        (&["findings", "--cause", "weather"], "weather"),
        (&["findings", "--now", "yesterday"], "yesterday"),
        (&["findings", "--now", "2018-02-30T00:00:00+08:00"], "2018-02-30"),
        (&["findings", "--lang", "tlh"], "tlh"),
        (&["preview", "case\n1"], "case"),
        (&["commit", ""], "CASE"),
        (&["day", "close", "2018-02-30"], "2018-02-30"),
        (&["import", "trades"], "FILE"),
        (&["trades", "--limit", "0"], "0"),
        (&["trades", "--limit", "1000000"], "1000000"),
        (&["stage", "repost", "T0001", "--set", "customer"], "customer"),
    ];
    for (words, named) in usage {
        let ran = shop.run(words);
        ran.refused("STORNO-USAGE");
        assert!(ran.err.contains(named), "{named}: {ran:?}");
        shop.run(&[words, &["--json"]].concat()).refused("STORNO-USAGE");
        assert!(ran.out.is_empty(), "{ran:?}");
    }
    let refused: [(&[&str], &str); 6] = [
        (&["preview", "C9999"], "STORNO-NOT-FOUND"),
        (&["commit", "C9999"], "STORNO-NOT-FOUND"),
        (&["voucher", "V99999"], "STORNO-NOT-FOUND"),
        (&["account", "2001.NOBODY"], "STORNO-NOT-FOUND"),
        (&["plan", "nonsense/T0001"], "STORNO-NOT-FOUND"),
        (&["post", "T9999"], "STORNO-NOT-FOUND"),
    ];
    for (words, code) in refused {
        shop.run(words).refused(code);
        shop.run(&[words, &["--json"]].concat()).refused(code);
    }
    assert_eq!(shop.views(), before);
}

#[test]
fn a_dry_run_that_could_not_begin_does_not_pass_for_an_empty_file() {
    let shop = Shop::empty();
    let file = data("local-trades-20180912.csv");
    shop.run(&["import", "trades", &file, "--dry-run", "--read-only"]).ended(3, "STORNO-READ-ONLY");
    assert_eq!(shop.json(&["import", "trades", &file, "--dry-run"])["rows"], 18);
}

#[test]
fn a_full_output_is_an_error_and_no_crash() {
    let shop = Shop::bare();
    for words in [&["completions", "bash"][..], &["man"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = shop.command(words).stdout(full).output().unwrap();
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!((ran.status.code(), told.contains("panicked")), (Some(3), false), "{words:?} {told}");
    }
}

#[test]
fn a_ledger_whose_made_up_trades_cannot_be_made_is_not_left_behind() {
    let shop = Shop::bare();
    for words in [["--trades", "0"], ["--accounts", "0"]] {
        let file = shop.path("made.db").display().to_string();
        let ran = shop.run(&[&["generate", &file, "--trades", "5"][..2], &words].concat());
        assert_eq!((ran.code == 0, shop.path("made.db").exists()), (false, false), "{words:?} {ran:?}");
    }
}
