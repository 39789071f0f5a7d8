//! A window of rows around the cursor, and marks on rows.
//!
//! Lists may be millions of rows long, so only a window is held; the next page is requested by key before
//! the cursor reaches the edge. The rows are never counted: the position shows as `3 / 100+` until the end
//! has been seen.

pub use super::cursor::{Cursor, Links};
use super::marks::Marks;
pub use super::marks::{Mark, sums};
use crate::protocol::page::{Page, RowKey, Rows, Start};

/// Rows requested at a time: two tall screens.
pub const PAGE: usize = 120;
/// The next page is requested when the cursor is this close to the edge.
const EDGE: usize = 40;
/// Maximum number of rows held.
const MOST: usize = 480;

/// A row of a list: its key, and what a mark remembers of it.
pub trait Listed {
    /// Its key.
    fn key(&self) -> RowKey;
    /// Returns what a mark remembers of it.
    fn mark(&self) -> Mark {
        Mark::default()
    }
}

/// A window of a list.
#[allow(clippy::struct_excessive_bools, reason = "independent facts of a window, not states of a machine")]
#[derive(Debug, Clone)]
pub struct List<T> {
    /// Rows held.
    pub rows: Vec<T>,
    /// Row under the cursor.
    pub cursor: usize,
    /// First row shown.
    pub top: usize,
    /// Whether rows come before those held.
    pub more_before: bool,
    /// Whether rows come after those held.
    pub more_after: bool,
    /// Number of rows before those held, if known.
    pub offset: Option<usize>,
    /// True once an answer has come.
    pub loaded: bool,
    marks: Marks<RowKey>,
    can_mark: bool,
    paged: bool,
    from_end: bool,
    jump: Option<End>,
    growing: End,
}

/// An end of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            cursor: 0,
            top: 0,
            more_before: false,
            more_after: false,
            offset: Some(0),
            loaded: false,
            marks: Marks::default(),
            can_mark: false,
            paged: false,
            from_end: false,
            jump: None,
            growing: End::Last,
        }
    }
}

impl<T: Listed> List<T> {
    /// Returns an empty list whose rows can be marked.
    #[must_use]
    pub fn markable() -> Self {
        Self { can_mark: true, ..Self::default() }
    }

    /// Returns the list, fetched page by page.
    #[must_use]
    pub fn paged(mut self) -> Self {
        self.paged = true;
        self
    }

    /// Returns the list, opened at its last row.
    #[must_use]
    pub fn from_end(mut self) -> Self {
        self.from_end = true;
        self.jump = Some(End::Last);
        self
    }

    /// Returns the row under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&T> {
        self.rows.get(self.cursor)
    }

    /// Returns true if a row is marked.
    #[must_use]
    pub fn is_marked(&self, row: &T) -> bool {
        self.marks.has(&row.key())
    }

    /// Returns true if anything is marked.
    #[must_use]
    pub fn any_marked(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Drops the window because of another filter. Marks stay.
    pub fn restart(&mut self) {
        self.rows.clear();
        self.cursor = 0;
        self.top = 0;
        self.more_before = false;
        self.more_after = false;
        self.loaded = false;
        self.marks.end_range();
        self.jump = self.from_end.then_some(End::Last);
    }

    /// Replaces the window by a page; the cursor stays on its row if that is still there.
    pub fn put(&mut self, page: Rows<T>) {
        let key = self.selected().map(Listed::key);
        let jump = self.jump.take();
        self.rows = page.rows;
        self.more_before = page.more_before;
        self.more_after = page.more_after;
        if !self.more_before {
            self.offset = Some(0);
        } else if jump.is_some() {
            self.offset = None;
        }
        self.loaded = true;
        self.marks.end_range();
        match jump {
            Some(End::First) => return self.cursor = 0,
            Some(End::Last) => return self.cursor = self.rows.len().saturating_sub(1),
            None => {}
        }
        let found = key.and_then(|key| self.rows.iter().position(|row| row.key() == key));
        self.cursor = found.unwrap_or(self.cursor).min(self.rows.len().saturating_sub(1));
    }

    /// Returns the page that fetches the present window again.
    #[must_use]
    pub fn again(&self) -> Page {
        let start = match (self.jump, self.rows.first()) {
            (Some(End::Last), _) => Start::Last,
            (None, Some(row)) if self.more_before => Start::At(row.key()),
            _ => Start::First,
        };
        Page { start, limit: self.rows.len().clamp(PAGE, Page::MAX) }
    }

    /// Adds the further page that was requested last.
    pub fn extend(&mut self, page: Rows<T>) {
        if self.growing == End::Last {
            self.rows.extend(page.rows);
            self.more_after = page.more_after;
            let excess = self.rows.len().saturating_sub(MOST).min(self.cursor.saturating_sub(EDGE * 2));
            if excess > 0 {
                self.rows.drain(..excess);
                self.cursor -= excess;
                self.top = self.top.saturating_sub(excess);
                self.marks.move_range(|row| row.saturating_sub(excess));
                self.offset = self.offset.map(|n| n + excess);
                self.more_before = true;
            }
        } else {
            let added = page.rows.len();
            self.rows.splice(0..0, page.rows);
            self.cursor += added;
            self.top += added;
            self.marks.move_range(|row| row + added);
            self.more_before = page.more_before;
            self.offset =
                if page.more_before { self.offset.map(|n| n.saturating_sub(added)) } else { Some(0) };
            if self.rows.len() > MOST && self.cursor + EDGE * 2 < MOST {
                self.rows.truncate(MOST);
                self.more_after = true;
            }
        }
    }

    /// Returns the position of the cursor: `3 / 17`, or `3 / 120+` while the end is unknown; empty if
    /// nothing is known.
    #[must_use]
    pub fn position_text(&self) -> String {
        if self.rows.is_empty() {
            return "0 / 0".to_owned();
        }
        let plus = if self.more_after { "+" } else { "" };
        match self.offset {
            Some(offset) => {
                format!("{} / {}{plus}", offset + self.cursor + 1, offset + self.rows.len())
            }
            None => String::new(),
        }
    }

    /// Returns the first row to draw so that the cursor is visible in `rows` rows.
    #[must_use]
    pub fn top_for(&self, rows: usize) -> usize {
        let most = self.rows.len().saturating_sub(rows);
        let top = self.top.min(most);
        if self.cursor < top {
            self.cursor
        } else if rows > 0 && self.cursor >= top + rows {
            self.cursor + 1 - rows
        } else {
            top
        }
    }

    fn mark_range(&mut self) {
        let Some(range) = self.marks.range(self.cursor) else { return };
        let rows = self.rows.iter().take(range.end() + 1).skip(*range.start());
        self.marks.add(rows.map(|row| (row.key(), row.mark())));
    }
}

