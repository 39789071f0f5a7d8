//! Files that people write: rule sets, charts of accounts, calendars, policies. All are TOML and are read
//! the same way: every value keeps its span, every mistake is reported with file, line and column, all
//! independent mistakes are reported together, and a file with a mistake is not used at all.
//!
//! A mistake is a key and facts ([`AuthoredError`]); the texts are in `assets/locales/rules.toml`.

mod absent;
mod shape;
mod shape_error;

pub use super::authored_error::AuthoredError;

use super::id::Operator;
use super::nearest::nearest;
use super::period::parse_zone;
use super::rejection::{Code, Rejection};
use super::vocabulary::Vocabulary;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use shape::ShapeMistake;
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// Largest accepted file in bytes. A rule set of a few hundred rules has some hundred kilobytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// Most mistakes that a refusal has: nobody corrects more at once, and it has to fit into a message of the
/// connection. It counts the others.
pub const MAX_LISTED: usize = 100;

/// Most mistakes of one file that are looked for.
const MAX_MISTAKES: usize = 10_000;

/// Returns the refusal of a file with these mistakes: it lists the first [`MAX_LISTED`], its facts are those
/// of the first, and it counts the others.
#[must_use]
pub fn rejection(mut mistakes: Vec<AuthoredError>) -> Rejection {
    let mut rejection = Rejection::new(Code::BadRules);
    let found = mistakes.len();
    mistakes.truncate(MAX_LISTED);
    if let Some(first) = mistakes.first() {
        rejection = rejection
            .with("file", &first.file)
            .with("line", first.line)
            .with("column", first.column)
            .with("problem", &first.key);
        rejection.args.extend(first.args.iter().cloned());
        rejection.args.extend(first.nearest.iter().map(|word| ("nearest".to_owned(), word.clone())));
        rejection = rejection.with("mistakes", found);
    }
    rejection.unlisted = found - mistakes.len();
    rejection.mistakes = mistakes;
    rejection
}

/// As [`rejection`], under the code of its kind of file.
#[must_use]
pub fn rejection_as(code: Code, mistakes: Vec<AuthoredError>) -> Rejection {
    let mut rejection = rejection(mistakes);
    rejection.code = code;
    rejection
}

/// Reads a file that has no words or codes to check beyond its shape.
///
/// # Errors
/// The mistakes of its shape.
pub fn read_form<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<AuthoredError>> {
    let (reader, form) = FormReader::open(file, text)?;
    reader.close(Some(form))
}

/// Reads the values of one file and collects mistakes.
pub(crate) struct FormReader<'a> {
    file: &'a str,
    text: &'a str,
    errors: Vec<AuthoredError>,
    /// Byte offsets at which the lines begin, except for the first.
    breaks: Vec<usize>,
}

/// A byte range in the file.
pub(super) type Span = Range<usize>;

impl<'a> FormReader<'a> {
    /// Parses `text` as `T`. A key that is missing and a value of the wrong type are reported and read as
    /// empty; what is reported at an empty value itself is left out.
    ///
    /// # Errors
    /// Every mistake of the shape, if it has one that makes the text unreadable.
    pub(crate) fn open<T: DeserializeOwned>(
        file: &'a str,
        text: &'a str,
    ) -> Result<(Self, T), Vec<AuthoredError>> {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        let mut reader = Self { file, text, errors: Vec::new(), breaks };
        if text.len() > MAX_FILE_BYTES {
            reader.error(0..0, "rulefile.too_large", &[("limit", &MAX_FILE_BYTES)]);
            return Err(reader.errors);
        }
        let (form, mistakes) = shape::read(text);
        for mistake in mistakes {
            reader.shape_mistake(mistake);
        }
        match form {
            Some(form) => Ok((reader, form)),
            None => Err(reader.into_errors()),
        }
    }

    /// Reports a mistake at `place`.
    pub(crate) fn error(&mut self, place: Span, key: &str, args: &[(&str, &dyn fmt::Display)]) {
        self.error_near(place, key, args, None);
    }

