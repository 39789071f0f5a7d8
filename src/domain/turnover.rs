//! Turnover (发生额) and balance-days (积数). Sums have 128 bits and cannot overflow: a line is at most 10^15, a
//! ledger has fewer than 2^63 lines.
//!
//! Net turnover leaves out wiped pairs (抹账) and counts red lines (红字) as negative amounts on their side;
//! gross turnover counts every line. Both change a balance by the same sum, because a wiped pair changes it
//! by zero.

use super::account::Side;
use super::rejection::{Code, Rejection};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The facts of one line that turnover needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// Side.
    pub side: Side,
    /// Signed minor units.
    pub amount_minor: i64,
    /// Whether its voucher belongs to a wiped pair.
    pub wiped: bool,
}

/// Debits and credits, minor units, red lines negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    /// 借方发生额
    pub debit: i128,
    /// 贷方发生额
    pub credit: i128,
}

impl Sides {
    /// Adds a signed amount to its side.
    pub fn add(&mut self, side: Side, minor: i128) {
        match side {
            Side::Debit => self.debit += minor,
            Side::Credit => self.credit += minor,
        }
    }

    /// Adds another turnover.
    pub fn join(&mut self, other: Self) {
        self.debit += other.debit;
        self.credit += other.credit;
    }

    /// Returns the change of a balance, debit-positive.
    #[must_use]
    pub const fn moves(self) -> i128 {
        self.debit - self.credit
    }
}

/// Net and gross turnover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turnover {
    /// Net: without wiped pairs.
    pub net: Sides,
    /// Gross: every line.
    pub gross: Sides,
    /// Number of lines.
    pub lines: i64,
}

impl Turnover {
    /// Adds a line.
    pub fn add(&mut self, movement: Movement) {
        let minor = i128::from(movement.amount_minor);
        self.gross.add(movement.side, minor);
        if !movement.wiped {
            self.net.add(movement.side, minor);
        }
        self.lines += 1;
    }

    /// Adds another turnover.
    pub fn join(&mut self, other: Self) {
        self.net.join(other.net);
        self.gross.join(other.gross);
        self.lines += other.lines;
    }

    /// Returns whether opening balance and turnover give the closing balance (debit-positive), net and
    /// gross.
    #[must_use]
    pub const fn leads(self, opening: i128, closing: i128) -> bool {
        opening + self.net.moves() == closing && opening + self.gross.moves() == closing
    }
}

/// Converts a sum to the 64 bits that are shown and sent.
///
/// # Errors
/// [`Code::Overflow`] beyond 64 bits.
pub fn minor(sum: i128) -> Result<i64, Rejection> {
    i64::try_from(sum).map_err(|_| Rejection::new(Code::Overflow))
}

/// Consecutive days with the same balance, by value date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Number of days.
    pub days: i32,
    /// Balance at the end of each day.
    pub balance: i128,
}

/// Returns the periods of equal balance from `from` to `to`, given the movements by value date. The sum of
/// days × balance is the 积数.
#[must_use]
pub fn stretches(moved: &BTreeMap<Date, i128>, from: Date, to: Date) -> Vec<Stretch> {
    let days = |from: Date, to: Date| from.until(to).map_or(0, |span| span.get_days());
    let mut balance: i128 = moved.range(..=from).map(|(_, sum)| sum).sum();
    let mut begun = from;
    let mut found = Vec::new();
    for (day, sum) in moved.range(from..=to).filter(|(day, sum)| **day > from && **sum != 0) {
        let last = day.yesterday().unwrap_or(*day);
        found.push(Stretch { from: begun, to: last, days: days(begun, *day), balance });
        begun = *day;
        balance += sum;
    }
    found.push(Stretch { from: begun, to, days: days(begun, to) + 1, balance });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(offset: i32) -> Date {
        Date::constant(2018, 9, 1).checked_add(jiff::Span::new().days(offset)).unwrap()
    }

    #[test]
    fn a_wiped_pair_is_gross_only_and_a_red_line_lowers_its_own_side() {
        let mut turnover = Turnover::default();
        let line = |side, amount_minor, wiped| Movement { side, amount_minor, wiped };
        turnover.add(line(Side::Credit, 10_000, true));
        turnover.add(line(Side::Debit, 10_000, true));
        turnover.add(line(Side::Credit, 700, false));
        turnover.add(line(Side::Credit, -700, false));
        assert_eq!(turnover.net, Sides { debit: 0, credit: 0 });
        assert_eq!(turnover.gross, Sides { debit: 10_000, credit: 10_000 });
        assert!(turnover.leads(5, 5) && !turnover.leads(5, 6));
    }

    proptest! {
        /// The definition: the sum over all days of the balance at the end of the day.
        #[test]
        fn stretches_are_the_sum_of_daily_balances(
            lines in prop::collection::vec((-5..40_i32, -1_000_000_000_000_000..1_000_000_000_000_000_i64), 0..30),
            from in 0..20_i32,
            length in 0..20_i32,
        ) {
            let mut moved: BTreeMap<Date, i128> = BTreeMap::new();
            for (offset, amount) in &lines {
                *moved.entry(day(*offset)).or_default() += i128::from(*amount);
            }
            let plain: i128 = (from..=from + length)
                .map(|today| {
                    let booked = lines.iter().filter(|(offset, _)| *offset <= today);
                    booked.map(|(_, amount)| i128::from(*amount)).sum::<i128>()
                })
                .sum();
            let found = stretches(&moved, day(from), day(from + length));
            prop_assert_eq!(found.iter().map(|s| i128::from(s.days) * s.balance).sum::<i128>(), plain);
            prop_assert_eq!(found.iter().map(|s| s.days).sum::<i32>(), length + 1);
        }
    }
}
