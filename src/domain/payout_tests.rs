//! Groups of lines by what they name, their sums, and the lines of banks that answer them.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn line(day: i8, amount_minor: i64, kind: AccountLineKind, batch: &str) -> AccountLine {
    AccountLine {
        line: 1,
        day: date(2025, 3, day),
        time: None,
        value_day: None,
        amount_minor,
        balance_minor: None,
        kind,
        words: String::new(),
        number: String::new(),
        channel_no: None,
        reference: None,
        batch: (!batch.is_empty()).then(|| batch.to_owned()),
        counterparty: String::new(),
        text: String::new(),
    }
}

/// A payment, its fee, a refund and a reserve, and the payout of 67.50.
fn batch() -> Vec<AccountLine> {
    use AccountLineKind::{Fee, Payment, Payout, Refund, Reserve};
    [(11, 10_000, Payment), (11, -50, Fee), (12, -2_200, Refund), (12, -1_000, Reserve), (13, -6_750, Payout)]
        .map(|(day, minor, kind)| line(day, minor, kind, "B7"))
        .to_vec()
}

fn grouped(lines: &[AccountLine]) -> PayoutGroups {
    let lines: Vec<PayoutLine<'_>> = lines.iter().map(|line| PayoutLine { number: "M1", line }).collect();
    payout_groups(&lines)
}

fn tally(lines: &[AccountLine], group: &PayoutGroup) -> PayoutTally {
    PayoutTally::of(group.lines.iter().map(|at| &lines[*at])).unwrap()
}

#[test]
fn a_batch_is_paid_out_with_its_signs() {
    let lines = batch();
    let found = grouped(&lines);
    assert_eq!((found.groups.len(), found.rest.len()), (1, 0));
    let tally = tally(&lines, &found.groups[0]);
    assert_eq!((tally.earned(), tally.paid_out(), tally.paid_on), (6_750, 6_750, Some(date(2025, 3, 13))));
    let state = |received| tally.state(true, received);
    assert_eq!(state(None), PayoutState::InTransit);
    assert_eq!(state(Some(6_750)), PayoutState::Complete);
    assert_eq!(state(Some(6_740)), PayoutState::Differs);
}

#[test]
fn what_is_wrong_in_a_batch_is_told() {
    let state = |change: &dyn Fn(&mut Vec<AccountLine>)| {
        let mut lines = batch();
        change(&mut lines);
        let found = grouped(&lines);
        tally(&lines, &found.groups[0]).state(found.groups[0].is_named, None)
    };
    assert_eq!(state(&|lines| lines[1].amount_minor = -60), PayoutState::Differs);
    assert_eq!(state(&|lines| lines[3].kind = AccountLineKind::Other), PayoutState::UnknownKind);
    assert_eq!(state(&|lines| drop(lines.pop())), PayoutState::Unpaid);
}

#[test]
fn a_payout_that_names_an_earlier_day_settles_that_day_alone() {
    let mut lines: Vec<AccountLine> = batch().into_iter().take(2).collect();
    lines.push(line(12, 500, AccountLineKind::Payment, ""));
    lines.push(line(12, -9_950, AccountLineKind::Payout, ""));
    for line in &mut lines {
        line.batch = None;
    }
    for text in ["结算款20250311", "settlement 2025-03-11", "of 2025-03-11 and 2024-11-01"] {
        lines[3].text = text.to_owned();
        let found = grouped(&lines);
        let names: Vec<(&str, &str, &[usize])> = found
            .groups
            .iter()
            .map(|one| (one.key.as_str(), one.number.as_str(), one.lines.as_slice()))
            .collect();
        assert_eq!(names, [("2025-03-11", "M1", [0, 1, 3].as_slice())], "{text}");
        assert_eq!(found.rest, [2]);
    }
    // A day without lines, two days, a day to come, part of a longer number, or the payout's own day name nothing.
    for text in ["20250310", "20250311 20250310", "20250313", "12320250311", "20250312"] {
        lines[3].text = text.to_owned();
        let found = grouped(&lines);
        assert_eq!(found.groups.len(), 1, "{text}");
        assert!(!found.groups[0].is_named && found.rest == [0, 1, 2], "{text}");
    }
    // Its own day counts if that comes to it.
    (lines[3].amount_minor, lines[3].text) = (-500, "20250312".to_owned());
    assert_eq!(grouped(&lines).groups[0].lines, [2, 3]);
}

