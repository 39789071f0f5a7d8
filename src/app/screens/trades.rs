//! Trades: the list, and one trade with everything the books and the channel say about it.

use super::Route;
use super::behaviour::{StatusLine, Surroundings, View, Words};
use super::document::{Document, DocumentScreen};
use super::listing::{ListScreen, Listing, filter_words};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed, Mark};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::trade::{PostingStatus, ReconStatus, TradeStatus};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::page::{HasRowKey, Page, RowKey, Rows};
use crate::protocol::request::Request;
use crate::protocol::trades::{ListTrades, ShowTrade, TradeDetail, TradeFilter, TradeRow};

impl Listed for TradeRow {
    fn key(&self) -> RowKey {
        HasRowKey::key(self)
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

/// Returns a posting state with its symbol: `● posted`, `○ unposted`.
#[must_use]
pub fn posting(lang: Lang, status: PostingStatus) -> (String, Tone) {
    let (symbol, tone) = match status {
        PostingStatus::Unposted => ("○", Tone::Warn),
        PostingStatus::Posted => ("●", Tone::Plain),
        PostingStatus::PostedTwice => ("!", Tone::Bad),
        PostingStatus::Reversed => ("↶", Tone::Warn),
        PostingStatus::Reposted => ("●", Tone::Good),
        PostingStatus::Parked => ("◐", Tone::Warn),
    };
    (format!("{symbol} {}", format::label(lang, "posting", status.as_str())), tone)
}

/// Returns a trade's own state with its symbol.
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

/// Returns a reconciliation state with its symbol.
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
pub type TradesScreen = ListScreen<TradeList>;

impl TradesScreen {
    /// Returns the screen of a filter.
    #[must_use]
    pub fn at(filter: TradeFilter) -> Self {
        Self::new(TradeList { filter })
    }
}

/// Trades of a filter.
#[derive(Debug, Clone)]
pub struct TradeList {
    /// The filter.
    pub filter: TradeFilter,
}

const COLUMNS: &[Column] = &[
    Column::text("column.trade", 5, 16).id(),
    Column::text("column.kind", 4, 10).shed(4),
    Column::text("column.channel", 6, 8).shed(3),
    Column::text("column.party", 2, 12).shed(5),
    Column::amount("column.amount"),
    Column::text("column.time", 11, 19).shed(2),
    Column::text("column.status", 4, 13).shed(6),
    Column::text("column.posting", 4, 14),
    Column::text("column.recon", 6, 18).shed(1),
    Column::text("column.reference", 8, 24).shed(7).grow(),
];

impl Listing for TradeList {
    type Row = TradeRow;
    type Detail = TradeDetail;
    const FOOTER: &'static [Command] = &[
        Command::Open,
        Command::Filter,
        Command::Cycle,
        Command::PostDue,
        Command::Lineage,
        Command::Mark,
        Command::Export,
    ];
    const EMPTY: &'static str = "empty.trades";
    const EMPTY_FILTERED: &'static str = "empty.filtered.trades";

    fn list(&self) -> List<TradeRow> {
        List::markable().paged()
    }
    fn request(&self, page: Page) -> Request {
        Request::Trades(ListTrades { filter: self.filter.clone(), page })
    }
    fn rows(answer: Answer) -> Result<Rows<TradeRow>, Answer> {
        if let Answer::Trades(rows) = answer { Ok(rows) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, row: &TradeRow, view: View) -> Row {
        let trade = &row.trade;
        let pair = |(text, tone): (String, Tone)| Cell::toned(text, tone);
        let party = trade.customer.as_ref().or(trade.merchant.as_ref());
        Row::from(vec![
            Cell::text(trade.trade_no.as_str()),
            Cell::text(view.kind(trade.kind.as_str())),
            Cell::text(trade.channel.as_str()),
            Cell::text(party.map(ToString::to_string).unwrap_or_default()),
            Cell::amount(trade.amount_minor, trade.currency),
            Cell::text(format::time(trade.occurred_at, view.now)),
            pair(status(view.lang, row.status_now)),
            pair(posting(view.lang, row.posting)),
            pair(recon(view.lang, row.recon)),
            Cell::toned(trade.channel_ref.as_str(), Tone::Dim),
        ])
    }
    fn open(&self, row: &TradeRow) -> Option<Route> {
        self.trade(row).map(Route::Trade)
    }
    fn name(&self, row: &TradeRow) -> String {
        row.trade.trade_no.to_string()
    }
    fn ask_detail(&self, row: &TradeRow) -> Option<Request> {
        self.trade(row).map(|trade_no| Request::Trade(ShowTrade { trade_no }))
    }
    fn detail(answer: Answer) -> Option<Box<TradeDetail>> {
        if let Answer::Trade(detail) = answer { Some(detail) } else { None }
    }
    fn trade(&self, row: &TradeRow) -> Option<TradeNo> {
        Some(row.trade.trade_no.clone())
    }
    fn text(&self) -> Option<&str> {
        Some(self.filter.text.as_deref().unwrap_or_default())
    }
    fn set_text(&mut self, text: &str) {
        self.filter.text = (!text.is_empty()).then(|| text.to_owned());
    }
    fn cycle(&mut self) {
        let filter = &mut self.filter;
        (filter.unposted, filter.with_findings, filter.follow_up) =
            match (filter.unposted, filter.with_findings, filter.follow_up) {
                (false, false, false) => (true, false, false),
                (true, _, _) => (false, true, false),
                (false, true, _) => (false, false, true),
                (false, false, true) => (false, false, false),
            };
    }
    fn is_filtered(&self) -> bool {
        self.filter != TradeFilter::default()
    }
    fn status(&self, view: View) -> Words {
        let filter = &self.filter;
        let mut words = Vec::new();
        if filter.unposted {
            words.push(i18n::word(view.lang, "filter.unposted"));
        }
        if filter.with_findings {
            words.push(i18n::word(view.lang, "filter.with_findings"));
        }
        if filter.follow_up {
            words.push(i18n::word(view.lang, "filter.follow_up"));
        }
        words.extend(filter.day.map(|day| day.to_string()));
        words.extend(filter.channel.clone());
        words.extend(filter.kind.as_ref().map(|kind| view.kind(kind)));
        words.extend(filter.customer.clone());
        filter_words(view.lang, words, filter.text.as_deref())
    }
}

/// One trade.
pub type TradeScreen = DocumentScreen<TradeDocument>;

impl TradeScreen {
    /// Returns the screen of a trade.
    #[must_use]
    pub fn at(trade_no: TradeNo) -> Self {
        Self::new(TradeDocument { trade_no })
    }
}

/// A trade with everything the books and the channel say about it.
#[derive(Debug, Clone)]
pub struct TradeDocument {
    /// The trade.
    pub trade_no: TradeNo,
}

/// Returns where the links of a trade lead, in drawing order: findings, vouchers, cases, the original.
fn targets(detail: &TradeDetail) -> Vec<Route> {
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

impl Document for TradeDocument {
    type Content = Box<TradeDetail>;
    const FOOTER: &'static [Command] = &[Command::Open, Command::Explain, Command::Lineage, Command::Match];

    fn request(&self) -> Option<Request> {
        Some(Request::Trade(ShowTrade { trade_no: self.trade_no.clone() }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Trade(detail) = answer { Some(detail) } else { None }
    }
    fn links(&self, detail: &Self::Content) -> usize {
        targets(detail).len()
    }
    fn open(&self, detail: Option<&Self::Content>, link: usize) -> Option<Route> {
        targets(detail?).into_iter().nth(link)
    }
    fn name(&self, _: Option<&Self::Content>, _: usize) -> Option<String> {
        Some(self.trade_no.to_string())
    }
    fn trade(&self, _: Option<&Self::Content>) -> Option<TradeNo> {
        Some(self.trade_no.clone())
    }
    fn voucher(&self, detail: Option<&Self::Content>, link: usize) -> Option<VoucherNo> {
        match self.open(detail, link) {
            Some(Route::Voucher(no)) => Some(no),
            _ => None,
        }
    }
    fn status(&self, detail: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(detail) = detail else { return StatusLine::default() };
        let left = match detail.findings.len() {
            0 => (i18n::word(around.view.lang, "trade.no_findings"), Tone::Good),
            n => (i18n::text(around.view.lang, "trade.findings", &[("n", n.to_string())]), Tone::Warn),
        };
        let right = vec![(format::of(detail.row.trade.amount()), Tone::Strong)];
        StatusLine { left: vec![left], right, right_yields: false }
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.trade_no.to_string())
    }
}
