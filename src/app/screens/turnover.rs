//! Turnover of an accounting day: by subject, then by account, then the account's chain.

use super::Route;
use super::behaviour::{View, Words};
use super::listing::{ListScreen, Listing};
use crate::app::command::Command;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::i18n;
use crate::protocol::answer::Answer;
use crate::protocol::page::{Page, RowKey, Rows};
use crate::protocol::reports::{ReportTurnover, TurnoverReport, TurnoverRow, TurnoverScope};
use crate::protocol::request::Request;
use jiff::civil::Date;

impl Listed for TurnoverRow {
    fn key(&self) -> RowKey {
        RowKey::Text(format!("{} {}", self.code, self.currency))
    }
}

/// Turnover of a day.
pub type TurnoverScreen = ListScreen<TurnoverList>;

impl TurnoverScreen {
    /// Returns the screen of the turnover of a day: of a subject's accounts, or by subject.
    #[must_use]
    pub fn at(subject: Option<String>, day: Option<Date>) -> Self {
        Self::new(TurnoverList { subject, day, report: None })
    }
}

/// The part of the books and the day.
#[derive(Debug, Clone)]
pub struct TurnoverList {
    /// The subject whose accounts are listed; `None` for the subjects themselves.
    pub subject: Option<String>,
    /// The day; `None` for the newest.
    pub day: Option<Date>,
    /// The report without its rows, once it has come.
    pub report: Option<Box<TurnoverReport>>,
}

const COLUMNS: &[Column] = &[
    Column::text("column.account", 6, 24).id(),
    Column::text("column.name", 6, 40).grow().shed(2),
    Column::amount("column.opening").shed(1),
    Column::amount("column.debit_turnover"),
    Column::amount("column.credit_turnover"),
    Column::amount("column.closing"),
    Column::amount("column.gross_debit").shed(3).stacks(),
    Column::amount("column.gross_credit").shed(3).stacks(),
];

impl Listing for TurnoverList {
    type Row = TurnoverRow;
    type Detail = ();
    const FOOTER: &'static [Command] = &[Command::Open, Command::Export, Command::Copy];
    const EMPTY: &'static str = "empty.books";

    fn list(&self) -> List<TurnoverRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        let of = self.subject.clone().map_or(TurnoverScope::Ledger, TurnoverScope::Subject);
        Request::Turnover(ReportTurnover { of, from: self.day, to: self.day })
    }
    fn on_answer(&mut self, answer: &Answer) {
        if let Answer::Turnover(report) = answer {
            let (subjects, accounts) = (Vec::new(), Vec::new());
            let (of, totals) = (report.of.clone(), report.totals.clone());
            self.report = Some(Box::new(TurnoverReport { of, subjects, accounts, totals, ..**report }));
        }
    }
    fn rows(answer: Answer) -> Result<Rows<TurnoverRow>, Answer> {
        let Answer::Turnover(report) = answer else { return Err(answer) };
        Ok(Rows::whole(if report.of == TurnoverScope::Ledger { report.subjects } else { report.accounts }))
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
    fn status(&self, view: View) -> Words {
        let Some(report) = &self.report else { return Words::new() };
        let day = i18n::text(view.lang, "status.turnover", &[("day", report.to.to_string())]);
        let (key, tone) =
            if report.holds { ("status.holds", Tone::Good) } else { ("status.does_not_hold", Tone::Bad) };
        vec![(format!("{day}  "), Tone::Plain), (i18n::word(view.lang, key), tone)]
    }
    fn crumb(&self) -> Option<String> {
        self.subject.clone()
    }
}
