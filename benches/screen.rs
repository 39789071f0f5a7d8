//! Latency of the workstation: the first useful frame, key to frame, bytes to the terminal.
//!
//! The real program runs in a pseudo terminal of 120 columns and 40 rows, on a ledger of
//! `STORNO_BENCH_TRADES` trades (200,000 by default, a million entries); `STORNO_BENCH_LEDGER` names a
//! ledger that is made once and kept. Times run from the key to the end of the frame as a terminal reads
//! it, including the limit of thirty frames a second. Run with `cargo bench --bench screen`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a benchmark may stop, and its figures are not money"
)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const NOW: &str = "2018-09-20T12:00:00+08:00";
const COLUMNS: u16 = 120;
const ROWS: u16 = 40;
/// Silence after which a key counts as answered.
const QUIET: Duration = Duration::from_millis(300);
/// Longest wait for a frame.
const PATIENCE: Duration = Duration::from_mins(1);
/// Repeats of a held key: fewer than a screen of rows, so that the first of them do not scroll.
const HELD: usize = 30;
/// The end of a frame: the workstation wraps each one in a synchronized update.
const FRAME_END: &[u8] = b"\x1b[?2026l";

fn main() {
    let trades: u64 =
        std::env::var("STORNO_BENCH_TRADES").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let folder = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("STORNO_BENCH_LEDGER").map(PathBuf::from);
    let ledger = kept.unwrap_or_else(|| folder.path().join("screen.db"));
    if !ledger.exists() {
        make(&ledger, folder.path(), trades);
    }
    println!("{trades} trades, {COLUMNS}x{ROWS}");
    start(&ledger);
    for lang in ["en", "zh-CN"] {
        println!("{lang}");
        keys(&ledger, lang);
    }
}

fn storno() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storno"));
    command.args(["--now", NOW, "--operator", "bench", "--lang", "en"]).stdout(Stdio::null());
    command
}

/// Makes the ledger, half top-ups and half payments, imported and posted: two and three pairs of lines
/// each.
fn make(ledger: &Path, folder: &Path, trades: u64) {
    let file = folder.join("trades.csv");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).expect("a file"));
    let head = "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,\
                merchant,trade_time,trade_status,clearing_status";
    writeln!(out, "{head}").expect("a line");
    for n in 1..=trades {
        let second = n * 86_000 / trades;
        let time = format!("2018-09-12 {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        let (kind, merchant) =
            if n % 2 == 0 { ("topup", String::new()) } else { ("pay", format!("M{:03}", n % 97)) };
        let (amount, customer) = (10 + n % 90, n % 5000);
        writeln!(
            out,
            "T{n:08},{kind},agreement,WECHAT,WX{n:012},,{amount}.00,CNY,0.06,C{customer:05},{merchant},{time},SUCCESS,UNCLEARED"
        )
        .expect("a line");
    }
    out.flush().expect("a file");
    drop(out);
    let address = ledger.display().to_string();
    let file = file.display().to_string();
    for words in [&["init", &address][..], &["import", "trades", &file], &["post", "--due"]] {
        let done = storno().args(words).args(["--ledger", &address]).status().expect("the program");
        assert!(done.success(), "{words:?}");
    }
}

/// Bytes as the terminal received them.
struct Piece {
    at: Instant,
    bytes: Vec<u8>,
}

/// A terminal with the workstation in it.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    pieces: Receiver<Piece>,
    screen: vt100::Parser,
    started: Instant,
}

/// The response to a key.
struct Seen {
    /// Time until the first complete frame.
    frame: Duration,
    /// Time until the screen satisfied the condition.
    wished: Duration,
    /// Bytes until silence.
    bytes: usize,
}

