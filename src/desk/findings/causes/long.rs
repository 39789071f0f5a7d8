//! The channel has it, we do not (渠道有我方无).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::evidence::Refund;
use crate::desk::findings::plan_evidence::{LineFacts, LinePlan, TradePlan, UndoneTrade, UnlistedRefund};
use crate::desk::findings::proposed_steps::{
    Correction, claim, claim_excess, reverse, set_status, supplement,
};
use crate::desk::findings::views::{ChannelView, LineView};
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note, Scenario};
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::money::Money;
use crate::domain::rejection::Rejection;
use crate::domain::statement::{LineKind, proves};
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::protocol::steps::{self, LineRef, StepRequest};
use crate::protocol::trades::StatementRow;

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
        let lines = &channel.trade.evidence.lines;
        finding.note = match payments(lines).len() {
            1 => channel.note("finding.listed_again").with("files", files(lines)),
            count => channel.note("finding.duplicate").with("count", count),
        };
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

/// Returns the first line of each payment: lines under one number of the channel's own list one.
fn payments(lines: &[StatementRow]) -> Vec<&StatementRow> {
    let mut first: Vec<&StatementRow> = Vec::new();
    for row in lines {
        if !first.iter().any(|other| other.line.lists_same(&row.line)) {
            first.push(row);
        }
    }
    first
}

/// Returns the files of the statements that list the lines, as text.
fn files(lines: &[StatementRow]) -> String {
    let mut files: Vec<&str> = lines.iter().map(|row| row.file.as_str()).collect();
    files.dedup();
    files.join(", ")
}

/// Books what the channel proves. A refund that the channel made twice is claimed from it instead.
fn plan(plan: &TradePlan<'_>) -> Result<Correction, Rejection> {
    let (position, trade_no) = (plan.position(), plan.trade_no());
    let line = match plan.evidence.lines.as_slice() {
        [line] => line,
        [_, _, ..] => return Ok(taken_again(position.trade.channel, &payments(&plan.evidence.lines))),
        [] => return Ok(Correction::none("plan.duplicate")),
    };
    if !proves(&line.line, TradeStatus::Succeeded) {
        let why = Note::new("plan.channel_not_final").with("status", line.line.status);
        return Ok(Correction::because(why));
    }
    let mut steps = vec![set_status(trade_no, TradeStatus::Succeeded)];
    match second_of(plan) {
        Second::Twice => {
            steps.push(claim(trade_no));
            return Ok(Correction::new(steps, "plan.refund_twice"));
        }
        Second::Beside(refund) => {
            return Ok(beside(refund, position.trade.channel, &position.trade.channel_ref));
        }
        Second::TooMuch | Second::No => {}
    }
    // What was put into suspense meanwhile leaves it first.
    steps.extend(position.parked(Event::CAPTURED).map(|parked| reverse(&parked.voucher_no)));
    if position.live(Event::CAPTURED).next().is_none() {
        steps.push(plan.first_posting(&line.line)?);
    }
    Ok(Correction::new(steps, "plan.long"))
}

/// Parks what the channel took, or paid back, more than once: one line is the trade's, and the money of the further
/// ones is owed to the customer, or by the channel. Lines without the channel's own number cannot be told apart.
fn taken_again(channel: Channel, payments: &[&StatementRow]) -> Correction {
    let Some(again) = payments.get(1..).filter(|again| !again.is_empty()) else {
        return Correction::none("plan.listed_again");
    };
    let moved = again.iter().filter(|row| proves(&row.line, TradeStatus::Succeeded));
    let (mut steps, mut key) = (Vec::new(), "plan.duplicate");
    for row in moved.filter(|row| row.line.number().is_some()) {
        key = if row.line.kind.comes_in() { "plan.paid_again" } else { "plan.refunded_again" };
        let line = Some(LineRef::of(channel, row.marked()));
        steps.push(StepRequest::ParkLine(steps::ParkLine { line, lines: Vec::new() }));
    }
    Correction::new(steps, key)
}

