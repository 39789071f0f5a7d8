//! The user's configuration: named ledgers, and where ledgers can be.
//!
//! One file, `config.toml` in the user's configuration folder, or the one that `STORNO_CONFIG` names. It holds no secrets:
//! credentials come from the environment or from a file that only the user can read.

pub mod address;
pub mod profile;

pub use address::{Address, RqliteAddress, SshAddress};
pub use profile::{Colour, Config, Profile};
