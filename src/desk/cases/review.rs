//! A case in review: submitted by its maker, approved or rejected by a second person, handed over or
//! withdrawn.

use crate::desk::cases::checklist::{open_items, rule};
use crate::desk::cases::detail::author;
use crate::desk::cases::precondition::Precondition;
use crate::desk::corrections::case_run::{AgreedLines, RunOptions};
use crate::desk::corrections::resolver::Call;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::checked_note;
use crate::domain::case::{CaseLogVerb, CaseState, CaseVerb};
use crate::domain::id::{CaseNo, Operator};
use crate::domain::playbook::may_submit;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::{
    ApproveCase, CaseDetail, CaseRow, HandOverCase, RejectCase, SubmitCase, WithdrawCase,
};
use crate::protocol::context::Context;
use crate::protocol::page::Slice;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Unwatched, Watch};
use crate::store::{Fault, cases};

impl OpenLedger {
    /// Submits a staged case, by its maker, another operator who worked on it, or an admin. It must be
    /// bookable as it is; what it would book now is what the checker approves.
    pub(crate) fn case_submit(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        let steps = self.kept_steps(case_no)?;
        let state = self.next_state(&row, CaseVerb::Submit, steps.len())?;
        let admin = self.in_force.policy.admins.iter().any(|admin| admin.is_same_person(&context.operator));
        if !admin && !self.worked_on(case_no, &row, &context.operator)? {
            return Err(not_yours(context, &row).into());
        }
        let items = self.check_rows(context, &row)?;
        may_submit(rule(&self.in_force.policy), &open_items(&items)).map_err(|r| r.with("case", case_no))?;
        self.check_reasons(&row.reason, steps.iter().map(|(_, step)| &step.request))?;
        let options =
            RunOptions { rows: Some(Slice::ALL), lines: true, unbooked: true, ..RunOptions::default() };
        let mut run = self.dry_run(context, &author(&row, case_no), &steps, options, watch)?;
        if let Some((step, rejection)) = run.refused {
            return Err(rejection.with("step", step).into());
        }
        if let Some(rejection) = run.records_only() {
            return Err(rejection.into());
        }
        let text = planned_text(&run.planned())?;
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            cases::set_planned(sink, case_no, &text)?;
            cases::set_state(sink, case_no, state, None, None)?;
            cases::log::append(sink, case_no, &context.operator, CaseLogVerb::Submit, None, context.now)
        })?;
        let shown = run.shown(&Call { in_force: &self.in_force, context }, Slice::ALL);
        self.case_with(context, case_no, Slice::ALL, shown)
    }

    /// Approves a case. If the policy asks for four eyes, the operator must not have worked on it.
    pub(crate) fn case_approve(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        seen: Option<&str>,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Approve, 1)?;
        if self.in_force.policy.four_eyes && self.worked_on(case_no, &row, &context.operator)? {
            return Err(Rejection::new(Code::FourEyes)
                .with("operator", &context.operator)
                .with("case", case_no)
                .into());
        }
        let mark = self.plan_mark(case_no)?;
        if seen.is_some_and(|seen| seen != mark) {
            return Err(Rejection::new(Code::Stale).with("case", case_no).into());
        }
        self.refuse_case_above_limit(context, &row)?;
        self.decide(context, case_no, &precondition, state, CaseLogVerb::Approve, None)
    }

    /// True if an operator is the maker of the case or worked on it ([`CaseLogVerb::is_work`]); then the
    /// operator cannot be its second person.
    fn worked_on(&mut self, case_no: &CaseNo, row: &CaseRow, operator: &Operator) -> Result<bool, Refusal> {
        let worked = cases::log::list(&mut *self.engine, case_no)?
            .into_iter()
            .any(|line| line.verb.is_work() && line.operator.is_same_person(operator));
        Ok(worked || row.maker.is_same_person(operator))
    }

    /// Sends a case back, with a reason.
    pub(crate) fn case_reject(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        reason: &str,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Reject, 1)?;
        let reason = checked_note("reason", reason)?.to_owned();
        // An operator who worked on the case and handed it over may not decide on it.
        if !row.maker.is_same_person(&context.operator) && self.worked_on(case_no, &row, &context.operator)? {
            return Err(not_yours(context, &row).into());
        }
        self.decide(context, case_no, &precondition, state, CaseLogVerb::Reject, Some(&reason))
    }

    fn decide(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        precondition: &Precondition,
        state: CaseState,
        verb: CaseLogVerb,
        note: Option<&str>,
    ) -> Result<CaseDetail, Refusal> {
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            // The log comes first: the schema requires its entry before a case counts as approved.
            cases::log::append(sink, case_no, &context.operator, verb, note, context.now)?;
            cases::set_state(sink, case_no, state, Some(&context.operator), Some(context.now))
        })?;
        self.case(context, case_no, Slice::ALL, &mut Unwatched)
    }

    /// Hands the case to another operator, by its maker, who still counts as one who worked on it.
    pub(crate) fn case_hand(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        to: &Operator,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        self.next_state(&row, CaseVerb::Hand, 1)?;
        if !row.maker.is_same_person(&context.operator) {
            return Err(not_yours(context, &row).into());
        }
        if row.maker.is_same_person(to) {
            return Err(Rejection::new(Code::BadValue).with("what", "operator").with("value", to).into());
        }
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            cases::log::append(sink, case_no, &row.maker, CaseLogVerb::Hand, Some(to.as_str()), context.now)?;
            cases::set_maker(sink, case_no, to)
        })?;
        self.case(context, case_no, Slice::ALL, &mut Unwatched)
    }

    /// Withdraws a case, by its maker or by the checker who decided on it.
    pub(crate) fn case_withdraw(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
    ) -> Result<CaseDetail, Refusal> {
        let precondition = self.precondition(case_no)?;
        let row = self.case_row(case_no)?;
        let state = self.next_state(&row, CaseVerb::Withdraw, 0)?;
        let theirs = [Some(&row.maker), row.checker.as_ref()];
        if !theirs.into_iter().flatten().any(|one| one.is_same_person(&context.operator)) {
            return Err(not_yours(context, &row).into());
        }
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            // The log comes first: the schema checks the operator of its entry.
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

fn planned_text(planned: &AgreedLines) -> Result<String, Refusal> {
    serde_json::to_string(planned).map_err(|error| Fault::Internal { detail: error.to_string() }.into())
}

impl Handle for HandOverCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, to } = self;
        Ok(Box::new(ledger.case_hand(context, &case_no, &to)?))
    }

    replay_shows_case!();
}

impl Handle for SubmitCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no } = self;
        Ok(Box::new(ledger.case_submit(context, &case_no, watch)?))
    }

    replay_shows_case!();
}

impl Handle for ApproveCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, seen } = self;
        Ok(Box::new(ledger.case_approve(context, &case_no, seen.as_deref())?))
    }

    replay_shows_case!();
}

impl Handle for RejectCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, reason } = self;
        Ok(Box::new(ledger.case_reject(context, &case_no, &reason)?))
    }

    replay_shows_case!();
}

impl Handle for WithdrawCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no } = self;
        Ok(Box::new(ledger.case_withdraw(context, &case_no)?))
    }

    replay_shows_case!();
}
