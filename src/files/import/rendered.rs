//! A table that is no text, written as text to a temporary file once: a spreadsheet, JSON lines, a query's rows.
//!
//! What reads text reads it from there, so that lines, cells and refusals are the same for every source, and the
//! table is read again without a second look at its source. The file has no name and is gone with the program.

use super::reason::{FileError, Reason};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// Most bytes of the text.
pub(super) const MAX_TEXT_BYTES: u64 = 4 << 30;

/// Digits before the point that a spreadsheet program keeps of a number.
const EXACT_DIGITS: usize = 15;

/// A table written as text, row by row.
pub(super) struct TextTable {
    out: BufWriter<File>,
    line: String,
    bytes: u64,
}

impl TextTable {
    /// Returns an empty table.
    pub(super) fn new() -> Result<Self, Box<FileError>> {
        let file = tempfile::tempfile().map_err(|error| unwritable(&error))?;
        Ok(Self { out: BufWriter::new(file), line: String::new(), bytes: 0 })
    }

    /// Writes a row; no cells are a blank line.
    pub(super) fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<(), Box<FileError>> {
        self.line.clear();
        for (index, cell) in cells.enumerate() {
            if index > 0 {
                self.line.push(',');
            }
            write_cell(&mut self.line, cell);
        }
        self.end()
    }

    /// Writes the line.
    fn end(&mut self) -> Result<(), Box<FileError>> {
        self.line.push('\n');
        self.bytes += self.line.len() as u64;
        if self.bytes > MAX_TEXT_BYTES {
            return Err(FileError::whole(Reason::UnpackedTooLarge { limit: MAX_TEXT_BYTES }));
        }
        self.out.write_all(self.line.as_bytes()).map_err(|error| unwritable(&error))
    }

    /// Writes a text as a row, as it is.
    pub(super) fn text_row(&mut self, text: &str) -> Result<(), Box<FileError>> {
        self.line.clear();
        self.line.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
        self.end()
    }

    /// Returns the file.
    pub(super) fn finish(self) -> Result<File, Box<FileError>> {
        self.out.into_inner().map_err(|error| unwritable(error.error()))
    }
}

fn unwritable(error: &io::Error) -> Box<FileError> {
    FileError::whole(Reason::Unreadable { detail: error.to_string() })
}

/// Writes a cell; a line break in it becomes a blank, since a row is a line.
fn write_cell(line: &mut String, cell: &str) {
    let is_break = |c: char| matches!(c, '\n' | '\r' | '\t');
    if !cell.contains([',', '"', '\n', '\r', '\t']) {
        line.push_str(cell);
        return;
    }
    line.push('"');
    for c in cell.trim_end_matches(is_break).chars() {
        match c {
            '"' => line.push_str("\"\""),
            c if is_break(c) => line.push(' '),
            c => line.push(c),
        }
    }
    line.push('"');
}

/// Returns a number as the shortest text that means it. One with more digits than a spreadsheet program keeps is
/// written as the program shows it, which no reader takes for an amount or a name.
pub(super) fn number_text(value: f64) -> String {
    let text = format!("{value}");
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let whole = digits.split('.').next().unwrap_or_default();
    if whole.len() <= EXACT_DIGITS || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    let (first, rest) = whole.split_at(1);
    let rest = rest.trim_end_matches('0');
    let mut scientific = format!("{sign}{first}");
    if !rest.is_empty() {
        let _ = write!(scientific, ".{rest}");
    }
    let _ = write!(scientific, "E+{}", whole.len() - 1);
    scientific
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek};

    #[test]
    fn numbers_are_their_shortest_text() {
        for (written, expected) in [
            ("1100", "1100"),
            ("1100.0999999999999", "1100.1"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("-5.50", "-5.5"),
            ("1e-7", "0.0000001"),
            ("999999999999999", "999999999999999"),
            ("4.2e27", "4.2E+27"),
            ("-1e15", "-1E+15"),
            ("NaN", "NaN"),
        ] {
            assert_eq!(number_text(written.parse().unwrap()), expected);
        }
    }

    #[test]
    fn a_row_is_one_line_whatever_its_cells() {
        let mut table = TextTable::new().unwrap();
        table.row(["a", "b,c", "d\"e", "交易\n时间", "f\r\n"].into_iter()).unwrap();
        table.row([].into_iter()).unwrap();
        let (mut file, mut text) = (table.finish().unwrap(), String::new());
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,\"b,c\",\"d\"\"e\",\"交易 时间\",\"f\"\n\n");
    }
}
