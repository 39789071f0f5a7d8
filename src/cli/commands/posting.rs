//! `post` and `clear`: posting what is due by the rules.

use crate::cli::outcome::{Failure, Outcome};
use crate::cli::progress::Work;
use crate::cli::session::{Run, Session};
use crate::cli::values::word;
use crate::desk::Request;
use crate::domain::id::TradeNo;
use clap::Args;

/// Posts trades, or without any everything that is due.
#[derive(Debug, Args)]
pub struct Post {
    #[arg(long)]
    // What is due is posted without the flag too; scripts that give it go on working.
    due: bool,
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trades: Vec<TradeNo>,
}

impl Run for Post {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask_long(Work::Post, Request::Post { trades: self.trades })
    }
}

/// Clears trades with their channels, or without any everything that is due.
#[derive(Debug, Args)]
pub struct Clear {
    #[arg(long)]
    // What is due is cleared without the flag too; scripts that give it go on working.
    due: bool,
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trades: Vec<TradeNo>,
}

impl Run for Clear {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask_long(Work::Post, Request::Clear { trades: self.trades })
    }
}
