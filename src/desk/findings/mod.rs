//! Findings: what is wrong in the books, computed from trades, rules and channel statements.
//!
//! Read, then judge, then write: [`evidence`] reads, [`judge`] asks the table of [`causes`], [`scan`] judges what was
//! touched and puts the result in [`memory`], and `kept` keeps that in the ledger. Each cause also plans its own
//! correction from [`plan_evidence`].

pub mod accept;
pub mod again;
mod cause;
pub mod causes;
pub mod chunks;
pub mod evidence;
pub mod judge;
mod kept;
pub mod memory;
mod nearest;
pub mod page;
pub mod plan_evidence;
pub mod proposed_steps;
pub mod scan;
mod summary;
mod timing;
pub mod views;
