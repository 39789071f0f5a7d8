//! A ledger can be verified without Storno: the Python program of the format page finds what Storno finds.

use crate::sample;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::protocol::ledger::Verified;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the answer and the exit code of the Python program.
fn outside(ledger: &Path) -> (serde_json::Value, Option<i32>) {
    let output =
        Command::new("python3").arg("-B").arg(root("assets/sql/verify.py")).arg(ledger).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{errors}")),
        output.status.code(),
    )
}

/// Storno's answer in the shape of the program's.
fn inside(verified: &Verified) -> serde_json::Value {
    // The Python program reads the books, neither the schema nor the texts of rules: only Storno knows which schema it
    // made, and what a text means.
    let problems: Vec<_> = verified
        .problems
        .iter()
        .filter(|problem| !matches!(problem.check.as_str(), "schema" | "facts"))
        .map(|problem| serde_json::json!([problem.check, problem.voucher_no, problem.account]))
        .collect();
    serde_json::json!({
        "ok": verified.ok,
        "vouchers": verified.vouchers,
        "entries": verified.entries,
        "head_seq": verified.head_seq,
        "head_hash": verified.head_hash,
        "problems": problems,
    })
}

fn in_order(mut answer: serde_json::Value) -> serde_json::Value {
    let problems = answer["problems"].as_array_mut().unwrap();
    problems.sort_by_key(ToString::to_string);
    answer
}

/// Makes a changed copy of the ledger without its guards.
fn tampered(ledger: &Path, copy: &Path, change: &str) {
    fs::copy(ledger, copy).unwrap();
    let connection = Connection::open(copy).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let mut statement = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").unwrap();
    let triggers: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    drop(statement);
    let dropped =
        triggers.iter().fold(String::new(), |sql, name| sql + "DROP TRIGGER " + name.as_str() + ";\n");
    connection
        .execute_batch(&format!("BEGIN; {dropped} {change}; COMMIT;"))
        .unwrap_or_else(|error| panic!("{change}: {error}"));
}

const CLOSE: &str = "UPDATE day SET state = 'closed', closed_at = 'x', closed_by = 'x', \
    head_seq = (SELECT max(id) FROM voucher), head_hash = (SELECT hash FROM voucher ORDER BY id DESC LIMIT 1) \
    WHERE day = '2018-09-12';";

const ACCOUNT_DAY: &str = "INSERT INTO account_line VALUES (1, 1, 2, NULL, NULL, 100, NULL, 'payment', 'x', 'x', NULL, NULL, NULL, '', ''); \
    INSERT INTO account_statement VALUES (1, '1101.WECHAT', '', '2018-09-12', NULL, NULL, 500, 600, 100, 1, 'x', 'x', 'x', 'x', 'op1');";

