//! The result of running a case: what it booked, how much that is, and whether it is still what was planned.
//!
//! Only what the caller requests is kept, so that a case of ten thousand steps costs little more memory
//! than one of ten.

use crate::desk::corrections::effect::{Amendment, Item, StatementEnd};
use crate::desk::corrections::resolver::Call;
use crate::domain::account::Side;
use crate::domain::amendment::AmendableFact;
use crate::domain::chain::Head;
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, TradeNo};
use crate::domain::money::Money;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Trade, TradeStatus};
use crate::domain::voucher::{Voucher, VoucherKind};
use crate::protocol::page::Slice;
use crate::protocol::preview::PreviewEntry;
use crate::protocol::receipt::ReceiptVoucher;
use crate::protocol::steps::{LineRef, StepRow};
use crate::store::answered;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a case would book when it was last staged or submitted; the commit is compared with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct AgreedLines {
    /// Each line that would be booked, as a readable text.
    pub lines: Vec<String>,
    /// Heads of the chains at that time: account and sequence number.
    pub heads: Vec<(AccountCode, i64)>,
    /// Accounting days that it would book on; their close waits for the case.
    #[serde(default)]
    pub days: BTreeSet<Date>,
}

/// What a run keeps besides what the commit itself needs. A case of ten thousand steps then costs little
/// more memory than one of ten.
#[derive(Default, Clone, Copy)]
pub(crate) struct RunOptions<'w> {
    /// The rows of these steps.
    pub rows: Option<Slice>,
    /// The entries of these steps.
    pub entries: Option<Slice>,
    /// Each line, to compare the commit with.
    pub lines: bool,
    /// The due events that are left without a posting.
    pub unbooked: bool,
    /// The vouchers, for a receipt.
    pub receipt: bool,
    /// The lines to compare with.
    pub planned: Option<&'w AgreedLines>,
}

/// A case run without writing, or inside its transaction.
#[derive(Default)]
pub(crate) struct CaseRun {
    pub rows: Vec<StepRow>,
    pub entries: Vec<PreviewEntry>,
    pub receipt: Vec<ReceiptVoucher>,
    /// Vouchers booked.
    pub vouchers: usize,
    /// Sums by currency code.
    pub sums: BTreeMap<&'static str, Sums>,
    pub before: BTreeMap<AccountCode, Head>,
    pub after: BTreeMap<AccountCode, i64>,
    pub turnover: BTreeMap<(Date, AccountCode), (i64, i64)>,
    pub statuses: Vec<(i64, TradeStatus)>,
    pub amendments: Vec<(i64, Amendment)>,
    /// Trades recorded, on the channel's evidence or for an operator's reason.
    pub recorded: Vec<Trade>,
    /// Rows that they get, in the same order.
    pub recorded_in: Vec<i64>,
    /// Places of the vouchers that the case reverses.
    pub reversed: Vec<i64>,
    /// True if a trade was recorded for an operator's reason, or its status proven by a file.
    pub by_hand: bool,
    /// Open items, by the voucher that opens or clears one.
    pub items: Vec<(i64, Item)>,
    /// Claims of trade lists that are dismissed, with the reason.
    pub dismissed: Vec<(i64, String)>,
    /// Lines of channels that are accounted for without a trade.
    pub answers: Vec<(LineRef, answered::Answer)>,
    /// Changes of channels' statements.
    pub statements: Vec<StatementEnd>,
    /// Due events that the case reverses or brings and leaves without a posting, if requested.
    pub unbooked: Vec<(TradeNo, Event)>,
    pub refused: Option<(i64, Rejection)>,
    /// The steps refused after it.
    pub refused_later: Vec<(i64, Rejection)>,
    days: BTreeSet<Date>,
    lines: Vec<String>,
    compared: usize,
    differs: Option<(String, String)>,
}

/// What a case shows of its dry run.
#[derive(Default)]
pub(crate) struct StepsShown {
    pub rows: Vec<StepRow>,
    /// Warnings about what the steps leave undone.
    pub warnings: Vec<String>,
}

/// Debits of a run in one currency, minor units.
#[derive(Default, Clone, Copy)]
pub(crate) struct Sums {
    /// Sum booked.
    pub booked: i64,
    /// Sum reversed.
    pub back: i64,
    /// Sum of the trades that get another status or are recorded, and of the lines that come or go with a statement.
    changed: i64,
}

impl Sums {
    /// Returns what counts for an approver's limit in one currency: the sum reversed, booked, or of the
    /// trades changed, whichever is highest.
    pub(crate) fn weight(self) -> i64 {
        self.back.max(self.booked).max(self.changed)
    }
}

impl CaseRun {
    /// Notes that a step is refused.
    pub(crate) fn refuse(&mut self, number: i64, rejection: Rejection) {
        if self.refused.is_none() {
            self.refused = Some((number, rejection));
        } else {
            self.refused_later.push((number, rejection));
        }
    }

    /// Returns the first of the steps from a number on that is refused, and why.
    pub(crate) fn refusal_from(&self, number: i64) -> Option<&(i64, Rejection)> {
        self.refusals_from(number).next()
    }

    /// Returns the steps from a number on that are refused, and why.
    pub(crate) fn refusals_from(&self, number: i64) -> impl Iterator<Item = &(i64, Rejection)> {
        self.refused.iter().chain(&self.refused_later).filter(move |(step, _)| *step >= number)
    }