    /// Reports a mistake at `place`, with the allowed word that was probably meant.
    pub(crate) fn error_near(
        &mut self,
        place: Span,
        key: &str,
        args: &[(&str, &dyn fmt::Display)],
        nearest: Option<&str>,
    ) {
        if place == absent::NOWHERE || self.errors.len() == MAX_MISTAKES {
            return;
        }
        let error =
            AuthoredError { nearest: nearest.map(str::to_owned), ..self.remark(place.start, key, args) };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Returns a remark about the byte at `offset`, which is no mistake unless it is reported as one.
    pub(super) fn remark(
        &self,
        offset: usize,
        key: &str,
        args: &[(&str, &dyn fmt::Display)],
    ) -> AuthoredError {
        let (line, column) = self.position(offset);
        AuthoredError {
            file: self.file.to_owned(),
            line,
            column,
            column_name: None,
            key: key.to_owned(),
            args: args.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect(),
            nearest: None,
        }
    }

    /// Returns line and column of a byte offset, both from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.breaks.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).map_or(0, |before| self.breaks[before]);
        let before = self.text.get(start..offset).unwrap_or_default();
        (line + 1, before.chars().count() + 1)
    }

    fn shape_mistake(&mut self, mistake: ShapeMistake) {
        match mistake {
            ShapeMistake::Syntax { place, message } => {
                self.error(place, "rulefile.syntax", &[("message", &message)]);
            }
            ShapeMistake::UnknownKey { place, name, nearest } => {
                self.error_near(place, "rulefile.unknown_key", &[("name", &name)], nearest);
            }
            ShapeMistake::MissingKey { place, name } => {
                self.error(place, "rulefile.missing_key", &[("name", &name)]);
            }
        }
    }

    /// Reads one of a closed set of words.
    pub(crate) fn word<T: Vocabulary>(&mut self, text: &Spanned<String>) -> Option<T> {
        let word = T::of_word(text.get_ref());
        if word.is_none() {
            self.bad_word(text, T::WHAT, T::WORDS);
        }
        word
    }

    /// Reads one of the codes that the ledger knows.
    pub(super) fn one_of<T: Copy + PartialEq + fmt::Display>(
        &mut self,
        text: &Spanned<String>,
        what: &str,
        known: &[T],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let code = read(text.get_ref()).filter(|code| known.contains(code));
        if code.is_none() {
            let allowed: Vec<String> = known.iter().map(T::to_string).collect();
            self.bad_word(text, what, &allowed);
        }
        code
    }

    /// Reads a code that only has to be well formed.
    pub(super) fn code<T>(
        &mut self,
        text: &Spanned<String>,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let code = read(text.get_ref());
        if code.is_none() {
            self.bad_word::<&str>(text, what, &[]);
        }
        code
    }

    /// Reads the name of an operator.
    pub(super) fn operator(&mut self, text: &Spanned<String>) -> Option<Operator> {
        let operator = text.get_ref().parse().ok();
        if operator.is_none() {
            self.bad_word::<&str>(text, "operator", &[]);
        }
        operator
    }

    /// Reports a word that is none of those allowed; without any it is only not well formed.
    pub(crate) fn bad_word<W: AsRef<str>>(&mut self, text: &Spanned<String>, what: &str, allowed: &[W]) {
        let words: Vec<&str> = allowed.iter().map(AsRef::as_ref).collect();
        let list = words.join(", ");
        let args: [(&str, &dyn fmt::Display); 3] =
            [("what", &what), ("value", text.get_ref()), ("allowed", &list)];
        let near = nearest(text.get_ref(), words.iter().copied());
        self.error_near(text.span(), "rulefile.bad_word", &args, near);
    }

    /// Reads the name of a time zone.
    pub(crate) fn zone(&mut self, text: &Spanned<String>) -> Option<TimeZone> {
        let zone = parse_zone(text.get_ref()).ok();
        if zone.is_none() {
            let known: Vec<_> = jiff::tz::db().available().collect();
            let near = nearest(text.get_ref(), known.iter().map(jiff::tz::TimeZoneName::as_str));
            self.error_near(text.span(), "calendar.bad_zone", &[("value", text.get_ref())], near);
        }
        zone
    }

