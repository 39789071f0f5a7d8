//! Turnover of an accounting day: by subject, then by account, then the account's chain.

use super::{ListScreen, Listing, View};
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::route::Route;
use crate::app::table::{Cell, Column, Row};
use crate::desk::{Answer, Key, Page, Part, Request, Rows, TurnoverReport, TurnoverRow};
use jiff::civil::Date;

impl Listed for TurnoverRow {
    fn key(&self) -> Key {
        Key::Text(format!("{} {}", self.code, self.currency))
    }
}

/// Turnover of a day.
pub type Books = ListScreen<BookList>;

/// Which part of the books, on which day.
#[derive(Debug, Clone)]
pub struct BookList {
    /// The subject whose accounts are listed; `None` for the subjects themselves.
    pub subject: Option<String>,
    /// The day asked for; `None` for the newest.
    pub day: Option<Date>,
    /// The report without its rows, once it came.
    pub report: Option<Box<TurnoverReport>>,
}

impl BookList {
    /// Not asked yet.
    #[must_use]
    pub const fn new(subject: Option<String>, day: Option<Date>) -> Self {
        Self { subject, day, report: None }
    }
}

const COLUMNS: &[Column] = &[
    Column::text("column.account", 6, 24).id(),
    Column::text("column.name", 6, 40).grow().shed(2),
    Column::number("column.opening").shed(1),
    Column::number("column.debit_turnover"),
    Column::number("column.credit_turnover"),
    Column::number("column.closing"),
    Column::number("column.gross_debit").shed(3).stacks(),
    Column::number("column.gross_credit").shed(3).stacks(),
];

impl Listing for BookList {
    type Row = TurnoverRow;
    type Detail = ();

    fn list(&self) -> List<TurnoverRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        let of = self.subject.clone().map_or(Part::Whole, Part::Subject);
        Request::Turnover { of, from: self.day, to: self.day }
    }
    fn hear(&mut self, answer: &Answer) {
        if let Answer::Turnover(report) = answer {
            let (subjects, accounts) = (Vec::new(), Vec::new());
            let (of, totals) = (report.of.clone(), report.totals.clone());
            self.report = Some(Box::new(TurnoverReport { of, subjects, accounts, totals, ..**report }));
        }
    }
    fn rows(answer: Answer) -> Result<Rows<TurnoverRow>, Answer> {
        let Answer::Turnover(report) = answer else { return Err(answer) };
        Ok(Rows::whole(if report.of == Part::Whole { report.subjects } else { report.accounts }))
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, row: &TurnoverRow, _: View) -> Row {
        let amount = |minor| Cell::amount_in(minor, &row.currency);
        let tone = if row.holds { Tone::Plain } else { Tone::Bad };
        Row::from(vec![
            Cell::toned(row.code.as_str(), tone),
            Cell::toned(row.name.as_str(), tone),
            amount(row.opening_minor),
            amount(row.net_debit_minor),
            amount(row.net_credit_minor),
            amount(row.closing_minor),
            amount(row.gross_debit_minor),
            amount(row.gross_credit_minor),
        ])
    }
    fn open(&self, row: &TurnoverRow) -> Option<Route> {
        if self.subject.is_none() {
            let day = self.report.as_ref().map(|report| report.to).or(self.day);
            return Some(Route::Books(Some(row.code.clone()), day));
        }
        row.code.parse().ok().map(Route::Chain)
    }
    fn name(&self, row: &TurnoverRow) -> String {
        row.code.clone()
    }
}
