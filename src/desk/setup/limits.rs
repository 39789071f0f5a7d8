//! The limit of an approver, held against what a case books.

use crate::desk::corrections::case_run::RunOptions;
use crate::desk::ledger::OpenLedger;
use crate::protocol::cases::CaseRow;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;

impl OpenLedger {
    /// The case is not above what the checker may approve.
    pub(crate) fn within_limit(&mut self, context: &Context, case: &CaseRow) -> Result<(), Refusal> {
        if self.in_force.policy.limit_of(&context.operator).is_none() {
            return Ok(());
        }
        let steps = self.kept_steps(&case.case_no)?;
        let author = crate::desk::cases::lifecycle::author(case, &case.case_no);
        let prepared = self.dry_run(
            context,
            &author,
            &steps,
            RunOptions::default(),
            &mut crate::protocol::watch::Unwatched,
        )?;
        if let Some((step, rejection)) = prepared.refused {
            return Err(rejection.with("step", step).into());
        }
        Ok(prepared.within(
            &self.in_force.policy,
            self.in_force.currency(),
            &context.operator,
            &case.case_no,
        )?)
    }
}
