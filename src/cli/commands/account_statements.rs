//! `account-statement`: the statements of accounts at banks and channels (账户对账单), and how one ends.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::domain::id::{AccountCode, VoucherNo};
use crate::i18n;
use crate::protocol::account_matches::{AccountLineName, ListAccountMatches, MatchAccount, UndoAccountMatch};
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
    /// Match lines and vouchers by hand.
    Match {
        #[arg(long, value_name = "CODE", value_parser = word::<AccountCode>)]
        account: AccountCode,
        #[arg(id = "account_line", long = "line", value_name = "STATEMENT#PLACE", value_parser = word::<AccountLineName>)]
        lines: Vec<AccountLineName>,
        #[arg(id = "matched_voucher", long = "voucher", value_name = "NUMBER", value_parser = word::<VoucherNo>)]
        vouchers: Vec<VoucherNo>,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    Unmatch {
        #[arg(id = "account_match", value_name = "ID")]
        id: i64,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    Matches {
        #[arg(long, value_name = "CODE", value_parser = word::<AccountCode>)]
        account: Option<AccountCode>,
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
            Verb::Match { account, lines, vouchers, reason } => {
                Request::AccountMatch(MatchAccount { account, lines, vouchers, same_as: None, reason })
            }
            Verb::Unmatch { id, reason } => Request::AccountMatchUndo(UndoAccountMatch { id, reason }),
            Verb::Matches { account } => Request::AccountMatchList(ListAccountMatches { account }),
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
