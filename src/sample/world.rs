//! The simulated business: customers and merchants make correct trades, one after the other.

use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeKind, TradeStatus};
use crate::sample::happening::Collected;
use crate::sample::people::{People, number, width};
use crate::sample::plan::SamplePlan;
use crate::sample::timetable::{ABOVE_LIMIT, LARGE, Timetable};
use crate::sample::trade_spec::{
    PastTrade, TradeSpec, channel_fee, payout_spec, prefix, price, refund_of, topup_amount, wallet,
};
use jiff::civil::Date;
use std::collections::VecDeque;

/// Trades kept of each kind, for later refunds, returns and chargebacks.
const REMEMBERED: usize = 500;

/// Smallest payment by the large-value system, in minor units.
const LARGE_FROM: i64 = 5_000_000;

/// Smallest payout, in minor units.
const PAYOUT_FROM: i64 = 10_000;

/// Fee of the channel's bank for a dispute, in minor units.
const DISPUTE_FEE: i64 = 1000;

/// Generates trades.
pub(super) struct World<'d> {
    pub timetable: Timetable<'d>,
    pub rng: fastrand::Rng,
    pub people: People,
    currency: Currency,
    digits: usize,
    day: Date,
    count: u64,
    payments: VecDeque<PastTrade>,
    refunds: VecDeque<PastTrade>,
    payouts: VecDeque<PastTrade>,
}

impl<'d> World<'d> {
    pub fn new(timetable: Timetable<'d>, plan: &SamplePlan, currency: Currency, rng: fastrand::Rng) -> Self {
        Self {
            day: timetable.clock.first_day,
            timetable,
            rng,
            people: People::new(plan.accounts, plan.merchants),
            currency,
            digits: width(plan.trades, 6),
            count: 0,
            payments: VecDeque::new(),
            refunds: VecDeque::new(),
            payouts: VecDeque::new(),
        }
    }

    /// Returns a trade of any kind.
    pub fn any(&mut self, at: Moment) -> Result<Trade, Rejection> {
        let spec = match self.rng.u32(0..1000) {
            0..500 => Some(self.payment()),
            500..560 => self.refund(at),
            560..670 => self.payout(at),
            670..676 => self.payout_returned(at),
            676..680 => self.chargeback(at),
            _ => None,
        };
        let spec = spec.unwrap_or_else(|| self.topup());
        self.numbered(spec, at)
    }

    /// Returns a top-up.
    pub fn some_topup(&mut self, at: Moment) -> Result<Trade, Rejection> {
        let spec = self.topup();
        self.numbered(spec, at)
    }

    /// Returns a payment large enough for a merchant's fee.
    pub fn some_payment(&mut self, at: Moment) -> Result<Trade, Rejection> {
        let mut spec = self.payment();
        spec.amount_minor += 2000;
        spec.fee_minor = channel_fee(spec.channel, spec.amount_minor);
        self.numbered(spec, at)
    }

    /// Returns a refund of a payment; `None` if there is no payment to refund.
    pub fn some_refund(&mut self, at: Moment) -> Result<Option<Trade>, Rejection> {
        let Some(past) = self.payments.iter().rposition(|past| past.merchant.is_some()) else {
            return Ok(None);
        };
        let Some(past) = self.payments.remove(past) else { return Ok(None) };
        let spec = refund_of(&past, past.amount_minor);
        self.numbered(spec, at).map(Some)
    }

    /// Returns a second refund of the same payment and amount; `None` if there was no refund yet.
    pub fn refund_again(&mut self, at: Moment) -> Result<Option<Trade>, Rejection> {
        let Some(past) = self.refunds.pop_back() else { return Ok(None) };
        let spec = refund_of(&past, past.amount_minor);
        self.numbered(spec, at).map(Some)
    }

    /// Returns a large payout that is still being processed.
    pub fn large_payout(&mut self, at: Moment) -> Result<Trade, Rejection> {
        self.payout_under_way(Channel::HVPS, LARGE, at)
    }

