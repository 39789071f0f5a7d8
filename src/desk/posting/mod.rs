//! Posting: books all events that are due and unposted by the rules, in batches.
//!
//! Two threads share the work: this one reads unposted events and plans, a second one writes the batches
//! planned before. A batch is planned on the ledger as it was read. If another program writes in
//! between, the ledger's guards refuse the whole batch, and planning restarts after the last committed
//! one. So two processes that post at the same time never book an event twice: the second finds it
//! booked. A committed batch remains; an interrupted run continues where it stopped.

mod batch;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::due::{Due, facts_of};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::TradeNo;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::ClearingStatus;
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::posting::{ClearTrades, PostTrades, Posted, SettleTrades};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Watch};
use crate::store::watermark::Watermark;
use crate::store::{Engine, StoreError, events, positions, trades, unposted, watermark};
pub(crate) use batch::Work;
use batch::{Batch, BatchPlanner, MAX_REFUSED, PlannedBatch};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

/// Events of one batch: some 10 MB of write-ahead log, a tenth of a second of work.
const BATCH_EVENTS: usize = 2000;

/// Batches planned ahead of the one that is being written.
const PLANNED_AHEAD: usize = 1;

/// Attempts to plan again without a committed batch in between.
const MAX_RETRIES: usize = 8;

/// Progress of a run.
struct PostingRun<'w> {
    answer: Posted,
    done: u64,
    total: Option<u64>,
    after: i64,
    finished: bool,
    watch: &'w mut dyn Watch,
}