/// Parks money of unknown origin at a bank. At a channel where customers pay, a payment without a trade is a missing
/// trade; a refund may have been made at the channel, and its money has left.
fn plan_line(plan: &LinePlan<'_>) -> Option<Correction> {
    let line = plan.line.as_ref()?;
    if let Some(correction) = give_back(plan, line) {
        return Some(correction);
    }
    if plan.in_force.channels.is_bank(line.at.channel) {
        let park = StepRequest::ParkLine(steps::ParkLine { line: Some(line.at.clone()), lines: Vec::new() });
        return Some(Correction::new(vec![park], "plan.unclaimed"));
    }
    plan_refund(line)
}

/// Clears money in suspense by the line that gives it back; `None` if none of it waits, or the line may as well be of
/// one of several trades. An item is cleared as a whole only: a part of it is parked as well, unless it may go back on
/// a trade of ours, which a person finds out.
fn give_back(plan: &LinePlan<'_>, line: &LineFacts) -> Option<Correction> {
    let parked = line.parked.as_ref().filter(|_| line.originals.is_empty())?;
    let [row] = line.rows.as_slice() else { return None };
    let (in_force, line_now) = (plan.in_force, &row.line);
    let why = |key| {
        let amount = Money::new(parked.amount_minor, line_now.currency);
        Note::new(key)
            .with("voucher", &parked.voucher_no)
            .with("amount", in_force.currencies.amount(amount))
            .with("line", &line.at)
            .with_some("ref", line_now.original_ref.as_ref())
    };
    let is_of_trade = line.original.is_some();
    let Some(by) = &parked.given_back_by else {
        if is_of_trade {
            return Some(Correction::because(why("plan.part_of_parked_again")));
        }
        let park = StepRequest::ParkLine(steps::ParkLine { line: Some(line.at.clone()), lines: Vec::new() });
        return Some(Correction { why: why("plan.part_of_parked"), ..Correction::new(vec![park], "") });
    };
    let set = in_force.rules.in_force(line_now.occurred_at.date());
    let account = set.and_then(|set| set.channel_account(line.at.channel))?;
    let unpark = StepRequest::Unpark(steps::Unpark {
        voucher_no: parked.voucher_no.clone(),
        to: in_force.account_in(account, line_now.currency).ok()?,
        line: Some(by.clone()),
    });
    let key = if is_of_trade { "plan.gives_back_parked_again" } else { "plan.gives_back_parked" };
    Some(Correction { why: why(key), ..Correction::new(vec![unpark], "") })
}

/// How a refund stands to the other refunds of its payment.
enum Second<'p> {
    /// It is no second one.
    No,
    /// The channel paid back what it had paid back before.
    Twice,
    /// The channel paid back more than it had left to pay back.
    TooMuch,
    /// The channel does not list this refund of ours: the one that it lists may be this one.
    Beside(&'p UnlistedRefund),
}

/// Returns how a line's refund of an amount stands to the refunds of its payment that we know. The amount may be
/// that of the order or what is received. Only what the channel lists was paid back by it.
fn second(amounts: [i64; 2], original: &UndoneTrade) -> Second<'_> {
    let (listed, unlisted) = (Listed::of(&original.refunds, &original.unlisted), &original.unlisted);
    let paid_minor = original.trade.amount_minor;
    if amounts.iter().any(|amount| listed.0.contains(amount)) || !listed.leave(1, paid_minor) {
        return Second::Twice;
    }
    if !listed.leave(amounts[0], paid_minor) {
        // What is left by the channel is not left by our books, if we have refunds that it does not list.
        return unlisted.first().map_or(Second::TooMuch, Second::Beside);
    }
    let alike = unlisted.iter().find(|refund| amounts.contains(&refund.amount_minor));
    alike.or_else(|| listed.beside(unlisted, amounts[0], paid_minor)).map_or(Second::No, Second::Beside)
}

/// Returns how a refund of ours that the channel lists stands to the other refunds of its payment.
fn second_of<'p>(plan: &TradePlan<'p>) -> Second<'p> {
    let (position, unlisted) = (plan.position(), plan.unlisted);
    let amount = position.trade.amount_minor;
    let others = plan.evidence.refunds.iter().filter(|refund| refund.trade != position.id);
    let listed = Listed::of(others, unlisted);
    // One that failed with us and is listed under its own number is that refund, whatever others of its amount there
    // are, as long as the payment covers it.
    let has_failed = matches!(position.status_now, TradeStatus::Failed | TradeStatus::Closed);
    if !has_failed && listed.0.contains(&amount) {
        return Second::Twice;
    }
    let Some(undoing) = position.undoing(&plan.scope.in_force.kinds) else { return Second::No };
    if !listed.leave(amount, undoing.original_minor) {
        return Second::Twice;
    }
    listed.beside(unlisted, amount, undoing.original_minor).map_or(Second::No, Second::Beside)
}

