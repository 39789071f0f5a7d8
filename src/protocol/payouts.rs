//! Payouts of channels (结算批次), and what the bank received of them. Amounts are in minor units.

use crate::domain::account_matching::AccountMatchKey;
use crate::domain::account_statement::{AccountLine, AccountLineKind};
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::payout::{PayoutKey, PayoutState};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Requests the payouts of channels, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPayouts {
    /// Of this account only.
    pub account: Option<AccountCode>,
    /// Without those that ended before this day.
    pub from: Option<Date>,
    /// Without those that began after this day.
    pub to: Option<Date>,
}

/// Requests one payout with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowPayout {
    /// Its key, or its name: `ACCOUNT/NUMBER/KEY`.
    pub key: String,
}

/// Lines of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSum {
    /// The kind.
    pub kind: AccountLineKind,
    /// How many.
    pub count: u64,
    /// Their sum, positive if money came in.
    pub sum_minor: i64,
}

/// A line of an account's statements, wherever it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedLine {
    /// The account.
    pub account: AccountCode,
    /// Number of the statement.
    pub statement: i64,
    /// Its place in the statement, from 1.
    pub place: i64,
    /// Its file.
    pub file: String,
    /// The line.
    #[serde(flatten)]
    pub line: Box<AccountLine>,
}

/// A line of the bank that answers a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankLine {
    /// By what.
    pub by: PayoutKey,
    /// The line.
    #[serde(flatten)]
    pub at: PlacedLine,
}

/// A payout, or lines that are not paid out yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRow {
    /// Its name: account, number and key.
    pub name: String,
    /// The batch, or the day that is settled; of a payout that names neither what it is known by.
    pub key: String,
    /// The account at the channel.
    pub account: AccountCode,
    /// The account's number at the channel; empty if there is none, or several.
    pub number: String,
    /// Its currency.
    pub currency: String,
    /// Day of its first line.
    pub from: Date,
    /// Day of its last line.
    pub to: Date,
    /// Day of the last payout.
    pub paid_on: Option<Date>,
    /// Its lines by kind.
    pub kinds: Vec<KindSum>,
    /// How many lines it has.
    pub lines: u64,
    /// What the lines come to that are not the payout.
    pub earned_minor: i64,
    /// What was paid out.
    pub paid_out_minor: i64,
    /// What the lines come to, without what was paid out: it must be 0.
    pub left_minor: i64,
    /// What the bank received; `None` if no line answers it.
    pub received_minor: Option<i64>,
    /// What was paid out, without what the bank received: it must be 0 once it has arrived.
    pub missing_minor: Option<i64>,
    /// The lines of the bank.
    pub received: Vec<BankLine>,
    /// A line of the bank that may be its arrival: of the same amount, and nothing else says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<BankLine>,
    /// How far it is.
    pub state: PayoutState,
}

/// Lines of an account that no payout has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UngroupedLines {
    /// The account.
    pub account: AccountCode,
    /// Its currency.
    pub currency: String,
    /// The lines by kind.
    pub kinds: Vec<KindSum>,
    /// How many.
    pub lines: u64,
    /// Their sum.
    pub sum_minor: i64,
}

/// The payouts of channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutList {
    /// The payouts, oldest first, at most 1,000.
    pub payouts: Vec<PayoutRow>,
    /// Whether there are more.
    pub more: bool,
    /// Lines on all days that no payout has, by account.
    pub ungrouped: Vec<UngroupedLines>,
    /// Whether a payout differs, or has a line of an unknown kind.
    pub differs: bool,
}

/// A line of a payout with what answers it in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutMember {
    /// The line.
    #[serde(flatten)]
    pub at: PlacedLine,
    /// By what it is matched; `None` if nothing in the books answers it.
    pub by: Option<AccountMatchKey>,
    /// The vouchers that it is matched with.
    pub vouchers: Vec<VoucherNo>,
    /// Their trades.
    pub trades: Vec<TradeNo>,
}

/// A payout with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutDetail {
    /// The payout.
    pub payout: PayoutRow,
    /// Its lines, at most 1,000.
    pub members: Vec<PayoutMember>,
    /// Whether there are more.
    pub more: bool,
}
