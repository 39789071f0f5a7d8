//! Findings: the list, and one finding with what should stand against what stands, and the proposed correction.

use super::{Behave, ListScreen, Listing, SlotPart, View};
use crate::app::format;
use crate::app::list::{Cursor, Links, List, Listed, Mark};
use crate::app::message::Tone;
use crate::app::route::Route;
use crate::app::table::{Cell, Column, Row};
use crate::desk::{Answer, FindingFilter, Key, Keyed, Page, Plan, Request, Rows};
use crate::domain::finding::{Cause, Finding, Severity};
use crate::domain::id::{TradeNo, VoucherNo};
use crate::i18n::Lang;

impl Listed for Finding {
    fn key(&self) -> Key {
        Keyed::key(self)
    }
    fn mark(&self) -> Mark {
        Mark {
            name: self.finding.clone(),
            trade_no: self.trade_no.clone(),
            amount_minor: self.amount_minor,
            currency: self.currency.clone(),
        }
    }
}

/// A cause with its symbol: `! wrong account`.
#[must_use]
pub fn cause(lang: Lang, cause: Cause) -> (String, Tone) {
    let (symbol, tone) = match cause.severity() {
        Severity::High => ("!", Tone::Bad),
        Severity::Medium => ("!", Tone::Warn),
        Severity::Low => ("·", Tone::Plain),
        Severity::Info => ("○", Tone::Dim),
    };
    (format!("{symbol} {}", format::label(lang, "cause", cause.as_str())), tone)
}

/// What a finding is about, by the number people know it by.
#[must_use]
pub fn about(finding: &Finding) -> String {
    let trade = finding.trade_no.as_ref().map(ToString::to_string);
    trade.or_else(|| finding.channel_ref.clone()).unwrap_or_else(|| finding.finding.clone())
}

/// The findings.
pub type Findings = ListScreen<FindingList>;

/// Findings of a filter.
#[derive(Debug, Clone)]
pub struct FindingList {
    /// Which.
    pub filter: FindingFilter,
}

const COLUMNS: &[Column] = &[
    Column::text("column.about", 5, 20).id(),
    Column::text("column.cause", 8, 26).id(),
    Column::text("column.event", 4, 10).shed(7),
    Column::number("column.at_stake"),
    Column::number("column.age").shed(1),
    Column::text("column.voucher", 6, 16).shed(3),
    Column::number("column.expected").shed(5),
    Column::number("column.actual").shed(6),
    Column::text("column.detail", 12, 200).shed(2).grow(),
];

impl Listing for FindingList {
    type Row = Finding;
    type Detail = Plan;

    fn list(&self) -> List<Finding> {
        List::markable().paged()
    }
    fn request(&self, page: Page) -> Request {
        Request::Findings { filter: self.filter.clone(), page }
    }
    fn rows(answer: Answer) -> Result<Rows<Finding>, Answer> {
        if let Answer::Findings(rows) = answer { Ok(rows) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, finding: &Finding, view: View) -> Row {
        let minor = |minor: Option<i64>| {
            minor.map_or_else(Cell::blank, |minor| Cell::amount_in(minor, &finding.currency))
        };
        let (word, tone) = cause(view.lang, finding.cause);
        let event = finding.event.map(|e| format::label(view.lang, "event", e.as_str()));
        Row::from(vec![
            Cell::text(about(finding)),
            Cell::toned(word, tone),
            Cell::text(event.unwrap_or_default()),
            Cell::amount_in(finding.amount_minor, &finding.currency),
            Cell::Text(format::age(view.lang, finding.age_seconds), Tone::Plain),
            Cell::text(finding.voucher_no.as_ref().map(ToString::to_string).unwrap_or_default()),
            minor(finding.expected_minor),
            minor(finding.actual_minor),
            Cell::toned(finding.detail.as_str(), Tone::Dim),
        ])
    }
    fn open(&self, finding: &Finding) -> Option<Route> {
        Some(Route::Finding(finding.finding.clone(), about(finding)))
    }
    fn name(&self, finding: &Finding) -> String {
        about(finding)
    }
    fn ask_detail(&self, finding: &Finding) -> Option<Request> {
        Some(Request::Plan { target: finding.finding.clone() })
    }
    fn detail(answer: Answer) -> Option<Box<Plan>> {
        if let Answer::Plan(plan) = answer { Some(plan) } else { None }
    }
    fn trade(&self, finding: &Finding) -> Option<TradeNo> {
        finding.trade_no.clone()
    }
    fn voucher(&self, finding: &Finding) -> Option<VoucherNo> {
        finding.voucher_no.clone()
    }
    fn text(&self) -> Option<&str> {
        Some(self.filter.text.as_deref().unwrap_or_default())
    }
    fn set_text(&mut self, text: &str) {
        self.filter.text = (!text.is_empty()).then(|| text.to_owned());
    }
    fn cycle(&mut self) {
        let next = match self.filter.cause {
            None => Cause::ALL.first(),
            Some(cause) => Cause::ALL.iter().position(|c| *c == cause).and_then(|at| Cause::ALL.get(at + 1)),
        };
        self.filter.cause = next.copied();
    }
}

/// One finding.
#[derive(Debug, Clone)]
pub struct FindingView {
    /// Identity, or a trade number.
    pub target: String,
    /// What it is about, for the crumbs until the answer comes.
    pub words: String,
    /// What the desk said.
    pub plan: Option<Box<Plan>>,
    /// Booked vouchers that can be opened.
    pub links: Links,
}

impl FindingView {
    /// A finding by identity.
    #[must_use]
    pub fn new(target: String, words: String) -> Self {
        Self { target, words, plan: None, links: Links::default() }
    }
}

impl Behave for FindingView {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        vec![(SlotPart::Main, Request::Plan { target: self.target.clone() })]
    }
    fn take(&mut self, _: SlotPart, answer: Answer) -> bool {
        let Answer::Plan(plan) = answer else { return false };
        self.links.resize(plan.booked.len());
        self.plan = Some(plan);
        true
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.plan.is_some()
    }
    fn open(&self) -> Option<Route> {
        let booked = self.plan.as_ref()?.booked.get(self.links.cursor);
        booked
            .map(|booked| Route::Voucher(booked.voucher_no.clone()))
            .or_else(|| self.trade().map(Route::Trade))
    }
    fn name(&self) -> Option<String> {
        Some(self.words.clone())
    }
    fn trade(&self) -> Option<TradeNo> {
        self.plan.as_ref().and_then(|plan| plan.trade_no.clone())
    }
    fn voucher(&self) -> Option<VoucherNo> {
        let plan = self.plan.as_ref()?;
        plan.booked.get(self.links.cursor).map(|booked| booked.voucher_no.clone())
    }
}
