//! Reads numbered lines of text from bytes, one at a time, in a reused buffer.
//!
//! Handles line ends (LF, CRLF), the byte order mark, UTF-8 and GBK. The length of a line is limited, so
//! that a file without line breaks cannot fill the memory. GBK is decoded line by line: in its characters
//! only the first byte may be below 0x30, so that a line feed is always a line feed.

use super::bad_rows::BadRows;
use super::decoded::WrongText;
use super::gzip::GzipError;
use super::reason::{FileError, Reason};
use encoding_rs::{DecoderResult, GBK};
use std::io::{BufRead, BufReader, Read};

/// Longest line in bytes: a channel's widest row with all its free text is below 4 KiB.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// Size of the read buffer in bytes.
const BUFFER_BYTES: usize = 128 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 only.
    Utf8,
    /// GBK.
    Gbk,
    /// UTF-8 or GBK, decided by the first line that is not ASCII.
    Either,
}

/// One line without its line break.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Number, from 1.
    pub(super) number: u64,
    /// Its text.
    pub(super) text: &'a str,
}

/// The bytes of one line, without its line break and the byte order mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawLine<'a> {
    /// Number, from 1.
    pub(super) number: u64,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// How many bytes of the file are before it.
    pub(super) offset: u64,
}

/// The lines of a file.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    encoding: Encoding,
    raw: Vec<u8>,
    decoded: String,
    number: u64,
    /// Bytes before the line in `raw`.
    offset: u64,
    ended: bool,
    /// Whether blank lines are passed over wherever they are.
    passes_blank: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R, encoding: Encoding) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            encoding,
            raw: Vec::new(),
            decoded: String::new(),
            number: 0,
            offset: 0,
            ended: true,
            passes_blank: false,
        }
    }

    /// As [`Self::new`], of a table in which lines may be blank.
    pub(super) fn with_blank_lines(input: R, encoding: Encoding) -> Self {
        Self { passes_blank: true, ..Self::new(input, encoding) }
    }

    /// Returns the number of the line read last.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Counts the next line as the first.
    pub(super) const fn count_anew(&mut self) {
        self.number = 0;
    }

    /// Returns whether the line read last ended with a line break.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Returns the next line that is not blank; `None` at the end.
    ///
    /// Blank lines are accepted at the end only: elsewhere they suggest a file pieced together.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, Box<FileError>> {
        if self.advance()? { self.text().map(Some) } else { Ok(None) }
    }

    /// As [`Self::next`]; if bad rows are told, a line in another encoding is one, and reading goes on behind it.
    pub(super) fn next_row(&mut self, bad: &mut BadRows<'_>) -> Result<Option<Line<'_>>, Box<FileError>> {
        while bad.are_told() {
            if !self.advance()? {
                return Ok(None);
            }
            let Some(error) = self.text().err() else { return self.text().map(Some) };
            bad.take(error, &String::from_utf8_lossy(&self.raw))?;
        }
        self.next()
    }

    /// As [`Self::next`], for records whose fields are told by their bytes: they are not decoded here.
    pub(super) fn next_raw(&mut self) -> Result<Option<RawLine<'_>>, Box<FileError>> {
        if !self.advance()? {
            return Ok(None);
        }
        let (bytes, skipped) = content(&self.raw, self.number);
        Ok(Some(RawLine { number: self.number, bytes, offset: self.offset + skipped as u64 }))
    }

    /// Reads the bytes of the next line that is not blank into `raw`; returns false at the end.
    fn advance(&mut self) -> Result<bool, Box<FileError>> {
        let mut blank = None;
        loop {
            if !self.fill()? {
                return Ok(false);
            }
            if !self.raw.trim_ascii().is_empty() {
                break;
            }
            blank = blank.or(Some(self.number).filter(|_| !self.passes_blank));
        }
        match blank {
            Some(line) => Err(FileError::at(line, Reason::BlankLine {})),
            None => Ok(true),
        }
    }

    /// Reads the bytes of one line into `raw`, without line break and byte order mark.
    fn fill(&mut self) -> Result<bool, Box<FileError>> {
        if self.number > 0 {
            self.offset += self.raw.len() as u64 + u64::from(self.ended);
        }
        self.raw.clear();
        let limit = MAX_LINE_BYTES as u64 + 1;
        let read = (&mut self.input).take(limit).read_until(b'\n', &mut self.raw);
        let at = self.number + 1;
        match read {
            Ok(0) => return Ok(false),
            Ok(_) => self.number = at,
            Err(error) => return Err(FileError::at(at, io_reason(&error))),
        }
        self.ended = self.raw.last() == Some(&b'\n');
        if !self.ended && self.raw.len() > MAX_LINE_BYTES {
            return Err(FileError::at(at, Reason::LineTooLong { limit: MAX_LINE_BYTES }));
        }
        if self.ended {
            self.raw.pop();
        }
        Ok(true)
    }

    /// Decodes the bytes in `raw`.
    fn text(&mut self) -> Result<Line<'_>, Box<FileError>> {
        let number = self.number;
        let (bytes, skipped) = content(&self.raw, number);
        if self.encoding == Encoding::Either && !bytes.is_ascii() {
            let utf8 = skipped > 0 || std::str::from_utf8(bytes).is_ok();
            self.encoding = if utf8 { Encoding::Utf8 } else { Encoding::Gbk };
        }
        let wrong = |expected: &str, valid: usize| {
            let byte = self.offset + (skipped + valid) as u64 + 1;
            FileError::at(number, Reason::WrongEncoding { expected: expected.to_owned(), byte })
        };
        if self.encoding == Encoding::Gbk && !bytes.is_ascii() {
            return match decode_gbk(bytes, &mut self.decoded) {
                Ok(()) => Ok(Line { number, text: &self.decoded }),
                Err(valid) => Err(wrong("GBK", valid)),
            };
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Line { number, text }),
            Err(error) => Err(wrong("UTF-8", error.valid_up_to())),
        }
    }
}