impl PostingRun<'_> {
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
            None => self.finished = true,
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
            Work::Clearing | Work::OwnClearing(_) => None,
        };
        let mut run = PostingRun {
            answer: Posted {
                already: unposted::posted_count(&mut *self.engine, &rows, work.number())?,
                ..Posted::default()
            },
            done: 0,
            total,
            after: 0,
            finished: false,
            watch,
        };
        let only = (!rows.is_empty()).then_some(rows.as_slice());
        let mut retries = 0;
        while !run.finished {
            let before = run.after;
            // After a conflict plan inside the write transaction, so that progress is guaranteed.
            let written = match retries {
                0 => self.post_pipelined(context, work, only, &mut run),
                _ => self.post_in_transaction(context, work, only, &mut run),
            };
            if written.is_err() {
                self.appender.forget();
            }
            if run.watch.cancelled() {
                return Err(Rejection::new(Code::Cancelled).with("done", run.answer.posted).into());
            }
            retries = if run.after == before { retries + 1 } else { 0 };
            if let Err(error) = written {
                // A batch refused by a guard was planned on stale reads; planning again may help.
                if !is_stale(&error) || retries >= MAX_RETRIES {
                    return Err(error.into());
                }
            }
        }
        Ok(run.answer)
    }

    /// Books the clearings of all posted trades, or of the given ones.
    pub(crate) fn clear(
        &mut self,
        context: &Context,
        trades: &[TradeNo],
        watch: &mut dyn Watch,
    ) -> Result<Posted, Refusal> {
        let mut answer = self.post(context, Work::Clearing, trades, watch)?;
        for own in self.in_force.kinds.own_clearings() {
            let more = self.post(context, Work::OwnClearing(own), trades, watch)?;
            answer.posted += more.posted;
            answer.waiting += more.waiting;
            let room = MAX_REFUSED.saturating_sub(answer.refused.len());
            answer.refused.extend(more.refused.into_iter().take(room));
        }
        self.explain_nothing_to_clear(context, trades, &mut answer)?;
        Ok(answer)
    }

    /// Books settlements: of all payouts that succeeded, or of the given trades.
    pub(crate) fn settle(
        &mut self,
        context: &Context,
        trades: &[TradeNo],
        watch: &mut dyn Watch,
    ) -> Result<Posted, Refusal> {
        let mut answer = Posted::default();
        for own in self.in_force.kinds.settlements(trades.is_empty()) {
            let more = self.post(context, Work::OwnClearing(own), trades, watch)?;
            answer.posted += more.posted;
            answer.already = more.already;
            answer.waiting += more.waiting;
            let room = MAX_REFUSED.saturating_sub(answer.refused.len());
            answer.refused.extend(more.refused.into_iter().take(room));
        }
        self.explain_nothing_to_settle(context, trades, &mut answer)?;
        Ok(answer)
    }

    /// Explains for each requested trade without a settlement why there was nothing to settle.
    fn explain_nothing_to_settle(
        &mut self,
        context: &Context,
        trades: &[TradeNo],
        answer: &mut Posted,
    ) -> Result<(), Refusal> {
        for trade_no in trades {
            let row = self.trade_row(trade_no)?;
            let refused = answer.refused.iter().any(|refused| refused.trade_no == *trade_no);
            if refused || events::live(&mut *self.engine, row.id, Event::SETTLED)? > 0 {
                continue;
            }
            let Some(position) = positions::positions(&mut *self.engine, row.id, row.id)?.pop() else {
                continue;
            };
            let facts = facts_of(&position.trade, position.status_now, &position.amendments)?;
            let is_booked = |event: Event| position.live(event).next().is_some();
            let occurred_at = position.trade.occurred_at;
            let due = self.in_force.due(&facts, occurred_at, Event::SETTLED, context.now, is_booked);
            let why = match due {
                Due::No(why) => why.note(),
                _ => Note::new("why.settle.unposted"),
            };
            answer.nothing.push((trade_no.clone(), self.in_force.names.note(context.lang, &why)));
        }
        Ok(())
    }

    /// Explains for each requested trade without a clearing why there was nothing to clear.
    fn explain_nothing_to_clear(
        &mut self,
        context: &Context,
        trades: &[TradeNo],
        answer: &mut Posted,
    ) -> Result<(), Refusal> {
        for trade_no in trades {
            let row = self.trade_row(trade_no)?;
            let refused = answer.refused.iter().any(|refused| refused.trade_no == *trade_no);
            let own = self.in_force.kinds.own_clearings().into_iter();
            let own = own.filter(|own| own.kind == row.trade.kind).map(|own| own.event);
            let mut is_cleared = refused;
            for event in std::iter::once(Event::CLEARED).chain(own) {
                is_cleared = is_cleared || events::live(&mut *self.engine, row.id, event)? > 0;
            }
            if is_cleared {
                continue;
            }
            let key = if row.clearing_now == ClearingStatus::Excluded {
                "why.clear.excluded"
            } else if events::live(&mut *self.engine, row.id, Event::CAPTURED)? == 0 {
                "why.clear.unposted"
            } else {
                "why.clear.rules"
            };
            answer.nothing.push((trade_no.clone(), i18n::word(context.lang, key)));
        }
        Ok(())
    }

    /// Plans and writes one batch inside one write transaction.
    fn post_in_transaction(
        &mut self,
        context: &Context,
        work: Work,
        only: Option<&[i64]>,
        run: &mut PostingRun<'_>,
    ) -> Result<(), StoreError> {
        let mut planner =
            BatchPlanner::new(&self.in_force, self.engine.batch_rows(BATCH_EVENTS), context, work, only);
        let (engine, appender) = (&mut self.engine, &mut self.appender);
        let mut planned = Batch::default();
        engine.commit(&mut |sink| {
            appender.begin(sink)?;
            let plan = planner.plan(appender, sink, run.after)?;
            planned = plan.batch;
            plan.tape.play(sink)
        })?;
        run.committed(planned);
        Ok(())
    }

    /// Plans and writes until all events are done, a batch is refused, or the appender holds too many
    /// chains.
    fn post_pipelined(
        &mut self,
        context: &Context,
        work: Work,
        only: Option<&[i64]>,
        run: &mut PostingRun<'_>,
    ) -> Result<(), StoreError> {
        let Some(mut reader) = self.engine.second_reader() else {
            return self.post_in_transaction(context, work, only, run);
        };
        let mut planner =
            BatchPlanner::new(&self.in_force, self.engine.batch_rows(BATCH_EVENTS), context, work, only);
        // The planning thread checkpoints what the writer commits, since it has time to spare.
        let mut checkpointer = self.engine.checkpointer();
        let (engine, appender) = (&mut *self.engine, &mut self.appender);
        let planned_on = watermark::read(&mut *reader, i64::MAX)?;
        appender.begin(&mut *reader)?;
        std::thread::scope(|scope| {
            let (plans, planned) = sync_channel::<PlannedBatch>(PLANNED_AHEAD);
            let (acknowledge, committed) = channel::<Batch>();
            let writer = scope.spawn(move || write(engine, &planned_on, &planned, &acknowledge));
            let mut after = run.after;
            let planning = loop {
                let planned = planner
                    .prefetch(appender, &mut *reader, after)
                    .and_then(|()| planner.plan(appender, &mut *reader, after));
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
    planned_on: &Watermark,
    plans: &Receiver<PlannedBatch>,
    acknowledge: &Sender<Batch>,
) -> Result<(), StoreError> {
    for plan in plans {
        engine.commit(&mut |sink| {
            if !watermark::read(sink, i64::MAX)?.same_facts(planned_on) {
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
            if rejection.is_by_guard() || rejection.code == Code::Stale)
}

impl Handle for PostTrades {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trades } = self;
        ledger.post(context, Work::Posting, &trades, watch)
    }
}

impl Handle for ClearTrades {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trades } = self;
        ledger.clear(context, &trades, watch)
    }
}

impl Handle for SettleTrades {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trades } = self;
        ledger.settle(context, &trades, watch)
    }
}
