//! Reconciliation of the days that a case touches, before it and after it.
//!
//! The day is compared as it stands. What the case changes about trades and lines is written into an excerpt of the
//! ledger in memory that has their references, and compared there before and after by the same code; the rest of the
//! day stays as it is, since no other reference is concerned.
//!
//! A statement that ends or comes also reaches days that it does not cover: which merchant numbers a later day needs is
//! learnt from it, and trades of earlier days wait for as long as it does not stand. Such a trade has a finding, so the
//! trades of the channel with findings are compared as well. Statements that never came are read for both states.

use crate::desk::cases::commit::{write_lines, write_trades};
use crate::desk::corrections::case_run::CaseRun;
use crate::desk::corrections::effect::{KeptStep, StatementEnd};
use crate::desk::corrections::steps::touches;
use crate::desk::day_tally::{DayScope, DayTally, tally};
use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::desk::missing::{self, Asked};
use crate::domain::cut::KnownDays;
use crate::domain::id::ChannelRef;
use crate::domain::period::Moment;
use crate::domain::statement::{BillState, LineKind};
use crate::domain::trade::Channel;
use crate::protocol::cases::CaseRow;
use crate::protocol::context::Context;
use crate::protocol::preview::{DayReconciled, Preview, SumReconciled};
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{MissingBill, ReconRow, ReconSum};
use crate::protocol::watch::Watch;
use crate::store::amendments::Change;
use crate::store::excerpt::{self, Excerpt, References};
use crate::store::kept::Part;
use crate::store::{Reader, StoreError, bills, coverage, statements, trades};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A day of a channel.
type Day = (Channel, Date);

/// What the ledger has of each channel.
type KnownChannels = BTreeMap<Channel, KnownDays>;

/// What has findings, by row.
struct Found {
    /// Trades of the channels whose statements the case changes.
    trades: Vec<i64>,
    /// Lines without a trade.
    lines: BTreeSet<i64>,
}

/// What a case changes about a day: the rows concerned, before and after, and the statements that lack.
#[derive(Default)]
struct Changed {
    before: DayTally,
    after: DayTally,
    missing_gone: Vec<MissingBill>,
    missing_came: Vec<MissingBill>,
}

impl OpenLedger {
    /// Returns the reconciliation of the days that a case touches, those that it changes first, and the number of
    /// all of them.
    pub(crate) fn reconciled_days(
        &mut self,
        context: &Context,
        case: &CaseRow,
        run: &CaseRun,
        steps: &[(i64, KeptStep)],
        watch: &mut dyn Watch,
    ) -> Result<(Vec<DayReconciled>, usize), Refusal> {
        if !run.statements.is_empty() {
            self.update_findings(context, watch)?;
        }
        let Self { engine, in_force, memory, .. } = self;
        let reader = &mut **engine;
        let found = Found {
            trades: memory.found_at(&channels(reader, run)?).collect(),
            lines: memory.rows_of(Part::Line),
        };
        let known = coverage::known_days(reader)?;
        let mut days = touched(reader, run, steps)?;
        let mut changed = changed(reader, in_force, (context, case, run), found, &known)?;
        compare_missing(reader, in_force, context.now, run, &mut changed)?;
        days.extend(changed.iter().filter(|(_, change)| change.any()).map(|(day, _)| *day));
        let count = days.len();
        let (first, then): (Vec<Day>, Vec<Day>) =
            days.into_iter().partition(|day| changed.get(day).is_some_and(Changed::any));
        let mut shown = Vec::new();
        for (channel, day) in first.into_iter().chain(then).take(Preview::DAYS) {
            let scope = DayScope { channel, day, known: &known, most: 0 };
            let whole = tally(reader, in_force, scope)?;
            shown.push(reconciled((channel, day), &whole, changed.get(&(channel, day)))?);
        }
        Ok((shown, count))
    }
}

