//! Cost of a commit on each engine in one run: a file, ssh over the loopback, a cluster of one node and of
//! three; and again with 20 ms of round trip added.
//!
//! Needs sshd and rqlited, which `.ci/test` installs. Run with `cargo bench --bench engines`;
//! `STORNO_BENCH_COMMITS` sets the number of commits (200 by default).

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    dead_code,
    reason = "a benchmark may stop, and its figures are not money"
)]

mod ledger;
#[path = "../tests/support/place.rs"]
mod place;

use ledger::{context, import, new_ledger};
use place::{Cluster, PROGRAM, Sshd, free_port};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::domain::finding::Cause;
use storno::domain::id::CaseNo;
use storno::protocol::answer::Answer;
use storno::protocol::findings::FindingFilter;
use storno::protocol::ledger::ShowLedger;
use storno::protocol::opening::OpenCases;
use storno::protocol::opening::{Bulk, Opening};
use storno::protocol::page::Slice;
use storno::protocol::preview::PreviewCase;
use storno::protocol::receipt::CommitCase;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;
use storno::remote::client::{Client, ClientTerms};
use storno::remote::known::KnownHeads;
use storno::remote::ssh::Ssh;
use storno::store::engine::rqlite::Keys;

/// One person may make and approve.
const POLICY: (&str, &str) = ("policy.toml", "four_eyes = false\n");

/// Added to every round trip.
const ADDED: Duration = Duration::from_millis(20);
/// Timed reads of the head.
const READS: usize = 300;

