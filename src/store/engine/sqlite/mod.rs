//! SQLite in this process: the default engine.
//!
//! WAL with `synchronous=FULL`, so that a commit that was answered survives a power cut; foreign keys on, because the
//! deferred one is what refuses entries without their voucher; one write transaction a batch, taken at its start, so
//! that what the batch reads is what it is written on.

use super::fault::{Fault, StoreError};
use super::row::{Cell, Cells, Param, Row};
use super::schema::{APPLICATION_ID, MIGRATIONS, VERSION};
use super::{Carrier, Engine, Reader, Sink};
use crate::domain::rejection::{Code, Rejection};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization, Wal};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params_from_iter,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

/// How long a writer waits for another one. Batches take milliseconds; an import of a large file takes seconds.
const BUSY: Duration = Duration::from_secs(10);

/// Page cache in KiB: enough for the upper levels of the indexes of ten million entries, small beside the memory budget.
const CACHE_KIB: i64 = 24_000;

/// Page cache of a second reader in KiB: it walks once, and meets no page again.
const BESIDE_CACHE_KIB: i64 = 4_000;

/// Statements kept prepared: every statement of the program fits.
const STATEMENTS: usize = 256;

/// Pages of log after which a commit carries them over into the file: SQLite's own default.
const LOG_PAGES: i32 = 1000;

/// The same while somebody else carries over: 40 MB. The log starts anew only once all of it is carried over while nobody
/// writes, so now and then the writer does the rest itself.
const CARRIED_LOG_PAGES: i32 = 10_000;

/// A ledger in a local file.
pub struct Sqlite {
    connection: Connection,
    read_only: bool,
    guarded: bool,
    log_pages: Arc<AtomicI32>,
}

impl Sqlite {
    /// Makes a new, empty ledger file.
    ///
    /// # Errors
    /// [`Code::Exists`] where there is something already, a fault where the file cannot be made.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(Rejection::new(Code::Exists).with("path", path.display()).into());
            }
            Err(error) => return Err(io(path, &error)),
        }
        let made = Self::create_in(path);
        if made.is_err() {
            // The half-made file is ours alone: it did not exist a moment ago.
            let _ = std::fs::remove_file(path);
        }
        made
    }

    fn create_in(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path).map_err(|e| fault(path, &e))?;
        prepare(&connection, false).map_err(|e| fault(path, &e))?;
        migrate(&mut connection, 0, MIGRATIONS).map_err(|e| fault(path, &e))?;
        Self::of(connection, false).map_err(|e| fault(path, &e))
    }

    /// Opens a ledger file. An older one is copied beside itself, then migrated; read-only, an older one is refused.
    ///
    /// Read-only, a file whose folder takes no files (a medium, another's archive) is taken for one that stands still: it is
    /// read as it is, without locks. That is done only where no writer has left anything beside it.
    ///
    /// # Errors
    /// A fault that says what the file is instead.
    pub fn open(path: &Path, read_only: bool) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(Fault::Missing { path: path.display().to_string() }.into());
        }
        let (mut connection, found) = match reach(path, read_only) {
            // Reading takes a file of its own beside the ledger, and there is no place for one.
            Err(StoreError::Fault(Fault::Io { .. } | Fault::ReadOnly)) if read_only && stands_still(path) => {
                reach_still(path)?
            }
            reached => reached?,
        };
        prepare(&connection, read_only).map_err(|e| fault(path, &e))?;
        let name = || path.display().to_string();
        if found > VERSION {
            return Err(Fault::Newer { path: name(), found, known: VERSION }.into());
        }
        if found < VERSION {
            if read_only {
                return Err(Fault::Older { path: name(), found, known: VERSION }.into());
            }
            back_up(&connection, path, found).map_err(|e| fault(path, &e))?;
            migrate(&mut connection, found, MIGRATIONS).map_err(|e| fault(path, &e))?;
        }
        Self::of(connection, read_only).map_err(|e| fault(path, &e))
    }

    fn of(mut connection: Connection, read_only: bool) -> rusqlite::Result<Self> {
        let log_pages = Arc::new(AtomicI32::new(LOG_PAGES));
        let bound = Arc::clone(&log_pages);
        connection.wal_hook(Some(move |log: &mut Wal, pages| {
            if pages >= bound.load(Ordering::Relaxed) {
                // As SQLite's own hook: the commit stands, and what cannot be carried over now is carried over later.
                let _ = log.checkpoint();
            }
            Ok(())
        }))?;
        Ok(Self { connection, read_only, guarded: false, log_pages })
    }

    /// Opens a ledger file for somebody else: the engine itself lets pass only what a desk does, whatever
    /// statement should ever come this way.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open_guarded(path: &Path, read_only: bool) -> Result<Self, StoreError> {
        Self::open(path, read_only)?.guard(path)
    }

    fn guard(mut self, path: &Path) -> Result<Self, StoreError> {
        self.connection.authorizer(Some(may_run)).map_err(|e| fault(path, &e))?;
        self.guarded = true;
        Ok(self)
    }
}

