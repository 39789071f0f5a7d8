//! The workstation in a terminal, by keys alone: from the overview to a correction committed by two people.

use crate::support::place::{Cluster, PROGRAM, Place, held, long_way, pipe, script};
use crate::support::{NOW, Shop};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longest wait for a screen; only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal with the workstation in it.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
    /// Bytes received.
    bytes: Arc<AtomicUsize>,
    keys: usize,
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

impl Terminal {
    fn start(shop: &Shop) -> (Box<dyn Child + Send + Sync>, Box<dyn MasterPty + Send>) {
        Self::run(shop, "op1", &[&shop.ledger()], &[])
    }

    /// Starts the program for an operator in its own terminal.
    fn run(
        shop: &Shop,
        operator: &str,
        words: &[&str],
        environment: &[(&str, &Path)],
    ) -> (Box<dyn Child + Send + Sync>, Box<dyn MasterPty + Send>) {
        let pair = native_pty_system().openpty(size(80, 24)).unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.cwd(shop.folder.path());
        command.env("TERM", "xterm-256color");
        for name in ["STORNO_LEDGER", "STORNO_CONFIG"] {
            command.env_remove(name);
        }
        command.env("STORNO_STATE", shop.path(operator));
        command.env("STORNO_SSH_PROGRAM", PROGRAM);
        for (name, value) in environment {
            command.env(name, value);
        }
        command.args(words);
        command.args(["--now", NOW, "--operator", operator, "--lang", shop.lang]);
        (pair.slave.spawn_command(command).unwrap(), pair.master)
    }

    fn open(shop: &Shop) -> Self {
        Self::of(Self::start(shop))
    }

    /// Starts a session on a ledger on another host, reached through the program at `ssh`.
    fn elsewhere(shop: &Shop, operator: &str, ssh: &Path) -> Self {
        let address = shop.place.address(&shop.path("day.db"));
        Self::of(Self::run(shop, operator, &[&address], &[("STORNO_SSH", ssh)]))
    }

    fn of((child, master): (Box<dyn Child + Send + Sync>, Box<dyn MasterPty + Send>)) -> Self {
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(24), cells(80), 0)));
        let mut reader = master.try_clone_reader().unwrap();
        let shown = Arc::clone(&screen);
        let bytes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                counted.fetch_add(count, Ordering::SeqCst);
                shown.lock().unwrap().process(&piece[..count]);
            }
        });
        let keyboard = master.take_writer().unwrap();
        Self { child, master, keyboard, screen, bytes, keys: 0 }
    }

    /// Returns true if anything arrives within this time.
    fn comes_within(&self, pause: Duration) -> bool {
        let before = self.bytes.load(Ordering::SeqCst);
        std::thread::sleep(pause);
        self.bytes.load(Ordering::SeqCst) != before
    }

    fn shown(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen satisfies a condition.
    fn wait(&mut self, wish: &str, holds: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.shown();
            if holds(&shown) {
                return shown;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?} before {wish}\n{shown}");
            assert!(Instant::now() < deadline, "{wish} never came\n{shown}");
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Waits for a text.
    fn see(&mut self, text: &str) -> String {
        self.wait(text, |shown| shown.contains(text))
    }

    /// Waits for a text in the two lines at the top. The screen may be read while a frame is being drawn,
    /// so a test waits for each text it needs instead of searching a screen it waited for otherwise.
    fn top(&mut self, text: &str) {
        self.wait(text, |shown| shown.lines().take(2).any(|line| line.contains(text)));
    }

    /// Presses one key.
    fn press(&mut self, key: &str) {
        self.keyboard.write_all(key.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
        self.keys += 1;
    }

    /// Types a word, key by key.
    fn write(&mut self, word: &str) {
        for letter in word.chars() {
            self.press(&letter.to_string());
        }
    }

    fn resize(&self, cols: u16, rows: u16) {
        self.screen.lock().unwrap().screen_mut().set_size(cells(rows), cells(cols));
        self.master.resize(size(cols, rows)).unwrap();
    }

    /// Quits, and checks that the terminal is restored.
    fn quit(mut self) {
        self.press("q");
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not leave\n{}", self.shown());
            std::thread::sleep(Duration::from_millis(15));
        };
        assert_eq!(status.exit_code(), 0);
        let restored = || {
            let parser = self.screen.lock().unwrap();
            let screen = parser.screen();
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        };
        while !restored() {
            assert!(Instant::now() < deadline, "the terminal is not as it was");
            std::thread::sleep(Duration::from_millis(15));
        }
    }
}

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";

/// The texts expected on the way.
struct Words {
    lang: &'static str,
    overview: &'static [&'static str],
    finding: &'static str,
    staged: &'static str,
    submitted: &'static str,
    own: &'static str,
    approve: &'static str,
    approved: &'static str,
    confirm: &'static str,
    receipt: &'static [&'static str],
    verified: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    overview: &["Overview", "FINDINGS", "wrong account", "posted twice", "intact"],
    finding: "PROPOSED",
    staged: "C0001 is staged",
    submitted: "C0001 waits for a checker",
    own: "second person",
    approve: "Approve C0001?",
    approved: "C0001 is approved",
    confirm: "Commit C0001?",
    receipt: &["V00016", "V00017", "reverse · wipe", "re-post · normal", "committed by other"],
    verified: "vouchers: 17",
};

