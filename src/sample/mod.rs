//! Generates sample data: trades of many days, the journal of a previous system and the channels' bills
//! for them, with or without planted mistakes.
//!
//! All of it is written through the same code as an import, with every guard on, in batches: memory use
//! does not grow with the number of trades. The same plan, seed and context give the same ledger, to the
//! last hash. No balance falls below its floor. The expected finding of each planted mistake is handed
//! out as it is written: the answer key.
//!
//! Nothing here names a kind of trade or a channel: `description` reads them from the ledger's template.
//!
//! A trade passes `clock` (when), `world`, `odd_trades` and `trade_spec` (what), `inject_errors` and
//! `inject_unmatched` (its vouchers and bill line, with a mistake if `timetable` allows it), `writer` and
//! `channel_bills` (into the ledger).

mod channel_bills;
mod clock;
mod demo;
mod description;
mod happening;
mod inject_errors;
mod inject_unmatched;
mod mistake;
mod odd_trades;
mod people;
mod plan;
#[cfg(test)]
mod template_tests;
#[cfg(test)]
mod tests;
mod timetable;
mod trade_spec;
mod world;
mod writer;

use crate::desk::ledger::OpenLedger;
use crate::domain::ledger_template::{self, DEFAULT_TEMPLATE, FileText};
pub use demo::{DEMO_NAME, demo, demo_ledger, demo_ledger_of, demo_plan};
pub use mistake::Mistake;
pub use plan::{Generated, MAX_ACCOUNTS, MAX_DAYS, MAX_TRADES, Planted, Planting, Rate, SamplePlan};

use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Progress;
use crate::protocol::watch::Watch;
use crate::store::{settings, watermark};
use clock::{Clock, Slot};
use description::Description;
use happening::Happening;
use inject_errors::ErrorInjector;
use jiff::civil::Date;
use std::collections::{HashMap, VecDeque};
use timetable::Timetable;
use world::World;
use writer::SampleWriter;

/// Trades of one batch: some 10 MB of write-ahead log. A small ledger is written in one batch a day,
/// since each batch waits for the disk.
const BATCH: usize = 2000;

/// Seconds before now without any trade. Every missing posting is then already overdue, and no finding
/// changes its cause while the ledger is looked at.
const QUIET: i64 = 1200;

/// Seconds between the last payment of a batch and its clearing.
const CLEARING: i64 = 120;

impl OpenLedger {
    /// Returns whether the ledger was made for made-up trades: nothing else may be mixed with them.
    ///
    /// # Errors
    /// A fault if it cannot be read.
    pub fn is_made_up(&mut self) -> Result<bool, Refusal> {
        Ok(settings::read_template(&mut *self.engine)?.made_up)
    }

    /// Generates sample data in this ledger, as the template describes it that the ledger was made from.
    ///
    /// Each planted mistake is passed to `answers` once its batch is committed.
    ///
    /// # Errors
    /// [`Code::BadValue`] for a plan out of range; [`Code::MadeBefore`] if the ledger has trades of those days,
    /// before anything is written; [`Code::DayNotOpen`]; [`Code::Cancelled`]; faults; a refusal of `answers`.
    /// Batches committed before remain.
    pub fn generate(
        &mut self,
        context: &Context,
        plan: &SamplePlan,
        watch: &mut dyn Watch,
        answers: &mut dyn FnMut(Planted) -> Result<(), Refusal>,
    ) -> Result<Generated, Refusal> {
        let stored = settings::read_template(&mut *self.engine)?;
        let shipped = match stored.name.as_str() {
            "" => Some(&DEFAULT_TEMPLATE),
            name => ledger_template::shipped(name),
        };
        let own = stored.sample.as_deref().map(|text| ("sample.toml", text));
        let Some(sample) = own.or(shipped.and_then(|template| template.sample)) else {
            return Err(Rejection::new(Code::NotFound)
                .with("what", "sample.toml")
                .with("value", stored.name)
                .into());
        };
        self.generate_as(context, plan, sample, watch, answers)
    }

