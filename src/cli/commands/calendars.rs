//! `calendar`: workdays and service windows of payout systems.

use crate::cli::files::read_text;
use crate::cli::outcome::{Failure, Outcome};
use crate::cli::session::{Run, Session};
use crate::cli::values::word;
use crate::desk::Request;
use crate::domain::id::TradeNo;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Works on calendars.
#[derive(Debug, Args)]
pub struct Calendar {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
    },
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    List,
}

impl Run for Calendar {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(match self.verb {
            Verb::Check { trade_no } => Request::CalendarCheck { trade_no },
            Verb::List => Request::Calendars,
            Verb::Load { file } => {
                let (file, text) = read_text(&file)?;
                Request::CalendarLoad { file, text }
            }
        })
    }
}
