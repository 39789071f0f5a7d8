//! The journal: vouchers, and one voucher with its entries.

use super::Route;
use super::behaviour::{StatusLine, Surroundings, View, Words};
use super::document::{Document, DocumentScreen};
use super::listing::{ListScreen, Listing, filter_words};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row, Table};
use crate::domain::account::Side;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::voucher::{Entry, Voucher};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::page::{HasRowKey, Page, RowKey, Rows};
use crate::protocol::request::Request;
use crate::protocol::vouchers::{ListVouchers, ShowVoucher, VoucherFilter};
use std::ops::Range;

impl Listed for Voucher {
    fn key(&self) -> RowKey {
        HasRowKey::key(self)
    }
}

/// The vouchers.
pub type VouchersScreen = ListScreen<VoucherList>;

impl VouchersScreen {
    /// Returns the screen of a filter.
    #[must_use]
    pub fn at(filter: VoucherFilter) -> Self {
        Self::new(VoucherList { filter })
    }
}

/// Vouchers of a filter.
#[derive(Debug, Clone)]
pub struct VoucherList {
    /// The filter.
    pub filter: VoucherFilter,
}

fn voucher_row(voucher: &Voucher, view: View) -> Row {
    let text = |text: Option<&str>| Cell::text(text.unwrap_or_default());
    let state = match (&voucher.reverses, &voucher.reversed_by) {
        (Some(original), _) => {
            (i18n::text(view.lang, "chain.reverses", &[("voucher", original)]), Tone::Warn)
        }
        (_, Some(by)) => (i18n::text(view.lang, "voucher.reversed_by", &[("voucher", by)]), Tone::Dim),
        _ => (String::new(), Tone::Plain),
    };
    Row::from(vec![
        Cell::Text(voucher.seq.to_string(), Tone::Dim),
        Cell::text(voucher.voucher_no.as_str()),
        Cell::text(format::label(view.lang, "vkind", voucher.kind.as_str())),
        Cell::text(format::day(voucher.accounting_date, view.now)),
        text(voucher.trade_no.as_ref().map(AsRef::as_ref)),
        Cell::text(voucher.event.map(|event| view.event(event)).unwrap_or_default()),
        Cell::toned(state.0, state.1),
        text(voucher.case_no.as_ref().map(AsRef::as_ref)),
        Cell::text(voucher.maker.as_str()),
        text(voucher.checker.as_ref().map(AsRef::as_ref)),
        Cell::toned(voucher.memo.as_str(), Tone::Dim),
    ])
}

const COLUMNS: &[Column] = &[
    Column::number("column.seq").shed(6),
    Column::text("column.voucher", 6, 16).id(),
    Column::text("column.vkind", 4, 10),
    Column::text("column.accounting_day", 5, 10),
    Column::text("column.trade", 5, 16).id(),
    Column::text("column.event", 4, 10).shed(3),
    Column::text("column.link", 4, 18).shed(1),
    Column::text("column.case", 5, 8).shed(2),
    Column::text("column.maker", 3, 10).shed(4),
    Column::text("column.checker", 3, 10).shed(5),
    Column::text("column.what", 4, 40).shed(7).grow(),
];

impl Listing for VoucherList {
    type Row = Voucher;
    type Detail = Voucher;
    const FOOTER: &'static [Command] = &[
        Command::Open,
        Command::Filter,
        Command::Lineage,
        Command::GoTrade,
        Command::Verify,
        Command::Export,
    ];
    const EMPTY: &'static str = "empty.vouchers";
    const EMPTY_FILTERED: &'static str = "empty.filtered.vouchers";

    fn list(&self) -> List<Voucher> {
        List::default().paged().from_end()
    }
    fn request(&self, page: Page) -> Request {
        Request::Vouchers(ListVouchers { filter: self.filter.clone(), page })
    }
    fn rows(answer: Answer) -> Result<Rows<Voucher>, Answer> {
        if let Answer::Vouchers(rows) = answer { Ok(rows) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, row: &Voucher, view: View) -> Row {
        voucher_row(row, view)
    }
    fn open(&self, row: &Voucher) -> Option<Route> {
        Some(Route::Voucher(row.voucher_no.clone()))
    }
    fn name(&self, row: &Voucher) -> String {
        row.voucher_no.to_string()
    }
    fn ask_detail(&self, row: &Voucher) -> Option<Request> {
        Some(Request::Voucher(ShowVoucher { voucher_no: row.voucher_no.clone() }))
    }
    fn detail(answer: Answer) -> Option<Box<Voucher>> {
        if let Answer::Voucher(voucher) = answer { Some(voucher) } else { None }
    }
    fn trade(&self, row: &Voucher) -> Option<TradeNo> {
        row.trade_no.clone()
    }
    fn voucher(&self, row: &Voucher) -> Option<VoucherNo> {
        Some(row.voucher_no.clone())
    }
    fn text(&self) -> Option<&str> {
        Some(self.filter.text.as_deref().unwrap_or_default())
    }
    fn set_text(&mut self, text: &str) {
        self.filter.text = (!text.is_empty()).then(|| text.to_owned());
    }
    fn is_filtered(&self) -> bool {
        self.filter != VoucherFilter::default()
    }
    fn status(&self, view: View) -> Words {
        let filter = &self.filter;
        let mut words = Vec::new();
        words.extend(filter.day.map(|day| day.to_string()));
        words.extend(filter.trade_no.as_ref().map(ToString::to_string));
        words.extend(filter.case_no.as_ref().map(ToString::to_string));
        filter_words(view.lang, words, filter.text.as_deref())
    }
}

