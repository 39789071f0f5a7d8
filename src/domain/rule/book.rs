//! All versions of the rules: which set is in force on which day.

use super::set::{Rule, RuleSet};
use crate::domain::id::RuleName;
use crate::domain::rejection::{Code, Rejection};
use jiff::civil::Date;

/// Rule sets by the day they come into force. A set is in force until the next one's day; of two that come into force
/// on the same day the higher version counts.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    sets: Vec<RuleSet>,
}

impl RuleBook {
    /// A book of these sets.
    ///
    /// # Errors
    /// [`Code::BadRules`] where a version comes twice: vouchers name rules by id and version alone.
    pub fn new(mut sets: Vec<RuleSet>) -> Result<Self, Rejection> {
        sets.sort_by_key(|set| (set.valid_from, set.version));
        for (index, set) in sets.iter().enumerate() {
            if sets.iter().take(index).any(|other| other.version == set.version) {
                return Err(Rejection::new(Code::BadRules)
                    .with("problem", "rulefile.duplicate_version")
                    .with("version", set.version));
            }
        }
        Ok(Self { sets })
    }

    /// The sets, oldest first.
    #[must_use]
    pub fn sets(&self) -> &[RuleSet] {
        &self.sets
    }

    /// The set in force on a business date.
    #[must_use]
    pub fn in_force(&self, date: Date) -> Option<&RuleSet> {
        self.sets.iter().rev().find(|set| set.valid_from <= date)
    }

    /// The rule a voucher names.
    #[must_use]
    pub fn rule(&self, name: &RuleName) -> Option<(&RuleSet, &Rule)> {
        self.sets.iter().find_map(|set| set.rule(name).map(|rule| (set, rule)))
    }
}
