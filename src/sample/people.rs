//! Balances of those whose money we hold, customers or merchants, by currency: the correct ones, and those
//! booked with the mistakes.
//!
//! A holder spends no more than both allow, less what the correction of a planted mistake will reverse. So
//! no balance falls below its floor, and every planted mistake can be corrected.

use crate::domain::account::Side;
use crate::domain::currencies::Currencies;
use crate::domain::kind::PartyFact;
use crate::domain::money::{Currency, Money};
use crate::domain::voucher::Line;
use crate::sample::description::Description;

/// Balance of one holder on one subject, in minor units.
#[derive(Debug, Clone, Copy, Default)]
struct HolderBalance {
    correct: i64,
    booked: i64,
    reserved: i64,
}

/// A subject with the balances of every holder, numbered from 0, by currency.
#[derive(Debug)]
struct Balances {
    subject: String,
    rows: Vec<(Currency, Vec<HolderBalance>)>,
}

/// A change of a holder's balance in a currency.
struct Change {
    holder: usize,
    currency: Currency,
    minor: i64,
}

/// All customers and merchants.
#[derive(Debug)]
pub(super) struct People {
    /// Whether the holders are the merchants; otherwise the customers.
    of_merchants: bool,
    currencies: Currencies,
    customers: usize,
    width: usize,
    merchants: u64,
    merchant_width: usize,
    holders: usize,
    /// What holders may spend.
    free: Balances,
    /// What is held back from them, if anything is.
    held: Balances,
}

/// Returns the digits that the largest number of a series needs, at least `least`.
pub(super) fn width(largest: u64, least: usize) -> usize {
    largest.to_string().len().max(least)
}

impl Balances {
    fn new(subject: &str, holders: usize, currencies: &[Currency]) -> Self {
        let rows = currencies.iter().map(|currency| (*currency, vec![HolderBalance::default(); holders]));
        Self { subject: subject.to_owned(), rows: rows.collect() }
    }

    fn row(&mut self, holder: usize, currency: Currency) -> Option<&mut HolderBalance> {
        let (_, rows) = self.rows.iter_mut().find(|(known, _)| *known == currency)?;
        rows.get_mut(holder)
    }

    fn available(&self, holder: usize, currency: Currency) -> i64 {
        let rows = self.rows.iter().find(|(known, _)| *known == currency).map(|(_, rows)| rows);
        rows.and_then(|rows| rows.get(holder)).map_or(0, |row| row.correct.min(row.booked) - row.reserved)
    }

    fn add(&mut self, changes: &[Change], to: fn(&mut HolderBalance) -> &mut i64) {
        for change in changes {
            if let Some(row) = self.row(change.holder, change.currency) {
                *to(row) += change.minor;
            }
        }
    }
}

impl People {
    pub fn new(customers: u64, merchants: u64, description: &Description, currencies: &Currencies) -> Self {
        let (holder, in_use) = (&description.holder, description.currencies(currencies.main()));
        let of_merchants = holder.party == PartyFact::Merchant;
        let count = |many: u64| usize::try_from(many).unwrap_or(0).max(1);
        let holders = count(if of_merchants { merchants } else { customers });
        Self {
            of_merchants,
            currencies: currencies.clone(),
            customers: count(customers),
            width: width(customers, 5),
            merchants,
            merchant_width: width(merchants, 4),
            holders,
            free: Balances::new(&holder.account, holders, &in_use),
            held: Balances::new(
                holder.held.as_deref().unwrap_or_default(),
                if holder.held.is_some() { holders } else { 0 },
                &in_use,
            ),
        }
    }

    /// Returns whether the merchants are those whose balances are kept.
    pub const fn of_merchants(&self) -> bool {
        self.of_merchants
    }

    pub fn name(&self, customer: usize) -> String {
        format!("C{:0width$}", customer + 1, width = self.width)
    }

    /// Returns the name of a holder.
    pub fn holder_name(&self, holder: usize) -> String {
        if self.of_merchants { self.merchant_name(holder as u64) } else { self.name(holder) }
    }

    fn merchant_name(&self, merchant: u64) -> String {
        format!("M{:0width$}", merchant + 1, width = self.merchant_width)
    }

    /// Returns the number of the holder with this name.
    pub fn holder(&self, name: &str) -> Option<usize> {
        number(self.letter(), name)
    }

    const fn letter(&self) -> char {
        if self.of_merchants { 'M' } else { 'C' }
    }

    /// Draws a customer; low numbers are far more frequent.
    pub fn any(&self, rng: &mut fastrand::Rng) -> usize {
        rng.usize(0..self.customers).min(rng.usize(0..self.customers))
    }

    /// Draws a holder in the same way.
    pub fn any_holder(&self, rng: &mut fastrand::Rng) -> usize {
        let count = self.holders;
        rng.usize(0..count).min(rng.usize(0..count))
    }

