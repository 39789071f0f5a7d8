//! `post`, `clear` and `settle`: posting what is due by the rules.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::domain::id::TradeNo;
use crate::protocol::posting::{ClearTrades, PostTrades, SettleTrades};
use crate::protocol::request::Request;
use clap::Args;

/// Posts trades, or without any everything that is due.
#[derive(Debug, Args)]
pub struct PostArgs {
    #[arg(long)]
    // What is due is posted without the flag too; scripts that give it go on working.
    due: bool,
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trades: Vec<TradeNo>,
}

impl RunCommand for PostArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask_long(LongWork::Post, Request::Post(PostTrades { trades: self.trades }))
    }
}

/// Clears trades with their channels, or without any everything that is due.
#[derive(Debug, Args)]
pub struct ClearArgs {
    #[arg(long)]
    // What is due is cleared without the flag too; scripts that give it go on working.
    due: bool,
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trades: Vec<TradeNo>,
}

impl RunCommand for ClearArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask_long(LongWork::Post, Request::Clear(ClearTrades { trades: self.trades }))
    }
}

/// Settles the trades named, or without any the payouts that succeeded.
#[derive(Debug, Args)]
pub struct SettleArgs {
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trades: Vec<TradeNo>,
}

impl RunCommand for SettleArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask_long(LongWork::Post, Request::Settle(SettleTrades { trades: self.trades }))
    }
}
