//! Imported files, and row numbers for what they bring.

use super::engine::{Param, Reader, Sink, StoreError, all, first};
use crate::domain::id::Operator;
use crate::domain::period::Moment;

/// Returns the next free row of a numbered table.
pub fn next_id<R: Reader + ?Sized>(reader: &mut R, table: Numbered) -> Result<i64, StoreError> {
    let sql = match table {
        Numbered::Trade => "SELECT coalesce(max(id), 0) + 1 FROM trade",
        Numbered::Statement => "SELECT coalesce(max(id), 0) + 1 FROM statement",
    };
    Ok(first(reader, sql, &[], |row| row.int(0))?.unwrap_or(1))
}

/// Tables whose rows are numbered in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// Trades.
    Trade,
    /// Statements.
    Statement,
}

/// A file imported before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its name at import.
    pub file: String,
    /// Number of its records.
    pub rows: i64,
    /// Time of import.
    pub at: String,
}

/// Returns the earlier import of a file with this content, if there was one that still counts. A statement
/// without lines is left out: the same bytes may stand for several days.
pub fn imported<R: Reader + ?Sized>(
    reader: &mut R,
    fingerprint: &str,
) -> Result<Option<Imported>, StoreError> {
    first(
        reader,
        "SELECT file, rows, imported_at FROM import_file WHERE fingerprint = ?1 \
         UNION ALL SELECT j.file, j.vouchers, j.at FROM journal_file j JOIN case_file c ON c.case_no = j.case_no \
           JOIN case_step b ON b.case_no = j.case_no AND b.step = j.first_step \
          WHERE j.fingerprint = ?1 AND c.state = 'committed' AND b.dropped = 0 \
         UNION ALL SELECT s.file, s.rows, s.imported_at FROM statement s \
          WHERE (s.fingerprint = ?1 OR (s.fingerprint > ?1 || '/' AND s.fingerprint < ?1 || '0')) AND s.rows > 0 \
            AND coalesce((SELECT c.state FROM statement_change c WHERE c.statement = s.id ORDER BY c.n DESC LIMIT 1), 'standing') \
                IN ('standing', 'held') \
         UNION ALL SELECT s.file, sum(s.rows), s.imported_at FROM standing_account_statement s \
          WHERE s.fingerprint = ?1 GROUP BY s.fingerprint",
        &[Param::Text(fingerprint)],
        |row| Ok(Imported { file: row.text(0)?.to_owned(), rows: row.int(1)?, at: row.text(2)?.to_owned() }),
    )
}

/// Returns what a statement's file is stored under: its fingerprint, of one without lines with the day, and
/// with `/2`, `/3` and so on if a file of the same content was taken before.
pub fn free_fingerprint<R: Reader + ?Sized>(
    reader: &mut R,
    fingerprint: &str,
    day: Option<&str>,
) -> Result<String, StoreError> {
    let base = day.map_or_else(|| fingerprint.to_owned(), |day| format!("{fingerprint}/{day}"));
    let taken = all(
        reader,
        "SELECT fingerprint FROM statement WHERE fingerprint >= ?1 AND fingerprint < ?1 || '0'",
        &[Param::Text(fingerprint)],
        |row| Ok(row.text(0)?.to_owned()),
    )?;
    let mut free = base.clone();
    for n in 2.. {
        if !taken.contains(&free) {
            break;
        }
        free = format!("{base}/{n}");
    }
    Ok(free)
}

/// A file being imported.
#[derive(Debug, Clone, Copy)]
pub struct FileRecord<'a> {
    /// SHA-256 of its content, in hex.
    pub fingerprint: &'a str,
    /// `trades`, `journal` or the statement's format.
    pub kind: &'a str,
    /// File name.
    pub file: &'a str,
    /// Number of its records.
    pub rows: u64,
    /// Importing operator.
    pub operator: &'a Operator,
    /// Time of import.
    pub now: Moment,
}

/// Records an imported file of trades or journals.
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
