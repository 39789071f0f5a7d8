//! A journal is imported into a case (凭证导入工单): each of its vouchers becomes a step, all of them or none.
//!
//! A ledger that is the books takes journals in this way alone. The case then is as any other: previewed, approved
//! within the approver's limit, and committed in one batch. The file is taken or left as a whole: with one of its
//! steps the others are dropped and restored. Until the case is over no other case takes the file, and afterwards
//! it counts as imported.

use crate::desk::cases::detail::author;
use crate::desk::cases::stage::{Staging, add_step};
use crate::desk::corrections::effect::{KeptStep, kept_steps};
use crate::desk::corrections::resolver::Call;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::{CaseLogVerb, CaseState, CaseVerb, refuse_too_many_steps};
use crate::domain::id::CaseNo;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::context::Context;
use crate::protocol::journals::{JournalFile, JournalForCase};
use crate::protocol::page::Slice;
use crate::protocol::refusal::{Refusal, refused_voucher};
use crate::protocol::watch::Watch;
use crate::store::{StoreError, cases, journals};

impl OpenLedger {
    /// Stages the vouchers of a journal in its case. Returns the journal as the case has it already, if it does;
    /// nothing is written then, as in a dry run.
    ///
    /// # Errors
    /// [`Code::Held`] if another case holds the file; the refusal of the first voucher that could not be booked,
    /// with its line, and each of them as a mistake of the file; refusals of a case that takes no steps now, or of
    /// more steps than a case may have. The case stays as it was then.
    pub(crate) fn stage_journal(
        &mut self,
        context: &Context,
        journal: &JournalForCase,
        watch: &mut dyn Watch,
    ) -> Result<Option<JournalFile>, Refusal> {
        while self.engine.prefetch_pass()? {
            let _ = self.try_journal(context, journal, watch);
        }
        self.try_journal(context, journal, watch)
    }

    fn try_journal(
        &mut self,
        context: &Context,
        journal: &JournalForCase,
        watch: &mut dyn Watch,
    ) -> Result<Option<JournalFile>, Refusal> {
        let JournalForCase { case_no, file, steps: vouchers, dry_run } = journal;
        let precondition = self.precondition(case_no)?;
        if let Some((holder, before)) = journals::held_by(&mut *self.engine, &file.fingerprint)? {
            if holder == *case_no {
                return Ok(Some(before));
            }
            return Err(Rejection::new(Code::Held).with("file", &file.name).with("case", holder).into());
        }
        let row = self.case_row(case_no)?;
        self.next_state(&row, CaseVerb::Stage, 1)?;
        let kept = |step| KeptStep { request: step, why: None };
        let added: Vec<KeptStep> = vouchers.iter().map(|step| kept(step.clone().into())).collect();
        self.check_reasons(&row.reason, added.iter().take(1).map(|step| &step.request))?;
        let staging = Staging { call: Call { in_force: &self.in_force, context } };
        let (mut tried, mut at_line, mut mistakes) = (false, None, Vec::new());
        let written = self.engine.commit(&mut |sink| {
            (tried, at_line, mistakes) = (false, None, Vec::new());
            precondition.holds(sink)?;
            let first_step = cases::steps::last(sink, case_no)? + 1;
            let mut steps = kept_steps(sink, case_no)?;
            refuse_too_many_steps(steps.len() + added.len())?;
            for (number, kept) in (first_step..).zip(&added) {
                add_step(sink, case_no, number, kept, context)?;
                steps.push((number, kept.clone()));
            }
            let imported = JournalFile {
                file: file.name.clone(),
                fingerprint: file.fingerprint.clone(),
                first_step,
                vouchers: i64::try_from(added.len()).unwrap_or(i64::MAX),
                at: context.now,
                operator: context.operator.clone(),
            };
            journals::insert(sink, case_no, &imported)?;
            cases::set_state(sink, case_no, CaseState::Staged, None, None)?;
            let (note, now) = (Some(file.name.as_str()), context.now);
            cases::log::append(sink, case_no, &context.operator, CaseLogVerb::Stage, note, now)?;
            let run = staging.keep(sink, &author(&row, case_no), case_no, &steps, Slice::NONE, watch)?;
            let voucher_of = |step: i64| {
                let at = usize::try_from(step - first_step).ok().and_then(|index| vouchers.get(index));
                at.map(|step| &step.voucher)
            };
            for (step, rejection) in run.refusals_from(first_step) {
                let told = voucher_of(*step).map(|voucher| refused_voucher(&file.name, voucher, rejection));
                mistakes.extend(told);
            }
            if let Some((step, rejection)) = run.refusals_from(first_step).next() {
                at_line = voucher_of(*step).map(|voucher| voucher.first_line);
                return Err(rejection.clone().into());
            }
            tried = *dry_run;
            if *dry_run { Err(StoreError::rejected(Code::Cancelled)) } else { Ok(()) }
        });
        match written {
            Err(_) if tried => Ok(None),
            Err(StoreError::Rejected(rejection)) => Err(match at_line {
                Some(line) => Rejection { mistakes, ..rejection.at_line(&file.name, line) }.into(),
                None => rejection.into(),
            }),
            written => Ok(written.map(|()| None)?),
        }
    }

    /// Returns the first and the last of the steps that are dropped or restored with one: the vouchers of its
    /// journal, or the step alone.
    ///
    /// # Errors
    /// [`Code::Held`] if a journal would be restored that another case holds by now.
    pub(super) fn dropped_with(
        &mut self,
        case_no: &CaseNo,
        step: i64,
        dropped: bool,
    ) -> Result<(i64, i64), Refusal> {
        let journals = journals::of_case(&mut *self.engine, case_no)?;
        let is_of = |journal: &JournalFile| (journal.first_step..=journal.last_step()).contains(&step);
        let Some(journal) = journals.into_iter().find(is_of) else { return Ok((step, step)) };
        if !dropped
            && let Some((holder, _)) = journals::held_by(&mut *self.engine, &journal.fingerprint)?
            && holder != *case_no
        {
            return Err(Rejection::new(Code::Held).with("file", journal.file).with("case", holder).into());
        }
        Ok((journal.first_step, journal.last_step()))
    }
}
