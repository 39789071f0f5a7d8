//! Steps are added to a case, dropped, restored and staged anew. Steps and plan change in one transaction.

use crate::desk::cases::detail::author;
use crate::desk::cases::draft::CaseDraft;
use crate::desk::corrections::case_run::{CaseRun, RunOptions, StepsShown};
use crate::desk::corrections::effect::{KeptStep, kept_steps, read_step};
use crate::desk::corrections::new_numbers::NewNumbers;
use crate::desk::corrections::resolver::{Author, Call};
use crate::desk::corrections::run::run_steps;
use crate::desk::corrections::steps::{refuse_unknown_codes, staged};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::refuse_too_many_steps;
use crate::domain::case::{CaseLogVerb, CaseState, CaseVerb};
use crate::domain::finding::Cause;
use crate::domain::id::CaseNo;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::{CaseDetail, DropStep, RestageCase, RestoreStep, StageStep};
use crate::protocol::context::Context;
use crate::protocol::page::Slice;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::StepRequest;
use crate::protocol::watch::Watch;
use crate::store::append::Appender;
use crate::store::engine::dry::Dry;
use crate::store::{Fault, Sink, StoreError, cases};

/// Runs a case dry inside the transaction that changes it, so that its steps and its plan always agree.
pub(super) struct Staging<'d> {
    pub(super) call: Call<'d>,
}

impl Staging<'_> {
    /// Opens case number `n` with its steps.
    pub(super) fn open(
        &self,
        sink: &mut dyn Sink,
        n: i64,
        draft: &CaseDraft,
        shown: Slice,
        watch: &mut dyn Watch,
    ) -> Result<(CaseNo, StepsShown), StoreError> {
        let context = self.call.context;
        let cause = draft.cause.map(Cause::as_str);
        let case = cases::NewCase {
            cause,
            about: &draft.about,
            maker: &context.operator,
            now: context.now,
            reason: &draft.reason_or_cause(),
            note: draft.note.as_deref(),
        };
        let case_no = cases::insert_case(sink, &case, n)?;
        let mut steps = Vec::with_capacity(draft.steps.len());
        for (number, step) in (1..).zip(&draft.steps) {
            add_step(sink, &case_no, number, step, context)?;
            steps.push((number, step.clone()));
        }
        if !steps.is_empty() {
            cases::set_state(sink, &case_no, CaseState::Staged, None, None)?;
            cases::log::append(sink, &case_no, &context.operator, CaseLogVerb::Stage, None, context.now)?;
            let author = Author {
                case_no: Some(&case_no),
                maker: &context.operator,
                checker: None,
                reason: case.reason,
            };
            let kept = self.keep(sink, &author, &case_no, &steps, shown, watch)?;
            return Ok((case_no, kept.shown(&self.call, shown)));
        }
        Ok((case_no, StepsShown::default()))
    }

    /// Stores the lines that these steps would book; the commit must match them. The steps are passed in
    /// because a replicated engine cannot read its own batch.
    pub(super) fn keep(
        &self,
        sink: &mut dyn Sink,
        author: &Author<'_>,
        case_no: &CaseNo,
        steps: &[(i64, KeptStep)],
        shown: Slice,
        watch: &mut dyn Watch,
    ) -> Result<CaseRun, StoreError> {
        // An appender of its own: a dry run must not move the heads that postings build on.
        let mut appender = Appender::new(&self.call.in_force.chart, &self.call.in_force.currencies);
        let options =
            RunOptions { rows: Some(shown), lines: true, unbooked: shown.limit > 0, ..RunOptions::default() };
        let dry = &mut Dry(&mut *sink);
        let mut run = run_steps(&self.call, &mut appender, dry, author, steps, options, watch)?;
        let text = serde_json::to_string(&run.planned())
            .map_err(|error| Fault::Internal { detail: error.to_string() })?;
        cases::set_planned(sink, case_no, &text)?;
        Ok(run)
    }
}

