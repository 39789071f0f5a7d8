//! What the cursor keys move: the rows of a list, or the links of a document with its scroll position.

use crate::protocol::page::Page;
use std::collections::BTreeMap;

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

/// What the cursor keys need of a list, whatever it holds.
pub trait Cursor {
    /// Returns rows held.
    fn len(&self) -> usize;
    /// Returns true if there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Row under the cursor.
    fn at(&self) -> usize;
    /// Moves the cursor to a row held.
    fn set(&mut self, row: usize);
    /// Scrolls so that the cursor is visible in a view of `rows` rows.
    fn keep_in_view(&mut self, _rows: usize) {}
    /// Marks or unmarks the row under the cursor.
    fn toggle(&mut self) {}
    /// Starts or ends marking while moving.
    fn toggle_range(&mut self) {}
    /// Marks every row held, or none if all are marked already.
    fn toggle_all(&mut self) {}
    /// Removes all marks; returns true if there were any.
    fn unmark(&mut self) -> bool {
        false
    }
    /// Marked rows.
    fn marks(&self) -> Vec<&Mark> {
        Vec::new()
    }
    /// Scrolls a document by some lines; returns true if it moved.
    fn scroll(&mut self, _lines: isize, _from: usize, _most: usize) -> bool {
        false
    }
    /// First row to draw so that the cursor is among `rows` rows.
    fn first_shown(&self, _rows: usize) -> usize {
        0
    }
    /// Returns the position of the cursor, such as `3 / 17`.
    fn position(&self) -> String {
        String::new()
    }
    /// Goes to the first row; returns true if it must be fetched first.
    fn to_top(&mut self) -> bool {
        self.set(0);
        false
    }
    /// Goes to the last row; returns true if it must be fetched first.
    fn to_bottom(&mut self) -> bool {
        self.set(self.len().saturating_sub(1));
        false
    }
    /// Returns the page to request if the cursor has come near an edge beyond which there is more. The next
    /// page taken must be this one.
    fn wants_page(&mut self) -> Option<Page> {
        None
    }
}

/// The links of a document, with its scroll position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Number of links.
    pub count: usize,
    /// The link under the cursor.
    pub cursor: usize,
    /// First line shown, if the reader scrolled by hand; otherwise the cursor is kept visible.
    pub scrolled: Option<usize>,
    /// Set if the very first (`false`) or last (`true`) link was requested, which may lie outside what is
    /// held.
    pub jump: Option<bool>,
}

impl Links {
    /// Sets the number of links.
    pub fn resize(&mut self, count: usize) {
        self.count = count;
        self.cursor = self.cursor.min(count.saturating_sub(1));
    }
}

impl Cursor for Links {
    fn len(&self) -> usize {
        self.count
    }
    fn at(&self) -> usize {
        self.cursor
    }
    fn set(&mut self, row: usize) {
        self.cursor = row.min(self.count.saturating_sub(1));
        self.scrolled = None;
        self.jump = None;
    }
    fn to_top(&mut self) -> bool {
        self.set(0);
        self.jump = Some(false);
        false
    }
    fn to_bottom(&mut self) -> bool {
        self.set(self.count.saturating_sub(1));
        self.jump = Some(true);
        false
    }
    fn scroll(&mut self, lines: isize, from: usize, most: usize) -> bool {
        let now = from.min(most);
        let then = now.saturating_add_signed(lines).min(most);
        self.scrolled = Some(then);
        then != now
    }
}
