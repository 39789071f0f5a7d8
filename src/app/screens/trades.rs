//! Trades: the list, and one trade with everything the books and the channel say of it.

use super::{Behave, Part, View};
use crate::app::format;
use crate::app::list::{Cursor, Links, List, Listed, Mark};
use crate::app::route::Route;
use crate::app::state::Tone;
use crate::app::table::{Cell, Column, Row, Table};
use crate::desk::{Answer, Key, Keyed, Page, Request, TradeDetail, TradeFilter, TradeRow};
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::trade::{PostingStatus, ReconStatus, TradeStatus};
use crate::i18n::Lang;
use std::ops::Range;

impl Listed for TradeRow {
    fn key(&self) -> Key {
        Keyed::key(self)
    }
    fn mark(&self) -> Mark {
        Mark {
            name: self.trade.trade_no.to_string(),
            trade_no: Some(self.trade.trade_no.clone()),
            amount_minor: self.trade.amount_minor,
            currency: self.trade.currency.to_string(),
        }
    }
}

/// A posting state with its symbol: `● posted`, `○ unposted`.
#[must_use]
pub fn posting(lang: Lang, status: PostingStatus) -> (String, Tone) {
    let (symbol, tone) = match status {
        PostingStatus::Unposted => ("○", Tone::Warn),
        PostingStatus::Posted => ("●", Tone::Plain),
        PostingStatus::PostedTwice => ("!", Tone::Bad),
        PostingStatus::Reversed => ("↶", Tone::Warn),
        PostingStatus::Reposted => ("●", Tone::Good),
    };
    (format!("{symbol} {}", format::label(lang, "posting", status.as_str())), tone)
}

/// A trade's own state with its symbol.
#[must_use]
pub fn status(lang: Lang, status: TradeStatus) -> (String, Tone) {
    let (symbol, tone) = match status {
        TradeStatus::Succeeded => ("●", Tone::Plain),
        TradeStatus::Failed | TradeStatus::Closed => ("×", Tone::Dim),
        TradeStatus::Unknown => ("?", Tone::Warn),
        TradeStatus::Created | TradeStatus::Processing => ("○", Tone::Plain),
    };
    (format!("{symbol} {}", format::label(lang, "state.trade", status.as_str())), tone)
}

/// A reconciliation state with its symbol.
#[must_use]
pub fn recon(lang: Lang, status: ReconStatus) -> (String, Tone) {
    let (symbol, tone) = match status {
        ReconStatus::Matched => ("●", Tone::Plain),
        ReconStatus::Unmatched | ReconStatus::Waiting => ("○", Tone::Dim),
        _ => ("!", Tone::Bad),
    };
    (format!("{symbol} {}", format::label(lang, "recon", status.as_str())), tone)
}

/// The trades.
#[derive(Debug, Clone)]
pub struct Trades {
    /// Which.
    pub filter: TradeFilter,
    /// Rows.
    pub list: List<TradeRow>,
    /// The selected one, beside the list.
    pub side: Option<Box<TradeDetail>>,
}

impl Trades {
    /// Trades of a filter.
    #[must_use]
    pub fn new(filter: TradeFilter) -> Self {
        Self { filter, list: List::markable().paged(), side: None }
    }

    fn request(&self, page: Page) -> Request {
        Request::Trades { filter: self.filter.clone(), page }
    }

    fn row(&self, row: &TradeRow, view: View) -> Row {
        let trade = &row.trade;
        let pair = |(text, tone): (String, Tone)| Cell::toned(text, tone);
        let party = trade.customer.as_ref().or(trade.merchant.as_ref());
        Row {
            cells: vec![
                Cell::text(trade.trade_no.as_str()),
                Cell::text(format::label(view.lang, "kind", trade.kind.as_str())),
                Cell::text(trade.channel.as_str()),
                Cell::text(party.map(ToString::to_string).unwrap_or_default()),
                Cell::amount(trade.amount_minor, trade.currency),
                Cell::text(format::time(trade.occurred_at, view.now)),
                pair(status(view.lang, row.status_now)),
                pair(posting(view.lang, row.posting)),
                pair(recon(view.lang, row.recon)),
                Cell::toned(trade.channel_ref.as_str(), Tone::Dim),
            ],
            under: None,
            marked: self.list.is_marked(row),
        }
    }
}

