//! Findings: walking over the trades and telling what is wrong.
//!
//! What was found is remembered by trade. Later questions look again only at trades that a voucher, an amendment or a
//! status correction has touched since, and at everything where a statement, a rule set or a day's state came in between
//! or the clock moved on.

use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::domain::account::Subject;
use crate::domain::chart::{is_suspense, subject_of};
use crate::domain::compare::compare;
use crate::domain::correction::to_prior_year;
use crate::domain::due::{Due, NotDue, facts_of};
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::id::AccountCode;
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::position::{PositionVoucher, TradePosition};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Expected;
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, ReconStatus, TradeKind, TradeStatus};
use crate::domain::voucher::{Line, VoucherKind};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::awaits_trade;
use crate::protocol::watch::{Progress, Watch};
use crate::store::positions::{CHUNK, positions};
use crate::store::{Reader, answered, statements, trades, watermark};
use std::sync::atomic::{AtomicI64, Ordering};

/// How long a succeeded trade may wait for its posting before that is a finding: posting runs every few minutes.
const GRACE_SECONDS: i64 = 600;

/// Up to this many trades everything is looked at anew whenever the clock moved; beyond it, findings that depend on the
/// clock alone (a window that ended) may be [`STALE_SECONDS`] late.
const SMALL: i64 = 20_000;

/// See [`SMALL`].
const STALE_SECONDS: i64 = 600;

/// Statement lines without a trade that are reported; a bill imported before its trades has every line without one.
const MAX_ORPHANS: usize = 10_000;

impl OpenLedger {
    /// Brings the memory up to date.
    pub(crate) fn look(&mut self, context: &Context, watch: &mut dyn Watch) -> Result<(), Refusal> {
        let mark = watermark::read(&mut *self.engine)?;
        // What a rehearsal sees is not remembered.
        if self.engine.is_prefetch() {
            return Ok(());
        }
        let last = mark.trades;
        let clock_ok = self.memory.at.is_some_and(|at| {
            at == context.now || (last > SMALL && context.now.seconds_since(at).abs() < STALE_SECONDS)
        });
        let touched = match &self.memory.mark {
            Some(before) if clock_ok && before.same_ground(&mark) => {
                Some(watermark::touched(&mut *self.engine, before, &mark)?)
            }
            _ => None,
        };
        match touched {
            Some(trades) => {
                for trade in trades {
                    self.look_at(context, trade, trade)?;
                }
                // The statements are the same; only a new trade can answer to a line, or bring a later day.
                let moved = match &self.memory.mark {
                    Some(before) => {
                        before.trades != mark.trades
                            || before.answers != mark.answers
                            || watermark::without_trade(&mut *self.engine, before)?
                    }
                    None => true,
                };
                if moved {
                    self.look_at_orphans(context.now)?;
                }
            }
            None => self.look_at_all(context, last, watch)?,
        }
        self.memory.mark = Some(mark);
        self.memory.at = Some(context.now);
        Ok(())
    }

