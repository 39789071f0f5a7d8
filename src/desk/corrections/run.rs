//! Runs a case: each step is resolved and its voucher appended before the next one is resolved.
//!
//! The run does not know whether its sink writes, so a preview promises exactly what a commit does.

use crate::desk::corrections::case_run::{CaseRun, RunOptions};
use crate::desk::corrections::earlier_steps::Baseline;
use crate::desk::corrections::effect::{Effect, KeptStep, Resolved};
use crate::desk::corrections::resolver::{Author, Call, Resolver};
use crate::desk::corrections::steps;
use crate::domain::account::Side;
use crate::domain::amendment::AmendableFact;
use crate::domain::chart;
use crate::domain::id::AccountCode;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::{Line, Mode, Voucher};
use crate::protocol::watch::Watch;
use crate::store::append::Appender;
use crate::store::{Sink, StoreError, answered, events, trades};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Called with each step's number and voucher as soon as it is booked, for runs too long to keep in memory.
pub(crate) type OnVoucher<'v> = &'v mut dyn FnMut(i64, &Voucher) -> Result<(), StoreError>;

/// Resolves and appends the steps one after the other. A refusal of a step is kept in the result, so that a
/// preview can show it; faults and refusals of the sink end the run.
pub(crate) fn run_steps(
    call: &Call<'_>,
    appender: &mut Appender,
    sink: &mut dyn Sink,
    author: &Author<'_>,
    staged: &[(i64, KeptStep)],
    options: RunOptions<'_>,
    watch: &mut dyn Watch,
) -> Result<CaseRun, StoreError> {
    run_steps_with(call, appender, sink, author, staged, options, watch, &mut |_, _| Ok(()))
}

/// Runs the steps and passes each voucher to `on_voucher`.
#[expect(
    clippy::too_many_arguments,
    reason = "a run needs all of them, and its callers share no more of them"
)]
pub(crate) fn run_steps_with(
    call: &Call<'_>,
    appender: &mut Appender,
    sink: &mut dyn Sink,
    author: &Author<'_>,
    staged: &[(i64, KeptStep)],
    options: RunOptions<'_>,
    watch: &mut dyn Watch,
    on_voucher: OnVoucher<'_>,
) -> Result<CaseRun, StoreError> {
    appender.begin(sink)?;
    // As they are before the first step: no step is dated by a day that another one opens.
    let days = appender.days().clone();
    // Each step is resolved over the ledger as it was before the first one, whether the others are written
    // already or not.
    let mut before = Baseline::at(appender.head().0);
    let mut run = CaseRun::default();
    let mut whole = true;
    for (done, (number, kept)) in (1..).zip(staged) {
        watch.step(done, staged.len())?;
        let mut resolver = Resolver::new(call, &days, author.clone(), &mut *sink, before);
        let resolved = steps::resolve(&mut resolver, *number, kept);
        before = resolver.baseline();
        match resolved {
            Ok(step) => apply(call, appender, sink, step, &mut run, options, on_voucher)?,
            Err(StoreError::Rejected(rejection)) => {
                let rejection = chart::with_ways(rejection, &call.in_force.chart);
                whole = false;
                if options.rows.is_some_and(|slice| slice.holds(*number)) {
                    let why = call.message(rejection.clone());
                    run.rows.push(steps::unresolved(*number, kept, false, why));
                }
                run.refuse(*number, rejection);
            }
            Err(fault) => return Err(fault),
        }
    }
    // If a step was refused, what it would have booked is not reported as missing.
    if options.unbooked && whole {
        let mut resolver = Resolver::new(call, &days, author.clone(), sink, before);
        run.unbooked = resolver.left_unbooked()?;
    }
    run.close(options);
    Ok(run)
}

fn apply<S: Sink + ?Sized>(
    call: &Call<'_>,
    appender: &mut Appender,
    sink: &mut S,
    step: Resolved,
    run: &mut CaseRun,
    options: RunOptions<'_>,
    on_voucher: OnVoucher<'_>,
) -> Result<(), StoreError> {
    let number = step.row.step;
    if options.rows.is_some_and(|slice| slice.holds(number)) {
        run.rows.push(step.row);
    }
    match step.effect {
        Effect::Status { trade, status, amount, proven } => {
            run.by_hand |= !proven;
            run.change(amount);
            run.statuses.push((trade, status));
        }
        Effect::Dismiss { claims, reason, amount } => {
            run.change(amount);
            run.dismissed.extend(claims.into_iter().map(|claim| (claim, reason.clone())));
        }
        Effect::Statement(end) => {
            // Another step of the case says already how it stands from now on.
            if run.statements.iter().any(|known| known.meets(&end)) {
                run.refuse(number, Rejection::new(Code::BillState).with("bill", end.statement));
                return Ok(());
            }
            for moved in &end.moved {
                run.change(*moved);
            }
            run.statements.push(end);
        }
        Effect::Stub { line, original } => {
            run.answers.push((line, answered::Answer::TakenBack(original)));
        }
        Effect::Record { id, trade, proven } => {
            run.by_hand |= !proven;
            if run.refused.is_none() {
                trades::insert_trade(sink, id, &trade, &call.in_force.events_of(trade.kind))?;
            }
            run.change(trade.amount());
            run.recorded.push(*trade);
            run.recorded_in.push(id);
        }
        Effect::Book { draft, refs, original, amendments, item, line, arises } => {
            let mut unknown = None;
            for line in &draft.lines {
                if run.before.contains_key(&line.account) {
                    continue;
                }
                match appender.account(sink, &line.account)? {
                    Some(head) => drop(run.before.insert(line.account.clone(), head.clone())),
                    None => unknown = unknown.or(Some(&line.account)),
                }
            }
            if run.refused.is_some() {
                // Nothing is booked behind a refused step, but an account that is missing is missing all the same.
                if let Some(account) = unknown {
                    let rejection = Rejection::new(Code::AccountUnknown).with("account", account);
                    run.refuse(number, chart::with_ways(rejection, &call.in_force.chart));
                }
                return Ok(());
            }
            // A trade that moved nothing came without events; its corrected amount is posted all the same. Asked
            // once: a batch for a cluster does not see what it will write.
            let amends = amendments.iter().any(|amendment| amendment.fact == AmendableFact::Amount);
            let is_new = || run.recorded.iter().any(|new| Some(&new.trade_no) == draft.trade_no.as_ref());
            let may_lack = arises || (amends && !is_new());
            if let Some((row, event)) = refs.event.zip(draft.event).filter(|_| may_lack) {
                events::ensure_event(sink, row, event)?;
            }
            match appender.append(sink, &draft, refs) {
                Ok(voucher) => {
                    run.take(number, &voucher, options);
                    run.reversed.extend(refs.reverses);
                    if options.entries.is_some() {
                        turn_over(&voucher, original.as_ref(), &mut run.turnover);
                    }
                    let trade = refs.trade.unwrap_or_default();
                    run.amendments.extend(amendments.into_iter().map(|amendment| (trade, amendment)));
                    run.items.extend(item.map(|item| (voucher.seq, item)));
                    let answer = line.map(|line| (line, answered::Answer::Booked(voucher.seq)));
                    run.answers.extend(answer);
                    on_voucher(number, &voucher)?;
                }
                Err(StoreError::Rejected(rejection)) if !rejection.is_by_guard() => {
                    let rejection = chart::with_ways(rejection, &call.in_force.chart);
                    run.refuse(number, rejection);
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Adds a voucher to the net turnover; a wipe subtracts its original and adds nothing of its own.
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