/// What a guarded connection may do: read, transactions, additions, and the few changes of state that the books know. The
/// count of an event's live vouchers is the triggers' own. Tables are never made, changed, dropped or attached, nothing is
/// deleted, and no setting of the connection changes.
fn may_run(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Recursive
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. } => true,
        AuthAction::Insert { table_name } => !table_name.starts_with("sqlite_"),
        AuthAction::Update { table_name, .. } => {
            matches!(table_name, "day" | "case_file" | "case_step" | "open_item")
                // By the triggers alone.
                || (matches!(table_name, "event" | "correction_guard") && context.accessor.is_some())
        }
        AuthAction::Function { function_name } => function_name != "load_extension",
        AuthAction::Pragma { pragma_name, pragma_value } => match pragma_name {
            "quick_check" | "foreign_key_check" => true,
            "foreign_keys" => pragma_value.is_none(),
            _ => false,
        },
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

/// Opens the file and answers its schema version.
fn reach(path: &Path, read_only: bool) -> Result<(Connection, i64), StoreError> {
    let flags = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|e| fault(path, &e))?;
    connection.busy_timeout(BUSY).map_err(|e| fault(path, &e))?;
    let found = identify(&connection, path)?;
    Ok((connection, found))
}

/// Opens a file that nobody changes, without locks and without a file beside it.
fn reach_still(path: &Path) -> Result<(Connection, i64), StoreError> {
    let whole = path.canonicalize().map_err(|e| io(path, &e))?;
    let Some(text) = whole.to_str() else {
        return Err(Fault::Io { detail: format!("{}: not UTF-8", path.display()) }.into());
    };
    // What a URI would take for something else.
    let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{text}?mode=ro&immutable=1"), flags)
        .map_err(|e| fault(path, &e))?;
    let found = identify(&connection, path)?;
    Ok((connection, found))
}

/// Whether the ledger is all in its file and nobody can be writing: a writer keeps a log beside it, and takes it away when
/// the last one leaves.
fn stands_still(path: &Path) -> bool {
    ["-wal", "-shm", "-journal"].iter().all(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        matches!(Path::new(&name).try_exists(), Ok(false))
    })
}

/// Checks whose file it is and answers its schema version.
fn identify(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id").map_err(|e| fault(path, &e))?;
    let version = pragma("user_version").map_err(|e| fault(path, &e))?;
    if application != APPLICATION_ID {
        return Err(Fault::NotALedger { path: path.display().to_string() }.into());
    }
    Ok(version)
}

fn prepare(connection: &Connection, read_only: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan must not hang on bound values: SQLite would prepare such a statement anew for each value, and most of reading one
    // trade or one chain after another went into that.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "recursive_triggers", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if read_only {
        connection.pragma_update(None, "query_only", true)?;
    } else {
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    Ok(())
}

/// Brings the file from schema version `from` to the last migration, in one transaction.
fn migrate(connection: &mut Connection, from: i64, migrations: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in migrations.iter().skip(usize::try_from(from).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or(i64::MAX))?;
    transaction.commit()
}

