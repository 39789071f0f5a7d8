//! `accept`: findings that people accept without booking (已确认差异).

use crate::cli::files::evidence;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::day;
use crate::protocol::acceptances::{AcceptFinding, ListAcceptances, UndoAcceptance};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::path::PathBuf;

/// Accepts a finding without booking, takes that back, or lists what was accepted.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct AcceptArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[arg(id = "accepted_finding", value_name = "FINDING|TRADE", required = true)]
    finding: Option<String>,
    #[arg(long, value_name = "CODE", required = true)]
    reason: Option<String>,
    #[arg(long, value_name = "TEXT", required = true)]
    note: Option<String>,
    #[arg(long = "until", value_name = "DAY", value_parser = day)]
    accept_until: Option<Date>,
    #[arg(long = "file", value_name = "FILE")]
    accept_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Undo {
        #[arg(id = "accepted_finding", value_name = "FINDING|TRADE")]
        finding: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    List {
        #[arg(long)]
        waiting: bool,
    },
}

impl RunCommand for AcceptArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Self { verb, finding, reason, note, accept_until, accept_file } = self;
        session.ask(match (verb, finding) {
            (Some(Verb::Undo { finding, reason }), _) => {
                Request::FindingReopen(UndoAcceptance { finding, reason })
            }
            (Some(Verb::List { waiting }), _) => {
                Request::Acceptances(ListAcceptances { waiting, all: session.global.all })
            }
            (None, Some(finding)) => Request::FindingAccept(AcceptFinding {
                finding,
                reason: reason.unwrap_or_default(),
                note: note.unwrap_or_default(),
                until: accept_until,
                file: accept_file.as_deref().map(evidence).transpose()?,
            }),
            // The parser demands it.
            (None, None) => return Ok(CommandOutcome::Done),
        })
    }
}
