//! An amount waits in suspense (挂账).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::{LinePlan, TradePlan};
use crate::desk::findings::proposed_steps::{
    Correction, claim, claim_excess, repost, reverse, supplement, take_back,
};
use crate::desk::findings::views::{TradeView, UnclaimedView};
use crate::domain::account::AccountRole;
use crate::domain::chart::{is_of_party, is_suspense, subject_of};
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::FindingId;
use crate::domain::id::TradeNo;
use crate::domain::position::PositionVoucher;
use crate::domain::rejection::Rejection;
use crate::domain::trade::TradeStatus;
use crate::domain::undoing::Contradiction;
use crate::domain::voucher::Line;

pub(super) const DEF: CauseDef = CauseDef {
    of_open_item: Some(of_open_item),
    of_unclaimed: Some(of_unclaimed),
    plan,
    plan_line: |plan| Some(plan_unclaimed(plan)),
    ..CauseDef::new(Cause::SuspenseOpen)
};

#[expect(clippy::unnecessary_wraps, reason = "the type of every judge")]
fn of_open_item(trade: &TradeView<'_>, parked: &PositionVoucher) -> Option<Finding> {
    let chart = &trade.scope.in_force.chart;
    let in_suspense = parked.lines.iter().filter(|line| is_suspense(chart, &line.account));
    let mut finding = trade.finding(Cause::SuspenseOpen);
    let trade_no = trade.position().trade.trade_no.clone();
    finding.finding =
        FindingId::of_trade(Cause::SuspenseOpen, trade_no).with_part(&parked.voucher_no).to_string();
    finding.event = parked.event;
    finding.amount_minor = in_suspense.map(Line::debit_positive).fold(0, i64::saturating_add).abs();
    finding.voucher_no = Some(parked.voucher_no.clone());
    let (voucher_no, day) = (&parked.voucher_no, parked.accounting_date);
    finding.note = match Excess::of(trade, parked) {
        Some(excess) if excess.now_minor != excess.parked_minor => {
            finding.expected_minor = Some(excess.now_minor);
            finding.actual_minor = Some(excess.parked_minor);
            Note::new("finding.excess_changed")
                .with("parked", trade.money(excess.parked_minor))
                .with("now", trade.money(excess.now_minor))
        }
        _ => Note::new("finding.suspense_open"),
    };
    finding.note = finding.note.with("voucher", voucher_no).with("day", day);
    Some(finding)
}

/// What a trade undoes beyond what is left of its original, in minor units, where the rest was booked to its party.
struct Excess {
    /// As much was put into suspense.
    parked_minor: i64,
    /// As much is too much as the original stands now.
    now_minor: i64,
}

