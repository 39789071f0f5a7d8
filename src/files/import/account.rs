//! What all readers of account statements share: each line's balance follows from the one before, and the whole
//! adds up.

use super::reason::{FileError, ReadError, Reason};
use crate::domain::account_statement::{AccountEnd, AccountHead, AccountLine, AccountPart};
use crate::domain::money::{Currency, Money};
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// What a file of account statements contained. Sums were checked against its balances and footers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Statements.
    pub statements: u64,
    /// Lines of all statements.
    pub rows: u64,
}

/// Returns the check of the statement that is being read; passes its head on first if that was not done yet.
pub(super) fn begun<'c, E>(
    check: &'c mut Option<AccountCheck>,
    head: impl FnOnce() -> Result<AccountHead, Box<FileError>>,
    each: &mut dyn FnMut(AccountPart) -> Result<(), E>,
) -> Result<&'c mut AccountCheck, ReadError<E>> {
    match check {
        Some(check) => Ok(check),
        none => {
            let head = head()?;
            let check = none.insert(AccountCheck::new(&head));
            each(AccountPart::Begins(Box::new(head))).map_err(ReadError::Each)?;
            Ok(check)
        }
    }
}

/// Adds up the lines of one statement as they are read, in constant memory.
#[derive(Debug)]
pub(super) struct AccountCheck {
    currency: Currency,
    opening_minor: Option<i64>,
    /// Count and sum of what came in and of what went out, the latter negative.
    pub(super) came_in: (u64, i64),
    pub(super) went_out: (u64, i64),
    sum_minor: i64,
    /// Balances before and after the first line.
    first: Option<(i64, i64)>,
    /// Balances before and after the last line.
    last: Option<(i64, i64)>,
    /// Whether the balances read so far allow the oldest first, or the newest first.
    oldest_first: bool,
    newest_first: bool,
    /// True if the holder says that the balances of its lines are for information, in no strict order.
    is_loose: bool,
    /// Days and times of the first and of the last line.
    span: Option<[(Date, Option<Time>); 2]>,
    /// First and last day that the file says it covers.
    told: (Option<Date>, Option<Date>),
}

impl AccountCheck {
    /// Returns the check of a statement with this head.
    pub(super) const fn new(head: &AccountHead) -> Self {
        Self {
            currency: head.currency,
            opening_minor: head.opening_minor,
            came_in: (0, 0),
            went_out: (0, 0),
            sum_minor: 0,
            first: None,
            last: None,
            oldest_first: true,
            newest_first: true,
            is_loose: false,
            span: None,
            told: (None, None),
        }
    }

    /// As [`Self::new`], of a holder whose balances need not follow from line to line. If the first and the last do
    /// not fit the sum either, they say nothing of the balance forward and of the closing balance.
    pub(super) const fn loose(head: &AccountHead) -> Self {
        Self { is_loose: true, ..Self::new(head) }
    }

    /// Sets the first and the last day that the file says it covers: no line lies outside of them.
    pub(super) const fn covers(&mut self, from: Option<Date>, to: Option<Date>) {
        self.told = (from, to);
    }

    /// Sets the balance forward, if the file tells it behind the lines.
    pub(super) fn set_opening(&mut self, opening_minor: Option<i64>) {
        self.opening_minor = opening_minor.or(self.opening_minor);
    }

    /// Adds a line. Its balance must follow from the line before, in one direction of time for the whole file.
    ///
    /// # Errors
    /// [`Reason::OutsidePeriod`], [`Reason::BalanceBreaks`], [`Reason::SumTooLarge`].
    pub(super) fn add(&mut self, line: &AccountLine) -> Result<(), Reason> {
        let (from, to) = self.told;
        if from.is_some_and(|from| line.day < from) || to.is_some_and(|to| line.day > to) {
            let shown = |day: Option<Date>| day.map_or_else(|| "–".to_owned(), |day| day.to_string());
            let value = line.day.to_string();
            return Err(Reason::OutsidePeriod { from: shown(from), to: shown(to), value });
        }
        let sum = |total: i64, minor: i64| total.checked_add(minor).ok_or(Reason::SumTooLarge {});
        self.sum_minor = sum(self.sum_minor, line.amount_minor)?;
        let side = if line.amount_minor < 0 { &mut self.went_out } else { &mut self.came_in };
        *side = (side.0 + 1, sum(side.1, line.amount_minor)?);
        let at = (line.day, line.time);
        self.span = Some([self.span.map_or(at, |[first, _]| first), at]);
        let Some(after) = line.balance_minor else { return Ok(()) };
        let before = after.checked_sub(line.amount_minor).ok_or(Reason::SumTooLarge {})?;
        self.first.get_or_insert((before, after));
        let Some((earlier, last)) = self.last.replace((before, after)) else {
            self.oldest_first = self.opening_minor.is_none_or(|opening| opening == before);
            return Ok(());
        };
        let (oldest_first, newest_first) =
            (self.oldest_first && before == last, self.newest_first && after == earlier);
        if oldest_first || newest_first || self.is_loose {
            (self.oldest_first, self.newest_first) = (oldest_first, newest_first);
            return Ok(());
        }
        let expected = if self.oldest_first { sum(last, line.amount_minor)? } else { earlier };
        Err(Reason::BalanceBreaks { expected: self.shown(expected), actual: self.shown(after) })
    }

    /// Ends the statement with the closing balance that the file names.
    ///
    /// # Errors
    /// [`Reason::BalanceSum`] if balance forward and lines are not that balance.
    pub(super) fn end(&self, closing_minor: Option<i64>) -> Result<AccountEnd, Reason> {
        let mut newest_first = self.newest_first && !self.oldest_first;
        if self.is_loose && !self.newest_first && !self.oldest_first {
            let fits = |before: Option<(i64, i64)>, after: Option<(i64, i64)>| {
                let sum = before.and_then(|(before, _)| before.checked_add(self.sum_minor));
                sum.is_some() && sum == after.map(|(_, after)| after)
            };
            newest_first = self.span.is_some_and(|[first, last]| first > last);
            let (oldest, newest) =
                if newest_first { (self.last, self.first) } else { (self.first, self.last) };
            if !fits(oldest, newest) {
                return Ok(AccountEnd { newest_first, ..AccountEnd::default() });
            }
        }
        // Of the balances on the lines, the oldest line's tells the opening and the newest line's the closing.
        let (oldest, newest) = if newest_first { (self.last, self.first) } else { (self.first, self.last) };
        let opening = self.opening_minor.or(oldest.map(|(before, _)| before));
        let shown = closing_minor.or(newest.map(|(_, after)| after));
        let opening = opening.or_else(|| shown?.checked_sub(self.sum_minor));
        let Some(opening) = opening else { return Ok(AccountEnd { newest_first, ..AccountEnd::default() }) };
        let closing = opening.checked_add(self.sum_minor).ok_or(Reason::SumTooLarge {})?;
        for other in [closing_minor, newest.map(|(_, after)| after)].into_iter().flatten() {
            if other != closing {
                return Err(Reason::BalanceSum {
                    opening: self.shown(opening),
                    sum: self.shown(self.sum_minor),
                    closing: self.shown(other),
                });
            }
        }
        let (opening_minor, closing_minor) = (Some(opening), Some(closing));
        Ok(AccountEnd { opening_minor, closing_minor, newest_first, ..AccountEnd::default() })
    }

    /// Formats an amount of the statement.
    pub(super) fn shown(&self, minor: i64) -> String {
        Money::new(minor, self.currency).to_string()
    }
}
