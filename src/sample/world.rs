//! The simulated business: customers and merchants make correct trades, one after the other.

use crate::domain::currencies::Currencies;
use crate::domain::kind::PartyFact;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeKind, TradeStatus};
use crate::sample::description::{Description, Flow, TradeEntry};
use crate::sample::happening::Collected;
use crate::sample::people::{People, width};
use crate::sample::plan::SamplePlan;
use crate::sample::timetable::Timetable;
use crate::sample::trade_spec::{PastTrade, TradeSpec, refund_of};
use jiff::civil::Date;
use std::collections::VecDeque;

/// Trades kept of each kind, for later refunds, returns and chargebacks.
const REMEMBERED: usize = 500;

/// Age in seconds at which a trade may be gone back on.
const OLD: i64 = 3600;

/// Generates trades.
pub(super) struct World<'d> {
    pub timetable: Timetable<'d>,
    pub description: &'d Description,
    pub rng: fastrand::Rng,
    pub people: People,
    /// The ledger's main currency.
    main: Currency,
    digits: usize,
    day: Date,
    count: u64,
    pub payments: VecDeque<PastTrade>,
    refunds: VecDeque<PastTrade>,
    payouts: VecDeque<PastTrade>,
}

impl<'d> World<'d> {
    pub fn new(
        timetable: Timetable<'d>,
        plan: &SamplePlan,
        currencies: &Currencies,
        rng: fastrand::Rng,
    ) -> Self {
        let description = timetable.description;
        Self {
            day: timetable.clock.first_day,
            timetable,
            description,
            rng,
            people: People::new(plan.accounts, plan.merchants, description, currencies),
            main: currencies.main(),
            digits: width(plan.trades, 6),
            count: 0,
            payments: VecDeque::new(),
            refunds: VecDeque::new(),
            payouts: VecDeque::new(),
        }
    }

    /// Returns a trade of any kind.
    pub fn any(&mut self, at: Moment) -> Result<Trade, Rejection> {
        let description = self.description;
        let spec = description.any(&mut self.rng).and_then(|entry| match entry.flow {
            Flow::Sale => self.sale(entry),
            Flow::Refund => self.refund(entry, at),
            Flow::Payout => self.payout(entry, at),
            Flow::Returned => self.payout_returned(entry, at),
            Flow::Dispute => self.dispute(entry, at),
            Flow::Release => self.release(entry),
            Flow::Exchange => self.exchange(entry),
        });
        let spec = spec.or_else(|| self.sale_of(self.description.plain)).ok_or_else(nothing)?;
        self.numbered(spec, at)
    }

    /// Returns a trade of the plain kind.
    pub fn some_plain(&mut self, at: Moment) -> Result<Trade, Rejection> {
        let spec = self.sale_of(self.description.plain).ok_or_else(nothing)?;
        self.numbered(spec, at)
    }

    /// Returns a payment large enough for a merchant's fee. If merchants have the balances, it is that of the
    /// one who has most, so that a mistake in it does not take more than there is.
    pub fn some_charged(&mut self, at: Moment) -> Result<Trade, Rejection> {
        let mut spec = self.sale_of(self.description.charged).ok_or_else(nothing)?;
        spec.amount_minor += self.description.charged_extra;
        spec.fee_minor = self.description.channel_fee(spec.channel, spec.amount_minor);
        if self.people.of_merchants() {
            spec.merchant = Some(self.people.holder_name(self.people.richest(spec.currency)));
        }
        self.numbered(spec, at)
    }

    /// Returns a refund of a payment; `None` if there is no payment to refund.
    pub fn some_refund(&mut self, at: Moment) -> Result<Option<Trade>, Rejection> {
        let possible =
            |past: &PastTrade| past.merchant.is_some() && self.affordable(past, past.amount_minor, 0);
        let Some(past) = self.payments.iter().rposition(possible) else { return Ok(None) };
        let Some(past) = self.payments.remove(past) else { return Ok(None) };
        self.refund_of(&past, at)
    }

    /// Returns a second refund of the same payment and amount; `None` if there was no refund yet.
    pub fn refund_again(&mut self, at: Moment) -> Result<Option<Trade>, Rejection> {
        let Some(past) = self.refunds.pop_back() else { return Ok(None) };
        self.refund_of(&past, at)
    }

