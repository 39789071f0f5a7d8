//! A voucher of an older system that no trade and rule explains.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::{LinePlan, TradePlan};
use crate::desk::findings::proposed_steps::{Correction, reverse, take_back};
use crate::desk::findings::views::{EventView, VoucherView};
use crate::domain::due::{Due, NotDue};
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::FindingId;
use crate::domain::money::{Currency, Money};
use crate::domain::rejection::Rejection;
use crate::domain::voucher::VoucherKind;

pub(super) const DEF: CauseDef = CauseDef {
    of_voucher: Some(of_voucher),
    of_event: Some(of_event),
    plan,
    plan_line: |plan| Some(plan_voucher(plan)),
    ..CauseDef::new(Cause::Unexplained)
};

#[expect(clippy::unnecessary_wraps, reason = "the type of every judge")]
fn of_voucher(view: &VoucherView<'_>) -> Option<Finding> {
    let voucher = view.voucher;
    let money = voucher.currency.parse::<Currency>().map_or_else(
        |_| voucher.amount_minor.to_string(),
        |currency| Money::new(voucher.amount_minor, currency).grouped(),
    );
    let key = if voucher.trade_no.is_some() { "finding.unexplained_trade" } else { "finding.unexplained" };
    let id = FindingId::of_unclaimed(Cause::Unexplained).with_part(&voucher.voucher_no);
    Some(Finding {
        voucher_no: Some(voucher.voucher_no.clone()),
        account: Some(voucher.account.clone()),
        expected_minor: Some(0),
        actual_minor: Some(voucher.amount_minor),
        amount_minor: voucher.amount_minor,
        note: Note::new(key)
            .with("voucher", &voucher.voucher_no)
            .with("trade", voucher.trade_no.as_ref().map_or("–", |trade| trade.as_str()))
            .with("day", voucher.accounting_date)
            .with("amount", money)
            .with("account", &voucher.account),
        ..id.finding(voucher.at, view.scope.now, &voucher.currency)
    })
}

/// A voucher names an event that no rule posts.
fn of_event(event: &EventView<'_>) -> Option<Finding> {
    if event.live_count == 0 || !matches!(event.due, Due::No(NotDue::NoRule { .. })) {
        return None;
    }
    let position = event.trade.position();
    let posting = position.live(event.event).find(|voucher| voucher.kind == VoucherKind::Import)?;
    let mut finding = event.finding(Cause::Unexplained);
    finding.voucher_no = Some(posting.voucher_no.clone());
    finding.expected_minor = Some(0);
    finding.actual_minor = Some(position.trade.amount_minor);
    finding.note = Note::new("finding.unexplained_event")
        .with("voucher", &posting.voucher_no)
        .with("kind", position.trade.kind)
        .with("event", event.event);
    Some(finding)
}

/// Reverses what was booked for the event.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    Ok(Correction::new(take_back(plan.position(), plan.event()), "plan.unexplained"))
}

/// Reverses the voucher; if it is right, it is accepted by name instead.
fn plan_voucher(plan: &LinePlan<'_>) -> Correction {
    match &plan.finding.voucher_no {
        Some(voucher_no) => Correction::new(vec![reverse(voucher_no)], "plan.unexplained"),
        None => Correction::none("plan.nothing"),
    }
}
