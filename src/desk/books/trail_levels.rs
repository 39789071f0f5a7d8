//! The levels of a trail on one account, from the bank's lines down to the accounts of customers: their items, their
//! sums, and where two levels differ.

use super::payouts::{Payout, PayoutBook, Stated};
use crate::desk::in_force::InForce;
use crate::domain::account_statement::AccountLineKind;
use crate::domain::channel::FeeTaken;
use crate::domain::chart::is_of_party;
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::payout::PayoutState;
use crate::domain::rejection::Rejection;
use crate::domain::trade::TradeStatus;
use crate::domain::turnover::minor;
use crate::i18n::{Lang, text, word};
use crate::protocol::account_matches::AccountLineName;
use crate::protocol::context::Context;
use crate::protocol::payouts::PayoutRow;
use crate::protocol::refusal::Refusal;
use crate::protocol::trail::{FilePlace, TrailItem, TrailLevel, TrailPart, TrailRow, TrailStage};
use crate::store::Engine;
use crate::store::trail::{PaidTrade, TrailEntry, entries_of, paid_trades, trades_of_references};
use std::collections::{BTreeMap, BTreeSet};

/// Items of a level that are listed.
const LISTED: usize = 200;

/// What belongs to a trail on one account.
#[derive(Default)]
pub(super) struct Laid {
    /// Place of the account among those with statements.
    pub(super) account: Option<usize>,
    /// Places of its lines.
    pub(super) lines: BTreeSet<usize>,
    pub(super) vouchers: BTreeSet<VoucherNo>,
    pub(super) trades: BTreeSet<TradeNo>,
}

/// A level with the sums of all of its items.
struct Level {
    rows: Vec<TrailRow>,
    sum: i128,
}

impl Level {
    fn of(rows: Vec<TrailRow>) -> Self {
        let sum = rows.iter().map(|row| i128::from(row.amount_minor)).sum();
        Self { rows, sum }
    }

    fn told(
        mut self,
        stage: TrailStage,
        without: Option<i128>,
        difference: Option<i128>,
    ) -> Result<TrailLevel, Rejection> {
        let count = self.rows.len() as u64;
        self.rows.truncate(LISTED);
        Ok(TrailLevel {
            stage,
            rows: self.rows,
            count,
            sum_minor: minor(self.sum)?,
            without_minor: without.map(minor).transpose()?,
            difference_minor: difference.map(minor).transpose()?,
        })
    }
}

