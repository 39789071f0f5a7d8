//! The run itself: each step is resolved and its voucher appended before the next one is looked at.
//!
//! It does not know whether its sink writes; a preview can therefore not promise what a commit would not do.

use crate::desk::corrections::case_run::{CaseRun, RunOptions};
use crate::desk::corrections::earlier_steps::Baseline;
use crate::desk::corrections::effect::{Effect, KeptStep, Resolved, unresolved};
use crate::desk::corrections::resolver::{Author, Call, Resolver};
use crate::domain::account::Side;
use crate::domain::dating::Days;
use crate::domain::event::Event;
use crate::domain::id::AccountCode;
use crate::domain::voucher::{Line, Mode, Voucher};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::Appender;
use crate::store::{Sink, StoreError, answered, trades};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Hears the entries of a voucher as soon as it is placed; for runs too long to hold.
pub(crate) type Hearer<'h> = &'h mut dyn FnMut(i64, &Voucher) -> Result<(), StoreError>;

/// Days as the appender last read them, for the resolver, while the appender itself goes on.
struct KnownDays(BTreeMap<Date, crate::domain::period::DayState>);

impl Days for KnownDays {
    fn state(&self, day: Date) -> Option<crate::domain::period::DayState> {
        self.0.get(&day).copied()
    }
    fn last_closed(&self) -> Option<Date> {
        let closed = crate::domain::period::DayState::Closed;
        self.0.iter().rev().find(|(_, state)| **state == closed).map(|(day, _)| *day)
    }
}

/// Resolves and appends the steps, one after the other. A business refusal is kept in the result, so that a preview can show it;
/// faults and refusals of the sink end it.
pub(crate) fn run_steps<S: Sink + ?Sized>(
    call: &Call<'_>,
    appender: &mut Appender,
    sink: &mut S,
    author: &Author<'_>,
    steps: &[(i64, KeptStep)],
    wanted: RunOptions<'_>,
    watch: &mut dyn Watch,
) -> Result<CaseRun, StoreError> {
    run_steps_with(call, appender, sink, author, steps, wanted, watch, &mut |_, _| Ok(()))
}

/// The same, with somebody who hears each voucher.
#[expect(
    clippy::too_many_arguments,
    reason = "what a run is made of; its callers have no more of it in common"
)]
pub(crate) fn run_steps_with<S: Sink + ?Sized>(
    call: &Call<'_>,
    appender: &mut Appender,
    sink: &mut S,
    author: &Author<'_>,
    steps: &[(i64, KeptStep)],
    wanted: RunOptions<'_>,
    watch: &mut dyn Watch,
    hear: Hearer<'_>,
) -> Result<CaseRun, StoreError> {
    appender.begin(sink)?;
    let days = KnownDays(appender.days().clone());
    // Each step is resolved over the ledger as it was before the first, whether the others are written meanwhile or not.
    let mut before = Baseline::at(appender.head().0);
    let mut prepared = CaseRun::default();
    let mut whole = true;
    for (done, (number, kept)) in (1..).zip(steps) {
        watch.step(done, steps.len())?;
        let mut resolver = Resolver::new(call, &days, author.clone(), &mut *sink, before);
        let resolved = resolver.step(*number, kept);
        before = resolver.ground();
        match resolved {
            Ok(step) => apply(appender, sink, step, &mut prepared, wanted, hear)?,
            Err(StoreError::Rejected(rejection)) => {
                whole = false;
                if wanted.rows.is_some_and(|slice| slice.holds(*number)) {
                    let why = Refusal::from(rejection.clone()).message(call.context.lang);
                    prepared.rows.push(unresolved(*number, kept, false, why));
                }
                prepared.refused.get_or_insert((*number, rejection));
            }
            Err(fault) => return Err(fault),
        }
    }
    // What a step left out would have booked is not missing.
    if wanted.unbooked && whole {
        let mut resolver = Resolver::new(call, &days, author.clone(), sink, before);
        prepared.unbooked = resolver.left_unbooked()?;
    }
    prepared.close(wanted);
    Ok(prepared)
}

fn apply<S: Sink + ?Sized>(
    appender: &mut Appender,
    sink: &mut S,
    step: Resolved,
    prepared: &mut CaseRun,
    wanted: RunOptions<'_>,
    hear: Hearer<'_>,
) -> Result<(), StoreError> {
    let number = step.row.step;
    if wanted.rows.is_some_and(|slice| slice.holds(number)) {
        prepared.rows.push(step.row);
    }
    match step.effect {
        Effect::Status { trade, status, amount } => {
            prepared.change(amount);
            prepared.statuses.push((trade, status));
        }
        Effect::Stub { line, original } => {
            prepared.answers.push((line, answered::Answer::TakenBack(original)));
        }
        Effect::Record { id, trade, proven } => {
            prepared.by_hand |= !proven;
            if prepared.refused.is_none() {
                trades::insert_trade(sink, id, &trade, &[Event::Captured])?;
            }
            prepared.change(trade.amount());
            prepared.recorded.push(*trade);
        }
        Effect::Book { draft, refs, original, amendments, item, line } => {
            for line in &draft.lines {
                if !prepared.before.contains_key(&line.account)
                    && let Some(head) = appender.account(sink, &line.account)?
                {
                    prepared.before.insert(line.account.clone(), head.clone());
                }
            }
            if prepared.refused.is_some() {
                return Ok(());
            }
            match appender.append(sink, &draft, refs) {
                Ok(voucher) => {
                    prepared.take(number, &voucher, wanted);
                    if wanted.entries.is_some() {
                        turn_over(&voucher, original.as_ref(), &mut prepared.turnover);
                    }
                    let trade = refs.trade.unwrap_or_default();
                    prepared.amendments.extend(amendments.into_iter().map(|amendment| (trade, amendment)));
                    prepared.items.extend(item.map(|item| (voucher.seq, item)));
                    let answer = line.map(|line| (line, answered::Answer::Booked(voucher.seq)));
                    prepared.answers.extend(answer);
                    hear(number, &voucher)?;
                }
                Err(StoreError::Rejected(rejection)) if !rejection.is_by_guard() => {
                    prepared.refused.get_or_insert((number, rejection));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Adds a voucher to the net turnover: a wipe takes its original out and leaves no trace of its own.
fn turn_over(
    voucher: &Voucher,
    original: Option<&(Date, Vec<Line>)>,
    turnover: &mut BTreeMap<(Date, AccountCode), (i64, i64)>,
) {
    let mut add = |day: Date, account: &AccountCode, side: Side, minor: i64| {
        let sums = turnover.entry((day, account.clone())).or_insert((0, 0));
        match side {
            Side::Debit => sums.0 += minor,
            Side::Credit => sums.1 += minor,
        }
    };
    match (voucher.mode, original) {
        (Mode::Wipe, Some((day, lines))) => {
            for line in lines {
                add(*day, &line.account, line.side, -line.amount_minor);
            }
        }
        _ => {
            for entry in &voucher.entries {
                add(voucher.accounting_date, &entry.account, entry.side, entry.amount_minor);
            }
        }
    }
}
