//! Payouts of channels, and what the bank received of them: every account with statements is read once, its lines are
//! grouped by what they name, and the lines of bank accounts are searched for the payouts.

use super::account_reconciliation::{Beside, Listed};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::account::AccountRole;
use crate::domain::account_matching::AccountMatch;
use crate::domain::account_statement::{AccountLine, AccountLineKind};
use crate::domain::chart::subject_of;
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::payout::{
    BankFacts, PayoutFacts, PayoutGroup, PayoutKey, PayoutLine, PayoutState, PayoutTally, payout_arrivals,
    payout_groups,
};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::turnover::minor;
use crate::protocol::context::Context;
use crate::protocol::payouts::{
    BankLine, KindSum, ListPayouts, PayoutDetail, PayoutList, PayoutMember, PayoutRow, PlacedLine,
    ShowPayout, UngroupedLines,
};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::account_statements;
use std::collections::{BTreeMap, BTreeSet};

/// Most payouts, and most lines of one, that are listed.
const LISTED: usize = 1000;

/// An account with statements.
pub(super) struct Stated {
    pub(super) beside: Beside,
    /// Whether it is at a bank: it receives what channels pay out.
    pub(super) is_bank: bool,
    /// Place of the match that each line is in.
    of_line: Vec<Option<usize>>,
}

/// A payout with its lines, and the lines of banks that answer it.
pub(super) struct Payout {
    /// Place of its account.
    pub(super) account: usize,
    pub(super) group: PayoutGroup,
    pub(super) tally: PayoutTally,
    /// Accounts and places of lines of banks.
    pub(super) arrivals: Vec<((usize, usize), PayoutKey)>,
}

/// The accounts with statements, and the payouts among their lines.
pub(super) struct PayoutBook {
    pub(super) accounts: Vec<Stated>,
    pub(super) payouts: Vec<Payout>,
    /// Places of the lines that no payout has, by account; of banks none.
    rest: Vec<Vec<usize>>,
}

impl OpenLedger {
    /// Reads every account with statements and its payouts.
    pub(super) fn payout_book(&mut self) -> Result<PayoutBook, Refusal> {
        let mut accounts = Vec::new();
        for code in account_statements::accounts(&mut *self.engine)? {
            let subject = subject_of(&self.in_force.chart, &code);
            let is_bank = subject.is_some_and(|subject| subject.role == Some(AccountRole::Bank));
            accounts.push(Stated::new(self.account_beside(&code)?, is_bank));
        }
        let (mut payouts, mut rest) = (Vec::new(), Vec::new());
        for (account, stated) in accounts.iter().enumerate() {
            rest.push(if stated.is_bank { Vec::new() } else { stated.grouped(account, &mut payouts) });
        }
        arrive(&accounts, &mut payouts);
        Ok(PayoutBook { accounts, payouts, rest })
    }
}

impl Stated {
    fn new(beside: Beside, is_bank: bool) -> Self {
        let mut of_line = vec![None; beside.sides.as_ref().map_or(0, |sides| sides.lines.len())];
        for (at, found) in beside.matches().iter().enumerate() {
            found.lines.iter().for_each(|line| of_line[*line] = Some(at));
        }
        Self { beside, is_bank, of_line }
    }

    /// Adds the payouts among the lines, and returns the lines that none has.
    fn grouped(&self, account: usize, payouts: &mut Vec<Payout>) -> Vec<usize> {
        let Some(sides) = &self.beside.sides else { return Vec::new() };
        let numbers: BTreeMap<i64, &str> =
            sides.statements.iter().map(|row| (row.id, row.day.number.as_str())).collect();
        let number = |statement: &i64| numbers.get(statement).copied().unwrap_or_default();
        let lines: Vec<PayoutLine<'_>> = sides
            .lines
            .iter()
            .map(|(line, (statement, _), _)| PayoutLine { number: number(statement), line })
            .collect();
        let found = payout_groups(&lines);
        payouts.extend(found.groups.into_iter().filter_map(|group| {
            let tally = PayoutTally::of(group.lines.iter().map(|at| lines[*at].line))?;
            Some(Payout { account, group, tally, arrivals: Vec::new() })
        }));
        found.rest
    }

    pub(super) fn code(&self) -> &AccountCode {
        self.beside.code()
    }

