//! The life of a case: opened, staged, handed in, decided.

use super::answer::{BookedVoucher, CaseDetail, CaseRow, Refusal, StepRow};
use super::check::{open_items, rule};
use super::commit::{Planned, prepare, step_on, warnings};
use super::local::Desk;
use super::opening::CaseDraft;
use super::request::{Context, Opening, StepRequest};
use super::resolve::Bench;
use super::resolve::{Author, KeptStep, counter_number, kept_steps, missing, read_step, unresolved};
use super::{Unwatched, Watch};
use crate::domain::case::{CaseState, CaseVerb};
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Note};
use crate::domain::id::{CaseNo, Operator, TradeNo};
use crate::domain::playbook::may_submit;
use crate::domain::rejection::{Code, Rejection};
use crate::store::append::{Appender, Dry};
use crate::store::{Fault, Sink, StoreError, cases, list};

/// Longest note or reason, in bytes: a paragraph, not a document.
const MAX_NOTE: usize = 2000;

/// Steps of one case.
pub(super) const MAX_STEPS: usize = 10_000;

/// Numbers of steps that are tried before they are kept; no case has as many.
const NEW: i64 = i64::MAX / 2;

/// What it takes to rehearse a case inside the transaction that changes it, so that steps and plan are never apart.
struct Planning<'d> {
    bench: Bench<'d>,
}

/// Borrows the planning parts of a desk and its engine side by side.
macro_rules! planning {
    ($desk:ident, $context:ident) => {
        (Planning { bench: super::commit::bench!($desk, $context) }, &mut $desk.engine)
    };
}

impl Planning<'_> {
    /// Opens a case with its steps.
    fn open(
        &self,
        sink: &mut dyn Sink,
        draft: &CaseDraft,
        watch: &mut dyn Watch,
    ) -> Result<CaseNo, StoreError> {
        let context = self.bench.context;
        let cause = draft.cause.map(Cause::as_str);
        let case = cases::NewCase {
            cause,
            about: &draft.about,
            maker: &context.operator,
            now: context.now,
            reason: &draft.reason_or_cause(),
            note: draft.note.as_deref(),
        };
        let case_no = cases::insert_case(sink, &case)?;
        for step in &draft.steps {
            add_step(sink, &case_no, step, &context.operator, context)?;
        }
        if !draft.steps.is_empty() {
            cases::set_state(sink, &case_no, CaseState::Staged, None, None)?;
            cases::log(sink, &case_no, &context.operator, "stage", None, context.now)?;
            self.keep(sink, &case_no, watch)?;
        }
        Ok(case_no)
    }

    /// Keeps what the case comes to now; the commit is held to it.
    fn keep(&self, sink: &mut dyn Sink, case_no: &CaseNo, watch: &mut dyn Watch) -> Result<(), StoreError> {
        let row = cases::case(sink, case_no)?.ok_or_else(|| missing("case", case_no))?;
        let steps = kept_steps(sink, case_no)?;
        // An appender of its own: what is tried must not move the heads that postings build on.
        let mut appender = Appender::new(self.bench.chart, self.bench.currency);
        let prepared =
            prepare(&self.bench, &mut appender, &mut Dry(&mut *sink), &author(&row, case_no), &steps, watch)?;
        let text = serde_json::to_string(&prepared.planned())
            .map_err(|error| Fault::Internal { detail: error.to_string() })?;
        cases::set_planned(sink, case_no, &text)
    }
}

impl Desk {
    pub(super) fn case_row(&mut self, case_no: &CaseNo) -> Result<CaseRow, Refusal> {
        Ok(cases::case(&mut *self.engine, case_no)?.ok_or_else(|| missing("case", case_no))?)
    }

