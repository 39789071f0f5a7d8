//! Two trades of ours succeeded on one payment of the channel (重复). The other one has the channel's line.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::TradeView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::matching::MatchOutcome;
use crate::domain::rejection::Rejection;

pub(super) const DEF: CauseDef =
    CauseDef { of_trade: Some(of_trade), plan, ..CauseDef::new(Cause::Duplicate) };

/// Judged before the events: what is not posted yet must not be posted either.
fn of_trade(trade: &TradeView<'_>) -> Option<Finding> {
    let Some(MatchOutcome::Doubles(_)) = &trade.evidence.contest else { return None };
    let owner = trade.evidence.line_owner.as_ref()?;
    let of = &trade.position().trade;
    let mut finding = trade.finding(Cause::Duplicate);
    finding.expected_minor = Some(0);
    finding.actual_minor = Some(of.amount_minor);
    finding.note = trade.line_is_of(owner);
    Some(finding)
}

/// Marks the trade as failed and reverses what was booked for it.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(plan.without_line())
}