const COLUMNS: &[Column] = &[
    Column::text("column.trade", 5, 16).id(),
    Column::text("column.kind", 4, 10).shed(4),
    Column::text("column.channel", 6, 8).shed(3),
    Column::text("column.party", 2, 12).shed(5),
    Column::number("column.amount"),
    Column::text("column.time", 11, 19).shed(2),
    Column::text("column.status", 4, 13).shed(6),
    Column::text("column.posting", 4, 14),
    Column::text("column.recon", 6, 14).shed(1),
    Column::text("column.reference", 8, 24).shed(7).grow(),
];

impl Behave for Trades {
    fn requests(&self) -> Vec<(Part, Request)> {
        vec![(Part::Main, self.request(self.list.again()))]
    }
    fn take(&mut self, part: Part, answer: Answer) -> bool {
        match (part, answer) {
            (Part::Main, Answer::Trades(rows)) => self.list.put(rows),
            (Part::More, Answer::Trades(rows)) => self.list.extend(rows),
            (Part::Side, Answer::Trade(detail)) => self.side = Some(detail),
            _ => return false,
        }
        true
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
        self.trade().map(Route::Trade)
    }
    fn name(&self) -> Option<String> {
        self.trade().map(|no| no.to_string())
    }
    fn more(&self, page: Page) -> Option<Request> {
        Some(self.request(page))
    }
    fn side(&self) -> Option<Request> {
        self.trade().map(|trade_no| Request::Trade { trade_no })
    }
    fn table(&self, view: View, rows: Range<usize>) -> Option<Table> {
        let held = self.list.rows.get(rows).unwrap_or_default();
        let rows = held.iter().map(|row| self.row(row, view)).collect();
        Some(Table { columns: COLUMNS.to_vec(), rows })
    }
    fn trade(&self) -> Option<TradeNo> {
        self.list.selected().map(|row| row.trade.trade_no.clone())
    }
    fn text(&self) -> Option<&str> {
        Some(self.filter.text.as_deref().unwrap_or_default())
    }
    fn set_text(&mut self, text: &str) {
        self.filter.text = (!text.is_empty()).then(|| text.to_owned());
        self.list.restart();
    }
    fn cycle(&mut self) {
        let (unposted, findings) = match (self.filter.unposted, self.filter.with_findings) {
            (false, false) => (true, false),
            (true, _) => (false, true),
            (false, true) => (false, false),
        };
        self.filter.unposted = unposted;
        self.filter.with_findings = findings;
        self.list.restart();
    }
}

/// One trade.
#[derive(Debug, Clone)]
pub struct TradeView {
    /// Which.
    pub trade_no: TradeNo,
    /// What the desk said.
    pub detail: Option<Box<TradeDetail>>,
    /// Findings, vouchers, cases and the original that can be opened.
    pub links: Links,
}

impl TradeView {
    /// A trade by number.
    #[must_use]
    pub fn new(trade_no: TradeNo) -> Self {
        Self { trade_no, detail: None, links: Links::default() }
    }

    /// What can be opened, in drawing order.
    #[must_use]
    pub fn targets(&self) -> Vec<Route> {
        self.detail.as_deref().map(targets).unwrap_or_default()
    }
}

/// What can be opened from a trade, in drawing order: findings, vouchers, cases, the original.
#[must_use]
pub fn targets(detail: &TradeDetail) -> Vec<Route> {
    let mut targets: Vec<Route> = detail
        .findings
        .iter()
        .map(|finding| Route::Finding(finding.finding.clone(), detail.row.trade.trade_no.to_string()))
        .collect();
    targets.extend(detail.vouchers.iter().map(|voucher| Route::Voucher(voucher.voucher_no.clone())));
    targets.extend(detail.cases.iter().map(|case| Route::Case(case.case_no.clone())));
    targets.extend(detail.row.original_trade_no.iter().cloned().map(Route::Trade));
    targets
}

impl Behave for TradeView {
    fn requests(&self) -> Vec<(Part, Request)> {
        vec![(Part::Main, Request::Trade { trade_no: self.trade_no.clone() })]
    }
    fn take(&mut self, _: Part, answer: Answer) -> bool {
        let Answer::Trade(detail) = answer else { return false };
        self.detail = Some(detail);
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
        self.detail.is_some()
    }
    fn open(&self) -> Option<Route> {
        self.targets().get(self.links.cursor).cloned()
    }
    fn name(&self) -> Option<String> {
        Some(self.trade_no.to_string())
    }
    fn trade(&self) -> Option<TradeNo> {
        Some(self.trade_no.clone())
    }
    fn voucher(&self) -> Option<VoucherNo> {
        match self.open() {
            Some(Route::Voucher(no)) => Some(no),
            _ => None,
        }
    }
}
