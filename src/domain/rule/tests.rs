//! The default rules row by row, rates and rests, and properties of the evaluation.

mod exchange;
mod mistakes;
mod parts;
mod single;

use super::*;
use crate::domain::account::Subject;
use crate::domain::amendment::AmendableFact;
use crate::domain::channel::Channels;
use crate::domain::chart::Chart;
use crate::domain::currencies::Currencies;
use crate::domain::event::Event;
use crate::domain::id::RuleName;
use crate::domain::kind::Kinds;
use crate::domain::money::{Currency, Money};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

const DEFAULT: &str = include_str!("../../../assets/templates/cn-wallet/rules.toml");

static CHART: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    Chart::parse("demo.toml", include_str!("../../../assets/templates/cn-wallet/chart.toml"))
        .unwrap()
        .subjects
});
static CHANNELS: LazyLock<Channels> = LazyLock::new(|| {
    Channels::parse("china.toml", include_str!("../../../assets/templates/cn-wallet/channels.toml"), None)
        .unwrap()
});
static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    Kinds::parse("default.toml", include_str!("../../../assets/templates/cn-wallet/kinds.toml"), None)
        .unwrap()
});
static SET: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::parse("default.toml", DEFAULT, scope(&CHART)).unwrap());

static YUAN: LazyLock<Currencies> = LazyLock::new(|| Currencies::new(Currency::CNY, &[]));

/// The shipped channels and kinds with a chart, in yuan.
fn scope(chart: &[Subject]) -> RuleScope<'_> {
    RuleScope { chart, channels: &CHANNELS, kinds: &KINDS, currencies: &YUAN }
}

fn facts(kind: TradeKind, channel: Channel, amount: &str, fee: &str) -> Facts<'static> {
    let minor = |text| Money::parse(text, Currency::CNY).unwrap().minor;
    Facts {
        trade_no: Cow::Borrowed("T1"),
        kind,
        turned: false,
        product: None,
        channel,
        channel_ref: Cow::Borrowed("R1"),
        original: None,
        amount_minor: minor(amount),
        fee_minor: minor(fee),
        merchant_discount_minor: 0,
        currency: Currency::CNY,
        counter_amount: None,
        customer: Some(Cow::Borrowed("A")),
        merchant: None,
        status: TradeStatus::Succeeded,
        business_date: date(2018, 9, 12),
        undoing: None,
    }
}

