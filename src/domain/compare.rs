//! Compares expected with booked lines: whether they agree, and if not, what kind of mistake it is.

use crate::domain::account::Side;
use crate::domain::finding::Cause;
use crate::domain::id::AccountCode;
use crate::domain::rule::{ExpectedLine, LinePart};
use crate::domain::voucher::Line;
use std::collections::BTreeMap;

/// How booked lines differ from expected ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The kind of mistake.
    pub cause: Cause,
    /// The account that is wrong.
    pub account: Option<AccountCode>,
    /// What should be booked there, minor units.
    pub expected_minor: i64,
    /// What is booked there, minor units.
    pub actual_minor: i64,
    /// The amount at stake, never negative.
    pub amount_minor: i64,
}

/// Returns side, account and amount of a line; a red (negative) amount becomes positive on the other side.
fn normalised(line: &Line) -> (Side, &AccountCode, i64) {
    if line.amount_minor < 0 {
        (line.side.other(), &line.account, -line.amount_minor)
    } else {
        (line.side, &line.account, line.amount_minor)
    }
}

/// Returns the indexes of the lines of each list that the other lacks: expected lines, booked lines.
#[must_use]
pub fn unmatched(expected: &[&Line], actual: &[&Line]) -> (Vec<usize>, Vec<usize>) {
    let mut left: Vec<Option<usize>> = (0..actual.len()).map(Some).collect();
    let mut missing = Vec::new();
    for (index, line) in expected.iter().enumerate() {
        let same = left.iter().position(|slot| {
            slot.is_some_and(|at| actual.get(at).is_some_and(|other| normalised(other) == normalised(line)))
        });
        match same.and_then(|at| left.get_mut(at)) {
            Some(slot) => *slot = None,
            None => missing.push(index),
        }
    }
    (missing, left.into_iter().flatten().collect())
}

/// Sums by account, debit positive.
type Net<'l> = BTreeMap<&'l AccountCode, i128>;

fn net<'l>(lines: impl Iterator<Item = &'l Line>) -> Net<'l> {
    let mut sums = BTreeMap::new();
    for line in lines {
        *sums.entry(&line.account).or_insert(0) += i128::from(line.debit_positive());
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// Compares expected with booked lines. Returns `None` if the sum of every account is as expected, whatever
/// the lines: a previous system may book a fee net in one line.
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
    } else if !missing.is_empty() && missing.iter().all(|line| line.part != LinePart::Principal) {
        Cause::WrongFee
    } else {
        Cause::WrongAmount
    };
    // A surplus adjustment has no line to be compared with, so the sums of its accounts are compared.
    if extra.len() > missing.len() && matches!(cause, Cause::WrongAmount | Cause::WrongFee) {
        let order = missing.iter().map(|line| &line.line).chain(lines).chain(extra);
        return most_deviating(order, &should, &does).map(|account| in_total(cause, account, &should, &does));
    }
    // So it is with lines that all stand on other accounts than the lacking ones: what is named is what moved.
    let on_same = |line: &&Line| missing.iter().any(|lacking| lacking.line.account == line.account);
    if matches!(cause, Cause::WrongAmount | Cause::WrongFee)
        && !extra.iter().any(on_same)
        && let Some(line) = extra.first()
    {
        return Some(in_total(cause, &line.account, &should, &does));
    }
    Some(difference(cause, &missing, &extra, expected, &does))
}

/// Returns what lines move in all, in minor units: by account, what their debits exceed their credits by.
#[must_use]
pub fn moved_minor(lines: &[&Line]) -> i64 {
    let debits: i128 = net(lines.iter().copied()).into_values().filter(|sum| *sum > 0).sum();
    i64::try_from(debits).unwrap_or(i64::MAX)
}

fn deviation(account: &AccountCode, should: &Net<'_>, does: &Net<'_>) -> i128 {
    does.get(account).unwrap_or(&0) - should.get(account).unwrap_or(&0)
}

/// Returns the account whose sum deviates most from the expected one; of several the first in order.
fn most_deviating<'l>(
    order: impl Iterator<Item = &'l Line>,
    should: &Net<'_>,
    does: &Net<'_>,
) -> Option<&'l AccountCode> {
    let mut most: Option<&AccountCode> = None;
    for line in order {
        let far = |account: &AccountCode| deviation(account, should, does).abs();
        if far(&line.account) > most.map_or(0, far) {
            most = Some(&line.account);
        }
    }
    most
}

/// Returns the difference of the sums of an account, on the side of the expected sum.
fn in_total(cause: Cause, account: &AccountCode, should: &Net<'_>, does: &Net<'_>) -> Difference {
    let at = |net: &Net<'_>| net.get(account).copied().unwrap_or(0);
    let side = if at(should) < 0 || (at(should) == 0 && at(does) < 0) { -1 } else { 1 };
    // Balances of an account are bounded far below that.
    let minor = |sum: i128| i64::try_from(sum).unwrap_or(i64::MAX);
    Difference {
        cause,
        account: Some(account.clone()),
        expected_minor: minor(side * at(should)),
        actual_minor: minor(side * at(does)),
        amount_minor: minor(deviation(account, should, does).abs()),
    }
}