const CHINESE: Words = Words {
    lang: "zh-CN",
    overview: &["总览", "差错", "记错账户", "重复记账", "完整"],
    finding: "建议更正",
    staged: "C0001 已暂存",
    submitted: "C0001 等待复核",
    own: "复核",
    approve: "复核通过 C0001？",
    approved: "C0001 已复核通过",
    confirm: "将 C0001 提交入账？",
    receipt: &["V00016", "V00017", "冲销 · 抹账", "重记 · 正常", "提交人 other"],
    verified: "17 张凭证",
};

fn walk(words: &Words) {
    let shop = Shop::sample().speaking(words.lang);
    let mut terminal = Terminal::open(&shop);
    terminal.wait("the overview", |shown| {
        words
            .overview
            .iter()
            .filter(|text| **text != "intact" && **text != "完整")
            .all(|text| shown.contains(text))
    });
    let start = terminal.keys;
    terminal.press("5");
    terminal.see("T0001");
    terminal.press(ENTER);
    terminal.see(words.finding);
    terminal.press("s");
    terminal.press(ENTER);
    terminal.see(words.staged);
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 15, "staging books nothing");
    terminal.press("S");
    terminal.see(words.submitted);
    terminal.press("A");
    terminal.wait("the refusal of one's own approval", |shown| {
        !shown.contains(words.submitted) && shown.contains(words.own)
    });
    assert_eq!(shop.json(&["case", "show", "C0001"])["state"], "submitted");
    terminal.write(":operator other");
    terminal.press(ENTER);
    terminal.see(" other ");
    terminal.press("A");
    terminal.see(words.approve);
    terminal.press("y");
    terminal.see(words.approved);
    let asides = terminal.keys;
    for wrong in ["C", ENTER] {
        terminal.press("C");
        terminal.see(words.confirm);
        terminal.press(wrong);
        if wrong == "C" {
            // The starting key does not confirm; the question stays.
            terminal.press("l");
            terminal.see(words.confirm);
            terminal.press(ESCAPE);
        }
        terminal.wait("the question gone", |shown| !shown.contains(words.confirm));
        assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 15, "{wrong:?} is no yes");
    }
    let asides = terminal.keys - asides;
    terminal.press("C");
    terminal.see(words.confirm);
    terminal.press("y");
    terminal.see("V00017");
    for text in words.receipt {
        terminal.see(text);
    }
    let keys = terminal.keys - start - asides;
    assert!(keys < 30, "{keys} keys");
    terminal.press("V");
    terminal.see(words.verified);
    terminal.quit();
    assert_eq!(shop.verified()["vouchers"], 17);
    assert_eq!(
        shop.rows("SELECT maker, checker FROM v_voucher WHERE seq = 17"),
        "Text(\"op1\")|Text(\"other\")|\n"
    );
}

#[test]
fn from_the_overview_to_a_committed_correction_in_english() {
    walk(&ENGLISH);
}

#[test]
fn from_the_overview_to_a_committed_correction_in_chinese() {
    walk(&CHINESE);
}

#[test]
fn no_window_size_ends_the_workstation() {
    let shop = Shop::sample();
    let mut terminal = Terminal::open(&shop);
    terminal.see("wrong account");
    for (cols, rows) in [(60, 16), (40, 10), (1, 1), (200, 60), (60, 16)] {
        terminal.resize(cols, rows);
        for key in ["5", "j", ENTER, "1", "2", "8", "1"] {
            terminal.press(key);
            std::thread::sleep(Duration::from_millis(20));
        }
        if cols >= 60 {
            terminal.wait("the overview again", |shown| {
                shown.contains("wrong account") && shown.contains("Overview")
            });
        }
    }
    terminal.resize(80, 24);
    terminal.top("day.db");
    terminal.see("wrong account");
    terminal.quit();
}

