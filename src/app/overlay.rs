//! What stands over a place: a prompt, a confirmation, help, the palette, a notice.
//!
//! A confirmation is never given by the key that asked for it, nor by Enter: losing work to a key pressed twice is
//! the commonest accident at a terminal. Cancel is where the focus is.

use super::list::Mark;
use super::message::{Message, Tone};
use super::palette::Palette;
use super::press::{Key, Press};
use crate::domain::id::{CaseNo, TradeNo};
use jiff::civil::Date;
use tui_input::{Input, InputRequest};

/// What a prompt is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptWhat {
    /// The text filter of the list.
    Filter,
    /// A note for the case to be staged from a finding.
    Stage(Mark),
    /// A step: `reverse VOUCHER`, `repost TRADE [fact=value]`, `supplement TRADE`.
    Step,
    /// An item of the checklist, and what was found: `ITEM NOTE`.
    Tick,
    /// Who gets the case.
    Hand,
    /// Why a case is rejected.
    Reject,
    /// A file to write the table to.
    Export,
    /// A day to open.
    DayOpen,
}

impl PromptWhat {
    /// Locale key of its question.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Filter => "prompt.filter",
            Self::Stage(_) => "prompt.stage",
            Self::Step => "prompt.step",
            Self::Tick => "prompt.tick",
            Self::Hand => "prompt.hand",
            Self::Reject => "prompt.reject",
            Self::Export => "prompt.export",
            Self::DayOpen => "prompt.day",
        }
    }
}

/// A line to fill in.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What for.
    pub what: PromptWhat,
    /// The line.
    pub input: Input,
    /// What was wrong with the last try.
    pub error: Option<Message>,
}

impl Prompt {
    /// A prompt with a line to begin with.
    #[must_use]
    pub fn new(what: PromptWhat, text: impl Into<String>) -> Self {
        Self { what, input: Input::new(text.into()), error: None }
    }
}

/// What is to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmWhat {
    /// Write a case's vouchers.
    Commit(CaseNo),
    /// Agree to a case as its second person; the mark of what was shown.
    Approve(CaseNo, String),
    /// Give a case up.
    Withdraw(CaseNo),
    /// Close a day for good.
    DayClose(Date),
    /// Book what is due, all or these.
    Post(Vec<TradeNo>),
    /// Leave for another ledger, or for the choice between all.
    Ledger(Option<String>),
    /// Stage these findings, in one case for each trade or in one for all.
    StageMany(Vec<Mark>),
}

/// Nothing at all.
impl Default for ConfirmWhat {
    fn default() -> Self {
        Self::StageMany(Vec::new())
    }
}

impl ConfirmWhat {
    /// Locale key of its question; `.doc` behind it says what it does.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Commit(_) => "confirm.commit",
            Self::Approve(..) => "confirm.approve",
            Self::Withdraw(_) => "confirm.withdraw",
            Self::DayClose(_) => "confirm.day",
            Self::Post(_) => "confirm.post",
            Self::Ledger(_) => "confirm.ledger",
            Self::StageMany(_) => "confirm.stage",
        }
    }

    /// Locale key of another way to do it, with the key `o`.
    #[must_use]
    pub const fn other(&self) -> Option<&'static str> {
        match self {
            Self::StageMany(_) => Some("confirm.stage.one"),
            _ => None,
        }
    }

    /// What it is about, by name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Commit(case) | Self::Approve(case, _) | Self::Withdraw(case) => case.to_string(),
            Self::DayClose(day) => day.to_string(),
            Self::Post(_) | Self::StageMany(_) | Self::Ledger(_) => String::new(),
        }
    }
}

/// A confirmation: what, how many, how much.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confirm {
    /// What.
    pub what: ConfirmWhat,
    /// How many, where that is known.
    pub count: Option<usize>,
    /// Sums per currency, minor units.
    pub sums: Vec<(String, i64)>,
    /// What else is to be known before one agrees.
    pub facts: Vec<Message>,
}

/// The help page: a search line and how far it is scrolled.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// What is searched for.
    pub input: Input,
    /// First line shown.
    pub top: usize,
}

/// Something to read and put away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Locale key of its title.
    pub title: &'static str,
    /// Lines.
    pub lines: Vec<(String, Tone)>,
}

/// What stands over a place.
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
    /// The line being edited, where there is one.
    pub fn input_mut(&mut self) -> Option<&mut Input> {
        match self {
            Self::Prompt(prompt) => Some(&mut prompt.input),
            Self::Help(help) => Some(&mut help.input),
            Self::Palette(palette) => Some(&mut palette.input),
            Self::Confirm(_) | Self::Notice(_) => None,
        }
    }
}

/// Edits a line; whether the press was an edit at all.
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

/// Puts pasted text into a line: one line, no control characters.
pub fn paste(input: &mut Input, text: &str) {
    /// Longest paste taken: names and notes are short, and a whole file pasted by mistake shall not stall anything.
    const LONGEST: usize = 500;
    for c in text.trim().chars().filter(|c| !c.is_control()).take(LONGEST) {
        input.handle(InputRequest::InsertChar(c));
    }
}
