//! Setting a ledger up: policy, reason codes, rules and calendars, each loaded as a new version; and trying
//! rules before they are loaded.

pub mod calendars;
mod channels;
mod definitions;
mod kinds;
pub mod policy;
mod reasons;
mod rules;
mod takeover;
mod tally;
mod try_rules;
