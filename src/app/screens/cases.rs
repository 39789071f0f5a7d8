//! Cases: the list, and one case like an index that is staged: its steps, the preview, what is left to do.

use super::{Behave, ListScreen, Listing, Part, View};
use crate::app::format;
use crate::app::list::{Cursor, Links, List, Listed};
use crate::app::route::Route;
use crate::app::state::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::desk::{
    Answer, CaseDetail, CaseFilter, CaseRow, GuardState, Key, Keyed, Page, Preview, Request, Rows, StepRow,
};
use crate::domain::account::Side;
use crate::domain::case::CaseState;
use crate::domain::id::{CaseNo, TradeNo, VoucherNo};
use crate::i18n::Lang;
use std::collections::{BTreeMap, BTreeSet};

impl Listed for CaseRow {
    fn key(&self) -> Key {
        Keyed::key(self)
    }
}

/// A case state with its symbol.
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
pub type Cases = ListScreen<CaseList>;

/// Cases of a filter.
#[derive(Debug, Clone)]
pub struct CaseList {
    /// Which.
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

    fn list(&self) -> List<CaseRow> {
        List::default().paged()
    }
    fn request(&self, page: Page) -> Request {
        Request::Cases { filter: self.filter.clone(), page }
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
        Some(Request::Case { case_no: case.case_no.clone() })
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
}

/// A change of the draft that can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draft {
    /// This step was added.
    Added(i64),
    /// This step was dropped.
    Dropped(i64),
}

/// One case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Which.
    pub case_no: CaseNo,
    /// What the desk said.
    pub detail: Option<Box<CaseDetail>>,
    /// The commit, run without writing.
    pub preview: Option<Box<Preview>>,
    /// Steps, then booked vouchers, that can be opened.
    pub links: Links,
    /// Changes of the draft, newest last.
    pub undo: Vec<Draft>,
    /// Changes taken back, newest last.
    pub redo: Vec<Draft>,
}

impl CaseView {
    /// A case by number.
    #[must_use]
    pub fn new(case_no: CaseNo) -> Self {
        let (undo, redo) = (Vec::new(), Vec::new());
        Self { case_no, detail: None, preview: None, links: Links::default(), undo, redo }
    }

    /// Steps that are staged, without the dropped ones.
    #[must_use]
    pub fn steps(&self) -> Vec<&StepRow> {
        let staged = self.detail.iter().flat_map(|detail| &detail.staged);
        staged.filter(|step| !step.dropped).collect()
    }

    /// The step under the cursor.
    #[must_use]
    pub fn step(&self) -> Option<&StepRow> {
        self.steps().get(self.links.cursor).copied()
    }

    /// Where the case stands.
    #[must_use]
    pub fn state(&self) -> Option<CaseState> {
        self.detail.as_ref().map(|detail| detail.row.state)
    }

    /// What the commit would move, per currency, minor units: debits of every entry, whichever sign they carry.
    #[must_use]
    pub fn gross(&self) -> Vec<(String, i64)> {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        let entries = self.preview.iter().flat_map(|preview| &preview.entries).map(|row| &row.entry);
        for entry in entries.filter(|entry| entry.side == Side::Debit) {
            let sum = sums.entry(entry.currency.code()).or_default();
            *sum = sum.saturating_add(entry.amount_minor.saturating_abs());
        }
        sums.into_iter().map(|(code, sum)| (code.to_owned(), sum)).collect()
    }

    /// How many vouchers the commit would write.
    #[must_use]
    pub fn vouchers(&self) -> usize {
        let entries = self.preview.iter().flat_map(|preview| &preview.entries);
        entries.map(|row| &row.voucher_no).collect::<BTreeSet<_>>().len()
    }

    /// The first condition of the commit that does not hold, other than the approval itself.
    #[must_use]
    pub fn obstacle(&self) -> Option<&crate::desk::Guard> {
        self.preview.as_ref()?.guards.iter().find(|g| g.state == GuardState::Fail)
    }
}

impl Behave for CaseView {
    fn requests(&self) -> Vec<(Part, Request)> {
        let case_no = self.case_no.clone();
        vec![
            (Part::Main, Request::Case { case_no: case_no.clone() }),
            (Part::Extra, Request::Preview { case_no }),
        ]
    }
    fn take(&mut self, _: Part, answer: Answer) -> bool {
        match answer {
            Answer::Case(detail) => self.detail = Some(detail),
            Answer::Preview(preview) => self.preview = Some(preview),
            _ => return false,
        }
        let booked = self.detail.as_ref().map_or(0, |detail| detail.booked.len());
        let count = self.steps().len() + booked;
        self.links.resize(count);
        true
    }
    fn lost(&mut self, part: Part) {
        if part == Part::Extra {
            self.preview = None;
        }
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
        if let Some(step) = self.step() {
            let voucher = step.voucher_no.clone().map(Route::Voucher);
            return voucher.or_else(|| step.trade_no.clone().map(Route::Trade));
        }
        self.voucher().map(Route::Voucher)
    }
    fn name(&self) -> Option<String> {
        Some(self.case_no.to_string())
    }
    fn trade(&self) -> Option<TradeNo> {
        self.detail.as_ref()?.row.trade_no.clone()
    }
    fn voucher(&self) -> Option<VoucherNo> {
        if let Some(step) = self.step() {
            return step.voucher_no.clone();
        }
        let booked = &self.detail.as_ref()?.booked;
        let at = self.links.cursor.checked_sub(self.steps().len())?;
        booked.get(at).map(|voucher| voucher.voucher_no.clone())
    }
}
