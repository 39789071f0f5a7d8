//! Messages to the operator, and the tones in which text is drawn.

use crate::config::Colour;
use crate::i18n::{self, Lang};

/// How a piece of text is emphasised. The words carry the meaning; the theme decides what a tone looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Ordinary text.
    #[default]
    Plain,
    /// Less important.
    Dim,
    /// Emphasised.
    Strong,
    /// A heading.
    Title,
    /// A key or link.
    Accent,
    /// Good news.
    Good,
    /// Needs attention.
    Warn,
    /// Wrong.
    Bad,
    /// A line that differs from the expected one.
    Differ,
    /// In a colour named in the configuration.
    Named(Colour),
}

/// A text by its locale key, with the values it names and its tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Locale key.
    pub key: String,
    /// Values for the placeholders of the text.
    pub args: Vec<(String, String)>,
    /// Its tone.
    pub tone: Tone,
}

impl Message {
    /// Returns a message without values.
    #[must_use]
    pub fn new(key: &str, tone: Tone) -> Self {
        Self { key: key.to_owned(), args: Vec::new(), tone }
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.args.push((name.to_owned(), value.to_string()));
        self
    }

    /// Returns the message as text.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        i18n::text(lang, &self.key, &self.args)
    }
}
