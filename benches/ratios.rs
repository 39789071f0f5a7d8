//! Costs of the guards, the seal and the desk, as ratios of two measurements in one run.
//!
//! Machines differ and are noisy, so every figure is measured next to its own baseline, minutes apart at
//! most, and the budgets name the ratio. Run with `cargo bench --bench ratios`; `STORNO_BENCH_TRADES` sets
//! the number of trades (200,000 by default; 400,000 make a million entries).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::float_arithmetic,
    clippy::too_many_lines,
    reason = "a benchmark may stop, and its figures are not money"
)]

mod ledger;

use ledger::{context, import, new_ledger};
use rusqlite::{Connection, params};
use std::path::Path;
use std::time::{Duration, Instant};
use storno::desk::Desk;
use storno::desk::in_force::DEFAULT_POLICY;
use storno::desk::ledger::OpenLedger;
use storno::desk::open::DEFAULT_RULES;
use storno::domain::chain::{Seal, SealedEntry, SealedVoucher};
use storno::domain::money::Currency;
use storno::protocol::accounts::ListAccounts;
use storno::protocol::accounts::ListChain;
use storno::protocol::answer::Answer;
use storno::protocol::findings::SummariseFindings;
use storno::protocol::ledger::ShowOverview;
use storno::protocol::ledger::VerifyLedger;
use storno::protocol::page::{Page, RowKey, Start};
use storno::protocol::posting::PostTrades;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::trades::ListTrades;
use storno::protocol::trades::TradeFilter;
use storno::protocol::try_rules::{TriedFile, TryRules};
use storno::protocol::vouchers::ListVouchers;
use storno::protocol::vouchers::VoucherFilter;
use storno::protocol::watch::Unwatched;

const BATCH: u64 = 2000;

fn main() {
    let trades: u64 =
        std::env::var("STORNO_BENCH_TRADES").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let folder = tempfile::tempdir().expect("a folder");
    println!("{trades} trades, {BATCH} in a batch, WAL, synchronous=FULL");
    let ours = folder.path().join("ours.db");
    let bare = folder.path().join("bare.db");
    imports(folder.path(), &ours, trades);
    std::fs::copy(&ours, &bare).expect("a copy");
    posting(&ours, &bare, trades);
    verifying(&ours);
    reading(&ours);
    findings(&ours);
}

fn ledger(path: &Path) -> Desk {
    let context = context();
    let new = new_ledger(DEFAULT_POLICY);
    OpenLedger::create(path, &new, &context.operator, context.now).map(Desk::from).expect("a ledger")
}

