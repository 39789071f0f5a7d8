//! Trades in which mistakes are made that no correct trade has: on a given channel, twice on one reference, refunds
//! of too much or for others, and payouts of which no news comes.

use crate::domain::calendar::limited_minor;
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::trade::{Channel, Trade, TradeStatus};
use crate::sample::description::Flow;
use crate::sample::trade_spec::{PastTrade, refund_of};
use crate::sample::world::{World, nothing};

/// How often a payout is drawn until one can be made.
const TRIES: usize = 20;

impl World<'_> {
    /// Returns a trade of the plain kind by a channel.
    pub fn some_plain_on(&mut self, channel: Channel, at: Moment) -> Result<Trade, Rejection> {
        let mut spec = self.sale_of(self.description.plain).ok_or_else(nothing)?;
        spec.channel = channel;
        spec.fee_minor = self.description.channel_fee(channel, spec.amount_minor);
        self.numbered(spec, at)
    }

    /// Returns a trade of the kind in which merchants bear discounts; `None` if there is no such kind.
    pub fn some_discounted(&mut self, at: Moment) -> Result<Option<Trade>, Rejection> {
        let Some(spec) = self.description.discounted.and_then(|kind| self.sale_of(kind)) else {
            return Ok(None);
        };
        self.numbered(spec, at).map(Some)
    }

    /// Returns a trade like this one, on the same reference, some seconds later.
    pub fn twin(&mut self, of: &Trade, seconds: i64) -> Result<Trade, Rejection> {
        let (day, number) = self.next_number(of.occurred_at);
        let trade_no = format!("T{}-{number}", day.strftime("%Y%m%d")).parse()?;
        Ok(Trade { trade_no, occurred_at: of.occurred_at.plus_seconds(seconds), ..of.clone() })
    }

    /// Returns a payout that was sent and is still being processed, although its session and the grace are over;
    /// `None` if nobody has the money for one, or none would be late by now.
    pub fn payout_without_news(&mut self, at: Moment) -> Result<Option<Trade>, Rejection> {
        let Some(entry) = self.description.flowing(Flow::Payout) else { return Ok(None) };
        let Some(spec) = (0..TRIES).find_map(|_| self.payout(entry, at)) else { return Ok(None) };
        let mut trade = self.numbered(spec, at)?;
        let ended = self.timetable.calendar.session_end(
            trade.channel,
            limited_minor(trade.amount()),
            trade.occurred_at,
        );
        trade.status = TradeStatus::Processing;
        Ok((ended.plus_seconds(self.timetable.payout_grace) < self.timetable.now).then_some(trade))
    }

    /// Takes a payment out of the memory that its payer can give back, and as much again beside it.
    pub fn payment_to_undo(&mut self, at: Moment, extra_minor: i64) -> Option<PastTrade> {
        let past = self.recall(|world| &mut world.payments, at)?;
        self.affordable(&past, past.amount_minor + extra_minor, 0).then_some(past)
    }

    /// Returns a refund of a payment by this amount; `None` if nothing is refunded.
    pub fn refund_by(
        &mut self,
        past: &PastTrade,
        amount_minor: i64,
        at: Moment,
    ) -> Result<Option<Trade>, Rejection> {
        let Some(entry) = self.description.flowing(Flow::Refund) else { return Ok(None) };
        let mut spec = refund_of(self.description, entry.kind, past, amount_minor.min(past.amount_minor));
        spec.amount_minor = amount_minor;
        self.numbered(spec, at).map(Some)
    }
}
