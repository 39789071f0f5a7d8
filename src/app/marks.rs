//! Marks on rows or links, and marking while moving.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A marked row, remembered even when it has left the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mark {
    /// Its name (a trade number, a finding's identity).
    pub name: String,
    /// The trade behind it.
    pub trade_no: Option<crate::domain::id::TradeNo>,
    /// Amount in minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
}

/// Returns the sums of marks per currency, minor units.
#[must_use]
pub fn sums(marks: &[Mark]) -> Vec<(String, i64)> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for mark in marks {
        let sum = sums.entry(&mark.currency).or_default();
        *sum = sum.saturating_add(mark.amount_minor);
    }
    sums.into_iter().map(|(code, sum)| (code.to_owned(), sum)).collect()
}

/// What is marked, by key, and where marking while moving began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks<K> {
    marks: BTreeMap<K, Mark>,
    anchor: Option<usize>,
}

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self { marks: BTreeMap::new(), anchor: None }
    }
}

impl<K: Ord> Marks<K> {
    /// Returns true if something is marked under a key.
    pub fn has(&self, key: &K) -> bool {
        self.marks.contains_key(key)
    }

    /// Returns true if nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns the marks in the order of their keys.
    pub fn all(&self) -> Vec<&Mark> {
        self.marks.values().collect()
    }

    /// Marks what has a key, or takes that mark away.
    pub fn toggle(&mut self, key: K, mark: Mark) {
        if self.marks.remove(&key).is_none() {
            self.marks.insert(key, mark);
        }
    }

    /// Marks all of these, or takes every mark away if all of these are marked already.
    pub fn toggle_all(&mut self, all: Vec<(K, Mark)>) {
        if all.iter().all(|(key, _)| self.has(key)) {
            self.marks.clear();
        } else {
            self.add(all);
        }
    }

    /// Marks all of these.
    pub fn add(&mut self, all: impl IntoIterator<Item = (K, Mark)>) {
        self.marks.extend(all);
    }

    /// Keeps the marks of some keys.
    pub fn keep(&mut self, mut is_kept: impl FnMut(&K) -> bool) {
        self.marks.retain(|key, _| is_kept(key));
    }

    /// Takes every mark away and ends marking while moving; returns true if there were any.
    pub fn clear(&mut self) -> bool {
        self.anchor = None;
        let any = !self.marks.is_empty();
        self.marks.clear();
        any
    }

    /// Begins marking while moving at a place, or ends it.
    pub fn toggle_range(&mut self, place: usize) {
        self.anchor = if self.anchor.is_some() { None } else { Some(place) };
    }

    /// Ends marking while moving.
    pub const fn end_range(&mut self) {
        self.anchor = None;
    }

    /// Moves the place where marking while moving began.
    pub fn move_range(&mut self, to: impl FnOnce(usize) -> usize) {
        self.anchor = self.anchor.map(to);
    }

    /// Returns the places between where marking while moving began and here.
    pub fn range(&self, here: usize) -> Option<RangeInclusive<usize>> {
        self.anchor.map(|anchor| anchor.min(here)..=anchor.max(here))
    }
}
