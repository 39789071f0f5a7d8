//! A ledger in a real rqlite cluster: checks on connecting, attacks by other clients, races, and leaders
//! killed at any moment.
//!
//! These tests need rqlited (`npm ci` in `tests/peers`) and are ignored by default; `.ci/test` runs them.

use crate::support;
use crate::support::place::{Cluster, Place};
use crate::support::{Shop, TRADES, four_race, ready, topup};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::i18n::Lang;
use storno::protocol::accounts::ShowAccount;
use storno::protocol::context::Context;
use storno::protocol::ledger::ShowOverview;
use storno::protocol::page::Slice;
use storno::protocol::preview::PreviewCase;
use storno::protocol::receipt::CommitCase;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::trades::ShowTrade;
use storno::protocol::vouchers::ShowVoucher;
use storno::protocol::watch::Unwatched;

fn one() -> Place {
    Place::Cluster(Cluster::start(1))
}

#[test]
#[ignore = "needs rqlited"]
fn what_is_there_is_checked_before_it_is_used() {
    let empty = Shop::at(one());
    empty.run(&["trades"]).ended(3, "STORNO-NO-LEDGER");
    let Place::Cluster(cluster) = &empty.place else { unreachable!() };
    cluster.execute("CREATE TABLE theirs (a)");
    empty.run(&["trades"]).ended(3, "STORNO-NOT-A-LEDGER");
    empty.run(&["init", &empty.home()]).ended(3, "STORNO-NOT-A-LEDGER");

    let ledger = Shop::empty_at(one());
    ledger.run(&["init", &ledger.home()]).refused("STORNO-EXISTS");
    ledger.execute("PRAGMA user_version = 99");
    ledger.run(&["trades"]).ended(3, "STORNO-NEWER-LEDGER");

    let loose = Shop::at(Place::Cluster(Cluster::start_with(&["-no-fk"])));
    loose.run(&["init", &loose.home()]).ended(3, "STORNO-NO-FOREIGN-KEYS");
    let nobody = format!("rqlite://127.0.0.1:{}", support::place::free_port());
    ledger.run(&["trades", "--ledger", &nobody]).ended(3, "STORNO-UNREACHABLE");
    ledger.run(&["trades", "--ledger", "rqlite://user:secret@127.0.0.1:4001"]).refused("STORNO-BAD-VALUE");
}

#[test]
#[ignore = "needs rqlited"]
fn an_older_ledger_is_migrated_in_one_batch_by_whoever_may_write() {
    let shop = Shop::at(one());
    crate::old_ledgers::unpack(&shop);
    let file = rusqlite::Connection::open(shop.path("day.db")).unwrap();
    // A cluster loads a file without a write-ahead log.
    file.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).unwrap();
    drop(file);
    let Place::Cluster(cluster) = &shop.place else { unreachable!() };
    cluster.load(&shop.path("day.db"));
    shop.run(&["--read-only", "trades"]).ended(3, "STORNO-OLDER-LEDGER");
    // Two sessions may try at once.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| shop.done(&["trades"]));
        }
    });
    assert_eq!(shop.verified()["vouchers"], 22);
    shop.done(&["case", "approve", "C0004", "--operator", "op2"]);
    shop.done(&["commit", "C0004"]);
    assert_eq!(shop.json(&["trades", "--kind", "counter"])["rows"].as_array().unwrap().len(), 1);
    assert_eq!(shop.verified()["vouchers"], 23);
}

