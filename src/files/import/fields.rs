//! Splits a line into fields, without copying unless a field is quoted.
//!
//! The csv crate is not used here: it reads an unterminated quote to the end of the file as one field and
//! silently drops text after a closing quote, and a ledger import must refuse both. WeChat's rows with
//! back-ticks are not CSV at all.

use super::lines::Line;
use super::reason::{FileError, Reason};

/// How fields are delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// RFC 4180, with strict quotes.
    Strict,
    /// Commas; a field counts as quoted only if its quotes are complete, otherwise they are text.
    Lenient,
    /// WeChat: every field starts with a back-tick, and only a comma before a back-tick separates. In a row that
    /// does not start with one, fields may be quoted, and either all that are not empty have it or none.
    Backtick,
}

/// Splits lines; reuses its buffers.
pub(super) struct Fields {
    style: Style,
    delimiter: u8,
    spans: Vec<(usize, usize)>,
    unquoted: String,
}

/// The fields of one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    text: &'a str,
    spans: &'a [(usize, usize)],
}

impl<'a> Record<'a> {
    /// Returns the record of a text with the spans of its fields.
    pub(super) const fn of(text: &'a str, spans: &'a [(usize, usize)]) -> Self {
        Self { text, spans }
    }

    pub(super) const fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns the field at `index`, from 0; empty if there is none.
    pub(super) fn get(&self, index: usize) -> &'a str {
        self.spans.get(index).and_then(|&(start, end)| self.text.get(start..end)).unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a, '_> {
        (0..self.len()).map(|index| self.get(index))
    }
}

impl Fields {
    pub(super) const fn new(style: Style) -> Self {
        Self { style, delimiter: b',', spans: Vec::new(), unquoted: String::new() }
    }

    /// As [`Style::Strict`], with another ASCII character than the comma.
    pub(super) const fn delimited(delimiter: u8) -> Self {
        Self { style: Style::Strict, delimiter, spans: Vec::new(), unquoted: String::new() }
    }

    /// Splits `line`.
    pub(super) fn split<'a>(&'a mut self, line: Line<'a>) -> Result<Record<'a>, Box<FileError>> {
        self.spans.clear();
        match self.style {
            Style::Backtick if line.text.starts_with('`') => self.split_backticks(line.text),
            Style::Backtick => {
                self.split_quoted(line)?;
                self.strip_backticks(line.number)?;
                return Ok(Record { text: &self.unquoted, spans: &self.spans });
            }
            Style::Strict | Style::Lenient if line.text.contains('"') => {
                self.split_quoted(line)?;
                return Ok(Record { text: &self.unquoted, spans: &self.spans });
            }
            Style::Strict | Style::Lenient => self.split_commas(line.text),
        }
        Ok(Record { text: line.text, spans: &self.spans })
    }

    fn split_commas(&mut self, text: &str) {
        let mut start = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte == self.delimiter {
                self.spans.push((start, at));
                start = at + 1;
            }
        }
        self.spans.push((start, text.len()));
    }

    fn split_backticks(&mut self, text: &str) {
        let mut start = 1;
        for (comma, pair) in text.as_bytes().windows(2).enumerate() {
            if pair == b",`" && comma >= start {
                self.spans.push((start, comma));
                start = comma + 2;
            }
        }
        self.spans.push((start, text.len()));
    }

    /// Takes the back-ticks and surrounding blanks off the fields of a row that was split at its commas.
    fn strip_backticks(&mut self, line: u64) -> Result<(), Box<FileError>> {
        let (mut marked, mut bare) = (false, None);
        for (index, span) in self.spans.iter_mut().enumerate() {
            let field = self.unquoted.get(span.0..span.1).unwrap_or_default();
            let start = span.0 + (field.len() - field.trim_start().len());
            let content = field.trim();
            *span = (start, start + content.len());
            if content.starts_with('`') {
                marked = true;
                span.0 += 1;
            } else if !content.is_empty() {
                bare = bare.or(Some(index));
            }
        }
        match bare {
            Some(index) if marked => {
                Err(FileError::at(line, Reason::MissingBacktick {}).in_column(index, None))
            }
            _ => Ok(()),
        }
    }

    /// The slow path for lines with a quote: fields are copied without their quotes.
    fn split_quoted(&mut self, line: Line<'_>) -> Result<(), Box<FileError>> {
        self.unquoted.clear();
        let mut rest = Some(line.text);
        while let Some(text) = rest {
            let start = self.unquoted.len();
            rest = match quoted(text, self.delimiter) {
                Ok(Some((content, after))) => {
                    self.unquoted.push_str(&content.replace("\"\"", "\""));
                    after
                }
                Err(reason) if self.style == Style::Strict => {
                    return Err(FileError::at(line.number, reason).in_column(self.spans.len(), None));
                }
                Ok(None) | Err(_) => {
                    let (field, after) = text
                        .split_once(char::from(self.delimiter))
                        .map_or((text, None), |(field, after)| (field, Some(after)));
                    self.unquoted.push_str(field);
                    after
                }
            };
            self.spans.push((start, self.unquoted.len()));
        }
        Ok(())
    }
}