    fn refund_of(&mut self, past: &PastTrade, at: Moment) -> Result<Option<Trade>, Rejection> {
        let Some(entry) = self.description.flowing(Flow::Refund) else { return Ok(None) };
        let spec = refund_of(self.description, entry.kind, past, past.amount_minor);
        self.numbered(spec, at).map(Some)
    }

    /// Returns a channel's payment of what it collected on a day, less its fees; `None` if it makes none.
    pub fn settlement(&mut self, paid: &Collected, at: Moment) -> Result<Option<Trade>, Rejection> {
        let Some(settlement) = &self.description.settlement else { return Ok(None) };
        let spec = TradeSpec {
            kind: settlement.kind,
            product: None,
            channel: paid.channel,
            original: None,
            amount_minor: paid.amount_minor,
            fee_minor: paid.fee_minor,
            currency: paid.currency,
            counter_amount: None,
            customer: None,
            merchant: None,
        };
        self.numbered(spec, at).map(Some)
    }

    /// Returns a payout that is still being processed; `None` if nothing is paid out.
    pub fn payout_under_way(
        &mut self,
        system: Channel,
        amount: i64,
        at: Moment,
    ) -> Result<Option<Trade>, Rejection> {
        let Some(entry) = self.description.flowing(Flow::Payout) else { return Ok(None) };
        let holder = self.people.any_holder(&mut self.rng);
        let spec = self.payout_spec(entry, system, Money::new(amount, self.main), holder);
        let mut trade = self.numbered(spec, at)?;
        trade.status = TradeStatus::Processing;
        Ok(Some(trade))
    }

    pub(super) fn sale_of(&mut self, kind: TradeKind) -> Option<TradeSpec> {
        self.description.entry(kind).and_then(|entry| self.sale(entry))
    }

    pub(super) fn sale(&mut self, entry: &TradeEntry) -> Option<TradeSpec> {
        let currency = self.description.draw_currency(self.main, &mut self.rng);
        let amount_minor = self.description.draw_amount(entry.amount.as_deref(), &mut self.rng);
        let channel = self.description.incoming(&mut self.rng)?;
        let named = |party| entry.parties.contains(&party);
        Some(TradeSpec {
            kind: entry.kind,
            product: entry.product.clone(),
            channel,
            original: None,
            amount_minor,
            fee_minor: self.description.channel_fee(channel, amount_minor),
            currency,
            counter_amount: None,
            customer: named(PartyFact::Customer).then(|| self.people.any(&mut self.rng)),
            merchant: named(PartyFact::Merchant).then(|| self.people.merchant(&mut self.rng)),
        })
    }

    /// Returns the holder of the balance from which money goes back for a past trade; `None` if no balance
    /// that is kept here pays it.
    fn payer(&self, past: &PastTrade) -> Option<usize> {
        if self.people.of_merchants() {
            past.merchant.as_ref().and_then(|merchant| self.people.holder(merchant))
        } else {
            past.customer.filter(|_| past.merchant.is_none())
        }
    }

    /// Returns whether the payer still has the amount and a margin.
    pub(super) fn affordable(&self, past: &PastTrade, amount: i64, margin: i64) -> bool {
        self.payer(past).is_none_or(|payer| self.people.available(payer, past.currency) >= amount + margin)
    }

    /// Refunds a payment or, rarely, a top-up, in full or half, if the payer still has the money.
    fn refund(&mut self, entry: &TradeEntry, at: Moment) -> Option<TradeSpec> {
        let past = self.recall(|world| &mut world.payments, at)?;
        let half = self.rng.u32(0..10) < 3 && past.amount_minor >= 1000;
        let amount = if half { past.amount_minor / 200 * 100 } else { past.amount_minor };
        if !self.affordable(&past, amount, entry.margin_minor) {
            return None;
        }
        Some(refund_of(self.description, entry.kind, &past, amount))
    }

    /// Takes a remembered trade that is older than an hour out of the memory.
    pub(super) fn recall(
        &mut self,
        of: fn(&mut Self) -> &mut VecDeque<PastTrade>,
        at: Moment,
    ) -> Option<PastTrade> {
        let old = of(self).partition_point(|past| at.seconds_since(past.at) > OLD);
        if old == 0 {
            return None;
        }
        let place = self.rng.usize(0..old);
        of(self).remove(place)
    }

