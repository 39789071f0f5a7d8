//! `serve`: the server's end of a remote connection.

use crate::cli::files::local_path;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::domain::role::Role;
use crate::remote::server;
use clap::Args;
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// Serves a ledger over standard input and output.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[arg(long, required = true)]
    // The only way to serve so far; naming it leaves room for others.
    stdio: bool,
    #[arg(long, value_name = "FOLDER")]
    restrict_to: Option<PathBuf>,
    #[arg(long = "role", value_name = "ROLE", value_parser = word::<Role>)]
    session_role: Option<Role>,
}

impl RunCommand for ServeArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let terms = server::ServerTerms {
            ledger: session.global.ledger.as_deref().map(local_path).transpose()?,
            restrict_to: self.restrict_to,
            operator: session.global.operator.clone(),
            role: self.session_role,
            read_only: session.global.read_only,
            now: session.global.now,
        };
        let clock = || crate::runtime::now(&TimeZone::UTC);
        server::serve(std::io::stdin().lock(), std::io::stdout(), &terms, &clock)?;
        Ok(CommandOutcome::Done)
    }
}
