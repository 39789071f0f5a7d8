//! What planning a correction needs beyond the evidence of its finding, read in one place.

use crate::desk::findings::evidence::{Refund, TradeEvidence, name_beside};
use crate::desk::findings::proposed_steps::{Correction, repost, supplement, take_back, undo};
use crate::desk::findings::views::{Scope, TradeView};
use crate::desk::in_force::InForce;
use crate::domain::amendment::AmendableFact;
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::FindingId;
use crate::domain::id::{ChannelRef, TradeNo, VoucherNo};
use crate::domain::kind::{Kind, Kinds};
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::Rejection;
use crate::domain::rule::{Expected, Facts};
use crate::domain::statement::{StatementLine, proves};
use crate::domain::trade::{Channel, ReconStatus, Trade, TradeKind, TradeStatus};
use crate::protocol::steps::{LineRef, StepRequest};
use crate::protocol::trades::{StatementRow, TradeRow};
use crate::store::answered::Bar;
use crate::store::positions::positions;
use crate::store::{
    Reader, StoreError, answered, matching, named_lines, statements, suspense, trades, vouchers,
};
use std::collections::BTreeSet;

/// What a plan for a finding about a trade is made from.
pub(crate) struct TradePlan<'p> {
    /// Rules and time.
    pub scope: Scope<'p>,
    /// The finding.
    pub finding: &'p Finding,
    /// The evidence it was found by.
    pub evidence: &'p TradeEvidence,
    /// The money of the trade, if a case booked it before the trade came.
    pub booked_before: Option<&'p BookedMoney>,
    /// The refunds of the same payment that no line of the channel proves; read only for a refund that the channel
    /// has and we do not.
    pub unlisted: &'p [UnlistedRefund],
}

/// A refund of ours that no line of the channel proves.
pub(crate) struct UnlistedRefund {
    /// Row of the trade.
    pub trade: i64,
    /// Its number.
    pub trade_no: TradeNo,
    /// Amount paid back, in minor units.
    pub amount_minor: i64,
}

/// Money of a channel's line that a case put into suspense before its trade came.
pub(crate) struct BookedMoney {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// Whether the money is still in suspense.
    pub is_open: bool,
}

