//! Moving around: the cursor, scrolling, into a row and back, and to its neighbours.

use super::call::{Availability, Call, cancel, ensure, leave};
use crate::app::message::{Message, Tone};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;

macro_rules! travel_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Open = "open", "dk", Anywhere, None(Look), waits true => travel::open, travel::can_open;
        Back = "back", "fh", Anywhere, None(Look) => travel::back, travel::can_go_back;
        Down = "down", "x", Anywhere, None(Look), palette false => travel::down;
        Up = "up", "s", Anywhere, None(Look), palette false => travel::up;
        PageDown = "page-down", "xy", Anywhere, None(Look), palette false => travel::page_down;
        PageUp = "page-up", "sy", Anywhere, None(Look), palette false => travel::page_up;
        Top = "top", "sh", Anywhere, None(Look) => travel::top;
        Bottom = "bottom", "mh", Anywhere, None(Look) => travel::bottom;
        NextGroup = "next-group", "xyz", Anywhere, None(Look), palette false => travel::next_group;
        NextRecord = "next-record", "xyt", On(&[K::Finding, K::Trade, K::Voucher, K::Case]), None(Look)
            => travel::next_record, travel::came_from_list;
        PreviousRecord = "previous-record", "syt", On(&[K::Finding, K::Trade, K::Voucher, K::Case]), None(Look)
            => travel::previous_record, travel::came_from_list;
    } };
}

pub fn open(call: &mut Call) {
    if let Some(route) = call.state.screen().behave().open() {
        call.state.push(&route, call.effects);
    }
}

pub fn can_open(state: &State) -> Availability {
    ensure(state.screen().behave().open().is_some(), Unavailable::NoRow)
}

/// Leaves the screen; marks go first, so that Esc never throws two things away at once.
pub fn back(call: &mut Call) {
    let state = &mut *call.state;
    if state.screen_mut().behave_mut().cursor_mut().unmark() {
        return state.say(Message::new("said.unmarked", Tone::Dim));
    }
    if state.open_screens.len() == 1 {
        return cancel(state, call.effects);
    }
    leave(state, call.effects);
    if state.current().stale {
        state.load(call.effects);
    } else {
        state.load_side(call.effects);
    }
}

/// On the first screen it only cancels reads, never a write request.
pub fn can_go_back(state: &State) -> Availability {
    let nothing_to_do = state.open_screens.len() == 1 && (state.pending.is_empty() || state.is_changing());
    ensure(!nothing_to_do, Unavailable::FirstScreen)
}

pub fn down(call: &mut Call) {
    step(call, 1);
}

pub fn up(call: &mut Call) {
    step(call, -1);
}

/// Moves the cursor by one; at either end of a document it scrolls instead.
fn step(call: &mut Call, by: isize) {
    let seen = call.state.viewport;
    let cursor = call.state.screen_mut().behave_mut().cursor_mut();
    let (at, last) = (cursor.at(), cursor.len().saturating_sub(1));
    if if by > 0 { at >= last } else { at == 0 } {
        cursor.scroll(by, seen.top, seen.lines.saturating_sub(seen.rows));
    } else {
        cursor.set(at.saturating_add_signed(by));
    }
}

pub fn page_down(call: &mut Call) {
    page(call, 1);
}

pub fn page_up(call: &mut Call) {
    page(call, -1);
}

/// Moves by a screenful less one line, so that a line stays for orientation.
fn page(call: &mut Call, sign: isize) {
    let seen = call.state.viewport;
    let by = sign * (seen.rows.max(2) - 1).cast_signed();
    let cursor = call.state.screen_mut().behave_mut().cursor_mut();
    if seen.lines > 0 && cursor.scroll(by, seen.top, seen.lines.saturating_sub(seen.rows)) {
        return;
    }
    let last = cursor.len().saturating_sub(1);
    cursor.set(cursor.at().saturating_add_signed(by).min(last));
}

pub fn top(call: &mut Call) {
    if call.state.screen_mut().behave_mut().cursor_mut().to_top() {
        call.load();
    }
}

pub fn bottom(call: &mut Call) {
    if call.state.screen_mut().behave_mut().cursor_mut().to_bottom() {
        call.load();
    }
}

pub fn next_group(call: &mut Call) {
    let groups = call.state.screen().behave().groups();
    let cursor = call.state.screen_mut().behave_mut().cursor_mut();
    let at = cursor.at();
    let next = groups.iter().copied().find(|first| *first > at).or(groups.first().copied());
    cursor.set(next.unwrap_or(0));
}

pub fn next_record(call: &mut Call) {
    record(call, 1);
}

pub fn previous_record(call: &mut Call) {
    record(call, -1);
}

/// Goes to the neighbour of this record in the list below.
fn record(call: &mut Call, step: isize) {
    let state = &mut *call.state;
    let Some(below) = state.open_screens.len().checked_sub(2) else { return };
    let cursor = state.open_screens[below].screen.behave_mut().cursor_mut();
    let (at, next) = (cursor.at(), cursor.at().saturating_add_signed(step));
    if next >= cursor.len() || next == at {
        return state.say(Message::new("said.no_more", Tone::Dim));
    }
    cursor.set(next);
    if let Some(route) = state.open_screens[below].screen.behave().open() {
        leave(state, call.effects);
        state.push(&route, call.effects);
    }
}

/// Passes on the first screen too, where [`record`] does nothing.
pub fn came_from_list(state: &State) -> Availability {
    let below = state.open_screens.len().checked_sub(2).and_then(|at| state.open_screens.get(at));
    ensure(below.is_none_or(|below| below.screen.kind().has_table()), Unavailable::NoList)
}
