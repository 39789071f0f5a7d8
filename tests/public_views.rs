//! What other programs rely on: names and order of the views' columns, single rows found by index, and
//! complete texts in both languages.

use crate::support::{NOW, Shop, data};
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::i18n::{self, Lang};
use storno::protocol::answer::Answer;
use storno::protocol::context::Context;
use storno::protocol::ledger::ShowOverview;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;

/// The views as published, with the column by which one row is asked for.
const PUBLISHED: [(&str, &str, &str); 7] = [
    (
        "v_day_balance",
        "day = '2018-09-12' AND account = '2001.A'",
        "day, account, debit_minor, credit_minor, balance_minor, currency",
    ),
    (
        "v_account",
        "code = '2001.A'",
        "code, name, class, normal_side, currency, status, customer_visible, balance_minor, entries",
    ),
    (
        "v_trade",
        "trade_no = 'T0001'",
        "trade_no, kind, product, channel, channel_ref, original_trade_no, amount_minor, fee_minor, currency, status, \
         occurred_at, business_date, customer, merchant, posting, clearing, settlement, recon",
    ),
    (
        "v_event",
        "trade_no = 'T0001'",
        "trade_no, event, occurred_at, business_date, amount_minor, posting, live_vouchers",
    ),
    (
        "v_voucher",
        "voucher_no = 'J00001'",
        "seq, voucher_no, kind, mode, trade_no, event, reverses, reversed_by, case_no, accounting_date, business_date, \
         value_date, reason, rule, maker, checker, posted_at, memo, prev_hash, hash",
    ),
    (
        "v_entry",
        "voucher_no = 'J00001'",
        "voucher_no, line, account, account_seq, side, amount_minor, mode, balance_before_minor, balance_after_minor, currency",
    ),
    (
        "v_case",
        "case_no = 'C0001'",
        "case_no, cause, state, maker, checker, opened_at, decided_at, trades, vouchers",
    ),
];

/// Tables that grow with the business; settings, accounts and days stay small.
const LARGE: [&str; 6] = ["trade", "event", "voucher", "entry", "statement_line", "case_file"];

