use crate::desk::Desk;
use crate::desk::ledger::OpenLedger;
use crate::domain::finding::{Cause, Finding};
use crate::domain::period::DayState;
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::cases::StageStep;
use crate::protocol::days::ListDays;
use crate::protocol::findings::{FindingFilter, ListFindings, PlanCorrection};
use crate::protocol::ledger::VerifyLedger;
use crate::protocol::opening::{OpenCase, Opening};
use crate::protocol::page::Page;
use crate::protocol::posting::PostTrades;
use crate::protocol::receipt::CommitCase;
use crate::protocol::request::Request;
use crate::protocol::service::Service;
use crate::protocol::steps::{self, StepRequest};
use crate::protocol::watch::Unwatched;
use crate::sample::*;
use crate::store::append::ledger_head;
use jiff::civil::date;
use std::collections::BTreeSet;
use tempfile::TempDir;

pub(super) fn context(now: &str) -> Context {
    Context { operator: "op".parse().unwrap(), now: now.parse().unwrap(), lang: Lang::En }
}

fn ledger() -> (TempDir, Desk) {
    let dir = tempfile::tempdir().unwrap();
    let desk = OpenLedger::create(
        &dir.path().join("made.db"),
        &demo_ledger("id"),
        &"op".parse().unwrap(),
        "2018-09-10T08:00:00+08:00".parse().unwrap(),
    )
    .map(Desk::from);
    (dir, desk.unwrap())
}

pub(super) fn week(planted: Planting) -> SamplePlan {
    SamplePlan { planted, ..SamplePlan::new(2000, 120, 7, date(2018, 9, 12), 7) }
}

/// The end of that week, a Tuesday.
pub(super) const EVENING: &str = "2018-09-18T23:59:59+08:00";

pub(super) fn make(desk: &mut Desk, context: &Context, plan: &SamplePlan) -> (Generated, Vec<Planted>) {
    let mut answers = Vec::new();
    let made = desk.ledger_mut().generate(context, plan, &mut Unwatched, &mut |planted| {
        answers.push(planted);
        Ok(())
    });
    (made.unwrap(), answers)
}

pub(super) fn findings(desk: &mut Desk, context: &Context) -> Vec<Finding> {
    let request = Request::Findings(ListFindings { filter: FindingFilter::default(), page: Page::first() });
    match desk.ask(context, request, &mut Unwatched).unwrap() {
        Answer::Findings(found) => found.rows,
        other => panic!("{other:?}"),
    }
}

pub(super) fn verified(desk: &mut Desk, context: &Context) {
    match desk.ask(context, Request::Verify(VerifyLedger::default()), &mut Unwatched).unwrap() {
        Answer::Verified(answer) => assert!(answer.ok, "{:?}", answer.problems),
        other => panic!("{other:?}"),
    }
}

/// Trade, or identity of the finding of what has none, and cause.
pub(super) fn keys(planted: &[Planted]) -> BTreeSet<(String, Cause)> {
    let trade = |one: &Planted| one.trade_no.as_ref().map_or(one.finding.clone(), ToString::to_string);
    planted.iter().map(|one| (trade(one), one.cause)).collect()
}

pub(super) fn found_keys(found: &[Finding]) -> BTreeSet<(String, Cause)> {
    let trade = |one: &Finding| one.trade_no.as_ref().map_or(one.finding.clone(), ToString::to_string);
    found.iter().map(|one| (trade(one), one.cause)).collect()
}

/// Identities and scenarios of the findings that the answer key promises.
fn promised(planted: &[Planted]) -> BTreeSet<(&str, &str)> {
    planted.iter().map(|one| (one.finding.as_str(), one.scenario.as_str())).collect()
}

/// The identities and scenarios of findings.
fn told(found: &[Finding]) -> BTreeSet<(&str, &str)> {
    found.iter().map(|one| (one.finding.as_str(), one.scenario.as_str())).collect()
}

