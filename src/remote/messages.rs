//! The messages between client and server.
//!
//! 1. The server sends [`MAGIC`] and a [`Greeting`].
//! 2. The client sends [`Open`].
//! 3. The server opens the ledger and sends [`FromServer::Welcome`], or a refusal with id 0.
//! 4. The client sends requests, several at once if it likes; each answer carries the id of its request.

use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::domain::role::Role;
use crate::files::import::Format;
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::bills::FileOptions;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::ledger::LedgerInfo;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::watch::Progress;
use serde::{Deserialize, Serialize};

/// The server's first bytes. Anything before them is a login shell's banner.
pub const MAGIC: &[u8] = b"\x01storno-desk\n";

/// The oldest and newest protocol version of this program.
pub const PROTOCOL: (u32, u32) = (1, 1);

/// Maximum bytes of a frame. The longest page or preview has some megabytes.
pub const MAX_FRAME: usize = 64 << 20;

/// Bytes of a file in one frame, before base64.
pub const CHUNK: usize = 256 << 10;

/// Maximum bytes of a file that a server accepts.
pub const MAX_FILE: u64 = 4 << 30;

/// The server's first frame: what it speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Oldest and newest protocol version.
    pub protocol: (u32, u32),
    /// Its version, for messages.
    pub program: String,
    /// Schema version of its program.
    pub schema: i64,
}

/// The client's first frame. The server's command line overrides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The protocol version spoken from now on.
    pub protocol: u32,
    /// Its version, for messages.
    pub program: String,
    /// The ledger's path on the server.
    pub ledger: String,
    /// True if nothing may be written.
    pub read_only: bool,
    /// The operator.
    pub operator: Operator,
}

/// What the server has opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The ledger, with its head.
    pub ledger: LedgerInfo,
    /// The operator of the session.
    pub operator: Operator,
    /// True if the server's command line decides the operator, so that the client cannot.
    pub operator_is_fixed: bool,
    /// What the session may do.
    pub role: Role,
}

/// Who asks, when and in which language. The server's command line overrides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// The operator.
    pub operator: Operator,
    /// The time given on the client's command line; `None` for the server's clock.
    pub now: Option<Moment>,
    /// The language of explanations.
    pub lang: Lang,
}

/// From the client, after [`Open`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromClient {
    /// A request.
    Ask {
        /// Its id.
        id: u64,
        /// Operator, time and language.
        asker: Asker,
        /// The request.
        request: Box<Request>,
    },
    /// A file to import. Its content follows as `Data`, up to `End`.
    Import {
        /// Its id.
        id: u64,
        /// Operator, time and language.
        asker: Asker,
        /// The file's name.
        file: String,
        /// The file's format.
        format: Format,
        /// True to check the file only.
        dry_run: bool,
        /// What is said beside a bill's file.
        #[serde(default)]
        bill: Box<FileOptions>,
        /// The case that takes a journal.
        #[serde(default)]
        case_no: Option<CaseNo>,
        /// The profile by which it is read: name and text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<(String, String)>,
        /// Lists the rows that the ledger refuses after a line, instead of importing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused_after: Option<usize>,
    },
    /// A part of a file.
    Data {
        /// The import's id.
        id: u64,
        /// The bytes in base64.
        bytes: String,
    },
    /// The file is complete.
    End {
        /// The import's id.
        id: u64,
    },
    /// The request is cancelled.
    Cancel {
        /// Its id.
        id: u64,
    },
    /// Asks for a sign of life.
    Ping {
        /// Its id.
        id: u64,
    },
}

/// From the server, after [`Greeting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromServer {
    /// The ledger is open.
    Welcome(Box<Welcome>),
    /// Progress of a long request.
    Progress {
        /// The request's id.
        id: u64,
        /// The progress.
        progress: Progress,
    },
    /// An answer.
    Answer {
        /// The request's id.
        id: u64,
        /// The answer.
        answer: Box<Answer>,
    },
    /// A file was imported.
    Imported {
        /// The import's id.
        id: u64,
        /// What was imported.
        answer: Box<ImportAnswer>,
    },
    /// A request was refused; with id 0, the opening.
    Refused {
        /// The request's id.
        id: u64,
        /// The reason.
        refusal: Refusal,
    },
    /// Answers a ping.
    Pong {
        /// The ping's id.
        id: u64,
    },
}
