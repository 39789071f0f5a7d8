//! What is said over a line between a workstation and a desk on another host.
//!
//! The server speaks first: [`MAGIC`] and a [`Greeting`]. The client answers with [`Open`]; the server opens the ledger and
//! says [`FromServer::Welcome`] or refuses. From then on the client asks, several questions at once if it likes, and each is
//! answered under its id.

use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::role::Role;
use crate::files::import::Format;
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::ledger::LedgerInfo;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::watch::Progress;
use serde::{Deserialize, Serialize};

/// The server's first bytes. What comes before them is a banner of a login shell, and no desk.
pub const MAGIC: &[u8] = b"\x01storno-desk\n";

/// The protocol's versions that this program speaks, oldest and newest.
pub const PROTOCOL: (u32, u32) = (1, 1);

/// Longest frame: the longest page or preview has some megabytes.
pub const MAX_FRAME: usize = 64 << 20;

/// Bytes of a file in one frame.
pub const CHUNK: usize = 256 << 10;

/// Largest file that a server takes.
pub const MAX_FILE: u64 = 4 << 30;

/// The server's first frame: what it speaks, and what its own command line has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Oldest and newest protocol.
    pub protocol: (u32, u32),
    /// Its version, for messages.
    pub program: String,
    /// The schema its program works with.
    pub schema: i64,
}

/// The client's first frame. What the server's command line says stands over it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The protocol spoken from now on.
    pub protocol: u32,
    /// Its version, for messages.
    pub program: String,
    /// The ledger's path on the server.
    pub ledger: String,
    /// Whether nothing is to be written.
    pub read_only: bool,
    /// Who works there.
    pub operator: Operator,
}

/// What the server has opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The ledger, with its head.
    pub ledger: LedgerInfo,
    /// Who the session works as.
    pub operator: Operator,
    /// Whether the server decided that, so that it cannot be changed.
    pub operator_is_fixed: bool,
    /// What the session may do.
    pub role: Role,
}

/// Who asks, when, in which language, as far as the client may say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// The operator; the server's word stands over it.
    pub operator: Operator,
    /// The time, where one was told on the command line; `None` leaves it to the server's clock.
    pub now: Option<Moment>,
    /// The language of explanations.
    pub lang: Lang,
}

/// From the client, after [`Open`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromClient {
    /// A question or an order.
    Ask {
        /// Its id.
        id: u64,
        /// Who asks.
        asker: Asker,
        /// What.
        request: Box<Request>,
    },
    /// A file to take over; its content follows as `Data`, up to `End`.
    Import {
        /// Its id.
        id: u64,
        /// Who asks.
        asker: Asker,
        /// The file's name.
        file: String,
        /// What it is.
        format: Format,
        /// Whether to write nothing.
        dry_run: bool,
    },
    /// A part of a file, base64.
    Data {
        /// The import's id.
        id: u64,
        /// The bytes.
        bytes: String,
    },
    /// The file is whole.
    End {
        /// The import's id.
        id: u64,
    },
    /// Nobody waits for this any more.
    Cancel {
        /// Its id.
        id: u64,
    },
    /// Is anybody there?
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
    /// How far long work has come.
    Progress {
        /// Whose.
        id: u64,
        /// How far.
        progress: Progress,
    },
    /// An answer.
    Answer {
        /// To what.
        id: u64,
        /// The answer.
        answer: Box<Answer>,
    },
    /// A file was taken over.
    Imported {
        /// Which import.
        id: u64,
        /// What it did.
        answer: ImportAnswer,
    },
    /// A refusal; id 0 refuses the opening.
    Refused {
        /// Of what.
        id: u64,
        /// Why.
        refusal: Refusal,
    },
    /// Yes.
    Pong {
        /// To which ping.
        id: u64,
    },
}
