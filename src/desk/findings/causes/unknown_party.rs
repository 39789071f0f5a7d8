//! A customer or merchant whom no trade knows has money.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::LinePlan;
use crate::desk::findings::proposed_steps::{Correction, reverse};
use crate::desk::findings::views::AccountView;
use crate::domain::finding::{Cause, Finding};
use crate::store::watched::Oddity;

pub(super) const DEF: CauseDef = CauseDef {
    of_account: Some(of_account),
    plan_line: |plan| Some(plan_account(plan)),
    ..CauseDef::new(Cause::UnknownParty)
};

fn of_account(view: &AccountView<'_>) -> Option<Finding> {
    let is_unknown = view.evidence.account.oddity == Oddity::UnknownParty && !view.is_explained;
    is_unknown.then(|| view.finding(Cause::UnknownParty, "finding.unknown_party"))
}

/// Reverses the voucher that brought the money, if nothing explains that one.
fn plan_account(plan: &LinePlan<'_>) -> Correction {
    match &plan.finding.voucher_no {
        Some(voucher_no) => Correction::new(vec![reverse(voucher_no)], "plan.unexplained"),
        None => Correction::none("plan.unknown_party"),
    }
}
