//! Sets of open lines and vouchers of an account that are proposed to a person: found by their sums alone.

use crate::domain::account_sets::{OpenAmount, only_set};
use crate::domain::id::VoucherNo;
use crate::protocol::account_matches::AccountLineName;
use crate::protocol::account_reconciliation::ProposedSet;
use crate::protocol::account_statements::OpenSide;
use std::collections::{BTreeMap, BTreeSet};

/// Most open lines, and most vouchers, for which a set is searched.
const SEARCHED: usize = 100;

/// Returns the sets of open items that come to a line or to a voucher. Where two sets want the same item, neither is
/// proposed.
pub(super) fn proposed(open: &[OpenSide]) -> Vec<ProposedSet> {
    let (mut lines, mut amounts, mut vouchers) = (Vec::new(), Vec::new(), BTreeMap::new());
    for item in open {
        match item {
            OpenSide::Theirs { statement, place, line, .. } => {
                lines.push(AccountLineName { statement: *statement, place: *place });
                amounts.push((line.day, line.amount_minor));
            }
            OpenSide::Ours { day, voucher_no, amount_minor, .. } => {
                let moved: &mut OpenAmount = vouchers.entry(voucher_no).or_insert((*day, 0));
                moved.1 = moved.1.saturating_add(*amount_minor);
            }
            // Nothing of before the first statement is listed.
            OpenSide::AtStart { .. } => {}
        }
    }
    let (numbers, moved): (Vec<&VoucherNo>, Vec<OpenAmount>) = vouchers.into_iter().unzip();
    let mut sets = Vec::new();
    for (at, amount) in amounts.iter().enumerate().take(SEARCHED) {
        if let Some(set) = only_set(*amount, &moved) {
            sets.push((BTreeSet::from([at]), set.into_iter().collect::<BTreeSet<usize>>(), amount.1));
        }
    }
    for (at, amount) in moved.iter().enumerate().take(SEARCHED) {
        if let Some(set) = only_set(*amount, &amounts) {
            sets.push((set.into_iter().collect(), BTreeSet::from([at]), amount.1));
        }
    }
    let is_alone = |at: usize| {
        let (lines, vouchers, _) = &sets[at];
        sets.iter().enumerate().all(|(other, (others, their_vouchers, _))| {
            other == at || (lines.is_disjoint(others) && vouchers.is_disjoint(their_vouchers))
        })
    };
    let alone = (0..sets.len()).filter(|at| is_alone(*at)).map(|at| {
        let (members, of_vouchers, sum_minor) = &sets[at];
        ProposedSet {
            lines: members.iter().map(|at| lines[*at]).collect(),
            vouchers: of_vouchers.iter().map(|at| numbers[*at].clone()).collect(),
            sum_minor: *sum_minor,
        }
    });
    alone.collect()
}
