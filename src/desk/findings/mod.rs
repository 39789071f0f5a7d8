//! Findings: what is wrong in the books, computed from trades, rules and channel statements.

pub mod memory;
pub mod page;
mod requests;
pub mod scan;
mod summary;
