//! A ledger in its own folder, and the real program on it.

pub mod place;

use place::Place;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The morning after the sample day.
pub const NOW: &str = "2018-09-13T12:00:00+08:00";

/// The sample files in the order they are imported.
pub const SAMPLES: [(&str, &str); 4] = [
    ("trades", "local-trades-20180912.csv"),
    ("journal", "local-journal-20180912.csv"),
    ("bill", "wechat-trade-ALL-20180912.csv"),
    ("bill", "alipay-trade-detail-20180912.gbk.csv"),
];

/// The public views.
pub const VIEWS: [&str; 7] =
    ["v_account", "v_trade", "v_event", "v_voucher", "v_entry", "v_case", "v_day_balance"];

/// Returns the path of a sample file.
pub fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).display().to_string()
}

/// The finding of a channel with trades and without any statement, as [`Shop::findings`] returns it.
pub fn no_statement() -> (String, String) {
    ("–".to_owned(), "statement_missing".to_owned())
}

/// The result of a run of the program.
#[derive(Debug, Clone)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
    #[expect(dead_code, reason = "shown when an assertion fails")]
    pub words: String,
}

impl Ran {
    /// Checks what holds for every run: no untranslated key, no trace of a crash, one line of error.
    fn checked(self) -> Self {
        for text in [&self.out, &self.err] {
            for mark in ["%{", "[[", "]]"] {
                let nested_arrays = text.starts_with(['{', '[']);
                assert!(nested_arrays && mark != "%{" || !text.contains(mark), "{mark} in {self:?}");
            }
        }
        for mark in ["panicked", "RUST_BACKTRACE"] {
            assert!(!self.err.contains(mark), "{self:?}");
        }
        if !self.out.starts_with(['{', '[']) {
            for key in ["refusal.", "finding.", "cli.", "guard.", "why.", "plan.", "memo."] {
                let told = format!("{}{}", self.out, self.err);
                assert!(!told.contains(key), "an untranslated {key} in {self:?}");
            }
        }
        if self.code != 0 && !self.err.is_empty() {
            let mut below: Vec<&str> = self.err.lines().skip(1).collect();
            below.pop_if(|last| counts_the_others(last));
            assert!(
                below.into_iter().all(tells_a_mistake),
                "one line tells why, and one each mistake of a file or line that differs: {self:?}"
            );
        }
        self
    }

