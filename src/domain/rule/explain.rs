//! Explains why a trade is booked as it is: the rule chosen, the rules that do not apply, the values used,
//! the computation of each line. It uses the same steps as the evaluation, so that the explanation matches
//! what is booked.

use super::evaluate::Expected;
use super::facts::Facts;
use super::set::{
    AMOUNT, COUNTER, FEE, FIRST_COEFFICIENT, LinePart, MERCHANT_DISCOUNT, ORIGINAL_AMOUNT, ORIGINAL_FEE,
    Rule, RuleLine, RuleSet, UNDONE, UNDONE_DISCOUNT,
};
use crate::domain::account::Side;
use crate::domain::event::Event;
use crate::domain::id::RuleName;
use crate::domain::money::Currency;
use crate::domain::rejection::Rejection;
use crate::domain::trade::{Channel, TradeStatus};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

/// How one event of a trade is booked, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The set in force.
    pub set: String,
    /// Its version.
    pub version: i64,
    /// First day it is in force.
    pub valid_from: Date,
    /// The event.
    pub event: Event,
    /// The rule chosen; `None` if none applies.
    pub rule: Option<RuleName>,
    /// Its note.
    pub note: String,
    /// Its conditions against the trade's facts.
    pub conditions: Vec<ConditionCheck>,
    /// States in which it is due.
    pub due: Vec<TradeStatus>,
    /// Whether the trade's state is one of them.
    pub due_status: bool,
    /// Whether a trade still processing must be inside its service window.
    pub within_window: bool,
    /// The event that must be posted before.
    pub after: Option<Event>,
    /// Rules of the same kind and event that do not apply, and the first condition that fails.
    pub passed: Vec<Passed>,
    /// Amount, fee, coefficients and factors with their values.
    pub values: Vec<Value>,
    /// The lines.
    pub lines: Vec<LineExplanation>,
    /// Why the computation fails; `None` if it succeeds.
    pub failure: Option<Rejection>,
}

/// A condition and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConditionCheck {
    /// The fact.
    pub fact: String,
    /// The condition, for example `channel = WECHAT, ALIPAY`.
    pub condition: String,
    /// The trade's fact; `None` if it does not have it.
    pub actual: Option<String>,
    /// Whether it holds.
    pub holds: bool,
}

/// A rule that does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passed {
    /// The rule.
    pub rule: RuleName,
    /// The condition that fails.
    pub because: ConditionCheck,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Name.
    pub name: String,
    /// Its origin: an expression, or for a rate the first day on which it is valid.
    pub source: String,
    /// The value, a decimal.
    pub value: String,
}

/// One line's computation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineExplanation {
    /// Number in the rule, from 1.
    pub number: usize,
    /// The side in the rule.
    pub rule_side: Side,
    /// The side booked: the other one if a negative amount flips the line.
    pub side: Side,
    /// The account template.
    pub template: String,
    /// The account; `None` if a fact is missing.
    pub account: Option<String>,
    /// The expression; `None` for the line that balances the voucher.
    pub expression: Option<String>,
    /// The computed amount in minor units, before flipping.
    pub computed_minor: Option<i64>,
    /// Currency of the line.
    #[serde(skip)]
    pub currency: Currency,
    /// The part of the trade.
    pub part: LinePart,
    /// Whether the line is left out because its amount is zero.
    pub left_out: bool,
}

impl Rule {
    /// Checks the conditions of this rule against the facts, the channel first.
    fn checks(&self, facts: &Facts<'_>) -> Vec<ConditionCheck> {
        let channel = self.channels.as_ref().map(|channels| ConditionCheck {
            fact: "channel".to_owned(),
            condition: format!(
                "channel = {}",
                channels.iter().map(Channel::as_str).collect::<Vec<_>>().join(", ")
            ),
            actual: Some(facts.channel.to_string()),
            holds: channels.contains(&facts.channel),
        });
        let others = self.conditions.iter().map(|condition| ConditionCheck {
            fact: condition.fact().to_string(),
            condition: condition.to_string(),
            actual: facts.text(condition.fact()).map(str::to_owned),
            holds: condition.holds(facts),
        });
        channel.into_iter().chain(others).collect()
    }

    /// Explains this rule for a trade; `set` is the rule's own.
    #[must_use]
    pub fn explain(&self, set: &RuleSet, facts: &Facts<'_>) -> Explanation {
        let mut explanation = set.blank(self.event);
        explanation.rule = Some(self.name.clone());
        explanation.note.clone_from(&self.note);
        explanation.conditions = self.checks(facts);
        explanation.due.clone_from(&self.due);
        explanation.due_status = self.is_due_status(facts.status);
        explanation.within_window = self.within_window;
        explanation.after = self.after;
        let values = self.values(set, facts).unwrap_or_default();
        explanation.values = self.named_values(set, facts, &values);
        explanation.lines = self.explain_lines(set, facts, &values);
        explanation.failure = self.lines(set, facts).err();
        explanation
    }

