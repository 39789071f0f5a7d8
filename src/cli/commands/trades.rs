//! `trades`, `trade` and `events`: what the channels and the business sent.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{Paging, day, word};
use crate::domain::id::TradeNo;
use crate::protocol::request::Request;
use crate::protocol::trades::{ListEvents, ListTrades, ShowTrade, TradeFilter};
use clap::Args;
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

/// Shows one trade.
#[derive(Debug, Args)]
pub struct TradeArgs {
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trade_no: TradeNo,
}

impl RunCommand for TradeArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::Trade(ShowTrade { trade_no: self.trade_no }))
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
