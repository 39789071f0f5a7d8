//! Matches of lines and entries of an account that people decide (手工勾对).

use crate::domain::id::{AccountCode, VoucherNo};
use crate::domain::rejection::{Code, Rejection};
use serde::{Deserialize, Serialize};

/// A line of an account statement: the number of the statement, and its place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLineName {
    /// Number of the statement.
    pub statement: i64,
    /// Place of the line, from 1.
    pub place: i64,
}

impl std::fmt::Display for AccountLineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.statement, self.place)
    }
}

impl std::str::FromStr for AccountLineName {
    type Err = Rejection;

    /// Reads `STATEMENT#PLACE`.
    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad =
            || Rejection::new(Code::BadValue).with("what", "account line").with("value", text.escape_debug());
        let (statement, place) = text.split_once('#').ok_or_else(bad)?;
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0).ok_or_else(bad);
        Ok(Self { statement: number(statement)?, place: number(place)? })
    }
}

/// Requests that lines of an account's statements and vouchers belong together from now on. Their sums are equal. With
/// four eyes on it counts once a second person has said the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchAccount {
    /// The account.
    pub account: AccountCode,
    /// The lines.
    pub lines: Vec<AccountLineName>,
    /// The vouchers, with all that they move on the account.
    pub vouchers: Vec<VoucherNo>,
    /// The wish of another person that this one agrees to, instead of lines and vouchers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<i64>,
    /// Why.
    pub reason: String,
}

/// Requests that a match of lines and entries ends, or that one person's wish for one is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoAccountMatch {
    /// Number of the match.
    pub id: i64,
    /// Why.
    pub reason: String,
}

/// Requests the matches of lines and entries by people: in force, or waiting for a second person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAccountMatches {
    /// Of this account only.
    pub account: Option<AccountCode>,
}
