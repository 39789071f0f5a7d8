//! SQLite in this process: the default engine.
//!
//! WAL with `synchronous=FULL`, so that an answered commit survives a power cut. Foreign keys are on,
//! because the deferred one refuses entries without their voucher. A batch takes the write transaction at
//! its start, so that it reads the state it is written on.

mod errors;
mod migrate;

use super::fault::{Fault, StoreError};
use super::inspect;
use super::row::{Cell, Cells, Param, Row};
use super::schema::{APPLICATION_ID, MIGRATIONS, VERSION};
use super::{Checkpointer, EachRow, Engine, Fill, Reader, Sink};
use crate::domain::rejection::{Code, Rejection};
use errors::{fault, io, refusal};
use migrate::{migrate, upgrade};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization, Wal};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, Transaction, TransactionBehavior, params_from_iter};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

/// How long a writer waits for another one. A batch takes milliseconds, the import of a large file
/// seconds.
const BUSY: Duration = Duration::from_secs(10);

/// Page cache in KiB: enough for the upper levels of the indexes of ten million entries, and small in the
/// memory budget.
const CACHE_KIB: i64 = 20_000;

/// Page cache of a second reader in KiB: it scans once and reads no page twice.
const SECOND_READER_CACHE_KIB: i64 = 4_000;

/// Capacity of the cache of prepared statements: every statement of the program fits.
const STATEMENTS: usize = 256;

/// Pages in the write-ahead log after which a commit checkpoints: SQLite's default.
const LOG_PAGES: i32 = 1000;

/// Pages after which a commit checkpoints although a [`Checkpointer`] lives: 40 MB. The log restarts only
/// after a complete checkpoint while no write runs, so now and then the writer must do the rest itself.
const CHECKPOINTER_LOG_PAGES: i32 = 10_000;

/// A ledger in a local file.
pub struct Sqlite {
    connection: Connection,
    read_only: bool,
    guarded: bool,
    log_pages: Arc<AtomicI32>,
}

impl Sqlite {
    /// Creates a new, empty ledger file.
    ///
    /// # Errors
    /// [`Code::Exists`] if the path exists, a fault if the file cannot be created.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(Rejection::new(Code::Exists).with("path", path.display()).into());
            }
            // Some folders, such as those of the system's own, take no file.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Fault::Io { detail: format!("{}: {error}", path.display()) }.into());
            }
            Err(error) => return Err(io(path, &error)),
        }
        let made = Self::create_in(path);
        if made.is_err() {
            // The unfinished file is our own: it did not exist a moment ago.
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

    /// Opens a ledger file. An older one is backed up in the same folder, then migrated; a read-only open
    /// refuses it.
    ///
    /// A read-only open of a file in a folder without write access (a medium, an archive) reads it
    /// without locks, if no writer has left a log: then the file does not change.
    ///
    /// # Errors
    /// A fault that says what the file is instead.
    pub fn open(path: &Path, read_only: bool) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(Fault::Missing { path: path.display().to_string() }.into());
        }
        let (mut connection, found) = match reach(path, read_only) {
            // Reading in WAL mode needs a `-shm` file in the folder, which cannot be created here.
            Err(StoreError::Fault(Fault::Io { .. } | Fault::ReadOnly)) if read_only && is_at_rest(path) => {
                reach_at_rest(path)?
            }
            reached => reached?,
        };
        prepare(&connection, read_only).map_err(|e| fault(path, &e))?;
        let name = || path.display().to_string();
        if found < VERSION && read_only {
            return Err(Fault::Older { path: name(), found, known: VERSION }.into());
        }
        let found = if found < VERSION { upgrade(&mut connection, path, MIGRATIONS)? } else { found };
        if found > VERSION {
            return Err(Fault::Newer { path: name(), found, known: VERSION }.into());
        }
        Self::of(connection, read_only).map_err(|e| fault(path, &e))
    }

    fn of(mut connection: Connection, read_only: bool) -> rusqlite::Result<Self> {
        let log_pages = Arc::new(AtomicI32::new(LOG_PAGES));
        let bound = Arc::clone(&log_pages);
        connection.wal_hook(Some(move |log: &mut Wal, pages| {
            if pages >= bound.load(Ordering::Relaxed) {
                // As SQLite's own hook: the commit is durable, and a failed checkpoint is repeated by the
                // next one.
                let _ = log.checkpoint();
            }
            Ok(())
        }))?;
        Ok(Self { connection, read_only, guarded: false, log_pages })
    }

    /// Opens a ledger file for a remote client: the engine itself then refuses every statement that the
    /// service does not need.
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