    /// As [`OpenLedger::generate`], by another description: file name for errors, and text.
    ///
    /// # Errors
    /// As [`OpenLedger::generate`]; a refusal if the description does not fit the ledger.
    pub fn generate_as(
        &mut self,
        context: &Context,
        plan: &SamplePlan,
        sample: FileText<'_>,
        watch: &mut dyn Watch,
        answers: &mut dyn FnMut(Planted) -> Result<(), Refusal>,
    ) -> Result<Generated, Refusal> {
        let description = Description::read(sample, &self.in_force)?;
        // Numbers of trades and references are made of the day.
        let newest = watermark::newest_day(&mut *self.engine)?;
        let first = plan.first_day.to_string();
        if let Some(day) = newest.filter(|day| *day >= first) {
            return Err(Rejection::new(Code::MadeBefore).with("day", day).with("first", first).into());
        }
        self.memory.forget();
        let now = context.now.in_zone(&self.in_force.zone);
        let until = now.plus_seconds(-QUIET);
        let last_day = plan.last_day(self.in_force.day_of(until))?;
        let mut timetable = Timetable {
            calendar: &self.in_force.calendar,
            description: &description,
            clock: Clock { first_day: plan.first_day, last_day, until, zone: self.in_force.zone.clone() },
            now,
            leave_unposted: plan.leave_unposted,
            cut_from: self.in_force.policy.cut_from(),
            waiting_days: self.in_force.policy.waiting_days,
            payout_grace: i64::from(self.in_force.policy.payout_grace_minutes) * 60,
            to_midnight: description.billing_until_midnight(&self.in_force.channels),
            lost: None,
        };
        // The mistakes have a random sequence of their own, so the trades are the same with or without them.
        let mut mistakes_rng = fastrand::Rng::with_seed(plan.seed ^ 0x5701_2018_0912);
        timetable.lose_a_bill(plan, &mut mistakes_rng);
        let world =
            World::new(timetable, plan, &self.in_force.currencies, fastrand::Rng::with_seed(plan.seed));
        let in_force = &self.in_force;
        let mut generator = Generator {
            injector: ErrorInjector {
                world,
                in_force,
                lang: context.lang,
                collected: VecDeque::new(),
                at_bank: HashMap::new(),
            },
            writer: SampleWriter::new(
                &mut *self.engine,
                (&mut self.appender, &self.in_force, &description),
                context,
                plan.seed,
            ),
            batch: Vec::new(),
            surplus: 0,
            postponed: Vec::new(),
            mistakes_rng,
            plan,
            watch,
            answers,
        };
        generator.run()
    }
}

/// Generates the days of a plan, slot by slot.
struct Generator<'d, 'w> {
    injector: ErrorInjector<'d>,
    writer: SampleWriter<'d>,
    /// Happenings not written yet.
    batch: Vec<Happening>,
    /// Trades that mistakes made beside their own, in place of later ones.
    surplus: usize,
    /// Mistakes of a plan with one of each that could not be made at their moment.
    postponed: Vec<Mistake>,
    mistakes_rng: fastrand::Rng,
    plan: &'d SamplePlan,
    watch: &'w mut dyn Watch,
    answers: &'w mut dyn FnMut(Planted) -> Result<(), Refusal>,
}

impl Generator<'_, '_> {
    fn run(&mut self) -> Result<Generated, Refusal> {
        let clock = self.injector.world.timetable.clock.clone();
        let schedule = self.injector.world.timetable.schedule(self.plan, &mut self.mistakes_rng);
        let plain = self.plan.trades - (schedule.len() as u64).min(self.plan.trades);
        let mut waiting = schedule.as_slice();
        let mut today = clock.first_day;
        for slot in clock.slots(plain) {
            if slot.day != today {
                self.end_day(today)?;
                today = slot.day;
            }
            let due = waiting.partition_point(|(day, second, _)| (*day, *second) < (slot.day, slot.end));
            let (now_due, later) = waiting.split_at(due);
            waiting = later;
            let mut moments = self.moments(&slot);
            moments.extend(now_due.iter().map(|(_, second, mistake)| (*second, Some(*mistake))));
            moments.sort_unstable();
            for (second, mistake) in moments {
                self.happen(clock.at(slot.day, second)?, mistake)?;
            }
        }
        for (day, second, mistake) in waiting {
            if *day != today {
                self.end_day(today)?;
                today = *day;
            }
            self.happen(clock.at(*day, *second)?, Some(*mistake))?;
        }
        self.end_day(today)?;
        Ok(self.writer.written)
    }

