//! JSON lines as text: each line an object, its keys the columns; a key inside another object is `outer.inner`.
//!
//! Numbers are the text that they are in the file. A key that an object lacks, and `null`, are empty cells.

use super::reason::{FileError, Reason, shown};
use super::rendered::TextTable;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};

/// Longest line in bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// Most different keys.
const MAX_KEYS: usize = 1_000;

/// Most objects inside each other.
const MAX_DEPTH: usize = 8;

/// The values of an object by their keys, as they are written.
type Object = BTreeMap<String, Box<RawValue>>;

/// Returns whether a file begins as JSON lines do.
pub(super) fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"{")
}

/// Returns the lines of a file as text below a header of all their keys.
pub(super) fn as_text(mut file: File) -> Result<File, Box<FileError>> {
    let mut keys: Vec<String> = Vec::new();
    each_object(&mut file, &mut |cells| {
        for (key, _) in cells {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        if keys.len() > MAX_KEYS { Err(bad(&"too many keys")) } else { Ok(()) }
    })?;
    let mut table = TextTable::new()?;
    table.row(keys.iter().map(String::as_str))?;
    each_object(&mut file, &mut |cells| {
        let cell = |key: &String| cells.iter().find(|(name, _)| name == key).map_or("", |(_, text)| text);
        if cells.is_empty() { table.row([].into_iter()) } else { table.row(keys.iter().map(cell)) }
    })?;
    table.finish()
}

fn bad(detail: &dyn std::fmt::Display) -> Box<FileError> {
    FileError::whole(Reason::BadJson { detail: shown(&detail.to_string()) })
}

/// Reads the objects, one a line; a blank line gives no cells.
fn each_object(
    file: &mut File,
    each: &mut dyn FnMut(&[(String, String)]) -> Result<(), Box<FileError>>,
) -> Result<(), Box<FileError>> {
    let unreadable =
        |error: &std::io::Error| FileError::whole(Reason::Unreadable { detail: error.to_string() });
    file.rewind().map_err(|error| unreadable(&error))?;
    let mut lines = BufReader::new(file);
    let (mut raw, mut number) = (Vec::new(), 0);
    loop {
        raw.clear();
        number += 1;
        let count = (&mut lines).take(MAX_LINE_BYTES).read_until(b'\n', &mut raw);
        if count.map_err(|error| unreadable(&error))? == 0 {
            return Ok(());
        }
        let at = |mut error: Box<FileError>| {
            error.line = Some(number);
            error
        };
        let text = std::str::from_utf8(&raw).map_err(|error| at(bad(&error)))?;
        let text = text.trim_start_matches('\u{feff}').trim();
        let mut cells = Vec::new();
        if !text.is_empty() {
            let object: Object = serde_json::from_str(text).map_err(|error| at(bad(&error)))?;
            flatten(object, "", MAX_DEPTH, &mut cells).map_err(at)?;
        }
        each(&cells).map_err(at)?;
    }
}

/// Adds the values of an object, those of objects in it with the names of both.
fn flatten(
    object: Object,
    outer: &str,
    depth: usize,
    cells: &mut Vec<(String, String)>,
) -> Result<(), Box<FileError>> {
    for (key, value) in object {
        let key = if outer.is_empty() { key } else { format!("{outer}.{key}") };
        let raw = value.get().trim();
        let text = match raw.as_bytes().first() {
            Some(b'{') => {
                let depth = depth.checked_sub(1).ok_or_else(|| bad(&"too deep"))?;
                flatten(serde_json::from_str(raw).map_err(|error| bad(&error))?, &key, depth, cells)?;
                continue;
            }
            Some(b'"') => serde_json::from_str(raw).map_err(|error| bad(&error))?,
            _ if raw == "null" => String::new(),
            _ => raw.to_owned(),
        };
        cells.push((key, text));
    }
    Ok(())
}
