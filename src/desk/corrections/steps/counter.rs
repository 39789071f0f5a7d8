//! A trade is undone by another trade (反交易), whole or in part, with customer and channel; the new trade is
//! posted by the original's rules with sides turned.

use crate::desk::corrections::effect::{Effect, KeptStep, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::kind::{Kind, Kinds, Undoable};
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::{StatementLine, proves};
use crate::domain::step::StepKind;
use crate::domain::trade::{ClearingStatus, ReconStatus, Trade, TradeKind, TradeStatus};
use crate::protocol::steps::{Counter, LineRef, StepRequest, StepRow, Supplement};
use crate::store::imports::{Numbered, next_id};
use crate::store::trades::trade_id;
use crate::store::{Reader, StoreError, trades};

impl Step for Counter {
    fn row(&self, number: i64) -> StepRow {
        let trade_no = self.trade_no.as_ref().unwrap_or(&self.of);
        row(number, StepKind::Counter, Some(trade_no.clone()), None)
    }

    /// Gives the new trade its number, and adds the step that posts it.
    fn staged<R: Reader + ?Sized>(
        &self,
        reader: &mut R,
        steps: &[(i64, KeptStep)],
    ) -> Result<Vec<KeptStep>, StoreError> {
        let taken: Vec<TradeNo> = steps
            .iter()
            .filter_map(|(_, step)| match &step.request {
                StepRequest::Counter(counter) => counter.trade_no.clone(),
                _ => None,
            })
            .collect();
        let trade_no = match &self.trade_no {
            Some(trade_no) => trade_no.clone(),
            None => free_counter_number(reader, &self.of, &taken)?,
        };
        let numbered = Self { trade_no: Some(trade_no.clone()), ..self.clone() };
        let posting = Supplement { trade_no, event: Some(Event::CAPTURED) };
        let why = Some(Note::new("why.counter_posting").with("original", &self.of));
        Ok(vec![KeptStep { request: numbered.into(), why: None }, KeptStep { request: posting.into(), why }])
    }

    fn touches<R: Reader + ?Sized>(&self, _: &mut R) -> Result<Option<TradeNo>, StoreError> {
        Ok(Some(self.of.clone()))
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let Self { trade_no, of, trade_kind, amount, fee, evidence, because } = self;
        let original = resolver.position(of)?;
        let facts = resolver.facts(&original)?;
        let undone = &original.trade;
        refuse_unless_counterable(undone, facts.status)?;
        let own = trade_kind.filter(|kind| *kind != TradeKind::COUNTER);
        let kinds = &resolver.call.in_force.kinds;
        // Those that undo another have a rule of their own.
        let undoing = || kinds.all().iter().filter(|kind| kind.undoes_another()).map(|kind| kind.code);
        if let Some(kind) = own.filter(|own| undoing().all(|kind| kind != *own)) {
            return Err(TradeKind::unknown(kind.as_str(), undoing()).into());
        }
        let trade_no = trade_no.as_ref().ok_or_else(|| Rejection::not_found("trade", of))?;
        if trade_id(resolver.reader, trade_no)?.is_some() || resolver.earlier.recorded.contains_key(trade_no)
        {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade_no).into());
        }
        let rest = resolver.left_of(&original)?;
        let left = rest.map_or(facts.amount_minor, |rest| rest.amount_minor);
        let parsed = |what: &str, text: &str| {
            Money::parse(text, undone.currency).map(|money| money.minor).map_err(|_| {
                Rejection::new(Code::BadValue).with("what", what).with("value", text.escape_debug())
            })
        };
        let line = match evidence {
            Some(channel_ref) => Some(resolver.undoing_line(undone, channel_ref)?),
            None => None,
        };
        let said = because.as_deref().map(str::trim).filter(|said| !said.is_empty());
        if line.is_none() && said.is_none() {
            return Err(Rejection::new(Code::ReasonRequired).with("trade", of).into());
        }
        let asked = amount.as_deref().map(|text| parsed("amount", text)).transpose()?;
        let amount_minor = asked.or(line.as_ref().map(|line| line.amount_minor)).unwrap_or(left);
        let currencies = &resolver.call.in_force.currencies;
        let money = |minor| currencies.amount(Money::new(minor, undone.currency));
        let without_limit =
            own.and_then(|own| kinds.get(own)).is_some_and(|kind| kind.undoes_up_to == Undoable::Any);
        if amount_minor <= 0 || (amount_minor > left && !without_limit) {
            return Err(Rejection::new(Code::Countered)
                .with("trade", of)
                .with("amount", money(amount_minor))
                .with("left", money(left))
                .into());
        }
        if undone.counter_amount.is_some() && amount_minor != undone.amount_minor {
            // What the other currency's part would be, nobody has said.
            let bad =
                Rejection::new(Code::BadValue).with("what", "amount").with("value", money(amount_minor));
            return Err(bad.with("allowed", money(undone.amount_minor)).into());
        }
        if let Some(line) = line.as_ref().filter(|line| line.amount_minor != amount_minor) {
            return Err(Rejection::new(Code::NoEvidence)
                .with("status", money(line.amount_minor))
                .with("channel", undone.channel)
                .into());
        }
        // If nothing is left of the trade, what is left of the channel's fee goes back too; for another part
        // the line or the operator says how much.
        let last = amount_minor == left && own.is_none();
        let told = fee.as_deref().map(|text| parsed("fee", text)).transpose()?;
        let fee_minor = match told.or(line.as_ref().map(|line| line.fee_minor)) {
            Some(fee_minor) => fee_minor,
            None if last => resolver.fee_returned(&original)?.saturating_sub(facts.fee_minor),
            None => 0,
        };
        let discount = rest.map_or(0, |rest| rest.discount_in(amount_minor));
        let merchant_discount_minor = line.as_ref().map_or(discount, |line| line.merchant_discount_minor);
        let occurred_at = line.as_ref().map_or(resolver.call.context.now, |line| line.occurred_at);
        let trade = Trade {
            trade_no: trade_no.clone(),
            kind: own.unwrap_or(TradeKind::COUNTER),
            product: undone.product.clone(),
            channel: undone.channel,
            channel_ref: match &line {
                Some(line) => line.channel_ref.clone(),
                None => trade_no.as_str().parse::<ChannelRef>()?,
            },
            original_ref: Some(undone.channel_ref.clone()),
            amount_minor,
            fee_minor,
            currency: undone.currency,
            counter_amount: undone.counter_amount,
            customer: facts.customer.as_deref().map(str::parse).transpose()?,
            merchant: facts.merchant.as_deref().map(str::parse).transpose()?,
            occurred_at,
            business_date: line.as_ref().map_or(resolver.call.today(), |line| line.occurred_at.date()),
            status: TradeStatus::Succeeded,
            clearing: ClearingStatus::Uncleared,
            counters: own.is_none().then_some(undone.kind),
            merchant_no: line.as_ref().and_then(|line| line.merchant_no.clone()),
            channel_no: line.as_ref().and_then(StatementLine::number),
            merchant_discount_minor,
        };
        let default = reason_of(undone, line.as_ref(), said);
        let proven = line.is_some();
        let id = resolver.keep_recorded(&trade)?;
        let row = StepRow { why: resolver.words(&why.unwrap_or(default)), ..self.row(number) };
        Ok(Resolved { row, trade: None, effect: Effect::Record { id, trade: Box::new(trade), proven } })
    }
}