/// Lays out the levels on an account; without one those of vouchers that move no money at a bank or channel.
pub(super) fn levels(
    (engine, in_force): (&mut dyn Engine, &InForce),
    context: &Context,
    book: &PayoutBook,
    account: Option<AccountCode>,
    mut laid: Laid,
) -> Result<TrailPart, Refusal> {
    let lang = context.lang;
    let mut told = Vec::new();
    let stated = laid.account.map(|at| &book.accounts[at]);
    let (lines, touched) = match stated {
        Some(stated) => {
            let payouts: Vec<&Payout> = if stated.is_bank { Vec::new() } else { touched(book, &laid) };
            told.extend(of_payouts(book, &payouts, lang)?);
            let is_below = |at: &&usize| stated.is_bank || stated.line(**at).kind != AccountLineKind::Payout;
            (laid.lines.iter().filter(is_below).copied().collect::<Vec<usize>>(), payouts)
        }
        None => (Vec::new(), Vec::new()),
    };
    let of_line =
        stated.map(|stated| trades_of_lines(engine, stated, &lines)).transpose()?.unwrap_or_default();
    laid.trades.extend(of_line.values().flatten().cloned());
    let paid = paid_trades(engine, &laid.trades)?;
    let mut above = None;
    if let Some(stated) = stated.filter(|_| !lines.is_empty()) {
        let level = Level::of(lines.iter().map(|at| line_row(stated, *at, lang)).collect());
        above = Some(level.sum);
        let stage = if stated.is_bank { TrailStage::Bank } else { TrailStage::Lines };
        told.push(level.told(stage, None, of_whole(&touched, &laid))?);
    }
    if !paid.is_empty() {
        let level = Level::of(
            paid.iter().map(|trade| trade_row(in_force, trade, context)).collect::<Result<_, _>>()?,
        );
        let without = stated.map_or(0, |stated| without_trade(stated, &lines, &of_line));
        let difference = above.map(|above| above - without - level.sum);
        let sum = level.sum;
        told.push(level.told(
            TrailStage::Trades,
            Some(without).filter(|without| *without != 0),
            difference,
        )?);
        above = above.or(Some(sum));
    }
    let entries = entries_of(engine, &laid.vouchers)?;
    let currency = currency_of(stated, &entries, &paid);
    if !entries.is_empty() {
        let is_own = |entry: &&TrailEntry| account.as_ref() == Some(&entry.account);
        let (own, other): (Vec<&TrailEntry>, Vec<&TrailEntry>) =
            entries.iter().filter(|entry| entry.currency == currency).partition(is_own);
        let vouchers = Level::of(voucher_rows(&entries, &own));
        let difference = above.filter(|_| account.is_some()).map(|above| above - vouchers.sum);
        let moved = vouchers.sum;
        told.push(vouchers.told(TrailStage::Vouchers, None, difference)?);
        let accounts = Level::of(account_rows(in_force, &other));
        let difference = Some(moved - accounts.sum);
        told.push(accounts.told(TrailStage::Accounts, None, difference)?);
    } else if let Some(above) = above.filter(|above| *above != 0) {
        told.push(Level::of(Vec::new()).told(TrailStage::Vouchers, None, Some(above))?);
    }
    Ok(TrailPart { account, currency, levels: told })
}

fn currency_of(stated: Option<&Stated>, entries: &[TrailEntry], paid: &[PaidTrade]) -> String {
    let own = stated.map(|stated| stated.currency().to_owned());
    let of_entry = || entries.first().map(|entry| entry.currency.clone());
    own.or_else(of_entry).or_else(|| paid.first().map(|trade| trade.currency.clone())).unwrap_or_default()
}

/// Returns the payouts that have one of the lines.
fn touched<'b>(book: &'b PayoutBook, laid: &Laid) -> Vec<&'b Payout> {
    let has = |payout: &&Payout| {
        Some(payout.account) == laid.account
            && payout.group.lines.iter().any(|line| laid.lines.contains(line))
    };
    book.payouts.iter().filter(has).collect()
}

/// Returns the levels of the bank and of the payouts. A payout on its way differs from nothing.
fn of_payouts(book: &PayoutBook, payouts: &[&Payout], lang: Lang) -> Result<Vec<TrailLevel>, Rejection> {
    if payouts.is_empty() {
        return Ok(Vec::new());
    }
    let bank = payouts.iter().flat_map(|payout| payout.received());
    let bank = Level::of(bank.map(|(account, at)| line_row(&book.accounts[account], at, lang)).collect());
    let (mut rows, mut difference) = (Vec::new(), 0);
    for payout in payouts {
        let row = payout.row(&book.accounts)?;
        difference -= i128::from(row.missing_minor.unwrap_or_default());
        rows.push(payout_row(&book.accounts[payout.account], payout, row, lang));
    }
    let is_awaited = bank.rows.is_empty();
    Ok(vec![
        bank.told(TrailStage::Bank, None, None)?,
        Level::of(rows).told(TrailStage::Payout, None, Some(difference).filter(|_| !is_awaited))?,
    ])
}

