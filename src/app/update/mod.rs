//! What changes the workstation: keys, answers, time. Only [`update`] changes the state.
//!
//! A command is one row in the table of its family (`travel`, `cases`, `days` ...), in one file with its
//! functions:
//!
//! ```text
//! Submit = "submit", "tj", On(&[K::Case]), Draft(Make) => cases::submit, cases::can_submit;
//! ```
//!
//! The columns: the variant of `Command`, its name, the initials of its Chinese name's pinyin, where it is
//! valid, what it may do to the books and what it requires of a role, the function that runs it, and the
//! check that says why it cannot be run now (optional). Before `=>` may follow `takes "KEY"` (an argument
//! in the palette), `waits true` (it waits for data that is loading) and `palette false` (it is of no use
//! by name).
//!
//! From the rows of all families come the enum (`app/command.rs`) and the two lookups of `dispatch`: for
//! the row above
//! `Command::Submit => cases::submit(call)` and `Command::Submit => cases::can_submit(state)`. A new command is a row
//! with its functions, its keys in `assets/keys.toml` and its words in `assets/locales/app.toml`.

/// Collects the rows of the families, one after the other, and hands them to the macro `$make`.
macro_rules! collect_commands {
    ([] $make:ident $($rows:tt)*) => { $make! { $($rows)* } };
    ([$family:ident $($others:ident)*] $($collected:tt)*) => { $family! { [$($others)*] $($collected)* } };
}

/// Hands the rows of every command to a macro, in the order in which help lists them.
macro_rules! all_commands {
    ($make:ident) => {
        collect_commands! { [
            travel_commands case_commands day_commands related_commands list_commands tab_commands session_commands
            goto_commands file_commands bill_commands match_commands account_match_commands acceptance_commands sign_off_commands takeover_commands general_commands
        ] $make }
    };
}

#[macro_use]
mod travel;
#[macro_use]
mod cases;
#[macro_use]
mod days;
#[macro_use]
mod related;
#[macro_use]
mod lists;
#[macro_use]
mod tabs;
#[macro_use]
mod session;
#[macro_use]
mod goto;
#[macro_use]
mod files;
#[macro_use]
mod bills;
#[macro_use]
mod matches;
#[macro_use]
mod account_matches;
#[macro_use]
mod acceptances;
#[macro_use]
mod sign_offs;
#[macro_use]
mod takeover;
#[macro_use]
mod general;

mod call;
mod completion;
mod connection;
mod dispatch;
mod export;
mod imports;
mod keys;
mod palette;
mod replies;
mod steps;
mod typed_options;

pub use dispatch::why_not;
pub use palette::{Match, matches};

use super::action::{Action, Effect, Slot, SlotPart};
use super::state::State;

/// Applies an action to the state, and returns what the shell shall do about it.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let mut effects = Vec::new();
    let before = (state.current().serial, state.screen().behave().name());
    match action {
        Action::Press(press) => {
            state.dirty = true;
            keys::pressed(state, press, &mut effects);
            if state.overlay.is_none() && !state.is_loading() && state.screen_mut().behave_mut().turn() {
                state.load(&mut effects);
            }
        }
        Action::Paste(text) => keys::pasted(state, &text),
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
        Action::Reply { id, result } => replies::replied(state, id, *result, &mut effects),
        Action::Imported { id, result } => imports::imported(state, id, *result, &mut effects),
        Action::Progress { id, progress } => replies::progressed(state, id, progress),
        Action::Connection(line) => connection::changed(state, line, &mut effects),
        Action::Broken { id, what } => replies::broken(state, id, what),
        Action::Paths { typed, found } => completion::found(state, &typed, found),
        Action::Exported(result) => replies::exported(state, result),
        Action::Drawn(viewport) => state.viewport = viewport,
    }
    resume(state, &mut effects);
    after_update(state, &before, &mut effects);
    effects
}

/// Runs the command that waited for an answer, now that its screen has got it.
fn resume(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((serial, command)) = state.awaited else { return };
    if state.current().serial != serial || state.overlay.is_some() {
        state.awaited = None;
    } else if !state.is_loading() {
        state.awaited = None;
        state.message = None;
        state.resumed = true;
        dispatch::perform(state, command, None, effects);
        state.resumed = false;
    }
}

/// Keeps the cursor in view, and requests the page it comes near to and the detail of a newly selected row.
fn after_update(state: &mut State, before: &(u32, Option<String>), effects: &mut Vec<Effect>) {
    let (serial, rows) = (state.current().serial, state.viewport.rows);
    state.screen_mut().behave_mut().cursor_mut().keep_in_view(rows);
    let more = Slot { screen: serial, part: SlotPart::More };
    let asked = state.is_loading() || state.pending.iter().any(|pending| pending.slot == more);
    let page = if asked { None } else { state.screen_mut().behave_mut().cursor_mut().wants_page() };
    let request = page.and_then(|page| state.screen().behave().more(page));
    if let Some(request) = request {
        let effect = state.ask(more, request);
        effects.push(effect);
    }
    // A list that has just come requests its first detail itself.
    let moved = before.1.is_some() && before.1 != state.screen().behave().name();
    if before.0 == serial && moved {
        state.follow(effects);
    }
}
