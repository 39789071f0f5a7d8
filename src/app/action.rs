//! Actions, which happen to the workstation, and effects, which it wants carried out.

use super::press::Press;
use super::viewport::Viewport;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::connection::Connection;
use crate::protocol::intake::{ImportAnswer, LocalFile};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::watch::Progress;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Action {
    /// A key.
    Press(Press),
    /// Text was pasted; taken by an input, dropped elsewhere, or it would run as hotkeys.
    Paste(String),
    /// The terminal has this size (columns, rows).
    Resize(u16, u16),
    /// Time has passed: the time of the books, and milliseconds since the start.
    Tick(Moment, u64),
    /// The desk answered.
    Reply {
        /// Number of the request.
        id: u64,
        /// The answer.
        result: Box<Result<Answer, Refusal>>,
    },
    /// The desk reports progress.
    Progress {
        /// Number of the request.
        id: u64,
        /// Steps done, and steps in all.
        progress: Progress,
    },
    /// The state of the connection to the ledger.
    Connection(Connection),
    /// A file was imported, or refused.
    Imported {
        /// Number of the request.
        id: u64,
        /// What was taken of it.
        result: Box<Result<ImportAnswer, Refusal>>,
    },
    /// The paths that begin with a text that was typed.
    Paths {
        /// The text.
        typed: String,
        /// The paths, sorted; folders end with `/`.
        found: Vec<String>,
    },
    /// A file was written (number of rows) or not (the error as text).
    Exported(Result<usize, String>),
    /// The worker panicked.
    Broken {
        /// Number of the request.
        id: u64,
        /// The message of the panic.
        what: String,
    },
    /// A frame was drawn; this much fitted.
    Drawn(Viewport),
}

/// The part of a screen that a request fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SlotPart {
    /// What is known of the ledger.
    Ledger,
    /// The screen's own data.
    Main,
    /// A further page.
    More,
    /// Further data, besides the main data.
    Extra,
    /// The detail beside a list.
    Side,
    /// A request that writes or takes long; one at a time.
    Change,
}

/// Where an answer belongs: a newer request of the same slot replaces an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// Serial number of the open screen; 0 for the workstation as a whole.
    pub screen: u32,
    /// The part of the screen.
    pub part: SlotPart,
}

/// A request on its way to the desk. The shell adds the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRequest {
    /// Number of this request.
    pub id: u64,
    /// Where the answer belongs.
    pub slot: Slot,
    /// The operator.
    pub operator: Operator,
    /// Language of explanations.
    pub lang: Lang,
    /// The request.
    pub request: Request,
}

/// A file to import, on its way to the desk. The shell adds the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRequest {
    /// Number of this request.
    pub id: u64,
    /// Where the answer belongs.
    pub slot: Slot,
    /// The operator.
    pub operator: Operator,
    /// Language of explanations.
    pub lang: Lang,
    /// The file.
    pub file: LocalFile,
    /// Whether it is only looked at, and nothing of it is taken.
    pub dry_run: bool,
}

/// Something the shell shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send a request to the desk; an older one of its slot is dropped.
    Ask(Box<DeskRequest>),
    /// Import a file, or look at it.
    Import(Box<ImportRequest>),
    /// Look up the paths that begin with this text; answered by [`Action::Paths`].
    FindPaths(String),
    /// Cancel a request.
    Cancel(u64),
    /// Put this on the clipboard.
    Copy(String),
    /// Write this file, which must not exist yet.
    Export {
        /// Its path.
        path: String,
        /// Its content.
        text: String,
        /// Number of rows.
        rows: usize,
    },
    /// Leave this ledger for the one of that name or address, or for the choice between all.
    Ledger(Option<String>),
    /// Leave the workstation.
    Quit,
}
