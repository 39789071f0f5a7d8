//! Posting: books all events that are due and unposted by the rules, in batches.
//!
//! Two threads share the work: this one reads unposted events and plans, a second one writes the batches
//! planned before. A batch is planned on the ledger as it was read. If another program writes in
//! between, the ledger's guards refuse the whole batch, and planning restarts after the last committed
//! one. So two processes that post at the same time never book an event twice: the second finds it
//! booked. A committed batch remains; an interrupted run continues where it stopped.

use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::domain::correction::to_prior_year;
use crate::domain::dating::posting_day;
use crate::domain::due::{Due, facts_of};
use crate::domain::event::Event;
use crate::domain::id::TradeNo;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{ClearingStatus, TradeStatus};
use crate::domain::voucher::{Draft, Mode, VoucherKind};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::posting::{Posted, Refused};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Watch};
use crate::store::append::{Appender, Refs};
use crate::store::engine::tape::{Recorder, Tape};
use crate::store::event_id::EventId;
use crate::store::unposted::Unposted;
use crate::store::watermark::Watermark;
use crate::store::{
    Engine, Reader, Sink, StoreError, amendments, answered, events, suspense, trades, unposted, watermark,
};
use jiff::civil::Date;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

/// Events of one batch: some 10 MB of write-ahead log, a tenth of a second of work.
const BATCH: usize = 2000;

/// Batches planned ahead of the one that is being written.
const AHEAD: usize = 1;

/// Most refusals reported one by one; `findings` shows all of them.
const MAX_REFUSED: usize = 1000;

/// Attempts to plan again without a committed batch in between.
const TRIES: usize = 8;

/// Which events are booked. Clearing is apart from posting: other operators may do it at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// All events except clearings.
    Posting,
    /// Clearings, also of trades without a clearing event so far: booking it is what clears them.
    Clearing,
}

struct Poster<'d> {
    /// Events of one batch.
    rows: i64,
    work: Work,
    in_force: &'d InForce,
    context: &'d Context,
    today: Date,
    only: Option<&'d [i64]>,
    /// The last trade with planned postings, and their events.
    planned: (i64, Vec<Event>),
    /// Whether cases have answered bill lines without a trade.
    answered: bool,
}

/// Counts and refusals of one batch.
#[derive(Debug, Default)]
struct Batch {
    posted: i64,
    waiting: i64,
    looked_at: u64,
    /// Event row after which the next batch starts; `None` after the last one.
    last: Option<i64>,
    refused: Vec<Refused>,
}

/// A planned batch, sent to the writer.
struct Plan {
    tape: Tape,
    batch: Batch,
}

/// Progress of a run.
struct Run<'w> {
    answer: Posted,
    done: u64,
    total: Option<u64>,
    after: i64,
    through: bool,
    watch: &'w mut dyn Watch,
}

impl Run<'_> {
    /// Adds a committed batch.
    fn committed(&mut self, batch: Batch) {
        self.answer.posted += batch.posted;
        self.answer.waiting += batch.waiting;
        let room = MAX_REFUSED.saturating_sub(self.answer.refused.len());
        self.answer.refused.extend(batch.refused.into_iter().take(room));
        self.done += batch.looked_at;
        self.watch.progress(Progress { done: self.done, total: self.total });
        match batch.last {
            Some(last) => self.after = last,
            None => self.through = true,
        }
    }
}

impl OpenLedger {
    /// Books all events that are due, or those of the given trades.
    pub(crate) fn post(
        &mut self,
        context: &Context,
        work: Work,
        trades: &[TradeNo],
        watch: &mut dyn Watch,
    ) -> Result<Posted, Refusal> {
        let mut rows = Vec::with_capacity(trades.len());
        for trade_no in trades {
            rows.push(
                trades::trade_id(&mut *self.engine, trade_no)?
                    .ok_or_else(|| Rejection::not_found("trade", trade_no))?,
            );
        }
        rows.sort_unstable();
        let total = match work {
            Work::Posting => Some(unposted::unposted_count(&mut *self.engine, i64::MAX)?.unsigned_abs()),
            Work::Clearing => None,
        };
        let mut run = Run {
            answer: Posted {
                already: unposted::posted_count(&mut *self.engine, &rows, work == Work::Clearing)?,
                ..Posted::default()
            },
            done: 0,
            total,
            after: 0,
            through: false,
            watch,
        };
        let only = (!rows.is_empty()).then_some(rows.as_slice());
        let mut tries = 0;
        while !run.through {
            let before = run.after;
            // After a conflict plan inside the write transaction, so that progress is guaranteed.
            let written = match tries {
                0 => self.post_on(context, work, only, &mut run),
                _ => self.post_alone(context, work, only, &mut run),
            };
            if written.is_err() {
                self.appender.forget();
            }
            if run.watch.cancelled() {
                return Err(Rejection::new(Code::Cancelled).with("done", run.answer.posted).into());
            }
            tries = if run.after == before { tries + 1 } else { 0 };
            if let Err(error) = written {
                // A batch refused by a guard was planned on stale reads; planning again may help.
                if !is_stale(&error) || tries >= TRIES {
                    return Err(error.into());
                }
            }
        }
        let mut answer = run.answer;
        if work == Work::Clearing {
            self.tell_nothing(context, trades, &mut answer)?;
        }
        Ok(answer)
    }