fn strings(shop: &Shop, query: &str, column: usize) -> Vec<String> {
    let sql = shop.sql();
    let mut statement = sql.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(column)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn the_views_have_the_published_columns_in_order() {
    let shop = Shop::empty();
    for (view, _, columns) in PUBLISHED {
        let found = strings(&shop, &format!("PRAGMA table_info({view})"), 1);
        assert_eq!(found.join(", "), columns, "{view}");
    }
}

/// Aliases of the large tables in a view's text: `FROM trade t` and `JOIN entry e`.
fn large_names(shop: &Shop) -> Vec<String> {
    let texts = strings(shop, "SELECT sql FROM sqlite_schema WHERE type = 'view'", 0).join(" ");
    let parts: Vec<&str> = texts.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let aliased = parts.windows(3).filter(|w| matches!(w[0], "FROM" | "JOIN") && LARGE.contains(&w[1]));
    let mut names: Vec<String> = aliased.map(|w| w[2].to_owned()).collect();
    names.extend(LARGE.map(str::to_owned));
    names
}

#[test]
fn one_row_of_a_view_is_found_by_an_index() {
    let shop = Shop::sample();
    let large = large_names(&shop);
    let by_seq = [("v_voucher", "seq = 3", ""), ("v_entry", "account = '2001.A' AND account_seq = 2", "")];
    for (view, which, _) in PUBLISHED.into_iter().chain(by_seq) {
        let plan = strings(&shop, &format!("EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE {which}"), 3);
        assert!(plan.iter().any(|step| step.starts_with("SEARCH")), "{view}: {plan:#?}");
        let read_whole: Vec<_> = plan
            .iter()
            .filter_map(|step| step.strip_prefix("SCAN "))
            .filter(|scanned| large.iter().any(|name| scanned.split_whitespace().next() == Some(name)))
            .collect();
        assert!(read_whole.is_empty(), "{view} WHERE {which} reads all rows: {plan:#?}");
    }
}

/// Words of a text that are locale keys: a sign that a text was not translated.
fn keys_in(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    parts
        .filter(|part| part.contains('.') && part.chars().any(|c| c.is_ascii_lowercase()))
        .filter(|part| i18n::has(Lang::En, part) || i18n::has(Lang::Zh, part))
        .map(str::to_owned)
        .collect()
}

const WALK: &[(i32, &[&str])] = &[
    (1, &["findings"]),
    (0, &["trades"]),
    (0, &["events"]),
    (0, &["accounts"]),
    (0, &["vouchers"]),
    (0, &["account", "2001.A"]),
    (0, &["chain", "2001.A"]),
    (0, &["chain", "J00001"]),
    (0, &["trade", "T0001"]),
    (0, &["voucher", "J00001"]),
    (0, &["plan", "T0001"]),
    (0, &["plan", "T0008"]),
    (0, &["plan", "T0018"]),
    (0, &["rules", "list"]),
    (0, &["rules", "explain", "T0001"]),
    (0, &["case", "open", "--trade", "T0001", "--plan"]),
    (0, &["preview"]),
    (1, &["case", "approve", "C0001"]),
    (0, &["case", "submit", "C0001"]),
    (1, &["case", "approve", "C0001"]),
    (0, &["case", "approve", "C0001", "--operator", "op2"]),
    (1, &["day", "close", "2018-09-12"]),
    (0, &["commit", "--key", "K1"]),
    (0, &["commit", "C0001", "--key", "K1"]),
    (1, &["commit", "C0001", "--key", "K2"]),
    (0, &["case", "list"]),
    (0, &["case", "show", "C0001"]),
    (0, &["stage", "list", "--case", "C0001"]),
    (1, &["post", "--due"]),
    (0, &["day", "status"]),
    (0, &["day", "close", "2018-09-12"]),
    (0, &["verify"]),
    (0, &["seal"]),
    (1, &["trade", "T9999"]),
    (2, &["trade"]),
    (2, &["--frobnicate"]),
];

#[test]
fn every_command_speaks_without_gaps_in_both_languages() {
    let mut told = Vec::new();
    for lang in ["en", "zh-CN"] {
        let shop = Shop::sample().speaking(lang);
        for (exit, words) in WALK {
            let ran = shop.run(words);
            assert_eq!(ran.code, *exit, "{ran:?}");
            let text = format!("{}{}", ran.out, ran.err);
            assert!(!text.trim().is_empty(), "{words:?} says nothing");
            assert_eq!(keys_in(&text), Vec::<String>::new(), "{ran:?}");
            told.push(text);
        }
    }
    let (en, zh) = told.split_at(WALK.len());
    // Chinese characters, or the full-width punctuation around codes and numbers.
    let han = |text: &str| text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | '，' | '：'));
    assert_eq!(en.len(), zh.len());
    for (chinese, (_, words)) in zh.iter().zip(WALK) {
        // The lines for a closed day and a seal consist of numbers and hashes only.
        assert!(han(chinese) || matches!(words[0], "day" | "seal"), "{words:?} in Chinese: {chinese}");
    }
    assert!(!en.iter().any(|english| english.contains('。')), "{en:#?}");
}

#[test]
fn the_ledger_may_be_named_before_or_behind_the_command() {
    let shop = Shop::sample();
    let ledger = shop.ledger();
    for words in [
        vec!["--ledger", &ledger, "trade", "T0001"],
        vec!["trade", "T0001", "--ledger", &ledger],
        vec!["--json", "--ledger", &ledger, "import", "trades", &data("local-trades-20180912.csv")],
    ] {
        let ran = shop.run(&words);
        assert_eq!(
            (ran.code, ran.out.contains("T0001") || ran.out.contains("already")),
            (0, true),
            "{ran:?}"
        );
    }
}

