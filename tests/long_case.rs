//! A case of many steps: staged and committed as a whole or not at all, and shown in pages.

use crate::support::{NOW, Shop, TRADES, topup};
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::i18n::Lang;
use storno::protocol::answer::Answer;
use storno::protocol::cases::{CaseDetail, ShowCase, StageStep};
use storno::protocol::context::Context;
use storno::protocol::page::Slice;
use storno::protocol::preview::{Preview, PreviewCase};
use storno::protocol::receipt::CommitCase;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::{Unwatched, Watch};

/// Steps of the case: several times as many as one page shows.
const STEPS: usize = 300;

/// A ledger with this many unposted top-ups and an approved case that posts them all.
fn long() -> Shop {
    let shop = Shop::empty();
    let trades: String =
        (1..=STEPS).map(|n| topup(&format!("T{n:04}"), "10.00", "A", "2018-09-12 10:00:00")).collect();
    let file = shop.file("trades.csv", format!("{TRADES}{trades}"));
    shop.done(&["import", "trades", &file]);
    let opened = shop.json(&["case", "open", "--cause", "unposted", "--one", "--plan"]);
    assert_eq!(opened["cases"][0]["steps"], STEPS);
    shop.agreed("C0001");
    shop
}

fn context() -> Context {
    Context { operator: "op1".parse().unwrap(), now: NOW.parse().unwrap(), lang: Lang::En }
}

#[test]
fn a_case_whose_last_step_fails_writes_nothing_of_the_others() {
    let shop = long();
    shop.done(&["post", &format!("T{STEPS:04}")]);
    let before = (shop.views(), shop.rows("SELECT * FROM case_log"), shop.rows("SELECT * FROM account"));
    let refused = shop.run(&["commit", "C0001"]);
    assert!(refused.err.contains(&format!("Step {STEPS}")), "{refused:?}");
    refused.refused("STORNO-ALREADY-POSTED");
    let after = (shop.views(), shop.rows("SELECT * FROM case_log"), shop.rows("SELECT * FROM account"));
    assert_eq!(before, after);
    assert_eq!(shop.number("SELECT count(*) FROM receipt"), 0);
    shop.verified();
}

#[test]
fn a_step_that_cannot_be_booked_leaves_steps_and_reason_as_they_were() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    let state = || (shop.rows("SELECT * FROM case_file"), shop.rows("SELECT * FROM case_step"), shop.views());
    let before = state();
    shop.run(&["stage", "reverse", "J00001", "--case", "C0001", "--reason", "audit"])
        .refused("STORNO-ALREADY-REVERSED");
    assert_eq!(state(), before);
}

/// A voucher of a journal comes with its file, whose fingerprint the case keeps.
#[test]
fn a_voucher_of_a_journal_is_not_staged_by_itself() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001"]);
    let step = format!(
        r#"{{"kind": "journal", "file": {{"name": "j.csv", "fingerprint": "{:064}"}}, "voucher": {{"first_line": 2, "voucher_no": "P1",
            "trade_no": null, "event": null, "accounting_date": "2018-09-12", "memo": "", "lines": [
              {{"side": "debit", "account": "6711", "amount_minor": 100, "mode": "normal"}},
              {{"side": "credit", "account": "6001", "amount_minor": 100, "mode": "normal"}}]}}}}"#,
        0
    );
    let step = serde_json::from_str(&step).unwrap();
    let request = Request::Stage(StageStep { case_no: "C0001".parse().unwrap(), step, reason: None });
    let mut desk = OpenLedger::open(std::path::Path::new(&shop.ledger()), false).map(Desk::from).unwrap();
    let refused = desk.ask(&context(), request, &mut Unwatched).unwrap_err();
    assert_eq!(refused.code(), "STORNO-BAD-VALUE");
    assert_eq!(shop.number("SELECT count(*) FROM case_step"), 0);
}

/// Cancels once some steps are done.
struct Impatient(u64);

impl Watch for Impatient {
    fn progress(&mut self, progress: storno::protocol::watch::Progress) {
        assert_eq!(progress.total, Some(STEPS as u64));
        self.0 = progress.done;
    }
    fn cancelled(&self) -> bool {
        self.0 > 0
    }
}

#[test]
fn a_commit_that_is_given_up_leaves_nothing() {
    let shop = long();
    let before = shop.views();
    let mut desk = OpenLedger::open(std::path::Path::new(&shop.ledger()), false).map(Desk::from).unwrap();
    let request = Request::Commit(CommitCase { case_no: "C0001".parse().unwrap(), key: None });
    let mut impatient = Impatient(0);
    let refused = desk.ask(&context(), request.clone(), &mut impatient).unwrap_err();
    assert_eq!(refused.code(), "STORNO-CANCELLED");
    assert!(impatient.0 > 0 && impatient.0 < STEPS as u64);
    assert_eq!(shop.views(), before);
    // The same desk continues as if nothing had happened.
    let Answer::Receipt(receipt) = desk.ask(&context(), request, &mut Unwatched).unwrap() else { panic!() };
    assert_eq!(receipt.vouchers.len(), STEPS);
    shop.verified();
}

