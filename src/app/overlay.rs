//! Overlays, drawn over a screen: a prompt, a confirmation, help, the palette, a notice.
//!
//! Neither the key that opened a confirmation nor Enter confirms it: losing work to a key pressed twice is
//! the commonest accident at a terminal. The focus is on cancel.

use super::command::Command;
use super::errand::Errand;
use super::list::Mark;
use super::message::{Message, Tone};
use super::palette::Palette;
use super::press::{Key, Press};
use crate::protocol::intake::LocalFile;
use crate::protocol::request::Request;
use tui_input::{Input, InputRequest};

/// A line to fill in, for a command that needs a text: Enter runs the command with it.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// The command that gets the line as its argument.
    pub command: Command,
    /// Locale key of the question; `.doc` behind it explains what to write.
    pub key: &'static str,
    /// Facts of the explanation.
    pub facts: Vec<(&'static str, String)>,
    /// The row that the prompt was opened for, if the command works on one.
    pub mark: Option<Mark>,
    /// The line.
    pub input: Input,
    /// What was wrong with the last attempt.
    pub error: Option<Message>,
    /// True if Tab completes the line as that of a file.
    pub completes: bool,
    /// The ways to go on, if there are several.
    pub choices: Vec<String>,
    /// The one of them that stands in the line.
    pub chosen: Option<usize>,
}

impl Prompt {
    /// Returns a prompt for a command, with a line to begin with.
    #[must_use]
    pub fn new(key: &'static str, command: Command, text: impl Into<String>) -> Self {
        Self {
            command,
            key,
            facts: Vec::new(),
            mark: None,
            input: Input::new(text.into()),
            error: None,
            completes: false,
            choices: Vec::new(),
            chosen: None,
        }
    }

    /// Returns the prompt, with a line that Tab completes.
    #[must_use]
    pub fn completing(mut self) -> Self {
        self.completes = true;
        self
    }

    /// Adds a fact of the explanation.
    #[must_use]
    pub fn explained(mut self, fact: &'static str, value: String) -> Self {
        self.facts.push((fact, value));
        self
    }
}

/// What happens once a confirmation is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A write request is sent.
    Send(Errand, Box<Request>),
    /// A file is imported.
    Import(Box<LocalFile>),
    /// The workstation goes to the ledger of that name or address, or to the choice between all.
    Ledger(Option<String>),
}

/// A confirmation: what, how many, how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// Locale key of its question; `.doc` behind it says what will happen, `.count` how much of it.
    pub key: &'static str,
    /// What it is about, by name; empty if the question names nothing.
    pub name: String,
    /// Number of things concerned, if known.
    pub count: Option<usize>,
    /// Sums per currency, minor units.
    pub sums: Vec<(String, i64)>,
    /// What else to know before one agrees.
    pub facts: Vec<Message>,
    /// What happens on yes.
    pub yes: Decision,
    /// Another way to do it, with the key `o`: locale key of its words, and what happens.
    pub other: Option<(&'static str, Decision)>,
}

impl Confirm {
    /// Returns a confirmation without count, sums and facts.
    #[must_use]
    pub fn new(key: &'static str, yes: Decision) -> Self {
        let (name, sums, facts) = (String::new(), Vec::new(), Vec::new());
        Self { key, name, count: None, sums, facts, yes, other: None }
    }
}

/// The help page: its search line and scroll position.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The search line.
    pub input: Input,
    /// First line shown.
    pub top: usize,
}

/// A text to read and close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Locale key of its title.
    pub title: &'static str,
    /// Lines.
    pub lines: Vec<(String, Tone)>,
}

/// An overlay.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// A line to fill in.
    Prompt(Prompt),
    /// A question.
    Confirm(Confirm),
    /// Help.
    Help(Help),
    /// The palette.
    Palette(Palette),
    /// A notice.
    Notice(Notice),
}

impl Overlay {
    /// Returns the line being edited, if there is one.
    pub fn input_mut(&mut self) -> Option<&mut Input> {
        match self {
            Self::Prompt(prompt) => Some(&mut prompt.input),
            Self::Help(help) => Some(&mut help.input),
            Self::Palette(palette) => Some(&mut palette.input),
            Self::Confirm(_) | Self::Notice(_) => None,
        }
    }
}

/// Edits a line; returns false if the press is not an editing key.
pub fn edit(input: &mut Input, press: Press) -> bool {
    let request = match (press.key, press.ctrl) {
        (Key::Char(c), false) if !press.alt && !c.is_control() => InputRequest::InsertChar(c),
        (Key::Backspace, false) | (Key::Char('h'), true) => InputRequest::DeletePrevChar,
        (Key::Delete, _) | (Key::Char('d'), true) => InputRequest::DeleteNextChar,
        (Key::Left, false) | (Key::Char('b'), true) => InputRequest::GoToPrevChar,
        (Key::Right, false) | (Key::Char('f'), true) => InputRequest::GoToNextChar,
        (Key::Left, true) => InputRequest::GoToPrevWord,
        (Key::Right, true) => InputRequest::GoToNextWord,
        (Key::Home, _) | (Key::Char('a'), true) => InputRequest::GoToStart,
        (Key::End, _) | (Key::Char('e'), true) => InputRequest::GoToEnd,
        (Key::Char('w') | Key::Backspace, true) => InputRequest::DeletePrevWord,
        (Key::Char('u'), true) => InputRequest::DeleteFromStart,
        (Key::Char('k'), true) => InputRequest::DeleteTillEnd,
        _ => return false,
    };
    input.handle(request);
    true
}

/// Inserts pasted text into a line, without control characters.
pub fn paste(input: &mut Input, text: &str) {
    /// Maximum length of a paste: names and notes are short, and a file pasted by mistake must not stall
    /// the program.
    const LONGEST: usize = 500;
    for c in text.trim().chars().filter(|c| !c.is_control()).take(LONGEST) {
        input.handle(InputRequest::InsertChar(c));
    }
}
