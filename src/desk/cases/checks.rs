//! The conditions of a commit as a preview shows them: each once, with its state and a sentence.

use crate::desk::cases::checklist::{open_items, rule};
use crate::desk::corrections::case_run::{AgreedLines, CaseRun};
use crate::desk::corrections::resolver::Call;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::{CaseState, GuardName};
use crate::domain::playbook::ChecklistRule;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::BillState;
use crate::i18n;
use crate::protocol::cases::CaseRow;
use crate::protocol::context::Context;
use crate::protocol::preview::{Guard, GuardState};
use crate::protocol::refusal::Refusal;

/// Returns the conditions of the commit for a dry run, each once.
pub(crate) fn guards(run: &CaseRun, planned: Option<&AgreedLines>, call: &Call<'_>) -> Vec<Guard> {
    const ALWAYS: [GuardName; 6] = [
        GuardName::Balanced,
        GuardName::DayOpen,
        GuardName::FirstReversal,
        GuardName::Due,
        GuardName::Floors,
        GuardName::Accounts,
    ];
    let context = call.context;
    let failing = run
        .refused
        .as_ref()
        .map(|(step, rejection)| (guard_of(rejection.code), rejection.clone().with("step", step)));
    let mut guards: Vec<Guard> = ALWAYS
        .into_iter()
        .map(|name| match &failing {
            Some((guard, rejection)) if *guard == name => fail(name, rejection, call),
            _ => ok(name, GuardState::Ok, &format!("guard.{name}.ok"), context),
        })
        .collect();
    if let Some((guard, rejection)) = &failing
        && !ALWAYS.contains(guard)
    {
        guards.push(fail(*guard, rejection, call));
    }
    if failing.is_none() {
        guards.push(match run.same_as_planned() {
            Ok(()) => ok(GuardName::Unchanged, GuardState::Ok, "guard.unchanged.ok", context),
            Err(rejection) => fail(GuardName::Unchanged, &rejection, call),
        });
    }
    let moved = planned.is_some_and(|planned| planned.heads != run.heads());
    guards.push(if moved {
        ok(GuardName::Heads, GuardState::Note, "guard.heads.moved", context)
    } else {
        ok(GuardName::Heads, GuardState::Ok, "guard.heads.ok", context)
    });
    let (customers, channels) = run.changes_views();
    let withdrawn = run.statements.iter().any(|end| end.state != BillState::Standing);
    let overridden =
        run.by_hand || withdrawn || run.amendments.iter().any(|(_, amendment)| amendment.reason.is_some());
    for (changed, name, same, proven, by_hand) in [
        (
            customers,
            GuardName::CustomerView,
            "guard.customer_view.ok",
            "guard.customer_view.proven",
            "guard.customer_view.override",
        ),
        (
            channels,
            GuardName::Reconciliation,
            "guard.reconciliation.ok",
            "guard.reconciliation.proven",
            "guard.reconciliation.override",
        ),
    ] {
        guards.push(match (changed, overridden) {
            (false, _) => ok(name, GuardState::Ok, same, context),
            (true, false) => ok(name, GuardState::Note, proven, context),
            (true, true) => ok(name, GuardState::Note, by_hand, context),
        });
    }
    guards
}

/// Returns the guard that refuses with a code.
const fn guard_of(code: Code) -> GuardName {
    match code {
        Code::Unbalanced | Code::TooFewEntries => GuardName::Balanced,
        Code::DayNotOpen | Code::ReversalDate | Code::Mode => GuardName::DayOpen,
        Code::AlreadyReversed | Code::ReversalOfReversal | Code::Cleared | Code::Countered => {
            GuardName::FirstReversal
        }
        Code::AlreadyPosted | Code::LineAnswered | Code::NotDue | Code::Waiting | Code::OverLimit => {
            GuardName::Due
        }
        Code::Floor => GuardName::Floors,
        Code::AccountUnknown | Code::AccountNotActive | Code::RoleMissing => GuardName::Accounts,
        _ => GuardName::Steps,
    }
}

fn ok(guard: GuardName, state: GuardState, key: &str, context: &Context) -> Guard {
    Guard { guard, state, code: None, text: i18n::word(context.lang, key) }
}

pub(crate) fn fail(guard: GuardName, rejection: &Rejection, call: &Call<'_>) -> Guard {
    Guard {
        guard,
        state: GuardState::Fail,
        code: Some(rejection.code.as_str().to_owned()),
        text: call.message(rejection.clone()),
    }
}

impl OpenLedger {
    /// Returns the guard of the checklist if a required item is open.
    pub(crate) fn checklist_guard(
        &mut self,
        context: &Context,
        case: &CaseRow,
    ) -> Result<Option<Guard>, Refusal> {
        let open = open_items(&self.check_rows(context, case)?);
        if open.is_empty() {
            return Ok(None);
        }
        let args = [("n", open.len().to_string()), ("item", open.join(", "))];
        let text = i18n::text(context.lang, "guard.checklist.open", &args);
        let state = match rule(&self.in_force.policy) {
            ChecklistRule::Advised => GuardState::Note,
            ChecklistRule::Required => GuardState::Fail,
        };
        let code = (state == GuardState::Fail).then(|| Code::Checklist.as_str().to_owned());
        Ok(Some(Guard { guard: GuardName::Checklist, state, code, text }))
    }

    pub(crate) fn approval_guard(&self, context: &Context, state: CaseState, two_people: bool) -> Guard {
        let approved = !self.in_force.policy.four_eyes || (state == CaseState::Approved && two_people);
        if approved {
            ok(GuardName::Approval, GuardState::Ok, "guard.approval.ok", context)
        } else {
            Guard {
                code: Some(Code::FourEyes.as_str().to_owned()),
                ..ok(GuardName::Approval, GuardState::Fail, "guard.approval.needed", context)
            }
        }
    }
}
