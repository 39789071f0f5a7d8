//! Preview and commit: one code, run without and with writing.
//!
//! Both resolve every step over the ledger as it is now, then append the vouchers with the same appender. The commit also
//! compares what comes out with what was planned when the case was last staged or handed in, and proves inside its
//! transaction that no trade list and no comparison with a channel changed unless a step says so.

use super::Watch;
use super::answer::{
    BalanceChange, CaseRow, Guard, GuardState, HolderView, Preview, PreviewCount, PreviewEntry, Progress,
    Receipt, ReceiptVoucher, Refusal, StepRow, TurnoverChange,
};
use super::check::{open_items, rule};
use super::local::Desk;
use super::request::{Context, Key, LineRef, Slice, StepRequest};
use super::resolve::{
    Amendment, Author, Bench, Effect, Ground, Item, KeptStep, Resolved, Resolver, kept_steps, missing,
    unresolved,
};
use crate::domain::account::Side;
use crate::domain::case::{CaseState, CaseVerb};
use crate::domain::chain::{Head, fingerprint};
use crate::domain::correction::Days;
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo};
use crate::domain::money::{Currency, Money};
use crate::domain::playbook::ChecklistRule;
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Trade, TradeStatus};
use crate::domain::voucher::{Line, Mode, Voucher, VoucherKind};
use crate::i18n;
use crate::store::append::{Appender, Dry};
use crate::store::{Reader, Sink, StoreError, answered, cases, import, list, suspense};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The bench of a desk, borrowing none of its engine.
macro_rules! bench {
    ($desk:ident, $context:ident) => {
        $crate::desk::resolve::Bench {
            judge: $crate::desk::expect::Judge { rules: &$desk.rules, calendar: &$desk.calendar },
            chart: &$desk.chart,
            currency: $desk.settings.currency,
            later_day: $desk.policy.later_day,
            today: $context.now.in_zone(&$desk.zone).date(),
            context: $context,
        }
    };
}
pub(super) use bench;

/// Times a commit starts over when somebody else wrote in between; each time the ground is read anew.
const TRIES: usize = 5;

/// Trades of a holder that the preview lists.
const SEEN: usize = 50;

/// Holders that the preview lists although they see the same trades as before.
const HOLDERS: usize = 200;

/// Longest idempotency key.
const MAX_KEY: usize = 200;

/// What a case came to when it was last staged or handed in: compared at commit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Planned {
    /// Each line that would be booked, as a readable text.
    pub lines: Vec<String>,
    /// Heads of the chains it was planned on: account and number.
    pub heads: Vec<(AccountCode, i64)>,
    /// Accounting days it would book on; they wait for it.
    #[serde(default)]
    pub days: BTreeSet<Date>,
}

/// What is wanted of a run beside what the commit itself needs. What nobody wants is not held, so that a case of ten thousand
/// steps costs little more memory than one of ten.
#[derive(Default, Clone, Copy)]
pub(super) struct Wanted<'w> {
    /// How these steps read.
    pub rows: Option<Slice>,
    /// The entries of these steps.
    pub entries: Option<Slice>,
    /// Each line, to be held to later.
    pub lines: bool,
    /// What is left unbooked.
    pub unbooked: bool,
    /// The vouchers, for a receipt.
    pub receipt: bool,
    /// What the lines are held to.
    pub planned: Option<&'w Planned>,
}

/// Hears the entries of a voucher as soon as it is placed; for runs too long to hold.
pub(super) type Hearer<'h> = &'h mut dyn FnMut(i64, &Voucher) -> Result<(), StoreError>;

/// A case run without writing, or inside its transaction.
#[derive(Default)]
pub(super) struct Prepared {
    pub rows: Vec<StepRow>,
    pub entries: Vec<PreviewEntry>,
    pub receipt: Vec<ReceiptVoucher>,
    /// Vouchers that were placed.
    pub vouchers: usize,
    /// By currency code.
    pub sums: BTreeMap<&'static str, Sums>,
    pub before: BTreeMap<AccountCode, Head>,
    pub after: BTreeMap<AccountCode, i64>,
    pub turnover: BTreeMap<(Date, AccountCode), (i64, i64)>,
    pub statuses: Vec<(i64, TradeStatus)>,
    pub amendments: Vec<(i64, Amendment)>,
    /// Trades recorded by the channel's evidence, or by an operator's word.
    pub recorded: Vec<Trade>,
    /// Whether one of them rests on an operator's word.
    pub by_hand: bool,
    /// Open items, by the voucher that opens or clears one.
    pub items: Vec<(i64, Item)>,
    /// Lines of channels that are answered without a trade.
    pub answers: Vec<(LineRef, answered::Answer)>,
    /// Due events that the case takes back or brings, and that are not booked after it, where they are wanted.
    pub unbooked: Vec<(TradeNo, Event)>,
    pub refused: Option<(i64, Rejection)>,
    days: BTreeSet<Date>,
    lines: Vec<String>,
    compared: usize,
    differs: Option<(String, String)>,
}

