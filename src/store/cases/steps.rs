//! The staged steps of a case.

use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::protocol::page::Slice;
use crate::store::engine::{Fault, Param, Reader, Sink, StoreError, all, first};

/// A staged step as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStep {
    /// Number in the case.
    pub step: i64,
    /// The step, as JSON.
    pub body: String,
    /// Whether it was removed from the case.
    pub dropped: bool,
}

/// Returns a step as it is stored, JSON.
pub fn text<T: serde::Serialize>(step: &T) -> Result<String, StoreError> {
    serde_json::to_string(step).map_err(|error| Fault::Internal { detail: error.to_string() }.into())
}

/// Adds a step.
pub fn insert<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    step: i64,
    body: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO case_step (case_no, step, body, dropped, added_at, operator) VALUES (?1, ?2, ?3, 0, ?4, ?5)",
        &[
            Param::Text(case_no.as_str()),
            Param::Int(step),
            Param::Text(body),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// Removes steps from their case, or restores them: those from the first to the last, both included.
pub fn set_dropped<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    (first, last): (i64, i64),
    dropped: bool,
) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_step SET dropped = ?4 WHERE case_no = ?1 AND step BETWEEN ?2 AND ?3",
        &[Param::Text(case_no.as_str()), Param::Int(first), Param::Int(last), Param::Int(i64::from(dropped))],
    )
}

/// Returns a slice of the steps of a case, removed ones included.
pub fn list<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
    slice: Slice,
) -> Result<Vec<StoredStep>, StoreError> {
    all(
        reader,
        "SELECT step, body, dropped FROM case_step WHERE case_no = ?1 AND step >= ?2 ORDER BY step LIMIT ?3",
        &[
            Param::Text(case_no.as_str()),
            Param::Int(slice.from),
            Param::Int(i64::try_from(slice.limit).unwrap_or(i64::MAX)),
        ],
        |row| Ok(StoredStep { step: row.int(0)?, body: row.text(1)?.to_owned(), dropped: row.flag(2)? }),
    )
}

/// Returns the number of the last step of a case, removed ones included; 0 if there is none.
pub fn last<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<i64, StoreError> {
    let last = "SELECT coalesce(max(step), 0) FROM case_step WHERE case_no = ?1";
    Ok(first(reader, last, &[Param::Text(case_no.as_str())], |row| row.int(0))?.unwrap_or(0))
}
