//! Posting what is due, and the accounting days: open, close, and what belongs to one.

use super::call::{Availability, Call, ensure, has_name};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::list::{Cursor, sums};
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Decision, Prompt};
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::screens::days::{day_cases, day_findings, day_unposted};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::finding::Cause;
use crate::domain::period::{self, DayState};
use crate::protocol::days::{CloseDay, OpenDay};
use crate::protocol::posting::PostTrades;
use crate::protocol::request::Request;
use jiff::civil::Date;

macro_rules! day_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        PostDue = "post-due", "jz", On(&[K::Overview, K::Trades, K::Findings]), Final(Make) => days::post_due;
        DayOpen = "open-day", "kr", On(&[K::Days]), Draft(MakeOrCheck) => days::open;
        DayClose = "close-day", "rj", On(&[K::Days]), Final(Check) => days::close, days::can_close;
        DayUnposted = "unposted-of-day", "wjz", On(&[K::Days]), None(Look) => days::unposted, days::has_day;
        DayCases = "cases-of-day", "wlgd", On(&[K::Days]), None(Look) => days::cases, days::has_day;
        DayFindings = "findings-of-day", "drcc", On(&[K::Days]), None(Look) => days::findings, days::has_day;
        DayBooks = "turnover-of-day", "drfse", On(&[K::Days]), None(Look) => days::turnover, days::has_day;
    } };
}

/// Asks before it posts: the marked trades, or all that is due.
pub fn post_due(call: &mut Call) {
    let marks: Vec<_> = match call.state.screen() {
        Screen::Trades(trades) => Cursor::marks(&trades.list).into_iter().cloned().collect(),
        _ => Vec::new(),
    };
    let (count, sums, trades) = if marks.is_empty() {
        let (count, sums) = due(call.state);
        if count == Some(0) {
            return call.say(Message::new("said.nothing_due", Tone::Dim));
        }
        (count, sums, Vec::new())
    } else {
        let trades = marks.iter().filter_map(|mark| mark.trade_no.clone()).collect();
        (Some(marks.len()), sums(&marks), trades)
    };
    let yes = Decision::Send(Errand::Post, Box::new(Request::Post(PostTrades { trades })));
    call.confirm(Confirm { count, sums, ..Confirm::new("confirm.post", yes) });
}

/// Returns what is due and unposted, as far as the overview has counted it.
fn due(state: &State) -> (Option<usize>, Vec<(String, i64)>) {
    let summary = state.open_screens.iter().find_map(|place| match &place.screen {
        Screen::Overview(overview) => overview.summary.as_ref(),
        _ => None,
    });
    let Some(summary) = summary else { return (None, Vec::new()) };
    let count = summary.causes.iter().find(|count| count.cause == Cause::Unposted);
    count.map_or((Some(0), Vec::new()), |count| {
        let mut sums: Vec<(String, i64)> =
            count.totals.iter().map(|total| (total.currency.clone(), total.amount_minor)).collect();
        if sums.is_empty() {
            sums.push((state.currency().to_owned(), count.amount_minor));
        }
        (usize::try_from(count.count).ok(), sums)
    })
}

pub fn open(call: &mut Call) {
    let Some(text) = call.argument else {
        let today = call.state.now.date().to_string();
        return call.prompt(Prompt::new("prompt.day", Command::DayOpen, today));
    };
    match period::parse_date(text) {
        Ok(day) => call.send(Errand::Day("said.day_opened"), Request::DayOpen(OpenDay { day })),
        Err(_) => call.refuse("why.date"),
    }
}

pub fn close(call: &mut Call) {
    let Some(day) = selected(call.state) else { return };
    let yes = Decision::Send(Errand::Day("said.day_closed"), Box::new(Request::DayClose(CloseDay { day })));
    call.confirm(Confirm { name: day.to_string(), ..Confirm::new("confirm.day", yes) });
}

pub fn can_close(state: &State) -> Availability {
    let Screen::Days(days) = state.screen() else { return Err(Unavailable::Elsewhere) };
    let day = days.list.selected().ok_or(Unavailable::NoRow)?;
    ensure(day.state != DayState::Closed, Unavailable::DayClosed)?;
    ensure(day.blockers <= 0, Unavailable::Blockers { count: day.blockers, day: day.day })
}

pub fn unposted(call: &mut Call) {
    of_day(call, day_unposted);
}

pub fn cases(call: &mut Call) {
    of_day(call, day_cases);
}

pub fn findings(call: &mut Call) {
    of_day(call, day_findings);
}

pub fn turnover(call: &mut Call) {
    of_day(call, |day| Route::Books(None, Some(day)));
}

fn of_day(call: &mut Call, route: impl Fn(Date) -> Route) {
    if let Some(day) = selected(call.state) {
        call.state.push(&route(day), call.effects);
    }
}

/// Returns the day under the cursor.
fn selected(state: &State) -> Option<Date> {
    let Screen::Days(days) = state.screen() else { return None };
    days.list.selected().map(|day| day.day)
}

pub fn has_day(state: &State) -> Availability {
    has_name(state)
}
