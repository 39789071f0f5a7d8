//! Channel statements: what the channel says happened, line by line. Reconciliation compares them with trades,
//! never with journals.

use super::id::ChannelRef;
use super::money::Currency;
use super::period::Moment;
use super::trade::{Channel, TradeStatus};
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Direction of a statement line.
    LineKind, "statement line kind" {
        /// Money came to us.
        Pay = "pay",
        /// Money went back.
        Refund = "refund",
        /// The payment was taken back before it settled (撤销).
        Revoke = "revoke",
    }
}

impl LineKind {
    /// Whether money came to us.
    #[must_use]
    pub const fn comes_in(self) -> bool {
        matches!(self, Self::Pay)
    }
}

/// One line of a channel statement. Amounts are positive whatever sign the channel's format uses; the fee is what the
/// channel keeps, negative where it gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Line number in the file, from 1.
    pub line: u64,
    /// Direction.
    pub kind: LineKind,
    /// What the trade layer calls it: merchant order number, or refund number for a refund.
    pub channel_ref: ChannelRef,
    /// For a refund: merchant order number of the payment.
    pub original_ref: Option<ChannelRef>,
    /// The channel's own number of it.
    pub channel_no: String,
    /// Amount in minor units, positive.
    pub amount_minor: i64,
    /// Channel fee in minor units.
    pub fee_minor: i64,
    /// Currency of both.
    pub currency: Currency,
    /// The state the line proves.
    pub status: TradeStatus,
    /// When, in the channel's clock.
    pub occurred_at: Moment,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementHead {
    /// Whose.
    pub channel: Channel,
    /// Its day by the channel's cut. `None` for an empty bill that does not say (WeChat's empty day).
    pub day: Option<Date>,
    /// The channel's number for us, where the file names one.
    pub merchant_id: Option<String>,
    /// The format it was read as, for example `wechat-trade`.
    pub format: String,
}
