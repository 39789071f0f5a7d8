//! Posting rules (记账规则): how a trade is booked.
//!
//! The trade side never names accounts. For one kind of trade and one event a rule defines the lines to
//! book: side, account template (`2001.{customer}`) and an amount expression over the trade's amount and
//! fee, named factors (因子) and dated coefficients (系数). Rules are written as TOML and belong to a set with
//! a version; a voucher names rule and version, so that it can be explained years later. The default set,
//! `assets/templates/cn-wallet/rules.toml`, follows the usual entries of a Chinese payment company (备付金
//! liabilities, channel receivables, merchant funds to be settled).
//!
//! Guarantees:
//! - A set is accepted as a whole or not at all ([`RuleSet::parse`]): no two of its rules can apply to the same event,
//!   every account exists in the chart, every rate is there for every day and channel, and no rule was found that
//!   books lines which do not balance.
//! - Evaluation is exact (decimals, never floats), bounded (no loops, no functions but rounding, `min`, `max`, `abs`)
//!   and never panics: it gives lines that balance, or a rejection that names what is missing.
//! - The same set and the same facts always give the same lines.

mod book;
mod compile;
mod condition;
mod evaluate;
mod explain;
mod expression;
mod expression_text;
mod expression_tree;
mod facts;
mod failure;
mod form;
mod places;
mod set;
mod template;
#[cfg(test)]
mod tests;
mod validate;

pub use super::authored::AuthoredError;
pub use book::RuleBook;
pub use condition::Condition;
pub use evaluate::{Expected, ExpectedLine};
pub use explain::{ConditionCheck, Explanation, LineExplanation, Passed, Value};
pub use expression_text::FUNCTIONS;
pub use facts::{Fact, Facts};
pub use set::{CHANNEL_ACCOUNT, LinePart, Rule, RuleLine, RuleScope, RuleSet};