/// What a case shows of its rehearsal.
#[derive(Default)]
pub(super) struct Shown {
    pub rows: Vec<StepRow>,
    /// What the steps leave undone.
    pub warnings: Vec<String>,
}

/// Debits of a run in one currency, minor units.
#[derive(Default, Clone, Copy)]
pub(super) struct Sums {
    /// Booked.
    pub booked: i64,
    /// Taken back.
    pub back: i64,
    /// Amounts of trades that get another status, or are recorded.
    changed: i64,
}

impl Sums {
    /// What a case weighs in one currency: the sum taken back, booked, or of the trades changed, whichever is most.
    fn weight(self) -> i64 {
        self.back.max(self.booked).max(self.changed)
    }
}

impl Prepared {
    /// Whether what customers see changes, and whether the comparison with channels does: trades themselves are corrected, not
    /// their booking alone.
    fn changes_views(&self) -> (bool, bool) {
        let trades = !self.statuses.is_empty() || !self.recorded.is_empty();
        let amended = |facts: &[&str]| {
            self.amendments.iter().any(|(_, amendment)| facts.contains(&amendment.fact.as_str()))
        };
        let amount = trades || amended(&["amount_minor"]);
        (amount || amended(&["customer", "merchant"]), amount || amended(&["fee_minor"]))
    }

    /// Weighs a trade that is changed itself.
    fn change(&mut self, amount: Money) {
        let sums = self.sums.entry(amount.currency.code()).or_default();
        sums.changed = sums.changed.saturating_add(amount.minor.saturating_abs());
    }

    /// The case is not above what an operator may approve.
    ///
    /// # Errors
    /// [`Code::ApprovalLimit`]. An amount in another currency has no limit to be held against, so it is above each.
    pub fn within(
        &self,
        policy: &Policy,
        own: Currency,
        operator: &Operator,
        case_no: &CaseNo,
    ) -> Result<(), Rejection> {
        let Some(limit) = policy.limit_of(operator) else { return Ok(()) };
        let mut weights = self.sums.iter().map(|(currency, sums)| (*currency, sums.weight()));
        let Some((currency, minor)) =
            weights.find(|(currency, minor)| *minor > if *currency == own.code() { limit } else { 0 })
        else {
            return Ok(());
        };
        let amount = currency
            .parse()
            .map_or_else(|_| minor.to_string(), |currency: Currency| Money::new(minor, currency).grouped());
        Err(Rejection::new(Code::ApprovalLimit)
            .with("operator", operator)
            .with("case", case_no)
            .with("amount", amount)
            .with("limit", Money::new(limit, own).grouped()))
    }

    /// Takes a voucher that was placed.
    fn take(&mut self, step: i64, voucher: &Voucher, wanted: Wanted<'_>) {
        self.vouchers += 1;
        self.days.insert(voucher.accounting_date);
        for entry in &voucher.entries {
            self.after.insert(entry.account.clone(), entry.balance_after_minor);
            if entry.side == Side::Debit {
                let sums = self.sums.entry(entry.currency.code()).or_default();
                let sum =
                    if voucher.kind == VoucherKind::Reverse { &mut sums.back } else { &mut sums.booked };
                *sum = sum.saturating_add(entry.amount_minor.saturating_abs());
            }
            if wanted.lines || wanted.planned.is_some() {
                let amount = Money::new(entry.amount_minor, entry.currency).grouped();
                let line = format!(
                    "{step}: {} ({}) {} {} {} {amount}",
                    voucher.kind, voucher.mode, voucher.accounting_date, entry.side, entry.account
                );
                self.line(line, wanted);
            }
        }
        if wanted.entries.is_some_and(|slice| slice.holds(step)) {
            self.entries.extend(preview_entries(step, voucher));
        }
        if wanted.receipt {
            self.receipt.push(ReceiptVoucher {
                voucher_no: voucher.voucher_no.clone(),
                seq: voucher.seq,
                kind: voucher.kind,
                mode: voucher.mode,
                hash: voucher.hash.clone(),
            });
        }
    }

    /// Holds the next line to the plan, and keeps it where it is wanted.
    fn line(&mut self, line: String, wanted: Wanted<'_>) {
        if let Some(planned) = wanted.planned
            && self.differs.is_none()
        {
            let then = planned.lines.get(self.compared);
            if then != Some(&line) {
                self.differs = Some((then.cloned().unwrap_or_else(|| "–".to_owned()), line.clone()));
            }
            self.compared += 1;
        }
        if wanted.lines {
            self.lines.push(line);
        }
    }

