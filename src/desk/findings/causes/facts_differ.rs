//! A later trade list contradicts what is known of a trade.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::TradePlan;
use crate::desk::findings::proposed_steps::{
    Correction, dismiss, repost, set_status, supplement, take_back, undo,
};
use crate::desk::findings::views::TradeView;
use crate::domain::amendment::AmendableFact;
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::FindingId;
use crate::domain::kind::Kind;
use crate::domain::money::Money;
use crate::domain::rejection::Rejection;
use crate::domain::rule::Facts;
use crate::domain::statement::proves;
use crate::domain::trade::{ReconStatus, TradeStatus};
use crate::domain::trade_news::{Claim, ListedFact};
use crate::protocol::steps::StepRequest;

pub(super) const DEF: CauseDef =
    CauseDef { of_claim: Some(of_claim), plan, ..CauseDef::new(Cause::FactsDiffer) };

/// Judges one claim; of several about one fact the last is told.
fn of_claim(trade: &TradeView<'_>, facts: &Facts<'_>, claim: &Claim) -> Option<Finding> {
    let position = trade.position();
    let is_booked = |event| position.live(event).next().is_some();
    let later = trade.evidence.claims.iter().any(|other| other.fact == claim.fact && other.n > claim.n);
    // The facts of a trade that never was and of which nothing is booked are nobody's concern.
    let is_void = claim.fact != ListedFact::Status
        && matches!(facts.status, TradeStatus::Failed | TradeStatus::Closed)
        && !position.events.iter().any(|(event, _)| is_booked(*event));
    if later || is_void || claim.is_agreed(&position.trade, facts, is_booked) {
        return None;
    }
    let mut finding = trade.finding(Cause::FactsDiffer);
    let id = FindingId::of_trade(Cause::FactsDiffer, position.trade.trade_no.clone());
    finding.finding = id.with_part(claim.fact).to_string();
    finding.since = claim.at;
    finding.age_seconds = trade.scope.now.seconds_since(claim.at);
    if let Some(minor) = claim.minor(facts.currency) {
        let ours = match claim.fact {
            ListedFact::Fee => facts.fee_minor,
            ListedFact::MerchantDiscount => facts.merchant_discount_minor,
            _ => facts.amount_minor,
        };
        (finding.expected_minor, finding.actual_minor) = (Some(minor), Some(ours));
        finding.amount_minor = minor.saturating_sub(ours).saturating_abs();
    }
    let said = |words: String| if words.is_empty() { "–".to_owned() } else { words };
    finding.note = Note::new("finding.facts_differ")
        .with("file", &claim.file)
        .with("listed", claim.fact)
        .with("theirs", said(claim.value.clone()))
        .with("ours", said(known(trade, facts, claim.fact)));
    Some(finding)
}

fn known(trade: &TradeView<'_>, facts: &Facts<'_>, fact: ListedFact) -> String {
    let is_booked = |event| trade.position().live(event).next().is_some();
    match fact {
        ListedFact::Clearing if is_booked(Event::CLEARED) => "cleared".to_owned(),
        ListedFact::Settlement => "settled".to_owned(),
        _ => fact.known(&trade.position().trade, facts),
    }
}

/// Follows the channel: the trade is corrected to what the list says if the channel's line proves that, and
/// the claim is dismissed if the line proves what is known. What no line can tell follows the list, which the case
/// has as its evidence; otherwise a person decides.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let facts = plan.facts()?;
    let named = |claim: &&Claim| plan.finding.finding.ends_with(&format!("/{}", claim.fact));
    let Some(claim) = plan.evidence.claims.iter().rev().find(named) else {
        return Ok(Correction::none("plan.nothing"));
    };
    let steps = match claim.fact {
        ListedFact::Status => by_status(plan, facts.status, claim),
        ListedFact::Amount | ListedFact::Fee | ListedFact::MerchantDiscount => {
            by_amount(plan, &facts, claim)?
        }
        ListedFact::Channel | ListedFact::ChannelRef if plan.evidence.lines.len() == 1 => Some(Vec::new()),
        ListedFact::Kind | ListedFact::OriginalRef | ListedFact::OccurredAt if is_denied(plan, claim) => {
            Some(Vec::new())
        }
        _ => None,
    };
    Ok(match steps {
        Some(steps) if steps.is_empty() => {
            Correction::new(vec![dismiss(plan.trade_no(), claim.fact)], "plan.facts_dismissed")
        }
        Some(steps) => Correction::new(steps, "plan.facts_differ"),
        None => {
            let steps = by_list(plan, &facts, claim);
            let key = match claim.fact {
                _ if !steps.is_empty() => "plan.facts_list",
                ListedFact::Status => "plan.facts_status",
                ListedFact::ChannelRef => "plan.facts_reference",
                fact if fact.amendable().is_some() => "plan.facts_open",
                _ => "plan.facts_fixed",
            };
            let why = Note::new(key)
                .with("listed", claim.fact)
                .with("word", claim.fact)
                .with("channel", plan.position().trade.channel.as_str())
                .with("theirs", &claim.value);
            Correction { steps, ..Correction::because(why) }
        }
    })
}

/// Returns whether the channel's line bears out what is known against the list.
fn is_denied(plan: &TradePlan<'_>, claim: &Claim) -> bool {
    match plan.evidence.lines.as_slice() {
        [row] => claim.is_denied(&plan.position().trade, &row.line, &plan.scope.in_force.kinds),
        _ => false,
    }
}

