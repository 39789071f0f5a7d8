//! The channel and we have it with different amounts.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::ChannelView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::money::{Currency, Money};
use crate::domain::rejection::Rejection;
use crate::domain::trade::ReconStatus;

pub(super) const DEF: CauseDef =
    CauseDef { of_channel: Some(of_channel), plan, ..CauseDef::new(Cause::AmountDiff) };

fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    if channel.trade.position().recon != ReconStatus::AmountDiff {
        return None;
    }
    let mut finding = channel.finding(Cause::AmountDiff);
    let Some(line) = channel.line else { return Some(channel.without_line(finding)) };
    let (ours, theirs) = (channel.facts.paid_minor(), line.line.paid_minor());
    let discount = line.line.merchant_discount_minor;
    let note = if discount == 0 {
        channel.note("finding.amount_diff")
    } else {
        let money = Money::new(discount, line.line.currency).grouped();
        channel.note("finding.amount_diff_discounted").with("discount", money)
    };
    if channel.line_in_our_currency().is_none() {
        // Amounts of two currencies have no difference: all of the trade is in question.
        let money =
            |minor, currency: Currency| format!("{} {currency}", Money::new(minor, currency).grouped());
        finding.note = note
            .with("ours", money(ours, channel.facts.currency))
            .with("theirs", money(theirs, line.line.currency));
        return Some(finding);
    }
    finding.amount_minor = (theirs - ours).abs();
    finding.note = note.with("ours", channel.trade.money(ours)).with("theirs", channel.trade.money(theirs));
    Some(finding)
}

/// Corrects the facts to the channel's and posts again.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    plan.follow_channel("plan.amount_diff")
}
