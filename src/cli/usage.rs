//! Mistakes in the command line, reported in one line in the operator's language.

use super::outcome::USAGE;
use super::printable::printable;
use crate::domain::nearest::nearest;
use crate::i18n::{Lang, text, word};
use clap::Command;
use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Prints help and version as they are, anything else as a mistake, and returns the exit code. `words`
/// are the program's arguments, `verbs` the names of its commands.
pub fn usage(error: &clap::Error, words: &[String], verbs: &[String], lang: Lang, json: bool) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print_page(error, lang, io::stdout().is_terminal(), &mut io::stdout());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            print_page(error, lang, io::stderr().is_terminal(), &mut io::stderr());
            ExitCode::from(USAGE)
        }
        _ => {
            let message = mistyped_before(error, words, verbs)
                .map(|name| no_such(name, verbs, lang))
                .or_else(|| translated(error, lang))
                .unwrap_or_else(|| untranslated(error));
            print_error("STORNO-USAGE", &message, &word(lang, "cli.usage.hint"), json);
            ExitCode::from(USAGE)
        }
    }
}

/// Prints a help page. A closed output is ignored.
fn print_page(error: &clap::Error, lang: Lang, styled: bool, out: &mut impl Write) {
    let page = error.render();
    let text = if styled { page.ansi().to_string() } else { page.to_string() };
    let _ = write!(out, "{}", super::help::page(&text, lang));
}

/// Prints an error on standard error: one line, or with `json` one object.
pub fn print_error(code: &str, message: &str, hint: &str, json: bool) {
    let mut out = io::stderr().lock();
    // A closed stderr is ignored: there is no other place for the message.
    let _ = if json {
        let error = serde_json::json!({ "error": { "code": code, "message": message, "hint": hint } });
        writeln!(out, "{error}")
    } else {
        let stop = full_stop(message);
        writeln!(out, "{code}: {}{stop} {}", printable(message), printable(hint))
    };
}

/// Returns the full stop that a message lacks before the hint: a mistake in a file is told without one, since it
/// also stands in lists.
fn full_stop(message: &str) -> &'static str {
    let is_ideograph = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    match message.chars().last() {
        None | Some('.' | '。' | '!' | '！' | '?' | '？') => "",
        Some(_) if message.contains(is_ideograph) => "。",
        Some(_) => ".",
    }
}

/// Returns the command without environment variables that are set to an empty value, which counts as unset.
pub fn without_empty_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        let empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if empty { arg.env(Resettable::Reset) } else { arg }
    })
}

/// Returns the names of the commands.
pub fn verbs(command: &Command) -> Vec<String> {
    command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

/// True if an address is probably a mistyped command: it has nothing of a path, and no file has that name.
pub fn is_mistyped(address: &str) -> bool {
    let path_like = address.is_empty() || address.contains(['.', '/', '\\', ':']);
    !path_like && !Path::new(address).exists()
}

/// Returns the message for a word that is neither a command nor a ledger, with the nearest command if
/// one is similar.
pub fn no_such(name: &str, verbs: &[String], lang: Lang) -> String {
    let near = nearest(name, verbs.iter().map(String::as_str)).map(str::to_owned);
    worded(lang, "cli.usage.no_such", &[("name", Some(name.to_owned())), ("near", near)])
}

/// Returns the mistyped command in front of the word that the parser complains about. The first word of
/// `storno vuocher J00001` is parsed as a ledger, so that clap reports the second.
fn mistyped_before<'a>(error: &clap::Error, words: &'a [String], verbs: &[String]) -> Option<&'a str> {
    let unknown =
        one(error, ContextKind::InvalidSubcommand).or_else(|| one(error, ContextKind::InvalidArg))?;
    let at = words.iter().position(|word| *word == unknown)?;
    let before = words.get(1..at)?;
    let (name, before) = before.split_last()?;
    let value_of_flag = before.last().is_some_and(|word| {
        word.starts_with("--")
            && !word.contains('=')
            && !matches!(word.as_str(), "--json" | "--read-only" | "--yes")
    });
    if name.starts_with('-') || value_of_flag || words.get(1..at)?.iter().any(|word| verbs.contains(word)) {
        return None;
    }
    is_mistyped(name).then_some(name.as_str())
}

/// Returns the message in the operator's language, for the kinds of mistake that have a text.
fn translated(error: &clap::Error, lang: Lang) -> Option<String> {
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

/// Returns clap's own message on one line, with a full stop.
fn untranslated(error: &clap::Error) -> String {
    let shown = error.render().to_string();
    // Missing arguments are listed on lines of their own below the first; the usage follows after a
    // blank line.
    let message: Vec<&str> =
        shown.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    let message = message.join(" ");
    format!("{}.", message.trim_start_matches("error: ").trim_end_matches('.'))
}

/// Returns one fact of clap's error as text; several values are joined with commas.
fn one(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let fact = match error.get(kind)? {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        _ => return None,
    };
    (!fact.is_empty()).then_some(fact)
}

/// Returns the text of a key with the facts that are present.
fn worded(lang: Lang, key: &str, facts: &[(&str, Option<String>)]) -> String {
    let known: Vec<(&str, &str)> =
        facts.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    text(lang, key, &known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_no_mistyped_command() {
        assert!(!is_mistyped("shop.db"));
        assert!(!is_mistyped("a/b"));
        assert!(is_mistyped("frob"));
    }
}
