//! The ledger file: SQL engines behind one small trait, and what is asked of them in plain Rust data.
//!
//! This is the only layer that knows SQL.

pub mod accounts;
pub mod amendments;
pub mod answered;
pub mod append;
pub mod balances;
pub mod calendars;
pub mod cases;
pub mod days;
pub mod engine;
pub mod events;
pub mod imports;
mod page;
pub mod parties;
pub mod positions;
pub mod reconcile;
pub mod settings;
pub mod statements;
pub mod suspense;
pub mod trades;
pub mod unposted;
pub mod verify;
pub mod vouchers;
pub mod watermark;

pub use engine::{Carrier, Engine, Fault, Reader, Sink, StoreError};
