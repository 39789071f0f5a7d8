//! Migrates a ledger's file to the latest schema version, after a copy of it was made beside it.

use super::errors::{fault, io};
use crate::store::engine::fault::StoreError;
use crate::store::engine::schema::APPLICATION_ID;
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::{OpenOptions, remove_file};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Copies an older file, then migrates it in one transaction, and returns the schema version it had. A file that
/// another program migrated meanwhile stays as it is.
///
/// # Errors
/// A fault that names the file, or the copy if that cannot be made; the file is then as it was.
pub(super) fn upgrade(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<i64, StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| fault(path, &error))?;
    // Only now does no other program write: it may have migrated the file a moment ago.
    let found = transaction
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        .map_err(|error| fault(path, &error))?;
    if found >= version_of(migrations) {
        return Ok(found);
    }
    let backup = back_up(path, found)?;
    let migrated = run(&transaction, found, migrations).and_then(|()| transaction.commit());
    migrated.map(|()| found).map_err(|error| {
        // The file is as it was, so nobody needs the copy.
        let _ = remove_file(&backup);
        fault(path, &error)
    })
}

/// Migrates the file from schema version `from` to the latest, in one transaction.
pub(super) fn migrate(connection: &mut Connection, from: i64, migrations: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    run(&transaction, from, migrations)?;
    transaction.commit()
}

/// Runs the migrations behind schema version `from`.
fn run(connection: &Connection, from: i64, migrations: &[&str]) -> rusqlite::Result<()> {
    for migration in migrations.iter().skip(usize::try_from(from).unwrap_or(0)) {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", version_of(migrations))
}

/// Returns the schema version that these migrations lead to.
fn version_of(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// Copies the file: `day.db` of version 1 to `day.db.v1.bak`, or if that exists to `day.db.v1-2.bak` and so on.
/// Returns the path of the copy.
fn back_up(path: &Path, version: i64) -> Result<PathBuf, StoreError> {
    // A connection that holds the write transaction cannot be copied from.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(path, flags).map_err(|error| fault(path, &error))?;
    let backup = new_file(path, version)?;
    let copied = Connection::open(&backup)
        .and_then(|mut copy| Backup::new(&source, &mut copy)?.run_to_completion(4096, Duration::ZERO, None));
    copied.map(|()| backup.clone()).map_err(|error| {
        // The unfinished copy is our own: it did not exist a moment ago.
        let _ = remove_file(&backup);
        fault(&backup, &error)
    })
}

/// Creates the empty file of a copy under the first name that is free.
fn new_file(path: &Path, version: i64) -> Result<PathBuf, StoreError> {
    let mut number = 1_u32;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 1 { format!(".v{version}.bak") } else { format!(".v{version}-{number}.bak") });
        let backup = PathBuf::from(name);
        match OpenOptions::new().write(true).create_new(true).open(&backup) {
            Ok(_) => return Ok(backup),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < u32::MAX => number += 1,
            Err(error) => return Err(io(&backup, &error)),
        }
    }
}
