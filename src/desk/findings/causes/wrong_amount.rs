//! Right accounts, booked with other amounts.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, replace};
use crate::desk::findings::views::EventView;
use crate::domain::finding::{Cause, Finding, Scenario};
use crate::domain::rejection::Rejection;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::WrongAmount) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    let mut finding = event.booked_finding(Cause::WrongAmount, "finding.wrong_amount")?;
    if finding.actual_minor < finding.expected_minor {
        finding.scenario = Scenario::S08;
    }
    Some(finding)
}

/// Reverses the posting and posts it again by the rules.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(replace(plan.position(), plan.event(), "plan.wrong_amount"))
}
