//! A ledger of two currencies: every figure of a report is in one of them, what the entries add up to, and
//! the same as in a ledger without the other one's trades. An exchange moves both over a position account.

use crate::support::{Shop, TRADES};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, DEFAULT_POLICY};
use storno::desk::ledger::OpenLedger;
use storno::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use storno::domain::finding::Finding;
use storno::domain::money::Currency;
use storno::files::import::open;
use storno::i18n::Lang;
use storno::protocol::accounts::ListSubjects;
use storno::protocol::answer::Answer;
use storno::protocol::context::Context;
use storno::protocol::findings::{FindingFilter, ListFindings, SummariseFindings};
use storno::protocol::intake::Incoming;
use storno::protocol::page::Page;
use storno::protocol::posting::PostTrades;
use storno::protocol::reports::{
    ReportCustomerStatement, ReportTrialBalance, ReportTurnover, TrialBalance, TurnoverReport, TurnoverScope,
};
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::trades::ShowTrade;
use storno::protocol::watch::Unwatched;
use storno::store::settings::Settings;

const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,currency,memo\n";

/// A top-up, posted by the old system to the wrong customer or not at all.
#[derive(Debug, Clone)]
struct Deal {
    cents: i64,
    dollars: bool,
    wrong: bool,
}

impl Deal {
    const fn currency(&self) -> &'static str {
        if self.dollars { "USD" } else { "CNY" }
    }

    fn row(&self, n: usize) -> String {
        let (amount, currency) = (money(self.cents), self.currency());
        format!(
            "T{n},topup,agreement,WECHAT,R{n},,{amount},{currency},0.01,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n"
        )
    }

    fn voucher(&self, n: usize) -> String {
        let (amount, currency) = (money(self.cents), self.currency());
        let lines = [
            ("1101.WECHAT", "debit", amount.as_str()),
            ("2001.B", "credit", amount.as_str()),
            ("6401", "debit", "0.01"),
            ("1101.WECHAT", "credit", "0.01"),
        ];
        let line = |(at, (account, side, amount)): (usize, (&str, &str, &str))| {
            format!("J{n},{},T{n},captured,2018-09-12,{account},{side},{amount},{currency},old\n", at + 1)
        };
        lines.into_iter().enumerate().map(line).collect()
    }
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

struct Books {
    desk: Desk,
    shop: Shop,
}

impl Books {
    fn new(chart: &str, kinds: &str, rules: &str) -> Self {
        let shop = Shop::bare();
        let settings = Settings {
            ledger_id: "two".to_owned(),
            name: "two".to_owned(),
            role: storno::domain::role::LedgerRole::Test,
            currency: Currency::CNY,
            currencies: vec![Currency::CNY, "USD".parse().unwrap(), "JPY".parse().unwrap()],
            zone: "Asia/Shanghai".to_owned(),
        };
        let new = NewLedger {
            settings,
            policy: DEFAULT_POLICY,
            chart: (DEFAULT_CHART.0, chart),
            channels: DEFAULT_CHANNELS,
            kinds: (DEFAULT_KINDS.0, kinds),
            rules: (DEFAULT_RULES.0, rules),
            calendar: None,
            template: storno::store::settings::StoredTemplate::default(),
        };
        let now = context().now;
        let desk = OpenLedger::create(Path::new(&shop.ledger()), &new, &"op1".parse().unwrap(), now);
        Self { desk: desk.map(Desk::from).unwrap(), shop }
    }

    fn filled(deals: &[(usize, &Deal)]) -> Self {
        let mut books = Self::new(DEFAULT_CHART.1, DEFAULT_KINDS.1, DEFAULT_RULES.1);
        let rows: String = deals.iter().map(|(n, deal)| deal.row(*n)).collect();
        books.import("trades.csv", &format!("{TRADES}{rows}"));
        let wrong = deals.iter().filter(|(_, deal)| deal.wrong);
        let journal: String = wrong.map(|(n, deal)| deal.voucher(*n)).collect();
        if !journal.is_empty() {
            books.import("journal.csv", &format!("{JOURNAL}{journal}"));
        }
        books.ask(Request::Post(PostTrades { trades: Vec::new() }));
        books
    }

