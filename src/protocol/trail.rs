//! The trail of money: from the bank's line through payout, lines, trades and vouchers to the accounts of
//! customers, and back. Amounts are in minor units, positive if money came to us.

use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::vocabulary::vocabulary;
use crate::protocol::account_matches::AccountLineName;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What a key of a trail is.
    TrailStart, "start of a trail" {
        /// A line of an account's statements.
        Line = "line",
        /// A payout.
        Payout = "payout",
        /// A trade.
        Trade = "trade",
        /// A voucher.
        Voucher = "voucher",
        /// An account.
        Account = "account",
        /// A reference or number of the channel.
        Reference = "reference",
    }
}

vocabulary! {
    /// A level of a trail, from the bank down.
    TrailStage, "level of a trail" {
        /// Lines of the bank.
        Bank = "bank",
        /// Payouts of the channel.
        Payout = "payout",
        /// Lines of the account's statements.
        Lines = "lines",
        /// Trades.
        Trades = "trades",
        /// Vouchers, with what they move on the account.
        Vouchers = "vouchers",
        /// What the vouchers move on other accounts.
        Accounts = "accounts",
    }
}

/// Follows money from anything that people have in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowTrail {
    /// A line (`ACCOUNT/DAY#LINE` or `STATEMENT#PLACE`), payout, trade, voucher, account, reference or number.
    pub key: String,
}

/// Where an item of a trail is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum TrailItem {
    /// A line of a statement.
    Line {
        /// Its account.
        account: AccountCode,
        /// The line.
        name: AccountLineName,
        /// Its file.
        file: String,
        /// Its number in the file.
        line: u64,
    },
    /// A payout.
    Payout {
        /// Its name.
        name: String,
        /// File of its newest payout line, and the line's number there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paid_in: Option<FilePlace>,
    },
    /// A trade.
    Trade {
        /// Its number.
        trade_no: TradeNo,
    },
    /// A voucher.
    Voucher {
        /// Its number.
        voucher_no: VoucherNo,
    },
    /// A line of an account's chain; of an account that is no party's, all lines of the vouchers.
    Account {
        /// The account.
        account: AccountCode,
        /// The number in its chain.
        seq: Option<i64>,
        /// The voucher.
        voucher_no: Option<VoucherNo>,
    },
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
}

/// An item of a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailRow {
    /// Where it is found.
    #[serde(flatten)]
    pub item: TrailItem,
    /// Its day.
    pub day: Option<Date>,
    /// What it moved.
    pub amount_minor: i64,
    /// What it is, in words.
    pub text: String,
}

/// A level of a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailLevel {
    /// Which.
    pub stage: TrailStage,
    /// Its items, at most 200.
    pub rows: Vec<TrailRow>,
    /// How many it has.
    pub count: u64,
    /// The sum of all of them.
    pub sum_minor: i64,
    /// Of trades: what lines without a trade come to, such as fees and reserves of the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_minor: Option<i64>,
    /// What the level above comes to, without this one: it must be 0. Vouchers are beside the lines, if there are
    /// any. `None` at the top, and below a whole of which this is a part.
    pub difference_minor: Option<i64>,
}

/// The trail on one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailPart {
    /// The account at the bank or channel; `None` for vouchers that move none.
    pub account: Option<AccountCode>,
    /// Its currency.
    pub currency: String,
    /// The levels, from the bank down.
    pub levels: Vec<TrailLevel>,
}

impl TrailPart {
    /// Returns the key of the text that says where a level differs from.
    #[must_use]
    pub fn differs_key(&self, stage: TrailStage) -> &'static str {
        let has_lines =
            self.levels.iter().any(|level| matches!(level.stage, TrailStage::Lines | TrailStage::Bank));
        if stage == TrailStage::Vouchers && has_lines { "trail.differs_from_lines" } else { "trail.differs" }
    }
}

/// A trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// What was asked for.
    pub key: String,
    /// What it is.
    pub start: TrailStart,
    /// The trail on each account.
    pub parts: Vec<TrailPart>,
    /// Whether two levels differ.
    pub differs: bool,
}