#[test]
fn a_lost_terminal_loses_no_staged_work() {
    let shop = Shop::sample();
    let mut terminal = Terminal::open(&shop);
    terminal.see("wrong account");
    terminal.press("5");
    terminal.see("T0001");
    terminal.press(ENTER);
    terminal.see("PROPOSED");
    terminal.press("s");
    terminal.press(ENTER);
    terminal.see("C0001 is staged");
    terminal.child.kill().unwrap();
    terminal.child.wait().unwrap();
    assert_eq!(shop.json(&["case", "show", "C0001"])["steps"], 2);
    let mut again = Terminal::open(&shop);
    again.see("C0001");
    again.quit();
    shop.verified();
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let shop = Shop::sample();
    let (mut child, master) = Terminal::start(&shop);
    let mut reader = master.try_clone_reader().unwrap();
    let (mut seen, mut bytes) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&seen).contains("wrong account") {
        let count = reader.read(&mut bytes).unwrap();
        assert!(count > 0, "it ended at once");
        seen.extend_from_slice(&bytes[..count]);
    }
    // The terminal is closed: nothing holds its other end any more.
    drop((reader, master));
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it runs on without a terminal");
        std::thread::sleep(Duration::from_millis(15));
    }
    shop.verified();
}

/// The part of a fake `ssh` script that skips the arguments before the command.
const COMMAND: &str = "while [ \"$1\" != \"--\" ]; do shift; done; host=$2; shift 2;";

#[test]
fn the_choice_opens_a_ledger_tells_what_failed_and_is_come_back_to() {
    let shop = Shop::sample_at(Place::Pipe);
    let config = format!(
        "[ledgers.away]\naddress = \"ssh://nowhere/day.db\"\n\
         [ledgers.books]\naddress = \"ssh://here{}\"\nrole = \"prod\"\ncolour = \"magenta\"\n",
        shop.ledger()
    );
    let config = shop.file("ledgers.toml", config);
    let refuse = "echo 'ssh: connect to host nowhere port 22: Connection refused' >&2; exit 255";
    let ssh = script(
        shop.folder.path(),
        "some",
        &format!("{COMMAND} [ $host = nowhere ] && {{ {refuse}; }}; exec sh -c \"$*\""),
    );
    let environment = [("STORNO_SSH", ssh.as_path()), ("STORNO_CONFIG", Path::new(&config))];
    let mut terminal = Terminal::of(Terminal::run(&shop, "op1", &[], &environment));
    terminal.see("Which ledger?");
    terminal.see("away");
    terminal.see("ssh://nowhere/day.db");
    terminal.press(ENTER);
    terminal.see("STORNO-SSH-REFUSED");
    terminal.press("j");
    terminal.press(ENTER);
    terminal.see("wrong account");
    terminal.top("books PROD");
    terminal.top("admin");
    // The configuration says prod, the ledger does not.
    terminal.wait("a frame", |shown| shown.starts_with('┌'));
    terminal.write(":ledger away");
    terminal.press(ENTER);
    terminal.see("STORNO-SSH-REFUSED");
    terminal.press("j");
    terminal.press(ENTER);
    terminal.see("wrong account");
    terminal.write(":ledger");
    terminal.press(ENTER);
    terminal.see("Which ledger?");
    // The last known head.
    terminal.see("no. 15");
    terminal.quit();
}

#[test]
fn nothing_is_chosen_where_nothing_is_named() {
    let shop = Shop::bare();
    let config = shop.file("ledgers.toml", "");
    let environment = [("STORNO_CONFIG", Path::new(&config))];
    let (mut child, master) = Terminal::run(&shop, "op1", &[], &environment);
    let mut said = String::new();
    // Reading from a closed terminal fails.
    let _ = master.try_clone_reader().unwrap().read_to_string(&mut said);
    assert_eq!(child.wait().unwrap().exit_code(), 2);
    assert!(said.contains("No ledger named"), "{said}");
}

