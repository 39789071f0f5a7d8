//! Posting: booking by rules what is due and unposted, in batches.
//!
//! Each batch reads what it books inside its own write transaction, so that two processes posting at once never book an
//! event twice: the second finds it booked. A batch that was committed stays; a run that is cut short goes on where it
//! stopped.

use super::Watch;
use super::answer::{Posted, Progress, Refusal, Refused};
use super::expect::{Due, Judge, facts_of};
use super::local::Desk;
use super::request::Context;
use super::resolve::missing;
use crate::domain::correction::posting_day;
use crate::domain::event::Event;
use crate::domain::id::TradeNo;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::{Draft, Mode, VoucherKind};
use crate::store::append::{Appender, Refs};
use crate::store::scan::{self, Unposted};
use crate::store::{Sink, StoreError, cases, import};
use jiff::civil::Date;

/// Events of one batch: some 10 MB of write-ahead log, a tenth of a second of work.
const BATCH: i64 = 2000;

/// Refusals reported one by one; beyond it they are only counted in `waiting` and by the next `findings`.
const MAX_REFUSED: usize = 1000;

/// Times a batch starts over when another engine's writer was faster.
const TRIES: usize = 8;

struct Poster<'d> {
    judge: Judge<'d>,
    context: &'d Context,
    today: Date,
    only: Option<&'d [i64]>,
}

/// What one batch did.
#[derive(Default)]
struct Batch {
    posted: i64,
    waiting: i64,
    looked_at: u64,
    last: Option<i64>,
    refused: Vec<Refused>,
}

impl Desk {
    /// Books what is due, all or the trades named.
    pub(super) fn post(
        &mut self,
        context: &Context,
        trades: &[TradeNo],
        watch: &mut dyn Watch,
    ) -> Result<Posted, Refusal> {
        let mut rows = Vec::with_capacity(trades.len());
        for trade_no in trades {
            rows.push(
                import::trade_id(&mut *self.engine, trade_no)?.ok_or_else(|| missing("trade", trade_no))?,
            );
        }
        rows.sort_unstable();
        let total = scan::unposted_count(&mut *self.engine, i64::MAX)?;
        let mut answer =
            Posted { already: scan::posted_count(&mut *self.engine, &rows)?, ..Posted::default() };
        let today = self.today(context);
        let mut after = rows.first().map_or(0, |first| first * 8 - 1);
        let mut done = 0;
        loop {
            let batch =
                self.post_batch(context, (!rows.is_empty()).then_some(rows.as_slice()), today, after)?;
            answer.posted += batch.posted;
            answer.waiting += batch.waiting;
            let room = MAX_REFUSED.saturating_sub(answer.refused.len());
            answer.refused.extend(batch.refused.into_iter().take(room));
            done += batch.looked_at;
            watch.progress(Progress { done, total: Some(total.unsigned_abs()) });
            match batch.last {
                Some(last) => after = last,
                None => return Ok(answer),
            }
            if watch.cancelled() {
                return Err(Rejection::new(Code::Cancelled).with("done", answer.posted).into());
            }
        }
    }

    fn post_batch(
        &mut self,
        context: &Context,
        only: Option<&[i64]>,
        today: Date,
        after: i64,
    ) -> Result<Batch, Refusal> {
        let judge = Judge { rules: &self.rules, calendar: &self.calendar };
        let poster = Poster { judge, context, today, only };
        let (engine, appender) = (&mut self.engine, &mut self.appender);
        for attempt in 0..TRIES {
            let mut batch = Batch::default();
            match engine.commit(&mut |sink| {
                batch = poster.fill(appender, sink, after)?;
                Ok(())
            }) {
                Ok(()) => return Ok(batch),
                Err(error) => {
                    appender.forget();
                    if !error.is_race() || attempt + 1 == TRIES {
                        return Err(error.into());
                    }
                }
            }
        }
        Ok(Batch::default())
    }
}

