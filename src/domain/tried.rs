//! What tried rules would change about what is booked: outcomes by event, sums by account, differing lines.

use super::account::Side;
use super::id::AccountCode;
use super::money::Currency;
use super::rejection::Rejection;
use super::vocabulary::vocabulary;
use super::voucher::Line;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

vocabulary! {
    /// What tried rules would change about an event of a trade.
    TryOutcome, "outcome" {
        /// Nothing.
        Unchanged = "unchanged",
        /// It is booked, and would be booked otherwise.
        Changed = "changed",
        /// It is not booked, and would be.
        Added = "added",
        /// It is booked, and would not be.
        Dropped = "dropped",
        /// It is due, and the rules would fail to book it.
        Refused = "refused",
    }
}

/// What tried rules make of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedEvent {
    /// What would change.
    pub outcome: TryOutcome,
    /// The lines that would be booked instead of those that are; empty for other outcomes than
    /// [`TryOutcome::Changed`] and [`TryOutcome::Added`].
    pub would_be: Vec<Line>,
    /// Why the rules fail to book it.
    pub refusal: Option<Rejection>,
}

impl TriedEvent {
    /// Returns an event without lines that would be booked.
    #[must_use]
    pub const fn new(outcome: TryOutcome) -> Self {
        Self { outcome, would_be: Vec::new(), refusal: None }
    }

    /// Returns an event that would be booked with these lines, or that the rules fail to book.
    #[must_use]
    pub fn with_lines(outcome: TryOutcome, would_be: Result<Vec<Line>, Rejection>) -> Self {
        match would_be {
            Ok(would_be) => Self { would_be, ..Self::new(outcome) },
            Err(refusal) => Self { refusal: Some(refusal), ..Self::new(TryOutcome::Refused) },
        }
    }
}

/// Number of events by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutcomeCounts {
    /// Nothing changes.
    pub unchanged: i64,
    /// Booked otherwise.
    pub changed: i64,
    /// Booked, and not now.
    pub added: i64,
    /// Not booked, but now.
    pub dropped: i64,
    /// Due, but the rules fail.
    pub refused: i64,
}

impl OutcomeCounts {
    const fn of(&mut self, outcome: TryOutcome) -> &mut i64 {
        match outcome {
            TryOutcome::Unchanged => &mut self.unchanged,
            TryOutcome::Changed => &mut self.changed,
            TryOutcome::Added => &mut self.added,
            TryOutcome::Dropped => &mut self.dropped,
            TryOutcome::Refused => &mut self.refused,
        }
    }

    /// Counts an event.
    pub const fn count(&mut self, outcome: TryOutcome) {
        *self.of(outcome) += 1;
    }

    /// Adds other counts.
    pub fn join(&mut self, other: Self) {
        self.unchanged += other.unchanged;
        self.changed += other.changed;
        self.added += other.added;
        self.dropped += other.dropped;
        self.refused += other.refused;
    }
}

/// Sums of an account in minor units, debit-positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TriedSum {
    /// What is booked.
    pub booked: i128,
    /// What would be booked.
    pub would_be: i128,
    /// Whether an event would be booked otherwise on the account.
    pub changes: bool,
}

/// Sums of accounts by currency.
#[derive(Debug, Default)]
pub struct TriedSums(HashMap<Currency, HashMap<AccountCode, TriedSum>>);

impl TriedSums {
    /// Adds the lines of an event that stays as it is.
    pub fn add_unchanged(&mut self, currency: Currency, lines: &[&Line]) {
        self.add(currency, lines, |sum, minor| {
            sum.booked += minor;
            sum.would_be += minor;
        });
    }

    /// Adds the lines of an event that changes, and returns those of its lines that differ.
    pub fn add_changed(
        &mut self,
        currency: Currency,
        booked: &[&Line],
        would_be: &[&Line],
    ) -> Vec<LineDifference> {
        self.add(currency, booked, |sum, minor| sum.booked += minor);
        self.add(currency, would_be, |sum, minor| sum.would_be += minor);
        let differences = line_differences(booked, would_be);
        let sums = self.0.entry(currency).or_default();
        for difference in &differences {
            if let Some(sum) = sums.get_mut(&difference.account) {
                sum.changes = true;
            }
        }
        differences
    }

    fn add(&mut self, currency: Currency, lines: &[&Line], apply: impl Fn(&mut TriedSum, i128)) {
        let sums = self.0.entry(currency).or_default();
        for line in lines {
            let minor = i128::from(line.debit_positive());
            match sums.get_mut(&line.account) {
                Some(sum) => apply(sum, minor),
                None => apply(sums.entry(line.account.clone()).or_default(), minor),
            }
        }
    }

