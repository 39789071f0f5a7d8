//! What the palette finds: commands by name in either language or by pinyin initials, and their arguments.

use super::dispatch::why_not;
use crate::app::command::Command;
use crate::app::state::State;
use crate::i18n::{self, Lang};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A command that matches the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The command.
    pub command: Command,
    /// The argument typed after the command.
    pub argument: String,
    /// Why it cannot be run now, as text.
    pub why_not: Option<String>,
}

/// Returns the commands valid here that match `line`, best first. More words after a command that takes an
/// argument are its argument.
#[must_use]
pub fn matches(state: &State, line: &str) -> Vec<Match> {
    let line = line.trim_start();
    let (word, argument) = line.split_once([' ', '\u{3000}']).unwrap_or((line, ""));
    let valid = || {
        let here = |command: &Command| command.fits(state.kind()) && command.is_in_palette();
        Command::ALL.iter().copied().filter(here)
    };
    let found = |command: Command, argument: &str| Match {
        command,
        argument: argument.trim().to_owned(),
        why_not: why_not(state, command).map(|why| why.message(state.lang).text(state.lang)),
    };
    if !argument.is_empty() {
        let takes = valid().filter(|command| command.argument().is_some());
        let mut scored = rank(takes, word);
        scored.truncate(3);
        if !scored.is_empty() {
            return scored.into_iter().map(|command| found(command, argument)).collect();
        }
    }
    let commands: Vec<Command> = if line.is_empty() { valid().collect() } else { rank(valid(), line) };
    commands.into_iter().map(|command| found(command, "")).collect()
}

/// Bonus for a name that begins with the text: more than any score of the matcher.
const BEGINS: u32 = 10_000;
/// Index of the pinyin initials among the names of a command.
const PINYIN: usize = 1;

fn rank(commands: impl Iterator<Item = Command>, text: &str) -> Vec<Command> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text.trim(), CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut score = |command: Command| {
        let names = [
            command.id().to_owned(),
            command.pinyin().to_owned(),
            i18n::word(Lang::En, &command.label()),
            i18n::word(Lang::Zh, &command.label()),
        ];
        if command.id() == text.trim() {
            return Some(u32::MAX);
        }
        let best = |(at, name): (usize, &String)| {
            let score = pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher)?;
            // A name that begins with what was typed comes before one that merely contains its letters, and
            // whole words before initials.
            let begins = match (name.starts_with(text.trim()), at == PINYIN) {
                (true, false) => BEGINS * 2,
                (true, true) => BEGINS,
                (false, _) => 0,
            };
            Some(score + begins)
        };
        names.iter().enumerate().filter_map(best).max()
    };
    let mut scored: Vec<(u32, Command)> =
        commands.filter_map(|command| score(command).map(|score| (score, command))).collect();
    scored.sort_by_key(|(score, command)| (std::cmp::Reverse(*score), *command));
    scored.into_iter().map(|(_, command)| command).collect()
}
