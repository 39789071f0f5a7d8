//! How a channel's new statement differs from the lines that stand.
//!
//! A line is known by its kind, the channel's own number and the reference; the same for the second line of the same
//! numbers, and so on. What is kept of a standing line are digests of it, so that a statement of a million lines is
//! compared in some tens of megabytes.

use super::differences::{Difference, Differences, DifferingLine, LISTED, LineChange, Shaken};
use super::money::{Currency, Money};
use super::statement::StatementLine;
use super::trade::TradeStatus;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Compares a new statement, line by line, with the lines that stand.
#[derive(Debug, Default)]
pub struct Comparison {
    standing: HashMap<(u128, u32), Standing>,
    added: u64,
    changed: u64,
    rows: Vec<Difference>,
    /// Rows of standing lines, each with the changed line of the new statement.
    changes: Vec<(i64, StatementLine)>,
}

/// A line that stands.
#[derive(Debug)]
struct Standing {
    /// Row in the ledger.
    row: i64,
    /// Whether the time is compared: bills of other kinds tell another time of the same refund.
    timed: bool,
    /// Whether the new statement should list it, by its kind and merchant number.
    expected: bool,
    facts: u64,
    /// Merchant number, discounts and trouble; `None` for a line that was read before they were.
    more: Option<u64>,
    seen: bool,
}

/// What comparing came to.
#[derive(Debug)]
pub struct Compared {
    /// The counts, and the added lines; changed and gone ones are to be read from the ledger.
    pub differences: Differences,
    /// Rows of the first changed lines, each with the new line.
    pub changes: Vec<(i64, StatementLine)>,
    /// Rows of the first gone lines.
    pub gone: Vec<i64>,
    /// Gone lines that the new statement should list; the others are none of its kinds or merchant.
    pub missing: u64,
}

impl Comparison {
    /// Adds a line that stands, from its row in the ledger.
    pub fn stands(&mut self, row: i64, line: &StatementLine, timed: bool, expected: bool) {
        let identity = identity(line);
        let mut free = 0;
        while self.standing.contains_key(&(identity, free)) {
            free += 1;
        }
        let (facts, more) = (facts(line, timed), more(line));
        let standing = Standing { row, timed, expected, facts, more, seen: false };
        self.standing.insert((identity, free), standing);
    }

    /// Compares a line of the new statement.
    pub fn line(&mut self, line: &StatementLine) {
        let identity = identity(line);
        let mut n = 0;
        while let Some(standing) = self.standing.get_mut(&(identity, n)) {
            if standing.seen {
                n += 1;
                continue;
            }
            standing.seen = true;
            let same = standing.facts == facts(line, standing.timed)
                && standing.more.zip(more(line)).is_none_or(|(before, after)| before == after);
            if !same {
                self.changed += 1;
                if self.changes.len() < LISTED {
                    self.changes.push((standing.row, line.clone()));
                }
            }
            return;
        }
        self.added += 1;
        if self.rows.len() < LISTED {
            self.rows.push(Difference { change: LineChange::Added, before: None, after: Some(line.into()) });
        }
    }

    /// Returns the result after the last line.
    #[must_use]
    pub fn finish(self) -> Compared {
        let unseen = || self.standing.values().filter(|standing| !standing.seen);
        let mut gone: Vec<i64> = unseen().map(|standing| standing.row).collect();
        gone.sort_unstable();
        let (count, missing) =
            (gone.len() as u64, unseen().filter(|standing| standing.expected).count() as u64);
        gone.truncate(LISTED);
        let differences = Differences {
            added: self.added,
            gone: count,
            changed: self.changed,
            rows: self.rows,
            shakes: Shaken::default(),
        };
        Compared { differences, changes: self.changes, gone, missing }
    }
}

/// What a change of statements moves: the lines that go and those that come in their place.
#[derive(Debug, Default)]
pub struct MovedLines {
    /// How many more lines go than come, by what a line is known by, and by currency, payment and fee.
    net: HashMap<(u128, Currency, i64, i64), i64>,
}

impl MovedLines {
    /// Adds a line that counts no more.
    pub fn goes(&mut self, line: &StatementLine) {
        self.add(line, 1);
    }

    /// Adds a line that counts from now on.
    pub fn comes(&mut self, line: &StatementLine) {
        self.add(line, -1);
    }

