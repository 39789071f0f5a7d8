//! `reconcile`: the books beside a channel's statement of a day (对账).

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::domain::trade::Channel;
use crate::protocol::reports::{ListChannelDays, ReconcileChannel};
use crate::protocol::request::Request;
use clap::Args;
use jiff::civil::Date;

/// Reconciles a channel's day, or without one lists the days with statements.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    #[arg(long, value_parser = word::<Channel>, requires = "day")]
    channel: Option<Channel>,
    #[arg(long, value_parser = day, requires = "channel")]
    day: Option<Date>,
}

impl RunCommand for ReconcileArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self {
            Self { channel: Some(channel), day: Some(day) } => {
                Request::Reconcile(ReconcileChannel { channel, day })
            }
            _ => Request::ChannelDays(ListChannelDays {}),
        })
    }
}
