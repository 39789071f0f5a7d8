//! Accounts, the tree of subjects above them, and the chain below each.

use crate::domain::account::{Account, Class, Side};
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::voucher::{Entry, VoucherKind};
use crate::protocol::page::{HasRowKey, Page, RowKey};
use crate::protocol::reports::AsOf;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// Balance, positive on its normal side, minor units.
    pub balance_minor: i64,
    /// Entries in its chain.
    pub entries: i64,
}

/// A subject with what stands below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Class.
    pub class: Class,
    /// Normal side.
    pub normal_side: Side,
    /// Whether it must return to zero.
    pub suspense: bool,
    /// Accounts below it.
    pub accounts: i64,
    /// Sum of their balances on the normal side, minor units; `None` where the tree is too large to sum at once.
    pub balance_minor: Option<i64>,
    /// Currency of the sum.
    pub currency: String,
}

/// A line of an account's chain with what it was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainRow {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its voucher.
    pub voucher_no: VoucherNo,
    /// The voucher's place.
    pub seq: i64,
    /// Kind of voucher.
    pub kind: VoucherKind,
    /// Trade.
    pub trade_no: Option<TradeNo>,
    /// Event.
    pub event: Option<Event>,
    /// The voucher it takes back.
    pub reverses: Option<VoucherNo>,
    /// The voucher that took it back.
    pub reversed_by: Option<VoucherNo>,
    /// Case.
    pub case_no: Option<CaseNo>,
    /// Accounting day.
    pub accounting_date: Date,
    /// Reason code.
    pub reason: Option<String>,
    /// Maker.
    pub maker: Operator,
    /// Checker.
    pub checker: Option<Operator>,
    /// What for.
    pub memo: String,
}

impl HasRowKey for AccountRow {
    fn key(&self) -> RowKey {
        RowKey::Text(self.account.code.to_string())
    }
}

impl HasRowKey for ChainRow {
    fn key(&self) -> RowKey {
        RowKey::Number(self.entry.account_seq)
    }
}

/// A page of accounts, by code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAccounts {
    /// Codes that start with this.
    pub prefix: String,
    /// Which page.
    pub page: Page,
}

/// The subject tree with the number of accounts and the sum of balances below each subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSubjects {}

/// One account with its balance, now or as of a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowAccount {
    /// Which.
    pub code: AccountCode,
    /// The balance of then; `None` for now.
    pub as_of: Option<AsOf>,
}

/// A page of an account's chain, by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChain {
    /// Whose.
    pub account: AccountCode,
    /// Which page.
    pub page: Page,
}

/// The chart of subjects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowChart {}