    fn ask(&mut self, request: Request) -> Answer {
        let told = format!("{request:?}");
        let answer = self.desk.ask(&context(), request, &mut Unwatched);
        answer.unwrap_or_else(|refusal| panic!("{told}: {}", refusal.message(Lang::En)))
    }

    fn import(&mut self, name: &str, text: &str) {
        let path = self.shop.file(name, text);
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
        let imported = self.desk.ledger_mut().import_quietly(&context(), incoming);
        imported.unwrap_or_else(|refusal| panic!("{}\n{text}", refusal.message(Lang::En)));
    }

    fn trial(&mut self) -> TrialBalance {
        let Answer::TrialBalance(report) =
            self.ask(Request::TrialBalance(ReportTrialBalance { as_of: None }))
        else {
            panic!()
        };
        *report
    }

    fn turnover(&mut self) -> TurnoverReport {
        let day = Some("2018-09-12".parse().unwrap());
        let request = ReportTurnover { of: TurnoverScope::Ledger, from: day, to: day };
        let Answer::Turnover(report) = self.ask(Request::Turnover(request)) else { panic!() };
        *report
    }

    fn findings(&mut self) -> Vec<Finding> {
        let all = ListFindings { filter: FindingFilter::default(), page: Page::first() };
        let Answer::Findings(found) = self.ask(Request::Findings(all)) else { panic!() };
        found.rows
    }

    /// Returns everything that reports say in one currency.
    fn figures(&mut self, currency: &str) -> Vec<String> {
        let (trial, turnover) = (self.trial(), self.turnover());
        let mut figures = Vec::new();
        let rows = trial.subjects.iter().chain(&trial.accounts).filter(|row| row.currency == currency);
        figures.extend(rows.map(|row| format!("{} {} {}", row.code, row.debit_minor, row.credit_minor)));
        let totals = trial.totals.iter().filter(|total| total.currency == currency);
        figures.extend(totals.map(|total| format!("{total:?}")));
        let rows = turnover.subjects.iter().chain(&turnover.accounts).filter(|row| row.currency == currency);
        figures.extend(rows.map(|row| format!("{row:?}")));
        let totals = turnover.totals.iter().filter(|total| total.currency == currency);
        figures.extend(totals.map(|total| format!("{total:?}")));
        let found = self.findings().into_iter().filter(|finding| finding.currency == currency);
        figures.extend(
            found.map(|finding| format!("{} {} {}", finding.finding, finding.amount_minor, finding.detail)),
        );
        for (cause, sums) in self.at_stake() {
            figures.extend(sums.get(currency).filter(|sum| **sum != 0).map(|sum| format!("{cause} {sum}")));
        }
        figures
    }

    /// Returns what is at stake by cause and currency.
    fn at_stake(&mut self) -> BTreeMap<String, BTreeMap<String, i64>> {
        let Answer::FindingSummary(summary) = self.ask(Request::FindingSummary(SummariseFindings {})) else {
            panic!()
        };
        let sums = summary.causes.into_iter().map(|count| {
            let mut sums: BTreeMap<String, i64> =
                count.totals.into_iter().map(|total| (total.currency, total.amount_minor)).collect();
            sums.entry("CNY".to_owned()).or_insert(count.amount_minor);
            (count.cause.to_string(), sums)
        });
        sums.collect()
    }

    /// Returns a sum over the entries of one currency.
    fn sum(&self, what: &str, currency: &str, more: &str) -> i64 {
        self.shop.number(&format!(
            "SELECT coalesce(sum({what}), 0) FROM v_entry WHERE currency = '{currency}' {more}"
        ))
    }
}

fn context() -> Context {
    let now = "2018-09-12T20:00:00+08:00".parse().unwrap();
    Context { operator: "op1".parse().unwrap(), now, lang: Lang::En }
}

