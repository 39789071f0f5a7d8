//! How a correction is dated and written: wipe, red or blue, and on which accounting day.
//!
//! Source: 会计基础工作规范 art. 51 (same year: red voucher, then a blue one; an earlier year: blue only) and bank practice
//! (抹账 while the day is open). The sign never tells the mode; each line carries it.

use super::account::{Class, Side, Subject};
use super::chart;
use super::finding::Note;
use super::id::AccountCode;
use super::period::DayState;
use super::rejection::{Code, Rejection};
use super::voucher::{Line, Mode};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What is known of the accounting days.
pub trait Days {
    /// The state of a day, `None` where it was never opened.
    fn state(&self, day: Date) -> Option<DayState>;
    /// The last closed day.
    fn last_closed(&self) -> Option<Date>;

    /// The accounting day that runs on `today`: once that is cut over, the day after it has begun (日切).
    fn running(&self, today: Date) -> Date {
        match (self.state(today), today.tomorrow()) {
            (Some(DayState::Closing | DayState::Closed), Ok(next)) if self.takes_postings(next) => next,
            _ => today,
        }
    }

    /// Whether a posting may be dated on `day`: it is open, or it can be opened by its first posting.
    fn takes_postings(&self, day: Date) -> bool {
        match self.state(day) {
            Some(state) => state == DayState::Open,
            None => self.last_closed().is_none_or(|closed| day > closed),
        }
    }
}

/// How and when a voucher is taken back, and why so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversalTerms {
    /// The mode.
    pub mode: Mode,
    /// The accounting day of the reversal.
    pub accounting_date: Date,
    /// The reason, for people.
    pub why: Note,
}

/// Decides how a voucher dated `original` is taken back on the accounting day that runs on `today`. `later_day` is the ledger's way for a later day of
/// the same year; `asked` an operator's wish, granted where the dates allow it.
///
/// # Errors
/// [`Code::Mode`] where the wish does not fit the dates, [`Code::DayNotOpen`] where today takes no postings,
/// [`Code::ReversalDate`] where today lies before the original.
pub fn reversal_terms(
    original: Date,
    today: Date,
    days: &dyn Days,
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
        return Err(Rejection::new(Code::DayNotOpen).with("day", today));
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

/// The accounting day on which an event of `business` day is booked: its own while that takes postings, else the one that runs on
/// `today`.
///
/// # Errors
/// [`Code::DayNotOpen`] where neither takes postings.
pub fn posting_day(business: Date, today: Date, days: &dyn Days) -> Result<Date, Rejection> {
    [business, days.running(today)]
        .into_iter()
        .find(|day| days.takes_postings(*day))
        .ok_or_else(|| Rejection::new(Code::DayNotOpen).with("day", today))
}

/// The lines that take `lines` back: red keeps the side and negates, wipe and blue turn the side.
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

/// The lines that lead from what stands to what should stand, one for each account that differs, accounts in order (差额).
/// Blue writes the other side, positive; red takes away on the side that had too much, negative.
///
/// # Errors
/// [`Code::Overflow`] where a sum leaves 64 bits.
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

/// Sends the profit-and-loss lines of an earlier year to the prior-year adjustment account; balance-sheet lines stay.
/// Source: 会计基础工作规范 art. 51, an error of an earlier year.
///
/// # Errors
/// [`Code::AccountUnknown`] where the chart has no such account.
pub fn to_prior_year(lines: &mut [Line], subjects: &[Subject]) -> Result<(), Rejection> {
    for line in lines {
        let class = chart::subject_of(subjects, &line.account).map(|subject| subject.class);
        if matches!(class, Some(Class::Income | Class::Expense)) {
            let subject = chart::prior_year(subjects)
                .ok_or_else(|| Rejection::new(Code::AccountUnknown).with("account", "6901"))?;
            line.account = subject.code.parse()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    struct Known(Vec<(Date, DayState)>);
    impl Days for Known {
        fn state(&self, day: Date) -> Option<DayState> {
            self.0.iter().find(|(d, _)| *d == day).map(|(_, state)| *state)
        }
        fn last_closed(&self) -> Option<Date> {
            self.0.iter().filter(|(_, state)| *state == DayState::Closed).map(|(d, _)| *d).max()
        }
    }

    fn decide(open: bool, today: Date, asked: Option<Mode>) -> Result<(Mode, Date), Code> {
        let state = if open { DayState::Open } else { DayState::Closed };
        let days = Known(vec![(date(2018, 9, 12), state)]);
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

    #[test]
    fn a_posting_is_dated_on_its_own_day_until_that_closes() {
        let day = date(2018, 9, 12);
        let open = Known(vec![(day, DayState::Open)]);
        let closed = Known(vec![(day, DayState::Closed)]);
        assert_eq!(posting_day(day, date(2018, 9, 13), &open), Ok(day));
        assert_eq!(posting_day(day, date(2018, 9, 13), &closed), Ok(date(2018, 9, 13)));
        // The running day was cut over: what comes after the cut belongs to the day after, unless that takes nothing either.
        assert_eq!(posting_day(day, day, &closed), Ok(date(2018, 9, 13)));
        let both = Known(vec![(day, DayState::Closing), (date(2018, 9, 13), DayState::Closing)]);
        assert_eq!(posting_day(day, day, &both).map_err(|r| r.code), Err(Code::DayNotOpen));
    }
}
