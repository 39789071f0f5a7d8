//! Which findings are due after how many working hours.

use crate::domain::finding::Cause;
use crate::domain::money::Currency;

/// A row of a policy's due times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRule {
    /// Findings of this cause; `None` for every cause.
    pub cause: Option<Cause>,
    /// From this amount on, in this currency; `None` for every amount in every currency.
    pub from: Option<(Currency, i64)>,
    /// Working hours.
    pub hours: i64,
}

impl DueRule {
    /// Returns the row that says when a finding is due: one of its cause before one of every cause, then the one of the
    /// highest amount.
    #[must_use]
    pub fn of<'r>(rules: &'r [Self], cause: Cause, amount_minor: i64, currency: &str) -> Option<&'r Self> {
        let fits = |rule: &&Self| {
            rule.cause.is_none_or(|of| of == cause)
                && rule.from.is_none_or(|(of, from)| of.code() == currency && amount_minor >= from)
        };
        rules.iter().filter(fits).max_by_key(|rule| (rule.cause.is_some(), rule.from.map(|(_, from)| from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_row_says_when_a_finding_is_due() {
        let row = |cause, from: Option<i64>, hours| DueRule {
            cause,
            from: from.map(|from| (Currency::CNY, from)),
            hours,
        };
        let rules = [
            row(None, None, 40),
            row(None, Some(10_000), 16),
            row(Some(Cause::Short), None, 8),
            row(Some(Cause::Short), Some(10_000), 2),
        ];
        let hours = |cause, amount, currency| DueRule::of(&rules, cause, amount, currency).unwrap().hours;
        assert_eq!(hours(Cause::Long, 9_999, "CNY"), 40);
        assert_eq!(hours(Cause::Long, 10_000, "CNY"), 16);
        assert_eq!(hours(Cause::Short, 9_999, "CNY"), 8);
        assert_eq!(hours(Cause::Short, 10_000, "CNY"), 2);
        assert_eq!(hours(Cause::Short, 10_000, "USD"), 8, "an amount is in its currency");
        assert_eq!(DueRule::of(&rules[3..], Cause::Long, 10_000, "CNY"), None);
    }
}
