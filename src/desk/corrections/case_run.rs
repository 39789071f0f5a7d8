//! What a run of a case comes to: what it placed, what that weighs, and whether it is still what was planned.
//!
//! Only what somebody wants is held, so that a case of ten thousand steps costs little more memory than one of ten.

use crate::desk::corrections::effect::{Amendment, Item};
use crate::domain::account::Side;
use crate::domain::chain::Head;
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo};
use crate::domain::money::{Currency, Money};
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Trade, TradeStatus};
use crate::domain::voucher::{Voucher, VoucherKind};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::page::Slice;
use crate::protocol::preview::PreviewEntry;
use crate::protocol::receipt::ReceiptVoucher;
use crate::protocol::steps::{LineRef, StepRow};
use crate::store::answered;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a case came to when it was last staged or handed in: compared at commit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct AgreedLines {
    /// Each line that would be booked, as a readable text.
    pub lines: Vec<String>,
    /// Heads of the chains it was planned on: account and number.
    pub heads: Vec<(AccountCode, i64)>,
    /// Accounting days it would book on; they wait for it.
    #[serde(default)]
    pub days: BTreeSet<Date>,
}

/// What is wanted of a run beside what the commit itself needs. What nobody wants is not held, so that a case of ten thousand
/// steps costs little more memory than one of ten.
#[derive(Default, Clone, Copy)]
pub(crate) struct RunOptions<'w> {
    /// How these steps read.
    pub rows: Option<Slice>,
    /// The entries of these steps.
    pub entries: Option<Slice>,
    /// Each line, to be held to later.
    pub lines: bool,
    /// What is left unbooked.
    pub unbooked: bool,
    /// The vouchers, for a receipt.
    pub receipt: bool,
    /// What the lines are held to.
    pub planned: Option<&'w AgreedLines>,
}

/// A case run without writing, or inside its transaction.
#[derive(Default)]
pub(crate) struct CaseRun {
    pub rows: Vec<StepRow>,
    pub entries: Vec<PreviewEntry>,
    pub receipt: Vec<ReceiptVoucher>,
    /// Vouchers that were placed.
    pub vouchers: usize,
    /// By currency code.
    pub sums: BTreeMap<&'static str, Sums>,
    pub before: BTreeMap<AccountCode, Head>,
    pub after: BTreeMap<AccountCode, i64>,
    pub turnover: BTreeMap<(Date, AccountCode), (i64, i64)>,
    pub statuses: Vec<(i64, TradeStatus)>,
    pub amendments: Vec<(i64, Amendment)>,
    /// Trades recorded by the channel's evidence, or by an operator's word.
    pub recorded: Vec<Trade>,
    /// Whether one of them rests on an operator's word.
    pub by_hand: bool,
    /// Open items, by the voucher that opens or clears one.
    pub items: Vec<(i64, Item)>,
    /// Lines of channels that are answered without a trade.
    pub answers: Vec<(LineRef, answered::Answer)>,
    /// Due events that the case takes back or brings, and that are not booked after it, where they are wanted.
    pub unbooked: Vec<(TradeNo, Event)>,
    pub refused: Option<(i64, Rejection)>,
    days: BTreeSet<Date>,
    lines: Vec<String>,
    compared: usize,
    differs: Option<(String, String)>,
}

/// What a case shows of its rehearsal.
#[derive(Default)]
pub(crate) struct StepsShown {
    pub rows: Vec<StepRow>,
    /// What the steps leave undone.
    pub warnings: Vec<String>,
}

/// Debits of a run in one currency, minor units.
#[derive(Default, Clone, Copy)]
pub(crate) struct Sums {
    /// Booked.
    pub booked: i64,
    /// Taken back.
    pub back: i64,
    /// Amounts of trades that get another status, or are recorded.
    changed: i64,
}

impl Sums {
    /// What a case weighs in one currency: the sum taken back, booked, or of the trades changed, whichever is most.
    fn weight(self) -> i64 {
        self.back.max(self.booked).max(self.changed)
    }
}

impl CaseRun {
    /// Why a case that writes a trade down and books nothing is refused: the trade would stand unposted, by two signatures.
    pub(crate) fn records_only(&self) -> Option<Rejection> {
        let nothing = self.vouchers == 0 && self.statuses.is_empty() && self.answers.is_empty();
        let recorded = self.recorded.first().filter(|_| nothing && self.refused.is_none())?;
        Some(Rejection::new(Code::Nothing).with("trade", &recorded.trade_no))
    }

    /// Whether what customers see changes, and whether the comparison with channels does: trades themselves are corrected, not
    /// their booking alone.
    pub(crate) fn changes_views(&self) -> (bool, bool) {
        let trades = !self.statuses.is_empty() || !self.recorded.is_empty();
        let amended = |facts: &[&str]| {
            self.amendments.iter().any(|(_, amendment)| facts.contains(&amendment.fact.as_str()))
        };
        let amount = trades || amended(&["amount_minor"]);
        (amount || amended(&["customer", "merchant"]), amount || amended(&["fee_minor"]))
    }

    /// Weighs a trade that is changed itself.
    pub(crate) fn change(&mut self, amount: Money) {
        let sums = self.sums.entry(amount.currency.code()).or_default();
        sums.changed = sums.changed.saturating_add(amount.minor.saturating_abs());
    }

