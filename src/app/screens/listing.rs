//! A screen that is a list: what all of them do alike, once. A screen says through [`Listing`] only what is its own;
//! fetching, paging, marks, filter and the detail beside the list are done here.

use super::{Behave, SlotPart, View};
use crate::app::list::{Cursor, List, Listed};
use crate::app::route::Route;
use crate::app::table::{Column, Row, Table};
use crate::desk::{Answer, Page, Request, Rows};
use crate::domain::id::{TradeNo, VoucherNo};
use std::ops::Range;

/// What a list is of: which rows, how one looks, and where it leads.
pub trait Listing {
    /// A row.
    type Row: Listed;
    /// The detail of a row that stands beside the list; `()` where there is none.
    type Detail;

    /// The list before its first answer: whether its rows can be marked, are fetched by pages, start at the end.
    fn list(&self) -> List<Self::Row>;
    /// The request for a page; a list that comes whole asks the same each time.
    fn request(&self, page: Page) -> Request;
    /// Hears an answer before its rows are taken: what it says of them all.
    fn hear(&mut self, _answer: &Answer) {}
    /// The rows of an answer, or the answer where it is none of its own.
    fn rows(answer: Answer) -> Result<Rows<Self::Row>, Answer>;
    /// Its columns.
    fn columns(&self) -> &'static [Column];
    /// A row in words; whether it is marked is the list's business.
    fn row(&self, row: &Self::Row, view: View) -> Row;
    /// Where Enter leads from a row.
    fn open(&self, row: &Self::Row) -> Option<Route>;
    /// The number people look a row up by.
    fn name(&self, row: &Self::Row) -> String;

    /// The number of the list itself, where it has one.
    fn own_name(&self) -> Option<String> {
        None
    }
    /// The request for the detail of a row.
    fn ask_detail(&self, _row: &Self::Row) -> Option<Request> {
        None
    }
    /// The detail in an answer.
    #[must_use]
    fn detail(_answer: Answer) -> Option<Box<Self::Detail>> {
        None
    }
    /// What is asked for besides the rows.
    fn extra(&self) -> Option<Request> {
        None
    }
    /// Takes the answer to it.
    fn take_extra(&mut self, _answer: Answer) -> bool {
        false
    }
    /// The trade of a row.
    fn trade(&self, _row: &Self::Row) -> Option<TradeNo> {
        None
    }
    /// The voucher of a row.
    fn voucher(&self, _row: &Self::Row) -> Option<VoucherNo> {
        None
    }
    /// The text filter, where there is one.
    fn text(&self) -> Option<&str> {
        None
    }
    /// Sets the text filter.
    fn set_text(&mut self, _text: &str) {}
    /// Goes to the next of its fixed filters.
    fn cycle(&mut self) {}
}

/// A list with what it is of and the detail beside it.
#[derive(Debug, Clone)]
pub struct ListScreen<L: Listing> {
    /// What is listed: the filter, or whose rows.
    pub of: L,
    /// The window of rows.
    pub list: List<L::Row>,
    /// The selected row's detail, once it was asked for.
    pub side: Option<Box<L::Detail>>,
}

impl<L: Listing> ListScreen<L> {
    /// The list, still empty.
    #[must_use]
    pub fn new(of: L) -> Self {
        Self { list: of.list(), of, side: None }
    }
}

impl<L: Listing> Behave for ListScreen<L> {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        let rows = (SlotPart::Main, self.of.request(self.list.again()));
        std::iter::once(rows).chain(self.of.extra().map(|request| (SlotPart::Extra, request))).collect()
    }
    fn take(&mut self, part: SlotPart, answer: Answer) -> bool {
        if matches!(part, SlotPart::Main | SlotPart::More) {
            self.of.hear(&answer);
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
        Some(Table { columns: self.of.columns().to_vec(), rows: held.iter().map(row).collect() })
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
}
