//! The life of a case: opened, staged, handed in, decided.

use crate::desk::cases::checklist::{open_items, rule};
use crate::desk::cases::draft::CaseDraft;
use crate::desk::cases::limits::{MAX_STEPS, body, short, too_many};
use crate::desk::cases::precondition::Basis;
use crate::desk::corrections::case_run::{AgreedLines, CaseRun, RunOptions, StepsShown};
use crate::desk::corrections::effect::{KeptStep, kept_steps, read_step};
use crate::desk::corrections::resolver::{Author, Call};
use crate::desk::corrections::run::run_steps;
use crate::desk::corrections::steps::{staged, unresolved};
use crate::desk::ledger::OpenLedger;
use crate::domain::case::{CaseLogVerb, CaseState, CaseVerb};
use crate::domain::finding::Cause;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::playbook::may_submit;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::{CaseDetail, CaseRow};
use crate::protocol::context::Context;
use crate::protocol::opening::Opening;
use crate::protocol::page::Slice;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::StepRequest;
use crate::protocol::watch::{Unwatched, Watch};
use crate::store::append::Appender;
use crate::store::engine::dry::Dry;
use crate::store::{Fault, Sink, StoreError, cases, vouchers};

/// What it takes to rehearse a case inside the transaction that changes it, so that steps and plan are never apart.
struct Planning<'d> {
    call: Call<'d>,
}

impl Planning<'_> {
    /// Opens case number `n` with its steps.
    fn open(
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
            return Ok((case_no, kept.shown(context, shown)));
        }
        Ok((case_no, StepsShown::default()))
    }

    /// Keeps what the case comes to with these steps; the commit is held to it. They are given, for an engine may not show a
    /// batch what it has written itself.
    fn keep(
        &self,
        sink: &mut dyn Sink,
        author: &Author<'_>,
        case_no: &CaseNo,
        steps: &[(i64, KeptStep)],
        shown: Slice,
        watch: &mut dyn Watch,
    ) -> Result<CaseRun, StoreError> {
        // An appender of its own: what is tried must not move the heads that postings build on.
        let mut appender = Appender::new(&self.call.in_force.chart, self.call.in_force.currency());
        let wanted =
            RunOptions { rows: Some(shown), lines: true, unbooked: shown.limit > 0, ..RunOptions::default() };
        let dry = &mut Dry(&mut *sink);
        let mut prepared = run_steps(&self.call, &mut appender, dry, author, steps, wanted, watch)?;
        let text = serde_json::to_string(&prepared.planned())
            .map_err(|error| Fault::Internal { detail: error.to_string() })?;
        cases::set_planned(sink, case_no, &text)?;
        Ok(prepared)
    }
}

impl OpenLedger {
    pub(crate) fn case_row(&mut self, case_no: &CaseNo) -> Result<CaseRow, Refusal> {
        Ok(cases::case(&mut *self.engine, case_no)?.ok_or_else(|| Rejection::not_found("case", case_no))?)
    }

    /// A case: its steps as they would be booked now, or as they were booked; of a long one a slice.
    pub(crate) fn case(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        slice: Slice,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let mut shown = StepsShown::default();
        if !row.state.is_final() && row.steps > 0 {
            let steps = self.kept_steps(case_no)?;
            let wanted = RunOptions { rows: Some(slice), unbooked: true, ..RunOptions::default() };
            let rehearsed = self.dry_run(context, &author(&row, case_no), &steps, wanted, watch)?;
            shown = rehearsed.shown(context, slice);
        }
        self.case_with(context, case_no, slice, shown)
    }

    /// A case whose steps were rehearsed already.
    fn case_with(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        slice: Slice,
        shown: StepsShown,
    ) -> Result<CaseDetail, Refusal> {
        let row = self.case_row(case_no)?;
        let mut staged = shown.rows;
        for step in cases::steps::list(&mut *self.engine, case_no, slice)? {
            if step.dropped || row.state.is_final() {
                let kept = read_step(&step.body)?;
                let why =
                    kept.why.as_ref().map_or_else(String::new, |why| crate::i18n::note(context.lang, why));
                staged.push(unresolved(step.step, &kept, step.dropped, why));
            }
        }
        staged.sort_by_key(|step| step.step);
        Ok(CaseDetail {
            staged,
            last_step: cases::steps::last(&mut *self.engine, case_no)?,
            log: cases::log::list(&mut *self.engine, case_no)?,
            checklist: self.check_rows(context, &row)?,
            about: cases::about(&mut *self.engine, case_no, slice.limit)?,
            booked: vouchers::vouchers_of_case(&mut *self.engine, case_no, slice)?,
            plan_mark: self.plan_mark(case_no)?,
            warnings: shown.warnings,
            row,
        })
    }

