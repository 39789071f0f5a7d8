//! Judges evidence by the table of causes. Pure: nothing here reads the ledger.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::causes::CAUSES;
use crate::desk::findings::evidence::{AccountEvidence, LineEvidence, TradeEvidence};
use crate::desk::findings::views::{
    AccountView, ChannelView, EventView, GapView, GoneView, LineView, MissingView, Scope, TradeView,
    UnclaimedView, VoucherView,
};
use crate::desk::missing::MissingDays;
use crate::domain::finding::Finding;
use crate::domain::rejection::Rejection;
use crate::domain::rule::Facts;
use crate::domain::statement::StatementLine;
use crate::domain::trade::ReconStatus;
use crate::store::account_evidence::StatementGap;
use crate::store::answered::{GoneLine, Unclaimed};
use crate::store::takeover::Unexplained;

/// Returns the findings of a trade: its open items, its events in order, what later lists claim, the
/// channel, its refunds.
///
/// # Errors
/// A stored correction that makes no sense, if the trade also differs from the channel.
pub(crate) fn trade(scope: Scope<'_>, evidence: &TradeEvidence) -> Result<Vec<Finding>, Rejection> {
    let view = TradeView { scope, evidence };
    if let Some(only) = CAUSES.iter().find_map(|def| def.of_trade.and_then(|judge| judge(&view))) {
        let facts = view.position().facts(&scope.in_force.kinds);
        return Ok(vec![only.marked(&facts_of_trade(evidence, facts.as_ref().ok()))]);
    }
    let position = view.position();
    let facts = position.facts(&scope.in_force.kinds);
    let mut found = Vec::new();
    if let Ok(facts) = &facts {
        for item in position.vouchers.iter().filter(|voucher| voucher.open_item && !voucher.reversed) {
            found.extend(
                CAUSES.iter().filter_map(|def| def.of_open_item.and_then(|judge| judge(&view, item))),
            );
        }
        for (event, live_count) in &position.events {
            // An amount in suspense is a finding of its own; once cleared from there it is posted nowhere
            // else.
            if position.parked(*event).is_some_and(|parked| parked.open_item || *live_count == 0) {
                continue;
            }
            let event = EventView::of(view, facts, *event, *live_count);
            found.extend(CAUSES.iter().find_map(|def| def.of_event.and_then(|judge| judge(&event))));
        }
    }
    if let Ok(facts) = &facts {
        for claim in &evidence.claims {
            let found_of = |def: &CauseDef| def.of_claim.and_then(|judge| judge(&view, facts, claim));
            found.extend(CAUSES.iter().find_map(found_of));
        }
    }
    if !matches!(position.recon, ReconStatus::Unmatched | ReconStatus::Matched) {
        let channel = ChannelView {
            trade: view,
            facts: facts.as_ref().map_err(Clone::clone)?,
            line: evidence.lines.first(),
        };
        found.extend(CAUSES.iter().find_map(|def| def.of_channel.and_then(|judge| judge(&channel))));
    }
    found.extend(CAUSES.iter().find_map(|def| def.of_refunds.and_then(|judge| judge(&view))));
    if found.is_empty() {
        return Ok(found);
    }
    let rests = facts_of_trade(evidence, facts.as_ref().ok());
    Ok(found.into_iter().map(|finding| finding.marked(&rests)).collect())
}

/// Returns what every finding of a trade rests on: its facts as corrected, the channel's lines about it, and what lists
/// claim. What is booked is left out, since a finding names what it is about: a trade that is cleared meanwhile is no
/// other one.
fn facts_of_trade(evidence: &TradeEvidence, facts: Option<&Facts<'_>>) -> Vec<String> {
    let text = |some: Option<&str>| some.unwrap_or_default().to_owned();
    let mut rests = Vec::new();
    if let Some(facts) = facts {
        rests.extend([
            facts.kind.to_string(),
            facts.status.to_string(),
            text(facts.product.as_deref()),
            text(facts.customer.as_deref()),
            text(facts.merchant.as_deref()),
            facts.channel.to_string(),
            facts.amount_minor.to_string(),
            facts.fee_minor.to_string(),
            facts.merchant_discount_minor.to_string(),
            facts.currency.to_string(),
            facts.business_date.to_string(),
        ]);
    }
    for row in &evidence.lines {
        rests.extend(facts_of_line(&row.line));
    }
    rests.extend(evidence.claims.iter().map(|claim| format!("{} {}", claim.fact, claim.value)));
    rests
}

/// Returns what a finding about a channel's line rests on, whichever file lists it.
fn facts_of_line(line: &StatementLine) -> [String; 9] {
    [
        line.kind.to_string(),
        line.channel_ref.to_string(),
        line.channel_no.clone(),
        line.amount_minor.to_string(),
        line.fee_minor.to_string(),
        line.merchant_discount_minor.to_string(),
        line.currency.to_string(),
        line.status.to_string(),
        line.occurred_at.to_string(),
    ]
}

/// Marks a finding that rests on its own facts alone.
fn by_itself(finding: Finding) -> Finding {
    finding.marked(&[])
}

/// Returns the finding of a channel's line without a trade.
pub(crate) fn line(scope: Scope<'_>, evidence: &LineEvidence) -> Option<Finding> {
    if evidence.is_again {
        return None;
    }
    let view = LineView { scope, evidence };
    let found = CAUSES.iter().find_map(|def| def.of_line.and_then(|judge| judge(&view)));
    found.map(|finding| finding.marked(&facts_of_line(&evidence.row.line)))
}

/// Returns the finding of money in suspense that no trade put there.
pub(crate) fn unclaimed(scope: Scope<'_>, item: &Unclaimed) -> Option<Finding> {
    let view = UnclaimedView { scope, item };
    CAUSES.iter().find_map(|def| def.of_unclaimed.and_then(|judge| judge(&view))).map(by_itself)
}

/// Returns the findings of statements that never came from a channel.
pub(crate) fn missing(scope: Scope<'_>, days: &MissingDays) -> Vec<Finding> {
    let view = MissingView { scope, days };
    CAUSES.iter().filter_map(|def| def.of_missing).flat_map(|judge| judge(&view)).map(by_itself).collect()
}

/// Returns the finding of a line that a case answered and that is gone or changed since.
pub(crate) fn gone(scope: Scope<'_>, line: &GoneLine) -> Option<Finding> {
    let view = GoneView { scope, line };
    CAUSES.iter().find_map(|def| def.of_gone.map(|judge| judge(&view))).map(by_itself)
}

/// Returns the finding of a statement of an account that does not go on from the one before.
pub(crate) fn gap(scope: Scope<'_>, gap: &StatementGap) -> Option<Finding> {
    let view = GapView { scope, gap };
    CAUSES.iter().find_map(|def| def.of_gap.map(|judge| judge(&view)))
}

/// Returns the finding of a voucher of an older system that names no event of a trade.
pub(crate) fn voucher(scope: Scope<'_>, voucher: &Unexplained) -> Option<Finding> {
    let view = VoucherView { scope, voucher };
    CAUSES.iter().find_map(|def| def.of_voucher.and_then(|judge| judge(&view))).map(by_itself)
}

/// Returns the finding of an account whose balance is odd.
pub(crate) fn account(scope: Scope<'_>, evidence: &AccountEvidence, is_explained: bool) -> Option<Finding> {
    let view = AccountView { scope, evidence, is_explained };
    CAUSES.iter().find_map(|def| def.of_account.and_then(|judge| judge(&view))).map(by_itself)
}
