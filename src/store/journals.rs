//! Journals that were imported into a case.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::id::CaseNo;
use crate::protocol::journals::JournalFile;

/// Adds a journal to a case; its steps are there already.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn insert<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    journal: &JournalFile,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO journal_file (case_no, n, file, fingerprint, first_step, vouchers, at, operator) \
         SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM journal_file WHERE case_no = ?1",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(&journal.file),
            Param::Text(&journal.fingerprint),
            Param::Int(journal.first_step),
            Param::Int(journal.vouchers),
            Param::Text(&journal.at.to_string()),
            Param::Text(journal.operator.as_str()),
        ],
    )
}

/// Returns the journals of a case, oldest first.
pub fn of_case<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Vec<JournalFile>, StoreError> {
    let sql = "SELECT file, fingerprint, first_step, vouchers, at, operator FROM journal_file WHERE case_no = ?1 ORDER BY n";
    all(reader, sql, &[Param::Text(case_no.as_str())], journal)
}

fn journal(row: &Row<'_>) -> Result<JournalFile, StoreError> {
    Ok(JournalFile {
        file: row.text(0)?.to_owned(),
        fingerprint: row.text(1)?.to_owned(),
        first_step: row.int(2)?,
        vouchers: row.int(3)?,
        at: row.parse(4)?,
        operator: row.parse(5)?,
    })
}

/// Returns the case that holds a journal with this content, if it was neither withdrawn nor committed and the
/// journal was not dropped from it.
pub fn held_by<R: Reader + ?Sized>(
    reader: &mut R,
    fingerprint: &str,
) -> Result<Option<(CaseNo, JournalFile)>, StoreError> {
    first(
        reader,
        "SELECT j.file, j.fingerprint, j.first_step, j.vouchers, j.at, j.operator, j.case_no FROM journal_file j \
           JOIN case_file c ON c.case_no = j.case_no JOIN case_step s ON s.case_no = j.case_no AND s.step = j.first_step \
         WHERE j.fingerprint = ?1 AND c.state <> 'withdrawn' AND c.state <> 'committed' AND s.dropped = 0",
        &[Param::Text(fingerprint)],
        |row| Ok((row.parse(6)?, journal(row)?)),
    )
}