    /// Returns standard output as JSON after a successful run.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        self.parsed()
    }

    /// Returns standard output as JSON, whatever the exit code.
    pub fn parsed(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that the run was refused with this code.
    pub fn refused(&self, code: &str) -> &Self {
        let expected = if code == "STORNO-USAGE" { 2 } else { 1 };
        self.ended(expected, code)
    }

    /// Asserts that the run ended with this exit code and this error code.
    pub fn ended(&self, exit: i32, code: &str) -> &Self {
        assert_eq!(self.code, exit, "{code} expected: {self:?}");
        if self.err.starts_with('{') {
            let error: Value = serde_json::from_str(&self.err).unwrap();
            let mut error = error["error"].as_object().unwrap().clone();
            assert_eq!(error["code"], code, "{self:?}");
            if let Some(mistakes) = error.remove("mistakes") {
                let listed = mistakes.as_array().map_or(0, Vec::len);
                let found = error.remove("mistakes_found").and_then(|found| found.as_u64());
                assert!(listed > 0 && found.is_some_and(|found| found >= listed as u64), "{self:?}");
            }
            if let Some(file) = error.remove("file") {
                assert!(file.as_str().is_some_and(|file| !file.is_empty()), "{self:?}");
                for place in ["line", "column"] {
                    let number = error.remove(place);
                    assert!(number.is_none_or(|number| number.as_u64() > Some(0)), "{place} in {self:?}");
                }
                let reason = error.remove("reason");
                assert!(
                    reason.is_none_or(|reason| reason.as_str().is_some_and(|key| key.contains('.'))),
                    "{self:?}"
                );
            }
            if let Some(differences) = error.remove("differences") {
                assert!(differences["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{self:?}");
            }
            assert_eq!(error.keys().collect::<Vec<_>>(), ["code", "hint", "message"], "{self:?}");
            assert!(error.values().all(|value| !value.as_str().unwrap().is_empty()), "{self:?}");
        } else {
            let words = self.err.strip_prefix(&format!("{code}: "));
            assert!(words.is_some_and(|words| words.trim().len() > 10), "{code} expected: {self:?}");
        }
        self
    }
}

/// Returns true if a line tells a mistake of a file: `file:line:column: words`. A row as a whole has no column, and
/// in a table the column's name follows its number.
fn tells_a_mistake(line: &str) -> bool {
    if ["added  ", "gone  ", "changed  "].iter().any(|change| line.starts_with(change)) {
        return true;
    }
    let mut parts = line.split([':', '：']).skip(1);
    let is_number = |text: &str| text.parse::<usize>().is_ok_and(|number| number > 0);
    let is_words = |text: &str| text.trim().len() > 5;
    if !parts.next().is_some_and(is_number) {
        return false;
    }
    let column = parts.next().unwrap_or_default();
    let number = column.split_once(" (").map_or(column, |(number, _)| number);
    is_words(column) || is_number(number) && parts.next().is_some_and(is_words)
}

/// Returns true if a line counts the mistakes that are not listed: `... and 5 more`.
fn counts_the_others(line: &str) -> bool {
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    line == format!("... and {digits} more") || line == format!("……另有 {digits} 处")
}

/// A ledger in a folder that is removed with it.
pub struct Shop {
    pub folder: tempfile::TempDir,
    pub lang: &'static str,
    pub place: Place,
}

impl Shop {
    /// Makes a folder without a ledger.
    pub fn bare() -> Self {
        Self::at(Place::of_this_run())
    }

    /// As [`Shop::bare`], at a given place.
    pub fn at(place: Place) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), lang: "en", place }
    }

    /// Makes an empty ledger.
    pub fn empty() -> Self {
        Self::empty_at(Place::of_this_run())
    }

    /// As [`Shop::empty`], at a given place.
    pub fn empty_at(place: Place) -> Self {
        let shop = Self::at(place);
        shop.done(&["init", &shop.home()]);
        shop
    }

    /// Makes a ledger with the sample day imported.
    pub fn sample() -> Self {
        Self::sample_at(Place::of_this_run())
    }

    /// As [`Shop::sample`], at a given place.
    pub fn sample_at(place: Place) -> Self {
        let shop = Self::empty_at(place);
        shop.import_samples();
        shop
    }

    /// Imports the sample day.
    pub fn import_samples(&self) {
        for (kind, file) in SAMPLES {
            self.done(&["import", kind, &data(file)]);
        }
    }

    /// Changes the language of the program.
    pub fn speaking(mut self, lang: &'static str) -> Self {
        self.lang = lang;
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the path of the ledger file; for a cluster, of its copy.
    pub fn ledger(&self) -> String {
        self.path("day.db").display().to_string()
    }

    /// Returns the address by which the program finds the ledger.
    pub fn address(&self) -> String {
        self.place.address(&self.path("day.db"))
    }

    /// Returns where the ledger is created: on the host it lives on.
    pub fn home(&self) -> String {
        match &self.place {
            Place::Cluster(cluster) => cluster.address(),
            _ => self.ledger(),
        }
    }

    /// Runs statements on the ledger in one transaction, as any other program may.
    pub fn execute(&self, sql: &str) {
        self.attempt(sql).unwrap();
    }

    /// As [`Shop::execute`], but returns a guard's refusal.
    pub fn attempt(&self, sql: &str) -> Result<(), String> {
        if let Place::Cluster(cluster) = &self.place {
            let answer = cluster.execute(sql);
            let error = answer["error"].as_str().or_else(|| answer["results"][0]["error"].as_str());
            return error.map_or(Ok(()), |error| Err(error.to_owned()));
        }
        let file = Connection::open(self.ledger()).unwrap();
        file.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
        file.execute_batch(&format!("BEGIN; {sql}; COMMIT")).map_err(|error| error.to_string())
    }

    /// Writes a file next to the ledger.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// Returns the program with these arguments on this ledger, not started yet.
    pub fn command(&self, words: &[&str]) -> Command {
        let ledger = if words.first() == Some(&"init") { self.ledger() } else { self.address() };
        self.command_on(Some(&ledger), words)
    }

    fn command_on(&self, ledger: Option<&str>, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_storno"));
        for name in ["STORNO_LEDGER", "STORNO_OPERATOR", "STORNO_NOW", "STORNO_LANG", "LC_ALL", "LANG"] {
            command.env_remove(name);
        }
        self.place.equip(&mut command, self.folder.path());
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).args(words);
        let defaults = [
            ("--ledger", ledger),
            ("--operator", Some("op1")),
            ("--now", Some(NOW)),
            ("--lang", Some(self.lang)),
        ];
        for (name, value) in defaults {
            if let Some(value) = value.filter(|_| !words.contains(&name)) {
                command.args([name, value]);
            }
        }
        command
    }

    /// Runs the program with these arguments on this ledger.
    pub fn run(&self, words: &[&str]) -> Ran {
        Self::ran(self.command(words), words)
    }

    /// As [`Shop::run`], without a ledger.
    pub fn run_without_ledger(&self, words: &[&str]) -> Ran {
        Self::ran(self.command_on(None, words), words)
    }

    fn ran(mut command: Command, words: &[&str]) -> Ran {
        let ran = command.output().unwrap();
        Ran {
            code: ran.status.code().unwrap_or(-1),
            out: String::from_utf8(ran.stdout).unwrap(),
            err: String::from_utf8(ran.stderr).unwrap(),
            words: words.join(" "),
        }
        .checked()
    }

    /// Runs a command that must succeed. Returns its text. After a commit to a file the days concerned are reconciled
    /// as its preview said.
    pub fn done(&self, words: &[&str]) -> String {
        let promised = match words {
            ["commit", case, options @ ..] if matches!(self.place, Place::File) => {
                let at = options.iter().position(|word| *word == "--now");
                let now = at.map_or(&[][..], |at| &options[at..at + 2]);
                Some((self.run(&[&["preview", *case, "--json"], now].concat()).parsed(), now))
            }
            _ => None,
        };
        let ran = self.run(words);
        assert_eq!(ran.code, 0, "{ran:?}");
        if let Some((preview, options)) = promised {
            self.reconciled_as_promised(&preview, options);
        }
        ran.out
    }

    /// Asserts that the days of a preview stand after the commit as it said.
    fn reconciled_as_promised(&self, preview: &Value, options: &[&str]) {
        let days = preview["days"].as_array().map_or(&[][..], Vec::as_slice);
        for day in days {
            let (channel, date) = (day["channel"].as_str().unwrap(), day["day"].as_str().unwrap());
            let command = [&["reconcile", "--channel", channel, "--day", date, "--json"], options].concat();
            let now = self.run(&command).parsed();
            let is_something = |sum: &&Value| sum["ours_minor"] != 0 || sum["theirs_minor"] != 0;
            let promised: Vec<&Value> = day["sums"]
                .as_array()
                .unwrap()
                .iter()
                .map(|sum| &sum["after"])
                .filter(is_something)
                .collect();
            let sums: Vec<&Value> = now["sums"].as_array().unwrap().iter().filter(is_something).collect();
            assert_eq!(sums, promised, "{preview}");
            let counts = now["counts"].as_array().unwrap().iter().filter(|count| count["recon"] != "matched");
            let open: i64 = counts.map(|count| count["count"].as_i64().unwrap()).sum();
            assert_eq!(day["open_after"], open, "{preview}\n{now}");
            for gone in day["gone"].as_array().unwrap() {
                assert!(!now["rows"].as_array().unwrap().contains(gone), "{gone}\n{now}");
            }
            for came in day["came"].as_array().unwrap() {
                assert!(now["rows"].as_array().unwrap().contains(came), "{came}\n{now}");
            }
        }
    }

    /// Runs a command that must succeed. Returns its answer.
    pub fn json(&self, words: &[&str]) -> Value {
        self.run(&[words, &["--json"]].concat()).json()
    }

    /// Returns trade and cause of each finding.
    pub fn findings(&self, more: &[&str]) -> Vec<(String, String)> {
        let ran = self.run(&[&["findings", "--json"], more].concat());
        let found = ran.parsed();
        let found = found.as_array().unwrap();
        assert_eq!(ran.code, i32::from(!found.is_empty()), "{ran:?}");
        let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
        found.iter().map(|finding| (text(&finding["trade_no"]), text(&finding["cause"]))).collect()
    }

    /// Opens a case with the planner's steps, submits it and has it approved. Returns its number.
    pub fn approved_case(&self, trade: &str) -> String {
        let case =
            self.json(&["case", "open", "--trade", trade, "--plan"])["case_no"].as_str().unwrap().to_owned();
        self.agreed(&case);
        case
    }

    /// Submits a staged case and has another person approve it.
    pub fn agreed(&self, case: &str) {
        self.agreed_at(case, NOW);
    }

    /// As [`Shop::agreed`], at another time.
    pub fn agreed_at(&self, case: &str, now: &str) {
        self.done(&["case", "submit", case, "--now", now]);
        self.done(&["case", "approve", case, "--operator", "op2", "--now", now]);
    }

    /// Asserts that the verification finds no problem.
    pub fn verified(&self) -> Value {
        let verified = self.json(&["verify"]);
        assert_eq!(verified["ok"], true, "{verified}");
        assert_eq!(verified["problems"], serde_json::json!([]));
        verified
    }

    /// Opens the ledger's file read-only, as any other program may.
    pub fn sql(&self) -> Connection {
        if let Place::Cluster(cluster) = &self.place {
            cluster.copy_to(&self.path("day.db"));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sql = Connection::open_with_flags(self.ledger(), flags).unwrap();
        sql.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
        sql
    }

    /// Returns one number from the file.
    pub fn number(&self, query: &str) -> i64 {
        self.sql().query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Returns one text from the file.
    pub fn text(&self, query: &str) -> String {
        self.sql().query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Returns the rows of a query, one line each.
    pub fn rows(&self, query: &str) -> String {
        let sql = self.sql();
        let mut statement = sql.prepare(query).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut text = String::new();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..width {
                let cell: Cell = row.get(column).unwrap();
                write!(text, "{cell:?}|").unwrap();
            }
            text.push('\n');
        }
        text
    }

    /// Returns whether a ledger was made at the shop's place.
    fn has_ledger(&self) -> bool {
        match self.place {
            Place::Cluster(_) => {
                self.number("SELECT count(*) FROM sqlite_schema WHERE name = 'v_account'") == 1
            }
            _ => self.path("day.db").exists(),
        }
    }

    /// Returns everything the public views show.
    pub fn views(&self) -> String {
        let mut text = String::new();
        for view in VIEWS {
            write!(text, "{view}\n{}", self.rows(&format!("SELECT * FROM {view}"))).unwrap();
        }
        text
    }

    pub fn balance(&self, account: &str) -> i64 {
        self.number(&format!("SELECT balance_minor FROM v_account WHERE code = '{account}'"))
    }
}

/// Writes the public views of a finished workflow to a file named after its test, for the comparison of engines.
impl Drop for Shop {
    /// Checks the kept findings, and writes what the public views show if asked to.
    fn drop(&mut self) {
        if matches!(self.place, Place::File) && !std::thread::panicking() && self.path("day.db").exists() {
            // Some tests damage their ledger.
            let verified = self.run(&["verify", "--findings", "--json"]).out;
            let verified: Value = serde_json::from_str(&verified).unwrap_or_default();
            let of_findings = |problem: &&Value| {
                problem["check"].as_str().is_some_and(|check| check.starts_with("finding"))
            };
            let wrong: Vec<&Value> =
                verified["problems"].as_array().into_iter().flatten().filter(of_findings).collect();
            assert!(wrong.is_empty(), "the kept findings are not what is found: {wrong:?}");
            let sql = self.sql();
            // What one look tells of a pair, the views tell that weigh all trades and lines of its reference.
            let told = sql.prepare(
                "SELECT group_concat(b.trade_no) FROM trade_beside b WHERE b.agrees AND NOT EXISTS ( \
                   SELECT 1 FROM trade_own_line o JOIN trade_compared c ON c.trade = o.trade AND c.line = o.line \
                    WHERE o.trade = b.id AND o.line = b.sole_line AND c.recon = 'matched')",
            );
            let told = told.and_then(|mut told| told.query_row([], |row| row.get::<_, Option<String>>(0)));
            assert!(!matches!(told, Ok(Some(_))), "these trades do not agree with their lines: {told:?}");
        }
        let Ok(folder) = std::env::var("STORNO_TEST_DUMP") else { return };
        if !std::thread::current().name().is_some_and(|test| test.starts_with("workflows::")) {
            return;
        }
        thread_local!(static MADE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });
        let (test, number) = (std::thread::current(), MADE.get());
        MADE.set(number + 1);
        if std::thread::panicking() || !self.has_ledger() {
            return;
        }
        let name = test.name().unwrap_or("unnamed").replace("::", "-");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}-{number}")), self.views()).unwrap();
    }
}