/// Copies the file beside itself before a migration: `day.db` of version 1 to `day.db.v1.bak`.
fn back_up(connection: &Connection, path: &Path, version: i64) -> rusqlite::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}.bak"));
    let mut copy = Connection::open(PathBuf::from(name))?;
    rusqlite::backup::Backup::new(connection, &mut copy)?.run_to_completion(4096, Duration::ZERO, None)
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Cells for rusqlite::Row<'_> {
    fn cell(&self, index: usize) -> Result<Cell<'_>, StoreError> {
        match self.get_ref(index).map_err(|e| refusal(&e))? {
            ValueRef::Null => Ok(Cell::Null),
            ValueRef::Integer(value) => Ok(Cell::Int(value)),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                .map(Cell::Text)
                .map_err(|_| Fault::Corrupt { detail: format!("column {index} is not UTF-8") }.into()),
            ValueRef::Real(_) | ValueRef::Blob(_) => {
                Err(Fault::Corrupt { detail: format!("column {index} is neither integer nor text") }.into())
            }
        }
    }
}

fn read_on(
    connection: &Connection,
    sql: &str,
    params: &[Param<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| refusal(&e))?;
    let mut rows = statement.query(params_from_iter(params)).map_err(|e| refusal(&e))?;
    while let Some(row) = rows.next().map_err(|e| refusal(&e))? {
        each(&Row(row))?;
    }
    Ok(())
}

impl Reader for Sqlite {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        read_on(&self.connection, sql, params, each)
    }
}

/// Statements a batch keeps at hand; writing a voucher or a row of a file takes fewer.
const AT_HAND: usize = 8;

/// An open write transaction. What it ran last stays at hand: it is run again for each row, and the connection's cache
/// would hash its text and clear it each time.
struct Batch<'c> {
    connection: &'c Connection,
    at_hand: Vec<(String, CachedStatement<'c>)>,
}

impl Reader for Batch<'_> {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        read_on(self.connection, sql, params, each)
    }
}

impl Sink for Batch<'_> {
    fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError> {
        let at = if let Some(at) = self.at_hand.iter().position(|(text, _)| text == sql) {
            at
        } else {
            let statement = self.connection.prepare_cached(sql).map_err(|e| refusal(&e))?;
            if self.at_hand.len() == AT_HAND {
                self.at_hand.clear();
            }
            self.at_hand.push((sql.to_owned(), statement));
            self.at_hand.len() - 1
        };
        self.at_hand[at].1.execute(params_from_iter(params)).map(|_| ()).map_err(|e| refusal(&e))
    }
}

impl Engine for Sqlite {
    fn commit(
        &mut self,
        fill: &mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.read_only {
            return Err(Fault::ReadOnly.into());
        }
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
            .map_err(|e| refusal(&e))?;
        fill(&mut Batch { connection: &self.connection, at_hand: Vec::new() })?;
        transaction.commit().map_err(|e| refusal(&e))
    }

    fn beside(&self) -> Option<Box<dyn Engine>> {
        let path = Path::new(self.connection.path()?);
        let other = Self::open(path, true).ok()?;
        // A guarded connection takes no settings any more.
        other.connection.pragma_update(None, "cache_size", -BESIDE_CACHE_KIB).ok()?;
        let other = if self.guarded { other.guard(path).ok()? } else { other };
        Some(Box::new(other))
    }

    fn carrier(&self) -> Option<Box<dyn Carrier>> {
        let path = Path::new(self.connection.path()?);
        let (connection, _) = reach(path, false).ok()?;
        connection.pragma_update(None, "synchronous", "FULL").ok()?;
        self.log_pages.store(CARRIED_LOG_PAGES, Ordering::Relaxed);
        Some(Box::new(Carrying { connection, log_pages: Arc::clone(&self.log_pages) }))
    }

    fn read_only(&self) -> bool {
        self.read_only
    }

    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError> {
        changes_of(self)
    }

    fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        integrity_of(self)
    }
}

/// A connection beside a writer's that does nothing but carry over.
struct Carrying {
    connection: Connection,
    log_pages: Arc<AtomicI32>,
}

impl Carrier for Carrying {
    fn carry(&mut self) -> Result<(), StoreError> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(|e| refusal(&e))
    }
}

impl Drop for Carrying {
    fn drop(&mut self) {
        self.log_pages.store(LOG_PAGES, Ordering::Relaxed);
    }
}