    /// Looks at every trade: here, and beside it on a reader of its own where the engine has one. Whoever is done with a
    /// chunk takes the next.
    fn look_at_all(&mut self, context: &Context, last: i64, watch: &mut dyn Watch) -> Result<(), Refusal> {
        self.memory.forget();
        let beside = if last > CHUNK { self.engine.second_reader() } else { None };
        let looker = Looker { in_force: &self.in_force, now: context.now };
        let next = AtomicI64::new(1);
        let chunk = || {
            let from = next.fetch_add(CHUNK, Ordering::Relaxed);
            (from <= last).then(|| (from, last.min(from + CHUNK - 1)))
        };
        let (engine, memory) = (&mut self.engine, &mut self.memory);
        std::thread::scope(|scope| {
            let helper = beside.map(|mut reader| {
                scope.spawn(move || {
                    let mut found = Vec::new();
                    while let Some((from, until)) = chunk() {
                        found.extend(looker.look(&mut *reader, from, until)?.into_iter().filter(has_any));
                    }
                    Ok::<_, Refusal>(found)
                })
            });
            let mut looked = Ok(());
            while let (Ok(()), Some((from, until))) = (&looked, chunk()) {
                looked = looker.look(&mut **engine, from, until).map(|found| memory.keep(found));
                watch.progress(Progress { done: until.unsigned_abs(), total: Some(last.unsigned_abs()) });
                if watch.cancelled() {
                    looked = Err(Rejection::new(Code::Cancelled).into());
                }
            }
            if looked.is_err() {
                next.store(last + 1, Ordering::Relaxed);
            }
            if let Some(helper) = helper {
                let helped = helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                looked = looked.and(helped.map(|found| memory.keep(found)));
            }
            looked
        })
        .inspect_err(|_| self.memory.forget())?;
        self.look_at_orphans(context.now)
    }

    fn look_at_orphans(&mut self, now: Moment) -> Result<(), Refusal> {
        let mut orphans = self.orphans(now)?;
        let unclaimed = answered::unclaimed(&mut *self.engine)?;
        orphans.extend(unclaimed.into_iter().map(|item| unclaimed_money(item, now)));
        if orphans.is_empty() {
            self.memory.found.remove(&0);
        } else {
            self.memory.found.insert(0, orphans);
        }
        Ok(())
    }

    fn look_at(&mut self, context: &Context, from: i64, until: i64) -> Result<(), Refusal> {
        let looker = Looker { in_force: &self.in_force, now: context.now };
        let found = looker.look(&mut *self.engine, from, until)?;
        self.memory.keep(found);
        Ok(())
    }

    /// The findings of one trade, without looking at any other.
    pub(crate) fn findings_of(&mut self, context: &Context, trade: i64) -> Result<Vec<Finding>, Refusal> {
        let looker = Looker { in_force: &self.in_force, now: context.now };
        let found = looker.look(&mut *self.engine, trade, trade)?;
        Ok(found.into_iter().flat_map(|(_, found)| found).map(|finding| worded(finding, context)).collect())
    }

    /// Rows of the trades that have findings other than waiting ones.
    pub(crate) fn rows_with_findings(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Vec<i64>, Refusal> {
        self.look(context, watch)?;
        Ok(self
            .memory
            .found
            .iter()
            .filter(|(row, found)| **row > 0 && found.iter().any(|one| one.cause != Cause::Waiting))
            .map(|(row, _)| *row)
            .collect())
    }

    /// Statement lines that no trade answers to.
    fn orphans(&mut self, now: Moment) -> Result<Vec<Finding>, Refusal> {
        let newest = watermark::newest_day(&mut *self.engine)?;
        let lines = statements::orphan_lines(&mut *self.engine, MAX_ORPHANS)?;
        let currency = self.in_force.currency().code();
        let cut_from = self.in_force.policy.cut_from();
        let mut early = Vec::with_capacity(lines.len());
        for (channel, row) in &lines {
            let original = row.line.original_ref.as_ref().filter(|_| row.line.kind != LineKind::Pay);
            let held = match (original, channel.parse::<Channel>()) {
                // What the channel itself lists as paid was no reversal in advance.
                (Some(original), Ok(channel)) => {
                    let theirs =
                        statements::lines_of(&mut *self.engine, channel.as_str(), original.as_str())?;
                    theirs.iter().any(|line| line.line.kind == LineKind::Pay)
                        || !trades::trades_with_ref(&mut *self.engine, channel, original)?.is_empty()
                }
                _ => true,
            };
            early.push(!held);
        }
        Ok(lines
            .into_iter()
            .zip(early)
            .map(|((channel, row), early)| {
                let waits = awaits_trade(&row, newest.as_deref(), &cut_from);
                let (cause, key, scenario) = match (waits, early) {
                    (true, _) => (Cause::Waiting, "finding.cut_over_no_trade", "S13"),
                    (false, true) => (Cause::ReversedInAdvance, "finding.reversed_in_advance", "S26"),
                    (false, false) if channel == Channel::Bank.as_str() => {
                        (Cause::Long, "finding.no_trade", "S28")
                    }
                    (false, false) if row.line.kind == LineKind::Refund => {
                        (Cause::Long, "finding.no_trade", "S14")
                    }
                    (false, false) => (Cause::Long, "finding.no_trade", "S03"),
                };
                Finding {
                    finding: format!("{cause}/{channel}/{}", row.line.channel_ref),
                    cause,
                    scenario: scenario.to_owned(),
                    trade_no: None,
                    event: None,
                    voucher_no: None,
                    account: None,
                    channel: channel.parse::<Channel>().ok(),
                    channel_ref: Some(row.line.channel_ref.to_string()),
                    expected_minor: Some(row.line.amount_minor),
                    actual_minor: Some(0),
                    amount_minor: row.line.amount_minor,
                    currency: currency.to_owned(),
                    since: row.line.occurred_at,
                    age_seconds: now.seconds_since(row.line.occurred_at),
                    severity: cause.severity(),
                    note: Note::new(key)
                        .with("channel", &channel)
                        .with("ref", &row.line.channel_ref)
                        .with("file", &row.file)
                        .with("line", row.line.line),
                    detail: String::new(),
                }
            })
            .collect())
    }
}

/// What looking at a trade takes besides a reader of the ledger.
#[derive(Clone, Copy)]
struct Looker<'d> {
    in_force: &'d InForce,
    now: Moment,
}

