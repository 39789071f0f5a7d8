//! A mistake in a file: one that people write, or a table that is imported.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct AuthoredError {
    /// Name of the file.
    pub file: String,
    /// Line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// Column from 1, in characters, in a table in fields; 0 for a row as a whole.
    pub column: usize,
    /// Name of the column in a table's header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column_name: Option<String>,
    /// Key of the text: `refusal.…`, `file.…`, `rulefile.…`, `channelfile.…`, `kindfile.…`, `calendar.…` or `policy.…`.
    pub key: String,
    /// Named facts for the text.
    pub args: Vec<(String, String)>,
    /// The allowed word that was probably meant.
    pub nearest: Option<String>,
}

impl AuthoredError {
    /// Name of the fact by which code the ledger refuses a row.
    pub const REFUSED_BY: &str = "refused_by";

    /// Returns the reason as programs read it: the key of the text, or the code by which the ledger refuses a row.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.refused_by().unwrap_or(&self.key)
    }

    /// Returns the code by which the ledger refuses a row that can be read.
    #[must_use]
    pub fn refused_by(&self) -> Option<&str> {
        self.arg(Self::REFUSED_BY)
    }

    /// Returns the value of a named fact.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// `file:line:column: key name=value…`, for logs; screens use the locale's text.
impl fmt::Display for AuthoredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.key)?;
        self.args.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}
