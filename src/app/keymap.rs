//! The keymap: which key presses run which command.
//!
//! The file (`assets/keys.toml`) names a command and its keys; a user's file of the same shape replaces the
//! keys of the commands it names. A key may be several presses in a row (`"g g"`). One key may belong to
//! several commands as long as no screen has more than one of them.

use super::command::Command;
use super::press::Press;
use super::screens::ScreenKind;
use std::collections::BTreeMap;

const DEFAULT: &str = include_str!("../../assets/keys.toml");

/// Why a key file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// Not a TOML table of lists of keys.
    #[error("{0}")]
    Syntax(String),
    /// No command of that name.
    #[error("no command {0:?}")]
    Command(String),
    /// No such key.
    #[error("command {command}: no key {key:?}")]
    Key {
        /// The command.
        command: String,
        /// The key.
        key: String,
    },
}

/// Keys of every command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Command, Vec<Vec<Press>>>,
}

/// The result of looking up a sequence of presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// They run this command.
    Run(Command),
    /// More presses are needed.
    More,
    /// They mean nothing.
    Nothing,
}

impl Keymap {
    /// Returns the keys that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads the file.
    pub fn shipped() -> Result<Self, KeymapError> {
        Self::default().with(DEFAULT)
    }

    /// Returns the keymap with the keys of some commands replaced by those of a key file.
    ///
    /// # Errors
    /// A syntax error, or the first name or key that does not exist.
    pub fn with(mut self, toml: &str) -> Result<Self, KeymapError> {
        let table: BTreeMap<String, Vec<String>> =
            toml::from_str(toml).map_err(|error| KeymapError::Syntax(error.to_string()))?;
        for (id, keys) in table {
            let command = Command::named(&id).ok_or_else(|| KeymapError::Command(id.clone()))?;
            let sequences: Result<Vec<Vec<Press>>, KeymapError> = keys
                .iter()
                .map(|key| {
                    key.split(' ')
                        .map(|press| {
                            press.parse().map_err(|key| KeymapError::Key { command: id.clone(), key })
                        })
                        .collect()
                })
                .collect();
            self.keys.insert(command, sequences?);
        }
        Ok(self)
    }

    /// Looks up a sequence of presses on a kind of screen.
    #[must_use]
    pub fn lookup(&self, presses: &[Press], kind: ScreenKind) -> Lookup {
        let mut more = false;
        for (command, sequences) in &self.keys {
            if !command.fits(kind) {
                continue;
            }
            for sequence in sequences {
                if sequence == presses {
                    return Lookup::Run(*command);
                }
                more |= sequence.starts_with(presses);
            }
        }
        if more { Lookup::More } else { Lookup::Nothing }
    }

    /// Returns the first key of a command, as shown in the footer and help.
    #[must_use]
    pub fn first(&self, command: Command) -> Option<String> {
        self.keys.get(&command).and_then(|keys| keys.first()).map(|keys| spell(keys))
    }

    /// Returns all keys of a command, as shown in help.
    #[must_use]
    pub fn all(&self, command: Command) -> String {
        let keys = self.keys.get(&command).map(Vec::as_slice).unwrap_or_default();
        keys.iter().map(|keys| spell(keys)).collect::<Vec<_>>().join(" ")
    }
}

fn spell(presses: &[Press]) -> String {
    presses.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Danger;

    #[test]
    fn the_shipped_keys_name_every_command_and_never_two_on_one_screen() {
        let keymap = Keymap::shipped().unwrap();
        for command in Command::ALL {
            assert!(keymap.keys.contains_key(command), "{} is not in keys.toml", command.id());
        }
        for kind in ScreenKind::ALL {
            let mut seen: BTreeMap<Vec<Press>, Command> = BTreeMap::new();
            for (command, sequences) in &keymap.keys {
                for sequence in sequences.iter().filter(|_| command.fits(*kind)) {
                    if let Some(other) = seen.insert(sequence.clone(), *command) {
                        panic!("{}: {} and {} on {kind:?}", spell(sequence), other.id(), command.id());
                    }
                }
            }
        }
    }

    #[test]
    fn what_changes_something_has_a_key_a_name_in_the_palette_and_a_place_in_help() {
        let keymap = Keymap::shipped().unwrap();
        for command in Command::ALL.iter().filter(|command| command.danger() != Danger::None) {
            assert!(keymap.first(*command).is_some(), "{} has no key", command.id());
            assert!(command.is_in_palette(), "{} is not in the palette", command.id());
            assert!(ScreenKind::ALL.iter().any(|kind| command.fits(*kind)), "{} fits nowhere", command.id());
        }
    }

    #[test]
    fn a_users_file_replaces_keys_and_says_what_it_does_not_know() {
        let keymap = Keymap::shipped().unwrap().with("commit = [\"F8\", \"g c\"]").unwrap();
        let presses: Vec<Press> = ["g", "c"].iter().map(|p| p.parse().unwrap()).collect();
        assert_eq!(keymap.first(Command::Commit).as_deref(), Some("F8"));
        assert_eq!(keymap.lookup(&presses, ScreenKind::Case), Lookup::Run(Command::Commit));
        assert_eq!(keymap.clone().with("comit = []"), Err(KeymapError::Command("comit".to_owned())));
        assert!(matches!(keymap.with("commit = [\"Entr\"]"), Err(KeymapError::Key { .. })));
    }
}