impl Looker<'_> {
    /// The findings of each trade in rows `from..=until`, without those that only channels know of.
    fn look<R: Reader + ?Sized>(
        self,
        reader: &mut R,
        from: i64,
        until: i64,
    ) -> Result<Vec<(i64, Vec<Finding>)>, Refusal> {
        if !reader.is_prefetch() {
            while reader.prefetch_pass()? {
                let _ = self.read(reader, from, until);
            }
        }
        let mut trades = Vec::new();
        let taken_back = answered::taken_back(reader, from, until)?;
        for standing in positions(reader, from, until)? {
            let mut found = Vec::new();
            let happened = !matches!(standing.status_now, TradeStatus::Failed | TradeStatus::Closed);
            if happened && let Some((_, line)) = taken_back.iter().find(|(id, _)| *id == standing.id) {
                let mut finding = blank(&standing, Cause::ReversedInAdvance, self.now);
                finding.note = Note::new("finding.reversed_in_advance_trade")
                    .with("channel", standing.trade.channel)
                    .with("ref", line);
                trades.push((standing.id, vec![finding]));
                continue;
            }
            in_books(self.in_force, &standing, self.now, &mut found);
            self.at_channel(reader, &standing, &mut found)?;
            found.extend(self.refund_rest(reader, &standing)?);
            trades.push((standing.id, found));
        }
        Ok(trades)
    }

    /// Reads what looking at the trades takes, for nothing but that.
    fn read<R: Reader + ?Sized>(self, reader: &mut R, from: i64, until: i64) -> Result<(), Refusal> {
        let _ = answered::taken_back(reader, from, until)?;
        for standing in positions(reader, from, until)? {
            self.at_channel(reader, &standing, &mut Vec::new())?;
            self.refund_rest(reader, &standing)?;
        }
        Ok(())
    }

    /// What the refunds of a payment leave of its fee: rounding of each part, which the last one should take. Looked at where
    /// a payment went back whole and the channel gives fees back at all; a difference beside the last refund settles it.
    fn refund_rest<R: Reader + ?Sized>(
        self,
        reader: &mut R,
        standing: &TradePosition,
    ) -> Result<Option<Finding>, Refusal> {
        let trade = &standing.trade;
        let Some(original) = trade.original_ref.as_ref().filter(|_| trade.kind == TradeKind::Refund) else {
            return Ok(None);
        };
        let settled = standing.vouchers.iter().any(|voucher| {
            voucher.kind == VoucherKind::Adjust && voucher.event.is_none() && !voucher.reversed
        });
        let refunds = trades::refunds_of(reader, trade.channel, original)?;
        if settled || refunds.len() < 2 || refunds.last().is_none_or(|(id, _, _)| *id != standing.id) {
            return Ok(None);
        }
        let Some((amount, fee)) = trades::original_of(reader, trade.channel, original)? else {
            return Ok(None);
        };
        let sum = |of: fn(&(i64, i64, i64)) -> i64| refunds.iter().map(of).fold(0, i64::saturating_add);
        let (back, given) = (sum(|refund| refund.1), sum(|refund| -refund.2));
        let rest = fee - given;
        let parts = i64::try_from(refunds.len()).unwrap_or(i64::MAX);
        if back != amount || given == 0 || rest == 0 || rest.abs() > parts {
            return Ok(None);
        }
        let mut finding = blank(standing, Cause::RefundFeeRest, self.now);
        finding.expected_minor = Some(given);
        finding.actual_minor = Some(fee);
        finding.amount_minor = rest.abs();
        let money = |minor| Money::new(minor, trade.currency).grouped();
        finding.note = Note::new("finding.refund_fee_rest")
            .with("count", refunds.len())
            .with("given", money(given))
            .with("fee", money(fee));
        Ok(Some(finding))
    }

    /// Differences with the channel's statements.
    fn at_channel<R: Reader + ?Sized>(
        self,
        reader: &mut R,
        standing: &TradePosition,
        found: &mut Vec<Finding>,
    ) -> Result<(), Refusal> {
        let trade = &standing.trade;
        let cause = match standing.recon {
            ReconStatus::Unmatched | ReconStatus::Matched => return Ok(()),
            ReconStatus::Long | ReconStatus::Duplicate => Cause::Long,
            ReconStatus::Short => Cause::Short,
            ReconStatus::AmountDiff => Cause::AmountDiff,
            ReconStatus::FeeDiff => Cause::ChannelFeeDiff,
            ReconStatus::Waiting => Cause::Waiting,
        };
        let lines = statements::lines_of(reader, trade.channel.as_str(), trade.channel_ref.as_str())?;
        let facts = facts_of(trade, standing.status_now, &standing.amendments)?;
        let money = |minor| Money::new(minor, trade.currency).grouped();
        let line = lines.first();
        let mut finding = blank(standing, cause, self.now);
        finding.amount_minor = facts.amount_minor;
        finding.expected_minor = line.map(|line| line.line.amount_minor);
        finding.actual_minor = Some(facts.amount_minor);
        finding.voucher_no = live(standing, Event::Captured).next().map(|voucher| voucher.voucher_no.clone());
        let base = Note::new("").with("channel", trade.channel).with("ref", &trade.channel_ref);
        let text = |key: &str| Note { key: key.to_owned(), ..base.clone() };
        match (standing.recon, line) {
            (ReconStatus::Long, Some(line)) => {
                finding.amount_minor = line.line.amount_minor;
                finding.actual_minor = Some(0);
                finding.note = text("finding.long")
                    .with("ours", standing.status_now)
                    .with("theirs", line.line.status)
                    .with("amount", money(line.line.amount_minor));
            }
            (ReconStatus::Duplicate, Some(line)) => {
                finding.amount_minor = line.line.amount_minor;
                finding.note = text("finding.duplicate").with("count", lines.len());
            }
            (ReconStatus::AmountDiff, Some(line)) => {
                finding.amount_minor = (line.line.amount_minor - facts.amount_minor).abs();
                finding.note = text("finding.amount_diff")
                    .with("ours", money(facts.amount_minor))
                    .with("theirs", money(line.line.amount_minor));
            }
            (ReconStatus::FeeDiff, Some(line)) => {
                finding.expected_minor = Some(line.line.fee_minor);
                finding.actual_minor = Some(facts.fee_minor);
                finding.amount_minor = (line.line.fee_minor - facts.fee_minor).abs();
                finding.note = text("finding.channel_fee_diff")
                    .with("ours", money(facts.fee_minor))
                    .with("theirs", money(line.line.fee_minor));
            }
            (ReconStatus::Waiting, Some(line)) => {
                finding.note = text("finding.cut_over")
                    .with("day", trade.business_date)
                    .with("bill_day", line.day.map_or_else(String::new, |day| day.to_string()));
            }
            (ReconStatus::Waiting, None) => finding.note = text("finding.cut_over_no_line"),
            _ => {
                finding.expected_minor = Some(0);
                finding.note = text("finding.short").with("day", trade.business_date);
            }
        }
        if trade.kind == TradeKind::Refund && cause == Cause::Long {
            "S14".clone_into(&mut finding.scenario);
        }
        found.push(finding);
        Ok(())
    }
}

