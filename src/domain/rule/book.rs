//! All versions of the rules, and which one is in force on a day.

use super::set::{Rule, RuleSet};
use crate::domain::id::RuleName;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::Channel;
use jiff::civil::Date;

/// Rule sets by the day on which they come into force. A set is in force until the day of the next one; of
/// two sets of the same day the higher version counts.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    sets: Vec<RuleSet>,
}

impl RuleBook {
    /// Returns a book of these sets.
    ///
    /// # Errors
    /// [`Code::BadRules`] if two sets have the same version: vouchers name rules by id and version only.
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

    /// Returns the book as it would be with one more set. That replaces the set of its version, and counts
    /// before other sets of its day.
    #[must_use]
    pub fn with(&self, set: RuleSet) -> Self {
        let others = self.sets.iter().filter(|other| other.version != set.version);
        let mut sets: Vec<RuleSet> = others.cloned().collect();
        let place = sets.partition_point(|other| other.valid_from <= set.valid_from);
        sets.insert(place, set);
        Self { sets }
    }

    /// Returns the sets, oldest first.
    #[must_use]
    pub fn sets(&self) -> &[RuleSet] {
        &self.sets
    }

    /// Returns the set in force on a business date.
    #[must_use]
    pub fn in_force(&self, date: Date) -> Option<&RuleSet> {
        self.sets.iter().rev().find(|set| set.valid_from <= date)
    }

    /// Returns whether a set takes the account of a channel's money from the channel file. A set that is in
    /// force on no day, since another one of its day is newer, does not count.
    #[must_use]
    pub fn takes_account_of(&self, channel: Channel) -> bool {
        let counts =
            |set: &&RuleSet| self.in_force(set.valid_from).is_some_and(|found| found.version == set.version);
        self.sets.iter().filter(counts).any(|set| !set.names_account(channel))
    }

    /// Returns the rule that a voucher names.
    #[must_use]
    pub fn rule(&self, name: &RuleName) -> Option<(&RuleSet, &Rule)> {
        self.sets.iter().find_map(|set| set.rule(name).map(|rule| (set, rule)))
    }
}
