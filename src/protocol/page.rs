//! Pages of lists: where one starts, which rows it has, and whether there are more. Pages are found by key, never by counting.

use serde::{Deserialize, Serialize};

/// A row that has a place in a list.
pub trait HasRowKey {
    /// Its key.
    fn key(&self) -> RowKey;
}

/// Rows of a list and whether there are more on either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Whether rows come before the first.
    pub more_before: bool,
    /// Whether rows come after the last.
    pub more_after: bool,
}

impl<T> Rows<T> {
    /// A list that comes whole.
    #[must_use]
    pub const fn whole(rows: Vec<T>) -> Self {
        Self { rows, more_before: false, more_after: false }
    }
}

impl<T: HasRowKey> Rows<T> {
    /// The key behind which the next page starts, where there is one.
    #[must_use]
    pub fn next(&self) -> Option<RowKey> {
        if self.more_after { self.rows.last().map(HasRowKey::key) } else { None }
    }

    /// Adds the page behind it.
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

/// A place in a list: the key of a row ([`HasRowKey::key`](crate::protocol::page::HasRowKey::key)).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RowKey {
    /// Lists ordered by a number.
    Number(i64),
    /// Lists ordered by a name.
    Text(String),
}

/// Where a page starts. Pages are found by key, never by counting rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// At the first row.
    #[default]
    First,
    /// So that the last row is its last.
    Last,
    /// At the row behind this one.
    After(RowKey),
    /// So that the row before this one is its last.
    Before(RowKey),
    /// At this row, or where it would be.
    At(RowKey),
}

/// A page of a list. Rows always come in the list's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where it starts.
    pub start: Start,
    /// At most so many rows (capped at [`Page::MAX`]).
    pub limit: usize,
}

impl Page {
    /// The first page, as long as pages get.
    #[must_use]
    pub const fn first() -> Self {
        Self { start: Start::First, limit: Self::MAX }
    }

    /// Most rows of one page: a tall terminal shows some 200 lines, scripts page on.
    pub const MAX: usize = 1000;
}

/// A part of a case that may be long: these steps, and what they book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Number of the first step.
    pub from: i64,
    /// At most so many steps; so many rows too of what belongs to no step.
    pub limit: usize,
}

impl Slice {
    /// The whole case.
    pub const ALL: Self = Self { from: 1, limit: usize::MAX };
    /// Nothing of it.
    pub const NONE: Self = Self { from: 1, limit: 0 };

    /// Whether a step is in it.
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
