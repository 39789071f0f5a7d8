//! `policy`: what the ledger allows, and the reason codes.

use crate::cli::against::{Against, What};
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::scope::CheckedFile;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::currency;
use crate::desk::setup::policy::refuse_empty;
use crate::domain::authored::rejection_as;
use crate::domain::money::Currency;
use crate::domain::policy::Policy;
use crate::domain::rejection::Code;
use crate::i18n::text;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::policy::{ListReasons, LoadPolicy, ShowPolicy};
use crate::protocol::request::Request;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use crate::runtime::local_files::read_text;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Works on the policy.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Show,
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, default_value = "CNY", value_parser = currency)]
        currency: Currency,
    },
    Reasons,
}

impl RunCommand for PolicyArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::Check { file, currency } => return check(session, &file, currency),
            Verb::Show => Request::Policy(ShowPolicy {}),
            Verb::Reasons => Request::Reasons(ListReasons {}),
            Verb::Load { file } => {
                let (file, text) = read_text(&file, Code::BadPolicy)?;
                Request::PolicyLoad(LoadPolicy { file, text })
            }
        })
    }
}

/// Checks a policy file; limits are in the ledger's currency, without a ledger in the one named.
fn check(session: &mut Session, file: &Path, currency: Currency) -> Result<CommandOutcome, Failure> {
    let (name, source) = read_text(file, Code::BadPolicy)?;
    let (currency, against) = match &session.global.ledger {
        Some(_) => {
            let desk = &mut *session.open()?;
            let ledger = ask_for(desk, &session.context, ShowLedger {}, &mut Unwatched)?;
            (ledger.currency.parse().unwrap_or(currency), Against::in_force(session, What::Currency))
        }
        None => (currency, Against::option(What::Currency, currency.to_string())),
    };
    Policy::parse(&name, &source, currency).map_err(|mistakes| rejection_as(Code::BadPolicy, mistakes))?;
    refuse_empty(&name, &source)?;
    let line = text(session.lang, "cli.policy_ok", &[("file", &name)]);
    let object = serde_json::json!({ "ok": true });
    CheckedFile { line, object, against: vec![against] }.print(session)
}
