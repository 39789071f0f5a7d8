//! Payout batches (结算批次): what a channel pays out together, and the line at the bank that answers it.
//!
//! A group is formed by a key that the file names: the batch of its lines; or, where a payout names the day that it
//! settles and no batch, the lines of that day under the same number of the account. A set that only its sum would
//! connect is no group. A group is signed: payments less refunds, disputes and fees, with reserve and carried balance,
//! come to what was paid out. What is left is told, and changes no line.

use super::account_statement::{AccountLine, AccountLineKind};
use super::id::VoucherNo;
use super::money::Currency;
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Days that a payout may lie behind the day that it says it settles: a month.
const SETTLED_WITHIN: i32 = 31;

/// Days between a payout and a line of the bank of the same amount that may be its arrival: a weekend and a holiday.
const ARRIVES_WITHIN: i32 = 4;

/// Characters from which a name counts although nothing but a number or a text of the bank has it; shorter ones, as
/// `7`, are found everywhere.
const TELLING: usize = 6;

vocabulary! {
    /// How far a payout is.
    PayoutState, "state of a payout" {
        /// Its lines come to it, and the bank received it.
        Complete = "complete",
        /// Its lines come to it; no line of the bank answers it yet.
        InTransit = "in_transit",
        /// Its lines do not come to it, or the bank received another amount.
        Differs = "differs",
        /// The kind of one of its lines is not known.
        UnknownKind = "unknown_kind",
        /// Its lines are there, but nothing was paid out for them yet.
        Unpaid = "unpaid",
        /// A payout whose lines no key names.
        NotGrouped = "not_grouped",
    }
}

vocabulary! {
    /// By what a line of the bank answers a payout.
    PayoutKey, "key of a payout" {
        /// The line names the payout.
        Key = "key",
        /// Both are matched with the same voucher.
        Voucher = "voucher",
        /// Amount and day alone, each the only one that fits the other: proposed.
        AmountAndDay = "amount_and_day",
    }
}

/// What grouping needs to know of a line.
#[derive(Debug, Clone, Copy)]
pub struct PayoutLine<'l> {
    /// The account's number at the channel; empty if it has none.
    pub number: &'l str,
    /// The line.
    pub line: &'l AccountLine,
}

/// Lines that a channel paid out together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutGroup {
    /// The batch, or the day that is settled; of a payout alone what it is known by.
    pub key: String,
    /// The account's number at the channel; empty if there is none, or several.
    pub number: String,
    /// Places of the lines, in order.
    pub lines: Vec<usize>,
    /// Whether a key names the lines; a payout without one is alone.
    pub is_named: bool,
}

/// The lines of an account in groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayoutGroups {
    /// The groups, by key and number.
    pub groups: Vec<PayoutGroup>,
    /// Places of the lines that no group has.
    pub rest: Vec<usize>,
}

