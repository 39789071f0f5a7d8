//! A trade that waited for its line longer than the policy allows (超期未达).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::ChannelView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::trade::ReconStatus;

/// Nothing is booked: a statement that may list the trade is still missing, so its absence is not proven.
pub(super) const DEF: CauseDef = CauseDef {
    of_channel: Some(of_channel),
    plan: |_| Ok(Correction::none("plan.overdue")),
    is_actionable: false,
    ..CauseDef::new(Cause::Overdue)
};

fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    let position = channel.trade.position();
    if position.recon != ReconStatus::Overdue {
        return None;
    }
    let mut finding = channel.finding(Cause::Overdue);
    finding.expected_minor = Some(0);
    finding.note = channel
        .note("finding.overdue")
        .with("day", position.trade.business_date)
        .with("days", channel.trade.scope.in_force.policy.waiting_days);
    Some(finding)
}
