//! Imports files of trades.

use super::importer::{Importer, refused};
use super::taken::Taken;
use crate::domain::amendment::AmendableFact;
use crate::domain::event::Event;
use crate::domain::money::Money;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Facts;
use crate::domain::trade::{ClearingStatus, SettlementStatus, Trade};
use crate::domain::trade_news::{KnownTrade, ListedFact, ListedTrade, TradeNews, news};
use crate::files::import as reading;
use crate::files::import::{Format, Source};
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::TradeRow;
use crate::store::event_id::EventId;
use crate::store::imports::Numbered;
use crate::store::trade_news::ToldBy;
use crate::store::{Reader, Sink, StoreError, amendments, events, imports, trade_news, trades};
use std::collections::HashSet;

/// Where new trades go, and which trades the file has told something of.
pub(super) struct NewRows {
    /// Row of the first new trade.
    pub first: i64,
    /// Row of the next one.
    pub next: i64,
    /// Known trades that the file told something new of.
    told: HashSet<i64>,
}

impl NewRows {
    /// Rows from the end of the trades.
    pub fn of<R: Reader + ?Sized>(reader: &mut R) -> Result<Self, StoreError> {
        let first = imports::next_id(reader, Numbered::Trade)?;
        Ok(Self { first, next: first, told: HashSet::new() })
    }
}

