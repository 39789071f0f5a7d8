//! An account is below its floor, or a receivable below zero: somebody was given more than there was.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::LinePlan;
use crate::desk::findings::proposed_steps::{Correction, reverse};
use crate::desk::findings::views::AccountView;
use crate::domain::account::AccountRole;
use crate::domain::finding::{Cause, Finding};
use crate::store::watched::Oddity;

pub(super) const DEF: CauseDef = CauseDef {
    of_account: Some(of_account),
    plan_line: |plan| Some(plan_account(plan)),
    ..CauseDef::new(Cause::BelowFloor)
};

/// A finding of one of its trades explains it better.
fn of_account(view: &AccountView<'_>) -> Option<Finding> {
    let account = &view.evidence.account;
    if account.oddity != Oddity::BelowFloor || view.is_explained {
        return None;
    }
    let is_receivable = account.role == Some(AccountRole::Receivable);
    let key = if is_receivable { "finding.below_zero" } else { "finding.below_floor" };
    Some(view.finding(Cause::BelowFloor, key))
}

/// Reverses the voucher that took it below, if nothing explains that one.
fn plan_account(plan: &LinePlan<'_>) -> Correction {
    match &plan.finding.voucher_no {
        Some(voucher_no) => Correction::new(vec![reverse(voucher_no)], "plan.unexplained"),
        None => Correction::none("plan.below_floor"),
    }
}