/// Lines as `Dr 1001 1.00`, in their order.
fn booked(facts: &Facts<'_>, event: Event) -> Result<String, Rejection> {
    let Some(expected) = SET.expected(facts, event)? else { return Ok("no rule".to_owned()) };
    let lines = expected.lines.iter().map(|l| {
        let side = if l.line.side.as_str() == "debit" { "Dr" } else { "Cr" };
        format!("{side} {} {}", l.line.account, Money::new(l.line.amount_minor, facts.currency))
    });
    Ok(lines.collect::<Vec<_>>().join(" / "))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_row_of_the_table_books_its_lines() {
    let table = [
        (
            TradeKind::TOPUP,
            Channel::WECHAT,
            "",
            "100.00",
            "0.60",
            Event::CAPTURED,
            "Dr 1101.WECHAT 100.00 / Cr 2001.A 100.00 / Dr 6401 0.60 / Cr 1101.WECHAT 0.60",
        ),
        (
            TradeKind::TOPUP,
            Channel::ALIPAY,
            "",
            "200.00",
            "0",
            Event::CAPTURED,
            "Dr 1102.ALIPAY 200.00 / Cr 2001.A 200.00",
        ),
        (TradeKind::TOPUP, Channel::BANK, "", "200.00", "0", Event::CAPTURED, "no rule"),
        (TradeKind::TOPUP, Channel::WECHAT, "", "100.00", "0.60", Event::CLEARED, "no rule"),
        (
            TradeKind::PAY,
            Channel::WECHAT,
            "M001",
            "250.00",
            "1.50",
            Event::CAPTURED,
            "Dr 1101.WECHAT 250.00 / Cr 2002.M001 250.00 / Dr 2002.M001 2.50 / Cr 6001 2.50 / Dr 6401 1.50 / Cr 1101.WECHAT 1.50",
        ),
        (
            TradeKind::PAY,
            Channel::UNIONPAY,
            "M001",
            "500.00",
            "1.00",
            Event::CAPTURED,
            "Dr 1103.UNIONPAY 500.00 / Cr 2002.M001 500.00 / Dr 2002.M001 1.00 / Cr 6001 1.00 / Dr 6401 1.00 / Cr 1103.UNIONPAY 1.00",
        ),
        (
            TradeKind::PAY,
            Channel::UNIONPAY,
            "M001",
            "123.45",
            "0.25",
            Event::CAPTURED,
            "Dr 1103.UNIONPAY 123.45 / Cr 2002.M001 123.45 / Dr 2002.M001 0.25 / Cr 6001 0.25 / Dr 6401 0.25 / Cr 1103.UNIONPAY 0.25",
        ),
        (
            TradeKind::PAY,
            Channel::ALIPAY,
            "M001",
            "0.50",
            "0",
            Event::CAPTURED,
            "Dr 1102.ALIPAY 0.50 / Cr 2002.M001 0.50 / Dr 2002.M001 0.01 / Cr 6001 0.01",
        ),
        (
            TradeKind::PAY,
            Channel::ALIPAY,
            "M001",
            "0.49",
            "0",
            Event::CAPTURED,
            "Dr 1102.ALIPAY 0.49 / Cr 2002.M001 0.49",
        ),
        (
            TradeKind::PAY,
            Channel::WECHAT,
            "M001",
            "250.00",
            "1.50",
            Event::CLEARED,
            "Dr 2002.M001 247.50 / Cr 2003.M001 247.50",
        ),
        (
            TradeKind::PAY,
            Channel::WECHAT,
            "M001",
            "250.00",
            "1.50",
            Event::SETTLED,
            "Dr 2003.M001 247.50 / Cr 1001 247.50",
        ),
        (
            TradeKind::REFUND,
            Channel::WECHAT,
            "M001",
            "50.00",
            "-0.30",
            Event::CAPTURED,
            "Dr 2002.M001 50.00 / Cr 1101.WECHAT 50.00 / Dr 1101.WECHAT 0.30 / Cr 6401 0.30",
        ),
        (
            TradeKind::REFUND,
            Channel::ALIPAY,
            "",
            "80.00",
            "-0.48",
            Event::CAPTURED,
            "Dr 2001.A 80.00 / Cr 1102.ALIPAY 80.00 / Dr 1102.ALIPAY 0.48 / Cr 6401 0.48",
        ),
        (
            TradeKind::REFUND,
            Channel::ALIPAY,
            "",
            "80.00",
            "0",
            Event::CAPTURED,
            "Dr 2001.A 80.00 / Cr 1102.ALIPAY 80.00",
        ),
        (
            TradeKind::REFUND,
            Channel::ALIPAY,
            "",
            "80.00",
            "0.10",
            Event::CAPTURED,
            "Dr 2001.A 80.00 / Cr 1102.ALIPAY 80.00 / Cr 1102.ALIPAY 0.10 / Dr 6401 0.10",
        ),
        (TradeKind::REFUND, Channel::ALIPAY, "", "80.00", "0", Event::REFUNDED, "no rule"),
        (
            TradeKind::PAYOUT,
            Channel::HVPS,
            "",
            "80000.00",
            "5.00",
            Event::CAPTURED,
            "Dr 2001.A 80005.00 / Cr 2101 80000.00 / Cr 6001 5.00",
        ),
        (
            TradeKind::PAYOUT,
            Channel::BEPS,
            "",
            "60000.00",
            "0",
            Event::CAPTURED,
            "Dr 2001.A 60000.00 / Cr 2101 60000.00",
        ),
        (
            TradeKind::PAYOUT,
            Channel::HVPS,
            "",
            "80000.00",
            "5.00",
            Event::SETTLED,
            "Dr 2101 80000.00 / Cr 1001 80000.00",
        ),
        (
            TradeKind::RETURN,
            Channel::HVPS,
            "",
            "100.00",
            "0",
            Event::CAPTURED,
            "Dr 1001 100.00 / Cr 2001.A 100.00",
        ),
        (
            TradeKind::CHARGEBACK,
            Channel::UNIONPAY,
            "M001",
            "100.00",
            "2.00",
            Event::CAPTURED,
            "Dr 2002.M001 100.00 / Cr 1103.UNIONPAY 100.00 / Dr 6401 2.00 / Cr 1103.UNIONPAY 2.00",
        ),
        (
            TradeKind::REPRESENTMENT,
            Channel::UNIONPAY,
            "M001",
            "100.00",
            "-2.00",
            Event::CAPTURED,
            "Dr 1103.UNIONPAY 100.00 / Cr 2002.M001 100.00 / Cr 6401 2.00 / Dr 1103.UNIONPAY 2.00",
        ),
        (
            TradeKind::SETTLEMENT,
            Channel::WECHAT,
            "",
            "1000.00",
            "6.00",
            Event::SETTLED,
            "Dr 1001 994.00 / Cr 1101.WECHAT 994.00",
        ),
        (
            TradeKind::SETTLEMENT,
            Channel::WECHAT,
            "",
            "994.00",
            "0",
            Event::SETTLED,
            "Dr 1001 994.00 / Cr 1101.WECHAT 994.00",
        ),
        (TradeKind::TRANSFER, Channel::BANK, "", "1.00", "0", Event::CAPTURED, "no rule"),
    ];
    for (kind, channel, merchant, amount, fee, event, expected) in table {
        let mut trade = facts(kind, channel, amount, fee);
        trade.merchant = if merchant.is_empty() { None } else { Some(Cow::Borrowed(merchant)) };
        assert_eq!(booked(&trade, event).as_deref(), Ok(expected), "{kind} {channel} {event}");
    }
}

#[test]
fn every_rule_is_due_as_the_table_says() {
    let say = |rule: &Rule| {
        let due: Vec<&str> = rule.due().iter().map(|s| s.as_str()).collect();
        let after = rule.after().map_or_else(String::new, |event| event.to_string());
        let window = if rule.within_window() { "window" } else { "" };
        format!("{} {} {after}{window}", rule.name(), due.join("+")).trim().to_owned()
    };
    let all: Vec<String> = SET.rules().iter().map(say).collect();
    assert_eq!(
        all,
        [
            "topup.captured@1 succeeded",
            "pay.captured@1 succeeded",
            "pay.cleared@1 succeeded captured",
            "pay.settled@1 succeeded cleared",
            "refund.merchant.captured@1 succeeded",
            "refund.customer.captured@1 succeeded",
            "payout.captured@1 processing+succeeded window",
            "payout.settled@1 succeeded",
            "return.captured@1 succeeded",
            "chargeback.captured@1 succeeded",
            "representment.captured@1 succeeded",
            "settlement.settled@1 succeeded",
        ]
    );
    for status in [TradeStatus::Failed, TradeStatus::Closed, TradeStatus::Unknown, TradeStatus::Created] {
        assert!(!SET.rules().iter().any(|rule| rule.is_due_status(status)), "{status}");
    }
}

#[test]
fn a_line_tells_the_part_of_the_trade_it_books() {
    use LinePart::{ChannelFee, Fee, Principal};
    let mut trade = facts(TradeKind::PAY, Channel::WECHAT, "250.00", "1.50");
    trade.merchant = Some(Cow::Borrowed("M001"));
    let expected = SET.expected(&trade, Event::CAPTURED).unwrap().unwrap();
    let parts: Vec<LinePart> = expected.lines.iter().map(|line| line.part).collect();
    assert_eq!(parts, [Principal, Principal, Fee, Fee, ChannelFee, ChannelFee]);
}

/// A small set, mistakes are made in it.
const SMALL: &str = r#"id = "small"
version = 1
valid_from = "2018-01-01"
[account.CH]
WECHAT = "1101.WECHAT"
ALIPAY = "1102.ALIPAY"
[[coefficient.rate]]
valid_from = "2018-01-01"
valid_to = "2018-12-31"
value = "0.01"
[[coefficient.rate]]
valid_from = "2019-01-01"
value = "0.02"
[factor]
cut = "round(amount * rate, 2)"
twice = "cut + cut"
[[rule]]
id = "pay"
kind = "pay"
event = "captured"
channel = ["WECHAT", "ALIPAY"]
due = ["succeeded"]
lines = [
  { side = "debit", account = "{CH}", amount = "amount", part = "principal" },
  { side = "credit", account = "6001", amount = "twice", part = "fee" },
  { side = "credit", account = "2002.{merchant}", rest = true, part = "principal", flip = true },
]
"#;

#[test]
fn the_last_line_takes_the_rest() {
    let set = RuleSet::parse("small.toml", SMALL, scope(&CHART)).unwrap();
    let mut trade = facts(TradeKind::PAY, Channel::WECHAT, "100.00", "0");
    trade.merchant = Some(Cow::Borrowed("M"));
    let amounts = |trade: &Facts<'_>| -> Vec<i64> {
        set.expected(trade, Event::CAPTURED)
            .unwrap()
            .unwrap()
            .lines
            .iter()
            .map(|l| l.line.amount_minor)
            .collect()
    };
    assert_eq!(amounts(&trade), [10_000, 200, 9_800]);
    trade.business_date = date(2019, 1, 1);
    assert_eq!(amounts(&trade), [10_000, 400, 9_600], "the rate of the trade's own day counts");
}

