//! The trail of money: what people have in hand is found, then all lines, payouts and vouchers that belong to it, and
//! they are laid out by level.

use super::payouts::{PayoutBook, Stated};
use super::trail_levels::{Laid, levels};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::account::AccountRole;
use crate::domain::account_statement::AccountLineKind;
use crate::domain::chart::subject_of;
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::rejection::Rejection;
use crate::protocol::account_matches::AccountLineName;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::trail::{FollowTrail, Trail, TrailPart, TrailStart};
use crate::protocol::watch::Watch;
use crate::store::trail::{
    TrailEntry, entries_of, newest_of_account, trades_of_references, vouchers_of_trades,
};
use crate::store::{accounts, trades, vouchers};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Entries of an account's chain that a trail begins with, the newest.
const NEWEST: usize = 200;

/// Place of an account, and of a line among its lines.
type Place = (usize, usize);

/// What belongs to what people have in hand.
#[derive(Default)]
struct Picked {
    lines: BTreeSet<Place>,
    vouchers: BTreeSet<VoucherNo>,
    trades: BTreeSet<TradeNo>,
    /// Places of payouts all of whose lines belong to it.
    payouts: BTreeSet<usize>,
}

impl Handle for FollowTrail {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<Trail>, Refusal> {
        let book = ledger.payout_book()?;
        let (start, mut picked) = ledger.picked(&book, &self.key)?;
        picked.complete(&book);
        let parts = ledger.parts(context, &book, &picked)?;
        let differs = parts
            .iter()
            .flat_map(|part| &part.levels)
            .any(|level| level.difference_minor.is_some_and(|difference| difference != 0));
        Ok(Box::new(Trail { key: self.key, start, parts, differs }))
    }
}

impl OpenLedger {
    /// Finds what people have in hand: a line, trade, voucher, account, payout, or a number of the channel.
    fn picked(&mut self, book: &PayoutBook, key: &str) -> Result<(TrailStart, Picked), Refusal> {
        let mut picked = Picked { lines: named_lines(book, key), ..Picked::default() };
        if !picked.lines.is_empty() {
            // A payment and its fee may be lines of their own.
            for reference in references_of(book, &picked.lines) {
                picked.add_unmatched(book, &reference);
            }
            return Ok((TrailStart::Line, picked));
        }
        let engine = &mut *self.engine;
        if let Ok(trade_no) = key.parse::<TradeNo>()
            && let Some((_, trade)) = trades::imported_facts(engine, &trade_no)?
        {
            picked.add_unmatched(book, trade.channel_ref.as_str());
            picked.trades.insert(trade_no);
            picked.vouchers.extend(vouchers_of_trades(engine, &picked.trades)?);
            return Ok((TrailStart::Trade, picked));
        }
        if let Ok(voucher_no) = key.parse::<VoucherNo>()
            && vouchers::place_of(engine, &voucher_no)?.is_some()
        {
            picked.vouchers.insert(voucher_no);
            return Ok((TrailStart::Voucher, picked));
        }
        if let Ok(code) = key.parse::<AccountCode>()
            && let Some(id) = accounts::account_id(engine, &code)?
        {
            picked.vouchers.extend(newest_of_account(engine, id, NEWEST)?);
            return Ok((TrailStart::Account, picked));
        }
        match book.called(key).as_slice() {
            [] => {}
            [only] => {
                picked.payouts.insert(*only);
                return Ok((TrailStart::Payout, picked));
            }
            several => return Err(book.several(key, several).into()),
        }
        picked.lines.extend(lines_known_by(book, key));
        let found = trades_of_references(engine, &BTreeSet::from([key.to_owned()]))?;
        picked.trades.extend(found.into_iter().map(|(_, trade_no)| trade_no));
        picked.vouchers.extend(vouchers_of_trades(engine, &picked.trades)?);
        if picked.lines.is_empty() && picked.trades.is_empty() {
            return Err(Rejection::not_found("trail", key.escape_debug()).into());
        }
        Ok((TrailStart::Reference, picked))
    }

    /// Lays out the trail on each account.
    fn parts(
        &mut self,
        context: &Context,
        book: &PayoutBook,
        picked: &Picked,
    ) -> Result<Vec<TrailPart>, Refusal> {
        let arrived: BTreeSet<Place> =
            picked.payouts.iter().flat_map(|payout| book.payouts[*payout].received()).collect();
        let mut laid: BTreeMap<Option<AccountCode>, Laid> = BTreeMap::new();
        let (mut covered, mut placed) = (BTreeSet::new(), BTreeSet::new());
        for place in &picked.lines {
            let (account, at) = *place;
            let stated = &book.accounts[account];
            let (of_line, trades) = stated.books(at);
            covered.extend(of_line.iter().cloned());
            placed.extend(trades.iter().cloned());
            if arrived.contains(place) {
                continue;
            }
            let part = laid.entry(Some(stated.code().clone())).or_default();
            part.account = Some(account);
            part.lines.insert(at);
            if stated.is_bank || stated.line(at).kind != AccountLineKind::Payout {
                part.vouchers.extend(of_line);
                part.trades.extend(trades);
            }
        }
        let left: BTreeSet<VoucherNo> = picked.vouchers.difference(&covered).cloned().collect();
        let mut of_voucher: BTreeMap<VoucherNo, Vec<TrailEntry>> = BTreeMap::new();
        for entry in entries_of(&mut *self.engine, &left)? {
            of_voucher.entry(entry.voucher_no.clone()).or_default().push(entry);
        }
        let (with_money, without): (Vec<_>, Vec<_>) = of_voucher
            .into_iter()
            .map(|(voucher_no, entries)| (self.money_account(book, &entries), voucher_no, entries))
            .partition(|(money, ..)| money.is_some());
        for (money, voucher_no, entries) in with_money.into_iter().chain(without) {
            // What moves no money stands beside what its trade moved.
            let trade_no = entries.iter().find_map(|entry| entry.trade_no.clone());
            let beside = || {
                let of_trade = |part: &Laid| trade_no.as_ref().is_some_and(|no| part.trades.contains(no));
                laid.iter().find(|(_, part)| of_trade(part)).and_then(|(code, _)| code.clone())
            };
            let money = money.or_else(beside);
            let place =
                money.as_ref().and_then(|code| book.accounts.iter().position(|stated| stated.code() == code));
            let part = laid.entry(money).or_default();
            part.account = part.account.or(place);
            part.vouchers.insert(voucher_no);
            part.trades.extend(trade_no);
        }
        placed.extend(laid.values().flat_map(|part| part.trades.iter().cloned()));
        let unplaced: Vec<TradeNo> = picked.trades.difference(&placed).cloned().collect();
        if !unplaced.is_empty() {
            // A trade that nothing was booked of is on the account that has its lines.
            let first = laid.keys().next().cloned().flatten();
            laid.entry(first).or_default().trades.extend(unplaced);
        }
        let mut parts = Vec::new();
        for (code, part) in laid {
            parts.push(levels((&mut *self.engine, &self.in_force), context, book, code, part)?);
        }
        Ok(parts)
    }