    /// Explains for each requested trade without a clearing why there was nothing to clear.
    fn tell_nothing(
        &mut self,
        context: &Context,
        trades: &[TradeNo],
        answer: &mut Posted,
    ) -> Result<(), Refusal> {
        for trade_no in trades {
            let row = self.trade_row(trade_no)?;
            let refused = answer.refused.iter().any(|refused| refused.trade_no == *trade_no);
            if refused || events::live(&mut *self.engine, row.id, Event::Cleared)? > 0 {
                continue;
            }
            let key = if row.trade.clearing == ClearingStatus::Excluded {
                "why.clear.excluded"
            } else if events::live(&mut *self.engine, row.id, Event::Captured)? == 0 {
                "why.clear.unposted"
            } else {
                "why.clear.rules"
            };
            answer.nothing.push((trade_no.clone(), i18n::word(context.lang, key)));
        }
        Ok(())
    }

    /// Plans and writes one batch inside one write transaction.
    fn post_alone(
        &mut self,
        context: &Context,
        work: Work,
        only: Option<&[i64]>,
        run: &mut Run<'_>,
    ) -> Result<(), StoreError> {
        let mut poster = Poster::new(&self.in_force, self.engine.batch_rows(BATCH), context, work, only);
        let (engine, appender) = (&mut self.engine, &mut self.appender);
        let mut planned = Batch::default();
        engine.commit(&mut |sink| {
            appender.begin(sink)?;
            let plan = poster.plan(appender, sink, run.after)?;
            planned = plan.batch;
            plan.tape.play(sink)
        })?;
        run.committed(planned);
        Ok(())
    }