/// One voucher.
pub type VoucherScreen = DocumentScreen<VoucherDocument>;

impl VoucherScreen {
    /// Returns the screen of a voucher.
    #[must_use]
    pub fn at(voucher_no: VoucherNo) -> Self {
        Self::new(VoucherDocument { voucher_no })
    }
}

/// A voucher with its entries.
#[derive(Debug, Clone)]
pub struct VoucherDocument {
    /// The voucher.
    pub voucher_no: VoucherNo,
}

/// Returns where the links of a voucher lead, in drawing order: the chain of each entry, then trade,
/// original, reversal, case.
fn targets(voucher: &Voucher) -> Vec<Route> {
    let mut targets: Vec<Route> =
        voucher.entries.iter().map(|entry| Route::Chain(entry.account.clone())).collect();
    targets.extend(voucher.trade_no.iter().cloned().map(Route::Trade));
    targets.extend(voucher.reverses.iter().cloned().map(Route::Voucher));
    targets.extend(voucher.reversed_by.iter().cloned().map(Route::Voucher));
    targets.extend(voucher.case_no.iter().cloned().map(Route::Case));
    targets
}

/// Returns the entries of a voucher as a table.
#[must_use]
pub fn entries(entries: &[Entry], view: View) -> Table {
    let columns = vec![
        Column::text("column.account", 6, 24),
        Column::text("column.mode", 3, 12).shed(3),
        Column::amount("column.debit"),
        Column::amount("column.credit"),
        Column::amount("column.before").shed(2),
        Column::amount("column.after").shed(1),
        Column::number("column.seq").shed(4),
    ];
    let rows = entries
        .iter()
        .map(|entry| {
            let amount = |side: Side| {
                if entry.side == side {
                    Cell::amount(entry.amount_minor, entry.currency)
                } else {
                    Cell::blank()
                }
            };
            Row::from(vec![
                Cell::text(entry.account.as_str()),
                Cell::toned(format::label(view.lang, "mode", entry.mode.as_str()), Tone::Dim),
                amount(Side::Debit),
                amount(Side::Credit),
                Cell::amount(entry.balance_before_minor, entry.currency),
                Cell::amount(entry.balance_after_minor, entry.currency),
                Cell::toned(entry.account_seq.to_string(), Tone::Dim),
            ])
        })
        .collect();
    Table::new(columns, rows, view.several_currencies)
}

impl Document for VoucherDocument {
    type Content = Box<Voucher>;
    const FOOTER: &'static [Command] =
        &[Command::Open, Command::Lineage, Command::GoTrade, Command::AcceptVoucher, Command::Copy];

    fn request(&self) -> Option<Request> {
        Some(Request::Voucher(ShowVoucher { voucher_no: self.voucher_no.clone() }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Voucher(voucher) = answer { Some(voucher) } else { None }
    }
    fn links(&self, voucher: &Self::Content) -> usize {
        targets(voucher).len()
    }
    fn open(&self, voucher: Option<&Self::Content>, link: usize) -> Option<Route> {
        targets(voucher?).into_iter().nth(link)
    }
    fn name(&self, _: Option<&Self::Content>, _: usize) -> Option<String> {
        Some(self.voucher_no.to_string())
    }
    fn trade(&self, voucher: Option<&Self::Content>) -> Option<TradeNo> {
        voucher?.trade_no.clone()
    }
    fn voucher(&self, _: Option<&Self::Content>, _: usize) -> Option<VoucherNo> {
        Some(self.voucher_no.clone())
    }
    fn table(&self, voucher: &Self::Content, view: View, rows: Range<usize>) -> Option<Table> {
        Some(entries(voucher.entries.get(rows).unwrap_or_default(), view))
    }
    fn status(&self, voucher: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(voucher) = voucher else { return StatusLine::default() };
        let lang = around.view.lang;
        let kind = format::label(lang, "vkind", voucher.kind.as_str());
        let mode = format::label(lang, "mode", voucher.mode.as_str());
        let mut left = vec![(format!("{kind} · {mode}"), Tone::Plain)];
        if voucher.reversed_by.is_some() {
            left.push((format!("  {}", i18n::word(lang, "voucher.taken_back")), Tone::Warn));
        }
        let seq = i18n::text(lang, "voucher.seq", &[("seq", voucher.seq.to_string())]);
        StatusLine { left, right: vec![(seq, Tone::Dim)], right_yields: false }
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.voucher_no.to_string())
    }
}