fn has_any((_, found): &(i64, Vec<Finding>)) -> bool {
    !found.is_empty()
}

pub(crate) fn worded(mut finding: Finding, context: &Context) -> Finding {
    finding.age_seconds = context.now.seconds_since(finding.since);
    finding.detail = i18n::note(context.lang, &finding.note);
    finding
}

fn blank(standing: &TradePosition, cause: Cause, now: Moment) -> Finding {
    let trade = &standing.trade;
    Finding {
        finding: format!("{cause}/{}", trade.trade_no),
        cause,
        scenario: scenario(cause).to_owned(),
        trade_no: Some(trade.trade_no.clone()),
        event: None,
        voucher_no: None,
        account: None,
        channel: Some(trade.channel),
        channel_ref: Some(trade.channel_ref.to_string()),
        expected_minor: None,
        actual_minor: None,
        amount_minor: trade.amount_minor,
        currency: trade.currency.code().to_owned(),
        since: trade.occurred_at,
        age_seconds: now.seconds_since(trade.occurred_at),
        severity: cause.severity(),
        note: Note::new(""),
        detail: String::new(),
    }
}

/// The row of the scenario table that describes the practice.
const fn scenario(cause: Cause) -> &'static str {
    match cause {
        Cause::Unposted => "S01",
        Cause::PostedTwice => "S05",
        Cause::WrongAccount => "S06",
        Cause::WrongAmount => "S07",
        Cause::WrongSide => "S09",
        Cause::WrongFee => "S11",
        Cause::PostedNotDue => "S15",
        Cause::Long => "S03",
        Cause::Short => "S04",
        Cause::AmountDiff => "S25",
        Cause::ChannelFeeDiff => "S12",
        Cause::HalfPosted => "S24",
        Cause::WrongDate => "S30",
        Cause::SuspenseOpen => "S28",
        Cause::RefundFeeRest => "S29",
        Cause::ReversedInAdvance => "S26",
        Cause::Waiting => "S13",
        Cause::OverLimit => "S19b",
    }
}