/// Puts the lines of an account into groups. Each line is in one, or in the rest.
#[must_use]
pub fn payout_groups(lines: &[PayoutLine<'_>]) -> PayoutGroups {
    let mut groups = batches(lines);
    let (of_days, alone) = settled_days(lines);
    groups.extend(of_days);
    groups.extend(alone.into_iter().map(|at| PayoutGroup {
        key: known_by(lines[at].line),
        number: lines[at].number.to_owned(),
        lines: vec![at],
        is_named: false,
    }));
    groups.sort_by(|one, other| {
        (&one.key, &one.number, &one.lines).cmp(&(&other.key, &other.number, &other.lines))
    });
    let mut is_rest = vec![true; lines.len()];
    groups.iter().flat_map(|group| &group.lines).for_each(|at| is_rest[*at] = false);
    PayoutGroups { groups, rest: (0..lines.len()).filter(|at| is_rest[*at]).collect() }
}

/// Returns whether a line is the payout itself, or a payout that came back.
fn is_payout(line: &AccountLine) -> bool {
    line.kind == AccountLineKind::Payout
}

/// Returns a group for each batch. Where several numbers name a batch and each has a payout of its own, their batches
/// bear the same name by chance.
fn batches(lines: &[PayoutLine<'_>]) -> Vec<PayoutGroup> {
    let mut of_batch: BTreeMap<&str, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for (at, one) in lines.iter().enumerate() {
        if let Some(batch) = &one.line.batch {
            of_batch.entry(batch).or_default().entry(one.number).or_default().push(at);
        }
    }
    let mut groups = Vec::new();
    for (batch, of_number) in of_batch {
        let pays = |places: &Vec<usize>| places.iter().any(|at| is_payout(lines[*at].line));
        let group = |number: &str, lines| PayoutGroup {
            key: batch.to_owned(),
            number: number.to_owned(),
            lines,
            is_named: true,
        };
        if of_number.len() == 1 || of_number.values().all(pays) {
            groups.extend(of_number.into_iter().map(|(number, lines)| group(number, lines)));
        } else {
            let mut together: Vec<usize> = of_number.into_values().flatten().collect();
            together.sort_unstable();
            groups.push(group("", together));
        }
    }
    groups
}

/// Returns a group for each day that a payout without a batch says it settles, and the payouts that are left alone.
fn settled_days(lines: &[PayoutLine<'_>]) -> (Vec<PayoutGroup>, Vec<usize>) {
    let unnamed = || lines.iter().enumerate().filter(|(_, one)| one.line.batch.is_none());
    let mut of_day: BTreeMap<(&str, Date), Vec<usize>> = BTreeMap::new();
    for (at, one) in unnamed().filter(|(_, one)| !is_payout(one.line)) {
        of_day.entry((one.number, one.line.day)).or_default().push(at);
    }
    let (mut paying, mut alone): (BTreeMap<(&str, Date), Vec<usize>>, Vec<usize>) =
        (BTreeMap::new(), Vec::new());
    for (at, one) in unnamed().filter(|(_, one)| is_payout(one.line)) {
        match settled_day(one.line).filter(|day| of_day.contains_key(&(one.number, *day))) {
            Some(day) => paying.entry((one.number, day)).or_default().push(at),
            None => alone.push(at),
        }
    }
    let sum =
        |places: &[usize]| places.iter().map(|at| i128::from(lines[*at].line.amount_minor)).sum::<i128>();
    let mut groups = Vec::new();
    for ((number, day), payouts) in paying {
        let settled = of_day.get(&(number, day)).map(Vec::as_slice).unwrap_or_default();
        // The own day of a payout may be just its date.
        let is_own_day = payouts.iter().any(|at| lines[*at].line.day == day);
        if is_own_day && sum(settled) + sum(&payouts) != 0 {
            alone.extend(payouts);
            continue;
        }
        let mut places = [settled, payouts.as_slice()].concat();
        places.sort_unstable();
        groups.push(PayoutGroup {
            key: day.to_string(),
            number: number.to_owned(),
            lines: places,
            is_named: true,
        });
    }
    (groups, alone)
}

/// Returns the only day within a month up to its own that the words of a payout name.
fn settled_day(line: &AccountLine) -> Option<Date> {
    let reference = line.reference.as_ref().map_or("", |reference| reference.as_str());
    let named: BTreeSet<Date> = [line.words.as_str(), reference, &line.text]
        .into_iter()
        .flat_map(days_in)
        .filter(|day| (0..=SETTLED_WITHIN).contains(&(line.day - *day).get_days()))
        .collect();
    if named.len() == 1 { named.first().copied() } else { None }
}

/// Returns the days that a text names, as `2018-09-12` or `20180912`.
fn days_in(text: &str) -> Vec<Date> {
    let is_part = |c: char| c.is_ascii_digit() || c == '-';
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_matches('-'));
    let day = |word: &str| {
        let digits: String = word.chars().filter(|c| *c != '-').collect();
        let is_day =
            digits.len() == 8 && (word.len() == 8 || (word.len() == 10 && word.get(4..5) == Some("-")));
        let dashed = is_day.then(|| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))?;
        dashed.parse().ok()
    };
    words.filter_map(day).collect()
}

/// Returns what a payout without a group is known by.
fn known_by(line: &AccountLine) -> String {
    let reference = line.reference.as_ref().map(ToString::to_string);
    let own = reference.or_else(|| line.channel_no.clone()).or_else(|| Some(line.number.clone()));
    own.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("{}#{}", line.day, line.line))
}

/// What the lines of a group come to. Amounts are in minor units, positive if money came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutTally {
    /// Day of its first line.
    pub first: Date,
    /// Day of its last line.
    pub last: Date,
    /// Day of the last payout.
    pub paid_on: Option<Date>,
    /// Count and sum of its lines, by kind.
    pub kinds: BTreeMap<AccountLineKind, (u64, i128)>,
}

