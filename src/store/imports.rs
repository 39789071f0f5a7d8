//! Taking over trades, old journals and channel statements.

use super::engine::{Param, Reader, Sink, StoreError, first};
use crate::domain::id::Operator;
use crate::domain::period::Moment;

/// The next free number of a numbered table.
///
/// # Errors
/// A fault of the engine.
pub fn next_id<R: Reader + ?Sized>(reader: &mut R, table: Numbered) -> Result<i64, StoreError> {
    let sql = match table {
        Numbered::Trade => "SELECT coalesce(max(id), 0) + 1 FROM trade",
        Numbered::Statement => "SELECT coalesce(max(id), 0) + 1 FROM statement",
    };
    Ok(first(reader, sql, &[], |row| row.int(0))?.unwrap_or(1))
}

/// The tables whose rows are numbered in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// Trades.
    Trade,
    /// Statements.
    Statement,
}

/// A file taken over before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its name then.
    pub file: String,
    /// Rows in it.
    pub rows: i64,
    /// When.
    pub at: String,
}

/// Whether a file of this content was taken over before.
///
/// # Errors
/// A fault of the engine.
pub fn imported<R: Reader + ?Sized>(
    reader: &mut R,
    fingerprint: &str,
) -> Result<Option<Imported>, StoreError> {
    first(
        reader,
        "SELECT file, rows, imported_at FROM import_file WHERE fingerprint = ?1 \
         UNION ALL SELECT file, rows, imported_at FROM statement WHERE fingerprint = ?1",
        &[Param::Text(fingerprint)],
        |row| Ok(Imported { file: row.text(0)?.to_owned(), rows: row.int(1)?, at: row.text(2)?.to_owned() }),
    )
}

/// Remembers a file that was taken over.
#[derive(Debug, Clone, Copy)]
pub struct FileRecord<'a> {
    /// SHA-256 of its bytes.
    pub fingerprint: &'a str,
    /// `trades`, `journal` or the statement's format.
    pub kind: &'a str,
    /// Its name.
    pub file: &'a str,
    /// Rows in it.
    pub rows: u64,
    /// By whom.
    pub operator: &'a Operator,
    /// When.
    pub now: Moment,
}

/// Adds a trade or journal file to those taken over.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_file<S: Sink + ?Sized>(sink: &mut S, file: &FileRecord<'_>) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO import_file (fingerprint, kind, file, rows, imported_at, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Param::Text(file.fingerprint),
            Param::Text(file.kind),
            Param::Text(file.file),
            Param::Int(i64::try_from(file.rows).unwrap_or(i64::MAX)),
            Param::Text(&file.now.to_string()),
            Param::Text(file.operator.as_str()),
        ],
    )
}
