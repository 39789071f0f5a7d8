//! A day whose statements come in files of their own: the next one goes on from the balance of the one that stands,
//! and takes its place with the lines of both.

use super::account_day::FileDay;
use super::importer::Importer;
use crate::protocol::account_statements::{AccountStatementRow, StatementPart};
use crate::protocol::refusal::Refusal;
use crate::store::account_evidence::{insert_part, parts};
use crate::store::{Sink, account_statements};

impl Importer<'_> {
    /// Takes a day of the file as what follows the standing statement of the day, if it does: it has another number and
    /// goes on from the closing balance. A file of which the standing statement is put together says nothing new.
    pub(super) fn join_standing(&self, sink: &mut dyn Sink, day: &mut FileDay) -> Result<(), Refusal> {
        let Some((row, lines)) = &mut day.stands else { return Ok(()) };
        let parts = parts(sink, row.id)?;
        let is_part = row.fingerprint == self.fingerprint
            || parts.iter().any(|part| part.fingerprint == self.fingerprint);
        if is_part && !parts.is_empty() {
            lines.clear();
            (day.added, day.opening_minor) = (0, row.day.opening_minor);
            return Ok(());
        }
        let is_other_number =
            row.day.sequence.as_ref().zip(day.sequence.as_ref()).is_some_and(|(one, other)| one != other);
        let goes_on = day.opening_minor.is_some() && day.opening_minor == row.day.closing_minor;
        // From the same balance as the standing one it may list the day from its beginning.
        let follows = row.day.sum_minor != 0 || day.added == day.rows;
        if is_other_number && goes_on && follows && row.lines > 0 {
            let sum = day.sum_minor.checked_add(row.day.sum_minor);
            day.sum_minor = sum.ok_or_else(|| self.unusable("import.account_too_large"))?;
            lines.clear();
            (day.added, day.opening_minor, day.goes_on) = (day.rows, row.day.opening_minor, true);
        }
        Ok(())
    }
}

/// Writes the lines of the standing statement as the first ones of the statement in row `statement`, and the files that
/// they are of. Returns how many they are.
pub(super) fn copy_lines(
    sink: &mut dyn Sink,
    row: &AccountStatementRow,
    statement: i64,
) -> Result<i64, Refusal> {
    let mut lines = Vec::new();
    account_statements::each_line(sink, row.id, &mut |line| lines.push(line))?;
    let mut n = 0;
    for line in &lines {
        n += 1;
        account_statements::insert_line(sink, statement, n, line)?;
    }
    let own = StatementPart { upto: row.lines, file: row.file.clone(), fingerprint: row.fingerprint.clone() };
    for part in parts(sink, row.id)?.into_iter().filter(|part| part.upto < row.lines).chain([own]) {
        insert_part(sink, statement, &part)?;
    }
    Ok(n)
}