impl OpenLedger {
    /// Stages one more step, and sets the case's reason if one is given. A step that could not be booked is
    /// refused, and the case stays as it was.
    pub(crate) fn stage(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        request: &StepRequest,
        reason: Option<&str>,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        self.next_state(&row, CaseVerb::Stage, 1)?;
        refuse_a_part_of_a_file(request)?;
        refuse_unknown_codes(request, &self.in_force)?;
        let reason =
            reason.map(|reason| self.in_force.policy.given_reason(reason).map(str::to_owned)).transpose()?;
        self.check_reasons(reason.as_ref().unwrap_or(&row.reason), [request])?;
        let staging = Staging { call: Call { in_force: &self.in_force, context } };
        let engine = &mut self.engine;
        let mut shown = StepsShown::default();
        engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            let number = cases::steps::last(sink, case_no)? + 1;
            let mut steps = kept_steps(sink, case_no)?;
            let added = staged(sink, request, &steps)?;
            refuse_too_many_steps(steps.len() + added.len())?;
            if let Some(reason) = &reason {
                cases::set_reason(sink, case_no, reason)?;
            }
            for (number, kept) in (number..).zip(added) {
                add_step(sink, case_no, number, &kept, context)?;
                steps.push((number, kept));
            }
            cases::set_state(sink, case_no, CaseState::Staged, None, None)?;
            cases::log::append(
                sink,
                case_no,
                &context.operator,
                CaseLogVerb::Stage,
                reason.as_deref(),
                context.now,
            )?;
            let author = Author { reason: reason.as_ref().unwrap_or(&row.reason), ..author(&row, case_no) };
            let run = staging.keep(sink, &author, case_no, &steps, Slice::ALL, watch)?;
            if let Some((_, rejection)) = run.refusal_from(number) {
                return Err(rejection.clone().into());
            }
            shown = run.shown(&staging.call, Slice::ALL);
            Ok(())
        })?;
        self.case_with(context, case_no, Slice::ALL, shown)
    }

    /// Takes a step out, or puts it back; with a voucher of a journal its whole file.
    pub(crate) fn stage_drop(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        step: i64,
        dropped: bool,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        let stored = cases::steps::list(&mut *self.engine, case_no, Slice::ALL)?;
        let known = stored
            .iter()
            .find(|known| known.step == step)
            .ok_or_else(|| Rejection::not_found("step", step))?;
        let moved = self.dropped_with(case_no, step, dropped)?;
        let is_moved = |other: i64| (moved.0..=moved.1).contains(&other);
        let others = stored.iter().filter(|other| !other.dropped && !is_moved(other.step)).count();
        let moved_steps = stored.iter().filter(|other| is_moved(other.step));
        let left = others + if dropped { 0 } else { moved_steps.clone().count() };
        let state = self.next_state(&row, CaseVerb::Stage, left)?;
        if known.dropped != dropped {
            let verb = if dropped { CaseLogVerb::Drop } else { CaseLogVerb::Restore };
            let staging = Staging { call: Call { in_force: &self.in_force, context } };
            let engine = &mut self.engine;
            engine.commit(&mut |sink| {
                precondition.holds(sink)?;
                let mut steps = kept_steps(sink, case_no)?;
                steps.retain(|(other, _)| !is_moved(*other));
                if !dropped {
                    for restored in moved_steps.clone() {
                        steps.push((restored.step, read_step(&restored.body)?));
                    }
                    steps.sort_by_key(|(number, _)| *number);
                }
                refuse_too_many_steps(steps.len())?;
                cases::steps::set_dropped(sink, case_no, moved, dropped)?;
                cases::set_state(sink, case_no, state, None, None)?;
                cases::log::append(
                    sink,
                    case_no,
                    &context.operator,
                    verb,
                    Some(&step.to_string()),
                    context.now,
                )?;
                staging.keep(sink, &author(&row, case_no), case_no, &steps, Slice::NONE, watch).map(|_| ())
            })?;
        }
        self.case(context, case_no, Slice::ALL, watch)
    }

    /// Stages the same steps anew: the commit must match what they would book now. If one can no longer be
    /// booked, the way that a plan would take around it is staged instead: what a customer has spent since is
    /// owed, for example, and a trade whose number was taken since is recorded under the next free one. Refuses with
    /// the first step for which there is none, and then the case stays as it was.
    pub(crate) fn case_restage(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let refused = match self.restaged(context, case_no, None, watch) {
            Err(Refusal::Rejected(refused)) => refused,
            done => return done,
        };
        let steps: Vec<_> = self.kept_steps(case_no)?.into_iter().map(|(_, step)| step).collect();
        // A voucher of a file is booked as the file has it, or not at all.
        let is_of_a_file = |step: &KeptStep| matches!(step.request, StepRequest::Journal(_));
        if refused.code == Code::TradeConflict && !steps.iter().any(is_of_a_file) {
            // Another case has recorded a trade under the number that was free.
            let way = self.numbered_apart(steps.clone(), &mut NewNumbers::new())?;
            if way != steps && self.dry_run_plan(context, &way)?.refused.is_none() {
                return self.restaged(context, case_no, Some(&way), watch);
            }
        }
        if refused.obstacle().is_none() || refused.is_by_guard() || steps.iter().any(is_of_a_file) {
            return Err(refused.into());
        }
        let (way, run) = self.plan_around_obstacles(context, steps)?;
        if run.refused.is_some() {
            return Err(refused.into());
        }
        refuse_too_many_steps(way.len())?;
        let reason = self.case_row(case_no)?.reason;
        self.check_reasons(&reason, way.iter().map(|step| &step.request))?;
        self.restaged(context, case_no, Some(&way), watch)
    }

    /// Stages the steps of a case anew, or others in their place.
    fn restaged(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        instead: Option<&[KeptStep]>,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        let steps = self.kept_steps(case_no)?;
        let state = self.next_state(&row, CaseVerb::Stage, steps.len())?;
        if steps.is_empty() {
            return Err(Rejection::new(Code::Nothing).into());
        }
        let staging = Staging { call: Call { in_force: &self.in_force, context } };
        let engine = &mut self.engine;
        let mut shown = StepsShown::default();
        engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            let mut steps = kept_steps(sink, case_no)?;
            if let Some(instead) = instead {
                let next = cases::steps::last(sink, case_no)? + 1;
                for (number, _) in &steps {
                    cases::steps::set_dropped(sink, case_no, (*number, *number), true)?;
                }
                steps = (next..).zip(instead.iter().cloned()).collect();
                for (number, step) in &steps {
                    add_step(sink, case_no, *number, step, context)?;
                }
            }
            cases::set_state(sink, case_no, state, None, None)?;
            cases::log::append(sink, case_no, &context.operator, CaseLogVerb::Restage, None, context.now)?;
            let run = staging.keep(sink, &author(&row, case_no), case_no, &steps, Slice::ALL, watch)?;
            if let Some((step, rejection)) = run.refused {
                return Err(rejection.with("step", step).into());
            }
            shown = run.shown(&staging.call, Slice::ALL);
            Ok(())
        })?;
        self.case_with(context, case_no, Slice::ALL, shown)
    }
}

