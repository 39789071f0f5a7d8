//! The booked lines are right and others are missing (分录不全).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, adjust};
use crate::desk::findings::views::EventView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::rejection::Rejection;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::HalfPosted) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    event.booked_finding(Cause::HalfPosted, "finding.half_posted")
}

/// Books the missing lines.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(Correction::new(vec![adjust(plan.trade_no(), plan.event())], "plan.half_posted"))
}
