//! Ticks of a case's checklist.

use super::log;
use crate::domain::case::CaseLogVerb;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::protocol::checklists::TickRow;
use crate::store::engine::{Param, Reader, Sink, StoreError, all};

/// A tick of a checklist to add.
#[derive(Debug, Clone, Copy)]
pub struct NewTick<'a> {
    /// The item.
    pub item: &'a str,
    /// Note of what was found.
    pub note: Option<&'a str>,
    /// Name and SHA-256 of a file that proves it.
    pub file: Option<(&'a str, &'a str)>,
}

/// Adds a tick to a case's checklist, and logs it.
pub fn insert<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    tick: NewTick<'_>,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO case_check (case_no, n, item, at, operator, note, file, fingerprint) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM case_check WHERE case_no = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(tick.item),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::maybe(tick.note),
            Param::maybe(tick.file.map(|(name, _)| name)),
            Param::maybe(tick.file.map(|(_, fingerprint)| fingerprint)),
        ],
    )?;
    log::append(sink, case_no, operator, CaseLogVerb::Check, Some(tick.item), now)
}

/// Returns the ticks of a case in order, each with its item.
pub fn list<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
) -> Result<Vec<(String, TickRow)>, StoreError> {
    all(
        reader,
        "SELECT item, at, operator, note, file, fingerprint FROM case_check WHERE case_no = ?1 ORDER BY n",
        &[Param::Text(case_no.as_str())],
        |row| {
            let tick = TickRow {
                at: row.parse(1)?,
                operator: row.parse(2)?,
                note: row.maybe_text(3)?.map(str::to_owned),
                file: row.maybe_text(4)?.map(str::to_owned),
                fingerprint: row.maybe_text(5)?.map(str::to_owned),
            };
            Ok((row.text(0)?.to_owned(), tick))
        },
    )
}