    /// Returns a channel's payment of what it collected on a day, less its fees.
    pub fn settlement(&mut self, paid: &Collected, at: Moment) -> Result<Trade, Rejection> {
        let spec = TradeSpec {
            kind: TradeKind::SETTLEMENT,
            channel: paid.channel,
            original: None,
            amount_minor: paid.amount_minor,
            fee_minor: paid.fee_minor,
            customer: None,
            merchant: None,
        };
        self.numbered(spec, at)
    }

    /// Returns a payout above the limit of its payment system.
    pub fn payout_above_limit(&mut self, system: Channel, at: Moment) -> Result<Trade, Rejection> {
        self.payout_under_way(system, ABOVE_LIMIT, at)
    }

    fn payout_under_way(&mut self, system: Channel, amount: i64, at: Moment) -> Result<Trade, Rejection> {
        let customer = Some(self.people.any(&mut self.rng));
        let mut trade = self.numbered(payout_spec(system, amount, customer), at)?;
        trade.status = TradeStatus::Processing;
        Ok(trade)
    }

    fn topup(&mut self) -> TradeSpec {
        let amount_minor = topup_amount(&mut self.rng);
        let channel = wallet(&mut self.rng);
        TradeSpec {
            kind: TradeKind::TOPUP,
            channel,
            original: None,
            amount_minor,
            fee_minor: channel_fee(channel, amount_minor),
            customer: Some(self.people.any(&mut self.rng)),
            merchant: None,
        }
    }

    fn payment(&mut self) -> TradeSpec {
        let amount_minor = price(&mut self.rng);
        let channel = wallet(&mut self.rng);
        TradeSpec {
            kind: TradeKind::PAY,
            channel,
            original: None,
            amount_minor,
            fee_minor: channel_fee(channel, amount_minor),
            customer: Some(self.people.any(&mut self.rng)),
            merchant: Some(self.people.merchant(&mut self.rng)),
        }
    }

    /// Refunds a payment or, rarely, a top-up, in full or half; a top-up only if the customer still has
    /// the money.
    fn refund(&mut self, at: Moment) -> Option<TradeSpec> {
        let past = self.recall(|world| &mut world.payments, at)?;
        let half = self.rng.u32(0..10) < 3 && past.amount_minor >= 1000;
        let amount = if half { past.amount_minor / 200 * 100 } else { past.amount_minor };
        if past.merchant.is_none() && self.people.available(past.customer) < amount {
            return None;
        }
        Some(refund_of(&past, amount))
    }

    /// Takes a remembered trade that is older than an hour out of the memory.
    fn recall(&mut self, of: fn(&mut Self) -> &mut VecDeque<PastTrade>, at: Moment) -> Option<PastTrade> {
        let old = of(self).partition_point(|past| at.seconds_since(past.at) > 3600);
        if old == 0 {
            return None;
        }
        let place = self.rng.usize(0..old);
        of(self).remove(place)
    }

    /// Pays out by a system that accepts it now: the large-value one for large amounts in its hours.
    fn payout(&mut self, at: Moment) -> Option<TradeSpec> {
        let (customer, free) = (0..4)
            .map(|_| self.people.any(&mut self.rng))
            .map(|customer| (customer, self.people.available(customer)))
            .max_by_key(|(_, free)| *free)?;
        let most = (free - 1000) / 10_000 * 10_000;
        if most < PAYOUT_FROM {
            return None;
        }
        let calendar = self.timetable.calendar;
        let takes = |system, amount| calendar.occurred_in_session(system, amount, at);
        if most >= LARGE_FROM && takes(Channel::HVPS, most) {
            return Some(payout_spec(Channel::HVPS, most, Some(customer)));
        }
        let system = if self.rng.bool() { Channel::BEPS } else { Channel::IBPS };
        let amount = if self.rng.u32(0..3) == 0 {
            most
        } else {
            (most * self.rng.i64(2..9) / 10 / 10_000 * 10_000).max(PAYOUT_FROM)
        };
        let amount = amount.min(LARGE_FROM);
        takes(system, amount).then(|| payout_spec(system, amount, Some(customer)))
    }

