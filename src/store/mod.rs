//! The ledger: SQL engines behind three small traits, and one file of queries per table family.
//!
//! This is the only layer that knows SQL. [`engine`] reads rows and commits one guarded batch; every
//! other module reads or writes the tables it is named after, as plain Rust data. [`append`] puts
//! vouchers into the journal, [`positions`] and [`unposted`] scan it for findings and posting, [`verify`]
//! checks it.
//!
//! # Errors
//!
//! Every function here can fail with a [`Fault`] of its engine, and every write with the refusal of a
//! guard ([`StoreError::Rejected`]); an "Errors" section only names what else can happen. After an error
//! nothing of the batch was written.

pub mod acceptances;
pub mod account_evidence;
pub mod account_matches;
pub mod account_statements;
pub mod accounts;
pub mod amendments;
pub mod answered;
pub mod append;
pub mod authored;
pub mod balances;
pub mod bills;
pub mod candidates;
pub mod cases;
pub mod coverage;
pub mod days;
pub mod decisions;
pub mod engine;
pub mod event_id;
pub mod events;
pub mod excerpt;
pub mod follow_up;
pub mod imports;
pub mod journals;
pub mod kept;
pub mod matching;
pub mod named_lines;
mod page;
pub mod parties;
pub mod positions;
pub mod reconcile;
mod related;
pub mod relatives;
mod row_lists;
pub mod row_set;
pub mod settings;
pub mod shaken_cases;
pub mod sign_offs;
pub mod statements;
pub mod suspense;
pub mod takeover;
pub mod touched;
pub mod trade_counts;
pub mod trade_news;
pub mod trades;
pub mod trail;
pub mod unposted;
pub mod verify;
pub mod vouchers;
pub mod watched;
pub mod watermark;

pub use engine::{Checkpointer, Engine, Fault, Reader, Sink, StoreError};