/// Long output is cut because a terminal keeps only its end: the rest is counted in both languages, and
/// `--all` shows it.
#[test]
fn of_a_long_case_its_first_steps_are_told() {
    let shop = long();
    let lines = |words: &[&str], start: &str| {
        shop.done(words).lines().filter(|line| line.trim_start().starts_with(start)).count()
    };
    let told = |words: &[&str]| (lines(words, "… and"), shop.done(words).lines().count());
    let preview = shop.done(&["preview", "C0001"]);
    for left in [STEPS - 50, 2 * (STEPS - 50)] {
        assert!(preview.contains(&format!("\n… and {left} more; --all or --json shows all\n")), "{preview}");
    }
    assert!(preview.contains("V00050") && !preview.contains("V00051"), "{preview}");
    assert!(preview.lines().count() < 200, "{preview}");
    let chinese = shop.done(&["--lang", "zh-CN", "preview", "C0001"]);
    assert!(chinese.contains("……另有 250 行；用 --all 或 --json 查看全部"), "{chinese}");
    let (cut, whole) = told(&["preview", "C0001", "--all"]);
    assert!(cut == 0 && whole > 3 * STEPS, "{cut} {whole}");
    assert_eq!(told(&["case", "show", "C0001"]).0, 1);
    assert_eq!(told(&["case", "show", "C0001", "--all"]).0, 0);
    let receipt = shop.done(&["commit", "C0001"]);
    assert!(receipt.contains("V00050") && !receipt.contains("V00051"), "{receipt}");
    assert!(receipt.contains("… and 250 more"), "{receipt}");
    assert_eq!(
        shop.done(&["commit", "C0001", "--all"]).matches(" supplement ").count(),
        STEPS,
        "the same receipt"
    );
}

fn parts(desk: &mut Desk, slice: Slice) -> (CaseDetail, Preview) {
    let case_no = || "C0001".parse().unwrap();
    let mut ask = |request| desk.ask(&context(), request, &mut Unwatched).unwrap();
    let Answer::Case(case) = ask(Request::Case(ShowCase { case_no: case_no(), slice })) else { panic!() };
    let Answer::Preview(preview) = ask(Request::Preview(PreviewCase { case_no: case_no(), slice })) else {
        panic!()
    };
    (*case, *preview)
}

#[test]
fn parts_of_a_case_make_up_the_whole_and_know_its_sums() {
    let shop = long();
    let mut desk = OpenLedger::open(std::path::Path::new(&shop.ledger()), false).map(Desk::from).unwrap();
    let (case, preview) = parts(&mut desk, Slice::ALL);
    assert_eq!((case.staged.len(), preview.entries.len()), (STEPS, 2 * STEPS));
    assert_eq!(preview.gross, [("CNY".to_owned(), 1000 * i64::try_from(STEPS).unwrap())]);
    let (mut staged, mut entries) = (Vec::new(), Vec::new());
    for from in (1..=i64::try_from(STEPS).unwrap()).step_by(70) {
        let (part, shown) = parts(&mut desk, Slice { from, limit: 70 });
        assert!(part.staged.len() <= 70 && shown.balances.len() <= 70);
        assert_eq!((&part.row, part.last_step), (&case.row, case.last_step));
        assert_eq!(
            (&shown.gross, &shown.totals, shown.count),
            (&preview.gross, &preview.totals, preview.count)
        );
        assert_eq!(shown.guards, preview.guards);
        staged.extend(part.staged);
        entries.extend(shown.entries);
    }
    assert_eq!((staged, entries), (case.staged.clone(), preview.entries.clone()));
    // JSON output is streamed entry by entry and has the same content.
    let streamed = shop.json(&["preview", "C0001"]);
    assert_eq!(streamed, serde_json::to_value(&preview).unwrap());
    drop(desk);
    shop.done(&["commit", "C0001"]);
    let mut desk = OpenLedger::open(std::path::Path::new(&shop.ledger()), false).map(Desk::from).unwrap();
    let (whole, _) = parts(&mut desk, Slice::ALL);
    let (part, _) = parts(&mut desk, Slice { from: 71, limit: 70 });
    assert_eq!((whole.booked.len(), &part.booked[..]), (STEPS, &whole.booked[70..140]));
}
