//! What a file was checked against, for the answer of a check: where chart, channels and kinds came from.

use super::session::Session;
use crate::domain::ledger_template::DEFAULT_TEMPLATE;
use crate::i18n::{Lang, text, word};
use serde::Serialize;
use std::path::Path;

/// Something that a file was checked against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Against {
    what: What,
    from: Origin,
    name: String,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The chart of accounts.
    Chart,
    /// The channels.
    Channels,
    /// The kinds of trades.
    Kinds,
    /// The rule sets.
    Rules,
    /// The calendars.
    Calendars,
    /// The main currency.
    Currency,
}

impl What {
    const fn key(self) -> &'static str {
        match self {
            Self::Chart => "cli.against.chart",
            Self::Channels => "cli.against.channels",
            Self::Kinds => "cli.against.kinds",
            Self::Rules => "cli.against.rules",
            Self::Calendars => "cli.against.calendars",
            Self::Currency => "cli.against.currency",
        }
    }
}

/// Where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Origin {
    /// A file that the command line names.
    File,
    /// The value of an option.
    Option,
    /// The session's ledger.
    Ledger,
    /// A template that the program ships.
    Template,
}

impl Origin {
    const fn key(self) -> &'static str {
        match self {
            Self::File => "cli.against.of_file",
            Self::Option => "cli.against.of_option",
            Self::Ledger => "cli.against.of_ledger",
            Self::Template => "cli.against.of_template",
        }
    }
}

impl Against {
    /// Returns what is in force in the session's ledger; without a ledger it is that of the default template.
    pub fn in_force(session: &Session, what: What) -> Self {
        match &session.global.ledger {
            Some(ledger) => Self { what, from: Origin::Ledger, name: ledger.clone() },
            None => Self::shipped(what),
        }
    }

    /// Returns what the default template contains.
    pub fn shipped(what: What) -> Self {
        Self { what, from: Origin::Template, name: DEFAULT_TEMPLATE.name.to_owned() }
    }

    /// Returns what a file of the command line contains; without one what is in force.
    pub fn file_or(file: Option<&Path>, session: &Session, what: What) -> Self {
        match file {
            Some(path) => Self::file(what, path),
            None => Self::in_force(session, what),
        }
    }

    /// Returns what a file of the command line contains.
    pub fn file(what: What, path: &Path) -> Self {
        Self { what, from: Origin::File, name: path.display().to_string() }
    }

    /// Returns what an option of the command line says.
    pub const fn option(what: What, value: String) -> Self {
        Self { what, from: Origin::Option, name: value }
    }
}

/// Returns the line that says what a file was checked against; of what has one origin it names the origin once.
pub fn line(against: &[Against], lang: Lang) -> String {
    if against.is_empty() {
        return word(lang, "cli.against.nothing");
    }
    let origins = against.chunk_by(|one, next| (one.from, &one.name) == (next.from, &next.name));
    let parts = origins.map(|group| {
        let comma = word(lang, "cli.against.comma");
        let whats: Vec<String> = group.iter().map(|one| word(lang, one.what.key())).collect();
        let name = group.first().map(|one| (one.from.key(), one.name.as_str()));
        let (key, name) = name.unwrap_or_default();
        text(lang, key, &[("what", whats.join(&comma).as_str()), ("name", name)])
    });
    let list = parts.collect::<Vec<_>>().join(&word(lang, "cli.against.semicolon"));
    text(lang, "cli.against", &[("list", list)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_one_origin_is_named_together() {
        let template = |what| Against { what, from: Origin::Template, name: "cn-wallet".to_owned() };
        let file = Against::file(What::Chart, Path::new("my.toml"));
        let all = [file, template(What::Channels), template(What::Kinds)];
        assert_eq!(
            line(&all, Lang::En),
            "Checked against: chart of my.toml; channels, kinds of the template cn-wallet."
        );
        let own = [Against::option(What::Currency, "EUR".to_owned())];
        assert_eq!(line(&own, Lang::En), "Checked against: main currency EUR.");
        assert_eq!(line(&all, Lang::Zh), "检查依据：my.toml 的科目表；模板 cn-wallet 的渠道、交易种类。");
    }
}
