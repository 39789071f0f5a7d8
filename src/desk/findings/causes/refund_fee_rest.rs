//! The fees given back with the refunds of a payment do not add up to its fee: each part was rounded, and
//! the last refund should take the rest.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::TradeView;
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::money::Money;
use crate::domain::rejection::Rejection;
use crate::domain::rule::LinePart;
use crate::protocol::steps::{self, StepLine, StepRequest};

pub(super) const DEF: CauseDef =
    CauseDef { of_refunds: Some(of_refunds), plan, ..CauseDef::new(Cause::RefundFeeRest) };

/// Judges a payment that was refunded in full by a channel that gives fees back.
fn of_refunds(trade: &TradeView<'_>) -> Option<Finding> {
    let payment = trade.evidence.payment?;
    let refunds = &trade.evidence.refunds;
    let refunded = refunds.iter().map(|refund| refund.amount_minor).fold(0, i64::saturating_add);
    let given = refunds.iter().map(|refund| -refund.fee_minor).fold(0, i64::saturating_add);
    let rest = payment.fee_minor - given;
    let parts = i64::try_from(refunds.len()).unwrap_or(i64::MAX);
    if refunded != payment.amount_minor || given == 0 || rest == 0 || rest.abs() > parts {
        return None;
    }
    let mut finding = trade.finding(Cause::RefundFeeRest);
    finding.expected_minor = Some(given);
    finding.actual_minor = Some(payment.fee_minor);
    finding.amount_minor = rest.abs();
    finding.note = Note::new("finding.refund_fee_rest")
        .with("count", refunds.len())
        .with("given", trade.money(given))
        .with("fee", trade.money(payment.fee_minor));
    Some(finding)
}

/// Books the rest of the fee on the accounts of the fee's own lines, as cost or less of it.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let finding = plan.finding;
    let expected = plan.expected(Event::CAPTURED)?;
    let rest = finding.actual_minor.unwrap_or(0) - finding.expected_minor.unwrap_or(0);
    let amount = Money::new(finding.amount_minor, plan.position().trade.currency).to_string();
    // More is owed to us on the sides of the fee's lines, less on the other ones.
    let lines: Vec<StepLine> = expected
        .lines
        .iter()
        .filter(|line| line.part == LinePart::ChannelFee)
        .map(|line| StepLine {
            side: if rest > 0 { line.line.side } else { line.line.side.other() },
            account: line.line.account.clone(),
            amount: amount.clone(),
        })
        .collect();
    let (trade_no, event) = (plan.trade_no().clone(), Some(Event::CAPTURED));
    let step = StepRequest::Adjust(steps::Adjust { trade_no, event, lines, red: false, aside: true });
    Ok(Correction::new(vec![step], "plan.refund_fee_rest"))
}
