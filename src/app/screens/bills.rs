//! Statements of channels: those of a day with how each stands, and one with its changes and lines.

use super::Route;
use super::behaviour::{StatusLine, Surroundings, View, Words};
use super::document::{Document, DocumentScreen};
use super::listing::{ListScreen, Listing};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::statement::{BillState, StatementHead};
use crate::domain::trade::Channel;
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::bills::{BillChange, BillDetail, BillRow, EXTENDS, ListBills, ShowBill, TWO_DECIDE};
use crate::protocol::page::{Page, RowKey, Rows};
use crate::protocol::request::Request;
use jiff::civil::Date;

impl Listed for BillRow {
    fn key(&self) -> RowKey {
        RowKey::Number(self.id)
    }
}

/// Returns how a statement stands, with its symbol.
#[must_use]
pub fn state(lang: Lang, state: BillState) -> (String, Tone) {
    let (symbol, tone) = match state {
        BillState::Standing => ("●", Tone::Plain),
        BillState::Held => ("▸", Tone::Warn),
        BillState::Replaced | BillState::Withdrawn => ("×", Tone::Dim),
    };
    (format!("{symbol} {}", format::label(lang, "state.bill", state.as_str())), tone)
}

/// Returns why a statement changed, in words.
#[must_use]
pub fn reason(lang: Lang, reason: &str) -> String {
    match reason {
        EXTENDS => i18n::word(lang, "bill.extends"),
        TWO_DECIDE => i18n::word(lang, "bill.two_decide"),
        _ => reason.to_owned(),
    }
}

/// Returns who changed a statement, when and why.
#[must_use]
pub fn change(change: &BillChange, view: View) -> String {
    let reason = reason(view.lang, &change.reason);
    let mut facts = vec![
        ("state", format::label(view.lang, "state.bill", change.state.as_str())),
        ("at", format::time(change.at, view.now)),
        ("operator", change.operator.to_string()),
        ("reason", reason),
    ];
    facts.extend(change.replaced_by.map(|by| ("by", by.to_string())));
    facts.extend(change.case_no.clone().map(|case_no| ("case", case_no)));
    i18n::text(view.lang, "bill.change", &facts)
}

/// Returns the merchant number that a statement is of, if it names one.
#[must_use]
pub fn merchant(bill: &BillRow) -> String {
    head_merchant(&bill.head).unwrap_or_default()
}

/// Returns the merchant number that a bill's head names.
#[must_use]
pub fn head_merchant(head: &StatementHead) -> Option<String> {
    head.sub_merchant.clone().or_else(|| head.merchant_id.clone())
}

/// Statements of a channel's day.
pub type BillsScreen = ListScreen<BillList>;

impl BillsScreen {
    /// Returns the screen of a channel's day.
    #[must_use]
    pub fn at(channel: Channel, day: Date) -> Self {
        Self::new(BillList { channel, day })
    }
}

/// The statements of a channel's day, also those that count no more.
#[derive(Debug, Clone)]
pub struct BillList {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
}

const COLUMNS: &[Column] = &[
    Column::number("column.seq"),
    Column::text("column.state", 6, 12).id(),
    Column::text("column.file", 24, 48).id().grow(),
    Column::text("column.imported", 5, 19).shed(1),
    Column::text("column.operator", 3, 14).shed(2),
    Column::number("column.lines").shed(3),
    Column::text("column.covers", 4, 16).shed(4),
    Column::text("column.merchant_no", 6, 16).shed(5),
];

impl Listing for BillList {
    type Row = BillRow;
    type Detail = BillDetail;
    const FOOTER: &'static [Command] =
        &[Command::Open, Command::WithdrawBill, Command::Import, Command::Export, Command::Copy];
    const EMPTY: &'static str = "empty.bills";

    fn list(&self) -> List<BillRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        Request::Bills(ListBills { all: true, channel: Some(self.channel), day: Some(self.day) })
    }
    fn rows(answer: Answer) -> Result<Rows<BillRow>, Answer> {
        if let Answer::Bills(rows) = answer { Ok(Rows::whole(rows)) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, bill: &BillRow, view: View) -> Row {
        let (word, tone) = state(view.lang, bill.state);
        let cells = vec![
            Cell::text(bill.id.to_string()),
            Cell::toned(word, tone),
            Cell::text(bill.file.as_str()),
            Cell::text(format::time(bill.imported_at, view.now)),
            Cell::text(bill.operator.as_str()),
            Cell::text(bill.lines.to_string()),
            Cell::text(format::label(view.lang, "covers", bill.head.covers.as_str())),
            Cell::text(merchant(bill)),
        ];
        let under =
            bill.changed.as_ref().map(|changed| (format!("  ↳ {}", change(changed, view)), Tone::Dim));
        Row { cells, under, ..Row::default() }
    }
    fn open(&self, bill: &BillRow) -> Option<Route> {
        Some(Route::Bill(bill.id))
    }
    fn name(&self, bill: &BillRow) -> String {
        bill.file.clone()
    }
    fn own_name(&self) -> Option<String> {
        Some(format!("{} {}", self.channel, self.day))
    }
    fn ask_detail(&self, bill: &BillRow) -> Option<Request> {
        Some(Request::Bill(ShowBill { id: bill.id }))
    }
    fn detail(answer: Answer) -> Option<Box<BillDetail>> {
        if let Answer::Bill(detail) = answer { Some(detail) } else { None }
    }
    fn status(&self, view: View) -> Words {
        vec![(i18n::word(view.lang, "status.bills"), Tone::Dim)]
    }
    fn crumb(&self) -> Option<String> {
        Some(format!("{} {}", self.channel, self.day))
    }
}

/// One statement.
pub type BillScreen = DocumentScreen<BillDocument>;

impl BillScreen {
    /// Returns the screen of a statement.
    #[must_use]
    pub fn at(id: i64) -> Self {
        Self::new(BillDocument { id })
    }
}

/// A statement with its changes, what rests on it, and its lines.
#[derive(Debug, Clone)]
pub struct BillDocument {
    /// Number of the statement.
    pub id: i64,
}

impl Document for BillDocument {
    type Content = Box<BillDetail>;
    const FOOTER: &'static [Command] = &[Command::WithdrawBill, Command::Copy];

    fn request(&self) -> Option<Request> {
        Some(Request::Bill(ShowBill { id: self.id }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Bill(detail) = answer { Some(detail) } else { None }
    }
    fn links(&self, _: &Self::Content) -> usize {
        0
    }
    fn open(&self, _: Option<&Self::Content>, _: usize) -> Option<Route> {
        None
    }
    fn name(&self, detail: Option<&Self::Content>, _: usize) -> Option<String> {
        detail.map(|detail| detail.bill.file.clone())
    }
    fn status(&self, detail: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(detail) = detail else { return StatusLine::default() };
        let (word, tone) = state(around.view.lang, detail.bill.state);
        let lines =
            i18n::text(around.view.lang, "recon_screen.lines", &[("n", detail.bill.lines.to_string())]);
        StatusLine { left: vec![(word, tone)], right: vec![(lines, Tone::Dim)], right_yields: false }
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.id.to_string())
    }
}
