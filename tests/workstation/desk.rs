//! The desk of a session: the real one on the sample day, in a file of its own. The ledger is made once and
//! copied for each desk.

use crate::support::{NOW, SAMPLES, TRADES, data, topup};
use std::fmt::Write;
use std::path::Path;
use std::sync::OnceLock;
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, DEFAULT_POLICY};
use storno::desk::ledger::OpenLedger;
use storno::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use storno::domain::id::Operator;
use storno::domain::money::Currency;
use storno::domain::period::Moment;
use storno::domain::role::LedgerRole;
use storno::i18n::Lang;
use storno::protocol::answer::Answer;
use storno::protocol::bills::FileOptions;
use storno::protocol::cases::{CaseDetail, CaseFilter, ListCases, ShowCase};
use storno::protocol::context::Context;
use storno::protocol::days::{CloseDay, OpenDay};
use storno::protocol::intake::{ImportAnswer, Incoming};
use storno::protocol::ledger::ShowLedger;
use storno::protocol::page::{Page, Slice};
use storno::protocol::posting::PostTrades;
use storno::protocol::refusal::Refusal;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::{Unwatched, Watch};
use storno::store::settings::Settings;
use tempfile::TempDir;

/// Returns the morning after the sample day.
pub fn now() -> Moment {
    NOW.parse().unwrap()
}

/// Returns an operator by name.
pub fn operator(name: &str) -> Operator {
    name.parse().unwrap()
}

/// Returns the circumstances of a request by this operator, in English.
pub fn context(name: &str) -> Context {
    Context { operator: operator(name), now: now(), lang: Lang::En }
}

/// A desk that keeps the requests of its session.
pub struct SampleDesk {
    desk: Desk,
    pub asked: Vec<Request>,
    /// Removed with the desk.
    folder: TempDir,
}

impl SampleDesk {
    /// The sample day; one payment of the channel has no trade, and the day before is closed.
    pub fn new() -> Self {
        static LEDGER: OnceLock<Vec<u8>> = OnceLock::new();
        let ledger = LEDGER.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            drop(sample_day(folder.path(), LedgerRole::Demo));
            std::fs::read(folder.path().join("day.db")).unwrap()
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day.db");
        std::fs::write(&path, ledger).unwrap();
        Self::over(OpenLedger::open(&path, false).unwrap().into(), folder)
    }

    /// As [`SampleDesk::new`], as a production ledger.
    pub fn in_production() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(sample_day(folder.path(), LedgerRole::Prod), folder)
    }

    /// A ledger with this many trades, `T00001` and so on, all unposted.
    pub fn with_trades(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = empty(folder.path(), LedgerRole::Demo);
        let mut trades = TRADES.to_owned();
        for number in 1..=count {
            write!(trades, "{}", topup(&format!("T{number:05}"), "1.00", "A", "2018-09-12 10:00:00"))
                .unwrap();
        }
        let path = folder.path().join("trades.csv");
        std::fs::write(&path, trades).unwrap();
        import(&mut desk, &path);
        Self::over(desk, folder)
    }

    /// An empty ledger with this chart of accounts.
    pub fn with_chart(chart: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(empty_with(folder.path(), LedgerRole::Demo, chart), folder)
    }

    /// A ledger in yuan and dollars with an unposted trade in each, and a posted one of a day before.
    pub fn in_two_currencies() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dollars = ["USD".parse().unwrap()];
        let mut desk = empty_in(folder.path(), LedgerRole::Demo, &dollars);
        let row = |number: &str, amount: &str| topup(number, amount, "A", "2018-09-12 10:00:00");
        let in_dollars = |row: String| row.replace("CNY", "USD");
        let before = [row("T1", "3.00"), in_dollars(row("T2", "4.00"))].concat();
        let path = folder.path().join("before.csv");
        std::fs::write(&path, format!("{TRADES}{before}")).unwrap();
        import(&mut desk, &path);
        ask(&mut desk, Request::Post(PostTrades { trades: Vec::new() }));
        let due = [row("T3", "1.00"), in_dollars(row("T4", "2.00"))].concat();
        let path = folder.path().join("due.csv");
        std::fs::write(&path, format!("{TRADES}{due}")).unwrap();
        import(&mut desk, &path);
        Self::over(desk, folder)
    }

    /// The sample day with WeChat's fund bill of it.
    pub fn with_fund_bill() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = sample_day(folder.path(), LedgerRole::Demo);
        let account = Some("1101.WECHAT".parse().unwrap());
        let options = FileOptions { account, ..FileOptions::default() };
        import_with(&mut desk, Path::new(&data("wechat-fundflow-20180912.csv")), options);
        Self::over(desk, folder)
    }

    fn over(desk: Desk, folder: TempDir) -> Self {
        Self { desk, asked: Vec::new(), folder }
    }

    /// Writes a file into the folder of the ledger; returns its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Asks without keeping the request.
    pub fn look(&mut self, request: Request) -> Answer {
        ask(&mut self.desk, request)
    }

    /// Returns how many vouchers are in the books.
    pub fn vouchers(&mut self) -> i64 {
        let Answer::Ledger(ledger) = self.look(Request::Ledger(ShowLedger {})) else { panic!() };
        ledger.head_seq
    }

    /// Returns the cases in the order in which they were opened.
    pub fn cases(&mut self) -> Vec<CaseDetail> {
        let list = ListCases { filter: CaseFilter::default(), page: Page::first() };
        let Answer::Cases(rows) = self.look(Request::Cases(list)) else { panic!() };
        let mut cases: Vec<_> = rows
            .rows
            .into_iter()
            .map(|row| {
                let case = ShowCase { case_no: row.case_no, slice: Slice::ALL };
                let Answer::Case(case) = self.look(Request::Case(case)) else { panic!() };
                *case
            })
            .collect();
        cases.sort_by(|one, other| one.row.case_no.cmp(&other.row.case_no));
        cases
    }
}

