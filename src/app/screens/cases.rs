//! Cases: the list, and the states of a case with their symbols.

use super::Route;
use super::behaviour::{View, Words};
use super::listing::{ListScreen, Listing, filter_words};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::case::CaseState;
use crate::domain::id::TradeNo;
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::cases::{CaseDetail, CaseFilter, CaseRow, ListCases, ShowCase};
use crate::protocol::page::{HasRowKey, Page, RowKey, Rows, Slice};
use crate::protocol::request::Request;

impl Listed for CaseRow {
    fn key(&self) -> RowKey {
        HasRowKey::key(self)
    }
}

/// Returns a case state with its symbol.
#[must_use]
pub fn state(lang: Lang, state: CaseState) -> (String, Tone) {
    let (symbol, tone) = match state {
        CaseState::Open | CaseState::Staged => ("○", Tone::Plain),
        CaseState::Submitted => ("▸", Tone::Warn),
        CaseState::Approved => ("✓", Tone::Good),
        CaseState::Committed => ("●", Tone::Dim),
        CaseState::Rejected => ("!", Tone::Bad),
        CaseState::Withdrawn => ("×", Tone::Dim),
    };
    (format!("{symbol} {}", format::label(lang, "state.case", state.as_str())), tone)
}

/// The cases, newest first.
pub type CasesScreen = ListScreen<CaseList>;

impl CasesScreen {
    /// Returns the screen of a filter.
    #[must_use]
    pub fn at(filter: CaseFilter) -> Self {
        Self::new(CaseList { filter })
    }
}

/// Cases of a filter.
#[derive(Debug, Clone)]
pub struct CaseList {
    /// The filter.
    pub filter: CaseFilter,
}

fn case_row(case: &CaseRow, view: View) -> Row {
    let (word, tone) = state(view.lang, case.state);
    Row::from(vec![
        Cell::text(case.case_no.as_str()),
        Cell::toned(word, tone),
        Cell::text(case.cause.map(|c| format::label(view.lang, "cause", c.as_str())).unwrap_or_default()),
        Cell::text(case.subject()),
        Cell::Text(case.steps.to_string(), Tone::Plain),
        Cell::Text(case.vouchers.to_string(), Tone::Plain),
        Cell::text(case.maker.as_str()),
        Cell::text(case.checker.as_ref().map(ToString::to_string).unwrap_or_default()),
        Cell::Text(format::age(view.lang, view.now.seconds_since(case.opened_at)), Tone::Plain),
        Cell::toned(case.note.clone().unwrap_or_default(), Tone::Dim),
    ])
}

const COLUMNS: &[Column] = &[
    Column::text("column.case", 5, 8).id(),
    Column::text("column.state", 6, 14),
    Column::text("column.cause", 6, 24).id(),
    Column::text("column.trade", 5, 16).id(),
    Column::number("column.steps").shed(4),
    Column::number("column.vouchers").shed(5),
    Column::text("column.maker", 3, 10).shed(1),
    Column::text("column.checker", 3, 10).shed(2),
    Column::number("column.age").shed(3),
    Column::text("column.note", 4, 60).shed(6).grow(),
];

impl Listing for CaseList {
    type Row = CaseRow;
    type Detail = CaseDetail;
    const FOOTER: &'static [Command] =
        &[Command::Open, Command::Cycle, Command::Filter, Command::GoTrade, Command::Copy];
    const EMPTY: &'static str = "empty.cases";
    const EMPTY_FILTERED: &'static str = "empty.filtered.cases";

    fn list(&self) -> List<CaseRow> {
        List::default().paged()
    }
    fn request(&self, page: Page) -> Request {
        Request::Cases(ListCases { filter: self.filter.clone(), page })
    }
    fn rows(answer: Answer) -> Result<Rows<CaseRow>, Answer> {
        if let Answer::Cases(rows) = answer { Ok(rows) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, case: &CaseRow, view: View) -> Row {
        case_row(case, view)
    }
    fn open(&self, case: &CaseRow) -> Option<Route> {
        Some(Route::Case(case.case_no.clone()))
    }
    fn name(&self, case: &CaseRow) -> String {
        case.case_no.to_string()
    }
    fn ask_detail(&self, case: &CaseRow) -> Option<Request> {
        Some(Request::Case(ShowCase {
            case_no: case.case_no.clone(),
            slice: Slice { from: 1, limit: BESIDE },
        }))
    }
    fn detail(answer: Answer) -> Option<Box<CaseDetail>> {
        if let Answer::Case(detail) = answer { Some(detail) } else { None }
    }
    fn trade(&self, case: &CaseRow) -> Option<TradeNo> {
        case.trade_no.clone()
    }
    fn text(&self) -> Option<&str> {
        Some(self.filter.text.as_deref().unwrap_or_default())
    }
    fn set_text(&mut self, text: &str) {
        self.filter.text = (!text.is_empty()).then(|| text.to_owned());
    }
    fn cycle(&mut self) {
        let all = CaseState::ALL;
        self.filter.undone = false;
        self.filter.state = match self.filter.state {
            None => all.first().copied(),
            Some(state) => all.iter().position(|s| *s == state).and_then(|at| all.get(at + 1)).copied(),
        };
    }
    fn is_filtered(&self) -> bool {
        self.filter != CaseFilter::default()
    }
    fn status(&self, view: View) -> Words {
        let filter = &self.filter;
        let mut words = Vec::new();
        words.extend(filter.state.map(|state| format::label(view.lang, "state.case", state.as_str())));
        if filter.undone {
            words.push(i18n::word(view.lang, "filter.undone"));
        }
        words.extend(filter.day.map(|day| day.to_string()));
        filter_words(view.lang, words, filter.text.as_deref())
    }
}

/// Steps shown beside the list: more than a tall screen has lines.
const BESIDE: usize = 100;
