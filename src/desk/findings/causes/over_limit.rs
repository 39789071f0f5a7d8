//! A payment above the limit of its payment system.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::EventView;
use crate::domain::due::Due;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::trade::Channel;

pub(super) const DEF: CauseDef = CauseDef {
    of_event: Some(of_event),
    plan: |_| Ok(Correction::none("plan.over_limit")),
    is_actionable: false,
    ..CauseDef::new(Cause::OverLimit)
};

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    let Some(Due::OverLimit { system, limit_minor, suggestion }) = event.due_if_missing() else {
        return None;
    };
    let note = Note::new("finding.over_limit")
        .with("system", system)
        .with("amount", event.trade.money(event.trade.position().trade.amount_minor))
        .with("limit", event.trade.money(*limit_minor))
        .with("instead", suggestion.as_ref().map_or("–", Channel::as_str));
    Some(event.missing_finding(Cause::OverLimit, note))
}