/// Changes to a ledger, each with a check that must fail.
fn changes() -> Vec<(&'static str, String, &'static str)> {
    let own = |text: &str| text.to_owned();
    vec![
        ("memo", own("UPDATE voucher SET memo = memo || '.' WHERE id = 3"), "hash"),
        (
            "memo, same length in characters",
            own("UPDATE voucher SET memo = '充' || substr(memo, 2) WHERE id = 3"),
            "hash",
        ),
        ("maker", own("UPDATE voucher SET maker = 'op9' WHERE id = 3"), "hash"),
        ("checker", own("UPDATE voucher SET checker = 'op9' WHERE case_no IS NOT NULL"), "hash"),
        ("an absent fact becomes empty", own("UPDATE voucher SET rule = '' WHERE id = 3"), "hash"),
        ("value date", own("UPDATE voucher SET value_date = '2018-09-13' WHERE id = 3"), "hash"),
        ("case", own("UPDATE voucher SET case_no = 'C0002' WHERE case_no IS NOT NULL"), "hash"),
        ("reversal link taken away", own("UPDATE voucher SET reverses = NULL"), "hash"),
        ("reversal link moved", own("UPDATE voucher SET reverses = 2 WHERE reverses IS NOT NULL"), "mirror"),
        ("hash", own("UPDATE voucher SET hash = replace(hash, 'a', 'b') WHERE id = 3"), "link"),
        ("previous hash", own("UPDATE voucher SET prev_hash = hash WHERE id = 3"), "link"),
        (
            "one amount",
            own("UPDATE entry SET amount_minor = amount_minor + 1 WHERE voucher = 2 AND line = 1"),
            "unbalanced",
        ),
        (
            "two amounts, still balanced",
            own("UPDATE entry SET amount_minor = 1 WHERE voucher = 3"),
            "balance",
        ),
        ("side of every line", own("UPDATE entry SET side = -side WHERE voucher = 3"), "balance"),
        (
            "balance after",
            own("UPDATE entry SET after_minor = after_minor + 1 WHERE voucher = 2 AND line = 2"),
            "balance",
        ),
        ("chain number", own("UPDATE entry SET seq = seq + 1 WHERE voucher = 2 AND line = 2"), "chain"),
        (
            "account of a line",
            own(
                "UPDATE entry SET account = (SELECT id FROM account WHERE code = '2001.E') WHERE voucher = 1 AND line = 2",
            ),
            "chain",
        ),
        ("mode of a line", own("UPDATE entry SET mode = 'wipe' WHERE voucher = 3 AND line = 1"), "hash"),
        ("a line taken out", own("DELETE FROM entry WHERE voucher = 2 AND line = 6"), "unbalanced"),
        ("name of an account", own("UPDATE account SET code = '2001.Z' WHERE code = '2001.A'"), "hash"),
        (
            "normal side of an account",
            own("UPDATE account SET normal = -normal WHERE code = '2001.A'"),
            "hash",
        ),
        ("number of a trade", own("UPDATE trade SET trade_no = 'T9999' WHERE trade_no = 'T0001'"), "hash"),
        (
            "a voucher in the middle",
            own("DELETE FROM entry WHERE voucher = 5; DELETE FROM voucher WHERE id = 5"),
            "sequence",
        ),
        (
            "order of two vouchers",
            own("UPDATE voucher SET id = 999 WHERE id = 4; UPDATE voucher SET id = 4 WHERE id = 5; \
                 UPDATE voucher SET id = 5 WHERE id = 999; UPDATE entry SET voucher = 999 WHERE voucher = 4; \
                 UPDATE entry SET voucher = 4 WHERE voucher = 5; UPDATE entry SET voucher = 5 WHERE voucher = 999;"),
            "link",
        ),
        (
            "a voucher slipped into a closed day",
            format!("{CLOSE} UPDATE day SET head_seq = 3 WHERE day = '2018-09-12'"),
            "closed",
        ),
        (
            "the tail behind a closed day",
            format!(
                "{CLOSE} DELETE FROM entry WHERE voucher = (SELECT max(id) FROM voucher); \
                     DELETE FROM voucher WHERE id = (SELECT max(id) FROM voucher)"
            ),
            "tail",
        ),
        (
            "a voucher without its entries",
            own("DELETE FROM voucher WHERE id = (SELECT max(id) FROM voucher)"),
            "orphan",
        ),
        ("a day closed without its balances", CLOSE.to_owned(), "closing"),
        ("a closing balance", own("INSERT INTO day_balance VALUES ('2018-09-10', 1, 0, 0, 5)"), "closing"),
        ("the seal of a month", own("UPDATE period SET head_seq = 1"), "tail"),
        ("live postings", own("UPDATE event SET live = live + 1 WHERE id = 9"), "event"),
        ("the text of the rules", own("UPDATE rule_set SET source = source || '#'"), "text"),
        ("the text of the policy", own("UPDATE policy SET source = source || '#'"), "text"),
        ("a text of the channels", own("UPDATE channel_set SET source = source || '#'"), "text"),
        ("a text of the kinds", own("UPDATE kind_set SET source = source || '#'"), "text"),
        ("the trade of a voucher", own("DELETE FROM trade WHERE trade_no = 'T0001'"), "file"),
    ]
}

/// As [`changes`], of statements of accounts.
fn changes_of_accounts() -> Vec<(&'static str, String, &'static str)> {
    vec![
        (
            "the amount of a line of an account statement",
            format!("{ACCOUNT_DAY} UPDATE account_line SET amount_minor = 99"),
            "account_lines",
        ),
        (
            "the opening balance of an account statement",
            format!(
                "PRAGMA ignore_check_constraints = 1; {ACCOUNT_DAY} UPDATE account_statement SET opening_minor = 1"
            ),
            "account_balance",
        ),
        (
            "an account statement taken out",
            format!(
                "{ACCOUNT_DAY} UPDATE account_statement SET id = 2; UPDATE account_line SET statement = 2"
            ),
            "account_end",
        ),
    ]
}

#[test]
fn the_program_of_the_format_page_finds_what_storno_finds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    let mut desk = sample::ledger(&path);
    let whole = inside(&sample::verify(&mut desk));
    drop(desk);
    assert_eq!(whole["problems"], serde_json::json!([]));
    assert!(whole["vouchers"].as_i64() > Some(10));
    assert_eq!(outside(&path), (whole, Some(0)));
    for (name, change, check) in changes().into_iter().chain(changes_of_accounts()) {
        let copy = folder.path().join("copy.db");
        tampered(&path, &copy, &change);
        let mut desk = OpenLedger::open(&copy, true).map(Desk::from).unwrap();
        let verified = sample::verify(&mut desk);
        assert!(
            verified.problems.iter().any(|problem| problem.check == "schema"),
            "{name}: dropped guards go unseen"
        );
        let found = in_order(inside(&verified));
        drop(desk);
        let (said, exit) = outside(&copy);
        assert_eq!(in_order(said), found, "{name}");
        assert_eq!(exit, Some(1), "{name}");
        let checks: Vec<&str> =
            found["problems"].as_array().unwrap().iter().filter_map(|problem| problem[0].as_str()).collect();
        assert!(checks.contains(&check), "{name}: {checks:?}");
    }
}