    /// Returns the seconds of a slot's trades, some with a mistake if those are planted at random.
    fn moments(&mut self, slot: &Slot) -> Vec<(i64, Option<Mistake>)> {
        let random = self.plan.planted == Planting::Random;
        let rate = self.plan.errors.parts();
        let rng = &mut self.injector.world.rng;
        let drawn: Vec<Mistake> = Mistake::ALL.iter().copied().filter(|one| !one.of_a_bill()).collect();
        (0..slot.count)
            .map(|_| {
                let second = rng.i64(slot.start..slot.end);
                let wrong = random && rng.u32(0..Rate::WHOLE) < rate;
                let any = |rng: &mut fastrand::Rng| drawn.get(rng.usize(0..drawn.len().max(1))).copied();
                let mistake = if wrong { any(rng) } else { None };
                (second, mistake)
            })
            .collect()
    }

    fn happen(&mut self, at: Moment, mistake: Option<Mistake>) -> Result<(), Refusal> {
        if mistake.is_none() && self.surplus > 0 {
            self.surplus -= 1;
            return Ok(());
        }
        let mistake = match mistake {
            Some(wanted) => Some(self.possible_mistake(wanted, at)),
            None => self.take_postponed(at),
        };
        let happened = self.injector.next(at, mistake)?;
        let is_made = happened.iter().any(|one| !one.planted.is_empty());
        if self.plan.planted == Planting::OneOfEach && !is_made {
            self.postponed.extend(mistake);
        }
        self.surplus += happened.iter().filter(|one| one.recorded).count().saturating_sub(1);
        self.batch.extend(happened);
        if self.batch.len() >= BATCH { self.write() } else { Ok(()) }
    }

    /// Writes the batch; its payments are cleared shortly after its last trade.
    fn write(&mut self) -> Result<(), Refusal> {
        let Some(last) = self.batch.last() else { return Ok(()) };
        let cleared_at = last.trade.occurred_at.plus_seconds(CLEARING).min(self.injector.world.timetable.now);
        self.writer.write(&self.batch, cleared_at)?;
        for planted in self.batch.drain(..).flat_map(|happening| happening.planted) {
            self.writer.written.planted += 1;
            (self.answers)(planted)?;
        }
        let done = self.writer.written.trades;
        self.watch.progress(Progress { done, total: Some(self.plan.trades) });
        if self.watch.cancelled() {
            return Err(Rejection::new(Code::Cancelled).with("done", done).into());
        }
        Ok(())
    }

    /// Takes the first postponed mistake that can be made at this moment.
    fn take_postponed(&mut self, at: Moment) -> Option<Mistake> {
        let timetable = &self.injector.world.timetable;
        let place = self.postponed.iter().position(|mistake| timetable.allows(*mistake, at))?;
        Some(self.postponed.remove(place))
    }

    /// Replaces a random mistake that cannot be made at this moment by one that can.
    fn possible_mistake(&mut self, wanted: Mistake, at: Moment) -> Mistake {
        let world = &mut self.injector.world;
        let is_scheduled = self.plan.planted != Planting::Random || wanted.of_a_bill();
        if is_scheduled || world.timetable.allows(wanted, at) {
            return wanted;
        }
        let drawn = Mistake::ALL.iter().copied().filter(|mistake| !mistake.of_a_bill());
        let can: Vec<Mistake> = drawn.filter(|mistake| world.timetable.allows(*mistake, at)).collect();
        can.get(world.rng.usize(0..can.len().max(1))).copied().unwrap_or(wanted)
    }

    fn end_day(&mut self, day: Date) -> Result<(), Refusal> {
        self.write()?;
        let timetable = &self.injector.world.timetable;
        let billed = timetable.billed(day).then(|| timetable.bill_time(day));
        let collected = self.writer.end_day(day, billed, timetable.lost_on(day))?;
        self.injector.collected.extend(collected);
        Ok(())
    }
}
