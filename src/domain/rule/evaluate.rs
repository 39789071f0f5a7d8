//! Computes the lines to book from the facts of a trade. This is the hot path of posting: one vector of
//! values per trade, each factor computed at most once and only if a line needs it, lines pushed into the
//! caller's vector.

use super::facts::{Fact, Facts};
use super::failure::Failure;
use super::set::{
    AMOUNT, COUNTER, COUNTER_DECIMALS, DECIMALS, FEE, FIRST_COEFFICIENT, LinePart, MERCHANT_DISCOUNT,
    ORIGINAL_AMOUNT, ORIGINAL_FEE, Rule, RuleLine, RuleSet, UNDONE, UNDONE_DISCOUNT,
};
use super::template::Missing;
use crate::domain::id::{AccountCode, RuleName};
use crate::domain::money::{AmountError, Currency, MAX_MINOR, Money};
use crate::domain::rejection::Rejection;
use crate::domain::voucher::{Line, Mode};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The lines that an event should have in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The rule that defines them.
    pub rule: RuleName,
    /// The lines, which balance; empty for a trade whose amounts are all zero.
    pub lines: Vec<ExpectedLine>,
}

/// A line with the part of the trade it books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedLine {
    /// The line, in mode normal with a positive amount.
    pub line: Line,
    /// The part of the trade.
    pub part: LinePart,
}

impl Rule {
    /// Computes the lines of this rule for a trade. Lines of amount zero are left out.
    ///
    /// # Errors
    /// [`RuleFailed`](crate::domain::rejection::Code::RuleFailed) with `rule`, `trade`, `problem` (key of a
    /// text) and the facts of the problem: a fact that the trade does not have, no rate for its day, an
    /// amount that is negative, not a whole number of minor units, too large or not computable, lines that
    /// do not balance.
    pub fn lines(&self, set: &RuleSet, facts: &Facts<'_>) -> Result<Expected, Rejection> {
        let mut lines = Vec::with_capacity(self.lines.len());
        self.lines_into(set, facts, &mut lines)?;
        Ok(Expected { rule: self.name.clone(), lines })
    }

    /// As [`Self::lines`], but appends to `lines`, which is unchanged after an error.
    ///
    /// # Errors
    /// As [`Self::lines`].
    pub fn lines_into(
        &self,
        set: &RuleSet,
        facts: &Facts<'_>,
        lines: &mut Vec<ExpectedLine>,
    ) -> Result<(), Rejection> {
        let before = lines.len();
        self.append(set, facts, lines).map_err(|failure| {
            lines.truncate(before);
            failure.rejection(&self.name, &facts.trade_no)
        })
    }

    /// Appends the lines to `lines`; after a failure some of them may have been appended.
    pub(super) fn append(
        &self,
        set: &RuleSet,
        facts: &Facts<'_>,
        lines: &mut Vec<ExpectedLine>,
    ) -> Result<(), Failure> {
        let values = self.values(set, facts)?;
        // Of the lines in the currency of the amount, and in that of the counter amount.
        let mut sums = [0_i64; 2];
        let mut negative = None;
        for (index, line) in self.lines.iter().enumerate() {
            let currency = line.currency(facts)?;
            let sum = &mut sums[usize::from(line.counter)];
            let minor = line.minor(&values, currency, *sum)?;
            *sum = sum.checked_add(line.side.debit_positive(minor)).ok_or(Failure::SumTooLarge)?;
            if minor == 0 {
                continue;
            }
            if minor < 0 && !line.flip {
                negative.get_or_insert((index, Money::new(minor, currency)));
                continue;
            }
            let side = if (minor < 0) == facts.turned { line.side } else { line.side.other() };
            let account = line.code(set, facts, currency)?;
            let line_to_book = Line { account, side, amount_minor: minor.abs(), mode: Mode::Normal };
            lines.push(ExpectedLine { line: line_to_book, part: line.part });
        }
        let counter = facts.counter_amount.map_or(facts.currency, |money| money.currency);
        for (sum, currency) in sums.into_iter().zip([facts.currency, counter]) {
            if sum != 0 {
                return Err(Failure::Unbalanced { difference: Money::new(sum, currency) });
            }
        }
        match negative {
            None => Ok(()),
            Some((index, amount)) => Err(Failure::AmountNegative { line: index + 1, amount }),
        }
    }

