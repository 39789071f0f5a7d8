//! Balance-days (积数) of an account: the days with their balances by value date. Amounts are in minor units.

use crate::domain::account::Side;
use crate::domain::id::AccountCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Consecutive days with the same balance by value date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceDaysRow {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Number of days.
    pub days: i64,
    /// Balance at the end of each day, on the account's normal side.
    pub balance_minor: i64,
    /// Days × balance.
    pub balance_days_minor: i64,
}

/// Balance-days (积数) of an account by value date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceDays {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its normal side.
    pub normal_side: Side,
    /// Its currency.
    pub currency: String,
    /// First value date.
    pub from: Date,
    /// Last value date.
    pub to: Date,
    /// Number of days.
    pub days: i64,
    /// Sum of the balances at the end of each day.
    pub balance_days_minor: i64,
    /// The days with their balances.
    pub stretches: Vec<BalanceDaysRow>,
}

/// Requests the balance-days (积数) of an account by value date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportBalanceDays {
    /// The account.
    pub account: AccountCode,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}