/// Decides what a guarded connection may do: reads, transactions, inserts, and the few updates of state
/// that the books know. The count of an event's live vouchers is updated by triggers alone. No table is
/// created, changed, dropped or attached, nothing but kept findings is deleted, and no setting of the connection
/// changes.
fn may_run(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Recursive
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. } => true,
        AuthAction::Insert { table_name } => !table_name.starts_with("sqlite_"),
        AuthAction::Update { table_name, .. } => {
            matches!(table_name, "day" | "case_file" | "case_step" | "open_item" | "kept_finding" | "kept_state")
                // By triggers alone.
                || (matches!(table_name, "event" | "correction_guard") && context.accessor.is_some())
        }
        // A summary that is made again.
        AuthAction::Delete { table_name } => table_name == "kept_finding",
        AuthAction::Function { function_name } => function_name != "load_extension",
        AuthAction::Pragma { pragma_name, pragma_value } => match pragma_name {
            "integrity_check" | "foreign_key_check" => true,
            "foreign_keys" => pragma_value.is_none(),
            _ => false,
        },
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

/// Opens the file and returns its schema version.
fn reach(path: &Path, read_only: bool) -> Result<(Connection, i64), StoreError> {
    let flags = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|e| fault(path, &e))?;
    connection.busy_timeout(BUSY).map_err(|e| fault(path, &e))?;
    let found = identify(&connection, path)?;
    Ok((connection, found))
}

/// Opens a file that no writer changes, without locks and without creating other files.
fn reach_at_rest(path: &Path) -> Result<(Connection, i64), StoreError> {
    let whole = path.canonicalize().map_err(|e| io(path, &e))?;
    let Some(text) = whole.to_str() else {
        return Err(Fault::Io { detail: format!("{}: not UTF-8", path.display()) }.into());
    };
    // Characters with a meaning in a URI.
    let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{text}?mode=ro&immutable=1"), flags)
        .map_err(|e| fault(path, &e))?;
    let found = identify(&connection, path)?;
    Ok((connection, found))
}

/// Returns whether the ledger is complete in its file and has no writer: a writer keeps a log in the
/// folder, which the last one deletes.
fn is_at_rest(path: &Path) -> bool {
    ["-wal", "-shm", "-journal"].iter().all(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        matches!(Path::new(&name).try_exists(), Ok(false))
    })
}

/// Checks that the file is a ledger and returns its schema version.
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
    // Query plans must not depend on bound values: SQLite would prepare such a statement again for each
    // value, which took most of the time of reading trades or chains one by one.
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
    each: EachRow<'_>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| refusal(&e))?;
    let mut rows = statement.query(params_from_iter(params)).map_err(|e| refusal(&e))?;
    while let Some(row) = rows.next().map_err(|e| refusal(&e))? {
        each(&Row(row))?;
    }
    Ok(())
}

impl Reader for Sqlite {
    fn read(&mut self, sql: &str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        read_on(&self.connection, sql, params, each)
    }
}

/// Statements that a batch keeps prepared; writing a voucher or a row of a file needs fewer.
const KEPT_STATEMENTS: usize = 8;

/// An open write transaction. It keeps its last statements itself: they run again for each row, and the
/// connection's cache would hash their text and reset them each time.
struct Batch<'c> {
    connection: &'c Connection,
    statements: Vec<(String, CachedStatement<'c>)>,
}

impl Reader for Batch<'_> {
    fn read(&mut self, sql: &str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        read_on(self.connection, sql, params, each)
    }
}

impl Sink for Batch<'_> {
    fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError> {
        let at = if let Some(at) = self.statements.iter().position(|(text, _)| text == sql) {
            at
        } else {
            let statement = self.connection.prepare_cached(sql).map_err(|e| refusal(&e))?;
            if self.statements.len() == KEPT_STATEMENTS {
                self.statements.clear();
            }
            self.statements.push((sql.to_owned(), statement));
            self.statements.len() - 1
        };
        self.statements[at].1.execute(params_from_iter(params)).map(|_| ()).map_err(|e| refusal(&e))
    }
}

