//! An amount is put into suspense as an open item (挂账).

use crate::desk::corrections::effect::{Effect, Item, Resolved, row};
use crate::desk::corrections::resolver::{Resolver, refuse_unless_due};
use crate::desk::corrections::steps::lines::no_difference;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::account::Side;
use crate::domain::chart;
use crate::domain::dating::posting_day;
use crate::domain::due::{Due, NotDue};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::AccountCode;
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::Code;
use crate::domain::rule::Facts;
use crate::domain::step::StepKind;
use crate::domain::undoing::Contradiction;
use crate::domain::voucher::{Line, Mode, VoucherKind};
use crate::protocol::steps::{Park, StepRow};
use crate::store::{Reader, StoreError};

impl Step for Park {
    fn row(&self, number: i64) -> StepRow {
        let event = self.event.unwrap_or(Event::CAPTURED);
        StepRow {
            account: self.instead_of.clone(),
            lines: self.lines.clone(),
            ..row(number, StepKind::Park, Some(self.trade_no.clone()), Some(event))
        }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let (trade_no, event) = (&self.trade_no, self.event.unwrap_or(Event::CAPTURED));
        let (instead_of, asked) = (self.instead_of.as_ref(), &self.lines);
        let position = resolver.position(trade_no)?;
        let facts = resolver.facts(&position)?;
        let ((mut lines, rule), left_minor) = if asked.is_empty() {
            let left_minor = resolver.parkable(&position, event, &facts)?;
            let lacking = resolver.lacking(&position, event, &facts, false)?;
            if lacking.0.is_empty() || (self.excess && left_minor.is_none()) {
                return Err(no_difference(trade_no));
            }
            (lacking, left_minor.filter(|_| self.excess))
        } else if self.excess {
            // What is too much follows from the trade, not from lines.
            return Err(no_difference(trade_no));
        } else {
            ((resolver.given_lines(asked, Mode::Normal, false)?, None), None)
        };
        resolver.refuse_accounts_of_unknown_parties(&lines)?;
        for line in &mut lines {
            line.mode = Mode::Normal;
        }
        let instead = match instead_of {
            Some(account) => Some(account.clone()),
            None if asked.is_empty() => resolver.customer_account(&lines),
            None => None,
        };
        if let Some(account) = &instead {
            let excess_minor = left_minor.map(|left| position.trade.amount_minor.saturating_sub(left));
            resolver.put_in_suspense(&mut lines, account, excess_minor)?;
        }
        let arises = asked.is_empty() && resolver.arises(&position, event, &facts)?;
        let item = resolver.open_item_of(&lines)?;
        let Item::Open { account, .. } = &item else { return Err(StoreError::rejected(Code::OpenItem)) };
        let date = posting_day(facts.business_date, resolver.call.today(), resolver.days)?;
        if date.year() > facts.business_date.year() {
            resolver.call.in_force.to_prior_year(&mut lines)?;
        }
        let default = Note::new("why.park").with("account", account).with("day", date);
        let row =
            StepRow { account: instead, why: resolver.words(&why.unwrap_or(default)), ..self.row(number) };
        let mut resolved = resolver.book_in_addition(
            (VoucherKind::Park, Mode::Normal),
            // Lines given by an operator do not count as part of the event.
            (&position, Some(event).filter(|_| asked.is_empty())),
            (date, facts.business_date),
            (lines, rule),
            Some(item),
            row,
        )?;
        if let Effect::Book { arises: with_it, .. } = &mut resolved.effect {
            *with_it = arises;
        }
        Ok(resolved)
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns what is left of the original of a trade that undoes more than that, in minor units; `None` for others.
    ///
    /// # Errors
    /// The event was parked before, or its payment only waits.
    fn parkable(
        &mut self,
        position: &TradePosition,
        event: Event,
        facts: &Facts<'_>,
    ) -> Result<Option<i64>, StoreError> {
        self.refuse_if_parked(position, event)?;
        let due =
            self.call.in_force.due(facts, position.trade.occurred_at, event, self.call.context.now, |_| true);
        if matches!(due, Due::Waiting { .. } | Due::OverLimit { .. }) {
            let currencies = &self.call.in_force.currencies;
            let in_money = |minor| currencies.amount(Money::new(minor, facts.currency));
            refuse_unless_due(&due, &position.trade.trade_no, event, in_money)?;
        }
        if self.earlier.booked.contains(&(position.id, event))
            || !self.earlier.adjusted.insert((position.id, event))
        {
            return Err(no_difference(&position.trade.trade_no));
        }
        Ok(match due {
            Due::No(NotDue::Contradicts(Contradiction::TooMuch { left_minor, .. })) => {
                Some(left_minor.max(0))
            }
            _ => None,
        })
    }

    /// Returns the first account among lines that is a customer's or merchant's.
    fn customer_account(&self, lines: &[Line]) -> Option<AccountCode> {
        lines
            .iter()
            .find(|line| chart::is_of_party(&self.call.in_force.chart, &line.account))
            .map(|line| line.account.clone())
    }

    /// Lets suspense stand for an account: a debit becomes a shortage, a credit an overage. With an excess in minor
    /// units only that much of the account's line does, if the line is of more.
    fn put_in_suspense(
        &self,
        lines: &mut Vec<Line>,
        account: &AccountCode,
        excess_minor: Option<i64>,
    ) -> Result<(), StoreError> {
        let sum: i128 = lines
            .iter()
            .filter(|line| line.account == *account)
            .map(|line| i128::from(line.debit_positive()))
            .sum();
        let side = if sum < 0 { Side::Credit } else { Side::Debit };
        let subject = chart::needed(&self.call.in_force.chart, chart::suspense_on(side))?;
        let currency = self.call.in_force.currencies.of(account);
        if let Some(excess_minor) = excess_minor {
            let larger = |line: &&mut Line| {
                line.account == *account && line.side == side && line.amount_minor > excess_minor
            };
            if let Some(line) = lines.iter_mut().find(larger) {
                line.amount_minor -= excess_minor;
                let suspense = self.call.in_force.account_in(&subject.code, currency)?;
                let excess = Line { account: suspense, amount_minor: excess_minor, ..line.clone() };
                lines.push(excess);
                return Ok(());
            }
        }
        for line in lines.iter_mut().filter(|line| line.account == *account) {
            line.account = self.call.in_force.account_in(&subject.code, currency)?;
        }
        Ok(())
    }
}
