//! The one function that changes the state.

mod availability;
mod cases;
pub(super) mod changes;
mod connection;
mod export;
pub mod palette;
mod perform;
mod steps;

pub use availability::why_not;
pub use cases::sums;

use super::errand::Errand;
use crate::app::action::{Action, Effect, Part, Slot};
use crate::app::command::Command;
use crate::app::format;
use crate::app::keymap::Lookup;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{self, Confirm, ConfirmWhat, Notice, Overlay, Prompt, PromptWhat};
use crate::app::press::{Key, Press};
use crate::app::state::State;
use crate::desk::{Answer, Progress, Refusal, Request};
use crate::domain::period;
use perform::{cancel, perform};
use steps::step_request;

/// Lets something happen, and says what the shell shall do about it.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let mut effects = Vec::new();
    let before = (state.place().serial, state.screen().behave().name());
    match action {
        Action::Press(press) => {
            state.dirty = true;
            pressed(state, press, &mut effects);
            if state.overlay.is_none() && !state.is_loading() && state.screen_mut().behave_mut().turn() {
                state.load(&mut effects);
            }
        }
        Action::Paste(text) => pasted(state, &text),
        Action::Resize(columns, rows) => {
            let was_wide = state.is_wide();
            state.size = (columns, rows);
            state.dirty = true;
            if state.is_wide() && !was_wide {
                state.load_side(&mut effects);
            }
        }
        Action::Tick(now, millis) => {
            let slow = state.slow().is_some();
            state.now = now;
            state.millis = millis;
            state.dirty |= slow || state.slow().is_some();
            state.rest(&mut effects);
        }
        Action::Reply { id, result } => replied(state, id, *result, &mut effects),
        Action::Progress { id, progress } => progressed(state, id, progress),
        Action::Line(line) => connection::heard(state, line, &mut effects),
        Action::Broken { id, what } => broken(state, id, what),
        Action::Exported(result) => exported(state, result),
        Action::Viewport(seen) => state.seen = seen,
    }
    resume(state, &mut effects);
    settle(state, &before, &mut effects);
    effects
}

/// Runs the command that waited for the answer its place has got now.
fn resume(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((serial, command)) = state.awaited else { return };
    if state.place().serial != serial || state.overlay.is_some() {
        state.awaited = None;
    } else if !state.is_loading() {
        state.awaited = None;
        state.message = None;
        state.resumed = true;
        perform(state, command, "", effects);
        state.resumed = false;
    }
}

/// Keeps the cursor in view, fetches the page it comes near to, and the detail of a newly selected row.
fn settle(state: &mut State, before: &(u32, Option<String>), effects: &mut Vec<Effect>) {
    let (serial, rows) = (state.place().serial, state.seen.rows);
    state.screen_mut().behave_mut().cursor_mut().keep_in_view(rows);
    let more = Slot { place: serial, part: Part::More };
    let asked = state.is_loading() || state.pending.iter().any(|pending| pending.slot == more);
    let page = if asked { None } else { state.screen_mut().behave_mut().cursor_mut().wants_page() };
    let request = page.and_then(|page| state.screen().behave().more(page));
    if let Some(request) = request {
        let effect = state.ask(more, request);
        effects.push(effect);
    }
    // A list that has just come asks for its first detail itself.
    let moved = before.1.is_some() && before.1 != state.screen().behave().name();
    if before.0 == serial && moved {
        state.follow(effects);
    }
}

fn pressed(state: &mut State, press: Press, effects: &mut Vec<Effect>) {
    state.message = None;
    state.awaited = None;
    if press.ctrl && press.key == Key::Char('c') {
        state.typed.clear();
        return interrupted(state, effects);
    }
    if state.overlay.is_some() {
        return overlay_pressed(state, press, effects);
    }
    if press.is_ideograph() {
        state.typed.clear();
        return state.say(Message::new("hint.input_method", Tone::Warn));
    }
    state.typed.push(press.normalised());
    match state.keymap.lookup(&state.typed, state.kind()) {
        Lookup::More => {}
        Lookup::Run(command) => {
            state.typed.clear();
            perform(state, command, "", effects);
        }
        Lookup::Nothing => {
            let keys: String = state.typed.iter().map(ToString::to_string).collect();
            state.typed.clear();
            if state.keymap.first(Command::Filter).as_ref() == Some(&keys) {
                // What is typed next was meant as the filter's text: it must not be taken for other keys.
                let lines = vec![(crate::i18n::word(state.lang, "why.no_filter"), Tone::Plain)];
                state.overlay = Some(Overlay::Notice(Notice { title: "prompt.filter", lines }));
                return;
            }
            state.say(Message::new("hint.no_key", Tone::Warn).with("key", keys));
        }
    }
}

/// Ctrl-C: gives up what runs, or else closes what stands over the place, or else says how to leave.
fn interrupted(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.pending.is_empty() {
        cancel(state, effects);
    } else if state.overlay.take().is_none() {
        state.say(Message::new("hint.quit", Tone::Dim));
    }
}

