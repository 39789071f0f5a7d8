//! Account templates: `1001`, `2001.{customer}`, `{CH}`.

use super::facts::{Fact, Facts};
use crate::domain::trade::Channel;
use compact_str::CompactString;

/// An account per channel under one name.
#[derive(Debug, Clone)]
pub(super) struct Alias {
    pub(super) name: String,
    pub(super) accounts: Vec<(Channel, String)>,
}

impl Alias {
    /// Returns the account of a channel.
    pub(super) fn account(&self, channel: Channel) -> Option<&str> {
        self.accounts.iter().find(|(known, _)| *known == channel).map(|(_, account)| account.as_str())
    }
}

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Fact(Fact),
    Alias(usize),
}

/// What a template needs and could not get.
pub(super) enum Missing<'a> {
    Fact(Fact),
    Alias(&'a str),
}

impl Template {
    /// Parses a template. The error is the part in braces that is neither a fact nor an alias, or the whole
    /// text if braces do not match.
    pub(super) fn parse(text: &str, aliases: &[Alias]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            let close = after.find('}').ok_or_else(|| text.to_owned())?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let name = &after[1..close];
            let alias = aliases.iter().position(|alias| alias.name == name);
            let piece = match (alias, name.parse()) {
                (Some(alias), _) => Piece::Alias(alias),
                (None, Ok(fact)) => Piece::Fact(fact),
                (None, Err(_)) => return Err(name.to_owned()),
            };
            pieces.push(piece);
            rest = &after[close + 1..];
        }
        if rest.contains('}') || text.trim() != text || text.is_empty() {
            return Err(text.to_owned());
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// Returns the text as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the pieces.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the account code for these facts.
    pub(super) fn fill<'a>(
        &self,
        aliases: &'a [Alias],
        facts: &Facts<'_>,
    ) -> Result<CompactString, Missing<'a>> {
        let mut code = CompactString::default();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => code.push_str(text),
                Piece::Fact(fact) => code.push_str(facts.text(*fact).ok_or(Missing::Fact(*fact))?),
                Piece::Alias(index) => {
                    let alias = aliases.get(*index).ok_or(Missing::Alias(""))?;
                    code.push_str(alias.account(facts.channel).ok_or(Missing::Alias(&alias.name))?);
                }
            }
        }
        Ok(code)
    }
}