    /// The lines of what is no voucher, and the end of the plan.
    fn close(&mut self, wanted: Wanted<'_>) {
        if !wanted.lines && wanted.planned.is_none() {
            return;
        }
        let party = |trade: &Trade| {
            trade.customer.as_ref().or(trade.merchant.as_ref()).map_or(String::new(), ToString::to_string)
        };
        let recorded = self.recorded.iter().map(|trade| {
            format!("trade {}: {} {} {}", trade.trade_no, trade.kind, trade.amount().grouped(), party(trade))
        });
        let stubs = self.answers.iter().filter_map(|(line, answer)| match answer {
            answered::Answer::TakenBack(original) => Some(format!("{line}: {original}")),
            answered::Answer::Booked(_) => None,
        });
        let statuses = self.statuses.iter().map(|(trade, status)| format!("trade {trade}: {status}"));
        let amended = self
            .amendments
            .iter()
            .map(|(trade, amendment)| format!("trade {trade}: {} = {}", amendment.fact, amendment.value));
        for line in recorded.chain(stubs).chain(statuses).chain(amended).collect::<Vec<_>>() {
            self.line(line, wanted);
        }
        if let Some(then) = wanted.planned.and_then(|planned| planned.lines.get(self.compared))
            && self.differs.is_none()
        {
            self.differs = Some((then.clone(), "–".to_owned()));
        }
    }

    fn heads(&self) -> Vec<(AccountCode, i64)> {
        self.before.iter().map(|(account, head)| (account.clone(), head.seq)).collect()
    }

    /// What the commit is held to; its lines were [`Wanted::lines`].
    pub fn planned(&mut self) -> Planned {
        Planned { lines: std::mem::take(&mut self.lines), heads: self.heads(), days: self.days.clone() }
    }

    /// What a case does that may be meant, and may be forgotten.
    fn warnings(&self, context: &Context, slice: Slice) -> Vec<String> {
        let text = |(trade_no, event): &(TradeNo, Event)| {
            let args = [("trade", trade_no.to_string()), ("event", event.to_string())];
            i18n::text(context.lang, "guard.booked.open", &args)
        };
        self.unbooked.iter().take(slice.limit).map(text).collect()
    }

    /// What is shown of it with the case.
    pub fn shown(self, context: &Context, slice: Slice) -> Shown {
        Shown { warnings: self.warnings(context, slice), rows: self.rows }
    }

    /// It comes to what was planned.
    fn same_as_planned(&self) -> Result<(), Rejection> {
        match &self.differs {
            None => Ok(()),
            Some((then, now)) => Err(Rejection::new(Code::Stale).with("planned", then).with("now", now)),
        }
    }
}

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
pub(super) fn prepare<S: Sink + ?Sized>(
    bench: &Bench<'_>,
    appender: &mut Appender,
    sink: &mut S,
    author: &Author<'_>,
    steps: &[(i64, KeptStep)],
    wanted: Wanted<'_>,
    watch: &mut dyn Watch,
) -> Result<Prepared, StoreError> {
    prepare_heard(bench, appender, sink, author, steps, wanted, watch, &mut |_, _| Ok(()))
}

/// The same, with somebody who hears each voucher.
#[expect(
    clippy::too_many_arguments,
    reason = "what a run is made of; its callers have no more of it in common"
)]
pub(super) fn prepare_heard<S: Sink + ?Sized>(
    bench: &Bench<'_>,
    appender: &mut Appender,
    sink: &mut S,
    author: &Author<'_>,
    steps: &[(i64, KeptStep)],
    wanted: Wanted<'_>,
    watch: &mut dyn Watch,
    hear: Hearer<'_>,
) -> Result<Prepared, StoreError> {
    appender.begin(sink)?;
    let days = KnownDays(appender.days().clone());
    // Each step is resolved over the ledger as it was before the first, whether the others are written meanwhile or not.
    let mut before = Ground::at(appender.head().0);
    let mut prepared = Prepared::default();
    let mut whole = true;
    for (done, (number, kept)) in (1..).zip(steps) {
        step_on(watch, done, steps.len())?;
        let mut resolver = Resolver::new(bench, &days, author.clone(), &mut *sink, before);
        let resolved = resolver.step(*number, kept);
        before = resolver.ground();
        match resolved {
            Ok(step) => apply(appender, sink, step, &mut prepared, wanted, hear)?,
            Err(StoreError::Rejected(rejection)) => {
                whole = false;
                if wanted.rows.is_some_and(|slice| slice.holds(*number)) {
                    let why = Refusal::from(rejection.clone()).message(bench.context.lang);
                    prepared.rows.push(unresolved(*number, kept, false, why));
                }
                prepared.refused.get_or_insert((*number, rejection));
            }
            Err(fault) => return Err(fault),
        }
    }
    // What a step left out would have booked is not missing.
    if wanted.unbooked && whole {
        let mut resolver = Resolver::new(bench, &days, author.clone(), sink, before);
        prepared.unbooked = resolver.left_unbooked()?;
    }
    prepared.close(wanted);
    Ok(prepared)
}

/// Customer and merchant of a trade.
type Parties = [Option<String>; 2];

/// Trades by the party that sees them.
type ByParty = BTreeMap<String, BTreeSet<TradeNo>>;