#[test]
fn the_most_specific_rate_counts() {
    let rows = "[[coefficient.rate]]\nmerchant = \"M\"\nvalid_from = \"2018-01-01\"\nvalue = \"0\"\n\
                [[coefficient.rate]]\nproduct = \"vip\"\nvalid_from = \"2018-01-01\"\nvalue = \"0.05\"\n\
                [[coefficient.rate]]\nchannel = \"ALIPAY\"\nvalid_from = \"2018-01-01\"\nvalue = \"0.03\"\n";
    let text = SMALL.replace("[factor]", &format!("{rows}[factor]"));
    let set = RuleSet::parse("small.toml", &text, scope(&CHART)).unwrap();
    let cut = |channel, merchant: &'static str, product: Option<&'static str>| {
        let mut trade = facts(TradeKind::PAY, channel, "100.00", "0");
        trade.merchant = Some(Cow::Borrowed(merchant));
        trade.product = product.map(Cow::Borrowed);
        let lines = set.expected(&trade, Event::CAPTURED).unwrap().unwrap().lines;
        10_000 - lines.last().unwrap().line.amount_minor
    };
    assert_eq!(cut(Channel::WECHAT, "N", None), 200);
    assert_eq!(cut(Channel::ALIPAY, "N", None), 600);
    assert_eq!(cut(Channel::ALIPAY, "N", Some("vip")), 1_000);
    assert_eq!(cut(Channel::ALIPAY, "M", Some("vip")), 0);
}

