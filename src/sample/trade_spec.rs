//! Kind, amount and fee of a trade before it has a number, with usual values.

use crate::domain::id::ChannelRef;
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, TradeKind};

/// Top-ups that the buttons of an app offer, in minor units.
const TOPUPS: [i64; 12] =
    [5000, 10_000, 10_000, 10_000, 20_000, 20_000, 30_000, 50_000, 50_000, 100_000, 200_000, 500_000];

/// Lucky and odd amounts that people type, in minor units.
const TYPED: [i64; 8] = [6600, 8888, 16_800, 12_345, 52_000, 131_400, 66_660, 98_700];

/// A trade that a later one may refer to.
#[derive(Debug, Clone)]
pub(super) struct PastTrade {
    pub channel: Channel,
    pub channel_ref: ChannelRef,
    pub amount_minor: i64,
    pub customer: usize,
    pub merchant: Option<String>,
    pub at: Moment,
}

/// A trade that has no number yet.
pub(super) struct TradeSpec {
    pub kind: TradeKind,
    pub channel: Channel,
    pub original: Option<ChannelRef>,
    pub amount_minor: i64,
    pub fee_minor: i64,
    pub customer: Option<usize>,
    pub merchant: Option<String>,
}

/// Returns the channel's fee in minor units, rounded half up: 0.60 % for the wallets, 0.20 % for cards.
pub(super) const fn channel_fee(channel: Channel, amount_minor: i64) -> i64 {
    let rate = if matches!(channel, Channel::UNIONPAY) { 20 } else { 60 };
    (amount_minor * rate + 5000) / 10_000
}

/// Draws a channel by which customers pay.
pub(super) fn wallet(rng: &mut fastrand::Rng) -> Channel {
    match rng.u32(0..100) {
        0..50 => Channel::WECHAT,
        50..88 => Channel::ALIPAY,
        _ => Channel::UNIONPAY,
    }
}

/// Draws the amount of a top-up in minor units, mostly one of the buttons.
pub(super) fn topup_amount(rng: &mut fastrand::Rng) -> i64 {
    match rng.u32(0..100) {
        0..80 => TOPUPS.get(rng.usize(0..TOPUPS.len())).copied().unwrap_or(10_000),
        80..92 => TYPED.get(rng.usize(0..TYPED.len())).copied().unwrap_or(8888),
        92..98 => rng.i64(50..2000) * 100,
        _ => rng.i64(1..9) * 1_000_000,
    }
}

/// Draws a price in minor units; many end in .90.
pub(super) fn price(rng: &mut fastrand::Rng) -> i64 {
    match rng.u32(0..100) {
        0..45 => rng.i64(4..60) * 100 + 90,
        45..65 => rng.i64(6..40) * 1000 + 990,
        65..80 => rng.i64(1..30) * 500,
        80..97 => rng.i64(350..30_000),
        _ => rng.i64(10..60) * 10_000 - 100,
    }
}

/// Returns a refund. The fee is returned in proportion, so that the parts add up to the fee charged.
pub(super) fn refund_of(past: &PastTrade, amount_minor: i64) -> TradeSpec {
    let fee = |amount| channel_fee(past.channel, amount);
    TradeSpec {
        kind: TradeKind::REFUND,
        channel: past.channel,
        original: Some(past.channel_ref.clone()),
        amount_minor,
        fee_minor: fee(past.amount_minor - amount_minor) - fee(past.amount_minor),
        customer: Some(past.customer),
        merchant: past.merchant.clone(),
    }
}

pub(super) fn payout_spec(channel: Channel, amount_minor: i64, customer: Option<usize>) -> TradeSpec {
    let fee_minor = if channel == Channel::HVPS { 500 } else { 200 };
    TradeSpec {
        kind: TradeKind::PAYOUT,
        channel,
        original: None,
        amount_minor,
        fee_minor,
        customer,
        merchant: None,
    }
}

/// Returns the prefix of a channel reference: the channel, and a letter for money that goes back.
pub(super) fn prefix(spec: &TradeSpec) -> &'static str {
    match (spec.channel, spec.kind) {
        (Channel::WECHAT, TradeKind::REFUND) => "WXR",
        (Channel::WECHAT, TradeKind::SETTLEMENT) => "WXS",
        (Channel::WECHAT, _) => "WX",
        (Channel::ALIPAY, TradeKind::REFUND) => "ALR",
        (Channel::ALIPAY, TradeKind::SETTLEMENT) => "ALS",
        (Channel::ALIPAY, _) => "AL",
        (Channel::UNIONPAY, TradeKind::REFUND) => "UPR",
        (Channel::UNIONPAY, TradeKind::SETTLEMENT) => "UPS",
        (Channel::UNIONPAY, TradeKind::CHARGEBACK) => "UPC",
        (Channel::UNIONPAY, _) => "UP",
        (Channel::HVPS, TradeKind::RETURN) => "HVT",
        (Channel::HVPS, _) => "HV",
        (Channel::BEPS, TradeKind::RETURN) => "BET",
        (Channel::BEPS, _) => "BE",
        (Channel::IBPS, TradeKind::RETURN) => "IBT",
        (Channel::IBPS, _) => "IB",
        (Channel::NUCC, _) => "NU",
        _ => "BK",
    }
}
