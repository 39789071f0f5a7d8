//! Checks that need the whole set: rules that could both apply or wait for each other, channels without an
//! account or a rate, lines that do not balance. Balance is tested by computing each rule for a range of
//! amounts and fees (positive, zero and negative), in every currency of the ledger, for every channel it
//! names and on every day on which a rate changes.

use super::condition::Condition;
use super::facts::{Fact, Facts};
use super::failure::Failure;
use super::places::RulePlaces;
use super::set::{Coefficient, FIRST_COEFFICIENT, Rule, RuleSet};
use super::template::{Alias, Piece, Template};
use crate::domain::authored::FormReader;
use crate::domain::currencies::Currencies;
use crate::domain::money::{Currency, Money};
use crate::domain::trade::{Channel, TradeStatus};
use jiff::civil::Date;
use std::borrow::Cow;
use std::fmt::Display;

/// Amounts to test, in minor units: a cent, a price that divides badly, a round one, a large one.
const AMOUNTS: &[i64] = &[1, 12_345, 10_000, 9_999_999_999];
/// Fees to test, in minor units.
const FEES: &[i64] = &[0, 60, -60, 7];
/// Discounts that the merchant bears, as parts of the amount to test: none, a third, all.
const DISCOUNTS: &[i64] = &[0, 3, 1];
/// A sample for any name.
const ANY_NAME: &str = "x";

/// Checks the set as a whole, for a ledger of these currencies, and reports mistakes to `reader`.
pub(super) fn whole_set(
    reader: &mut FormReader<'_>,
    set: &RuleSet,
    currencies: &Currencies,
    places: &[RulePlaces],
) {
    for (index, (rule, place)) in set.rules.iter().zip(places).enumerate() {
        for other in set.rules.iter().take(index).filter(|other| can_both_apply(set, rule, other)) {
            reader.error(place.rule.clone(), "rulefile.overlap", &[("rule", &rule.id), ("other", &other.id)]);
        }
        let before = reader.mistakes();
        aliases_cover(reader, set, rule, place);
        coefficients_cover(reader, set, rule, place);
        if reader.mistakes() == before {
            probe(reader, set, currencies, rule, place);
        }
    }
    circles(reader, set, places);
}

/// Reports rules that wait for each other, each circle once, at its first rule.
fn circles(reader: &mut FormReader<'_>, set: &RuleSet, places: &[RulePlaces]) {
    let mut reported: Vec<&str> = Vec::new();
    for (rule, place) in set.rules.iter().zip(places) {
        if reported.contains(&rule.id.as_str()) {
            continue;
        }
        let Some(circle) = circle(set, &mut vec![rule]) else { continue };
        let names: Vec<&str> = circle.iter().map(|rule| rule.id.as_str()).collect();
        reader.error(place.rule.clone(), "rulefile.circle", &[("rules", &names.join(", "))]);
        reported.extend(names);
    }
}

/// Returns the rules of a circle that leads back to the first rule of `path`, each waiting for the next one.
/// All of them can apply to one trade.
fn circle<'s>(set: &'s RuleSet, path: &mut Vec<&'s Rule>) -> Option<Vec<&'s Rule>> {
    let (first, last) = (*path.first()?, *path.last()?);
    let prior = last.after?;
    // A rule that waits for its own event is reported by itself.
    if path.len() > 1 && first.event == prior {
        return Some(path.clone());
    }
    for next in set.rules.iter().filter(|next| next.event == prior) {
        let is_new = path.iter().all(|rule| rule.event != next.event);
        if is_new && path.iter().all(|rule| of_the_same_trade(set, rule, next)) {
            path.push(next);
            if let Some(circle) = circle(set, path) {
                return Some(circle);
            }
            path.pop();
        }
    }
    None
}

fn can_both_apply(set: &RuleSet, a: &Rule, b: &Rule) -> bool {
    a.event == b.event && of_the_same_trade(set, a, b)
}

/// Returns whether some trade satisfies the conditions of both rules.
fn of_the_same_trade(set: &RuleSet, a: &Rule, b: &Rule) -> bool {
    a.kind == b.kind
        && channels_of(set, a).iter().any(|channel| channels_of(set, b).contains(channel))
        && !a.conditions.iter().any(|condition| b.conditions.iter().any(|other| condition.excludes(other)))
}

fn channels_of<'s>(set: &'s RuleSet, rule: &'s Rule) -> &'s [Channel] {
    rule.channels.as_deref().unwrap_or(&set.channels)
}

/// Returns the codes that a template can give, with [`ANY_NAME`] for every fact, and one per account of its
/// first alias.
pub(super) fn sample_codes(template: &Template, aliases: &[Alias]) -> Vec<String> {
    let mut codes = vec![String::new()];
    for piece in template.pieces() {
        let options: Vec<&str> = match piece {
            Piece::Text(text) => vec![text],
            Piece::Fact(_) => vec![ANY_NAME],
            Piece::Alias(index) => aliases
                .get(*index)
                .map(|alias| alias.accounts.iter().map(|(_, account)| account.as_str()).collect())
                .unwrap_or_default(),
        };
        codes = codes
            .iter()
            .flat_map(|code| options.iter().map(move |option| format!("{code}{option}")))
            .collect();
    }
    codes
}

