//! The beginning of a file as text, and the marks by which a kind of file is recognised.

use encoding_rs::GBK;
use std::borrow::Cow;

/// Lines of the beginning that are searched.
const LINES: usize = 30;

/// A mark that tells what a file is. Every reader and every foreign kind has a list of them.
pub(super) enum Mark {
    /// Checked before all other marks because it is conclusive: an unmistakable first line, or a header with
    /// all columns of another format and more.
    First(fn(&Head<'_>) -> bool),
    /// Column names that are all in the first line.
    Columns(&'static [&'static str]),
    /// A title in one of the first lines.
    Title(&'static str),
    /// The shape of the first line, for files without names or titles.
    Last(fn(&Head<'_>) -> bool),
}

/// How reliable a mark is; a smaller one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// [`Mark::First`].
    First,
    /// [`Mark::Columns`].
    Columns,
    /// [`Mark::Title`].
    Title,
    /// [`Mark::Last`].
    Last,
}

impl Mark {
    /// Returns whether the file has the mark.
    fn is_on(&self, head: &Head<'_>) -> bool {
        match self {
            Self::First(test) | Self::Last(test) => test(head),
            Self::Columns(needed) => head.has_columns(needed),
            Self::Title(title) => head.contains(title),
        }
    }

    /// Returns the strength of the mark.
    const fn strength(&self) -> Strength {
        match self {
            Self::First(_) => Strength::First,
            Self::Columns(_) => Strength::Columns,
            Self::Title(_) => Strength::Title,
            Self::Last(_) => Strength::Last,
        }
    }
}

/// The first lines of a text file.
pub(super) struct Head<'a> {
    /// The bytes without byte order mark.
    bytes: &'a [u8],
    lines: Vec<Cow<'a, str>>,
    /// Index of the first line that is not blank.
    first: usize,
}

impl<'a> Head<'a> {
    /// Returns the head of a file that begins with `bytes`; `None` if there are only blank lines.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let lines: Vec<Cow<'_, str>> = bytes.split(|b| *b == b'\n').take(LINES).map(text).collect();
        let first = lines.iter().position(|line| !line.trim().is_empty())?;
        Some(Self { bytes, lines, first })
    }

    /// Returns the strength of the strongest of `marks` that the file has.
    pub(super) fn strongest(&self, marks: &[Mark]) -> Option<Strength> {
        marks.iter().filter(|mark| mark.is_on(self)).map(Mark::strength).min()
    }

    /// The bytes without byte order mark.
    pub(super) const fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// The first line that is not blank, without blanks around it.
    pub(super) fn first(&self) -> &str {
        self.lines.get(self.first).map_or("", |line| line.trim())
    }

    /// Returns whether one of the first lines contains `text`.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    /// Column names of the first line, without quotes and back-ticks.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.first().split(',').map(|name| name.trim().trim_matches(['"', '`']).trim())
    }

    /// Returns whether it begins as UnionPay's files do, with a blank between the fields: code 3, institutions 11 and
    /// 11, trace number 6, time 10.
    pub(super) fn begins_as_unionpay(&self) -> bool {
        let digits = |from: usize, to: usize| {
            self.bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
        };
        let blanks = [3, 15, 27, 34, 45].iter().all(|at| self.bytes.get(*at) == Some(&b' '));
        blanks && digits(28, 34) && digits(35, 45) && !self.first().contains(',')
    }

    /// Returns whether the first line has all these columns.
    pub(super) fn has_columns(&self, needed: &[&str]) -> bool {
        needed.iter().all(|name| self.columns().any(|column| column == *name))
    }
}

/// Decodes a line as UTF-8 or else GBK; a character cut off at the end of the head does not matter.
fn text(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(line),
        Err(_) => GBK.decode_without_bom_handling(line).0,
    }
}
