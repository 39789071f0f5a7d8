//! Steps that book less than an event: a difference (差额), an amount into suspense (挂账), and out of it (销账).

use crate::desk::corrections::effect::{Effect, Item, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::domain::account::Side;
use crate::domain::chart;
use crate::domain::correction::{difference, to_prior_year};
use crate::domain::dating::posting_day;
use crate::domain::due::{Due, facts_of, lay_over};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{AccountCode, RuleName, TradeNo, VoucherNo};
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Facts;
use crate::domain::voucher::{Line, Mode, VoucherKind};
use crate::protocol::steps::{LineRef, StepLine, StepRow};
use crate::store::append::Refs;
use crate::store::suspense::OpenItem;
use crate::store::{Reader, StoreError, suspense};
use jiff::civil::Date;

/// Lines to book, and the rule they come from.
type Lines = (Vec<Line>, Option<RuleName>);

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Books a difference: what was asked for, or what lies between the rules and what stands for the event.
    pub(crate) fn adjust(
        &mut self,
        number: i64,
        (trade_no, event): (&TradeNo, Event),
        asked: &[StepLine],
        (red, aside): (bool, bool),
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let standing = self.standing(trade_no)?;
        let facts = self.facts(&standing)?;
        if !aside {
            // A difference is one to something: what is not posted is posted, not adjusted.
            let stands =
                standing.live(event).any(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no));
            if !stands || !self.earlier.beside.insert((standing.id, event)) {
                return Err(no_difference(trade_no));
            }
        }
        let (mut lines, rule) = if asked.is_empty() {
            self.lacking(&standing, event, &facts, red)?
        } else {
            (self.asked_for(asked, Mode::Difference, red)?, None)
        };
        self.opens_nobodys(&lines)?;
        self.none_in_suspense(&lines)?;
        let date = posting_day(facts.business_date, self.call.today(), self.days)?;
        if date.year() > facts.business_date.year() {
            to_prior_year(&mut lines, &self.call.in_force.chart)?;
        }
        let default = Note::new("why.adjust").with("trade", trade_no).with("day", date);
        self.beside(
            number,
            (VoucherKind::Adjust, Mode::Difference),
            (&standing, Some(event).filter(|_| !aside)),
            (date, facts.business_date),
            (lines, rule),
            None,
            StepRow { lines: asked.to_vec(), why: self.words(&why.unwrap_or(default)), ..StepRow::default() },
        )
    }

    /// Puts into suspense what an event lacks, in place of one account's lines, or what was asked for.
    pub(crate) fn park(
        &mut self,
        number: i64,
        (trade_no, event): (&TradeNo, Event),
        instead_of: Option<&AccountCode>,
        asked: &[StepLine],
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let standing = self.standing(trade_no)?;
        let facts = self.facts(&standing)?;
        let (mut lines, rule) = if asked.is_empty() {
            self.may_be_parked(&standing, event, &facts)?;
            let lacking = self.lacking(&standing, event, &facts, false)?;
            if lacking.0.is_empty() {
                return Err(no_difference(trade_no));
            }
            lacking
        } else {
            (self.asked_for(asked, Mode::Normal, false)?, None)
        };
        self.opens_nobodys(&lines)?;
        for line in &mut lines {
            line.mode = Mode::Normal;
        }
        let instead = match instead_of {
            Some(account) => Some(account.clone()),
            None if asked.is_empty() => self.party(&lines),
            None => None,
        };
        if let Some(account) = &instead {
            self.put_in_suspense(&mut lines, account)?;
        }
        let item = self.item_of(&lines)?;
        let Item::Open { account, .. } = &item else { return Err(StoreError::rejected(Code::OpenItem)) };
        let date = posting_day(facts.business_date, self.call.today(), self.days)?;
        if date.year() > facts.business_date.year() {
            to_prior_year(&mut lines, &self.call.in_force.chart)?;
        }
        let default = Note::new("why.park").with("account", account).with("day", date);
        let row = StepRow {
            account: instead,
            lines: asked.to_vec(),
            why: self.words(&why.unwrap_or(default)),
            ..StepRow::default()
        };
        self.beside(
            number,
            (VoucherKind::Park, Mode::Normal),
            // What an operator asked for line by line is no part of the event.
            (&standing, Some(event).filter(|_| asked.is_empty())),
            (date, facts.business_date),
            (lines, rule),
            Some(item),
            row,
        )
    }

    /// Clears an open item, whole, to an account.
    pub(crate) fn unpark(
        &mut self,
        number: i64,
        voucher_no: &VoucherNo,
        (to, paid_by): (&AccountCode, Option<&LineRef>),
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let parked = self.voucher(voucher_no)?;
        let closed = || Rejection::new(Code::OpenItem).with("voucher", voucher_no);
        if chart::is_suspense(&self.call.in_force.chart, to) {
            return Err(Rejection::new(Code::OpenItem).with("account", to).into());
        }
        let item = self.open_item(parked.seq)?.ok_or_else(closed)?;
        if self.earlier.reversed.contains(voucher_no) || !self.earlier.cleared.insert(voucher_no.clone()) {
            return Err(closed().into());
        }
        if let Some(at) = paid_by {
            self.paid_by(at, (item.amount_minor, parked.trade_no.as_ref()), to)?;
        }
        let side = suspense::side(&item);
        let amount_minor = item.amount_minor.abs();
        let line = |side, account: &AccountCode| Line {
            side,
            account: account.clone(),
            amount_minor,
            mode: Mode::Normal,
        };
        let lines = vec![line(side.other(), &item.account), line(side, to)];
        self.opens_nobodys(&lines)?;
        let trade = match &parked.trade_no {
            Some(trade_no) => crate::store::trades::trade_id(self.reader, trade_no)?,
            None => None,
        };
        let date = posting_day(self.call.today(), self.call.today(), self.days)?;
        let memo = Note::new("memo.unpark").with("voucher", voucher_no);
        let default = Note::new("why.unpark").with("voucher", voucher_no).with("account", to);
        let draft = crate::domain::voucher::Draft {
            lines,
            ..self.draft(
                VoucherKind::Unpark,
                Mode::Normal,
                (parked.trade_no.clone(), parked.event),
                (date, parked.business_date, parked.value_date),
                self.words(&memo),
            )
        };
        let row = StepRow {
            voucher_no: Some(voucher_no.clone()),
            account: Some(to.clone()),
            line: paid_by.map(ToString::to_string),
            mode: Some(Mode::Normal),
            accounting_date: Some(date),
            why: self.words(&why.unwrap_or(default)),
            ..row(number, "unpark", parked.trade_no.clone(), parked.event)
        };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs: Refs { trade, reverses: None },
            original: None,
            amendments: Vec::new(),
            item: Some(Item::Clear { voucher: item.voucher }),
            line: paid_by.cloned(),
        };
        Ok(Resolved { row, trade: parked.trade_no, effect })
    }

    /// The item that a voucher opened: never cleared, or by a voucher that the case takes back before.
    pub(crate) fn open_item(&mut self, voucher: i64) -> Result<Option<OpenItem>, StoreError> {
        let item = suspense::item(self.reader, voucher)?;
        Ok(item.filter(|item| item.cleared_by.as_ref().is_none_or(|by| self.earlier.reversed.contains(by))))
    }

    /// A voucher that stands beside the posting of an event.
    #[expect(clippy::too_many_arguments, reason = "what a voucher is made of, in pairs")]
    fn beside(
        &self,
        number: i64,
        (kind, mode): (VoucherKind, Mode),
        (standing, event): (&TradePosition, Option<Event>),
        (date, business_date): (Date, Date),
        (lines, rule): Lines,
        item: Option<Item>,
        shown: StepRow,
    ) -> Result<Resolved, StoreError> {
        let trade_no = &standing.trade.trade_no;
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
        let row = StepRow {
            step: number,
            kind: word.to_owned(),
            trade_no: Some(trade_no.clone()),
            event,
            mode: Some(mode),
            accounting_date: Some(date),
            ..shown
        };
        let refs = Refs { trade: Some(standing.id), reverses: None };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs,
            original: None,
            amendments: Vec::new(),
            item,
            line: None,
        };
        Ok(Resolved { row, trade: Some(trade_no.clone()), effect })
    }

    /// No part of the event is in suspense already.
    pub(crate) fn is_not_parked(&self, standing: &TradePosition, event: Event) -> Result<(), StoreError> {
        let parked =
            standing.parked(event).filter(|parked| !self.earlier.reversed.contains(&parked.voucher_no));
        match parked {
            Some(parked) => Err(Rejection::new(Code::AlreadyPosted)
                .with("trade", &standing.trade.trade_no)
                .with("event", event)
                .with("voucher", &parked.voucher_no)
                .into()),
            None if self.earlier.beside.contains(&(standing.id, event)) => {
                Err(no_difference(&standing.trade.trade_no))
            }
            None => Ok(()),
        }
    }

    /// An event goes to suspense once, and not while its payment merely waits.
    fn may_be_parked(
        &mut self,
        standing: &TradePosition,
        event: Event,
        facts: &Facts<'_>,
    ) -> Result<(), StoreError> {
        self.is_not_parked(standing, event)?;
        let due =
            self.call.in_force.due(facts, standing.trade.occurred_at, event, self.call.context.now, |_| true);
        if matches!(due, Due::Waiting { .. } | Due::OverLimit { .. }) {
            crate::desk::corrections::resolver::refuse_unless_due(
                &due,
                &standing.trade.trade_no,
                event,
                facts.currency,
            )?;
        }
        if self.earlier.booked.contains(&(standing.id, event))
            || !self.earlier.beside.insert((standing.id, event))
        {
            return Err(no_difference(&standing.trade.trade_no));
        }
        Ok(())
    }

    /// Suspense moves by open items alone.
    fn none_in_suspense(&self, lines: &[Line]) -> Result<(), StoreError> {
        let suspended =
            lines.iter().find(|line| chart::is_suspense(&self.call.in_force.chart, &line.account));
        match suspended {
            Some(line) => Err(Rejection::new(Code::OpenItem).with("account", &line.account).into()),
            None => Ok(()),
        }
    }

    /// The facts of a trade as the steps so far leave them.
    pub(crate) fn facts<'s>(&self, standing: &'s TradePosition) -> Result<Facts<'s>, StoreError> {
        let status = self.earlier.status.get(&standing.id).copied().unwrap_or(standing.status_now);
        let mut facts = facts_of(&standing.trade, status, &standing.amendments)?;
        for (fact, value) in self.earlier.facts.get(&standing.id).into_iter().flatten() {
            lay_over(&mut facts, fact, value)?;
        }
        Ok(facts)
    }

    /// What an event lacks by the rules, beside what this case leaves standing of it.
    fn lacking(
        &self,
        standing: &TradePosition,
        event: Event,
        facts: &Facts<'_>,
        red: bool,
    ) -> Result<Lines, StoreError> {
        let expected = self.call.in_force.expected(facts, event)?;
        let stands =
            standing.counted(event).filter(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no));
        let should = expected.lines.iter().map(|line| &line.line);
        let lines = difference(should, stands.flat_map(|voucher| &voucher.lines), red)?;
        Ok((lines, Some(expected.rule)))
    }

    pub(crate) fn asked_for(
        &self,
        asked: &[StepLine],
        mode: Mode,
        red: bool,
    ) -> Result<Vec<Line>, StoreError> {
        asked
            .iter()
            .map(|line| {
                let bad = || {
                    Rejection::new(Code::BadValue)
                        .with("what", "amount")
                        .with("value", line.amount.escape_debug())
                };
                let money = Money::parse(&line.amount, self.call.in_force.currency()).map_err(|_| bad())?;
                if money.minor <= 0 {
                    return Err(bad().into());
                }
                let (side, amount_minor) =
                    if red { (line.side.other(), -money.minor) } else { (line.side, money.minor) };
                Ok(Line { account: line.account.clone(), side, amount_minor, mode })
            })
            .collect()
    }

    /// The first account among lines that a customer or merchant sees.
    fn party(&self, lines: &[Line]) -> Option<AccountCode> {
        lines
            .iter()
            .find(|line| {
                chart::subject_of(&self.call.in_force.chart, &line.account)
                    .is_some_and(|subject| subject.customer_visible)
            })
            .map(|line| line.account.clone())
    }

    /// Lets suspense stand for an account: a debit becomes a shortage, a credit an overage.
    fn put_in_suspense(&self, lines: &mut [Line], account: &AccountCode) -> Result<(), StoreError> {
        let sum: i128 = lines
            .iter()
            .filter(|line| line.account == *account)
            .map(|line| i128::from(line.debit_positive()))
            .sum();
        let side = if sum < 0 { Side::Credit } else { Side::Debit };
        let subject = chart::suspense(&self.call.in_force.chart, side)
            .ok_or_else(|| Rejection::new(Code::OpenItem).with("account", account))?;
        for line in lines.iter_mut().filter(|line| line.account == *account) {
            line.account = subject.code.parse()?;
        }
        Ok(())
    }

    /// The one open item that lines make: all that moves on the one suspense account among them.
    pub(crate) fn item_of(&self, lines: &[Line]) -> Result<Item, StoreError> {
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

/// There is nothing between what should stand and what stands.
fn no_difference(trade_no: &TradeNo) -> StoreError {
    Rejection::new(Code::Nothing).with("what", "difference").with("trade", trade_no).into()
}
