//! JSON lines as text: each line an object, its keys the columns; a key inside another object is `outer.inner`.
//!
//! Numbers are the text that they are in the file. A key that an object lacks, and `null`, are empty cells. A line
//! that is no object, or has a key twice, becomes a row of its own kind ([`refused_line`]), so that reading goes on.

use super::reason::{FileError, Reason, shown};
use super::rendered::TextTable;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};

/// Longest line in bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// Most different keys.
const MAX_KEYS: usize = 1_000;

/// Most objects inside each other.
const MAX_DEPTH: usize = 8;

/// First character of a row that stands for a line that is refused; a cell that begins so would be refused as well.
const REFUSED: char = '\u{1}';

/// The values of an object with their keys, as they are written, in the order of the keys.
struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                entries.sort_by(|(one, _): &(String, _), (other, _)| one.cmp(other));
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Returns whether a file begins as JSON lines do.
pub(super) fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"{")
}

/// Returns the lines of a file as text below a header of all their keys.
///
/// # Errors
/// The first line, if none is an object; a file that cannot be read.
pub(super) fn as_text(mut file: File) -> Result<File, Box<FileError>> {
    let (mut keys, mut first): (Vec<String>, _) = (Vec::new(), None);
    each_line(&mut file, &mut |line, _| {
        let cells = match line {
            Ok(cells) => cells,
            Err(error) => {
                first.get_or_insert(error);
                return Ok(());
            }
        };
        for (key, _) in cells {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.len() > MAX_KEYS { Err(bad(&"too many keys")) } else { Ok(()) }
    })?;
    if let Some(first) = first.filter(|_| keys.is_empty()) {
        return Err(first);
    }
    let mut table = TextTable::new()?;
    table.row(keys.iter().map(String::as_str))?;
    each_line(&mut file, &mut |line, raw| match line {
        Ok(cells) if cells.is_empty() => table.row([].into_iter()),
        Ok(cells) => {
            let cell = |key: &String| cells.iter().find(|(name, _)| name == key).map_or("", |(_, text)| text);
            table.row(keys.iter().map(cell))
        }
        Err(error) => {
            let (kind, detail) = match &error.reason {
                Reason::RepeatedKey { name } => ('k', name),
                Reason::BadJson { detail } => ('j', detail),
                _ => return Err(error),
            };
            table.text_row(&format!("{REFUSED}{kind}{detail}{REFUSED}{raw}"))
        }
    })?;
    table.finish()
}

/// Returns why a line is refused that a row of the text stands for, and the line; `None` of other rows.
pub(super) fn refused_line(text: &str) -> Option<(Reason, &str)> {
    let (told, raw) = text.strip_prefix(REFUSED)?.split_once(REFUSED)?;
    let detail = || told.get(1..).unwrap_or_default().to_owned();
    match told.chars().next()? {
        'k' => Some((Reason::RepeatedKey { name: detail() }, raw)),
        _ => Some((Reason::BadJson { detail: detail() }, raw)),
    }
}

fn bad(detail: &dyn fmt::Display) -> Box<FileError> {
    FileError::whole(Reason::BadJson { detail: shown(&detail.to_string()) })
}

/// The cells of a line, with the names of their columns.
type Cells = Vec<(String, String)>;

/// Reads the lines: the cells of the object in each, none for a blank line, and the line itself.
fn each_line(
    file: &mut File,
    each: &mut dyn FnMut(Result<Cells, Box<FileError>>, &str) -> Result<(), Box<FileError>>,
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
        let count = count.map_err(|error| unreadable(&error))?;
        if count == 0 {
            return Ok(());
        }
        let at = |mut error: Box<FileError>| {
            error.line = Some(number);
            error
        };
        if count as u64 == MAX_LINE_BYTES && !raw.ends_with(b"\n") {
            let limit = usize::try_from(MAX_LINE_BYTES).unwrap_or(usize::MAX);
            return Err(at(FileError::whole(Reason::LineTooLong { limit })));
        }
        let text = String::from_utf8_lossy(&raw);
        let text = text.trim_start_matches('\u{feff}').trim();
        let cells = match std::str::from_utf8(&raw) {
            Ok(_) if text.is_empty() => Ok(Vec::new()),
            Ok(_) => cells(text),
            Err(error) => Err(bad(&error)),
        };
        each(cells.map_err(at), text).map_err(at)?;
    }
}

/// Returns the cells of an object.
fn cells(text: &str) -> Result<Cells, Box<FileError>> {
    let object: Object = serde_json::from_str(text).map_err(|error| bad(&error))?;
    let mut cells = Vec::new();
    flatten(object, "", MAX_DEPTH, &mut cells)?;
    let mut keys: Vec<&str> = cells.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[&str]>::first) {
        Some(key) => Err(FileError::whole(Reason::RepeatedKey { name: shown(key) })),
        None => Ok(cells),
    }
}

/// Adds the values of an object, those of objects in it with the names of both.
fn flatten(
    Object(object): Object,
    outer: &str,
    depth: usize,
    cells: &mut Cells,
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
