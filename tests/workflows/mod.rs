//! Bookkeepers' work with the real program, from import to sealed day. `.ci/test` runs these tests on every engine and
//! compares what the public views show afterwards.

mod acceptances;
mod account_matches;
mod account_statements;
mod approval;
mod authored_files;
mod cases;
mod currencies;
mod day;
mod decisions;
mod discounts;
mod journals;
mod kept_findings;
mod line_names;
mod matching;
mod matching_explained;
mod parked_lines;
mod payouts;
mod profiles;
mod scenarios;
mod school;
mod settings;
mod sign_offs;
mod staged_on_accounts;
mod statements;
mod takeover;
mod templates;
mod trade_life;
mod trying;
mod undoing;
mod unionpay;
mod views;
