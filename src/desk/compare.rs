//! Expected against booked lines: whether they are the same, and if not, what kind of mistake it is.

use crate::domain::account::Side;
use crate::domain::finding::Cause;
use crate::domain::id::AccountCode;
use crate::domain::rule::{ExpectedLine, Part};
use crate::domain::voucher::Line;
use std::collections::BTreeMap;

/// How booked lines differ from expected ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The kind of mistake.
    pub cause: Cause,
    /// The account that is wrong.
    pub account: Option<AccountCode>,
    /// What should stand there, minor units.
    pub expected_minor: i64,
    /// What stands there.
    pub actual_minor: i64,
    /// The amount at stake, never negative.
    pub amount_minor: i64,
}

/// A line with red turned into what it does: other side, positive.
fn plain(line: &Line) -> (Side, &AccountCode, i64) {
    if line.amount_minor < 0 {
        (line.side.other(), &line.account, -line.amount_minor)
    } else {
        (line.side, &line.account, line.amount_minor)
    }
}

/// Indexes of lines that the other list lacks, of both lists.
#[must_use]
pub fn unmatched(expected: &[&Line], actual: &[&Line]) -> (Vec<usize>, Vec<usize>) {
    let mut left: Vec<Option<usize>> = (0..actual.len()).map(Some).collect();
    let mut missing = Vec::new();
    for (index, line) in expected.iter().enumerate() {
        let twin = left.iter().position(|slot| {
            slot.is_some_and(|at| actual.get(at).is_some_and(|other| plain(other) == plain(line)))
        });
        match twin.and_then(|at| left.get_mut(at)) {
            Some(slot) => *slot = None,
            None => missing.push(index),
        }
    }
    (missing, left.into_iter().flatten().collect())
}

fn net<'l>(lines: impl Iterator<Item = &'l Line>) -> BTreeMap<&'l AccountCode, i128> {
    let mut sums = BTreeMap::new();
    for line in lines {
        *sums.entry(&line.account).or_insert(0) += i128::from(line.debit_positive());
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// Compares what should stand with what stands. `None` where every account moved as it should: an older system may
/// book a fee net in one line.
#[must_use]
pub fn compare(expected: &[ExpectedLine], actual: &[&Line]) -> Option<Difference> {
    let should = net(expected.iter().map(|line| &line.line));
    let does = net(actual.iter().copied());
    if should == does {
        return None;
    }
    let lines: Vec<&Line> = expected.iter().map(|line| &line.line).collect();
    let turned =
        should.len() == does.len() && should.iter().all(|(account, sum)| does.get(account) == Some(&-sum));
    let (missing, extra) = unmatched(&lines, actual);
    let missing: Vec<&ExpectedLine> = missing.iter().filter_map(|at| expected.get(*at)).collect();
    let extra: Vec<&Line> = extra.iter().filter_map(|at| actual.get(*at).copied()).collect();
    let cause = if turned {
        Cause::WrongSide
    } else if same_but_account(&missing, &extra) {
        Cause::WrongAccount
    } else if extra.is_empty() && !actual.is_empty() {
        Cause::HalfPosted
    } else if !missing.is_empty() && missing.iter().all(|line| line.part != Part::Principal) {
        Cause::WrongFee
    } else {
        Cause::WrongAmount
    };
    Some(difference(cause, &missing, &extra, expected, actual))
}

fn same_but_account(missing: &[&ExpectedLine], extra: &[&Line]) -> bool {
    let shape = |line: &Line| {
        let (side, _, amount) = plain(line);
        (side, amount)
    };
    let mut left: Vec<_> = missing.iter().map(|line| shape(&line.line)).collect();
    let mut right: Vec<_> = extra.iter().map(|line| shape(line)).collect();
    left.sort_unstable();
    right.sort_unstable();
    !left.is_empty() && left == right
}

fn difference(
    cause: Cause,
    missing: &[&ExpectedLine],
    extra: &[&Line],
    expected: &[ExpectedLine],
    actual: &[&Line],
) -> Difference {
    let should = missing.first().copied().or(expected.first()).map(|line| &line.line);
    let does = extra.first().copied().or(actual.first().copied());
    let expected_minor = should.map_or(0, |line| line.amount_minor);
    let actual_minor = does.map_or(0, |line| line.amount_minor);
    let amount_minor = match cause {
        Cause::WrongAmount | Cause::WrongFee => (expected_minor - actual_minor).abs(),
        _ => expected_minor.abs(),
    };
    let account = match cause {
        Cause::WrongAccount => does.or(should),
        _ => should.or(does),
    };
    Difference {
        cause,
        account: account.map(|line| line.account.clone()),
        expected_minor,
        actual_minor,
        amount_minor: if amount_minor == 0 { expected_minor.abs() } else { amount_minor },
    }
}
