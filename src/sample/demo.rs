//! The demo ledger: a week of a small payment company. Its older days are closed, mistakes are planted
//! in it, and a few corrections are in progress.

use crate::desk::Desk;
use crate::desk::ledger::OpenLedger;
use crate::desk::open::NewLedger;
use crate::domain::authored::rejection;
use crate::domain::id::CaseNo;
use crate::domain::ledger_template::{DEFAULT_TEMPLATE, LedgerTemplate};
use crate::domain::money::Currency;
use crate::domain::period::{Moment, parse_zone};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::LedgerRole;
use crate::protocol::cases::{ApproveCase, SubmitCase};
use crate::protocol::context::Context;
use crate::protocol::days::CloseDay;
use crate::protocol::opening::{OpenCase, Opening};
use crate::protocol::receipt::CommitCase;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::service::{Service, ask_for};
use crate::protocol::watch::Watch;
use crate::sample::{Mistake, Planted, Planting, QUIET, SamplePlan};
use crate::store::settings::{Settings, StoredTemplate};
use jiff::Span;
use jiff::civil::Date;
use std::path::Path;

/// Name of a demo ledger.
pub const DEMO_NAME: &str = "demo";

/// Zone of the default template.
const ZONE: &str = "Asia/Shanghai";

const TRADES: u64 = 2000;
const CUSTOMERS: u64 = 120;
const MERCHANTS: u64 = 25;
const DAYS: u32 = 7;

/// The last days of the week, which stay open.
const OPEN_DAYS: i64 = 2;

/// Mistakes of the demo with their number: the common ones more than once.
const MISTAKES: [(Mistake, u32); 38] = [
    (Mistake::Unposted, 4),
    (Mistake::WrongAccount, 3),
    (Mistake::PostedTwice, 3),
    (Mistake::TooHigh, 2),
    (Mistake::TooLow, 1),
    (Mistake::WrongSide, 1),
    (Mistake::WrongFee, 2),
    (Mistake::HalfPosted, 1),
    (Mistake::PostedNotDue, 1),
    (Mistake::LongFailed, 2),
    (Mistake::LongRefund, 1),
    (Mistake::Short, 1),
    (Mistake::AmountDiff, 1),
    (Mistake::FeeDiff, 2),
    (Mistake::CutOver, 2),
    (Mistake::OutsideWindow, 1),
    (Mistake::OverLimit, 1),
    (Mistake::Duplicate, 1),
    (Mistake::Ambiguous, 1),
    (Mistake::DateDiff, 1),
    (Mistake::StatementMissing, 1),
    (Mistake::Overdue, 1),
    (Mistake::MerchantDiscount, 2),
    (Mistake::TakenTwice, 1),
    (Mistake::LongNoTrade, 1),
    (Mistake::LongRefundAtChannel, 1),
    (Mistake::ReversedInAdvance, 1),
    (Mistake::ShortReplaced, 1),
    (Mistake::FactsDiffer, 1),
    (Mistake::UndoneTooMuch, 1),
    (Mistake::UndoneForOther, 1),
    (Mistake::UndoneFailed, 1),
    (Mistake::PayoutOverdue, 1),
    (Mistake::WrongDate, 1),
    (Mistake::Unexplained, 1),
    (Mistake::UnknownParty, 1),
    (Mistake::BelowFloor, 1),
    (Mistake::DebtOpen, 1),
];

/// Policy without the four-eyes principle: one operator may make and approve.
const DEMO_POLICY: (&str, &str) = ("demo.toml", "four_eyes = false\n");

/// Returns the settings of a demo ledger of the default template, in which one operator may make and approve.
#[must_use]
pub fn demo_ledger(ledger_id: &str) -> NewLedger<'static> {
    new_demo(ledger_id, vec![Currency::CNY], ZONE, &DEFAULT_TEMPLATE)
}

/// As [`demo_ledger`], of another template.
///
/// # Errors
/// The first mistake of its `template.toml`.
pub fn demo_ledger_of<'a>(
    template: &LedgerTemplate<'a>,
    ledger_id: &str,
) -> Result<NewLedger<'a>, Rejection> {
    let head = template.read_head().map_err(rejection)?;
    parse_zone(&head.zone)?;
    Ok(new_demo(ledger_id, head.currencies, &head.zone, template))
}

fn new_demo<'a>(
    ledger_id: &str,
    currencies: Vec<Currency>,
    zone: &str,
    template: &LedgerTemplate<'a>,
) -> NewLedger<'a> {
    let settings = Settings {
        ledger_id: ledger_id.to_owned(),
        name: DEMO_NAME.to_owned(),
        role: LedgerRole::Demo,
        currency: currencies.first().copied().unwrap_or(Currency::CNY),
        currencies,
        zone: zone.to_owned(),
    };
    let new = NewLedger::of(settings, template);
    NewLedger { policy: DEMO_POLICY, template: StoredTemplate { made_up: true, ..new.template }, ..new }
}

/// Returns the last day of the generated week, in the zone of `now`.
fn last_day(now: Moment) -> Date {
    now.plus_seconds(-QUIET).date()
}

/// Returns the plan of the week before now, with every mistake in it at least once.
///
/// # Errors
/// [`Code::BadValue`] if the program's time zone data is missing.
pub fn demo_plan(now: Moment, seed: u64) -> Result<SamplePlan, Rejection> {
    Ok(week_before(now.in_zone(&parse_zone(ZONE)?), seed))
}

