//! The ledger that benchmarks measure.

use std::path::Path;
use std::time::{Duration, Instant};
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS};
use storno::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use storno::domain::money::Currency;
use storno::domain::role::LedgerRole;
use storno::i18n::Lang;
use storno::protocol::bills::FileOptions;
use storno::protocol::context::Context;
use storno::protocol::intake::Incoming;
use storno::store::settings::{Settings, StoredTemplate};

/// Returns who measures, and when.
pub fn context() -> Context {
    Context {
        operator: "bench".parse().expect("a name"),
        now: "2018-09-20T12:00:00+08:00".parse().expect("a time"),
        lang: Lang::En,
    }
}

/// Returns an empty ledger of the default template, with a policy: its name and text.
pub fn new_ledger(policy: (&'static str, &'static str)) -> NewLedger<'static> {
    let settings = Settings {
        ledger_id: "bench".to_owned(),
        name: "bench".to_owned(),
        role: LedgerRole::Test,
        currency: Currency::CNY,
        currencies: Vec::new(),
        zone: "Asia/Shanghai".to_owned(),
    };
    NewLedger {
        settings,
        policy,
        chart: DEFAULT_CHART,
        channels: DEFAULT_CHANNELS,
        kinds: DEFAULT_KINDS,
        rules: DEFAULT_RULES,
        calendar: None,
        template: StoredTemplate::default(),
    }
}

/// Imports a file, and returns how long that takes.
pub fn import(desk: &mut Desk, path: &Path) -> Duration {
    let mut source = storno::files::import::open(path).expect("a file");
    let format = source.format().expect("a format");
    let start = Instant::now();
    let incoming = Incoming {
        source: &mut source,
        format,
        dry_run: false,
        bill: FileOptions::default(),
        case_no: None,
        refused_after: None,
    };
    desk.ledger_mut().import_quietly(&context(), incoming).expect("an import");
    start.elapsed()
}
