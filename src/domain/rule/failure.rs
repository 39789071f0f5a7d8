//! Why a rule cannot be computed for a trade.

use super::facts::Fact;
use crate::domain::id::RuleName;
use crate::domain::money::{Currency, Money};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::Channel;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Why a rule cannot be computed for a trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A sum beyond the largest amount.
    SumTooLarge,
    /// An amount beyond the largest amount.
    AmountTooLarge { expression: String, value: Decimal },
    /// An amount that is not a whole number of minor units.
    AmountNotRounded { expression: String, value: Decimal, currency: Currency },
    /// A negative amount on a line that does not flip; lines are numbered from 1.
    AmountNegative { line: usize, amount: Money },
    /// Lines that do not balance: debits less credits.
    Unbalanced { difference: Money },
    /// An expression that cannot be computed, with the reason in English.
    NotComputable { expression: String, message: String },
    /// A value that the set does not have.
    NoValue,
    /// No rate on that day.
    NoCoefficient { name: String, channel: Channel, date: Date },
    /// A fact that the account needs and the trade does not have.
    MissingFact(Fact),
    /// A named account that the channel does not have.
    MissingAlias { name: String, channel: Channel },
    /// A code that no account can have.
    BadAccount { code: String },
}

impl Failure {
    /// Returns the key of the text.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::SumTooLarge | Self::AmountTooLarge { .. } => "rulefile.amount_too_large",
            Self::AmountNotRounded { .. } => "rulefile.amount_not_rounded",
            Self::AmountNegative { .. } => "rulefile.amount_negative",
            Self::Unbalanced { .. } => "rulefile.unbalanced",
            Self::NotComputable { .. } | Self::NoValue => "rulefile.not_computable",
            Self::NoCoefficient { .. } => "rulefile.no_coefficient",
            Self::MissingFact(_) => "rulefile.missing_fact",
            Self::MissingAlias { .. } => "rulefile.missing_alias",
            Self::BadAccount { .. } => "rulefile.bad_account",
        }
    }

    /// Returns the facts that the text names.
    pub(super) fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::SumTooLarge | Self::NoValue => Vec::new(),
            Self::AmountTooLarge { expression, value } => {
                vec![("expression", expression.clone()), ("value", value.to_string())]
            }
            Self::AmountNotRounded { expression, value, currency } => {
                let (expression, value) = (expression.clone(), value.to_string());
                vec![("expression", expression), ("value", value), ("currency", currency.to_string())]
            }
            Self::AmountNegative { line, amount } => {
                vec![("number", line.to_string()), ("amount", amount.to_string())]
            }
            Self::Unbalanced { difference } => {
                let currency = difference.currency.to_string();
                vec![("currency", currency), ("difference", difference.to_string())]
            }
            Self::NotComputable { expression, message } => {
                vec![("expression", expression.clone()), ("message", message.clone())]
            }
            Self::NoCoefficient { name, channel, date } => {
                vec![("name", name.clone()), ("channel", channel.to_string()), ("date", date.to_string())]
            }
            Self::MissingFact(fact) => vec![("fact", fact.to_string())],
            Self::MissingAlias { name, channel } => {
                vec![("name", name.clone()), ("channel", channel.to_string())]
            }
            Self::BadAccount { code } => vec![("account", code.clone())],
        }
    }

    /// Returns the refusal of booking `trade` by `rule`.
    pub(super) fn rejection(&self, rule: &RuleName, trade: &str) -> Rejection {
        let rejection = Rejection::new(Code::RuleFailed).with("problem", self.key());
        let rejection = self.args().into_iter().fold(rejection, |all, (name, value)| all.with(name, value));
        rejection.with("rule", rule).with("trade", trade)
    }
}
