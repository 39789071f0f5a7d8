//! Balances of the customers: the correct ones, and those booked with the mistakes.
//!
//! A customer spends no more than both allow, less what the correction of a planted mistake will
//! reverse. So no balance falls below its floor, and every planted mistake can be corrected.

use crate::domain::account::Side;
use crate::domain::voucher::Line;

/// Subject of the customers' accounts in the default rules. A ledger whose rules use another one gets no
/// payouts.
pub(super) const CUSTOMERS: &str = "2001";

#[derive(Debug, Clone, Copy, Default)]
struct CustomerBalance {
    correct: i64,
    booked: i64,
    reserved: i64,
}

/// All customers, numbered from 0.
#[derive(Debug)]
pub(super) struct People {
    balances: Vec<CustomerBalance>,
    width: usize,
    merchants: u64,
    merchant_width: usize,
}

/// Returns the digits that the largest number of a series needs, at least `least`.
pub(super) fn width(largest: u64, least: usize) -> usize {
    largest.to_string().len().max(least)
}

impl People {
    pub fn new(customers: u64, merchants: u64) -> Self {
        Self {
            balances: vec![CustomerBalance::default(); usize::try_from(customers).unwrap_or(0).max(1)],
            width: width(customers, 5),
            merchants,
            merchant_width: width(merchants, 4),
        }
    }

    pub fn name(&self, customer: usize) -> String {
        format!("C{:0width$}", customer + 1, width = self.width)
    }

    /// Draws a customer; low numbers are far more frequent.
    pub fn any(&self, rng: &mut fastrand::Rng) -> usize {
        rng.usize(0..self.balances.len()).min(rng.usize(0..self.balances.len()))
    }

    /// Draws a customer other than this one, if there is one.
    pub fn other(&self, customer: usize, rng: &mut fastrand::Rng) -> usize {
        match self.balances.len() {
            0 | 1 => customer,
            count => (customer + rng.usize(1..count)) % count,
        }
    }

    /// Draws a merchant's name; low numbers take most payments.
    pub fn merchant(&self, rng: &mut fastrand::Rng) -> String {
        let merchant = rng.u64(0..self.merchants).min(rng.u64(0..self.merchants)) + 1;
        format!("M{merchant:0width$}", width = self.merchant_width)
    }

    /// Returns the amount that a customer may spend, in minor units.
    pub fn available(&self, customer: usize) -> i64 {
        self.balances
            .get(customer)
            .map_or(0, |balance| balance.correct.min(balance.booked) - balance.reserved)
    }

    /// Reserves an amount for the correction of a mistake.
    pub fn reserve(&mut self, customer: usize, minor: i64) {
        if let Some(balance) = self.balances.get_mut(customer) {
            balance.reserved += minor;
        }
    }

    /// Adds lines to the correct balances.
    pub fn add_correct(&mut self, lines: &[Line]) {
        for (customer, change) in changes(lines) {
            if let Some(balance) = self.balances.get_mut(customer) {
                balance.correct += change;
            }
        }
    }

    /// Adds lines to the booked balances.
    pub fn add_booked(&mut self, lines: &[Line]) {
        for (customer, change) in changes(lines) {
            if let Some(balance) = self.balances.get_mut(customer) {
                balance.booked += change;
            }
        }
    }
}

/// Returns the number of the customer with this name.
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