    /// Reads an ISO date.
    pub(super) fn date(&mut self, text: &Spanned<String>) -> Option<jiff::civil::Date> {
        let date = super::period::parse_date(text.get_ref()).ok();
        if date.is_none() {
            self.error(text.span(), "rulefile.bad_date", &[("value", text.get_ref())]);
        }
        date
    }

    /// Reads an ISO date that may be missing; the outer `None` is a mistake.
    #[expect(clippy::option_option, reason = "left out and wrong are different answers")]
    pub(super) fn optional_date(
        &mut self,
        text: Option<&Spanned<String>>,
    ) -> Option<Option<jiff::civil::Date>> {
        match text {
            None => Some(None),
            Some(text) => self.date(text).map(Some),
        }
    }

    /// Reads a plain decimal number (`0.0100`): digits, an optional point, an optional sign.
    pub(super) fn decimal(&mut self, text: &Spanned<String>) -> Option<rust_decimal::Decimal> {
        let raw = text.get_ref();
        let plain =
            raw.bytes().enumerate().all(|(i, b)| b.is_ascii_digit() || b == b'.' || (i == 0 && b == b'-'));
        let value = if plain { raw.parse().ok() } else { None };
        if value.is_none() {
            self.error(text.span(), "rulefile.bad_number", &[("value", raw)]);
        }
        value
    }

    /// Returns the number of mistakes so far.
    pub(crate) fn mistakes(&self) -> usize {
        self.errors.len()
    }

    /// Returns `value` if there was no mistake.
    ///
    /// # Errors
    /// Every mistake, by line and column.
    pub(crate) fn close<T>(self, value: Option<T>) -> Result<T, Vec<AuthoredError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(self.into_errors()),
        }
    }

    fn into_errors(mut self) -> Vec<AuthoredError> {
        self.errors.sort_by_key(|error| (error.line, error.column));
        self.errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::Channels;
    use crate::domain::chart::Chart;
    use crate::domain::kind::Kinds;

    /// A file with its parser.
    type Case = (&'static str, fn(&str) -> Vec<AuthoredError>);

    const FILES: [Case; 3] = [
        (include_str!("../../assets/templates/cn-wallet/chart.toml"), |text| {
            Chart::parse("f", text).err().unwrap_or_default()
        }),
        (include_str!("../../assets/templates/cn-wallet/kinds.toml"), |text| {
            Kinds::parse("f", text, None).err().unwrap_or_default()
        }),
        (include_str!("../../assets/templates/cn-wallet/channels.toml"), |text| {
            Channels::parse("f", text, None).err().unwrap_or_default()
        }),
    ];

    #[test]
    fn a_wrong_value_in_any_line_is_told_in_that_line() {
        for (text, parse) in FILES {
            let lines: Vec<&str> = text.lines().collect();
            let values =
                lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.split_once(" = ")?.0)));
            for (at, key) in
                values.filter(|(at, key)| !key.starts_with(['#', ' ']) && !lines[*at].ends_with('['))
            {
                let mut changed = lines.clone();
                let wrong = format!("{key} = 1979-05-27");
                changed[at] = &wrong;
                let told = parse(&changed.join("\n"));
                let place = (at + 1, wrong.find("1979").unwrap() + 1);
                assert!(told.iter().any(|e| (e.line, e.column) == place), "{wrong}: {told:?}");
                let misspelt = format!("{key}q = 1979-05-27");
                changed[at] = &misspelt;
                let told = parse(&changed.join("\n"));
                let unknown = told.iter().find(|e| e.key == "rulefile.unknown_key").unwrap();
                assert_eq!((unknown.line, unknown.nearest.as_deref()), (at + 1, Some(key)), "{misspelt}");
            }
        }
    }
}
