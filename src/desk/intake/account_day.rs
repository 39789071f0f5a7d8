//! A day of an account as a file tells it, beside the statement that stands.

use crate::domain::period::Moment;
use crate::protocol::account_statements::AccountStatementRow;
use std::collections::HashMap;

/// What a file says of a day of an account.
#[derive(Debug, Default)]
pub(super) struct FileDay {
    pub(super) sum_minor: i64,
    pub(super) rows: u64,
    pub(super) opening_minor: Option<i64>,
    pub(super) until: Option<Moment>,
    pub(super) sequence: Option<String>,
    /// The statement of the day that stands, and its lines that the file did not list so far.
    pub(super) stands: Option<(AccountStatementRow, HashMap<String, i64>)>,
    /// Lines that the standing statement does not have.
    pub(super) added: u64,
    /// Whether it follows the standing statement: that one's lines come first.
    pub(super) goes_on: bool,
}

impl FileDay {
    /// Returns how many lines of the standing statement the file lacks.
    pub(super) fn gone(&self) -> u64 {
        let rest = self.stands.iter().flat_map(|(_, lines)| lines.values());
        rest.map(|count| count.unsigned_abs()).sum()
    }

    /// Returns whether the standing statement of the day says something else: it has lines that the file lacks, it
    /// goes on from another balance, or it reaches further without lines of the file.
    pub(super) fn contradicts(&self, stands: &AccountStatementRow) -> bool {
        let other_opening =
            stands.day.opening_minor.zip(self.opening_minor).is_some_and(|(stands, told)| stands != told);
        self.gone() > 0 || other_opening || (self.added > 0 && reaches_on(self.until, stands.day.until))
    }

    /// Returns the balance after its last line, if the file tells balances.
    pub(super) fn closing_minor(&self) -> Option<i64> {
        self.opening_minor?.checked_add(self.sum_minor)
    }
}

/// Returns whether a statement that ends at `until` goes beyond one that ends at `stands`; `None` is the end of the
/// day.
pub(super) fn reaches_on(stands: Option<Moment>, until: Option<Moment>) -> bool {
    match (stands, until) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(stands), Some(until)) => until > stands,
    }
}