#[test]
#[ignore = "needs rqlited"]
fn a_password_lets_in_and_is_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users.json");
    let secret = "correct-horse";
    std::fs::write(&users, format!(r#"[{{"username":"bob","password":"{secret}","perms":["all"]}}]"#))
        .unwrap();
    let shop = Shop::at(Place::Cluster(Cluster::start_with(&["-auth", users.to_str().unwrap()])));
    let with = |both: &str, words: &[&str]| {
        let output = shop.command(words).env("STORNO_RQLITE_CREDENTIALS", both).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    shop.run(&["init", &shop.home()]).ended(3, "STORNO-LOGIN");
    let (code, said) = with("bob:wrong-horse", &["init", &shop.home()]);
    assert!(code == 3 && said.starts_with("STORNO-LOGIN") && !said.contains("horse"), "{said}");
    assert_eq!(with(&format!("bob:{secret}"), &["init", &shop.home()]).0, 0);
    // From a profile's file, which only its owner may read.
    let file = shop.file("secret", format!("bob:{secret}\n"));
    let config = format!("[ledgers.books]\naddress = \"{}\"\ncredentials = \"{file}\"\n", shop.address());
    let config = shop.file("profiles.toml", config);
    let named = |mode: u32| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut command = shop.command(&["trades", "--ledger", "books"]);
        let output = command.env("STORNO_CONFIG", &config).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = named(0o644);
    assert!(code == 1 && said.starts_with("STORNO-OPEN-SECRET") && !said.contains(secret), "{said}");
    assert_eq!(named(0o600), (0, String::new()));
}

#[test]
#[ignore = "needs rqlited"]
fn the_way_there_can_be_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &path("key.pem"), "-out", &path("cert.pem")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let cluster = Cluster::start_with(&["-http-cert", &path("cert.pem"), "-http-key", &path("key.pem")]);
    let shop = Shop::at(Place::Cluster(cluster));
    let address = shop.address().replace("rqlite://", "rqlites://");
    let run = |authority: Option<&str>| {
        let mut command = shop.command(&["init", &address]);
        if let Some(authority) = authority {
            command.env("STORNO_RQLITE_CA", authority);
        }
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(None);
    assert!(code == 3 && said.starts_with("STORNO-UNREACHABLE") && said.contains("certificate"), "{said}");
    assert_eq!(run(Some(&path("cert.pem"))), (0, String::new()));
}

/// Counts requests, because each costs a round trip; in one process, as a workstation is.
#[test]
#[ignore = "needs rqlited"]
fn a_commit_after_its_preview_is_one_request_and_a_drill_down_at_most_two() {
    let (shop, cases) = ready(one(), 2);
    let Place::Cluster(cluster) = &shop.place else { unreachable!() };
    let there = storno::store::engine::rqlite::Cluster { hosts: cluster.hosts(), ..Default::default() };
    let keys: storno::store::engine::rqlite::Keys =
        std::sync::Arc::new(|| Some(fastrand::u128(..).to_string()));
    let before = cluster.asked();
    let mut desk = OpenLedger::open_cluster(there, keys, false).map(Desk::from).unwrap();
    assert_eq!(cluster.asked() - before, 2, "opening");
    let context =
        Context { operator: "op1".parse().unwrap(), now: support::NOW.parse().unwrap(), lang: Lang::En };
    let mut ask = |request: Request| {
        let before = cluster.asked();
        desk.ask(&context, request, &mut Unwatched).unwrap();
        cluster.asked() - before
    };
    let case_no: storno::domain::id::CaseNo = cases[0].parse().unwrap();
    ask(Request::Preview(PreviewCase { case_no: case_no.clone(), slice: Slice::ALL }));
    assert_eq!(ask(Request::Commit(CommitCase { case_no, key: None })), 1, "a commit");
    let voucher_no = shop.json(&["vouchers"])["rows"][0]["voucher_no"].as_str().unwrap().parse().unwrap();
    for (what, request) in [
        ("trade", Request::Trade(ShowTrade { trade_no: "T0000".parse().unwrap() })),
        ("voucher", Request::Voucher(ShowVoucher { voucher_no })),
        ("account", Request::Account(ShowAccount { code: "2001.C00".parse().unwrap(), as_of: None })),
        ("overview", Request::Overview(ShowOverview {})),
    ] {
        let asked = ask(request);
        assert!((1..=2).contains(&asked), "{what}: {asked}");
    }
}

/// A first attempt that only made the tables does not block the next attempt.
#[test]
#[ignore = "needs rqlited"]
fn a_ledger_that_was_made_by_half_is_made_whole() {
    let shop = Shop::at(one());
    let Place::Cluster(cluster) = &shop.place else { unreachable!() };
    let there = storno::store::engine::rqlite::Cluster { hosts: cluster.hosts(), ..Default::default() };
    drop(storno::store::engine::rqlite::Rqlite::create(there, std::sync::Arc::new(|| None)).unwrap());
    shop.done(&["init", &shop.home()]);
    assert_eq!(shop.verified()["vouchers"], 0);
    shop.run(&["init", &shop.home()]).refused("STORNO-EXISTS");
}

/// Four clients commit the same cases in different orders.
#[test]
#[ignore = "needs rqlited"]
fn four_clients_book_every_correction_once() {
    let (shop, cases) = ready(one(), 12);
    four_race(&shop, &cases);
}

#[test]
#[ignore = "needs rqlited"]
fn two_posting_at_once_book_everything_once() {
    const DUE: i64 = 1200;
    let shop = Shop::empty_at(one());
    let rows: String = (0..DUE)
        .map(|n| topup(&format!("T{n:05}"), "1.00", &format!("C{:02}", n % 40), "2018-09-12 10:00:00"))
        .collect();
    shop.done(&["import", "trades", &shop.file("many.csv", format!("{TRADES}{rows}"))]);
    let both: Vec<i64> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| shop.json(&["post", "--due"])["posted"].as_i64().unwrap()))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(both.iter().sum::<i64>(), DUE, "{both:?}");
    assert_eq!(shop.number("SELECT count(*) FROM v_event WHERE live_vouchers > 1"), 0);
    assert_eq!(shop.verified()["vouchers"], DUE);
}

