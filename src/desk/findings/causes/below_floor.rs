//! An account is below its floor, or a receivable below zero: somebody was given more than there was.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::LinePlan;
use crate::desk::findings::proposed_steps::{Correction, reverse};
use crate::desk::findings::views::AccountView;
use crate::domain::account::AccountRole;
use crate::domain::chart::with_role;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::money::Money;
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

/// Reverses the voucher that took it below, if nothing explains that one. One that a trade or a case explains is right:
/// what is lacking is owed, and a person says by which trade.
fn plan_account(plan: &LinePlan<'_>) -> Correction {
    if let Some(voucher_no) = &plan.finding.voucher_no {
        return Correction::new(vec![reverse(voucher_no)], "plan.unexplained");
    }
    let account = plan.finding.account.as_ref();
    let owed = with_role(&plan.in_force.chart, AccountRole::Receivable);
    match account.and_then(|account| Some((account, owed?, account.leaf()?))) {
        Some((account, owed, holder)) if !account.as_str().starts_with(&format!("{}.", owed.code)) => {
            let debtor = format!("{}.{holder}", owed.code);
            let lacking = plan
                .in_force
                .currencies
                .amount(Money::new(plan.finding.amount_minor, plan.in_force.currencies.of(account)));
            let why = Note::new("plan.below_floor").with("account", account).with("debtor", debtor);
            Correction::because(why.with("lacking", lacking))
        }
        _ => Correction::none("plan.below_zero"),
    }
}
