//! The commands, one family a file.
//!
//! A new command takes three files: its own file here (or a struct in the file of its family), a line in
//! the table below, and its words in `assets/locales/cli.toml`. Parsing, help, completions and the man page
//! follow from the table; the order of its lines is the order in the help. The help texts are in the
//! locales, so that help speaks both languages.

mod acceptances;
mod account_statements;
mod accounts;
mod bills;
mod calendars;
mod cases;
mod channels;
mod chart;
mod days;
mod demo;
mod export;
mod findings;
mod import;
mod init;
mod kinds;
mod ledgers;
mod matches;
mod payouts;
mod policy;
mod posting;
mod profiles;
mod program;
mod reconcile;
mod reports;
mod rules;
mod serve;
mod stage;
mod takeover;
mod templates;
mod trades;
mod verify;
mod vouchers;

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use clap::Subcommand;

/// Declares the commands: the name as a variant, and the type of its arguments, which runs it.
macro_rules! commands {
    ($($name:ident($arguments:ty),)+) => {
        /// A command with its arguments.
        #[derive(Debug, Subcommand)]
        pub enum CliCommand {
            $($name($arguments),)+
        }

        impl RunCommand for CliCommand {
            fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
                match self {
                    $(Self::$name(arguments) => arguments.run(session),)+
                }
            }
        }
    };
}

commands! {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    Import(import::ImportArgs),
    Profile(profiles::ProfileArgs),
    Export(export::ExportArgs),
    Generate(demo::GenerateArgs),
    Post(posting::PostArgs),
    Clear(posting::ClearArgs),
    Settle(posting::SettleArgs),
    Trades(trades::TradesArgs),
    Accounts(accounts::AccountsArgs),
    Vouchers(vouchers::VouchersArgs),
    Events(trades::EventsArgs),
    Account(accounts::AccountArgs),
    Turnover(reports::TurnoverArgs),
    TrialBalance(reports::TrialBalanceArgs),
    Statement(reports::StatementArgs),
    Reconcile(reconcile::ReconcileArgs),
    Bill(bills::BillArgs),
    AccountStatement(account_statements::AccountStatementArgs),
    Payout(payouts::PayoutArgs),
    Trail(payouts::TrailArgs),
    Match(matches::MatchArgs),
    Explain(matches::ExplainArgs),
    Trade(trades::TradeArgs),
    Voucher(vouchers::VoucherArgs),
    Chain(accounts::ChainArgs),
    Findings(findings::FindingsArgs),
    Plan(findings::PlanArgs),
    Accept(acceptances::AcceptArgs),
    Case(cases::CaseArgs),
    Stage(stage::StageArgs),
    Preview(cases::PreviewArgs),
    Commit(cases::CommitArgs),
    Day(days::DayArgs),
    Rules(rules::RulesArgs),
    Channels(channels::ChannelsArgs),
    Kinds(kinds::KindsArgs),
    Chart(chart::ChartArgs),
    Calendar(calendars::CalendarArgs),
    Policy(policy::PolicyArgs),
    Takeover(takeover::TakeoverArgs),
    Template(templates::TemplateArgs),
    Verify(verify::VerifyArgs),
    Seal(verify::SealArgs),
    Serve(serve::ServeArgs),
    Ledgers(ledgers::LedgersArgs),
    Completions(program::CompletionsArgs),
    Man(program::ManArgs),
}