/// The leader of three nodes is killed and restarted, over and over, while cases are committed.
#[test]
#[ignore = "needs rqlited"]
fn a_leader_killed_at_any_moment_loses_nothing_that_was_acknowledged() {
    let kills = std::env::var("STORNO_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let (mut shop, cases) = ready(Place::Cluster(Cluster::start(3)), kills * 6);
    let Place::Cluster(mut cluster) = std::mem::replace(&mut shop.place, Place::File) else { unreachable!() };
    let (address, done) = (cluster.address(), AtomicBool::new(false));
    let mut killed = 0;
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut in_doubt = 0;
    std::thread::scope(|scope| {
        let (shop, done, cases, address) = (&shop, &done, &cases, &address);
        let worker = scope.spawn(move || {
            let (mut seen, mut in_doubt) = (BTreeSet::new(), 0);
            for (n, case) in cases.iter().enumerate() {
                // Every other request comes from a client that has not seen the cluster before.
                if n % 2 == 1 {
                    std::fs::remove_dir_all(shop.path("state")).unwrap();
                }
                let mut ran = shop.run(&["commit", case, "--ledger", address, "--json"]);
                // If no host answers or the result is unknown, the program says so, and a retry is safe.
                for _ in 0..20 {
                    if ran.code == 0 {
                        break;
                    }
                    assert!(
                        ran.err.contains("STORNO-UNREACHABLE") || ran.err.contains("STORNO-UNKNOWN"),
                        "{ran:?}"
                    );
                    in_doubt += 1;
                    ran = shop.run(&["commit", case, "--ledger", address, "--json"]);
                }
                let receipt = ran.json();
                let voucher = receipt["vouchers"][0]["voucher_no"].as_str().unwrap().to_owned();
                assert!(seen.insert(voucher), "two cases with one voucher: {ran:?}");
            }
            done.store(true, Ordering::Relaxed);
            (seen, in_doubt)
        });
        let mut chance = fastrand::Rng::with_seed(7);
        while !done.load(Ordering::Relaxed) && killed < kills {
            std::thread::sleep(Duration::from_millis(chance.u64(20..400)));
            let leader = cluster.kill_leader();
            killed += 1;
            std::thread::sleep(Duration::from_millis(chance.u64(0..300)));
            cluster.revive(leader);
        }
        (seen, in_doubt) = worker.join().unwrap();
    });
    println!("{killed} leaders killed, {} commits, {in_doubt} asked again", seen.len());
    assert!(killed > 2, "the work was over before the leader could be killed");
    shop.place = Place::Cluster(cluster);
    let count = i64::try_from(cases.len()).unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), count);
    assert_eq!(shop.number("SELECT count(*) FROM v_event WHERE live_vouchers <> 1"), 0);
    assert_eq!(shop.verified()["vouchers"], count);
}

