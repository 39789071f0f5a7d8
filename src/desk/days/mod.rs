//! Accounting days, months and years: opening, cut-over (日切), checks and close.
//!
//! The close of a day stores the closing balance of each account with turnover
//! ([`crate::store::days::close_day`]). A posting after the cut-over is dated on the next day
//! ([`crate::domain::dating`]).

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::dating::DayStates;
use crate::domain::finding::Note;
use crate::domain::money::Money;
use crate::domain::period::Period;
use crate::domain::rejection::{Code, Rejection};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::days::{
    CheckDay, CloseDay, ClosePeriod, CutDay, DayAnswer, DayCheck, ListDays, ListPeriods, OpenDay, PeriodRow,
};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::ledger_head;
use crate::store::days;
use jiff::civil::Date;

impl OpenLedger {
    /// Returns the state of a day, with the head of the ledger.
    fn day_answer(&mut self, day: Date) -> Result<DayAnswer, Refusal> {
        let (head_seq, head_hash) = ledger_head(&mut *self.engine)?;
        let state = days::days(&mut *self.engine, false)?
            .into_iter()
            .find(|row| row.day == day)
            .map(|row| row.state)
            .ok_or_else(|| Rejection::new(Code::NotFound).with("what", "day").with("value", day))?;
        Ok(DayAnswer { day, state, head_seq, head_hash })
    }

    /// Opens a day before its first posting does.
    pub(crate) fn day_open(&mut self, context: &Context, day: Date) -> Result<DayAnswer, Refusal> {
        let today = self.in_force.today(context);
        let (engine, appender) = (&mut self.engine, &mut self.appender);
        engine.commit(&mut |sink| {
            appender.begin(sink)?;
            days::not_before_its_time(day, appender.days().running(today))?;
            if appender.days().state(day).is_some() {
                return Err(Rejection::new(Code::DayState)
                    .with("day", day)
                    .with("problem", "refusal.day.opened")
                    .into());
            }
            appender.open_day(sink, day, context.now)
        })?;
        self.day_answer(day)
    }

    /// Cuts a day over (日切): later postings are dated on the next day.
    pub(crate) fn day_cut(&mut self, context: &Context, day: Date) -> Result<DayAnswer, Refusal> {
        let today = self.in_force.today(context);
        self.engine.commit(&mut |sink| days::cut_day(sink, day, today, context.now))?;
        self.day_answer(day)
    }

    /// Returns the checks before a close with their result in words.
    pub(crate) fn day_checks(
        &mut self,
        context: &Context,
        day: Date,
        watch: &mut dyn Watch,
    ) -> Result<Vec<DayCheck>, Refusal> {
        let checked = days::checks(&mut *self.engine, day)?;
        let row = |(check, found): days::Checked| {
            let (key, ok) = if found.is_empty() { ("ok", true) } else { ("failed", false) };
            let note = Note::new(&format!("day_check.{check}.{key}")).with("found", found);
            DayCheck { check: check.to_owned(), ok, text: i18n::note(context.lang, &note) }
        };
        let mut rows: Vec<DayCheck> = checked.into_iter().map(row).collect();
        rows.extend(self.accepted_until(context, day, watch)?);
        Ok(rows)
    }

    /// Returns what stands accepted without booking of this day and earlier ones. It keeps no day from
    /// closing; `None` if there is none.
    fn accepted_until(
        &mut self,
        context: &Context,
        day: Date,
        watch: &mut dyn Watch,
    ) -> Result<Option<DayCheck>, Refusal> {
        let zone = self.in_force.zone.clone();
        let sum = self.accepted_sum(context, watch, |finding| finding.since.in_zone(&zone).date() <= day)?;
        if sum.is_empty() {
            return Ok(None);
        }
        let money = |minor, currency| self.in_force.currencies.amount(Money::new(minor, currency));
        let main = || vec![money(sum.amount_minor, self.in_force.currency())];
        let others = sum
            .totals
            .iter()
            .filter_map(|total| Some(money(total.amount_minor, total.currency.parse().ok()?)));
        let sums = if sum.totals.is_empty() { main() } else { others.collect() };
        let note = Note::new("day_check.accepted.ok").with("found", sum.count).with("sum", sums.join(", "));
        Ok(Some(DayCheck { check: "accepted".to_owned(), ok: true, text: i18n::note(context.lang, &note) }))
    }

    /// Closes a month or a year, all of whose days must be closed.
    pub(crate) fn period_close(
        &mut self,
        context: &Context,
        period: Period,
    ) -> Result<Vec<PeriodRow>, Refusal> {
        let today = self.in_force.today(context);
        self.engine
            .commit(&mut |sink| days::close_period(sink, period, today, &context.operator, context.now))?;
        Ok(self.periods()?.into_iter().filter(|row| row.period == period).collect())
    }

    /// Returns the closed months and years.
    pub(crate) fn periods(&mut self) -> Result<Vec<PeriodRow>, Refusal> {
        let row = |stored: days::StoredPeriod| PeriodRow {
            period: stored.period,
            closed_at: stored.closed_at,
            closed_by: stored.closed_by,
            head_seq: stored.head_seq,
            head_hash: stored.head_hash,
        };
        Ok(days::periods(&mut *self.engine)?.into_iter().map(row).collect())
    }

    /// Closes a day: its checks must pass. Stores the closing balances of the accounts with turnover, and the
    /// head of the ledger as the seal of the day.
    pub(crate) fn day_close(&mut self, context: &Context, day: Date) -> Result<DayAnswer, Refusal> {
        let today = self.in_force.today(context);
        self.engine.commit(&mut |sink| days::close_day(sink, day, today, &context.operator, context.now))?;
        self.day_answer(day)
    }
}

impl Handle for ListDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(days::days(&mut *ledger.engine, false)?)
    }
}

impl Handle for OpenDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_open(context, day)
    }
}

impl Handle for CutDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_cut(context, day)
    }
}

impl Handle for CheckDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_checks(context, day, watch)
    }
}

impl Handle for ClosePeriod {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { period } = self;
        ledger.period_close(context, period)
    }
}

impl Handle for ListPeriods {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.periods()
    }
}

impl Handle for CloseDay {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { day } = self;
        ledger.day_close(context, day)
    }
}