    /// Opens a case, with the planner's steps where asked for. One batch: a case is never left without its steps.
    pub(crate) fn case_open(
        &mut self,
        context: &Context,
        opening: &Opening,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let draft = self.draft(context, opening, watch)?;
        let opened = self.write_drafts(context, &[draft], Slice::ALL, watch)?.pop();
        let (case_no, shown) = opened.ok_or_else(|| Rejection::new(Code::Nothing).with("what", "case"))?;
        self.case_with(context, &case_no, Slice::ALL, shown)
    }

    /// Opens cases in one batch: all of them or none. Answers each with the steps to be shown.
    pub(crate) fn write_drafts(
        &mut self,
        context: &Context,
        drafts: &[CaseDraft],
        shown: Slice,
        watch: &mut dyn Watch,
    ) -> Result<Vec<(CaseNo, StepsShown)>, Refusal> {
        for draft in drafts {
            if let Some(reason) = &draft.reason {
                self.in_force.policy.given_reason(reason)?;
            }
            self.reasons_will_do(&draft.reason_or_cause(), draft.steps.iter().map(|step| &step.request))?;
        }
        let basis = self.basis_of_all();
        let planning = Planning { call: Call { in_force: &self.in_force, context } };
        let engine = &mut self.engine;
        let mut opened = Vec::new();
        engine.commit(&mut |sink| {
            basis.stands(sink)?;
            opened.clear();
            let last = cases::last_case(sink)?;
            for ((done, n), draft) in (1..).zip(last + 1..).zip(drafts) {
                opened.push(planning.open(sink, n, draft, shown, watch)?);
                watch.step(done, drafts.len())?;
            }
            Ok(())
        })?;
        Ok(opened)
    }

    /// Stages one more step, under another reason where one is given. A step that could not be booked is refused here already, and
    /// then nothing of the case has changed.
    pub(crate) fn stage(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        request: &StepRequest,
        reason: Option<&str>,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        self.next_state(&row, CaseVerb::Stage, 1)?;
        let reason =
            reason.map(|reason| self.in_force.policy.given_reason(reason).map(str::to_owned)).transpose()?;
        self.reasons_will_do(reason.as_ref().unwrap_or(&row.reason), [request])?;
        let planning = Planning { call: Call { in_force: &self.in_force, context } };
        let engine = &mut self.engine;
        let mut shown = StepsShown::default();
        engine.commit(&mut |sink| {
            basis.stands(sink)?;
            let number = cases::steps::last(sink, case_no)? + 1;
            let mut steps = kept_steps(sink, case_no)?;
            let added = staged(sink, request, &steps)?;
            if steps.len() + added.len() > MAX_STEPS {
                return Err(too_many(steps.len() + added.len()).into());
            }
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
            let tried = planning.keep(sink, &author, case_no, &steps, Slice::ALL, watch)?;
            if let Some((step, rejection)) = &tried.refused
                && *step >= number
            {
                return Err(rejection.clone().into());
            }
            shown = tried.shown(context, Slice::ALL);
            Ok(())
        })?;
        self.case_with(context, case_no, Slice::ALL, shown)
    }

    /// Takes a step out, or puts it back.
    pub(crate) fn stage_drop(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        step: i64,
        dropped: bool,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        let stored = cases::steps::list(&mut *self.engine, case_no, Slice::ALL)?;
        let known = stored
            .iter()
            .find(|known| known.step == step)
            .ok_or_else(|| Rejection::not_found("step", step))?;
        let others = stored.iter().filter(|other| !other.dropped && other.step != step).count();
        let left = others + usize::from(!dropped);
        let state = self.next_state(&row, CaseVerb::Stage, left)?;
        if known.dropped != dropped {
            let verb = if dropped { CaseLogVerb::Drop } else { CaseLogVerb::Restore };
            let planning = Planning { call: Call { in_force: &self.in_force, context } };
            let engine = &mut self.engine;
            engine.commit(&mut |sink| {
                basis.stands(sink)?;
                let mut steps = kept_steps(sink, case_no)?;
                if dropped {
                    steps.retain(|(other, _)| *other != step);
                } else {
                    let at = steps.partition_point(|(other, _)| *other < step);
                    steps.insert(at, (step, read_step(&known.body)?));
                }
                cases::steps::set_dropped(sink, case_no, step, dropped)?;
                cases::set_state(sink, case_no, state, None, None)?;
                cases::log::append(
                    sink,
                    case_no,
                    &context.operator,
                    verb,
                    Some(&step.to_string()),
                    context.now,
                )?;
                planning.keep(sink, &author(&row, case_no), case_no, &steps, Slice::NONE, watch).map(|_| ())
            })?;
        }
        self.case(context, case_no, Slice::ALL, watch)
    }

