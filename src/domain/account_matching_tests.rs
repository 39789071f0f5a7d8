//! Lines and entries by each key, and that nothing is lost or taken twice.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn line(day: i8, amount_minor: i64, reference: &str) -> AccountLineFacts {
    AccountLineFacts {
        day: date(2025, 3, day),
        amount_minor,
        reference: (!reference.is_empty()).then(|| reference.parse().unwrap()),
        channel_no: None,
        batch: None,
    }
}

fn entry(day: i8, amount_minor: i64, reference: &str) -> EntryFacts {
    EntryFacts {
        day: date(2025, 3, day),
        amount_minor,
        voucher_no: "V1".parse().unwrap(),
        reverses: None,
        reference: (!reference.is_empty()).then(|| reference.parse().unwrap()),
        original: None,
        channel_no: None,
    }
}

fn keys(
    lines: &[AccountLineFacts],
    entries: &[EntryFacts],
) -> Vec<(AccountMatchKey, Vec<usize>, Vec<usize>)> {
    let matches = match_account(lines, entries, &[]);
    matches.into_iter().map(|found| (found.key, found.lines, found.entries)).collect()
}

#[test]
fn a_payment_and_its_fee_are_one_entry_or_two() {
    let lines = [line(12, 10_000, "W1"), line(12, -60, "W1")];
    let net = [entry(12, 9_940, "W1")];
    assert_eq!(keys(&lines, &net), [(AccountMatchKey::Reference, vec![0, 1], vec![0])]);
    let apart = [entry(12, 10_000, "W1"), entry(12, -60, "W1")];
    assert_eq!(keys(&lines, &apart), [(AccountMatchKey::Reference, vec![0, 1], vec![0, 1])]);
    // The fee is not booked: it stays open, and the payment does not.
    assert_eq!(keys(&lines, &apart[..1]), [(AccountMatchKey::Reference, vec![0], vec![0])]);
}

#[test]
fn refunds_that_bear_the_payments_reference_are_found_by_it() {
    let lines = [line(12, 20_000, "A1"), line(13, -8_000, "A1")];
    let refund = EntryFacts { original: Some("A1".parse().unwrap()), ..entry(13, -8_000, "R1") };
    let found = keys(&lines, &[entry(12, 20_000, "A1"), refund]);
    let expected =
        [(AccountMatchKey::Reference, vec![0], vec![0]), (AccountMatchKey::Original, vec![1], vec![1])];
    assert_eq!(found, expected);
}

#[test]
fn one_payout_answers_many_lines_of_its_batch() {
    let of = |amount| AccountLineFacts { batch: Some("B7".to_owned()), ..line(12, amount, "") };
    let found = keys(&[of(10_000), of(-60), of(5_000)], &[entry(13, 14_940, "B7")]);
    assert_eq!(found, [(AccountMatchKey::Batch, vec![0, 1, 2], vec![0])]);
}

#[test]
fn without_a_number_only_what_fits_alone_is_taken() {
    let found = keys(&[line(12, 700, "")], &[entry(14, 700, "T9")]);
    assert_eq!(found, [(AccountMatchKey::AmountAndDay, vec![0], vec![0])]);
    assert_eq!(keys(&[line(12, 700, "")], &[entry(12, 700, ""), entry(14, 700, "")]), []);
    assert_eq!(keys(&[line(12, 700, ""), line(13, 700, "")], &[entry(12, 700, "")]), []);
    assert_eq!(keys(&[line(12, 700, "")], &[entry(17, 700, "")]), [], "too many days apart");
    assert_eq!(keys(&[line(12, 700, "X1")], &[entry(12, 700, "T9")]), [], "two references");
}

#[test]
fn an_entry_and_its_reversal_are_no_open_items() {
    let wrong = EntryFacts { voucher_no: "V7".parse().unwrap(), ..entry(12, 300, "") };
    let back = EntryFacts {
        voucher_no: "V8".parse().unwrap(),
        reverses: Some("V7".parse().unwrap()),
        ..entry(13, -300, "")
    };
    assert_eq!(keys(&[], &[wrong, back]), [(AccountMatchKey::Reversal, vec![], vec![0, 1])]);
}

proptest! {
    #[test]
    fn each_match_adds_up_and_takes_nothing_twice(
        lines in prop::collection::vec((1_i8..20, -3_i64..4, 0_u8..4), 0..12),
        entries in prop::collection::vec((1_i8..20, -3_i64..4, 0_u8..4), 0..12),
    ) {
        let name = |n: u8| if n == 0 { String::new() } else { format!("W{n}") };
        let lines: Vec<_> = lines.into_iter().map(|(day, amount, n)| line(day, amount, &name(n))).collect();
        let entries: Vec<_> = entries.into_iter().map(|(day, amount, n)| entry(day, amount, &name(n))).collect();
        let (mut of_lines, mut of_entries) = (Vec::new(), Vec::new());
        for found in match_account(&lines, &entries, &[]) {
            let sum: i64 = found.lines.iter().map(|at| lines[*at].amount_minor).sum();
            let booked: i64 = found.entries.iter().map(|at| entries[*at].amount_minor).sum();
            prop_assert_eq!(sum, booked);
            of_lines.extend(found.lines);
            of_entries.extend(found.entries);
        }
        for taken in [&mut of_lines, &mut of_entries] {
            let count = taken.len();
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), count);
        }
    }

    #[test]
    fn the_order_of_lines_does_not_decide_what_stays_open(
        lines in prop::collection::vec((1_i8..20, -3_i64..4, 0_u8..4), 0..10),
        entries in prop::collection::vec((1_i8..20, -3_i64..4, 0_u8..4), 0..10),
        turn in 0_usize..10,
    ) {
        let name = |n: u8| if n == 0 { String::new() } else { format!("W{n}") };
        let lines: Vec<_> = lines.into_iter().map(|(day, amount, n)| line(day, amount, &name(n))).collect();
        let entries: Vec<_> = entries.into_iter().map(|(day, amount, n)| entry(day, amount, &name(n))).collect();
        let open = |lines: &[AccountLineFacts]| {
            let found = match_account(lines, &entries, &[]);
            let taken: Vec<usize> = found.iter().flat_map(|found| found.lines.clone()).collect();
            let mut open: Vec<_> = (0..lines.len())
                .filter(|at| !taken.contains(at))
                .map(|at| (lines[at].amount_minor, lines[at].day, lines[at].reference.clone()))
                .collect();
            open.sort();
            open
        };
        let mut turned = lines.clone();
        turned.rotate_left(turn.min(lines.len()));
        prop_assert_eq!(open(&lines), open(&turned));
    }
}
