//! Booked for another day than the trade's.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{Correction, replace};
use crate::desk::findings::views::EventView;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::rejection::Rejection;

pub(super) const DEF: CauseDef =
    CauseDef { of_event: Some(of_event), plan, ..CauseDef::new(Cause::WrongDate) };

fn of_event(event: &EventView<'_>) -> Option<Finding> {
    if event.live_count == 0 {
        return None;
    }
    let position = event.trade.position();
    let of_trade = position.trade.business_date;
    let wrong = position.live(event.event).find(|voucher| {
        voucher.business_date != of_trade || voucher.accounting_date < of_trade.min(voucher.business_date)
    })?;
    let day = if wrong.business_date == of_trade { wrong.accounting_date } else { wrong.business_date };
    let mut finding = event.finding(Cause::WrongDate);
    finding.voucher_no = Some(wrong.voucher_no.clone());
    finding.note = Note::new("finding.wrong_date")
        .with("voucher", &wrong.voucher_no)
        .with("day", day)
        .with("expected", of_trade);
    Some(finding)
}

/// Reverses the posting and posts it again for the trade's day.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(replace(plan.position(), plan.event(), "plan.wrong_date"))
}
