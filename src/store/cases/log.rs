//! Logs of cases.

use crate::domain::case::CaseLogVerb;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::protocol::cases::LogRow;
use crate::store::engine::{Param, Reader, Sink, StoreError, all, first};

/// Appends a line to the log of a case.
pub fn append<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    operator: &Operator,
    verb: CaseLogVerb,
    note: Option<&str>,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO case_log (case_no, n, at, operator, verb, note) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM case_log WHERE case_no = ?1), ?2, ?3, ?4, ?5)",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::Text(verb.as_str()),
            Param::maybe(note),
        ],
    )
}

/// Returns the number of lines in the log of a case.
pub fn length<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(n), 0) FROM case_log WHERE case_no = ?1";
    Ok(first(reader, sql, &[Param::Text(case_no.as_str())], |row| row.int(0))?.unwrap_or_default())
}

/// Returns the log of a case, oldest line first.
pub fn list<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Vec<LogRow>, StoreError> {
    all(
        reader,
        "SELECT at, operator, verb, note FROM case_log WHERE case_no = ?1 ORDER BY n",
        &[Param::Text(case_no.as_str())],
        |row| {
            Ok(LogRow {
                at: row.parse(0)?,
                operator: row.parse(1)?,
                verb: row.parse(2)?,
                note: row.maybe_text(3)?.map(str::to_owned),
            })
        },
    )
}

/// Returns the number of cases committed per day since `since`, by date.
pub fn committed_since<R: Reader + ?Sized>(
    reader: &mut R,
    since: &str,
) -> Result<Vec<(String, i64)>, StoreError> {
    all(
        reader,
        "SELECT substr(at, 1, 10), count(*) FROM case_log WHERE verb = 'commit' AND at >= ?1 GROUP BY 1 ORDER BY 1",
        &[Param::Text(since)],
        |row| Ok((row.text(0)?.to_owned(), row.int(1)?)),
    )
}