impl TradePlan<'_> {
    /// Returns the trade with everything booked for it.
    pub(crate) const fn position(&self) -> &TradePosition {
        &self.evidence.position
    }

    /// Returns the number of the trade.
    pub(crate) const fn trade_no(&self) -> &TradeNo {
        &self.evidence.position.trade.trade_no
    }

    /// Returns the event that the finding is about; a finding about the whole trade means its capture.
    pub(crate) fn event(&self) -> Event {
        self.finding.event.unwrap_or(Event::CAPTURED)
    }

    /// Returns the trade as the causes judge it.
    pub(crate) const fn view(&self) -> TradeView<'_> {
        TradeView { scope: self.scope, evidence: self.evidence }
    }

    /// Returns the facts of the trade, corrected.
    pub(crate) fn facts(&self) -> Result<Facts<'_>, Rejection> {
        self.position().facts(&self.scope.in_force.kinds)
    }

    /// Marks a trade without a line of its own as failed and reverses what was booked for it.
    pub(crate) fn without_line(&self) -> Correction {
        let why = match &self.evidence.line_owner {
            Some(owner) if owner.succeeded => Note::new("plan.doubles"),
            Some(owner) => Note::new("plan.line_of_other").with("other", &owner.trade_no),
            None => Note::new("plan.short"),
        };
        Correction { why, ..Correction::new(undo(self.position()), "") }
    }

    /// Corrects amount, discount and fee to the channel's only line, and posts again; `key` explains it. If the
    /// rules do not book a discount, the amount becomes what the channel pays.
    pub(crate) fn follow_channel(&self, key: &str) -> Result<Correction, Rejection> {
        let [line] = self.evidence.lines.as_slice() else { return Ok(Correction::none("plan.duplicate")) };
        let facts = self.facts()?;
        if line.line.currency != facts.currency {
            return Ok(Correction::none("plan.other_currency"));
        }
        let discount = line.line.merchant_discount_minor;
        let (amount, discount) = if discount == 0 || self.books_discount(&facts)? {
            (line.line.amount_minor, discount)
        } else {
            (line.line.paid_minor(), 0)
        };
        let mut set = self.paid_by_channel(&line.line, (amount, discount), &facts);
        if line.line.fee_minor != facts.fee_minor {
            let fee = Money::new(line.line.fee_minor, facts.currency).to_string();
            set.push((AmendableFact::Fee.to_string(), fee));
        }
        let mut steps = take_back(self.position(), Event::CAPTURED);
        steps.push(repost(self.trade_no(), Event::CAPTURED, set));
        Ok(Correction::new(steps, key))
    }

    /// Returns the corrections that make a trade's order and discount these amounts, in minor units; none if what
    /// the line pays is what we have.
    fn paid_by_channel(
        &self,
        line: &StatementLine,
        (amount, discount): (i64, i64),
        facts: &Facts<'_>,
    ) -> Vec<(String, String)> {
        if line.paid_minor() == facts.paid_minor() {
            return Vec::new();
        }
        let money = |minor| Money::new(minor, self.position().trade.currency).to_string();
        let mut set = Vec::new();
        if amount != facts.amount_minor {
            set.push((AmendableFact::Amount.to_string(), money(amount)));
        }
        if discount != facts.merchant_discount_minor {
            set.push((AmendableFact::MerchantDiscount.to_string(), money(discount)));
        }
        set
    }

    /// Posts the trade's capture for the first time, with the discount that the channel's line shows if the rules
    /// book it.
    pub(crate) fn first_posting(&self, line: &StatementLine) -> Result<StepRequest, Rejection> {
        let facts = self.facts()?;
        let discount = line.merchant_discount_minor;
        let set = if discount != 0 && line.currency == facts.currency && self.books_discount(&facts)? {
            self.paid_by_channel(line, (line.amount_minor, discount), &facts)
        } else {
            Vec::new()
        };
        let (trade_no, event) = (self.trade_no(), Event::CAPTURED);
        Ok(if set.is_empty() { supplement(trade_no, event) } else { repost(trade_no, event, set) })
    }

    /// Returns true if the rules for the trade's capture know the discount that the merchant bears: the
    /// channel's account then gets what the channel pays.
    pub(crate) fn books_discount(&self, facts: &Facts<'_>) -> Result<bool, Rejection> {
        let in_force = self.scope.in_force;
        let set = in_force.rule(facts, Event::CAPTURED).map(|(set, _)| set);
        let Some(account) = set.and_then(|set| set.channel_account(facts.channel)) else { return Ok(false) };
        let account = in_force.account_in(account, facts.currency)?;
        let on_channel = |discount_minor| {
            let facts = Facts { merchant_discount_minor: discount_minor, ..facts.clone() };
            let expected = in_force.expected(&facts, Event::CAPTURED)?;
            let lines = expected.lines.iter().map(|line| &line.line).filter(|line| line.account == account);
            Ok::<i128, Rejection>(lines.map(|line| i128::from(line.debit_positive())).sum())
        };
        // The channel's fee may depend on what it pays, so the difference need not be the discount itself.
        let (without, whole) = (on_channel(0)?, on_channel(facts.amount_minor)?);
        Ok(without != whole)
    }

    /// Returns what should be booked for an event.
    pub(crate) fn expected(&self, event: Event) -> Result<Expected, Rejection> {
        self.scope.in_force.expected(&self.facts()?, event)
    }
}

/// Reads whether a case booked the money of a trade before the trade came.
pub(crate) fn booked_money<R: Reader + ?Sized>(
    reader: &mut R,
    trade: &Trade,
) -> Result<Option<BookedMoney>, StoreError> {
    let Some(Bar::Booked(voucher_no)) = answered::bar(reader, trade)? else {
        return Ok(None);
    };
    let seq = vouchers::voucher(reader, &voucher_no)?.map(|voucher| voucher.seq);
    let item = seq.map(|seq| suspense::open_item(reader, seq)).transpose()?;
    Ok(Some(BookedMoney { voucher_no, is_open: item.flatten().is_some() }))
}

