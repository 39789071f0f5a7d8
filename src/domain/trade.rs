//! Trades: what happened with the customer and the channel, as the trade layer tells it. Immutable facts; a wrong
//! fact is amended beside them, never in place.

use super::id::{ChannelRef, Party, TradeNo};
use super::money::{Currency, Money};
use super::period::Moment;
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What kind of business a trade is.
    TradeKind, "trade kind" {
        /// Customer puts money into the account.
        Topup = "topup",
        /// Customer pays a merchant.
        Pay = "pay",
        /// Money of a trade goes back.
        Refund = "refund",
        /// Customer's money goes out to a bank account.
        Payout = "payout",
        /// Between two customers.
        Transfer = "transfer",
        /// Customer takes out money (card or counter).
        Withdraw = "withdraw",
        /// A payout came back (退汇).
        Return = "return",
        /// The card holder's bank took a payment back (退单).
        Chargeback = "chargeback",
        /// We claimed back what the card holder's bank had taken (再请款).
        Representment = "representment",
        /// Undoes another trade (反交易), posted as that one with sides turned.
        Counter = "counter",
        /// A fee of its own.
        Fee = "fee",
        /// The channel pays us what it collected.
        Settlement = "settlement",
    }
}

impl TradeKind {
    /// Whether money comes to us from the channel; `None` where the kind alone does not say.
    #[must_use]
    pub const fn comes_in(self) -> Option<bool> {
        match self {
            Self::Topup | Self::Pay | Self::Return | Self::Representment | Self::Settlement => Some(true),
            Self::Refund | Self::Payout | Self::Withdraw | Self::Chargeback => Some(false),
            Self::Transfer | Self::Counter | Self::Fee => None,
        }
    }
}

vocabulary! {
    /// The way money comes in or goes out.
    Channel, "channel" {
        /// WeChat Pay.
        Wechat = "WECHAT",
        /// Alipay.
        Alipay = "ALIPAY",
        /// UnionPay.
        Unionpay = "UNIONPAY",
        /// NetsUnion clearing (网联).
        Nucc = "NUCC",
        /// Large-value payment system (大额).
        Hvps = "HVPS",
        /// Small-value bulk system (小额).
        Beps = "BEPS",
        /// Internet banking system (超级网银).
        Ibps = "IBPS",
        /// A bank directly.
        Bank = "BANK",
    }
}

vocabulary! {
    /// The trade's own state; apart from posting, clearing, settlement and reconciliation.
    TradeStatus, "trade status" {
        /// Accepted, nothing sent yet.
        Created = "created",
        /// On its way.
        Processing = "processing",
        /// Final: it happened.
        Succeeded = "succeeded",
        /// Final: it did not.
        Failed = "failed",
        /// The answer was lost.
        Unknown = "unknown",
        /// Given up before it was sent.
        Closed = "closed",
    }
}

vocabulary! {
    /// Who owes what: worked out or not (清分状态).
    ClearingStatus, "clearing status" {
        /// Not worked out yet.
        Uncleared = "uncleared",
        /// Worked out.
        Cleared = "cleared",
        /// Does not take part.
        Excluded = "excluded",
    }
}

vocabulary! {
    /// Whether the money moved (结算状态).
    SettlementStatus, "settlement status" {
        /// Not yet.
        Unsettled = "unsettled",
        /// Under way.
        Settling = "settling",
        /// Moved.
        Settled = "settled",
        /// Came back.
        Returned = "returned",
    }
}

vocabulary! {
    /// Whether the books hold what the trade's due events ask for (记账状态).
    PostingStatus, "posting status" {
        /// No live voucher.
        Unposted = "unposted",
        /// One live voucher.
        Posted = "posted",
        /// More than one live voucher.
        PostedTwice = "posted_twice",
        /// It was posted and the posting was taken back.
        Reversed = "reversed",
        /// Taken back and posted again.
        Reposted = "reposted",
        /// No live voucher, and its amount is in suspense (挂账).
        Parked = "parked",
    }
}

vocabulary! {
    /// What the comparison with the channel's statements says (对账状态).
    ReconStatus, "reconciliation status" {
        /// No statement of that channel and day was imported yet.
        Unmatched = "unmatched",
        /// Same reference, amount and state on both sides.
        Matched = "matched",
        /// The channel has it, we do not (长款).
        Long = "long",
        /// We have it, the channel does not (短款).
        Short = "short",
        /// Both have it with different amounts.
        AmountDiff = "amount_diff",
        /// Both have it with different channel fees.
        FeeDiff = "fee_diff",
        /// Across the day's cut: the other side's statement is still to come.
        Waiting = "waiting",
        /// The channel lists it more than once.
        Duplicate = "duplicate",
    }
}

/// A trade as the trade layer exported it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Its number.
    pub trade_no: TradeNo,
    /// Its kind.
    pub kind: TradeKind,
    /// Product as the trade layer names it (协议支付/agreement, 快捷, 代扣, 代付…).
    pub product: Option<String>,
    /// Its channel.
    pub channel: Channel,
    /// The channel's reference: merchant order number, or refund number for a refund.
    pub channel_ref: ChannelRef,
    /// The channel reference of the trade this one refers to (a refund's payment), held by this ledger or not.
    pub original_ref: Option<ChannelRef>,
    /// Amount in minor units, never negative.
    pub amount_minor: i64,
    /// What the channel keeps, in minor units; negative where it gives back.
    pub fee_minor: i64,
    /// Currency of both.
    pub currency: Currency,
    /// The customer, where there is one.
    pub customer: Option<Party>,
    /// The merchant, where there is one.
    pub merchant: Option<Party>,
    /// When it happened.
    pub occurred_at: Moment,
    /// Its day in the ledger's zone.
    pub business_date: Date,
    /// Its state when exported.
    pub status: TradeStatus,
    /// Its clearing state when exported.
    pub clearing: ClearingStatus,
    /// Of one that undoes another: the other's kind, whose rules post it with sides turned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<TradeKind>,
}

impl Trade {
    /// The amount with its currency.
    #[must_use]
    pub const fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// The channel fee with its currency.
    #[must_use]
    pub const fn fee(&self) -> Money {
        Money::new(self.fee_minor, self.currency)
    }
}
