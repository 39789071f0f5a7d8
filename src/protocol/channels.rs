//! The channels that the ledger knows.

use crate::domain::channel::{ChannelDefinition, ChannelField};
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::protocol::changes::CountedChange;
use serde::{Deserialize, Serialize};

/// The channels in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelsAnswer {
    /// Version of the set in the ledger; 0 for the one of the program.
    pub version: i64,
    /// Name of the set.
    pub id: String,
    /// When it was loaded.
    pub loaded_at: Option<Moment>,
    /// The operator who loaded it.
    pub operator: Option<Operator>,
    /// The channels, in the order of the file.
    pub channels: Vec<ChannelDefinition>,
    /// The file's text, TOML.
    pub source: String,
    /// For a file that is checked or loaded: what it changes about the version in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<CountedChange<ChannelField>>>,
}

/// Requests the channels in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChannels {}

/// Loads a channel file and puts it in force; the text in force changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadChannels {
    /// File name, for error messages.
    pub file: String,
    /// Text of the channel file, TOML.
    pub text: String,
}

/// Requests what a channel file would put in force, with every check of its loading; stores nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckChannels {
    /// File name, for error messages.
    pub file: String,
    /// Text of the file, TOML.
    pub text: String,
}