    /// Draws a holder other than this one, if there is one.
    pub fn other(&self, holder: usize, rng: &mut fastrand::Rng) -> usize {
        match self.holders {
            0 | 1 => holder,
            count => (holder + rng.usize(1..count)) % count,
        }
    }

    /// Draws a merchant's name; low numbers take most payments.
    pub fn merchant(&self, rng: &mut fastrand::Rng) -> String {
        let merchant = rng.u64(0..self.merchants).min(rng.u64(0..self.merchants));
        self.merchant_name(merchant)
    }

    /// Returns another party of the same sort than the one with this name: a merchant who has most in the currency if
    /// merchants have balances, else one that is drawn. `None` if there is no other.
    pub fn other_party(&self, name: &str, currency: Currency, rng: &mut fastrand::Rng) -> Option<String> {
        let (letter, count) = match number('M', name) {
            Some(_) => ('M', self.merchants),
            None => ('C', self.customers as u64),
        };
        let this = number(letter, name)? as u64;
        let richest = self.richest(currency) as u64;
        let other = match count {
            0 | 1 => return None,
            _ if self.of_merchants && letter == 'M' && richest != this => richest,
            _ => (this + rng.u64(1..count)) % count,
        };
        if letter == 'M' {
            return Some(self.merchant_name(other));
        }
        usize::try_from(other).ok().map(|customer| self.name(customer))
    }

    /// Returns the name of a holder whom no trade knows.
    pub fn stranger(&self, number: &str) -> String {
        format!("{}X{}", self.letter(), number.replace('-', ""))
    }

    /// Returns the holder who may spend most in a currency.
    pub fn richest(&self, currency: Currency) -> usize {
        (0..self.holders).max_by_key(|holder| self.free.available(*holder, currency)).unwrap_or(0)
    }

    /// Returns the amount that a holder may spend in a currency, in minor units.
    pub fn available(&self, holder: usize, currency: Currency) -> i64 {
        self.free.available(holder, currency)
    }

    /// Returns the amount that may be released to a holder in a currency, in minor units.
    pub fn held(&self, holder: usize, currency: Currency) -> i64 {
        self.held.available(holder, currency)
    }

    /// Returns the changes of the balances on a subject by these lines.
    fn changes(&self, subject: &str, lines: &[Line]) -> Vec<Change> {
        let own = lines.iter().filter(|line| line.account.subject() == subject);
        own.filter_map(|line| {
            let holder = self.holder(self.currencies.holder(&line.account)?)?;
            let minor = if line.side == Side::Credit { line.amount_minor } else { -line.amount_minor };
            Some(Change { holder, currency: self.currencies.of(&line.account), minor })
        })
        .collect()
    }

    /// Returns whether every holder can afford these lines.
    pub fn can_afford(&self, lines: &[Line]) -> bool {
        [&self.free, &self.held].into_iter().all(|balances| {
            let changes = self.changes(&balances.subject, lines);
            changes.iter().all(|Change { holder, currency, .. }| {
                let of_both = changes.iter().filter(|one| one.holder == *holder && one.currency == *currency);
                let change: i64 = of_both.map(|one| one.minor).sum();
                change >= 0 || balances.available(*holder, *currency) + change >= 0
            })
        })
    }

    /// Reserves for the correction of a mistake what a holder's largest line moves, at least `least`.
    pub fn reserve(&mut self, holder: usize, booked: &[Vec<Line>], least: Money) {
        for (balances, least_minor) in [(&mut self.free, least.minor), (&mut self.held, 0)] {
            let lines = booked.iter().flatten().filter(|line| line.account.subject() == balances.subject);
            let Some(largest) = lines.map(|line| line.amount_minor).max() else { continue };
            if let Some(row) = balances.row(holder, least.currency) {
                row.reserved += largest.max(least_minor);
            }
        }
    }

    /// Adds lines to the correct balances.
    pub fn add_correct(&mut self, lines: &[Line]) {
        self.add(lines, |row| &mut row.correct);
    }

    /// Adds lines to the booked balances.
    pub fn add_booked(&mut self, lines: &[Line]) {
        self.add(lines, |row| &mut row.booked);
    }

    fn add(&mut self, lines: &[Line], to: fn(&mut HolderBalance) -> &mut i64) {
        let (free, held) = (self.changes(&self.free.subject, lines), self.changes(&self.held.subject, lines));
        self.free.add(&free, to);
        self.held.add(&held, to);
    }
}

/// Returns the number of a party in a name of this letter and digits.
pub(super) fn number(letter: char, name: &str) -> Option<usize> {
    name.strip_prefix(letter)?.parse::<usize>().ok()?.checked_sub(1)
}