    /// Stages the same steps anew: what they come to now is what the case is held to from here on. One that can no longer be booked is
    /// named, and then nothing of the case has changed.
    pub(crate) fn case_restage(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        let steps = self.kept_steps(case_no)?;
        let state = self.next_state(&row, CaseVerb::Stage, steps.len())?;
        if steps.is_empty() {
            return Err(Rejection::new(Code::Nothing).into());
        }
        let planning = Planning { call: Call { in_force: &self.in_force, context } };
        let engine = &mut self.engine;
        let mut shown = StepsShown::default();
        engine.commit(&mut |sink| {
            basis.stands(sink)?;
            let steps = kept_steps(sink, case_no)?;
            cases::set_state(sink, case_no, state, None, None)?;
            cases::log::append(sink, case_no, &context.operator, CaseLogVerb::Restage, None, context.now)?;
            let tried = planning.keep(sink, &author(&row, case_no), case_no, &steps, Slice::ALL, watch)?;
            if let Some((step, rejection)) = tried.refused {
                return Err(rejection.with("step", step).into());
            }
            shown = tried.shown(context, Slice::ALL);
            Ok(())
        })?;
        self.case_with(context, case_no, Slice::ALL, shown)
    }

    fn next_state(&self, row: &CaseRow, verb: CaseVerb, steps: usize) -> Result<CaseState, Refusal> {
        Ok(row
            .state
            .after(verb, steps, self.in_force.policy.four_eyes)
            .map_err(|r| r.with("case", &row.case_no))?)
    }

    /// Hands a staged case in: its maker does, somebody who worked on it, or an admin. It must be bookable as it is; what it comes to now is what the checker approves.
    pub(crate) fn case_submit(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        let steps = self.kept_steps(case_no)?;
        let state = self.next_state(&row, CaseVerb::Submit, steps.len())?;
        let admin = self.in_force.policy.admins.iter().any(|admin| admin.is_same_person(&context.operator));
        if !admin && !self.had_a_hand(case_no, &row, &context.operator)? {
            return Err(not_yours(context, &row).into());
        }
        let items = self.check_rows(context, &row)?;
        may_submit(rule(&self.in_force.policy), &open_items(&items)).map_err(|r| r.with("case", case_no))?;
        self.reasons_will_do(&row.reason, steps.iter().map(|(_, step)| &step.request))?;
        let wanted =
            RunOptions { rows: Some(Slice::ALL), lines: true, unbooked: true, ..RunOptions::default() };
        let mut prepared = self.dry_run(context, &author(&row, case_no), &steps, wanted, watch)?;
        if let Some((step, rejection)) = prepared.refused {
            return Err(rejection.with("step", step).into());
        }
        if let Some(rejection) = prepared.records_only() {
            return Err(rejection.into());
        }
        let text = planned_text(&prepared.planned())?;
        self.engine.commit(&mut |sink| {
            basis.stands(sink)?;
            cases::set_planned(sink, case_no, &text)?;
            cases::set_state(sink, case_no, state, None, None)?;
            cases::log::append(sink, case_no, &context.operator, CaseLogVerb::Submit, None, context.now)
        })?;
        self.case_with(context, case_no, Slice::ALL, prepared.shown(context, Slice::ALL))
    }

    /// The checker agrees. The checker is another person than the maker where the policy asks for two.
    pub(crate) fn case_approve(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        seen: Option<&str>,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Approve, 1)?;
        if self.in_force.policy.four_eyes && self.had_a_hand(case_no, &row, &context.operator)? {
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
        self.decide(context, case_no, &basis, state, CaseLogVerb::Approve, None)
    }

