//! An account of the books beside its statements (账户对账). Amounts are in minor units of the account's currency.

use crate::domain::id::AccountCode;
use crate::protocol::account_statements::{AccountDay, AccountMatchCount, OpenSide};
use crate::protocol::sign_offs::SignedDays;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Compares an account of the books with its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcileAccount {
    /// The account.
    pub account: AccountCode,
    /// First day shown; `None` for the first of the statements.
    pub from: Option<Date>,
    /// Last day shown; `None` for the last of the statements.
    pub to: Option<Date>,
}

/// An account of the books beside its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReconciliation {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: String,
    /// Its numbers at the holder.
    pub numbers: Vec<String>,
    /// The days.
    pub days: Vec<AccountDay>,
    /// What each key matched.
    pub matched: Vec<AccountMatchCount>,
    /// What the other side does not answer, at most 1,000.
    pub open: Vec<OpenSide>,
    /// What only a day after the last one answers, or one before the first statement: it is on its way on the last day.
    /// At most 1,000.
    #[serde(default)]
    pub in_transit: Vec<OpenSide>,
    /// Whether there is more of it.
    pub more: bool,
    /// Whether anything is open, unexplained or missing.
    pub differs: bool,
    /// The newest sign-off, and what has changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedDays>>,
}
