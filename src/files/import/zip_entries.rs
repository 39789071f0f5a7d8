//! The one entry of a zip that is imported, recognised by its content; names of entries are GBK without the flag for it
//! as often as UTF-8.

use super::reason::{FileError, Reason, shown};
use encoding_rs::GBK;
use std::io::{self, Read, Seek};
use zip::ZipArchive;
use zip::result::ZipError;

/// Most entries of a zip: a channel's zip has two to five files.
pub const MAX_ZIP_ENTRIES: usize = 100;

/// Bytes at the beginning by which a file is recognised.
pub(super) const HEAD_BYTES: u64 = 8 * 1024;

/// Most entry names in an error.
const SHOWN_ENTRIES: usize = 8;

/// The entry to import.
pub(super) struct Chosen {
    /// Its place in the zip.
    pub(super) index: usize,
    /// Its name.
    pub(super) entry: String,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
}

/// Returns the only entry that fits.
pub(super) fn choose<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    fits: &dyn Fn(&[u8]) -> Result<(), Reason>,
) -> Result<Chosen, Box<FileError>> {
    if archive.len() > MAX_ZIP_ENTRIES {
        return Err(FileError::whole(Reason::ZipTooManyEntries { limit: MAX_ZIP_ENTRIES }));
    }
    let (mut good, mut others) = (Vec::new(), Vec::new());
    let mut single = None;
    for index in 0..archive.len() {
        let data = archive.by_index_data(index).map_err(|error| whole(&error))?;
        let entry = entry_name(data.name_raw());
        if data.is_dir() || entry.starts_with("__MACOSX/") {
            continue;
        }
        if data.encrypted() {
            return Err(FileError::whole(Reason::ZipEncrypted { entry }));
        }
        let mut head = Vec::new();
        let reader = archive.by_index(index).map_err(|error| whole(&error))?;
        reader.take(HEAD_BYTES).read_to_end(&mut head).map_err(|e| FileError::whole(zip_io_reason(&e)))?;
        match fits(&head) {
            Ok(()) => good.push(Chosen { index, entry, head }),
            Err(reason) => {
                single = Some(reason);
                others.push(entry);
            }
        }
    }
    match (good.pop(), single) {
        (Some(chosen), _) if good.is_empty() => Ok(chosen),
        (Some(last), _) => {
            let names = good.into_iter().map(|chosen| chosen.entry).chain([last.entry]);
            Err(FileError::whole(Reason::ZipManyBills { entries: listed(names) }))
        }
        (None, Some(reason)) if others.len() == 1 => Err(FileError::whole(reason)),
        (None, _) => Err(FileError::whole(Reason::ZipWithoutBill { entries: listed(others.into_iter()) })),
    }
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.take(SHOWN_ENTRIES).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

/// Returns the name of an entry for people; channels write GBK without the flag for it.
fn entry_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GBK.decode_without_bom_handling(raw).0.into_owned(),
    };
    shown(&name)
}

/// Returns the reason for a damaged entry.
fn zip_io_reason(error: &io::Error) -> Reason {
    Reason::ZipDamaged { detail: error.to_string() }
}

/// Returns the reason for a damaged zip.
pub(super) fn zip_reason(error: &ZipError) -> Reason {
    Reason::ZipDamaged { detail: error.to_string() }
}

/// Returns the refusal of a damaged zip.
pub(super) fn whole(error: &ZipError) -> Box<FileError> {
    FileError::whole(zip_reason(error))
}
