//! `accounts`, `account` and `chain`: accounts, their balances and their entries.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{Paging, as_of, day, word};
use crate::domain::id::{AccountCode, VoucherNo};
use crate::domain::rejection::Code;
use crate::protocol::accounts::{ListAccounts, ListChain, ShowAccount};
use crate::protocol::balance_days::ReportBalanceDays;
use crate::protocol::lineage::ShowLineage;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::AsOf;
use crate::protocol::request::Request;
use crate::protocol::watch::Unwatched;
use clap::Args;
use jiff::civil::Date;

/// Lists accounts.
#[derive(Debug, Args)]
pub struct AccountsArgs {
    #[arg(value_name = "PREFIX", default_value = "")]
    prefix: String,
    #[command(flatten)]
    paging: Paging,
}

impl RunCommand for AccountsArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::Accounts(ListAccounts { page: self.paging.by_name()?, prefix: self.prefix }))
    }
}

/// Shows an account's balance, or its balance-days for interest (积数).
#[derive(Debug, Args)]
pub struct AccountArgs {
    #[arg(value_parser = word::<AccountCode>)]
    code: AccountCode,
    #[arg(long, value_name = "DAY|VOUCHER", value_parser = as_of)]
    as_of: Option<AsOf>,
    #[arg(long, requires_all = ["from", "to"], conflicts_with = "as_of")]
    balance_days: bool,
    #[arg(long, value_parser = day, requires = "balance_days")]
    from: Option<Date>,
    #[arg(long, value_parser = day, requires = "balance_days")]
    to: Option<Date>,
}

impl RunCommand for AccountArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self {
            Self { code, balance_days: true, from: Some(from), to: Some(to), .. } => {
                Request::BalanceDays(ReportBalanceDays { account: code, from, to })
            }
            Self { code, as_of, .. } => Request::Account(ShowAccount { code, as_of }),
        })
    }
}

/// Shows an account's entries, or what a voucher came from and led to.
#[derive(Debug, Args)]
pub struct ChainArgs {
    #[arg(value_name = "ACCOUNT|VOUCHER")]
    of: String,
    #[command(flatten)]
    paging: Paging,
}

impl RunCommand for ChainArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let mut desk = session.open()?;
        let account: AccountCode = self.of.parse()?;
        let entries = Request::Chain(ListChain { account, page: self.paging.by_number()? });
        let answer = match desk.ask(&session.context, entries, &mut Unwatched) {
            Err(Refusal::Rejected(rejection)) if rejection.code == Code::NotFound => {
                let voucher_no: VoucherNo = self.of.parse()?;
                let lineage = Request::Lineage(ShowLineage { trade_no: None, voucher_no: Some(voucher_no) });
                desk.ask(&session.context, lineage, &mut Unwatched)?
            }
            other => other?,
        };
        session.print(&answer)
    }
}