/// The header of a trades file.
pub const TRADES: &str = "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,\
                          channel_fee,customer,merchant,trade_time,trade_status,clearing_status\n";

/// Returns a succeeded top-up as a row of a trades file.
pub fn topup(number: &str, amount: &str, customer: &str, time: &str) -> String {
    format!(
        "{number},topup,agreement,WECHAT,REF{number},,{amount},CNY,0.00,{customer},,{time},SUCCESS,UNCLEARED\n"
    )
}

/// Waits for a started run. Returns its result.
pub fn ended(child: Child) -> Ran {
    let ran = child.wait_with_output().unwrap();
    Ran {
        code: ran.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&ran.stdout).into_owned(),
        err: String::from_utf8_lossy(&ran.stderr).into_owned(),
        words: String::new(),
    }
}

/// Makes a ledger with this many unposted top-ups and a case for each, ready to be committed by any
/// operator.
pub fn ready(place: Place, count: usize) -> (Shop, Vec<String>) {
    let shop = Shop::at(place);
    let policy = shop.file("policy.toml", "four_eyes = false\n");
    shop.done(&["init", &shop.home(), "--policy", &policy]);
    let rows: String = (0..count)
        .map(|n| topup(&format!("T{n:04}"), "1.00", &format!("C{:02}", n % 9), "2018-09-12 10:00:00"))
        .collect();
    shop.done(&["import", "trades", &shop.file("many.csv", format!("{TRADES}{rows}"))]);
    shop.done(&["case", "open", "--cause", "unposted", "--each", "--plan"]);
    let cases = (1..=count).map(|n| format!("C{n:04}")).collect();
    (shop, cases)
}

/// Four clients commit the same cases in different orders: each case is committed once, with one receipt
/// for all.
pub fn four_race(shop: &Shop, cases: &[String]) {
    let receipts: Vec<BTreeMap<String, String>> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|client| {
                let mut mine = cases.to_vec();
                fastrand::Rng::with_seed(client).shuffle(&mut mine);
                scope.spawn(move || {
                    let commit = |case: String| {
                        let receipt = shop.json(&["commit", &case]);
                        (case, receipt["vouchers"].to_string())
                    };
                    mine.into_iter().map(commit).collect()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for other in &receipts[1..] {
        assert_eq!(other, &receipts[0]);
    }
    let count = i64::try_from(cases.len()).unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM v_voucher"), count);
    assert_eq!(shop.number("SELECT count(*) FROM v_event WHERE live_vouchers <> 1"), 0);
    assert_eq!(shop.verified()["vouchers"], count);
}