impl<T: Listed> Cursor for List<T> {
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn at(&self) -> usize {
        self.cursor
    }
    fn set(&mut self, row: usize) {
        self.cursor = row.min(self.rows.len().saturating_sub(1));
        self.mark_range();
    }
    fn keep_in_view(&mut self, rows: usize) {
        self.top = self.top_for(rows);
    }
    fn toggle(&mut self) {
        let Some(row) = self.rows.get(self.cursor).filter(|_| self.can_mark) else { return };
        self.marks.toggle(row.key(), row.mark());
    }
    fn toggle_range(&mut self) {
        if self.can_mark {
            self.marks.toggle_range(self.cursor);
            self.mark_range();
        }
    }
    fn toggle_all(&mut self) {
        if self.can_mark {
            self.marks.toggle_all(self.rows.iter().map(|row| (row.key(), row.mark())).collect());
        }
    }
    fn unmark(&mut self) -> bool {
        self.marks.clear()
    }
    fn marks(&self) -> Vec<&Mark> {
        self.marks.all()
    }
    fn first_shown(&self, rows: usize) -> usize {
        self.top_for(rows)
    }
    fn position(&self) -> String {
        self.position_text()
    }
    fn to_top(&mut self) -> bool {
        self.set(0);
        self.jump = self.more_before.then_some(End::First);
        self.more_before
    }
    fn to_bottom(&mut self) -> bool {
        self.set(self.rows.len().saturating_sub(1));
        self.jump = self.more_after.then_some(End::Last);
        self.more_after
    }
    fn wants_page(&mut self) -> Option<Page> {
        if !self.paged {
            return None;
        }
        if self.more_after && self.cursor + EDGE >= self.rows.len() {
            let last = self.rows.last()?;
            self.growing = End::Last;
            return Some(Page { start: Start::After(last.key()), limit: PAGE });
        }
        if self.more_before && self.cursor < EDGE {
            let first = self.rows.first()?;
            self.growing = End::First;
            return Some(Page { start: Start::Before(first.key()), limit: PAGE });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Listed for i64 {
        fn key(&self) -> RowKey {
            RowKey::Number(*self)
        }
    }

    fn page(range: std::ops::Range<i64>, before: bool, after: bool) -> Rows<i64> {
        Rows { rows: range.collect(), more_before: before, more_after: after }
    }

    #[test]
    fn the_next_page_is_asked_for_before_the_edge_and_the_window_stays_bounded() {
        let mut list = List::default().paged();
        list.put(page(0..120, false, true));
        assert_eq!(list.wants_page(), None);
        let mut next = 120;
        while next < 2_000 {
            list.set(list.len() - 10);
            let wanted = list.wants_page().unwrap();
            assert_eq!(wanted.start, Start::After(RowKey::Number(next - 1)));
            list.extend(page(next..next + 120, true, true));
            next += 120;
            assert!(list.len() <= MOST + PAGE, "{}", list.len());
        }
        let at = list.rows[list.cursor];
        assert_eq!(list.position_text(), format!("{} / {}+", at + 1, next));
        list.set(0);
        let first = list.rows[0];
        assert_eq!(list.wants_page().unwrap().start, Start::Before(RowKey::Number(first)));
        list.extend(page(first - 120..first, true, true));
        assert_eq!(list.rows[list.cursor], first, "the cursor stays on its row");
    }

    #[test]
    fn a_refresh_keeps_the_cursor_on_its_row() {
        let mut list = List::default();
        list.put(Rows::whole(vec![1, 5, 9]));
        list.set(1);
        list.put(Rows::whole(vec![0, 1, 2, 5]));
        assert_eq!(list.selected(), Some(&5));
    }

    #[test]
    fn marks_of_a_range_follow_the_cursor() {
        let mut list = List::markable();
        list.put(Rows::whole(vec![1, 2, 3, 4]));
        list.toggle_range();
        list.set(2);
        assert_eq!(list.marks().len(), 3);
        list.toggle_range();
        list.set(3);
        assert_eq!(list.marks().len(), 3);
        assert!(list.unmark());
    }
}
