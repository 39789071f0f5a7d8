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
