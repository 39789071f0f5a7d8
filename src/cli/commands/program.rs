//! `completions` and `man`: the program's own papers.

use crate::cli::help::localised;
use crate::cli::outcome::{Failure, Outcome};
use crate::cli::session::{Run, Session};
use clap::Args;
use std::io;

/// Prints a completion script for a shell.
#[derive(Debug, Args)]
pub struct Completions {
    shell: clap_complete::Shell,
}

impl Run for Completions {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        let mut command = localised((session.command_line)(), session.lang);
        clap_complete::generate(self.shell, &mut command, "storno", &mut io::stdout());
        Ok(Outcome::Done)
    }
}

/// Prints the man page.
#[derive(Debug, Args)]
pub struct Man {}

impl Run for Man {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        clap_mangen::Man::new(localised((session.command_line)(), session.lang)).render(&mut io::stdout())?;
        Ok(Outcome::Done)
    }
}
