//! `takeover`: from beside an older system to the books.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::domain::id::VoucherNo;
use crate::protocol::request::Request;
use crate::protocol::takeover::{AcceptVoucher, EndTakeover, ShowTakeover};
use clap::{Args, Subcommand};

/// Works on the takeover from an older system.
#[derive(Debug, Args)]
pub struct TakeoverArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Status,
    End {
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    Accept {
        #[arg(value_name = "VOUCHER", value_parser = word::<VoucherNo>)]
        voucher_no: VoucherNo,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl RunCommand for TakeoverArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::Status => Request::Takeover(ShowTakeover {}),
            Verb::End { reason } => Request::TakeoverEnd(EndTakeover { reason }),
            Verb::Accept { voucher_no, reason } => {
                Request::TakeoverAccept(AcceptVoucher { voucher_no, reason })
            }
        })
    }
}
