//! Keys and pasted text: to the overlay that is open, or else to the command of the key.

use super::call::{cancel, import, send};
use super::completion;
use super::dispatch::{perform, run};
use super::palette;
use crate::app::action::Effect;
use crate::app::command::Command;
use crate::app::keymap::Lookup;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{self, Confirm, Decision, Help, Notice, Overlay, Prompt};
use crate::app::palette::Palette;
use crate::app::press::{Key, Press};
use crate::app::state::State;
use crate::i18n;

/// Takes a key.
pub fn pressed(state: &mut State, press: Press, effects: &mut Vec<Effect>) {
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
            perform(state, command, None, effects);
        }
        Lookup::Nothing => {
            let keys: String = state.typed.iter().map(ToString::to_string).collect();
            state.typed.clear();
            unknown_key(state, &keys);
        }
    }
}

fn unknown_key(state: &mut State, keys: &str) {
    if state.keymap.first(Command::Filter).as_deref() == Some(keys) {
        // What is typed next was meant as the filter's text: it must not be taken for other keys.
        let lines = vec![(i18n::word(state.lang, "why.no_filter"), Tone::Plain)];
        state.overlay = Some(Overlay::Notice(Notice { title: "prompt.filter", lines }));
        return;
    }
    state.say(Message::new("hint.no_key", Tone::Warn).with("key", keys));
}

/// Ctrl-C: cancels what runs; or else closes the overlay; or else says how to leave.
fn interrupted(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.pending.is_empty() {
        cancel(state, effects);
    } else if state.overlay.take().is_none() {
        state.say(Message::new("hint.quit", Tone::Dim));
    }
}

/// Takes pasted text: into the line being edited. Elsewhere it is dropped, or it would run as commands.
pub fn pasted(state: &mut State, text: &str) {
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
        Some(Overlay::Help(help)) => help_pressed(state, help, press),
        Some(Overlay::Palette(palette)) => palette_pressed(state, palette, press, effects),
        None => {}
    }
}

fn help_pressed(state: &mut State, mut help: Help, press: Press) {
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

fn palette_pressed(state: &mut State, mut palette: Palette, press: Press, effects: &mut Vec<Effect>) {
    let found = palette::matches(state, palette.input.value());
    let last = found.len().saturating_sub(1);
    let chosen = found.get(palette.cursor.min(last));
    match press.key {
        Key::Esc => return,
        Key::Enter => {
            if let Some(chosen) = chosen {
                let argument = Some(chosen.argument.as_str()).filter(|argument| !argument.is_empty());
                perform(state, chosen.command, argument, effects);
            }
            return;
        }
        Key::Tab => {
            if let Some(chosen) = chosen {
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

fn confirm_pressed(state: &mut State, confirm: Confirm, press: Press, effects: &mut Vec<Effect>) {
    let plain = !press.ctrl && !press.alt;
    match (press.key, confirm.other) {
        (Key::Char('y' | 'Y') | Key::F(10), _) if plain => carry_out(state, confirm.yes, effects),
        (Key::Char('o' | 'O'), Some((_, other))) if plain => carry_out(state, other, effects),
        (Key::Esc | Key::Enter | Key::Char('n' | 'N' | 'q'), _) => {
            state.say(Message::new("said.not_done", Tone::Dim));
        }
        (_, other) => state.overlay = Some(Overlay::Confirm(Confirm { other, ..confirm })),
    }
}

fn carry_out(state: &mut State, decision: Decision, effects: &mut Vec<Effect>) {
    match decision {
        Decision::Send(errand, request) => send(state, errand, *request, effects),
        Decision::Import(file) => import(state, *file, effects),
        Decision::Ledger(to) => effects.push(Effect::Ledger(to)),
    }
}

/// Enter runs the prompt's command with the line. If the line will not do, the prompt stays open and says
/// why.
fn prompt_pressed(state: &mut State, mut prompt: Prompt, press: Press, effects: &mut Vec<Effect>) {
    match press.key {
        Key::Esc => {}
        Key::Enter => {
            let text = prompt.input.value().trim().to_owned();
            let problem = run(state, prompt.command, Some(&text), prompt.mark.clone(), effects);
            if problem.is_some() {
                prompt.error = problem;
                state.overlay = Some(Overlay::Prompt(prompt));
            }
        }
        Key::Tab | Key::Down | Key::Up | Key::BackTab if prompt.completes => {
            prompt.error = None;
            match press.key {
                Key::Tab if prompt.chosen.is_none() => completion::complete(&mut prompt, effects),
                Key::Tab | Key::Down => completion::choose(&mut prompt, true),
                _ => completion::choose(&mut prompt, false),
            }
            state.overlay = Some(Overlay::Prompt(prompt));
        }
        _ => {
            overlay::edit(&mut prompt.input, press);
            prompt.error = None;
            prompt.choices.clear();
            prompt.chosen = None;
            state.overlay = Some(Overlay::Prompt(prompt));
        }
    }
}