/// What a plan for a finding without a trade is made from.
pub(crate) struct LinePlan<'p> {
    /// What is in force.
    pub in_force: &'p InForce,
    /// The finding.
    pub finding: &'p Finding,
    /// The channel's line; `None` for suspense that no line brought.
    pub line: Option<LineFacts>,
}

/// What is known of a channel's line without a trade.
pub(crate) struct LineFacts {
    /// The line.
    pub at: LineRef,
    /// The channel's lines of this reference.
    pub rows: Vec<StatementRow>,
    /// Trades of this reference that came since and cannot be posted, because the line's money is booked.
    pub trades: Vec<TradeNo>,
    /// Whether its reference may become the number of a new trade, and which.
    pub new_number: Option<TradeNo>,
    /// The trade it refunds; `None` if it is unknown, or if several may be it.
    pub original: Option<UndoneTrade>,
    /// The trades that it may refund, if nothing tells which.
    pub originals: Vec<TradeNo>,
    /// Money in suspense that it may give back: another line of the reference that it names brought it.
    pub parked: Option<ParkedLine>,
}

/// Money of a channel's line that waits in suspense.
pub(crate) struct ParkedLine {
    /// The voucher that put it there.
    pub voucher_no: VoucherNo,
    /// How much of it there is, in minor units.
    pub amount_minor: i64,
    /// The line that gives it back, if it gives back all of it.
    pub given_back_by: Option<LineRef>,
}

/// A trade that a channel's line refunds.
pub(crate) struct UndoneTrade {
    /// The trade.
    pub trade: Trade,
    /// Its status now.
    pub status: TradeStatus,
    /// The kind of trade that refunds it.
    pub kind: TradeKind,
    /// All its refunds.
    pub refunds: Vec<Refund>,
    /// Those of them that no line of the channel proves.
    pub unlisted: Vec<UnlistedRefund>,
}

/// Returns those of the refunds that no line of the channel proves: without one, the channel has not paid them.
pub(crate) fn unlisted<R: Reader + ?Sized>(
    reader: &mut R,
    refunds: &[Refund],
) -> Result<Vec<UnlistedRefund>, StoreError> {
    let mut found = Vec::new();
    for refund in refunds {
        let Some(position) = positions(reader, refund.trade, refund.trade)?.pop() else { continue };
        let has_line = !matching::lines_of_trade(reader, refund.trade)?.lines.is_empty();
        // A line that failed, or that revokes the refund, proves none.
        if !has_line || position.recon == ReconStatus::Short {
            let trade_no = position.trade.trade_no;
            found.push(UnlistedRefund { trade: refund.trade, trade_no, amount_minor: refund.amount_minor });
        }
    }
    Ok(found)
}