/// Returns a payout with the line that is the payout itself, and what booked that.
fn payout_row(stated: &Stated, payout: &Payout, row: PayoutRow, lang: Lang) -> TrailRow {
    let is_payout = |at: &&usize| stated.line(**at).kind == AccountLineKind::Payout;
    let places: Vec<usize> = payout.group.lines.iter().filter(is_payout).copied().collect();
    let vouchers: BTreeSet<VoucherNo> = places.iter().flat_map(|at| stated.books(*at).0).collect();
    let facts =
        [("state", word(lang, &format!("payout_state.{}", row.state))), ("lines", row.lines.to_string())];
    let mut told = text(lang, "trail.payout", &facts);
    if vouchers.is_empty() && !places.is_empty() {
        told.push_str(&word(lang, "trail.not_booked"));
    } else if !places.is_empty() {
        let vouchers: Vec<String> = vouchers.iter().map(ToString::to_string).collect();
        told.push_str(&text(lang, "trail.booked", &[("vouchers", vouchers.join(", "))]));
    }
    let paid_in = places.last().map(|at| {
        let line = stated.placed(*at);
        FilePlace { file: line.file, line: line.line.line }
    });
    TrailRow {
        item: TrailItem::Payout { name: row.name, paid_in },
        day: row.paid_on.or(Some(row.to)),
        amount_minor: row.paid_out_minor,
        text: told,
    }
}

/// Returns what payouts paid without what their lines come to: of those all of whose lines are there, and that
/// were paid.
fn of_whole(payouts: &[&Payout], laid: &Laid) -> Option<i128> {
    let is_whole = |payout: &&&Payout| {
        payout.group.is_named
            && payout.tally.state(true, None) != PayoutState::Unpaid
            && payout.group.lines.iter().all(|line| laid.lines.contains(line))
    };
    let whole: Vec<&&Payout> = payouts.iter().filter(is_whole).collect();
    let left = |payout: &&&Payout| payout.tally.paid_out() - payout.tally.earned();
    if whole.is_empty() { None } else { Some(whole.iter().map(left).sum()) }
}

fn line_row(stated: &Stated, at: usize, lang: Lang) -> TrailRow {
    let line = stated.placed(at);
    let kind = word(lang, &format!("account_line.{}", line.line.kind));
    let reference = line.line.reference.as_ref().map(ToString::to_string);
    let known = reference.or_else(|| line.line.channel_no.clone()).or_else(|| line.line.batch.clone());
    let open = stated.matched(at).is_none().then(|| format!("({})", word(lang, "trail.open")));
    let words = [Some(kind), known, Some(line.line.text.clone()).filter(|text| !text.is_empty()), open];
    TrailRow {
        day: Some(line.line.day),
        amount_minor: line.line.amount_minor,
        text: words.into_iter().flatten().collect::<Vec<_>>().join(" "),
        item: TrailItem::Line {
            account: line.account,
            name: AccountLineName { statement: line.statement, place: line.place },
            file: line.file,
            line: line.line.line,
        },
    }
}

/// Returns the trades of lines: those of the entries that answer them, else those that bear their reference.
fn trades_of_lines(
    engine: &mut dyn Engine,
    stated: &Stated,
    lines: &[usize],
) -> Result<BTreeMap<usize, BTreeSet<TradeNo>>, Refusal> {
    let mut found: BTreeMap<usize, BTreeSet<TradeNo>> = BTreeMap::new();
    let mut open: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for at in lines {
        let trades = stated.books(*at).1;
        let reference = stated.line(*at).reference.as_ref().filter(|_| trades.is_empty());
        if let Some(reference) = reference {
            open.entry(reference.to_string()).or_default().push(*at);
        }
        found.entry(*at).or_default().extend(trades);
    }
    for (reference, trade_no) in trades_of_references(engine, &open.keys().cloned().collect())? {
        for at in open.get(&reference).into_iter().flatten() {
            found.entry(*at).or_default().insert(trade_no.clone());
        }
    }
    Ok(found)
}

/// Returns what lines come to that have no trade and need none: neither payments nor refunds.
fn without_trade(stated: &Stated, lines: &[usize], trades: &BTreeMap<usize, BTreeSet<TradeNo>>) -> i128 {
    let needs =
        |at: usize| matches!(stated.line(at).kind, AccountLineKind::Payment | AccountLineKind::Refund);
    let has = |at: &usize| trades.get(at).is_some_and(|trades| !trades.is_empty());
    let without = lines.iter().filter(|at| !has(at) && !needs(**at));
    without.map(|at| i128::from(stated.line(*at).amount_minor)).sum()
}