#[test]
fn findings_report_exactly_what_was_planted() {
    let (_dir, mut desk) = ledger();
    let context = context(EVENING);
    let (made, planted) = make(&mut desk, &context, &week(Planting::OneOfEach));
    assert_eq!(made.trades, 2000);
    // Neither of two trades that cannot be told apart is right, and a voucher that nobody knows gives money to a party.
    assert_eq!(planted.len(), Mistake::ALL.len() + 2, "{planted:?}");
    let found = findings(&mut desk, &context);
    assert_eq!(told(&found), promised(&planted));
    assert_eq!(found.len(), planted.len(), "one finding a mistake");
    for one in &planted {
        assert!(!one.note.contains("generate.") && !one.note.contains("%{"), "{}", one.note);
    }
    let causes: BTreeSet<Cause> = planted.iter().map(|one| one.cause).collect();
    // What is parked, and a line that a case rests on, come from cases. The parts of a refund take the rest of the
    // fee here. A better match than that of a closed day needs a closed day, and a gap of statements those of an
    // account.
    let not_planted = BTreeSet::from([
        Cause::SuspenseOpen,
        Cause::LineGone,
        Cause::RefundFeeRest,
        Cause::Rematch,
        Cause::StatementGap,
    ]);
    let all: BTreeSet<Cause> = Cause::ALL.iter().copied().filter(|one| !not_planted.contains(one)).collect();
    assert_eq!(causes, all, "every cause is planted");
    verified(&mut desk, &context);
}

#[test]
fn every_planted_mistake_has_a_plan_and_its_correction_ends_the_finding() {
    let (_dir, mut desk) = ledger();
    let context = context(EVENING);
    let (_, planted) = make(&mut desk, &context, &week(Planting::OneOfEach));
    correct_all(&mut desk, &context, &planted);
}

#[test]
fn corrections_work_on_closed_days_as_well() {
    let now = "2018-09-12T11:30:00+08:00";
    let (_dir, mut desk, planted) = demo_at(now, 5);
    let context = context(now);
    let mut touched = BTreeSet::new();
    let sql = "SELECT t.trade_no, c.state FROM case_file c JOIN trade t ON t.id = c.trade";
    let read = desk.ledger_mut().engine.read(sql, &[], &mut |row| {
        touched.insert(row.text(0)?.to_owned());
        Ok(())
    });
    read.unwrap();
    assert_eq!(touched.len(), 3);
    let (worked_on, free): (Vec<_>, Vec<_>) = planted
        .into_iter()
        .partition(|one| one.trade_no.as_ref().is_some_and(|trade_no| touched.contains(trade_no.as_str())));
    commit_open_cases(&mut desk, &context);
    assert_eq!(worked_on.len(), 3);
    correct_all(&mut desk, &context, &free);
}

/// Commits the cases that the demo leaves under way.
fn commit_open_cases(desk: &mut Desk, context: &Context) {
    for case_no in ["C0002", "C0003"] {
        let commit = Request::Commit(CommitCase { case_no: case_no.parse().unwrap(), key: None });
        desk.ask(context, commit, &mut Unwatched).unwrap();
    }
}

/// Returns whether a person decides or somebody else acts, so that no step is proposed.
fn nothing_to_book(planted: &Planted) -> bool {
    match planted.cause {
        Cause::Waiting
        | Cause::OverLimit
        | Cause::Ambiguous
        | Cause::DateDiff
        | Cause::Overdue
        | Cause::StatementMissing
        | Cause::PayoutOverdue
        | Cause::BelowFloor
        | Cause::DebtOpen => true,
        // A trade list is missing.
        Cause::Long => planted.trade_no.is_none() && planted.scenario == "S03",
        _ => false,
    }
}