/// Refuses a voucher of a journal that is staged by itself: it comes with its file.
fn refuse_a_part_of_a_file(request: &StepRequest) -> Result<(), Rejection> {
    match request {
        StepRequest::Journal(_) => {
            Err(Rejection::new(Code::BadValue).with("what", "step").with("value", request.kind()))
        }
        _ => Ok(()),
    }
}

pub(super) fn add_step(
    sink: &mut dyn Sink,
    case_no: &CaseNo,
    number: i64,
    step: &KeptStep,
    context: &Context,
) -> Result<(), StoreError> {
    cases::steps::insert(sink, case_no, number, &cases::steps::text(step)?, &context.operator, context.now)
}

impl Handle for StageStep {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, step, reason } = self;
        Ok(Box::new(ledger.stage(context, &case_no, &step, reason.as_deref(), watch)?))
    }

    replay_shows_case!();
}

impl Handle for DropStep {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, step } = self;
        Ok(Box::new(ledger.stage_drop(context, &case_no, step, true, watch)?))
    }

    replay_shows_case!();
}

impl Handle for RestoreStep {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, step } = self;
        Ok(Box::new(ledger.stage_drop(context, &case_no, step, false, watch)?))
    }

    replay_shows_case!();
}

impl Handle for RestageCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no } = self;
        Ok(Box::new(ledger.case_restage(context, &case_no, watch)?))
    }

    replay_shows_case!();
}
