//! Tables of somebody else's with the real program: tried, imported by a profile, and a profile proposed for one.

use crate::support::place::Place;
use crate::support::{Shop, data};

#[test]
fn a_table_is_imported_by_a_profile_wherever_the_ledger_is() {
    let table = data("profiles/trades-zh.csv");
    for place in [Place::File, Place::Pipe] {
        let shop = Shop::empty_at(place);
        let import = ["import", "trades", &table, "--profile", "trades-zh"];
        let tried = shop.json(&[import.as_slice(), &["--dry-run"]].concat());
        assert_eq!((&tried["added"], &tried["dry_run"]), (&4.into(), &true.into()));
        assert_eq!(shop.json(&import)["added"], 4);
        assert_eq!(shop.json(&import)["already"], 4);
        assert_eq!(shop.number("SELECT sum(amount_minor) FROM v_trade"), 128_880);
        // Another profile reads the same table again, and finds nothing new.
        let mine = shop.file("mine.toml", shop.done(&["profile", "show", "trades-zh"]) + "# changed\n");
        let again = shop.json(&["import", "trades", &table, "--profile", &mine]);
        assert_eq!((&again["added"], &again["already"]), (&0.into(), &4.into()));
        assert!(again["imported_before"].is_null());
    }
}

#[test]
fn bad_rows_are_told_with_the_tables_columns_and_written_out() {
    let table = std::fs::read_to_string(data("profiles/trades-zh.csv")).unwrap();
    for place in [Place::File, Place::Pipe] {
        let shop = Shop::empty_at(place);
        let bad = shop.file("bad.csv", table.replace("处理中", "挂起"));
        let out = shop.path("bad-rows.csv").display().to_string();
        let words = ["import", "trades", &bad, "--profile", "trades-zh", "--rejects", &out];
        let said = shop.run(&words);
        assert!(said.refused("STORNO-BAD-FILE").err.contains("bad.csv:8:12 (状态)"), "{said:?}");
        assert!(std::fs::read_to_string(&out).unwrap().contains("8,12,\"状态\""));
        assert_eq!(shop.number("SELECT count(*) FROM v_trade"), 0);
    }
}

/// A profile of a bank's table of several days.
const BANK: &str = r#"makes = "statement"
[fields.channel]
value = "BANK"
[fields.day]
columns = ["Booked"]
patterns = ["%d.%m.%Y %H:%M"]
[fields.kind]
sign_of = "amount"
map = { "+" = "pay", "-" = "refund" }
[fields.reference]
columns = ["Reference"]
[fields.channel_no]
columns = ["Number"]
[fields.amount]
columns = ["Amount"]
sign = "absolute"
[fields.channel_fee]
value = "0"
[fields.currency]
value = "CNY"
[fields.status]
value = "SUCCESS"
[fields.time]
columns = ["Booked"]
patterns = ["%d.%m.%Y %H:%M"]
"#;

#[test]
fn a_channels_table_is_imported_a_day_at_a_time() {
    for place in [Place::File, Place::Pipe] {
        let shop = Shop::empty_at(place);
        let profile = shop.file("bank.toml", BANK);
        let head = "Booked,Reference,Number,Amount\n";
        let rows =
            "12.09.2018 09:00,R1,N1,10.00\n13.09.2018 09:00,R2,N2,5.00\n13.09.2018 10:00,R3,N3,-2.00\n";
        let table = shop.file("bank.csv", format!("{head}{rows}"));
        let import = ["import", "bill", &table, "--profile", &profile];
        let said = shop.run(&import);
        assert!(said.refused("STORNO-BAD-FILE").err.contains("--day 2018-09-12"), "{said:?}");
        for (day, rows) in [("2018-09-12", 1), ("2018-09-13", 2)] {
            let by_day = [import.as_slice(), &["--day", day]].concat();
            let first = shop.json(&by_day);
            assert_eq!(first["rows"], rows, "{first}");
            assert!(first["imported_before"].is_null());
            assert!(!shop.json(&by_day)["imported_before"].is_null(), "the same day of the same table");
        }
        assert_eq!(shop.number("SELECT count(*) FROM statement_line"), 3);
        let said = shop.run(&[import.as_slice(), &["--day", "2018-09-14"]].concat());
        assert!(said.refused("STORNO-BAD-FILE").err.contains("2018-09-13"), "{said:?}");
        let trades = ["import", "trades", &table, "--profile", &profile];
        shop.run(&trades).refused("STORNO-BAD-FILE");
    }
}

