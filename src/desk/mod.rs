//! The desk: the domain service that the workstation and the command line talk to.
//!
//! From the bottom up; which room may use which is in `ARCHITECTURE.md`:
//!
//! | room | what it does |
//! |---|---|
//! | `in_force` | what is in force: settings, policy, chart, rules, calendar, read once |
//! | `handle` | what a handler of a request is |
//! | `ledger`, `open` | the open ledger, and how one is created or opened |
//! | `missing` | statements of channels that never came |
//! | `day_tally` | the comparison of a channel's day |
//! | `books` | lists and reports of the books |
//! | `findings` | what is wrong, and why |
//! | `posting`, `intake`, `days` | posting by rules, importing files, accounting days |
//! | `corrections` | steps of a case, their dry run, the planner |
//! | `cases` | a case from opening to commit |
//! | `setup` | policy, rules, calendars |
//! | `service` | the desk itself: a request in, an answer out |
//!
//! No room here knows SQL; all of them read and write through [`crate::store`].

pub(crate) mod books;
pub(crate) mod cases;
pub(crate) mod corrections;
pub(crate) mod day_tally;
mod days;
pub(crate) mod findings;
pub(crate) mod handle;
pub mod in_force;
pub mod intake;
pub mod ledger;
pub(crate) mod missing;
pub mod open;
mod posting;
mod service;
pub mod setup;

pub use service::Desk;
