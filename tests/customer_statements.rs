//! A customer's statement always adds up, and what it said of a closed period stays: over trades that arrive in
//! any order, postings, closes and corrections.

use crate::support::{Shop, TRADES};
use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, DEFAULT_POLICY};
use storno::desk::ledger::OpenLedger;
use storno::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use storno::domain::money::Currency;
use storno::domain::period::Moment;
use storno::files::import::open;
use storno::i18n::Lang;
use storno::protocol::context::Context;
use storno::protocol::days::{CloseDay, CutDay};
use storno::protocol::findings::{FindingFilter, ListFindings};
use storno::protocol::intake::Incoming;
use storno::protocol::opening::{OpenCase, Opening};
use storno::protocol::page::Page;
use storno::protocol::posting::PostTrades;
use storno::protocol::receipt::CommitCase;
use storno::protocol::reports::{CustomerStatement, ReportCustomerStatement};
use storno::protocol::service::ask_for;
use storno::protocol::watch::Unwatched;
use storno::store::settings::Settings;

const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

/// Those who get statements: two customers and a merchant.
const HOLDERS: [&str; 3] = ["A", "B", "M"];

#[derive(Debug, Clone)]
enum Step {
    /// A trade comes: its kind, how many days ago it was, minor units.
    Arrives(u8, i64, i64),
    /// A payout that is under way succeeds.
    Succeeds,
    /// A top-up of A comes that an older system booked to B today.
    Misbooked(i64),
    Post,
    Close,
    NextDay,
    /// What was found first is corrected.
    Correct,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..6, 0_i64..4, 1_i64..20_000).prop_map(|(kind, ago, cents)| Step::Arrives(kind, ago, cents)),
        1 => (1_i64..20_000).prop_map(Step::Misbooked),
        1 => Just(Step::Succeeds),
        3 => Just(Step::Post),
        2 => Just(Step::Close),
        2 => Just(Step::NextDay),
        2 => Just(Step::Correct),
    ]
}

struct Books {
    desk: Desk,
    shop: Shop,
    day: i64,
    second: i64,
    trades: i64,
    /// Trades of each holder, however they ended.
    known: BTreeMap<&'static str, BTreeSet<String>>,
    /// Rows of payouts that are under way.
    under_way: Vec<String>,
    closed: Option<Date>,
    /// What was said of closed periods: holder, first and last day.
    said: BTreeMap<(&'static str, Date, Date), CustomerStatement>,
}

impl Books {
    fn new() -> Self {
        let shop = Shop::bare();
        let settings = Settings {
            ledger_id: "told".to_owned(),
            name: "told".to_owned(),
            role: storno::domain::role::LedgerRole::Test,
            currency: Currency::CNY,
            currencies: vec![Currency::CNY],
            zone: "Asia/Shanghai".to_owned(),
        };
        let policy = DEFAULT_POLICY.1.replace("four_eyes = true", "four_eyes = false");
        assert_ne!(policy, DEFAULT_POLICY.1);
        let new = NewLedger {
            settings,
            policy: (DEFAULT_POLICY.0, &policy),
            chart: DEFAULT_CHART,
            channels: DEFAULT_CHANNELS,
            kinds: DEFAULT_KINDS,
            rules: DEFAULT_RULES,
            calendar: None,
            template: storno::store::settings::StoredTemplate::default(),
        };
        let mut books = Self {
            desk: Desk::from(
                OpenLedger::create(Path::new(&shop.ledger()), &new, &"op1".parse().unwrap(), moment(12, 0))
                    .unwrap(),
            ),
            shop,
            day: 12,
            second: 0,
            trades: 0,
            known: BTreeMap::new(),
            under_way: Vec::new(),
            closed: None,
            said: BTreeMap::new(),
        };
        // Enough for refunds and corrections.
        for cents in [900_000, 500_000] {
            books.arrives(0, 0, cents);
            books.arrives(1, 0, cents);
            books.arrives(2, 0, cents);
        }
        books.act(&Step::Post);
        books
    }

    fn context(&mut self) -> Context {
        self.second += 1;
        Context { operator: "op1".parse().unwrap(), now: moment(self.day, self.second), lang: Lang::En }
    }

    fn import(&mut self, name: &str, text: &str) {
        let path = self.shop.file(name, text);
        let mut source = open(Path::new(&path)).unwrap();
        let format = source.format().unwrap();
        let context = self.context();
        let incoming = Incoming {
            source: &mut source,
            format,
            dry_run: false,
            bill: storno::protocol::bills::FileOptions::default(),
            case_no: None,
            refused_after: None,
        };
        let imported = self.desk.ledger_mut().import_quietly(&context, incoming);
        imported.unwrap_or_else(|refusal| panic!("{}\n{text}", refusal.message(Lang::En)));
    }