impl Engine for Sqlite {
    fn commit(&mut self, fill: Fill<'_>) -> Result<(), StoreError> {
        if self.read_only {
            return Err(Fault::ReadOnly.into());
        }
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
            .map_err(|e| refusal(&e))?;
        fill(&mut Batch { connection: &self.connection, statements: Vec::new() })?;
        transaction.commit().map_err(|e| refusal(&e))
    }

    fn commit_if_idle(&mut self, fill: Fill<'_>) -> Result<(), StoreError> {
        self.connection.busy_timeout(Duration::ZERO).map_err(|e| refusal(&e))?;
        let committed = self.commit(fill);
        self.connection.busy_timeout(BUSY).map_err(|e| refusal(&e))?;
        committed
    }

    fn second_reader(&self) -> Option<Box<dyn Engine>> {
        let path = Path::new(self.connection.path()?);
        let other = Self::open(path, true).ok()?;
        // A guarded connection takes no settings any more.
        other.connection.pragma_update(None, "cache_size", -SECOND_READER_CACHE_KIB).ok()?;
        let other = if self.guarded { other.guard(path).ok()? } else { other };
        Some(Box::new(other))
    }

    fn checkpointer(&self) -> Option<Box<dyn Checkpointer>> {
        let path = Path::new(self.connection.path()?);
        let (connection, _) = reach(path, false).ok()?;
        connection.pragma_update(None, "synchronous", "FULL").ok()?;
        self.log_pages.store(CHECKPOINTER_LOG_PAGES, Ordering::Relaxed);
        Some(Box::new(WalCheckpointer { connection, log_pages: Arc::clone(&self.log_pages) }))
    }

    fn read_only(&self) -> bool {
        self.read_only
    }

    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError> {
        inspect::schema_changes(&mut pattern()?, self)
    }

    fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        inspect::integrity(self)
    }
}

/// A second connection that does nothing but checkpoint.
struct WalCheckpointer {
    connection: Connection,
    log_pages: Arc<AtomicI32>,
}

impl Checkpointer for WalCheckpointer {
    fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(|e| refusal(&e))
    }
}

impl Drop for WalCheckpointer {
    fn drop(&mut self) {
        self.log_pages.store(LOG_PAGES, Ordering::Relaxed);
    }
}

/// Creates an empty ledger in memory from the migrations: the pattern for schemas of other engines.
pub(super) fn pattern() -> Result<Sqlite, StoreError> {
    let mut connection = Connection::open_in_memory().map_err(|e| refusal(&e))?;
    migrate(&mut connection, 0, MIGRATIONS).map_err(|e| refusal(&e))?;
    Sqlite::of(connection, false).map_err(|e| refusal(&e))
}

/// Creates an empty ledger in memory that takes rows without their guards and foreign keys: for an excerpt of a ledger
/// that has guarded them already.
pub(crate) fn unguarded() -> Result<Sqlite, StoreError> {
    let made = pattern()?;
    made.connection.set_prepared_statement_cache_capacity(STATEMENTS);
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
    ] {
        made.connection.set_db_config(setting, on).map_err(|e| refusal(&e))?;
    }
    Ok(made)
}

/// Returns the statements that migrate a ledger from schema version `from` to the latest, for an engine that
/// runs them one by one.
pub(super) fn migration_statements(from: i64) -> Result<Vec<String>, StoreError> {
    let from = usize::try_from(from).unwrap_or(0);
    let mut connection = Connection::open_in_memory().map_err(|e| refusal(&e))?;
    migrate(&mut connection, 0, MIGRATIONS.get(..from).unwrap_or_default()).map_err(|e| refusal(&e))?;
    let mut statements = Vec::new();
    for migration in MIGRATIONS.iter().skip(from) {
        // Only SQLite knows where a statement ends, and it tells that while it runs them.
        let mut batch = rusqlite::Batch::new(&connection, migration);
        while let Some(mut statement) =
            rusqlite::fallible_iterator::FallibleIterator::next(&mut batch).map_err(|e| refusal(&e))?
        {
            statements.extend(statement.expanded_sql());
            statement.execute([]).map_err(|e| refusal(&e))?;
        }
    }
    Ok(statements)
}

#[cfg(test)]
mod tests;