/// Returns the steps to the claimed status, none if the channel proves the known one, `None` if it proves
/// neither.
fn by_status(plan: &TradePlan<'_>, known: TradeStatus, claim: &Claim) -> Option<Vec<StepRequest>> {
    let (position, trade_no) = (plan.position(), plan.trade_no());
    let claimed: TradeStatus = claim.value.parse().ok()?;
    let proven = |status| match plan.evidence.lines.as_slice() {
        [line] => proves(&line.line, status),
        _ => false,
    };
    if claimed == TradeStatus::Succeeded && proven(claimed) {
        let mut steps = vec![set_status(trade_no, claimed)];
        if position.live(Event::CAPTURED).next().is_none() && position.parked(Event::CAPTURED).is_none() {
            steps.push(supplement(trade_no, Event::CAPTURED));
        }
        return Some(steps);
    }
    let failed = claimed != TradeStatus::Succeeded;
    if failed && (position.recon == ReconStatus::Short || proven(TradeStatus::Failed)) {
        return Some(undo(position));
    }
    proven(known).then(Vec::new)
}

/// As [`by_status`], for an amount, a discount or a fee. A discount that the rules do not book is left to a person,
/// and so is an amount of which the channel has another discount.
fn by_amount(
    plan: &TradePlan<'_>,
    facts: &Facts<'_>,
    claim: &Claim,
) -> Result<Option<Vec<StepRequest>>, Rejection> {
    let [row] = plan.evidence.lines.as_slice() else { return Ok(None) };
    let (line, fact, ours) = match claim.fact {
        ListedFact::Fee => (row.line.fee_minor, AmendableFact::Fee, facts.fee_minor),
        ListedFact::MerchantDiscount => {
            (row.line.merchant_discount_minor, AmendableFact::MerchantDiscount, facts.merchant_discount_minor)
        }
        _ => (row.line.amount_minor, AmendableFact::Amount, facts.amount_minor),
    };
    if row.line.currency != facts.currency {
        return Ok(None);
    }
    if line == ours {
        return Ok(Some(Vec::new()));
    }
    let follows = claim.minor(facts.currency) == Some(line)
        && match claim.fact {
            ListedFact::Amount => row.line.merchant_discount_minor == facts.merchant_discount_minor,
            ListedFact::MerchantDiscount => {
                row.line.amount_minor == facts.amount_minor && plan.books_discount(facts)?
            }
            _ => true,
        };
    if !follows {
        return Ok(None);
    }
    let value = Money::new(line, facts.currency).to_string();
    let mut steps = take_back(plan.position(), Event::CAPTURED);
    steps.push(repost(plan.trade_no(), Event::CAPTURED, vec![(fact.to_string(), value)]));
    Ok(Some(steps))
}

/// Returns the steps that follow the list: to a party or product, which no line of a channel tells; of a channel that
/// sends no statements also to an amount or fee, and to a status where the policy lets a file prove it. Never to an
/// amount by which somebody would have more.
fn by_list(plan: &TradePlan<'_>, facts: &Facts<'_>, claim: &Claim) -> Vec<StepRequest> {
    let in_force = plan.scope.in_force;
    let position = plan.position();
    let channel = in_force.channels.get(position.trade.channel);
    let is_unlisted = plan.evidence.lines.is_empty()
        && position.recon == ReconStatus::Unmatched
        && channel.is_none_or(|channel| channel.statement_ready_minute.is_none());
    let comes_in = in_force.kinds.get(position.trade.kind).and_then(Kind::comes_in);
    let claimed = claim.minor(facts.currency);
    let value = match (claim.fact, claimed) {
        (ListedFact::Customer | ListedFact::Merchant | ListedFact::Product, _) => claim.value.clone(),
        (ListedFact::Status, _) if is_unlisted && in_force.policy.status_by_file => {
            return match claim.value.parse() {
                Ok(TradeStatus::Succeeded) => {
                    let mut steps = vec![set_status(plan.trade_no(), TradeStatus::Succeeded)];
                    if position.live(Event::CAPTURED).next().is_none()
                        && position.parked(Event::CAPTURED).is_none()
                    {
                        steps.push(supplement(plan.trade_no(), Event::CAPTURED));
                    }
                    steps
                }
                Ok(TradeStatus::Failed | TradeStatus::Closed) => undo(position),
                _ => Vec::new(),
            };
        }
        (ListedFact::Amount, Some(minor))
            if is_unlisted
                && minor > 0
                && comes_in.is_some_and(|comes_in| comes_in == (minor < facts.amount_minor)) =>
        {
            Money::new(minor, facts.currency).to_string()
        }
        (ListedFact::Fee, Some(minor)) if is_unlisted => Money::new(minor, facts.currency).to_string(),
        _ => return Vec::new(),
    };
    let Some(fact) = claim.fact.amendable().filter(|_| !value.is_empty()) else { return Vec::new() };
    if position.live(Event::CAPTURED).next().is_none() {
        return Vec::new();
    }
    let mut steps = take_back(position, Event::CAPTURED);
    steps.push(repost(plan.trade_no(), Event::CAPTURED, vec![(fact.to_string(), value)]));
    steps
}
