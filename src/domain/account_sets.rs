//! Sets of open entries that make up a line of an account's statement, or the other way round: a settlement pays many
//! trades, and names none of them. A set that is found by search is only ever proposed, and only if no other fits.

use jiff::civil::Date;

/// Days between a line and the members of a set.
const APART_DAYS: i32 = 7;

/// Most candidates that are searched: 65,536 sums.
const MOST_CANDIDATES: usize = 16;

/// Something that is open: its day, and its amount in minor units, positive if money came in.
pub type OpenAmount = (Date, i64);

/// Returns the only set of two or more of `open` that comes to `amount` within a week of its day, as places in `open`;
/// `None` if there is none, several, or too many to search.
///
/// # Examples
/// ```
/// use storno::domain::account_sets::only_set;
/// let day = jiff::civil::date(2025, 3, 12);
/// assert_eq!(only_set((day, 300), &[(day, 100), (day, 200), (day, 250)]), Some(vec![0, 1]));
/// // 100 + 200 and 50 + 250 both fit, so nobody knows which it is.
/// assert_eq!(only_set((day, 300), &[(day, 100), (day, 200), (day, 50), (day, 250)]), None);
/// ```
#[must_use]
pub fn only_set((day, amount): OpenAmount, open: &[OpenAmount]) -> Option<Vec<usize>> {
    let is_near = |other: &Date| (*other - day).get_days().abs() <= APART_DAYS;
    // Money that went the other way only belongs to a set that a key names.
    let fits = |minor: i64| minor.signum() == amount.signum() && minor.unsigned_abs() < amount.unsigned_abs();
    let candidates: Vec<usize> =
        (0..open.len()).filter(|at| is_near(&open[*at].0) && fits(open[*at].1)).collect();
    if candidates.len() < 2 {
        return None;
    }
    let every = candidates.iter().map(|at| i128::from(open[*at].1)).sum::<i128>();
    if every == i128::from(amount) {
        // All parts go the same way, so no smaller set comes to the same.
        return Some(candidates);
    }
    if candidates.len() > MOST_CANDIDATES || every.unsigned_abs() < i128::from(amount).unsigned_abs() {
        return None;
    }
    let mut search = Search { open, candidates: &candidates, chosen: Vec::new(), found: Vec::new() };
    search.from(0, i128::from(amount));
    let only = if search.found.len() == 1 { search.found.pop() } else { None };
    only.filter(|set| set.len() > 1)
}

/// A search through the subsets; it ends at the second one that fits.
struct Search<'o> {
    open: &'o [OpenAmount],
    candidates: &'o [usize],
    chosen: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn from(&mut self, next: usize, rest: i128) {
        if rest == 0 {
            self.found.push(self.chosen.clone());
            return;
        }
        for place in next..self.candidates.len() {
            let at = self.candidates[place];
            let left = rest - i128::from(self.open[at].1);
            // All candidates go the same way: what is left may not change its sign.
            if left != 0 && left.signum() != rest.signum() {
                continue;
            }
            self.chosen.push(at);
            self.from(place + 1, left);
            self.chosen.pop();
            if self.found.len() > 1 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn a_set_is_found_only_near_the_line_and_on_its_side() {
        let day = date(2025, 3, 12);
        let far = date(2025, 3, 20);
        assert_eq!(only_set((day, 300), &[(day, 100), (far, 200)]), None);
        assert_eq!(only_set((day, -300), &[(day, -100), (day, -200), (day, 300)]), Some(vec![0, 1]));
        // One entry alone is no set; pairs are found by amount and day.
        assert_eq!(only_set((day, 300), &[(day, 300), (day, 1)]), None);
        // Many are taken if all of them come to it.
        let many: Vec<OpenAmount> = (0..200).map(|n| (day, 100 + n)).collect();
        let sum = many.iter().map(|(_, minor)| minor).sum();
        assert_eq!(only_set((day, sum), &many).map(|set| set.len()), Some(200));
        assert_eq!(only_set((day, sum - 1), &many), None);
    }

    proptest! {
        #[test]
        fn the_only_set_is_what_trying_all_finds(
            amounts in prop::collection::vec(1_i64..40, 0..9),
            amount in 1_i64..80,
        ) {
            let day = date(2025, 3, 12);
            let open: Vec<OpenAmount> = amounts.iter().map(|minor| (day, *minor)).collect();
            let sets = (0_u32..1 << open.len()).filter(|set| {
                let members: Vec<usize> = (0..open.len()).filter(|at| set >> at & 1 == 1).collect();
                let small = members.iter().all(|at| open[*at].1 < amount);
                small && members.iter().map(|at| open[*at].1).sum::<i64>() == amount
            });
            let sets: Vec<u32> = sets.collect();
            let expected = match sets.as_slice() {
                [only] => Some((0..open.len()).filter(|at| only >> at & 1 == 1).collect::<Vec<_>>()),
                _ => None,
            };
            prop_assert_eq!(only_set((day, amount), &open), expected);
        }
    }
}
