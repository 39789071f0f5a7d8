//! The integration tests, as one program: SQLite and the library are linked once.
//!
//! `.ci/test` repeats the module [`workflows`] on every engine; everything else runs once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod sample;
mod support;

mod architecture;
mod bad_input;
mod cluster;
mod customer_statements;
mod guards;
mod handbook;
mod kinds;
mod locales;
mod long_case;
mod old_ledgers;
mod pages;
mod properties;
mod public_views;
mod race;
mod reconciled;
mod remote;
mod tried_rules;
mod two_currencies;
mod verify_outside;
mod workflows;
mod workstation;