/// Returns the days of the trades, lines and statements that the steps are about.
fn touched<R: Reader + ?Sized>(
    reader: &mut R,
    run: &CaseRun,
    steps: &[(i64, KeptStep)],
) -> Result<BTreeSet<Day>, StoreError> {
    let mut refs: BTreeSet<(Channel, ChannelRef)> = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (_, step) in steps {
        if let Some(trade_no) = touches(reader, step)?.filter(|trade_no| !seen.contains(trade_no)) {
            refs.extend(excerpt::ref_of_trade(reader, &trade_no)?);
            seen.insert(trade_no);
        }
    }
    refs.extend(run.answers.iter().map(|(line, _)| (line.channel, line.channel_ref.clone())));
    let mut days = BTreeSet::new();
    for (channel, channel_ref) in refs {
        let of = excerpt::days_of_ref(reader, channel, &channel_ref)?;
        days.extend(of.into_iter().map(|day| (channel, day)));
    }
    for end in &run.statements {
        days.extend(days_of_statement(reader, end)?);
    }
    Ok(days)
}

/// Returns the days of a statement and of those in whose place it comes.
fn days_of_statement<R: Reader + ?Sized>(reader: &mut R, end: &StatementEnd) -> Result<Vec<Day>, StoreError> {
    let mut days = Vec::new();
    for id in end.replaces.iter().copied().chain(std::iter::once(end.statement)) {
        let head = bills::one(reader, id)?.map(|(bill, _)| bill.head);
        days.extend(head.and_then(|head| Some((head.channel, head.day?))));
    }
    Ok(days)
}

/// Returns the channels of the statements that the case changes.
fn channels<R: Reader + ?Sized>(reader: &mut R, run: &CaseRun) -> Result<BTreeSet<Channel>, StoreError> {
    let mut channels = BTreeSet::new();
    for end in &run.statements {
        channels.extend(bills::one(reader, end.statement)?.map(|(bill, _)| bill.head.channel));
    }
    Ok(channels)
}

/// Compares which statements never came, before the case and after it.
fn compare_missing<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    now: Moment,
    run: &CaseRun,
    changed: &mut BTreeMap<Day, Changed>,
) -> Result<(), StoreError> {
    if run.statements.is_empty() {
        return Ok(());
    }
    let mut states = BTreeMap::new();
    for end in &run.statements {
        states.extend(end.replaces.iter().map(|replaced| (*replaced, BillState::Replaced)));
        states.insert(end.statement, end.state);
    }
    let mut read = |otherwise| {
        let missing = missing::missing(reader, in_force, now, Asked { otherwise, ..Asked::default() })?;
        Ok::<_, StoreError>(missing.days.into_iter().flat_map(|days| days.missing).collect::<Vec<_>>())
    };
    let (before, after) = (read(None)?, read(Some(&states))?);
    for one in before.iter().filter(|one| !after.contains(one)) {
        changed.entry((one.channel, one.day)).or_default().missing_gone.push(one.into());
    }
    for one in after.iter().filter(|one| !before.contains(one)) {
        changed.entry((one.channel, one.day)).or_default().missing_came.push(one.into());
    }
    Ok(())
}

/// Returns the references of the trades and lines that the case changes, beyond their postings. Of the trades with
/// findings those that no line answers are among them.
fn references<R: Reader + ?Sized>(
    reader: &mut R,
    run: &CaseRun,
    found: Found,
) -> Result<References, StoreError> {
    let mut refs = References::new();
    let mut add = |(channel, channel_ref): (Channel, ChannelRef)| {
        refs.entry(channel).or_default().insert(channel_ref);
    };
    let amended = run.amendments.iter().map(|(trade, _)| *trade);
    let trades: BTreeSet<i64> = run.statuses.iter().map(|(trade, _)| *trade).chain(amended).collect();
    for trade in trades {
        if let Some(found) = excerpt::ref_in_row(reader, trade)? {
            add(found);
        }
    }
    for trade in &run.recorded {
        add((trade.channel, trade.channel_ref.clone()));
    }
    for (line, _) in &run.answers {
        add((line.channel, line.channel_ref.clone()));
    }
    for voucher in &run.reversed {
        if let Some(found) = excerpt::ref_answered_by(reader, *voucher)? {
            add(found);
        }
    }
    for end in &run.statements {
        for (channel, day) in days_of_statement(reader, end)? {
            for channel_ref in excerpt::refs_of_day(reader, channel, day)? {
                add((channel, channel_ref));
            }
        }
    }
    excerpt::refs_without_line(reader, found.trades)?.into_iter().for_each(&mut add);
    // Whether a line of another day still waits for its trade hangs on which statements stand.
    let channels = channels(reader, run)?;
    if !channels.is_empty() {
        for (_, channel, row) in statements::orphan_lines(reader, Some(&found.lines))? {
            if let Some(channel) = channel.parse().ok().filter(|channel| channels.contains(channel)) {
                add((channel, row.line.channel_ref));
            }
        }
    }
    Ok(refs)
}

