//! Technical failures, as opposed to what the books forbid.

use crate::domain::rejection::{Code, Rejection};
use crate::protocol::refusal::Refusal;

/// A technical failure of the ledger's engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no file at that address.
    #[error("no ledger at {path}")]
    Missing {
        /// The address.
        path: String,
    },
    /// The file is not an SQLite database.
    #[error("{path} is not a database")]
    NotADatabase {
        /// The file.
        path: String,
    },
    /// The file is an SQLite database, but not a ledger.
    #[error("{path} is not a ledger")]
    NotALedger {
        /// The file.
        path: String,
    },
    /// The ledger was written by a newer program.
    #[error("{path}: schema {found} is newer than {known}")]
    Newer {
        /// The file.
        path: String,
        /// Its schema version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The ledger is older, and this session may not migrate it.
    #[error("{path}: schema {found} is older than {known}")]
    Older {
        /// The file.
        path: String,
        /// Its schema version.
        found: i64,
        /// The version this program works with.
        known: i64,
    },
    /// No host of a cluster answers, or there is no leader.
    #[error("unreachable: {detail}")]
    Unreachable {
        /// The last answer or error.
        detail: String,
    },
    /// A batch was sent, and it is unknown whether it was written.
    #[error("unknown: {why}")]
    Unknown {
        /// The reason.
        why: String,
    },
    /// No host of a cluster has a batch that was seen there before: the cluster was restored to an
    /// earlier state.
    #[error("{address}: no batch {batch}")]
    SetBack {
        /// The cluster.
        address: String,
        /// Number of the batch.
        batch: i64,
    },
    /// A long file was imported into a cluster in part.
    #[error("{file}: {rows} of {total}, {why}")]
    PartTaken {
        /// File name.
        file: String,
        /// Records imported.
        rows: u64,
        /// Records in the file.
        total: u64,
        /// Why the rest was not imported.
        why: String,
    },
    /// The cluster refused the credentials.
    #[error("login: {detail}")]
    Login {
        /// Its message.
        detail: String,
    },
    /// The cluster's nodes do not check foreign keys.
    #[error("{path}: no foreign keys")]
    NoForeignKeys {
        /// The cluster.
        path: String,
    },
    /// Another process held the ledger for too long.
    #[error("locked")]
    Locked,
    /// This session may not write.
    #[error("read-only")]
    ReadOnly,
    /// The disk is full.
    #[error("disk full")]
    Full,
    /// The file is damaged.
    #[error("corrupt: {detail}")]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// The operating system returned an error.
    #[error("{detail}")]
    Io {
        /// Its message.
        detail: String,
    },
    /// A statement failed unexpectedly: a defect of the program.
    #[error("internal: {detail}")]
    Internal {
        /// The engine's message.
        detail: String,
    },
}

impl Fault {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "STORNO-NO-LEDGER",
            Self::NotADatabase { .. } => "STORNO-NOT-A-DATABASE",
            Self::NotALedger { .. } => "STORNO-NOT-A-LEDGER",
            Self::Newer { .. } => "STORNO-NEWER-LEDGER",
            Self::Older { .. } => "STORNO-OLDER-LEDGER",
            Self::Unreachable { .. } => "STORNO-UNREACHABLE",
            Self::Unknown { .. } => "STORNO-UNKNOWN",
            Self::SetBack { .. } => "STORNO-HEAD-BACK",
            Self::PartTaken { .. } => "STORNO-PART-TAKEN",
            Self::Login { .. } => "STORNO-LOGIN",
            Self::NoForeignKeys { .. } => "STORNO-NO-FOREIGN-KEYS",
            Self::Locked => "STORNO-LOCKED",
            Self::ReadOnly => "STORNO-READ-ONLY",
            Self::Full => "STORNO-DISK-FULL",
            Self::Corrupt { .. } => "STORNO-CORRUPT",
            Self::Io { .. } => "STORNO-IO",
            Self::Internal { .. } => "STORNO-INTERNAL",
        }
    }

    /// Every code, for the test that each has its texts.
    pub const CODES: &'static [&'static str] = &[
        "STORNO-NO-LEDGER",
        "STORNO-NOT-A-DATABASE",
        "STORNO-NOT-A-LEDGER",
        "STORNO-NEWER-LEDGER",
        "STORNO-OLDER-LEDGER",
        "STORNO-UNREACHABLE",
        "STORNO-UNKNOWN",
        "STORNO-HEAD-BACK",
        "STORNO-PART-TAKEN",
        "STORNO-LOGIN",
        "STORNO-NO-FOREIGN-KEYS",
        "STORNO-LOCKED",
        "STORNO-READ-ONLY",
        "STORNO-DISK-FULL",
        "STORNO-CORRUPT",
        "STORNO-IO",
        "STORNO-INTERNAL",
    ];

    /// Returns the named facts for the text.
    #[must_use]
    pub fn args(&self) -> Vec<(String, String)> {
        let own = |pairs: &[(&str, String)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        match self {
            Self::Missing { path }
            | Self::NotADatabase { path }
            | Self::NotALedger { path }
            | Self::NoForeignKeys { path } => own(&[("path", path.clone())]),
            Self::PartTaken { file, rows, total, why } => own(&[
                ("file", file.clone()),
                ("rows", rows.to_string()),
                ("total", total.to_string()),
                ("why", why.clone()),
            ]),
            Self::SetBack { address, batch } => {
                own(&[("address", address.clone()), ("batch", batch.to_string())])
            }
            Self::Unknown { why } => own(&[("why", why.clone())]),
            Self::Newer { path, found, known } | Self::Older { path, found, known } => {
                own(&[("path", path.clone()), ("found", found.to_string()), ("known", known.to_string())])
            }
            Self::Corrupt { detail }
            | Self::Io { detail }
            | Self::Internal { detail }
            | Self::Unreachable { detail }
            | Self::Login { detail } => own(&[("detail", detail.clone())]),
            Self::Locked | Self::ReadOnly | Self::Full => Vec::new(),
        }
    }
}

/// An error of the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A guard refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The engine failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl StoreError {
    /// Returns a refusal without facts.
    #[must_use]
    pub const fn rejected(code: Code) -> Self {
        Self::Rejected(Rejection::new(code))
    }

    /// Returns whether another writer moved the head meanwhile, so that the batch may be retried from the
    /// start.
    #[must_use]
    pub fn is_race(&self) -> bool {
        matches!(self, Self::Rejected(rejection) if matches!(rejection.code,
            Code::VoucherNumber | Code::PreviousHash | Code::ChainNumber | Code::Sealed))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Rejected(rejection) => Self::Rejected(rejection),
            StoreError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault { code: fault.code().to_owned(), args: fault.args() }
    }
}
