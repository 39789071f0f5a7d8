//! The channel has it, we do not (渠道有我方无).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::{LineFacts, LinePlan, TradePlan};
use crate::desk::findings::proposed_steps::{Correction, claim, reverse, set_status, supplement};
use crate::desk::findings::views::{ChannelView, LineView};
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note, Scenario};
use crate::domain::money::Money;
use crate::domain::rejection::Rejection;
use crate::domain::statement::{LineKind, proves};
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::protocol::steps::{self, StepRequest};

pub(super) const DEF: CauseDef = CauseDef {
    of_channel: Some(of_channel),
    of_line: Some(of_line),
    plan,
    plan_line,
    ..CauseDef::new(Cause::Long)
};

fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    let position = channel.trade.position();
    let recon = position.recon;
    if !matches!(recon, ReconStatus::Long | ReconStatus::Duplicate) {
        return None;
    }
    let mut finding = channel.finding(Cause::Long);
    let kind = channel.trade.scope.in_force.kinds.get(position.trade.kind);
    if kind.is_some_and(|kind| kind.claimed_if_twice) {
        finding.scenario = Scenario::S14;
    }
    let Some(line) = channel.line else { return Some(channel.without_line(finding)) };
    if recon == ReconStatus::Long {
        finding.amount_minor = line.line.paid_minor();
        finding.expected_minor = Some(line.line.paid_minor());
        line.line.currency.code().clone_into(&mut finding.currency);
        finding.actual_minor = Some(0);
        let currencies = &channel.trade.scope.in_force.currencies;
        finding.note = channel
            .note("finding.long")
            .with("ours", position.status_now)
            .with("theirs", line.line.status)
            .with("amount", currencies.amount(Money::new(line.line.paid_minor(), line.line.currency)))
            .with_some("trouble", line.line.trouble.as_ref());
    } else {
        if channel.line_in_our_currency().is_some() {
            finding.amount_minor = line.line.paid_minor();
        }
        finding.note = channel.note("finding.duplicate").with("count", channel.trade.evidence.lines.len());
    }
    Some(finding)
}

fn of_line(line: &LineView<'_>) -> Option<Finding> {
    let evidence = line.evidence;
    if evidence.awaits_trade || evidence.reverses_unknown || evidence.row.line.moves_nothing() {
        return None;
    }
    let mut finding = line.finding(Cause::Long, "finding.no_trade");
    if Channel::of_text(&evidence.channel).is_some_and(|code| line.scope.in_force.channels.is_bank(code)) {
        finding.scenario = Scenario::S28;
    } else if evidence.row.line.kind == LineKind::Refund {
        finding.scenario = Scenario::S14;
    }
    Some(finding)
}

/// Books what the channel proves. A refund that the channel made twice is claimed from it instead.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let (position, trade_no) = (plan.position(), plan.trade_no());
    let [line] = plan.evidence.lines.as_slice() else { return Ok(Correction::none("plan.duplicate")) };
    if !proves(&line.line, TradeStatus::Succeeded) {
        let why = Note::new("plan.channel_not_final").with("status", line.line.status);
        return Ok(Correction::because(why));
    }
    let mut steps = vec![set_status(trade_no, TradeStatus::Succeeded)];
    let is_second = plan
        .evidence
        .refunds
        .iter()
        .any(|refund| refund.trade < position.id && refund.amount_minor == position.trade.amount_minor);
    if is_second {
        steps.push(claim(trade_no));
        return Ok(Correction::new(steps, "plan.refund_twice"));
    }
    // What was put into suspense meanwhile leaves it first.
    steps.extend(position.parked(Event::CAPTURED).map(|parked| reverse(&parked.voucher_no)));
    if position.live(Event::CAPTURED).next().is_none() {
        steps.push(plan.first_posting(&line.line)?);
    }
    Ok(Correction::new(steps, "plan.long"))
}

/// Parks money of unknown origin at a bank. At a channel where customers pay, a payment without a trade is a missing
/// trade; a refund may have been made at the channel, and its money has left.
fn plan_line(plan: &LinePlan<'_>) -> Option<Correction> {
    let line = plan.line.as_ref()?;
    if plan.in_force.channels.is_bank(line.at.channel) {
        let park = StepRequest::ParkLine(steps::ParkLine { line: Some(line.at.clone()), lines: Vec::new() });
        return Some(Correction::new(vec![park], "plan.unclaimed"));
    }
    plan_refund(line)
}

/// Records a refund that the channel made of a payment of ours. Its money was the customer's, if as much of the
/// payment is left; if it was given back before, it is claimed. The money of a refund whose payment nobody knows is
/// parked.
fn plan_refund(line: &LineFacts) -> Option<Correction> {
    let [row] = line.rows.as_slice() else { return None };
    if row.line.kind != LineKind::Refund || !proves(&row.line, TradeStatus::Succeeded) {
        return None;
    }
    let Some(original) = &line.original else {
        let park = StepRequest::ParkLine(steps::ParkLine { line: Some(line.at.clone()), lines: Vec::new() });
        return Some(Correction::new(vec![park], "plan.refund_of_unknown"));
    };
    let refunded = original.refunds.iter().map(|refund| refund.amount_minor).fold(0, i64::saturating_add);
    // A refund may be known by its order or by what is received.
    let same = [row.line.amount_minor, row.line.paid_minor()];
    let is_second = original.refunds.iter().any(|refund| same.contains(&refund.amount_minor))
        || refunded.saturating_add(row.line.amount_minor) > original.trade.amount_minor
        || original.trade.currency != row.line.currency;
    let trade_no = line.new_number.as_ref()?;
    let record = StepRequest::Record(steps::Record {
        trade_no: trade_no.clone(),
        trade_kind: original.kind,
        channel: line.at.channel,
        channel_ref: line.at.channel_ref.clone(),
        customer: original.trade.customer.clone(),
        merchant: original.trade.merchant.clone(),
        because: None,
    });
    if is_second {
        return Some(Correction::new(vec![record, claim(trade_no)], "plan.refund_twice"));
    }
    Some(Correction::new(vec![record, supplement(trade_no, Event::CAPTURED)], "plan.refund_at_channel"))
}
