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
fn a_proposal_reads_the_table_that_it_was_made_for() {
    let shop = Shop::bare();
    let table = data("profiles/trades-zh.csv");
    let proposed = shop.done(&["profile", "guess", &table]);
    let file = shop.file("guessed.toml", &proposed);
    let tried = shop.run_without_ledger(&["profile", "try", &file, &table, "--json"]).parsed();
    assert_eq!((&tried["taken"], &tried["refused"]), (&4.into(), &0.into()), "{proposed}");
}
