//! The journal: vouchers, one voucher with its entries, and the family of a trade as a small graph.

use super::{Behave, ListScreen, Listing, SlotPart, View};
use crate::app::format;
use crate::app::list::{Cursor, Links, List, Listed};
use crate::app::message::Tone;
use crate::app::route::Route;
use crate::app::table::{Cell, Column, Row, Table};
use crate::desk::{Answer, Key, Keyed, LineageNode, Node, Page, Request, Rows, VoucherFilter};
use crate::domain::account::Side;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::voucher::{Entry, Voucher};
use crate::i18n;
use std::ops::Range;

impl Listed for Voucher {
    fn key(&self) -> Key {
        Keyed::key(self)
    }
}

/// The vouchers.
pub type Vouchers = ListScreen<VoucherList>;

/// Vouchers of a filter.
#[derive(Debug, Clone)]
pub struct VoucherList {
    /// Which.
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
        Cell::text(voucher.event.map(|e| format::label(view.lang, "event", e.as_str())).unwrap_or_default()),
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

    fn list(&self) -> List<Voucher> {
        List::default().paged().from_end()
    }
    fn request(&self, page: Page) -> Request {
        Request::Vouchers { filter: self.filter.clone(), page }
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
        Some(Request::Voucher { voucher_no: row.voucher_no.clone() })
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
}

/// One voucher.
#[derive(Debug, Clone)]
pub struct VoucherView {
    /// Which.
    pub voucher_no: VoucherNo,
    /// What the desk said.
    pub voucher: Option<Box<Voucher>>,
    /// Its entries' accounts and relatives that can be opened.
    pub links: Links,
}

impl VoucherView {
    /// A voucher by number.
    #[must_use]
    pub fn new(voucher_no: VoucherNo) -> Self {
        Self { voucher_no, voucher: None, links: Links::default() }
    }

    /// What can be opened, in drawing order: the chain of each entry, then trade, original, reversal, case.
    #[must_use]
    pub fn targets(&self) -> Vec<Route> {
        let Some(voucher) = &self.voucher else { return Vec::new() };
        let mut targets: Vec<Route> =
            voucher.entries.iter().map(|entry| Route::Chain(entry.account.clone())).collect();
        targets.extend(voucher.trade_no.iter().cloned().map(Route::Trade));
        targets.extend(voucher.reverses.iter().cloned().map(Route::Voucher));
        targets.extend(voucher.reversed_by.iter().cloned().map(Route::Voucher));
        targets.extend(voucher.case_no.iter().cloned().map(Route::Case));
        targets
    }
}

/// The entries of a voucher as a table.
#[must_use]
pub fn entries(entries: &[Entry], view: View) -> Table {
    let columns = vec![
        Column::text("column.account", 6, 24),
        Column::text("column.mode", 3, 12).shed(3),
        Column::number("column.debit"),
        Column::number("column.credit"),
        Column::number("column.before").shed(2),
        Column::number("column.after").shed(1),
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
    Table { columns, rows }
}

impl Behave for VoucherView {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        vec![(SlotPart::Main, Request::Voucher { voucher_no: self.voucher_no.clone() })]
    }
    fn take(&mut self, _: SlotPart, answer: Answer) -> bool {
        let Answer::Voucher(voucher) = answer else { return false };
        self.voucher = Some(voucher);
        let count = self.targets().len();
        self.links.resize(count);
        true
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.voucher.is_some()
    }
    fn open(&self) -> Option<Route> {
        self.targets().get(self.links.cursor).cloned()
    }
    fn name(&self) -> Option<String> {
        Some(self.voucher_no.to_string())
    }
    fn table(&self, view: View, rows: Range<usize>) -> Option<Table> {
        let held = self.voucher.as_ref()?.entries.get(rows).unwrap_or_default();
        Some(entries(held, view))
    }
    fn trade(&self) -> Option<TradeNo> {
        self.voucher.as_ref().and_then(|voucher| voucher.trade_no.clone())
    }
    fn voucher(&self) -> Option<VoucherNo> {
        Some(self.voucher_no.clone())
    }
}

/// The family of a trade.
#[derive(Debug, Clone)]
pub struct Lineage {
    /// Of this trade,
    pub trade_no: Option<TradeNo>,
    /// or of this voucher's trade.
    pub voucher_no: Option<VoucherNo>,
    /// Nodes, parents before children.
    pub nodes: Option<Vec<LineageNode>>,
    /// Every node can be opened.
    pub links: Links,
}

impl Lineage {
    /// The family of a trade or voucher.
    #[must_use]
    pub fn new(trade_no: Option<TradeNo>, voucher_no: Option<VoucherNo>) -> Self {
        Self { trade_no, voucher_no, nodes: None, links: Links::default() }
    }
}

impl Behave for Lineage {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        let request =
            Request::Lineage { trade_no: self.trade_no.clone(), voucher_no: self.voucher_no.clone() };
        vec![(SlotPart::Main, request)]
    }
    fn take(&mut self, _: SlotPart, answer: Answer) -> bool {
        let Answer::Lineage(nodes) = answer else { return false };
        self.links.resize(nodes.len());
        self.nodes = Some(nodes);
        true
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.nodes.is_some()
    }
    fn open(&self) -> Option<Route> {
        let nodes = self.nodes.as_ref()?;
        match &nodes.get(self.links.cursor)?.node {
            Node::Trade { trade_no } => Some(Route::Trade(trade_no.clone())),
            Node::Event { .. } => self.trade().map(Route::Explain),
            Node::Voucher { voucher_no, .. } => Some(Route::Voucher(voucher_no.clone())),
            Node::Case { case_no, .. } => Some(Route::Case(case_no.clone())),
        }
    }
    fn name(&self) -> Option<String> {
        match &self.nodes.as_ref()?.get(self.links.cursor)?.node {
            Node::Trade { trade_no } => Some(trade_no.to_string()),
            Node::Event { event, .. } => Some(event.to_string()),
            Node::Voucher { voucher_no, .. } => Some(voucher_no.to_string()),
            Node::Case { case_no, .. } => Some(case_no.to_string()),
        }
    }
    fn trade(&self) -> Option<TradeNo> {
        let root = self.nodes.as_ref()?.iter().find_map(|node| match &node.node {
            Node::Trade { trade_no } => Some(trade_no.clone()),
            _ => None,
        });
        root.or_else(|| self.trade_no.clone())
    }
}
