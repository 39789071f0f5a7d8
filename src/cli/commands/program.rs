//! `completions` and `man`: the program's own papers.

use crate::cli::help::localised;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use clap::Args;
use std::io::{self, Write};

/// Prints a completion script for a shell.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    shell: clap_complete::Shell,
}

impl RunCommand for CompletionsArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let mut command = localised((session.command_line)(), session.lang);
        // The generator panics if its output fails, so it writes into memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "storno", &mut script);
        io::stdout().write_all(&script)?;
        Ok(CommandOutcome::Done)
    }
}

/// Prints the man page.
#[derive(Debug, Args)]
pub struct ManArgs {}

impl RunCommand for ManArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        clap_mangen::Man::new(localised((session.command_line)(), session.lang)).render(&mut io::stdout())?;
        Ok(CommandOutcome::Done)
    }
}
