//! Every text a person reads, in English and Chinese, by key.
//!
//! The texts are data (`assets/locales/*.toml`); code names a key and the facts, and never a sentence. A missing key
//! shows itself as the key, which the completeness test turns into a failure before anybody sees it.

use crate::domain::finding::Note;
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
    /// The tag as configured and as the locale files use it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// The other language.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// The language of a POSIX locale name (`zh_CN.UTF-8`), English for anything not Chinese.
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

/// The text of `key` in `lang`, its `%{name}` places filled from `args`.
#[must_use]
pub fn text<N: AsRef<str>, V: AsRef<str>>(lang: Lang, key: &str, args: &[(N, V)]) -> String {
    let template = rust_i18n::t!(key, locale = lang.tag());
    let names: Vec<&str> = args.iter().map(|(name, _)| name.as_ref()).collect();
    let values: Vec<String> = args.iter().map(|(_, value)| value.as_ref().to_owned()).collect();
    rust_i18n::replace_patterns(&template, &names, &values)
}

/// The text of a key that has no places to fill.
#[must_use]
pub fn word(lang: Lang, key: &str) -> String {
    rust_i18n::t!(key, locale = lang.tag()).into_owned()
}

/// A note in words.
#[must_use]
pub fn note(lang: Lang, note: &Note) -> String {
    text(lang, &note.key, &note.args)
}

/// Whether `key` has a text in `lang`.
#[must_use]
pub fn has(lang: Lang, key: &str) -> bool {
    crate::_rust_i18n_try_translate(lang.tag(), key).is_some()
}
