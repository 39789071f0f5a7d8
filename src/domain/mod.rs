//! The bookkeeping itself, pure: no I/O, no clock, no randomness, nothing of the other layers.
//!
//! Everything that decides what is right in the books lives here: amounts, accounts, trades and their events,
//! posting rules, vouchers and their hash, corrections and the findings that ask for them. The store repeats
//! the hard guards in SQL; here they give the friendly answer.

pub mod account;
pub mod authored;
pub mod calendar;
pub mod case;
pub mod chain;
pub mod chart;
pub mod compare;
pub mod correction;
pub mod due;
pub mod event;
pub mod finding;
pub mod id;
pub mod money;
pub mod period;
pub mod playbook;
pub mod policy;
pub mod position;
pub mod rejection;
pub mod role;
pub mod rule;
pub mod statement;
pub mod step;
pub mod trade;
pub mod turnover;
pub mod voucher;
pub(crate) mod words;