/// Writes a trade file, half top-ups and half payments: two and three pairs of lines each.
fn trade_file(path: &Path, trades: u64) {
    use std::io::Write;
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    writeln!(
        out,
        "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,merchant,\
         trade_time,trade_status,clearing_status"
    )
    .expect("a line");
    for n in 1..=trades {
        let second = n * 86_000 / trades;
        let time = format!("2018-09-12 {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        let (kind, merchant) =
            if n % 2 == 0 { ("topup", String::new()) } else { ("pay", format!("M{:03}", n % 97)) };
        writeln!(
            out,
            "T{n:08},{kind},agreement,WECHAT,WX{n:012},,{}.00,CNY,0.06,C{:05},{merchant},{time},SUCCESS,UNCLEARED",
            10 + n % 90,
            n % 5000
        )
        .expect("a line");
    }
}

/// Writes the channel's bill of the same trades.
fn bill_file(path: &Path, trades: u64) {
    use std::io::Write;
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    let head = include_str!("../tests/data/wechat-trade-ALL-20180912.csv").lines().next().expect("a header");
    writeln!(out, "{}", head.trim_start_matches('\u{feff}')).expect("a line");
    let (mut sum, mut fees) = (0, 0);
    for n in 1..=trades {
        let second = n * 86_000 / trades;
        let amount = 10 + n % 90;
        sum += amount;
        fees += 6;
        writeln!(
            out,
            "`2018-09-12 {:02}:{:02}:{:02},`wx8888888888888888,`1900000109,`0,`,`42{n:026},`WX{n:012},`oSYN{n:024},`JSAPI,`SUCCESS,\
             `OTHERS,`CNY,`{amount}.00,`0.00,`0,`0,`0.00,`0.00,`,`,`goods,`,`0.06000,`0.60%,`{amount}.00,`0.00,`",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
        .expect("a line");
    }
    writeln!(
        out,
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    )
    .expect("a line");
    writeln!(out, "`{trades},`{sum}.00,`0.00,`0.00,`{}.{:02}000,`{sum}.00,`0.00", fees / 100, fees % 100)
        .expect("a line");
}

fn rate(what: &str, count: u64, took: Duration) -> f64 {
    let per_second = count as f64 / took.as_secs_f64();
    println!("  {what:<44} {per_second:>12.0}/s  {:>8.2} s", took.as_secs_f64());
    per_second
}

fn imports(folder: &Path, ours: &Path, trades: u64) {
    println!("import");
    let (trade_csv, bill_csv) = (folder.join("trades.csv"), folder.join("bill.csv"));
    trade_file(&trade_csv, trades);
    bill_file(&bill_csv, trades);
    let settings = storno::files::import::Settings {
        currency: Currency::CNY,
        zone: jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone"),
        codes: storno::files::import::Codes::named(),
        profile: None,
        day: None,
    };
    let mut lines = Vec::new();
    let file = std::fs::File::open(&bill_csv).expect("a file");
    let start = Instant::now();
    let format = storno::files::import::Format::WechatTrade;
    storno::files::import::read_bill::<()>(file, "bill", &settings, format, &mut |_| Ok(())).expect("a bill");
    rate("bill: parse alone", trades, start.elapsed());
    let file = std::fs::File::open(&bill_csv).expect("a file");
    storno::files::import::read_bill::<()>(file, "bill", &settings, format, &mut |line| {
        lines.push(line);
        Ok(())
    })
    .expect("a bill");
    let mut desk = ledger(ours);
    rate("trades: end to end", trades, import(&mut desk, &trade_csv));
    let end_to_end = rate("bill: end to end", trades, import(&mut desk, &bill_csv));
    drop(desk);
    let bare = folder.join("bare-lines.db");
    let connection = unguarded(&bare, ours);
    connection.execute_batch("DELETE FROM statement_line;").expect("an empty table");
    let start = Instant::now();
    connection.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
    {
        let mut insert = connection
            .prepare("INSERT INTO statement_line (id, statement, line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, \
                 fee_minor, currency, status, occurred_at) VALUES (?1, 1, ?2, 'WECHAT', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
            .expect("a statement");
        for (id, line) in (1_i64..).zip(&lines) {
            insert
                .execute(params![
                    id,
                    line.line as i64,
                    line.kind.as_str(),
                    line.channel_ref.as_str(),
                    line.original_ref.as_ref().map(storno::domain::id::ChannelRef::as_str),
                    line.channel_no,
                    line.amount_minor,
                    line.fee_minor,
                    line.currency.code(),
                    line.status.as_str(),
                    line.occurred_at.to_string(),
                ])
                .expect("a row");
        }
    }
    connection.execute_batch("COMMIT").expect("a commit");
    let inserts = rate("bill: bare inserts of the same rows", trades, start.elapsed());
    println!("  ratio end to end / bare                      {:>12.2}", end_to_end / inserts);
}

/// Opens a copy of a ledger without triggers and foreign keys.
fn unguarded(path: &Path, of: &Path) -> Connection {
    if !path.exists() {
        std::fs::copy(of, path).expect("a copy");
    }
    let connection = Connection::open(path).expect("a connection");
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("WAL");
    connection.pragma_update(None, "synchronous", "FULL").expect("FULL");
    connection.pragma_update(None, "foreign_keys", false).expect("no foreign keys");
    connection.pragma_update(None, "cache_size", -24_000).expect("the same cache");
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .expect("a statement")
        .query_map([], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("names");
    for trigger in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}")).expect("a dropped trigger");
    }
    connection
}

fn posting(ours: &Path, bare: &Path, trades: u64) {
    println!("posting");
    let connection = unguarded(bare, ours);
    let start = Instant::now();
    bare_posting(&connection);
    let base = rate("bare: read, compute, hash, insert, mark", trades, start.elapsed());
    drop(connection);
    let mut desk = OpenLedger::open(ours, false).map(Desk::from).expect("a desk");
    let start = Instant::now();
    let answer = desk
        .ask(&context(), Request::Post(PostTrades { trades: Vec::new() }), &mut Unwatched)
        .expect("a posting");
    let took = start.elapsed();
    let Answer::Posted(posted) = answer else { panic!("not a posting") };
    assert_eq!(posted.posted.unsigned_abs(), trades, "{:?}", posted.refused.first());
    let guarded = rate("ours: by rules, all guards on", trades, took);
    println!("  ratio ours / bare                            {:>12.2}", guarded / base);
}

struct Head {
    id: i64,
    normal: i64,
    seq: i64,
    balance: i64,
}

/// Writes the same rows into the same tables, as a program without rules and guards would.
fn bare_posting(connection: &Connection) {
    let mut heads: std::collections::HashMap<String, Head> = std::collections::HashMap::new();
    let mut accounts: i64 =
        connection.query_row("SELECT max(id) FROM account", [], |row| row.get(0)).expect("a number");
    for (id, code, normal) in connection
        .prepare("SELECT id, code, normal FROM account")
        .expect("a statement")
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
    {
        heads.insert(code, Head { id, normal, seq: 0, balance: 0 });
    }
    connection
        .execute("INSERT INTO day (day, state, opened_at) VALUES ('2018-09-12', 'open', '2018-09-20T12:00:00+08:00')", [])
        .expect("a day");
    let mut select = connection
        .prepare("SELECT id, trade_no, kind, amount_minor, fee_minor, customer, merchant FROM trade WHERE id > ?1 ORDER BY id LIMIT ?2")
        .expect("a statement");
    let mut entry = connection
        .prepare("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'normal', ?7, ?8, 'CNY')")
        .expect("a statement");
    let mut voucher = connection
        .prepare(
            "INSERT INTO voucher VALUES (?1, ?2, 'supplement', 'normal', ?3, ?4, NULL, NULL, '2018-09-12', '2018-09-12', \
             '2018-09-12', NULL, ?5, 'bench', NULL, '2018-09-20T12:00:00+08:00', ?6, ?7, ?8)",
        )
        .expect("a statement");
    let mut account = connection
        .prepare("INSERT INTO account VALUES (?1, ?2, ?3, ?4, 'liability', ?5, 'CNY', 'active', 1, NULL)")
        .expect("a statement");
    let mut mark = connection.prepare("UPDATE event SET live = 1 WHERE id = ?1").expect("a statement");
    let mut seal = Seal::default();
    let mut hash = storno::domain::chain::GENESIS.to_owned();
    let (mut after, mut seq) = (0_i64, 0_i64);
    loop {
        let rows: Vec<(i64, String, String, i64, i64, String, Option<String>)> = select
            .query_map(params![after, BATCH as i64], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                ))
            })
            .expect("rows")
            .collect::<Result<_, _>>()
            .expect("rows");
        let Some(last) = rows.last() else { break };
        after = last.0;
        connection.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
        for (trade, trade_no, kind, amount, fee, customer, merchant) in rows {
            seq += 1;
            let channel = "1101.WECHAT".to_owned();
            let merchant_fee = (amount + 50) / 100;
            let lines: Vec<(String, i64, i64)> = match &merchant {
                None => {
                    let holder = format!("2001.{customer}");
                    vec![
                        (channel.clone(), 1, amount),
                        (holder, -1, amount),
                        ("6401".into(), 1, fee),
                        (channel, -1, fee),
                    ]
                }
                Some(name) => {
                    let holder = format!("2002.{name}");
                    vec![
                        (channel.clone(), 1, amount),
                        (holder.clone(), -1, amount),
                        (holder, 1, merchant_fee),
                        ("6001".into(), -1, merchant_fee),
                        ("6401".into(), 1, fee),
                        (channel, -1, fee),
                    ]
                }
            };
            let voucher_no = format!("V{seq:05}");
            let rule = format!("{kind}.captured@1");
            seal.voucher(&SealedVoucher {
                prev_hash: &hash,
                seq,
                voucher_no: &voucher_no,
                kind: "supplement",
                mode: "normal",
                trade_no: Some(&trade_no),
                event: Some("captured"),
                reverses: None,
                case_no: None,
                accounting_date: "2018-09-12",
                business_date: "2018-09-12",
                value_date: "2018-09-12",
                reason: None,
                rule: Some(&rule),
                maker: "bench",
                checker: None,
                posted_at: "2018-09-20T12:00:00+08:00",
                memo: &kind,
            });
            for (number, (code, side, minor)) in (1_i64..).zip(&lines) {
                let head = heads.entry(code.clone()).or_insert_with(|| {
                    accounts += 1;
                    let subject = code.split('.').next().expect("a subject");
                    let normal = if subject.starts_with('1') { 1 } else { -1 };
                    account.execute(params![accounts, code, subject, code, normal]).expect("an account");
                    Head { id: accounts, normal, seq: 0, balance: 0 }
                });
                let before = head.balance;
                head.balance += side * minor;
                head.seq += 1;
                seal.entry(&SealedEntry {
                    line: number,
                    account: code,
                    account_seq: head.seq,
                    side: if *side > 0 { "debit" } else { "credit" },
                    amount_minor: *minor,
                    mode: "normal",
                    balance_before_minor: before * head.normal,
                    balance_after_minor: head.balance * head.normal,
                    currency: "CNY",
                });
                entry
                    .execute(params![seq, number, head.id, head.seq, side, minor, before, head.balance])
                    .expect("an entry");
            }
            let next = seal.finish();
            voucher
                .execute(params![seq, voucher_no, trade, trade * 8 + 1, rule, kind, hash, next])
                .expect("a voucher");
            mark.execute([trade * 8 + 1]).expect("a mark");
            hash = next;
        }
        connection.execute_batch("COMMIT").expect("a commit");
    }
}

