//! A ledger on another host, over standard input and output of a program.
//!
//! `storno serve --stdio` runs on the host of the ledger, and the system's `ssh` connects its input and
//! output to the client. The requests and answers of the desk travel in frames:
//!
//! | file | what |
//! |---|---|
//! | [`messages`] | what client and server say |
//! | [`frame`] | how a message is written as bytes |
//! | [`connection`] | a live connection: opening, pings, loss |
//! | [`client`] | the desk's service over a connection: reconnecting, retries, idempotency keys |
//! | [`ssh`] | how the server program is started |
//! | [`server`] | the other side |
//! | [`known`] | the heads of ledgers that were seen before |
//!
//! The server checks everything again, and its own command line decides who works and what may be done.
//! A lost connection loses no work: the client reconnects, compares the ledger's head with the one it
//! knew, and sends what was not answered again, write requests under an idempotency key.

pub mod client;
pub mod connection;
pub mod frame;
pub mod known;
pub mod messages;
pub mod server;
pub mod ssh;

use crate::protocol::refusal::Refusal;
use std::fmt::Display;

/// Returns a technical refusal. Facts without a value are left out, and with them their part of the text.
fn fault(code: &str, args: &[(&str, &dyn Display)]) -> Refusal {
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.to_string()));
    let args = args.filter(|(_, value)| !value.is_empty()).collect();
    Refusal::Fault { code: code.to_owned(), args }
}

/// The codes of this module's failures. A test checks that each has its texts.
pub const CODES: &[&str] = &[
    "STORNO-GARBLED",
    known::HEAD_BACK,
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
