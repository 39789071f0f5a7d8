//! Booked although the trade failed or is not due.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, take_back};
use crate::desk::findings::views::EventView;
use crate::domain::due::{Due, NotDue};
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::rejection::Rejection;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::PostedNotDue) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    if event.live_count == 0 || !event.due.forbids() {
        return None;
    }
    let position = event.trade.position();
    let mut finding = event.finding(Cause::PostedNotDue);
    finding.voucher_no = position.live(event.event).next().map(|voucher| voucher.voucher_no.clone());
    finding.expected_minor = Some(0);
    finding.actual_minor = Some(position.trade.amount_minor);
    finding.note = match event.due {
        Due::No(NotDue::Nothing) => Note::new("finding.posted_for_nothing"),
        _ => Note::new("finding.posted_not_due").with("status", position.status_now),
    };
    Some(finding)
}

/// Reverses what was booked.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(Correction::new(take_back(plan.position(), plan.event()), "plan.posted_not_due"))
}
