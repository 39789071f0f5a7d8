//! A ledger of schema version 1, made by the program of that time: it is backed up, migrated, and goes on.
//! `tests/data/ledgers/v1.zip` holds it: the sample day, three committed cases (a wrong account, a failed
//! trade that the channel has, a counter trade), one submitted and one staged, and a clearing.

use crate::support::place::Place;
use crate::support::{Shop, VIEWS, data};
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::process::Command;

/// When the findings beside the ledger were listed.
const THEN: &str = "2018-09-13T12:15:00+08:00";

/// Unpacks the old ledger where a test's ledger is.
fn old() -> Shop {
    let shop = Shop::at(Place::File);
    unpack(&shop);
    shop
}

/// Writes the old ledger as a file `day.db` into the test's folder.
pub fn unpack(shop: &Shop) {
    unpack_version(shop, "v1");
}

fn unpack_version(shop: &Shop, version: &str) {
    let file = std::fs::File::open(data(&format!("ledgers/{version}.zip"))).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut bytes = Vec::new();
    archive.by_index(0).unwrap().read_to_end(&mut bytes).unwrap();
    shop.file("day.db", bytes);
}

/// Returns the schema version and the rows of every public view.
fn public(path: &Path) -> (i64, Vec<(&'static str, Vec<Vec<Cell>>)>) {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let version = file.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    let rows = |view: &str| {
        let mut statement = file.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect());
        rows.unwrap().collect::<Result<Vec<Vec<Cell>>, _>>().unwrap()
    };
    (version, VIEWS.into_iter().map(|view| (view, rows(view))).collect())
}

#[test]
fn an_old_ledger_is_backed_up_and_keeps_what_it_showed() {
    let shop = old();
    let (before, backup) = (public(&shop.path("day.db")), shop.path("day.db.v1.bak"));
    assert_eq!(before.0, 1);
    shop.run(&["--read-only", "trades"]).ended(3, "STORNO-OLDER-LEDGER");
    assert!(!backup.exists(), "a session that may only read changes nothing");

    let verified = shop.verified();
    let after = public(&shop.path("day.db"));
    assert_eq!(after.0, 5);
    // No day of it is closed, so one view is empty.
    assert_eq!(before.1.iter().filter(|(_, rows)| !rows.is_empty()).count(), VIEWS.len() - 1);
    for ((view, then), (_, now)) in before.1.iter().zip(&after.1) {
        assert_eq!(then, now, "{view}");
    }
    assert_eq!(public(&backup), before, "the copy is the ledger as it was");
    assert_eq!(verified["head_hash"], "36b84b55b4aeaf24655016777a356693ab8218afbed91b349e4ae702fa9fd660");
    let versions = |table: &str| {
        let file = Connection::open(shop.path("day.db")).unwrap();
        let sql = format!("SELECT group_concat(version || ' ' || id || ' ' || operator) FROM {table}");
        file.query_row(&sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    // As if whoever made the ledger had loaded them then.
    assert_eq!([versions("kind_set"), versions("channel_set")], ["1 default root", "1 china root"]);
    let outside = Command::new("python3")
        .args(["-B", &format!("{}/assets/sql/verify.py", env!("CARGO_MANIFEST_DIR")), &shop.ledger()])
        .output()
        .unwrap();
    assert_eq!(outside.status.code(), Some(0), "{outside:?}");
}

#[test]
fn an_old_ledger_has_the_findings_that_it_had() {
    let then: Value =
        serde_json::from_str(&std::fs::read_to_string(data("ledgers/v1-findings.json")).unwrap()).unwrap();
    assert!(then.as_array().unwrap().len() > 5);
    assert_eq!(old().run(&["findings", "--json", "--now", THEN]).parsed(), then);
}

#[test]
fn a_case_of_an_old_ledger_goes_on() {
    let shop = old();
    // Submitted before the migration, approved and committed after it.
    shop.done(&["case", "approve", "C0004", "--operator", "op2", "--now", THEN]);
    shop.done(&["commit", "C0004", "--now", THEN]);
    // Staged before it.
    shop.agreed_at("C0005", THEN);
    shop.done(&["commit", "C0005", "--now", THEN]);
    let left = shop.findings(&["--now", THEN]);
    for trade in ["T0008", "T0009"] {
        assert!(left.iter().all(|(of, _)| of != trade), "{left:?}");
    }
    assert_eq!(shop.verified()["vouchers"], 25);
}

/// The ledger of schema version 2 is that of version 1 as its program migrated it, with a statement of another
/// channel, a trade recorded from one of its lines, and another line that was parked and taken back by the channel.
#[test]
fn a_ledger_of_the_second_schema_goes_on_with_its_findings() {
    let shop = Shop::at(Place::File);
    unpack_version(&shop, "v2");
    let now = ["--now", "2018-09-13T12:25:00+08:00"];
    let then: Value =
        serde_json::from_str(&std::fs::read_to_string(data("ledgers/v2-findings.json")).unwrap()).unwrap();
    assert!(then.as_array().unwrap().len() > 10);
    assert_eq!(shop.run(&[&["findings", "--json"], now.as_slice()].concat()).parsed(), then);
    assert_eq!(public(&shop.path("day.db")).0, 5);
    assert_eq!(public(&shop.path("day.db.v2.bak")).0, 2);
    // Its statements stand, and the parked line has a plan that the line which takes it back proves.
    let bills = shop.json(&[&["bill", "list"], now.as_slice()].concat());
    assert_eq!(bills.as_array().unwrap().len(), 3, "{bills}");
    assert_eq!(shop.verified()["vouchers"], 23);
}