impl Poster<'_> {
    fn fill(&self, appender: &mut Appender, sink: &mut dyn Sink, after: i64) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        appender.begin(sink)?;
        let events = match self.only {
            None => scan::unposted(sink, after, BATCH)?,
            Some(rows) => {
                let mut events = Vec::new();
                for row in rows.iter().filter(|row| **row * 8 > after) {
                    events.extend(scan::unposted_of(sink, *row)?);
                }
                events
            }
        };
        batch.last = events.last().map(|(row, _)| *row);
        if self.only.is_some() {
            batch.last = None;
        }
        for (_, event) in events {
            batch.looked_at += 1;
            match self.book(appender, sink, &event) {
                Ok(true) => batch.posted += 1,
                Ok(false) => {}
                Err(StoreError::Rejected(rejection)) if rejection.code == Code::Waiting => batch.waiting += 1,
                // A guard of the engine that speaks here has ended the batch; a rule of the domain only this event.
                Err(StoreError::Rejected(rejection)) if rejection.arg("guard").is_none() => {
                    if batch.refused.len() < MAX_REFUSED {
                        batch.refused.push(Refused {
                            trade_no: event.trade.trade_no.clone(),
                            event: event.event,
                            code: rejection.code.as_str().to_owned(),
                            message: Refusal::from(rejection).message(self.context.lang),
                        });
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(batch)
    }

    /// Books one event. `false` where it is not due.
    fn book(
        &self,
        appender: &mut Appender,
        sink: &mut dyn Sink,
        unposted: &Unposted,
    ) -> Result<bool, StoreError> {
        let (trade, event) = (&unposted.trade, unposted.event);
        let amendments: Vec<(String, String)> = if unposted.amended {
            let stored = cases::amendments(sink, unposted.trade_id)?;
            stored.into_iter().map(|(fact, value, _)| (fact, value)).collect()
        } else {
            Vec::new()
        };
        let facts = facts_of(trade, unposted.status_now, &amendments)?;
        let Some((set, rule)) = self.judge.rule(&facts, event) else { return Ok(false) };
        let prior = match rule.after() {
            Some(prior) => scan::live(sink, unposted.trade_id, prior)? > 0,
            None => true,
        };
        let base = |code| Rejection::new(code).with("trade", &trade.trade_no).with("event", event);
        match self.judge.due(&facts, trade.occurred_at, event, self.context.now, |_| prior) {
            Due::Yes => {}
            Due::No(_) | Due::Late { .. } => return Ok(false),
            Due::Waiting { system, until } => {
                return Err(base(Code::Waiting).with("system", system).with("until", until).into());
            }
            Due::OverLimit { system, limit_minor, .. } => {
                let limit = crate::domain::money::Money::new(limit_minor, trade.currency).grouped();
                return Err(base(Code::OverLimit).with("system", system).with("limit", limit).into());
            }
        }
        if unposted.booked_before {
            // Its posting was taken back on purpose; posting it again is a correction, and asks for a case.
            return Err(base(Code::CaseRequired).into());
        }
        let expected = rule.lines(set, &facts)?;
        let accounting_date = posting_day(facts.business_date, self.today, appender)?;
        let late = self.today > facts.business_date;
        let draft = Draft {
            voucher_no: None,
            kind: if late { VoucherKind::Supplement } else { VoucherKind::Post },
            mode: Mode::Normal,
            trade_no: Some(trade.trade_no.clone()),
            event: Some(event),
            reverses: None,
            case_no: None,
            accounting_date,
            business_date: facts.business_date,
            value_date: facts.business_date,
            reason: None,
            rule: Some(expected.rule),
            maker: self.context.operator.clone(),
            checker: None,
            posted_at: self.context.now,
            memo: memo(unposted),
            lines: expected.lines.into_iter().map(|line| line.line).collect(),
        };
        appender.append(sink, &draft, Refs { trade: Some(unposted.trade_id), reverses: None })?;
        Ok(true)
    }
}

/// What a posting is for: the kind of trade, and the event where it is not the trade itself.
fn memo(unposted: &Unposted) -> String {
    match unposted.event {
        Event::Captured => unposted.trade.kind.as_str().to_owned(),
        event => format!("{} {event}", unposted.trade.kind),
    }
}