/// What the schema of a ledger lacks, has changed or has added.
pub(super) fn changes_of(ledger: &mut dyn Reader) -> Result<Vec<String>, StoreError> {
    let (ours, theirs) = (objects(&mut fresh()?)?, objects(ledger)?);
    let missing = ours.iter().filter(|(name, sql)| theirs.get(*name) != Some(*sql));
    let added = theirs.iter().filter(|(name, _)| !ours.contains_key(*name));
    Ok(missing.chain(added).map(|(name, _)| name.clone()).collect())
}

/// What SQLite itself finds wrong with a database.
pub(super) fn integrity_of(ledger: &mut dyn Reader) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    ledger.read("PRAGMA quick_check(20)", &[], &mut |row| {
        match row.text(0)? {
            "ok" => {}
            text => problems.push(text.to_owned()),
        }
        Ok(())
    })?;
    ledger.read("PRAGMA foreign_key_check", &[], &mut |row| {
        if problems.len() < 20 {
            problems.push(format!("{}: a row refers to a missing {}", row.text(0)?, row.text(2)?));
        }
        Ok(())
    })?;
    Ok(problems)
}

/// A ledger in memory as the migrations make it.
fn fresh() -> Result<Sqlite, StoreError> {
    let mut connection = Connection::open_in_memory().map_err(|e| refusal(&e))?;
    migrate(&mut connection, 0, MIGRATIONS).map_err(|e| refusal(&e))?;
    Sqlite::of(connection, false).map_err(|e| refusal(&e))
}

