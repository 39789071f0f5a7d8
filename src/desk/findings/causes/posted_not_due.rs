//! Booked although the trade failed or is not due.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, take_back};
use crate::desk::findings::views::EventView;
use crate::domain::compare::moved_minor;
use crate::domain::due::{Due, NotDue};
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::money::Money;
use crate::domain::rejection::Rejection;
use crate::domain::voucher::Line;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::PostedNotDue) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    if event.live_count == 0 || !event.due.forbids() {
        return None;
    }
    let position = event.trade.position();
    let mut finding = event.finding(Cause::PostedNotDue);
    finding.voucher_no = position.live(event.event).next().map(|voucher| voucher.voucher_no.clone());
    finding.expected_minor = Some(0);
    let moved = moved(event);
    finding.actual_minor = Some(moved.minor);
    finding.amount_minor = moved.minor;
    moved.currency.code().clone_into(&mut finding.currency);
    finding.note = match event.due {
        Due::No(NotDue::Nothing) => Note::new("finding.posted_for_nothing"),
        _ => Note::new("finding.posted_not_due").with("status", position.status_now),
    };
    Some(finding)
}

/// Returns what is booked for an event, in the trade's currency or, if nothing of it is, in that of the first line.
fn moved(event: &EventView<'_>) -> Money {
    let position = event.trade.position();
    let currencies = &event.trade.scope.in_force.currencies;
    let booked = position.counted_lines(event.event);
    let currency_of = |line: &&Line| currencies.of(&line.account);
    let own = position.trade.currency;
    let is_own = booked.iter().any(|line| currency_of(line) == own);
    let currency = if is_own { own } else { booked.first().map_or(own, currency_of) };
    let here: Vec<&Line> = booked.into_iter().filter(|line| currency_of(line) == currency).collect();
    Money::new(moved_minor(&here), currency)
}

/// Reverses what was booked.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(Correction::new(take_back(plan.position(), plan.event()), "plan.posted_not_due"))
}
