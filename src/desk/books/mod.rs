//! Lists and reports of the books. Everything here only reads.

pub mod account_names;
mod explain;
mod lineage;
mod overview;
mod reconcile;
mod reports;
mod requests;
mod trades;
mod verify;
