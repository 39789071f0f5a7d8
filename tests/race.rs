//! Races of two programs on one ledger, and programs killed in the middle of their work.

use crate::support::{NOW, Shop, TRADES, ended, topup};
use std::fmt::Write;
use std::process::Child;
use std::time::Duration;
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::domain::rejection::Code;
use storno::i18n::Lang;
use storno::protocol::answer::Answer;
use storno::protocol::cases::{ApproveCase, ShowCase};
use storno::protocol::context::Context;
use storno::protocol::kinds::LoadKinds;
use storno::protocol::page::Slice;
use storno::protocol::refusal::Refusal;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;
use storno::store::engine::row::{Param, Row};
use storno::store::engine::sqlite::Sqlite;
use storno::store::{Checkpointer, Engine, Reader, Sink, StoreError};

/// Makes a ledger with this many unposted top-ups of 1.00.
fn unposted(count: usize) -> Shop {
    let shop = Shop::empty();
    shop.done(&["import", "trades", &shop.file("many.csv", many("T", count))]);
    shop
}

fn many(prefix: &str, count: usize) -> String {
    let mut text = TRADES.to_owned();
    for n in 0..count {
        let customer = format!("C{:02}", n % 40);
        write!(text, "{}", topup(&format!("{prefix}{n:05}"), "1.00", &customer, "2018-09-12 10:00:00"))
            .unwrap();
    }
    text
}

fn start(shop: &Shop, words: &[&str]) -> Child {
    shop.command(words).spawn().unwrap()
}

const TWICE: &str = "SELECT count(*) FROM v_event WHERE live_vouchers > 1";

#[test]
fn two_posting_at_once_book_everything_once() {
    const DUE: i64 = 20_000;
    let shop = unposted(20_000);
    let both = [0, 1].map(|_| start(&shop, &["post", "--due", "--json"])).map(ended);
    let mut posted = 0;
    for ran in &both {
        assert_eq!(ran.code, 0, "{ran:?}");
        posted += ran.parsed()["posted"].as_i64().unwrap();
    }
    assert_eq!(posted, DUE, "{both:?}");
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), DUE);
    assert_eq!(shop.number(TWICE), 0);
    assert_eq!(shop.number("SELECT sum(balance_minor) FROM v_account WHERE code LIKE '2001.%'"), DUE * 100);
    assert_eq!(shop.verified()["vouchers"], DUE);
}

#[test]
fn of_two_reversals_of_one_voucher_one_wins() {
    let shop = Shop::sample();
    for trade in ["T0001", "T0008", "T0009"] {
        let cases = [shop.approved_case(trade), shop.approved_case(trade)];
        let head = shop.number("SELECT count(*) FROM v_voucher");
        let both = cases.each_ref().map(|case| start(&shop, &["commit", case, "--json"])).map(ended);
        let (won, lost): (Vec<_>, Vec<_>) = both.iter().partition(|ran| ran.code == 0);
        assert_eq!((won.len(), lost.len()), (1, 1), "{trade}: {both:?}");
        lost[0].refused("STORNO-ALREADY-REVERSED");
        let written = won[0].parsed()["vouchers"].as_array().unwrap().len();
        assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), head + i64::try_from(written).unwrap());
    }
    assert_eq!(
        shop.number("SELECT count(*) - count(DISTINCT reverses) FROM v_voucher WHERE reverses IS NOT NULL"),
        0
    );
    shop.verified();
}

#[test]
fn the_same_commit_twice_at_once_gives_one_receipt() {
    let shop = Shop::sample();
    let case = shop.approved_case("T0001");
    let both = [0, 1].map(|_| start(&shop, &["commit", &case, "--key", "K", "--json"])).map(ended);
    let mut answers = both.map(|ran| ran.json());
    answers.sort_by_key(|answer| answer["replayed"].as_bool());
    assert_eq!((&answers[0]["replayed"], &answers[1]["replayed"]), (&false.into(), &true.into()));
    assert_eq!(answers[0]["vouchers"], answers[1]["vouchers"]);
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 17);
}

