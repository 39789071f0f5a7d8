use super::*;

const FIRST: &str = "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);";

/// Makes a ledger of version 1 with one row, and returns a connection to it.
fn old(path: &Path) -> Connection {
    let mut connection = Connection::open(path).unwrap();
    prepare(&connection, false).unwrap();
    migrate(&mut connection, 0, &[FIRST]).unwrap();
    connection
}

/// Returns the schema version of a file and the rows of its table.
fn held(path: &Path) -> (i64, i64) {
    let file = Connection::open(path).unwrap();
    let rows = file.query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap();
    (identify(&file, path).unwrap(), rows)
}

#[test]
fn an_older_file_is_copied_before_it_is_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let mut connection = old(&path);
    let steps = ["", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO a VALUES (2);"];
    assert_eq!(upgrade(&mut connection, &path, &steps).unwrap(), 1);
    assert_eq!(held(&path), (2, 2));
    assert_eq!(held(&folder.path().join("old.db.v1.bak")), (1, 1));
}

#[test]
fn a_copy_takes_the_place_of_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, taken) = (folder.path().join("old.db"), folder.path().join("old.db.v1.bak"));
    std::fs::write(&taken, "of another ledger").unwrap();
    upgrade(&mut old(&path), &path, &["", "CREATE TABLE b (x INTEGER) STRICT;"]).unwrap();
    assert_eq!(std::fs::read(&taken).unwrap(), b"of another ledger");
    assert_eq!(held(&folder.path().join("old.db.v1-2.bak")), (1, 1));
}

#[test]
fn a_file_that_another_program_migrated_meanwhile_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let (mut one, mut other) = (old(&path), Connection::open(&path).unwrap());
    let steps = ["", "CREATE TABLE b (x INTEGER) STRICT;"];
    upgrade(&mut one, &path, &steps).unwrap();
    assert_eq!(upgrade(&mut other, &path, &steps).unwrap(), 2);
    assert!(!folder.path().join("old.db.v1-2.bak").exists());
}

#[test]
fn a_file_at_rest_is_read_without_creating_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive 100%#?.db");
    drop(Sqlite::create(&path).unwrap());
    assert!(is_at_rest(&path));
    let (still, found) = reach_at_rest(&path).unwrap();
    assert_eq!(found, VERSION);
    let tables =
        still.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0));
    assert!(tables.is_ok_and(|count: i64| count > 10));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no other file was created");
    assert!(still.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')", []).is_err());
}

#[test]
fn a_file_with_a_writers_log_is_not_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    let ledger = Sqlite::create(&path).unwrap();
    assert!(!is_at_rest(&path));
    drop(ledger);
    assert!(is_at_rest(&path));
}

#[test]
fn a_checkpointer_copies_commits_into_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    let mut ledger = Sqlite::create(&path).unwrap();
    let mut checkpointer = ledger.checkpointer().unwrap();
    assert_eq!(ledger.log_pages.load(Ordering::Relaxed), CHECKPOINTER_LOG_PAGES);
    let put = ledger
        .commit(&mut |sink| sink.run("INSERT INTO setting (name, value) VALUES ('a', 'brought over')", &[]));
    put.unwrap();
    let holds =
        |path: &Path| std::fs::read(path).unwrap().windows(12).any(|window| window == b"brought over");
    assert!(!holds(&path), "a commit leaves it in the log");
    checkpointer.checkpoint().unwrap();
    assert!(holds(&path));
    drop(checkpointer);
    assert_eq!(ledger.log_pages.load(Ordering::Relaxed), LOG_PAGES, "the writer checkpoints again");
}

#[test]
fn a_batch_runs_more_statements_than_it_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Sqlite::create(&folder.path().join("day.db")).unwrap();
    let texts: Vec<String> = (0..=KEPT_STATEMENTS)
        .map(|n| format!("INSERT INTO setting (name, value) VALUES (?1 || '{n}', ?2)"))
        .collect();
    let run = ledger.commit(&mut |sink| {
        for round in ["a", "b", "c"] {
            for text in &texts {
                sink.run(text, &[Param::Text(round), Param::Text(text)])?;
            }
        }
        Ok(())
    });
    run.unwrap();
    let mut stored = Vec::new();
    let read = ledger.read("SELECT name, value FROM setting ORDER BY name", &[], &mut |row| {
        stored.push((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        Ok(())
    });
    read.unwrap();
    let numbered = texts.iter().enumerate();
    let expected = ["a", "b", "c"]
        .into_iter()
        .flat_map(|round| numbered.clone().map(move |(n, text)| (format!("{round}{n}"), text.clone())));
    assert_eq!(stored, expected.collect::<Vec<_>>());
}

#[test]
fn a_guarded_connection_passes_only_what_the_service_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(Sqlite::create(&path).unwrap());
    let mut ledger = Sqlite::open_guarded(&path, false).unwrap();
    let put = ledger.commit(&mut |sink| sink.run("INSERT INTO setting (name, value) VALUES ('a', 'b')", &[]));
    put.unwrap();
    for sql in [
        "DROP TRIGGER entry_insert",
        "CREATE TABLE x (y)",
        "CREATE TEMP TRIGGER t BEFORE INSERT ON entry BEGIN SELECT 1; END",
        "ALTER TABLE entry RENAME TO x",
        "DELETE FROM setting",
        "UPDATE setting SET value = 'c'",
        "UPDATE event SET live = 0",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA recursive_triggers = OFF",
        "ATTACH 'x.db' AS x",
        "VACUUM INTO 'copy.db'",
        "REINDEX",
        "ANALYZE",
        "INSERT INTO sqlite_master VALUES (1, 2, 3, 4, 5)",
        "SELECT load_extension('x')",
    ] {
        let ran = ledger.connection.execute_batch(sql);
        let error = ran.expect_err(sql).to_string();
        let denied = ["not authorized", "prohibited", "authorization denied"];
        assert!(denied.iter().any(|words| error.contains(words)), "{sql}: {error}");
    }
    assert!(ledger.integrity().unwrap().is_empty());
    let mut other = ledger.second_reader().unwrap();
    assert!(other.read("PRAGMA query_only = OFF", &[], &mut |_| Ok(())).is_err());
}

