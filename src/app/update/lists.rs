//! What is done with the rows of a list: filter, mark, copy, export, read again.

use super::call::{Availability, Call, ensure, file_stem, has_name};
use super::export;
use crate::app::action::Effect;
use crate::app::command::Command;
use crate::app::message::{Message, Tone};
use crate::app::overlay::Prompt;
use crate::app::screens::{Route, ScreenKind};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;

macro_rules! list_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Filter = "filter", "gl",
            On(&[K::Trades, K::Subjects, K::Accounts, K::Vouchers, K::Findings, K::Cases]), None(Look)
            => lists::filter;
        Cycle = "cycle-filter", "qhgl", On(&[K::Trades, K::Findings, K::Cases]), None(Look) => lists::cycle;
        Mark = "mark", "xz", Marking, None(Look) => lists::mark;
        MarkRange = "mark-range", "lxxz", Marking, None(Look) => lists::mark_range;
        MarkAll = "mark-all", "qx", Marking, None(Look) => lists::mark_all;
        Copy = "copy", "fz", Anywhere, None(Look) => lists::copy, lists::can_copy;
        CopyRow = "copy-row", "fzzh", Tables, None(Look) => lists::copy_row, lists::has_rows;
        Export = "export", "dc", Tables, None(Look) => lists::export, lists::has_rows;
        Refresh = "refresh", "sx", Anywhere, None(Look) => lists::refresh;
    } };
}

pub fn filter(call: &mut Call) {
    let Some(text) = call.argument else {
        let text = call.state.screen().behave().text().unwrap_or_default().to_owned();
        return call.prompt(Prompt::new("prompt.filter", Command::Filter, text));
    };
    if call.state.kind() == ScreenKind::Subjects {
        call.state.push(&Route::Accounts(text.to_owned()), call.effects);
    } else {
        call.state.screen_mut().behave_mut().set_text(text);
        call.load();
    }
}

pub fn cycle(call: &mut Call) {
    call.state.screen_mut().behave_mut().cycle();
    call.load();
}

/// Marks the row, and goes to the next.
pub fn mark(call: &mut Call) {
    let cursor = call.state.screen_mut().behave_mut().cursor_mut();
    cursor.toggle();
    let next = (cursor.at() + 1).min(cursor.len().saturating_sub(1));
    cursor.set(next);
}

pub fn mark_range(call: &mut Call) {
    call.state.screen_mut().behave_mut().cursor_mut().toggle_range();
}

pub fn mark_all(call: &mut Call) {
    call.state.screen_mut().behave_mut().cursor_mut().toggle_all();
}

pub fn copy(call: &mut Call) {
    let name = call.state.screen().behave().name();
    to_clipboard(call, name);
}

pub fn copy_row(call: &mut Call) {
    let row = export::row(call.state);
    to_clipboard(call, row);
}

fn to_clipboard(call: &mut Call, text: Option<String>) {
    let Some(text) = text else { return };
    let shown: String = text.chars().take(40).collect();
    call.effects.push(Effect::Copy(text));
    call.say(Message::new("said.copied", Tone::Good).with("text", shown.replace('\t', " ")));
}

pub fn export(call: &mut Call) {
    let Some(path) = call.argument else {
        let name = format!("{}-{}.csv", file_stem(call.state.kind()), call.state.now.date());
        return call.prompt(Prompt::new("prompt.export", Command::Export, name));
    };
    if path.is_empty() {
        return call.refuse("why.file");
    }
    if let Some((text, rows)) = export::csv(call.state) {
        call.effects.push(Effect::Export { path: path.to_owned(), text, rows });
    }
}

pub fn refresh(call: &mut Call) {
    call.load();
    call.say(Message::new("said.refreshed", Tone::Dim));
}

pub fn can_copy(state: &State) -> Availability {
    has_name(state)
}

pub fn has_rows(state: &State) -> Availability {
    ensure(!state.screen().behave().cursor().is_empty(), Unavailable::NoRow)
}
