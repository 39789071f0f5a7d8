//! Made-up ledgers of every shipped template.

use super::tests::{EVENING, context, correct_all, findings, found_keys, keys, make, verified, week};
use crate::desk::Desk;
use crate::desk::ledger::OpenLedger;
use crate::domain::finding::Cause;
use crate::domain::ledger_template::{DEFAULT_TEMPLATE, LedgerTemplate, SHIPPED_TEMPLATES, shipped};
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::protocol::context::Context;
use crate::protocol::watch::Unwatched;
use crate::sample::description::Description;
use crate::sample::*;
use crate::store::append::ledger_head;
use std::collections::BTreeSet;
use tempfile::TempDir;

fn ledger_of(template: &LedgerTemplate<'_>) -> (TempDir, Desk) {
    let dir = tempfile::tempdir().unwrap();
    let desk = OpenLedger::create(
        &dir.path().join("made.db"),
        &demo_ledger_of(template, "id").unwrap(),
        &"op".parse().unwrap(),
        "2018-09-10T08:00:00+08:00".parse().unwrap(),
    );
    (dir, desk.map(Desk::from).unwrap())
}

/// The end of the week in the zone of a ledger.
fn evening(desk: &Desk) -> Context {
    let context = context(EVENING);
    let local = context.now.local();
    let now = Moment::from_local(local, &desk.ledger().in_force().zone).unwrap();
    Context { now, ..context }
}

/// The whole week's figures that a query returns.
fn numbers(desk: &mut Desk, sql: &str) -> Vec<i64> {
    let mut found = Vec::new();
    let read = desk.ledger_mut().engine.read(sql, &[], &mut |row| {
        found.push(row.int(0)?);
        Ok(())
    });
    read.unwrap();
    found
}

/// The templates whose merchants have the balances.
fn abroad() -> impl Iterator<Item = &'static LedgerTemplate<'static>> {
    SHIPPED_TEMPLATES.iter().filter(|template| template.name != DEFAULT_TEMPLATE.name)
}

/// A seed gives the same trades and vouchers until a mistake is added or changed.
#[test]
fn a_seed_makes_the_same_ledger_again() {
    let (_dir, mut desk) = ledger_of(&DEFAULT_TEMPLATE);
    let plan = SamplePlan { trades: 400, ..week(Planting::OneOfEach) };
    make(&mut desk, &context(EVENING), &plan);
    let (seq, hash) = ledger_head(&mut *desk.ledger_mut().engine).unwrap();
    let pinned = (588, "b10ae84dd83672adc8eb751059aa645f9eee6f0e16ae4e9e6472b86d2cfed544");
    assert_eq!((seq, hash.as_str()), pinned);
}

#[test]
fn findings_report_exactly_what_was_planted_in_every_template() {
    for template in abroad() {
        let (_dir, mut desk) = ledger_of(template);
        let context = evening(&desk);
        let plan = SamplePlan { merchants: 25, ..week(Planting::OneOfEach) };
        let (made, planted) = make(&mut desk, &context, &plan);
        assert_eq!(made.trades, 2000);
        let description = Description::read(template.sample.unwrap(), desk.ledger().in_force()).unwrap();
        let scenarios: BTreeSet<String> = planted.iter().map(|one| one.scenario.clone()).collect();
        let all = description.mistakes().map(|mistake| mistake.scenario().to_owned()).collect();
        assert_eq!(scenarios, all, "{}", template.name);
        assert!(scenarios.contains("S06") && scenarios.contains("S24") && scenarios.len() == 31);
        let found = findings(&mut desk, &context);
        assert_eq!(found_keys(&found), keys(&planted), "{}", template.name);
        assert_eq!(found.len(), planted.len(), "one finding a mistake");
        verified(&mut desk, &context);
    }
}

#[test]
fn every_mistake_of_every_template_is_corrected_and_leaves_nothing_to_find() {
    for template in abroad() {
        let (_dir, mut desk) = ledger_of(template);
        let context = evening(&desk);
        let plan = SamplePlan { merchants: 25, ..week(Planting::OneOfEach) };
        let (_, planted) = make(&mut desk, &context, &plan);
        correct_all(&mut desk, &context, &planted);
    }
}

#[test]
fn mistakes_at_random_are_found_in_every_template() {
    for (template, seed) in abroad().flat_map(|template| (1..=2).map(move |seed| (template, seed))) {
        let (_dir, mut desk) = ledger_of(template);
        let context = evening(&desk);
        let plan = SamplePlan {
            errors: "4%".parse().unwrap(),
            seed,
            merchants: 25,
            trades: 1000,
            ..week(Planting::Random)
        };
        let (_, planted) = make(&mut desk, &context, &plan);
        assert!(planted.len() > 15, "{}", planted.len());
        assert_eq!(found_keys(&findings(&mut desk, &context)), keys(&planted), "{} {seed}", template.name);
    }
}

