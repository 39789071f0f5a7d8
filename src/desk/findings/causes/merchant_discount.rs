//! The channel pays less than the order, because the merchant bears a discount of it.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::ChannelView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::rejection::Rejection;
use crate::domain::trade::ReconStatus;

pub(super) const DEF: CauseDef =
    CauseDef { of_channel: Some(of_channel), plan, ..CauseDef::new(Cause::MerchantDiscount) };

/// Both sides have the same order; only the discount is not booked, or another one is.
fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    if channel.trade.position().recon != ReconStatus::AmountDiff {
        return None;
    }
    let line = &channel.line_in_our_currency()?.line;
    let (ours, theirs) = (channel.facts.merchant_discount_minor, line.merchant_discount_minor);
    if line.amount_minor != channel.facts.amount_minor || ours == theirs {
        return None;
    }
    let mut finding = channel.finding(Cause::MerchantDiscount);
    finding.amount_minor = (theirs - ours).abs();
    finding.note = channel
        .note("finding.merchant_discount")
        .with("amount", channel.trade.money(line.amount_minor))
        .with("paid", channel.trade.money(line.paid_minor()))
        .with("theirs", channel.trade.money(theirs))
        .with("ours", channel.trade.money(ours));
    Some(finding)
}

/// Takes the discount over from the channel, and posts again. Rules that do not say who bears it are
/// completed first: to lower the amount instead would take the discount from the customer.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    if !plan.books_discount(&plan.facts()?)? {
        return Ok(Correction::none("plan.discount_not_in_rules"));
    }
    plan.follow_channel("plan.merchant_discount")
}
