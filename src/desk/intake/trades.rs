//! Imports files of trades.

use super::importer::{Importer, refused};
use crate::domain::event::Event;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Facts;
use crate::domain::trade::{ClearingStatus, Trade};
use crate::files::import as reading;
use crate::files::import::{Format, Source};
use crate::protocol::refusal::Refusal;
use crate::store::imports::Numbered;
use crate::store::{Sink, StoreError, imports, trades};

impl Importer<'_> {
    /// Imports a file of trades.
    pub(super) fn trades(
        &mut self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
    ) -> Result<(), Refusal> {
        let first = imports::next_id(sink, Numbered::Trade)?;
        let mut next = first;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader()?;
        let read = reading::read_trades(reader, &file, &settings, format, &mut |line, trade| {
            let added = self.add_trade(sink, line, &trade, first, next)?;
            next += i64::from(added);
            self.count(added)
        });
        self.check_complete(&refused(read)?)?;
        Ok(imports::insert_file(sink, &self.record(format.kind().as_str()))?)
    }

    /// Adds one trade; returns false if the ledger already holds the same.
    pub(super) fn add_trade(
        &self,
        sink: &mut dyn Sink,
        line: u64,
        trade: &Trade,
        first: i64,
        next: i64,
    ) -> Result<bool, Refusal> {
        if first > 1
            && let Some(known) = trades::trade(sink, &trade.trade_no)?
        {
            let differs = differing(&known.trade, trade);
            if differs.is_empty() && known.id < first {
                return Ok(false);
            }
            let rejection = Rejection::new(Code::TradeConflict).with("trade", &trade.trade_no);
            let rejection = if differs.is_empty() {
                rejection.with("twice", self.file)
            } else {
                rejection.with("facts", differs.join(", "))
            };
            return Err(self.at_line(line, rejection));
        }
        self.refuse_other_currencies(line, trade)?;
        let facts = Facts::from(trade);
        let cleared = trade.clearing == ClearingStatus::Cleared
            && self
                .in_force
                .rules
                .in_force(trade.business_date)
                .is_some_and(|set| set.rule_for(&facts, Event::CLEARED).is_some());
        let mut events = self.in_force.events_of(trade.kind);
        if cleared && !events.iter().any(|(event, _)| *event == Event::CLEARED) {
            events.extend(self.in_force.kinds.number(Event::CLEARED).map(|number| (Event::CLEARED, number)));
        }
        trades::insert_trade(sink, next, trade, &events).map_err(|error| match error {
            StoreError::Rejected(rejection) if rejection.code == Code::TradeConflict => self.at_line(
                line,
                Rejection::new(Code::TradeConflict).with("trade", &trade.trade_no).with("twice", self.file),
            ),
            other => self.at_line(line, other),
        })?;
        Ok(true)
    }
}

impl Importer<'_> {
    /// Refuses a trade in a currency that the ledger does not keep, or of a party whose account would be
    /// mistaken for another's in such a currency.
    fn refuse_other_currencies(&self, line: u64, trade: &Trade) -> Result<(), Refusal> {
        let kept = &self.in_force.currencies;
        for currency in
            std::iter::once(trade.currency).chain(trade.counter_amount.map(|money| money.currency))
        {
            kept.must_keep(currency)
                .map_err(|rejection| self.at_line(line, rejection.with("trade", &trade.trade_no)))?;
        }
        for party in [&trade.customer, &trade.merchant].into_iter().flatten() {
            kept.may_name(party).map_err(|rejection| self.at_line(line, rejection))?;
        }
        Ok(())
    }
}

/// Returns the names of the facts in which two trades with the same number differ.
fn differing(known: &Trade, new: &Trade) -> Vec<&'static str> {
    let facts = [
        ("kind", known.kind == new.kind),
        ("product", known.product == new.product),
        ("channel", known.channel == new.channel),
        ("channel_ref", known.channel_ref == new.channel_ref),
        ("original_ref", known.original_ref == new.original_ref),
        ("amount", known.amount_minor == new.amount_minor),
        ("fee", known.fee_minor == new.fee_minor),
        ("merchant_discount", known.merchant_discount_minor == new.merchant_discount_minor),
        ("currency", known.currency == new.currency),
        ("counter_amount", known.counter_amount == new.counter_amount),
        ("customer", known.customer == new.customer),
        ("merchant", known.merchant == new.merchant),
        ("occurred_at", known.occurred_at == new.occurred_at),
        ("status", known.status == new.status),
        ("clearing", known.clearing == new.clearing),
    ];
    facts.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}
