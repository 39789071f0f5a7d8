//! Balances of those whose money we hold, customers or merchants: the correct ones, and those booked with
//! the mistakes.
//!
//! A holder spends no more than both allow, less what the correction of a planted mistake will reverse. So
//! no balance falls below its floor, and every planted mistake can be corrected.

use crate::domain::account::Side;
use crate::domain::kind::PartyFact;
use crate::domain::voucher::Line;
use crate::sample::description::Holder;

/// Balance of one holder on one subject, in minor units.
#[derive(Debug, Clone, Copy, Default)]
struct HolderBalance {
    correct: i64,
    booked: i64,
    reserved: i64,
}

/// A subject with the balance of every holder, numbered from 0.
#[derive(Debug)]
struct Balances {
    subject: String,
    rows: Vec<HolderBalance>,
}

/// All customers and merchants.
#[derive(Debug)]
pub(super) struct People {
    /// Whether the holders are the merchants; otherwise the customers.
    of_merchants: bool,
    customers: usize,
    width: usize,
    merchants: u64,
    merchant_width: usize,
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
    fn new(subject: &str, holders: usize) -> Self {
        Self { subject: subject.to_owned(), rows: vec![HolderBalance::default(); holders] }
    }

    fn available(&self, holder: usize) -> i64 {
        self.rows.get(holder).map_or(0, |row| row.correct.min(row.booked) - row.reserved)
    }

    /// Changes of the balances by these lines: holder, minor units.
    fn changes(&self, letter: char, lines: &[Line]) -> Vec<(usize, i64)> {
        let own = lines.iter().filter(|line| line.account.subject() == self.subject);
        own.filter_map(|line| {
            let holder = number(letter, line.account.leaf()?)?;
            let change = if line.side == Side::Credit { line.amount_minor } else { -line.amount_minor };
            Some((holder, change))
        })
        .collect()
    }

    fn add(&mut self, letter: char, lines: &[Line], to: fn(&mut HolderBalance) -> &mut i64) {
        for (holder, change) in self.changes(letter, lines) {
            if let Some(row) = self.rows.get_mut(holder) {
                *to(row) += change;
            }
        }
    }
}

impl People {
    pub fn new(customers: u64, merchants: u64, holder: &Holder) -> Self {
        let of_merchants = holder.party == PartyFact::Merchant;
        let count = |many: u64| usize::try_from(many).unwrap_or(0).max(1);
        let holders = count(if of_merchants { merchants } else { customers });
        Self {
            of_merchants,
            customers: count(customers),
            width: width(customers, 5),
            merchants,
            merchant_width: width(merchants, 4),
            free: Balances::new(&holder.account, holders),
            held: Balances::new(
                holder.held.as_deref().unwrap_or_default(),
                if holder.held.is_some() { holders } else { 0 },
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
        let count = self.free.rows.len();
        rng.usize(0..count).min(rng.usize(0..count))
    }

    /// Draws a holder other than this one, if there is one.
    pub fn other(&self, holder: usize, rng: &mut fastrand::Rng) -> usize {
        match self.free.rows.len() {
            0 | 1 => holder,
            count => (holder + rng.usize(1..count)) % count,
        }
    }

    /// Draws a merchant's name; low numbers take most payments.
    pub fn merchant(&self, rng: &mut fastrand::Rng) -> String {
        let merchant = rng.u64(0..self.merchants).min(rng.u64(0..self.merchants));
        self.merchant_name(merchant)
    }

    /// Returns the holder who may spend most.
    pub fn richest(&self) -> usize {
        let holders = 0..self.free.rows.len();
        holders.max_by_key(|holder| self.free.available(*holder)).unwrap_or(0)
    }

    /// Returns the amount that a holder may spend, in minor units.
    pub fn available(&self, holder: usize) -> i64 {
        self.free.available(holder)
    }

    /// Returns the amount that may be released to a holder, in minor units.
    pub fn held(&self, holder: usize) -> i64 {
        self.held.available(holder)
    }

    /// Returns whether every holder can afford these lines.
    pub fn can_afford(&self, lines: &[Line]) -> bool {
        [&self.free, &self.held].into_iter().all(|balances| {
            let changes = balances.changes(self.letter(), lines);
            let sum = |holder| changes.iter().filter(|(of, _)| *of == holder).map(|(_, change)| change).sum();
            changes.iter().all(|(holder, _)| {
                let change: i64 = sum(*holder);
                change >= 0 || balances.available(*holder) + change >= 0
            })
        })
    }

    /// Reserves for the correction of a mistake what a holder's largest line moves, at least `least`, in
    /// minor units.
    pub fn reserve(&mut self, holder: usize, booked: &[Vec<Line>], least: i64) {
        for (balances, least) in [(&mut self.free, least), (&mut self.held, 0)] {
            let lines = booked.iter().flatten().filter(|line| line.account.subject() == balances.subject);
            let Some(largest) = lines.map(|line| line.amount_minor).max() else { continue };
            if let Some(row) = balances.rows.get_mut(holder) {
                row.reserved += largest.max(least);
            }
        }
    }

    /// Adds lines to the correct balances.
    pub fn add_correct(&mut self, lines: &[Line]) {
        let letter = self.letter();
        self.free.add(letter, lines, |row| &mut row.correct);
        self.held.add(letter, lines, |row| &mut row.correct);
    }

    /// Adds lines to the booked balances.
    pub fn add_booked(&mut self, lines: &[Line]) {
        let letter = self.letter();
        self.free.add(letter, lines, |row| &mut row.booked);
        self.held.add(letter, lines, |row| &mut row.booked);
    }
}

/// Returns the number of a party in a name of this letter and digits.
pub(super) fn number(letter: char, name: &str) -> Option<usize> {
    name.strip_prefix(letter)?.parse::<usize>().ok()?.checked_sub(1)
}
