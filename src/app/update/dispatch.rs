//! From a command to its functions: whether it can be run now, and running it.
//!
//! The same check hides a command from the footer, greys it in help and palette, and gives the message when
//! its key is pressed.

use super::call::{Availability, Call, ensure, is_idle};
use super::{
    acceptances, account_matches, bills, cases, days, files, general, goto, lists, matches, related, session,
    sign_offs, tabs, takeover, travel,
};
use crate::app::action::Effect;
use crate::app::command::{Command, Danger};
use crate::app::list::Mark;
use crate::app::message::{Message, Tone};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;

/// Makes the two lookups out of the rows of all families; see `declare_commands` for their columns.
macro_rules! dispatch_commands {
    ($($name:ident = $id:literal, $pinyin:literal, $where:expr, $danger:ident($need:ident)
        $(, takes $argument:literal)? $(, waits $waits:literal)? $(, palette $palette:literal)?
        => $run:path $(, $check:path)?;)+) => {
        fn run_own(call: &mut Call) {
            match call.command { $(Command::$name => $run(call),)+ }
        }

        fn check_own(state: &State, command: Command) -> Availability {
            match command {
                $(Command::$name => {
                    $($check(state)?;)?
                    Ok(())
                })+
            }
        }
    };
}

all_commands!(dispatch_commands);

/// Returns why `command` cannot be run on the current screen; `None` if it can.
#[must_use]
pub fn why_not(state: &State, command: Command) -> Option<Unavailable> {
    check(state, command).err()
}

fn check(state: &State, command: Command) -> Availability {
    ensure(command.fits(state.kind()), Unavailable::Elsewhere)?;
    if command.danger() != Danger::None {
        ensure(!state.is_read_only(), Unavailable::ReadOnly)?;
        if let Some(role) = state.session().filter(|role| !role.reaches(command.needs())) {
            return Err(Unavailable::Role(role));
        }
        is_idle(state)?;
    }
    check_own(state, command).map_err(|why| match why {
        // Before the answer has come, nothing can be said about what it lacks.
        Unavailable::NoRow | Unavailable::NoTrade if is_unread(state) => Unavailable::Loading,
        why => why,
    })
}

fn is_unread(state: &State) -> bool {
    state.is_loading() && !state.screen().behave().loaded()
}

/// Runs a command, or says why not.
pub fn perform(state: &mut State, command: Command, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let Some(why) = why_not(state, command) else {
        if let Some(problem) = run(state, command, argument, None, effects) {
            state.say(problem);
        }
        return;
    };
    // Another operator may have moved the case on since it was shown: it is read again before the answer is
    // no.
    if why.may_be_outdated() && !state.resumed {
        if !state.is_loading() {
            state.load(effects);
        }
        state.awaited = Some((state.current().serial, command));
        return state.say(Message::new("why.loading", Tone::Dim));
    }
    if command.waits_for_data() && why == Unavailable::Loading && state.is_loading() {
        state.awaited = Some((state.current().serial, command));
    }
    let message = why.message(state.lang);
    state.say(message);
}

/// Runs a command without checking it again; returns what is wrong with its argument.
pub fn run(
    state: &mut State,
    command: Command,
    argument: Option<&str>,
    mark: Option<Mark>,
    effects: &mut Vec<Effect>,
) -> Option<Message> {
    let mut call = Call { command, state, effects, argument, mark, problem: None };
    run_own(&mut call);
    call.problem
}

impl State {
    /// Returns the commands for the footer: those of the screen that can be run now, and the way back.
    #[must_use]
    pub fn footer(&self) -> Vec<Command> {
        let screen = self.screen().behave();
        let pinned = screen.pinned();
        let shown = |command: &Command| Some(*command) == pinned || why_not(self, *command).is_none();
        let mut commands: Vec<Command> = screen.footer().iter().copied().filter(shown).collect();
        if self.open_screens.len() > 1 && !commands.contains(&Command::Back) {
            commands.push(Command::Back);
        }
        commands
    }
}