/// Returns what is known of the channels after the case.
fn known_after<R: Reader + ?Sized>(
    reader: &mut R,
    run: &CaseRun,
    known: &KnownChannels,
) -> Result<KnownChannels, StoreError> {
    let mut known = known.clone();
    for trade in &run.recorded {
        let of = known.entry(trade.channel).or_default();
        of.trades = of.trades.max(Some(trade.business_date));
    }
    let ended: BTreeSet<i64> = run
        .statements
        .iter()
        .flat_map(|end| {
            let own = (end.state != BillState::Standing).then_some(end.statement);
            end.replaces.iter().copied().chain(own)
        })
        .collect();
    for end in &run.statements {
        for (channel, day) in days_of_statement(reader, end)? {
            let standing = bills::standing(reader, channel.as_str(), &day.to_string())?;
            if standing.iter().all(|bill| ended.contains(&bill.id)) {
                known.entry(channel).or_default().statements.remove(&day);
            }
        }
    }
    for end in run.statements.iter().filter(|end| end.state == BillState::Standing) {
        if let Some(head) = bills::one(reader, end.statement)?.map(|(bill, _)| bill.head) {
            known.entry(head.channel).or_default().statements.extend(head.day);
        }
    }
    Ok(known)
}

/// Compares the days of what the case changes, before and after it.
fn changed<R: Reader + ?Sized>(
    reader: &mut R,
    in_force: &InForce,
    (context, case, run): (&Context, &CaseRow, &CaseRun),
    found: Found,
    known: &KnownChannels,
) -> Result<BTreeMap<Day, Changed>, StoreError> {
    let refs = references(reader, run, found)?;
    if refs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut copy = Excerpt::of(reader, &refs)?;
    let mut before = all_days(&mut copy, in_force, known)?;
    let change = Change { case_no: &case.case_no, operator: &case.maker, now: context.now };
    copy.write(&mut |sink| {
        for (id, trade) in run.recorded_in.iter().zip(&run.recorded) {
            trades::insert_trade(sink, *id, trade, &in_force.events_of(trade.kind))?;
        }
        for voucher in &run.reversed {
            Excerpt::take_back_answer(sink, *voucher)?;
        }
        write_trades(sink, run, change, &case.reason)?;
        write_lines(sink, run, change)
    })?;
    let after = all_days(&mut copy, in_force, &known_after(reader, run, known)?)?;
    let mut changed = BTreeMap::new();
    for (day, after) in after {
        let before = before.remove(&day).unwrap_or_default();
        changed.insert(day, Changed { before, after, ..Changed::default() });
    }
    changed.extend(before.into_iter().map(|(day, before)| (day, Changed { before, ..Changed::default() })));
    Ok(changed)
}

/// Compares all days of an excerpt.
fn all_days(
    copy: &mut Excerpt,
    in_force: &InForce,
    known: &KnownChannels,
) -> Result<BTreeMap<Day, DayTally>, StoreError> {
    let mut tallies = BTreeMap::new();
    for (channel, day) in copy.days()? {
        let scope = DayScope { channel, day, known, most: usize::MAX };
        tallies.insert((channel, day), tally(copy, in_force, scope)?);
    }
    Ok(tallies)
}

impl Changed {
    /// Returns whether anything is changed.
    fn any(&self) -> bool {
        self.before != self.after || !self.missing_gone.is_empty() || !self.missing_came.is_empty()
    }
}