fn pasted(state: &mut State, text: &str) {
    state.dirty = true;
    match state.overlay.as_mut().and_then(Overlay::input_mut) {
        Some(input) => overlay::paste(input, text),
        None => state.say(Message::new("hint.paste", Tone::Warn)),
    }
}

fn overlay_pressed(state: &mut State, press: Press, effects: &mut Vec<Effect>) {
    match state.overlay.take() {
        Some(Overlay::Notice(_)) if matches!(press.key, Key::Esc | Key::Enter | Key::Char(' ' | 'q')) => {}
        Some(Overlay::Notice(notice)) => state.overlay = Some(Overlay::Notice(notice)),
        Some(Overlay::Confirm(confirm)) => confirm_pressed(state, confirm, press.normalised(), effects),
        Some(Overlay::Prompt(prompt)) => prompt_pressed(state, prompt, press, effects),
        Some(Overlay::Help(mut help)) => {
            // Some texts take two lines or three on a narrow terminal.
            let most = Command::ALL.len() * 3;
            match press.key {
                Key::Esc | Key::Enter | Key::F(1) => return,
                Key::Down => help.top = (help.top + 1).min(most),
                Key::Up => help.top = help.top.saturating_sub(1),
                Key::PageDown => help.top = (help.top + 10).min(most),
                Key::PageUp => help.top = help.top.saturating_sub(10),
                _ => {
                    overlay::edit(&mut help.input, press);
                    help.top = 0;
                }
            }
            state.overlay = Some(Overlay::Help(help));
        }
        Some(Overlay::Palette(mut palette)) => {
            let found = palette::matches(state, palette.input.value());
            let last = found.len().saturating_sub(1);
            match press.key {
                Key::Esc => return,
                Key::Enter => {
                    if let Some(chosen) = found.get(palette.cursor.min(last)) {
                        perform(state, chosen.command, &chosen.argument, effects);
                    }
                    return;
                }
                Key::Tab => {
                    if let Some(chosen) = found.get(palette.cursor.min(last)) {
                        palette.input = format!("{} ", chosen.command.id()).into();
                    }
                    palette.cursor = 0;
                }
                Key::Down => palette.cursor = (palette.cursor + 1).min(last),
                Key::Up => palette.cursor = palette.cursor.saturating_sub(1),
                _ => {
                    overlay::edit(&mut palette.input, press);
                    palette.cursor = 0;
                }
            }
            state.overlay = Some(Overlay::Palette(palette));
        }
        None => {}
    }
}

fn confirm_pressed(state: &mut State, confirm: Confirm, press: Press, effects: &mut Vec<Effect>) {
    match press.key {
        Key::Char('y' | 'Y') | Key::F(10) if !press.ctrl && !press.alt => confirmed(state, confirm, effects),
        Key::Char('o' | 'O') if !press.ctrl && !press.alt && confirm.what.other().is_some() => {
            if let ConfirmWhat::StageMany(marks) = confirm.what {
                changes::send(state, Errand::StageMany, changes::stage_many(marks, true), effects);
            }
        }
        Key::Esc | Key::Enter | Key::Char('n' | 'N' | 'q') => {
            state.say(Message::new("said.not_done", Tone::Dim));
        }
        _ => state.overlay = Some(Overlay::Confirm(confirm)),
    }
}

fn confirmed(state: &mut State, confirm: Confirm, effects: &mut Vec<Effect>) {
    match confirm.what {
        ConfirmWhat::Commit(case_no) => {
            changes::send(state, Errand::Commit, Request::Commit { case_no, key: None }, effects);
        }
        ConfirmWhat::Approve(case_no, seen) => {
            let request = Request::CaseApprove { case_no, seen: Some(seen) };
            changes::send(state, Errand::Verb("said.approved"), request, effects);
        }
        ConfirmWhat::Withdraw(case_no) => {
            changes::send(state, Errand::Verb("said.withdrawn"), Request::CaseWithdraw { case_no }, effects);
        }
        ConfirmWhat::DayClose(day) => {
            changes::send(state, Errand::Day("said.day_closed"), Request::DayClose { day }, effects);
        }
        ConfirmWhat::Ledger(to) => effects.push(Effect::Ledger(to)),
        ConfirmWhat::Post(trades) => changes::send(state, Errand::Post, Request::Post { trades }, effects),
        ConfirmWhat::StageMany(marks) => {
            changes::send(state, Errand::StageMany, changes::stage_many(marks, false), effects);
        }
    }
}

fn prompt_pressed(state: &mut State, mut prompt: Prompt, press: Press, effects: &mut Vec<Effect>) {
    match press.key {
        Key::Esc => {}
        Key::Enter => {
            let text = prompt.input.value().trim().to_owned();
            if let Err(message) = answered(state, &prompt.what, &text, effects) {
                prompt.error = Some(message);
                state.overlay = Some(Overlay::Prompt(prompt));
            }
        }
        _ => {
            overlay::edit(&mut prompt.input, press);
            prompt.error = None;
            state.overlay = Some(Overlay::Prompt(prompt));
        }
    }
}

