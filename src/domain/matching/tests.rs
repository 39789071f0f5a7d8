use super::*;
use proptest::prelude::*;

fn at(second: i64) -> Moment {
    let start: Moment = "2018-09-12T09:00:00+08:00".parse().unwrap();
    start.plus_seconds(second)
}

fn trade(id: i64, status: TradeStatus, amount_minor: i64, second: i64) -> ContestedTrade {
    ContestedTrade {
        id,
        trade_no: format!("T{id}").parse().unwrap(),
        kind: TradeKind::TOPUP,
        status,
        amount_minor,
        currency: Currency::CNY,
        occurred_at: at(second),
        channel_no: None,
        merchant_no: None,
        known: None,
        signed: None,
    }
}

fn line(id: i64, amount_minor: i64, second: i64) -> ContestedLine {
    ContestedLine {
        id,
        channel_no: format!("N{id}"),
        status: TradeStatus::Succeeded,
        amount_minor,
        currency: Currency::CNY,
        occurred_at: at(second),
        merchant_no: None,
        known: None,
        is_answered: false,
    }
}

fn all(trades: &[ContestedTrade], lines: &[ContestedLine]) -> Vec<(i64, i64)> {
    trades.iter().flat_map(|trade| lines.iter().map(|line| (trade.id, line.id))).collect()
}

fn decided(trades: &[ContestedTrade], lines: &[ContestedLine]) -> Matching {
    decide(trades, lines, &all(trades, lines))
}

fn taken(line: i64, key: MatchKey) -> MatchOutcome {
    MatchOutcome::Line { line, key, again: Vec::new(), better: None }
}

#[test]
fn the_nearest_in_time_has_the_line_and_the_other_doubles_it() {
    use TradeStatus::Succeeded;
    let found = decided(&[trade(1, Succeeded, 100, 0), trade(2, Succeeded, 100, 3)], &[line(7, 100, 0)]);
    assert_eq!(found.trades[&1], taken(7, MatchKey::Fit));
    assert_eq!(found.trades[&2], MatchOutcome::Doubles("T1".parse().unwrap()));
    assert!(found.unanswered.is_empty());
}

/// The channel took a payment twice: the further line is told until a case accounts for it, or if nothing moved by it.
#[test]
fn a_further_line_that_a_case_accounts_for_is_none() {
    let trades = [trade(1, TradeStatus::Succeeded, 100, 0)];
    let lines = |change: fn(&mut ContestedLine)| {
        let mut near = line(8, 100, 1);
        change(&mut near);
        [line(7, 100, 9), near]
    };
    let outcome = |change| decided(&trades, &lines(change)).trades[&1].clone();
    let again = MatchOutcome::Line { line: 8, key: MatchKey::Fit, again: vec![7], better: None };
    assert_eq!(outcome(|_| {}), again);
    // The line nearest in time is accounted for, so that the trade has the other one.
    assert_eq!(outcome(|near| near.is_answered = true), taken(7, MatchKey::Fit));
    assert_eq!(outcome(|near| near.status = TradeStatus::Failed), taken(7, MatchKey::Fit));
}

#[test]
fn where_two_fit_equally_well_none_is_taken() {
    use TradeStatus::Succeeded;
    let found = decided(&[trade(1, Succeeded, 100, 5), trade(2, Succeeded, 100, 5)], &[line(7, 100, 0)]);
    assert_eq!([&found.trades[&1], &found.trades[&2]], [&MatchOutcome::Ambiguous, &MatchOutcome::Ambiguous]);
    assert_eq!(found.ambiguous, BTreeSet::from([7]));
    // With a line for each it makes no difference which is whose.
    let lines = [line(7, 100, 0), line(8, 100, 0)];
    let found = decided(&[trade(1, Succeeded, 100, 5), trade(2, Succeeded, 100, 5)], &lines);
    assert_eq!([&found.trades[&1], &found.trades[&2]], [&taken(7, MatchKey::Fit), &taken(8, MatchKey::Fit)]);
}

#[test]
fn a_failed_try_is_settled_by_the_second_one() {
    let trades = [trade(1, TradeStatus::Failed, 30, 0), trade(2, TradeStatus::Succeeded, 30, 30)];
    // Even if the line has the time of the first.
    let found = decided(&trades, &[line(7, 30, 0)]);
    assert_eq!(found.trades[&1], MatchOutcome::SecondTry("T2".parse().unwrap()));
    assert_eq!(found.trades[&2], taken(7, MatchKey::Fit));
    // The channel took both: the failed one has its line too.
    let found = decided(&trades, &[line(7, 30, 0), line(8, 30, 30)]);
    assert_eq!([&found.trades[&1], &found.trades[&2]], [&taken(7, MatchKey::Fit), &taken(8, MatchKey::Fit)]);
}

