//! The commands, one family a file.
//!
//! A new command is a file here, or a struct in the file of its family, with a line in the table below and its words in
//! `assets/locales/cli.toml`. Parsing, help, completions and the man page follow from it; the order of the lines is the
//! order in the help. The help texts are in the locales, so that help speaks both languages.

mod accounts;
mod calendars;
mod cases;
mod days;
mod demo;
mod findings;
mod import;
mod init;
mod ledgers;
mod policy;
mod posting;
mod program;
mod reconcile;
mod reports;
mod rules;
mod serve;
mod stage;
mod trades;
mod verify;
mod vouchers;

use crate::cli::outcome::{Failure, Outcome};
use crate::cli::session::{Run, Session};
use clap::Subcommand;

/// Declares the commands: the name as a variant, and the type of its arguments, which runs it.
macro_rules! commands {
    ($($name:ident($arguments:ty),)+) => {
        /// A command with its arguments.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($name($arguments),)+
        }

        impl Run for Command {
            fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
                match self {
                    $(Self::$name(arguments) => arguments.run(session),)+
                }
            }
        }
    };
}

commands! {
    Demo(demo::Demo),
    Init(init::Init),
    Import(import::Import),
    Generate(demo::Generate),
    Post(posting::Post),
    Clear(posting::Clear),
    Trades(trades::Trades),
    Accounts(accounts::Accounts),
    Vouchers(vouchers::Vouchers),
    Events(trades::Events),
    Account(accounts::Account),
    Turnover(reports::Turnover),
    TrialBalance(reports::TrialBalance),
    Statement(reports::Statement),
    Reconcile(reconcile::Reconcile),
    Trade(trades::Trade),
    Voucher(vouchers::Voucher),
    Chain(accounts::Chain),
    Findings(findings::Findings),
    Plan(findings::Plan),
    Case(cases::Case),
    Stage(stage::Stage),
    Preview(cases::Preview),
    Commit(cases::Commit),
    Day(days::Day),
    Rules(rules::Rules),
    Calendar(calendars::Calendar),
    Policy(policy::Policy),
    Verify(verify::Verify),
    Seal(verify::Seal),
    Serve(serve::Serve),
    Ledgers(ledgers::Ledgers),
    Completions(program::Completions),
    Man(program::Man),
}
