//! Matches of lines and entries of an account that people decide (手工勾对).

use super::account_statement::AccountLine;
use super::hand_match::{FirstDecision, HandMatchState};
use super::id::{AccountCode, Operator, VoucherNo};
use super::period::Moment;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A line of an account's statements by what the holder says of it, whichever file lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineByContent {
    /// Its day.
    pub day: Date,
    /// Its amount in minor units, positive if money came in.
    pub amount_minor: i64,
    /// What else the holder says of it.
    pub words: String,
    /// Its place among the lines of the day that are alike, from 1.
    pub nth: u64,
}

/// Returns the lines of whole days by their content, in the order given.
#[must_use]
pub fn by_content<'l>(lines: impl Iterator<Item = &'l AccountLine>) -> Vec<LineByContent> {
    let mut alike: HashMap<(Date, i64, String), u64> = HashMap::new();
    let numbered = lines.map(|line| {
        let words = line.known_by();
        let nth = alike.entry((line.day, line.amount_minor, words.clone())).or_default();
        *nth += 1;
        LineByContent { day: line.day, amount_minor: line.amount_minor, words, nth: *nth }
    });
    numbered.collect()
}

/// What belongs together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Lines of the account's statements, in order.
    pub lines: Vec<LineByContent>,
    /// Vouchers, with all that they move on the account, in order.
    pub vouchers: Vec<VoucherNo>,
}

/// A match of lines and entries of an account by people, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHandMatch {
    /// Its number in the ledger.
    pub id: i64,
    /// Of one that two people decided, the number under which the first one asked for it. It is found by either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_as: Option<i64>,
    /// The account.
    pub account: AccountCode,
    /// Its currency.
    pub currency: String,
    /// What belongs together.
    #[serde(flatten)]
    pub content: ByHand,
    /// How far people are.
    pub state: HandMatchState,
    /// Who decided last.
    pub operator: Operator,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
    /// The first of two people, if two decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstDecision>,
}
