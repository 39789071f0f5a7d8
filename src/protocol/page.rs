//! Pages of lists. A page is found by the key of a row, never by counting rows.

use serde::{Deserialize, Serialize};

/// A row with a position in a list.
pub trait HasRowKey {
    /// Returns the key of the row.
    fn key(&self) -> RowKey;
}

/// Rows of a list, and whether there are more before and after them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Whether there are rows before the first.
    pub more_before: bool,
    /// Whether there are rows after the last.
    pub more_after: bool,
}

impl<T> Rows<T> {
    /// Returns a list that fits on one page.
    #[must_use]
    pub const fn whole(rows: Vec<T>) -> Self {
        Self { rows, more_before: false, more_after: false }
    }
}

impl<T: HasRowKey> Rows<T> {
    /// Returns the key after which the next page starts, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<RowKey> {
        if self.more_after { self.rows.last().map(HasRowKey::key) } else { None }
    }

    /// Appends the next page.
    pub fn join(&mut self, page: Self) {
        self.rows.extend(page.rows);
        self.more_after = page.more_after;
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more_before: false, more_after: false }
    }
}

/// Position in a list: the key of a row ([`HasRowKey::key`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RowKey {
    /// Position in a list ordered by number.
    Number(i64),
    /// Position in a list ordered by name.
    Text(String),
}

/// Start of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The first page.
    #[default]
    First,
    /// The last page.
    Last,
    /// The page after this row.
    After(RowKey),
    /// The page before this row.
    Before(RowKey),
    /// The page that starts at this row, or where it would be.
    At(RowKey),
}

/// A page of a list. Rows are always in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Start of the page.
    pub start: Start,
    /// Most rows, at most [`Page::MAX`].
    pub limit: usize,
}

impl Page {
    /// Returns the first page, with the most rows.
    #[must_use]
    pub const fn first() -> Self {
        Self { start: Start::First, limit: Self::MAX }
    }

    /// Most rows of one page: a tall terminal shows some 200 lines, and scripts request page after page.
    pub const MAX: usize = 1000;
}

/// Steps of a case that may be long, and what they book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Number of the first step.
    pub from: i64,
    /// Most steps; also the limit of rows that belong to no step (balances, turnover).
    pub limit: usize,
}

impl Slice {
    /// The whole case.
    pub const ALL: Self = Self { from: 1, limit: usize::MAX };
    /// No steps.
    pub const NONE: Self = Self { from: 1, limit: 0 };

    /// Returns whether a step is in the slice.
    #[must_use]
    pub fn holds(self, step: i64) -> bool {
        step.checked_sub(self.from)
            .and_then(|behind| usize::try_from(behind).ok())
            .is_some_and(|behind| behind < self.limit)
    }
}

impl Default for Slice {
    fn default() -> Self {
        Self::ALL
    }
}