/// Steps after which somebody who waits is told how far the work is.
const TELL: usize = 64;

/// Says now and then how far the work is, and ends it where the asker gave up; a batch under way then leaves nothing.
pub(super) fn step_on(watch: &mut dyn Watch, done: usize, total: usize) -> Result<(), Rejection> {
    if done.is_multiple_of(TELL) {
        if watch.cancelled() {
            return Err(Rejection::new(Code::Cancelled));
        }
        watch.progress(Progress { done: done as u64, total: Some(total as u64) });
    }
    Ok(())
}

fn apply<S: Sink + ?Sized>(
    appender: &mut Appender,
    sink: &mut S,
    step: Resolved,
    prepared: &mut Prepared,
    wanted: Wanted<'_>,
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
                import::insert_trade(sink, id, &trade, &[Event::Captured])?;
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
                Err(StoreError::Rejected(rejection)) if rejection.arg("guard").is_none() => {
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

/// What customers and channels see of some trades, status, facts and comparison of each: its fingerprint, for there may be many.
fn seen<S: Sink + ?Sized>(sink: &mut S, trades: &[TradeNo]) -> Result<Vec<(i64, String)>, StoreError> {
    let mut views = Vec::new();
    for trade_no in trades {
        if let Some(row) = list::trade(sink, trade_no)? {
            let view = format!("{} {} {:?}", row.status_now, row.recon, row.trade);
            views.push((row.id, fingerprint(view.as_bytes())));
        }
    }
    Ok(views)
}

impl Desk {
    pub(super) fn kept_steps(&mut self, case_no: &CaseNo) -> Result<Vec<(i64, KeptStep)>, Refusal> {
        Ok(kept_steps(&mut *self.engine, case_no)?)
    }

    /// Runs a case without writing.
    pub(super) fn rehearse(
        &mut self,
        context: &Context,
        author: &Author<'_>,
        steps: &[(i64, KeptStep)],
        wanted: Wanted<'_>,
        watch: &mut dyn Watch,
    ) -> Result<Prepared, Refusal> {
        let bench = bench!(self, context);
        // An appender of its own: what is tried must not move the heads that postings build on.
        let mut appender = Appender::new(&self.chart, self.settings.currency);
        Ok(prepare(&bench, &mut appender, &mut Dry(&mut *self.engine), author, steps, wanted, watch)?)
    }

    /// The commit, run without writing. Of a long case a slice is shown; sums, guards and counts are of all of it.
    pub(super) fn preview(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        slice: Slice,
        watch: &mut dyn Watch,
    ) -> Result<Preview, Refusal> {
        self.preview_heard(context, case_no, (slice, slice), watch, &mut |_| Ok(()))
    }

    /// The same with all steps and no entries: each entry is heard as it comes, so that nobody holds them all.
    ///
    /// # Errors
    /// As [`Service::ask`](super::Service::ask), and what `hear` answers.
    pub(super) fn preview_each(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
        hear: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        self.preview_heard(context, case_no, (Slice::ALL, Slice::NONE), watch, hear)
    }

    fn preview_heard(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        (rows, entries): (Slice, Slice),
        watch: &mut dyn Watch,
        hear: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        let case = cases::case(&mut *self.engine, case_no)?.ok_or_else(|| missing("case", case_no))?;
        let steps = self.kept_steps(case_no)?;
        let author = Author {
            case_no: Some(case_no),
            maker: &case.maker,
            checker: case.checker.as_ref(),
            reason: &case.reason,
        };
        let done = case.state.is_final();
        let planned = self.planned(case_no)?;
        let wanted = Wanted {
            rows: Some(rows),
            entries: Some(entries),
            planned: planned.as_ref(),
            unbooked: true,
            ..Wanted::default()
        };
        let mut prepared = if done {
            Prepared::default()
        } else {
            let bench = bench!(self, context);
            let mut appender = Appender::new(&self.chart, self.settings.currency);
            let sink = &mut Dry(&mut *self.engine);
            prepare_heard(
                &bench,
                &mut appender,
                sink,
                &author,
                &steps,
                wanted,
                watch,
                &mut |step, voucher| {
                    preview_entries(step, voucher)
                        .try_for_each(&mut *hear)
                        .map_err(|error| crate::store::Fault::Io { detail: error.to_string() }.into())
                },
            )?
        };
        let mut guards = guards(&prepared, planned.as_ref(), context);
        guards.push(self.approval_guard(context, case.state, case.checker.as_ref() != Some(&case.maker)));
        if let Some(checker) = case.checker.as_ref().filter(|_| case.state == CaseState::Approved)
            && let Err(above) = prepared.within(&self.policy, self.settings.currency, checker, case_no)
        {
            guards.push(fail("limit", &above, context));
        }
        guards.extend(prepared.warnings(context, rows).into_iter().map(|text| Guard {
            guard: "booked".to_owned(),
            state: GuardState::Note,
            code: None,
            text,
        }));
        if !done {
            guards.extend(self.checklist_guard(context, &case)?);
        }
        if steps.is_empty() {
            guards.push(fail("steps", &Rejection::new(Code::Nothing).with("what", "step"), context));
        }
        let balances = balances(&prepared, planned.as_ref(), rows.limit);
        let holders = self.holders(&prepared)?;
        let customer_view_changed = !prepared.statuses.is_empty()
            || prepared.changes_views().0
            || holders.iter().any(|holder| holder.trades_before != holder.trades_after);
        let (_, channels) = prepared.changes_views();
        let ready = !done && guards.iter().all(|guard| guard.state != GuardState::Fail);
        let mut turnover = turnover(&prepared);
        let count = PreviewCount {
            steps: steps.len(),
            vouchers: prepared.vouchers,
            balances: prepared.before.len(),
            turnover: turnover.len(),
        };
        turnover.truncate(rows.limit);
        Ok(Preview {
            case_no: case_no.clone(),
            state: case.state,
            totals: totals(&prepared),
            gross: gross(&prepared),
            entries: std::mem::take(&mut prepared.entries),
            turnover,
            steps: std::mem::take(&mut prepared.rows),
            balances,
            holders,
            customer_view_changed,
            reconciliation_changed: channels,
            guards,
            ready,
            count,
        })
    }

    fn planned(&mut self, case_no: &CaseNo) -> Result<Option<Planned>, Refusal> {
        Ok(read_planned(&mut *self.engine, case_no)?)
    }

    /// What of the checklist is required and open, where there is any.
    fn checklist_guard(&mut self, context: &Context, case: &CaseRow) -> Result<Option<Guard>, Refusal> {
        let open = open_items(&self.check_rows(context, case)?);
        if open.is_empty() {
            return Ok(None);
        }
        let args = [("n", open.len().to_string()), ("item", open.join(", "))];
        let text = i18n::text(context.lang, "guard.checklist.open", &args);
        let state = match rule(&self.policy) {
            ChecklistRule::Advised => GuardState::Note,
            ChecklistRule::Required => GuardState::Fail,
        };
        let code = (state == GuardState::Fail).then(|| Code::Checklist.as_str().to_owned());
        Ok(Some(Guard { guard: "checklist".to_owned(), state, code, text }))
    }

    fn approval_guard(&self, context: &Context, state: CaseState, two_people: bool) -> Guard {
        let approved = !self.policy.four_eyes || (state == CaseState::Approved && two_people);
        if approved {
            ok("approval", GuardState::Ok, "guard.approval.ok", context)
        } else {
            Guard {
                code: Some(Code::FourEyes.as_str().to_owned()),
                ..ok("approval", GuardState::Fail, "guard.approval.needed", context)
            }
        }
    }

    /// What the holders of the customer-visible accounts touched see, before and after: those that see another list of trades,
    /// and the first of the others.
    fn holders(&mut self, prepared: &Prepared) -> Result<Vec<HolderView>, Refusal> {
        let (gone, came) = self.moves(prepared)?;
        let mut holders = Vec::new();
        for (account, head) in prepared.before.iter().filter(|(_, head)| head.account.customer_visible) {
            let Some(party) = account.leaf() else { continue };
            let (leaves, arrives) = (gone.get(party), came.get(party));
            if holders.len() >= HOLDERS && leaves.is_none() && arrives.is_none() {
                continue;
            }
            let before = cases::trades_seen(&mut *self.engine, party, SEEN)?;
            let mut after = before.clone();
            after.retain(|seen| !leaves.is_some_and(|gone| gone.contains(seen)));
            after.splice(0..0, arrives.into_iter().flatten().cloned());
            if holders.len() >= HOLDERS && before == after {
                continue;
            }
            holders.push(HolderView {
                account: account.clone(),
                trades_before: before,
                trades_after: after,
                balance_before_minor: head.balance_minor,
                balance_after_minor: prepared.after.get(account).copied().unwrap_or(head.balance_minor),
            });
        }
        Ok(holders)
    }

    /// The trades that each party loses by this case, and those that each gets.
    fn moves(&mut self, prepared: &Prepared) -> Result<(ByParty, ByParty), Refusal> {
        let mut parties: BTreeMap<i64, (Parties, Parties)> = BTreeMap::new();
        for (trade, Amendment { fact, value, .. }) in &prepared.amendments {
            let at = match fact.as_str() {
                "customer" => 0,
                "merchant" => 1,
                _ => continue,
            };
            if !parties.contains_key(trade) {
                let before = cases::parties_now(&mut *self.engine, *trade)?;
                parties.insert(*trade, (before.clone(), before));
            }
            if let Some((_, after)) = parties.get_mut(trade) {
                after[at] = Some(value.clone());
            }
        }
        let (mut gone, mut came) = (ByParty::new(), ByParty::new());
        for trade in &prepared.recorded {
            for party in [&trade.customer, &trade.merchant].into_iter().flatten() {
                came.entry(party.to_string()).or_default().insert(trade.trade_no.clone());
            }
        }
        for (trade, (before, after)) in parties {
            let Some(trade_no) = crate::store::import::trade_no(&mut *self.engine, trade)? else { continue };
            for (from, to, moves) in [(&before, &after, &mut gone), (&after, &before, &mut came)] {
                for party in from.iter().flatten().filter(|party| !to.iter().flatten().any(|o| o == *party)) {
                    moves.entry(party.clone()).or_default().insert(trade_no.clone());
                }
            }
        }
        Ok((gone, came))
    }

    /// Writes a case, all or nothing. The same key answers the same receipt.
    pub(super) fn commit_case(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        key: Option<&str>,
        watch: &mut dyn Watch,
    ) -> Result<Receipt, Refusal> {
        let key = key.map_or_else(|| format!("{}/{case_no}", self.settings.ledger_id), str::to_owned);
        if key.is_empty() || key.len() > MAX_KEY || key.chars().any(char::is_control) {
            return Err(Rejection::new(Code::BadValue)
                .with("what", "key")
                .with("value", key.escape_debug())
                .into());
        }
        let mut tries = 0;
        loop {
            if let Some(receipt) = self.receipt(case_no, &key)? {
                return Ok(receipt);
            }
            tries += 1;
            match self.try_commit(context, case_no, &key, watch) {
                Ok(receipt) => return Ok(receipt),
                Err(error) => {
                    self.appender.forget();
                    // Another program may have committed the case with this very key since the look above; the loop
                    // then finds its receipt.
                    let raced = error.is_race()
                        || matches!(&error, StoreError::Rejected(rejection)
                            if matches!(rejection.code, Code::KeyConflict | Code::CaseState));
                    if !raced || tries >= TRIES {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    /// The receipt of an earlier commit with this key.
    fn receipt(&mut self, case_no: &CaseNo, key: &str) -> Result<Option<Receipt>, Refusal> {
        let Some((known, _, body)) = cases::receipt(&mut *self.engine, key)? else { return Ok(None) };
        if known != *case_no {
            return Err(Rejection::new(Code::KeyConflict).with("key", key).with("case", known).into());
        }
        let receipt: Receipt = serde_json::from_str(&body)
            .map_err(|error| crate::store::Fault::Corrupt { detail: format!("receipt {key}: {error}") })?;
        Ok(Some(Receipt { replayed: true, ..receipt }))
    }

    fn try_commit(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        key: &str,
        watch: &mut dyn Watch,
    ) -> Result<Receipt, StoreError> {
        let basis = self.basis_of_all();
        let bench = bench!(self, context);
        let (engine, appender, policy) = (&mut self.engine, &mut self.appender, &self.policy);
        let mut receipt = None;
        engine.commit(&mut |sink| {
            // Another session may have loaded a policy since the approval.
            basis.stands(sink)?;
            receipt = Some(write_case(&bench, appender, sink, (case_no, key), policy, watch)?);
            Ok(())
        })?;
        receipt.ok_or_else(|| StoreError::rejected(Code::Nothing))
    }
}

/// What a case was planned to book; a plan that cannot be read is a damaged ledger, never a missing plan.
fn read_planned<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Option<Planned>, StoreError> {
    let Some(text) = cases::planned(reader, case_no)? else { return Ok(None) };
    let planned = serde_json::from_str(&text)
        .map_err(|error| crate::store::Fault::Corrupt { detail: format!("plan of {case_no}: {error}") })?;
    Ok(Some(planned))
}

/// The commit itself, inside its transaction.
fn write_case(
    bench: &Bench<'_>,
    appender: &mut Appender,
    sink: &mut dyn Sink,
    (case_no, key): (&CaseNo, &str),
    policy: &Policy,
    watch: &mut dyn Watch,
) -> Result<Receipt, StoreError> {
    let (context, four_eyes) = (bench.context, policy.four_eyes);
    let case = cases::case(sink, case_no)?.ok_or_else(|| missing("case", case_no))?;
    let steps = kept_steps(sink, case_no)?;
    let next_state =
        case.state.after(CaseVerb::Commit, steps.len(), four_eyes).map_err(|r| r.with("case", case_no))?;
    if four_eyes && case.checker.as_ref().is_none_or(|checker| checker.is_same_person(&case.maker)) {
        return Err(Rejection::new(Code::FourEyes)
            .with("operator", &case.maker)
            .with("case", case_no)
            .into());
    }
    if steps.is_empty() {
        return Err(Rejection::new(Code::Nothing).with("what", "step").into());
    }
    let planned = read_planned(sink, case_no)?;
    let touched = trades_of(sink, &steps)?;
    let before = seen(sink, &touched)?;
    let author = Author {
        case_no: Some(case_no),
        maker: &case.maker,
        checker: case.checker.as_ref(),
        reason: &case.reason,
    };
    let wanted = Wanted { receipt: true, planned: planned.as_ref(), ..Wanted::default() };
    let prepared = prepare(bench, appender, sink, &author, &steps, wanted, watch)?;
    if let Some((step, rejection)) = prepared.refused {
        return Err(rejection.with("step", step).into());
    }
    prepared.same_as_planned()?;
    if let Some(checker) = case.checker.as_ref().filter(|_| four_eyes) {
        // The limit is that of the policy in force now, whatever it was at the approval.
        prepared.within(policy, bench.currency, checker, case_no)?;
    }
    let change = cases::Change { case_no, operator: &case.maker, now: context.now };
    for (trade, status) in &prepared.statuses {
        cases::insert_status(sink, *trade, *status, change)?;
    }
    for (trade, amendment) in &prepared.amendments {
        let reason = amendment.reason.as_deref().unwrap_or(&case.reason);
        cases::insert_amendment(sink, *trade, &amendment.fact, &amendment.value, reason, change)?;
    }
    for (voucher, item) in &prepared.items {
        match item {
            Item::Open { account, amount_minor } => {
                suspense::open(sink, *voucher, account, *amount_minor)?;
            }
            Item::Clear { voucher: opened } => suspense::clear(sink, *opened, *voucher)?,
        }
    }
    for (line, answer) in &prepared.answers {
        answered::insert(sink, line.channel, &line.channel_ref, answer, change)?;
    }
    let statuses = prepared.statuses.iter().map(|(trade, _)| *trade);
    let changed_on_purpose: BTreeSet<i64> =
        statuses.chain(prepared.amendments.iter().map(|(trade, _)| *trade)).collect();
    let touched: Vec<TradeNo> = touched
        .into_iter()
        .filter(|trade| !prepared.recorded.iter().any(|recorded| recorded.trade_no == *trade))
        .collect();
    let after = seen(sink, &touched)?;
    let slipped =
        before.iter().zip(&after).find(|(then, now)| then != now && !changed_on_purpose.contains(&now.0));
    if slipped.is_some() || before.len() != after.len() {
        return Err(Rejection::new(Code::ViewChanged).with("case", case_no).into());
    }
    cases::set_state(
        sink,
        case_no,
        next_state,
        case.checker.as_ref(),
        case.decided_at.or(Some(context.now)),
    )?;
    cases::log(sink, case_no, &context.operator, "commit", Some(key), context.now)?;
    let receipt = Receipt {
        case_no: case_no.clone(),
        key: key.to_owned(),
        replayed: false,
        vouchers: prepared.receipt,
        next: i18n::word(context.lang, "receipt.advice"),
    };
    let body = serde_json::to_string(&receipt)
        .map_err(|error| crate::store::Fault::Internal { detail: error.to_string() })?;
    cases::insert_receipt(sink, key, case_no, &fingerprint(body.as_bytes()), &body, context.now)?;
    Ok(receipt)
}

/// The trades that steps are about, each once.
fn trades_of(sink: &mut dyn Sink, steps: &[(i64, KeptStep)]) -> Result<Vec<TradeNo>, StoreError> {
    let mut trades = Vec::new();
    for (_, kept) in steps {
        let trade = match &kept.request {
            StepRequest::Reverse { voucher_no, .. } | StepRequest::Unpark { voucher_no, .. } => {
                list::voucher(sink, voucher_no)?.and_then(|voucher| voucher.trade_no)
            }
            StepRequest::Repost { trade_no, .. }
            | StepRequest::Supplement { trade_no, .. }
            | StepRequest::Adjust { trade_no, .. }
            | StepRequest::Park { trade_no, .. }
            | StepRequest::Record { trade_no, .. }
            | StepRequest::Status { trade_no, .. } => Some(trade_no.clone()),
            StepRequest::Counter { of, .. } => Some(of.clone()),
            StepRequest::ParkLine { .. } | StepRequest::Stub { .. } => None,
        };
        trades.extend(trade);
    }
    trades.sort();
    trades.dedup();
    Ok(trades)
}

fn ok(guard: &str, state: GuardState, key: &str, context: &Context) -> Guard {
    Guard { guard: guard.to_owned(), state, code: None, text: i18n::word(context.lang, key) }
}

fn fail(guard: &str, rejection: &Rejection, context: &Context) -> Guard {
    Guard {
        guard: guard.to_owned(),
        state: GuardState::Fail,
        code: Some(rejection.code.as_str().to_owned()),
        text: Refusal::from(rejection.clone()).message(context.lang),
    }
}

/// Which guard speaks with a code.
const fn guard_of(code: Code) -> &'static str {
    match code {
        Code::Unbalanced | Code::TooFewEntries => "balanced",
        Code::DayNotOpen | Code::ReversalDate | Code::Mode => "day_open",
        Code::AlreadyReversed | Code::ReversalOfReversal | Code::Cleared | Code::Countered => {
            "first_reversal"
        }
        Code::AlreadyPosted | Code::LineAnswered | Code::NotDue | Code::Waiting | Code::OverLimit => "due",
        Code::Floor => "floors",
        Code::AccountUnknown | Code::AccountNotActive => "accounts",
        _ => "steps",
    }
}

/// The conditions of the commit over a rehearsal, each once.
fn guards(prepared: &Prepared, planned: Option<&Planned>, context: &Context) -> Vec<Guard> {
    const NAMES: [&str; 6] = ["balanced", "day_open", "first_reversal", "due", "floors", "accounts"];
    let failing = prepared
        .refused
        .as_ref()
        .map(|(step, rejection)| (guard_of(rejection.code), rejection.clone().with("step", step)));
    let mut guards: Vec<Guard> = NAMES
        .iter()
        .map(|name| match &failing {
            Some((guard, rejection)) if guard == name => fail(name, rejection, context),
            _ => ok(name, GuardState::Ok, &format!("guard.{name}.ok"), context),
        })
        .collect();
    if let Some((guard, rejection)) = &failing
        && !NAMES.contains(guard)
    {
        guards.push(fail(guard, rejection, context));
    }
    if failing.is_none() {
        guards.push(match prepared.same_as_planned() {
            Ok(()) => ok("unchanged", GuardState::Ok, "guard.unchanged.ok", context),
            Err(rejection) => fail("unchanged", &rejection, context),
        });
    }
    let moved = planned.is_some_and(|planned| planned.heads != prepared.heads());
    guards.push(if moved {
        ok("heads", GuardState::Note, "guard.heads.moved", context)
    } else {
        ok("heads", GuardState::Ok, "guard.heads.ok", context)
    });
    let (customers, channels) = prepared.changes_views();
    let overridden =
        prepared.by_hand || prepared.amendments.iter().any(|(_, amendment)| amendment.reason.is_some());
    for (changed, name, same, proven, by_hand) in [
        (
            customers,
            "customer_view",
            "guard.customer_view.ok",
            "guard.customer_view.proven",
            "guard.customer_view.override",
        ),
        (
            channels,
            "reconciliation",
            "guard.reconciliation.ok",
            "guard.reconciliation.proven",
            "guard.reconciliation.override",
        ),
    ] {
        guards.push(match (changed, overridden) {
            (false, _) => ok(name, GuardState::Ok, same, context),
            (true, false) => ok(name, GuardState::Note, proven, context),
            (true, true) => ok(name, GuardState::Note, by_hand, context),
        });
    }
    guards
}

fn preview_entries(step: i64, voucher: &Voucher) -> impl Iterator<Item = PreviewEntry> {
    voucher.entries.iter().map(move |entry| PreviewEntry {
        step,
        voucher_no: voucher.voucher_no.clone(),
        kind: voucher.kind,
        accounting_date: voucher.accounting_date,
        entry: entry.clone(),
    })
}

/// The first accounts touched, before and after.
fn balances(prepared: &Prepared, planned: Option<&Planned>, most: usize) -> Vec<BalanceChange> {
    let heads: BTreeMap<&AccountCode, i64> =
        planned.iter().flat_map(|planned| &planned.heads).map(|(account, seq)| (account, *seq)).collect();
    let change = |(account, head): (&AccountCode, &Head)| BalanceChange {
        account: account.clone(),
        name: head.account.name.clone(),
        currency: head.account.currency.code().to_owned(),
        before_minor: head.balance_minor,
        after_minor: prepared.after.get(account).copied().unwrap_or(head.balance_minor),
        floor_minor: head.account.floor_minor,
        customer_visible: head.account.customer_visible,
        moved: heads.get(account).is_some_and(|at| *at != head.seq),
    };
    prepared.before.iter().map(change).take(most).collect()
}

fn turnover(prepared: &Prepared) -> Vec<TurnoverChange> {
    prepared
        .turnover
        .iter()
        .filter(|(_, (debit, credit))| *debit != 0 || *credit != 0)
        .map(|((day, account), (debit, credit))| TurnoverChange {
            day: *day,
            account: account.clone(),
            debit_minor: *debit,
            credit_minor: *credit,
        })
        .collect()
}

/// Net effect per currency: debits booked less debits taken back.
fn totals(prepared: &Prepared) -> Vec<(String, i64)> {
    let net = |sums: &Sums| sums.booked.saturating_sub(sums.back);
    prepared.sums.iter().map(|(currency, sums)| ((*currency).to_owned(), net(sums))).collect()
}

/// What is moved per currency: debits of every entry, whichever sign they carry.
fn gross(prepared: &Prepared) -> Vec<(String, i64)> {
    let all = |sums: &Sums| sums.booked.saturating_add(sums.back);
    prepared.sums.iter().map(|(currency, sums)| ((*currency).to_owned(), all(sums))).collect()
}

/// The key of a case in lists.
impl super::answer::Keyed for super::answer::CaseRow {
    fn key(&self) -> Key {
        Key::Text(self.case_no.to_string())
    }
}