#[test]
fn tables_in_chinese_hold_no_code_words_and_json_keeps_them() {
    let shop = Shop::sample().speaking("zh-CN");
    let mut told =
        ["findings", "trades", "events", "accounts", "vouchers"].map(|list| shop.run(&[list]).out).concat();
    // The names by which findings are typed are the same in each language.
    for finding in shop.run(&["findings", "--json"]).parsed().as_array().unwrap() {
        told = told.replace(finding["finding"].as_str().unwrap(), "");
    }
    for code in ["wrong_account", "posted_twice", "unposted", "debit", "active", "normal"] {
        assert!(!told.contains(code), "{code}: {told}");
    }
    assert!(shop.run(&["findings", "--json"]).out.contains("\"wrong_account\""));
}

#[test]
fn a_mistyped_command_and_variables_set_to_nothing_are_told_apart_from_a_ledger() {
    let shop = Shop::sample();
    let ran = shop.run(&["vuocher", "J00001"]);
    assert!(ran.refused("STORNO-USAGE").err.contains("voucher?"), "{ran:?}");
    let mut bare = std::process::Command::new(env!("CARGO_BIN_EXE_storno"));
    for name in ["STORNO_LANG", "STORNO_NOW", "STORNO_OPERATOR", "STORNO_LEDGER"] {
        bare.env(name, "");
    }
    let ran = bare.args(["trades", "--ledger", &shop.ledger(), "--operator", "op1"]).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stdout).contains("T0001"), "{ran:?}");
}