/// Returns the reconciliation of a day that is compared whole, with what the case changes about it.
fn reconciled(
    (channel, day): Day,
    whole: &DayTally,
    changed: Option<&Changed>,
) -> Result<DayReconciled, StoreError> {
    let mut sums: BTreeMap<(String, LineKind), (ReconSum, ReconSum)> = BTreeMap::new();
    let key = |sum: &ReconSum| (sum.currency.clone(), sum.way);
    for sum in whole.sums()? {
        sums.insert(key(&sum), (sum.clone(), sum));
    }
    let (mut gone, mut came) = (Vec::new(), Vec::new());
    let (mut missing_gone, mut missing_came) = (Vec::new(), Vec::new());
    let mut open_after = whole.open();
    if let Some(Changed { before, after, missing_gone: found, missing_came: lacking }) = changed {
        missing_gone.clone_from(found);
        missing_came.clone_from(lacking);
        open_after = open_after.saturating_sub(before.open()).saturating_add(after.open());
        for (of, sign) in [(before, -1), (after, 1)] {
            for sum in of.sums()? {
                let nothing = ReconSum {
                    ours_minor: 0,
                    theirs_minor: 0,
                    only_channel_minor: 0,
                    only_ours_minor: 0,
                    ..sum.clone()
                };
                let (_, moved) = sums.entry(key(&sum)).or_insert_with(|| (nothing.clone(), nothing));
                for (at, more) in [
                    (&mut moved.ours_minor, sum.ours_minor),
                    (&mut moved.theirs_minor, sum.theirs_minor),
                    (&mut moved.only_channel_minor, sum.only_channel_minor),
                    (&mut moved.only_ours_minor, sum.only_ours_minor),
                ] {
                    *at = at.saturating_add(more.saturating_mul(sign));
                }
            }
        }
        gone = without(&before.rows, &after.rows);
        came = without(&after.rows, &before.rows);
    }
    let (gone_count, came_count) = (gone.len(), came.len());
    gone.truncate(DayReconciled::ITEMS);
    came.truncate(DayReconciled::ITEMS);
    let sums = sums.into_values().map(|(before, after)| SumReconciled::new(before, after)).collect();
    Ok(DayReconciled {
        channel,
        day,
        sums,
        open_before: whole.open(),
        open_after,
        gone,
        came,
        gone_count,
        came_count,
        missing_gone,
        missing_came,
    })
}

/// Returns the rows that others do not have, in their order.
fn without(rows: &[ReconRow], others: &[ReconRow]) -> Vec<ReconRow> {
    let mut by_ref: BTreeMap<&ChannelRef, Vec<&ReconRow>> = BTreeMap::new();
    for other in others {
        by_ref.entry(&other.channel_ref).or_default().push(other);
    }
    let is_there = |row: &ReconRow| by_ref.get(&row.channel_ref).is_some_and(|same| same.contains(&row));
    rows.iter().filter(|row| !is_there(row)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Desk;
    use crate::i18n::Lang;
    use crate::protocol::watch::Unwatched;
    use crate::sample::{Planting, SamplePlan, demo_ledger};
    use crate::store::reconcile::channel_days;
    use jiff::civil::date;

    #[test]
    fn each_day_of_an_excerpt_is_compared_as_the_ledger_is() {
        let dir = tempfile::tempdir().unwrap();
        let context = Context {
            operator: "op".parse().unwrap(),
            now: "2018-09-18T23:59:59+08:00".parse().unwrap(),
            lang: Lang::En,
        };
        let path = dir.path().join("made.db");
        let began = "2018-09-10T08:00:00+08:00".parse().unwrap();
        let ledger = OpenLedger::create(&path, &demo_ledger("id"), &context.operator, began).unwrap();
        let mut desk = Desk::from(ledger);
        let plan = SamplePlan {
            planted: Planting::OneOfEach,
            ..SamplePlan::new(2000, 120, 7, date(2018, 9, 12), 7)
        };
        desk.ledger_mut().generate(&context, &plan, &mut Unwatched, &mut |_| Ok(())).unwrap();
        let OpenLedger { engine, in_force, .. } = desk.ledger_mut();
        let reader = &mut **engine;
        let known = coverage::known_days(reader).unwrap();
        let days = channel_days(reader).unwrap();
        assert!(days.len() > 7);
        let mut open = 0;
        for found in days {
            let (channel, day) = (found.channel, found.day);
            let scope = DayScope { channel, day, known: &known, most: usize::MAX };
            let refs = excerpt::refs_of_day(reader, channel, day).unwrap().into_iter().collect();
            let mut copy = Excerpt::of(reader, &References::from([(channel, refs)])).unwrap();
            let whole = tally(reader, in_force, scope).unwrap();
            open += whole.open();
            assert_eq!(tally(&mut copy, in_force, scope).unwrap(), whole, "{channel} {day}");
        }
        assert!(open > 3, "differences are among them");
    }
}