    /// Returns the refusal of a case that only records a trade: it would create an unposted trade that two
    /// people approved.
    pub(crate) fn records_only(&self) -> Option<Rejection> {
        let nothing = self.vouchers == 0
            && self.statuses.is_empty()
            && self.answers.is_empty()
            && self.dismissed.is_empty()
            && self.statements.is_empty();
        let recorded = self.recorded.first().filter(|_| nothing && self.refused.is_none())?;
        Some(Rejection::new(Code::Nothing).with("trade", &recorded.trade_no))
    }

    /// Returns whether what customers see changes, and whether the comparison with channels does, because
    /// trades themselves are corrected, lines are answered, or statements change.
    pub(crate) fn changes_views(&self) -> (bool, bool) {
        let trades = !self.statuses.is_empty() || !self.recorded.is_empty();
        let amended = |changes: fn(AmendableFact) -> bool| {
            self.amendments.iter().any(|(_, amendment)| changes(amendment.fact))
        };
        let amount = trades || amended(|fact| fact == AmendableFact::Amount);
        let paid = amount || amended(|fact| fact == AmendableFact::MerchantDiscount);
        let lines = !self.answers.is_empty() || !self.statements.is_empty();
        let compared = paid || lines || amended(|fact| fact == AmendableFact::Fee);
        (amount || amended(AmendableFact::is_party), compared)
    }

    /// Counts a trade that is changed itself.
    pub(crate) fn change(&mut self, amount: Money) {
        let sums = self.sums.entry(amount.currency.code()).or_default();
        sums.changed = sums.changed.saturating_add(amount.minor.saturating_abs());
    }

    /// Adds a voucher that was booked.
    pub(crate) fn take(&mut self, step: i64, voucher: &Voucher, options: RunOptions<'_>) {
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
            if options.lines || options.planned.is_some() {
                let amount = Money::new(entry.amount_minor, entry.currency).grouped();
                let line = format!(
                    "{step}: {} ({}) {} {} {} {amount}",
                    voucher.kind, voucher.mode, voucher.accounting_date, entry.side, entry.account
                );
                self.line(line, options);
            }
        }
        if options.entries.is_some_and(|slice| slice.holds(step)) {
            self.entries.extend(preview_entries(step, voucher));
        }
        if options.receipt {
            self.receipt.push(ReceiptVoucher {
                voucher_no: voucher.voucher_no.clone(),
                seq: voucher.seq,
                kind: voucher.kind,
                mode: voucher.mode,
                hash: voucher.hash.clone(),
            });
        }
    }

    /// Compares the next line with the plan, and keeps it if requested.
    fn line(&mut self, line: String, options: RunOptions<'_>) {
        if let Some(planned) = options.planned
            && self.differs.is_none()
        {
            let then = planned.lines.get(self.compared);
            if then != Some(&line) {
                self.differs = Some((then.cloned().unwrap_or_else(|| "–".to_owned()), line.clone()));
            }
            self.compared += 1;
        }
        if options.lines {
            self.lines.push(line);
        }
    }

    /// Adds the lines of changes without a voucher, and compares the end of the plan.
    pub(crate) fn close(&mut self, options: RunOptions<'_>) {
        if !options.lines && options.planned.is_none() {
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
        let amended = self.amendments.iter().map(|(trade, amendment)| {
            format!("trade {trade}: {} = {}", amendment.fact.stored(), amendment.value)
        });
        let dismissed = self.dismissed.iter().map(|(claim, _)| format!("claim {claim}: dismissed"));
        let statements = self
            .statements
            .iter()
            .map(|end| format!("statement {}: {} in place of {:?}", end.statement, end.state, end.replaces));
        let changes = recorded.chain(stubs).chain(statuses).chain(amended).chain(dismissed).chain(statements);
        for line in changes.collect::<Vec<_>>() {
            self.line(line, options);
        }
        if let Some(then) = options.planned.and_then(|planned| planned.lines.get(self.compared))
            && self.differs.is_none()
        {
            self.differs = Some((then.clone(), "–".to_owned()));
        }
    }

    pub(crate) fn heads(&self) -> Vec<(AccountCode, i64)> {
        self.before.iter().map(|(account, head)| (account.clone(), head.seq)).collect()
    }

    /// Returns what the commit is compared with; needs [`RunOptions::lines`].
    pub fn planned(&mut self) -> AgreedLines {
        AgreedLines { lines: std::mem::take(&mut self.lines), heads: self.heads(), days: self.days.clone() }
    }

    /// Returns warnings about due events that are left without a posting, on purpose or by mistake.
    pub(crate) fn warnings(&self, call: &Call<'_>, slice: Slice) -> Vec<String> {
        let text = |(trade_no, event): &(TradeNo, Event)| {
            let args = [("trade", trade_no.to_string()), ("event", event.to_string())];
            call.in_force.names.text(call.context.lang, "guard.booked.open", &args)
        };
        self.unbooked.iter().take(slice.limit).map(text).collect()
    }

    /// Returns what is shown of the run with the case.
    pub fn shown(self, call: &Call<'_>, slice: Slice) -> StepsShown {
        StepsShown { warnings: self.warnings(call, slice), rows: self.rows }
    }

    /// Refuses if the run books something else than planned.
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
