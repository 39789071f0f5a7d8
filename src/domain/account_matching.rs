//! Which lines of an account statement and which entries of the books' account belong together.
//!
//! What people decided is taken first, then lines and entries by stated keys, the surest first. What shares a key is
//! matched as a whole if both sides have the same sum, else pair by pair with the same amount; the rest stays open.
//! Without a number in common, one line and one entry of the same amount match if each is the only one for the other
//! within a few days; where several fit, none is taken. What a key matched is never looked at again, so the result does
//! not depend on the order of imports.

use super::id::{ChannelRef, VoucherNo};
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days between a line and an entry of the same amount that may belong together without a number in common: a weekend
/// and a holiday.
const APART_DAYS: i32 = 4;

vocabulary! {
    /// By what lines of an account statement and entries of the books belong together.
    AccountMatchKey, "key of an account match" {
        /// A person decided it.
        Manual = "manual",
        /// Our reference: order or refund number.
        Reference = "reference",
        /// The channel's number of the trade.
        ChannelNo = "channel_no",
        /// The reference of the payment that is refunded.
        Original = "original",
        /// Batch, payout or settlement.
        Batch = "batch",
        /// Two entries, or two lines, that take each other back.
        Reversal = "reversal",
        /// Amount and day alone, each the only one that fits the other.
        AmountAndDay = "amount_and_day",
    }
}

/// What matching needs to know of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLineFacts {
    /// Day of the holder.
    pub day: Date,
    /// Positive if money came in.
    pub amount_minor: i64,
    /// Our reference.
    pub reference: Option<ChannelRef>,
    /// The holder's number of the trade.
    pub channel_no: Option<String>,
    /// Batch, payout or settlement.
    pub batch: Option<String>,
}

/// What matching needs to know of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFacts {
    /// Accounting day.
    pub day: Date,
    /// Positive if debited.
    pub amount_minor: i64,
    /// Its voucher.
    pub voucher_no: VoucherNo,
    /// The voucher that its voucher reverses.
    pub reverses: Option<VoucherNo>,
    /// Reference of its trade.
    pub reference: Option<ChannelRef>,
    /// Reference of the payment that its trade goes back on.
    pub original: Option<ChannelRef>,
    /// The channel's number of its trade.
    pub channel_no: Option<String>,
}

/// Lines and entries that belong together; their sums are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMatch {
    /// By what.
    pub key: AccountMatchKey,
    /// Places of the lines.
    pub lines: Vec<usize>,
    /// Places of the entries.
    pub entries: Vec<usize>,
}

/// Matches lines with entries. What people decided comes first; what no match names stays open.
#[must_use]
pub fn match_account(
    lines: &[AccountLineFacts],
    entries: &[EntryFacts],
    by_hand: &[(Vec<usize>, Vec<usize>)],
) -> Vec<AccountMatch> {
    let mut open = Open::new(lines, entries);
    for (lines, entries) in by_hand {
        open.take(AccountMatchKey::Manual, lines.clone(), entries.clone());
    }
    open.by_key(
        AccountMatchKey::Reference,
        |line| line.reference.as_ref().map(ChannelRef::as_str),
        |entry| entry.reference.as_ref().map(ChannelRef::as_str),
    );
    open.by_key(
        AccountMatchKey::ChannelNo,
        |line| line.channel_no.as_deref(),
        |entry| entry.channel_no.as_deref(),
    );
    open.by_key(
        AccountMatchKey::Original,
        |line| line.reference.as_ref().map(ChannelRef::as_str),
        |entry| entry.original.as_ref().map(ChannelRef::as_str),
    );
    open.by_key(
        AccountMatchKey::Batch,
        |line| line.batch.as_deref(),
        |entry| entry.reference.as_ref().map(ChannelRef::as_str),
    );
    open.reversals();
    open.by_amount_and_day();
    open.matches
}

/// Lines and entries with what was matched so far.
struct Open<'f> {
    lines: &'f [AccountLineFacts],
    entries: &'f [EntryFacts],
    line_taken: Vec<bool>,
    entry_taken: Vec<bool>,
    matches: Vec<AccountMatch>,
}

impl<'f> Open<'f> {
    fn new(lines: &'f [AccountLineFacts], entries: &'f [EntryFacts]) -> Self {
        Self {
            lines,
            entries,
            line_taken: vec![false; lines.len()],
            entry_taken: vec![false; entries.len()],
            matches: Vec::new(),
        }
    }

    fn take(&mut self, key: AccountMatchKey, lines: Vec<usize>, entries: Vec<usize>) {
        for line in &lines {
            self.line_taken[*line] = true;
        }
        for entry in &entries {
            self.entry_taken[*entry] = true;
        }
        self.matches.push(AccountMatch { key, lines, entries });
    }