impl SampleDesk {
    /// Imports a file without the session.
    pub fn take(&mut self, path: &str) {
        import(&mut self.desk, Path::new(path));
    }
}

impl Service for SampleDesk {
    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal> {
        self.asked.push(request.clone());
        self.desk.ask(context, request, watch)
    }

    fn import(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        self.desk.import(context, incoming, watch)
    }
}

/// Makes an empty ledger of this role.
fn empty(folder: &Path, role: LedgerRole) -> Desk {
    empty_with(folder, role, DEFAULT_CHART.1)
}

fn empty_with(folder: &Path, role: LedgerRole, chart: &str) -> Desk {
    empty_of(folder, role, chart, &[])
}

/// As [`empty`], with currencies beside CNY.
fn empty_in(folder: &Path, role: LedgerRole, others: &[Currency]) -> Desk {
    empty_of(folder, role, DEFAULT_CHART.1, others)
}

fn empty_of(folder: &Path, role: LedgerRole, chart: &str, others: &[Currency]) -> Desk {
    let settings = Settings {
        ledger_id: "L1".to_owned(),
        name: "day.db".to_owned(),
        role,
        currency: Currency::CNY,
        currencies: others.to_vec(),
        zone: "Asia/Shanghai".to_owned(),
    };
    let new = NewLedger {
        settings,
        policy: DEFAULT_POLICY,
        chart: (DEFAULT_CHART.0, chart),
        channels: DEFAULT_CHANNELS,
        kinds: DEFAULT_KINDS,
        rules: DEFAULT_RULES,
        calendar: None,
        template: storno::store::settings::StoredTemplate::default(),
    };
    OpenLedger::create(&folder.join("day.db"), &new, &operator("op9"), now()).unwrap().into()
}

/// Makes a ledger of this role with the sample day.
fn sample_day(folder: &Path, role: LedgerRole) -> Desk {
    let mut desk = empty(folder, role);
    for (kind, file) in SAMPLES {
        let path = Path::new(&data(file)).to_owned();
        if kind == "trades" {
            // Without its trade, a payment in the channel's bill is unknown to us.
            let trades = std::fs::read_to_string(path).unwrap();
            let known: String = trades
                .lines()
                .filter(|line| !line.starts_with("T0004"))
                .map(|line| format!("{line}\n"))
                .collect();
            let path = folder.join(file);
            std::fs::write(&path, known).unwrap();
            import(&mut desk, &path);
        } else {
            import(&mut desk, &path);
        }
    }
    let day = "2018-09-11".parse().unwrap();
    ask(&mut desk, Request::DayOpen(OpenDay { day }));
    ask(&mut desk, Request::DayClose(CloseDay { day }));
    desk
}

fn import(desk: &mut Desk, path: &Path) {
    import_with(desk, path, FileOptions::default());
}

fn import_with(desk: &mut Desk, path: &Path, bill: FileOptions) {
    let mut source = storno::files::import::open(path).unwrap();
    let format = source.format().unwrap();
    let incoming =
        Incoming { source: &mut source, format, dry_run: false, bill, case_no: None, refused_after: None };
    desk.import(&context("op9"), incoming, &mut Unwatched).unwrap();
}

fn ask(desk: &mut Desk, request: Request) -> Answer {
    let asked = format!("{request:?}");
    desk.ask(&context("op9"), request, &mut Unwatched).unwrap_or_else(|why| panic!("{asked}: {why}"))
}
