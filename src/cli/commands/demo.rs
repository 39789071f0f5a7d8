//! `demo` and `generate`: ledgers with sample data, for a first look and for tests of any size.

use crate::cli::files::{local_path, new_id};
use crate::cli::outcome::{CommandOutcome, Failure, io_fault};
use crate::cli::place;
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::template_files::ChosenTemplate;
use crate::cli::values::number;
use crate::desk::Desk;
use crate::desk::ledger::OpenLedger;
use crate::domain::authored::rejection;
use crate::domain::finding::Cause;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::LedgerRole;
use crate::i18n::text;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::refusal::Refusal;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use crate::sample::{Planted, Planting, Rate, SamplePlan, demo, demo_ledger_of};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Days of a generated ledger: a month of business up to today.
const DAYS: u32 = 30;

/// Runs the workstation on a ledger full of believable trades and mistakes.
#[derive(Debug, Args)]
pub struct DemoArgs {
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    #[arg(long, default_value_t = 1, value_parser = number::<u64>)]
    seed: u64,
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    #[arg(long)]
    no_ui: bool,
}

/// Fills a ledger with any number of sample trades, and makes the ledger first if there is none.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[arg(value_name = "LEDGER")]
    address: String,
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    #[arg(long, value_parser = number::<u64>)]
    trades: u64,
    #[arg(long, default_value_t = 200, value_parser = number::<u64>)]
    accounts: u64,
    #[arg(long, default_value = "0")]
    errors: String,
    #[arg(long, default_value_t = 1, value_parser = number::<u64>)]
    seed: u64,
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

/// What was made, as `--json` prints it.
#[derive(Serialize)]
struct Made {
    path: String,
    trades: u64,
    vouchers: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_lines: Option<u64>,
    planted: u64,
    /// Expected findings by cause.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    causes: BTreeMap<Cause, u64>,
}

/// A temporary folder that is removed when the demo ends.
struct TemporaryFolder(PathBuf);

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // An error is ignored: the system clears its temporary folder anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl RunCommand for DemoArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.must_write()?;
        let id = new_id()?;
        let mut temporary = None;
        let path = if let Some(path) = self.keep {
            path
        } else {
            let folder = std::env::temp_dir().join(format!("storno-demo-{}", id.get(..12).unwrap_or("0")));
            std::fs::create_dir_all(&folder)?;
            let path = folder.join("demo.db");
            // Without the workstation the ledger is the result, and stays.
            temporary = (!self.no_ui).then(|| TemporaryFolder(folder));
            path
        };
        let template = ChosenTemplate::named(self.template.as_deref())?;
        let about = template.files()?.read_head().map_err(rejection)?;
        let zone = crate::domain::period::parse_zone(&about.zone)?;
        session.context.now = session.context.now.in_zone(&zone);
        let mut planted = 0;
        let mut watch = session.watch(Some(LongWork::Generate));
        let chosen = (&template.files()?, id.as_str());
        let is_new = !path.exists();
        let desk = demo(&path, chosen, self.seed, &session.context, &mut watch, &mut |_| {
            planted += 1;
            Ok(())
        });
        let mut desk = match desk {
            Ok(desk) => desk,
            Err(refusal) => {
                // An existing file is refused, and stays.
                if is_new {
                    let _ = std::fs::remove_file(&path);
                }
                return Err(refusal.into());
            }
        };
        watch.finish();
        if self.no_ui {
            let vouchers = head(&mut desk, session)?;
            let made = Made {
                path: path.display().to_string(),
                trades: desk.ledger_mut().trade_count()?,
                vouchers,
                statement_lines: None,
                planted,
                causes: BTreeMap::new(),
            };
            let args = [
                ("path", made.path.clone()),
                ("trades", made.trades.to_string()),
                ("vouchers", vouchers.to_string()),
                ("planted", planted.to_string()),
            ];
            return session.print_object(&made, &text(session.lang, "cli.demo.made", &args));
        }
        let address = path.display().to_string();
        let opened = place::here(desk, &session.context.operator, &address);
        let outcome = session.run_workstation(Some(opened), place::ledgers(session.opener())?);
        drop(temporary);
        outcome
    }
}