#[test]
fn a_second_line_of_a_payment_is_named_unless_another_merchant_has_it() {
    let one = [trade(1, TradeStatus::Succeeded, 30, 0)];
    let mut lines = [line(7, 30, 0), line(8, 30, 60)];
    let found = decided(&one, &lines);
    assert_eq!(
        found.trades[&1],
        MatchOutcome::Line { line: 7, key: MatchKey::Fit, again: vec![8], better: None }
    );
    lines[0].merchant_no = Some("M1".to_owned());
    lines[1].merchant_no = Some("M2".to_owned());
    assert_eq!(decided(&one, &lines).unanswered, BTreeSet::from([8]));
}

#[test]
fn the_channels_number_decides_before_status_amount_and_time() {
    let mut trades = [trade(1, TradeStatus::Succeeded, 100, 0), trade(2, TradeStatus::Failed, 90, 500)];
    trades[1].channel_no = Some("N7".to_owned());
    let found = decided(&trades, &[line(7, 100, 0)]);
    assert_eq!(found.trades[&2], taken(7, MatchKey::ChannelNo));
    assert_eq!(found.trades[&1], MatchOutcome::Taken("T2".parse().unwrap()));
}

#[test]
fn merchants_with_one_order_number_each_have_their_line() {
    let mut trades = [trade(1, TradeStatus::Succeeded, 100, 0), trade(2, TradeStatus::Succeeded, 100, 0)];
    let mut lines = [line(8, 100, 0), line(7, 100, 0)];
    for (at, merchant) in ["M1", "M2"].iter().enumerate() {
        trades[at].merchant_no = Some((*merchant).to_owned());
        lines[at].merchant_no = Some((*merchant).to_owned());
    }
    let found = decide(&trades, &lines, &[(1, 8), (2, 7)]);
    assert_eq!(found.trades[&1], taken(8, MatchKey::Reference));
    assert_eq!(found.trades[&2], taken(7, MatchKey::Reference));
    let found = decided(&trades, &lines);
    assert_eq!(found.trades[&1], taken(8, MatchKey::Merchant));
}

fn day(of: i8) -> Date {
    jiff::civil::date(2018, 9, of)
}

/// A trade of 12 September that was known when a day closed.
fn signed(known: i8, trade: ContestedTrade) -> ContestedTrade {
    ContestedTrade { known: Some(day(known)), signed: Some(day(12)), ..trade }
}

#[test]
fn a_pair_of_a_signed_day_stays_and_a_better_fit_is_told() {
    use TradeStatus::Succeeded;
    let line_then = ContestedLine { known: Some(day(12)), ..line(7, 100, 0) };
    let first = signed(12, trade(1, Succeeded, 100, 5));
    let later = trade(2, Succeeded, 100, 0);
    let found = decided(&[first.clone(), later.clone()], std::slice::from_ref(&line_then));
    // Alone at the close, so by the reference.
    assert_eq!(found.trades[&1], taken(7, MatchKey::Reference));
    let rematch = MatchOutcome::Rematch { line: 7, kept_by: "T1".parse().unwrap() };
    assert_eq!(found.trades[&2], rematch);
    // A later one that fits worse is what it was before: it doubles the payment.
    let worse = trade(2, Succeeded, 100, 9);
    let found = decided(&[first.clone(), worse], std::slice::from_ref(&line_then));
    assert_eq!(found.trades[&2], MatchOutcome::Doubles("T1".parse().unwrap()));
    // Without the close the better one has the line, whenever it came.
    let open = ContestedTrade { known: None, ..first.clone() };
    let found = decided(&[open, later.clone()], std::slice::from_ref(&line_then));
    assert_eq!(found.trades[&2], taken(7, MatchKey::Fit));
    // One that was known when its day closed was part of what was signed.
    let known_too = signed(12, later.clone());
    let found = decided(&[first.clone(), known_too], std::slice::from_ref(&line_then));
    assert_eq!(found.trades[&2], taken(7, MatchKey::Fit));
    // A pair that does not agree was a finding when the day was signed, and binds nobody.
    let other_amount = ContestedTrade { amount_minor: 90, ..first };
    let found = decided(&[other_amount, later], &[line_then]);
    assert_eq!(found.trades[&2], taken(7, MatchKey::Fit));
}

