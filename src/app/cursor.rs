//! What the cursor keys move: the rows of a list, or the links of a document with its scroll position.

use super::marks::{Mark, Marks};
use crate::protocol::page::Page;

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
    /// What a mark on each link remembers; empty for a document without marks.
    markable: Vec<Option<Mark>>,
    /// What is marked, by name: links of one name are marked together.
    marks: Marks<String>,
}

impl Links {
    /// Sets the number of links.
    pub fn resize(&mut self, count: usize) {
        self.count = count;
        self.cursor = self.cursor.min(count.saturating_sub(1));
    }

    /// Sets what a mark on each link remembers. Marks on what is there no more go.
    pub fn mark_among(&mut self, markable: Vec<Option<Mark>>) {
        self.marks.keep(|name| markable.iter().flatten().any(|mark| mark.name == *name));
        self.markable = markable;
        self.marks.end_range();
    }

    /// Returns true if nothing is marked.
    #[must_use]
    pub fn no_marks(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns true if a link is marked.
    #[must_use]
    pub fn is_marked(&self, link: usize) -> bool {
        self.mark_of(link).is_some_and(|mark| self.marks.has(&mark.name))
    }

    fn mark_of(&self, link: usize) -> Option<&Mark> {
        self.markable.get(link).and_then(Option::as_ref)
    }

    fn mark_range(&mut self) {
        let Some(range) = self.marks.range(self.cursor) else { return };
        let marked: Vec<Mark> = range.filter_map(|link| self.mark_of(link).cloned()).collect();
        self.marks.add(by_name(marked));
    }
}

/// Returns marks, each with the name that it goes by.
fn by_name(marks: impl IntoIterator<Item = Mark>) -> Vec<(String, Mark)> {
    marks.into_iter().map(|mark| (mark.name.clone(), mark)).collect()
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
        self.mark_range();
    }
    fn toggle(&mut self) {
        let Some(mark) = self.mark_of(self.cursor).cloned() else { return };
        self.marks.toggle(mark.name.clone(), mark);
    }
    fn toggle_range(&mut self) {
        self.marks.toggle_range(self.cursor);
        self.mark_range();
    }
    fn toggle_all(&mut self) {
        let all = by_name(self.markable.iter().flatten().cloned());
        self.marks.toggle_all(all);
    }
    fn unmark(&mut self) -> bool {
        self.marks.clear()
    }
    fn marks(&self) -> Vec<&Mark> {
        self.marks.all()
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
