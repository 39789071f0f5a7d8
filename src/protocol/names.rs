//! The names of a ledger's own codes: kinds of trades, events and channels are data, and so are their
//! names. The desk sends them with the ledger's identity; whoever shows a code asks here for its word.

use crate::domain::channel::Channels;
use crate::domain::finding::Note;
use crate::domain::kind::Kinds;
use crate::i18n::{self, Lang};
use crate::protocol::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// A code with its name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeName {
    /// The code, as stored and typed.
    pub code: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
}

/// The names of the codes that a ledger knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Of kinds of trades.
    pub kinds: Vec<CodeName>,
    /// Of events that have a name of their own.
    pub events: Vec<CodeName>,
    /// Of channels.
    pub channels: Vec<CodeName>,
}

impl Names {
    /// No names: every code stands for itself.
    pub const NONE: Self = Self { kinds: Vec::new(), events: Vec::new(), channels: Vec::new() };

    /// Returns the names that a ledger's kinds and channels give.
    #[must_use]
    pub fn of(kinds: &Kinds, channels: &Channels) -> Self {
        let name = |code: &dyn ToString, zh: &str, en: &str| CodeName {
            code: code.to_string(),
            zh: zh.to_owned(),
            en: en.to_owned(),
        };
        let named = |event| kinds.event_name(event).map(|(zh, en)| name(&event, zh, en));
        let channels = channels.all().iter();
        Self {
            kinds: kinds.all().iter().map(|kind| name(&kind.code, &kind.name, &kind.name_en)).collect(),
            events: kinds.events().into_iter().filter_map(named).collect(),
            channels: channels.map(|known| name(&known.code, &known.name, &known.name_en)).collect(),
        }
    }

    /// Returns the name of a kind of trades; the code itself if the ledger names none.
    #[must_use]
    pub fn kind(&self, lang: Lang, code: &str) -> String {
        found(&self.kinds, lang, code).unwrap_or(code).to_owned()
    }

    /// Returns the name of an event. Those that every ledger knows have one in any case.
    #[must_use]
    pub fn event(&self, lang: Lang, code: &str) -> String {
        let key = format!("event.{code}");
        match found(&self.events, lang, code) {
            Some(name) => name.to_owned(),
            None if i18n::has(lang, &key) => i18n::word(lang, &key),
            None => code.to_owned(),
        }
    }

    /// Returns the name of a channel; the code itself if the ledger names none.
    #[must_use]
    pub fn channel(&self, lang: Lang, code: &str) -> String {
        found(&self.channels, lang, code).unwrap_or(code).to_owned()
    }

    /// Returns the text of a note that may name a kind or an event.
    #[must_use]
    pub fn note(&self, lang: Lang, note: &Note) -> String {
        self.text(lang, &note.key, &note.args)
    }

    /// Returns a text whose facts may be a kind or an event.
    #[must_use]
    pub fn text<N: AsRef<str>, V: AsRef<str>>(&self, lang: Lang, key: &str, facts: &[(N, V)]) -> String {
        let worded = facts.iter().map(|(name, value)| (name.as_ref(), self.worded(lang, name, value)));
        i18n::text(lang, key, &worded.collect::<Vec<_>>())
    }

    /// Returns a refusal whose facts are words instead of codes of kinds and events. What is wrong in a file
    /// is told in the file's own codes.
    #[must_use]
    pub fn refusal(&self, lang: Lang, refusal: Refusal) -> Refusal {
        match refusal {
            Refusal::Rejected(mut rejection) if rejection.arg("file").is_none() => {
                for (name, value) in &mut rejection.args {
                    *value = self.worded(lang, name, &*value);
                }
                Refusal::Rejected(rejection)
            }
            other => other,
        }
    }

    /// Returns the word of a fact's value; the value itself unless the fact is a kind or an event.
    fn worded(&self, lang: Lang, name: impl AsRef<str>, value: impl AsRef<str>) -> String {
        let value = value.as_ref();
        match name.as_ref() {
            "kind" => self.kind(lang, value),
            "event" | "prior" => self.event(lang, value),
            "listed" => i18n::word(lang, &format!("listed.{value}")),
            _ => value.to_owned(),
        }
    }
}

/// Returns the name of a code in a language.
fn found<'n>(names: &'n [CodeName], lang: Lang, code: &str) -> Option<&'n str> {
    let known = names.iter().find(|known| known.code == code)?;
    Some(if lang == Lang::Zh { &known.zh } else { &known.en })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rejection::{Code, Rejection};

    const KINDS: &str = "id = \"x\"\n[[kind]]\ncode = \"charge\"\nname = \"收费\"\nname_en = \"fee charge\"\n\
        money = \"in\"\nevent = [{ name = \"captured\" }, \
        { name = \"instalment\", zh = \"分期\", en = \"part\" }, { name = \"extra\" }]\n";
    const CHANNELS: &str = "id = \"x\"\n[[channel]]\ncode = \"PIX\"\nname = \"即时\"\nname_en = \"Pix\"\ntype = \"other\"\nzone = \"UTC\"\n";

    fn names() -> Names {
        let kinds = Kinds::parse("k.toml", KINDS, None).unwrap();
        Names::of(&kinds, &Channels::parse("c.toml", CHANNELS, None).unwrap())
    }

    #[test]
    fn a_code_without_a_name_stands_for_itself() {
        let names = names();
        assert_eq!(names.kind(Lang::Zh, "charge"), "收费");
        assert_eq!([names.kind(Lang::En, "charge"), names.kind(Lang::En, "topup")], ["fee charge", "topup"]);
        assert_eq!(
            ["instalment", "extra", "captured"].map(|event| names.event(Lang::Zh, event)),
            ["分期", "extra", "入账"]
        );
        assert_eq!(names.channel(Lang::En, "PIX"), "Pix");
        assert_eq!([Names::NONE.channel(Lang::En, "PIX"), Names::NONE.kind(Lang::En, "x")], ["PIX", "x"]);
    }

    #[test]
    fn a_text_names_kind_and_event_and_a_mistake_in_a_file_quotes_them() {
        let note = Note::new("due.no_rule").with("kind", "charge").with("event", "instalment");
        assert_eq!(names().note(Lang::En, &note), "no rule books part of a fee charge");
        let refused = Rejection::new(Code::NoRule).with("trade", "T1").with("event", "instalment");
        assert!(names().refusal(Lang::En, refused.clone().into()).message(Lang::En).contains("T1 part"));
        let in_file = names().refusal(Lang::En, refused.with("file", "k.toml").into());
        let Refusal::Rejected(quoted) = in_file else { panic!() };
        assert_eq!(quoted.arg("event"), Some("instalment"));
    }
}
