//! Channel bills (渠道账单): what the channel says happened, line by line. Reconciliation compares them with
//! trades, never with journals.

use super::id::ChannelRef;
use super::money::Currency;
use super::period::Moment;
use super::trade::{Channel, TradeStatus};
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Direction of a line of a channel bill.
    LineKind, "statement line kind" {
        /// Money received.
        Pay = "pay",
        /// Money returned.
        Refund = "refund",
        /// The payment was cancelled before it settled (撤销).
        Revoke = "revoke",
    }
}

impl LineKind {
    /// Returns whether money was received.
    #[must_use]
    pub const fn comes_in(self) -> bool {
        matches!(self, Self::Pay)
    }
}

/// One line of a channel bill. Amounts are positive whatever sign the channel's format uses; the fee is
/// what the channel keeps, negative if it gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Line number in the file, from 1.
    pub line: u64,
    /// Direction.
    pub kind: LineKind,
    /// The trade layer's reference: merchant order number, or refund number for a refund.
    pub channel_ref: ChannelRef,
    /// For a refund: merchant order number of the payment.
    pub original_ref: Option<ChannelRef>,
    /// The channel's own number.
    pub channel_no: String,
    /// Amount in minor units, positive.
    pub amount_minor: i64,
    /// Channel fee in minor units.
    pub fee_minor: i64,
    /// Currency of amount and fee.
    pub currency: Currency,
    /// The state the line proves.
    pub status: TradeStatus,
    /// Time in the channel's clock.
    pub occurred_at: Moment,
}

/// Channel, day and merchant of a channel bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementHead {
    /// The channel.
    pub channel: Channel,
    /// Its day by the channel's cut; `None` for an empty bill that does not name one (WeChat's empty day).
    pub day: Option<Date>,
    /// The channel's number for us, if the file names one.
    pub merchant_id: Option<String>,
    /// The format of the file, for example `wechat-trade`.
    pub format: String,
}

/// Whether a channel's line proves a status. A bill freezes the state of a refund when it is made, and the
/// money has left us by then: a refund still in process counts as done.
///
/// A revocation under the payment's own reference says that the payment never took effect.
pub(crate) fn proves(line: &StatementLine, status: TradeStatus) -> bool {
    if line.kind == LineKind::Revoke && line.original_ref.as_ref() == Some(&line.channel_ref) {
        return status == TradeStatus::Failed && line.status == TradeStatus::Succeeded;
    }
    line.status == status
        || (line.kind == LineKind::Refund
            && line.status == TradeStatus::Processing
            && status == TradeStatus::Succeeded)
}
