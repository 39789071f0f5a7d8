//! Accounts, the tree of subjects above them, and the chain below each.

use crate::domain::account::{Account, Class, Side};
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::voucher::{Entry, VoucherKind};
use crate::protocol::page::{HasRowKey, Page, RowKey};
use crate::protocol::reports::AsOf;
use crate::protocol::totals::CurrencyTotal;
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

/// A subject with the accounts below it.
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
    /// Whether it is a suspense subject, whose balances must return to zero.
    pub suspense: bool,
    /// Number of accounts below it.
    pub accounts: i64,
    /// Sum of the balances in `currency` on the normal side, in minor units; `None` if the tree is too large to sum
    /// at once.
    pub balance_minor: Option<i64>,
    /// Currency of the sum.
    pub currency: String,
    /// Every sum, if an account below it is in another currency; empty if they all are in `currency`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<CurrencyTotal>,
}

/// An entry of an account's chain, with its voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainRow {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its voucher.
    pub voucher_no: VoucherNo,
    /// Sequence number of the voucher in the ledger.
    pub seq: i64,
    /// Kind of voucher.
    pub kind: VoucherKind,
    /// Trade.
    pub trade_no: Option<TradeNo>,
    /// Event.
    pub event: Option<Event>,
    /// The voucher that it reverses.
    pub reverses: Option<VoucherNo>,
    /// The voucher that reversed it.
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
    /// Memo of the voucher.
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

/// Requests a page of accounts, by code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAccounts {
    /// Only codes that start with this.
    pub prefix: String,
    /// The page.
    pub page: Page,
}

/// Requests the subject tree with the number of accounts and the sum of balances below each subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSubjects {}

/// Requests one account with its balance, now or as of a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowAccount {
    /// Code of the account.
    pub code: AccountCode,
    /// Point of the balance; `None` for now.
    pub as_of: Option<AsOf>,
}

/// Requests a page of an account's chain, by entry number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChain {
    /// Code of the account.
    pub account: AccountCode,
    /// The page.
    pub page: Page,
}

/// Requests the chart of subjects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowChart {}
