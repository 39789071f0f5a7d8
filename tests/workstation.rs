//! The workstation in a terminal, by keys alone: from the overview to a committed correction by two people.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{NOW, Shop};

/// How long a screen may take to come; only a failing test waits as long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal with the workstation in it.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
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
        let pair = native_pty_system().openpty(size(80, 24)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_storno"));
        command.cwd(shop.folder.path());
        command.env("TERM", "xterm-256color");
        command.args([&shop.ledger(), "--now", NOW, "--operator", "op1", "--lang", shop.lang]);
        (pair.slave.spawn_command(command).unwrap(), pair.master)
    }

    fn open(shop: &Shop) -> Self {
        let (child, master) = Self::start(shop);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(24), cells(80), 0)));
        let mut reader = master.try_clone_reader().unwrap();
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..count]);
            }
        });
        let keyboard = master.take_writer().unwrap();
        Self { child, master, keyboard, screen, keys: 0 }
    }

    fn shown(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen is as wished.
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

    /// Leaves, and finds the terminal as it was.
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

/// What is read on the way.
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
            // The starting key does not answer; the question stands.
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
    let shown = terminal.see("V00017");
    for text in words.receipt {
        assert!(shown.contains(text), "{text} in the receipt\n{shown}");
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
    let shown = terminal.see("wrong account");
    assert!(shown.lines().next().unwrap().contains("day.db"), "{shown}");
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
    // The line drops: nobody holds the other end any more.
    drop((reader, master));
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it runs on without a terminal");
        std::thread::sleep(Duration::from_millis(15));
    }
    shop.verified();
}
