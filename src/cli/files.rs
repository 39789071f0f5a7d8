//! What commands read from local files, and new random identities.

use super::outcome::{Failure, io_fault};
use crate::config::Address;
use crate::domain::chain::{fingerprint, hex};
use crate::domain::rejection::{Code, Rejection};
use crate::runtime::local_files::read_bytes;
use std::path::{Path, PathBuf};

/// Returns the path of a ledger's address, or refuses an address that is not a local file.
pub fn local_path(address: &str) -> Result<PathBuf, Failure> {
    match address.parse()? {
        Address::Local(path) => Ok(path),
        _ => Err(Rejection::new(Code::LocalOnly).with("address", address.escape_debug()).into()),
    }
}

/// Returns name and SHA-256 of a file that is evidence. Its content is not stored.
pub fn evidence(path: &Path) -> Result<(String, String), Failure> {
    let (name, bytes) = read_bytes(path)?;
    Ok((name, fingerprint(&bytes)))
}

/// Reads a seal that was kept, and returns the head's sequence number and hash. The file holds what
/// `storno seal` prints: JSON, or words with the number before the hash.
pub fn read_seal(path: &Path) -> Result<(i64, String), Failure> {
    let (name, bytes) = read_bytes(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let bad = || Failure::from(Rejection::new(Code::BadValue).with("what", "seal").with("value", &name));
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
        let seq = value["head_seq"].as_i64().ok_or_else(bad)?;
        let hash = value["head_hash"].as_str().ok_or_else(bad)?;
        return Ok((seq, hash.to_owned()));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()));
    let found =
        at.and_then(|at| Some((words.get(at.checked_sub(1)?)?.parse().ok()?, (*words.get(at)?).to_owned())));
    found.ok_or_else(bad)
}

/// Returns 128 random bits in hexadecimal: a ledger's identity, or an idempotency key.
pub fn new_id() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io_fault)?;
    Ok(hex(&bytes))
}
