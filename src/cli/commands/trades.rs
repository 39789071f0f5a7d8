//! `trades`, `trade` and `events`: what the channels and the business sent.

use crate::cli::outcome::{Failure, Outcome};
use crate::cli::session::{Run, Session};
use crate::cli::values::{Paging, day, word};
use crate::desk::{Answer, Request, TradeFilter, Unwatched};
use crate::domain::id::TradeNo;
use clap::Args;
use jiff::civil::Date;

/// Lists trades.
#[derive(Debug, Args)]
pub struct Trades {
    #[arg(long)]
    unposted: bool,
    #[arg(long)]
    with_findings: bool,
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

impl Run for Trades {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        let Self { unposted, with_findings, day, channel, kind, customer, text, paging } = self;
        let filter = TradeFilter { unposted, with_findings, text, day, channel, kind, customer };
        session.ask(Request::Trades { filter, page: paging.by_number()? })
    }
}

/// Shows one trade.
#[derive(Debug, Args)]
pub struct Trade {
    #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
    trade_no: TradeNo,
}

impl Run for Trade {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(Request::Trade { trade_no: self.trade_no })
    }
}

/// Lists the events of trades.
#[derive(Debug, Args)]
pub struct Events {
    #[arg(long)]
    unposted: bool,
    #[command(flatten)]
    paging: Paging,
}

impl Run for Events {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        let request = Request::Events { unposted: self.unposted, page: self.paging.by_number()? };
        let mut desk = session.open()?;
        let answer = desk.ask(&session.context, request, &mut session.bar(None))?;
        // Rows of events name no currency; the ledger does.
        if let Answer::Ledger(ledger) = desk.ask(&session.context, Request::Ledger, &mut Unwatched)? {
            session.currency = ledger.currency.parse().unwrap_or(session.currency);
        }
        session.print(&answer)
    }
}