/// Vouchers that stand as postings of an event.
pub(crate) fn live(standing: &TradePosition, event: Event) -> impl Iterator<Item = &PositionVoucher> {
    standing.vouchers.iter().filter(move |voucher| {
        voucher.event == Some(event) && voucher.kind.posts_event() && !voucher.reversed
    })
}

/// Vouchers that count for an event: its live postings, and what stands beside them.
pub(crate) fn counted(standing: &TradePosition, event: Event) -> impl Iterator<Item = &PositionVoucher> {
    standing.vouchers.iter().filter(move |voucher| {
        voucher.event == Some(event) && !voucher.reversed && voucher.kind != VoucherKind::Reverse
    })
}

/// Their lines.
pub(crate) fn counting(standing: &TradePosition, event: Event) -> Vec<&Line> {
    counted(standing, event).flat_map(|voucher| &voucher.lines).collect()
}

/// Differences between rules and books.
fn in_books(in_force: &InForce, standing: &TradePosition, now: Moment, found: &mut Vec<Finding>) {
    let chart = &in_force.chart;
    let Ok(facts) = facts_of(&standing.trade, standing.status_now, &standing.amendments) else { return };
    let stands = |event: Event| standing.events.iter().any(|(known, live)| *known == event && *live > 0);
    found.extend(
        standing
            .vouchers
            .iter()
            .filter(|voucher| voucher.open_item && !voucher.reversed)
            .map(|parked| suspended(standing, chart, parked, now)),
    );
    for (event, live_count) in &standing.events {
        // What is in suspense is the finding; what was cleared from there and is posted nowhere else needs nothing more.
        if parked(standing, *event).is_some_and(|parked| parked.open_item || *live_count == 0) {
            continue;
        }
        let due = in_force.due(&facts, standing.trade.occurred_at, *event, now, stands);
        let finding = if *live_count == 0 {
            missing(standing, *event, &due, now)
        } else if matches!(due, Due::No(NotDue::Status(_))) {
            Some(not_due(standing, *event, now))
        } else {
            in_force
                .expected(&facts, *event)
                .ok()
                .and_then(|expected| {
                    let wrong = wrong(standing, *event, &expected, *live_count, now);
                    wrong.filter(|wrong| {
                        *live_count > 1
                            || !(is_right_over_years(&expected, standing, *event, chart)
                                || went_the_way_of_the_money(standing, *event, wrong, chart))
                    })
                })
                .or_else(|| wrong_date(standing, *event, now))
        };
        found.extend(finding);
    }
}

