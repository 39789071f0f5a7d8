//! The command line: every action of the workstation has a command here.
//!
//! A command is one file in `commands` and one line in its table: arguments, what runs, and how it is
//! printed. It asks the same desk as the workstation, prints text or, with `--json`, JSON, and turns
//! refusals into one line (for a file with several mistakes, one more each) and an exit code:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | refused, or something to report: findings, problems |
//! | 2 | the command line is wrong |
//! | 3 | something is unavailable or corrupt |

mod against;
mod commands;
mod decisions;
mod files;
mod global;
mod help;
mod new_file;
mod outcome;
mod place;
mod printable;
mod progress;
mod refused;
mod rejects;
mod scope;
mod session;
mod show;
mod table;
mod template_files;
mod usage;
mod values;

use crate::i18n::{Lang, word};
use clap::{CommandFactory, FromArgMatches, Parser};
use commands::CliCommand;
use global::Global;
use outcome::{CommandOutcome, Failure, REFUSED, USAGE, exit_code};
use refused::print_refusal;
use session::{RunCommand, Session};
use std::ffi::OsString;
use std::process::ExitCode;
use usage::print_error;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "storno", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[arg(value_name = "LEDGER")]
    address: Option<String>,
    #[command(subcommand)]
    command: Option<CliCommand>,
}

/// Runs the program with its arguments, the program's name first, and returns its exit code.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let lang = help::early_lang(&words, |name| std::env::var(name).ok());
    let json = words.iter().any(|word| word == "--json");
    let command = usage::without_empty_variables(help::localised(Cli::command(), lang));
    let cli = match command.try_get_matches_from(arguments).and_then(|found| Cli::from_arg_matches(&found)) {
        Ok(cli) => cli,
        Err(error) => return usage::usage(&error, &words, &usage::verbs(&Cli::command()), lang, json),
    };
    match dispatch(cli, lang) {
        Ok(CommandOutcome::Done) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Ok(CommandOutcome::Reported) => ExitCode::from(REFUSED),
        Err(Failure::Refused(refusal)) => {
            print_refusal(&refusal, lang, json);
            ExitCode::from(exit_code(&refusal))
        }
        Err(Failure::Usage(message)) => {
            print_error("STORNO-USAGE", &message, &word(lang, "cli.usage.hint"), json);
            ExitCode::from(USAGE)
        }
    }
}

/// Runs the command, or without one the workstation. A ledger before the command counts as `--ledger`.
fn dispatch(cli: Cli, lang: Lang) -> Result<CommandOutcome, Failure> {
    let mut session = Session::new(cli.global, lang, Cli::command)?;
    if let Some(address) = cli.address {
        if usage::is_mistyped(&address) && place::config()?.named(&address).is_none() {
            return Err(Failure::Usage(usage::no_such(
                &address,
                &usage::verbs(&Cli::command()),
                session.lang,
            )));
        }
        session.global.ledger = Some(address);
    }
    match cli.command {
        Some(command) => command.run(&mut session),
        None => session.workstation(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::has;

    /// Keys of the help texts of a command and everything below it.
    fn keys(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        found.push(format!("cli.{path}"));
        found.extend(command.get_arguments().map(|arg| format!("cli.arg.{}", arg.get_id())));
        for sub in command.get_subcommands() {
            keys(sub, &format!("{path}.{}", sub.get_name()), found);
        }
    }

    #[test]
    fn every_command_and_argument_has_help_in_both_languages() {
        let mut command = Cli::command();
        command.build();
        let mut found = Vec::new();
        keys(&command, "storno", &mut found);
        let formats = crate::files::export::Format::ALL.iter();
        found.extend(formats.map(|format| format!("cli.writer.{format}")));
        let missing: Vec<_> = found
            .iter()
            .flat_map(|key| [Lang::En, Lang::Zh].map(|lang| (key, lang)))
            .filter(|(key, lang)| !has(*lang, key))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