    /// The case is not above what an operator may approve.
    ///
    /// # Errors
    /// [`Code::ApprovalLimit`]. An amount in another currency has no limit to be held against, so it is above each.
    pub fn within(
        &self,
        policy: &Policy,
        own: Currency,
        operator: &Operator,
        case_no: &CaseNo,
    ) -> Result<(), Rejection> {
        let Some(limit) = policy.limit_of(operator) else { return Ok(()) };
        let mut weights = self.sums.iter().map(|(currency, sums)| (*currency, sums.weight()));
        let Some((currency, minor)) =
            weights.find(|(currency, minor)| *minor > if *currency == own.code() { limit } else { 0 })
        else {
            return Ok(());
        };
        let amount = currency
            .parse()
            .map_or_else(|_| minor.to_string(), |currency: Currency| Money::new(minor, currency).grouped());
        Err(Rejection::new(Code::ApprovalLimit)
            .with("operator", operator)
            .with("case", case_no)
            .with("amount", amount)
            .with("limit", Money::new(limit, own).grouped()))
    }

    /// Takes a voucher that was placed.
    pub(crate) fn take(&mut self, step: i64, voucher: &Voucher, wanted: RunOptions<'_>) {
        self.vouchers += 1;
        self.days.insert(voucher.accounting_date);
        for entry in &voucher.entries {
            self.after.insert(entry.account.clone(), entry.balance_after_minor);
            if entry.side == Side::Debit {
                let sums = self.sums.entry(entry.currency.code()).or_default();
                let sum =
                    if voucher.kind == VoucherKind::Reverse { &mut sums.back } else { &mut sums.booked };
                *sum = sum.saturating_add(entry.amount_minor.saturating_abs());
            }
            if wanted.lines || wanted.planned.is_some() {
                let amount = Money::new(entry.amount_minor, entry.currency).grouped();
                let line = format!(
                    "{step}: {} ({}) {} {} {} {amount}",
                    voucher.kind, voucher.mode, voucher.accounting_date, entry.side, entry.account
                );
                self.line(line, wanted);
            }
        }
        if wanted.entries.is_some_and(|slice| slice.holds(step)) {
            self.entries.extend(preview_entries(step, voucher));
        }
        if wanted.receipt {
            self.receipt.push(ReceiptVoucher {
                voucher_no: voucher.voucher_no.clone(),
                seq: voucher.seq,
                kind: voucher.kind,
                mode: voucher.mode,
                hash: voucher.hash.clone(),
            });
        }
    }

    /// Holds the next line to the plan, and keeps it where it is wanted.
    fn line(&mut self, line: String, wanted: RunOptions<'_>) {
        if let Some(planned) = wanted.planned
            && self.differs.is_none()
        {
            let then = planned.lines.get(self.compared);
            if then != Some(&line) {
                self.differs = Some((then.cloned().unwrap_or_else(|| "–".to_owned()), line.clone()));
            }
            self.compared += 1;
        }
        if wanted.lines {
            self.lines.push(line);
        }
    }

    /// The lines of what is no voucher, and the end of the plan.
    pub(crate) fn close(&mut self, wanted: RunOptions<'_>) {
        if !wanted.lines && wanted.planned.is_none() {
            return;
        }
        let party = |trade: &Trade| {
            trade.customer.as_ref().or(trade.merchant.as_ref()).map_or(String::new(), ToString::to_string)
        };
        let recorded = self.recorded.iter().map(|trade| {
            format!("trade {}: {} {} {}", trade.trade_no, trade.kind, trade.amount().grouped(), party(trade))
        });
        let stubs = self.answers.iter().filter_map(|(line, answer)| match answer {
            answered::Answer::TakenBack(original) => Some(format!("{line}: {original}")),
            answered::Answer::Booked(_) => None,
        });
        let statuses = self.statuses.iter().map(|(trade, status)| format!("trade {trade}: {status}"));
        let amended = self
            .amendments
            .iter()
            .map(|(trade, amendment)| format!("trade {trade}: {} = {}", amendment.fact, amendment.value));
        for line in recorded.chain(stubs).chain(statuses).chain(amended).collect::<Vec<_>>() {
            self.line(line, wanted);
        }
        if let Some(then) = wanted.planned.and_then(|planned| planned.lines.get(self.compared))
            && self.differs.is_none()
        {
            self.differs = Some((then.clone(), "–".to_owned()));
        }
    }

    pub(crate) fn heads(&self) -> Vec<(AccountCode, i64)> {
        self.before.iter().map(|(account, head)| (account.clone(), head.seq)).collect()
    }

    /// What the commit is held to; its lines were [`RunOptions::lines`].
    pub fn planned(&mut self) -> AgreedLines {
        AgreedLines { lines: std::mem::take(&mut self.lines), heads: self.heads(), days: self.days.clone() }
    }

    /// What a case does that may be meant, and may be forgotten.
    pub(crate) fn warnings(&self, context: &Context, slice: Slice) -> Vec<String> {
        let text = |(trade_no, event): &(TradeNo, Event)| {
            let args = [("trade", trade_no.to_string()), ("event", event.to_string())];
            i18n::text(context.lang, "guard.booked.open", &args)
        };
        self.unbooked.iter().take(slice.limit).map(text).collect()
    }

    /// What is shown of it with the case.
    pub fn shown(self, context: &Context, slice: Slice) -> StepsShown {
        StepsShown { warnings: self.warnings(context, slice), rows: self.rows }
    }

    /// It comes to what was planned.
    pub(crate) fn same_as_planned(&self) -> Result<(), Rejection> {
        match &self.differs {
            None => Ok(()),
            Some((then, now)) => Err(Rejection::new(Code::Stale).with("planned", then).with("now", now)),
        }
    }
}

pub(crate) fn preview_entries(step: i64, voucher: &Voucher) -> impl Iterator<Item = PreviewEntry> {
    voucher.entries.iter().map(move |entry| PreviewEntry {
        step,
        voucher_no: voucher.voucher_no.clone(),
        kind: voucher.kind,
        accounting_date: voucher.accounting_date,
        entry: entry.clone(),
    })
}
