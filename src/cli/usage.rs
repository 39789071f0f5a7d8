//! Mistakes in a command's words, told in one line in the operator's language.

use super::USAGE;
use super::args::Cli;
use crate::i18n::{Lang, text, word};
use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Help and version go out as they are; anything else is a mistake in the command's words.
pub fn usage(error: &clap::Error, words: &[String], lang: Lang, json: bool) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            show(error, lang, io::stdout().is_terminal(), &mut io::stdout());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            show(error, lang, io::stderr().is_terminal(), &mut io::stderr());
            ExitCode::from(USAGE)
        }
        _ => {
            let told = mistyped_before(error, words)
                .map(|name| no_such(name, lang))
                .or_else(|| told(error, lang))
                .unwrap_or_else(|| foreign(error));
            tell("STORNO-USAGE", &told, &word(lang, "cli.usage.hint"), json);
            ExitCode::from(USAGE)
        }
    }
}

/// Shows a help page; nobody is left to tell that nobody can be told.
fn show(error: &clap::Error, lang: Lang, styled: bool, out: &mut impl Write) {
    let page = error.render();
    let text = if styled { page.ansi().to_string() } else { page.to_string() };
    let _ = write!(out, "{}", super::help::page(&text, lang));
}

/// One line on standard error, or one object for machines.
pub fn tell(code: &str, message: &str, hint: &str, json: bool) {
    let mut out = io::stderr().lock();
    // Nobody is left to tell that nobody can be told.
    let _ = if json {
        let error = serde_json::json!({ "error": { "code": code, "message": message, "hint": hint } });
        writeln!(out, "{error}")
    } else {
        writeln!(out, "{code}: {} {}", visible(message), visible(hint))
    };
}

/// A text with its control characters written out: a file's name must not steer the terminal.
pub fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

/// The command without the variables that are set to nothing: they count as unset.
pub fn without_empty_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        let empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if empty { arg.env(Resettable::Reset) } else { arg }
    })
}

/// Whether an address is a mistyped command rather than a ledger: no file, and nothing of a path in it.
pub fn is_mistyped(address: &str) -> bool {
    let path_like = address.is_empty() || address.contains(['.', '/', '\\', ':']);
    !path_like && !Path::new(address).exists()
}

/// What is said of a word that is neither a command nor a ledger, with the nearest command if one is near.
pub fn no_such(name: &str, lang: Lang) -> String {
    worded(lang, "cli.usage.no_such", &[("name", Some(name.to_owned())), ("near", nearest(name))])
}

fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|sub| sub.get_name().to_owned()).collect()
}

fn nearest(name: &str) -> Option<String> {
    let far = (name.chars().count() / 3).clamp(1, 3);
    let near = commands().into_iter().map(|command| (strsim::damerau_levenshtein(name, &command), command));
    near.filter(|(distance, _)| *distance <= far).min().map(|(_, command)| command)
}

/// `storno vuocher J00001`: the first word passes for a ledger, and only the second is told to be wrong.
fn mistyped_before<'a>(error: &clap::Error, words: &'a [String]) -> Option<&'a str> {
    let stranger =
        one(error, ContextKind::InvalidSubcommand).or_else(|| one(error, ContextKind::InvalidArg))?;
    let at = words.iter().position(|word| *word == stranger)?;
    let before = words.get(1..at)?;
    let (name, before) = before.split_last()?;
    let commands = commands();
    let value_of_flag = before.last().is_some_and(|word| {
        word.starts_with("--")
            && !word.contains('=')
            && !matches!(word.as_str(), "--json" | "--read-only" | "--yes")
    });
    if name.starts_with('-') || value_of_flag || words.get(1..at)?.iter().any(|word| commands.contains(word))
    {
        return None;
    }
    is_mistyped(name).then_some(name.as_str())
}

/// A mistake in our words, where it is of a kind that has words here.
fn told(error: &clap::Error, lang: Lang) -> Option<String> {
    let arg = one(error, ContextKind::InvalidArg);
    let value = one(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::MissingRequiredArgument => Some(worded(lang, "cli.usage.missing", &[("arg", Some(arg?))])),
        ErrorKind::InvalidValue => {
            let allowed = one(error, ContextKind::ValidValue);
            let key = if value.is_some() { "cli.usage.value" } else { "cli.usage.no_value" };
            Some(worded(lang, key, &[("arg", Some(arg?)), ("value", value), ("allowed", allowed)]))
        }
        ErrorKind::ValueValidation => {
            let detail = error.source().map(ToString::to_string).or(value);
            Some(worded(lang, "cli.usage.bad_value", &[("arg", Some(arg?)), ("detail", detail)]))
        }
        ErrorKind::UnknownArgument => {
            let near = one(error, ContextKind::SuggestedArg);
            Some(worded(lang, "cli.usage.unknown", &[("arg", Some(arg?)), ("near", near)]))
        }
        ErrorKind::InvalidSubcommand => {
            let name = one(error, ContextKind::InvalidSubcommand)?;
            let near = one(error, ContextKind::SuggestedSubcommand);
            Some(worded(lang, "cli.usage.command", &[("name", Some(name)), ("near", near)]))
        }
        ErrorKind::ArgumentConflict => Some(worded(lang, "cli.usage.twice", &[("arg", Some(arg?))])),
        _ => None,
    }
}

/// The parser's own words on one line, with their full stop.
fn foreign(error: &clap::Error) -> String {
    let shown = error.render().to_string();
    // What is missing stands on lines of its own below the first; the usage comes behind a blank one.
    let told: Vec<&str> = shown.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    let told = told.join(" ");
    format!("{}.", told.trim_start_matches("error: ").trim_end_matches('.'))
}

fn one(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let fact = match error.get(kind)? {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        _ => return None,
    };
    (!fact.is_empty()).then_some(fact)
}

/// A text of the facts that are known.
fn worded(lang: Lang, key: &str, facts: &[(&str, Option<String>)]) -> String {
    let known: Vec<(&str, &str)> =
        facts.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    text(lang, key, &known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_command_is_near() {
        assert_eq!(nearest("vuocher").as_deref(), Some("voucher"));
        assert_eq!(nearest("finding").as_deref(), Some("findings"));
        assert_eq!(nearest("frob"), None);
    }

    #[test]
    fn a_path_is_no_mistyped_command() {
        assert!(!is_mistyped("shop.db"));
        assert!(!is_mistyped("a/b"));
        assert!(is_mistyped("frob"));
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb\n账"), "a\\u{1b}[2Jb\\n账");
    }
}
