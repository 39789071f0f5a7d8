//! Storno: a keyboard-driven terminal workstation for payment ledgers.
//!
//! Read in this order. [`domain`] is the bookkeeping itself, pure. [`store`] keeps it in SQL behind a small trait.
//! [`files`] reads what others send. [`desk`] is the service over both: requests and answers, plain data. [`app`] is
//! the workstation as a pure state machine, [`ui`] draws it, [`runtime`] is the shell around it: terminal, clock,
//! worker thread. [`cli`] is the command line, asking the same desk. [`i18n`] holds every word that people read.
//!
//! Data flows one way: key → action → `update` → effect → desk, on its own thread → reply → `update` → a frame. Nothing
//! but `store` knows SQL, nothing but `runtime` and `cli` knows the clock and the environment, and
//! `tests/architecture.rs` holds them to it.

// Every file under the folder; `build.rs` makes a changed text a changed program.
rust_i18n::i18n!("assets/locales", fallback = "en");

pub mod app;
pub mod cli;
pub mod config;
pub mod desk;
pub mod domain;
pub mod files;
pub mod i18n;
pub mod remote;
pub mod runtime;
pub mod store;
pub mod ui;
