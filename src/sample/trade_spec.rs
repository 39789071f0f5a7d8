//! Kind, amount and fee of a trade before it has a number, with usual values.

use crate::domain::id::ChannelRef;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, Trade, TradeKind};
use crate::sample::description::Description;
use crate::sample::people::number;

/// A trade that a later one may refer to.
#[derive(Debug, Clone)]
pub(super) struct PastTrade {
    pub channel: Channel,
    pub channel_ref: ChannelRef,
    pub amount_minor: i64,
    pub currency: Currency,
    pub customer: Option<usize>,
    pub merchant: Option<String>,
    pub at: Moment,
}

impl PastTrade {
    /// Returns a trade as a later one may refer to it.
    pub fn of(trade: &Trade) -> Self {
        Self {
            channel: trade.channel,
            channel_ref: trade.channel_ref.clone(),
            amount_minor: trade.amount_minor,
            currency: trade.currency,
            customer: trade.customer.as_ref().and_then(|name| number('C', name.as_str())),
            merchant: trade.merchant.as_ref().map(ToString::to_string),
            at: trade.occurred_at,
        }
    }
}

/// A trade that has no number yet.
pub(super) struct TradeSpec {
    pub kind: TradeKind,
    pub product: Option<String>,
    pub channel: Channel,
    pub original: Option<ChannelRef>,
    pub amount_minor: i64,
    pub fee_minor: i64,
    pub currency: Currency,
    /// The other amount of an exchange.
    pub counter_amount: Option<Money>,
    pub customer: Option<usize>,
    pub merchant: Option<String>,
}

/// Returns a refund. The fee is returned in proportion, so that the parts add up to the fee charged; a
/// channel that keeps its fee returns nothing.
pub(super) fn refund_of(
    description: &Description,
    kind: TradeKind,
    past: &PastTrade,
    amount_minor: i64,
) -> TradeSpec {
    let fee = |amount| description.channel_fee(past.channel, amount);
    let returned = description.channel(past.channel).is_some_and(|channel| channel.fee_returned);
    TradeSpec {
        kind,
        product: None,
        channel: past.channel,
        original: Some(past.channel_ref.clone()),
        amount_minor,
        fee_minor: if returned { fee(past.amount_minor - amount_minor) - fee(past.amount_minor) } else { 0 },
        currency: past.currency,
        counter_amount: None,
        customer: past.customer,
        merchant: past.merchant.clone(),
    }
}