    /// Draws the one of a few holders of whom this is most in a currency.
    fn one_with_most(
        &mut self,
        currency: Currency,
        of: fn(&People, usize, Currency) -> i64,
    ) -> Option<(usize, i64)> {
        (0..4)
            .map(|_| self.people.any_holder(&mut self.rng))
            .map(|holder| (holder, of(&self.people, holder, currency)))
            .max_by_key(|(_, most)| *most)
    }

    /// Pays out by a system that accepts it now: the large-value one for large amounts in its hours.
    pub(super) fn payout(&mut self, entry: &TradeEntry, at: Moment) -> Option<TradeSpec> {
        let payout = self.description.payout.as_ref()?;
        let currency = self.description.draw_currency(self.main, &mut self.rng);
        let (holder, free) = self.one_with_most(currency, People::available)?;
        let step = payout.step;
        let most = (free - payout.keep) / step * step;
        if most < payout.least {
            return None;
        }
        let calendar = self.timetable.calendar;
        let takes = |system, amount| calendar.occurred_in_session(system, amount, at);
        if let Some(large) = payout.large
            && most >= large.from
            && currency == self.main
            && takes(large.channel, most)
        {
            return Some(self.payout_spec(entry, large.channel, Money::new(most, currency), holder));
        }
        // A coin for each but the last.
        let (last, others) = self.description.payout_channels(currency).split_last()?;
        let system = others.iter().find(|_| self.rng.bool()).unwrap_or(last);
        let amount = if self.rng.u32(0..3) == 0 {
            most
        } else {
            (most * self.rng.i64(2..9) / 10 / step * step).max(payout.least)
        };
        let amount = amount.min(payout.most);
        let paid = Money::new(amount, currency);
        takes(*system, amount).then(|| self.payout_spec(entry, *system, paid, holder))
    }

    pub(super) fn payout_spec(
        &self,
        entry: &TradeEntry,
        channel: Channel,
        amount: Money,
        holder: usize,
    ) -> TradeSpec {
        let (customer, merchant) = self.party(holder);
        TradeSpec {
            kind: entry.kind,
            product: entry.product.clone(),
            channel,
            original: None,
            amount_minor: amount.minor,
            fee_minor: self.description.payout_fee(channel),
            currency: amount.currency,
            counter_amount: None,
            customer,
            merchant,
        }
    }

    /// Returns a holder as customer or as merchant.
    fn party(&self, holder: usize) -> (Option<usize>, Option<String>) {
        if self.people.of_merchants() {
            (None, Some(self.people.holder_name(holder)))
        } else {
            (Some(holder), None)
        }
    }

    /// Returns an earlier payout: name and account number did not match.
    fn payout_returned(&mut self, entry: &TradeEntry, at: Moment) -> Option<TradeSpec> {
        let past = self.recall(|world| &mut world.payouts, at)?;
        Some(TradeSpec {
            kind: entry.kind,
            product: None,
            channel: past.channel,
            original: Some(past.channel_ref),
            amount_minor: past.amount_minor,
            fee_minor: 0,
            currency: past.currency,
            counter_amount: None,
            customer: past.customer,
            merchant: past.merchant,
        })
    }

    /// Charges back a card payment.
    fn dispute(&mut self, entry: &TradeEntry, at: Moment) -> Option<TradeSpec> {
        let place = self.payments.iter().position(|past| {
            entry.channels.contains(&past.channel)
                && past.merchant.is_some()
                && at.seconds_since(past.at) > OLD
        })?;
        let past = self.payments.remove(place)?;
        if !self.affordable(&past, past.amount_minor, entry.margin_minor) {
            return None;
        }
        Some(TradeSpec {
            kind: entry.kind,
            product: None,
            channel: past.channel,
            original: Some(past.channel_ref),
            amount_minor: past.amount_minor,
            fee_minor: entry.fee_minor,
            currency: past.currency,
            counter_amount: None,
            customer: past.customer,
            merchant: past.merchant,
        })
    }

