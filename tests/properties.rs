//! Properties of corrections of random mistakes: every plan books what its preview showed, reverses to the
//! cent what it names, leaves other trades and their reconciliation alone, and leaves no finding.

use crate::support::{Shop, TRADES};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS};
use storno::desk::ledger::OpenLedger;
use storno::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use storno::domain::case::GuardName;
use storno::domain::finding::{Cause, Finding};
use storno::domain::money::Currency;
use storno::domain::voucher::{Mode, Voucher, VoucherKind};
use storno::files::import::open;
use storno::i18n::Lang;
use storno::protocol::accounts::ShowAccount;
use storno::protocol::answer::Answer;
use storno::protocol::balance_days::ReportBalanceDays;
use storno::protocol::cases::{ApproveCase, SubmitCase};
use storno::protocol::context::Context;
use storno::protocol::days::CloseDay;
use storno::protocol::findings::{FindingFilter, ListFindings};
use storno::protocol::intake::Incoming;
use storno::protocol::ledger::VerifyLedger;
use storno::protocol::opening::{OpenCase, Opening};
use storno::protocol::page::{Page, Slice, Start};
use storno::protocol::posting::PostTrades;
use storno::protocol::preview::{GuardState, PreviewCase};
use storno::protocol::receipt::CommitCase;
use storno::protocol::reports::{AsOf, ReportTrialBalance, ReportTurnover, TurnoverReport, TurnoverScope};
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::trades::{ListTrades, TradeFilter};
use storno::protocol::vouchers::ShowVoucher;
use storno::protocol::watch::Unwatched;
use storno::sample::{Planting, SamplePlan};
use storno::store::settings::Settings;

const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

/// What the old system did with a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Old {
    Right,
    Unposted,
    Twice,
    OtherCustomer,
    OtherAmount,
    OtherSide,
    OtherFee,
    PostedThoughFailed,
}

/// When the corrections are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    DayOpen,
    DayClosed,
    NextYear,
}

impl When {
    const fn mode(self) -> Mode {
        match self {
            Self::DayOpen => Mode::Wipe,
            Self::DayClosed => Mode::Red,
            Self::NextYear => Mode::Blue,
        }
    }

    const fn now(self) -> &'static str {
        match self {
            Self::DayOpen | Self::DayClosed => "2018-09-13T12:00:00+08:00",
            Self::NextYear => "2019-01-07T12:00:00+08:00",
        }
    }
}

#[derive(Debug, Clone)]
struct Deal {
    cents: i64,
    customer: usize,
    alipay: bool,
    old: Old,
}

