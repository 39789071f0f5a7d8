//! `bill`: the statements of channels (渠道账单), and how one ends.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::domain::trade::Channel;
use crate::i18n;
use crate::protocol::bills::{ListBills, ShowBill, WithdrawBill};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};
use jiff::civil::Date;

/// Works on the statements of channels.
#[derive(Debug, Args)]
pub struct BillArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List {
        #[arg(long, value_parser = word::<Channel>)]
        channel: Option<Channel>,
        #[arg(long, value_parser = day)]
        day: Option<Date>,
    },
    Show {
        #[arg(id = "bill", value_name = "ID")]
        id: i64,
    },
    Withdraw {
        #[arg(id = "bill", value_name = "ID")]
        id: i64,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl RunCommand for BillArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::List { channel, day } => {
                Request::Bills(ListBills { all: session.global.all, channel, day })
            }
            Verb::Show { id } => Request::Bill(ShowBill { id }),
            Verb::Withdraw { id, reason } => {
                let reason = reason.trim().to_owned();
                if reason.is_empty() {
                    return Err(Failure::Usage(i18n::word(session.lang, "cli.empty_reason")));
                }
                Request::BillWithdraw(WithdrawBill { id, reason })
            }
        })
    }
}
