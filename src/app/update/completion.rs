//! Completion of what is typed into the line for a file: paths, names of options, names of profiles.

use super::files::OPTIONS;
use crate::app::action::Effect;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Overlay, Prompt};
use crate::app::state::State;
use crate::files::profile::SHIPPED_PROFILES;

/// What the end of a line is.
#[derive(Debug, PartialEq, Eq)]
enum Wanted<'l> {
    /// A path, from its beginning.
    Path(&'l str),
    /// The name of an option, without its dashes.
    Option(&'l str),
    /// A profile: the name of a shipped one, or a path.
    Profile(&'l str),
    /// The value of another option.
    Nothing,
}

/// Returns what the end of a line is.
fn wanted(line: &str) -> Wanted<'_> {
    let Some((_, option)) = line.rsplit_once(" --") else { return Wanted::Path(line) };
    match option.split_once(' ') {
        None => Wanted::Option(option),
        Some(("profile", named)) => Wanted::Profile(named),
        Some(_) => Wanted::Nothing,
    }
}

/// Completes the line as far as there is only one way to go on, or asks for the paths that begin so.
pub fn complete(prompt: &mut Prompt, effects: &mut Vec<Effect>) {
    let line = prompt.input.value().to_owned();
    match wanted(&line) {
        Wanted::Path(typed) => effects.push(Effect::FindPaths(typed.to_owned())),
        Wanted::Profile(typed) if typed.contains(['/', '.']) => {
            effects.push(Effect::FindPaths(typed.to_owned()));
        }
        Wanted::Option(typed) => {
            let names = OPTIONS.iter().map(|name| format!("{name} "));
            go_on(prompt, typed, names.filter(|name| name.starts_with(typed)).collect());
        }
        Wanted::Profile(typed) => {
            let names = SHIPPED_PROFILES.iter().map(|profile| profile.name.to_owned());
            go_on(prompt, typed, names.filter(|name| name.starts_with(typed)).collect());
        }
        Wanted::Nothing => {}
    }
}

/// Takes the paths that begin with what is typed, if the line still ends so.
pub fn found(state: &mut State, typed: &str, found: Vec<String>) {
    state.dirty = true;
    let Some(Overlay::Prompt(prompt)) = &mut state.overlay else { return };
    let line = prompt.input.value().to_owned();
    let is_awaited = match wanted(&line) {
        Wanted::Path(end) | Wanted::Profile(end) => end == typed,
        Wanted::Option(_) | Wanted::Nothing => false,
    };
    if prompt.completes && is_awaited {
        go_on(prompt, typed, found);
    }
}

/// Writes what all of them have in common behind the line; lists them if there are several.
fn go_on(prompt: &mut Prompt, typed: &str, found: Vec<String>) {
    prompt.choices.clear();
    prompt.chosen = None;
    let Some(first) = found.first() else {
        prompt.error = Some(Message::new("why.no_completion", Tone::Warn));
        return;
    };
    let common = found.iter().fold(first.as_str(), |common, one| shared(common, one)).to_owned();
    if common.len() > typed.len() {
        put(prompt, typed.len(), &common);
    }
    if found.len() > 1 {
        prompt.choices = found;
    }
}

/// Puts a text in place of the last bytes of the line.
fn put(prompt: &mut Prompt, typed: usize, text: &str) {
    let line = prompt.input.value();
    let before = line.get(..line.len().saturating_sub(typed)).unwrap_or_default();
    prompt.input = format!("{before}{text}").into();
}

/// Returns the beginning that two texts share.
fn shared<'t>(one: &'t str, other: &str) -> &'t str {
    let same = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    &one[..same.unwrap_or(one.len().min(other.len()))]
}

/// Goes to the next or the previous of the choices, which then stands in the line.
pub fn choose(prompt: &mut Prompt, forward: bool) {
    let Some(last) = prompt.choices.len().checked_sub(1) else { return };
    let next = match (prompt.chosen, forward) {
        (None, true) => 0,
        (Some(at), true) => {
            if at < last {
                at + 1
            } else {
                0
            }
        }
        (None | Some(0), false) => last,
        (Some(at), false) => at - 1,
    };
    let line = prompt.input.value().to_owned();
    let (Wanted::Path(typed) | Wanted::Option(typed) | Wanted::Profile(typed)) = wanted(line.trim_end())
    else {
        return;
    };
    let typed = typed.len() + line.len() - line.trim_end().len();
    let Some(choice) = prompt.choices.get(next).cloned() else { return };
    put(prompt, typed, &choice);
    prompt.chosen = Some(next);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Command;

    fn typed(line: &str) -> Prompt {
        Prompt::new("prompt.import", Command::Import, line).completing()
    }

    fn completed(line: &str) -> (Prompt, Vec<Effect>) {
        let (mut prompt, mut effects) = (typed(line), Vec::new());
        complete(&mut prompt, &mut effects);
        (prompt, effects)
    }

    #[test]
    fn options_and_profiles_are_completed_without_looking_at_the_disk() {
        let (prompt, effects) = completed("a.csv --pro");
        assert_eq!((prompt.input.value(), effects.len()), ("a.csv --profile ", 0));
        let (mut prompt, _) = completed("a.csv --profile icbc");
        assert_eq!(prompt.choices, ["icbc-account", "icbc-account-side"]);
        choose(&mut prompt, true);
        assert_eq!(prompt.input.value(), format!("a.csv --profile {}", prompt.choices[0]));
        choose(&mut prompt, false);
        assert_eq!(prompt.input.value(), format!("a.csv --profile {}", prompt.choices.last().unwrap()));
        let (prompt, _) = completed("a.csv --zzz");
        assert_eq!(prompt.error.unwrap().key, "why.no_completion");
        assert_eq!(completed("a.csv --day 2018").1, []);
    }

    #[test]
    fn paths_are_asked_for_and_completed_as_far_as_they_agree() {
        assert_eq!(completed("in/b").1, [Effect::FindPaths("in/b".to_owned())]);
        assert_eq!(completed("a.csv --profile ./m").1, [Effect::FindPaths("./m".to_owned())]);
        let mut prompt = typed("in/b");
        go_on(&mut prompt, "in/b", vec!["in/bill-1.csv".to_owned(), "in/bill-2.csv".to_owned()]);
        assert_eq!((prompt.input.value(), prompt.choices.len()), ("in/bill-", 2));
        choose(&mut prompt, true);
        choose(&mut prompt, true);
        assert_eq!(prompt.input.value(), "in/bill-2.csv");
        let mut prompt = typed("文件/账");
        go_on(&mut prompt, "文件/账", vec!["文件/账单/".to_owned()]);
        assert_eq!((prompt.input.value(), prompt.choices.len()), ("文件/账单/", 0));
    }
}
