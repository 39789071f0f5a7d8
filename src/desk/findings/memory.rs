//! Findings kept in memory between requests, with the watermarks they were computed at.

use crate::domain::finding::{Finding, Severity};
use crate::domain::period::Moment;
use crate::store::watermark;
use std::collections::BTreeMap;

/// What was found, by trade row; row 0 holds what only channels know of.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) found: Found,
    pub(crate) mark: Option<watermark::Watermark>,
    pub(crate) at: Option<Moment>,
    /// What is found about lines, vouchers and suspense without a trade: the first part of row 0.
    pub(crate) unmatched: Vec<Finding>,
    /// What is found about accounts, by row; those with an odd balance that a trade explains are here without
    /// a finding. The second part of row 0.
    pub(crate) accounts: BTreeMap<i64, Vec<Finding>>,
}

impl Memory {
    /// Takes what was found about trades in place of what was known of them.
    pub(crate) fn keep(&mut self, trades: Vec<(i64, Vec<Finding>)>) {
        for (trade, found) in trades {
            if found.is_empty() {
                self.found.remove(&trade);
            } else {
                self.found.insert(trade, found);
            }
        }
    }

    /// Puts what has no trade together in row 0.
    pub(crate) fn join_without_trade(&mut self) {
        let found = self.unmatched.iter().chain(self.accounts.values().flatten()).cloned().collect();
        self.keep(vec![(0, found)]);
    }

    /// Returns whether something is wrong with one of these trades.
    pub(crate) fn is_wrong(&self, trades: &[i64]) -> bool {
        let is_wrong = |found: &Vec<Finding>| found.iter().any(|one| one.severity != Severity::Info);
        trades.iter().any(|row| self.found.get(row).is_some_and(is_wrong))
    }

    /// Forgets everything found.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What was found, by trade row; row 0 holds what only channels know of.
pub(crate) type Found = BTreeMap<i64, Vec<Finding>>;