    /// Plans and writes until all events are done, a batch is refused, or the appender holds too many
    /// chains.
    fn post_on(
        &mut self,
        context: &Context,
        work: Work,
        only: Option<&[i64]>,
        run: &mut Run<'_>,
    ) -> Result<(), StoreError> {
        let Some(mut reader) = self.engine.second_reader() else {
            return self.post_alone(context, work, only, run);
        };
        let mut poster = Poster::new(&self.in_force, self.engine.batch_rows(BATCH), context, work, only);
        // The planning thread checkpoints what the writer commits, since it has time to spare.
        let mut checkpointer = self.engine.checkpointer();
        let (engine, appender) = (&mut *self.engine, &mut self.appender);
        let ground = watermark::read(&mut *reader)?;
        appender.begin(&mut *reader)?;
        std::thread::scope(|scope| {
            let (plans, planned) = sync_channel::<Plan>(AHEAD);
            let (acknowledge, committed) = channel::<Batch>();
            let writer = scope.spawn(move || write(engine, &ground, &planned, &acknowledge));
            let mut after = run.after;
            let planning = loop {
                let planned = poster
                    .hear(appender, &mut *reader, after)
                    .and_then(|()| poster.plan(appender, &mut *reader, after));
                let plan = match planned {
                    Ok(plan) => plan,
                    Err(error) => break Err(error),
                };
                let last = plan.batch.last;
                // If the writer has stopped, `join` returns its error.
                let stopped = plans.send(plan).is_err();
                for batch in committed.try_iter() {
                    run.committed(batch);
                    // If the checkpoint fails here, the writer does it.
                    let _ = checkpointer.as_mut().map(|checkpointer| checkpointer.checkpoint());
                }
                let enough = stopped || appender.is_crowded() || run.watch.cancelled();
                let Some(last) = last.filter(|_| !enough) else { break Ok(()) };
                after = last;
            };
            drop(plans);
            let written = writer.join();
            for batch in committed.try_iter() {
                run.committed(batch);
            }
            match written {
                Ok(written) => written.and(planning),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}

/// Commits planned batches until another session changes the facts they were planned on.
fn write(
    engine: &mut dyn Engine,
    ground: &Watermark,
    plans: &Receiver<Plan>,
    acknowledge: &Sender<Batch>,
) -> Result<(), StoreError> {
    for plan in plans {
        engine.commit(&mut |sink| {
            if !watermark::read(sink)?.same_facts(ground) {
                return Err(StoreError::rejected(Code::Stale));
            }
            plan.tape.play(sink)
        })?;
        // If the receiver is gone, the planning thread gets the counts when it joins.
        let _ = acknowledge.send(plan.batch);
    }
    Ok(())
}

/// Returns whether planning again may help: another program wrote in between.
fn is_stale(error: &StoreError) -> bool {
    error.is_race()
        || matches!(error, StoreError::Rejected(rejection)
            if rejection.arg("guard").is_some() || rejection.code == Code::Stale)
}

impl<'d> Poster<'d> {
    fn new(
        in_force: &'d InForce,
        rows: usize,
        context: &'d Context,
        work: Work,
        only: Option<&'d [i64]>,
    ) -> Self {
        Self {
            rows: i64::try_from(rows).unwrap_or(i64::MAX),
            work,
            in_force,
            context,
            today: in_force.today(context),
            only,
            planned: (0, Vec::new()),
            answered: false,
        }
    }

    /// Prefetches the reads of the batch after event row `after` for a remote engine.
    fn hear(&mut self, appender: &Appender, below: &mut dyn Engine, after: i64) -> Result<(), StoreError> {
        while below.prefetch_pass()? {
            let (mut trial, planned) = (appender.fresh(), self.planned.clone());
            let _ = trial.begin(&mut *below).and_then(|()| self.plan(&mut trial, below, after).map(drop));
            self.planned = planned;
        }
        Ok(())
    }

    /// Plans the batch after event row `after`.
    fn plan(
        &mut self,
        appender: &mut Appender,
        below: &mut dyn Reader,
        after: i64,
    ) -> Result<Plan, StoreError> {
        let mut batch = Batch::default();
        let events = match self.only {
            None => match self.work {
                Work::Posting => unposted::unposted(below, after, self.rows)?,
                Work::Clearing => unposted::uncleared(below, after, self.rows)?,
            },
            Some(rows) => {
                let mut events = Vec::new();
                for row in rows {
                    events.extend(match self.work {
                        Work::Posting => unposted::unposted_of(below, *row)?,
                        Work::Clearing => unposted::uncleared_of(below, *row)?,
                    });
                }
                events
            }
        };
        if self.only.is_none() {
            batch.last = events.last().map(|(row, _)| *row);
        }
        self.answered = answered::any(below)?;
        let mut recorder = Recorder { below, tape: Tape::default() };
        for (_, event) in events {
            batch.looked_at += 1;
            match self.book(appender, &mut recorder, &event) {
                Ok(true) => {
                    batch.posted += 1;
                    if self.planned.0 != event.trade_id {
                        self.planned = (event.trade_id, Vec::new());
                    }
                    self.planned.1.push(event.event);
                }
                Ok(false) => {}
                Err(StoreError::Rejected(rejection)) if rejection.code == Code::Waiting => batch.waiting += 1,
                Err(StoreError::Rejected(rejection)) => {
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
        Ok(Plan { tape: recorder.tape, batch })
    }

    /// Books one event; returns false if it is not due.
    fn book(
        &self,
        appender: &mut Appender,
        sink: &mut dyn Sink,
        unposted: &Unposted,
    ) -> Result<bool, StoreError> {
        let (trade, event) = (&unposted.trade, unposted.event);
        let amendments: Vec<(String, String)> = if unposted.amended {
            let stored = amendments::amendments(sink, unposted.trade_id)?;
            stored.into_iter().map(|(fact, value, _)| (fact, value)).collect()
        } else {
            Vec::new()
        };
        let facts = facts_of(trade, unposted.status_now, &amendments)?;
        let failed = matches!(facts.status, TradeStatus::Failed | TradeStatus::Closed);
        // A trade requested by its number is refused again if the channel took it back.
        if self.answered
            && (!failed || self.only.is_some())
            && let Some(bar) = answered::bar(sink, trade.channel, &trade.channel_ref)?
        {
            return Err(bar.rejection(&trade.trade_no).into());
        }
        let Some((set, rule)) = self.in_force.rule(&facts, event) else { return Ok(false) };
        let prior = match rule.after() {
            // Postings planned in this run are not in the ledger yet.
            Some(prior) if self.planned.0 == unposted.trade_id && self.planned.1.contains(&prior) => true,
            Some(prior) => events::live(sink, unposted.trade_id, prior)? > 0,
            None => true,
        };
        let base = |code| Rejection::new(code).with("trade", &trade.trade_no).with("event", event);
        match self.in_force.due(&facts, trade.occurred_at, event, self.context.now, |_| prior) {
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
        if unposted.booked_before && suspense::is_parked(sink, EventId::of(unposted.trade_id, event))? {
            // Its amount is in suspense, or was cleared from there: a case decides, and a finding
            // reports it.
            return Ok(false);
        }
        if unposted.booked_before {
            // Its posting was reversed on purpose: posting it again is a correction and needs a case.
            return Err(base(Code::CaseRequired).into());
        }
        let expected = rule.lines(set, &facts)?;
        let accounting_date = posting_day(facts.business_date, self.today, appender)?;
        let mut lines: Vec<_> = expected.lines.into_iter().map(|line| line.line).collect();
        if accounting_date.year() > facts.business_date.year() {
            to_prior_year(&mut lines, &self.in_force.chart)?;
        }
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
            lines,
        };
        if unposted.new {
            events::ensure_event(sink, unposted.trade_id, event)?;
        }
        appender.append(sink, &draft, Refs { trade: Some(unposted.trade_id), reverses: None })?;
        Ok(true)
    }
}

/// Returns the memo of a posting: the kind of trade, and the event unless it is the trade itself.
fn memo(unposted: &Unposted) -> String {
    match unposted.event {
        Event::Captured => unposted.trade.kind.as_str().to_owned(),
        event => format!("{} {event}", unposted.trade.kind),
    }
}
