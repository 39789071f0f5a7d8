//! How a correction is dated and booked: wipe, red or blue, and on which accounting day.
//!
//! Source: 会计基础工作规范 art. 51 (same year: red voucher, then a blue one; an earlier year: blue only) and bank
//! practice (抹账 while the day is open). The mode is stored with each line and never inferred from the sign.

use super::account::{AccountRole, Class, Side, Subject};
use super::chart;
use super::currencies::Currencies;
use super::dating::{DayStates, closed_day};
use super::finding::Note;
use super::id::AccountCode;
use super::period::DayState;
use super::rejection::{Code, Rejection};
use super::voucher::{Line, Mode};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// How and when a voucher is reversed, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversalTerms {
    /// The mode.
    pub mode: Mode,
    /// The accounting day of the reversal.
    pub accounting_date: Date,
    /// The reason, for people.
    pub why: Note,
}

/// Decides how a voucher dated `original` is reversed on the accounting day that runs on `today`.
/// `later_day` is the policy's mode for a later day of the same year; `asked` is the mode that an operator
/// requests, used if the dates allow it.
///
/// # Errors
/// [`Code::Mode`] if the requested mode does not fit the dates, [`Code::DayNotOpen`] if today takes no
/// postings, [`Code::ReversalDate`] if today is before the original.
pub fn reversal_terms(
    original: Date,
    today: Date,
    days: &dyn DayStates,
    later_day: Mode,
    asked: Option<Mode>,
) -> Result<ReversalTerms, Rejection> {
    let today = days.running(today);
    let still_open = days.state(original) == Some(DayState::Open);
    let terms = |mode, accounting_date, why: Note| ReversalTerms { mode, accounting_date, why };
    if still_open && matches!(asked, None | Some(Mode::Wipe)) {
        return Ok(terms(Mode::Wipe, original, Note::new("why.wipe").with("day", original)));
    }
    if asked == Some(Mode::Wipe) {
        return Err(Rejection::new(Code::Mode).with("mode", "wipe").with("day", original));
    }
    let date = if days.takes_postings(today) && today >= original {
        today
    } else if still_open {
        original
    } else if today < original {
        return Err(Rejection::new(Code::ReversalDate).with("day", today).with("original", original));
    } else {
        return Err(closed_day(today));
    };
    let same_year = date.year() == original.year();
    match asked {
        Some(Mode::Red) if !same_year => {
            Err(Rejection::new(Code::Mode).with("mode", "red").with("day", original))
        }
        Some(mode @ (Mode::Red | Mode::Blue)) => {
            Ok(terms(mode, date, Note::new("why.asked").with("day", date)))
        }
        Some(other) => Err(Rejection::new(Code::Mode).with("mode", other).with("day", original)),
        None if same_year => Ok(terms(later_day, date, Note::new("why.later_day").with("day", original))),
        None => Ok(terms(Mode::Blue, date, Note::new("why.earlier_year").with("year", original.year()))),
    }
}

/// Returns the lines that reverse `lines`: red keeps the side and negates, wipe and blue exchange the
/// sides.
#[must_use]
pub fn mirror(lines: &[Line], mode: Mode) -> Vec<Line> {
    lines
        .iter()
        .map(|line| {
            let (side, amount_minor) = match mode {
                Mode::Red => (line.side, -line.amount_minor),
                _ => (line.side.other(), line.amount_minor),
            };
            Line { account: line.account.clone(), side, amount_minor, mode }
        })
        .collect()
}

/// Returns the lines that lead from the booked lines to the required ones: one for each account that
/// differs, in order of accounts (差额). Blue books the other side, positive; red reduces the side that had
/// too much, negative.
///
/// # Errors
/// [`Code::Overflow`] if a sum does not fit 64 bits.
pub fn difference<'l>(
    should: impl Iterator<Item = &'l Line>,
    stands: impl Iterator<Item = &'l Line>,
    red: bool,
) -> Result<Vec<Line>, Rejection> {
    let mut sums: BTreeMap<&AccountCode, i128> = BTreeMap::new();
    for line in should {
        *sums.entry(&line.account).or_default() += i128::from(line.debit_positive());
    }
    for line in stands {
        *sums.entry(&line.account).or_default() -= i128::from(line.debit_positive());
    }
    sums.into_iter()
        .filter(|(_, sum)| *sum != 0)
        .map(|(account, sum)| {
            let minor = i64::try_from(sum.abs())
                .map_err(|_| Rejection::new(Code::Overflow).with("account", account))?;
            let side = if sum > 0 { Side::Debit } else { Side::Credit };
            let (side, amount_minor) = if red { (side.other(), -minor) } else { (side, minor) };
            Ok(Line { account: account.clone(), side, amount_minor, mode: Mode::Difference })
        })
        .collect()
}

/// Redirects the profit-and-loss lines of an earlier year to the prior-year adjustment account in the
/// currency of the line; balance-sheet lines stay. Source: 会计基础工作规范 art. 51, an error of an earlier year.
///
/// # Errors
/// [`Code::RoleMissing`] if the chart has no such account.
pub fn to_prior_year(
    lines: &mut [Line],
    subjects: &[Subject],
    currencies: &Currencies,
) -> Result<(), Rejection> {
    for line in lines {
        let class = chart::subject_of(subjects, &line.account).map(|subject| subject.class);
        if matches!(class, Some(Class::Income | Class::Expense)) {
            let subject = chart::needed(subjects, AccountRole::PriorYear)?;
            let prior: AccountCode = subject.code.parse()?;
            line.account = prior.in_currency(currencies.of(&line.account), currencies.main())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {

    use super::*;
    use jiff::civil::date;
    use std::collections::BTreeMap;

    fn decide(open: bool, today: Date, asked: Option<Mode>) -> Result<(Mode, Date), Code> {
        let state = if open { DayState::Open } else { DayState::Closed };
        let days = BTreeMap::from([(date(2018, 9, 12), state)]);
        reversal_terms(date(2018, 9, 12), today, &days, Mode::Red, asked)
            .map(|terms| (terms.mode, terms.accounting_date))
            .map_err(|rejection| rejection.code)
    }

    #[test]
    fn the_date_decides_the_mode() {
        let next = date(2018, 9, 13);
        let later_year = date(2019, 1, 2);
        assert_eq!(decide(true, next, None), Ok((Mode::Wipe, date(2018, 9, 12))));
        assert_eq!(decide(false, next, None), Ok((Mode::Red, next)));
        assert_eq!(decide(false, later_year, None), Ok((Mode::Blue, later_year)));
        assert_eq!(decide(false, next, Some(Mode::Blue)), Ok((Mode::Blue, next)));
        assert_eq!(decide(false, next, Some(Mode::Wipe)), Err(Code::Mode));
        assert_eq!(decide(false, later_year, Some(Mode::Red)), Err(Code::Mode));
        assert_eq!(decide(true, next, Some(Mode::Normal)), Err(Code::Mode));
        assert_eq!(
            decide(false, date(2018, 9, 12), None),
            Ok((Mode::Red, next)),
            "cut before midnight: the next day runs"
        );
    }
}
