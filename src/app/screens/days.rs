//! Accounting days: open, closing, closed, and what keeps one from closing.

use super::{ListScreen, Listing, View};
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::route::Route;
use crate::app::state::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::desk::{Answer, CaseFilter, DayRow, FindingFilter, Key, Page, Request, Rows, TradeFilter};
use crate::domain::period::DayState;
use crate::i18n;
use jiff::civil::Date;

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
        Some(day_route(day))
    }
    fn name(&self, day: &DayRow) -> String {
        day.day.to_string()
    }
}

/// The trades of a day with something to book.
#[must_use]
pub fn day_unposted(day: Date) -> Route {
    Route::Trades(TradeFilter { day: Some(day), unposted: true, ..TradeFilter::default() })
}

/// The cases about a day's trades that are not over.
#[must_use]
pub fn day_cases(day: Date) -> Route {
    Route::Cases(CaseFilter { day: Some(day), undone: true, ..CaseFilter::default() })
}

/// What was found wrong on a day.
#[must_use]
pub fn day_findings(day: Date) -> Route {
    Route::Findings(FindingFilter { day: Some(day), ..FindingFilter::default() })
}

/// Where a day leads: to what is in its way, or else to its trades.
#[must_use]
pub fn day_route(day: &DayRow) -> Route {
    if day.unposted > 0 {
        day_unposted(day.day)
    } else if day.open_cases > 0 {
        day_cases(day.day)
    } else {
        Route::Trades(TradeFilter { day: Some(day.day), ..TradeFilter::default() })
    }
}

fn day_row(day: &DayRow, view: View) -> Row {
    let (symbol, tone) = match day.state {
        DayState::Open => ("○", Tone::Plain),
        DayState::Closing => ("▸", Tone::Warn),
        DayState::Closed => ("●", Tone::Dim),
    };
    let counted = [("days.unposted", day.unposted), ("days.cases", day.open_cases)];
    let blockers: Vec<String> = counted
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(key, n)| i18n::text(view.lang, key, &[("n", n.to_string())]))
        .collect();
    let blockers = if day.state == DayState::Closed {
        Cell::toned(i18n::word(view.lang, "days.final"), Tone::Dim)
    } else if blockers.is_empty() {
        Cell::toned(i18n::word(view.lang, "days.may_close"), Tone::Good)
    } else {
        Cell::toned(blockers.join(" · "), Tone::Warn)
    };
    Row::from(vec![
        Cell::text(day.day.to_string()),
        Cell::toned(format!("{symbol} {}", format::label(view.lang, "state.day", day.state.as_str())), tone),
        blockers,
    ])
}