    fn add(&mut self, line: &StatementLine, count: i64) {
        if matches!(line.status, TradeStatus::Failed | TradeStatus::Closed) {
            return;
        }
        let key = (identity(line), line.currency, line.paid_minor(), line.fee_minor);
        let net = self.net.entry(key).or_default();
        *net += count;
        if *net == 0 {
            // Most lines stay, so little is kept.
            self.net.remove(&key);
        }
    }

    /// Returns the sum of the lines that go or come, by currency. A line that changes counts once, with the larger
    /// of its amounts.
    #[must_use]
    pub fn sums(&self) -> Vec<Money> {
        let mut lines: HashMap<(u128, Currency), [i64; 2]> = HashMap::new();
        for ((identity, currency, paid_minor, _), net) in &self.net {
            let sides = lines.entry((*identity, *currency)).or_default();
            let side = usize::from(*net < 0);
            if let Some(sum) = sides.get_mut(side) {
                *sum = sum.saturating_add(paid_minor.saturating_abs().saturating_mul(net.saturating_abs()));
            }
        }
        let mut sums: Vec<Money> = Vec::new();
        for ((_, currency), [gone, came]) in lines {
            let moved = gone.max(came);
            match sums.iter_mut().find(|sum| sum.currency == currency) {
                Some(sum) => sum.minor = sum.minor.saturating_add(moved),
                None => sums.push(Money::new(moved, currency)),
            }
        }
        sums.sort_by_key(|sum| sum.currency.code());
        sums
    }
}

impl From<&StatementLine> for DifferingLine {
    fn from(line: &StatementLine) -> Self {
        Self {
            line: line.line,
            kind: line.kind.to_string(),
            channel_ref: line.channel_ref.to_string(),
            original_ref: line.original_ref.as_ref().map(ToString::to_string),
            channel_no: line.channel_no.clone(),
            amount_minor: line.amount_minor,
            fee_minor: line.fee_minor,
            currency: line.currency.to_string(),
            status: line.status.to_string(),
            occurred_at: line.occurred_at.to_string(),
        }
    }
}