/// The overview counts unposted events as the lists do: fewer with one in suspense, as before once that is
/// reversed.
#[test]
fn the_overview_counts_what_the_list_of_unposted_events_holds() {
    let shop = Shop::sample();
    let counted = || {
        let mut desk = OpenLedger::open(std::path::Path::new(&shop.ledger()), true).map(Desk::from).unwrap();
        let context = Context { operator: "op1".parse().unwrap(), now: NOW.parse().unwrap(), lang: Lang::En };
        let answer = desk.ask(&context, Request::Overview(ShowOverview {}), &mut Unwatched).unwrap();
        let Answer::Overview(overview) = answer else { panic!("{answer:?}") };
        let listed = shop.json(&["events", "--unposted", "--limit", "500"]);
        assert_eq!(
            overview.unposted_events,
            i64::try_from(listed["rows"].as_array().unwrap().len()).unwrap()
        );
        overview.unposted_events
    };
    let was = counted();
    let case = |words: &[&str]| {
        let case = shop.json(&["case", "open", "--trade", "T0003", "--reason", "claim"]);
        let case = case["case_no"].as_str().unwrap().to_owned();
        shop.done(&[words, &["--case", &case]].concat());
        shop.agreed(&case);
        shop.done(&["commit", &case]);
    };
    case(&["stage", "park", "T0003"]);
    assert_eq!(counted(), was - 1);
    case(&["stage", "reverse", &shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'")]);
    assert_eq!(counted(), was);
}

/// An export as rows of fields, without its head.
fn exported(text: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

/// Minor units of an amount in yuan; 0 if the field is empty.
fn minor(amount: &str) -> i64 {
    if amount.is_empty() { 0 } else { amount.replace('.', "").parse().unwrap() }
}

#[test]
fn an_export_agrees_with_the_views_entry_by_entry_and_in_sum() {
    let shop = Shop::sample();
    // One payout is above its system's limit.
    shop.run(&["post", "--due"]);
    shop.run(&["clear", "--due"]);
    let case = shop.approved_case("T0009");
    shop.done(&["commit", &case]);
    let rows = exported(&shop.done(&["export", "csv"]));

    let of_row = |row: &csv::StringRecord| {
        let (side, amount) = if row[6].is_empty() { ("credit", &row[7]) } else { ("debit", &row[6]) };
        format!("{}/{} {} {side} {} {}", &row[0], &row[1], &row[5], minor(amount), &row[11])
    };
    let found: Vec<String> = rows.iter().map(of_row).collect();
    let entries = "SELECT e.voucher_no || '/' || line || ' ' || account || ' ' || side || ' ' || amount_minor || ' ' || e.mode \
                   FROM v_entry e JOIN v_voucher v ON v.voucher_no = e.voucher_no ORDER BY v.seq, line";
    assert_eq!(found, strings(&shop, entries, 0));

    let mut sums = std::collections::BTreeMap::<String, i64>::new();
    for row in &rows {
        *sums.entry(row[5].to_owned()).or_default() += minor(&row[6]) - minor(&row[7]);
    }
    let sums: Vec<String> = sums.iter().map(|(account, sum)| format!("{account} {sum}")).collect();
    let balances = "SELECT account || ' ' || sum(CASE side WHEN 'debit' THEN amount_minor ELSE -amount_minor END) \
                    FROM v_entry GROUP BY account ORDER BY account";
    assert_eq!(sums, strings(&shop, balances, 0));
}

#[test]
fn an_export_of_days_has_their_vouchers_only() {
    let shop = Shop::sample();
    shop.run(&["post", "--due"]);
    let all = exported(&shop.done(&["export", "csv"]));
    let on = |from: &str, to: &str| all.iter().filter(|row| (from..=to).contains(&&row[2])).count();
    let (day, next) = ("2018-09-12", "2018-09-13");
    assert!(on(day, day) > 0 && on(next, next) > 0, "both days have vouchers");
    for (words, expected) in [
        (&["--day", day][..], on(day, day)),
        (&["--from", next], on(next, "9999-12-31")),
        (&["--to", day], on("0001-01-01", day)),
        (&["--from", day, "--to", next], all.len()),
        (&["--day", "2018-09-01"], 0),
    ] {
        let rows = exported(&shop.done(&[&["export", "csv"], words].concat()));
        assert_eq!(rows.len(), expected, "{words:?}");
    }
    shop.run(&["export", "csv", "--day", day, "--from", day]).refused("STORNO-USAGE");
    shop.run(&["export", "xlsx"]).refused("STORNO-USAGE");
}

#[test]
fn an_export_to_a_file_is_whole_or_not_there() {
    let shop = Shop::sample();
    let text = shop.done(&["export", "csv"]);
    let file = shop.path("journal.csv").display().to_string();
    let told = shop.json(&["export", "csv", "-o", &file]);
    let entries = exported(&text).len();
    assert_eq!(
        told,
        serde_json::json!({ "file": file, "format": "csv", "vouchers": 15, "entries": entries })
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    shop.run(&["export", "csv", "-o", &file]).refused("STORNO-EXISTS");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "it is not overwritten");
    let nowhere = shop.path("no/where.csv").display().to_string();
    shop.run(&["export", "csv", "-o", &nowhere]).ended(3, "STORNO-IO");
    let other = shop.path("other.csv").display().to_string();
    shop.run(&["export", "csv", "-o", &other, "--ledger", "none.db"]);
    assert!(!shop.path("other.csv").exists());
    let left = std::fs::read_dir(shop.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().ends_with(".part")).collect();
    assert!(left.is_empty(), "{left:?}");
    let words = shop.speaking("zh-CN").done(&["export", "csv", "-o", &other]);
    assert!(words.contains("凭证 15 张"), "{words}");
}

/// A voucher of a batch may have more entries than a page of the export.
#[test]
fn a_very_long_voucher_is_exported_whole() {
    let shop = Shop::empty_at(crate::support::place::Place::File);
    let mut journal = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n".to_owned();
    for (number, pairs) in [("J1", 1), ("J2", 10_001), ("J3", 1)] {
        for line in 1..=2 * pairs {
            let (account, side) = if line % 2 == 1 { ("1101.WECHAT", "debit") } else { ("2001.A", "credit") };
            journal.push_str(&format!("{number},{line},,,2018-09-12,{account},{side},1.00,batch\n"));
        }
    }
    shop.done(&["import", "journal", &shop.file("journal.csv", journal)]);
    let rows = exported(&shop.done(&["export", "csv"]));
    let numbers: Vec<(String, String)> =
        rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    let lines = |number: &str, count: i64| (1..=count).map(|n| (number.to_owned(), n.to_string())).collect();
    let expected: [Vec<_>; 3] = [lines("J1", 2), lines("J2", 20_002), lines("J3", 2)];
    assert_eq!(numbers, expected.concat());
}
