//! Every text for people, in English and Chinese, by key.
//!
//! The texts are data (`assets/locales/*.toml`); code names a key and the facts, never a sentence. A
//! missing key is shown as the key itself, which the completeness test reports as a failure.

use crate::domain::finding::{Cause, Note};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Lang {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Zh,
}

impl Lang {
    /// Returns the tag, as in the configuration and the locale files.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Returns the other language.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// Returns the language of a POSIX locale name (`zh_CN.UTF-8`); English unless it is Chinese.
    #[must_use]
    pub fn of_locale(name: &str) -> Self {
        if name.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Lang {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "en" | "en-us" | "en-gb" => Ok(Self::En),
            "zh" | "zh-cn" | "zh-hans" => Ok(Self::Zh),
            _ => Err(format!("{text}: en, zh-CN")),
        }
    }
}

/// Returns the text of `key` in `lang`, with its `%{name}` placeholders filled from `args`; of two facts
/// with the same name the first counts.
///
/// A part in double square brackets is left out if one of its facts is missing; a placeholder elsewhere
/// stays empty then. So one text serves a refusal of the domain, which names its facts, and one of the
/// schema, which knows none.
#[must_use]
pub fn text<N: AsRef<str>, V: AsRef<str>>(lang: Lang, key: &str, args: &[(N, V)]) -> String {
    let template = rust_i18n::t!(key, locale = lang.tag());
    let mut text = String::with_capacity(template.len());
    let mut rest: &str = &template;
    while let Some((plain, optional)) = rest.split_once("[[") {
        fill(lang, &mut text, plain, args);
        let (part, after) = optional.split_once("]]").unwrap_or((optional, ""));
        let whole = text.len();
        if !fill(lang, &mut text, part, args) {
            text.truncate(whole);
        }
        rest = after;
    }
    fill(lang, &mut text, rest, args);
    text
}

/// Appends `template` with its placeholders filled; returns `false` if a fact was missing. Placeholders
/// inside of values are not replaced.
fn fill<N: AsRef<str>, V: AsRef<str>>(
    lang: Lang,
    text: &mut String,
    template: &str,
    args: &[(N, V)],
) -> bool {
    let mut complete = true;
    let mut rest = template;
    while let Some((plain, place)) = rest.split_once("%{") {
        text.push_str(plain);
        let Some((name, after)) = place.split_once('}') else {
            text.push_str("%{");
            rest = place;
            continue;
        };
        match args.iter().find(|(known, _)| known.as_ref() == name) {
            Some((_, value)) => match spoken(lang, name, value.as_ref()) {
                Some(words) => text.push_str(&words),
                None => text.push_str(value.as_ref()),
            },
            None => complete = false,
        }
        rest = after;
    }
    text.push_str(rest);
    complete
}

/// Facts that are words of the domain, and the group of texts that translates them. The codes that data
/// defines (kinds, events) have their words in the ledger.
const SPOKEN: [(&str, &str); 3] =
    [("status", "state.trade"), ("ours", "state.trade"), ("theirs", "state.trade")];

/// Translates a word of the domain; `None` if the fact is not one.
fn spoken(lang: Lang, name: &str, value: &str) -> Option<String> {
    let (_, family) = SPOKEN.iter().find(|(known, _)| *known == name)?;
    let key = format!("{family}.{value}");
    has(lang, &key).then(|| word(lang, &key))
}

/// Returns the text of a key without placeholders.
#[must_use]
pub fn word(lang: Lang, key: &str) -> String {
    rust_i18n::t!(key, locale = lang.tag()).into_owned()
}

/// Returns the text of a note.
#[must_use]
pub fn note(lang: Lang, note: &Note) -> String {
    text(lang, &note.key, &note.args)
}

/// Returns whether `key` has a text in `lang`.
#[must_use]
pub fn has(lang: Lang, key: &str) -> bool {
    crate::_rust_i18n_try_translate(lang.tag(), key).is_some()
}

/// Returns the causes whose code, or name in this language, begins with a text.
#[must_use]
pub fn causes_named(text: &str, lang: Lang) -> Vec<Cause> {
    let text = text.to_lowercase();
    let is_named = |cause: &Cause| {
        let name = word(lang, &format!("cause.{cause}")).to_lowercase();
        cause.as_str().starts_with(&text) || name.starts_with(&text)
    };
    Cause::ALL.iter().copied().filter(is_named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, args: &[(&str, &str)]) -> (String, bool) {
        let mut text = String::new();
        let complete = fill(Lang::En, &mut text, template, args);
        (text, complete)
    }

    #[test]
    fn a_missing_fact_leaves_no_mark() {
        assert_eq!(filled("a %{x} b", &[("x", "1")]), ("a 1 b".to_owned(), true));
        assert_eq!(filled("a %{x} b", &[]), ("a  b".to_owned(), false));
        assert_eq!(filled("%{x}%{y}", &[("y", "%{x}"), ("x", "1")]), ("1%{x}".to_owned(), true));
        assert_eq!(filled("100 %{ open", &[]), ("100 %{ open".to_owned(), true));
    }

    #[test]
    fn an_optional_part_is_there_whole_or_not_at_all() {
        let facts = [("account", "2001.B"), ("balance", "30.00"), ("after", "-70.00"), ("floor", "0.00")];
        let key = "refusal.STORNO-FLOOR.message";
        assert_eq!(
            text(Lang::En, key, &facts),
            "The account would fall below its floor: 2001.B 30.00 → -70.00, floor 0.00."
        );
        assert_eq!(text(Lang::En, key, &facts[1..]), "The account would fall below its floor.");
        assert_eq!(text::<&str, &str>(Lang::Zh, key, &[]), "账户将低于透支下限。");
    }

    #[test]
    fn the_first_of_two_facts_of_one_name_counts() {
        let args = [("event", "captured"), ("event", "cleared")];
        assert!(text(Lang::En, "finding.unposted", &args).starts_with("captured"));
    }

    #[test]
    fn a_text_names_a_cause_by_code_or_word() {
        assert_eq!(causes_named("wrong_a", Lang::En), [Cause::WrongAccount, Cause::WrongAmount]);
        assert_eq!(causes_named("Wrong acc", Lang::En), [Cause::WrongAccount]);
        assert_eq!(causes_named("T0001", Lang::En), []);
        let word = word(Lang::Zh, "cause.short");
        assert!(causes_named(&word, Lang::Zh).contains(&Cause::Short), "{word}");
    }
}
