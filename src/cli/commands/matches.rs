//! `match`: which line of a channel belongs to a trade, decided by a person (手工勾兑). `explain`: what belongs
//! together, and why.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::domain::id::TradeNo;
use crate::protocol::matches::{ExplainMatch, LineName, ListMatches, MatchTrade, UndoMatch};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};

/// Decides that a trade and a line belong together, takes that back, or lists what was decided.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct MatchArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>, required = true)]
    trade: Option<TradeNo>,
    #[arg(long = "line", value_name = "CHANNEL:NUMBER", value_parser = word::<LineName>, required = true)]
    match_line: Option<LineName>,
    #[arg(long, value_name = "TEXT", required = true)]
    reason: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Undo {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade: TradeNo,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    List {
        #[arg(long)]
        waiting: bool,
    },
}

impl RunCommand for MatchArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Self { verb, trade, match_line, reason } = self;
        let reason = reason.unwrap_or_default();
        session.ask(match (verb, trade.zip(match_line)) {
            (Some(Verb::Undo { trade, reason }), _) => {
                Request::MatchUndo(UndoMatch { trade_no: trade, reason })
            }
            (Some(Verb::List { waiting }), _) => Request::MatchList(ListMatches { waiting }),
            (None, Some((trade_no, line))) => Request::MatchTrade(MatchTrade { trade_no, line, reason }),
            // The parser demands both.
            (None, None) => return Ok(CommandOutcome::Done),
        })
    }
}

/// Explains how a trade or a line compares with the other side.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    #[arg(value_name = "TRADE|CHANNEL:NUMBER")]
    target: String,
}

impl RunCommand for ExplainArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::MatchExplain(ExplainMatch { target: self.target }))
    }
}
