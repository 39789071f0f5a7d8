//! `trades`, `trade` and `events`: what the channels and the business sent.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{Paging, day, word};
use crate::domain::id::TradeNo;
use crate::protocol::request::Request;
use crate::protocol::trades::{ListEvents, ListTrades, NoteFollowUp, ShowTrade, TradeFilter};
use clap::{Args, Subcommand};
use jiff::civil::Date;

/// Lists trades.
#[derive(Debug, Args)]
pub struct TradesArgs {
    #[arg(long)]
    unposted: bool,
    #[arg(long)]
    with_findings: bool,
    #[arg(long)]
    follow_up: bool,
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[arg(long)]
    channel: Option<String>,
    #[arg(long)]
    kind: Option<String>,
    #[arg(long)]
    customer: Option<String>,
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

impl RunCommand for TradesArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Self { unposted, with_findings, follow_up, day, channel, kind, customer, text, paging } = self;
        let filter = TradeFilter { unposted, with_findings, follow_up, text, day, channel, kind, customer };
        session.ask(Request::Trades(ListTrades { filter, page: paging.by_number()? }))
    }
}

/// Shows one trade, or notes that its follow-up is done or open again.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct TradeArgs {
    #[command(subcommand)]
    verb: Option<FollowUpVerb>,
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>, required = true)]
    trade_no: Option<TradeNo>,
}

#[derive(Debug, Subcommand)]
enum FollowUpVerb {
    FollowUpDone(FollowUpArgs),
    FollowUpOpen(FollowUpArgs),
}

/// The refund, and what is to be noted.
#[derive(Debug, Args)]
struct FollowUpArgs {
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trade: TradeNo,
    #[arg(long, value_name = "TEXT")]
    note: String,
}

impl RunCommand for TradeArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let noted = |FollowUpArgs { trade: trade_no, note }, done| {
            Request::TradeFollowUp(NoteFollowUp { trade_no, done, note })
        };
        session.ask(match (self.verb, self.trade_no) {
            (Some(FollowUpVerb::FollowUpDone(args)), _) => noted(args, true),
            (Some(FollowUpVerb::FollowUpOpen(args)), _) => noted(args, false),
            (None, Some(trade_no)) => Request::Trade(ShowTrade { trade_no }),
            // The parser demands it.
            (None, None) => return Ok(CommandOutcome::Done),
        })
    }
}

/// Lists the events of trades.
#[derive(Debug, Args)]
pub struct EventsArgs {
    #[arg(long)]
    unposted: bool,
    #[command(flatten)]
    paging: Paging,
}

impl RunCommand for EventsArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let page = self.paging.by_number()?;
        session.ask(Request::Events(ListEvents { unposted: self.unposted, page }))
    }
}
