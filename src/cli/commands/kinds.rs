//! `kinds`: the kinds of trades that the ledger knows.

use crate::cli::against::{Against, What};
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::scope::CheckedFile;
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
use crate::runtime::local_files::read_text;
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
                let (file, text) = read_text(&file, Code::BadKinds)?;
                session.ask(Request::KindsLoad(LoadKinds { file, text }))
            }
        }
    }
}

/// Checks a file of kinds; with a ledger also against what the ledger knows and its rules need.
fn check(session: &mut Session, file: &Path) -> Result<CommandOutcome, Failure> {
    let (file, source) = read_text(file, Code::BadKinds)?;
    let (id, kinds, against, changed) = if session.global.ledger.is_some() {
        let desk = &mut *session.open()?;
        let check = CheckKinds { file, text: source };
        let answer = ask_for(desk, &session.context, check, &mut Unwatched)?;
        let whats = [What::Kinds, What::Rules];
        (answer.id, answer.kinds, whats.map(|what| Against::in_force(session, what)).to_vec(), answer.changes)
    } else {
        let bad = |mistakes| rejection_as(Code::BadKinds, mistakes);
        let kinds = Kinds::parse(&file, &source, None).map_err(bad)?;
        (kinds.id().to_owned(), kinds.all().to_vec(), Vec::new(), None)
    };
    let events: HashSet<Event> =
        kinds.iter().flat_map(|kind| &kind.events).map(|known| known.event).collect();
    let args = [("id", id), ("count", kinds.len().to_string()), ("events", events.len().to_string())];
    let line = text(session.lang, "cli.kinds_ok", &args);
    let checked = CheckedFile { line, object: json!({ "ok": true, "kinds": kinds.len() }), against };
    checked.print_with_changes(session, changed.as_deref())
}
