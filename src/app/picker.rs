//! The choice between the ledgers that the configuration names.
//!
//! A state machine of its own: there is no desk yet. Opening a ledger may take long or fail. It runs on
//! another thread and can be cancelled; an error is shown until another ledger is chosen.

use super::command::Command;
use super::keymap::{Keymap, Lookup};
use super::message::{Message, Tone};
use super::press::Press;
use super::screens::ScreenKind;
use super::state::PATIENCE;
use super::theme_name::ThemeName;
use crate::config::Colour;
use crate::domain::id::Operator;
use crate::i18n::Lang;
use crate::protocol::refusal::Refusal;

/// A ledger that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLedger {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its purpose, if configured.
    pub role: Option<String>,
    /// True if nothing may be written to it.
    pub read_only: bool,
    /// The colour of its name.
    pub colour: Option<Colour>,
    /// Sequence number of the last head seen there.
    pub last_head: Option<i64>,
}

impl NamedLedger {
    /// Returns a ledger that has no configured name.
    #[must_use]
    pub fn at(address: &str) -> Self {
        let (name, address) = (address.to_owned(), address.to_owned());
        Self { name, address, role: None, read_only: false, colour: None, last_head: None }
    }
}

/// A ledger that is being opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Number of the attempt.
    pub number: u64,
    /// The ledger.
    pub name: String,
    /// When it began, milliseconds since the start.
    pub since: u64,
}

/// The choice between ledgers.
#[derive(Debug, Clone)]
pub struct Picker {
    /// The operator.
    pub operator: Operator,
    /// Language.
    pub lang: Lang,
    /// Theme.
    pub theme: ThemeName,
    /// ASCII borders and symbols.
    pub ascii: bool,
    /// Keys.
    pub keymap: Keymap,
    /// The ledgers.
    pub ledgers: Vec<NamedLedger>,
    /// The row under the cursor.
    pub cursor: usize,
    /// The ledger being opened.
    pub opening: Option<Attempt>,
    /// The ledger that could not be opened, and why.
    pub failure: Option<(String, Refusal)>,
    /// A hint.
    pub message: Option<Message>,
    /// Milliseconds since the start.
    pub millis: u64,
    /// True if the screen is out of date.
    pub dirty: bool,
    typed: Vec<Press>,
    tries: u64,
}

/// An action on the choice.
#[derive(Debug, Clone)]
pub enum PickerAction {
    /// A key.
    Press(Press),
    /// Time has passed: milliseconds since the start.
    Tick(u64),
    /// The terminal has another size.
    Resize,
    /// An attempt failed; its number.
    Failed(u64, Refusal),
}

/// What the shell shall carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickerEffect {
    /// Open this ledger; the number tells attempts apart.
    Open(u64, String),
    /// Cancel the opening.
    GiveUp,
    /// Leave the program.
    Quit,
}

impl Picker {
    /// Returns a choice between ledgers, in the given order.
    #[must_use]
    pub fn new(
        operator: Operator,
        lang: Lang,
        theme: ThemeName,
        keymap: Keymap,
        ledgers: Vec<NamedLedger>,
    ) -> Self {
        Self {
            operator,
            lang,
            theme,
            ascii: false,
            keymap,
            ledgers,
            cursor: 0,
            opening: None,
            failure: None,
            message: None,
            millis: 0,
            dirty: true,
            typed: Vec::new(),
            tries: 0,
        }
    }

    /// Starts opening the ledger of that name or address.
    pub fn open(&mut self, name: &str) -> Vec<PickerEffect> {
        if let Some(at) = self.ledgers.iter().position(|ledger| ledger.name == name) {
            self.cursor = at;
        }
        let mut effects = self.give_up();
        self.tries += 1;
        self.failure = None;
        self.opening = Some(Attempt { number: self.tries, name: name.to_owned(), since: self.millis });
        self.dirty = true;
        effects.push(PickerEffect::Open(self.tries, name.to_owned()));
        effects
    }

    /// Returns the opening if it takes longer than [`PATIENCE`].
    #[must_use]
    pub fn slow(&self) -> Option<&Attempt> {
        self.opening.as_ref().filter(|opening| self.millis.saturating_sub(opening.since) >= PATIENCE)
    }

    /// Applies an action, and returns what the shell shall carry out.
    pub fn update(&mut self, picked: PickerAction) -> Vec<PickerEffect> {
        match picked {
            PickerAction::Press(press) => {
                self.dirty = true;
                return self.pressed(press);
            }
            PickerAction::Resize => self.dirty = true,
            PickerAction::Tick(millis) => {
                let slow = self.slow().is_some();
                self.millis = millis;
                self.dirty |= slow || self.slow().is_some();
            }
            PickerAction::Failed(number, refusal) => {
                // The failure of a cancelled attempt is of no interest.
                if let Some(opening) = self.opening.take_if(|opening| opening.number == number) {
                    self.failure = Some((opening.name, refusal));
                    self.dirty = true;
                }
            }
        }
        Vec::new()
    }

