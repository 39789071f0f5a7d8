//! Lists and reports of the books. Nothing here writes.

mod account_answers;
mod account_by_hand;
pub mod account_names;
mod account_proposals;
mod account_reconciliation;
mod account_staged;
mod accounts;
mod channel_days;
mod customer_statement;
mod explain;
mod explain_match;
mod lineage;
mod match_choices;
mod overview;
mod payouts;
mod reconcile;
mod reports;
mod signed_days;
mod trades;
mod trail;
mod trail_levels;
mod verify;
