//! Matching of a channel's lines with trades, by size: how many lines a second, and how memory and time grow.
//!
//! One per cent of the trades are wrong: the channel does not list them, has another amount, or lists one that is
//! no trade here. Five per cent equal the trade before them in amount and time, and every second of those bears its
//! reference as well, so that which line answers which trade is decided by what else they have.
//!
//! Run with `cargo bench --bench matching`; `STORNO_BENCH_LINES` sets the largest number of lines (100,000 by
//! default; 1,000,000 takes some minutes and about 1 GB of disk). A quarter and a half of it are measured first.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "a benchmark may stop, and its figures are not money"
)]

mod ledger;

use ledger::{context, import, new_ledger};
use std::io::Write;
use std::path::Path;
use std::time::Instant;
use storno::desk::Desk;
use storno::desk::in_force::DEFAULT_POLICY;
use storno::desk::ledger::OpenLedger;
use storno::domain::trade::ReconStatus;
use storno::protocol::answer::Answer;
use storno::protocol::reports::{ReconcileChannel, Reconciliation};
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;

/// Lines a second that are wanted at any size.
const WANTED: f64 = 200_000.0;

fn main() {
    let most: u64 =
        std::env::var("STORNO_BENCH_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().expect("a folder");
    println!("lines      import s   matching s      lines/s   memory of matching MB");
    for lines in [most / 4, most / 2, most] {
        measure(folder.path(), lines);
    }
}

fn measure(folder: &Path, lines: u64) {
    let [ledger, trades, bill] =
        ["ledger.db", "trades.csv", "bill.csv"].map(|name| folder.join(format!("{lines}-{name}")));
    let wrong = write_files(&trades, &bill, lines);
    let mut desk = empty_ledger(&ledger);
    let start = Instant::now();
    for path in [&trades, &bill] {
        import(&mut desk, path);
    }
    let imported = start.elapsed();
    drop(desk);
    let mut desk = OpenLedger::open(&ledger, true).map(Desk::from).expect("a desk");
    reset_peak();
    let before = memory("VmRSS:");
    let start = Instant::now();
    let found = reconcile(&mut desk);
    let took = start.elapsed();
    let memory = memory("VmHWM:").saturating_sub(before);
    let rate = lines as f64 / took.as_secs_f64();
    println!(
        "{lines:<10} {:>8.2} {:>12.3} {rate:>12.0} {:>12.1}{}",
        imported.as_secs_f64(),
        took.as_secs_f64(),
        memory as f64 / 1024.0,
        if rate < WANTED { "   too slow" } else { "" }
    );
    check(&found, wrong);
    drop(desk);
    for path in [ledger, trades, bill] {
        std::fs::remove_file(path).expect("a file");
    }
}

/// Checks that exactly what is wrong was found.
fn check(found: &Reconciliation, wrong: Wrong) {
    let count = |status| -> u64 {
        let of = found.counts.iter().filter(|count| count.recon == status);
        of.map(|count| count.count.unsigned_abs()).sum()
    };
    assert_eq!(count(ReconStatus::Short), wrong.missing, "short");
    assert_eq!(count(ReconStatus::AmountDiff), wrong.other_amount, "amount_diff");
    assert_eq!(count(ReconStatus::Long), wrong.unknown, "long");
    assert_eq!(count(ReconStatus::Ambiguous), 0, "ambiguous");
}

/// What is wrong in the files.
#[derive(Debug, Clone, Copy, Default)]
struct Wrong {
    missing: u64,
    other_amount: u64,
    unknown: u64,
}

/// Writes a list of trades of one day, and the channel's bill of it.
fn write_files(trades: &Path, bill: &Path, lines: u64) -> Wrong {
    let file = |path| std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    let (mut trades, mut bill) = (file(trades), file(bill));
    writeln!(
        trades,
        "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,merchant,\
         trade_time,trade_status,clearing_status,channel_no"
    )
    .expect("a line");
    let head = include_str!("../tests/data/wechat-trade-ALL-20180912.csv").lines().next().expect("a header");
    writeln!(bill, "{}", head.trim_start_matches('\u{feff}')).expect("a line");
    let mut wrong = Wrong::default();
    let (mut listed, mut sum) = (0_u64, 0_u64);
    for n in 0..lines {
        // Each twentieth equals the one before it, in amount and time.
        let of = if n % 20 == 19 { n - 1 } else { n };
        let reference = if n % 40 == 39 { of } else { n };
        let second = 3600 + of * 79_000 / lines;
        let time = format!("2018-09-12 {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        let amount = 10 + of * 7919 % 890;
        let is_unknown = n % 400 == 310;
        if is_unknown {
            wrong.unknown += 1;
        } else {
            writeln!(
                trades,
                "T{n:08},topup,agreement,WECHAT,WX{reference:012},,{amount}.00,CNY,0.06,C{:05},,{time},SUCCESS,UNCLEARED,42{n:026}",
                n % 5000
            )
            .expect("a line");
        }
        let theirs = match n % 200 {
            100 => {
                wrong.missing += 1;
                continue;
            }
            50 if n % 400 == 50 => {
                wrong.other_amount += 1;
                amount + 1
            }
            _ => amount,
        };
        (listed, sum) = (listed + 1, sum + theirs);
        writeln!(
            bill,
            "`{time},`wx8888888888888888,`1900000109,`0,`,`42{n:026},`WX{reference:012},`oSYN{n:024},`JSAPI,`SUCCESS,\
             `OTHERS,`CNY,`{theirs}.00,`0.00,`0,`0,`0.00,`0.00,`,`,`goods,`,`0.06000,`0.60%,`{theirs}.00,`0.00,`"
        )
        .expect("a line");
    }
    writeln!(
        bill,
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    )
    .expect("a line");
    let fees = listed * 6;
    writeln!(bill, "`{listed},`{sum}.00,`0.00,`0.00,`{}.{:02}000,`{sum}.00,`0.00", fees / 100, fees % 100)
        .expect("a line");
    wrong
}

fn empty_ledger(path: &Path) -> Desk {
    let context = context();
    let new = new_ledger(DEFAULT_POLICY);
    OpenLedger::create(path, &new, &context.operator, context.now).map(Desk::from).expect("a ledger")
}

fn reconcile(desk: &mut Desk) -> Box<Reconciliation> {
    let request = ReconcileChannel {
        channel: "WECHAT".parse().expect("a channel"),
        day: "2018-09-12".parse().expect("a day"),
    };
    match desk.ask(&context(), Request::Reconcile(request), &mut Unwatched).expect("a reconciliation") {
        Answer::Reconciliation(found) => found,
        other => panic!("{other:?}"),
    }
}

/// Forgets the highest memory of the process so far, where the system can.
fn reset_peak() {
    // An error is ignored: then the peak of the import counts as well.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Returns a line of the process's status in kilobytes, 0 where there is none.
fn memory(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(of));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
