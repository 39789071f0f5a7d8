//! Imports of files: the file, and the result.

use crate::files::import::{Format, Source};
use serde::{Deserialize, Serialize};

/// Result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAnswer {
    /// Name of the file.
    pub file: String,
    /// Format that was detected or requested.
    pub format: String,
    /// Rows of the file: trades, vouchers or bill lines.
    pub rows: u64,
    /// Rows added.
    pub added: u64,
    /// Rows that the ledger already held.
    pub already: u64,
    /// Rows of a trade list by which a known trade moved on.
    #[serde(default)]
    pub moved_on: u64,
    /// Rows of a trade list that contradict what is known of a trade.
    #[serde(default)]
    pub contradicting: u64,
    /// When a file with the same content was imported before.
    pub imported_before: Option<String>,
    /// Whether this was a dry run, which writes nothing.
    pub dry_run: bool,
}

impl ImportAnswer {
    /// When a file with the same content was imported before.
    #[must_use]
    pub fn imported_before(self, at: String, rows: u64) -> Self {
        Self { rows, already: rows, imported_before: Some(at), ..self.counted_anew() }
    }

    /// Returns the answer with no row counted yet.
    #[must_use]
    pub fn counted_anew(&self) -> Self {
        Self { rows: 0, added: 0, already: 0, moved_on: 0, contradicting: 0, ..self.clone() }
    }
}

/// A file to import.
pub struct Incoming<'s> {
    /// The opened file.
    pub source: &'s mut Source,
    /// Format of the file.
    pub format: Format,
    /// Whether to check the file without writing.
    pub dry_run: bool,
}