impl Excess {
    /// Returns the excess in a parking; `None` if the parking is no such, or if the trade contradicts its original in
    /// another way now.
    fn of(trade: &TradeView<'_>, parked: &PositionVoucher) -> Option<Self> {
        let (position, in_force) = (trade.position(), trade.scope.in_force);
        let whole_minor = position.trade.amount_minor;
        let line = parked.lines.iter().find(|line| is_suspense(&in_force.chart, &line.account))?;
        // It is one line of the rule, of which the party has the rest.
        let rest = parked.lines.iter().any(|other| {
            other.side == line.side
                && is_of_party(&in_force.chart, &other.account)
                && other.amount_minor.checked_add(line.amount_minor) == Some(whole_minor)
        });
        let facts = position.facts(&in_force.kinds).ok()?;
        facts.undoing.as_ref().filter(|_| rest && parked.event == Some(Event::CAPTURED))?;
        let now_minor = match facts.contradiction() {
            None => 0,
            Some(Contradiction::TooMuch { left_minor, .. }) => whole_minor.saturating_sub(left_minor),
            Some(_) => return None,
        };
        Some(Self { parked_minor: line.amount_minor, now_minor })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the type of every judge")]
fn of_unclaimed(view: &UnclaimedView<'_>) -> Option<Finding> {
    let item = view.item;
    let (channel, channel_ref) = item.line.clone().unzip();
    let key = match item.further {
        None => "finding.unclaimed",
        Some(kind) if kind.comes_in() => "finding.paid_again",
        Some(_) => "finding.refunded_again",
    };
    let id = FindingId::of_unclaimed(Cause::SuspenseOpen).with_part(&item.voucher_no);
    Some(Finding {
        voucher_no: Some(item.voucher_no.clone()),
        account: Some(item.account.clone()),
        channel,
        channel_ref: channel_ref.map(|no| no.to_string()),
        expected_minor: Some(0),
        actual_minor: Some(item.amount_minor.abs()),
        amount_minor: item.amount_minor.abs(),
        note: Note::new(key)
            .with_some("ref", item.line.as_ref().map(|(_, reference)| reference))
            .with("voucher", &item.voucher_no)
            .with("account", &item.account)
            .with("day", item.accounting_date),
        ..id.finding(item.since, view.scope.now, &item.currency)
    })
}

/// Posts by the rules what was parked because its account took no postings; the dry run tells if it still
/// takes none. What was parked for a decision waits for it.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let (position, trade_no, event) = (plan.position(), plan.trade_no(), plan.event());
    if plan.finding.event.is_none() {
        // It covers what an account lacked, beside the events of the trade.
        return Ok(Correction::none("plan.suspense_decide"));
    }
    let Some(parked) = position.parked(event) else { return Ok(Correction::none("plan.nothing")) };
    if position.status_now == TradeStatus::Succeeded
        && parked.open_item
        && let Some(excess) = Excess::of(&plan.view(), parked)
    {
        return Ok(divided_anew(trade_no, parked, &excess, position.trade.amount_minor));
    }
    let contradicts = plan.facts()?.contradiction().is_some();
    if position.status_now != TradeStatus::Succeeded || contradicts || is_claim(plan) {
        return Ok(Correction::none("plan.suspense_decide"));
    }
    let wrong = take_back(position, event);
    let post =
        if wrong.is_empty() { supplement(trade_no, event) } else { repost(trade_no, event, Vec::new()) };
    let mut steps = vec![reverse(&parked.voucher_no)];
    steps.extend(wrong);
    steps.push(post);
    Ok(Correction::new(steps, "plan.suspense_open"))
}

/// Books a trade again that undid more than was left of its original, if another amount of it is too much now; else the
/// excess waits to be claimed.
fn divided_anew(
    trade_no: &TradeNo,
    parked: &PositionVoucher,
    excess: &Excess,
    whole_minor: i64,
) -> Correction {
    if excess.now_minor == excess.parked_minor {
        return Correction::none("plan.suspense_decide");
    }
    let book = match excess.now_minor {
        0 => supplement(trade_no, Event::CAPTURED),
        now if now < whole_minor => claim_excess(trade_no),
        _ => claim(trade_no),
    };
    Correction::new(vec![reverse(&parked.voucher_no), book], "plan.excess_changed")
}

/// Returns true if what is parked is a shortage that the channel has to make good: a refund that it made
/// twice.
fn is_claim(plan: &TradePlan<'_>) -> bool {
    let is_shortage = |line: &Line| {
        subject_of(&plan.scope.in_force.chart, &line.account)
            .is_some_and(|subject| subject.role == Some(AccountRole::Shortage))
    };
    let kind = plan.scope.in_force.kinds.get(plan.position().trade.kind);
    kind.is_some_and(|kind| kind.claimed_if_twice)
        && plan
            .position()
            .vouchers
            .iter()
            .any(|voucher| voucher.open_item && voucher.lines.iter().any(is_shortage))
}

/// Posts the trade of the line in place of its money in suspense, once that trade has come.
fn plan_unclaimed(plan: &LinePlan<'_>) -> Correction {
    let trade_no = plan.line.as_ref().and_then(|line| line.trades.last());
    match trade_no.zip(plan.finding.voucher_no.as_ref()) {
        Some((trade_no, voucher_no)) => {
            Correction::new(vec![reverse(voucher_no), supplement(trade_no, Event::CAPTURED)], "plan.claimed")
        }
        None => Correction::none("plan.suspense_decide"),
    }
}
