//! Not an error yet: before the service window, or across the cut.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::{ChannelView, EventView, LineView};
use crate::domain::due::Due;
use crate::domain::finding::{Cause, Finding, Note, Scenario};
use crate::domain::trade::ReconStatus;

pub(super) const DEF: CauseDef = CauseDef {
    of_event: Some(of_event),
    of_channel: Some(of_channel),
    of_line: Some(of_line),
    plan: |_| Ok(Correction::none("plan.waiting")),
    plan_line: |_| Some(Correction::none("plan.waiting")),
    is_actionable: false,
    ..CauseDef::new(Cause::Waiting)
};

/// The payment waits for its system's service window.
fn of_event(event: &EventView<'_>) -> Option<Finding> {
    let Some(Due::Waiting { system, until }) = event.due_if_missing() else { return None };
    let note = Note::new("finding.window").with("system", system).with("until", until);
    let mut finding = event.missing_finding(Cause::Waiting, note);
    finding.scenario = Scenario::S19;
    Some(finding)
}

/// The channel lists the trade on another day, or will.
fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    let position = channel.trade.position();
    if position.recon != ReconStatus::Waiting {
        return None;
    }
    let mut finding = channel.finding(Cause::Waiting);
    finding.note = match channel.line {
        Some(line) => channel
            .note("finding.cut_over")
            .with("day", position.trade.business_date)
            .with("bill_day", line.day.map_or_else(String::new, |day| day.to_string())),
        None => channel.note("finding.cut_over_no_line"),
    };
    Some(finding)
}

/// The channel lists it; our trade may come with the next day's.
fn of_line(line: &LineView<'_>) -> Option<Finding> {
    let waits = line.evidence.awaits_trade && !line.evidence.row.line.moves_nothing();
    waits.then(|| line.finding(Cause::Waiting, "finding.cut_over_no_trade"))
}