/// Delays before a kill, spread over the run of the work and equal in every run of the test.
fn moments(longest: u64) -> impl Iterator<Item = Duration> {
    (0..20u64).map(move |n| Duration::from_micros(500 + (n * 7919 % 20) * longest * 1000 / 20))
}

#[test]
fn a_killed_commit_is_made_whole_by_its_retry() {
    let shop = Shop::sample();
    let mut killed = 0;
    let cases: Vec<String> =
        ["T0001", "T0008", "T0009", "T0015"].map(|trade| shop.approved_case(trade)).into();
    let steps = |case: &str| shop.json(&["case", "show", case])["staged"].as_array().unwrap().len();
    let staged: Vec<usize> = cases.iter().map(|case| steps(case)).collect();
    for (n, moment) in moments(60).enumerate() {
        let case = &cases[n % cases.len()];
        let mut child = start(&shop, &["commit", case, "--key", &format!("K{case}")]);
        std::thread::sleep(moment);
        killed += i32::from(child.kill().is_ok() && !child.wait().unwrap().success());
        let booked = shop.number(&format!("SELECT count(*) FROM v_voucher WHERE case_no = '{case}'"));
        let state = shop.json(&["case", "show", case])["state"].as_str().unwrap().to_owned();
        assert_eq!(state, if booked > 0 { "committed" } else { "approved" }, "all or nothing");
        assert_eq!(steps(case), staged[n % cases.len()], "staged work is still there");
        shop.verified();
    }
    assert!(killed > 0, "no kill came in time");
    for case in &cases {
        let key = format!("K{case}");
        let receipt = shop.json(&["commit", case, "--key", &key]);
        let again = shop.json(&["commit", case, "--key", &key]);
        assert_eq!((&again["vouchers"], &again["replayed"]), (&receipt["vouchers"], &true.into()));
        let count = shop.number(&format!("SELECT count(*) FROM v_voucher WHERE case_no = '{case}'"));
        assert_eq!(usize::try_from(count).unwrap(), receipt["vouchers"].as_array().unwrap().len());
    }
    assert_eq!(shop.number("SELECT count(*) FROM v_event WHERE live_vouchers > 1"), 0);
    shop.verified();
}

#[test]
fn a_killed_posting_leaves_whole_vouchers_and_goes_on() {
    const DUE: i64 = 4000;
    let shop = unposted(4000);
    let mut last = 0;
    for moment in moments(400) {
        let mut child = start(&shop, &["post", "--due"]);
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let vouchers = shop.verified()["vouchers"].as_i64().unwrap();
        assert!(vouchers >= last, "nothing that stood is gone");
        last = vouchers;
    }
    shop.done(&["post", "--due"]);
    assert_eq!((shop.verified()["vouchers"].as_i64(), shop.number(TWICE)), (Some(DUE), 0));
    assert_eq!(shop.json(&["post", "--due"])["posted"], 0);
}

#[test]
fn a_killed_import_took_over_all_or_nothing() {
    let shop = Shop::empty();
    let mut names = Vec::new();
    for (n, moment) in moments(250).enumerate() {
        let name = format!("f{n}.csv");
        let file = shop.file(&name, many(&format!("F{n:02}-"), 1000));
        let mut child = start(&shop, &["import", "trades", &file]);
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let there = shop.number(&format!("SELECT count(*) FROM v_trade WHERE trade_no LIKE 'F{n:02}-%'"));
        assert!(there == 0 || there == 1000, "{there} of 1000 rows");
        names.push(file);
    }
    shop.verified();
    for file in names {
        shop.done(&["import", "trades", &file]);
    }
    assert_eq!(shop.number("SELECT count(*) FROM v_trade"), 20_000);
}

/// A ledger in which another session changes something just before the next batch begins.
struct Meanwhile {
    ledger: Sqlite,
    does: Option<Box<dyn FnOnce() + Send>>,
}

impl Reader for Meanwhile {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.ledger.read(sql, params, each)
    }
}