    /// Adds other sums.
    pub fn join(&mut self, other: Self) {
        for (currency, sums) in other.0 {
            let mine = self.0.entry(currency).or_default();
            for (account, sum) in sums {
                let known = mine.entry(account).or_default();
                known.booked += sum.booked;
                known.would_be += sum.would_be;
                known.changes |= sum.changes;
            }
        }
    }

    /// Returns the accounts on which an event would be booked otherwise, with their sums over all events, by
    /// code and currency.
    #[must_use]
    pub fn changing(self) -> Vec<(AccountCode, Currency, TriedSum)> {
        let mut found: Vec<_> = self
            .0
            .into_iter()
            .flat_map(|(currency, sums)| sums.into_iter().map(move |(account, sum)| (account, currency, sum)))
            .filter(|(_, _, sum)| sum.changes)
            .collect();
        found.sort_by(|one, other| (&one.0, one.1.code()).cmp(&(&other.0, other.1.code())));
        found
    }
}

/// One side of an account on which an event would be booked otherwise, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDifference {
    /// The account.
    pub account: AccountCode,
    /// The side.
    pub side: Side,
    /// What is booked; red lines count as negative.
    pub booked: i128,
    /// What would be booked.
    pub would_be: i128,
}

/// Returns the sides of accounts on which two bookings differ: first those of the lines that would be
/// booked, in their order, then the others.
fn line_differences(booked: &[&Line], would_be: &[&Line]) -> Vec<LineDifference> {
    let mut found: Vec<LineDifference> = Vec::new();
    let would_be = would_be.iter().map(|line| (line, 0, i128::from(line.amount_minor)));
    let booked = booked.iter().map(|line| (line, i128::from(line.amount_minor), 0));
    for (line, booked, would_be) in would_be.chain(booked) {
        let known = found.iter_mut().find(|known| known.side == line.side && known.account == line.account);
        if let Some(known) = known {
            known.booked += booked;
            known.would_be += would_be;
        } else {
            let account = line.account.clone();
            found.push(LineDifference { account, side: line.side, booked, would_be });
        }
    }
    found.retain(|known| known.booked != known.would_be);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::voucher::Mode;

    fn line(side: Side, account: &str, amount_minor: i64) -> Line {
        let mode = if amount_minor < 0 { Mode::Red } else { Mode::Normal };
        Line { side, account: account.parse().unwrap(), amount_minor, mode }
    }

    #[test]
    fn only_the_sides_that_differ_are_listed_and_red_reduces_its_own() {
        let booked = [
            line(Side::Debit, "1101.WECHAT", 10_000),
            line(Side::Credit, "2002.M", 10_000),
            line(Side::Debit, "2002.M", 100),
            line(Side::Credit, "6001", 120),
            line(Side::Credit, "6001", -20),
            line(Side::Debit, "1901", 7),
        ];
        let would_be = [
            line(Side::Debit, "1101.WECHAT", 10_000),
            line(Side::Credit, "2002.M", 10_000),
            line(Side::Debit, "2002.M", 150),
            line(Side::Credit, "6001", 100),
            line(Side::Credit, "6002", 50),
        ];
        let found =
            line_differences(&booked.iter().collect::<Vec<_>>(), &would_be.iter().collect::<Vec<_>>());
        let told: Vec<_> =
            found.iter().map(|one| (one.account.as_str(), one.side, one.booked, one.would_be)).collect();
        assert_eq!(
            told,
            [("2002.M", Side::Debit, 100, 150), ("6002", Side::Credit, 0, 50), ("1901", Side::Debit, 7, 0)]
        );
    }

    #[test]
    fn sums_cover_all_events_of_the_accounts_that_change() {
        let (yuan, euro) = (Currency::CNY, "EUR".parse().unwrap());
        let (old, new) = (line(Side::Credit, "6001", 100), line(Side::Credit, "6001", 150));
        let other = line(Side::Debit, "1001", 5);
        let mut sums = TriedSums::default();
        sums.add_unchanged(yuan, &[&old, &other]);
        sums.add_changed(yuan, &[&old], &[&new]);
        let mut more = TriedSums::default();
        more.add_changed(euro, &[], &[&new]);
        more.add_unchanged(yuan, &[&other]);
        sums.join(more);
        let account: AccountCode = "6001".parse().unwrap();
        let sum = |booked, would_be| TriedSum { booked, would_be, changes: true };
        let expected = [(account.clone(), yuan, sum(-200, -250)), (account, euro, sum(0, -150))];
        assert_eq!(sums.changing(), expected);
    }
}
