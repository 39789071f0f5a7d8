//! Accounts and their subjects (科目). An account is a leaf that entries move; a subject describes its
//! leaves, and whether they open automatically on first posting.

use super::id::AccountCode;
use super::money::Currency;
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// The class of an account (科目类别).
    Class, "account class" {
        /// Assets (资产).
        Asset = "asset",
        /// Liabilities (负债).
        Liability = "liability",
        /// Equity (所有者权益).
        Equity = "equity",
        /// Income (收入).
        Income = "income",
        /// Expenses (费用).
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
    /// Returns the other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }

    /// Returns `minor` as a debit-positive figure: unchanged on the debit side, negated on the credit side.
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
        /// Takes postings.
        Active = "active",
        /// Takes no postings for now (冻结).
        Frozen = "frozen",
        /// Takes no postings any more (销户).
        Closed = "closed",
    }
}

vocabulary! {
    /// What the accounts of a subject are for, whatever their codes: corrections and findings look for a
    /// role.
    AccountRole, "account role" {
        /// Money at a bank.
        Bank = "bank",
        /// What a channel owes us.
        Channel = "channel",
        /// What we owe a customer.
        Customer = "customer",
        /// What we owe a merchant.
        Merchant = "merchant",
        /// What we owe a channel or a clearing system.
        Payable = "payable",
        /// What a customer or merchant owes after the correction of an error (其他应收款), a leaf for each.
        Receivable = "receivable",
        /// Money missing without explanation, in suspense (待处理短款).
        Shortage = "shortage",
        /// Money too much without explanation, in suspense (待处理长款).
        Overage = "overage",
        /// Our fees.
        FeeIncome = "fee_income",
        /// Fees of channels.
        FeeExpense = "fee_expense",
        /// Tax owed on our fees.
        Tax = "tax",
        /// Money held back from a merchant.
        Reserve = "reserve",
        /// Overages that nobody claims (长款收入).
        Gain = "gain",
        /// Shortages that nobody pays (资金损失).
        Loss = "loss",
        /// Income and expenses of earlier years (以前年度损益调整).
        PriorYear = "prior_year",
        /// The position in a currency, between the two legs of an exchange.
        Position = "position",
    }
}

/// A subject of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Code (`2001`).
    pub code: String,
    /// Name.
    pub name: String,
    /// English name, if the chart has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// Class of its leaves.
    pub class: Class,
    /// Normal side of its leaves.
    pub normal_side: Side,
    /// Whether holders of its leaves may see them.
    pub customer_visible: bool,
    /// Whether leaves (`2001.A`) open automatically on first posting.
    pub opens_leaves: bool,
    /// Lowest balance of its leaves on the normal side, in minor units; `None` for no floor.
    pub floor_minor: Option<i64>,
    /// Whether it must return to zero (suspense, 挂账).
    pub suspense: bool,
    /// What its leaves are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<AccountRole>,
    /// Code in the general ledger's chart, which exports use.
    pub gl_code: String,
}

impl Subject {
    /// Returns whether its leaves are customers' or merchants'. In a chart without roles, those that their
    /// holders see.
    #[must_use]
    pub fn is_of_parties(&self) -> bool {
        match self.role {
            Some(role) => {
                matches!(role, AccountRole::Customer | AccountRole::Merchant | AccountRole::Reserve)
            }
            None => self.customer_visible,
        }
    }

    /// Returns whether `code` is this subject itself or one of its leaves.
    #[must_use]
    pub fn holds(&self, code: &AccountCode) -> bool {
        code.subject() == self.code
    }
}

/// An account without its balance, which is that of the last entry of its chain.
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