/// Cancels after the first batch is written.
struct OnePiece(bool);

impl storno::protocol::watch::Watch for OnePiece {
    fn progress(&mut self, progress: storno::protocol::watch::Progress) {
        self.0 |= progress.total.is_some();
    }
    fn cancelled(&self) -> bool {
        self.0
    }
}

/// A file of more than one batch is refused as a whole before anything is written, and resumes if
/// interrupted.
#[test]
#[ignore = "needs rqlited"]
fn a_long_file_is_taken_in_pieces() {
    const ROWS: i64 = 600;
    let shop = Shop::empty_at(one());
    let Place::Cluster(cluster) = &shop.place else { unreachable!() };
    let rows = |from: i64, wrong: Option<i64>| -> String {
        let row = |n: i64| {
            let amount = if Some(n) == wrong { "2.00" } else { "1.00" };
            topup(&format!("T{n:05}"), amount, &format!("C{:02}", n % 40), "2018-09-12 10:00:00")
        };
        (from..from + ROWS).map(row).collect()
    };
    let first = shop.file("first.csv", format!("{TRADES}{}", rows(0, None)));
    assert_eq!(shop.json(&["import", "trades", &first])["added"], ROWS);
    // A file with another amount of a known trade is taken; one with a trade twice is refused as a whole.
    let known =
        shop.json(&["import", "trades", &shop.file("known.csv", format!("{TRADES}{}", rows(0, Some(50))))]);
    assert_eq!((&known["contradicting"], &known["already"]), (&1.into(), &(ROWS - 1).into()), "{known}");
    assert_eq!(shop.findings(&["--trade", "T00050", "--cause", "facts_differ"]).len(), 1);
    let twice = shop.file("twice.csv", format!("{TRADES}{}", rows(700, None).replace("T01299", "T00700")));
    let refused = shop.run(&["import", "trades", &twice]);
    refused.refused("STORNO-TRADE-CONFLICT");
    assert!(refused.err.contains("601"), "its line: {refused:?}");
    assert!(refused.err.contains("twice in twice.csv"), "{refused:?}");
    assert_eq!(shop.number("SELECT count(*) FROM v_trade"), ROWS);
    // A known trade may appear twice in a file, as in a local import.
    let again = topup("T00001", "1.00", "C01", "2018-09-12 10:00:00");
    let again = shop.file("again.csv", format!("{TRADES}{again}{again}"));
    assert_eq!(shop.json(&["import", "trades", &again])["already"], 2);
    // Half of the file is known, and the import is cancelled after its first batch.
    let half = shop.file("half.csv", format!("{TRADES}{}", rows(300, None)));
    let there = storno::store::engine::rqlite::Cluster { hosts: cluster.hosts(), ..Default::default() };
    let keys: storno::store::engine::rqlite::Keys =
        std::sync::Arc::new(|| Some(fastrand::u128(..).to_string()));
    let mut desk = OpenLedger::open_cluster(there, keys, false).map(Desk::from).unwrap();
    let context =
        Context { operator: "op1".parse().unwrap(), now: support::NOW.parse().unwrap(), lang: Lang::En };
    let mut source = storno::files::import::open(half.as_ref()).unwrap();
    let before = cluster.asked();
    let incoming = storno::protocol::intake::Incoming {
        source: &mut source,
        format: storno::files::import::Format::LocalTrades,
        dry_run: false,
        bill: storno::protocol::bills::FileOptions::default(),
        case_no: None,
        refused_after: None,
    };
    let stopped = desk.import(&context, incoming, &mut OnePiece(false));
    assert!(format!("{stopped:?}").contains("Cancelled"), "{stopped:?}");
    let asked = cluster.asked() - before;
    assert!(asked < 12, "{asked} requests for three pieces looked at and one written");
    assert_eq!(shop.number("SELECT count(*) FROM v_trade"), ROWS, "the first piece was known whole");
    let answer = shop.json(&["import", "trades", &half]);
    assert_eq!((&answer["added"], &answer["already"]), (&300.into(), &300.into()));
    assert!(shop.json(&["import", "trades", &half])["imported_before"].is_string());
    // The old system's journal, voucher by voucher.
    let old = |n: i64| {
        format!(
            "J{n:05},1,T{n:05},captured,2018-09-12,1101.WECHAT,debit,1.00,top-up\n\
             J{n:05},2,T{n:05},captured,2018-09-12,2001.C{:02},credit,1.00,top-up\n",
            n % 40
        )
    };
    let head = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";
    let journal: String = (0..ROWS).map(old).collect();
    let journal = shop.file("journal.csv", format!("{head}{journal}"));
    let before = cluster.asked();
    assert_eq!(shop.json(&["import", "journal", &journal])["added"], ROWS);
    let asked = cluster.asked() - before;
    assert!(asked < 40, "{asked} requests for {ROWS} vouchers");
    let before = cluster.asked();
    assert_eq!(shop.json(&["post", "--due"])["posted"], ROWS / 2);
    let asked = cluster.asked() - before;
    assert!(asked < 30, "{asked} requests to post half as many");
    assert_eq!(shop.verified()["vouchers"], ROWS + ROWS / 2);
}