impl Engine for Meanwhile {
    fn commit(
        &mut self,
        fill: &mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if let Some(does) = self.does.take() {
            does();
        }
        self.ledger.commit(fill)
    }
    fn second_reader(&self) -> Option<Box<dyn Engine>> {
        self.ledger.second_reader()
    }
    fn checkpointer(&self) -> Option<Box<dyn Checkpointer>> {
        self.ledger.checkpointer()
    }
    fn read_only(&self) -> bool {
        self.ledger.read_only()
    }
    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError> {
        self.ledger.schema_changes()
    }
    fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        self.ledger.integrity()
    }
}

/// Returns the answer to a write request if another session interferes between its decision and its batch.
fn ordered(
    shop: &Shop,
    operator: &str,
    request: Request,
    does: impl FnOnce() + Send + 'static,
) -> Result<Answer, Refusal> {
    let ledger = Sqlite::open(shop.ledger().as_ref(), false).unwrap();
    let mut desk =
        OpenLedger::over(Box::new(Meanwhile { ledger, does: Some(Box::new(does)) })).map(Desk::from).unwrap();
    let context = Context { operator: operator.parse().unwrap(), now: NOW.parse().unwrap(), lang: Lang::En };
    desk.ask(&context, request, &mut Unwatched)
}

/// Returns a closure that runs the program, callable from any thread.
fn run(shop: &Shop, words: &[&str]) -> impl FnOnce() + Send + 'static {
    let mut command = shop.command(words);
    move || assert!(command.status().unwrap().success())
}

#[test]
fn an_approval_is_of_what_was_seen_whatever_happens_until_it_is_written() {
    let shop = Shop::sample();
    let case = shop.json(&["case", "open", "--trade", "T0001", "--plan"])["case_no"].clone();
    let case = case.as_str().unwrap();
    let plan_mark = shop.json(&["case", "submit", case])["plan_mark"].as_str().unwrap().to_owned();
    let case_no: storno::domain::id::CaseNo = case.parse().unwrap();
    let approve = Request::CaseApprove(ApproveCase { case_no: case_no.clone(), seen: Some(plan_mark) });
    let others = [
        run(&shop, &["case", "reject", case, "--reason", "one more", "--operator", "third"]),
        run(&shop, &["stage", "supplement", "T0003", "--case", case]),
        run(&shop, &["case", "submit", case]),
    ];
    let refused = ordered(&shop, "other", approve, || others.into_iter().for_each(|run| run()));
    assert!(
        matches!(&refused, Err(Refusal::Rejected(rejection)) if rejection.code == Code::Stale),
        "{refused:?}"
    );
    assert_eq!(shop.json(&["case", "show", case])["state"], "submitted");
    // Where something else was done, the order is decided again and stands.
    let shown = Request::CaseApprove(ApproveCase { case_no, seen: None });
    let approved = ordered(&shop, "other", shown, run(&shop, &["case", "open", "--trade", "T0008"])).unwrap();
    assert!(matches!(approved, Answer::Case(detail) if detail.row.state.as_str() == "approved"));
}

#[test]
fn a_file_that_another_session_takes_over_at_this_moment_was_imported_before() {
    let shop = Shop::sample();
    let row = topup("N1", "1.00", "C1", "2018-09-12 10:00:00");
    let file = shop.file("new.csv", format!("{TRADES}{row}"));
    let ledger = Sqlite::open(shop.ledger().as_ref(), false).unwrap();
    let does = Box::new(run(&shop, &["import", "trades", &file]));
    let mut desk =
        OpenLedger::over(Box::new(Meanwhile { ledger, does: Some(does) })).map(Desk::from).unwrap();
    let context = Context { operator: "op1".parse().unwrap(), now: NOW.parse().unwrap(), lang: Lang::En };
    let mut source = storno::files::import::open(file.as_ref()).unwrap();
    let format = storno::files::import::Format::LocalTrades;
    let incoming = storno::protocol::intake::Incoming {
        source: &mut source,
        format,
        dry_run: false,
        bill: storno::protocol::bills::FileOptions::default(),
        case_no: None,
        refused_after: None,
    };
    let answer = desk.import(&context, incoming, &mut Unwatched).unwrap();
    assert_eq!((answer.rows, answer.added, answer.already), (1, 0, 1));
    assert!(answer.imported_before.is_some());
}

