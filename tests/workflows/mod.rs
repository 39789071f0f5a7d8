//! Bookkeepers' work with the real program, from import to sealed day. `.ci/test` runs these tests on every engine and
//! compares what the public views show afterwards.

mod approval;
mod cases;
mod currencies;
mod day;
mod scenarios;
mod settings;
mod views;
