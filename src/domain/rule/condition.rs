//! Conditions of rules on facts other than kind and event.

use super::facts::{Fact, Facts};
use serde::Serialize;

/// One condition on a fact of the trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "test", rename_all = "snake_case")]
pub enum Condition {
    /// The fact has one of these values.
    OneOf {
        /// The fact.
        fact: Fact,
        /// The values.
        values: Vec<String>,
    },
    /// The trade has the fact.
    Present {
        /// The fact.
        fact: Fact,
    },
    /// The trade does not have the fact.
    Absent {
        /// The fact.
        fact: Fact,
    },
}

impl Condition {
    /// Returns the fact that the condition is about.
    #[must_use]
    pub const fn fact(&self) -> Fact {
        match self {
            Self::OneOf { fact, .. } | Self::Present { fact } | Self::Absent { fact } => *fact,
        }
    }

    /// Returns whether the condition holds for these facts.
    #[must_use]
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        let value = facts.text(self.fact());
        match self {
            Self::OneOf { values, .. } => value.is_some_and(|v| values.iter().any(|known| known == v)),
            Self::Present { .. } => value.is_some(),
            Self::Absent { .. } => value.is_none(),
        }
    }

    /// Returns whether no trade can satisfy both this and `other`.
    #[must_use]
    pub fn excludes(&self, other: &Self) -> bool {
        if self.fact() != other.fact() {
            return false;
        }
        match (self, other) {
            (Self::OneOf { values: a, .. }, Self::OneOf { values: b, .. }) => {
                !a.iter().any(|v| b.contains(v))
            }
            (Self::Absent { .. }, Self::Absent { .. }) => false,
            (Self::Absent { .. }, _) | (_, Self::Absent { .. }) => true,
            _ => false,
        }
    }
}

/// `merchant present`, `channel = WECHAT, ALIPAY`.
impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OneOf { fact, values } => write!(f, "{fact} = {}", values.join(", ")),
            Self::Present { fact } => write!(f, "{fact} present"),
            Self::Absent { fact } => write!(f, "{fact} absent"),
        }
    }
}
