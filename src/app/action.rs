//! What happens to the workstation, and what it wants done.

use super::press::Press;
use super::viewport::Viewport;
use crate::desk::{Answer, Line, Progress, Refusal, Request};
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::i18n::Lang;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Action {
    /// A key.
    Press(Press),
    /// Text was pasted; taken by an input, dropped elsewhere, or it would run as hotkeys.
    Paste(String),
    /// The terminal has this size (columns, rows).
    Resize(u16, u16),
    /// Time went on: the time of the books, and milliseconds since the start.
    Tick(Moment, u64),
    /// The desk answered.
    Reply {
        /// Which request.
        id: u64,
        /// What.
        result: Box<Result<Answer, Refusal>>,
    },
    /// The desk is on it.
    Progress {
        /// Which request.
        id: u64,
        /// How far.
        progress: Progress,
    },
    /// The way to the ledger: how it is now.
    Line(Line),
    /// A file was written, or not (rows, or why not in words).
    Exported(Result<usize, String>),
    /// The worker broke; in its own words.
    Broken {
        /// Which request.
        id: u64,
        /// What it said.
        what: String,
    },
    /// What the last frame had room for.
    Drawn(Viewport),
}

/// SlotPart of a place that a request fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SlotPart {
    /// What the ledger is.
    Ledger,
    /// The screen's own data.
    Main,
    /// A further page.
    More,
    /// Something beside the main data.
    Extra,
    /// The detail beside a list.
    Side,
    /// A request that writes or takes long; one at a time.
    Change,
}

/// Where an answer belongs: a newer request of the same slot replaces an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// Serial number of the place; 0 for the workstation as a whole.
    pub place: u32,
    /// SlotPart of it.
    pub part: SlotPart,
}

/// A request on its way to the desk. The shell adds the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Number of this request.
    pub id: u64,
    /// Where the answer belongs.
    pub slot: Slot,
    /// Who asks.
    pub operator: Operator,
    /// Language of explanations.
    pub lang: Lang,
    /// What.
    pub request: Request,
}

/// Something the shell shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask the desk; drop what was asked before for the same slot.
    Ask(Box<Ask>),
    /// Give up a request.
    Cancel(u64),
    /// Put this on the clipboard.
    Copy(String),
    /// Write this file, which must not exist yet.
    Export {
        /// Where.
        path: String,
        /// What.
        text: String,
        /// Rows in it.
        rows: usize,
    },
    /// Leave this ledger for the one of that name or address, or for the choice between all.
    Ledger(Option<String>),
    /// Leave.
    Quit,
}
