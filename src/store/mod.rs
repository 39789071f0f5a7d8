//! The ledger file: SQL engines behind one small trait, and what is asked of them in plain Rust data.
//!
//! This is the only layer that knows SQL.

pub mod answered;
pub mod append;
pub mod balances;
pub mod calendars;
pub mod cases;
pub mod days;
pub mod engine;
pub mod imports;
pub mod positions;
pub mod reconcile;
pub mod settings;
pub mod suspense;
pub mod verify;
pub mod vouchers;
pub mod watermark;

pub use engine::{
    Carrier, Cell, Cells, Engine, Fault, Param, Reader, Row, Sink, StoreError, all, fault, first,
    idempotent as orders, row, rqlite, schema, sqlite, tape,
};
pub use {balances as books, imports as import, positions as scan, settings as setup, vouchers as list};
