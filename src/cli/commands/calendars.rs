//! `calendar`: workdays and service windows of payout systems.

use crate::cli::files::read_text;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::domain::id::TradeNo;
use crate::protocol::calendars::{CheckCalendar, ListCalendars, LoadCalendar};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Works on calendars.
#[derive(Debug, Args)]
pub struct CalendarArgs {
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

impl RunCommand for CalendarArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::Check { trade_no } => Request::CalendarCheck(CheckCalendar { trade_no }),
            Verb::List => Request::Calendars(ListCalendars {}),
            Verb::Load { file } => {
                let (file, text) = read_text(&file)?;
                Request::CalendarLoad(LoadCalendar { file, text })
            }
        })
    }
}
