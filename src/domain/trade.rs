//! Trades: what happened with the customer and the channel, as the trade layer reports it. Trades are
//! immutable; a wrong fact is amended by an additional record, never in place.

use super::id::{ChannelRef, Party, TradeNo};
use super::money::{Currency, Money};
use super::period::Moment;
use super::short_code::short_codes;
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

short_codes! {
    /// The kind of a trade (`topup`). A ledger's kinds are data: [`Kinds`](super::kind::Kinds).
    TradeKind, "trade kind", |byte: u8| byte.is_ascii_lowercase(), {
        /// The customer pays into the account.
        TOPUP = "topup",
        /// The customer pays a merchant.
        PAY = "pay",
        /// Money of an earlier trade is refunded.
        REFUND = "refund",
        /// The customer's money is paid out to a bank account.
        PAYOUT = "payout",
        /// Transfer between two customers.
        TRANSFER = "transfer",
        /// The customer withdraws money (card or counter).
        WITHDRAW = "withdraw",
        /// A payout came back (退汇).
        RETURN = "return",
        /// The card holder's bank took a payment back (退单).
        CHARGEBACK = "chargeback",
        /// We claimed back what the card holder's bank had taken (再请款).
        REPRESENTMENT = "representment",
        /// Counter trade (反交易): undoes another trade, posted by that one's rules with debit and credit
        /// exchanged.
        COUNTER = "counter",
        /// A separate fee.
        FEE = "fee",
        /// The channel pays out what it collected for us.
        SETTLEMENT = "settlement",
    }

    /// The channel through which money comes in or goes out (`WECHAT`). A ledger's channels are data:
    /// [`Channels`](super::channel::Channels).
    Channel, "channel", |byte: u8| byte.is_ascii_uppercase(), {
        /// WeChat Pay.
        WECHAT = "WECHAT",
        /// Alipay.
        ALIPAY = "ALIPAY",
        /// UnionPay.
        UNIONPAY = "UNIONPAY",
        /// NetsUnion clearing (网联).
        NUCC = "NUCC",
        /// Large-value payment system (大额).
        HVPS = "HVPS",
        /// Small-value bulk system (小额).
        BEPS = "BEPS",
        /// Internet banking system (超级网银).
        IBPS = "IBPS",
        /// A bank directly.
        BANK = "BANK",
    }
}

vocabulary! {
    /// The trade's own state, separate from posting, clearing, settlement and reconciliation.
    TradeStatus, "trade status" {
        /// Accepted, not sent yet.
        Created = "created",
        /// Sent, not final yet.
        Processing = "processing",
        /// Final: succeeded.
        Succeeded = "succeeded",
        /// Final: failed.
        Failed = "failed",
        /// Sent, but the answer was lost.
        Unknown = "unknown",
        /// Closed before it was sent.
        Closed = "closed",
    }
}

vocabulary! {
    /// Whether claims and debts have been determined (清分状态).
    ClearingStatus, "clearing status" {
        /// Not cleared yet.
        Uncleared = "uncleared",
        /// Cleared.
        Cleared = "cleared",
        /// Excluded from clearing.
        Excluded = "excluded",
    }
}

vocabulary! {
    /// Whether the money has moved (结算状态).
    SettlementStatus, "settlement status" {
        /// Not settled yet.
        Unsettled = "unsettled",
        /// Settlement in progress.
        Settling = "settling",
        /// Settled.
        Settled = "settled",
        /// The settlement was returned.
        Returned = "returned",
    }
}

vocabulary! {
    /// Whether the trade's due events are posted (记账状态).
    PostingStatus, "posting status" {
        /// No live voucher.
        Unposted = "unposted",
        /// One live voucher.
        Posted = "posted",
        /// More than one live voucher.
        PostedTwice = "posted_twice",
        /// The posting was reversed.
        Reversed = "reversed",
        /// The posting was reversed and booked again.
        Reposted = "reposted",
        /// No live voucher, and its amount is in suspense (挂账).
        Parked = "parked",
    }
}

vocabulary! {
    /// Result of the comparison with the channel's bills (对账状态).
    ReconStatus, "reconciliation status" {
        /// No bill of that channel and day was imported yet.
        Unmatched = "unmatched",
        /// Same reference, amount and state on both sides.
        Matched = "matched",
        /// The channel has it, we do not (渠道有我方无).
        Long = "long",
        /// We have it, the channel does not (我方有渠道无).
        Short = "short",
        /// Both have it with different amounts.
        AmountDiff = "amount_diff",
        /// Both have it with different channel fees.
        FeeDiff = "fee_diff",
        /// Around the day's cut: the other side's bill has not arrived yet.
        Waiting = "waiting",
        /// The channel lists it more than once.
        Duplicate = "duplicate",
        /// Several trades fit one line equally well, or the other way round.
        Ambiguous = "ambiguous",
        /// The channel has it on another day, further from its cut than the window.
        DateDiff = "date_diff",
        /// It waited for its line longer than the policy allows.
        Overdue = "overdue",
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
    /// The channel reference of the trade this one refers to (a refund's payment), held by this ledger or
    /// not.
    pub original_ref: Option<ChannelRef>,
    /// The merchant number (商户号) that it went by, if the trade layer tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_no: Option<String>,
    /// The channel's own number of it, if the trade layer tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_no: Option<String>,
    /// Amount in minor units, never negative.
    pub amount_minor: i64,
    /// Part of the amount that the merchant bears as a discount, so that the channel does not pay it; minor
    /// units, at most the amount.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub merchant_discount_minor: i64,
    /// The channel's fee in minor units; negative if the channel returns it.
    pub fee_minor: i64,
    /// Currency of amount and fee.
    pub currency: Currency,
    /// Of an exchange: what comes or goes in the other currency, above zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter_amount: Option<Money>,
    /// The customer, if any.
    pub customer: Option<Party>,
    /// The merchant, if any.
    pub merchant: Option<Party>,
    /// Time of the trade.
    pub occurred_at: Moment,
    /// Its day in the ledger's zone.
    pub business_date: Date,
    /// Its state when exported.
    pub status: TradeStatus,
    /// Its clearing state when exported.
    pub clearing: ClearingStatus,
    /// For a counter trade, the original's kind, whose rules post it with debit and credit exchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<TradeKind>,
}

/// Returns the rate of an exchange, counter amount by amount in major units: exact, or with the 28 digits of a
/// [`Decimal`]. `None` if the amount is zero.
#[must_use]
pub fn exchange_rate(amount: Money, counter: Money) -> Option<Decimal> {
    Some(counter.major().checked_div(amount.major())?.normalize())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(minor: &i64) -> bool {
    *minor == 0
}

impl Trade {
    /// Returns true if there is nothing to book: a trade of 0.00 without a fee of the channel.
    #[must_use]
    pub const fn moves_nothing(&self) -> bool {
        self.amount_minor == 0 && self.fee_minor == 0 && self.counter_amount.is_none()
    }

    /// Returns the amount with its currency.
    #[must_use]
    pub const fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// Returns the rate of an exchange ([`exchange_rate`]); `None` if it is no exchange.
    #[must_use]
    pub fn rate(&self) -> Option<Decimal> {
        exchange_rate(self.amount(), self.counter_amount?)
    }

    /// Returns the channel fee with its currency.
    #[must_use]
    pub const fn fee(&self) -> Money {
        Money::new(self.fee_minor, self.currency)
    }
}
