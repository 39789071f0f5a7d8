//! `policy`: what the ledger allows, and the reason codes.

use crate::cli::files::read_text;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::protocol::policy::{ListReasons, LoadPolicy, ShowPolicy};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
    Reasons,
}

impl RunCommand for PolicyArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::Show => Request::Policy(ShowPolicy {}),
            Verb::Reasons => Request::Reasons(ListReasons {}),
            Verb::Load { file } => {
                let (file, text) = read_text(&file)?;
                Request::PolicyLoad(LoadPolicy { file, text })
            }
        })
    }
}