/// Whether clearing or settlement is booked to somebody else only because the payment was, and the money has gone to them: then
/// it did go there. The payment is the mistake, and its correction goes into their next settlement (S23).
fn went_the_way_of_the_money(
    standing: &TradePosition,
    event: Event,
    wrong: &Finding,
    chart: &[Subject],
) -> bool {
    if wrong.cause != Cause::WrongAccount
        || !matches!(event, Event::Cleared | Event::Settled)
        || live(standing, Event::Settled).next().is_none()
    {
        return false;
    }
    let holder = |account: &AccountCode| {
        let holds = subject_of(chart, account).is_some_and(|subject| subject.customer_visible);
        account.leaf().filter(|_| holds).map(str::to_owned)
    };
    let Some(whose) = wrong.account.as_ref().and_then(holder) else { return false };
    let mut booked = live(standing, Event::Captured).flat_map(|voucher| &voucher.lines);
    booked.any(|line| holder(&line.account).as_ref() == Some(&whose))
}

/// Whether what a later year booked for an event is right: it puts profit and loss on the prior-year adjustment account, so
/// the results of both years are one.
fn is_right_over_years(
    expected: &Expected,
    standing: &TradePosition,
    event: Event,
    chart: &[Subject],
) -> bool {
    let late = standing.vouchers.iter().any(|voucher| {
        voucher.event == Some(event)
            && !voucher.reversed
            && voucher.accounting_date.year() > standing.trade.business_date.year()
    });
    let mut expected = expected.lines.clone();
    let mut booked: Vec<Line> = counting(standing, event).into_iter().cloned().collect();
    let mut should: Vec<Line> = expected.iter().map(|line| line.line.clone()).collect();
    if !late || to_prior_year(&mut should, chart).is_err() || to_prior_year(&mut booked, chart).is_err() {
        return false;
    }
    for (line, moved) in expected.iter_mut().zip(should) {
        line.line = moved;
    }
    compare(&expected, &booked.iter().collect::<Vec<_>>()).is_none()
}

