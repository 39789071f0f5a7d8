//! The heads of ledgers that were seen at an address.
//!
//! A ledger's head only moves forward. Another ledger at the same address was exchanged, and one that
//! ends before the head that was seen was restored from a backup; work must not silently go on with
//! either. So identity and head are remembered, and a ledger that does not match is refused.

use crate::protocol::ledger::LedgerInfo;
use crate::protocol::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The code of a refusal: the ledger no longer holds the head that was seen.
pub const HEAD_BACK: &str = "STORNO-HEAD-BACK";

/// A ledger as it was last seen: its identity and its head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownHead {
    /// The ledger's identity.
    pub ledger_id: String,
    /// Sequence number of the last voucher.
    pub head_seq: i64,
    /// Hash of the last voucher.
    pub head_hash: String,
    /// Number of the last batch, for a cluster; a node that knows fewer lags behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<i64>,
    /// Key of that batch: a restored cluster may reach the same number again, but not with the same batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What the ledger must prove before it counts as the known one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nothing more.
    None,
    /// That it holds this voucher: sequence number and hash.
    Holds(i64, String),
}

impl KnownHead {
    /// Returns the head that a ledger reports.
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

    /// Compares with the head that the ledger reports now, and returns what it must still prove.
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

    /// Returns the refusal `STORNO-HEAD-BACK`: the ledger no longer holds the head that was seen.
    #[must_use]
    pub fn gone_back(&self, found: i64, address: &str) -> Refusal {
        super::fault(HEAD_BACK, &[("address", &address), ("known", &self.head_seq), ("found", &found)])
    }
}

/// The heads that are remembered, in a small file of the user or not at all.
#[derive(Debug, Clone, Default)]
pub struct KnownHeads {
    file: Option<PathBuf>,
}

impl KnownHeads {
    /// Returns heads kept in a file. It and its folder are made once there is something to remember.
    #[must_use]
    pub const fn in_file(file: PathBuf) -> Self {
        Self { file: Some(file) }
    }

    /// Returns the head that was seen at an address.
    ///
    /// A file that cannot be read counts as empty: it helps to notice mistakes, it is not a lock.
    #[must_use]
    pub fn recall(&self, address: &str) -> Option<KnownHead> {
        all(self.file.as_deref()?).remove(address)
    }

    /// Remembers a head, unless another session has stored a newer one meanwhile.
    pub fn remember(&self, address: &str, seen: &KnownHead) {
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

    /// Remembers number and key of a cluster's last batch, if it is newer than the known one.
    pub fn remember_place(&self, address: &str, place: i64, key: &str) {
        let fresh = KnownHead {
            ledger_id: String::new(),
            head_seq: 0,
            head_hash: String::new(),
            place: None,
            key: None,
        };
        self.change(|known| {
            let seen = known.entry(address.to_owned()).or_insert(fresh);
            if seen.place.is_none_or(|known| known < place) {
                (seen.place, seen.key) = (Some(place), Some(key.to_owned()));
            }
        });
    }

    /// Forgets an address. Returns false if it was not known.
    #[must_use]
    pub fn forget(&self, address: &str) -> bool {
        let mut was = false;
        self.change(|known| was = known.remove(address).is_some());
        was
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, KnownHead>)) {
        let Some(file) = &self.file else { return };
        let mut known = all(file);
        change(&mut known);
        if let Err(error) = write(file, &known) {
            tracing::warn!(file = %file.display(), %error, "the heads of ledgers cannot be stored");
        }
    }
}

fn all(file: &Path) -> BTreeMap<String, KnownHead> {
    let text = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Writes the file beside the old one and replaces it in one step, because another session may do the
/// same at this moment.
fn write(file: &Path, known: &BTreeMap<String, KnownHead>) -> std::io::Result<()> {
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

    fn seen(id: &str, seq: i64, hash: &str) -> KnownHead {
        KnownHead {
            ledger_id: id.to_owned(),
            head_seq: seq,
            head_hash: hash.to_owned(),
            place: None,
            key: None,
        }
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
    fn heads_are_remembered_by_address() {
        let folder = tempfile::tempdir().unwrap();
        let known = KnownHeads::in_file(folder.path().join("deep").join("known.json"));
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