    fn arrives(&mut self, kind: u8, ago: i64, cents: i64) {
        self.trades += 1;
        let (n, day) = (self.trades, self.day - ago);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let row = match kind {
            0 => format!(
                "T{n},topup,,WECHAT,R{n},,{amount},CNY,0.00,A,,2018-09-{day:02} 08:00:00,SUCCESS,UNCLEARED"
            ),
            1 => format!(
                "T{n},topup,,ALIPAY,R{n},,{amount},CNY,0.00,B,,2018-09-{day:02} 08:00:00,SUCCESS,UNCLEARED"
            ),
            2 => format!(
                "T{n},pay,,WECHAT,R{n},,{amount},CNY,0.00,A,M,2018-09-{day:02} 08:00:00,SUCCESS,UNCLEARED"
            ),
            3 => format!(
                "T{n},refund,,WECHAT,R{n},OLD{n},{amount},CNY,0.00,B,,2018-09-{day:02} 08:00:00,SUCCESS,UNCLEARED"
            ),
            4 => format!(
                "T{n},topup,,WECHAT,R{n},,{amount},CNY,0.00,A,,2018-09-{day:02} 08:00:00,FAILED,UNCLEARED"
            ),
            _ => format!(
                "T{n},payout,payout,BEPS,R{n},,{amount},CNY,0.00,A,,2018-09-{day:02} 08:00:00,PROCESSING,UNCLEARED"
            ),
        };
        for (holder, is_named) in
            [("A", !matches!(kind, 1 | 3)), ("B", matches!(kind, 1 | 3)), ("M", kind == 2)]
        {
            if is_named {
                self.known.entry(holder).or_default().insert(format!("T{n}"));
            }
        }
        if row.contains("PROCESSING") {
            self.under_way.push(row.clone());
        }
        self.import(&format!("trades{n}.csv"), &format!("{TRADES}{row}\n"));
    }

    fn act(&mut self, step: &Step) {
        match step {
            Step::Arrives(kind, ago, cents) => self.arrives(*kind, *ago, *cents),
            Step::Misbooked(cents) => {
                self.arrives(0, 0, *cents);
                let (n, day) = (self.trades, self.day);
                let amount = format!("{}.{:02}", cents / 100, cents % 100);
                let line = |line: u8, account: &str, side: &str| {
                    format!("J{n},{line},T{n},captured,2018-09-{day},{account},{side},{amount},old\n")
                };
                let text =
                    format!("{JOURNAL}{}{}", line(1, "1101.WECHAT", "debit"), line(2, "2001.B", "credit"));
                self.import(&format!("journal{n}.csv"), &text);
            }
            Step::Post => {
                let context = self.context();
                ask_for(&mut self.desk, &context, PostTrades { trades: Vec::new() }, &mut Unwatched).unwrap();
            }
            Step::Succeeds => {
                if let Some(row) = self.under_way.pop() {
                    let row = row.replace("PROCESSING", "SUCCESS");
                    self.import(&format!("later{}.csv", self.second), &format!("{TRADES}{row}\n"));
                }
            }
            Step::NextDay => (self.day, self.second) = (self.day + 1, 0),
            Step::Close => self.close(),
            Step::Correct => self.correct(),
        }
        self.check();
    }

    /// Closes yesterday, if nothing keeps it open.
    fn close(&mut self) {
        let day = date(self.day - 1);
        let (cut, close) = (self.context(), self.context());
        let _ = ask_for(&mut self.desk, &cut, CutDay { day }, &mut Unwatched);
        if ask_for(&mut self.desk, &close, CloseDay { day }, &mut Unwatched).is_ok() {
            self.closed = Some(day);
        }
    }

    fn correct(&mut self) {
        let (find, open, commit) = (self.context(), self.context(), self.context());
        let all = ListFindings { filter: FindingFilter::default(), page: Page::first() };
        let found = ask_for(&mut self.desk, &find, all, &mut Unwatched).unwrap().rows;
        let Some(trade_no) = found.into_iter().find_map(|finding| finding.trade_no) else { return };
        let opening = OpenCase { opening: Opening::planned(trade_no, None) };
        let Ok(case) = ask_for(&mut self.desk, &open, opening, &mut Unwatched) else { return };
        let commit_case = CommitCase { case_no: case.row.case_no, key: None };
        let _ = ask_for(&mut self.desk, &commit, commit_case, &mut Unwatched);
    }

    fn statement(&mut self, holder: &str, from: Date, to: Date) -> CustomerStatement {
        let context = self.context();
        let request = ReportCustomerStatement { holder: holder.to_owned(), from: Some(from), to: Some(to) };
        *ask_for(&mut self.desk, &context, request, &mut Unwatched).unwrap()
    }

