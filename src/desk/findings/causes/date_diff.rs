//! The channel has the trade on another day, and not just across its cut (日期不符).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::ChannelView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::trade::ReconStatus;

/// Nothing is booked: which clock is wrong a person finds out, and matches the two.
pub(super) const DEF: CauseDef = CauseDef {
    of_channel: Some(of_channel),
    plan: |_| Ok(Correction::none("plan.date_diff")),
    is_actionable: false,
    ..CauseDef::new(Cause::DateDiff)
};

fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    let position = channel.trade.position();
    if position.recon != ReconStatus::DateDiff {
        return None;
    }
    let mut finding = channel.finding(Cause::DateDiff);
    let Some(line) = channel.line else { return Some(channel.without_line(finding)) };
    finding.note = channel
        .note("finding.date_diff")
        .with("ours", position.trade.occurred_at.local().to_string().replace('T', " "))
        .with("theirs", line.line.occurred_at.local().to_string().replace('T', " "))
        .with("bill_day", line.day.map_or_else(String::new, |day| day.to_string()));
    Some(finding)
}
