//! `account-statement`: the statements of accounts at banks and channels (账户对账单), and how one ends.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::domain::id::AccountCode;
use crate::i18n;
use crate::protocol::account_statements::{
    ListAccountStatements, ShowAccountStatement, WithdrawAccountStatement,
};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};

/// Works on the statements of accounts.
#[derive(Debug, Args)]
pub struct AccountStatementArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List {
        #[arg(long, value_name = "CODE", value_parser = word::<AccountCode>)]
        account: Option<AccountCode>,
    },
    Show {
        #[arg(id = "account_statement", value_name = "ID")]
        id: i64,
    },
    Withdraw {
        #[arg(id = "account_statement", value_name = "ID")]
        id: i64,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl RunCommand for AccountStatementArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::List { account } => {
                Request::AccountStatements(ListAccountStatements { all: session.global.all, account })
            }
            Verb::Show { id } => Request::AccountStatement(ShowAccountStatement { id }),
            Verb::Withdraw { id, reason } => {
                let reason = reason.trim().to_owned();
                if reason.is_empty() {
                    return Err(Failure::Usage(i18n::word(session.lang, "cli.empty_reason")));
                }
                Request::AccountStatementWithdraw(WithdrawAccountStatement { id, reason })
            }
        })
    }
}
