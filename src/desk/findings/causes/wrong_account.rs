//! Right amounts and sides, booked on another account.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, replace};
use crate::desk::findings::views::EventView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::rejection::Rejection;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::WrongAccount) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    event.booked_finding(Cause::WrongAccount, "finding.wrong_account")
}

/// Reverses the posting and posts it again by the rules.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(replace(plan.position(), plan.event(), "plan.wrong_account"))
}