/// Reads what is known of the line that a finding without a trade is about.
pub(crate) fn line_facts<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    finding: &Finding,
) -> Result<Option<LineFacts>, StoreError> {
    let reference: Option<ChannelRef> = finding.channel_ref.as_deref().and_then(|no| no.parse().ok());
    let Some((channel, channel_ref)) = finding.channel.zip(reference) else { return Ok(None) };
    let known = named_lines::bearing(reader, channel, channel_ref.as_str())?;
    // The line that the finding names; suspense names none.
    let own = known
        .iter()
        .find(|line| finding.finding == line_finding(finding.cause, channel, &name_beside(line, &known)));
    let at = match own {
        Some(line) => named_lines::name_of(reader, channel, line, true)?,
        None => LineRef::by_reference(channel, channel_ref),
    };
    let trades = trades::trades_with_ref(reader, channel, &at.channel_ref)?;
    let new_number = free_number(reader, &at.channel_ref, |_| false)?;
    let rows: Vec<StatementRow> = match own {
        Some(line) => vec![line.listed.clone()],
        // Only those that no trade answers.
        None if !trades.is_empty() => {
            let open = matching::open_lines(reader, channel, &at.channel_ref)?;
            open.into_iter().map(|line| line.listed).collect()
        }
        None => named_lines::payments(known).into_iter().map(|line| line.listed).collect(),
    };
    let (mut undone, parked) = match rows.as_slice() {
        [row] => (undone_trades(reader, kinds, channel, row)?, parked_before(reader, channel, row)?),
        _ => (Vec::new(), None),
    };
    let originals = if undone.len() > 1 {
        undone.drain(..).map(|undone| undone.trade.trade_no).collect()
    } else {
        Vec::new()
    };
    let original = undone.pop();
    // A trade with another line of its own does not wait for this one's money.
    let mut waiting = Vec::new();
    for number in trades {
        let known = trades::trade(reader, &number)?;
        let bar = known.map(|row| answered::bar(reader, &row.trade)).transpose()?.flatten();
        if matches!(bar, Some(Bar::Booked(_))) {
            waiting.push(number);
        }
    }
    Ok(Some(LineFacts { at, rows, trades: waiting, new_number, original, originals, parked }))
}

/// Returns the identity of a finding about a line with a name.
fn line_finding(cause: Cause, channel: Channel, name: &str) -> String {
    FindingId::of_channel(cause, channel).with_part(name).to_string()
}

/// Most refunds of one reference that get numbers made of it.
const MANY_REFUNDS: u32 = 99;