    /// Releases what was held back from a holder.
    fn release(&mut self, entry: &TradeEntry) -> Option<TradeSpec> {
        let channel = entry.channels.first().copied()?;
        let currency = self.description.draw_currency(self.main, &mut self.rng);
        let (holder, held) = self.one_with_most(currency, People::held)?;
        let (customer, merchant) = self.party(holder);
        let amount_minor = held / 200 * 100;
        (amount_minor > 0).then(|| TradeSpec {
            kind: entry.kind,
            product: None,
            channel,
            original: None,
            amount_minor,
            fee_minor: 0,
            currency,
            counter_amount: None,
            customer,
            merchant,
        })
    }

    /// Changes half of what a holder may spend in one currency into another; `None` if trades are in one
    /// currency.
    fn exchange(&mut self, entry: &TradeEntry) -> Option<TradeSpec> {
        let channel = entry.channels.first().copied()?;
        let currency = self.description.draw_currency(self.main, &mut self.rng);
        let others: Vec<Currency> = self.description.currencies(self.main);
        let others: Vec<Currency> = others.into_iter().filter(|other| *other != currency).collect();
        let to = *others.get(self.rng.usize(0..others.len().max(1)))?;
        let (holder, free) = self.one_with_most(currency, People::available)?;
        let amount = Money::new(free / 200 * 100, currency);
        let counter = self.description.exchanged(amount, to, &mut self.rng)?;
        let (customer, merchant) = self.party(holder);
        Some(TradeSpec {
            kind: entry.kind,
            product: None,
            channel,
            original: None,
            amount_minor: amount.minor,
            fee_minor: 0,
            currency,
            counter_amount: Some(counter),
            customer,
            merchant,
        })
    }

    pub(super) fn numbered(&mut self, spec: TradeSpec, at: Moment) -> Result<Trade, Rejection> {
        let (day, number) = self.next_number(at);
        let date = day.strftime("%Y%m%d").to_string();
        let prefix = self.description.prefix(spec.channel, spec.kind);
        Ok(Trade {
            trade_no: format!("T{date}-{number}").parse()?,
            kind: spec.kind,
            product: spec.product,
            channel: spec.channel,
            channel_ref: format!("{prefix}{date}{number}").parse()?,
            original_ref: spec.original,
            amount_minor: spec.amount_minor,
            fee_minor: spec.fee_minor,
            currency: spec.currency,
            counter_amount: spec.counter_amount,
            customer: spec.customer.map(|customer| self.people.name(customer).parse()).transpose()?,
            merchant: spec.merchant.map(|merchant| merchant.parse()).transpose()?,
            occurred_at: at,
            business_date: day,
            status: TradeStatus::Succeeded,
            clearing: ClearingStatus::Uncleared,
            counters: None,
            merchant_no: None,
            channel_no: None,
            merchant_discount_minor: 0,
        })
    }

    /// Returns the day and the next number of it.
    pub(super) fn next_number(&mut self, at: Moment) -> (Date, String) {
        let day = at.in_zone(&self.timetable.clock.zone).date();
        if day != self.day {
            (self.day, self.count) = (day, 0);
        }
        self.count += 1;
        (day, format!("{:0width$}", self.count, width = self.digits))
    }

    /// Remembers a correct trade, so that a later one may refer to it.
    pub fn remember(&mut self, trade: &Trade) {
        let Some(entry) = self.description.entry(trade.kind) else { return };
        let memory = match (entry.flow, entry.remembered) {
            (Flow::Sale, 1) => &mut self.payments,
            (Flow::Sale, one_of @ 2..) if self.rng.u32(0..one_of) == 0 => &mut self.payments,
            (Flow::Refund, _) if trade.merchant.is_some() => &mut self.refunds,
            (Flow::Payout, _) => &mut self.payouts,
            _ => return,
        };
        if memory.len() == REMEMBERED {
            memory.pop_front();
        }
        // A refund is remembered under the reference of its payment.
        let channel_ref = match (&trade.original_ref, entry.flow) {
            (Some(original), Flow::Refund) => original,
            _ => &trade.channel_ref,
        };
        memory.push_back(PastTrade { channel_ref: channel_ref.clone(), ..PastTrade::of(trade) });
    }
}

/// Returns the refusal of a description that makes no trade.
pub(super) fn nothing() -> Rejection {
    Rejection::new(Code::BadValue).with("what", "sample.toml").with("value", "plain")
}