fn deals() -> impl Strategy<Value = Vec<Deal>> {
    let deal = (2_i64..100_000, any::<bool>(), any::<bool>());
    prop::collection::vec(deal.prop_map(|(cents, dollars, wrong)| Deal { cents, dollars, wrong }), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_is_that_of_one_currency(deals in deals()) {
        let all: Vec<(usize, &Deal)> = deals.iter().enumerate().collect();
        let mut both = Books::filled(&all);
        let (trial, turnover) = (both.trial(), both.turnover());
        for currency in ["CNY", "USD"] {
            let of: Vec<_> = all.iter().copied().filter(|(_, deal)| deal.currency() == currency).collect();
            if of.is_empty() {
                continue;
            }
            let total = turnover.totals.iter().find(|total| total.currency == currency).unwrap();
            prop_assert_eq!(total.gross_debit_minor, both.sum("amount_minor", currency, "AND side = 'debit'"));
            prop_assert_eq!(total.gross_credit_minor, both.sum("amount_minor", currency, "AND side = 'credit'"));
            let total = trial.totals.iter().find(|total| total.currency == currency).unwrap();
            prop_assert_eq!(total.debit_minor, total.credit_minor);
            for row in trial.subjects.iter().filter(|row| row.currency == currency) {
                let of_subject = format!("AND (account = '{0}' OR account LIKE '{0}.%')", row.code);
                let net = "CASE side WHEN 'debit' THEN amount_minor ELSE -amount_minor END";
                prop_assert_eq!(row.debit_minor - row.credit_minor, both.sum(net, currency, &of_subject));
            }
            let wrong = of.iter().filter(|(_, deal)| deal.wrong).map(|(_, deal)| deal.cents).sum::<i64>();
            let at_stake: i64 = both.at_stake().values().filter_map(|sums| sums.get(currency)).sum();
            prop_assert_eq!(at_stake, wrong);
            let mut alone = Books::filled(&of);
            prop_assert_eq!(both.figures(currency), alone.figures(currency));
        }
        prop_assert!(trial.balanced);
    }
}

/// The tree of subjects and a customer's statement keep the currencies apart.
#[test]
fn subjects_and_statements_have_a_sum_for_each_currency() {
    let deals =
        [Deal { cents: 500, dollars: false, wrong: false }, Deal { cents: 700, dollars: true, wrong: false }];
    let mut books = Books::filled(&deals.iter().enumerate().collect::<Vec<_>>());
    let Answer::Subjects(subjects) = books.ask(Request::Subjects(ListSubjects {})) else { panic!() };
    let sums = |code: &str| {
        let row = subjects.iter().find(|row| row.code == code).unwrap();
        let totals = row.totals.iter().map(|total| (total.currency.clone(), total.amount_minor));
        (row.balance_minor, totals.collect::<Vec<_>>())
    };
    let each = vec![("CNY".to_owned(), 500), ("USD".to_owned(), 700)];
    assert_eq!(sums("2001"), (Some(500), each));
    assert_eq!(sums("6001"), (Some(0), Vec::new()));
    let request = ReportCustomerStatement {
        holder: "A".to_owned(),
        from: Some("2018-09-12".parse().unwrap()),
        to: Some("2018-09-12".parse().unwrap()),
    };
    let Answer::Statement(statement) = books.ask(Request::Statement(request)) else { panic!() };
    let held = statement.balances.iter().map(|held| (held.account.as_str(), held.closing_minor));
    assert_eq!(held.collect::<Vec<_>>(), [("2001.A", 500), ("2001.A.USD", 700)]);
}

const POSITION: &str = "\n[[subject]]\ncode = \"1999\"\nname = \"货币兑换\"\nname_en = \"Positions\"\nclass = \"asset\"\n\
    normal_side = \"debit\"\nrole = \"position\"\n";

const EXCHANGE_KIND: &str = "\n[[kind]]\ncode = \"exchange\"\nname = \"兑换\"\nname_en = \"exchange\"\nmoney = \"within\"\n\
    parties = [\"customer\"]\nevent = [{ name = \"captured\" }]\n";

const EXCHANGE_RULE: &str = r#"
[[rule]]
id = "exchange.captured"
kind = "exchange"
event = "captured"
due = ["succeeded"]
requires = ["counter_currency"]
lines = [
  { side = "debit", account = "2001.{customer}", amount = "amount", part = "principal" },
  { side = "credit", account = "{position}", amount = "amount", part = "principal" },
  { side = "debit", account = "{position}", amount = "counter_amount", part = "principal", currency = "counter" },
  { side = "credit", account = "2001.{customer}", amount = "counter_amount", part = "principal", currency = "counter" },
]
"#;

/// Set up from data alone: a customer changes yuan into dollars and yen.
#[test]
fn an_exchange_moves_two_currencies_over_a_position_account() {
    let (chart, kinds) =
        (format!("{}{POSITION}", DEFAULT_CHART.1), format!("{}{EXCHANGE_KIND}", DEFAULT_KINDS.1));
    let mut books = Books::new(&chart, &kinds, &format!("{}{EXCHANGE_RULE}", DEFAULT_RULES.1));
    books.import(
        "topup.csv",
        &format!(
            "{TRADES}T1,topup,agreement,WECHAT,R1,,1000.00,CNY,0,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n"
        ),
    );
    let head = TRADES.trim_end();
    let row = |number: &str, amount: &str, counter: &str| {
        format!(
            "{number},exchange,,BANK,R{number},,{amount},CNY,0,A,,2018-09-12 11:00:00,SUCCESS,UNCLEARED,{counter}\n"
        )
    };
    let rows = [row("X1", "704.00", "100.00,USD"), row("X2", "62.50", "1000,JPY")].concat();
    books.import("exchange.csv", &format!("{head},counter_amount,counter_currency\n{rows}"));
    books.ask(Request::Post(PostTrades { trades: Vec::new() }));
    for (account, minor) in [
        ("2001.A", 23_350),
        ("2001.A.USD", 10_000),
        ("2001.A.JPY", 1_000),
        ("1999", -76_650),
        ("1999.USD", 10_000),
        ("1999.JPY", 1_000),
    ] {
        assert_eq!(books.shop.balance(account), minor, "{account}");
    }
    let trial = books.trial();
    assert!(trial.balanced && trial.totals.len() == 3, "{:?}", trial.totals);
    assert!(books.findings().is_empty());
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sql/verify.py");
    let verified = Command::new("python3").arg("-B").arg(program).arg(books.shop.ledger()).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let Answer::Trade(shown) = books.ask(Request::Trade(ShowTrade { trade_no: "X2".parse().unwrap() }))
    else {
        panic!()
    };
    assert_eq!(shown.row.trade.rate().unwrap().to_string(), "16");
    let request = ReportCustomerStatement { holder: "A".to_owned(), from: None, to: None };
    let Answer::Statement(statement) = books.ask(Request::Statement(request)) else { panic!() };
    let legs = statement.trades.iter().filter(|trade| trade.trade_no.as_str() == "X2").map(|leg| {
        let other = leg.exchange.as_ref().unwrap();
        let own = (leg.amount_minor, leg.currency.as_str());
        (own, (other.amount_minor, other.currency.as_str()), other.rate.to_string())
    });
    let (yuan, yen) = ((6_250, "CNY"), (1_000, "JPY"));
    assert_eq!(legs.collect::<Vec<_>>(), [(yuan, yen, "16".to_owned()), (yen, yuan, "16".to_owned())]);
    assert!(statement.trades[0].exchange.is_none() && statement.trades.len() == 5);
    for (bad, key) in [("100.00,CNY", "same_currency"), ("0,USD", "zero_amount"), ("1.5,JPY", "too_precise")]
    {
        let path = books
            .shop
            .file("bad.csv", format!("{head},counter_amount,counter_currency\n{}", row("X9", "1.00", bad)));
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
        let refused = books.desk.ledger_mut().import_quietly(&context(), incoming).unwrap_err();
        assert!(format!("{refused:?}").contains(key), "{bad}: {refused:?}");
    }
}
