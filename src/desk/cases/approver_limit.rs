//! The limit of an approver: a case that books more is refused, at approval and again at commit.

use crate::desk::corrections::case_run::{CaseRun, RunOptions};
use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::money::{Currency, Money};
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::CaseRow;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;

impl OpenLedger {
    /// Refuses an approval above the operator's limit.
    pub(crate) fn refuse_case_above_limit(
        &mut self,
        context: &Context,
        case: &CaseRow,
    ) -> Result<(), Refusal> {
        if self.in_force.policy.limit_of(&context.operator, self.in_force.currency()).is_none() {
            return Ok(());
        }
        let steps = self.kept_steps(&case.case_no)?;
        let author = crate::desk::cases::detail::author(case, &case.case_no);
        let run = self.dry_run(
            context,
            &author,
            &steps,
            RunOptions::default(),
            &mut crate::protocol::watch::Unwatched,
        )?;
        if let Some((step, rejection)) = run.refused {
            return Err(rejection.with("step", step).into());
        }
        Ok(run.refuse_above_limit(&self.in_force, &context.operator, &case.case_no)?)
    }
}

impl CaseRun {
    /// Refuses a case above what an operator may approve.
    ///
    /// # Errors
    /// [`Code::ApprovalLimit`]. Each currency has a limit of its own; without one it is zero, if the operator
    /// has a limit at all.
    pub(crate) fn refuse_above_limit(
        &self,
        in_force: &InForce,
        operator: &Operator,
        case_no: &CaseNo,
    ) -> Result<(), Rejection> {
        for (code, sums) in &self.sums {
            let bad = |_| Rejection::new(Code::BadValue).with("what", "currency").with("value", code);
            let currency: Currency = code.parse().map_err(bad)?;
            let Some(limit) = in_force.policy.limit_of(operator, currency) else { continue };
            let (amount, limit) = (Money::new(sums.weight(), currency), Money::new(limit, currency));
            if amount.minor > limit.minor {
                return Err(Rejection::new(Code::ApprovalLimit)
                    .with("operator", operator)
                    .with("case", case_no)
                    .with("amount", in_force.currencies.amount(amount))
                    .with("limit", in_force.currencies.amount(limit)));
            }
        }
        Ok(())
    }
}
