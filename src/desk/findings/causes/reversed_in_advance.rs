//! The channel reversed a payment that neither it nor we have booked; its line is kept until the payment
//! comes (冲正先到).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::{LinePlan, TradePlan};
use crate::desk::findings::proposed_steps::{Correction, undo};
use crate::desk::findings::views::{LineView, TradeView};
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::rejection::Rejection;
use crate::protocol::steps::{self, StepRequest};

pub(super) const DEF: CauseDef = CauseDef {
    of_trade: Some(of_trade),
    of_line: Some(of_line),
    plan,
    plan_line,
    ..CauseDef::new(Cause::ReversedInAdvance)
};

fn of_trade(trade: &TradeView<'_>) -> Option<Finding> {
    let line = trade.evidence.reversed_by.as_ref().filter(|_| trade.evidence.happened())?;
    let mut finding = trade.finding(Cause::ReversedInAdvance);
    finding.note = Note::new("finding.reversed_in_advance_trade")
        .with("channel", trade.position().trade.channel)
        .with("ref", line);
    Some(finding)
}

fn of_line(line: &LineView<'_>) -> Option<Finding> {
    let key = "finding.reversed_in_advance";
    let evidence = line.evidence;
    let is_early = evidence.reverses_unknown && !evidence.awaits_trade && !evidence.row.line.moves_nothing();
    is_early.then(|| line.finding(Cause::ReversedInAdvance, key))
}

/// Marks the trade as failed and reverses what was booked for it.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(Correction::new(undo(plan.position()), "plan.reversed_in_advance_trade"))
}

/// Notes the reversal, so that the payment is not posted when it comes.
fn plan_line(plan: &LinePlan<'_>) -> Option<Correction> {
    let line = plan.line.as_ref()?.at.clone();
    Some(Correction::new(vec![StepRequest::Stub(steps::Stub { line })], "plan.reversed_in_advance"))
}
