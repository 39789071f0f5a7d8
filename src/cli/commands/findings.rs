//! `findings` and `plan`: what is wrong, and how it can be corrected.

use crate::cli::outcome::{Failure, Outcome};
use crate::cli::progress::Work;
use crate::cli::session::{Run, Session};
use crate::cli::values::{day, word};
use crate::desk::{FindingFilter, Request};
use crate::domain::finding::Cause;
use crate::domain::id::TradeNo;
use clap::Args;
use jiff::civil::Date;

/// Lists findings.
#[derive(Debug, Args)]
pub struct Findings {
    #[arg(long, value_parser = word::<Cause>)]
    cause: Option<Cause>,
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[arg(long, value_parser = word::<TradeNo>)]
    trade: Option<TradeNo>,
    #[arg(value_name = "TEXT")]
    text: Option<String>,
}

impl Run for Findings {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        let Self { cause, day, trade, text } = self;
        let filter = FindingFilter { cause, day, trade_no: trade, text };
        session.ask_all_pages(Some(Work::Findings), |page| Request::Findings { filter: filter.clone(), page })
    }
}

/// Shows the steps that would correct a finding or a trade.
#[derive(Debug, Args)]
pub struct Plan {
    #[arg(value_name = "FINDING|TRADE")]
    target: String,
}

impl Run for Plan {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(Request::Plan { target: self.target })
    }
}
