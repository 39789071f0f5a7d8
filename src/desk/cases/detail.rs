//! A case as it is shown, and what its other rooms read of it.

use crate::desk::corrections::case_run::{RunOptions, StepsShown};
use crate::desk::corrections::effect::read_step;
use crate::desk::corrections::resolver::{Author, Call};
use crate::desk::corrections::steps::unresolved;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::{CaseState, CaseVerb};
use crate::domain::id::CaseNo;
use crate::domain::rejection::Rejection;
use crate::i18n::causes_named;
use crate::protocol::cases::{CaseDetail, CaseRow, ListCases, ShowCase};
use crate::protocol::context::Context;
use crate::protocol::page::Slice;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::{cases, journals, vouchers};

impl OpenLedger {
    pub(crate) fn case_row(&mut self, case_no: &CaseNo) -> Result<CaseRow, Refusal> {
        Ok(cases::case(&mut *self.engine, case_no)?.ok_or_else(|| Rejection::not_found("case", case_no))?)
    }

    /// Returns a case with a slice of its steps: as they would be booked now, or as they were booked.
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
            let options = RunOptions { rows: Some(slice), unbooked: true, ..RunOptions::default() };
            let run = self.dry_run(context, &author(&row, case_no), &steps, options, watch)?;
            shown = run.shown(&Call { in_force: &self.in_force, context }, slice);
        }
        self.case_with(context, case_no, slice, shown)
    }

    /// Returns a case whose steps went through a dry run already.
    pub(super) fn case_with(
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
                let words = |why| self.in_force.names.note(context.lang, why);
                let why = kept.why.as_ref().map_or_else(String::new, words);
                staged.push(unresolved(step.step, &kept, step.dropped, why));
            }
        }
        staged.sort_by_key(|step| step.step);
        Ok(CaseDetail {
            journals: journals::of_case(&mut *self.engine, case_no)?,
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

    /// Returns the fingerprint of the lines that the case was planned to book.
    pub(super) fn plan_mark(&mut self, case_no: &CaseNo) -> Result<String, Refusal> {
        let planned = cases::planned(&mut *self.engine, case_no)?.unwrap_or_default();
        Ok(crate::domain::chain::fingerprint(planned.as_bytes()))
    }

    pub(super) fn next_state(
        &self,
        row: &CaseRow,
        verb: CaseVerb,
        steps: usize,
    ) -> Result<CaseState, Refusal> {
        Ok(row
            .state
            .after(verb, steps, self.in_force.policy.four_eyes)
            .map_err(|r| r.with("case", &row.case_no))?)
    }
}

pub(crate) fn author<'a>(row: &'a CaseRow, case_no: &'a CaseNo) -> Author<'a> {
    Author { case_no: Some(case_no), maker: &row.maker, checker: row.checker.as_ref(), reason: &row.reason }
}

impl Handle for ListCases {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { filter, page } = self;
        let meant = filter.text.as_ref().map(|text| causes_named(text, context.lang));
        let meant = meant.unwrap_or_default();
        Ok(cases::cases(&mut *ledger.engine, &filter, &meant, &page)?)
    }
}

impl Handle for ShowCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, slice } = self;
        Ok(Box::new(ledger.case(context, &case_no, slice, watch)?))
    }
}