/// A prompt was filled in.
fn answered(
    state: &mut State,
    what: &PromptWhat,
    text: &str,
    effects: &mut Vec<Effect>,
) -> Result<(), Message> {
    let case = match state.screen() {
        crate::app::screens::Screen::Case(view) => Some(view.case_no.clone()),
        _ => None,
    };
    match (what, case) {
        (PromptWhat::Filter, _) => {
            if state.kind() == crate::app::screens::Kind::Subjects {
                state.push(&crate::app::route::Route::Accounts(text.to_owned()), effects);
            } else {
                state.screen_mut().behave_mut().set_text(text);
                state.load(effects);
            }
        }
        (PromptWhat::Stage(mark), _) => {
            let note = (!text.is_empty()).then(|| text.to_owned());
            changes::send(state, Errand::Stage, changes::send_stage(mark, note), effects);
        }
        (PromptWhat::Step, Some(case_no)) => {
            let step = step_request(text)?;
            changes::send(state, Errand::StepAdd, Request::Stage { case_no, step, reason: None }, effects);
        }
        (PromptWhat::Tick, Some(case_no)) => {
            let request = cases::tick_request(case_no, text);
            changes::send(state, Errand::Verb("said.ticked"), request, effects);
        }
        (PromptWhat::Hand, Some(case_no)) => {
            let request = cases::hand_request(case_no, text)?;
            changes::send(state, Errand::Verb("said.handed"), request, effects);
        }
        (PromptWhat::Reject, Some(_)) if text.is_empty() => {
            return Err(Message::new("why.reason", Tone::Warn));
        }
        (PromptWhat::Reject, Some(case_no)) => {
            let request = Request::CaseReject { case_no, reason: text.to_owned() };
            changes::send(state, Errand::Verb("said.rejected"), request, effects);
        }
        (PromptWhat::Export, _) => {
            if text.is_empty() {
                return Err(Message::new("why.file", Tone::Warn));
            }
            if let Some((csv, rows)) = export::csv(state) {
                effects.push(Effect::Export { path: text.to_owned(), text: csv, rows });
            }
        }
        (PromptWhat::DayOpen, _) => {
            let day = period::parse_date(text).map_err(|_| Message::new("why.date", Tone::Warn))?;
            changes::send(state, Errand::Day("said.day_opened"), Request::DayOpen { day }, effects);
        }
        _ => {}
    }
    Ok(())
}

fn replied(state: &mut State, id: u64, result: Result<Answer, Refusal>, effects: &mut Vec<Effect>) {
    let Some(at) = state.pending.iter().position(|pending| pending.id == id) else { return };
    let slot = state.pending.remove(at).slot;
    state.dirty = true;
    match (slot.part, result) {
        (Part::Order, result) => changes::finish(state, result, effects),
        (Part::Ledger, Ok(Answer::Ledger(ledger))) => state.ledger = Some(*ledger),
        (Part::Ledger, Err(refusal)) => {
            let (text, hint) = format::refusal(state.lang, &refusal);
            let lines = vec![(text, Tone::Bad), (hint, Tone::Plain)];
            state.overlay = Some(Overlay::Notice(Notice { title: "notice.refused", lines }));
        }
        (part, result) => fill(state, slot, part, result, effects),
    }
}

fn fill(
    state: &mut State,
    slot: Slot,
    part: Part,
    result: Result<Answer, Refusal>,
    effects: &mut Vec<Effect>,
) {
    let current = state.place().serial == slot.place;
    let lang = state.lang;
    let Some(place) = state.places.iter_mut().find(|place| place.serial == slot.place) else { return };
    match result {
        Ok(answer) => {
            if let Answer::Overview(overview) = &answer {
                state.ledger = Some(overview.ledger.clone());
            }
            place.screen.behave_mut().take(part, answer);
            if part == Part::Main {
                place.failure = None;
                if current {
                    state.load_side(effects);
                }
            }
        }
        Err(refusal) if part == Part::Main => place.failure = Some(refusal),
        // A case without steps has no preview, and a detail pane may stay empty: the main part says what is wrong.
        Err(Refusal::Rejected(_)) => place.screen.behave_mut().lost(part),
        Err(refusal) => {
            let (text, _) = format::refusal(lang, &refusal);
            state.say(Message::new("said.fault", Tone::Bad).with("text", text));
        }
    }
}

fn progressed(state: &mut State, id: u64, progress: Progress) {
    if let Some(pending) = state.pending.iter_mut().find(|pending| pending.id == id) {
        pending.progress = Some(progress);
        state.dirty = true;
    }
}

fn broken(state: &mut State, id: u64, what: String) {
    state.pending.retain(|pending| pending.id != id);
    state.errand = None;
    state.dirty = true;
    let hint = crate::i18n::word(state.lang, "notice.broken.hint");
    let lines = vec![(what, Tone::Bad), (hint, Tone::Plain)];
    state.overlay = Some(Overlay::Notice(Notice { title: "notice.broken", lines }));
}

fn exported(state: &mut State, result: Result<usize, String>) {
    state.dirty = true;
    state.say(match result {
        Ok(rows) => Message::new("said.exported", Tone::Good).with("rows", rows),
        Err(why) => Message::new("said.not_exported", Tone::Bad).with("why", why),
    });
}