/// Returns why a trade is undone: the channel's line shows it, or the operator said so.
fn reason_of(undone: &Trade, line: Option<&StatementLine>, said: Option<&str>) -> Note {
    match line {
        Some(line) => Note::new("why.counter_line")
            .with("original", &undone.trade_no)
            .with("channel", undone.channel)
            .with("ref", &line.channel_ref),
        None => Note::new("why.counter")
            .with("original", &undone.trade_no)
            .with("because", said.unwrap_or_default()),
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns the channel's line that proves the new trade.
    fn undoing_line(
        &mut self,
        undone: &Trade,
        channel_ref: &ChannelRef,
    ) -> Result<StatementLine, StoreError> {
        let at = LineRef::by_reference(undone.channel, channel_ref.clone());
        // The payment's own line may bear the same reference.
        let in_force = self.call.in_force;
        let kinds = &in_force.kinds;
        let line = self.claim_line(&at, |line| undoes(line, kinds, undone))?.listed.line;
        if !proves(&line, TradeStatus::Succeeded) {
            return Err(Rejection::new(Code::NoEvidence)
                .with("status", TradeStatus::Succeeded)
                .with("channel", undone.channel)
                .into());
        }
        if line.currency != undone.currency || !undoes(&line, &self.call.in_force.kinds, undone) {
            let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
            return Err(bad.into());
        }
        Ok(line)
    }

    /// Refuses a failure or a lower amount that would undo again what counter trades have undone.
    pub(crate) fn refuse_if_undone_below(
        &mut self,
        position: &TradePosition,
        (from_minor, to_minor): (i64, i64),
    ) -> Result<(), StoreError> {
        let trade = &position.trade;
        let here = self.earlier.recorded.values().map(|known| &known.trade).filter(|known| {
            known.counters == Some(trade.kind)
                && known.channel == trade.channel
                && known.original_ref.as_ref() == Some(&trade.channel_ref)
        });
        let here = here.map(|known| known.amount_minor).fold(0, i64::saturating_add);
        let before = self.earlier.first_recorded.unwrap_or(i64::MAX);
        let countered = trades::countered_of(self.reader, position.id, before)?.saturating_add(here);
        if countered <= to_minor {
            return Ok(());
        }
        let currencies = &self.call.in_force.currencies;
        let money = |minor| currencies.amount(Money::new(minor, trade.currency));
        Err(Rejection::new(Code::Countered)
            .with("trade", &trade.trade_no)
            .with("amount", money(from_minor.saturating_sub(to_minor)))
            .with("left", money(from_minor.saturating_sub(countered)))
            .into())
    }

    /// Refuses a higher amount of a counter trade that would undo more than is left of its original.
    pub(crate) fn refuse_if_undoing_more(
        &mut self,
        position: &TradePosition,
        (from_minor, to_minor): (i64, i64),
    ) -> Result<(), StoreError> {
        let trade = &position.trade;
        let Some((original_ref, kind)) = trade.original_ref.as_ref().zip(trade.counters) else {
            return Ok(());
        };
        for number in trades::trades_with_ref(self.reader, trade.channel, original_ref)? {
            let original = self.position(&number)?;
            if original.trade.kind != kind {
                continue;
            }
            // What it undoes now is not left of it.
            let left =
                self.left_of(&original)?.map_or(0, |left| left.amount_minor).saturating_add(from_minor);
            if to_minor > left {
                let currencies = &self.call.in_force.currencies;
                let money = |minor| currencies.amount(Money::new(minor, trade.currency));
                return Err(Rejection::new(Code::Countered)
                    .with("trade", &number)
                    .with("amount", money(to_minor))
                    .with("left", money(left))
                    .into());
            }
        }
        Ok(())
    }

    /// Adds a trade that the case records; returns the row it will get.
    pub(crate) fn keep_recorded(&mut self, trade: &Trade) -> Result<i64, StoreError> {
        let recorded = i64::try_from(self.earlier.recorded.len()).unwrap_or(i64::MAX);
        let first = match self.earlier.first_recorded {
            Some(first) => first,
            None => *self.earlier.first_recorded.insert(next_id(self.reader, Numbered::Trade)?),
        };
        let id = first.saturating_add(recorded);
        let family = self.family(trade.channel, trade.original_ref.as_ref())?;
        let position = TradePosition {
            id,
            trade: trade.clone(),
            status_now: trade.status,
            recon: ReconStatus::Matched,
            events: vec![(Event::CAPTURED, 0)],
            vouchers: Vec::new(),
            amendments: Vec::new(),
            family,
        };
        self.earlier.recorded.insert(trade.trade_no.clone(), position);
        Ok(id)
    }
}

/// Refuses to undo a trade that failed, or one that undoes another itself: then the trade is made again.
fn refuse_unless_counterable(undone: &Trade, status: TradeStatus) -> Result<(), Rejection> {
    if undone.kind == TradeKind::COUNTER {
        let original = undone.original_ref.as_ref().map_or("", |no| no.as_str());
        return Err(Rejection::new(Code::ReversalOfReversal)
            .with("voucher", &undone.trade_no)
            .with("original", original));
    }
    if status != TradeStatus::Succeeded {
        return Err(Rejection::new(Code::NotDue)
            .with("trade", &undone.trade_no)
            .with("event", Event::CAPTURED)
            .with("problem", "due.status")
            .with("status", status));
    }
    Ok(())
}

/// True if a channel's line can undo a trade: its money goes the other way, and a payment that it names is
/// the trade's, or the one that the trade itself refers to.
fn undoes(line: &StatementLine, kinds: &Kinds, undone: &Trade) -> bool {
    let comes_in = kinds.get(undone.kind).and_then(Kind::comes_in);
    let other_way = comes_in.is_none_or(|comes_in| comes_in != line.kind.comes_in());
    let goes_back_to =
        |named: &ChannelRef| *named == undone.channel_ref || Some(named) == undone.original_ref.as_ref();
    other_way && line.original_ref.as_ref().is_none_or(goes_back_to)
}

/// Returns the first free number for a trade that undoes another: the original's number, `-C`, and a count
/// from 1.
fn free_counter_number<R: Reader + ?Sized>(
    reader: &mut R,
    of: &TradeNo,
    taken: &[TradeNo],
) -> Result<TradeNo, StoreError> {
    let mut n = 1;
    loop {
        let number: TradeNo = format!("{of}-C{n}").parse()?;
        if trade_id(reader, &number)?.is_none() && !taken.contains(&number) {
            return Ok(number);
        }
        n += 1;
    }
}