fn week_before(now: Moment, seed: u64) -> SamplePlan {
    let first_day = last_day(now).saturating_sub(Span::new().days(i64::from(DAYS) - 1));
    SamplePlan {
        merchants: MERCHANTS,
        planted: Planting::Chosen(MISTAKES.to_vec()),
        ..SamplePlan::new(TRADES, CUSTOMERS, seed, first_day, DAYS)
    }
}

/// Creates a demo ledger of a template at `path` and opens it.
///
/// Each planted mistake is passed to `answers`. Two of them have a case in progress afterwards, and a
/// third is corrected.
///
/// # Errors
/// As [`OpenLedger::create`] and [`OpenLedger::generate`].
pub fn demo(
    path: &Path,
    (template, ledger_id): (&LedgerTemplate<'_>, &str),
    seed: u64,
    context: &Context,
    watch: &mut dyn Watch,
    answers: &mut dyn FnMut(Planted) -> Result<(), Refusal>,
) -> Result<Desk, Refusal> {
    let new = demo_ledger_of(template, ledger_id)?;
    let mut desk = OpenLedger::create(path, &new, &context.operator, context.now).map(Desk::from)?;
    let context = &Context { now: context.now.in_zone(&desk.ledger().in_force().zone), ..context.clone() };
    let plan = week_before(context.now, seed);
    let mut planted = Vec::new();
    desk.ledger_mut().generate(context, &plan, watch, &mut |one| {
        planted.push(one.clone());
        answers(one)
    })?;
    let closed = last_day(context.now).saturating_sub(Span::new().days(OPEN_DAYS));
    close_days(&mut desk, &ago(context, "op1", 15)?, plan.first_day, closed, watch)?;
    start_cases(&mut desk, context, closed, &planted, watch)?;
    Ok(desk)
}

/// Returns the context of another operator, some minutes earlier.
fn ago(context: &Context, operator: &str, minutes: i64) -> Result<Context, Refusal> {
    Ok(Context {
        operator: operator.parse()?,
        now: context.now.plus_seconds(-minutes * 60),
        lang: context.lang,
    })
}

fn close_days(
    desk: &mut Desk,
    context: &Context,
    first: Date,
    last: Date,
    watch: &mut dyn Watch,
) -> Result<(), Refusal> {
    for day in first.series(Span::new().days(1)).take_while(|day| *day <= last) {
        match desk.ask(context, Request::DayClose(CloseDay { day }), watch) {
            Ok(_) => {}
            // A day that cannot be closed stays open, and so do those after it.
            Err(Refusal::Rejected(rejection)) if rejection.code == Code::DayState => return Ok(()),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(())
}

/// Makes one case that is committed, one that is submitted and one that is staged.
fn start_cases(
    desk: &mut Desk,
    context: &Context,
    closed: Date,
    planted: &[Planted],
    watch: &mut dyn Watch,
) -> Result<(), Refusal> {
    if let Some(found) = on_closed_day(planted, Mistake::WrongAccount, closed) {
        let case_no = open(desk, &ago(context, "op1", 12)?, found, watch)?;
        desk.ask(
            &ago(context, "op1", 11)?,
            Request::CaseSubmit(SubmitCase { case_no: case_no.clone() }),
            watch,
        )?;
        desk.ask(
            &ago(context, "op2", 10)?,
            Request::CaseApprove(ApproveCase { case_no: case_no.clone(), seen: None }),
            watch,
        )?;
        desk.ask(&ago(context, "op1", 9)?, Request::Commit(CommitCase { case_no, key: None }), watch)?;
    }
    if let Some(found) = on_closed_day(planted, Mistake::PostedTwice, closed) {
        let case_no = open(desk, &ago(context, "op2", 8)?, found, watch)?;
        desk.ask(&ago(context, "op2", 6)?, Request::CaseSubmit(SubmitCase { case_no }), watch)?;
    }
    if let Some(found) = on_closed_day(planted, Mistake::TooHigh, closed) {
        open(desk, &ago(context, "op1", 5)?, found, watch)?;
    }
    Ok(())
}

/// Returns a planted mistake on a closed day, or any of its kind if there is none.
fn on_closed_day(planted: &[Planted], mistake: Mistake, closed: Date) -> Option<&Planted> {
    let closed = closed.strftime("%Y%m%d").to_string();
    let day = |one: &Planted| {
        let day = one.trade_no.as_ref().and_then(|trade_no| trade_no.as_str().get(1..9));
        day.is_some_and(|day| day <= closed.as_str())
    };
    let alike = || planted.iter().filter(|one| one.scenario == mistake.scenario());
    alike().find(|one| day(one)).or_else(|| alike().next())
}

/// Opens a case for a planted mistake and stages the planner's steps.
fn open(
    desk: &mut Desk,
    context: &Context,
    planted: &Planted,
    watch: &mut dyn Watch,
) -> Result<CaseNo, Refusal> {
    let opening = Opening {
        trades: planted.trade_no.iter().cloned().collect(),
        plan: true,
        note: Some(planted.note.clone()),
        ..Opening::default()
    };
    Ok(ask_for(desk, context, OpenCase { opening }, watch)?.row.case_no)
}
