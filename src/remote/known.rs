//! What was last seen at an address: which ledger, and where it ended.
//!
//! A ledger's head only moves forward. One that is another at the same address, or that ends before the head that was seen, was
//! exchanged or restored; nobody should go on working on it without knowing. So both are remembered, and refused.

use crate::protocol::ledger::LedgerInfo;
use crate::protocol::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A ledger as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its identity.
    pub ledger_id: String,
    /// Vouchers in it.
    pub head_seq: i64,
    /// Hash of the last one.
    pub head_hash: String,
    /// Of a cluster, the place of its last batch; a node that knows less has not caught up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<i64>,
    /// The key of that batch: a cluster that was set back may come as far again, but not by the same batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What the ledger there must be asked before it is taken for the one that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    None,
    /// Whether it holds this voucher: place and hash.
    Holds(i64, String),
}

impl Seen {
    /// A ledger as it says it is.
    #[must_use]
    pub fn of(ledger: &LedgerInfo) -> Self {
        Self {
            ledger_id: ledger.ledger_id.clone(),
            head_seq: ledger.head_seq,
            head_hash: ledger.head_hash.clone(),
            place: None,
            key: None,
        }
    }

    /// Compares with what is there now.
    ///
    /// # Errors
    /// `STORNO-LEDGER-CHANGED`, `STORNO-HEAD-BACK`.
    pub fn compare(&self, now: &Self, address: &str) -> Result<Proof, Refusal> {
        if self.ledger_id != now.ledger_id {
            return Err(super::fault(
                "STORNO-LEDGER-CHANGED",
                &[("address", &address), ("known", &self.ledger_id), ("found", &now.ledger_id)],
            ));
        }
        if now.head_seq < self.head_seq || (now.head_seq == self.head_seq && now.head_hash != self.head_hash)
        {
            return Err(self.gone_back(now.head_seq, address));
        }
        if now.head_seq > self.head_seq && self.head_seq > 0 {
            return Ok(Proof::Holds(self.head_seq, self.head_hash.clone()));
        }
        Ok(Proof::None)
    }

    /// The head that was seen is not in the ledger any more.
    #[must_use]
    pub fn gone_back(&self, found: i64, address: &str) -> Refusal {
        super::fault(
            "STORNO-HEAD-BACK",
            &[("address", &address), ("known", &self.head_seq), ("found", &found)],
        )
    }
}

/// Where it is remembered: a small file of the user's, or nowhere.
#[derive(Debug, Clone, Default)]
pub struct Known {
    file: Option<PathBuf>,
}

impl Known {
    /// In a file; it and its folder are made when there is something to remember.
    #[must_use]
    pub const fn in_file(file: PathBuf) -> Self {
        Self { file: Some(file) }
    }

    /// What was seen at an address.
    ///
    /// A file that cannot be read remembers nothing: it is a help, not a lock.
    #[must_use]
    pub fn recall(&self, address: &str) -> Option<Seen> {
        all(self.file.as_deref()?).remove(address)
    }

    /// Remembers what is there now. Another session may have seen more meanwhile, which stays.
    pub fn remember(&self, address: &str, seen: &Seen) {
        self.change(|known| {
            let mut now = seen.clone();
            if let Some(before) = known.remove(address).filter(|before| before.ledger_id == now.ledger_id) {
                if before.head_seq > now.head_seq {
                    (now.head_seq, now.head_hash) = (before.head_seq, before.head_hash);
                }
                if before.place > now.place {
                    (now.place, now.key) = (before.place, before.key);
                }
            }
            known.insert(address.to_owned(), now);
        });
    }

    /// Remembers how far a cluster has come, and by which batch, where that is further than is known.
    pub fn remember_place(&self, address: &str, place: i64, key: &str) {
        let fresh =
            Seen { ledger_id: String::new(), head_seq: 0, head_hash: String::new(), place: None, key: None };
        self.change(|known| {
            let seen = known.entry(address.to_owned()).or_insert(fresh);
            if seen.place.is_none_or(|known| known < place) {
                (seen.place, seen.key) = (Some(place), Some(key.to_owned()));
            }
        });
    }

    /// Forgets an address; `false` where nothing was known of it.
    #[must_use]
    pub fn forget(&self, address: &str) -> bool {
        let mut was = false;
        self.change(|known| was = known.remove(address).is_some());
        was
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Seen>)) {
        let Some(file) = &self.file else { return };
        let mut known = all(file);
        change(&mut known);
        if let Err(error) = write(file, &known) {
            tracing::warn!(file = %file.display(), %error, "what was seen of ledgers is not remembered");
        }
    }
}

fn all(file: &Path) -> BTreeMap<String, Seen> {
    let text = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Written beside and put in place in one step: another session may do the same at this moment.
fn write(file: &Path, known: &BTreeMap<String, Seen>) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut beside, known)?;
    beside.write_all(b"\n")?;
    beside.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: &str, seq: i64, hash: &str) -> Seen {
        Seen { ledger_id: id.to_owned(), head_seq: seq, head_hash: hash.to_owned(), place: None, key: None }
    }

    #[test]
    fn a_head_moves_forward_only() {
        let before = seen("l", 5, "e");
        assert_eq!(before.compare(&seen("l", 5, "e"), "a").unwrap(), Proof::None);
        assert_eq!(before.compare(&seen("l", 7, "g"), "a").unwrap(), Proof::Holds(5, "e".to_owned()));
        for (now, code) in [
            (seen("m", 7, "g"), "STORNO-LEDGER-CHANGED"),
            (seen("l", 4, "d"), "STORNO-HEAD-BACK"),
            (seen("l", 5, "x"), "STORNO-HEAD-BACK"),
        ] {
            assert_eq!(before.compare(&now, "a").unwrap_err().code(), code);
        }
        assert_eq!(seen("l", 0, "").compare(&seen("l", 3, "c"), "a").unwrap(), Proof::None);
    }

    #[test]
    fn what_was_seen_is_remembered_by_address() {
        let folder = tempfile::tempdir().unwrap();
        let known = Known::in_file(folder.path().join("deep").join("known.json"));
        assert_eq!(known.recall("ssh://a/x"), None);
        known.remember("ssh://a/x", &seen("l", 1, "h"));
        known.remember("ssh://b/y", &seen("m", 2, "i"));
        known.remember("ssh://b/y", &seen("m", 1, "g"));
        assert_eq!(known.recall("ssh://a/x"), Some(seen("l", 1, "h")));
        assert!(known.forget("ssh://a/x") && !known.forget("ssh://a/x"));
        assert_eq!(known.recall("ssh://b/y"), Some(seen("m", 2, "i")));
        for (place, kept) in [(3, 3), (2, 3), (9, 9)] {
            known.remember_place("rqlite://c", place, &format!("k{place}"));
            let seen = known.recall("rqlite://c").unwrap();
            assert_eq!((seen.place, seen.key), (Some(kept), Some(format!("k{kept}"))));
        }
    }
}
