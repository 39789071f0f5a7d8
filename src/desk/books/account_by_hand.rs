//! What people matched on an account, found among its lines and entries.

use crate::domain::account_by_hand::{AccountHandMatch, LineByContent, by_content};
use crate::domain::account_statement::AccountLine;
use crate::domain::hand_match::HandMatchState;
use crate::domain::id::VoucherNo;
use crate::store::account_statements::AccountEntry;
use std::collections::HashMap;

/// Places of lines and of entries that people matched.
pub(super) type MatchedPlaces = (Vec<usize>, Vec<usize>);

/// Returns the places of what each match in force names. One of whose lines or vouchers is not there counts no more.
/// Entries of `earlier` that a match names are added to `entries`.
pub(super) fn matched_by_hand<'l>(
    matches: &[AccountHandMatch],
    lines: impl Iterator<Item = &'l AccountLine>,
    entries: &mut Vec<AccountEntry>,
    earlier: &mut Vec<AccountEntry>,
) -> Vec<MatchedPlaces> {
    let counts = |one: &&AccountHandMatch| one.state != HandMatchState::Asked;
    if !matches.iter().any(|one| counts(&one)) {
        return Vec::new();
    }
    let of_line: HashMap<LineByContent, usize> =
        by_content(lines).into_iter().enumerate().map(|(at, line)| (line, at)).collect();
    let named =
        |voucher: &VoucherNo| matches.iter().filter(counts).any(|one| one.content.vouchers.contains(voucher));
    let (on_their_way, rest): (Vec<_>, Vec<_>) =
        earlier.drain(..).partition(|entry| named(&entry.facts.voucher_no));
    *earlier = rest;
    entries.extend(on_their_way);
    let mut of_voucher: HashMap<&VoucherNo, Vec<usize>> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        of_voucher.entry(&entry.facts.voucher_no).or_default().push(at);
    }
    // A voucher that was reversed answers nothing any more, unless its reversal is in the match as well.
    let reversed_outside = |one: &AccountHandMatch| {
        let of = &one.content.vouchers;
        entries.iter().any(|entry| {
            entry.facts.reverses.as_ref().is_some_and(|no| of.contains(no))
                && !of.contains(&entry.facts.voucher_no)
        })
    };
    let places = matches.iter().filter(counts).filter(|one| !reversed_outside(one)).filter_map(|one| {
        let lines: Option<Vec<usize>> =
            one.content.lines.iter().map(|line| of_line.get(line).copied()).collect();
        let vouchers: Option<Vec<&Vec<usize>>> =
            one.content.vouchers.iter().map(|voucher| of_voucher.get(voucher)).collect();
        Some((lines?, vouchers?.into_iter().flatten().copied().collect()))
    });
    places.collect()
}