    /// A case, whole: its steps as they would be booked now, or as they were booked.
    pub(super) fn case(&mut self, context: &Context, case_no: &CaseNo) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let stored = cases::steps(&mut *self.engine, case_no)?;
        let (mut staged, mut warned) = (Vec::<StepRow>::new(), Vec::new());
        let mut live = Vec::new();
        for step in &stored {
            let kept = read_step(&step.body)?;
            if step.dropped || row.state.is_final() {
                let why =
                    kept.why.as_ref().map_or_else(String::new, |why| crate::i18n::note(context.lang, why));
                staged.push(unresolved(step.step, &kept, step.dropped, why));
            } else {
                live.push((step.step, kept));
            }
        }
        if !live.is_empty() {
            let author = author(&row, case_no);
            let prepared = self.rehearse(context, &author, &live, &mut Unwatched)?;
            warned = warnings(&prepared, context);
            staged.extend(prepared.rows);
        }
        staged.sort_by_key(|step| step.step);
        Ok(CaseDetail {
            staged,
            log: cases::log_of(&mut *self.engine, case_no)?,
            checklist: self.check_rows(context, &row)?,
            about: cases::about(&mut *self.engine, case_no)?,
            booked: list::vouchers_of_case(&mut *self.engine, case_no)?
                .iter()
                .map(BookedVoucher::from)
                .collect(),
            plan_mark: self.plan_mark(case_no)?,
            warnings: warned,
            row,
        })
    }

    /// Opens a case, with the planner's steps where asked for. One batch: a case is never left without its steps.
    pub(super) fn case_open(
        &mut self,
        context: &Context,
        opening: &Opening,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let draft = self.draft(context, opening, watch)?;
        let opened = self.write_drafts(context, &[draft], watch)?.pop();
        let case_no = opened.ok_or_else(|| Rejection::new(Code::Nothing).with("what", "case"))?;
        self.case(context, &case_no)
    }

    /// Opens cases in one batch: all of them or none.
    pub(super) fn write_drafts(
        &mut self,
        context: &Context,
        drafts: &[CaseDraft],
        watch: &mut dyn Watch,
    ) -> Result<Vec<CaseNo>, Refusal> {
        for draft in drafts {
            if let Some(reason) = &draft.reason {
                self.policy.given_reason(reason)?;
            }
            self.reasons_will_do(&draft.reason_or_cause(), draft.steps.iter().map(|step| &step.request))?;
        }
        let (planning, engine) = planning!(self, context);
        let mut opened = Vec::new();
        engine.commit(&mut |sink| {
            opened.clear();
            for (done, draft) in (1..).zip(drafts) {
                opened.push(planning.open(sink, draft, watch)?);
                step_on(watch, done, drafts.len())?;
            }
            Ok(())
        })?;
        Ok(opened)
    }

    /// Stages one more step. A step that could not be booked is refused here already.
    pub(super) fn stage(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        request: &StepRequest,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        self.next_state(&row, CaseVerb::Stage, 1)?;
        self.reasons_will_do(&row.reason, [request])?;
        let mut steps = self.kept_steps(case_no)?;
        let added = self.with_posting(request, &steps)?;
        if steps.len() + added.len() > MAX_STEPS {
            return Err(too_many(steps.len() + added.len()).into());
        }
        steps.extend((NEW..).zip(added.iter().cloned()));
        let tried = self.rehearse(context, &author(&row, case_no), &steps, watch)?;
        if let Some((step, rejection)) = tried.refused
            && step >= NEW
        {
            return Err(rejection.into());
        }
        let (planning, engine) = planning!(self, context);
        engine.commit(&mut |sink| {
            for kept in &added {
                add_step(sink, case_no, kept, &context.operator, context)?;
            }
            cases::set_state(sink, case_no, CaseState::Staged, None, None)?;
            cases::log(sink, case_no, &context.operator, "stage", None, context.now)?;
            planning.keep(sink, case_no, watch)
        })?;
        self.case(context, case_no)
    }

    /// A step as it is kept: a trade that undoes another gets its number, and is posted in the same case.
    fn with_posting(
        &mut self,
        request: &StepRequest,
        steps: &[(i64, KeptStep)],
    ) -> Result<Vec<KeptStep>, Refusal> {
        let kept = |request| KeptStep { request, why: None };
        let StepRequest::Counter { trade_no, of, .. } = request else {
            return Ok(vec![kept(request.clone())]);
        };
        let taken: Vec<TradeNo> = steps
            .iter()
            .filter_map(|(_, step)| match &step.request {
                StepRequest::Counter { trade_no, .. } => trade_no.clone(),
                _ => None,
            })
            .collect();
        let number = match trade_no {
            Some(number) => number.clone(),
            None => counter_number(&mut *self.engine, of, &taken)?,
        };
        let mut numbered = request.clone();
        if let StepRequest::Counter { trade_no, .. } = &mut numbered {
            *trade_no = Some(number.clone());
        }
        let posting = StepRequest::Supplement { trade_no: number, event: Some(Event::Captured) };
        let why = Some(Note::new("why.counter_posting").with("original", of));
        Ok(vec![kept(numbered), KeptStep { request: posting, why }])
    }

    /// Takes a step out, or puts it back.
    pub(super) fn stage_drop(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        step: i64,
        dropped: bool,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let stored = cases::steps(&mut *self.engine, case_no)?;
        let known = stored.iter().find(|known| known.step == step).ok_or_else(|| missing("step", step))?;
        let others = stored.iter().filter(|other| !other.dropped && other.step != step).count();
        let left = others + usize::from(!dropped);
        let state = self.next_state(&row, CaseVerb::Stage, left)?;
        if known.dropped != dropped {
            let verb = if dropped { "drop" } else { "restore" };
            let (planning, engine) = planning!(self, context);
            engine.commit(&mut |sink| {
                cases::set_dropped(sink, case_no, step, dropped)?;
                cases::set_state(sink, case_no, state, None, None)?;
                cases::log(sink, case_no, &context.operator, verb, Some(&step.to_string()), context.now)?;
                planning.keep(sink, case_no, watch)
            })?;
        }
        self.case(context, case_no)
    }

    fn next_state(&self, row: &CaseRow, verb: CaseVerb, steps: usize) -> Result<CaseState, Refusal> {
        Ok(row.state.after(verb, steps, self.policy.four_eyes).map_err(|r| r.with("case", &row.case_no))?)
    }

    /// Hands a staged case in. It must be bookable as it is; what it comes to now is what the checker approves.
    pub(super) fn case_submit(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let steps = self.kept_steps(case_no)?;
        let state = self.next_state(&row, CaseVerb::Submit, steps.len())?;
        let items = self.check_rows(context, &row)?;
        may_submit(rule(&self.policy), &open_items(&items)).map_err(|r| r.with("case", case_no))?;
        self.reasons_will_do(&row.reason, steps.iter().map(|(_, step)| &step.request))?;
        let prepared = self.rehearse(context, &author(&row, case_no), &steps, watch)?;
        if let Some((step, rejection)) = prepared.refused {
            return Err(rejection.with("step", step).into());
        }
        let text = planned_text(&prepared.planned())?;
        self.engine.commit(&mut |sink| {
            cases::set_planned(sink, case_no, &text)?;
            cases::set_state(sink, case_no, state, None, None)?;
            cases::log(sink, case_no, &context.operator, "submit", None, context.now)
        })?;
        self.case(context, case_no)
    }

    /// The checker agrees. The checker is another person than the maker where the policy asks for two.
    pub(super) fn case_approve(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        seen: Option<&str>,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Approve, 1)?;
        if self.policy.four_eyes && self.had_a_hand(case_no, &row, &context.operator)? {
            return Err(Rejection::new(Code::FourEyes)
                .with("operator", &context.operator)
                .with("case", case_no)
                .into());
        }
        let mark = self.plan_mark(case_no)?;
        if seen.is_some_and(|seen| seen != mark) {
            return Err(Rejection::new(Code::Stale).with("case", case_no).into());
        }
        self.within_limit(context, &row)?;
        self.decide(context, case_no, state, "approve", None)
    }

    /// Whether an operator made the case or worked on it: opened it, staged or dropped a step, handed it in. Whoever did is
    /// not its second person.
    fn had_a_hand(&mut self, case_no: &CaseNo, row: &CaseRow, operator: &Operator) -> Result<bool, Refusal> {
        let worked = cases::log_of(&mut *self.engine, case_no)?
            .into_iter()
            .any(|line| is_work(&line.verb) && line.operator.is_same_person(operator));
        Ok(worked || row.maker.is_same_person(operator))
    }

    /// Fingerprint of what the case was planned to book.
    fn plan_mark(&mut self, case_no: &CaseNo) -> Result<String, Refusal> {
        let planned = cases::planned(&mut *self.engine, case_no)?.unwrap_or_default();
        Ok(crate::domain::chain::fingerprint(planned.as_bytes()))
    }

    /// The checker sends it back, with a reason.
    pub(super) fn case_reject(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        reason: &str,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Reject, 1)?;
        let reason = short("reason", reason)?.to_owned();
        // Whoever worked on it and gave it out of hand has no say in it any more.
        if !row.maker.is_same_person(&context.operator)
            && self.had_a_hand(case_no, &row, &context.operator)?
        {
            return Err(not_yours(context, &row).into());
        }
        self.decide(context, case_no, state, "reject", Some(&reason))
    }

    fn decide(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        state: CaseState,
        verb: &str,
        note: Option<&str>,
    ) -> Result<CaseDetail, Refusal> {
        self.engine.commit(&mut |sink| {
            // The log goes first: the schema asks for it before a case counts as approved.
            cases::log(sink, case_no, &context.operator, verb, note, context.now)?;
            cases::set_state(sink, case_no, state, Some(&context.operator), Some(context.now))
        })?;
        self.case(context, case_no)
    }

    /// The maker gives the case to another operator; who it was stays one who had a hand in it.
    pub(super) fn case_hand(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        to: &Operator,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        self.next_state(&row, CaseVerb::Hand, 1)?;
        if !row.maker.is_same_person(&context.operator) {
            return Err(not_yours(context, &row).into());
        }
        if row.maker.is_same_person(to) {
            return Err(Rejection::new(Code::BadValue).with("what", "operator").with("value", to).into());
        }
        self.engine.commit(&mut |sink| {
            cases::log(sink, case_no, &row.maker, "hand", Some(to.as_str()), context.now)?;
            cases::set_maker(sink, case_no, to)
        })?;
        self.case(context, case_no)
    }

    /// The maker, or the checker who decided on it, gives the case up.
    pub(super) fn case_withdraw(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Withdraw, 0)?;
        let theirs = [Some(&row.maker), row.checker.as_ref()];
        if !theirs.into_iter().flatten().any(|one| one.is_same_person(&context.operator)) {
            return Err(not_yours(context, &row).into());
        }
        self.engine.commit(&mut |sink| {
            // The log goes first: the schema asks whose word it is.
            cases::log(sink, case_no, &context.operator, "withdraw", None, context.now)?;
            cases::set_state(sink, case_no, state, row.checker.as_ref(), Some(context.now))
        })?;
        self.case(context, case_no)
    }
}