    /// Every period adds up, no trade is listed first in two of them, a closed one says what it said, and every
    /// trade is listed somewhere.
    fn check(&mut self) {
        for holder in HOLDERS {
            let all = self.statement(holder, date(9), date(self.day));
            let listed: BTreeSet<String> =
                all.trades.iter().map(|trade| trade.trade_no.to_string()).collect();
            assert!(self.known[holder].is_subset(&listed), "{holder}: {:?}, {listed:?}", self.known[holder]);
            for from in 9..=self.day {
                for to in from..=self.day {
                    let (from, to) = (date(from), date(to));
                    let told = self.statement(holder, from, to);
                    for held in &told.balances {
                        let of = told.movements.iter().filter(|moved| moved.account == held.account);
                        let moved: i64 = of.map(|moved| moved.moved_minor).sum();
                        assert_eq!(held.opening_minor + moved, held.closing_minor, "{told:#?}");
                    }
                    for moved in told.movements.iter().filter_map(|moved| moved.trade_no.as_ref()) {
                        assert!(told.trades.iter().any(|trade| trade.trade_no == *moved), "{told:#?}");
                    }
                    assert!(
                        told.trades.iter().filter(|trade| trade.late).all(|trade| trade.business_date < from)
                    );
                    if self.closed.is_some_and(|closed| to <= closed) {
                        let said = self.said.entry((holder, from, to)).or_insert_with(|| told.clone());
                        assert_eq!(*said, told, "what was said of a closed period stays");
                    }
                }
            }
        }
    }
}

fn date(day: i64) -> Date {
    jiff::civil::date(2018, 9, i8::try_from(day).unwrap())
}

fn moment(day: i64, second: i64) -> Moment {
    format!("2018-09-{day}T{:02}:{:02}:{:02}+08:00", 12 + second / 3600, second / 60 % 60, second % 60)
        .parse()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_statement_adds_up_and_a_closed_one_stays(steps in proptest::collection::vec(step(), 1..30)) {
        let mut books = Books::new();
        for step in steps {
            if books.day < 20 || !matches!(step, Step::NextDay) {
                books.act(&step);
            }
        }
    }
}

#[test]
fn a_trade_that_comes_after_its_month_was_locked_is_listed_where_it_was_booked() {
    let shop = Shop::empty();
    let topup = |number: &str, amount: &str, day: &str| {
        format!(
            "{TRADES}{number},topup,,WECHAT,{number},,{amount},CNY,0.00,A,,{day} 09:30:00,SUCCESS,UNCLEARED\n"
        )
    };
    let (september, october) = ("2018-09-28T12:00:00+08:00", "2018-10-09T12:00:00+08:00");
    shop.done(&[
        "import",
        "trades",
        &shop.file("one.csv", topup("T1", "100.00", "2018-09-28")),
        "--now",
        september,
    ]);
    shop.done(&["post", "--now", september]);
    shop.done(&["day", "cut", "2018-09-28", "--now", september]);
    shop.done(&["day", "close", "2018-09-28", "--now", september]);
    shop.done(&["day", "close", "2018-09", "--now", october]);
    let told =
        |from: &str, to: &str| shop.json(&["statement", "A", "--from", from, "--to", to, "--now", october]);
    let sent = told("2018-09-01", "2018-09-30");
    shop.done(&[
        "import",
        "trades",
        &shop.file("late.csv", topup("L1", "33.00", "2018-09-29")),
        "--now",
        october,
    ]);
    assert_eq!(told("2018-09-01", "2018-09-30"), sent, "not booked yet, and of a locked month");
    shop.done(&["post", "--now", october]);
    assert_eq!(told("2018-09-01", "2018-09-30"), sent);
    let next = told("2018-10-01", "2018-10-31");
    let trade = &next["trades"][0];
    assert_eq!((&trade["trade_no"], &trade["business_date"]), (&"L1".into(), &"2018-09-29".into()));
    assert_eq!((&trade["late"], &next["movements"][0]["moved_minor"]), (&true.into(), &3300.into()));
    assert_eq!(next["balances"][0]["closing_minor"], 13_300);
    let both = told("2018-09-01", "2018-10-31");
    assert!(
        both["trades"].as_array().unwrap().len() == 2 && both["trades"][1].get("late").is_none(),
        "{both}"
    );
    let words = ["statement", "A", "--from", "2018-10-01", "--to", "2018-10-31", "--now", october];
    assert!(shop.done(&words).contains("L1 is late: it is of 2018-09-29."));
    shop.verified();
}

/// What is under way when its day closes stays in that day's statement, booked or not, whatever becomes of it.
#[test]
fn what_is_under_way_stays_in_the_statement_of_its_closed_day() {
    let shop = Shop::empty();
    let (day, closed) = ("2018-09-12T20:00:00+08:00", "2018-09-20T12:00:00+08:00");
    let (late, later) = ("2018-09-20T13:00:00+08:00", "2018-09-20T14:00:00+08:00");
    let row = |number: &str, kind: &str, status: &str| {
        let way = if kind == "payout" { "payout,BEPS" } else { "agreement,WECHAT" };
        format!("{number},{kind},{way},{number},,20.00,CNY,0.00,A,,2018-09-12 10:00:00,{status},UNCLEARED\n")
    };
    let import = |name: &str, rows: &[String], now: &str| {
        let file = shop.file(name, format!("{TRADES}{}", rows.concat()));
        shop.done(&["import", "trades", &file, "--now", now]);
        shop.done(&["post", "--now", now]);
    };
    let under_way =
        [("T1", "topup", "SUCCESS"), ("P1", "payout", "PROCESSING"), ("U1", "topup", "PROCESSING")];
    let mut rows = under_way.map(|(number, kind, status)| row(number, kind, status)).to_vec();
    rows.push(row("U2", "topup", "PROCESSING"));
    import("one.csv", &rows, day);
    let told = |from: &str, to: &str| {
        shop.json(&["statement", "A", "--from", from, "--to", to, "--now", "2018-09-21T12:00:00+08:00"])
    };
    let listed = |told: &Value| {
        let word = |trade: &Value, of: &str| trade[of].as_str().unwrap().to_owned();
        let trades = told["trades"].as_array().unwrap().iter();
        trades
            .map(|trade| format!("{} {}", word(trade, "trade_no"), word(trade, "status")))
            .collect::<Vec<_>>()
            .join(", ")
    };
    shop.done(&["day", "close", "2018-09-12", "--now", closed]);
    let sent = told("2018-09-12", "2018-09-12");
    assert_eq!(listed(&sent), "T1 succeeded, P1 processing, U1 processing, U2 processing");
    assert_eq!(listed(&told("2018-09-13", "2018-09-30")), "");
    // One came after the close: only a day that was open then can list it.
    import("two.csv", &[row("U3", "topup", "PROCESSING")], late);
    assert_eq!(listed(&told("2018-09-13", "2018-09-30")), "U3 processing");
    let after = [("P1", "payout", "SUCCESS"), ("U1", "topup", "SUCCESS"), ("U2", "topup", "FAILED")];
    import("three.csv", &after.map(|(number, kind, status)| row(number, kind, status)), later);
    assert_eq!(told("2018-09-12", "2018-09-12"), sent, "what was said of a closed day stays");
    let next = told("2018-09-13", "2018-09-30");
    assert_eq!(
        (listed(&next).as_str(), &next["trades"][0]["late"]),
        ("U1 succeeded, U3 processing", &true.into())
    );
    assert_eq!(
        listed(&told("2018-09-01", "2018-09-30")),
        "T1 succeeded, P1 succeeded, U1 succeeded, U2 failed, U3 processing"
    );
    shop.verified();
}

#[test]
fn a_correction_after_the_close_does_not_change_what_was_said() {
    let shop = Shop::empty();
    let (day, later) = ("2018-09-12T20:00:00+08:00", "2018-09-20T12:00:00+08:00");
    let row = "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:30:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("one.csv", format!("{TRADES}{row}")), "--now", day]);
    shop.done(&["post", "--now", day]);
    shop.done(&["day", "close", "2018-09-12", "--now", later]);
    let told = |from: &str, to: &str| {
        shop.json(&["statement", "A", "--from", from, "--to", to, "--now", "2018-09-21T12:00:00+08:00"])
    };
    let sent = told("2018-09-01", "2018-09-12");
    assert_eq!(sent["trades"][0]["amount_minor"], 10_000);
    let case = shop.json(&["case", "open", "--note", "the channel asked", "--now", later]);
    let case = case["case_no"].as_str().unwrap();
    let voucher = shop.text("SELECT voucher_no FROM v_voucher WHERE trade_no = 'T1'");
    let later = ["--case", case, "--now", later];
    shop.done(&[["stage", "reverse", voucher.as_str()].as_slice(), &later].concat());
    let set = ["stage", "repost", "T1", "--set", "amount=90.00", "--set", "reason=the channel's letter"];
    shop.done(&[set.as_slice(), &later].concat());
    shop.agreed_at(case, later[3]);
    shop.done(&["commit", case, "--now", later[3]]);
    assert_eq!(told("2018-09-01", "2018-09-12"), sent);
    let next = told("2018-09-13", "2018-09-30");
    assert_eq!((&next["trades"][0]["amount_minor"], next["trades"][0].get("late")), (&9_000.into(), None));
    assert_eq!(next["movements"][0]["moved_minor"], -1_000);
}
