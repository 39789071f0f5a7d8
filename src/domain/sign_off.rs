//! Sign-off of an account's days (对账确认): the difference between the account's statements and the books is made of
//! listed items, each with who sees to it and until when.

use super::id::Operator;
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

vocabulary! {
    /// How far people are with a sign-off.
    SignOffState, "state of a sign-off" {
        /// One person has asked for it; it counts once a second one has signed the same report.
        Asked = "asked",
        /// It counts.
        Signed = "signed",
    }
}

/// Who sees to an open item, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeper {
    /// Who sees to it.
    pub holder: Operator,
    /// Until when.
    pub due: Date,
}

/// How many items there are, and what they add to the difference in minor units: positive where the statements have
/// more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCount {
    /// Items.
    pub count: u64,
    /// What they add to the difference.
    pub sum_minor: i64,
}

impl ItemCount {
    fn add(&mut self, minor: i64) {
        self.count += 1;
        self.sum_minor = self.sum_minor.saturating_add(minor);
    }
}

/// The open items from one sign-off to the next: `before + new - closed = now`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// Open at the sign-off before.
    pub before: ItemCount,
    /// New since.
    pub new: ItemCount,
    /// Closed since.
    pub closed: ItemCount,
    /// Open now.
    pub now: ItemCount,
}

impl Backlog {
    /// Compares the items of two sign-offs, each by what it is known by and what it adds to the difference. Items that
    /// are alike are counted.
    #[must_use]
    pub fn between<'i>(
        before: impl Iterator<Item = (&'i str, i64)>,
        now: impl Iterator<Item = (&'i str, i64)>,
    ) -> Self {
        let mut backlog = Self::default();
        let mut old: HashMap<(&str, i64), u64> = HashMap::new();
        for item in before {
            backlog.before.add(item.1);
            *old.entry(item).or_default() += 1;
        }
        for item in now {
            backlog.now.add(item.1);
            match old.get_mut(&item).filter(|count| **count > 0) {
                Some(count) => *count -= 1,
                None => backlog.new.add(item.1),
            }
        }
        for ((_, minor), count) in old {
            (0..count).for_each(|_| backlog.closed.add(minor));
        }
        backlog
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_backlog_adds_up(
            before in prop::collection::vec((0_u8..4, -3_i64..4), 0..12),
            now in prop::collection::vec((0_u8..4, -3_i64..4), 0..12),
        ) {
            let names = ["a", "b", "c", "d"];
            let named = |items: &[(u8, i64)]| -> Vec<(&str, i64)> {
                items.iter().map(|(name, minor)| (names[usize::from(*name)], *minor)).collect()
            };
            let (before, now) = (named(&before), named(&now));
            let found = Backlog::between(before.iter().copied(), now.iter().copied());
            prop_assert_eq!(found.before.count + found.new.count, found.closed.count + found.now.count);
            prop_assert_eq!(
                found.before.sum_minor + found.new.sum_minor - found.closed.sum_minor,
                found.now.sum_minor
            );
            prop_assert_eq!(found.now.count, now.len() as u64);
            // What is in both is neither new nor closed.
            let kept = Backlog::between(before.iter().copied(), before.iter().copied());
            prop_assert_eq!((kept.new.count, kept.closed.count), (0, 0));
        }
    }
}
