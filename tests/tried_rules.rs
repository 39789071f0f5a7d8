//! Rules tried on random trades: the difference that a trial shows is the difference between two ledgers that
//! were posted by the one set and by the other.

use crate::support::{Shop, TRADES};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, DEFAULT_POLICY};
use storno::desk::ledger::OpenLedger;
use storno::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use storno::domain::account::Side;
use storno::domain::finding::Cause;
use storno::domain::money::Currency;
use storno::domain::rejection::Code;
use storno::files::import::open;
use storno::i18n::Lang;
use storno::protocol::context::Context;
use storno::protocol::findings::SummariseFindings;
use storno::protocol::intake::Incoming;
use storno::protocol::posting::{ClearTrades, PostTrades};
use storno::protocol::refusal::Refusal;
use storno::protocol::service::ask_for;
use storno::protocol::try_rules::{TriedFile, TriedRules, TryRules};
use storno::protocol::watch::{Progress, Unwatched, Watch};
use storno::store::settings::Settings;

/// A rule set: the default one, or one that differs from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    Default,
    DoubleFee,
    DoubleFeeFrom13,
    NoTopups,
    TopupFeeElsewhere,
}

impl Variant {
    fn text(self) -> String {
        let rules = DEFAULT_RULES.1;
        let rate = "valid_from = \"2018-01-01\"\nvalue = \"0.0100\"";
        let text = match self {
            Self::Default => return rules.to_owned(),
            Self::DoubleFee => rules.replacen(rate, &rate.replace("0.0100", "0.0200"), 1),
            Self::DoubleFeeFrom13 => {
                let until = rate.replace("\nvalue", "\nvalid_to = \"2018-09-12\"\nvalue");
                let from = rate.replace("2018-01-01", "2018-09-13").replace("0.0100", "0.0200");
                let row = "[[coefficient.merchant_fee_rate]]\nchannel = \"WECHAT\"";
                rules.replacen(rate, &format!("{until}\n\n{row}\n{from}"), 1)
            }
            Self::NoTopups => rules.replacen("due = [\"succeeded\"]", "due = [\"failed\"]", 1),
            Self::TopupFeeElsewhere => rules.replacen("account = \"6401\"", "account = \"6711\"", 1),
        };
        assert_ne!(text, rules, "{self:?} changes nothing");
        text
    }
}

#[derive(Debug, Clone)]
struct Deal {
    cents: i64,
    is_topup: bool,
    is_wechat: bool,
    is_failed: bool,
    day: u8,
}

impl Deal {
    fn row(&self, number: usize) -> String {
        let channel = if self.is_wechat { "WECHAT" } else { "ALIPAY" };
        let (kind, merchant) = if self.is_topup { ("topup", "") } else { ("pay", "M1") };
        let status = if self.is_failed { "FAILED" } else { "SUCCESS" };
        format!(
            "T{number:05},{kind},agreement,{channel},R{number},,{}.{:02},CNY,0.05,C{},{merchant},2018-09-{} 10:00:00,{status},UNCLEARED\n",
            self.cents / 100,
            self.cents % 100,
            number % 3,
            self.day,
        )
    }
}

fn deals() -> impl Strategy<Value = Vec<Deal>> {
    let deal = (100..5_000_000_i64, any::<bool>(), any::<bool>(), 0..5_u8, 11..=13_u8);
    let deal = deal.prop_map(|(cents, is_topup, is_wechat, failed, day)| Deal {
        cents,
        is_topup,
        is_wechat,
        is_failed: failed == 0,
        day,
    });
    prop::collection::vec(deal, 1..9)
}

fn variant() -> impl Strategy<Value = Variant> {
    prop_oneof![
        Just(Variant::Default),
        Just(Variant::DoubleFee),
        Just(Variant::DoubleFeeFrom13),
        Just(Variant::NoTopups),
        Just(Variant::TopupFeeElsewhere),
    ]
}

/// A ledger of these trades, posted and cleared by a rule set.
struct Posted {
    desk: Desk,
    shop: Shop,
}

fn context() -> Context {
    let now = "2018-09-13T12:00:00+08:00".parse().unwrap();
    Context { operator: "op1".parse().unwrap(), now, lang: Lang::En }
}

impl Posted {
    fn by(rules: Variant, deals: &[Deal]) -> Self {
        let shop = Shop::bare();
        let settings = Settings {
            ledger_id: "tried".to_owned(),
            name: "day.db".to_owned(),
            role: storno::domain::role::LedgerRole::Test,
            currency: Currency::CNY,
            currencies: Vec::new(),
            zone: "Asia/Shanghai".to_owned(),
        };
        let text = rules.text();
        let new = NewLedger {
            settings,
            policy: DEFAULT_POLICY,
            chart: DEFAULT_CHART,
            channels: DEFAULT_CHANNELS,
            kinds: DEFAULT_KINDS,
            rules: ("rules.toml", &text),
            calendar: None,
            template: storno::store::settings::StoredTemplate::default(),
        };
        let context = context();
        let ledger = OpenLedger::create(Path::new(&shop.ledger()), &new, &context.operator, context.now);
        let mut desk = ledger.map(Desk::from).unwrap();
        let mut rows = TRADES.to_owned();
        for (number, deal) in deals.iter().enumerate() {
            write!(rows, "{}", deal.row(number)).unwrap();
        }
        let path = shop.file("trades.csv", rows);
        let mut source = open(Path::new(&path)).unwrap();
        let format = source.format().unwrap();
        let incoming = Incoming {
            source: &mut source,
            format,
            dry_run: false,
            bill: storno::protocol::bills::FileOptions::default(),
            case_no: None,
            refused_after: None,
        };
        desk.ledger_mut().import_quietly(&context, incoming).unwrap();
        let (post, clear) = (PostTrades { trades: Vec::new() }, ClearTrades { trades: Vec::new() });
        let posted = ask_for(&mut desk, &context, post, &mut Unwatched).unwrap();
        assert!(posted.refused.is_empty(), "{posted:?}");
        ask_for(&mut desk, &context, clear, &mut Unwatched).unwrap();
        Self { desk, shop }
    }

