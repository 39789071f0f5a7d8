//! A due event without a live posting.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, repost, reverse, supplement};
use crate::desk::findings::views::EventView;
use crate::domain::due::{Due, NotDue};
use crate::domain::finding::{Cause, Finding, Note, Scenario};
use crate::domain::rejection::Rejection;
use crate::domain::trade::TradeStatus;

/// How long a succeeded trade may wait for its posting before that is a finding: posting runs every few
/// minutes.
const GRACE_SECONDS: i64 = 600;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::Unposted) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    let position = event.trade.position();
    match event.due_if_missing()? {
        Due::No(why @ NotDue::NoRule { .. }) if position.status_now == TradeStatus::Succeeded => {
            let note = Note { key: "finding.no_rule".to_owned(), args: why.note().args };
            Some(event.missing_finding(Cause::Unposted, note))
        }
        Due::Yes => {
            let graced = position.trade.occurred_at.plus_seconds(GRACE_SECONDS);
            if event.trade.scope.now.seconds_since(graced) < 0 {
                event.trade.scope.look_again(graced);
                return None;
            }
            let note = Note::new("finding.unposted").with("event", event.event);
            Some(event.missing_finding(Cause::Unposted, note))
        }
        Due::Late { ended } => {
            let mut finding =
                event.missing_finding(Cause::Unposted, Note::new("finding.late").with("ended", ended));
            finding.scenario = Scenario::S19;
            Some(finding)
        }
        _ => None,
    }
}

/// Posts the event: in place of its money in suspense if a case booked that before the trade came, or again
/// if it was reversed. An event without a rule, or whose window is over, is not posted.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let (position, trade_no, event) = (plan.position(), plan.trade_no(), plan.event());
    match plan.view().due(&plan.facts()?, event) {
        Due::Late { .. } => return Ok(Correction::none("plan.late")),
        Due::No(NotDue::NoRule { .. }) => return Ok(Correction::none("plan.no_rule")),
        _ => {}
    }
    let mut correction = match plan.booked_before {
        Some(money) if !money.is_open => return Ok(Correction::none("plan.line_cleared")),
        Some(money) => {
            let steps = vec![reverse(&money.voucher_no), supplement(trade_no, event)];
            Correction::new(steps, "plan.claimed")
        }
        None => {
            let was_booked = position.vouchers.iter().any(|voucher| voucher.event == Some(event));
            let step =
                if was_booked { repost(trade_no, event, Vec::new()) } else { supplement(trade_no, event) };
            Correction::new(vec![step], "plan.unposted")
        }
    };
    // A chargeback takes from a merchant what there is; the merchant owes the rest.
    let kind = plan.scope.in_force.kinds.get(position.trade.kind);
    correction.covers_shortfall = kind.is_some_and(|kind| kind.owed_if_short);
    Ok(correction)
}