impl Importer<'_> {
    /// Imports a file of trades.
    pub(super) fn trades(
        &mut self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
    ) -> Result<(), Refusal> {
        let mut rows = NewRows::of(sink)?;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader()?;
        let read = reading::read_trades(reader, &file, &settings, format, &mut |line, listed| {
            let taken = self.add_trade(sink, line, &listed, &mut rows)?;
            self.add_up(&listed.trade);
            self.count(taken)
        });
        refused(read)?.refuse_if_cut(self.file)?;
        Ok(imports::insert_file(sink, &self.record(format.kind().as_str()))?)
    }

    /// Adds a trade to the sums of the file.
    pub(super) fn add_up(&mut self, trade: &Trade) {
        let kind = trade.kind.as_str();
        self.answer.add_to_sums(kind, trade.currency, trade.amount_minor, trade.business_date);
    }

    /// Adds one trade, or what its row tells of a trade that is known.
    pub(super) fn add_trade(
        &self,
        sink: &mut dyn Sink,
        line: u64,
        listed: &ListedTrade,
        rows: &mut NewRows,
    ) -> Result<Taken, Refusal> {
        let trade = &listed.trade;
        // Most rows are new or tell nothing new: what else is compared of a known trade takes a statement that
        // costs more to prepare than to run.
        if rows.first > 1
            && let Some((id, facts)) = trades::imported_facts(sink, &trade.trade_no)?
        {
            if id >= rows.first || rows.told.contains(&id) {
                return Err(self.at_line(line, twice(&trade.trade_no, self.file)));
            }
            if facts == *trade && listed.settlement.is_none() {
                return Ok(Taken::Same);
            }
            if let Some(known) = trades::trade(sink, &trade.trade_no)? {
                return self.add_news(sink, line, &known, listed, rows);
            }
        }
        self.refuse_other_currencies(line, trade)?;
        let mut events = self.in_force.events_of(trade.kind);
        if trade.clearing == ClearingStatus::Cleared
            && self.is_ruled(trade, Event::CLEARED)
            && !events.iter().any(|(event, _)| *event == Event::CLEARED)
        {
            events.extend(self.in_force.kinds.number(Event::CLEARED).map(|number| (Event::CLEARED, number)));
        }
        trades::insert_trade(sink, rows.next, trade, &events).map_err(|error| match error {
            StoreError::Rejected(rejection) if rejection.code == Code::TradeConflict => {
                self.at_line(line, twice(&trade.trade_no, self.file))
            }
            other => self.at_line(line, other),
        })?;
        let has_settlement = events.iter().any(|(event, _)| *event == Event::SETTLED);
        if listed.is_settled() && !has_settlement && self.is_ruled(trade, Event::SETTLED) {
            trade_news::settle(sink, rows.next, listed).map_err(|error| self.at_line(line, error))?;
        }
        rows.next += 1;
        Ok(Taken::New)
    }

    /// Adds what a row that differs from a known trade tells of it: a trade that is not final moves on; what
    /// contradicts it becomes a claim.
    fn add_news(
        &self,
        sink: &mut dyn Sink,
        line: u64,
        known: &TradeRow,
        listed: &ListedTrade,
        rows: &mut NewRows,
    ) -> Result<Taken, Refusal> {
        let told = trade_news::told(sink, known.id)?;
        let corrected = corrected(sink, known)?;
        let settlement_matters = self.is_ruled(&known.trade, Event::SETTLED);
        let as_known = KnownTrade {
            trade: &known.trade,
            status: known.status_now,
            clearing: known.clearing_now,
            settled: known.settlement == SettlementStatus::Settled,
            corrected: &corrected,
            told: &told,
        };
        let found = news(as_known, listed, settlement_matters);
        let by = ToldBy { file: self.fingerprint, operator: &self.context.operator, now: self.context.now };
        for news in &found {
            self.add_one(sink, known, listed, news, by).map_err(|error| self.at_line(line, error))?;
        }
        let taken = match found.iter().map(|news| news.claim).max() {
            None => return Ok(Taken::Same),
            Some(true) => Taken::Contradicting,
            Some(false) => Taken::MovedOn,
        };
        rows.told.insert(known.id);
        Ok(taken)
    }

    fn add_one(
        &self,
        sink: &mut dyn Sink,
        known: &TradeRow,
        listed: &ListedTrade,
        news: &TradeNews,
        by: ToldBy<'_>,
    ) -> Result<(), StoreError> {
        trade_news::insert(sink, known.id, news, by)?;
        let is_cleared = news.value == ClearingStatus::Cleared.as_str();
        match news.fact {
            ListedFact::Settlement if !news.claim => trade_news::settle(sink, known.id, listed),
            ListedFact::Clearing
                if !news.claim && is_cleared && self.is_ruled(&known.trade, Event::CLEARED) =>
            {
                events::ensure_event(sink, EventId::clearing(known.id), Event::CLEARED)
            }
            _ => Ok(()),
        }
    }

    /// Returns whether a rule books an event of a trade.
    fn is_ruled(&self, trade: &Trade, event: Event) -> bool {
        let set = self.in_force.rules.in_force(trade.business_date);
        set.is_some_and(|set| set.rule_for(&Facts::from(trade), event).is_some())
    }
}

/// Returns the facts of a known trade that cases corrected, in the form of a list.
fn corrected(sink: &mut dyn Sink, known: &TradeRow) -> Result<Vec<(ListedFact, String)>, StoreError> {
    let stored = amendments::amendments(sink, known.id)?;
    let currency = known.trade.currency;
    let money = |value: &str| {
        value
            .parse()
            .map_or_else(|_| value.to_owned(), |minor| format!("{} {currency}", Money::new(minor, currency)))
    };
    let listed = |(fact, value, _): (String, String, _)| {
        let fact = AmendableFact::of_stored(&fact)?;
        let listed = ListedFact::ALL.iter().find(|listed| listed.amendable() == Some(fact))?;
        let is_money =
            matches!(fact, AmendableFact::Amount | AmendableFact::Fee | AmendableFact::MerchantDiscount);
        Some((*listed, if is_money { money(&value) } else { value }))
    };
    Ok(stored.into_iter().filter_map(listed).collect())
}

/// Returns the refusal of a file that lists a trade twice.
pub(super) fn twice(trade_no: &crate::domain::id::TradeNo, file: &str) -> Rejection {
    Rejection::new(Code::TradeConflict).with("trade", trade_no).with("twice", file)
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
