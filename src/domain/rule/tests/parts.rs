//! Fees of trades that are given back in parts: what was taken and what is given back add up to nothing.

use super::*;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::undoing::{Family, Relative};

const MARKETPLACE: &str = include_str!("../../../../assets/templates/eu-marketplace/rules.toml");
const PSP: &str = include_str!("../../../../assets/templates/jp-psp/rules.toml");

/// A template's files, and kind and channel of a payment in it.
struct Template {
    rules: &'static str,
    chart: &'static str,
    channels: &'static str,
    kinds: &'static str,
    payment: (&'static str, &'static str),
    currency: &'static str,
}

const TEMPLATES: [Template; 3] = [
    Template {
        rules: DEFAULT,
        chart: include_str!("../../../../assets/templates/cn-wallet/chart.toml"),
        channels: include_str!("../../../../assets/templates/cn-wallet/channels.toml"),
        kinds: include_str!("../../../../assets/templates/cn-wallet/kinds.toml"),
        payment: ("pay", "UNIONPAY"),
        currency: "CNY",
    },
    Template {
        rules: MARKETPLACE,
        chart: include_str!("../../../../assets/templates/eu-marketplace/chart.toml"),
        channels: include_str!("../../../../assets/templates/eu-marketplace/channels.toml"),
        kinds: include_str!("../../../../assets/templates/eu-marketplace/kinds.toml"),
        payment: ("sale", "STRIPE"),
        currency: "EUR",
    },
    Template {
        rules: PSP,
        chart: include_str!("../../../../assets/templates/jp-psp/chart.toml"),
        channels: include_str!("../../../../assets/templates/jp-psp/channels.toml"),
        kinds: include_str!("../../../../assets/templates/jp-psp/kinds.toml"),
        payment: ("payment", "CARD"),
        currency: "JPY",
    },
];

/// A rule set with the kinds that it was made for.
struct Books {
    set: RuleSet,
    kinds: Kinds,
    payment: TradeKind,
    channel: Channel,
    currency: Currency,
}

static BOOKS: LazyLock<Vec<Books>> = LazyLock::new(|| {
    let books = |template: &Template| {
        let chart = Chart::parse("chart.toml", template.chart).unwrap().subjects;
        let channels = Channels::parse("channels.toml", template.channels, None).unwrap();
        let kinds = Kinds::parse("kinds.toml", template.kinds, None).unwrap();
        let currency = template.currency.parse().unwrap();
        let currencies = Currencies::new(currency, &[]);
        let scope = RuleScope { chart: &chart, channels: &channels, kinds: &kinds, currencies: &currencies };
        let set = RuleSet::parse("rules.toml", template.rules, scope).unwrap();
        Books {
            payment: TradeKind::of_text(template.payment.0).unwrap(),
            channel: Channel::of_text(template.payment.1).unwrap(),
            set,
            kinds,
            currency,
        }
    };
    TEMPLATES.iter().map(books).collect()
});

fn relative(id: i64, kind: TradeKind, books: &Books, amount_minor: i64) -> Relative {
    Relative {
        id,
        trade_no: format!("T{id}").parse::<TradeNo>().unwrap(),
        kind,
        counters: None,
        channel: books.channel,
        channel_ref: format!("R{id}").parse::<ChannelRef>().unwrap(),
        original_ref: (id > 0).then(|| "R0".parse().unwrap()),
        amount_minor,
        merchant_discount_minor: 0,
        fee_minor: 0,
        currency: books.currency,
        customer: None,
        merchant: Some("M".to_owned()),
        status: TradeStatus::Succeeded,
        business_date: date(2018, 9, 12),
    }
}

/// Sums of all lines of the payment and of the trades that undo it, by account; accounts at zero are left out.
fn sums(books: &Books, trades: Vec<Relative>) -> HashMap<String, i64> {
    let family = Family::new(trades);
    let mut sums = HashMap::new();
    for one in family.trades() {
        let mut facts = facts(one.counters.unwrap_or(one.kind), one.channel, "0", "0");
        (facts.amount_minor, facts.currency, facts.turned) =
            (one.amount_minor, one.currency, one.counters.is_some());
        facts.merchant_discount_minor = one.merchant_discount_minor;
        (facts.fee_minor, facts.merchant) = (one.fee_minor, one.merchant.clone().map(Cow::Owned));
        facts.business_date = one.business_date;
        facts.undoing = family.undoing(&books.kinds, one.id).map(Box::new);
        assert_eq!(facts.contradiction(), None);
        let expected = books.set.expected(&facts, Event::CAPTURED).unwrap().unwrap();
        for line in expected.lines {
            *sums.entry(line.line.account.to_string()).or_insert(0) += line.line.debit_positive();
        }
    }
    sums.retain(|_, minor| *minor != 0);
    sums
}

/// Cuts an amount at the places given, in parts above zero.
fn parts(amount: i64, cuts: &[i64]) -> Vec<i64> {
    let mut places: Vec<i64> = cuts.iter().map(|cut| cut % amount).filter(|place| *place > 0).collect();
    places.push(amount);
    places.sort_unstable();
    places.dedup();
    let starts = std::iter::once(0).chain(places.iter().copied());
    starts.zip(&places).map(|(from, until)| until - from).collect()
}

proptest! {
    #[test]
    fn a_payment_given_back_whole_in_parts_leaves_nothing(
        amount in prop_oneof![1_i64..200, 1_i64..2_000_000],
        cuts in proptest::collection::vec(1_i64..2_000_000, 0..40),
        days in proptest::collection::vec(0_i64..900, 40),
        discount in prop_oneof![Just(0_i64), 0_i64..=100],
    ) {
        for books in BOOKS.iter() {
            // A discount of some percent, which the parts give back with the amount.
            let merchant_discount_minor = amount * discount / 100;
            let payment = Relative { merchant_discount_minor, ..relative(0, books.payment, books, amount) };
            let mut trades = vec![payment];
            for (id, part) in (1..).zip(parts(amount, &cuts)) {
                let counter = relative(id, TradeKind::COUNTER, books, part);
                // Rates change in between; the payment's own count.
                let day = jiff::Span::new().days(days[usize::try_from(id).unwrap() % 40]);
                let business_date = date(2018, 9, 12).checked_add(day).unwrap();
                let counter = Relative { counters: Some(books.payment), business_date, ..counter };
                let left = Family::new(trades.clone()).left_of(&books.kinds, 0).unwrap();
                let merchant_discount_minor = left.discount_in(part);
                prop_assert!((0..=part).contains(&merchant_discount_minor));
                trades.push(Relative { merchant_discount_minor, ..counter });
            }
            let given: i64 = trades.iter().skip(1).map(|one| one.merchant_discount_minor).sum();
            prop_assert_eq!(given, merchant_discount_minor, "the parts give back the discount, no more and no less");
            let left = sums(books, trades);
            prop_assert!(left.is_empty(), "{} {left:?}", books.set.id());
        }
    }
}