/// Plans and commits the correction of each; then only what needs none is left to find.
pub(super) fn correct_all(desk: &mut Desk, context: &Context, planted: &[Planted]) {
    let taken_twice = i18n::word(Lang::En, "generate.note.taken_twice");
    let (mut left, mut owed) = (BTreeSet::new(), BTreeSet::new());
    for one in planted {
        if one.cause == Cause::UnknownParty {
            // Taken back with the voucher that brought it, just before.
            continue;
        }
        let target = one.finding.clone();
        let plan = match desk.ask(context, Request::Plan(PlanCorrection { target }), &mut Unwatched) {
            Ok(Answer::Plan(plan)) => plan,
            other => panic!("{one:?}: {other:?}"),
        };
        assert_eq!(plan.cause, Some(one.cause));
        let nothing = nothing_to_book(one);
        assert_eq!(plan.steps.is_empty(), nothing, "{one:?} {plan:?}");
        if nothing {
            left.extend(keys(std::slice::from_ref(one)));
            continue;
        }
        let opening = Opening {
            trades: one.trade_no.iter().cloned().collect(),
            findings: vec![one.finding.clone()],
            plan: true,
            ..Opening::default()
        };
        let case_no = match desk.ask(context, Request::CaseOpen(OpenCase { opening }), &mut Unwatched) {
            Ok(Answer::Case(case)) => case.row.case_no,
            other => panic!("{one:?}: {other:?}"),
        };
        let commit = Request::Commit(CommitCase { case_no, key: None });
        desk.ask(context, commit, &mut Unwatched).unwrap_or_else(|refusal| panic!("{one:?}: {refusal:?}"));
        let claimed = one.cause == Cause::UndoesWrongly || (one.scenario == "S14" && one.trade_no.is_some());
        if let Some(trade_no) = one.trade_no.as_ref().filter(|_| claimed) {
            // The claim on the channel waits in suspense.
            left.insert((trade_no.to_string(), Cause::SuspenseOpen));
        }
        // The further payment is owed to the customer, and no trade's.
        if one.note == taken_twice {
            owed.extend(plan.finding.and_then(|finding| finding.channel_ref));
        }
    }
    let found = findings(desk, context);
    let mut owed_still = owed;
    let is_owed = |finding: &&Finding| {
        finding.cause == Cause::SuspenseOpen
            && finding.trade_no.is_none()
            && finding.channel_ref.as_ref().is_some_and(|reference| owed_still.remove(reference))
    };
    left.extend(found.iter().filter(is_owed).map(|finding| (finding.finding.clone(), finding.cause)));
    assert!(owed_still.is_empty(), "{owed_still:?}");
    assert_eq!(found_keys(&found), left);
    verified(desk, context);
}

#[test]
fn mistakes_at_random_are_found_too() {
    let (_dir, mut desk) = ledger();
    let context = context(EVENING);
    let plan = SamplePlan { errors: "4%".parse().unwrap(), seed: 3, ..week(Planting::Random) };
    let (made, planted) = make(&mut desk, &context, &plan);
    assert_eq!(made.planted, planted.len() as u64);
    assert!((40..130).contains(&planted.len()), "{}", planted.len());
    let found = findings(&mut desk, &context);
    assert_eq!(told(&found), promised(&planted));
    // Walked by two readers, or asked for one by one: the same.
    let alone: Vec<_> = (1..=i64::try_from(made.trades).unwrap())
        .flat_map(|row| desk.ledger_mut().findings_of(&context, row).unwrap())
        .collect();
    let walked: Vec<_> = found.into_iter().filter(|finding| finding.trade_no.is_some()).collect();
    assert_eq!(walked, alone);
}

#[test]
fn the_same_seed_makes_the_same_ledger() {
    let context = context(EVENING);
    let head = |seed| {
        let (_dir, mut desk) = ledger();
        let plan = SamplePlan { seed, trades: 400, ..week(Planting::OneOfEach) };
        make(&mut desk, &context, &plan);
        ledger_head(&mut *desk.ledger_mut().engine).unwrap()
    };
    assert_eq!(head(7), head(7));
    assert_ne!(head(7), head(8));
}