#[test]
fn two_people_on_other_hosts_bring_a_correction_into_the_books() {
    let shop = Shop::sample_at(Place::Pipe);
    let ssh = pipe(shop.folder.path());
    let mut maker = Terminal::elsewhere(&shop, "op1", &ssh);
    maker.see("wrong account");
    maker.press("5");
    maker.see("T0001");
    maker.press(ENTER);
    maker.see("PROPOSED");
    maker.press("s");
    maker.press(ENTER);
    maker.see("C0001 is staged");
    maker.press("S");
    maker.see("C0001 waits for a checker");
    let mut checker = Terminal::elsewhere(&shop, "op2", &ssh);
    checker.see("C0001");
    checker.write(":case C0001");
    checker.press(ENTER);
    checker.see("BALANCES");
    checker.press("A");
    checker.see("Approve C0001?");
    checker.press("y");
    checker.see("C0001 is approved");
    // The maker's screen still shows the case as waiting; the key refreshes it.
    maker.press("C");
    maker.see("Commit C0001?");
    maker.press("y");
    maker.see("V00017");
    // So does the checker's: the next action shows the new state and books nothing twice.
    checker.press("C");
    checker.see("Commit C0001?");
    checker.press("y");
    checker.see("C0001 was in the books already");
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), 17);
    maker.quit();
    checker.quit();
    shop.verified();
}

#[test]
fn a_long_way_to_the_ledger_holds_no_key_up() {
    let shop = Shop::sample_at(Place::Pipe);
    let ssh = long_way(shop.folder.path(), 150);
    let held = held(shop.folder.path());
    let mut terminal = Terminal::elsewhere(&shop, "op1", &ssh);
    terminal.see("wrong account");
    terminal.top(" ms");
    terminal.press("5");
    terminal.see("T0001");
    // Nothing arrives any more. A detail is requested and cancelled; the cursor still moves.
    std::fs::write(&held, "").unwrap();
    terminal.press(ENTER);
    terminal.see("reading");
    terminal.press(ESCAPE);
    terminal.see("filter all");
    terminal.press("j");
    terminal.press("j");
    terminal.see("3 / 12");
    // The next request is answered, not the cancelled one.
    terminal.press(ENTER);
    terminal.see("reading");
    std::fs::remove_file(&held).unwrap();
    terminal.see("PROPOSED");
    terminal.quit();
}

#[test]
fn a_line_that_breaks_while_nothing_is_asked_is_dialled_again_and_all_is_read_anew() {
    let shop = Shop::sample_at(Place::Pipe);
    let (pid, cut) = (shop.path("line.pid"), shop.path("cut"));
    let refuse = "echo 'ssh: connect to host pipe port 22: Connection refused' >&2; exit 255";
    let ssh = script(
        shop.folder.path(),
        "cuttable",
        &format!(
            "{COMMAND} [ -e {} ] && {{ {refuse}; }}; echo $$ > {}; exec sh -c \"exec $*\"",
            cut.display(),
            pid.display()
        ),
    );
    let mut terminal = Terminal::elsewhere(&shop, "op1", &ssh);
    terminal.see("wrong account");
    terminal.press("5");
    terminal.see("T0001");
    // The connection is probed, and nothing is sent to the terminal for it.
    let pause = Duration::from_millis(2500);
    let deadline = Instant::now() + PATIENCE;
    while terminal.comes_within(pause) {
        assert!(Instant::now() < deadline, "the screen never stands still");
    }
    std::fs::write(&cut, "").unwrap();
    let number = std::fs::read_to_string(&pid).unwrap();
    let killed = std::process::Command::new("kill").args(["-9", number.trim()]).status().unwrap();
    assert!(killed.success());
    terminal.see("reconnecting (");
    // What was shown stays.
    terminal.see("T0001");
    let opened = shop.json(&["case", "open", "--trade", "T0001", "--plan"]);
    assert_eq!(opened["case_no"], "C0001");
    std::fs::remove_file(&cut).unwrap();
    terminal.see("reconnected;");
    terminal.press("6");
    terminal.see("C0001");
    terminal.quit();
}

#[test]
#[ignore = "needs rqlited"]
fn a_cluster_is_named_by_its_hosts_and_its_round_trip_is_shown() {
    let shop = Shop::sample_at(Place::Cluster(Cluster::start(1)));
    let mut terminal = Terminal::elsewhere(&shop, "op1", Path::new("ssh"));
    terminal.top(" ms");
    terminal.top("127.0.0.1:");
    terminal.see("wrong account");
    terminal.quit();
}
