//! Accounts and their subjects (科目). An account is a leaf that entries move; a subject says what its leaves are
//! like and whether they open by themselves on first posting.

use super::id::AccountCode;
use super::money::Currency;
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What an account is.
    Class, "account class" {
        /// What we have.
        Asset = "asset",
        /// What we owe.
        Liability = "liability",
        /// What belongs to the owners.
        Equity = "equity",
        /// What we earned.
        Income = "income",
        /// What it cost.
        Expense = "expense",
    }
}

vocabulary! {
    /// The side of an entry, and the side on which an account's balance is positive.
    Side, "side" {
        /// 借
        Debit = "debit",
        /// 贷
        Credit = "credit",
    }
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }

    /// `minor` as a debit-positive figure.
    #[must_use]
    pub const fn debit_positive(self, minor: i64) -> i64 {
        match self {
            Self::Debit => minor,
            Self::Credit => -minor,
        }
    }
}

vocabulary! {
    /// Whether an account takes postings.
    AccountStatus, "account status" {
        /// It does.
        Active = "active",
        /// Stopped for now.
        Frozen = "frozen",
        /// Stopped for good.
        Closed = "closed",
    }
}

/// A subject of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Code (`2001`).
    pub code: String,
    /// Name.
    pub name: String,
    /// English name, where the chart gives one beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// Class of its leaves.
    pub class: Class,
    /// Normal side of its leaves.
    pub normal_side: Side,
    /// Whether holders of its leaves may see them.
    pub customer_visible: bool,
    /// Whether leaves (`2001.A`) open by themselves on first posting.
    pub opens_leaves: bool,
    /// Lowest balance of its leaves on the normal side, in minor units; `None` for no floor.
    pub floor_minor: Option<i64>,
    /// Whether it must return to zero (suspense, 挂账).
    pub suspense: bool,
    /// Code in the general ledger's chart.
    pub gl_code: String,
}

impl Subject {
    /// Whether `code` is this subject itself or one of its leaves.
    #[must_use]
    pub fn holds(&self, code: &AccountCode) -> bool {
        code.subject() == self.code
    }
}

/// An account, without its balance: the balance is the last line of its chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Code.
    pub code: AccountCode,
    /// Name.
    pub name: String,
    /// Class.
    pub class: Class,
    /// The side on which its balance is positive.
    pub normal_side: Side,
    /// Currency.
    pub currency: Currency,
    /// Whether it takes postings.
    pub status: AccountStatus,
    /// Whether its holder sees it.
    pub customer_visible: bool,
    /// Lowest balance on the normal side, in minor units.
    pub floor_minor: Option<i64>,
}