/// Checks that every channel of the rule has an account under every alias that the rule uses.
fn aliases_cover(reader: &mut FormReader<'_>, set: &RuleSet, rule: &Rule, place: &RulePlaces) {
    for (line, line_place) in rule.lines.iter().zip(&place.lines) {
        for piece in line.account.pieces() {
            let Piece::Alias(index) = piece else { continue };
            let Some(alias) = set.aliases.get(*index) else { continue };
            for channel in channels_of(set, rule).iter().filter(|channel| alias.account(**channel).is_none())
            {
                reader.error(
                    line_place.account.clone(),
                    "rulefile.alias_gap",
                    &[("rule", &rule.id), ("name", &alias.name), ("channel", channel)],
                );
            }
        }
    }
}

/// Checks that every channel of the rule has a rate for every day from the set's first, for any merchant
/// and product.
fn coefficients_cover(reader: &mut FormReader<'_>, set: &RuleSet, rule: &Rule, place: &RulePlaces) {
    for slot in &rule.needs {
        let coefficient = slot.checked_sub(FIRST_COEFFICIENT).and_then(|index| set.coefficients.get(index));
        let Some(coefficient) = coefficient else { continue };
        for channel in channels_of(set, rule) {
            if let Some(day) = first_gap(coefficient, *channel, set.valid_from) {
                reader.error(
                    place.rule.clone(),
                    "rulefile.coefficient_gap",
                    &[("rule", &rule.id), ("name", &coefficient.name), ("channel", channel), ("date", &day)],
                );
            }
        }
    }
}

/// Returns the first day from `start` on which a channel has no rate.
fn first_gap(coefficient: &Coefficient, channel: Channel, start: Date) -> Option<Date> {
    let rows = || {
        let general = coefficient.general.iter().filter(|row| row.product.is_none());
        general.filter(|row| row.channel.is_none_or(|c| c == channel))
    };
    let mut day = start;
    loop {
        let covering: Vec<_> = rows().filter(|row| row.in_force(day)).collect();
        if covering.is_empty() {
            return Some(day);
        }
        if covering.iter().any(|row| row.valid_to.is_none()) {
            return None;
        }
        let end = covering.iter().filter_map(|row| row.valid_to).max()?;
        day = end.tomorrow().ok()?;
    }
}

/// Computes the rule for sample facts and reports one that never works or does not balance.
fn probe(
    reader: &mut FormReader<'_>,
    set: &RuleSet,
    currencies: &Currencies,
    rule: &Rule,
    place: &RulePlaces,
) {
    let mut worked = false;
    let mut first_failure = None;
    let mut days: Vec<Date> = vec![set.valid_from];
    for coefficient in &set.coefficients {
        days.extend(coefficient.general.iter().map(|row| row.valid_from.max(set.valid_from)));
    }
    days.sort_unstable();
    days.dedup();
    let pairs = currency_pairs(rule, currencies);
    for sample in pairs.iter().flat_map(|pair| samples(set, rule, &days, *pair)) {
        match rule.append(set, &sample, &mut Vec::new()) {
            Ok(()) => worked = true,
            Err(Failure::Unbalanced { difference }) => {
                let currency = difference.currency;
                let args: [(&str, &dyn Display); 3] =
                    [("rule", &rule.id), ("currency", &currency), ("difference", &difference)];
                reader.error(place.rule.clone(), "rulefile.unbalanced", &args);
                return;
            }
            Err(Failure::AmountNotRounded { expression, currency, .. }) => {
                not_rounded(reader, rule, place, &expression, currency);
                return;
            }
            Err(failure) => {
                first_failure.get_or_insert((failure, sample.trade_no));
            }
        }
    }
    if let Some((failure, trade)) = first_failure.filter(|_| !worked) {
        never_works(reader, rule, place, &failure, &trade);
    }
}

/// Reports that no sample could be computed, by the failure of the first one.
fn never_works(
    reader: &mut FormReader<'_>,
    rule: &Rule,
    place: &RulePlaces,
    failure: &Failure,
    trade: &dyn Display,
) {
    if let Failure::NotComputable { message, .. } = failure {
        let args: [(&str, &dyn Display); 2] = [("rule", &rule.id), ("message", message)];
        reader.error(place.rule.clone(), "rulefile.never_works", &args);
        return;
    }
    let facts = failure.args();
    let facts = facts.iter().map(|(name, value)| (*name, value as &dyn Display));
    let whose: [(&str, &dyn Display); 2] = [("rule", &rule.name), ("trade", trade)];
    reader.error(place.rule.clone(), failure.key(), &facts.chain(whose).collect::<Vec<_>>());
}

fn not_rounded(
    reader: &mut FormReader<'_>,
    rule: &Rule,
    place: &RulePlaces,
    expression: &str,
    currency: Currency,
) {
    let line = rule.lines.iter().position(|line| line.amount() == Some(expression));
    let amount =
        line.and_then(|index| place.lines.get(index)).map_or(place.rule.clone(), |line| line.amount.clone());
    let args: [(&str, &dyn Display); 3] =
        [("rule", &rule.id), ("expression", &expression), ("currency", &currency)];
    reader.error(amount, "rulefile.amount_not_rounded", &args);
}