/// A profile of two tables of a test system: other names, and states as numbers.
const DEVELOPER: &str = r#"makes = "trades"
[table]
query = """SELECT o.order_id, o.cents, o.paid_at, c.word FROM orders o JOIN order_state c ON c.id = o.state ORDER BY o.order_id"""
[fields]
trade_no = { columns = ["order_id"] }
kind = { value = "pay" }
channel = { value = "WECHAT" }
out_trade_no = { columns = ["order_id"] }
amount = { columns = ["cents"], scale = 2 }
currency = { value = "CNY" }
channel_fee = { value = "0" }
merchant = { value = "MER-1" }
trade_time = { columns = ["paid_at"], patterns = ["%s"] }
trade_status = { columns = ["word"], map = { done = "SUCCESS", broken = "FAILED" } }
clearing_status = { value = "UNCLEARED" }
"#;

#[test]
fn a_query_on_a_database_of_a_test_system_is_imported_wherever_the_ledger_is() {
    for place in [Place::File, Place::Pipe] {
        let shop = Shop::empty_at(place);
        let path = shop.path("system.db");
        let system = rusqlite::Connection::open(&path).unwrap();
        let tables = "CREATE TABLE orders (order_id TEXT, cents INTEGER, paid_at INTEGER, state INTEGER);
            CREATE TABLE order_state (id INTEGER, word TEXT);
            INSERT INTO order_state VALUES (7, 'done'), (8, 'broken');
            INSERT INTO orders VALUES ('O1', 1210, 1536714001, 7), ('O2', 500, 1536714002, 8);";
        system.execute_batch(tables).unwrap();
        let database = path.display().to_string();
        let profile = shop.file("developer.toml", DEVELOPER);
        let import = ["import", "trades", &database, "--profile", &profile];
        assert_eq!(shop.json(&import)["added"], 2);
        assert!(!shop.json(&import)["imported_before"].is_null());
        assert_eq!(shop.number("SELECT sum(amount_minor) FROM v_trade"), 1_710);
        system.execute_batch("INSERT INTO orders VALUES ('O3', -1, 1536714003, 7)").unwrap();
        let said = shop.run(&import);
        assert!(said.refused("STORNO-BAD-FILE").err.contains("system.db:3:2 (cents)"), "{said:?}");
        let spreadsheet = data("profiles/trades-zh.xlsx");
        assert_eq!(shop.json(&["import", "trades", &spreadsheet, "--profile", "trades-zh"])["added"], 4);
    }
}

#[test]
fn a_journal_of_another_program_is_imported_by_a_profile() {
    let shop = Shop::empty_at(Place::File);
    let text = "makes = \"journal\"\n\
        [fields.voucher_no]\ncolumns = [\"凭证号\"]\n[fields.accounting_date]\ncolumns = [\"日期\"]\n\
        [fields.account]\ncolumns = [\"科目\"]\n[fields.side]\nside_of = \"amount\"\n\
        [fields.amount]\ndebit_columns = [\"借方\"]\ncredit_columns = [\"贷方\"]\n";
    let profile = shop.file("journal.toml", text);
    let table = "凭证号,日期,科目,借方,贷方\n记-1,2018-09-12,1001,5.00,\n记-1,2018-09-12,2190,,5.00\n";
    let file = shop.file("journal.csv", table);
    let import = ["import", "journal", &file, "--profile", &profile];
    assert_eq!(shop.json(&import)["added"], 1);
    assert_eq!(shop.json(&import)["already"], 1);
    let bad = shop.file("bad.csv", table.replace(",,5.00", ",,5.01"));
    let said = shop.run(&["import", "journal", &bad, "--profile", &profile]);
    assert!(said.refused("STORNO-BAD-FILE").err.contains("bad.csv:2"), "{said:?}");
}