#[test]
fn a_line_that_comes_later_and_fits_better_takes_no_signed_pair_apart() {
    use TradeStatus::Succeeded;
    let first = signed(12, trade(1, Succeeded, 100, 5));
    let line_then = ContestedLine { known: Some(day(12)), ..line(7, 100, 0) };
    let later = ContestedLine { known: Some(day(13)), ..line(8, 100, 5) };
    let found = decided(&[first], &[line_then, later]);
    let kept = MatchOutcome::Line { line: 7, key: MatchKey::Reference, again: vec![8], better: Some(8) };
    assert_eq!(found.trades[&1], kept);
}

fn some_trades() -> impl Strategy<Value = Vec<ContestedTrade>> {
    let one = (0..3_usize, 1..3_i64, 0..3_i64, 0..4_u8);
    proptest::collection::vec(one, 0..6).prop_map(|ones| {
        let statuses = [TradeStatus::Succeeded, TradeStatus::Failed, TradeStatus::Processing];
        let made = ones.into_iter().zip(1..).map(|((status, amount, second, named), id)| {
            let mut made = trade(id, statuses[status], amount, second);
            made.channel_no = (named == 0).then(|| format!("N{}", 100 + id));
            made.merchant_no = (named == 1).then(|| format!("M{}", id % 2));
            made
        });
        made.collect()
    })
}

fn some_lines() -> impl Strategy<Value = Vec<ContestedLine>> {
    proptest::collection::vec((1..3_i64, 0..3_i64, 0..3_u8), 0..6).prop_map(|ones| {
        let made = ones.into_iter().zip(101..).map(|((amount, second, merchant), id)| {
            let mut made = line(id, amount, second);
            made.merchant_no = (merchant < 2).then(|| format!("M{merchant}"));
            made
        });
        made.collect()
    })
}

proptest! {
    #[test]
    fn one_line_answers_one_trade_whatever_the_order(
        trades in some_trades(),
        lines in some_lines(),
        left_out in proptest::collection::vec(any::<bool>(), 36),
        turned in any::<bool>(),
    ) {
        let fits: Vec<_> = all(&trades, &lines).into_iter().zip(left_out).filter(|(_, out)| !out).map(|(pair, _)| pair).collect();
        let found = decide(&trades, &lines, &fits);
        // One to one, only what may belong together, and each line is told once.
        let mut told: Vec<i64> = found.unanswered.iter().chain(&found.ambiguous).copied().collect();
        for (trade, outcome) in &found.trades {
            if let MatchOutcome::Line { line, again, .. } = outcome {
                prop_assert!(fits.contains(&(*trade, *line)));
                told.push(*line);
                told.extend(again);
            }
        }
        told.sort_unstable();
        let mut every: Vec<i64> = lines.iter().map(|line| line.id).collect();
        every.sort_unstable();
        prop_assert_eq!(told, every);
        prop_assert_eq!(found.trades.len(), trades.len());
        // Rows are numbered as files arrive: the other way round it is the same pairs.
        let other = |id: i64| 1000 - id;
        let mut moved: (Vec<_>, Vec<_>) = (trades.clone(), lines.clone());
        moved.0.iter_mut().for_each(|trade| trade.id = other(trade.id));
        moved.1.iter_mut().for_each(|line| line.id = other(line.id));
        if turned {
            moved.0.reverse();
            moved.1.reverse();
        }
        let moved_fits: Vec<_> = fits.iter().rev().map(|(trade, line)| (other(*trade), other(*line))).collect();
        let again = decide(&moved.0, &moved.1, &moved_fits);
        prop_assert_eq!(again.ambiguous, found.ambiguous.iter().map(|id| other(*id)).collect::<BTreeSet<_>>());
        for (trade, outcome) in &found.trades {
            let same = match (outcome, &again.trades[&other(*trade)]) {
                (MatchOutcome::Line { line, key, again, .. }, MatchOutcome::Line { line: to, key: by, again: more, .. }) => {
                    *to == other(*line) && key == by && again.len() == more.len()
                }
                (one, two) => one == two,
            };
            prop_assert!(same, "{trade}: {outcome:?} {:?}", again.trades[&other(*trade)]);
        }
    }
}