#[test]
fn numbers_share_a_batch_unless_each_has_a_payout_of_its_own() {
    let lines = [batch(), batch()].concat();
    let of = |count: usize| {
        let lines: Vec<PayoutLine<'_>> = lines
            .iter()
            .take(count)
            .enumerate()
            .map(|(at, line)| PayoutLine { number: if at < 5 { "M1" } else { "M2" }, line })
            .collect();
        payout_groups(&lines)
            .groups
            .into_iter()
            .map(|group| (group.number, group.lines.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(10), [("M1".to_owned(), 5), ("M2".to_owned(), 5)]);
    assert_eq!(of(9), [(String::new(), 9)]);
}

fn payout(day: i8, amount_minor: i128, names: &[&str]) -> PayoutFacts {
    PayoutFacts {
        day: date(2025, 3, day),
        amount_minor,
        currency: Currency::CNY,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        vouchers: BTreeSet::new(),
    }
}

fn received(day: i8, amount_minor: i64, text: &str) -> BankFacts {
    let line = AccountLine { text: text.to_owned(), ..line(day, amount_minor, AccountLineKind::Payout, "") };
    BankFacts::of(&line, Currency::CNY, BTreeSet::new())
}

fn arrivals(payouts: &[PayoutFacts], lines: &[BankFacts]) -> Vec<(usize, usize, PayoutKey)> {
    payout_arrivals(payouts, lines).into_iter().map(|one| (one.payout, one.line, one.key)).collect()
}

#[test]
fn a_line_of_the_bank_answers_the_payout_that_it_names() {
    let payouts = [payout(12, 6_750, &["po_7001A"]), payout(12, 6_750, &["7"])];
    // A short name in a text is no name.
    let lines = [received(20, 6_700, "STRIPE po_7001A/EUR"), received(12, 6_750, "7 items")];
    let expected = [(0, 0, PayoutKey::Key), (1, 1, PayoutKey::AmountAndDay)];
    assert_eq!(arrivals(&payouts, &lines), expected);
    let of_batch = |batch: &str| {
        let line = line(20, 6_750, AccountLineKind::Payout, batch);
        BankFacts::of(&line, Currency::CNY, BTreeSet::new())
    };
    assert_eq!(arrivals(&payouts[1..], &[of_batch("7")]), [(0, 0, PayoutKey::Key)]);
    assert_eq!(
        arrivals(&payouts[1..], &[BankFacts { currency: "EUR".parse().unwrap(), ..of_batch("7") }]),
        []
    );
}

#[test]
fn a_name_that_two_payouts_have_is_decided_by_the_amount_or_not_at_all() {
    let line = received(12, 6_750, "BATCH-2025");
    let of = |other: i128| [payout(12, 6_750, &["BATCH-2025"]), payout(12, other, &["BATCH-2025"])];
    assert_eq!(arrivals(&of(5_000), std::slice::from_ref(&line)), [(0, 0, PayoutKey::Key)]);
    assert_eq!(arrivals(&of(6_750), &[line]), []);
}

#[test]
fn an_amount_alone_is_proposed_if_nothing_else_has_it() {
    let payouts = [payout(12, 6_750, &["a"])];
    let near = received(14, 6_750, "");
    assert_eq!(arrivals(&payouts, std::slice::from_ref(&near)), [(0, 0, PayoutKey::AmountAndDay)]);
    assert_eq!(arrivals(&payouts, &[near.clone(), near.clone()]), []);
    assert_eq!(arrivals(&[payouts[0].clone(), payouts[0].clone()], std::slice::from_ref(&near)), []);
    assert_eq!(arrivals(&payouts, &[received(18, 6_750, ""), received(12, 6_751, "")]), []);
    let far = received(18, 6_750, "");
    assert_eq!(arrivals(&payouts, &[near, far]), [(0, 0, PayoutKey::AmountAndDay)]);
}

#[test]
fn the_books_connect_a_payout_with_what_the_bank_received() {
    let vouchers =
        |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<BTreeSet<VoucherNo>>();
    let of = |no: &str| PayoutFacts { vouchers: vouchers(&[no]), ..payout(1, 6_750, &["a"]) };
    let line = |names: &[&str]| BankFacts { vouchers: vouchers(names), ..received(20, 6_750, "") };
    assert_eq!(arrivals(&[of("V1"), of("V2")], &[line(&["V2"])]), [(1, 0, PayoutKey::Voucher)]);
    // One line for two payouts tells neither's amount.
    assert_eq!(arrivals(&[of("V1"), of("V2")], &[line(&["V1", "V2"])]), []);
}

fn some_lines() -> impl Strategy<Value = Vec<(AccountLine, bool)>> {
    let kinds = prop::sample::select(AccountLineKind::ALL);
    let batches = prop::sample::select(vec!["", "", "B1", "B2"]);
    let texts = prop::sample::select(vec!["", "20250311", "2025-03-12 settlement"]);
    let one = (10_i8..16, -500_i64..500, kinds, batches, texts, any::<bool>()).prop_map(
        |(day, minor, kind, batch, text, first)| {
            (AccountLine { text: text.to_owned(), ..line(day, minor, kind, batch) }, first)
        },
    );
    prop::collection::vec(one, 0..24)
}

/// Returns the groups as what they are of and what their lines are, whatever the places.
fn contents(lines: &[(AccountLine, bool)]) -> Vec<(String, String, bool, Vec<String>)> {
    let number = |first: bool| if first { "M1" } else { "M2" };
    let facts: Vec<PayoutLine<'_>> =
        lines.iter().map(|(line, first)| PayoutLine { number: number(*first), line }).collect();
    let found = payout_groups(&facts);
    let told = |places: &[usize]| {
        let mut told: Vec<String> = places.iter().map(|at| format!("{:?}", lines[*at])).collect();
        told.sort();
        told
    };
    let mut contents: Vec<_> = found
        .groups
        .iter()
        .map(|group| (group.key.clone(), group.number.clone(), group.is_named, told(&group.lines)))
        .collect();
    contents.push((String::new(), String::new(), false, told(&found.rest)));
    contents.sort();
    contents
}

proptest! {
    #[test]
    fn every_line_is_in_one_group_or_in_the_rest_and_sums_agree(lines in some_lines()) {
        let plain: Vec<AccountLine> = lines.iter().map(|(line, _)| line.clone()).collect();
        let found = grouped(&plain);
        let mut places: Vec<usize> = found.groups.iter().flat_map(|group| group.lines.clone()).chain(found.rest.clone()).collect();
        places.sort_unstable();
        prop_assert_eq!(places, (0..plain.len()).collect::<Vec<_>>());
        let sum = |places: &[usize]| places.iter().map(|at| i128::from(plain[*at].amount_minor)).sum::<i128>();
        let mut whole = sum(&found.rest);
        for group in &found.groups {
            let tally = tally(&plain, group);
            prop_assert_eq!(tally.earned() - tally.paid_out(), sum(&group.lines));
            whole += tally.earned() - tally.paid_out();
            // Nothing that differs is said to be complete, and the other way round.
            let agrees = tally.earned() == tally.paid_out() && !tally.kinds.contains_key(&AccountLineKind::Other);
            let received = Some(tally.paid_out());
            prop_assert_eq!(tally.state(true, received) == PayoutState::Complete, agrees);
        }
        prop_assert_eq!(whole, sum(&(0..plain.len()).collect::<Vec<_>>()));
    }

    #[test]
    fn the_order_of_lines_does_not_matter((lines, shuffled) in some_lines().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle()))) {
        prop_assert_eq!(contents(&lines), contents(&shuffled));
    }
}
