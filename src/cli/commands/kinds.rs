//! `kinds`: the kinds of trades that the ledger knows.

use crate::cli::files::read_text;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::scope::{CheckScope, OwnFiles};
use crate::cli::session::{RunCommand, Session};
use crate::domain::authored::rejection_as;
use crate::domain::kind::Kinds;
use crate::domain::rejection::Code;
use crate::i18n::text;
use crate::protocol::kinds::{ListKinds, LoadKinds};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Works on the kinds of trades.
#[derive(Debug, Args)]
pub struct KindsArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List,
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

impl RunCommand for KindsArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        match self.verb {
            Verb::List => session.ask(Request::Kinds(ListKinds {})),
            Verb::Check { file } => check(session, &file),
            Verb::Load { file } => {
                let (file, text) = read_text(&file)?;
                session.ask(Request::KindsLoad(LoadKinds { file, text }))
            }
        }
    }
}

/// Checks a file of kinds; with a ledger also that it has every kind and event that the ledger knows.
fn check(session: &mut Session, file: &Path) -> Result<CommandOutcome, Failure> {
    let (name, source) = read_text(file)?;
    let known = CheckScope::read(session, OwnFiles::default())?;
    let before = known.of_ledger.then_some(&known.kinds);
    let bad = |mistakes| rejection_as(Code::BadKinds, mistakes);
    let kinds = Kinds::parse(&name, &source, before).map_err(bad)?;
    let count = kinds.all().len();
    let args = [
        ("id", kinds.id().to_owned()),
        ("count", count.to_string()),
        ("events", kinds.events().len().to_string()),
    ];
    session.print_object(
        &serde_json::json!({ "ok": true, "kinds": count }),
        &text(session.lang, "cli.kinds_ok", &args),
    )
}
