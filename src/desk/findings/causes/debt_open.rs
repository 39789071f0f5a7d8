//! Somebody owes us: a balance on the receivable, or a shortage that no open item explains. A note until the
//! age that the policy names.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::AccountView;
use crate::domain::account::AccountRole;
use crate::domain::finding::{Cause, Finding, Severity};
use crate::store::watched::Oddity;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

pub(super) const DEF: CauseDef = CauseDef {
    of_account: Some(of_account),
    plan_line: |_| Some(Correction::none("plan.debt_open")),
    is_actionable: false,
    ..CauseDef::new(Cause::DebtOpen)
};

fn of_account(view: &AccountView<'_>) -> Option<Finding> {
    let account = &view.evidence.account;
    if account.oddity != Oddity::Debt {
        return None;
    }
    let is_shortage = account.role == Some(AccountRole::Shortage);
    let key = if is_shortage { "finding.shortage_open" } else { "finding.debt_open" };
    let mut finding = view.finding(Cause::DebtOpen, key);
    let grows_old = finding.since.plus_seconds(i64::from(view.scope.in_force.policy.debt_days) * DAY);
    if grows_old <= view.scope.now {
        finding.severity = Severity::Medium;
    }
    view.scope.look_again(grows_old);
    Some(finding)
}
