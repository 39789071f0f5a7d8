//! A rule that books an exchange: two legs in two currencies over a position account, each balanced.

use super::{CHANNELS, CHART, facts};
use crate::domain::account::{AccountRole, Class, Side, Subject};
use crate::domain::authored::AuthoredError;
use crate::domain::currencies::Currencies;
use crate::domain::event::Event;
use crate::domain::kind::Kinds;
use crate::domain::money::{Currency, Money};
use crate::domain::rejection::Code;
use crate::domain::rule::{Facts, RuleScope, RuleSet};
use crate::domain::trade::{Channel, TradeKind};

const RULES: &str = r#"id = "fx"
version = 1
valid_from = "2018-01-01"
[[rule]]
id = "exchange"
kind = "exchange"
event = "captured"
due = ["succeeded"]
requires = ["counter_currency"]
lines = [
  { side = "debit", account = "2001.{customer}", amount = "amount", part = "principal" },
  { side = "credit", account = "{position}", rest = true, part = "principal" },
]
"#;

const COUNTER_LEG: &str = r#"
  { side = "debit", account = "{position}", amount = "counter_amount", part = "principal", currency = "counter" },
  { side = "credit", account = "2001.{customer}", amount = "counter_amount", part = "principal", currency = "counter" },
"#;

fn both_legs() -> String {
    let first = "{ side = \"credit\", account = \"{position}\", rest = true, part = \"principal\" },\n";
    let own = first.replace("rest = true", "amount = \"amount\"");
    RULES.replace(first, &format!("{own}{COUNTER_LEG}"))
}

fn chart() -> Vec<Subject> {
    let mut chart = CHART.clone();
    chart.push(Subject {
        code: "1999".to_owned(),
        name: "货币兑换".to_owned(),
        name_en: None,
        class: Class::Asset,
        normal_side: Side::Debit,
        customer_visible: false,
        opens_leaves: false,
        floor_minor: None,
        suspense: false,
        role: Some(AccountRole::Position),
        gl_code: String::new(),
    });
    chart
}

fn parse(text: &str) -> Result<RuleSet, Vec<AuthoredError>> {
    parse_in(text, &Currencies::new(Currency::CNY, &[]))
}

fn parse_in(text: &str, currencies: &Currencies) -> Result<RuleSet, Vec<AuthoredError>> {
    let kinds = "id = \"fx\"\n[[kind]]\ncode = \"exchange\"\nname = \"兑换\"\nname_en = \"exchange\"\nmoney = \"within\"\n\
         event = [{ name = \"captured\" }]\n";
    let kinds = Kinds::parse("kinds.toml", kinds, None).unwrap();
    let chart = chart();
    let scope = RuleScope { chart: &chart, channels: &CHANNELS, kinds: &kinds, currencies };
    RuleSet::parse("fx.toml", text, scope)
}

/// 100.00 CNY for `counter`.
fn exchange(counter: Option<Money>) -> Facts<'static> {
    let kind: TradeKind = "exchange".parse().unwrap();
    Facts { counter_amount: counter, ..facts(kind, Channel::BANK, "100.00", "0") }
}

fn booked(set: &RuleSet, facts: &Facts<'_>) -> Result<Vec<String>, Code> {
    let expected = set.expected(facts, Event::CAPTURED).map_err(|rejection| rejection.code)?;
    let lines = expected.map(|expected| expected.lines).unwrap_or_default();
    let text = lines
        .iter()
        .map(|line| format!("{} {} {}", line.line.side, line.line.account, line.line.amount_minor));
    Ok(text.collect())
}

#[test]
fn each_leg_is_in_its_currency_and_the_position_has_a_leaf_for_each() {
    let set = parse(&both_legs()).unwrap();
    let usd: Currency = "USD".parse().unwrap();
    let lines = booked(&set, &exchange(Some(Money::new(1_408, usd)))).unwrap();
    let expected =
        ["debit 2001.A 10000", "credit 1999 10000", "debit 1999.USD 1408", "credit 2001.A.USD 1408"];
    assert_eq!(lines, expected);
    let yen: Currency = "JPY".parse().unwrap();
    let lines = booked(&set, &exchange(Some(Money::new(1_600, yen)))).unwrap();
    assert_eq!(lines[2], "debit 1999.JPY 1600", "a currency without decimals is whole");
    let explained = set.explain(&exchange(Some(Money::new(1_408, usd))), Event::CAPTURED);
    assert_eq!(explained.lines[3].currency, usd);
    assert!(explained.values.iter().any(|value| value.name == "counter_amount" && value.value == "14.08"));
}