    /// Returns the account at a bank or channel that entries move.
    fn money_account(&self, book: &PayoutBook, entries: &[TrailEntry]) -> Option<AccountCode> {
        let is_stated = |code: &AccountCode| book.accounts.iter().any(|stated| stated.code() == code);
        let is_money = |code: &AccountCode| {
            let role = subject_of(&self.in_force.chart, code).and_then(|subject| subject.role);
            matches!(role, Some(AccountRole::Bank | AccountRole::Channel))
        };
        let accounts = || entries.iter().map(|entry| &entry.account);
        accounts().find(|code| is_stated(code)).or_else(|| accounts().find(|code| is_money(code))).cloned()
    }
}

impl Picked {
    /// Adds the lines that bear a reference and that nothing in the books answers.
    fn add_unmatched(&mut self, book: &PayoutBook, reference: &str) {
        let open = lines_known_by(book, reference);
        self.lines
            .extend(open.into_iter().filter(|(account, at)| book.accounts[*account].matched(*at).is_none()));
    }

    /// Adds what belongs to it: the lines that its vouchers and trades are matched with, and the whole of a payout of
    /// which it has the payout itself, or the line of the bank.
    fn complete(&mut self, book: &PayoutBook) {
        for (account, stated) in book.accounts.iter().enumerate() {
            for at in stated.lines_of(&self.vouchers) {
                self.lines.insert((account, at));
            }
        }
        for (at, payout) in book.payouts.iter().enumerate() {
            let stated = &book.accounts[payout.account];
            let is_picked = |line: &&usize| {
                stated.line(**line).kind == AccountLineKind::Payout
                    && self.lines.contains(&(payout.account, **line))
            };
            if payout.group.lines.iter().any(|line| is_picked(&line))
                || payout.received().any(|place| self.lines.contains(&place))
            {
                self.payouts.insert(at);
            }
        }
        for payout in &self.payouts {
            let payout = &book.payouts[*payout];
            self.lines.extend(payout.group.lines.iter().map(|line| (payout.account, *line)));
        }
    }
}

/// Returns the lines that a name means: `STATEMENT#PLACE`, or `ACCOUNT/DAY#LINE`.
fn named_lines(book: &PayoutBook, key: &str) -> BTreeSet<Place> {
    let name: Option<AccountLineName> = key.parse().ok();
    let of_file = || {
        let (account, line) = key.split_once('#')?;
        let (account, day) = account.rsplit_once('/')?;
        Some((account.to_owned(), day.parse::<Date>().ok()?, line.parse::<u64>().ok()?))
    };
    let of_file = of_file();
    let is_meant = |stated: &Stated, at: usize| {
        let (line, (statement, place), _) = &stated.lines()[at];
        name.is_some_and(|name| (name.statement, name.place) == (*statement, *place))
            || of_file.as_ref().is_some_and(|(account, day, number)| {
                stated.code().as_str() == account && line.day == *day && line.line == *number
            })
    };
    if name.is_none() && of_file.is_none() { BTreeSet::new() } else { places(book, is_meant) }
}

/// Returns the references of those of some lines that nothing in the books answers.
fn references_of(book: &PayoutBook, lines: &BTreeSet<Place>) -> BTreeSet<String> {
    let open = lines.iter().filter(|(account, at)| book.accounts[*account].matched(*at).is_none());
    open.filter_map(|(account, at)| Some(book.accounts[*account].line(*at).reference.as_ref()?.to_string()))
        .collect()
}

/// Returns the lines that bear a reference or number.
fn lines_known_by(book: &PayoutBook, number: &str) -> BTreeSet<Place> {
    places(book, |stated, at| {
        let line = stated.line(at);
        line.reference.as_ref().is_some_and(|reference| reference.as_str() == number)
            || line.channel_no.as_deref() == Some(number)
            || line.number == number
    })
}

fn places(book: &PayoutBook, is_meant: impl Fn(&Stated, usize) -> bool) -> BTreeSet<Place> {
    let of = |(account, stated): (usize, &Stated)| {
        let meant: Vec<Place> =
            (0..stated.lines().len()).filter(|at| is_meant(stated, *at)).map(|at| (account, at)).collect();
        meant
    };
    book.accounts.iter().enumerate().flat_map(of).collect()
}
