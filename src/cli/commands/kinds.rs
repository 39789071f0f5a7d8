//! `kinds`: the kinds of trades that the ledger knows.

use crate::cli::files::read_text;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::domain::authored::rejection_as;
use crate::domain::event::Event;
use crate::domain::kind::Kinds;
use crate::domain::rejection::Code;
use crate::i18n::text;
use crate::protocol::kinds::{CheckKinds, ListKinds, LoadKinds};
use crate::protocol::request::Request;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::HashSet;
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

/// Checks a file of kinds; with a ledger also against what the ledger knows and its rules need.
fn check(session: &mut Session, file: &Path) -> Result<CommandOutcome, Failure> {
    let (file, source) = read_text(file)?;
    let (id, kinds, changed) = if session.global.ledger.is_some() {
        let desk = &mut *session.open()?;
        let check = CheckKinds { file, text: source };
        let answer = ask_for(desk, &session.context, check, &mut Unwatched)?;
        (answer.id, answer.kinds, answer.changes)
    } else {
        let bad = |mistakes| rejection_as(Code::BadKinds, mistakes);
        let kinds = Kinds::parse(&file, &source, None).map_err(bad)?;
        (kinds.id().to_owned(), kinds.all().to_vec(), None)
    };
    let events: HashSet<Event> =
        kinds.iter().flat_map(|kind| &kind.events).map(|known| known.event).collect();
    let args = [("id", id), ("count", kinds.len().to_string()), ("events", events.len().to_string())];
    let told = json!({ "ok": true, "kinds": kinds.len() });
    session.print_checked(told, &text(session.lang, "cli.kinds_ok", &args), changed.as_deref())
}