#[test]
fn a_trade_without_a_counter_amount_is_not_booked_as_an_exchange() {
    let set = parse(&both_legs()).unwrap();
    assert_eq!(booked(&set, &exchange(None)), Ok(Vec::new()));
    let without = parse(&both_legs().replace("requires = [\"counter_currency\"]\n", "")).unwrap();
    assert_eq!(booked(&without, &exchange(None)), Err(Code::RuleFailed));
}

#[test]
fn the_check_of_a_rule_finds_a_leg_that_does_not_balance_in_its_currency() {
    let key = |text: &str| parse(text).unwrap_err()[0].key.clone();
    // The sum of both currencies is zero, that of each is not.
    let mixed = both_legs().replace(
        "account = \"{position}\", amount = \"counter_amount\"",
        "account = \"{position}\", amount = \"amount\"",
    );
    assert_eq!(key(&mixed), "rulefile.unbalanced");
    assert_eq!(
        key(&both_legs().replacen("currency = \"counter\"", "currency = \"USD\"", 1)),
        "rulefile.bad_word"
    );
    assert!(parse(RULES).is_ok());
}

/// A charge in both legs of the exchange, rounded as `own` and `other` say.
fn charged(own: &str, other: &str) -> String {
    let leg = |decimals: &str, amount: &str, currency: &str| {
        let charge = format!("round({amount} * 0.01, {decimals})");
        ["debit", "credit"]
            .map(|side| {
                let account = if side == "debit" { "2001.{customer}" } else { "6001" };
                format!(
                    "  {{ side = \"{side}\", account = \"{account}\", amount = \"{charge}\", part = \"fee\"{currency} }},\n"
                )
            })
            .concat()
    };
    let legs = [leg(own, "amount", ""), leg(other, "counter_amount", ", currency = \"counter\"")].concat();
    both_legs().replace("\n]", &format!("{legs}]"))
}

#[test]
fn a_rule_must_be_whole_in_every_currency_of_the_ledger() {
    let [yen, dollar, dinar] = ["JPY", "USD", "KWD"].map(|code| code.parse::<Currency>().unwrap());
    let refused = |text: &str, kept: &[Currency]| {
        let mistakes = parse_in(text, &Currencies::new(Currency::CNY, kept)).err().unwrap_or_default();
        let told = mistakes.iter().map(|one| (one.key.clone(), format!("{:?}", one.args)));
        told.collect::<Vec<_>>()
    };
    let two = charged("2", "2");
    assert_eq!(refused(&two, &[dollar, dinar]), [], "two decimals are whole fils too");
    let not_whole = refused(&two, &[dollar, yen]);
    assert_eq!(not_whole.len(), 1, "{not_whole:?}");
    assert_eq!(not_whole[0].0, "rulefile.amount_not_rounded");
    assert!(not_whole[0].1.contains("JPY"), "{not_whole:?}");
    assert_eq!(refused(&charged("decimals", "counter_decimals"), &[dollar, yen, dinar]), []);
    let crossed = refused(&charged("decimals", "decimals"), &[yen]);
    assert!(crossed[0].1.contains("JPY") && crossed[0].1.contains("counter_amount"), "{crossed:?}");
    // Only the currencies that the rule's conditions allow.
    let only = |text: String| {
        let when = "when = { currency = [\"CNY\", \"USD\"], counter_currency = [\"CNY\", \"USD\"] }";
        text.replace("requires = [\"counter_currency\"]", when)
    };
    assert_eq!(refused(&only(two), &[dollar, yen]), []);
}

#[test]
fn lines_that_balance_in_one_currency_alone_are_refused_with_the_other() {
    let yen: Currency = "JPY".parse().unwrap();
    // Half a yuan more on both sides; whole yen are rounded up on one and down on the other.
    let text = both_legs()
        .replacen("amount = \"amount\"", "amount = \"round(amount + 0.50, decimals)\"", 1)
        .replacen("amount = \"amount\"", "amount = \"round_down(amount + 0.50, decimals)\"", 1);
    assert!(parse(&text).is_ok());
    let mistakes = parse_in(&text, &Currencies::new(Currency::CNY, &[yen])).unwrap_err();
    assert_eq!(mistakes[0].key, "rulefile.unbalanced");
    assert!(format!("{:?}", mistakes[0].args).contains("JPY"), "{mistakes:?}");
}

#[test]
fn a_set_may_use_the_name_of_the_decimals_for_a_value_of_its_own() {
    let own = "[factor]\ndecimals = \"amount - amount + 1\"\n[[rule]]";
    let text = charged("decimals", "2").replacen("[[rule]]", own, 1);
    let set = parse(&text).unwrap();
    let usd: Currency = "USD".parse().unwrap();
    let odd = Facts { amount_minor: 12_345, ..exchange(Some(Money::new(1_408, usd))) };
    let lines = booked(&set, &odd).unwrap();
    assert!(lines.contains(&"credit 6001 120".to_owned()), "{lines:?}");
}
