//! A desk on another host, behind the two ends of a program's standard input and output.
//!
//! `storno serve --stdio` runs where the ledger is; the system's `ssh` brings its ends here. The same requests and answers
//! travel in frames ([`frame`], [`words`]); the server checks everything again, and decides by its own command line who
//! works and what may be done. A line that breaks loses nothing: the client dials again, compares the ledger's head with the
//! one it knew, and asks for what it did not hear by the order's key.

pub mod client;
pub mod frame;
pub mod known;
pub mod server;
pub mod ssh;
pub mod words;

use crate::protocol::refusal::Refusal;
use std::fmt::Display;

/// A technical refusal with a code of this room.
fn fault(code: &str, args: &[(&str, &dyn Display)]) -> Refusal {
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.to_string()));
    // What is not known is left out of the text.
    let args = args.filter(|(_, value)| !value.is_empty()).collect();
    Refusal::Fault { code: code.to_owned(), args }
}

/// The codes of a line's failures, for the test that each has its texts.
pub const CODES: &[&str] = &[
    "STORNO-GARBLED",
    "STORNO-HEAD-BACK",
    "STORNO-LEDGER-CHANGED",
    "STORNO-LINE",
    "STORNO-NO-PROGRAM",
    "STORNO-NOISE",
    "STORNO-PROTOCOL",
    "STORNO-SERVER",
    "STORNO-SSH-AUTH",
    "STORNO-SSH-HOST",
    "STORNO-SSH-HOST-KEY",
    "STORNO-SSH-MISSING",
    "STORNO-SSH-REFUSED",
    "STORNO-TOO-LONG",
];
