//! A ledger at the end of a day: trades, the old system's journal and two channel bills imported, one
//! correction committed, others in progress.

use std::path::{Path, PathBuf};
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS};
use storno::desk::ledger::OpenLedger;
use storno::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use storno::domain::money::Currency;
use storno::i18n::Lang;
use storno::protocol::answer::Answer;
use storno::protocol::calendars::LoadCalendar;
use storno::protocol::cases::{ApproveCase, SubmitCase};
use storno::protocol::checklists::TickItem;
use storno::protocol::context::Context;
use storno::protocol::days::{CloseDay, ClosePeriod, OpenDay};
use storno::protocol::intake::Incoming;
use storno::protocol::ledger::{Verified, VerifyLedger};
use storno::protocol::opening::{OpenCase, Opening};
use storno::protocol::receipt::CommitCase;
use storno::protocol::refusal::Refusal;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;
use storno::store::settings::Settings;

pub const FILES: [&str; 4] = [
    "local-trades-20180912.csv",
    "local-journal-20180912.csv",
    "wechat-trade-ALL-20180912.csv",
    "alipay-trade-detail-20180912.gbk.csv",
];

/// The day after the sample files.
pub fn asked_by(operator: &str) -> Context {
    Context {
        operator: operator.parse().unwrap(),
        now: "2018-09-13T12:00:00+08:00".parse().unwrap(),
        lang: Lang::En,
    }
}

pub fn ask(desk: &mut Desk, operator: &str, request: Request) -> Result<Answer, Refusal> {
    desk.ask(&asked_by(operator), request, &mut Unwatched)
}

fn must(desk: &mut Desk, operator: &str, request: Request) -> Answer {
    let asked = format!("{request:?}");
    ask(desk, operator, request).unwrap_or_else(|refusal| panic!("{asked}: {refusal:?}"))
}

/// Makes a ledger with the default chart and rules, four eyes on, the locked month 2018-08 and the closed
/// day 2018-09-10.
pub fn empty(path: &Path) -> Desk {
    let new = NewLedger {
        settings: Settings {
            ledger_id: "sample".to_owned(),
            name: "sample".to_owned(),
            role: storno::domain::role::LedgerRole::Test,
            currency: Currency::CNY,
            currencies: Vec::new(),
            zone: "Asia/Shanghai".to_owned(),
        },
        policy: storno::desk::in_force::DEFAULT_POLICY,
        chart: DEFAULT_CHART,
        channels: DEFAULT_CHANNELS,
        kinds: DEFAULT_KINDS,
        rules: DEFAULT_RULES,
        calendar: None,
        template: storno::store::settings::StoredTemplate::default(),
    };
    let mut desk = OpenLedger::create(path, &new, &"admin".parse().unwrap(), asked_by("admin").now)
        .map(Desk::from)
        .unwrap();
    let old = "2018-08-31".parse().unwrap();
    must(&mut desk, "op1", Request::DayOpen(OpenDay { day: old }));
    must(&mut desk, "op1", Request::DayClose(CloseDay { day: old }));
    must(&mut desk, "op1", Request::PeriodClose(ClosePeriod { period: "2018-08".parse().unwrap() }));
    let day = "2018-09-10".parse().unwrap();
    let text =
        "id = \"more\"\nextends = \"cn-payment-systems\"\nzone = \"Asia/Shanghai\"\nyears = []\n".to_owned();
    must(&mut desk, "admin", Request::CalendarLoad(LoadCalendar { file: "more.toml".to_owned(), text }));
    must(&mut desk, "op1", Request::DayOpen(OpenDay { day }));
    must(&mut desk, "op1", Request::DayClose(CloseDay { day }));
    desk
}

pub fn import(desk: &mut Desk) {
    for file in FILES {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "data", file].iter().collect();
        let mut source = storno::files::import::open(&path).unwrap();
        let format = source.format().unwrap();
        let incoming = Incoming {
            source: &mut source,
            format,
            dry_run: false,
            bill: storno::protocol::bills::FileOptions::default(),
            case_no: None,
            refused_after: None,
        };
        desk.ledger_mut()
            .import_quietly(&asked_by("op1"), incoming)
            .unwrap_or_else(|refusal| panic!("{file}: {refusal:?}"));
    }
}

fn open_case(desk: &mut Desk, trade: &str) -> storno::domain::id::CaseNo {
    let request = Request::CaseOpen(OpenCase { opening: Opening::planned(trade.parse().unwrap(), None) });
    match must(desk, "op1", request) {
        Answer::Case(case) => case.row.case_no.clone(),
        other => panic!("{other:?}"),
    }
}

/// Makes the sample ledger: C0001 (T0001, wrong account) is committed, C0002 (T0008, posted twice) staged,
/// C0003 (T0009, wrong amount) submitted, C0004 (T0007, short) approved.
pub fn ledger(path: &Path) -> Desk {
    let mut desk = empty(path);
    import(&mut desk);
    let done = open_case(&mut desk, "T0001");
    must(&mut desk, "op1", Request::CaseSubmit(SubmitCase { case_no: done.clone() }));
    must(&mut desk, "op2", Request::CaseApprove(ApproveCase { case_no: done.clone(), seen: None }));
    must(&mut desk, "op1", Request::Commit(CommitCase { case_no: done, key: Some("first".to_owned()) }));
    let case_no = open_case(&mut desk, "T0008");
    let item = "one_trade".to_owned();
    must(&mut desk, "op1", Request::CaseTick(TickItem { case_no, item, note: None, file: None }));
    let submitted = open_case(&mut desk, "T0009");
    must(&mut desk, "op1", Request::CaseSubmit(SubmitCase { case_no: submitted }));
    let approved = open_case(&mut desk, "T0007");
    must(&mut desk, "op1", Request::CaseSubmit(SubmitCase { case_no: approved.clone() }));
    must(&mut desk, "op2", Request::CaseApprove(ApproveCase { case_no: approved, seen: None }));
    desk
}

pub fn verify(desk: &mut Desk) -> Verified {
    match must(desk, "op1", Request::Verify(VerifyLedger::default())) {
        Answer::Verified(verified) => verified,
        other => panic!("{other:?}"),
    }
}
