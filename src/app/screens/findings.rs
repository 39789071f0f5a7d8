//! Findings: the list, and one finding with what should be booked, what is booked, and the proposed
//! correction.

use super::Route;
use super::behaviour::{StatusLine, Surroundings, View, Words};
use super::document::{Document, DocumentScreen};
use super::listing::{ListScreen, Listing, filter_words};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed, Mark};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::due_time::DueState;
use crate::domain::finding::{Cause, Finding, Severity};
use crate::domain::id::{TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::acceptances::told;
use crate::protocol::answer::Answer;
use crate::protocol::findings::{FindingFilter, ListFindings, Plan, PlanCorrection};
use crate::protocol::page::{HasRowKey, Page, RowKey, Rows};
use crate::protocol::request::Request;

impl Listed for Finding {
    fn key(&self) -> RowKey {
        HasRowKey::key(self)
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

/// Returns a cause with its symbol: `! wrong account`.
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

/// Returns the number people know a finding by: its trade, channel reference, voucher, account or identity.
#[must_use]
pub fn about(finding: &Finding) -> String {
    let trade = finding.trade_no.as_ref().map(ToString::to_string);
    let number = trade.or_else(|| finding.channel_ref.clone());
    let number = number.or_else(|| finding.voucher_no.as_ref().map(ToString::to_string));
    let number = number.or_else(|| finding.account.as_ref().map(ToString::to_string));
    number.unwrap_or_else(|| finding.finding.clone())
}

/// The findings.
pub type FindingsScreen = ListScreen<FindingList>;

impl FindingsScreen {
    /// Returns the screen of a filter.
    #[must_use]
    pub fn at(filter: FindingFilter) -> Self {
        Self::new(FindingList { filter })
    }
}

/// Findings of a filter.
#[derive(Debug, Clone)]
pub struct FindingList {
    /// The filter.
    pub filter: FindingFilter,
}

const COLUMNS: &[Column] = &[
    Column::text("column.about", 5, 20).id(),
    Column::text("column.cause", 8, 26).id(),
    Column::text("column.event", 4, 10).shed(7),
    Column::amount("column.at_stake"),
    Column::text("column.due", 3, 14).shed(1).if_any(),
    Column::number("column.age").shed(2),
    Column::text("column.voucher", 6, 16).shed(4),
    Column::amount("column.expected").shed(5),
    Column::amount("column.actual").shed(6),
    Column::text("column.detail", 12, 200).shed(3).grow(),
];

/// Returns until when a finding is to be settled: the day, or today the hour; marked once that is over.
fn due(finding: &Finding, view: View) -> Cell {
    let Some(due) = finding.due else { return Cell::blank() };
    let (due, now) = (due.local(), view.now.local());
    let words = if due.date() == now.date() {
        format!("{:02}:{:02}", due.hour(), due.minute())
    } else {
        format::day(due.date(), view.now)
    };
    match finding.due_state {
        Some(DueState::Breached) => Cell::toned(format!("! {words}"), Tone::Bad),
        Some(DueState::Warning) => Cell::toned(words, Tone::Warn),
        Some(DueState::Paused) => Cell::toned(words, Tone::Dim),
        Some(DueState::OnTrack) | None => Cell::text(words),
    }
}

/// Columns of what is accepted: who did so and when needs the room.
const ACCEPTED_COLUMNS: &[Column] = &[
    Column::text("column.about", 5, 20).id(),
    Column::text("column.cause", 8, 26).id(),
    Column::amount("column.at_stake"),
    Column::text("column.detail", 12, 200).grow(),
];

impl Listing for FindingList {
    type Row = Finding;
    type Detail = Plan;
    const FOOTER: &'static [Command] = &[
        Command::Open,
        Command::Stage,
        Command::AcceptFinding,
        Command::AcceptVoucher,
        Command::Cycle,
        Command::Mark,
        Command::Filter,
        Command::Explain,
        Command::PostDue,
        Command::AcceptedFindings,
        Command::ReopenFinding,
        Command::Export,
    ];
    const EMPTY: &'static str = "empty.findings";
    const EMPTY_FILTERED: &'static str = "empty.filtered.findings";

    fn list(&self) -> List<Finding> {
        List::markable().paged()
    }
    fn request(&self, page: Page) -> Request {
        Request::Findings(ListFindings { filter: self.filter.clone(), page })
    }
    fn rows(answer: Answer) -> Result<Rows<Finding>, Answer> {
        if let Answer::Findings(rows) = answer { Ok(rows) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        if self.filter.accepted { ACCEPTED_COLUMNS } else { COLUMNS }
    }
    fn row(&self, finding: &Finding, view: View) -> Row {
        let minor = |minor: Option<i64>| {
            minor.map_or_else(Cell::blank, |minor| Cell::amount_in(minor, &finding.currency))
        };
        let (word, tone) = cause(view.lang, finding.cause);
        let event = finding.event.map(|event| view.event(event));
        if self.filter.accepted {
            // Who did so and when says more here than what was found.
            let said = finding.acceptance.as_deref().map(|one| told(view.lang, one)).unwrap_or_default();
            return Row::from(vec![
                Cell::text(about(finding)),
                Cell::toned(word, tone),
                Cell::amount_in(finding.amount_minor, &finding.currency),
                Cell::toned(said, Tone::Dim),
            ]);
        }
        Row::from(vec![
            Cell::text(about(finding)),
            Cell::toned(word, tone),
            Cell::text(event.unwrap_or_default()),
            Cell::amount_in(finding.amount_minor, &finding.currency),
            due(finding, view),
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
        Some(Request::Plan(PlanCorrection { target: finding.finding.clone() }))
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
    fn is_filtered(&self) -> bool {
        self.filter != FindingFilter::default()
    }
    fn status(&self, view: View) -> Words {
        let filter = &self.filter;
        let mut words = Vec::new();
        words.extend(filter.accepted.then(|| i18n::word(view.lang, "findings.accepted")));
        words.extend(filter.cause.map(|cause| format::label(view.lang, "cause", cause.as_str())));
        words.extend(filter.day.map(|day| day.to_string()));
        words.extend(filter.trade_no.as_ref().map(ToString::to_string));
        filter_words(view.lang, words, filter.text.as_deref())
    }
}

/// One finding.
pub type FindingScreen = DocumentScreen<FindingDocument>;

impl FindingScreen {
    /// Returns the screen of a finding, by its identity or a trade number.
    #[must_use]
    pub fn at(target: String, words: String) -> Self {
        Self::new(FindingDocument { target, words })
    }
}

/// A finding with the correction proposed for it; its booked vouchers are links.
#[derive(Debug, Clone)]
pub struct FindingDocument {
    /// Identity, or a trade number.
    pub target: String,
    /// What it is about, for the crumbs until the answer comes.
    pub words: String,
}

impl Document for FindingDocument {
    type Content = Box<Plan>;
    const FOOTER: &'static [Command] = &[
        Command::Stage,
        Command::AcceptVoucher,
        Command::Explain,
        Command::Match,
        Command::Lineage,
        Command::GoTrade,
        Command::AcceptFinding,
        Command::ReopenFinding,
        Command::NextRecord,
    ];

    fn request(&self) -> Option<Request> {
        Some(Request::Plan(PlanCorrection { target: self.target.clone() }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Plan(plan) = answer { Some(plan) } else { None }
    }
    fn links(&self, plan: &Self::Content) -> usize {
        plan.booked.len()
    }
    fn open(&self, plan: Option<&Self::Content>, link: usize) -> Option<Route> {
        let voucher = self.voucher(plan, link).map(Route::Voucher);
        voucher.or_else(|| self.trade(plan).map(Route::Trade))
    }
    fn name(&self, _: Option<&Self::Content>, _: usize) -> Option<String> {
        Some(self.words.clone())
    }
    fn trade(&self, plan: Option<&Self::Content>) -> Option<TradeNo> {
        plan?.trade_no.clone()
    }
    fn voucher(&self, plan: Option<&Self::Content>, link: usize) -> Option<VoucherNo> {
        plan?.booked.get(link).map(|booked| booked.voucher_no.clone())
    }
    fn status(&self, plan: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let lang = around.view.lang;
        let left = plan.and_then(|plan| plan.finding.as_ref()).map(|finding| {
            let age = format::age(lang, finding.age_seconds);
            (i18n::text(lang, "finding.since", &[("age", age)]), Tone::Dim)
        });
        let due = plan.and_then(|plan| plan.finding.as_ref()).and_then(|finding| {
            let state = finding.due_state?;
            let mut args = vec![
                ("due", format::time(finding.due?, around.view.now)),
                ("state", format::label(lang, "due_state", state.as_str())),
            ];
            args.extend(finding.holder.clone().map(|holder| ("holder", holder)));
            let late = matches!(state, DueState::Breached | DueState::Warning);
            let tone = if late { Tone::Warn } else { Tone::Dim };
            Some((format!("   {}", i18n::text(lang, "finding.due", &args)), tone))
        });
        let right = vec![(around.position_below.to_owned(), Tone::Dim)];
        StatusLine { left: left.into_iter().chain(due).collect(), right, right_yields: false }
    }
    fn crumb(&self, plan: Option<&Self::Content>, lang: Lang) -> Option<String> {
        let cause = plan.and_then(|plan| plan.cause);
        let word = cause.map(|cause| format!(" {}", format::label(lang, "cause", cause.as_str())));
        Some(format!("{}{}", self.words, word.unwrap_or_default()))
    }
}
