//! Storno: a keyboard-driven terminal workstation for payment ledgers.
//!
//! Read in this order. [`domain`] is the bookkeeping itself, pure. [`protocol`] is the language that
//! everything above speaks: requests, answers and rows. [`store`] keeps the books in SQL behind a small
//! trait. [`files`] reads what others send and writes what they read. [`desk`] answers the requests.
//! [`app`] is the workstation as a pure state machine, [`ui`] draws it, [`runtime`] is the shell around it:
//! terminal, clock, worker thread. [`cli`] is the command line over the same desk. [`i18n`] holds every
//! word that people read.
//!
//! Data flows one way: key → action → `update` → effect → desk, on its own thread → reply → `update` → a
//! frame. Only `store` knows SQL, only the edges (`runtime`, `cli`, `config`) know the clock and the
//! environment; `tests/architecture.rs` checks both.

// Every file under the folder; `build.rs` makes a changed text a changed program.
rust_i18n::i18n!("assets/locales", fallback = "en");

pub mod app;
pub mod cli;
pub mod config;
pub mod desk;
pub mod documents;
pub mod domain;
pub mod files;
pub mod i18n;
pub mod protocol;
pub mod remote;
pub mod runtime;
pub mod sample;
pub mod store;
pub mod ui;
