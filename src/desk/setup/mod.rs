//! Setting a ledger up: policy, reason codes, rules and calendars, each loaded as a new version.

pub mod calendars;
mod channels;
mod kinds;
pub mod policy;
mod reasons;
mod rules;