/// Returns the currencies to test: each of the ledger that the rule allows, and beside it the currency of a
/// counter amount, one for each number of decimals. A rule that books no exchange does not look at that.
fn currency_pairs(rule: &Rule, kept: &Currencies) -> Vec<(Currency, Option<Currency>)> {
    let mut amounts = allowed_currencies(rule, Fact::Currency, kept);
    if amounts.is_empty() {
        amounts.push(kept.main());
    }
    let absent = Condition::Absent { fact: Fact::CounterCurrency };
    let is_no_exchange = rule.conditions.contains(&absent);
    let counters = allowed_currencies(rule, Fact::CounterCurrency, kept);
    let mut pairs = Vec::new();
    for amount in amounts {
        let mut others: Vec<Currency> = Vec::new();
        for other in counters.iter().copied().filter(|other| *other != amount && !is_no_exchange) {
            if others.iter().all(|known| known.exponent() != other.exponent()) {
                others.push(other);
            }
        }
        if others.is_empty() && !is_no_exchange {
            // The ledger keeps one currency: any other will do.
            let any = if amount == Currency::CNY { "USD" } else { "CNY" };
            others.extend(any.parse::<Currency>());
        }
        pairs.extend(others.iter().map(|other| (amount, Some(*other))));
        if is_no_exchange {
            pairs.push((amount, None));
        }
    }
    pairs
}

/// Returns the currencies of the ledger that the rule's conditions on a fact allow; if they allow none, the
/// first that they name.
fn allowed_currencies(rule: &Rule, fact: Fact, kept: &Currencies) -> Vec<Currency> {
    let about = || rule.conditions.iter().filter(|condition| condition.fact() == fact);
    let allows = |condition: &Condition, currency: Currency| match condition {
        Condition::OneOf { values, .. } => values.iter().any(|value| value == currency.code()),
        Condition::Present { .. } => true,
        Condition::Absent { .. } => false,
    };
    let allowed: Vec<_> =
        kept.all().filter(|currency| about().all(|condition| allows(condition, *currency))).collect();
    if !allowed.is_empty() {
        return allowed;
    }
    let named = about().filter_map(|condition| match condition {
        Condition::OneOf { values, .. } => values.first(),
        _ => None,
    });
    named.filter_map(|code| code.parse().ok()).take(1).collect()
}

/// Returns facts that the rule applies to, in every combination of channel, amount, fee, discount and day. Values
/// of other facts come from the conditions.
fn samples<'a>(
    set: &'a RuleSet,
    rule: &'a Rule,
    days: &'a [Date],
    (currency, counter): (Currency, Option<Currency>),
) -> impl Iterator<Item = Facts<'a>> {
    let wanted = |fact: Fact| {
        let mut conditions = rule.conditions.iter().filter(move |condition| condition.fact() == fact);
        conditions.try_fold(Cow::Borrowed(ANY_NAME), |name, condition| match condition {
            Condition::OneOf { values, .. } => values.first().map(|value| Cow::Borrowed(value.as_str())),
            Condition::Present { .. } => Some(name),
            Condition::Absent { .. } => None,
        })
    };
    let facts = Facts {
        trade_no: Cow::Borrowed(ANY_NAME),
        kind: rule.kind,
        turned: false,
        product: wanted(Fact::Product),
        channel: Channel::BANK,
        channel_ref: Cow::Borrowed(ANY_NAME),
        original: wanted(Fact::Original),
        amount_minor: 0,
        fee_minor: 0,
        merchant_discount_minor: 0,
        currency,
        counter_amount: counter.map(|other| Money::new(1, other)),
        customer: wanted(Fact::Customer),
        merchant: wanted(Fact::Merchant),
        status: TradeStatus::Succeeded,
        business_date: Date::ZERO,
        undoing: None,
    };
    let channels = channels_of(set, rule).iter().copied();
    let amounts = move |channel| AMOUNTS.iter().map(move |amount| (channel, *amount));
    let fees = |(channel, amount)| FEES.iter().map(move |fee| (channel, amount, *fee));
    // Most sets say nothing of discounts, and are probed without.
    let discounts = if set.reads_discount() { DISCOUNTS } else { &DISCOUNTS[..1] };
    let discounted =
        move |(channel, amount, fee)| discounts.iter().map(move |part| (channel, amount, fee, *part));
    let dated = move |(channel, amount, fee, part)| {
        days.iter().map(move |day| (channel, (amount, if part == 0 { 0 } else { amount / part }), fee, *day))
    };
    let samples = channels.flat_map(amounts).flat_map(fees).flat_map(discounted).flat_map(dated);
    samples.map(move |(channel, (amount, discount), fee, day)| Facts {
        channel,
        amount_minor: amount,
        fee_minor: fee,
        merchant_discount_minor: discount,
        business_date: day,
        counter_amount: counter.map(|other| Money::new(amount / 7 + 1, other)),
        ..facts.clone()
    })
}