#[test]
fn the_book_answers_by_day_and_by_name() {
    let later = DEFAULT.replacen("version = 1", "version = 2", 1).replacen("2018-01-01", "2019-01-01", 1);
    let later = RuleSet::parse("later.toml", &later, scope(&CHART)).unwrap();
    let book = RuleBook::new(vec![later.clone(), SET.clone()]).unwrap();
    let version = |day: Date| book.in_force(day).map(RuleSet::version);
    assert_eq!(version(date(2017, 12, 31)), None);
    assert_eq!(version(date(2018, 12, 31)), Some(1));
    assert_eq!(version(date(2019, 1, 1)), Some(2));
    let name = "pay.captured@2".parse().unwrap();
    assert_eq!(book.rule(&name).map(|(set, rule)| (set.version(), rule.id())), Some((2, "pay.captured")));
    assert!(RuleBook::new(vec![later.clone(), later]).is_err());
}

#[test]
fn a_set_that_names_a_channels_account_does_not_take_it_from_the_file() {
    let parse = |text: &str| RuleSet::parse("set.toml", text, scope(&CHART)).unwrap();
    let unnamed =
        DEFAULT.replacen("version = 1", "version = 2", 1).replacen("WECHAT = \"1101.WECHAT\"\n", "", 1);
    let book = |sets: &[&RuleSet]| RuleBook::new(sets.iter().map(|set| (*set).clone()).collect()).unwrap();
    let (same_day, later) = (parse(&unnamed), parse(&unnamed.replacen("2018-01-01", "2019-01-01", 1)));
    assert_eq!(same_day.channel_account(Channel::WECHAT), Some("1101.WECHAT"), "the channel's own");
    let takes = |sets: &[&RuleSet]| {
        let book = book(sets);
        [Channel::WECHAT, Channel::ALIPAY].map(|channel| book.takes_account_of(channel))
    };
    assert_eq!(takes(&[&SET]), [false, false]);
    assert_eq!(takes(&[&SET, &later]), [true, false]);
    assert_eq!(takes(&[&SET, &same_day]), [true, false]);
    let again = parse(&DEFAULT.replacen("version = 1", "version = 3", 1));
    assert_eq!(takes(&[&SET, &same_day, &again]), [false, false], "a set in force on no day does not count");
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -1_000_000_i64..1_000_000, Just(0), Just(i64::MIN), Just(i64::MAX)]
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(at in 0_usize..8_000, length in 0_usize..40, put in "[a-z0-9{}()\\[\\]\"=,.+*/ -]{0,12}|.{0,3}") {
        let cut = |text: &str| -> String {
            let start = at % text.len();
            let kept = text.char_indices().filter(|(i, _)| *i >= start + length);
            text.chars().take(start).chain(put.chars()).chain(kept.map(|(_, c)| c)).collect()
        };
        let calendar = include_str!("../../../assets/templates/cn-wallet/calendar.toml");
        if let Err(errors) = RuleSet::parse("f", &cut(SMALL), scope(&CHART)) {
            prop_assert!(!errors.is_empty() && errors.iter().all(|e| e.line <= 60));
        }
        if let Err(errors) = crate::domain::calendar::Calendar::parse("f", &cut(calendar)) {
            prop_assert!(!errors.is_empty());
        }
    }

    #[test]
    fn lines_balance_or_the_trade_is_refused(
        amount_minor in amount(),
        fee_minor in amount(),
        kind in proptest::sample::select(TradeKind::NAMED),
        channel in proptest::sample::select(Channel::NAMED),
        event in proptest::sample::select(Event::NAMED),
        customer in proptest::option::of(".{1,200}"),
        merchant in proptest::option::of("[a-z]{1,8}"),
        turned in proptest::bool::ANY,
    ) {
        let mut trade = facts(kind, channel, "0", "0");
        trade.turned = turned;
        trade.amount_minor = amount_minor;
        trade.fee_minor = fee_minor;
        trade.customer = customer.map(Cow::Owned);
        trade.merchant = merchant.map(Cow::Owned);
        let told = SET.explain(&trade, event);
        match SET.expected(&trade, event) {
            Ok(Some(expected)) => {
                let sum: i64 = expected.lines.iter().map(|l| l.line.debit_positive()).sum();
                prop_assert_eq!(sum, 0);
                prop_assert!(expected.lines.iter().all(|l| l.line.amount_minor > 0));
                prop_assert_eq!(told.failure, None);
                prop_assert_eq!(told.lines.iter().filter(|l| !l.left_out).count(), expected.lines.len());
            }
            Ok(None) => prop_assert_eq!(told.rule, None),
            Err(refused) => {
                prop_assert_eq!(refused.code, Code::RuleFailed);
                prop_assert_eq!(told.failure, Some(refused));
            }
        }
    }
}