/// Returns a trade with what it moves on the channel's account: what is paid, less the fee that the channel keeps.
fn trade_row(in_force: &InForce, trade: &PaidTrade, context: &Context) -> Result<TrailRow, Rejection> {
    let way = |kind| in_force.kinds.get(kind).and_then(crate::domain::kind::Kind::comes_in);
    let comes_in = way(trade.kind).or_else(|| trade.counters.and_then(way).map(|comes_in| !comes_in));
    let keeps = in_force.channels.get(trade.channel).is_none_or(|channel| channel.fee == FeeTaken::Kept);
    let fee = if keeps { i128::from(trade.fee_minor) } else { 0 };
    let paid = i128::from(trade.paid_minor);
    let moved = match comes_in {
        _ if trade.status != TradeStatus::Succeeded => 0,
        Some(true) => paid - fee,
        Some(false) => -paid - fee,
        None => 0,
    };
    let names = &in_force.names;
    let party = trade.customer.as_ref().or(trade.merchant.as_ref()).map(ToString::to_string);
    let facts = [
        ("kind", names.kind(context.lang, trade.kind.as_str())),
        ("channel", names.channel(context.lang, trade.channel.as_str())),
        ("status", word(context.lang, &format!("state.trade.{}", trade.status))),
        ("party", party.unwrap_or_default()),
    ];
    Ok(TrailRow {
        item: TrailItem::Trade { trade_no: trade.trade_no.clone() },
        day: Some(trade.day),
        amount_minor: minor(moved)?,
        text: text(context.lang, "trail.trade", &facts).trim().to_owned(),
    })
}

/// Returns the vouchers with what they move on the account.
fn voucher_rows(entries: &[TrailEntry], own: &[&TrailEntry]) -> Vec<TrailRow> {
    let mut rows: Vec<TrailRow> = Vec::new();
    let mut of_voucher: BTreeMap<&VoucherNo, usize> = BTreeMap::new();
    for entry in entries {
        of_voucher.entry(&entry.voucher_no).or_insert_with(|| {
            rows.push(TrailRow {
                item: TrailItem::Voucher { voucher_no: entry.voucher_no.clone() },
                day: Some(entry.day),
                amount_minor: 0,
                text: entry.memo.clone(),
            });
            rows.len() - 1
        });
    }
    for entry in own {
        if let Some(at) = of_voucher.get(&entry.voucher_no) {
            rows[*at].amount_minor += entry.moved_minor;
        }
    }
    rows
}

/// Returns what the vouchers move on other accounts, as what came to us for it: each line of a customer's or merchant's
/// chain, and the sum of each other account.
fn account_rows(in_force: &InForce, other: &[&TrailEntry]) -> Vec<TrailRow> {
    let (parties, rest): (Vec<&&TrailEntry>, Vec<&&TrailEntry>) =
        other.iter().partition(|entry| is_of_party(&in_force.chart, &entry.account));
    let mut rows: Vec<TrailRow> = parties
        .into_iter()
        .map(|entry| TrailRow {
            item: TrailItem::Account {
                account: entry.account.clone(),
                seq: Some(entry.seq),
                voucher_no: Some(entry.voucher_no.clone()),
            },
            day: Some(entry.day),
            amount_minor: -entry.moved_minor,
            text: entry.memo.clone(),
        })
        .collect();
    let mut of_account: BTreeMap<&AccountCode, i64> = BTreeMap::new();
    for entry in rest {
        let sum = of_account.entry(&entry.account).or_default();
        *sum = sum.saturating_sub(entry.moved_minor);
    }
    rows.extend(of_account.into_iter().map(|(account, amount_minor)| TrailRow {
        item: TrailItem::Account { account: account.clone(), seq: None, voucher_no: None },
        day: None,
        amount_minor,
        text: String::new(),
    }));
    rows
}
