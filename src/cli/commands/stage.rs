//! `stage`: the steps of a case.

use super::cases::case_or_only;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{number, word, wrong_value};
use crate::domain::chain::fingerprint;
use crate::domain::id::CaseNo;
use crate::protocol::cases::{DropStep, RestoreStep, ShowCase, StageStep};
use crate::protocol::page::Slice;
use crate::protocol::request::Request;
use crate::protocol::steps::{ProofFile, SYNTAXES, StepRequest};
use crate::protocol::syntax::{Argument, Given, Syntax, Takes};
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use std::path::Path;

/// Adds, drops, restores and lists the steps of a case.
#[derive(Debug, Args)]
pub struct StageArgs {
    /// Sets the case's reason as well.
    #[arg(long, global = true, value_name = "CODE")]
    reason: Option<String>,
    #[command(subcommand)]
    stage: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Step(StepToAdd),
    Drop {
        #[arg(value_name = "STEP", value_parser = number::<i64>)]
        step: i64,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Restore {
        #[arg(value_name = "STEP", value_parser = number::<i64>)]
        step: i64,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    List {
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
}

impl RunCommand for StageArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let request = match self.stage {
            Verb::Step(StepToAdd { case_no, step }) => Request::Stage(StageStep {
                case_no: case_or_only(session, case_no)?,
                step,
                reason: self.reason,
            }),
            Verb::Drop { step, case_no } => {
                Request::StageDrop(DropStep { case_no: case_or_only(session, case_no)?, step })
            }
            Verb::Restore { step, case_no } => {
                Request::StageRestore(RestoreStep { case_no: case_or_only(session, case_no)?, step })
            }
            Verb::List { case_no } => {
                Request::Case(ShowCase { case_no: case_or_only(session, case_no)?, slice: Slice::ALL })
            }
        };
        session.ask_long(LongWork::Steps, request)
    }
}

/// A step to add, and its case; the arguments are those of [`SYNTAXES`].
#[derive(Debug)]
struct StepToAdd {
    case_no: Option<CaseNo>,
    step: StepRequest,
}

/// The option that names the case.
const CASE: &str = "case_no";

impl Subcommand for StepToAdd {
    fn augment_subcommands(command: Command) -> Command {
        SYNTAXES.iter().fold(command, |command, syntax| command.subcommand(subcommand(syntax)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        SYNTAXES.iter().any(|syntax| syntax.kind.as_str() == name)
    }
}

impl FromArgMatches for StepToAdd {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let unknown = || clap::Error::new(ErrorKind::InvalidSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(unknown)?;
        let syntax = SYNTAXES.iter().find(|syntax| syntax.kind.as_str() == name).ok_or_else(unknown)?;
        let mut given = Given::default();
        for argument in syntax.arguments {
            if argument.takes == Takes::Nothing {
                if matches.get_flag(argument.id) {
                    given.add(argument, "");
                }
                continue;
            }
            for value in matches.get_many::<String>(argument.id).into_iter().flatten() {
                if argument.takes == Takes::File {
                    given.add(argument, proof(value)?);
                } else {
                    given.add(argument, value);
                }
            }
        }
        let step = syntax
            .read(&given)
            .map_err(|rejection| clap::Error::raw(ErrorKind::ValueValidation, wrong_value(&rejection)))?;
        Ok(Self { case_no: matches.get_one::<CaseNo>(CASE).cloned(), step })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Returns name and SHA-256 of a file that proves a step, as the step takes them.
fn proof(path: &str) -> Result<String, clap::Error> {
    let unreadable = |error| clap::Error::raw(ErrorKind::Io, format!("{path}: {error}\n"));
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fingerprint = fingerprint(&std::fs::read(path).map_err(unreadable)?);
    Ok(ProofFile { name, fingerprint }.to_string())
}

/// Returns the subcommand of a kind of step.
fn subcommand(syntax: &Syntax<StepRequest>) -> Command {
    let case = Arg::new(CASE).long("case").value_name("CASE_NO").value_parser(word::<CaseNo>);
    let command = Command::new(syntax.kind.as_str()).arg(case);
    syntax.arguments.iter().fold(command, |command, argument| command.arg(arg(*argument)))
}

/// Returns an argument of a step as the parser of the command line takes it.
fn arg(argument: Argument) -> Arg {
    let mut arg = Arg::new(argument.id).action(match argument.takes {
        Takes::Nothing => ArgAction::SetTrue,
        Takes::Many => ArgAction::Append,
        Takes::One | Takes::Text | Takes::File => ArgAction::Set,
    });
    if let Some(name) = argument.option {
        arg = arg.long(name);
    }
    if argument.takes == Takes::File {
        arg = arg.value_name(argument.value);
    } else if argument.takes != Takes::Nothing {
        let check = move |text: &str| match argument.check(text) {
            Ok(()) => Ok(text.to_owned()),
            Err(rejection) => Err(wrong_value(&rejection)),
        };
        arg = arg.value_name(argument.value).allow_hyphen_values(argument.is_signed).value_parser(check);
    }
    if let Some(default) = argument.words.first() {
        arg = arg.value_parser(PossibleValuesParser::new(argument.words));
        if !argument.is_required {
            arg = arg.default_value(*default);
        }
    }
    if let Some(other) = argument.needs {
        arg = arg.requires(other);
    }
    if let Some(other) = argument.excludes {
        arg = arg.conflicts_with(other);
    }
    if argument.unless.is_empty() {
        arg.required(argument.is_required)
    } else {
        arg.required_unless_present_any(argument.unless)
    }
}