    fn named_values(&self, set: &RuleSet, facts: &Facts<'_>, values: &[Decimal]) -> Vec<Value> {
        let text = |slot: usize| values.get(slot).map(ToString::to_string).unwrap_or_default();
        let mut named: Vec<Value> = [("amount", AMOUNT), ("fee", FEE)]
            .map(|(name, slot)| Value { name: name.to_owned(), source: String::new(), value: text(slot) })
            .into();
        if let Some(counter) = facts.counter_amount {
            let source = counter.currency.code().to_owned();
            named.push(Value { name: "counter_amount".to_owned(), source, value: text(COUNTER) });
        }
        if facts.merchant_discount_minor != 0 {
            let (name, source) = ("merchant_discount".to_owned(), String::new());
            named.push(Value { name, source, value: text(MERCHANT_DISCOUNT) });
        }
        if let Some(undoing) = &facts.undoing {
            let mut slots = vec![
                ("undone", UNDONE),
                ("original_amount", ORIGINAL_AMOUNT),
                ("original_fee", ORIGINAL_FEE),
            ];
            if undoing.undone_discount_minor != 0 {
                slots.push(("undone_discount", UNDONE_DISCOUNT));
            }
            let source = undoing.original.as_str();
            named.extend(slots.into_iter().map(|(name, slot)| Value {
                name: name.to_owned(),
                source: source.to_owned(),
                value: text(slot),
            }));
        }
        for slot in &self.needs {
            let factor = slot.checked_sub(set.first_factor()).and_then(|index| set.factors.get(index));
            let coefficient =
                slot.checked_sub(FIRST_COEFFICIENT).and_then(|index| set.coefficients.get(index));
            if let Some(factor) = factor {
                let source = factor.expression.text().to_owned();
                named.push(Value { name: factor.name.clone(), source, value: text(*slot) });
            } else if let Some(coefficient) = coefficient {
                let source = coefficient.row(facts).map(|row| row.valid_from.to_string()).unwrap_or_default();
                named.push(Value { name: coefficient.name.clone(), source, value: text(*slot) });
            }
        }
        named
    }

    fn explain_lines(&self, set: &RuleSet, facts: &Facts<'_>, values: &[Decimal]) -> Vec<LineExplanation> {
        let mut sums: [Option<i64>; 2] = [Some(0); 2];
        let mut explained = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.iter().enumerate() {
            let currency = line.currency(facts).unwrap_or(facts.currency);
            let sum = &mut sums[usize::from(line.counter)];
            let minor = sum.and_then(|sum| line.minor(values, currency, sum).ok());
            *sum = sum.zip(minor).and_then(|(sum, minor)| sum.checked_add(line.side.debit_positive(minor)));
            let account = line.code(set, facts, currency).ok().map(|code| code.to_string());
            explained.push(line.explain(index + 1, (minor, currency), account, facts.turned));
        }
        explained
    }
}

impl RuleLine {
    fn explain(
        &self,
        number: usize,
        (minor, currency): (Option<i64>, Currency),
        account: Option<String>,
        turned: bool,
    ) -> LineExplanation {
        let flipped = (self.flip && minor.is_some_and(|minor| minor < 0)) != turned;
        LineExplanation {
            number,
            rule_side: self.side,
            side: if flipped { self.side.other() } else { self.side },
            template: self.account.text().to_owned(),
            account,
            expression: self.amount().map(str::to_owned),
            computed_minor: minor,
            currency,
            part: self.part,
            left_out: minor == Some(0),
        }
    }
}

impl RuleSet {
    fn blank(&self, event: Event) -> Explanation {
        Explanation {
            set: self.id.clone(),
            version: self.version,
            valid_from: self.valid_from,
            event,
            rule: None,
            note: String::new(),
            conditions: Vec::new(),
            due: Vec::new(),
            due_status: false,
            within_window: false,
            after: None,
            passed: Vec::new(),
            values: Vec::new(),
            lines: Vec::new(),
            failure: None,
        }
    }

    /// Explains an event of a trade: the rule that applies, or why none applies.
    #[must_use]
    pub fn explain(&self, facts: &Facts<'_>, event: Event) -> Explanation {
        let chosen = self.rule_for(facts, event);
        let mut explanation = chosen.map_or_else(|| self.blank(event), |rule| rule.explain(self, facts));
        let candidates = self.rules.iter().filter(|rule| rule.kind == facts.kind && rule.event == event);
        explanation.passed = candidates
            .filter_map(|rule| {
                let because = rule.checks(facts).into_iter().find(|check| !check.holds)?;
                Some(Passed { rule: rule.name.clone(), because })
            })
            .collect();
        explanation
    }

    /// Computes the lines for an event of a trade; `None` if no rule applies.
    ///
    /// # Errors
    /// As [`Rule::lines`].
    pub fn expected(&self, facts: &Facts<'_>, event: Event) -> Result<Option<Expected>, Rejection> {
        self.rule_for(facts, event).map(|rule| rule.lines(self, facts)).transpose()
    }
}
