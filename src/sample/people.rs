//! The customers' balances while life goes on: what they should be, and what the books with their mistakes say.
//!
//! Nobody spends more than both allow, nor what a planted mistake will take back when it is corrected, so that no balance
//! falls below its floor and every planted mistake stays correctable.

use crate::domain::account::Side;
use crate::domain::voucher::Line;

/// Subject of the customers' accounts in the shipped rules. A ledger whose rules name another one sees no payouts.
pub(super) const CUSTOMERS: &str = "2001";

#[derive(Debug, Clone, Copy, Default)]
struct Purse {
    right: i64,
    booked: i64,
    held: i64,
}

/// All customers, by number from 0.
#[derive(Debug)]
pub(super) struct People {
    purses: Vec<Purse>,
    width: usize,
    merchants: u64,
    merchant_width: usize,
}

/// Digits that the largest number of a series needs, at least `least`.
pub(super) fn width(largest: u64, least: usize) -> usize {
    largest.to_string().len().max(least)
}

impl People {
    pub fn new(customers: u64, merchants: u64) -> Self {
        Self {
            purses: vec![Purse::default(); usize::try_from(customers).unwrap_or(0).max(1)],
            width: width(customers, 5),
            merchants,
            merchant_width: width(merchants, 4),
        }
    }

    pub fn name(&self, customer: usize) -> String {
        format!("C{:0width$}", customer + 1, width = self.width)
    }

    /// A customer; some come far more often than others.
    pub fn any(&self, rng: &mut fastrand::Rng) -> usize {
        rng.usize(0..self.purses.len()).min(rng.usize(0..self.purses.len()))
    }

    /// A customer other than this one, where there is one.
    pub fn other(&self, customer: usize, rng: &mut fastrand::Rng) -> usize {
        match self.purses.len() {
            0 | 1 => customer,
            count => (customer + rng.usize(1..count)) % count,
        }
    }

    /// A merchant's name; a few large ones take most payments.
    pub fn merchant(&self, rng: &mut fastrand::Rng) -> String {
        let merchant = rng.u64(0..self.merchants).min(rng.u64(0..self.merchants)) + 1;
        format!("M{merchant:0width$}", width = self.merchant_width)
    }

    /// What a customer may spend.
    pub fn free(&self, customer: usize) -> i64 {
        self.purses.get(customer).map_or(0, |purse| purse.right.min(purse.booked) - purse.held)
    }

    /// Keeps an amount from being spent: its correction will need it.
    pub fn hold(&mut self, customer: usize, minor: i64) {
        if let Some(purse) = self.purses.get_mut(customer) {
            purse.held += minor;
        }
    }

    /// What should have been booked.
    pub fn should(&mut self, lines: &[Line]) {
        for (customer, change) in changes(lines) {
            if let Some(purse) = self.purses.get_mut(customer) {
                purse.right += change;
            }
        }
    }

    /// What was booked.
    pub fn booked(&mut self, lines: &[Line]) {
        for (customer, change) in changes(lines) {
            if let Some(purse) = self.purses.get_mut(customer) {
                purse.booked += change;
            }
        }
    }
}

/// Number of the customer that a name stands for.
pub(super) fn number(name: &str) -> Option<usize> {
    name.strip_prefix('C')?.parse::<usize>().ok()?.checked_sub(1)
}

fn changes(lines: &[Line]) -> impl Iterator<Item = (usize, i64)> {
    lines.iter().filter(|line| line.account.subject() == CUSTOMERS).filter_map(|line| {
        let customer = number(line.account.leaf()?)?;
        let change = if line.side == Side::Credit { line.amount_minor } else { -line.amount_minor };
        Some((customer, change))
    })
}