#[test]
fn a_plan_without_mistakes_leaves_nothing_to_find_and_no_balance_below_its_floor() {
    let (_dir, mut desk) = ledger();
    let context = context(EVENING);
    let (made, planted) = make(&mut desk, &context, &week(Planting::None));
    assert_eq!((made.trades, made.planted), (2000, 0));
    assert!(made.vouchers > made.trades && made.statement_lines > 1000, "{made:?}");
    assert!(planted.is_empty());
    assert_eq!(findings(&mut desk, &context), []);
    let mut below = 0;
    let sql = "SELECT count(*) FROM entry e JOIN account a ON a.id = e.account \
               WHERE a.floor_minor IS NOT NULL AND e.after_minor * a.normal < a.floor_minor";
    let counted = desk.ledger_mut().engine.read(sql, &[], &mut |row| {
        below = row.int(0)?;
        Ok(())
    });
    counted.unwrap();
    assert_eq!(below, 0);
    let banks =
        "SELECT min(e.after_minor) FROM entry e JOIN account a ON a.id = e.account WHERE a.code = '1001'";
    let mut lowest = -1;
    let read = desk.ledger_mut().engine.read(banks, &[], &mut |row| {
        lowest = row.int(0)?;
        Ok(())
    });
    read.unwrap();
    assert!(lowest >= 0, "the bank never lends: {lowest}");
    let mut kinds = Vec::new();
    let read =
        desk.ledger_mut().engine.read("SELECT kind, count(*) FROM trade GROUP BY kind", &[], &mut |row| {
            kinds.push((row.text(0)?.to_owned(), row.int(1)?));
            Ok(())
        });
    read.unwrap();
    let named: Vec<&str> = kinds.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        named,
        ["chargeback", "pay", "payout", "refund", "return", "settlement", "topup"],
        "{kinds:?}"
    );
}

#[test]
fn work_for_posting_has_no_vouchers() {
    let (_dir, mut desk) = ledger();
    let context = context(EVENING);
    let plan = SamplePlan { trades: 300, leave_unposted: true, ..week(Planting::None) };
    let (made, _) = make(&mut desk, &context, &plan);
    assert_eq!((made.trades, made.vouchers), (300, 0));
    let posted =
        match desk.ask(&context, Request::Post(PostTrades { trades: Vec::new() }), &mut Unwatched).unwrap() {
            Answer::Posted(posted) => posted,
            other => panic!("{other:?}"),
        };
    assert_eq!((posted.posted, posted.refused.len()), (300, 0), "{posted:?}");
    assert_eq!(findings(&mut desk, &context), []);
}

#[test]
fn a_week_that_is_there_already_is_refused() {
    let (_dir, mut desk) = ledger();
    let context = context(EVENING);
    make(&mut desk, &context, &week(Planting::None));
    let again = desk.ledger_mut().generate(&context, &week(Planting::None), &mut Unwatched, &mut |_| Ok(()));
    assert_eq!(again.unwrap_err().code(), "STORNO-MADE-BEFORE");
    let future = SamplePlan { first_day: date(2018, 9, 19), ..week(Planting::None) };
    let refused = desk.ledger_mut().generate(&context, &future, &mut Unwatched, &mut |_| Ok(()));
    assert_eq!(refused.unwrap_err().code(), "STORNO-BAD-VALUE");
}

fn demo_at(now: &str, seed: u64) -> (TempDir, Desk, Vec<Planted>) {
    let dir = tempfile::tempdir().unwrap();
    let mut planted = Vec::new();
    let path = dir.path().join("demo.db");
    let desk = demo(&path, (&DEFAULT_TEMPLATE, "demo-1"), seed, &context(now), &mut Unwatched, &mut |one| {
        planted.push(one);
        Ok(())
    });
    (dir, desk.unwrap_or_else(|refusal| panic!("{now}: {refusal:?}")), planted)
}

#[test]
fn the_demo_is_whole_at_any_hour_of_the_week() {
    for (seed, now) in [
        "2018-09-12T11:30:00+08:00",
        "2018-09-12T17:26:00+08:00",
        "2018-09-15T18:40:00+08:00",
        "2018-09-17T00:05:00+08:00",
        "2018-10-05T09:00:00+08:00",
        "2026-11-22T17:20:00+08:00",
        "2026-01-02T10:00:00+08:00",
    ]
    .into_iter()
    .enumerate()
    {
        let (_dir, mut desk, planted) = demo_at(now, seed as u64);
        let scenarios: BTreeSet<&str> = planted.iter().map(|one| one.scenario.as_str()).collect();
        let all: BTreeSet<&str> = Mistake::ALL.iter().map(|one| one.scenario()).collect();
        assert_eq!(scenarios, all, "{now}");
        let context = context(now);
        let mut expected = keys(&planted);
        let found = found_keys(&findings(&mut desk, &context));
        let corrected: Vec<_> = expected.difference(&found).cloned().collect();
        assert!(matches!(corrected.as_slice(), [(_, Cause::WrongAccount)]), "{now}: {corrected:?}");
        expected.remove(&corrected[0]);
        assert_eq!(found, expected, "{now}");
        verified(&mut desk, &context);
    }
}

