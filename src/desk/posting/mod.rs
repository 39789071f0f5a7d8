//! Posting: booking by rules what is due and unposted, in batches.
//!
//! Two threads share the work: this one reads what is unposted and plans, a second one writes what was planned before. A plan
//! stands on the ledger as it was read; where another program wrote in between, the guards of the ledger refuse the batch
//! whole, and planning starts over behind the last one that was committed. So two processes posting at once never book an
//! event twice: the second finds it booked. A batch that was committed stays; a run that is cut short goes on where it
//! stopped.

mod requests;

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
use crate::store::unposted::{self, Unposted};
use crate::store::watermark::{self, Watermark};
use crate::store::{Engine, Reader, Sink, StoreError, amendments, answered, events, suspense, trades};
use jiff::civil::Date;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

/// Events of one batch: some 10 MB of write-ahead log, a tenth of a second of work.
const BATCH: usize = 2000;

/// Batches planned ahead of the one being written.
const AHEAD: usize = 1;

/// Refusals reported one by one; beyond it they are only counted in `waiting` and by the next `findings`.
const MAX_REFUSED: usize = 1000;

/// Times planning starts over without a batch getting through.
const TRIES: usize = 8;

/// Which events are booked: clearing is apart from posting, and may be done by other people at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// All but clearings.
    Posting,
    /// Clearings, also of trades whose clearing event nobody has reported: booking it is what clears them.
    Clearing,
}

struct Poster<'d> {
    /// Events in one batch.
    rows: i64,
    work: Work,
    in_force: &'d InForce,
    context: &'d Context,
    today: Date,
    only: Option<&'d [i64]>,
    /// The last trade something was planned for, and what.
    planned: (i64, Vec<Event>),
    /// Whether cases have answered lines of channels without a trade.
    answered: bool,
}

/// What one batch does.
#[derive(Debug, Default)]
struct Batch {
    posted: i64,
    waiting: i64,
    looked_at: u64,
    /// Where the next batch goes on; `None` after the last one.
    last: Option<i64>,
    refused: Vec<Refused>,
}

/// A batch on its way to the writer.
struct Plan {
    tape: Tape,
    batch: Batch,
}

/// How far posting has come.
struct Run<'w> {
    answer: Posted,
    done: u64,
    total: Option<u64>,
    after: i64,
    through: bool,
    watch: &'w mut dyn Watch,
}

impl Run<'_> {
    /// Takes note of a batch that was committed.
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
    /// Books what is due, all or the trades named.
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
            // Who planned in vain takes the ledger for itself first, or it might plan in vain for ever.
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
                // What a guard refused was planned on a ledger that has changed since.
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

    /// Says of trades that were named why there was nothing to clear.
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

    /// Plans and writes one batch while nobody else can write.
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

    /// Plans and writes until all is through, a batch is refused, or the appender holds too many chains.
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
        // What the writer commits is carried over into the file here, where there is time for it.
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
                // A writer that has stopped says why when it is joined.
                let stopped = plans.send(plan).is_err();
                for batch in committed.try_iter() {
                    run.committed(batch);
                    // What is not carried over now is later, by the writer at the latest.
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

/// Commits plans as they come, as long as nobody corrects what they were made of.
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
        // Whoever planned waits for the writer's end at the latest.
        let _ = acknowledge.send(plan.batch);
    }
    Ok(())
}

/// Whether planning anew may help: another program wrote in between.
fn is_stale(error: &StoreError) -> bool {
    error.is_race()
        || matches!(error, StoreError::Rejected(rejection)
            if rejection.is_by_guard() || rejection.code == Code::Stale)
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

    /// Lets an engine that is far away hear what planning the batch behind event row `after` reads.
    fn hear(&mut self, appender: &Appender, below: &mut dyn Engine, after: i64) -> Result<(), StoreError> {
        while below.prefetch_pass()? {
            let (mut trial, planned) = (appender.fresh(), self.planned.clone());
            let _ = trial.begin(&mut *below).and_then(|()| self.plan(&mut trial, below, after).map(drop));
            self.planned = planned;
        }
        Ok(())
    }

    /// Plans the batch behind event row `after`.
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

    /// Books one event. `false` where it is not due.
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
        // Whoever asks for a trade by name is told again that the channel took it back.
        if self.answered
            && (!failed || self.only.is_some())
            && let Some(bar) = answered::bar(sink, trade.channel, &trade.channel_ref)?
        {
            return Err(bar.rejection(&trade.trade_no).into());
        }
        let Some((set, rule)) = self.in_force.rule(&facts, event) else { return Ok(false) };
        let prior = match rule.after() {
            // What was planned just now is not in the ledger yet.
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
            // Its amount is in suspense, or was cleared from there: a case decides, and the finding says so.
            return Ok(false);
        }
        if unposted.booked_before {
            // Its posting was taken back on purpose; posting it again is a correction, and asks for a case.
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

/// What a posting is for: the kind of trade, and the event where it is not the trade itself.
fn memo(unposted: &Unposted) -> String {
    match unposted.event {
        Event::Captured => unposted.trade.kind.as_str().to_owned(),
        event => format!("{} {event}", unposted.trade.kind),
    }
}
