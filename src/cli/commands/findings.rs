//! `findings` and `plan`: what is wrong, and how it can be corrected.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::domain::finding::Cause;
use crate::domain::id::TradeNo;
use crate::protocol::answer::Answer;
use crate::protocol::findings::{FindingFilter, ListFindings, PlanCorrection};
use crate::protocol::request::Request;
use clap::Args;
use jiff::civil::Date;

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
    #[arg(value_name = "TEXT")]
    text: Option<String>,
}

impl RunCommand for FindingsArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Self { cause, day, trade, accepted, text } = self;
        let filter = FindingFilter { cause, day, trade_no: trade, text, accepted };
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