/// Returns the bytes of a line without carriage return and byte order mark, and the length of that mark.
fn content(raw: &[u8], number: u64) -> (&[u8], usize) {
    let bytes = raw.strip_suffix(b"\r").unwrap_or(raw);
    match bytes.strip_prefix(BOM).filter(|_| number == 1) {
        Some(marked) => (marked, BOM.len()),
        None => (bytes, 0),
    }
}

/// Decodes a whole line of GBK. The error is the number of valid bytes before the malformed ones.
pub(super) fn decode_gbk(bytes: &[u8], text: &mut String) -> Result<(), usize> {
    let mut decoder = GBK.new_decoder_without_bom_handling();
    text.clear();
    text.reserve(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(0));
    match decoder.decode_to_string_without_replacement(bytes, text, true) {
        (DecoderResult::InputEmpty, _) => Ok(()),
        (DecoderResult::OutputFull, read) => Err(read),
        (DecoderResult::Malformed(bad, after), read) => {
            Err(read.saturating_sub(usize::from(bad) + usize::from(after)))
        }
    }
}

/// Returns the reason for an I/O error while reading; a zip reports damage as invalid data.
pub(super) fn io_reason(error: &std::io::Error) -> Reason {
    use std::io::ErrorKind;
    if matches!(error.get_ref(), Some(inner) if inner.is::<GzipError>()) {
        return Reason::GzipDamaged { detail: error.to_string() };
    }
    if let Some(wrong) = error.get_ref().and_then(|inner| inner.downcast_ref::<WrongText>()) {
        return Reason::WrongEncoding { expected: wrong.expected.to_owned(), byte: wrong.byte };
    }
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Reason::ZipDamaged { detail: error.to_string() },
        ErrorKind::FileTooLarge => Reason::UnpackedTooLarge { limit: super::MAX_UNPACKED_BYTES },
        _ => Reason::Unreadable { detail: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], encoding: Encoding) -> Result<Vec<(u64, String)>, FileError> {
        let mut lines = Lines::new(bytes, encoding);
        let mut found = Vec::new();
        while let Some(line) = lines.next().map_err(|error| *error)? {
            found.push((line.number, line.text.to_owned()));
        }
        Ok(found)
    }

    fn reason(bytes: &[u8], encoding: Encoding) -> (u64, Reason) {
        let error = all(bytes, encoding).unwrap_err();
        (error.line.unwrap(), error.reason)
    }

    #[test]
    fn line_ends_marks_and_encodings_make_no_difference() {
        let expected = vec![(1, "账户".to_owned()), (2, "b".to_owned())];
        let gbk: &[u8] = b"\xd5\xcb\xbb\xa7\r\nb\r\n";
        for (bytes, encoding) in [
            ("账户\nb\n".as_bytes(), Encoding::Utf8),
            ("\u{feff}账户\r\nb\r\n\r\n\n".as_bytes(), Encoding::Utf8),
            ("账户\r\nb".as_bytes(), Encoding::Either),
            ("\u{feff}账户\nb\r".as_bytes(), Encoding::Either),
            (gbk, Encoding::Either),
            (gbk, Encoding::Gbk),
        ] {
            assert_eq!(all(bytes, encoding).unwrap(), expected, "{bytes:?}");
        }
        assert_eq!(all(b"", Encoding::Utf8).unwrap(), []);
    }

    #[test]
    fn wrong_bytes_are_named_by_their_place_in_the_file() {
        let wrong = |expected: &str, byte| Reason::WrongEncoding { expected: expected.to_owned(), byte };
        assert_eq!(reason(b"ab\r\nc\xd5\xcb\n", Encoding::Utf8), (2, wrong("UTF-8", 6)));
        assert_eq!(reason(b"\xef\xbb\xbfc\xff\n", Encoding::Either), (1, wrong("UTF-8", 5)));
        assert_eq!(reason(b"\xd5\xcb\nc\xff\n", Encoding::Either), (2, wrong("GBK", 5)));
        assert_eq!(reason(b"\xd5\xcb\nxy\xd5", Encoding::Gbk), (2, wrong("GBK", 6)));
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let endless = std::io::repeat(b'x');
        let mut lines = Lines::new(endless, Encoding::Utf8);
        let error = lines.next().unwrap_err();
        assert_eq!(error.reason, Reason::LineTooLong { limit: MAX_LINE_BYTES });
        let exact = [b"y".repeat(MAX_LINE_BYTES).as_slice(), b"\nz"].concat();
        assert_eq!(all(&exact, Encoding::Utf8).unwrap().len(), 2);
    }

    #[test]
    fn blank_lines_are_fine_only_at_the_end() {
        assert_eq!(reason(b"a\n\n \nb\n", Encoding::Utf8), (2, Reason::BlankLine {}));
    }
}