fn verifying(ours: &Path) {
    println!("verify");
    let mut desk = OpenLedger::open(ours, true).map(Desk::from).expect("a desk");
    let start = Instant::now();
    let answer = desk
        .ask(&context(), Request::Verify(VerifyLedger { quick: true, findings: false }), &mut Unwatched)
        .expect("a verification");
    let took = start.elapsed();
    let Answer::Verified(verified) = answer else { panic!("not a verification") };
    assert!(verified.ok, "{:?}", verified.problems.first());
    rate("entries, every hash, link and balance", verified.entries.unsigned_abs(), took);
}

/// Prints the median and 99th percentile of a repeated request.
fn timed(desk: &mut Desk, what: &str, mut request: impl FnMut(i64) -> Request) {
    let mut times: Vec<Duration> = (0..200)
        .map(|n| {
            let request = request(n);
            let start = Instant::now();
            desk.ask(&context(), request, &mut Unwatched).expect("an answer");
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "  {what:<44} p50 {:>7.3} ms  p99 {:>7.3} ms",
        times[times.len() / 2].as_secs_f64() * 1e3,
        times[times.len() * 99 / 100].as_secs_f64() * 1e3
    );
}

fn reading(ours: &Path) {
    println!("start and pages");
    let start = Instant::now();
    let mut desk = OpenLedger::open(ours, true).map(Desk::from).expect("a desk");
    desk.ask(&context(), Request::Overview(ShowOverview {}), &mut Unwatched).expect("an overview");
    println!(
        "  open and first overview                      {:>10.3} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    let page = |start| Page { start, limit: 40 };
    timed(&mut desk, "trades, 40 rows, anywhere", |n| {
        Request::Trades(ListTrades {
            filter: TradeFilter::default(),
            page: page(Start::After(RowKey::Number(n * 997))),
        })
    });
    timed(&mut desk, "vouchers, 40 rows, anywhere", |n| {
        Request::Vouchers(ListVouchers {
            filter: VoucherFilter::default(),
            page: page(Start::After(RowKey::Number(n * 997))),
        })
    });
    timed(&mut desk, "chain of the busiest account, anywhere", |n| {
        Request::Chain(ListChain {
            account: "1101.WECHAT".parse().expect("an account"),
            page: page(Start::After(RowKey::Number(n * 1009))),
        })
    });
    timed(&mut desk, "chain, last page", |_| {
        Request::Chain(ListChain {
            account: "1101.WECHAT".parse().expect("an account"),
            page: page(Start::Last),
        })
    });
    timed(&mut desk, "accounts, 40 rows", |n| {
        Request::Accounts(ListAccounts {
            prefix: "2001.".to_owned(),
            page: page(Start::After(RowKey::Text(format!("2001.C{:05}", n * 13)))),
        })
    });
}

fn findings(ours: &Path) {
    println!("findings");
    let mut desk = OpenLedger::open(ours, true).map(Desk::from).expect("a desk");
    let mut rates = Vec::new();
    for what in ["full", "again, nothing changed"] {
        let start = Instant::now();
        let answer = desk
            .ask(&context(), Request::FindingSummary(SummariseFindings {}), &mut Unwatched)
            .expect("findings");
        let took = start.elapsed();
        let Answer::FindingSummary(summary) = answer else { panic!("not a summary") };
        rates.push(rate(what, summary.trades.unsigned_abs(), took));
    }
    let full = rates.first().copied().expect("a rate");
    println!("rules try");
    let old = "valid_from = \"2018-01-01\"\nvalue = \"0.0100\"";
    let dearer = DEFAULT_RULES.1.replacen(old, &old.replace("0.0100", "0.0200"), 1);
    for (what, text) in
        [("the rules in force", DEFAULT_RULES.1), ("twice the fee, half of the trades", &dearer)]
    {
        let request = TryRules {
            rules: TriedFile { file: "tried.toml".to_owned(), text: text.to_owned() },
            chart: None,
            channels: None,
            kinds: None,
            from: None,
            to: None,
            limit: 20,
        };
        let start = Instant::now();
        let answer = desk.ask(&context(), Request::RulesTry(request), &mut Unwatched).expect("a trial");
        let took = start.elapsed();
        let Answer::Tried(tried) = answer else { panic!("not a trial") };
        let expected = if text == dearer { tried.trades / 2 } else { 0 };
        assert_eq!(tried.counts.changed, expected, "{:?}", tried.counts);
        let tried = rate(what, tried.trades.unsigned_abs(), took);
        println!("  ratio to a full scan for findings            {:>12.2}", tried / full);
    }
}
