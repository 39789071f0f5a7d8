//! Named ledgers.
//!
//! ```toml
//! [ledgers.books]
//! address = "ssh://ops@books.example/srv/books.db"
//! role = "prod"                    # prod, test or demo: prod shows the red frame whatever the ledger says
//! read_only = true
//! colour = "magenta"               # of the name in the status line
//! program = "/opt/storno/storno"   # the program on the other host, if it is not in the path
//! credentials = "cluster.secret"   # for a cluster: user:password, in a file that only you can read
//! authority = "cluster-ca.pem"     # for a cluster with a private CA: its certificates
//! ```

use super::Address;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::LedgerRole;
use crate::domain::vocabulary::Vocabulary;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// Named ledgers, by name.
    pub ledgers: BTreeMap<String, Profile>,
}

/// A named ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its address.
    pub address: Address,
    /// `prod`, `test` or `demo`, if the profile says so.
    pub role: Option<LedgerRole>,
    /// True if nothing may be written.
    pub read_only: bool,
    /// Colour of its name in the status line.
    pub colour: Option<Colour>,
    /// The `storno` program on the other host.
    pub program: Option<String>,
    /// File with a cluster's credentials.
    pub credentials: Option<PathBuf>,
    /// File with the CA certificates for a cluster's certificate.
    pub authority: Option<PathBuf>,
}

/// One of the terminal's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "colours are their names")]
pub enum Colour {
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigForm {
    #[serde(default)]
    ledgers: BTreeMap<String, ProfileForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileForm {
    address: toml::Spanned<String>,
    role: Option<toml::Spanned<String>>,
    #[serde(default)]
    read_only: bool,
    colour: Option<Colour>,
    program: Option<String>,
    credentials: Option<PathBuf>,
    authority: Option<PathBuf>,
}

impl Config {
    /// Parses the configuration; `file` is its name in messages.
    ///
    /// # Errors
    /// The first mistake, with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Rejection> {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        let mistake = |at: usize, detail: String| {
            Rejection::new(Code::BadConfig).with("file", file).with("line", line(at)).with("detail", detail)
        };
        let form: ConfigForm = toml::from_str(text).map_err(|error| {
            mistake(error.span().map_or(0, |span| span.start), error.message().to_owned())
        })?;
        let mut ledgers = BTreeMap::new();
        for (name, form) in form.ledgers {
            let address = form.address.get_ref().parse().map_err(|_| {
                mistake(form.address.span().start, format!("address = {:?}", form.address.get_ref()))
            })?;
            let role = |role: &toml::Spanned<String>| {
                LedgerRole::of_word(role.get_ref()).ok_or_else(|| {
                    let detail = format!("role = {:?}: {}", role.get_ref(), LedgerRole::allowed());
                    mistake(role.span().start, detail)
                })
            };
            let role = form.role.as_ref().map(role).transpose()?;
            let ProfileForm { read_only, colour, program, credentials, authority, .. } = form;
            let profile = Profile { address, role, read_only, colour, program, credentials, authority };
            ledgers.insert(name, profile);
        }
        Ok(Self { ledgers })
    }

    /// Returns the profile of that name. A file with the name of a profile is addressed with a path,
    /// `./name`.
    #[must_use]
    pub fn named(&self, word: &str) -> Option<&Profile> {
        self.ledgers.get(word)
    }
}

impl Profile {
    /// Returns the profile of an address without settings.
    #[must_use]
    pub const fn plain(address: Address) -> Self {
        Self {
            address,
            role: None,
            read_only: false,
            colour: None,
            program: None,
            credentials: None,
            authority: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_and_mistakes_have_their_line() {
        let text = "[ledgers.books]\naddress = \"ssh://books/srv/b.db\"\nrole = \"prod\"\ncolour = \"red\"\n\
                    [ledgers.here]\naddress = \"day.db\"\nread_only = true\n";
        let config = Config::parse("config.toml", text).unwrap();
        let books = config.named("books").unwrap();
        assert_eq!(books.address.to_string(), "ssh://books/srv/b.db");
        assert_eq!((books.role, books.colour), (Some(LedgerRole::Prod), Some(Colour::Red)));
        assert!(config.named("here").unwrap().read_only && config.named("day.db").is_none());
        for (text, line) in [
            ("[ledgers.a]\nadress = \"x\"\n", 2),
            ("[ledgers.a]\naddress = \"http://x\"\n", 2),
            ("\n[ledgers.a]\naddress = \"x\"\nrole = \"live\"\n", 4),
            ("[ledgers.a]\naddress = \"x\"\ncolour = \"pink\"\n", 3),
        ] {
            let refused = Config::parse("config.toml", text).unwrap_err();
            assert_eq!(refused.arg("line"), Some(line.to_string().as_str()), "{text}");
        }
    }
}
