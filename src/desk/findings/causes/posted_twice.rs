//! One event has two or more live postings.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, repost, reverse};
use crate::desk::findings::views::EventView;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::rejection::Rejection;
use crate::protocol::steps::StepRequest;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan: plan_posted_twice, ..CauseDef::new(Cause::PostedTwice) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    if event.live_count < 2 {
        return None;
    }
    let position = event.trade.position();
    let keep = position.posting_to_keep(event.event, event.expected.as_ref()?)?;
    let extra = position.live(event.event).find(|voucher| voucher.seq != keep.seq)?;
    let mut finding = event.finding(Cause::PostedTwice);
    finding.voucher_no = Some(extra.voucher_no.clone());
    finding.expected_minor = Some(position.trade.amount_minor);
    finding.actual_minor = position.trade.amount_minor.checked_mul(event.live_count);
    finding.note = Note::new("finding.posted_twice")
        .with("kept", &keep.voucher_no)
        .with("extra", &extra.voucher_no)
        .with("count", event.live_count);
    Some(finding)
}

/// Reverses all postings but one correct one; if none is correct, reverses all and posts again.
fn plan_posted_twice(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let (position, event) = (plan.position(), plan.event());
    let expected = plan.expected(event)?;
    let keep = position.posting_to_keep(event, &expected).filter(|voucher| voucher.is_correct(&expected));
    let mut steps: Vec<StepRequest> = position
        .live(event)
        .filter(|voucher| keep.is_none_or(|keep| keep.seq != voucher.seq))
        .map(|voucher| reverse(&voucher.voucher_no))
        .collect();
    if keep.is_none() {
        steps.push(repost(plan.trade_no(), event, Vec::new()));
    }
    Ok(Correction::new(steps, "plan.posted_twice"))
}