    fn give_up(&mut self) -> Vec<PickerEffect> {
        self.opening.take().map(|_| PickerEffect::GiveUp).into_iter().collect()
    }

    fn pressed(&mut self, press: Press) -> Vec<PickerEffect> {
        self.message = None;
        if press.is_ideograph() {
            self.typed.clear();
            self.message = Some(Message::new("hint.input_method", Tone::Warn));
            return Vec::new();
        }
        self.typed.push(press.normalised());
        let command = match self.keymap.lookup(&self.typed, ScreenKind::Overview) {
            Lookup::More => return Vec::new(),
            Lookup::Run(command) => Some(command),
            Lookup::Nothing => None,
        };
        let keys: String = std::mem::take(&mut self.typed).iter().map(ToString::to_string).collect();
        let last = self.ledgers.len().saturating_sub(1);
        match command {
            Some(Command::Down) => self.cursor = (self.cursor + 1).min(last),
            Some(Command::Up) => self.cursor = self.cursor.saturating_sub(1),
            Some(Command::Top | Command::PageUp) => self.cursor = 0,
            Some(Command::Bottom | Command::PageDown) => self.cursor = last,
            Some(Command::Language) => self.lang = self.lang.other(),
            Some(Command::Open) => {
                let chosen = self.ledgers.get(self.cursor).map(|ledger| ledger.name.clone());
                return chosen.map(|name| self.open(&name)).unwrap_or_default();
            }
            Some(Command::Back | Command::Cancel) => {
                let effects = self.give_up();
                let key = if effects.is_empty() { "hint.quit" } else { "said.cancelled" };
                self.message = Some(Message::new(key, Tone::Dim));
                return effects;
            }
            Some(Command::Quit) => {
                let mut effects = self.give_up();
                effects.push(PickerEffect::Quit);
                return effects;
            }
            _ => self.message = Some(Message::new("hint.no_key", Tone::Warn).with("key", keys)),
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rejection::{Code, Rejection};

    /// Two ledgers to choose from.
    fn picker() -> Picker {
        let named = |name: &str| NamedLedger { name: name.to_owned(), ..NamedLedger::at("day.db") };
        let ledgers = ["books", "branch"].map(named).to_vec();
        let operator = "op1".parse().unwrap();
        Picker::new(operator, Lang::En, ThemeName::Mono, Keymap::shipped().unwrap(), ledgers)
    }

    fn keys(picker: &mut Picker, keys: &str) -> Vec<PickerEffect> {
        let press = |word: &str| PickerAction::Press(word.parse().unwrap());
        keys.split_whitespace().flat_map(|word| picker.update(press(word))).collect()
    }

    fn refused() -> Refusal {
        Rejection::new(Code::NotFound).into()
    }

    #[test]
    fn the_ledger_under_the_cursor_is_opened_and_only_its_own_failure_counts() {
        let mut picker = picker();
        assert_eq!(keys(&mut picker, "j Enter"), [PickerEffect::Open(1, "branch".to_owned())]);
        assert_eq!(
            keys(&mut picker, "k Enter"),
            [PickerEffect::GiveUp, PickerEffect::Open(2, "books".to_owned())]
        );
        picker.update(PickerAction::Failed(1, refused()));
        assert!(picker.failure.is_none() && picker.opening.is_some(), "the first try was given up");
        picker.update(PickerAction::Failed(2, refused()));
        assert_eq!(picker.failure.as_ref().unwrap().0, "books");
        assert!(picker.opening.is_none());
        assert_eq!(keys(&mut picker, "Enter"), [PickerEffect::Open(3, "books".to_owned())], "again");
        assert!(picker.failure.is_none());
    }

    #[test]
    fn escape_gives_up_and_q_leaves() {
        for key in ["Esc", "Ctrl-c"] {
            let mut picker = picker();
            assert_eq!(keys(&mut picker, "Enter").len(), 1);
            assert_eq!(keys(&mut picker, key), [PickerEffect::GiveUp]);
            assert_eq!(keys(&mut picker, key), []);
            assert_eq!(picker.message.as_ref().unwrap().key, "hint.quit");
            assert_eq!(keys(&mut picker, "q"), [PickerEffect::Quit]);
        }
    }

    #[test]
    fn nothing_is_drawn_while_nothing_happens() {
        let mut picker = picker();
        picker.dirty = false;
        picker.update(PickerAction::Tick(10_000));
        assert!(!picker.dirty);
        keys(&mut picker, "Enter");
        picker.dirty = false;
        picker.update(PickerAction::Tick(10_050));
        assert!(!picker.dirty, "a ledger that opens at once shows no spinner");
        picker.update(PickerAction::Tick(10_200));
        assert!(picker.dirty && picker.slow().is_some());
    }
}