    pub(super) fn currency(&self) -> &'static str {
        self.beside.account.currency.code()
    }

    pub(super) fn lines(&self) -> &[Listed] {
        self.beside.sides.as_ref().map(|sides| sides.lines.as_slice()).unwrap_or_default()
    }

    pub(super) fn line(&self, at: usize) -> &AccountLine {
        &self.lines()[at].0
    }

    /// Returns the match that a line is in.
    pub(super) fn matched(&self, at: usize) -> Option<&AccountMatch> {
        self.of_line[at].and_then(|found| self.beside.matches().get(found))
    }

    /// Returns the vouchers that a line is matched with, and their trades.
    pub(super) fn books(&self, at: usize) -> (BTreeSet<VoucherNo>, BTreeSet<TradeNo>) {
        let (Some(sides), Some(found)) = (&self.beside.sides, self.matched(at)) else {
            return Default::default();
        };
        let entries = || found.entries.iter().map(|at| &sides.entries[*at]);
        let vouchers = entries().map(|entry| entry.facts.voucher_no.clone()).collect();
        (vouchers, entries().filter_map(|entry| entry.trade_no.clone()).collect())
    }

    /// Returns the lines that are matched with vouchers.
    pub(super) fn lines_of(&self, vouchers: &BTreeSet<VoucherNo>) -> Vec<usize> {
        let Some(sides) = self.beside.sides.as_ref().filter(|_| !vouchers.is_empty()) else {
            return Vec::new();
        };
        let is_of = |at: &usize| vouchers.contains(&sides.entries[*at].facts.voucher_no);
        let found = sides.matches.iter().filter(|found| found.entries.iter().any(&is_of));
        found.flat_map(|found| found.lines.iter().copied()).collect()
    }

    /// Returns a line with its place and its file.
    pub(super) fn placed(&self, at: usize) -> PlacedLine {
        let (line, (statement, place), file) = &self.lines()[at];
        PlacedLine {
            account: self.code().clone(),
            statement: *statement,
            place: *place,
            file: file.clone(),
            line: Box::new(line.clone()),
        }
    }
}

/// Finds the lines of banks that answer payouts.
fn arrive(accounts: &[Stated], payouts: &mut [Payout]) {
    let mut places = Vec::new();
    let mut lines = Vec::new();
    for (account, bank) in accounts.iter().enumerate().filter(|(_, stated)| stated.is_bank) {
        for at in 0..bank.lines().len() {
            places.push((account, at));
            lines.push(BankFacts::of(bank.line(at), bank.beside.account.currency, bank.books(at).0));
        }
    }
    let facts: Vec<PayoutFacts> = payouts.iter().map(|payout| payout.facts(accounts)).collect();
    for found in payout_arrivals(&facts, &lines) {
        payouts[found.payout].arrivals.push((places[found.line], found.key));
    }
}

impl Payout {
    /// Returns what finding its arrival needs.
    fn facts(&self, accounts: &[Stated]) -> PayoutFacts {
        let stated = &accounts[self.account];
        let (mut names, mut vouchers) = (BTreeSet::new(), BTreeSet::new());
        for at in &self.group.lines {
            let line = stated.line(*at);
            names.extend(line.batch.clone());
            if line.kind == AccountLineKind::Payout {
                names.extend(line.reference.as_ref().map(ToString::to_string));
                names.extend(line.channel_no.clone());
                names.extend(Some(line.number.clone()).filter(|number| !number.is_empty()));
                vouchers.extend(stated.books(*at).0);
            }
        }
        PayoutFacts {
            day: self.tally.paid_on.unwrap_or(self.tally.last),
            amount_minor: self.tally.paid_out(),
            currency: stated.beside.account.currency,
            names,
            vouchers,
        }
    }

    /// Returns its name: account, number and key.
    pub(super) fn name(&self, accounts: &[Stated]) -> String {
        let parts = [accounts[self.account].code().as_str(), &self.group.number, &self.group.key];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }

    /// Returns whether people call it so.
    pub(super) fn is_called(&self, accounts: &[Stated], key: &str) -> bool {
        let of_account = || format!("{}/{}", accounts[self.account].code(), self.group.key);
        let of_number = || format!("{}/{}", self.group.number, self.group.key);
        self.group.key == key || self.name(accounts) == key || of_account() == key || of_number() == key
    }

    /// Returns the places of the lines of banks that answer it, without what is only proposed.
    pub(super) fn received(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let answers = self.arrivals.iter().filter(|(_, key)| *key != PayoutKey::AmountAndDay);
        answers.map(|(place, _)| *place)
    }

    pub(super) fn row(&self, accounts: &[Stated]) -> Result<PayoutRow, Rejection> {
        let (stated, tally) = (&accounts[self.account], &self.tally);
        let bank = |((account, at), by): &((usize, usize), PayoutKey)| BankLine {
            by: *by,
            at: accounts[*account].placed(*at),
        };
        let (proposed, answers): (Vec<_>, Vec<_>) =
            self.arrivals.iter().partition(|(_, key)| *key == PayoutKey::AmountAndDay);
        let amount = |(account, at): (usize, usize)| i128::from(accounts[account].line(at).amount_minor);
        let received = (!answers.is_empty()).then(|| self.received().map(amount).sum::<i128>());
        Ok(PayoutRow {
            name: self.name(accounts),
            key: self.group.key.clone(),
            account: stated.code().clone(),
            number: self.group.number.clone(),
            currency: stated.currency().to_owned(),
            from: tally.first,
            to: tally.last,
            paid_on: tally.paid_on,
            kinds: kind_sums(tally)?,
            lines: self.group.lines.len() as u64,
            earned_minor: minor(tally.earned())?,
            paid_out_minor: minor(tally.paid_out())?,
            left_minor: minor(tally.earned() - tally.paid_out())?,
            received_minor: received.map(minor).transpose()?,
            missing_minor: received.map(|received| minor(tally.paid_out() - received)).transpose()?,
            received: answers.into_iter().map(bank).collect(),
            proposed: proposed.into_iter().map(bank).next(),
            state: tally.state(self.group.is_named, received),
        })
    }
}

