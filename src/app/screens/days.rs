//! Accounting days: open, closing, closed, and what keeps one from closing.

use super::Route;
use super::behaviour::{View, Words};
use super::listing::{ListScreen, Listing};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::period::DayState;
use crate::i18n;
use crate::protocol::answer::Answer;
use crate::protocol::cases::CaseFilter;
use crate::protocol::days::{CheckDay, DayCheck, DayRow, ListDays};
use crate::protocol::findings::FindingFilter;
use crate::protocol::page::{Page, RowKey, Rows};
use crate::protocol::request::Request;
use crate::protocol::trades::TradeFilter;
use jiff::civil::Date;

impl Listed for DayRow {
    fn key(&self) -> RowKey {
        RowKey::Text(self.day.to_string())
    }
}

/// The days.
pub type DaysScreen = ListScreen<DayList>;

impl DaysScreen {
    /// Returns the screen of all days.
    #[must_use]
    pub fn at() -> Self {
        Self::new(DayList::default())
    }
}

/// Every accounting day.
#[derive(Debug, Clone, Default)]
pub struct DayList {
    /// The first day that is not closed: later days cannot close before it.
    first_open: Option<Date>,
}

/// The checks of a day's close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayChecks(pub Vec<DayCheck>);

const COLUMNS: &[Column] = &[
    Column::text("column.day", 10, 10),
    Column::text("column.state", 6, 12),
    Column::text("column.blockers", 10, 90).grow(),
];

impl Listing for DayList {
    type Row = DayRow;
    type Detail = DayChecks;
    const FOOTER: &'static [Command] = &[
        Command::Open,
        Command::DayClose,
        Command::DayUnposted,
        Command::DayCases,
        Command::DayFindings,
        Command::DayBooks,
        Command::DayOpen,
    ];
    const EMPTY: &'static str = "empty.days";

    fn list(&self) -> List<DayRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        Request::Days(ListDays {})
    }
    fn on_answer(&mut self, answer: &Answer) {
        if let Answer::Days(rows) = answer {
            self.first_open = rows.iter().find(|row| row.state != DayState::Closed).map(|row| row.day);
        }
    }
    fn rows(answer: Answer) -> Result<Rows<DayRow>, Answer> {
        if let Answer::Days(rows) = answer { Ok(Rows::whole(rows)) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, day: &DayRow, view: View) -> Row {
        day_row(day, self.first_open, view)
    }
    fn open(&self, day: &DayRow) -> Option<Route> {
        Some(day_route(day))
    }
    fn name(&self, day: &DayRow) -> String {
        day.day.to_string()
    }
    fn ask_detail(&self, day: &DayRow) -> Option<Request> {
        Some(Request::DayCheck(CheckDay { day: day.day })).filter(|_| day.state != DayState::Closed)
    }
    fn detail(answer: Answer) -> Option<Box<DayChecks>> {
        if let Answer::DayChecks(checks) = answer { Some(Box::new(DayChecks(checks))) } else { None }
    }
    fn pinned(&self, selected: Option<&DayRow>) -> Option<Command> {
        selected.filter(|day| day.state != DayState::Closed).map(|_| Command::DayClose)
    }
    fn status(&self, view: View) -> Words {
        vec![(i18n::word(view.lang, "status.days"), Tone::Dim)]
    }
}

/// Returns the route to the trades of a day that are not posted yet.
#[must_use]
pub fn day_unposted(day: Date) -> Route {
    Route::Trades(TradeFilter { day: Some(day), unposted: true, ..TradeFilter::default() })
}

/// Returns the route to the unfinished cases about a day's trades.
#[must_use]
pub fn day_cases(day: Date) -> Route {
    Route::Cases(CaseFilter { day: Some(day), undone: true, ..CaseFilter::default() })
}

/// Returns the route to the findings of a day.
#[must_use]
pub fn day_findings(day: Date) -> Route {
    Route::Findings(FindingFilter { day: Some(day), ..FindingFilter::default() })
}

/// Returns where a day leads: to what keeps it from closing, or else to its trades.
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

fn day_row(day: &DayRow, first_open: Option<Date>, view: View) -> Row {
    let (symbol, tone) = match day.state {
        DayState::Open => ("○", Tone::Plain),
        DayState::Closing => ("▸", Tone::Warn),
        DayState::Closed => ("●", Tone::Dim),
    };
    let counted = [("days.unposted", day.unposted), ("days.cases", day.open_cases)];
    let earlier = first_open
        .filter(|first| *first < day.day)
        .map(|first| i18n::text(view.lang, "days.earlier", &[("day", first.to_string())]));
    let counted = counted
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(key, n)| i18n::text(view.lang, key, &[("n", n.to_string())]));
    let blockers: Vec<String> = counted.chain(earlier).collect();
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