/// Returns a number for a new trade: the reference, or the reference with an ending if that is taken, as by the payment
/// of a refund that bears its number, or by what a plan records beside it.
pub(crate) fn free_number<R: Reader + ?Sized>(
    reader: &mut R,
    channel_ref: &ChannelRef,
    is_taken: impl Fn(&TradeNo) -> bool,
) -> Result<Option<TradeNo>, StoreError> {
    let endings = ["", "-R"].into_iter().map(str::to_owned);
    for ending in endings.chain((2..=MANY_REFUNDS).map(|n| format!("-R{n}"))) {
        let Ok(number) = format!("{channel_ref}{ending}").parse::<TradeNo>() else { continue };
        if !is_taken(&number) && trades::trade_id(reader, &number)?.is_none() {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// Returns the money in suspense that a line of the reference brought which another line goes back on: of several
/// items one of the line's amount, else the oldest. Where both lines' merchant numbers are known they are the same.
fn parked_before<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    listed: &StatementRow,
) -> Result<Option<ParkedLine>, StoreError> {
    let line = &listed.line;
    let Some(paid) = line.original_ref.as_ref().filter(|_| proves(line, TradeStatus::Succeeded)) else {
        return Ok(None);
    };
    if !answered::any(reader)? {
        return Ok(None);
    }
    // What we owe goes out, what is owed to us comes in.
    let gives_back_minor = if line.kind.comes_in() { line.paid_minor() } else { -line.paid_minor() };
    let mut items = answered::unclaimed(reader)?;
    items.retain(|item| {
        item.line.as_ref().is_some_and(|(of, reference)| *of == channel && reference == paid)
            && item.currency == line.currency.code()
            && (item.amount_minor > 0) == line.kind.comes_in()
    });
    let merchants = statements::merchant_numbers(reader, channel, listed.marked())?;
    if !items.is_empty() && !merchants.is_empty() {
        let rows = statements::lines_of(reader, channel.as_str(), paid.as_str())?;
        let mut own = Vec::with_capacity(items.len());
        for item in items {
            let is_it = |row: &&StatementRow| {
                item.channel_no.as_ref().is_none_or(|no| *no == row.line.channel_no)
                    && item
                        .merchant_no
                        .as_ref()
                        .zip(row.merchant.as_ref())
                        .is_none_or(|(own, other)| own == other)
            };
            let theirs = match rows.iter().find(is_it) {
                Some(row) => statements::merchant_numbers(reader, channel, row.marked())?,
                None => item.merchant_no.iter().cloned().collect(),
            };
            if theirs.is_empty() || !theirs.is_disjoint(&merchants) {
                own.push(item);
            }
        }
        items = own;
    }
    let whole = items.iter().position(|item| item.amount_minor == gives_back_minor);
    let item = items.into_iter().nth(whole.unwrap_or_default());
    Ok(item.map(|item| ParkedLine {
        voucher_no: item.voucher_no,
        amount_minor: item.amount_minor.saturating_abs(),
        given_back_by: whole.map(|_| LineRef::of(channel, listed.marked())),
    }))
}

/// Returns whether a trade went by one of the merchant numbers, by its own or else that of the line that answers it;
/// `None` if either is unknown.
fn is_of_merchant<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    row: &TradeRow,
    merchants: &BTreeSet<String>,
) -> Result<Option<bool>, StoreError> {
    if merchants.is_empty() {
        return Ok(None);
    }
    if let Some(own) = &row.trade.merchant_no {
        return Ok(Some(merchants.contains(own)));
    }
    let Some(id) = trades::trade_id(reader, &row.trade.trade_no)? else { return Ok(None) };
    let Some(line) = matching::lines(reader, id)?.into_iter().next() else { return Ok(None) };
    let own = statements::merchant_numbers(reader, channel, line.marked())?;
    Ok((!own.is_empty()).then(|| !own.is_disjoint(merchants)))
}

/// Returns the trades of a channel that a line may refund. Other merchants' may bear its reference: the merchant number
/// of the line or its statement decides, then what it fits alone.
fn undone_trades<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    channel: Channel,
    row: &StatementRow,
) -> Result<Vec<UndoneTrade>, StoreError> {
    let Some(paid) = &row.line.original_ref else { return Ok(Vec::new()) };
    let numbers = trades::trades_with_ref(reader, channel, paid)?;
    let is_shared = numbers.len() > 1;
    let merchants = statements::merchant_numbers(reader, channel, row.marked())?;
    let mut found = Vec::new();
    for number in numbers {
        let Some(original) = trades::trade(reader, &number)? else { continue };
        let undoes = |kind: &&Kind| kind.claimed_if_twice && kind.undoes.contains(&original.trade.kind);
        let Some(kind) = kinds.all().iter().find(undoes).map(|kind| kind.code) else { continue };
        let is_its = is_of_merchant(reader, channel, &original, &merchants)?;
        found.push((original, kind, is_its));
    }
    let is_named = found.iter().any(|(.., is_its)| *is_its == Some(true));
    found.retain(|(.., is_its)| if is_named { *is_its == Some(true) } else { is_its.is_none() });
    let mut undone = Vec::with_capacity(found.len());
    for (original, kind, _) in found {
        let (trade, status) = (original.trade, original.status_now);
        let mut refunds = Vec::new();
        for (row, amount_minor, fee_minor) in trades::refunds_of(reader, kind, channel, paid, trade.currency)?
        {
            // That of another merchant refunds that one's payment of the same reference.
            let of_other = is_shared
                && positions(reader, row, row)?
                    .pop()
                    .is_none_or(|refund| refund.trade.merchant != trade.merchant);
            if !of_other {
                refunds.push(Refund { trade: row, amount_minor, fee_minor });
            }
        }
        let unlisted = unlisted(reader, &refunds)?;
        undone.push(UndoneTrade { trade, status, kind, refunds, unlisted });
    }
    let fits = |undone: &UndoneTrade| {
        let trade = &undone.trade;
        let refunded = undone.refunds.iter().map(|refund| refund.amount_minor);
        undone.status == TradeStatus::Succeeded
            && trade.currency == row.line.currency
            && trade.occurred_at <= row.line.occurred_at
            && refunded.fold(row.line.amount_minor, i64::saturating_add) <= trade.amount_minor
    };
    if undone.iter().filter(|one| fits(one)).count() == 1 {
        undone.retain(fits);
    }
    Ok(undone)
}
