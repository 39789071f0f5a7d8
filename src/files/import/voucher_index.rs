//! The voucher numbers of a journal and the line on which each began, in about a byte per voucher.
//!
//! Journals number their vouchers consecutively, so a run of numbers is stored as its first line and the
//! number of lines of each voucher. Numbers in any other order work as well and only need more memory.

use std::collections::{BTreeMap, HashMap};

/// Most trailing digits that count as the running part of a number; 18 always fit 64 bits.
const MAX_DIGITS: usize = 18;

/// An index from voucher numbers to lines.
#[derive(Debug, Default)]
pub(super) struct VoucherIndex {
    /// By the text before the running digits and by their width: `J00009` and `J9` are different vouchers.
    families: HashMap<(String, usize), BTreeMap<u64, Run>>,
}

/// Consecutive numbers whose lines are consecutive in the file.
#[derive(Debug)]
struct Run {
    first_line: u64,
    next_line: u64,
    /// Lines of each voucher.
    sizes: Vec<u8>,
}

impl VoucherIndex {
    /// Returns the line on which `number` began; `None` if it was not added.
    pub(super) fn line_of(&self, number: &str) -> Option<u64> {
        let (family, n) = parts(number);
        let (first, run) = self.families.get(&family)?.range(..=n).next_back()?;
        let index = usize::try_from(n - first).ok()?;
        let before = run.sizes.get(..index).filter(|_| index < run.sizes.len())?;
        Some(run.first_line + before.iter().map(|size| u64::from(*size)).sum::<u64>())
    }

    /// Adds a new number, whose `size` lines began on `line`.
    pub(super) fn add(&mut self, number: &str, line: u64, size: usize) {
        let (family, n) = parts(number);
        let runs = self.families.entry(family).or_default();
        // A longer voucher ends its run: the size of the last one in a run is never used.
        let small = u8::try_from(size).ok();
        if let Some((first, run)) = runs.range_mut(..n).next_back() {
            let follows = n - first == run.sizes.len() as u64 && run.next_line == line;
            if let (true, Some(small)) = (follows, small) {
                run.sizes.push(small);
                run.next_line += u64::from(small);
                return;
            }
        }
        let next_line = small.map_or(0, |small| line + u64::from(small));
        runs.insert(n, Run { first_line: line, next_line, sizes: vec![small.unwrap_or(u8::MAX)] });
    }
}

/// Splits a voucher number into family and running number.
fn parts(number: &str) -> ((String, usize), u64) {
    let digits = number.bytes().rev().take(MAX_DIGITS).take_while(u8::is_ascii_digit).count();
    let (prefix, running) = number.split_at(number.len() - digits);
    ((prefix.to_owned(), digits), running.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_run_of_numbers_is_one_run() {
        let mut index = VoucherIndex::default();
        for n in 0..1000_u64 {
            index.add(&format!("J{n:05}"), 2 + n * 4, 4);
        }
        assert_eq!(index.families.len(), 1);
        assert_eq!(index.families.values().map(BTreeMap::len).sum::<usize>(), 1);
        assert_eq!(index.line_of("J00999"), Some(2 + 999 * 4));
        assert_eq!(index.line_of("J01000"), None);
        assert_eq!(index.line_of("J1"), None);
        assert_eq!(index.line_of("K00001"), None);
    }

    proptest! {
        #[test]
        fn remembers_as_a_plain_map_does(
            vouchers in prop::collection::vec(("[AB]?[0-9]{0,3}", 1_usize..400), 0..60)
        ) {
            let mut index = VoucherIndex::default();
            let mut plain = HashMap::new();
            let mut line = 2;
            for (number, size) in &vouchers {
                prop_assert_eq!(index.line_of(number), plain.get(number).copied());
                if plain.contains_key(number) { continue }
                index.add(number, line, *size);
                plain.insert(number.clone(), line);
                line += *size as u64;
            }
            for (number, line) in &plain {
                prop_assert_eq!(index.line_of(number), Some(*line));
            }
        }
    }
}
