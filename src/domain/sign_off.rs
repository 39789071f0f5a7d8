//! Sign-off of an account's days (对账确认): the difference between the account's statements and the books is made of
//! listed items, each with who sees to it and until when.

use super::id::Operator;
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::Hash;

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
    fn of(items: impl Iterator<Item = i64>) -> Self {
        items.fold(Self::default(), |all, minor| Self {
            count: all.count + 1,
            sum_minor: all.sum_minor.saturating_add(minor),
        })
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
    /// Compares the items of two sign-offs, each by what it is known by and what it adds to the difference.
    #[must_use]
    pub fn between<N: Eq + Hash>(before: &[(N, i64)], now: &[(N, i64)]) -> Self {
        Self {
            before: ItemCount::of(before.iter().map(|(_, minor)| *minor)),
            new: ItemCount::of(not_among(now, before).map(|at| now[at].1)),
            closed: ItemCount::of(not_among(before, now).map(|at| before[at].1)),
            now: ItemCount::of(now.iter().map(|(_, minor)| *minor)),
        }
    }
}

/// Returns the places of the items that others do not have; items that are alike are counted.
pub fn not_among<'i, K: Eq + Hash>(items: &'i [K], others: &'i [K]) -> impl Iterator<Item = usize> + 'i {
    let mut known: HashMap<&K, u64> = HashMap::new();
    for other in others {
        *known.entry(other).or_default() += 1;
    }
    items.iter().enumerate().filter_map(move |(at, item)| {
        match known.get_mut(item).filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                None
            }
            None => Some(at),
        }
    })
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
            let found = Backlog::between(&before, &now);
            prop_assert_eq!(found.before.count + found.new.count, found.closed.count + found.now.count);
            prop_assert_eq!(
                found.before.sum_minor + found.new.sum_minor - found.closed.sum_minor,
                found.now.sum_minor
            );
            prop_assert_eq!(found.now.count, now.len() as u64);
            // What is in both is neither new nor closed.
            let kept = Backlog::between(&before, &before);
            prop_assert_eq!((kept.new.count, kept.closed.count), (0, 0));
        }
    }
}
