//! The user's configuration: named ledgers and their addresses.
//!
//! It is one file: `config.toml` in the user's configuration folder, or the file that `STORNO_CONFIG`
//! names. It holds no secrets: credentials come from the environment or from a file that only the user
//! can read.

pub mod address;
pub mod profile;

pub use address::{Address, RqliteAddress, SshAddress};
pub use profile::{Colour, Config, Profile};