/// The voucher that put an event's amount into suspense, unless it was taken back.
pub(crate) fn parked(standing: &TradePosition, event: Event) -> Option<&PositionVoucher> {
    standing.vouchers.iter().find(|voucher| {
        voucher.event == Some(event) && voucher.kind == VoucherKind::Park && !voucher.reversed
    })
}

fn suspended(standing: &TradePosition, chart: &[Subject], parked: &PositionVoucher, now: Moment) -> Finding {
    let mut finding = blank(standing, Cause::SuspenseOpen, now);
    finding.finding = format!("{}/{}/{}", Cause::SuspenseOpen, standing.trade.trade_no, parked.voucher_no);
    finding.event = parked.event;
    finding.amount_minor = parked
        .lines
        .iter()
        .filter(|line| is_suspense(chart, &line.account))
        .map(Line::debit_positive)
        .fold(0, i64::saturating_add)
        .abs();
    finding.voucher_no = Some(parked.voucher_no.clone());
    finding.note = Note::new("finding.suspense_open")
        .with("voucher", &parked.voucher_no)
        .with("day", parked.accounting_date);
    finding
}

/// Money in suspense that no trade made.
fn unclaimed_money(item: answered::Unclaimed, now: Moment) -> Finding {
    let (channel, channel_ref) = item.line.unzip();
    Finding {
        finding: format!("{}//{}", Cause::SuspenseOpen, item.voucher_no),
        cause: Cause::SuspenseOpen,
        scenario: scenario(Cause::SuspenseOpen).to_owned(),
        trade_no: None,
        event: None,
        note: Note::new("finding.unclaimed")
            .with("voucher", &item.voucher_no)
            .with("account", &item.account)
            .with("day", item.accounting_date),
        voucher_no: Some(item.voucher_no),
        account: Some(item.account),
        channel,
        channel_ref: channel_ref.map(|no| no.to_string()),
        expected_minor: Some(0),
        actual_minor: Some(item.amount_minor.abs()),
        amount_minor: item.amount_minor.abs(),
        currency: item.currency,
        since: item.since,
        age_seconds: now.seconds_since(item.since),
        severity: Cause::SuspenseOpen.severity(),
        detail: String::new(),
    }
}

/// A posting that stands for another day than the trade's.
fn wrong_date(standing: &TradePosition, event: Event, now: Moment) -> Option<Finding> {
    let of_trade = standing.trade.business_date;
    let wrong = live(standing, event).find(|voucher| {
        voucher.business_date != of_trade || voucher.accounting_date < of_trade.min(voucher.business_date)
    })?;
    let mut finding = of_event(standing, Cause::WrongDate, event, now);
    finding.voucher_no = Some(wrong.voucher_no.clone());
    finding.note = Note::new("finding.wrong_date")
        .with("voucher", &wrong.voucher_no)
        .with(
            "day",
            if wrong.business_date == of_trade { wrong.accounting_date } else { wrong.business_date },
        )
        .with("expected", of_trade);
    Some(finding)
}

fn of_event(standing: &TradePosition, cause: Cause, event: Event, now: Moment) -> Finding {
    let mut finding = blank(standing, cause, now);
    finding.finding = format!("{cause}/{}/{event}", standing.trade.trade_no);
    finding.event = Some(event);
    finding
}

fn happened(standing: &TradePosition) -> bool {
    standing.status_now == crate::domain::trade::TradeStatus::Succeeded
}