fn same_but_account(missing: &[&ExpectedLine], extra: &[&Line]) -> bool {
    let shape = |line: &Line| {
        let (side, _, amount) = normalised(line);
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
    booked: &Net<'_>,
) -> Difference {
    // Of a lacking line and one that is too much those on one account are compared, if there are such.
    let pairs = missing.iter().flat_map(|lacking| extra.iter().map(move |line| (&lacking.line, *line)));
    let on_one = pairs.into_iter().find(|(should, does)| should.account == does.account);
    let first =
        (missing.first().copied().or(expected.first()).map(|line| &line.line), extra.first().copied());
    let (should, does) = match on_one.filter(|_| matches!(cause, Cause::WrongAmount | Cause::WrongFee)) {
        Some((should, does)) => (Some(should), Some(does)),
        None => first,
    };
    let expected_minor = should.map_or(0, |line| line.amount_minor);
    // Where nothing is too much, the account has what is booked there.
    let on_account = || should.map_or(0, |line| booked.get(&line.account).map_or(0, |sum| sum.abs()));
    let actual_minor =
        does.map_or_else(|| i64::try_from(on_account()).unwrap_or(i64::MAX), |line| line.amount_minor);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::voucher::Mode;

    fn line(side: Side, account: &str, amount_minor: i64) -> Line {
        let mode = if amount_minor < 0 { Mode::Red } else { Mode::Normal };
        Line { side, account: account.parse().unwrap(), amount_minor, mode }
    }

    /// A payment of 100.00 with a fee of 0.60, as the rules book it.
    fn expected() -> Vec<ExpectedLine> {
        let principal = |line| ExpectedLine { line, part: LinePart::Principal };
        let fee = |line| ExpectedLine { line, part: LinePart::Fee };
        vec![
            principal(line(Side::Debit, "1101.WECHAT", 10_000)),
            principal(line(Side::Credit, "2001.A", 10_000)),
            fee(line(Side::Debit, "6401", 60)),
            fee(line(Side::Credit, "1101.WECHAT", 60)),
        ]
    }

    #[test]
    fn an_adjustment_too_much_was_weighed_by_its_first_line_against_the_whole_amount() {
        let (bank, a, fee) = ("1101.WECHAT", "2001.A", "6401");
        let cases = [
            // Booked 5.00 more, 5.00 less in red, and 5.00 of it somewhere else.
            (vec![line(Side::Debit, bank, 500), line(Side::Credit, a, 500)], (bank, 9940, 10_440, 500)),
            (vec![line(Side::Debit, bank, -500), line(Side::Credit, a, -500)], (bank, 9940, 9440, 500)),
            (vec![line(Side::Debit, a, 500), line(Side::Credit, "2001.B", 500)], (a, 10_000, 9500, 500)),
            // The same twice over is one difference, and more than was there turns its sign.
            (vec![line(Side::Debit, fee, 60), line(Side::Credit, bank, 60)], (bank, 9940, 9880, 60)),
            (vec![line(Side::Credit, fee, 90), line(Side::Debit, "1901", 90)], (fee, 60, -30, 90)),
        ];
        for (more, (account, expected_minor, actual_minor, amount_minor)) in cases {
            let rules = expected();
            let booked = rules.iter().map(|line| &line.line).chain(&more).collect::<Vec<_>>();
            let found = compare(&rules, &booked).unwrap();
            assert_eq!(found.cause, Cause::WrongAmount);
            assert_eq!(found.account.as_ref().map(AccountCode::as_str), Some(account), "{more:?}");
            let amounts = (found.expected_minor, found.actual_minor, found.amount_minor);
            assert_eq!(amounts, (expected_minor, actual_minor, amount_minor), "{more:?}");
        }
    }

    /// Nothing of a settlement is as it should be, and it names what was booked instead.
    #[test]
    fn lines_on_other_accounts_are_named_by_what_they_moved() {
        let principal = |line| ExpectedLine { line, part: LinePart::Principal };
        let rules = vec![
            principal(line(Side::Debit, "2003.M001", 9_700)),
            principal(line(Side::Credit, "1001", 9_700)),
        ];
        let booked = [line(Side::Debit, "2001.A", 200), line(Side::Credit, "2001.B", 200)];
        let found = compare(&rules, &booked.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((found.cause, found.account.unwrap().as_str()), (Cause::WrongAmount, "2001.A"));
        assert_eq!((found.expected_minor, found.actual_minor, found.amount_minor), (0, 200, 200));
        // One of them is on the right account: that is what differs.
        let booked = [line(Side::Debit, "2001.A", 200), line(Side::Credit, "1001", 200)];
        let found = compare(&rules, &booked.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(
            (found.account.unwrap().as_str(), found.expected_minor, found.actual_minor),
            ("1001", 9_700, 200)
        );
        // Nothing is too much: what the account lacks is not what another one has.
        let rules = expected();
        let booked: Vec<&Line> = rules.iter().take(2).map(|line| &line.line).collect();
        let found = compare(&rules, &booked).unwrap();
        assert_eq!((found.cause, found.account.unwrap().as_str()), (Cause::HalfPosted, "6401"));
        assert_eq!((found.expected_minor, found.actual_minor), (60, 0));
        assert_eq!(moved_minor(&rules.iter().map(|line| &line.line).collect::<Vec<_>>()), 10_000);
    }

    #[test]
    fn a_line_in_place_of_another_is_compared_with_that() {
        let rules = expected();
        let mut booked: Vec<Line> = rules.iter().map(|line| line.line.clone()).collect();
        booked[0].amount_minor = 1000;
        booked[1].amount_minor = 1000;
        let found = compare(&rules, &booked.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((found.expected_minor, found.actual_minor, found.amount_minor), (10_000, 1000, 9000));
    }
}