/// Amounts of the refunds of a payment that the channel lists, in minor units.
struct Listed(Vec<i64>);

impl Listed {
    fn of<'r>(refunds: impl IntoIterator<Item = &'r Refund>, unlisted: &[UnlistedRefund]) -> Self {
        let is_listed = |refund: &&Refund| !unlisted.iter().any(|other| other.trade == refund.trade);
        Self(refunds.into_iter().filter(is_listed).map(|refund| refund.amount_minor).collect())
    }

    /// Returns whether they leave an amount of what was paid.
    fn leave(&self, amount_minor: i64, paid_minor: i64) -> bool {
        self.0.iter().copied().fold(amount_minor, i64::saturating_add) <= paid_minor
    }

    /// Returns one of the unlisted refunds, if only these take more than was paid.
    fn beside<'p>(
        &self,
        unlisted: &'p [UnlistedRefund],
        amount_minor: i64,
        paid_minor: i64,
    ) -> Option<&'p UnlistedRefund> {
        let claimed =
            unlisted.iter().map(|refund| refund.amount_minor).fold(amount_minor, i64::saturating_add);
        unlisted.first().filter(|_| !self.leave(claimed, paid_minor))
    }
}

/// Proposes no step: the line may be that of a refund which the channel does not list otherwise.
fn beside(refund: &UnlistedRefund, channel: Channel, channel_ref: &ChannelRef) -> Correction {
    let why = Note::new("plan.refund_unlisted");
    Correction::because(why.with("trade", &refund.trade_no).with("channel", channel).with("ref", channel_ref))
}

/// Records a refund that the channel made of a payment of ours. Its money was the customer's, if as much of the
/// payment is left; if it was given back before, or the payment failed, it is claimed, and so is what is too much. The
/// money of a refund whose payment nobody knows is parked.
fn plan_refund(line: &LineFacts) -> Option<Correction> {
    let [row] = line.rows.as_slice() else { return None };
    if row.line.kind != LineKind::Refund || !proves(&row.line, TradeStatus::Succeeded) {
        return None;
    }
    if !line.originals.is_empty() {
        let rivals: Vec<&str> = line.originals.iter().map(TradeNo::as_str).collect();
        let why = Note::new("plan.refund_of_several").with("trades", rivals.join(", "));
        let original_ref = row.line.original_ref.as_ref();
        return Some(Correction::because(why.with_some("ref", original_ref)));
    }
    let Some(original) = &line.original else {
        let park = StepRequest::ParkLine(steps::ParkLine { line: Some(line.at.clone()), lines: Vec::new() });
        return Some(Correction::new(vec![park], "plan.refund_of_unknown"));
    };
    // A refund may be known by its order or by what is received.
    let same = [row.line.amount_minor, row.line.paid_minor()];
    let second = second(same, original);
    if let Second::Beside(refund) = second {
        return Some(beside(refund, line.at.channel, &line.at.channel_ref));
    }
    let trade_no = line.new_number.as_ref()?;
    let record = StepRequest::Record(steps::Record {
        trade_no: trade_no.clone(),
        trade_kind: original.kind,
        channel: line.at.channel,
        channel_ref: line.at.reference().parse().ok()?,
        customer: original.trade.customer.clone(),
        merchant: original.trade.merchant.clone(),
        channel_no: None,
        because: None,
    });
    let has_failed = matches!(original.status, TradeStatus::Failed | TradeStatus::Closed);
    let (booked, key) = if has_failed {
        (claim(trade_no), "plan.refund_of_failed")
    } else if matches!(second, Second::Twice) || original.trade.currency != row.line.currency {
        (claim(trade_no), "plan.refund_twice")
    } else if matches!(second, Second::TooMuch) {
        (claim_excess(trade_no), "plan.refund_too_much")
    } else {
        (supplement(trade_no, Event::CAPTURED), "plan.refund_at_channel")
    };
    Some(Correction::new(vec![record, booked], key))
}
