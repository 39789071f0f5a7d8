//! `findings` and `plan`: what is wrong, and how it can be corrected.

use crate::cli::decisions::write_decisions;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::domain::due_time::DueState;
use crate::domain::finding::Cause;
use crate::domain::id::TradeNo;
use crate::protocol::answer::Answer;
use crate::protocol::findings::{FindingFilter, ListFindings, PlanCorrection, SummariseFindings};
use crate::protocol::request::Request;
use clap::Args;
use jiff::civil::Date;
use std::path::PathBuf;

/// Lists findings.
#[derive(Debug, Args)]
pub struct FindingsArgs {
    #[arg(long, value_parser = word::<Cause>)]
    cause: Option<Cause>,
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[arg(long, value_parser = word::<TradeNo>)]
    trade: Option<TradeNo>,
    #[arg(long)]
    accepted: bool,
    #[arg(long = "due", value_name = "STATE", value_parser = word::<DueState>)]
    due_state: Option<DueState>,
    #[arg(long, conflicts_with_all = ["cause", "day", "trade", "accepted", "due_state", "text"])]
    summary: bool,
    /// Write a file to decide in.
    #[arg(id = "decisions_out", long = "out", value_name = "FILE", conflicts_with = "summary")]
    out: Option<PathBuf>,
    #[arg(value_name = "TEXT")]
    text: Option<String>,
}

impl RunCommand for FindingsArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Self { cause, day, trade, accepted, due_state, summary, out, text } = self;
        if summary {
            return session.ask_long(LongWork::Findings, Request::FindingSummary(SummariseFindings {}));
        }
        let filter = FindingFilter { cause, day, trade_no: trade, text, accepted, due: due_state };
        if let Some(path) = out {
            return write_decisions(session, &filter, &path);
        }
        let ask = |page| ListFindings { filter: filter.clone(), page };
        session.ask_all_pages(Some(LongWork::Findings), ask, Answer::Findings)
    }
}

/// Shows the steps that would correct a finding or a trade.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[arg(value_name = "FINDING|TRADE")]
    target: String,
}

impl RunCommand for PlanArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::Plan(PlanCorrection { target: self.target }))
    }
}
