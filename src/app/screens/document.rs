//! A screen that is a document with links: what all of them have in common, once. A screen says through
//! [`Document`] only what is its own; requesting, taking the answer, the cursor among the links are done
//! here.

use super::Route;
use super::behaviour::{ScreenBehaviour, StatusLine, Surroundings, View};
use crate::app::action::SlotPart;
use crate::app::command::Command;
use crate::app::list::{Cursor, Links, Mark};
use crate::app::table::Table;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::request::Request;
use std::ops::Range;

/// What a document is about, how it is read, and where its links lead.
///
/// `content` is what the desk answered, `None` until it has; `link` is the number of the link under the
/// cursor.
pub trait Document {
    /// What the desk answers.
    type Content;
    /// The commands that matter most here.
    const FOOTER: &'static [Command];

    /// Returns the request for the content; `None` for a document that came with its content.
    fn request(&self) -> Option<Request>;
    /// Returns the content in an answer; `None` if it is not one of its own.
    fn content(answer: Answer) -> Option<Self::Content>;
    /// Returns the number of links, in the order in which they are drawn.
    fn links(&self, content: &Self::Content) -> usize;
    /// Returns where a link leads.
    fn open(&self, content: Option<&Self::Content>, link: usize) -> Option<Route>;
    /// Returns the number people look the document or its link up by.
    fn name(&self, content: Option<&Self::Content>, link: usize) -> Option<String>;

    /// Returns the request for what is shown besides the content.
    fn extra(&self) -> Option<Request> {
        None
    }
    /// Takes the answer to that request; returns false if it is not one of its own.
    fn take_extra(&mut self, _answer: Answer) -> bool {
        false
    }
    /// Returns what a mark on a link remembers; `None` for one that cannot be marked.
    fn mark(&self, _content: &Self::Content, _link: usize) -> Option<Mark> {
        None
    }
    /// Returns what the marked links come to, if that is more than a sum.
    fn marked(&self, _marks: &[&Mark], _view: View) -> Option<String> {
        None
    }
    /// Returns the trade it is about.
    fn trade(&self, _content: Option<&Self::Content>) -> Option<TradeNo> {
        None
    }
    /// Returns the voucher it is about, or that of the link.
    fn voucher(&self, _content: Option<&Self::Content>, _link: usize) -> Option<VoucherNo> {
        None
    }
    /// Returns some rows as a table, if it has one.
    fn table(&self, _content: &Self::Content, _view: View, _rows: Range<usize>) -> Option<Table> {
        None
    }
    /// Returns the line under the crumbs.
    fn status(&self, _content: Option<&Self::Content>, _around: &Surroundings) -> StatusLine {
        StatusLine::default()
    }
    /// Returns what the crumbs show behind the title.
    fn crumb(&self, _content: Option<&Self::Content>, _lang: Lang) -> Option<String> {
        None
    }
}

/// A document with its content and links.
#[derive(Debug, Clone)]
pub struct DocumentScreen<D: Document> {
    /// What it is about.
    pub of: D,
    /// What the desk answered, once it has.
    pub content: Option<D::Content>,
    /// The links, with the cursor among them.
    pub links: Links,
}

impl<D: Document> DocumentScreen<D> {
    /// Returns the document without its content.
    #[must_use]
    pub fn new(of: D) -> Self {
        Self { of, content: None, links: Links::default() }
    }

    /// Returns the document with content that came already.
    #[must_use]
    pub fn with_content(of: D, content: D::Content) -> Self {
        let mut screen = Self::new(of);
        screen.show(content);
        screen
    }

    fn show(&mut self, content: D::Content) {
        self.content = Some(content);
        self.link_up();
    }

    /// Counts the links again, and what of them can be marked.
    fn link_up(&mut self) {
        let Some(content) = &self.content else { return };
        let count = self.of.links(content);
        self.links.resize(count);
        self.links.mark_among((0..count).map(|link| self.of.mark(content, link)).collect());
    }
}

impl<D: Document> ScreenBehaviour for DocumentScreen<D> {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        let main = self.of.request().map(|request| (SlotPart::Main, request));
        main.into_iter().chain(self.of.extra().map(|request| (SlotPart::Extra, request))).collect()
    }
    fn take(&mut self, part: SlotPart, answer: Answer) -> bool {
        if part == SlotPart::Extra {
            let taken = self.of.take_extra(answer);
            self.link_up();
            return taken;
        }
        let Some(content) = D::content(answer) else { return false };
        self.show(content);
        true
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.content.is_some()
    }
    fn open(&self) -> Option<Route> {
        self.of.open(self.content.as_ref(), self.links.cursor)
    }
    fn name(&self) -> Option<String> {
        self.of.name(self.content.as_ref(), self.links.cursor)
    }
    fn table(&self, view: View, rows: Range<usize>) -> Option<Table> {
        self.of.table(self.content.as_ref()?, view, rows)
    }
    fn trade(&self) -> Option<TradeNo> {
        self.of.trade(self.content.as_ref())
    }
    fn voucher(&self) -> Option<VoucherNo> {
        self.of.voucher(self.content.as_ref(), self.links.cursor)
    }
    fn marked(&self, view: View) -> Option<String> {
        self.of.marked(&self.links.marks(), view)
    }
    fn footer(&self) -> &'static [Command] {
        D::FOOTER
    }
    fn status(&self, around: &Surroundings) -> StatusLine {
        self.of.status(self.content.as_ref(), around)
    }
    fn crumb(&self, lang: Lang) -> Option<String> {
        self.of.crumb(self.content.as_ref(), lang)
    }
}