fn not_yours(context: &Context, row: &CaseRow) -> Rejection {
    Rejection::new(Code::NotYours)
        .with("operator", &context.operator)
        .with("case", &row.case_no)
        .with("maker", &row.maker)
}

/// Log verbs by which an operator works on a case, as opposed to deciding it.
fn is_work(verb: &str) -> bool {
    matches!(verb, "open" | "stage" | "drop" | "restore" | "submit" | "check" | "hand")
}

pub(super) fn author<'a>(row: &'a CaseRow, case_no: &'a CaseNo) -> Author<'a> {
    Author { case_no: Some(case_no), maker: &row.maker, checker: row.checker.as_ref(), reason: &row.reason }
}

fn add_step(
    sink: &mut dyn Sink,
    case_no: &CaseNo,
    step: &KeptStep,
    operator: &Operator,
    context: &Context,
) -> Result<(), StoreError> {
    let body = body(step)?;
    cases::insert_step(sink, case_no, &body, operator, context.now).map(|_| ())
}

pub(super) fn body<T: serde::Serialize>(step: &T) -> Result<String, StoreError> {
    serde_json::to_string(step).map_err(|error| Fault::Internal { detail: error.to_string() }.into())
}

pub(super) fn too_many(steps: usize) -> Rejection {
    Rejection::new(Code::BadValue).with("what", "steps").with("value", steps).with("most", MAX_STEPS)
}

fn planned_text(planned: &Planned) -> Result<String, Refusal> {
    serde_json::to_string(planned).map_err(|error| Fault::Internal { detail: error.to_string() }.into())
}

/// A note or reason that says something and is no document.
pub(super) fn short<'t>(what: &str, text: &'t str) -> Result<&'t str, Rejection> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_NOTE || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Rejection::new(Code::BadValue).with("what", what).with("value", text.escape_debug()));
    }
    Ok(text)
}
