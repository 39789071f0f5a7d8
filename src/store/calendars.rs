//! Channel calendars as loaded: complete texts, numbered versions. A ledger without one uses the calendar
//! that the program ships.

use super::engine::{Param, Reader, Sink, StoreError, all, first};
use crate::domain::id::Operator;
use crate::domain::period::Moment;

/// A calendar file as loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCalendar {
    /// Version: 1, 2, 3 …
    pub version: i64,
    /// Name given in the file.
    pub id: String,
    /// The TOML text.
    pub source: String,
    /// Time of loading.
    pub loaded_at: Moment,
    /// Operator who loaded it.
    pub operator: Operator,
}

/// Adds a calendar file as the next version.
pub fn write_calendar<S: Sink + ?Sized>(
    sink: &mut S,
    id: &str,
    source: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    let version = first(sink, "SELECT coalesce(max(version), 0) + 1 FROM calendar", &[], |row| row.int(0))?
        .unwrap_or(1);
    sink.run(
        "INSERT INTO calendar (version, id, source, fingerprint, loaded_at, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Param::Int(version),
            Param::Text(id),
            Param::Text(source),
            Param::Text(&crate::domain::chain::fingerprint(source.as_bytes())),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// Returns the calendar files, oldest first.
pub fn read_calendars<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<StoredCalendar>, StoreError> {
    all(
        reader,
        "SELECT version, id, source, loaded_at, operator FROM calendar ORDER BY version",
        &[],
        |row| {
            Ok(StoredCalendar {
                version: row.int(0)?,
                id: row.text(1)?.to_owned(),
                source: row.text(2)?.to_owned(),
                loaded_at: row.parse(3)?,
                operator: row.parse(4)?,
            })
        },
    )
}