    /// Returns an earlier payout: name and account number did not match.
    fn payout_returned(&mut self, at: Moment) -> Option<TradeSpec> {
        let past = self.recall(|world| &mut world.payouts, at)?;
        Some(TradeSpec {
            kind: TradeKind::RETURN,
            channel: past.channel,
            original: Some(past.channel_ref),
            amount_minor: past.amount_minor,
            fee_minor: 0,
            customer: Some(past.customer),
            merchant: None,
        })
    }

    /// Charges back a card payment.
    fn chargeback(&mut self, at: Moment) -> Option<TradeSpec> {
        let place = self.payments.iter().position(|past| {
            past.channel == Channel::UNIONPAY && past.merchant.is_some() && at.seconds_since(past.at) > 3600
        })?;
        let past = self.payments.remove(place)?;
        Some(TradeSpec {
            kind: TradeKind::CHARGEBACK,
            channel: past.channel,
            original: Some(past.channel_ref),
            amount_minor: past.amount_minor,
            fee_minor: DISPUTE_FEE,
            customer: Some(past.customer),
            merchant: past.merchant,
        })
    }

    fn numbered(&mut self, spec: TradeSpec, at: Moment) -> Result<Trade, Rejection> {
        let day = at.in_zone(&self.timetable.clock.zone).date();
        if day != self.day {
            (self.day, self.count) = (day, 0);
        }
        self.count += 1;
        let date = day.strftime("%Y%m%d").to_string();
        let number = format!("{:0width$}", self.count, width = self.digits);
        let product = match spec.kind {
            TradeKind::TOPUP => Some("agreement"),
            TradeKind::PAY => Some("direct"),
            TradeKind::PAYOUT => Some("payout"),
            _ => None,
        };
        Ok(Trade {
            trade_no: format!("T{date}-{number}").parse()?,
            kind: spec.kind,
            product: product.map(str::to_owned),
            channel: spec.channel,
            channel_ref: format!("{}{date}{number}", prefix(&spec)).parse()?,
            original_ref: spec.original,
            amount_minor: spec.amount_minor,
            fee_minor: spec.fee_minor,
            currency: self.currency,
            counter_amount: None,
            customer: spec.customer.map(|customer| self.people.name(customer).parse()).transpose()?,
            merchant: spec.merchant.map(|merchant| merchant.parse()).transpose()?,
            occurred_at: at,
            business_date: day,
            status: TradeStatus::Succeeded,
            clearing: ClearingStatus::Uncleared,
            counters: None,
        })
    }

    /// Remembers a correct trade, so that a later one may refer to it.
    pub fn remember(&mut self, trade: &Trade) {
        let Some(customer) = trade.customer.as_ref().and_then(|name| number(name.as_str())) else { return };
        let memory = match trade.kind {
            TradeKind::PAY => &mut self.payments,
            TradeKind::TOPUP if self.rng.u32(0..20) == 0 => &mut self.payments,
            TradeKind::REFUND if trade.merchant.is_some() => &mut self.refunds,
            TradeKind::PAYOUT => &mut self.payouts,
            _ => return,
        };
        if memory.len() == REMEMBERED {
            memory.pop_front();
        }
        // A refund is remembered under the reference of its payment.
        let channel_ref = match (&trade.original_ref, trade.kind) {
            (Some(original), TradeKind::REFUND) => original,
            _ => &trade.channel_ref,
        };
        memory.push_back(PastTrade {
            channel: trade.channel,
            channel_ref: channel_ref.clone(),
            amount_minor: trade.amount_minor,
            customer,
            merchant: trade.merchant.as_ref().map(ToString::to_string),
            at: trade.occurred_at,
        });
    }
}