fn deals() -> impl Strategy<Value = Vec<Deal>> {
    let old = prop_oneof![
        Just(Old::Right),
        Just(Old::Unposted),
        Just(Old::Twice),
        Just(Old::OtherCustomer),
        Just(Old::OtherAmount),
        Just(Old::OtherSide),
        Just(Old::OtherFee),
        Just(Old::PostedThoughFailed),
    ];
    let deal = (1..5_000_000_i64, 0..3_usize, any::<bool>(), old);
    let deal = deal.prop_map(|(cents, customer, alipay, old)| Deal { cents, customer, alipay, old });
    prop::collection::vec(deal, 1..7)
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

const CUSTOMERS: [&str; 3] = ["A", "B", "C"];

impl Deal {
    const fn fee(&self) -> i64 {
        1 + self.cents / 200
    }

    fn row(&self, number: &str) -> String {
        let (channel, customer) = (if self.alipay { "ALIPAY" } else { "WECHAT" }, CUSTOMERS[self.customer]);
        let status = if self.old == Old::PostedThoughFailed { "FAILED" } else { "SUCCESS" };
        let (amount, fee) = (money(self.cents), money(self.fee()));
        format!(
            "{number},topup,agreement,{channel},R{number},,{amount},CNY,{fee},{customer},,2018-09-12 10:00:00,{status},UNCLEARED\n"
        )
    }

    /// The old system's voucher, as lines of its journal.
    fn voucher(&self, voucher: &str, trade: &str) -> String {
        let channel = if self.alipay { "1102.ALIPAY" } else { "1101.WECHAT" };
        let customer = CUSTOMERS[(self.customer + usize::from(self.old == Old::OtherCustomer)) % 3];
        let amount = money(if self.old == Old::OtherAmount { self.cents * 10 + 7 } else { self.cents });
        let fee = money(self.fee() + i64::from(self.old == Old::OtherFee) * 3);
        let (debit, credit) =
            if self.old == Old::OtherSide { ("credit", "debit") } else { ("debit", "credit") };
        let lines = [
            (channel.to_owned(), debit, &amount),
            (format!("2001.{customer}"), credit, &amount),
            ("6401".to_owned(), "debit", &fee),
            (channel.to_owned(), "credit", &fee),
        ];
        let line = |(n, (account, side, amount)): (usize, &(String, &str, &String))| {
            format!("{voucher},{},{trade},captured,2018-09-12,{account},{side},{amount},old\n", n + 1)
        };
        lines.iter().enumerate().map(line).collect()
    }
}

/// A desk and the operator who asks it.
struct Books {
    desk: Desk,
    shop: Shop,
    now: &'static str,
}

impl Books {
    fn new() -> Self {
        Self::with_chart(DEFAULT_CHART.1)
    }

    fn with_chart(chart: &str) -> Self {
        let shop = Shop::bare();
        let settings = Settings {
            ledger_id: "properties".to_owned(),
            name: "day.db".to_owned(),
            role: storno::domain::role::LedgerRole::Test,
            currency: Currency::CNY,
            currencies: Vec::new(),
            zone: "Asia/Shanghai".to_owned(),
        };
        let new = NewLedger {
            settings,
            policy: storno::desk::in_force::DEFAULT_POLICY,
            chart: (DEFAULT_CHART.0, chart),
            channels: DEFAULT_CHANNELS,
            kinds: DEFAULT_KINDS,
            rules: DEFAULT_RULES,
            calendar: None,
            template: storno::store::settings::StoredTemplate::default(),
        };
        let now = When::DayOpen.now();
        let desk = OpenLedger::create(
            Path::new(&shop.ledger()),
            &new,
            &"op1".parse().unwrap(),
            now.parse().unwrap(),
        )
        .map(Desk::from)
        .unwrap();
        Self { desk, shop, now }
    }

    fn context(&self, operator: &str) -> Context {
        Context { operator: operator.parse().unwrap(), now: self.now.parse().unwrap(), lang: Lang::En }
    }

    fn ask(&mut self, request: Request) -> Answer {
        self.ask_as("op1", request)
    }

    fn ask_as(&mut self, operator: &str, request: Request) -> Answer {
        let context = self.context(operator);
        let told = format!("{request:?}");
        self.desk
            .ask(&context, request, &mut Unwatched)
            .unwrap_or_else(|refusal| panic!("{told}: {}", refusal.message(Lang::En)))
    }

    fn import(&mut self, name: &str, text: &str) {
        let path = self.shop.file(name, text);
        let mut source = open(Path::new(&path)).unwrap();
        let format = source.format().unwrap();
        let context = self.context("op1");
        let incoming = Incoming {
            source: &mut source,
            format,
            dry_run: false,
            bill: storno::protocol::bills::FileOptions::default(),
            case_no: None,
            refused_after: None,
        };
        self.desk
            .ledger_mut()
            .import_quietly(&context, incoming)
            .unwrap_or_else(|refusal| panic!("{}\n{text}", refusal.message(Lang::En)));
    }

    fn findings(&mut self) -> Vec<Finding> {
        let Answer::Findings(found) = self
            .ask(Request::Findings(ListFindings { filter: FindingFilter::default(), page: Page::first() }))
        else {
            panic!()
        };
        assert!(!found.more_after, "one page holds them all");
        // Beside those of trades only that the ledger has no statement of either channel.
        let (of_channels, found): (Vec<_>, Vec<_>) =
            found.rows.into_iter().partition(|finding| finding.cause == Cause::StatementMissing);
        assert!(of_channels.len() <= 2, "{of_channels:?}");
        found
    }

    fn voucher(&mut self, number: &str) -> Voucher {
        let Answer::Voucher(voucher) =
            self.ask(Request::Voucher(ShowVoucher { voucher_no: number.parse().unwrap() }))
        else {
            panic!()
        };
        *voucher
    }

    /// Trades as customers and channels see them: without their posting state.
    fn trades(&mut self) -> Vec<String> {
        let page = Page { start: Start::First, limit: Page::MAX };
        let Answer::Trades(rows) =
            self.ask(Request::Trades(ListTrades { filter: TradeFilter::default(), page }))
        else {
            panic!()
        };
        let seen = |row: &storno::protocol::trades::TradeRow| {
            format!("{:?} {:?} {:?}", row.trade, row.status_now, row.recon)
        };
        rows.rows.iter().map(seen).collect()
    }

    /// Balances (debits minus credits), in total and by account.
    fn whole(&mut self) {
        let off = "SELECT coalesce(sum(CASE side WHEN 'debit' THEN amount_minor ELSE -amount_minor END), 0) FROM v_entry";
        assert_eq!(self.shop.number(off), 0);
        let Answer::Verified(verified) =
            self.ask(Request::Verify(VerifyLedger { findings: true, ..VerifyLedger::default() }))
        else {
            panic!()
        };
        assert!(verified.ok, "{verified:?}");
    }

    /// Makes the ledger of the deals, ready to be corrected.
    fn filled(deals: &[Deal], when: When) -> Self {
        let mut books = Self::new();
        let funds = CUSTOMERS.iter().enumerate().flat_map(|(customer, _)| {
            [false, true].map(|alipay| Deal { cents: 100_000_000, customer, alipay, old: Old::Right })
        });
        let funds: String = funds.enumerate().map(|(n, deal)| deal.row(&format!("F{n}"))).collect();
        books.import("funds.csv", &format!("{TRADES}{funds}"));
        books.ask(Request::Post(PostTrades { trades: Vec::new() }));
        books.book(deals);
        books.live_until(when);
        books
    }

    /// Imports the deals as the old system booked them.
    fn book(&mut self, deals: &[Deal]) {
        let number = |n: usize| format!("T{n:03}");
        let rows: String = deals.iter().enumerate().map(|(n, deal)| deal.row(&number(n))).collect();
        self.import("trades.csv", &format!("{TRADES}{rows}"));
        let mut journal = String::new();
        for (n, deal) in deals.iter().enumerate() {
            let copies = match deal.old {
                Old::Unposted => 0,
                Old::Twice => 2,
                _ => 1,
            };
            journal.extend((0..copies).map(|copy| deal.voucher(&format!("J{n:03}-{copy}"), &number(n))));
        }
        if !journal.is_empty() {
            self.import("journal.csv", &format!("{JOURNAL}{journal}"));
        }
    }

    /// Closes the day unless it stays open, and moves on to the time of the corrections.
    fn live_until(&mut self, when: When) {
        if when != When::DayOpen {
            // A day closes only when nothing due is left unposted on it.
            self.ask(Request::Post(PostTrades { trades: Vec::new() }));
            self.ask(Request::DayClose(CloseDay { day: "2018-09-12".parse().unwrap() }));
            self.now = when.now();
        }
    }

    /// Lets each customer spend a part of the balance, in percent.
    fn spend(&mut self, percent: [i64; 3]) {
        let (mut rows, mut journal) = (String::new(), String::new());
        for (customer, percent) in CUSTOMERS.into_iter().zip(percent) {
            let account = format!("2001.{customer}");
            let balance = "SELECT coalesce(sum(balance_minor), 0) FROM v_account WHERE code = ";
            let spent = self.shop.number(&format!("{balance}'{account}'")) * percent / 100;
            if spent > 0 {
                let amount = money(spent);
                rows.push_str(&format!(
                    "S{customer},refund,,WECHAT,RS{customer},R0,{amount},CNY,0.00,{customer},,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n"
                ));
                for (line, account, side) in [(1, account.as_str(), "debit"), (2, "1101.WECHAT", "credit")] {
                    journal.push_str(&format!(
                        "JS{customer},{line},S{customer},captured,2018-09-12,{account},{side},{amount},old\n"
                    ));
                }
            }
        }
        if !rows.is_empty() {
            self.import("spent.csv", &format!("{TRADES}{rows}"));
            self.import("spent-journal.csv", &format!("{JOURNAL}{journal}"));
        }
    }

    /// Corrects every finding that has a plan; the others stay, with a reason. Returns how many were
    /// corrected.
    fn correct_or_explain_all(&mut self) -> usize {
        let is_there = |books: &mut Self, finding: &Finding| {
            books.findings().iter().any(|now| now.finding == finding.finding)
        };
        let mut count = 0;
        for finding in self.findings() {
            // One correction may have resolved several findings of its trade.
            if is_there(self, &finding) {
                let corrected = self.correct_or_explain(&finding);
                assert_ne!(corrected, is_there(self, &finding), "{finding:?}");
                count += usize::from(corrected);
            }
        }
        self.whole();
        count
    }

    /// Opens a case with the planned steps for a finding. Either everything up to the commit accepts them,
    /// or there is no case, and a reason.
    fn correct_or_explain(&mut self, finding: &Finding) -> bool {
        let opening = match &finding.trade_no {
            Some(trade_no) => Opening::planned(trade_no.clone(), Some(finding.finding.clone())),
            None => Opening { findings: vec![finding.finding.clone()], plan: true, ..Opening::default() },
        };
        let count = "SELECT count(*) FROM v_case";
        let cases = self.shop.number(count);
        let context = self.context("op1");
        let opened = self.desk.ask(&context, Request::CaseOpen(OpenCase { opening }), &mut Unwatched);
        let case = match opened {
            Ok(Answer::Case(case)) => case,
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => {
                let reasons = ["STORNO-ROLE-MISSING", "STORNO-ACCOUNT-NOT-ACTIVE", "STORNO-NOTHING"];
                assert!(reasons.contains(&refusal.code()), "{refusal:?}");
                for text in [refusal.message(Lang::En), refusal.hint(Lang::En), refusal.message(Lang::Zh)] {
                    assert!(text.len() > 10 && !text.contains("refusal."), "{text}");
                }
                assert_eq!(self.shop.number(count), cases, "nothing is staged");
                return false;
            }
        };
        let case_no = case.row.case_no.clone();
        let slice = Slice::ALL;
        let Answer::Preview(preview) =
            self.ask(Request::Preview(PreviewCase { case_no: case_no.clone(), slice }))
        else {
            panic!()
        };
        assert!(!preview.steps.is_empty());
        let failed = preview.guards.iter().filter(|guard| guard.state == GuardState::Fail);
        assert!(failed.map(|guard| guard.guard).all(|guard| guard == GuardName::Approval), "{preview:?}");
        self.ask(Request::CaseSubmit(SubmitCase { case_no: case_no.clone() }));
        self.ask_as("op2", Request::CaseApprove(ApproveCase { case_no: case_no.clone(), seen: None }));
        self.ask(Request::Commit(CommitCase { case_no, key: None }));
        true
    }

    /// Corrects one finding from plan to receipt.
    fn correct(&mut self, finding: &Finding, when: When) {
        let trade_no = finding.trade_no.clone().unwrap();
        let before = self.trades();
        let id = Some(finding.finding.clone());
        let open = Request::CaseOpen(OpenCase { opening: Opening::planned(trade_no, id) });
        let Answer::Case(case) = self.ask(open) else { panic!() };
        let case_no = case.row.case_no.clone();
        let Answer::Preview(preview) =
            self.ask(Request::Preview(PreviewCase { case_no: case_no.clone(), slice: Slice::ALL }))
        else {
            panic!()
        };
        assert!(!preview.customer_view_changed && !preview.reconciliation_changed, "{preview:?}");
        assert!(preview.holders.iter().all(|holder| holder.trades_before == holder.trades_after));
        self.ask(Request::CaseSubmit(SubmitCase { case_no: case_no.clone() }));
        self.ask_as("op2", Request::CaseApprove(ApproveCase { case_no: case_no.clone(), seen: None }));
        let Answer::Receipt(receipt) = self.ask(Request::Commit(CommitCase { case_no, key: None })) else {
            panic!()
        };
        assert!(!receipt.replayed && !receipt.vouchers.is_empty());

        let mut booked = Vec::new();
        for line in &receipt.vouchers {
            let voucher = self.voucher(line.voucher_no.as_str());
            if voucher.kind == VoucherKind::Reverse {
                assert_eq!(voucher.mode, when.mode());
                self.takes_back(&voucher);
            }
            booked.extend(voucher.entries.into_iter().map(|entry| (line.voucher_no.clone(), entry)));
        }
        let shown: Vec<_> =
            preview.entries.into_iter().map(|entry| (entry.voucher_no, entry.entry)).collect();
        assert_eq!(shown, booked, "the preview is what was booked");
        for balance in &preview.balances {
            assert_eq!(
                self.shop.balance(balance.account.as_str()),
                balance.after_minor,
                "{}",
                balance.account
            );
        }
        assert_eq!(self.trades(), before, "trades and their comparison stay");
    }

    fn takes_back(&mut self, reversal: &Voucher) {
        let original = self.voucher(reversal.reverses.as_ref().unwrap().as_str());
        let mut net: BTreeMap<String, i64> = BTreeMap::new();
        for entry in original.entries.iter().chain(&reversal.entries) {
            // In a later year profit and loss is corrected through the result of earlier years.
            let later = reversal.accounting_date.year() > original.accounting_date.year();
            let result = later && entry.account.as_str().starts_with('6');
            let account = if result { "result".to_owned() } else { entry.account.to_string() };
            *net.entry(account).or_default() += entry.side.debit_positive(entry.amount_minor);
        }
        assert!(net.len() > 1 && net.values().all(|net| *net == 0), "{net:?}");
        assert_eq!(original.reversed_by.as_ref(), Some(&reversal.voucher_no));
        assert_eq!(reversal.business_date, original.business_date);
    }
}

/// A line as the public views show it.
#[derive(Debug)]
struct Line {
    place: i64,
    account: String,
    debit: bool,
    cents: i64,
    accounted: String,
    valued: String,
    wiped: bool,
}

impl Line {
    fn moves(&self) -> i64 {
        if self.debit { self.cents } else { -self.cents }
    }
}

impl Books {
    fn lines(&self) -> Vec<Line> {
        let sql = self.shop.sql();
        let query = "SELECT v.seq, e.account, e.side = 'debit', e.amount_minor, v.accounting_date, v.value_date, \
                     v.mode = 'wipe' OR coalesce((SELECT r.mode = 'wipe' FROM v_voucher r WHERE r.voucher_no = v.reversed_by), 0) \
                     FROM v_entry e JOIN v_voucher v USING (voucher_no)";
        let mut statement = sql.prepare(query).unwrap();
        let lines = statement.query_map([], |row| {
            Ok(Line {
                place: row.get(0)?,
                account: row.get(1)?,
                debit: row.get(2)?,
                cents: row.get(3)?,
                accounted: row.get(4)?,
                valued: row.get(5)?,
                wiped: row.get(6)?,
            })
        });
        lines.unwrap().map(Result::unwrap).collect()
    }

    fn turnover(&mut self, of: TurnoverScope, from: &str, to: &str) -> TurnoverReport {
        let day = |text: &str| Some(text.parse().unwrap());
        let Answer::Turnover(report) =
            self.ask(Request::Turnover(ReportTurnover { of, from: day(from), to: day(to) }))
        else {
            panic!()
        };
        assert!(report.holds, "{report:?}");
        *report
    }

    /// Every report agrees with the sum of all lines: for each span of days, each day and each voucher, by
    /// account and in total.
    #[expect(clippy::too_many_lines, reason = "one comparison after the other, of every view")]
    fn views_agree(&mut self, days: &[&str]) {
        let lines = self.lines();
        let accounts: std::collections::BTreeSet<&str> =
            lines.iter().map(|line| line.account.as_str()).collect();
        for (n, from) in days.iter().enumerate() {
            for to in &days[n..] {
                let whole = self.turnover(TurnoverScope::Ledger, from, to);
                for total in &whole.totals {
                    assert_eq!(total.net_debit_minor, total.net_credit_minor);
                    assert_eq!(total.gross_debit_minor, total.gross_credit_minor);
                }
                for account in &accounts {
                    let own = || lines.iter().filter(|line| line.account == *account);
                    let within = |line: &&Line| (*from..=*to).contains(&line.accounted.as_str());
                    let sum = |debit: bool, wiped: bool| -> i64 {
                        let counted =
                            own().filter(within).filter(|l| l.debit == debit && (wiped || !l.wiped));
                        counted.map(|line| line.cents).sum()
                    };
                    let row = self
                        .turnover(TurnoverScope::Account(account.parse().unwrap()), from, to)
                        .accounts
                        .remove(0);
                    let sign = if row.normal_side == storno::domain::account::Side::Debit { 1 } else { -1 };
                    let until = |last: &dyn Fn(&Line) -> bool| -> i64 {
                        sign * own().filter(|line| last(line)).map(Line::moves).sum::<i64>()
                    };
                    assert_eq!(
                        [
                            row.net_debit_minor,
                            row.net_credit_minor,
                            row.gross_debit_minor,
                            row.gross_credit_minor
                        ],
                        [sum(true, false), sum(false, false), sum(true, true), sum(false, true)],
                        "{account} {from} {to}"
                    );
                    assert_eq!(row.opening_minor, until(&|line| line.accounted.as_str() < *from));
                    assert_eq!(row.closing_minor, until(&|line| line.accounted.as_str() <= *to));
                    match whole.accounts.iter().find(|listed| listed.code == *account) {
                        Some(listed) => assert_eq!(*listed, row),
                        None => assert_eq!(row.entries, 0),
                    }
                }
            }
        }
        let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
        let mut points: Vec<(AsOf, Box<dyn Fn(&Line) -> bool>)> = Vec::new();
        for text in days {
            let until = (*text).to_owned();
            points.push((AsOf::Day(day(text)), Box::new(move |line| line.accounted <= until)));
        }
        for place in 1..=self.shop.number("SELECT count(*) FROM v_voucher") {
            let number = self.shop.text(&format!("SELECT voucher_no FROM v_voucher WHERE seq = {place}"));
            points.push((AsOf::Voucher(number.parse().unwrap()), Box::new(move |line| line.place <= place)));
        }
        for (as_of, counts) in points {
            let Answer::TrialBalance(trial) =
                self.ask(Request::TrialBalance(ReportTrialBalance { as_of: Some(as_of.clone()) }))
            else {
                panic!()
            };
            assert!(trial.balanced, "{trial:?}");
            for account in &accounts {
                let stood: i64 =
                    lines.iter().filter(|l| l.account == *account && counts(l)).map(Line::moves).sum();
                let listed = trial.accounts.iter().find(|row| row.code == *account);
                assert_eq!(
                    listed.map_or(0, |row| row.debit_minor - row.credit_minor),
                    stood,
                    "{account} {as_of:?}"
                );
                let code = account.parse().unwrap();
                let Answer::Account(row) =
                    self.ask(Request::Account(ShowAccount { code, as_of: Some(as_of.clone()) }))
                else {
                    panic!()
                };
                assert_eq!(
                    row.balance_minor,
                    row.account.normal_side.debit_positive(stood),
                    "{account} {as_of:?}"
                );
                let counted = lines.iter().filter(|l| l.account == *account && counts(l)).count();
                assert_eq!(row.entries, i64::try_from(counted).unwrap());
            }
        }
        let (from, to) = (days[0], days[days.len() - 1]);
        for account in &accounts {
            let asked = Request::BalanceDays(ReportBalanceDays {
                account: account.parse().unwrap(),
                from: day(from),
                to: day(to),
            });
            let Answer::BalanceDays(answer) = self.ask(asked) else { panic!() };
            let plain: i64 = std::iter::successors(Some(day(from)), |day| day.tomorrow().ok())
                .take_while(|today| *today <= day(to))
                .map(|today| {
                    let stood =
                        lines.iter().filter(|l| l.account == *account && l.valued <= today.to_string());
                    stood.map(Line::moves).sum::<i64>()
                })
                .sum();
            assert_eq!(answer.balance_days_minor, answer.normal_side.debit_positive(plain), "{account}");
        }
    }
}

/// Corrects every finding and searches again.
fn all_is_put_right(deals: &[Deal], when: When) {
    let mut books = Books::filled(deals, when);
    let wrong = |deal: &&Deal| match deal.old {
        Old::Right => false,
        Old::Unposted => when == When::DayOpen,
        _ => true,
    };
    let found = books.findings();
    let named: std::collections::BTreeSet<_> =
        found.iter().filter_map(|finding| finding.trade_no.clone()).collect();
    assert_eq!(named.len(), deals.iter().filter(wrong).count(), "{found:#?}");
    for finding in found {
        // One correction may have resolved several findings of its trade.
        if books.findings().iter().any(|now| now.finding == finding.finding) {
            books.correct(&finding, when);
        }
    }
    assert_eq!(books.findings(), [], "nothing is left to find");
    books.whole();
    let late = &when.now()[..10];
    books.views_agree(&["2018-09-11", "2018-09-12", late]);
    assert_eq!(books.shop.number("SELECT max(live_vouchers) FROM v_event"), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_booked_wrongly_is_wiped_while_the_day_is_open(deals in deals()) {
        all_is_put_right(&deals, When::DayOpen);
    }

    #[test]
    fn whatever_was_booked_wrongly_is_taken_back_in_red_on_a_later_day(deals in deals()) {
        all_is_put_right(&deals, When::DayClosed);
    }

    #[test]
    fn whatever_was_booked_wrongly_is_taken_back_in_blue_in_the_next_year(deals in deals()) {
        all_is_put_right(&deals, When::NextYear);
    }
}

/// Returns the demo chart with these of the roles that corrections ask for: receivable, shortage, overage and
/// prior year.
fn chart_with(has: [bool; 4]) -> String {
    let roles = ["receivable", "shortage", "overage", "prior_year"];
    let lacking = roles.into_iter().zip(has).filter(|(_, has)| !has);
    lacking.fold(DEFAULT_CHART.1.to_owned(), |chart, (role, _)| {
        chart.replace(&format!("role = \"{role}\"\n"), "")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// On a chart without some of the roles, with accounts that are empty or frozen.
    #[test]
    fn what_is_planned_is_booked_or_there_is_no_plan_and_a_reason(
        deals in deals(),
        spent in prop::array::uniform3(0..=100_i64),
        frozen in prop::option::of(0..3_usize),
        has in prop::array::uniform4(any::<bool>()),
        when in prop_oneof![Just(When::DayOpen), Just(When::DayClosed), Just(When::NextYear)],
    ) {
        let mut books = Books::with_chart(&chart_with(has));
        books.book(&deals);
        books.spend(spent);
        books.live_until(when);
        if let Some(customer) = frozen {
            let account = format!("2001.{}", CUSTOMERS[customer]);
            books.shop.execute(&format!("UPDATE account SET status = 'frozen' WHERE code = '{account}'"));
        }
        books.correct_or_explain_all();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// As above, in a made-up ledger that has a mistake of every kind.
    #[test]
    fn mistakes_of_every_kind_are_booked_right_or_explained(
        seed in any::<u64>(),
        has in prop::array::uniform4(any::<bool>()),
    ) {
        let mut books = Books::with_chart(&chart_with(has));
        books.now = "2018-09-18T23:59:59+08:00";
        let (context, first) = (books.context("op1"), "2018-09-12".parse().unwrap());
        let plan = SamplePlan { planted: Planting::OneOfEach, ..SamplePlan::new(300, 30, seed, first, 7) };
        let made = books.desk.ledger_mut().generate(&context, &plan, &mut Unwatched, &mut |_| Ok(()));
        prop_assert!(made.unwrap().planted > 10);
        let corrected = books.correct_or_explain_all();
        prop_assert!(corrected > 5, "most of them need no role: {}", corrected);
    }
}

const DAYS: [&str; 5] = ["2018-09-08", "2018-09-09", "2018-09-10", "2018-09-11", "2018-09-12"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Several open days, filled in any order, with some closed in between.
    #[test]
    fn views_of_the_books_are_the_sums_of_their_lines(
        rounds in prop::collection::vec(prop::collection::vec((0..4_usize, 0..3_usize, 0..3_usize, 1..5_000_i64), 1..6), 1..4),
        closing in prop::collection::vec(0..3_usize, 4),
    ) {
        let mut books = Books::new();
        let (mut closed, mut number) = (0, 0);
        for (round, vouchers) in rounds.iter().enumerate() {
            let mut journal = JOURNAL.to_owned();
            for (day, debit, credit, cents) in vouchers {
                number += 1;
                let (day, amount) = (DAYS[1 + (*day).max(closed)], money(*cents));
                let (debit, credit) = (["1101.WECHAT", "2001.A", "6401"][*debit], ["2001.B", "2002.M", "6001"][*credit]);
                journal.push_str(&format!("J{number},1,,,{day},{debit},debit,{amount},x\nJ{number},2,,,{day},{credit},credit,{amount},x\n"));
            }
            books.import(&format!("{round}.csv"), &journal);
            // Close some of the open days, but not the last.
            let opened: Vec<String> = (1..4)
                .map(|n| DAYS[n].to_owned())
                .filter(|day| books.shop.number(&format!("SELECT count(*) FROM day WHERE day = '{day}' AND state = 'open'")) == 1)
                .collect();
            for day in opened.into_iter().take(closing[round]) {
                closed = closed.max(DAYS.iter().position(|known| *known == day).unwrap());
                books.ask(Request::DayClose(CloseDay { day: day.parse().unwrap() }));
            }
        }
        books.views_agree(&DAYS);
        books.whole();
    }
}

/// A ledger beside an older system, or one that is the books with an open case.
fn shop(books: bool) -> Shop {
    let shop = Shop::bare();
    if books {
        shop.done(&["init", &shop.home(), "--books"]);
        shop.done(&["case", "open", "--note", "journal"]);
    } else {
        shop.done(&["init", &shop.home()]);
    }
    shop
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// A case books a journal as the file has it: the same entries and balances as beside an older system, where nobody
    /// approves it.
    #[test]
    fn a_case_books_a_journal_as_the_file_has_it(
        vouchers in prop::collection::vec((0..4_usize, 1..4_usize, -5_000..5_000_i64, 0..5_usize), 1..20),
    ) {
        const ACCOUNTS: [&str; 4] = ["6711", "6001", "6401", "6901"];
        let mut journal = JOURNAL.to_owned();
        for (n, (debit, apart, cents, day)) in vouchers.iter().enumerate() {
            // A negative amount is a red entry.
            let cents = if *cents == 0 { 1 } else { *cents };
            let (debit, credit) = (ACCOUNTS[*debit], ACCOUNTS[(debit + apart) % 4]);
            let sign = if cents < 0 { "-" } else { "" };
            let (day, amount) = (DAYS[*day], money(cents.abs()));
            journal.push_str(&format!("J{n},1,,,{day},{debit},debit,{sign}{amount},x\nJ{n},2,,,{day},{credit},credit,{sign}{amount},x\n"));
        }
        let (beside, books) = (shop(false), shop(true));
        beside.done(&["import", "journal", &beside.file("j.csv", &journal)]);
        books.done(&["import", "journal", &books.file("j.csv", &journal), "--case", "C0001"]);
        let preview = books.json(&["preview", "C0001"]);
        books.agreed("C0001");
        books.done(&["commit", "C0001"]);
        for booked in ["SELECT * FROM v_entry ORDER BY voucher_no, line", "SELECT code, balance_minor, entries FROM v_account ORDER BY code",
            "SELECT voucher_no, kind, accounting_date, business_date, memo FROM v_voucher ORDER BY seq"] {
            prop_assert_eq!(beside.rows(booked), books.rows(booked));
        }
        for change in preview["balances"].as_array().unwrap() {
            let account = change["account"].as_str().unwrap();
            prop_assert_eq!(change["after_minor"].as_i64().unwrap(), books.balance(account));
        }
        prop_assert_eq!(books.json(&["findings"]), serde_json::json!([]));
        books.verified();
    }
}