/// A cluster that was restored from an older copy, or now holds another ledger, is refused.
#[test]
#[ignore = "needs rqlited"]
fn a_cluster_that_was_exchanged_or_set_back_is_refused_until_it_is_forgotten() {
    let shop = Shop::empty_at(one());
    let Place::Cluster(cluster) = &shop.place else { unreachable!() };
    let trades =
        shop.file("few.csv", format!("{TRADES}{}", topup("T1", "1.00", "C1", "2018-09-12 10:00:00")));
    shop.done(&["import", "trades", &trades]);
    let old = shop.path("old.db");
    cluster.copy_to(&old);
    shop.done(&["post", "--due"]);
    assert_eq!(shop.json(&["vouchers"])["rows"].as_array().unwrap().len(), 1);
    cluster.load(&old);
    // Another session goes on and reaches the same batch number: the batch seen before is still missing.
    for n in 0..5 {
        let row = topup(&format!("U{n}"), "1.00", "C1", "2018-09-12 10:00:00");
        let mut command =
            shop.command(&["import", "trades", &shop.file("more.csv", format!("{TRADES}{row}"))]);
        assert!(command.env("STORNO_STATE", shop.path("somebody-else")).status().unwrap().success());
    }
    let refused = shop.run(&["vouchers"]);
    refused.ended(3, "STORNO-HEAD-BACK");
    assert!(refused.err.contains("ledgers --forget"), "{refused:?}");
    shop.done(&["ledgers", "--forget", &shop.home()]);
    assert_eq!(shop.json(&["vouchers"])["rows"].as_array().unwrap().len(), 0);
    // Another ledger at the same batch number.
    let other = Shop::empty_at(one());
    let Place::Cluster(there) = &other.place else { unreachable!() };
    other.done(&["import", "trades", &trades]);
    let copy = shop.path("other.db");
    there.copy_to(&copy);
    cluster.load(&copy);
    shop.run(&["vouchers"]).ended(3, "STORNO-LEDGER-CHANGED");
}
