//! `reconcile`: the books beside a channel's statement of a day, or beside the statements of an account (对账).

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::domain::id::AccountCode;
use crate::domain::trade::Channel;
use crate::protocol::account_statements::ReconcileAccount;
use crate::protocol::reports::{ListChannelDays, ReconcileChannel};
use crate::protocol::request::Request;
use clap::Args;
use jiff::civil::Date;

/// Reconciles a channel's day or an account, or without either lists the days with statements.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    #[arg(long, value_parser = word::<Channel>, requires = "day")]
    channel: Option<Channel>,
    #[arg(long, value_parser = day, requires = "channel", conflicts_with = "account")]
    day: Option<Date>,
    #[arg(long, value_name = "CODE", value_parser = word::<AccountCode>, conflicts_with = "channel")]
    account: Option<AccountCode>,
    #[arg(long, value_parser = day, requires = "account")]
    from: Option<Date>,
    #[arg(long, value_parser = day, requires = "account")]
    to: Option<Date>,
}

impl RunCommand for ReconcileArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self {
            Self { channel: Some(channel), day: Some(day), .. } => {
                Request::Reconcile(ReconcileChannel { channel, day })
            }
            Self { account: Some(account), from, to, .. } => {
                Request::AccountReconcile(ReconcileAccount { account, from, to })
            }
            _ => Request::ChannelDays(ListChannelDays {}),
        })
    }
}