#[test]
fn a_statement_with_other_lines_than_its_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    for change in [
        "DELETE FROM statement_line WHERE id = (SELECT max(id) FROM statement_line)",
        "UPDATE statement_line SET statement = 999 WHERE id = 1",
    ] {
        let copy = folder.path().join("copy.db");
        tampered(&path, &copy, change);
        let mut desk = OpenLedger::open(&copy, true).map(Desk::from).unwrap();
        let found = sample::verify(&mut desk).problems;
        assert!(found.iter().any(|problem| problem.check == "lines"), "{change}: {found:?}");
    }
}

#[test]
fn what_views_read_is_compared_with_the_texts_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    for (what, change) in [
        ("policy", "UPDATE policy SET waiting_days = 60"),
        ("policy", "UPDATE policy SET cut_from = '00:00:00'"),
        ("rules", "UPDATE rule_set SET valid_from = '2030-01-01'"),
        ("channels", "UPDATE channel_fact SET cut_minute = cut_minute - 1 WHERE channel = 'WECHAT'"),
        ("channels", "INSERT INTO channel_merchant SELECT max(version), 'WECHAT', '99' FROM channel_set"),
        ("channels", "INSERT INTO channel_shift SELECT max(version), 'WECHAT', 0, -60 FROM channel_set"),
        ("kinds", "UPDATE trade_kind SET listed = 0 WHERE code = 'topup'"),
        ("kinds", "DELETE FROM kind_undoes WHERE kind = 'refund'"),
    ] {
        let copy = folder.path().join("copy.db");
        tampered(&path, &copy, change);
        let mut desk = OpenLedger::open(&copy, true).map(Desk::from).unwrap();
        let verified = sample::verify(&mut desk);
        let found: Vec<&str> = verified
            .problems
            .iter()
            .filter(|problem| problem.check == "facts")
            .map(|problem| problem.detail.as_str())
            .collect();
        assert!(found.len() == 1 && found[0].contains(what), "{change}: {found:?}");
    }
}

/// Changes one byte of a balance in the index that balances are read from, and of nothing in a table.
fn change_one_byte_of_an_index(ledger: &Path) {
    let connection = Connection::open(ledger).unwrap();
    let balance: i64 = connection
        .query_row(
            "SELECT after_minor FROM entry WHERE after_minor BETWEEN 65536 AND 8388607 \
             GROUP BY after_minor HAVING count(*) = 1 ORDER BY after_minor DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    connection.close().unwrap();
    let number = &balance.to_be_bytes()[5..];
    let mut bytes = fs::read(ledger).unwrap();
    // 10 is the type of a leaf page of an index.
    let leaves = bytes.chunks_mut(usize::try_from(page).unwrap()).filter(|page| page[0] == 10);
    let changed = leaves.filter_map(|leaf| {
        let at = leaf.windows(3).position(|window| window == number)?;
        leaf[at + 2] ^= 1;
        Some(())
    });
    assert!(changed.count() > 0);
    fs::write(ledger, bytes).unwrap();
}

#[test]
fn one_changed_byte_of_an_index_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    let copy = folder.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    Connection::open(&copy).unwrap().pragma_update(None, "journal_mode", "DELETE").unwrap();
    change_one_byte_of_an_index(&copy);
    let mut desk = OpenLedger::open(&copy, true).map(Desk::from).unwrap();
    let verified = sample::verify(&mut desk);
    assert!(!verified.ok);
    let mut damage = verified.problems.iter().filter(|problem| problem.check == "file");
    assert!(damage.any(|problem| problem.detail.contains("entry_chain")), "{verified:?}");
    assert_eq!(outside(&copy).1, Some(1));
}

#[test]
fn a_cut_tail_is_found_by_a_kept_seal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    let mut desk = sample::ledger(&path);
    let kept = sample::verify(&mut desk);
    assert!(desk.ledger_mut().holds_seal(kept.head_seq, &kept.head_hash).unwrap());
    drop(desk);
    let copy = folder.path().join("copy.db");
    let last = "(SELECT max(id) FROM voucher)";
    tampered(
        &path,
        &copy,
        &format!("DELETE FROM entry WHERE voucher = {last}; DELETE FROM voucher WHERE id = {last}"),
    );
    let mut desk = OpenLedger::open(&copy, true).map(Desk::from).unwrap();
    assert!(!desk.ledger_mut().holds_seal(kept.head_seq, &kept.head_hash).unwrap());
    assert!(desk.ledger_mut().holds_seal(0, storno::domain::chain::GENESIS).unwrap());
}

#[test]
fn the_format_page_prints_the_very_program() {
    let page = fs::read_to_string(root("assets/sql/README.md")).unwrap();
    let program = fs::read_to_string(root("assets/sql/verify.py")).unwrap();
    let printed = page.split("```python\n").find_map(|part| {
        let block = part.split("```").next()?;
        block.starts_with("\"\"\"Verifies").then_some(block)
    });
    assert_eq!(printed, Some(program.as_str()));
}
