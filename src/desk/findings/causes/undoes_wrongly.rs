//! A trade goes back on another (refund, chargeback, return, counter trade, representment) and contradicts it:
//! more is undone than is left, it is another party's, channel's or currency's, or the original failed or is
//! refused itself.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, claim, claim_excess, take_back};
use crate::desk::findings::views::EventView;
use crate::domain::due::{Due, NotDue, contradiction_note};
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Scenario};
use crate::domain::rejection::Rejection;
use crate::domain::undoing::Contradiction;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::UndoesWrongly) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    let Due::No(NotDue::Contradicts(contradiction)) = &event.due else { return None };
    let position = event.trade.position();
    let mut finding = event.finding(Cause::UndoesWrongly);
    finding.voucher_no = position.live(event.event).next().map(|voucher| voucher.voucher_no.clone());
    let (scenario, left_minor) = match contradiction {
        Contradiction::TooMuch { left_minor, .. } => (Scenario::S31, *left_minor),
        Contradiction::Fact { .. } => (Scenario::S32, 0),
        Contradiction::Status { .. } | Contradiction::Refused { .. } => (Scenario::S33, 0),
    };
    (finding.scenario, finding.expected_minor) = (scenario, Some(left_minor));
    let booked = if event.live_count > 0 { position.trade.amount_minor } else { 0 };
    finding.actual_minor = Some(booked);
    finding.note = contradiction_note(contradiction);
    Some(finding)
}

/// Takes back what was booked, and puts the money that moved into suspense until it is claimed or explained:
/// neither a customer nor a merchant answers for it before. Of one that undoes more than is left only the excess waits.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let mut steps = take_back(plan.position(), plan.event());
    let is_excess = plan.finding.expected_minor.is_some_and(|left| left > 0);
    let why = if is_excess { "plan.undoes_too_much" } else { "plan.undoes_wrongly" };
    if plan.event() == Event::CAPTURED {
        let claims = if is_excess { claim_excess } else { claim };
        steps.push(claims(plan.trade_no()));
    }
    Ok(Correction::new(steps, why))
}