/// Returns a digest of what a line is known by.
fn identity(line: &StatementLine) -> u128 {
    let digest = digest(&[line.kind.as_str(), &line.channel_no, line.channel_ref.as_str()]);
    digest.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

/// Returns a digest of the facts that every statement tells.
fn facts(line: &StatementLine, timed: bool) -> u64 {
    let time = if timed { line.occurred_at.timestamp().to_string() } else { String::new() };
    short(&[
        line.original_ref.as_ref().map_or("", |original| original.as_str()),
        &line.amount_minor.to_string(),
        &line.fee_minor.to_string(),
        line.currency.code(),
        line.status.as_str(),
        &time,
    ])
}

/// Returns a digest of the facts that a line with a merchant number tells.
fn more(line: &StatementLine) -> Option<u64> {
    let merchant = line.merchant_no.as_deref()?;
    let (ours, theirs) = (line.merchant_discount_minor.to_string(), line.channel_discount_minor.to_string());
    Some(short(&[merchant, &ours, &theirs, line.trouble.as_deref().unwrap_or_default()]))
}

fn short(fields: &[&str]) -> u64 {
    digest(fields).iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Hashes fields, each preceded by its length.
fn digest(fields: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field.as_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Moment;
    use crate::domain::statement::LineKind;

    fn line(kind: LineKind, reference: &str, amount_minor: i64) -> StatementLine {
        StatementLine {
            line: 2,
            kind,
            channel_ref: reference.parse().unwrap(),
            original_ref: None,
            channel_no: format!("N{reference}"),
            amount_minor,
            fee_minor: 0,
            currency: Currency::CNY,
            status: TradeStatus::Succeeded,
            occurred_at: "2025-03-12T10:00:00+08:00".parse::<Moment>().unwrap(),
            merchant_no: None,
            merchant_discount_minor: 0,
            channel_discount_minor: 0,
            trouble: None,
        }
    }

    /// Returns added, gone, changed and missing lines.
    fn compared<'l>(
        standing: impl IntoIterator<Item = &'l StatementLine>,
        new: impl IntoIterator<Item = &'l StatementLine>,
    ) -> (u64, u64, u64, u64) {
        let mut comparison = Comparison::default();
        for (row, line) in (1..).zip(standing) {
            comparison.stands(row, line, true, line.kind == LineKind::Pay);
        }
        for line in new {
            comparison.line(line);
        }
        let Compared { differences, missing, .. } = comparison.finish();
        (differences.added, differences.gone, differences.changed, missing)
    }

    #[test]
    fn lines_are_known_by_kind_and_numbers_and_compared_by_all_facts() {
        let paid = line(LineKind::Pay, "A", 100);
        assert_eq!(compared([&paid], [&StatementLine { line: 9, ..paid.clone() }]), (0, 0, 0, 0));
        for other in [
            StatementLine { amount_minor: 101, ..paid.clone() },
            StatementLine { fee_minor: 1, ..paid.clone() },
            StatementLine { currency: "JPY".parse().unwrap(), ..paid.clone() },
            StatementLine { status: TradeStatus::Processing, ..paid.clone() },
            StatementLine { original_ref: Some("O".parse().unwrap()), ..paid.clone() },
            StatementLine { occurred_at: paid.occurred_at.plus_seconds(1), ..paid.clone() },
        ] {
            assert_eq!(compared([&paid], [&other]), (0, 0, 1, 0), "{other:?}");
        }
        let others = [
            line(LineKind::Refund, "A", 100),
            line(LineKind::Pay, "B", 100),
            StatementLine { channel_no: "X".to_owned(), ..paid.clone() },
        ];
        for other in others {
            assert_eq!(compared([&paid], [&other]), (1, 1, 0, 1), "{other:?}");
        }
    }

    #[test]
    fn the_same_line_twice_is_two_lines() {
        let paid = line(LineKind::Pay, "A", 100);
        let twice = [paid.clone(), paid.clone()];
        assert_eq!(compared(&twice, &twice), (0, 0, 0, 0));
        assert_eq!(compared(&twice, [&paid]), (0, 1, 0, 1));
        assert_eq!(compared([&paid], &twice), (1, 0, 0, 0));
    }

    #[test]
    fn what_an_older_ledger_did_not_keep_is_not_compared() {
        let kept = line(LineKind::Pay, "A", 100);
        let read =
            StatementLine { merchant_no: Some("M".to_owned()), merchant_discount_minor: 5, ..kept.clone() };
        assert_eq!(compared([&kept], [&read]), (0, 0, 0, 0));
        let other = StatementLine { merchant_discount_minor: 6, ..read.clone() };
        assert_eq!(compared([&read], [&other]), (0, 0, 1, 0));
    }

    #[test]
    fn a_change_moves_the_lines_that_go_and_come_and_none_that_stays() {
        let moved = |goes: &[StatementLine], comes: &[StatementLine]| {
            let mut lines = MovedLines::default();
            for line in goes {
                lines.goes(line);
            }
            for line in comes {
                lines.comes(line);
            }
            lines.sums().iter().map(|sum| (sum.minor, sum.currency.code())).collect::<Vec<_>>()
        };
        let [a, b] = ["A", "B"].map(|reference| line(LineKind::Pay, reference, 100));
        let refund = line(LineKind::Refund, "R", 30);
        assert_eq!(moved(&[a.clone(), refund.clone()], &[]), [(130, "CNY")], "withdrawn");
        assert_eq!(moved(&[a.clone(), refund.clone()], &[refund.clone(), a.clone()]), []);
        assert_eq!(
            moved(std::slice::from_ref(&a), std::slice::from_ref(&b)),
            [(200, "CNY")],
            "gone, and added"
        );
        let larger = StatementLine { amount_minor: 170, ..a.clone() };
        assert_eq!(moved(std::slice::from_ref(&a), std::slice::from_ref(&larger)), [(170, "CNY")], "changed");
        assert_eq!(
            moved(&[a.clone(), a.clone()], std::slice::from_ref(&a)),
            [(100, "CNY")],
            "one of two alike"
        );
        let failed = StatementLine { status: TradeStatus::Failed, ..a.clone() };
        assert_eq!(moved(std::slice::from_ref(&failed), &[]), [], "no money moved by it");
        let yen = StatementLine { currency: "JPY".parse().unwrap(), ..b };
        assert_eq!(moved(&[a, yen], &[]), [(100, "CNY"), (100, "JPY")]);
    }

    #[test]
    fn a_refund_is_not_missing_in_a_statement_of_payments() {
        let standing = [line(LineKind::Pay, "A", 100), line(LineKind::Refund, "R", 50)];
        assert_eq!(compared(&standing, &standing[..1]), (0, 1, 0, 0));
    }
}
