//! We have it, the channel does not (我方有渠道无).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::ChannelView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::rejection::Rejection;
use crate::domain::trade::ReconStatus;

pub(super) const DEF: CauseDef =
    CauseDef { of_channel: Some(of_channel), plan, ..CauseDef::new(Cause::Short) };

fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    if channel.trade.position().recon != ReconStatus::Short {
        return None;
    }
    Some(channel.without_line(channel.finding(Cause::Short)))
}

/// Marks the trade as failed and reverses what was booked for it.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(plan.without_line())
}
