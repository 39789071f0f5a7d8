//! A screen that is a list: what all of them have in common, once. A screen says through [`Listing`] only
//! what is its own; fetching, paging, marks, filter and the detail beside the list are done here.

use super::Route;
use super::behaviour::{EmptyText, ScreenBehaviour, StatusLine, Surroundings, View, Words};
use crate::app::action::SlotPart;
use crate::app::command::Command;
use crate::app::list::{Cursor, List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Column, Row, Table};
use crate::domain::id::{TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::page::{Page, Rows};
use crate::protocol::request::Request;
use std::ops::Range;

/// What a list holds: which rows, how one looks, and where it leads.
pub trait Listing {
    /// A row.
    type Row: Listed;
    /// The detail of a row that is shown beside the list; `()` if there is none.
    type Detail;
    /// The commands that matter most here.
    const FOOTER: &'static [Command];
    /// Locale key of what it says when it is empty; `.hint` behind it says what to do.
    const EMPTY: &'static str;
    /// Locale key of what it says when its filter leaves nothing; with `.hint` too.
    const EMPTY_FILTERED: &'static str = Self::EMPTY;

    /// Returns the list before its first answer: whether rows can be marked, come by pages, start at the end.
    fn list(&self) -> List<Self::Row>;
    /// Returns the request for a page; a list that is not paged ignores it.
    fn request(&self, page: Page) -> Request;
    /// Takes from an answer what concerns the whole list, before its rows are taken.
    fn on_answer(&mut self, _answer: &Answer) {}
    /// Returns the rows of an answer, or the answer if it is not one of its own.
    fn rows(answer: Answer) -> Result<Rows<Self::Row>, Answer>;
    /// Returns its columns.
    fn columns(&self) -> &'static [Column];
    /// Returns a row in words; its mark is added by the list.
    fn row(&self, row: &Self::Row, view: View) -> Row;
    /// Returns where Enter leads from a row.
    fn open(&self, row: &Self::Row) -> Option<Route>;
    /// Returns the number people look a row up by.
    fn name(&self, row: &Self::Row) -> String;

    /// Returns the number of the list itself, if it has one.
    fn own_name(&self) -> Option<String> {
        None
    }
    /// Returns the request for the detail of a row.
    fn ask_detail(&self, _row: &Self::Row) -> Option<Request> {
        None
    }
    /// Returns the detail in an answer.
    #[must_use]
    fn detail(_answer: Answer) -> Option<Box<Self::Detail>> {
        None
    }
    /// Returns the request for what is shown besides the rows.
    fn extra(&self) -> Option<Request> {
        None
    }
    /// Takes the answer to that request; returns false if it is not one of its own.
    fn take_extra(&mut self, _answer: Answer) -> bool {
        false
    }
    /// Returns the trade of a row.
    fn trade(&self, _row: &Self::Row) -> Option<TradeNo> {
        None
    }
    /// Returns the voucher of a row.
    fn voucher(&self, _row: &Self::Row) -> Option<VoucherNo> {
        None
    }
    /// Returns the text filter, if there is one.
    fn text(&self) -> Option<&str> {
        None
    }
    /// Sets the text filter.
    fn set_text(&mut self, _text: &str) {}
    /// Goes to the next of its fixed filters.
    fn cycle(&mut self) {}
    /// Returns true if a filter hides rows.
    fn is_filtered(&self) -> bool {
        false
    }

    /// Returns a command that the footer shows even while something is in its way.
    fn pinned(&self, _selected: Option<&Self::Row>) -> Option<Command> {
        None
    }
    /// Returns the left part of the status line: the filter, or what the list is.
    fn status(&self, view: View) -> Words;
    /// Returns the right part of the status line: where the cursor is, once the rows have come.
    fn position(&self, position: String, loaded: bool, _view: View) -> Words {
        if loaded { vec![(position, Tone::Dim)] } else { Words::new() }
    }
    /// Returns what the crumbs show behind the title.
    fn crumb(&self) -> Option<String> {
        None
    }
    /// Returns why the list is empty, if that takes more than its texts.
    fn why_empty(&self, _lang: Lang) -> Option<String> {
        None
    }
}

/// Returns the words of a filter with its text at the end, or that there is none.
#[must_use]
pub fn filter_words(lang: Lang, mut words: Vec<String>, text: Option<&str>) -> Words {
    words.extend(text.map(|text| format!("/{text}")));
    if words.is_empty() {
        words.push(i18n::word(lang, "filter.all"));
    }
    let label = format!("{} ", i18n::word(lang, "filter.word"));
    vec![(label, Tone::Dim), (words.join(" · "), Tone::Plain)]
}

/// A list with its rows and the detail beside it.
#[derive(Debug, Clone)]
pub struct ListScreen<L: Listing> {
    /// What is listed: the filter, or the owner of the rows.
    pub of: L,
    /// The window of rows.
    pub list: List<L::Row>,
    /// The detail of the selected row, once it has come.
    pub side: Option<Box<L::Detail>>,
}

impl<L: Listing> ListScreen<L> {
    /// Returns the list, still empty.
    #[must_use]
    pub fn new(of: L) -> Self {
        Self { list: of.list(), of, side: None }
    }
}

impl<L: Listing> ScreenBehaviour for ListScreen<L> {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        let rows = (SlotPart::Main, self.of.request(self.list.again()));
        std::iter::once(rows).chain(self.of.extra().map(|request| (SlotPart::Extra, request))).collect()
    }
    fn take(&mut self, part: SlotPart, answer: Answer) -> bool {
        if matches!(part, SlotPart::Main | SlotPart::More) {
            self.of.on_answer(&answer);
        }
        match part {
            SlotPart::Main => L::rows(answer).map(|rows| self.list.put(rows)).is_ok(),
            SlotPart::More => L::rows(answer).map(|rows| self.list.extend(rows)).is_ok(),
            SlotPart::Side => {
                let detail = L::detail(answer);
                let taken = detail.is_some();
                self.side = detail.or(self.side.take());
                taken
            }
            SlotPart::Extra => self.of.take_extra(answer),
            SlotPart::Ledger | SlotPart::Change => false,
        }
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.list
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.list
    }
    fn loaded(&self) -> bool {
        self.list.loaded
    }
    fn open(&self) -> Option<Route> {
        self.list.selected().and_then(|row| self.of.open(row))
    }
    fn name(&self) -> Option<String> {
        self.list.selected().map(|row| self.of.name(row)).or_else(|| self.of.own_name())
    }
    fn more(&self, page: Page) -> Option<Request> {
        Some(self.of.request(page))
    }
    fn side(&self) -> Option<Request> {
        self.list.selected().and_then(|row| self.of.ask_detail(row))
    }
    fn table(&self, view: View, rows: Range<usize>) -> Option<Table> {
        let held = self.list.rows.get(rows).unwrap_or_default();
        let row = |row| Row { marked: self.list.is_marked(row), ..self.of.row(row, view) };
        Some(Table::new(self.of.columns().to_vec(), held.iter().map(row).collect(), view.several_currencies))
    }
    fn trade(&self) -> Option<TradeNo> {
        self.list.selected().and_then(|row| self.of.trade(row))
    }
    fn voucher(&self) -> Option<VoucherNo> {
        self.list.selected().and_then(|row| self.of.voucher(row))
    }
    fn text(&self) -> Option<&str> {
        self.of.text()
    }
    fn set_text(&mut self, text: &str) {
        self.of.set_text(text);
        self.list.restart();
    }
    fn cycle(&mut self) {
        self.of.cycle();
        self.list.restart();
    }
    fn footer(&self) -> &'static [Command] {
        L::FOOTER
    }
    fn pinned(&self) -> Option<Command> {
        self.of.pinned(self.list.selected())
    }
    fn status(&self, around: &Surroundings) -> StatusLine {
        let left = self.of.status(around.view);
        let right = self.of.position(self.list.position(), self.list.loaded, around.view);
        StatusLine { left, right, right_yields: false }
    }
    fn crumb(&self, _lang: Lang) -> Option<String> {
        self.of.crumb()
    }
    fn empty(&self, lang: Lang) -> Option<EmptyText> {
        let key = if self.of.is_filtered() { L::EMPTY_FILTERED } else { L::EMPTY };
        let text = self.of.why_empty(lang).unwrap_or_else(|| i18n::word(lang, key));
        Some(EmptyText { text, hint: i18n::word(lang, &format!("{key}.hint")) })
    }
}
