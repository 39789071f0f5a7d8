//! The bookkeeping itself: pure, without I/O, clock, randomness or any other layer.
//!
//! All rules of the books are here: amounts, accounts, trades and their events, posting rules, vouchers and
//! their hashes, corrections, and findings. The store enforces the hard rules again in SQL; the domain
//! gives the readable answer.

pub mod acceptance;
pub mod account;
pub mod account_by_hand;
pub mod account_matching;
pub mod account_sets;
pub mod account_statement;
pub mod amendment;
pub mod apart;
pub mod authored;
pub mod authored_error;
pub mod calendar;
pub mod case;
pub mod chain;
pub mod channel;
pub mod chart;
pub mod compare;
pub mod comparison;
pub mod correction;
pub mod currencies;
pub mod cut;
pub mod dating;
pub mod decision;
pub mod differences;
pub mod due;
pub mod due_time;
pub mod event;
pub mod field_change;
pub mod finding;
pub mod finding_id;
pub mod hand_match;
pub mod id;
pub mod kind;
pub mod ledger_template;
pub mod line_name;
pub mod matching;
pub mod money;
pub mod nearest;
pub mod own_clearing;
pub mod payout;
pub mod period;
pub mod playbook;
pub mod policy;
pub mod position;
pub mod reason;
pub mod rejection;
pub mod role;
pub mod rule;
pub mod second_person;
pub(crate) mod short_code;
pub mod sign_off;
pub mod statement;
pub mod step;
pub mod takeover;
pub mod trade;
pub mod trade_news;
pub mod tried;
pub mod turnover;
pub mod undoing;
pub(crate) mod vocabulary;
pub mod voucher;
