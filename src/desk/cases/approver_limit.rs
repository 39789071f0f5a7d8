//! The limit of an approver: a case that books more is refused, at approval and again at commit.

use crate::desk::corrections::case_run::{CaseRun, RunOptions};
use crate::desk::ledger::OpenLedger;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::money::{Currency, Money};
use crate::domain::policy::Policy;
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
        if self.in_force.policy.limit_of(&context.operator).is_none() {
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
        Ok(run.refuse_above_limit(
            &self.in_force.policy,
            self.in_force.currency(),
            &context.operator,
            &case.case_no,
        )?)
    }
}

impl CaseRun {
    /// Refuses a case above what an operator may approve.
    ///
    /// # Errors
    /// [`Code::ApprovalLimit`]. An amount in a currency other than the ledger's is above every limit.
    pub(crate) fn refuse_above_limit(
        &self,
        policy: &Policy,
        own: Currency,
        operator: &Operator,
        case_no: &CaseNo,
    ) -> Result<(), Rejection> {
        let Some(limit) = policy.limit_of(operator) else { return Ok(()) };
        let mut weights = self.sums.iter().map(|(currency, sums)| (*currency, sums.weight()));
        let Some((currency, minor)) =
            weights.find(|(currency, minor)| *minor > if *currency == own.code() { limit } else { 0 })
        else {
            return Ok(());
        };
        let amount = currency
            .parse()
            .map_or_else(|_| minor.to_string(), |currency: Currency| Money::new(minor, currency).grouped());
        Err(Rejection::new(Code::ApprovalLimit)
            .with("operator", operator)
            .with("case", case_no)
            .with("amount", amount)
            .with("limit", Money::new(limit, own).grouped()))
    }
}
