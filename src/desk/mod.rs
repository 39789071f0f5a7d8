//! The desk: the domain service the workstation and the command line talk to.
//!
//! Requests and answers are plain serialisable data, so that the same conversation works in-process, over a pipe and
//! over a network. Nothing here knows SQL; the desk reads and writes through [`crate::store`].

mod basis;
mod books;
mod calendar;
mod case;
mod check;
mod commit;
mod compare;
mod day;
mod expect;
mod findings;
mod found;
pub mod generate;
pub mod import;
mod lineage;
pub mod local;
pub(crate) mod names;
mod opening;
mod plan;
pub mod policy;
mod post;
mod query;
mod reconcile;
mod resolve;

pub use local::Desk;