#[test]
fn the_demo_has_closed_days_a_red_reversal_and_cases_under_way() {
    let (_dir, mut desk, _) = demo_at("2018-09-12T11:30:00+08:00", 1);
    let context = context("2018-09-12T11:30:00+08:00");
    let days = match desk.ask(&context, Request::Days(ListDays {}), &mut Unwatched).unwrap() {
        Answer::Days(days) => days,
        other => panic!("{other:?}"),
    };
    let closed = days.iter().filter(|day| day.state == DayState::Closed).count();
    assert_eq!((days.len(), closed), (7, 5), "{days:?}");
    let mut modes = Vec::new();
    let sql = "SELECT v.mode, c.state FROM case_file c LEFT JOIN voucher v ON v.case_no = c.case_no AND v.kind = 'reverse' \
               ORDER BY c.n";
    let read = desk.ledger_mut().engine.read(sql, &[], &mut |row| {
        modes.push((row.maybe_text(0)?.map(str::to_owned), row.text(1)?.to_owned()));
        Ok(())
    });
    read.unwrap();
    let expected = [(Some("red"), "committed"), (None, "submitted"), (None, "staged")]
        .map(|(mode, state)| (mode.map(str::to_owned), state.to_owned()));
    assert_eq!(modes, expected);
}

#[test]
fn every_mistake_and_memo_has_its_text_in_both_languages() {
    use crate::domain::event::Event;
    let notes = Mistake::ALL.iter().map(|mistake| format!("generate.note.{mistake}"));
    let events = Event::NAMED[1..].iter().map(|event| format!("generate.memo.{event}"));
    for key in notes.chain(events) {
        assert!(i18n::has(Lang::En, &key) && i18n::has(Lang::Zh, &key), "{key}");
    }
}

#[test]
fn rates_are_read_exactly() {
    for (text, parts) in [("0.5%", 5000), ("200ppm", 200), ("0.002", 2000), ("1", 1_000_000), ("0", 0)] {
        assert_eq!(text.parse::<Rate>().unwrap().parts(), parts, "{text}");
    }
    for text in ["", "-1%", "2", "0.00001%", "a", "101%"] {
        assert!(text.parse::<Rate>().is_err(), "{text}");
    }
}

#[test]
fn a_step_over_the_limit_is_refused_with_the_limit_in_words() {
    let (_dir, mut desk) = ledger();
    let context = context(EVENING);
    let (_, planted) = make(&mut desk, &context, &week(Planting::Chosen(vec![(Mistake::OverLimit, 1)])));
    let trade_no = planted[0].trade_no.clone().unwrap();
    let opening = Opening { trades: vec![trade_no.clone()], ..Opening::default() };
    let open = Request::CaseOpen(OpenCase { opening });
    let case_no = match desk.ask(&context, open, &mut Unwatched).unwrap() {
        Answer::Case(case) => case.row.case_no,
        other => panic!("{other:?}"),
    };
    let step = StepRequest::Supplement(steps::Supplement { trade_no, event: None });
    match desk.ask(&context, Request::Stage(StageStep { case_no, step, reason: None }), &mut Unwatched) {
        Err(Refusal::Rejected(rejection)) => {
            assert_eq!((rejection.code, rejection.arg("limit")), (Code::OverLimit, Some("50,000.00")));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_clocks_offset_does_not_change_what_is_made_up() {
    let heads = [EVENING, "2018-09-18T15:59:59Z"].map(|now| {
        let (_dir, mut desk) = ledger();
        make(&mut desk, &context(now), &SamplePlan { trades: 100, ..week(Planting::None) });
        ledger_head(&mut *desk.ledger_mut().engine).unwrap()
    });
    assert_eq!(heads[0], heads[1]);
}