#[test]
fn a_failed_migration_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let mut connection = old(&path);
    let steps = ["", "CREATE TABLE b (x INTEGER) STRICT; CREATE nonsense;"];
    assert!(upgrade(&mut connection, &path, &steps).is_err());
    assert!(!folder.path().join("old.db.v1.bak").exists(), "nobody needs the copy");
    assert_eq!(identify(&connection, &path).unwrap(), 1);
    assert!(connection.prepare("SELECT x FROM b").is_err());
}

#[test]
fn foreign_keys_and_checks_answer_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Sqlite::create(&folder.path().join("day.db")).unwrap();
    for sql in [
        // At the commit: its statement does not follow.
        "INSERT INTO statement_line (statement, line, channel, kind, channel_ref, channel_no, amount_minor, fee_minor, currency, \
         status, occurred_at) VALUES (9, 1, 'WECHAT', 'pay', 'R1', 'N1', 1, 0, 'CNY', 'succeeded', 'x')",
        "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, reason, at, operator) \
         VALUES (9, 1, 'undo', 'pay', 'N1', 'x', 'x', 'x')",
        "INSERT INTO channel_fact VALUES (1, 'WECHAT', 0, NULL, NULL)",
        "INSERT INTO setting (name, value) VALUES ('a', NULL)",
    ] {
        let refused = ledger.commit(&mut |sink| sink.run(sql, &[])).unwrap_err();
        let StoreError::Rejected(rejection) = refused else { panic!("{sql}: {refused}") };
        assert_eq!(rejection.code, Code::Reference, "{sql}");
    }
}

/// What version 4 said of a line is said of the only merchant number whose line was there; error trades get their word.
#[test]
fn what_an_older_version_said_of_lines_is_of_their_merchant_number() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate(&mut connection, 0, &MIGRATIONS[..4]).unwrap();
    // The guards of that time want approved cases.
    let guards = rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
    connection.set_db_config(guards, false).unwrap();
    let mut rows = String::new();
    let statements = [(1, "'M1'", "wechat", 1), (2, "'M2'", "wechat", 3), (3, "NULL", "unionpay-errors", 1)];
    for (id, merchant, format, hour) in statements {
        rows += &format!(
            "INSERT INTO statement_line (statement, line, channel, kind, channel_ref, channel_no, amount_minor, fee_minor, currency, status, \
               occurred_at) VALUES ({id}, 1, 'WECHAT', 'pay', 'R{0}', 'N1', 1, 0, 'CNY', 'succeeded', 'x'); \
             INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator, covers) \
               VALUES ({id}, 'WECHAT', '2025-03-12', {merchant}, '{format}', 'f', 'f{id}', 1, '2025-03-13T0{hour}:00:00+08:00', 'op', 'all');",
            if id == 3 { 3 } else { 1 }
        );
    }
    for (n, reference, hour) in [(1, "R1", 2), (2, "R1", 4), (3, "R3", 4)] {
        rows += &format!(
            "INSERT INTO answered_line (n, channel, channel_ref, original_ref, case_no, at, operator, line_kind, channel_no) \
             VALUES ({n}, 'WECHAT', '{reference}', 'x', 'C1', '2025-03-13T0{hour}:00:00+08:00', 'op', 'pay', 'N1');"
        );
    }
    connection.execute_batch(&format!("BEGIN; {rows} COMMIT;")).unwrap();
    connection.set_db_config(guards, true).unwrap();
    migrate(&mut connection, 4, MIGRATIONS).unwrap();
    let mut of_answers = connection.prepare("SELECT merchant_no FROM answered_line ORDER BY n").unwrap();
    let merchants = of_answers.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    let merchants: Vec<Option<String>> = merchants.collect::<Result<_, _>>().unwrap();
    assert_eq!(merchants, [Some("M1".to_owned()), None, None], "of two at that time it may be either");
    let mut covers = connection.prepare("SELECT lists FROM statement ORDER BY id").unwrap();
    let covers = covers.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(covers.collect::<Result<Vec<_>, _>>().unwrap(), ["all", "all", "errors"]);
}