impl PayoutTally {
    /// Counts lines; `None` without any.
    pub fn of<'l>(lines: impl Iterator<Item = &'l AccountLine>) -> Option<Self> {
        let mut tally: Option<Self> = None;
        for line in lines {
            let (day, kinds) = (line.day, BTreeMap::new());
            let counted = tally.get_or_insert(Self { first: day, last: day, paid_on: None, kinds });
            counted.first = counted.first.min(line.day);
            counted.last = counted.last.max(line.day);
            if is_payout(line) {
                counted.paid_on = counted.paid_on.max(Some(line.day));
            }
            let (count, sum) = counted.kinds.entry(line.kind).or_default();
            *count += 1;
            *sum += i128::from(line.amount_minor);
        }
        tally
    }

    /// Returns what was paid out.
    #[must_use]
    pub fn paid_out(&self) -> i128 {
        -self.kinds.get(&AccountLineKind::Payout).map_or(0, |(_, sum)| *sum)
    }

    /// Returns what the lines come to that are not the payout itself.
    #[must_use]
    pub fn earned(&self) -> i128 {
        self.kinds.iter().filter(|(kind, _)| **kind != AccountLineKind::Payout).map(|(_, (_, sum))| sum).sum()
    }

    /// Returns how far the payout is, if the bank received so much of it.
    #[must_use]
    pub fn state(&self, is_named: bool, received: Option<i128>) -> PayoutState {
        let paid = self.paid_out();
        let arrived_otherwise = received.is_some_and(|received| received != paid);
        if self.kinds.contains_key(&AccountLineKind::Other) {
            PayoutState::UnknownKind
        } else if arrived_otherwise {
            PayoutState::Differs
        } else if !is_named {
            PayoutState::NotGrouped
        } else if self.paid_on.is_none() && self.earned() != 0 {
            PayoutState::Unpaid
        } else if self.earned() != paid {
            PayoutState::Differs
        } else if received.is_none() && paid != 0 {
            PayoutState::InTransit
        } else {
            PayoutState::Complete
        }
    }
}

/// What finding its arrival needs to know of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutFacts {
    /// Day of the last payout.
    pub day: Date,
    /// What was paid out, in minor units.
    pub amount_minor: i128,
    /// Its currency.
    pub currency: Currency,
    /// What it is known by: its batch, and the numbers of its payout lines.
    pub names: BTreeSet<String>,
    /// The vouchers that its payout lines are matched with.
    pub vouchers: BTreeSet<VoucherNo>,
}

/// What finding payouts needs to know of a line of the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankFacts {
    /// Its day.
    pub day: Date,
    /// Positive if money came in.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// What it says it belongs to: batch, reference, number of the trade.
    pub names: BTreeSet<String>,
    /// What else names: the bank's own number, the words of its text.
    pub words: BTreeSet<String>,
    /// The vouchers that it is matched with.
    pub vouchers: BTreeSet<VoucherNo>,
}

impl BankFacts {
    /// Returns the facts of a line that is matched with vouchers.
    #[must_use]
    pub fn of(line: &AccountLine, currency: Currency, vouchers: BTreeSet<VoucherNo>) -> Self {
        let names =
            [line.batch.clone(), line.reference.as_ref().map(ToString::to_string), line.channel_no.clone()];
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let whole = line.text.split(move |c| !is_part(c)).map(|word| word.trim_matches(['-', '_', '.']));
        let parts = line.text.split(|c: char| !c.is_ascii_alphanumeric());
        let tells = |word: &&str| word.len() >= TELLING && word.bytes().any(|byte| byte.is_ascii_digit());
        let words =
            whole.chain(parts).chain([line.number.as_str()]).filter(tells).map(str::to_owned).collect();
        let names = names.into_iter().flatten().collect();
        Self { day: line.day, amount_minor: line.amount_minor, currency, names, words, vouchers }
    }
}

/// A line of the bank that answers a payout, or is proposed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayoutArrival {
    /// Place of the payout.
    pub payout: usize,
    /// Place of the line.
    pub line: usize,
    /// By what.
    pub key: PayoutKey,
}