fn kind_sums(tally: &PayoutTally) -> Result<Vec<KindSum>, Rejection> {
    let sum = |(kind, (count, sum)): (&AccountLineKind, &(u64, i128))| {
        Ok(KindSum { kind: *kind, count: *count, sum_minor: minor(*sum)? })
    };
    tally.kinds.iter().map(sum).collect()
}

impl PayoutBook {
    /// Returns the payout of a key.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none, [`Code::BadValue`] with the names of those that have it.
    fn payout(&self, key: &str) -> Result<&Payout, Rejection> {
        let found = self.called(key);
        match found.as_slice() {
            [] => Err(Rejection::not_found("payout", key)),
            [only] => Ok(&self.payouts[*only]),
            several => Err(self.several(key, several)),
        }
    }

    /// Returns the refusal of a key that several payouts have.
    pub(super) fn several(&self, key: &str, found: &[usize]) -> Rejection {
        let names: Vec<String> = found.iter().map(|at| self.payouts[*at].name(&self.accounts)).collect();
        let many = Rejection::new(Code::BadValue).with("what", "payout").with("value", key.escape_debug());
        many.with("allowed", names.join(", "))
    }

    /// Returns the places of the payouts that people call so.
    pub(super) fn called(&self, key: &str) -> Vec<usize> {
        let is_called = |at: &usize| self.payouts[*at].is_called(&self.accounts, key);
        (0..self.payouts.len()).filter(is_called).collect()
    }

    /// Returns what no payout has, of an account if one is given.
    fn ungrouped(&self, account: Option<&AccountCode>) -> Result<Vec<UngroupedLines>, Rejection> {
        let mut ungrouped = Vec::new();
        for (stated, rest) in self.accounts.iter().zip(&self.rest) {
            let tally = PayoutTally::of(rest.iter().map(|at| stated.line(*at)));
            let Some(tally) = tally.filter(|_| account.is_none_or(|account| account == stated.code())) else {
                continue;
            };
            ungrouped.push(UngroupedLines {
                account: stated.code().clone(),
                currency: stated.currency().to_owned(),
                kinds: kind_sums(&tally)?,
                lines: rest.len() as u64,
                sum_minor: minor(tally.earned() - tally.paid_out())?,
            });
        }
        Ok(ungrouped)
    }
}

impl Handle for ListPayouts {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<PayoutList>, Refusal> {
        let book = ledger.payout_book()?;
        let shown = |payout: &&Payout| {
            self.account.as_ref().is_none_or(|account| account == book.accounts[payout.account].code())
                && self.from.is_none_or(|from| payout.tally.last >= from)
                && self.to.is_none_or(|to| payout.tally.first <= to)
        };
        let rows: Result<Vec<PayoutRow>, Rejection> =
            book.payouts.iter().filter(shown).map(|payout| payout.row(&book.accounts)).collect();
        let mut payouts = rows?;
        payouts.sort_by(|one, other| {
            let key = |row: &PayoutRow| row.paid_on.unwrap_or(row.to);
            (key(one), &one.account, &one.key).cmp(&(key(other), &other.account, &other.key))
        });
        let is_wrong = |row: &PayoutRow| matches!(row.state, PayoutState::Differs | PayoutState::UnknownKind);
        let (differs, more) = (payouts.iter().any(is_wrong), payouts.len() > LISTED);
        payouts.truncate(LISTED);
        Ok(Box::new(PayoutList { payouts, more, ungrouped: book.ungrouped(self.account.as_ref())?, differs }))
    }
}

impl Handle for ShowPayout {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<PayoutDetail>, Refusal> {
        let book = ledger.payout_book()?;
        let payout = book.payout(&self.key)?;
        let stated = &book.accounts[payout.account];
        let member = |at: &usize| {
            let (vouchers, trades) = stated.books(*at);
            PayoutMember {
                at: stated.placed(*at),
                by: stated.matched(*at).map(|found| found.key),
                vouchers: vouchers.into_iter().collect(),
                trades: trades.into_iter().collect(),
            }
        };
        Ok(Box::new(PayoutDetail {
            payout: payout.row(&book.accounts)?,
            members: payout.group.lines.iter().take(LISTED).map(member).collect(),
            more: payout.group.lines.len() > LISTED,
        }))
    }
}
