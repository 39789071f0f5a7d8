//! The kinds of trades that the ledger knows.

use crate::domain::id::Operator;
use crate::domain::kind::{Kind, KindField};
use crate::domain::period::Moment;
use crate::protocol::changes::CountedChange;
use serde::{Deserialize, Serialize};

/// The kinds of trades in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindsAnswer {
    /// Version of the set in the ledger; 0 for the one of the program.
    pub version: i64,
    /// Name of the set.
    pub id: String,
    /// When it was loaded.
    pub loaded_at: Option<Moment>,
    /// The operator who loaded it.
    pub operator: Option<Operator>,
    /// The kinds, in the order of the file.
    pub kinds: Vec<Kind>,
    /// The file's text, TOML.
    pub source: String,
    /// For a file that is checked or loaded: what it changes about the version in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<CountedChange<KindField>>>,
}

/// Requests the kinds of trades in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListKinds {}

/// Loads a file of kinds and puts it in force; the text in force changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadKinds {
    /// File name, for error messages.
    pub file: String,
    /// Text of the file of kinds, TOML.
    pub text: String,
}

/// Requests what a file of kinds would put in force, with every check of its loading; stores nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckKinds {
    /// File name, for error messages.
    pub file: String,
    /// Text of the file, TOML.
    pub text: String,
}
