//! `payout`: what channels paid out, and what the bank received (结算批次). `trail`: from a line of the bank to the
//! accounts of customers, and back.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::domain::id::AccountCode;
use crate::protocol::payouts::{ListPayouts, ShowPayout};
use crate::protocol::request::Request;
use crate::protocol::trail::FollowTrail;
use clap::{Args, Subcommand};
use jiff::civil::Date;

/// Lists payouts, or shows one.
#[derive(Debug, Args)]
pub struct PayoutArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List {
        #[arg(long, value_name = "CODE", value_parser = word::<AccountCode>)]
        account: Option<AccountCode>,
        #[arg(long, value_parser = day)]
        from: Option<Date>,
        #[arg(long, value_parser = day)]
        to: Option<Date>,
    },
    Show {
        #[arg(id = "payout_key", value_name = "KEY")]
        key: String,
    },
}

impl RunCommand for PayoutArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::List { account, from, to } => Request::Payouts(ListPayouts { account, from, to }),
            Verb::Show { key } => Request::Payout(ShowPayout { key }),
        })
    }
}

/// Follows the trail of money.
#[derive(Debug, Args)]
pub struct TrailArgs {
    #[arg(id = "trail_key", value_name = "KEY")]
    key: String,
}

impl RunCommand for TrailArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::Trail(FollowTrail { key: self.key }))
    }
}