fn missing(standing: &TradePosition, event: Event, due: &Due, now: Moment) -> Option<Finding> {
    let amount = Money::new(standing.trade.amount_minor, standing.trade.currency);
    let (cause, scenario, note) = match due {
        Due::No(why @ NotDue::NoRule { .. }) if happened(standing) => {
            let note = Note { key: "finding.no_rule".to_owned(), args: why.note().args };
            (Cause::Unposted, "S01", note)
        }
        Due::No(_) => return None,
        Due::Yes if now.seconds_since(standing.trade.occurred_at) < GRACE_SECONDS => return None,
        Due::Yes => (Cause::Unposted, "S01", Note::new("finding.unposted").with("event", event)),
        Due::Waiting { system, until } => {
            (Cause::Waiting, "S19", Note::new("finding.window").with("system", system).with("until", until))
        }
        Due::Late { ended } => (Cause::Unposted, "S19", Note::new("finding.late").with("ended", ended)),
        Due::OverLimit { system, limit_minor, suggestion } => (
            Cause::OverLimit,
            "S19b",
            Note::new("finding.over_limit")
                .with("system", system)
                .with("amount", amount.grouped())
                .with("limit", Money::new(*limit_minor, amount.currency).grouped())
                .with("instead", suggestion.map_or("–", Channel::as_str)),
        ),
    };
    let mut finding = of_event(standing, cause, event, now);
    scenario.clone_into(&mut finding.scenario);
    finding.expected_minor = Some(amount.minor);
    finding.actual_minor = Some(0);
    finding.note = note;
    Some(finding)
}

fn not_due(standing: &TradePosition, event: Event, now: Moment) -> Finding {
    let mut finding = of_event(standing, Cause::PostedNotDue, event, now);
    finding.voucher_no = live(standing, event).next().map(|voucher| voucher.voucher_no.clone());
    finding.expected_minor = Some(0);
    finding.actual_minor = Some(standing.trade.amount_minor);
    finding.note = Note::new("finding.posted_not_due").with("status", standing.status_now);
    finding
}

/// The live posting to keep where an event stands more than once: the first that is right, else the first.
pub(crate) fn keeper<'s>(
    standing: &'s TradePosition,
    event: Event,
    expected: &Expected,
) -> Option<&'s PositionVoucher> {
    let right = |voucher: &&PositionVoucher| {
        compare(&expected.lines, &voucher.lines.iter().collect::<Vec<_>>()).is_none()
    };
    live(standing, event).find(right).or_else(|| live(standing, event).next())
}

fn wrong(
    standing: &TradePosition,
    event: Event,
    expected: &Expected,
    live_count: i64,
    now: Moment,
) -> Option<Finding> {
    if live_count > 1 {
        let keep = keeper(standing, event, expected)?;
        let extra = live(standing, event).find(|voucher| voucher.seq != keep.seq)?;
        let mut finding = of_event(standing, Cause::PostedTwice, event, now);
        finding.voucher_no = Some(extra.voucher_no.clone());
        finding.expected_minor = Some(standing.trade.amount_minor);
        finding.actual_minor = standing.trade.amount_minor.checked_mul(live_count);
        finding.note = Note::new("finding.posted_twice")
            .with("kept", &keep.voucher_no)
            .with("extra", &extra.voucher_no)
            .with("count", live_count);
        return Some(finding);
    }
    let difference = compare(&expected.lines, &counting(standing, event))?;
    let mut finding = of_event(standing, difference.cause, event, now);
    finding.voucher_no = live(standing, event).next().map(|voucher| voucher.voucher_no.clone());
    finding.account.clone_from(&difference.account);
    finding.expected_minor = Some(difference.expected_minor);
    finding.actual_minor = Some(difference.actual_minor);
    finding.amount_minor = difference.amount_minor;
    let money = |minor| Money::new(minor, standing.trade.currency).grouped();
    finding.note = Note::new(&format!("finding.{}", difference.cause))
        .with("rule", &expected.rule)
        .with("account", difference.account.as_ref().map_or("–", |account| account.as_str()))
        .with("expected", money(difference.expected_minor))
        .with("actual", money(difference.actual_minor));
    if difference.cause == Cause::WrongAmount && difference.actual_minor < difference.expected_minor {
        "S08".clone_into(&mut finding.scenario);
    }
    Some(finding)
}
