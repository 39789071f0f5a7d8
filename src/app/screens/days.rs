//! Accounting days: open, closing, closed, and what keeps one from closing.

use super::{Behave, Part, View};
use crate::app::format;
use crate::app::list::{Cursor, List, Listed};
use crate::app::route::Route;
use crate::app::state::Tone;
use crate::app::table::{Cell, Column, Row, Table};
use crate::desk::{Answer, DayRow, Key, Request, TradeFilter};
use crate::domain::period::DayState;
use crate::i18n;
use std::ops::Range;

impl Listed for DayRow {
    fn key(&self) -> Key {
        Key::Text(self.day.to_string())
    }
}

/// The days.
#[derive(Debug, Clone, Default)]
pub struct Days {
    /// Rows.
    pub list: List<DayRow>,
}

impl Behave for Days {
    fn requests(&self) -> Vec<(Part, Request)> {
        vec![(Part::Main, Request::Days)]
    }
    fn take(&mut self, _: Part, answer: Answer) -> bool {
        let Answer::Days(rows) = answer else { return false };
        self.list.replace(rows);
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
        let day = self.list.selected()?;
        let filter = TradeFilter { day: Some(day.day), unposted: day.blockers > 0, ..TradeFilter::default() };
        Some(Route::Trades(filter))
    }
    fn name(&self) -> Option<String> {
        self.list.selected().map(|day| day.day.to_string())
    }
    fn table(&self, view: View, rows: Range<usize>) -> Option<Table> {
        let columns = vec![
            Column::text("column.day", 10, 10),
            Column::text("column.state", 6, 12),
            Column::text("column.blockers", 10, 90).grow(),
        ];
        let held = self.list.rows.get(rows).unwrap_or_default();
        let rows = held.iter().map(|day| day_row(day, view)).collect();
        Some(Table { columns, rows })
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