#[test]
fn a_template_without_mistakes_has_none_and_no_balance_below_its_floor() {
    for template in abroad() {
        let (_dir, mut desk) = ledger_of(template);
        let context = evening(&desk);
        make(&mut desk, &context, &SamplePlan { merchants: 25, ..week(Planting::None) });
        assert_eq!(findings(&mut desk, &context), []);
        let below = "SELECT count(*) FROM entry e JOIN account a ON a.id = e.account \
                     WHERE a.floor_minor IS NOT NULL AND e.after_minor * a.normal < a.floor_minor";
        assert_eq!(numbers(&mut desk, below), [0]);
        let description = Description::read(template.sample.unwrap(), desk.ledger().in_force()).unwrap();
        let settlement = description.settlement.iter().map(|settlement| settlement.kind);
        let kinds: BTreeSet<_> = description
            .trade
            .iter()
            .map(|entry| entry.kind)
            .chain(settlement)
            .map(|kind| kind.to_string())
            .collect();
        let made = "SELECT count(DISTINCT kind) FROM trade";
        assert_eq!(numbers(&mut desk, made), [i64::try_from(kinds.len()).unwrap()], "{kinds:?}");
    }
}

/// The marketplace trades, errs and exchanges in euros and dollars.
#[test]
fn a_made_up_marketplace_has_two_currencies_and_a_mistake_of_each_sort_in_both() {
    let (_dir, mut desk) = ledger_of(shipped("eu-marketplace").unwrap());
    let context = evening(&desk);
    let in_both = [
        Mistake::PostedTwice,
        Mistake::WrongAccount,
        Mistake::TooHigh,
        Mistake::WrongFee,
        Mistake::HalfPosted,
        Mistake::LongFailed,
        Mistake::Short,
        Mistake::AmountDiff,
        Mistake::FeeDiff,
    ];
    let chosen = Planting::Chosen(in_both.iter().map(|mistake| (*mistake, 12)).collect());
    let (_, planted) = make(&mut desk, &context, &SamplePlan { merchants: 25, ..week(chosen) });
    let found = findings(&mut desk, &context);
    assert_eq!(found_keys(&found), keys(&planted));
    for mistake in in_both {
        let currencies: BTreeSet<&str> = found
            .iter()
            .filter(|one| one.cause == mistake.cause())
            .map(|one| one.currency.as_str())
            .collect();
        assert_eq!(currencies, BTreeSet::from(["EUR", "USD"]), "{mistake}");
    }
    let of = |kind: &str, more: &str| {
        format!("SELECT count(*) FROM trade WHERE kind = '{kind}' AND {more} GROUP BY currency")
    };
    for kind in ["sale", "refund", "payout", "settlement", "reserve_release", "exchange"] {
        let made = numbers(&mut desk, &of(kind, "1"));
        assert!(made.len() == 2 && made.iter().all(|count| *count > 2), "{kind}: {made:?}");
    }
    let rates = "SELECT count(*) FROM trade WHERE kind = 'exchange' AND NOT CASE currency WHEN 'USD' THEN \
                 counter_currency = 'EUR' AND counter_minor * 1000 BETWEEN amount_minor * 850 AND amount_minor * 870 \
                 ELSE counter_currency = 'USD' AND counter_minor * 1000 BETWEEN amount_minor * 1150 AND amount_minor * 1176 END";
    assert_eq!(numbers(&mut desk, rates), [0]);
    let sums = "SELECT sum(CASE side WHEN 'debit' THEN amount_minor ELSE -amount_minor END) FROM v_entry \
                GROUP BY currency";
    assert_eq!(numbers(&mut desk, sums), [0, 0]);
    correct_all(&mut desk, &context, &planted);
}

#[test]
fn the_demo_of_every_template_has_its_mistakes_and_cases() {
    for (template, now) in abroad().zip(["2026-11-22T17:20:00+01:00", "2026-11-22T17:20:00+09:00"]) {
        let dir = tempfile::tempdir().unwrap();
        let (context, mut planted) = (context(now), Vec::new());
        let path = dir.path().join("demo.db");
        let made = demo(&path, (template, "demo-1"), 3, &context, &mut Unwatched, &mut |one| {
            planted.push(one);
            Ok(())
        });
        let mut desk = made.unwrap();
        let (expected, found) = (keys(&planted), found_keys(&findings(&mut desk, &context)));
        assert!(found.is_subset(&expected), "{}", template.name);
        let corrected: Vec<_> = expected.difference(&found).collect();
        assert!(
            matches!(corrected.as_slice(), [(_, Cause::WrongAccount)]),
            "{}: {corrected:?}",
            template.name
        );
        assert_eq!(numbers(&mut desk, "SELECT count(*) FROM case_file"), [3]);
        let in_each = "SELECT count(*) FROM trade GROUP BY currency";
        let currencies = template.read_head().unwrap().currencies.len();
        assert_eq!(numbers(&mut desk, in_each).len(), currencies, "{}", template.name);
        verified(&mut desk, &context);
    }
}

