//! The language of the desk: requests, answers and their rows, all plain serialisable data.
//!
//! Everything that speaks with a desk uses it: the workstation, the command line, a server, and the store,
//! which fills the rows. It acts on nothing. One file is one topic, with the request and its answer
//! together.

pub mod acceptances;
pub mod account_matches;
pub mod account_reconciliation;
pub mod account_statements;
pub mod accounts;
pub mod answer;
pub mod balance_days;
pub mod bills;
pub mod calendars;
pub mod cases;
pub mod changes;
pub mod channels;
pub mod checklists;
pub mod connection;
pub mod context;
pub mod days;
pub mod decisions;
pub mod findings;
pub mod intake;
pub mod journals;
pub mod kinds;
pub mod ledger;
pub mod lineage;
pub mod matches;
pub mod names;
pub mod opening;
pub mod page;
pub mod payouts;
pub mod policy;
pub mod posting;
pub mod preview;
pub mod receipt;
pub mod refusal;
pub mod reports;
pub mod request;
pub mod rules;
pub mod service;
pub mod sign_offs;
pub mod step_row;
pub mod steps;
pub mod syntax;
mod tagged;
pub mod takeover;
pub mod totals;
pub mod trades;
pub mod trail;
pub mod try_rules;
pub mod vouchers;
pub mod watch;
