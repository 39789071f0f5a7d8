//! One call of a command: what its function gets, and the few things every such function does.

use crate::app::action::{Effect, Slot, SlotPart};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::format;
use crate::app::list::Mark;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Notice, Overlay, Prompt};
use crate::app::screens::ScreenKind;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::i18n;
use crate::protocol::intake::LocalFile;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;

/// What the check of a command says: nothing, or why it cannot be run now.
pub type Availability = Result<(), Unavailable>;

/// The slot of write requests: there is one for the whole workstation, so that they go one at a time.
const CHANGE: Slot = Slot { screen: 0, part: SlotPart::Change };

/// One call of a command.
pub struct Call<'c> {
    /// The command.
    pub command: Command,
    /// The workstation.
    pub state: &'c mut State,
    /// What the shell shall do.
    pub effects: &'c mut Vec<Effect>,
    /// The text typed behind the command or into its prompt; `None` if there is none yet.
    pub argument: Option<&'c str>,
    /// The row that the command's prompt was opened for.
    pub mark: Option<Mark>,
    /// What is wrong with the argument, if anything.
    pub problem: Option<Message>,
}

impl Call<'_> {
    /// Sends a write request.
    pub fn send(&mut self, errand: Errand, request: Request) {
        send(self.state, errand, request, self.effects);
    }

    /// Sends a file to be imported.
    pub fn import(&mut self, file: LocalFile) {
        import(self.state, file, self.effects);
    }

    /// Reads again what the current screen shows.
    pub fn load(&mut self) {
        self.state.load(self.effects);
    }

    /// Shows a message.
    pub fn say(&mut self, message: Message) {
        self.state.say(message);
    }

    /// Says what is wrong with the argument. A prompt stays open for another attempt.
    pub fn refuse(&mut self, key: &str) {
        self.problem = Some(Message::new(key, Tone::Warn));
    }

    /// Says which argument the command takes.
    pub fn refuse_argument(&mut self) {
        let what = i18n::word(self.state.lang, self.command.argument().unwrap_or_default());
        let message = Message::new("why.argument", Tone::Warn).with("command", self.command.id());
        self.problem = Some(message.with("argument", what));
    }

    /// Opens a prompt.
    pub fn prompt(&mut self, prompt: Prompt) {
        self.state.overlay = Some(Overlay::Prompt(prompt));
    }

    /// Opens a confirmation.
    pub fn confirm(&mut self, confirm: Confirm) {
        self.state.overlay = Some(Overlay::Confirm(confirm));
    }
}

/// Sends a write request.
pub fn send(state: &mut State, errand: Errand, request: Request, effects: &mut Vec<Effect>) {
    state.errand = Some(errand);
    state.change_given_up = false;
    let effect = state.ask(CHANGE, request);
    effects.push(effect);
}

/// Sends a file to be imported.
pub fn import(state: &mut State, file: LocalFile, effects: &mut Vec<Effect>) {
    state.errand = Some(Errand::Import(Box::new(file.clone())));
    state.change_given_up = false;
    let effect = state.import(CHANGE, file, false);
    effects.push(effect);
}

/// Shows why something was refused.
pub fn show_refusal(state: &mut State, refusal: &Refusal) {
    let (text, hint) = format::refusal(state.lang, refusal);
    let lines = vec![(text, Tone::Bad), (hint, Tone::Plain)];
    state.overlay = Some(Overlay::Notice(Notice { title: "notice.refused", lines }));
}

/// Leaves the current screen for the one below it.
pub fn leave(state: &mut State, effects: &mut Vec<Effect>) {
    if state.open_screens.len() < 2 {
        return;
    }
    state.drop_pending_of_current(effects);
    state.open_screens.pop();
}

/// Cancels what runs. A write request that was cancelled answers so itself, or with what it had already done.
pub fn cancel(state: &mut State, effects: &mut Vec<Effect>) {
    let slots: Vec<(u64, Slot)> = state.pending.iter().map(|pending| (pending.id, pending.slot)).collect();
    for (id, slot) in slots {
        if slot.part == SlotPart::Change {
            state.change_given_up = true;
            effects.push(Effect::Cancel(id));
        } else {
            state.drop_pending(slot, effects);
        }
    }
    state.say(Message::new("said.cancelled", Tone::Warn));
}

/// Fails if no write request may be sent now, because one is still running.
pub fn is_idle(state: &State) -> Availability {
    ensure(!state.is_changing(), Unavailable::Busy)
}

/// Turns a condition into a check.
pub fn ensure(holds: bool, why: Unavailable) -> Availability {
    if holds { Ok(()) } else { Err(why) }
}

/// Fails if there is nothing with a name under the cursor.
pub fn has_name(state: &State) -> Availability {
    ensure(state.screen().behave().name().is_some(), Unavailable::NoRow)
}

/// Returns the name of a kind of screen in file names: its locale key without the family.
pub fn file_stem(kind: ScreenKind) -> &'static str {
    kind.title().trim_start_matches("screen.")
}