    /// Whether an operator made the case or worked on it: opened it, staged or dropped a step, handed it in. Whoever did is
    /// not its second person.
    fn had_a_hand(&mut self, case_no: &CaseNo, row: &CaseRow, operator: &Operator) -> Result<bool, Refusal> {
        let worked = cases::log::list(&mut *self.engine, case_no)?
            .into_iter()
            .any(|line| line.verb.is_work() && line.operator.is_same_person(operator));
        Ok(worked || row.maker.is_same_person(operator))
    }

    /// Fingerprint of what the case was planned to book.
    fn plan_mark(&mut self, case_no: &CaseNo) -> Result<String, Refusal> {
        let planned = cases::planned(&mut *self.engine, case_no)?.unwrap_or_default();
        Ok(crate::domain::chain::fingerprint(planned.as_bytes()))
    }

    /// The checker sends it back, with a reason.
    pub(crate) fn case_reject(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        reason: &str,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Reject, 1)?;
        let reason = short("reason", reason)?.to_owned();
        // Whoever worked on it and gave it out of hand has no say in it any more.
        if !row.maker.is_same_person(&context.operator)
            && self.had_a_hand(case_no, &row, &context.operator)?
        {
            return Err(not_yours(context, &row).into());
        }
        self.decide(context, case_no, &basis, state, CaseLogVerb::Reject, Some(&reason))
    }

    fn decide(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        basis: &Basis,
        state: CaseState,
        verb: CaseLogVerb,
        note: Option<&str>,
    ) -> Result<CaseDetail, Refusal> {
        self.engine.commit(&mut |sink| {
            basis.stands(sink)?;
            // The log goes first: the schema asks for it before a case counts as approved.
            cases::log::append(sink, case_no, &context.operator, verb, note, context.now)?;
            cases::set_state(sink, case_no, state, Some(&context.operator), Some(context.now))
        })?;
        self.case(context, case_no, Slice::ALL, &mut Unwatched)
    }

    /// The maker gives the case to another operator; who it was stays one who had a hand in it.
    pub(crate) fn case_hand(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        to: &Operator,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        self.next_state(&row, CaseVerb::Hand, 1)?;
        if !row.maker.is_same_person(&context.operator) {
            return Err(not_yours(context, &row).into());
        }
        if row.maker.is_same_person(to) {
            return Err(Rejection::new(Code::BadValue).with("what", "operator").with("value", to).into());
        }
        self.engine.commit(&mut |sink| {
            basis.stands(sink)?;
            cases::log::append(sink, case_no, &row.maker, CaseLogVerb::Hand, Some(to.as_str()), context.now)?;
            cases::set_maker(sink, case_no, to)
        })?;
        self.case(context, case_no, Slice::ALL, &mut Unwatched)
    }

    /// The maker, or the checker who decided on it, gives the case up.
    pub(crate) fn case_withdraw(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
    ) -> Result<CaseDetail, Refusal> {
        let basis = self.basis(case_no)?;
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Withdraw, 0)?;
        let theirs = [Some(&row.maker), row.checker.as_ref()];
        if !theirs.into_iter().flatten().any(|one| one.is_same_person(&context.operator)) {
            return Err(not_yours(context, &row).into());
        }
        self.engine.commit(&mut |sink| {
            basis.stands(sink)?;
            // The log goes first: the schema asks whose word it is.
            cases::log::append(sink, case_no, &context.operator, CaseLogVerb::Withdraw, None, context.now)?;
            cases::set_state(sink, case_no, state, row.checker.as_ref(), Some(context.now))
        })?;
        self.case(context, case_no, Slice::ALL, &mut Unwatched)
    }
}

fn not_yours(context: &Context, row: &CaseRow) -> Rejection {
    Rejection::new(Code::NotYours)
        .with("operator", &context.operator)
        .with("case", &row.case_no)
        .with("maker", &row.maker)
}

pub(crate) fn author<'a>(row: &'a CaseRow, case_no: &'a CaseNo) -> Author<'a> {
    Author { case_no: Some(case_no), maker: &row.maker, checker: row.checker.as_ref(), reason: &row.reason }
}

fn add_step(
    sink: &mut dyn Sink,
    case_no: &CaseNo,
    number: i64,
    step: &KeptStep,
    context: &Context,
) -> Result<(), StoreError> {
    cases::steps::insert(sink, case_no, number, &body(step)?, &context.operator, context.now)
}

fn planned_text(planned: &AgreedLines) -> Result<String, Refusal> {
    serde_json::to_string(planned).map_err(|error| Fault::Internal { detail: error.to_string() }.into())
}
