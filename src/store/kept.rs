//! Findings that are kept in the ledger: a summary of what was judged, to start from. It may be thrown away at any
//! time; nothing is posted on it.

use super::engine::{Param, Reader, Sink, StoreError, first};
use super::row_lists::json;
use crate::domain::vocabulary::vocabulary;
use serde::Serialize;

vocabulary! {
    /// What findings are about.
    Part, "part of the findings" {
        /// A trade, by its row.
        Trade = "trade",
        /// A line of a channel without a trade, by its row.
        Line = "line",
        /// Everything else, in row 0.
        Rest = "rest",
        /// A voucher of an older system, by its row.
        Voucher = "voucher",
        /// An account with an odd balance, by its row.
        Account = "account",
    }
}

/// Rows in one statement: some hundred kilobytes of JSON.
const AT_ONCE: usize = 500;

/// One of the things that were found about a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KeptRow<'t>(
    /// What it is about.
    pub Part,
    /// Its row.
    pub i64,
    /// Which of its findings.
    pub usize,
    /// The finding, as JSON; none if there is none, but the thing is looked at again.
    pub Option<&'t str>,
    /// The second (Unix time) from which time alone may change them.
    pub Option<i64>,
);

/// Returns how often findings were kept, and how far they go, as it was written; `None` if none are kept.
pub fn state<R: Reader + ?Sized>(reader: &mut R) -> Result<Option<(i64, String)>, StoreError> {
    let sql = "SELECT n, state FROM kept_state WHERE id = 1";
    first(reader, sql, &[], |row| Ok((row.int(0)?, row.text(1)?.to_owned())))
}

/// Passes every kept finding to `each`: what it is about and its row, the finding as JSON, and when to look again.
pub fn each<R: Reader + ?Sized>(
    reader: &mut R,
    each: &mut dyn FnMut(Part, i64, Option<&str>, Option<i64>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT part, place, finding, again FROM kept_finding ORDER BY part, place, n";
    reader.read(sql, &[], &mut |row| each(row.parse(0)?, row.int(1)?, row.maybe_text(2)?, row.maybe_int(3)?))
}

/// Forgets everything that is kept, but not how often it was.
pub fn clear<S: Sink + ?Sized>(sink: &mut S) -> Result<(), StoreError> {
    sink.run("DELETE FROM kept_finding", &[])
}

/// Forgets what is kept about these rows.
pub fn remove<S: Sink + ?Sized>(sink: &mut S, part: Part, rows: &[i64]) -> Result<(), StoreError> {
    let sql = "DELETE FROM kept_finding WHERE part = ?1 AND place IN (SELECT value FROM json_each(?2))";
    for some in rows.chunks(AT_ONCE) {
        sink.run(sql, &[Param::Text(part.as_str()), Param::Text(&json(some))])?;
    }
    Ok(())
}

/// Keeps rows; of the same things nothing may be kept.
pub fn put<S: Sink + ?Sized>(sink: &mut S, rows: &[KeptRow<'_>]) -> Result<(), StoreError> {
    let sql = "INSERT INTO kept_finding (part, place, n, finding, again) \
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?1)";
    for some in rows.chunks(AT_ONCE) {
        let text = serde_json::to_string(some)
            .map_err(|error| super::Fault::Internal { detail: error.to_string() })?;
        sink.run(sql, &[Param::Text(&text)])?;
    }
    Ok(())
}

/// Writes how far the kept findings go, as the `n`th keeping.
pub fn set_state<S: Sink + ?Sized>(sink: &mut S, n: i64, state: &str) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO kept_state (id, n, state) VALUES (1, ?1, ?2)";
    sink.run(sql, &[Param::Int(n), Param::Text(state)])
}