    /// Computes the values of the slots that this rule needs; the other slots stay zero.
    pub(super) fn values(&self, set: &RuleSet, facts: &Facts<'_>) -> Result<Vec<Decimal>, Failure> {
        let mut values = vec![Decimal::ZERO; set.first_factor() + set.factors.len()];
        values[AMOUNT] = Money::new(facts.amount_minor, facts.currency).major();
        // The fee that a counter trade gets back was a cost of the original trade.
        let fee_minor = if facts.turned { facts.fee_minor.saturating_neg() } else { facts.fee_minor };
        values[FEE] = Money::new(fee_minor, facts.currency).major();
        values[COUNTER] = facts.counter_amount.map(Money::major).unwrap_or_default();
        values[MERCHANT_DISCOUNT] = Money::new(facts.merchant_discount_minor, facts.currency).major();
        values[DECIMALS] = Decimal::from(facts.currency.exponent());
        let counter = facts.counter_amount.map(|amount| amount.currency.exponent());
        values[COUNTER_DECIMALS] = counter.map(Decimal::from).unwrap_or_default();
        if let Some(undoing) = &facts.undoing {
            let major = |minor| Money::new(minor, facts.currency).major();
            values[UNDONE] = major(undoing.undone_minor);
            values[UNDONE_DISCOUNT] = major(undoing.undone_discount_minor);
            values[ORIGINAL_AMOUNT] = major(undoing.original_minor);
            values[ORIGINAL_FEE] = major(undoing.fee_minor);
        }
        for slot in &self.needs {
            let value = set.value(*slot, &values, facts)?;
            if let Some(place) = values.get_mut(*slot) {
                *place = value;
            }
        }
        Ok(values)
    }
}

impl RuleSet {
    /// Returns the value of a coefficient or factor.
    fn value(&self, slot: usize, values: &[Decimal], facts: &Facts<'_>) -> Result<Decimal, Failure> {
        if let Some(factor) = slot.checked_sub(self.first_factor()).and_then(|index| self.factors.get(index))
        {
            let exponent = facts.currency.exponent();
            return factor.expression.value(values, exponent).map_err(|message| Failure::NotComputable {
                expression: factor.expression.text().to_owned(),
                message,
            });
        }
        let coefficient = slot.checked_sub(FIRST_COEFFICIENT).and_then(|index| self.coefficients.get(index));
        let coefficient = coefficient.ok_or(Failure::NoValue)?;
        coefficient.row(facts).map(|row| row.value).ok_or_else(|| Failure::NoCoefficient {
            name: coefficient.name.clone(),
            channel: facts.channel,
            date: facts.rule_date(),
        })
    }
}

impl RuleLine {
    /// Returns the currency of the line.
    pub(super) fn currency(&self, facts: &Facts<'_>) -> Result<Currency, Failure> {
        if !self.counter {
            return Ok(facts.currency);
        }
        let counter = facts.counter_amount.ok_or(Failure::MissingFact(Fact::CounterCurrency))?;
        Ok(counter.currency)
    }

    /// Returns the signed amount in minor units; `sum` is the sum of the lines before it in the same
    /// currency, debit-positive.
    pub(super) fn minor(&self, values: &[Decimal], currency: Currency, sum: i64) -> Result<i64, Failure> {
        let Some(expression) = &self.amount else {
            let rest = self.side.debit_positive(sum).checked_neg();
            return rest
                .filter(|rest| rest.unsigned_abs() <= MAX_MINOR.unsigned_abs())
                .ok_or(Failure::SumTooLarge);
        };
        let value = expression.value(values, currency.exponent()).map_err(|message| {
            Failure::NotComputable { expression: expression.text().to_owned(), message }
        })?;
        Money::from_major(value, currency).map(|money| money.minor).map_err(|error| {
            let (expression, value) = (expression.text().to_owned(), value.normalize());
            match error {
                AmountError::TooPrecise => Failure::AmountNotRounded { expression, value, currency },
                _ => Failure::AmountTooLarge { expression, value },
            }
        })
    }

    /// Returns the account for these facts in a currency.
    pub(super) fn code(
        &self,
        set: &RuleSet,
        facts: &Facts<'_>,
        currency: Currency,
    ) -> Result<AccountCode, Failure> {
        let code = self.account.fill(&set.aliases, facts).map_err(|missing| match missing {
            Missing::Fact(fact) => Failure::MissingFact(fact),
            Missing::Alias(alias) => Failure::MissingAlias { name: alias.to_owned(), channel: facts.channel },
        })?;
        let text = code.clone();
        AccountCode::try_from(code)
            .and_then(|code| code.in_currency(currency, set.currency))
            .map_err(|_| Failure::BadAccount { code: text.escape_debug().to_string() })
    }
}
