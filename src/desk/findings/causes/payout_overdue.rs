//! A payout is still under way although the session that took it and the policy's grace are over.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::EventView;
use crate::domain::calendar::limited_minor;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::trade::TradeStatus;

pub(super) const DEF: CauseDef = CauseDef {
    of_event: Some(of_event),
    plan: |_| Ok(Correction::none("plan.payout_overdue")),
    is_actionable: false,
    ..CauseDef::new(Cause::PayoutOverdue)
};

/// Judges the first event of a trade that is booked while the trade is still processing.
fn of_event(event: &EventView<'_>) -> Option<Finding> {
    let (position, scope) = (event.trade.position(), event.trade.scope);
    let trade = &position.trade;
    let kind = scope.in_force.kinds.get(trade.kind)?;
    let first = kind.event(event.event).filter(|known| known.event == kind.first_event())?;
    let in_process = first.status.contains(&TradeStatus::Processing);
    let under_way = match position.status_now {
        TradeStatus::Processing => event.live_count > 0,
        TradeStatus::Unknown => true,
        _ => false,
    };
    if !in_process || !under_way {
        return None;
    }
    let ended =
        scope.in_force.calendar.session_end(trade.channel, limited_minor(trade.amount()), trade.occurred_at);
    let grace = i64::from(scope.in_force.policy.payout_grace_minutes) * 60;
    if ended.plus_seconds(grace) >= scope.now {
        scope.look_again(ended.plus_seconds(grace + 1));
        return None;
    }
    let mut finding = event.finding(Cause::PayoutOverdue);
    finding.since = ended;
    finding.age_seconds = scope.now.seconds_since(ended);
    finding.note = Note::new("finding.payout_overdue").with("system", trade.channel).with("ended", ended);
    Some(finding)
}