    /// Takes what shares a key: all of it if the sums agree, else pairs with the same amount, oldest first.
    fn by_key(
        &mut self,
        key: AccountMatchKey,
        of_line: impl Fn(&'f AccountLineFacts) -> Option<&'f str>,
        of_entry: impl Fn(&'f EntryFacts) -> Option<&'f str>,
    ) {
        let mut shared: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate().filter(|(at, _)| !self.line_taken[*at]) {
            if let Some(named) = of_line(line) {
                shared.entry(named).or_default().0.push(at);
            }
        }
        for (at, entry) in self.entries.iter().enumerate().filter(|(at, _)| !self.entry_taken[*at]) {
            if let Some((_, entries)) = of_entry(entry).and_then(|named| shared.get_mut(named)) {
                entries.push(at);
            }
        }
        for (lines, entries) in shared.into_values().filter(|(_, entries)| !entries.is_empty()) {
            let sum_of_lines: i128 = lines.iter().map(|at| i128::from(self.lines[*at].amount_minor)).sum();
            let sum: i128 = entries.iter().map(|at| i128::from(self.entries[*at].amount_minor)).sum();
            if sum_of_lines == sum {
                self.take(key, lines, entries);
            } else {
                self.equal_amounts(key, &lines, &entries);
            }
        }
    }

    /// Takes pairs with the same amount, oldest first.
    fn equal_amounts(&mut self, key: AccountMatchKey, lines: &[usize], entries: &[usize]) {
        let mut by_amount: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for at in entries {
            by_amount.entry(self.entries[*at].amount_minor).or_default().push(*at);
        }
        for same in by_amount.values_mut() {
            same.sort_by_key(|at| std::cmp::Reverse((self.entries[*at].day, *at)));
        }
        let mut lines = lines.to_vec();
        lines.sort_by_key(|at| (self.lines[*at].day, *at));
        for line in lines {
            let entry = by_amount.get_mut(&self.lines[line].amount_minor).and_then(Vec::pop);
            if let Some(entry) = entry {
                self.take(key, vec![line], vec![entry]);
            }
        }
    }

    /// Takes entries that a reversal takes back, with the reversal.
    fn reversals(&mut self) {
        let mut of_voucher: BTreeMap<&VoucherNo, Vec<usize>> = BTreeMap::new();
        for (at, entry) in self.entries.iter().enumerate().filter(|(at, _)| !self.entry_taken[*at]) {
            of_voucher.entry(&entry.voucher_no).or_default().push(at);
        }
        let sum = |entries: &[usize]| -> i128 {
            entries.iter().map(|at| i128::from(self.entries[*at].amount_minor)).sum()
        };
        let mut found = Vec::new();
        for own in of_voucher.values() {
            let reversed = own.first().and_then(|at| self.entries[*at].reverses.as_ref());
            if let Some(original) = reversed.and_then(|no| of_voucher.get(no))
                && sum(own) + sum(original) == 0
            {
                found.push([original.as_slice(), own.as_slice()].concat());
            }
        }
        for entries in found {
            self.take(AccountMatchKey::Reversal, Vec::new(), entries);
        }
    }

    /// Takes one line and one entry of the same amount that are each the only one for the other.
    fn by_amount_and_day(&mut self) {
        let mut by_amount: BTreeMap<i64, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate().filter(|(at, _)| !self.line_taken[*at]) {
            by_amount.entry(line.amount_minor).or_default().0.push(at);
        }
        for (at, entry) in self.entries.iter().enumerate().filter(|(at, _)| !self.entry_taken[*at]) {
            if let Some((_, entries)) = by_amount.get_mut(&entry.amount_minor) {
                entries.push(at);
            }
        }
        let mut found = Vec::new();
        for (mut lines, mut entries) in by_amount.into_values() {
            lines.sort_by_key(|at| (self.lines[*at].day, *at));
            entries.sort_by_key(|at| (self.entries[*at].day, *at));
            let line_days: Vec<Date> = lines.iter().map(|at| self.lines[*at].day).collect();
            let entry_days: Vec<Date> = entries.iter().map(|at| self.entries[*at].day).collect();
            for (at, day) in line_days.iter().enumerate() {
                let Some(entry) = only_near(*day, &entry_days) else { continue };
                let (line, other) = (lines[at], entries[entry]);
                if only_near(entry_days[entry], &line_days) == Some(at) && self.may_be(line, other) {
                    found.push((line, other));
                }
            }
        }
        for (line, entry) in found {
            self.take(AccountMatchKey::AmountAndDay, vec![line], vec![entry]);
        }
    }

    /// Returns false if line and entry name different references: then they are of different trades.
    fn may_be(&self, line: usize, entry: usize) -> bool {
        self.lines[line].reference.is_none() || self.entries[entry].reference.is_none()
    }
}

/// Returns the place of the only day within [`APART_DAYS`] of `day`; `days` are in order.
fn only_near(day: Date, days: &[Date]) -> Option<usize> {
    let apart = |other: &Date| (*other - day).get_days();
    let first = days.partition_point(|other| apart(other) < -APART_DAYS);
    let end = days.partition_point(|other| apart(other) <= APART_DAYS);
    (end == first + 1).then_some(first)
}

#[cfg(test)]
#[path = "account_matching_tests.rs"]
mod tests;