/// The statements that make an empty ledger, for an engine that takes them one by one: tables, the rows that every ledger
/// has, then what guards them.
pub(super) fn pattern() -> Result<Vec<String>, StoreError> {
    let mut ledger = fresh()?;
    let objects = |ledger: &mut Sqlite, what: &str| {
        let sql = format!(
            "SELECT sql, name FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND {what} ORDER BY rowid"
        );
        super::all(ledger, &sql, &[], |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
    };
    let tables = objects(&mut ledger, "type = 'table'")?;
    let mut statements: Vec<String> = tables.iter().map(|(sql, _)| sql.clone()).collect();
    for (_, table) in &tables {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns = super::all(&mut ledger, &columns, &[], |row| Ok(row.text(0)?.to_owned()))?;
        let values: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let rows = format!("SELECT {} FROM {table}", values.join(" || ', ' || "));
        let rows = super::all(&mut ledger, &rows, &[], |row| Ok(row.text(0)?.to_owned()))?;
        statements.extend(rows.into_iter().map(|row| format!("INSERT INTO {table} VALUES ({row})")));
    }
    statements.extend(objects(&mut ledger, "type <> 'table'")?.into_iter().map(|(sql, _)| sql));
    Ok(statements)
}

/// Everything the schema declares, by name, in its own words. Statistics that `ANALYZE` adds are no part of it.
fn objects(ledger: &mut dyn Reader) -> Result<BTreeMap<String, String>, StoreError> {
    let mut found = BTreeMap::new();
    let sql = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'";
    ledger.read(sql, &[], &mut |row| {
        found.insert(row.text(0)?.to_owned(), row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(found)
}

fn io(path: &Path, error: &std::io::Error) -> StoreError {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    match (error.kind(), folder) {
        (std::io::ErrorKind::StorageFull, _) => Fault::Full.into(),
        (std::io::ErrorKind::NotFound, Some(folder)) => {
            Fault::Io { detail: format!("{}: {error}", folder.display()) }.into()
        }
        (std::io::ErrorKind::NotFound, None) => Fault::Missing { path: path.display().to_string() }.into(),
        _ => Fault::Io { detail: format!("{}: {error}", path.display()) }.into(),
    }
}

/// An engine's error while a file is opened or made: the file is named.
fn fault(path: &Path, error: &rusqlite::Error) -> StoreError {
    match refusal(error) {
        StoreError::Fault(Fault::Corrupt { .. })
            if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) =>
        {
            Fault::NotADatabase { path: path.display().to_string() }.into()
        }
        StoreError::Fault(Fault::Io { detail }) => {
            Fault::Io { detail: format!("{}: {detail}", path.display()) }.into()
        }
        other => other,
    }
}

/// An engine's error as a refusal of the books where a guard spoke, as a fault otherwise.
fn refusal(error: &rusqlite::Error) -> StoreError {
    let text = error.to_string();
    if let Some(code) = Code::find_in(&text) {
        return Rejection::new(code).with("guard", text).into();
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) if text.contains("voucher.reverses") => {
            StoreError::rejected(Code::AlreadyReversed)
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Locked.into(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Fault::ReadOnly.into(),
        Some(ErrorCode::DiskFull) => Fault::Full.into(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Fault::Corrupt { detail: text }.into(),
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => Fault::Io { detail: text }.into(),
        Some(ErrorCode::OperationInterrupted) => StoreError::rejected(Code::Cancelled),
        _ => Fault::Internal { detail: text }.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_copied_before_it_is_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        let mut connection = Connection::open(&path).unwrap();
        migrate(&mut connection, 0, &["CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);"])
            .unwrap();
        back_up(&connection, &path, 1).unwrap();
        let steps = ["", "CREATE TABLE b (x INTEGER) STRICT;"];
        migrate(&mut connection, 1, &steps).unwrap();
        assert_eq!(identify(&connection, &path).unwrap(), 2);
        let copy = Connection::open(folder.path().join("old.db.v1.bak")).unwrap();
        assert_eq!(identify(&copy, &path).unwrap(), 1);
        let rows: i64 = copy.query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_file_that_stands_still_is_read_without_a_file_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive 100%#?.db");
        drop(Sqlite::create(&path).unwrap());
        assert!(stands_still(&path));
        let (still, found) = reach_still(&path).unwrap();
        assert_eq!(found, VERSION);
        let tables =
            still.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0));
        assert!(tables.is_ok_and(|count: i64| count > 10));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing came beside it");
        assert!(still.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')", []).is_err());
    }

    #[test]
    fn a_file_with_a_writers_log_beside_it_does_not_stand_still() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day.db");
        let ledger = Sqlite::create(&path).unwrap();
        assert!(!stands_still(&path));
        drop(ledger);
        assert!(stands_still(&path));
    }

    #[test]
    fn a_carrier_brings_what_was_committed_into_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day.db");
        let mut ledger = Sqlite::create(&path).unwrap();
        let mut carrier = ledger.carrier().unwrap();
        assert_eq!(ledger.log_pages.load(Ordering::Relaxed), CARRIED_LOG_PAGES);
        let put = ledger.commit(&mut |sink| {
            sink.run("INSERT INTO setting (name, value) VALUES ('a', 'brought over')", &[])
        });
        put.unwrap();
        let holds =
            |path: &Path| std::fs::read(path).unwrap().windows(12).any(|window| window == b"brought over");
        assert!(!holds(&path), "a commit leaves it in the log");
        carrier.carry().unwrap();
        assert!(holds(&path));
        drop(carrier);
        assert_eq!(ledger.log_pages.load(Ordering::Relaxed), LOG_PAGES, "the writer does it again");
    }

    #[test]
    fn a_batch_runs_more_statements_than_it_keeps_at_hand() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Sqlite::create(&folder.path().join("day.db")).unwrap();
        let texts: Vec<String> = (0..=AT_HAND)
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
    fn a_guarded_connection_lets_only_a_desk_pass() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day.db");
        drop(Sqlite::create(&path).unwrap());
        let mut ledger = Sqlite::open_guarded(&path, false).unwrap();
        let put =
            ledger.commit(&mut |sink| sink.run("INSERT INTO setting (name, value) VALUES ('a', 'b')", &[]));
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
        let mut other = ledger.beside().unwrap();
        assert!(other.read("PRAGMA query_only = OFF", &[], &mut |_| Ok(())).is_err());
    }

    #[test]
    fn a_failed_migration_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        let mut connection = Connection::open(&path).unwrap();
        migrate(&mut connection, 0, &["CREATE TABLE a (x INTEGER) STRICT;"]).unwrap();
        assert!(
            migrate(&mut connection, 1, &["", "CREATE TABLE b (x INTEGER) STRICT; CREATE nonsense;"])
                .is_err()
        );
        assert_eq!(identify(&connection, &path).unwrap(), 1);
        assert!(connection.prepare("SELECT x FROM b").is_err());
    }
}