#[test]
fn a_profile_with_mistakes_is_refused_with_all_of_them() {
    let shop = Shop::bare();
    let text = shop.done(&["profile", "show", "trades-zh"]);
    let file = shop.file(
        "mine.toml",
        text.replace("[fields.amount]", "[fields.amont]").replace("\"absolute\"", "\"absolut\""),
    );
    let said = shop.run_without_ledger(&["profile", "check", &file]);
    let err = &said.refused("STORNO-BAD-PROFILE").err;
    assert!(err.contains("did you mean `amount`?") && err.contains("the field `amount` is missing"), "{err}");
    let said = shop.run_without_ledger(&["profile", "show", "nothing"]);
    assert!(said.refused("STORNO-BAD-VALUE").err.contains("trades-zh, trades-en"), "{said:?}");
}

#[test]
fn bad_lines_of_json_are_told_and_written_out_wherever_the_ledger_is() {
    let profile = DEVELOPER.lines().filter(|line| !line.starts_with("query")).collect::<Vec<_>>().join("\n");
    let line = |no: &str| {
        format!("{{\"order_id\":\"{no}\",\"cents\":100,\"paid_at\":1536714001,\"word\":\"done\"}}")
    };
    let twice = line("O2").replace("\"cents\":100", "\"cents\":100,\"cents\":900");
    for place in [Place::File, Place::Pipe] {
        let shop = Shop::empty_at(place);
        let profile = shop.file("lines.toml", &profile);
        let bad = shop.file("bad.jsonl", format!("{}\n{twice}\n{{oops\n{}\n", line("O1"), line("O3")));
        let out = shop.path("bad-rows.csv").display().to_string();
        let said = shop.run(&["import", "trades", &bad, "--profile", &profile, "--rejects", &out]);
        let told = &said.refused("STORNO-BAD-FILE").err;
        assert!(told.contains("bad.jsonl:2: The object has the key “cents” more than once"), "{told}");
        assert!(told.contains("bad.jsonl:3: The line is not one JSON object"), "{told}");
        let written = std::fs::read_to_string(&out).unwrap();
        assert_eq!(written.lines().count(), 3, "{written}");
        assert!(written.contains("{oops"), "{written}");
        assert_eq!(shop.number("SELECT count(*) FROM v_trade"), 0);
    }
}

#[test]
fn a_proposal_is_made_of_what_the_table_is_or_is_said_to_be() {
    let shop = Shop::bare();
    let makes = |name: &str, more: &[&str]| {
        let proposed = shop.done(&[&["profile", "guess", &data(&format!("profiles/{name}"))], more].concat());
        proposed.lines().find_map(|line| Some(line.strip_prefix("makes = ")?.to_owned())).unwrap()
    };
    assert_eq!(makes("trades-zh.csv", &[]), "\"trades\"");
    assert_eq!(makes("trades-en.csv", &[]), "\"trades\"");
    assert_eq!(makes("trades-zh.csv", &["--as", "statement"]), "\"statement\"");
    for journal in ["journal-zh.csv", "journal-en.csv"] {
        assert_eq!(makes(journal, &[]), "\"journal\"", "{journal}");
    }
    for statement in ["adyen-settlement.csv", "stripe-balance.csv"] {
        assert_eq!(makes(statement, &[]), "\"statement\"", "{statement}");
    }
}

#[test]
fn a_proposal_reads_the_table_that_it_was_made_for() {
    let shop = Shop::bare();
    let table = data("profiles/trades-zh.csv");
    let proposed = shop.done(&["profile", "guess", &table]);
    let file = shop.file("guessed.toml", &proposed);
    let tried = shop.run_without_ledger(&["profile", "try", &file, &table, "--json"]).parsed();
    assert_eq!((&tried["taken"], &tried["refused"]), (&4.into(), &0.into()), "{proposed}");
}