impl Terminal {
    fn open(ledger: &Path, lang: &str) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_storno"));
        command.env("TERM", "xterm-256color");
        command.args([&ledger.display().to_string(), "--now", NOW, "--operator", "bench", "--lang", lang]);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(Piece { at: Instant::now(), bytes: bytes[..count].to_vec() }).is_err() {
                    break;
                }
            }
        });
        let keyboard = pair.master.take_writer().expect("a keyboard");
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program");
        let cells = |count| NonZero::new(count).expect("cells");
        let screen = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
        Self { child, _master: pair.master, keyboard, pieces, screen, started }
    }

    /// Waits for the condition, then for silence.
    fn watch(&mut self, since: Instant, wish: impl Fn(&str) -> bool) -> Seen {
        let (mut frame, mut wished, mut bytes, mut tail) = (None, None, 0, Vec::<u8>::new());
        loop {
            let patience = if wished.is_some() { QUIET } else { PATIENCE };
            let Ok(piece) = self.pieces.recv_timeout(patience) else {
                let wished =
                    wished.unwrap_or_else(|| panic!("never came\n{}", self.screen.screen().contents()));
                return Seen { frame: frame.unwrap_or(wished), wished, bytes };
            };
            bytes += piece.bytes.len();
            tail.extend(&piece.bytes);
            self.screen.process(&piece.bytes);
            let ended = tail.windows(FRAME_END.len()).any(|part| part == FRAME_END);
            tail.drain(..tail.len().saturating_sub(FRAME_END.len() - 1));
            if ended {
                let took = piece.at - since;
                frame = frame.or(Some(took));
                if wished.is_none() && wish(&self.screen.screen().contents()) {
                    wished = Some(took);
                }
            }
        }
    }

    fn press(&mut self, key: &str, wish: impl Fn(&str) -> bool) -> Seen {
        let since = Instant::now();
        self.keyboard.write_all(key.as_bytes()).expect("a key");
        self.keyboard.flush().expect("a key");
        self.watch(since, wish)
    }

    /// Holds a key down: this many repeats, thirty a second.
    fn hold(&mut self, key: &str, repeats: usize) -> Seen {
        let since = Instant::now();
        for _ in 0..repeats {
            self.keyboard.write_all(key.as_bytes()).expect("a key");
            self.keyboard.flush().expect("a key");
            std::thread::sleep(Duration::from_millis(33));
        }
        self.watch(since, |_| true)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Median and 99th percentile.
fn spread(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    (millis(times[times.len() / 2]), millis(times[times.len() * 99 / 100]))
}

/// Time from the start of the process to a frame that shows days and the chain.
fn start(ledger: &Path) {
    let mut times = Vec::new();
    for _ in 0..21 {
        let mut terminal = Terminal::open(ledger, "en");
        let since = terminal.started;
        let useful = |shown: &str| shown.contains("2018-09-12") || shown.contains("09-12 open");
        times.push(terminal.watch_first(since, useful));
    }
    let (p50, p99) = spread(&mut times);
    println!("  {:<44} p50 {p50:>7.1} ms  p99 {p99:>7.1} ms", "start to first useful frame");
}

impl Terminal {
    /// Waits for the condition only.
    fn watch_first(&mut self, since: Instant, wish: impl Fn(&str) -> bool) -> Duration {
        loop {
            let piece = self.pieces.recv_timeout(PATIENCE).expect("a frame");
            self.screen.process(&piece.bytes);
            if wish(&self.screen.screen().contents()) {
                return piece.at - since;
            }
        }
    }
}

/// Keys on each list: time to the frame, and its cost.
fn keys(ledger: &Path, lang: &str) {
    let mut terminal = Terminal::open(ledger, lang);
    let since = terminal.started;
    terminal.watch_first(since, |shown| shown.contains("09-12"));
    let places = [
        ("trades", "2", "T000000"),
        ("journal", "4", " V"),
        ("accounts", "/2001\r", "2001.C"),
        ("chain", "\r", " V"),
    ];
    for (name, way, sign) in places {
        if name == "accounts" {
            terminal.press("3", |shown| shown.contains("2001"));
        }
        let bytes = terminal.press(way, |shown| shown.contains(sign)).bytes;
        println!("  {name:<20} opening it {bytes:>6} B");
        terminal.press("g", |_| true);
        for (what, key) in [("cursor move", "j"), ("page", "\x1b[6~")] {
            let seen: Vec<Seen> = (0..20).map(|_| terminal.press(key, |_| true)).collect();
            let mut frames: Vec<Duration> = seen.iter().map(|seen| seen.frame).collect();
            let (p50, p99) = spread(&mut frames);
            let most = seen.iter().map(|seen| seen.bytes).max().unwrap_or(0);
            let mean = seen.iter().map(|seen| seen.bytes).sum::<usize>() / seen.len();
            println!(
                "  {name:<20} {what:<12} frame p50 {p50:>6.1} ms  p99 {p99:>6.1} ms   {mean:>5} B, at most {most:>5} B"
            );
        }
        terminal.press("g", |_| true);
        for what in ["within the screen", "scrolling"] {
            let held = terminal.hold("j", HELD);
            println!("  {name:<20} held down, {what}: {:>5} B a repeat", held.bytes / HELD);
        }
    }
    let end = terminal.press("2", |shown| shown.contains("T000000"));
    println!("  {:<20} first page {:>6.1} ms", "trades", millis(end.wished));
    std::thread::sleep(Duration::from_secs(3));
    let idle: usize = terminal.pieces.try_iter().map(|piece| piece.bytes.len()).sum();
    println!("  {:<20} idle for 3 s: {idle} B", "trades");
}