impl RunCommand for GenerateArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let path = local_path(&self.address)?;
        let mut created = false;
        let outcome = self.generate(session, &path, &mut created);
        if outcome.is_err() && created {
            // A ledger that was made for this and did not get its trades is of no use.
            let _ = std::fs::remove_file(&path);
        }
        outcome
    }
}

impl GenerateArgs {
    fn generate(
        self,
        session: &mut Session,
        path: &Path,
        created: &mut bool,
    ) -> Result<CommandOutcome, Failure> {
        let errors: Rate = self.errors.parse().map_err(Refusal::from)?;
        let template = ChosenTemplate::named(self.template.as_deref())?;
        let mut desk = if path.exists() {
            let mut ledger = OpenLedger::open(path, session.global.read_only)?;
            if !ledger.is_made_up()? {
                return Err(Rejection::new(Code::NotMadeUp).with("path", path.display()).into());
            }
            Desk::from(ledger)
        } else {
            session.must_write()?;
            let mut new = demo_ledger_of(&template.files()?, &new_id()?)?;
            new.settings.role = LedgerRole::Test;
            new.settings.name =
                path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let made = OpenLedger::create(path, &new, &session.context.operator, session.context.now)?;
            *created = true;
            Desk::from(made)
        };
        session.context.now = session.context.now.in_zone(&desk.ledger().in_force().zone);
        let today = session.context.now.date();
        let first = today.saturating_sub(jiff::Span::new().days(i64::from(DAYS) - 1));
        let plan = SamplePlan {
            errors,
            planted: if errors.parts() == 0 { Planting::None } else { Planting::Random },
            ..SamplePlan::new(self.trades, self.accounts, self.seed, first, DAYS)
        };
        let mut answers = AnswerKey::new(self.answers.as_deref())?;
        let mut watch = session.watch(Some(LongWork::Generate));
        let (context, mut write) = (&session.context, |planted: Planted| answers.write(&planted));
        // A ledger knows its template; another one is tried on it only if asked for.
        let made = match template.files()?.sample.filter(|_| self.template.is_some()) {
            Some(sample) => desk.ledger_mut().generate_as(context, &plan, sample, &mut watch, &mut write)?,
            None => desk.ledger_mut().generate(context, &plan, &mut watch, &mut write)?,
        };
        watch.finish();
        answers.finish()?;
        let made = Made {
            path: path.display().to_string(),
            trades: made.trades,
            vouchers: made.vouchers,
            statement_lines: Some(made.statement_lines),
            planted: answers.causes.values().sum(),
            causes: answers.causes,
        };
        let args = [
            ("trades", made.trades.to_string()),
            ("vouchers", made.vouchers.to_string()),
            ("lines", made.statement_lines.unwrap_or_default().to_string()),
            ("planted", made.planted.to_string()),
        ];
        let mut said = format!("{}\n", text(session.lang, "cli.generated", &args));
        for (cause, count) in &made.causes {
            said.push_str(&format!("  {cause} {count}\n"));
        }
        session.print_table(&made, &said)
    }
}

/// Returns the number of vouchers.
fn head(desk: &mut Desk, session: &Session) -> Result<u64, Failure> {
    let ledger = ask_for(desk, &session.context, ShowLedger {}, &mut Unwatched)?;
    Ok(ledger.head_seq.unsigned_abs())
}

/// The answer key: every mistake that was planted, as CSV.
struct AnswerKey {
    out: Option<csv::Writer<std::fs::File>>,
    causes: BTreeMap<Cause, u64>,
}

impl AnswerKey {
    fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let mut out = path.map(csv::Writer::from_path).transpose().map_err(io_fault)?;
        if let Some(out) = &mut out {
            out.write_record(["trade_no", "cause", "scenario", "note", "finding"]).map_err(io_fault)?;
        }
        Ok(Self { out, causes: BTreeMap::new() })
    }

    fn write(&mut self, planted: &Planted) -> Result<(), Refusal> {
        *self.causes.entry(planted.cause).or_default() += 1;
        let Some(out) = &mut self.out else { return Ok(()) };
        out.write_record([
            planted.trade_no.as_ref().map_or("", |trade_no| trade_no.as_str()),
            planted.cause.as_str(),
            planted.scenario.as_ref(),
            planted.note.as_ref(),
            planted.finding.as_ref(),
        ])
        .map_err(io_fault)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        if let Some(out) = &mut self.out {
            out.flush()?;
        }
        Ok(())
    }
}
