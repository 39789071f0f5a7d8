//! What commands read from local files, and new random identities.

use super::outcome::{Failure, io_fault};
use crate::config::Address;
use crate::domain::authored::{AuthoredError, rejection_as};
use crate::domain::chain::{fingerprint, hex};
use crate::domain::rejection::{Code, Rejection};
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

/// Returns the path of a ledger's address, or refuses an address that is not a local file.
pub fn local_path(address: &str) -> Result<PathBuf, Failure> {
    match address.parse()? {
        Address::Local(path) => Ok(path),
        _ => Err(Rejection::new(Code::LocalOnly).with("address", address.escape_debug()).into()),
    }
}

/// Reads a text file in UTF-8 and returns its name without folders, and its text. Other bytes are refused with
/// line, column and number of the first, under the `code` of the file's kind.
pub fn read_text(path: &Path, code: Code) -> Result<(String, String), Failure> {
    let (name, bytes) = read_bytes(path)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(rejection_as(code, vec![wrong_byte(name, &error)]).into()),
    }
}

/// Returns name and SHA-256 of a file that is evidence. Its content is not stored.
pub fn evidence(path: &Path) -> Result<(String, String), Failure> {
    let (name, bytes) = read_bytes(path)?;
    Ok((name, fingerprint(&bytes)))
}

/// Reads a file and returns its name without folders, and its bytes.
fn read_bytes(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let bytes = std::fs::read(path).map_err(|error| io_fault(format!("{}: {error}", path.display())))?;
    Ok((name, bytes))
}

/// Returns the place of the first byte that is not text.
fn wrong_byte(file: String, error: &FromUtf8Error) -> AuthoredError {
    let good = error.utf8_error().valid_up_to();
    let before = error.as_bytes().get(..good).unwrap_or_default();
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let in_line = before.get(line_start..).unwrap_or_default();
    AuthoredError {
        file,
        line: before.split(|byte| *byte == b'\n').count(),
        column: String::from_utf8_lossy(in_line).chars().count() + 1,
        column_name: None,
        key: "file.wrong_encoding".to_owned(),
        args: vec![("expected".to_owned(), "UTF-8".to_owned()), ("byte".to_owned(), (good + 1).to_string())],
        nearest: None,
    }
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