    fn attempt(
        &mut self,
        rules: Variant,
        limit: usize,
        watch: &mut dyn Watch,
    ) -> Result<TriedRules, Refusal> {
        let request = TryRules {
            rules: TriedFile { file: "tried.toml".to_owned(), text: rules.text() },
            chart: None,
            channels: None,
            kinds: None,
            from: None,
            to: None,
            limit,
        };
        ask_for(&mut self.desk, &context(), request, watch).map(|tried| *tried)
    }

    fn try_rules(&mut self, rules: Variant, limit: usize) -> TriedRules {
        self.attempt(rules, limit, &mut Unwatched).unwrap()
    }

    /// Balances of accounts, debit-positive, without those that are zero.
    fn balances(&self) -> BTreeMap<String, i64> {
        let sql = self.shop.sql();
        let mut rows = sql
            .prepare("SELECT account, sum(CASE side WHEN 'debit' THEN amount_minor ELSE -amount_minor END) FROM v_entry GROUP BY 1")
            .unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).filter(|(_, sum)| *sum != 0).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn trying_the_rules_in_force_changes_nothing(rules in variant(), deals in deals()) {
        let mut posted = Posted::by(rules, &deals);
        let found = ask_for(&mut posted.desk, &context(), SummariseFindings {}, &mut Unwatched).unwrap();
        // The ledger has no statement of the channel.
        let mut of_trades = found.causes.iter().filter(|cause| cause.cause != Cause::StatementMissing);
        prop_assert!(of_trades.all(|cause| cause.count == 0), "{:?}", found);
        let tried = posted.try_rules(rules, 100);
        prop_assert_eq!(usize::try_from(tried.trades).unwrap(), deals.len());
        prop_assert!(tried.accounts.is_empty() && tried.lines.is_empty(), "{:?}", tried);
        let counts = tried.counts;
        prop_assert_eq!(counts.changed + counts.added + counts.dropped + counts.refused, 0);
    }

    #[test]
    fn a_trial_shows_the_difference_between_two_ledgers(
        (old, new) in (variant(), variant()),
        deals in deals(),
    ) {
        let mut posted = Posted::by(old, &deals);
        let tried = posted.try_rules(new, 1000);
        let (before, after) = (posted.balances(), Posted::by(new, &deals).balances());
        let mut expected: BTreeMap<String, i64> = BTreeMap::new();
        for (account, sum) in &after {
            *expected.entry(account.clone()).or_default() += sum;
        }
        for (account, sum) in &before {
            *expected.entry(account.clone()).or_default() -= sum;
        }
        expected.retain(|_, sum| *sum != 0);
        let on_debit = |side: Side, minor: i64| if side == Side::Debit { minor } else { -minor };
        let mut shown: BTreeMap<String, i64> = BTreeMap::new();
        for row in &tried.accounts {
            prop_assert_eq!(row.would_be_minor - row.booked_minor, row.difference_minor);
            let code = row.account.to_string();
            let booked = on_debit(row.normal_side, row.booked_minor);
            prop_assert_eq!(booked, before.get(&code).copied().unwrap_or(0), "{}", code);
            shown.insert(code, on_debit(row.normal_side, row.difference_minor));
        }
        shown.retain(|_, sum| *sum != 0);
        prop_assert_eq!(&shown, &expected);
        let mut lines: BTreeMap<String, i64> = BTreeMap::new();
        for line in &tried.lines {
            let difference = on_debit(line.side, line.would_be_minor - line.booked_minor);
            *lines.entry(line.account.to_string()).or_default() += difference;
        }
        lines.retain(|_, sum| *sum != 0);
        prop_assert_eq!(&lines, &expected, "the lines add up to the same");
    }
}

/// A caller that gives up at once.
struct Impatient;

impl Watch for Impatient {
    fn progress(&mut self, _: Progress) {}
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn the_first_lines_are_those_of_the_first_trades_whichever_thread_reads_them() {
    let deal = Deal { cents: 10_000, is_topup: false, is_wechat: true, is_failed: false, day: 13 };
    let mut posted = Posted::by(Variant::Default, &vec![deal; 2500]);
    let tried = posted.try_rules(Variant::DoubleFee, 1000);
    // Payment and clearing of each trade, each on two sides.
    assert_eq!((tried.counts.changed, tried.counts.unchanged), (5000, 0));
    assert_eq!((tried.lines.len(), tried.lines_left_out), (1000, 9000));
    let numbers: Vec<String> = tried.lines.iter().map(|line| line.trade_no.to_string()).collect();
    let expected: Vec<String> = (0..1000).map(|line| format!("T{:05}", line / 4)).collect();
    assert_eq!(numbers, expected);
    let refusal = posted.attempt(Variant::DoubleFee, 1, &mut Impatient).unwrap_err();
    assert!(matches!(refusal, Refusal::Rejected(rejection) if rejection.code == Code::Cancelled));
}
