//! Findings: what is wrong in the books, computed from trades, rules and channel statements.

pub mod memory;
pub mod page;
pub mod scan;
mod summary;
