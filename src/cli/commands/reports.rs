//! `turnover`, `trial-balance` and `statement`: reports on the books.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{as_of, day, word};
use crate::domain::id::AccountCode;
use crate::protocol::reports::{
    AsOf, ReportCustomerStatement, ReportTrialBalance, ReportTurnover, TurnoverScope,
};
use crate::protocol::request::Request;
use clap::Args;
use jiff::civil::Date;

/// Shows the turnover of days, net and gross (净额法、总额法).
#[derive(Debug, Args)]
pub struct TurnoverArgs {
    #[arg(long, value_parser = day, conflicts_with_all = ["from", "to"])]
    day: Option<Date>,
    #[arg(long, value_parser = day)]
    from: Option<Date>,
    #[arg(long, value_parser = day)]
    to: Option<Date>,
    #[arg(long, value_parser = word::<AccountCode>, conflicts_with = "subject")]
    account: Option<AccountCode>,
    #[arg(long)]
    subject: Option<String>,
}

impl RunCommand for TurnoverArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Self { day, from, to, account, subject } = self;
        let of =
            account.map(TurnoverScope::Account).or(subject.map(TurnoverScope::Subject)).unwrap_or_default();
        session.ask(Request::Turnover(ReportTurnover { of, from: day.or(from), to: day.or(to) }))
    }
}

/// Shows the trial balance (试算平衡表).
#[derive(Debug, Args)]
pub struct TrialBalanceArgs {
    #[arg(long, value_name = "DAY|VOUCHER", value_parser = as_of)]
    as_of: Option<AsOf>,
}

impl RunCommand for TrialBalanceArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::TrialBalance(ReportTrialBalance { as_of: self.as_of }))
    }
}

/// Shows a customer's statement.
#[derive(Debug, Args)]
pub struct StatementArgs {
    #[arg(value_name = "CUSTOMER|ACCOUNT")]
    holder: String,
    #[arg(long, value_parser = day)]
    from: Option<Date>,
    #[arg(long, value_parser = day)]
    to: Option<Date>,
}

impl RunCommand for StatementArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::Statement(ReportCustomerStatement {
            holder: self.holder,
            from: self.from,
            to: self.to,
        }))
    }
}
