//! The rows of a small table that people filled in, as texts: a spreadsheet's first visible sheet, or CSV as any
//! spreadsheet program writes it.

use super::reason::{FileError, Reason};
use super::source::{self, Source};
use encoding_rs::{GB18030, UTF_8};
use std::io::Read;
use std::path::Path;

/// Most bytes of a table that is held in memory: about a hundred thousand rows.
const MAX_CELLS_BYTES: u64 = 64 << 20;

/// What may stand between the cells of a row: the program's language decides.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A row with its line in the file, from 1.
pub type CellRow = (u64, Vec<String>);

/// Returns the rows of a table that have any text.
///
/// # Errors
/// As [`source::unknown_table`]; a table that is too large, or text in no known encoding.
pub fn table_cells(path: &Path) -> Result<Vec<CellRow>, Box<FileError>> {
    let mut source = source::unknown_table(path)?;
    let name = source.name().to_owned();
    rows(&mut source).map_err(|error| error.in_file(&name))
}

fn rows(source: &mut Source) -> Result<Vec<CellRow>, Box<FileError>> {
    let mut bytes = Vec::new();
    let unreadable =
        |error: std::io::Error| FileError::whole(Reason::Unreadable { detail: error.to_string() });
    source.reader()?.take(MAX_CELLS_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_CELLS_BYTES {
        return Err(FileError::whole(Reason::UnpackedTooLarge { limit: MAX_CELLS_BYTES }));
    }
    let text = text_of(&bytes)?;
    let rows = divided(&text);
    if rows.is_empty() {
        return Err(FileError::whole(Reason::Empty {}));
    }
    Ok(rows)
}

/// Splits a text the way that gives its first row most cells, or else any row.
fn divided(text: &str) -> Vec<CellRow> {
    let width = |row: Option<&CellRow>| row.map_or(0, |(_, cells)| cells.len());
    let widths =
        |rows: &Vec<CellRow>| (width(rows.first()), width(rows.iter().max_by_key(|row| width(Some(*row)))));
    // Of two that are alike the first is taken.
    let found = DELIMITERS.map(|delimiter| split(text, delimiter));
    found.into_iter().rev().max_by_key(widths).unwrap_or_default()
}

/// Returns bytes as text: by their byte order mark, else UTF-8, else GB 18030.
fn text_of(bytes: &[u8]) -> Result<String, Box<FileError>> {
    let (text, _, is_wrong) = UTF_8.decode(bytes);
    if !is_wrong {
        return Ok(text.into_owned());
    }
    let (text, _, is_wrong) = GB18030.decode(bytes);
    if is_wrong {
        let good = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        let byte = good as u64 + 1;
        let expected = "UTF-8, GB 18030".to_owned();
        return Err(FileError::whole(Reason::WrongEncoding { expected, byte }));
    }
    Ok(text.into_owned())
}

/// Splits a text one way. A row that cannot be split so is left out.
fn split(text: &str, delimiter: u8) -> Vec<CellRow> {
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter);
    let mut reader = reader.from_reader(text.as_bytes());
    let (mut line, mut counted) = (1_u64, 0);
    let rows = reader.records().filter_map(Result::ok).map(|record| {
        // A record begins behind the line ends before it.
        let begin = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX));
        let blank = text
            .as_bytes()
            .get(begin..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let before = text.get(counted..begin + blank).unwrap_or_default();
        line += before.matches('\n').count() as u64;
        counted = begin + blank;
        (line, record.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>())
    });
    rows.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_any_program_writes_them() {
        let expected = vec![
            (1, vec!["差错".to_owned(), "说明".to_owned()]),
            (3, vec!["short/T2".to_owned(), "a, b\nc".to_owned()]),
            (5, vec!["short/T3".to_owned(), String::new()]),
        ];
        let text = "差错,说明\r\n\r\nshort/T2,\"a, b\nc\"\r\nshort/T3,\r\n,\r\n";
        let other = |mark: char| {
            let (quoted, at) = ("\"a, b\nc\"", "\u{1}");
            text.replace(quoted, at).replace(',', &mark.to_string()).replace(at, quoted)
        };
        for written in [text.to_owned(), format!("\u{feff}{text}"), other(';'), other('\t')] {
            let read = |bytes: &[u8]| divided(&text_of(bytes).unwrap());
            assert_eq!(read(written.as_bytes()), expected, "{written}");
            assert_eq!(read(&GB18030.encode(text).0), expected);
        }
        assert!(matches!(text_of(b"a\xff\xff").unwrap_err().reason, Reason::WrongEncoding { byte: 2, .. }));
    }
}
