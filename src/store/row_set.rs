//! A set of rows of the ledger in little memory.

use std::collections::BTreeMap;

/// A set of rows that lie close together, 64 to a word.
#[derive(Debug, Default)]
pub struct RowSet(BTreeMap<i64, u64>);

impl RowSet {
    /// Adds a row.
    pub fn insert(&mut self, row: i64) {
        *self.0.entry(row >> 6).or_default() |= 1 << (row & 63);
    }

    /// Adds all rows of another set.
    pub fn join(&mut self, other: &Self) {
        for (place, word) in &other.0 {
            *self.0.entry(*place).or_default() |= word;
        }
    }

    /// Returns true if the row was added.
    #[must_use]
    pub fn contains(&self, row: i64) -> bool {
        self.0.get(&(row >> 6)).is_some_and(|word| word & (1 << (row & 63)) != 0)
    }
}

impl FromIterator<i64> for RowSet {
    fn from_iter<I: IntoIterator<Item = i64>>(rows: I) -> Self {
        let mut set = Self::default();
        rows.into_iter().for_each(|row| set.insert(row));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_in_the_set_if_it_was_added() {
        let mut rows: RowSet = [1, 63, 64, 1_000_000].into_iter().collect();
        assert!([1, 63, 64, 1_000_000].into_iter().all(|row| rows.contains(row)));
        assert!([0, 2, 62, 65, 128, 999_999].into_iter().all(|row| !rows.contains(row)));
        rows.join(&[2, 3000].into_iter().collect());
        assert!([1, 2, 63, 64, 3000, 1_000_000].into_iter().all(|row| rows.contains(row)));
        assert!(!rows.contains(62));
    }
}