/// The quoted field at the start of a text (quotes inside still doubled), and the text after its delimiter.
type Quoted<'a> = Option<(&'a str, Option<&'a str>)>;

fn quoted(text: &str, delimiter: u8) -> Result<Quoted<'_>, Reason> {
    let Some(inside) = text.strip_prefix('"') else { return Ok(None) };
    let mut from = 0;
    while let Some(at) = inside[from..].find('"').map(|at| at + from) {
        let after = &inside[at + 1..];
        if after.starts_with('"') {
            from = at + 2;
            continue;
        }
        return match after.strip_prefix(char::from(delimiter)) {
            Some(next) => Ok(Some((&inside[..at], Some(next)))),
            None if after.is_empty() => Ok(Some((&inside[..at], None))),
            None => Err(Reason::TextAfterQuote {}),
        };
    }
    Err(Reason::UnterminatedQuote {})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(style: Style, text: &str) -> Result<Vec<String>, (usize, Reason)> {
        let mut fields = Fields::new(style);
        let record = fields
            .split(Line { number: 1, text })
            .map_err(|error| (error.column.map_or(0, |column| column.number), error.reason))?;
        Ok(record.iter().map(str::to_owned).collect())
    }

    #[test]
    fn fields_by_style() {
        for (style, text, expected) in [
            (Style::Strict, "a,,c", vec!["a", "", "c"]),
            (Style::Strict, "", vec![""]),
            (Style::Strict, "a,\"b,\"\"x\"\"\",", vec!["a", "b,\"x\"", ""]),
            (Style::Strict, "a\"b,c", vec!["a\"b", "c"]),
            (Style::Strict, "\"\",\"\"", vec!["", ""]),
            (Style::Lenient, "\"特价\"牛奶,\"b", vec!["\"特价\"牛奶", "\"b"]),
            (Style::Lenient, "\"a,b\",c", vec!["a,b", "c"]),
            (Style::Backtick, "`a,`b, with `tick,`", vec!["a", "b, with `tick", ""]),
            (Style::Backtick, "`,`", vec!["", ""]),
            (Style::Backtick, "`", vec![""]),
            (Style::Backtick, "``,`a", vec!["`", "a"]),
            (Style::Backtick, "\"`a\",\"`b, c\",", vec!["a", "b, c", ""]),
            (Style::Backtick, "a,\"b, c\",d\t", vec!["a", "b, c", "d"]),
        ] {
            assert_eq!(split(style, text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_cut_or_glued_is_refused_with_its_column() {
        for (style, text, column, reason) in [
            (Style::Strict, "a,\"b", 2, Reason::UnterminatedQuote {}),
            (Style::Strict, "a,\"b\"\"", 2, Reason::UnterminatedQuote {}),
            (Style::Strict, "\"a\"b,c", 1, Reason::TextAfterQuote {}),
            (Style::Backtick, "a,`b", 1, Reason::MissingBacktick {}),
        ] {
            assert_eq!(split(style, text).unwrap_err(), (column, reason), "{text}");
        }
    }
}
