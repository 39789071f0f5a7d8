//! Accounting days: open, closing, closed, and what keeps one from closing.

use super::{ListScreen, Listing, View};
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::route::Route;
use crate::app::state::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::desk::{Answer, DayRow, Key, Page, Request, Rows, TradeFilter};
use crate::domain::period::DayState;
use crate::i18n;

impl Listed for DayRow {
    fn key(&self) -> Key {
        Key::Text(self.day.to_string())
    }
}

/// The days.
pub type Days = ListScreen<DayList>;

/// Every accounting day.
#[derive(Debug, Clone)]
pub struct DayList;

const COLUMNS: &[Column] = &[
    Column::text("column.day", 10, 10),
    Column::text("column.state", 6, 12),
    Column::text("column.blockers", 10, 90).grow(),
];

impl Listing for DayList {
    type Row = DayRow;
    type Detail = ();

    fn list(&self) -> List<DayRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        Request::Days
    }
    fn rows(answer: Answer) -> Result<Rows<DayRow>, Answer> {
        if let Answer::Days(rows) = answer { Ok(Rows::whole(rows)) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, day: &DayRow, view: View) -> Row {
        day_row(day, view)
    }
    fn open(&self, day: &DayRow) -> Option<Route> {
        let filter = TradeFilter { day: Some(day.day), unposted: day.blockers > 0, ..TradeFilter::default() };
        Some(Route::Trades(filter))
    }
    fn name(&self, day: &DayRow) -> String {
        day.day.to_string()
    }
}

fn day_row(day: &DayRow, view: View) -> Row {
    let (symbol, tone) = match day.state {
        DayState::Open => ("○", Tone::Plain),
        DayState::Closing => ("▸", Tone::Warn),
        DayState::Closed => ("●", Tone::Dim),
    };
    let n = day.blockers.to_string();
    let blockers = match (day.state, day.blockers) {
        (DayState::Closed, _) => Cell::toned(i18n::word(view.lang, "days.final"), Tone::Dim),
        (_, 0) => Cell::toned(i18n::word(view.lang, "days.may_close"), Tone::Good),
        _ => Cell::toned(i18n::text(view.lang, "days.blockers", &[("n", n)]), Tone::Warn),
    };
    Row::from(vec![
        Cell::text(day.day.to_string()),
        Cell::toned(format!("{symbol} {}", format::label(view.lang, "state.day", day.state.as_str())), tone),
        blockers,
    ])
}
