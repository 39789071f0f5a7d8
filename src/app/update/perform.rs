//! Runs commands.

use super::availability::why_not;
use super::changes;
use super::export;
use crate::app::action::{Effect, Part, Slot};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, ConfirmWhat, Help, Overlay, Prompt, PromptWhat};
use crate::app::palette::Palette;
use crate::app::route::Route;
use crate::app::screens::{self, Screen};
use crate::app::state::State;
use crate::app::theme_name::ThemeName;
use crate::desk::{CaseFilter, FindingFilter, Request, TradeFilter, VoucherFilter};

/// Runs a command, or says why not.
pub fn perform(state: &mut State, command: Command, argument: &str, effects: &mut Vec<Effect>) {
    if let Some(why) = why_not(state, command) {
        // Another may have moved the case on since it was shown: it is read again before the answer is no.
        let by_state = matches!(why.key.as_str(), "why.case_state" | "why.needs_approval" | "why.guard");
        if by_state && !state.resumed {
            if !state.is_loading() {
                state.load(effects);
            }
            state.awaited = Some((state.place().serial, command));
            return state.say(Message::new("why.loading", Tone::Dim));
        }
        let waits = matches!(
            command,
            Command::Open
                | Command::Stage
                | Command::Explain
                | Command::Lineage
                | Command::GoTrade
                | Command::Approve
                | Command::Commit
        );
        if waits && why.key == "why.loading" && state.is_loading() {
            state.awaited = Some((state.place().serial, command));
        }
        return state.say(why);
    }
    match command {
        Command::Open => open(state, effects),
        Command::Back => back(state, effects),
        Command::Down
        | Command::Up
        | Command::PageDown
        | Command::PageUp
        | Command::Top
        | Command::Bottom
        | Command::NextGroup => travel(state, command, effects),
        Command::NextRecord => record(state, 1, effects),
        Command::PreviousRecord => record(state, -1, effects),
        Command::Overview
        | Command::Trades
        | Command::Accounts
        | Command::Journal
        | Command::Findings
        | Command::Cases
        | Command::Reconcile
        | Command::Days
        | Command::Books => tab(state, command, effects),
        Command::Explain | Command::Lineage | Command::GoTrade => relative(state, command, effects),
        Command::GotoTrade | Command::GotoVoucher | Command::GotoAccount | Command::GotoCase => {
            goto(state, command, argument, effects);
        }
        Command::DayUnposted | Command::DayCases | Command::DayFindings | Command::DayBooks => {
            of_day(state, command, effects);
        }
        Command::Mark | Command::MarkRange | Command::MarkAll => mark(state, command),
        Command::Filter | Command::Cycle => filter(state, command, effects),
        Command::Copy | Command::CopyRow | Command::Export => take_out(state, command, effects),
        Command::Refresh => {
            state.load(effects);
            state.say(Message::new("said.refreshed", Tone::Dim));
        }
        Command::Verify => changes::send(state, Errand::Verify, Request::Verify, effects),
        Command::Operator | Command::Language | Command::Theme => set(state, command, argument, effects),
        Command::Ledger => leave_for(state, argument, effects),
        Command::Palette => state.overlay = Some(Overlay::Palette(Palette::default())),
        Command::Help => state.overlay = Some(Overlay::Help(Help::default())),
        Command::Cancel => cancel(state, effects),
        Command::Quit => effects.push(Effect::Quit),
        _ => super::cases::work(state, command, argument, effects),
    }
}

fn open(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(route) = state.screen().behave().open() {
        state.push(&route, effects);
    }
}

/// Leaves the place; marks go first, so that Esc never throws two things away at once.
fn back(state: &mut State, effects: &mut Vec<Effect>) {
    if state.screen_mut().behave_mut().cursor_mut().unmark() {
        return state.say(Message::new("said.unmarked", Tone::Dim));
    }
    if state.places.len() == 1 {
        return cancel(state, effects);
    }
    leave(state, effects);
    if state.place().stale {
        state.load(effects);
    } else {
        state.load_side(effects);
    }
}