/// Payouts by SEPA are in euros, those in dollars go by wire.
#[test]
fn a_currency_of_made_up_trades_has_payout_channels_of_its_own() {
    let (_dir, mut desk) = ledger_of(shipped("eu-marketplace").unwrap());
    let context = evening(&desk);
    make(&mut desk, &context, &SamplePlan { merchants: 25, ..week(Planting::None) });
    let wrong = "SELECT count(*) FROM v_trade WHERE kind LIKE 'payout%' \
                 AND (channel = 'SEPA') <> (currency = 'EUR')";
    assert_eq!(numbers(&mut desk, wrong), [0]);
}

#[test]
fn a_currency_that_the_ledger_does_not_keep_is_left_out() {
    let template = shipped("eu-marketplace").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut new = demo_ledger_of(template, "id").unwrap();
    new.settings.currencies.truncate(1);
    let at = "2018-09-10T08:00:00+08:00".parse().unwrap();
    let desk = OpenLedger::create(&dir.path().join("made.db"), &new, &"op".parse().unwrap(), at);
    let mut desk = desk.map(Desk::from).unwrap();
    let context = evening(&desk);
    let plan = SamplePlan { trades: 500, ..week(Planting::OneOfEach) };
    let (_, planted) = make(&mut desk, &context, &plan);
    assert_eq!(numbers(&mut desk, "SELECT count(*) FROM trade WHERE currency <> 'EUR'"), [0]);
    assert_eq!(numbers(&mut desk, "SELECT count(*) FROM trade WHERE kind = 'exchange'"), [0]);
    assert_eq!(found_keys(&findings(&mut desk, &context)), keys(&planted));
}

#[test]
fn yen_are_whole_everywhere() {
    let (_dir, mut desk) = ledger_of(shipped("jp-psp").unwrap());
    let context = evening(&desk);
    make(&mut desk, &context, &week(Planting::OneOfEach));
    let yen = desk.ledger().in_force().currency();
    assert_eq!((yen.code(), yen.exponent()), ("JPY", 0));
    let texts = "SELECT count(*) FROM trade WHERE typeof(amount_minor) <> 'integer' OR typeof(fee_minor) <> 'integer'";
    assert_eq!(numbers(&mut desk, texts), [0]);
    for finding in findings(&mut desk, &context).iter().filter(|finding| finding.cause != Cause::Waiting) {
        let amount = Money::new(finding.amount_minor, yen).to_string();
        assert!(!amount.contains('.'), "{amount}");
    }
}

#[test]
fn a_description_that_does_not_fit_its_ledger_is_refused() {
    let (_dir, mut desk) = ledger_of(&DEFAULT_TEMPLATE);
    let context = context(EVENING);
    let other = shipped("eu-marketplace").unwrap().sample.unwrap();
    let text = DEFAULT_TEMPLATE.sample.unwrap().1;
    let wrong = [
        (other.1.to_owned(), "STORNO-BAD-VALUE"),
        (text.replace("amount = \"price\"", "amount = \"prices\""), "STORNO-BAD-VALUE"),
        (text.replace("plain = \"topup\"", "plain = \"refund\""), "STORNO-BAD-VALUE"),
        (text.replace("share = 45\nfrom = 4", "share = 45\nfrom = 60"), "STORNO-BAD-VALUE"),
        (text.replace("fee_rate = 20\n", "fee_rate = 20000\n"), "STORNO-BAD-VALUE"),
        (text.replace("charged_extra", "extra"), "STORNO-BAD-RULES"),
        (format!("{text}\n[[currency]]\ncode = \"CNY\"\nshare = 1\nvalue = 0\n"), "STORNO-BAD-VALUE"),
        (format!("{text}\n[[currency]]\ncode = \"XXY\"\nshare = 1\nvalue = 1\n"), "STORNO-BAD-RULES"),
    ];
    for (text, code) in wrong {
        let plan = week(Planting::None);
        let refused = desk.ledger_mut().generate_as(
            &context,
            &plan,
            ("sample.toml", &text),
            &mut Unwatched,
            &mut |_| Ok(()),
        );
        assert_eq!(refused.unwrap_err().code(), code);
    }
}
