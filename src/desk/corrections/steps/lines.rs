//! What the steps share that book the given lines, or what an event lacks.

use crate::desk::corrections::effect::{Effect, Item, Resolved};
use crate::desk::corrections::resolver::Resolver;
use crate::domain::chart;
use crate::domain::correction::difference;
use crate::domain::due::{apply_correction, facts_of};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{RuleName, TradeNo};
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Facts;
use crate::domain::voucher::{Line, Mode, VoucherKind};
use crate::protocol::steps::{StepLine, StepRow};
use crate::store::suspense::OpenItem;
use crate::store::{Reader, StoreError, suspense};
use jiff::civil::Date;

/// Lines to book, and the rule they come from.
type Lines = (Vec<Line>, Option<RuleName>);

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns the open item of a voucher: not cleared, or cleared by a voucher that an earlier step
    /// reverses.
    pub(crate) fn open_item(&mut self, voucher: i64) -> Result<Option<OpenItem>, StoreError> {
        let item = suspense::item(self.reader, voucher)?;
        Ok(item.filter(|item| item.cleared_by.as_ref().is_none_or(|by| self.earlier.reversed.contains(by))))
    }

    /// Books a voucher in addition to the posting of an event, or for the trade as a whole; `shown` is the
    /// step's row so far.
    pub(super) fn book_in_addition(
        &self,
        (kind, mode): (VoucherKind, Mode),
        (position, event): (&TradePosition, Option<Event>),
        (date, business_date): (Date, Date),
        (lines, rule): Lines,
        item: Option<Item>,
        shown: StepRow,
    ) -> Result<Resolved, StoreError> {
        let trade_no = &position.trade.trade_no;
        if lines.is_empty() {
            return Err(no_difference(trade_no));
        }
        let word = kind.as_str();
        let memo = match event {
            Some(event) => Note::new(&format!("memo.{word}")).with("trade", trade_no).with("event", event),
            None => Note::new("memo.aside").with("trade", trade_no),
        };
        let draft = crate::domain::voucher::Draft {
            rule,
            lines,
            ..self.draft(
                kind,
                mode,
                (Some(trade_no.clone()), event),
                (date, business_date, business_date),
                self.words(&memo),
            )
        };
        let row = StepRow { event, mode: Some(mode), accounting_date: Some(date), ..shown };
        let refs = self.refs_of(position.id, event);
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs,
            original: None,
            amendments: Vec::new(),
            item,
            line: None,
            arises: false,
        };
        Ok(Resolved { row, trade: Some(trade_no.clone()), effect })
    }

    /// Refuses if a part of the event is in suspense already.
    pub(crate) fn refuse_if_parked(&self, position: &TradePosition, event: Event) -> Result<(), StoreError> {
        let parked =
            position.parked(event).filter(|parked| !self.earlier.reversed.contains(&parked.voucher_no));
        match parked {
            Some(parked) => Err(Rejection::new(Code::AlreadyPosted)
                .with("trade", &position.trade.trade_no)
                .with("event", event)
                .with("voucher", &parked.voucher_no)
                .into()),
            None if self.earlier.adjusted.contains(&(position.id, event)) => {
                Err(no_difference(&position.trade.trade_no))
            }
            None => Ok(()),
        }
    }

    /// Refuses lines on a suspense account: those are booked by open items only.
    pub(super) fn refuse_suspense_lines(&self, lines: &[Line]) -> Result<(), StoreError> {
        let suspended =
            lines.iter().find(|line| chart::is_suspense(&self.call.in_force.chart, &line.account));
        match suspended {
            Some(line) => Err(Rejection::new(Code::OpenItem).with("account", &line.account).into()),
            None => Ok(()),
        }
    }

    /// Returns the facts of a trade after the earlier steps.
    pub(crate) fn facts<'s>(&self, position: &'s TradePosition) -> Result<Facts<'s>, StoreError> {
        let status = self.earlier.status.get(&position.id).copied().unwrap_or(position.status_now);
        let mut facts = facts_of(&position.trade, status, &position.amendments)?;
        facts.undoing = self.undoing(position).map(Box::new);
        for (fact, value) in self.earlier.facts.get(&position.id).into_iter().flatten() {
            apply_correction(&mut facts, *fact, value)?;
        }
        Ok(facts)
    }

    /// Returns the lines that the rules ask for and that the vouchers left by this case do not book.
    pub(super) fn lacking(
        &self,
        position: &TradePosition,
        event: Event,
        facts: &Facts<'_>,
        red: bool,
    ) -> Result<Lines, StoreError> {
        let expected = self.call.in_force.expected(facts, event)?;
        let counted =
            position.counted(event).filter(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no));
        let should = expected.lines.iter().map(|line| &line.line);
        let lines = difference(should, counted.flat_map(|voucher| &voucher.lines), red)?;
        Ok((lines, Some(expected.rule)))
    }

    /// Returns the operator's lines, amounts parsed in the currency of each account; with `red` negative on
    /// the other side.
    pub(crate) fn given_lines(
        &self,
        asked: &[StepLine],
        mode: Mode,
        red: bool,
    ) -> Result<Vec<Line>, StoreError> {
        let currencies = &self.call.in_force.currencies;
        asked
            .iter()
            .map(|line| {
                let bad = || {
                    Rejection::new(Code::BadValue)
                        .with("what", "amount")
                        .with("value", line.amount.escape_debug())
                };
                let money = Money::parse(&line.amount, currencies.of(&line.account)).map_err(|_| bad())?;
                if money.minor <= 0 {
                    return Err(bad().into());
                }
                let (side, amount_minor) =
                    if red { (line.side.other(), -money.minor) } else { (line.side, money.minor) };
                Ok(Line { account: line.account.clone(), side, amount_minor, mode })
            })
            .collect()
    }

    /// Returns the one open item that the lines make: the sum on their only suspense account.
    pub(crate) fn open_item_of(&self, lines: &[Line]) -> Result<Item, StoreError> {
        let in_suspense = |line: &&Line| chart::is_suspense(&self.call.in_force.chart, &line.account);
        let none = || StoreError::rejected(Code::OpenItem);
        let account = lines.iter().find(in_suspense).map(|line| line.account.clone()).ok_or_else(none)?;
        if lines.iter().filter(in_suspense).any(|line| line.account != account) {
            return Err(none());
        }
        let amount_minor =
            lines.iter().filter(|line| line.account == account).map(Line::debit_positive).sum();
        if amount_minor == 0 {
            return Err(none());
        }
        Ok(Item::Open { account, amount_minor })
    }
}

/// Returns the refusal if the books already agree with the rules.
pub(super) fn no_difference(trade_no: &TradeNo) -> StoreError {
    Rejection::new(Code::Nothing).with("what", "difference").with("trade", trade_no).into()
}