fn leave(state: &mut State, effects: &mut Vec<Effect>) {
    if state.places.len() < 2 {
        return;
    }
    let serial = state.place().serial;
    for part in [Part::Main, Part::More, Part::Extra, Part::Side] {
        state.drop_pending(Slot { place: serial, part }, effects);
    }
    state.places.pop();
}

fn travel(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let seen = state.seen;
    let page = seen.rows.max(2) - 1;
    let groups = state.screen().behave().groups();
    let cursor = state.screen_mut().behave_mut().cursor_mut();
    let (at, last) = (cursor.at(), cursor.len().saturating_sub(1));
    let most = seen.lines.saturating_sub(seen.rows);
    let by_hand = match command {
        Command::Down if at >= last => cursor.scroll(1, seen.top, most),
        Command::Up if at == 0 => cursor.scroll(-1, seen.top, most),
        Command::PageDown if seen.lines > 0 => cursor.scroll(page.cast_signed(), seen.top, most),
        Command::PageUp if seen.lines > 0 => cursor.scroll(-page.cast_signed(), seen.top, most),
        _ => false,
    };
    if by_hand {
        return;
    }
    let fetch = match command {
        Command::Down if at < last => {
            cursor.set(at + 1);
            false
        }
        Command::Up if at > 0 => {
            cursor.set(at - 1);
            false
        }
        Command::PageDown => {
            cursor.set((at + page).min(last));
            false
        }
        Command::PageUp => {
            cursor.set(at.saturating_sub(page));
            false
        }
        Command::NextGroup => {
            let next = groups.iter().copied().find(|first| *first > at).or(groups.first().copied());
            cursor.set(next.unwrap_or(0));
            false
        }
        Command::Top => cursor.to_top(),
        Command::Bottom => cursor.to_bottom(),
        _ => false,
    };
    if fetch {
        state.load(effects);
    }
}

/// Goes to the neighbour of this record in the list below.
fn record(state: &mut State, step: isize, effects: &mut Vec<Effect>) {
    let Some(below) = state.places.len().checked_sub(2) else { return };
    let cursor = state.places[below].screen.behave_mut().cursor_mut();
    let (at, next) = (cursor.at(), cursor.at().saturating_add_signed(step));
    if next >= cursor.len() || next == at {
        return state.say(Message::new("said.no_more", Tone::Dim));
    }
    cursor.set(next);
    if let Some(route) = state.places[below].screen.behave().open() {
        leave(state, effects);
        state.push(&route, effects);
    }
}

fn tab(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    while state.places.len() > 1 {
        leave(state, effects);
    }
    let route = match command {
        Command::Trades => Route::Trades(TradeFilter::default()),
        Command::Accounts => Route::Subjects,
        Command::Journal => Route::Vouchers(VoucherFilter::default()),
        Command::Findings => Route::Findings(FindingFilter::default()),
        Command::Cases => Route::Cases(CaseFilter::default()),
        Command::Reconcile => Route::ChannelDays,
        Command::Days => Route::Days,
        Command::Books => Route::Books(None, None),
        _ => return state.load(effects),
    };
    state.push(&route, effects);
}

fn relative(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let screen = state.screen().behave();
    let (trade, voucher) = (screen.trade(), screen.voucher());
    let route = match (command, trade) {
        (Command::Explain, Some(trade)) => Route::Explain(trade),
        (Command::GoTrade, Some(trade)) => Route::Trade(trade),
        (Command::Lineage, Some(trade)) => Route::Lineage(Some(trade), None),
        (Command::Lineage, None) => Route::Lineage(None, voucher),
        _ => return,
    };
    state.push(&route, effects);
}

fn of_day(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Screen::Days(days) = state.screen() else { return };
    let Some(day) = days.list.selected().map(|day| day.day) else { return };
    let route = match command {
        Command::DayUnposted => screens::day_unposted(day),
        Command::DayCases => screens::day_cases(day),
        Command::DayBooks => Route::Books(None, Some(day)),
        _ => screens::day_findings(day),
    };
    state.push(&route, effects);
}

