//! Findings kept in memory between requests, with the watermarks they were computed at.

use crate::domain::finding::Finding;
use crate::domain::period::Moment;
use crate::store::watermark;
use std::collections::BTreeMap;

/// What was found, by trade row; row 0 holds what only channels know of.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) found: Found,
    pub(crate) mark: Option<watermark::Watermark>,
    pub(crate) at: Option<Moment>,
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

    /// Forgets everything found.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What was found, by trade row; row 0 holds what only channels know of.
pub(crate) type Found = BTreeMap<i64, Vec<Finding>>;