fn main() {
    let commits: usize =
        std::env::var("STORNO_BENCH_COMMITS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    println!("{commits} commits each (a case of one posting, prepared and previewed before), p50 / p95 ms");
    let folder = tempfile::tempdir().expect("a folder");
    let sshd = Sshd::start(&[]);

    let path = folder.path().join("file.db");
    let mut desk = OpenLedger::create(&path, &new_ledger(POLICY), &context().operator, context().now)
        .map(Desk::from)
        .expect("a ledger");
    prepare(&mut desk, folder.path(), commits);
    measure("file", &mut desk, commits);

    for (name, delay) in [("ssh", None), ("ssh + 20 ms", Some(ADDED))] {
        let path = folder.path().join(format!("{}.db", name.len()));
        let mut desk = OpenLedger::create(&path, &new_ledger(POLICY), &context().operator, context().now)
            .map(Desk::from)
            .expect("a ledger");
        prepare(&mut desk, folder.path(), commits);
        drop(desk);
        let port = delay.map_or(sshd.port, |delay| slow(sshd.port, delay));
        let config = folder.path().join(format!("config{}", name.len()));
        let text = std::fs::read_to_string(&sshd.config).expect("a configuration");
        let text = text.replace(&format!("Port {}", sshd.port), &format!("Port {port}"));
        std::fs::write(&config, text.replace("StrictHostKeyChecking yes", "StrictHostKeyChecking no"))
            .expect("a configuration");
        let dial = Ssh {
            client: "ssh".into(),
            config: Some(config),
            user: None,
            host: "ledger".to_owned(),
            port: None,
            program: PROGRAM.to_owned(),
        };
        let keys = keys();
        let terms = ClientTerms {
            address: name.to_owned(),
            ledger: path.display().to_string(),
            read_only: false,
            operator: context().operator,
            time_is_given: true,
            known: KnownHeads::default(),
            keys: Box::new(move || keys()),
        };
        let start = Instant::now();
        let mut client =
            Client::connect(Box::new(dial), terms, &mut storno::protocol::watch::Unwatched).expect("a line");
        println!("  {name:<22} connected in {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
        measure(name, &mut client, commits);
    }

    for nodes in [1, 3] {
        for delay in [None, Some(ADDED)] {
            let cluster = Cluster::start(nodes);
            let hosts = cluster.hosts();
            let mut place =
                storno::store::engine::rqlite::Cluster { hosts: hosts.clone(), ..Default::default() };
            let mut desk = OpenLedger::create_in_cluster(
                place.clone(),
                keys(),
                &new_ledger(POLICY),
                &context().operator,
                context().now,
            )
            .map(Desk::from)
            .expect("a ledger");
            prepare(&mut desk, folder.path(), commits);
            drop(desk);
            let mut name = format!("rqlite, {nodes} node(s)");
            if let Some(delay) = delay {
                name.push_str(" + 20 ms");
                place.hosts = hosts
                    .iter()
                    .map(|host| {
                        let port = host.rsplit_once(':').unwrap().1.parse().unwrap();
                        format!("127.0.0.1:{}", slow(port, delay))
                    })
                    .collect();
            }
            let mut desk = OpenLedger::open_cluster(place, keys(), false).map(Desk::from).expect("a desk");
            measure(&name, &mut desk, commits);
        }
    }
}

fn keys() -> Keys {
    Arc::new(|| {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        Some(storno::domain::chain::hex(&bytes))
    })
}

/// Makes this many unposted top-ups and a staged case for each.
fn prepare(desk: &mut Desk, folder: &Path, commits: usize) {
    let file = folder.join("trades.csv");
    let mut text = "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,merchant,\
                    trade_time,trade_status,clearing_status\n"
        .to_owned();
    for n in 0..commits {
        text.push_str(&format!(
            "T{n:05},topup,agreement,WECHAT,REF{n},,{}.00,CNY,0.06,C{:02},,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
            10 + n % 90,
            n % 40
        ));
    }
    std::fs::write(&file, text).expect("a file");
    import(desk, &file);
    let filter = FindingFilter { cause: Some(Cause::Unposted), ..FindingFilter::default() };
    let opening = Opening { plan: true, ..Opening::default() };
    let bulk = Bulk { opening, filter, limit: None, one: false };
    desk.ask(&context(), Request::CaseBulk(OpenCases { bulk }), &mut Unwatched).expect("cases");
}

fn measure(name: &str, service: &mut dyn Service, commits: usize) {
    let context = context();
    let mut ask = |request: Request| {
        let start = Instant::now();
        let answer = service.ask(&context, request, &mut Unwatched).expect("an answer");
        (answer, start.elapsed())
    };
    let reads: Vec<Duration> = (0..READS).map(|_| ask(Request::Ledger(ShowLedger {})).1).collect();
    let mut took = Vec::new();
    for n in 1..=commits {
        let case_no = CaseNo::numbered(n.try_into().expect("a number"));
        // What a person does: look, then commit.
        ask(Request::Preview(PreviewCase { case_no: case_no.clone(), slice: Slice::ALL }));
        let (answer, time) = ask(Request::Commit(CommitCase { case_no, key: None }));
        assert!(matches!(answer, Answer::Receipt(receipt) if !receipt.replayed));
        took.push(time);
    }
    let (read50, read95) = percentiles(reads);
    let (commit50, commit95) = percentiles(took);
    println!(
        "  {name:<22} commit {commit50:>7.2} / {commit95:>7.2}    head read {read50:>7.2} / {read95:>7.2}"
    );
}

fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1000.0;
    (at(50), at(95))
}

/// Returns a local port that forwards to `port`, with half of `round_trip` as delay in each direction.
fn slow(port: u16, round_trip: Duration) -> u16 {
    let here = free_port();
    let listener = TcpListener::bind(("127.0.0.1", here)).expect("a port");
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let far = TcpStream::connect(("127.0.0.1", port)).expect("the other side");
            for stream in [&near, &far] {
                stream.set_nodelay(true).expect("no delay of TCP's own");
            }
            let pairs = [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)];
            for (from, to) in pairs {
                carry(from, to, round_trip / 2);
            }
        }
    });
    here
}

fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, receiver) = channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if sender.send((Instant::now() + delay, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