fn goto(state: &mut State, command: Command, argument: &str, effects: &mut Vec<Effect>) {
    let route = match command {
        Command::GotoTrade => argument.parse().map(Route::Trade),
        Command::GotoVoucher => argument.parse().map(Route::Voucher),
        Command::GotoAccount => argument.parse().map(Route::Chain),
        _ => argument.parse().map(Route::Case),
    };
    match route {
        Ok(route) => state.push(&route, effects),
        Err(_) => needs_argument(state, command),
    }
}

fn needs_argument(state: &mut State, command: Command) {
    let what = command.argument().unwrap_or_default();
    let what = crate::i18n::word(state.lang, what);
    let message = Message::new("why.argument", Tone::Warn).with("command", command.id());
    state.say(message.with("argument", what));
}

fn mark(state: &mut State, command: Command) {
    let cursor = state.screen_mut().behave_mut().cursor_mut();
    match command {
        Command::MarkRange => cursor.toggle_range(),
        Command::MarkAll => cursor.toggle_all(),
        _ => {
            cursor.toggle();
            let next = (cursor.at() + 1).min(cursor.len().saturating_sub(1));
            cursor.set(next);
        }
    }
}

fn filter(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    if command == Command::Filter {
        let text = state.screen().behave().text().unwrap_or_default().to_owned();
        state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::Filter, text)));
    } else {
        state.screen_mut().behave_mut().cycle();
        state.load(effects);
    }
}

fn take_out(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let text = match command {
        Command::Copy => state.screen().behave().name(),
        Command::CopyRow => export::row(state),
        _ => {
            let name = state.kind().title().trim_start_matches("screen.").to_owned();
            let name = format!("{name}-{}.csv", state.now.date());
            state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::Export, name)));
            return;
        }
    };
    if let Some(text) = text {
        let shown: String = text.chars().take(40).collect();
        effects.push(Effect::Copy(text));
        state.say(Message::new("said.copied", Tone::Good).with("text", shown.replace('\t', " ")));
    }
}

fn set(state: &mut State, command: Command, argument: &str, effects: &mut Vec<Effect>) {
    match command {
        Command::Language => {
            state.lang = state.lang.other();
            // Explanations come worded from the desk.
            for place in &mut state.places {
                place.stale = true;
            }
            state.load(effects);
        }
        Command::Theme => match argument.parse::<ThemeName>() {
            Ok(theme) => state.theme = theme,
            Err(_) => needs_argument(state, command),
        },
        _ => match argument.parse() {
            Ok(operator) => {
                state.operator = operator;
                for place in &mut state.places {
                    place.stale = true;
                }
                state.load(effects);
                state.say(Message::new("said.operator", Tone::Good).with("operator", argument));
            }
            Err(_) => needs_argument(state, command),
        },
    }
}

/// Goes to another ledger; asks first where something would be lost.
fn leave_for(state: &mut State, argument: &str, effects: &mut Vec<Effect>) {
    let argument = argument.trim();
    let is_address = argument.contains(['/', ':']);
    if !argument.is_empty() && !is_address && !state.ledgers.iter().any(|name| name == argument) {
        let names = state.ledgers.join(", ");
        let message = Message::new("why.no_such_ledger", Tone::Warn).with("name", argument);
        return state.say(message.with("names", names));
    }
    let to = (!argument.is_empty()).then(|| argument.to_owned());
    if state.is_editing() {
        let what = ConfirmWhat::Ledger(to);
        state.overlay = Some(Overlay::Confirm(Confirm { what, ..Confirm::default() }));
    } else {
        effects.push(Effect::Ledger(to));
    }
}

/// Gives up what runs. An order that was cancelled answers so itself, or with what it had already done.
pub fn cancel(state: &mut State, effects: &mut Vec<Effect>) {
    let slots: Vec<(u64, Slot)> = state.pending.iter().map(|p| (p.id, p.slot)).collect();
    for (id, slot) in slots {
        if slot.part == Part::Order {
            state.order_given_up = true;
            effects.push(Effect::Cancel(id));
        } else {
            state.drop_pending(slot, effects);
        }
    }
    state.say(Message::new("said.cancelled", Tone::Warn));
}
