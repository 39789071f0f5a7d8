//! The scenarios (S01–S53) with the real program: what happened, which cause is found, what is planned, and
//! what the books, the customer and the channel say once two people have corrected it.

pub mod fixture;
mod marketplace;
mod marketplace_currencies;
mod marketplace_walks;
mod transcript;

mod channel_lines;
mod corrections;
mod counter_trades;
mod later_lists;
mod other_charts;
mod suspense;
mod table;
mod unmatched_table;
mod waiting;