#[test]
fn a_policy_that_is_loaded_before_the_batch_counts_in_it() {
    let shop = Shop::sample();
    let case = shop.json(&["case", "open", "--trade", "T0003", "--plan"])["case_no"].clone();
    shop.done(&["case", "submit", case.as_str().unwrap()]);
    let case_no: storno::domain::id::CaseNo = case.as_str().unwrap().parse().unwrap();
    let policy = shop.file("policy.toml", "approval_limit = \"1.00\"\n");
    let approve = Request::CaseApprove(ApproveCase { case_no: case_no.clone(), seen: None });
    let refused = ordered(&shop, "other", approve, run(&shop, &["policy", "load", &policy]));
    assert!(
        matches!(&refused, Err(Refusal::Rejected(rejection)) if rejection.code == Code::ApprovalLimit),
        "{refused:?}"
    );
    let Answer::Case(detail) =
        ordered(&shop, "op1", Request::Case(ShowCase { case_no, slice: Slice::ALL }), || {}).unwrap()
    else {
        panic!("a case")
    };
    assert_eq!(detail.row.state.as_str(), "submitted");
}

#[test]
fn a_first_trade_that_comes_before_the_batch_keeps_the_meaning_of_its_kind() {
    let shop = Shop::empty();
    let kinds = include_str!("../assets/templates/cn-wallet/kinds.toml");
    let text = kinds.replacen("money = \"in\"", "money = \"out\"", 1);
    let load =
        |text: &str| Request::KindsLoad(LoadKinds { file: "k.toml".to_owned(), text: text.to_owned() });
    let row = topup("N1", "1.00", "C1", "2018-09-12 10:00:00");
    let file = shop.file("new.csv", format!("{TRADES}{row}"));
    let refused = ordered(&shop, "op1", load(&text), run(&shop, &["import", "trades", &file]));
    assert!(
        matches!(&refused, Err(Refusal::Rejected(rejection)) if rejection.code == Code::BadKinds),
        "{refused:?}"
    );
    assert_eq!(shop.number("SELECT count(*) FROM kind_set"), 1);
    // A trade of another kind does not matter.
    let fee = kinds.replacen("code = \"fee\"", "code = \"fee\"\nparties = [\"customer\"]", 1);
    let other = shop.file("more.csv", format!("{TRADES}{}", row.replace("N1", "N2")));
    let loaded = ordered(&shop, "op1", load(&fee), run(&shop, &["import", "trades", &other])).unwrap();
    assert!(matches!(loaded, Answer::Kinds(kinds) if kinds.version == 2));
}

#[test]
fn a_file_of_trades_is_read_by_the_kinds_that_another_session_loads_at_this_moment() {
    let shop = Shop::empty();
    let kinds = include_str!("../assets/templates/cn-wallet/kinds.toml");
    let text = kinds.replacen("code = \"topup\"", "code = \"topup\"\nparties = [\"merchant\"]", 1);
    let does = Box::new(run(&shop, &["kinds", "load", &shop.file("k.toml", text)]));
    let ledger = Sqlite::open(shop.ledger().as_ref(), false).unwrap();
    let mut desk =
        OpenLedger::over(Box::new(Meanwhile { ledger, does: Some(does) })).map(Desk::from).unwrap();
    let context = Context { operator: "op1".parse().unwrap(), now: NOW.parse().unwrap(), lang: Lang::En };
    let row = topup("N1", "1.00", "C1", "2018-09-12 10:00:00");
    let file = shop.file("new.csv", format!("{TRADES}{row}"));
    let mut source = storno::files::import::open(file.as_ref()).unwrap();
    let format = storno::files::import::Format::LocalTrades;
    let incoming = storno::protocol::intake::Incoming {
        source: &mut source,
        format,
        dry_run: false,
        bill: storno::protocol::bills::FileOptions::default(),
        case_no: None,
        refused_after: None,
    };
    let refused = desk.import(&context, incoming, &mut Unwatched).unwrap_err();
    assert_eq!(refused.code(), Code::BadFile.as_str(), "{refused:?}");
    assert_eq!(shop.number("SELECT count(*) FROM v_trade"), 0);
}
