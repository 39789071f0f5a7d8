//! Importing files: what comes in, and what the import did.

use crate::files::import::{Format, Source};
use serde::{Deserialize, Serialize};

/// What taking a file over did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAnswer {
    /// The file.
    pub file: String,
    /// What it was taken for.
    pub format: String,
    /// Rows in it: trades, vouchers or statement lines.
    pub rows: u64,
    /// Rows added now.
    pub added: u64,
    /// Rows that were there already.
    pub already: u64,
    /// When the very same file was taken over before.
    pub imported_before: Option<String>,
    /// Whether nothing was written because only a trial was asked for.
    pub dry_run: bool,
}

impl ImportAnswer {
    /// Returns the answer for a file that was imported before, at `at`, with so many rows.
    #[must_use]
    pub fn imported_before(self, at: String, rows: u64) -> Self {
        Self { rows, added: 0, already: rows, imported_before: Some(at), ..self }
    }
}

/// A file to take over.
pub struct Incoming<'s> {
    /// The file.
    pub source: &'s mut Source,
    /// What it is.
    pub format: Format,
    /// Whether to write nothing.
    pub dry_run: bool,
}