/// Finds the lines of banks that answer payouts: those that name one, then those that the books hold to be one with it;
/// one of the same amount is proposed where it is the only one. A line that names several payouts answers the one with
/// its amount, or none.
#[must_use]
pub fn payout_arrivals(payouts: &[PayoutFacts], lines: &[BankFacts]) -> Vec<PayoutArrival> {
    let (mut found, contested) = named(payouts, lines);
    let (open_payouts, open_lines) = open(payouts.len(), lines.len(), &found);
    let mut of_voucher: BTreeMap<&VoucherNo, Vec<usize>> = BTreeMap::new();
    for payout in open_payouts {
        for voucher in &payouts[payout].vouchers {
            of_voucher.entry(voucher).or_default().push(payout);
        }
    }
    found.extend(open_lines.iter().filter_map(|line| {
        let shared = lines[*line].vouchers.iter().filter_map(|voucher| of_voucher.get(voucher)).flatten();
        let payout = *only(shared.collect::<BTreeSet<_>>().into_iter())?;
        Some(PayoutArrival { payout, line: *line, key: PayoutKey::Voucher })
    }));
    let (open_payouts, mut open_lines) = open(payouts.len(), lines.len(), &found);
    open_lines.retain(|line| !contested.contains(line));
    found.extend(proposed((payouts, &open_payouts), (lines, &open_lines)));
    found.sort_unstable();
    found
}

/// Returns the places of the payouts and of the lines, of so many, that are not found yet.
fn open(payouts: usize, lines: usize, found: &[PayoutArrival]) -> (Vec<usize>, Vec<usize>) {
    let (mut is_open, mut line_is_open) = (vec![true; payouts], vec![true; lines]);
    for one in found {
        (is_open[one.payout], line_is_open[one.line]) = (false, false);
    }
    let places = |is_open: &[bool]| (0..is_open.len()).filter(|at| is_open[*at]).collect();
    (places(&is_open), places(&line_is_open))
}

/// Returns the only item.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    if items.next().is_none() { Some(first) } else { None }
}

/// Returns the lines that name a payout, and those that name several of which none is the one.
fn named(payouts: &[PayoutFacts], lines: &[BankFacts]) -> (Vec<PayoutArrival>, BTreeSet<usize>) {
    let mut of_name: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, payout) in payouts.iter().enumerate() {
        for name in &payout.names {
            of_name.entry(name).or_default().insert(at);
        }
    }
    let (mut found, mut contested) = (Vec::new(), BTreeSet::new());
    for (at, line) in lines.iter().enumerate() {
        let names = line.names.iter().chain(&line.words).filter_map(|name| of_name.get(name.as_str()));
        let of_currency = |payout: &&usize| payouts[**payout].currency == line.currency;
        let named: BTreeSet<usize> = names.flatten().filter(of_currency).copied().collect();
        let same = |payout: &&usize| payouts[**payout].amount_minor == i128::from(line.amount_minor);
        match only(named.iter()).or_else(|| only(named.iter().filter(same))) {
            Some(payout) => found.push(PayoutArrival { payout: *payout, line: at, key: PayoutKey::Key }),
            None if named.is_empty() => {}
            None => drop(contested.insert(at)),
        }
    }
    (found, contested)
}

/// Returns the pairs of the same amount within a few days that are each the only one for the other.
fn proposed(
    (payouts, open): (&[PayoutFacts], &[usize]),
    (lines, open_lines): (&[BankFacts], &[usize]),
) -> Vec<PayoutArrival> {
    let mut of_amount: BTreeMap<(&str, i128), (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for payout in open.iter().filter(|payout| payouts[**payout].amount_minor != 0) {
        let facts = &payouts[*payout];
        of_amount.entry((facts.currency.code(), facts.amount_minor)).or_default().0.push(*payout);
    }
    for line in open_lines {
        let facts = &lines[*line];
        if let Some((_, same)) = of_amount.get_mut(&(facts.currency.code(), i128::from(facts.amount_minor))) {
            same.push(*line);
        }
    }
    let is_near = |payout: usize, line: usize| {
        (lines[line].day - payouts[payout].day).get_days().abs() <= ARRIVES_WITHIN
    };
    let mut pairs = Vec::new();
    for (of_payouts, of_lines) in of_amount.values() {
        for payout in of_payouts {
            let Some(line) = only(of_lines.iter().filter(|line| is_near(*payout, **line))) else { continue };
            if only(of_payouts.iter().filter(|other| is_near(**other, *line))).is_some() {
                pairs.push(PayoutArrival { payout: *payout, line: *line, key: PayoutKey::AmountAndDay });
            }
        }
    }
    pairs
}

#[cfg(test)]
#[path = "payout_tests.rs"]
mod tests;
