//! Made-up ledgers: the demo, and test ledgers of any size.

use super::progress::Bar;
use super::{Failure, Outcome, Session, ledger};
use crate::desk::ledger::OpenLedger;
use crate::desk::service::Desk;
use crate::i18n::text;
use crate::protocol::answer::Answer;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::service::Service;
use crate::protocol::watch::Unwatched;
use crate::sample::{Plan, Planted, Planting, Rate, demo, demo_ledger};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Days of a generated ledger: a month of business up to today.
const DAYS: u32 = 30;

/// What was made.
#[derive(Serialize)]
struct Made {
    path: String,
    trades: u64,
    vouchers: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_lines: Option<u64>,
    planted: u64,
}

/// A folder that goes when the demo ends.
struct ThrowAway(PathBuf);

impl Drop for ThrowAway {
    fn drop(&mut self) {
        // Nobody is left to tell; the system clears its temporary folder anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Session {
    /// A ledger full of believable trades and mistakes, and the workstation on it.
    pub(super) fn demo(&mut self, seed: u64, keep: Option<&Path>, no_ui: bool) -> Result<Outcome, Failure> {
        self.must_write()?;
        let id = ledger::new_id()?;
        let mut throw_away = None;
        let path = if let Some(path) = keep {
            path.to_path_buf()
        } else {
            let folder = std::env::temp_dir().join(format!("storno-demo-{}", id.get(..12).unwrap_or("0")));
            std::fs::create_dir_all(&folder)?;
            let path = folder.join("demo.db");
            // Without the workstation the ledger is what was asked for, and stays.
            throw_away = (!no_ui).then(|| ThrowAway(folder));
            path
        };
        let zone = crate::domain::period::parse_zone("Asia/Shanghai")?;
        self.context.now = self.context.now.in_zone(&zone);
        let mut planted = 0;
        let mut bar = Bar::generate(self.lang, self.global.json);
        let mut desk = demo(&path, &id, seed, &self.context, &mut bar, &mut |_| {
            planted += 1;
            Ok(())
        })?;
        bar.finish();
        if no_ui {
            let vouchers = head(&mut desk, self)?;
            let made = Made {
                path: path.display().to_string(),
                trades: desk.ledger_mut().trade_count()?,
                vouchers,
                statement_lines: None,
                planted,
            };
            let args = [
                ("path", made.path.clone()),
                ("trades", made.trades.to_string()),
                ("vouchers", vouchers.to_string()),
                ("planted", planted.to_string()),
            ];
            return self.print_object(&made, &text(self.lang, "cli.demo.made", &args));
        }
        let address = path.display().to_string();
        let opened = super::place::here(desk, &self.context.operator, &address);
        let outcome = self.run_workstation(Some(opened), super::place::ledgers(self)?);
        drop(throw_away);
        outcome
    }

    /// A test ledger of any size; a new one where there is none at the address.
    pub(super) fn generate(&mut self, wish: &Generate) -> Result<Outcome, Failure> {
        let path = ledger::local_path(&wish.address)?;
        let errors: Rate = wish.errors.parse().map_err(Refusal::from)?;
        let mut desk = if path.exists() {
            OpenLedger::open(&path, self.global.read_only).map(Desk::from)?
        } else {
            self.must_write()?;
            let mut new = demo_ledger("");
            new.settings.ledger_id = ledger::new_id()?;
            "test".clone_into(&mut new.settings.role);
            new.settings.name =
                path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            OpenLedger::create(&path, &new, &self.context.operator, self.context.now).map(Desk::from)?
        };
        self.context.now = self.context.now.in_zone(&desk.ledger().in_force().zone);
        let today = self.context.now.date();
        let first = today.saturating_sub(jiff::Span::new().days(i64::from(DAYS) - 1));
        let plan = Plan {
            errors,
            planted: if errors.parts() == 0 { Planting::None } else { Planting::Random },
            ..Plan::new(wish.trades, wish.accounts, wish.seed, first, DAYS)
        };
        let mut answers = Answers::new(wish.answers.as_deref())?;
        let mut bar = Bar::generate(self.lang, self.global.json);
        let made = desk
            .ledger_mut()
            .generate(&self.context, &plan, &mut bar, &mut |planted| answers.write(&planted))?;
        bar.finish();
        answers.finish()?;
        let made = Made {
            path: path.display().to_string(),
            trades: made.trades,
            vouchers: made.vouchers,
            statement_lines: Some(made.statement_lines),
            planted: answers.count,
        };
        let args = [
            ("trades", made.trades.to_string()),
            ("vouchers", made.vouchers.to_string()),
            ("lines", made.statement_lines.unwrap_or_default().to_string()),
            ("planted", made.planted.to_string()),
        ];
        self.print_object(&made, &text(self.lang, "cli.generated", &args))
    }
}

/// What `storno generate` was asked for.
pub struct Generate {
    pub address: String,
    pub trades: u64,
    pub accounts: u64,
    pub errors: String,
    pub seed: u64,
    pub answers: Option<PathBuf>,
}

fn head(desk: &mut Desk, session: &Session) -> Result<u64, Failure> {
    match desk.ask(&session.context, Request::Ledger, &mut Unwatched)? {
        Answer::Ledger(ledger) => Ok(ledger.head_seq.unsigned_abs()),
        _ => Ok(0),
    }
}

/// The answer key: what was planted, as CSV.
struct Answers {
    out: Option<csv::Writer<std::fs::File>>,
    count: u64,
}

impl Answers {
    fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let mut out = path.map(csv::Writer::from_path).transpose().map_err(|error| io(&error.to_string()))?;
        if let Some(out) = &mut out {
            out.write_record(["trade_no", "cause", "scenario", "note"])
                .map_err(|error| io(&error.to_string()))?;
        }
        Ok(Self { out, count: 0 })
    }

    fn write(&mut self, planted: &Planted) -> Result<(), Refusal> {
        self.count += 1;
        let Some(out) = &mut self.out else { return Ok(()) };
        out.write_record([
            planted.trade_no.as_str(),
            planted.cause.as_str(),
            planted.scenario.as_ref(),
            planted.note.as_ref(),
        ])
        .map_err(|error| io(&error.to_string()))
    }

    fn finish(&mut self) -> Result<(), Failure> {
        if let Some(out) = &mut self.out {
            out.flush()?;
        }
        Ok(())
    }
}

fn io(detail: &str) -> Refusal {
    Refusal::Fault { code: "STORNO-IO".to_owned(), args: vec![("detail".to_owned(), detail.to_owned())] }
}
