//! Files that people write: rule sets, charts of accounts, calendars, policies. All are TOML and are read
//! the same way: every value keeps its span, every mistake is reported with file and line, all independent
//! mistakes are reported together, and a file with a mistake is not used at all.
//!
//! A mistake is a key and facts ([`AuthoredError`]); the texts are in `assets/locales/rules.toml`.

use super::id::Operator;
use super::rejection::{Code, Rejection};
use super::vocabulary::Vocabulary;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// Largest accepted file in bytes. A rule set of a few hundred rules has some hundred kilobytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// A mistake in an authored file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct AuthoredError {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Key of the text: `rulefile.…`, `calendar.…` or `policy.…`.
    pub key: String,
    /// Named facts for the text.
    pub args: Vec<(String, String)>,
}

impl AuthoredError {
    /// Returns the value of a named fact.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Returns the refusal of the whole file, naming this mistake.
    #[must_use]
    pub fn rejection(&self) -> Rejection {
        let mut rejection = Rejection::new(Code::BadRules)
            .with("file", &self.file)
            .with("line", self.line)
            .with("problem", &self.key);
        rejection.args.extend(self.args.iter().cloned());
        rejection
    }
}

/// Returns the refusal of a file with these mistakes: it names the first and counts them.
#[must_use]
pub fn rejection(mistakes: Vec<AuthoredError>) -> Rejection {
    let count = mistakes.len();
    let first = mistakes.into_iter().next();
    first.map_or_else(|| Rejection::new(Code::BadRules), |first| first.rejection().with("mistakes", count))
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
/// The mistake at which the TOML parser stopped.
pub fn read_form<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<AuthoredError>> {
    let (reader, form) = FormReader::open(file, text)?;
    reader.close(Some(form))
}

/// `file:line: key name=value…`, for logs; screens use the locale's text.
impl fmt::Display for AuthoredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.key)?;
        self.args.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// Reads the values of one file and collects mistakes.
pub(super) struct FormReader<'a> {
    file: &'a str,
    text: &'a str,
    errors: Vec<AuthoredError>,
}

/// A byte range in the file.
pub(super) type Span = Range<usize>;

impl<'a> FormReader<'a> {
    /// Parses `text` as `T`.
    ///
    /// # Errors
    /// The mistake at which the TOML parser stopped.
    pub(super) fn open<T: DeserializeOwned>(
        file: &'a str,
        text: &'a str,
    ) -> Result<(Self, T), Vec<AuthoredError>> {
        let mut reader = Self { file, text, errors: Vec::new() };
        if text.len() > MAX_FILE_BYTES {
            reader.error(0..0, "rulefile.too_large", &[("limit", &MAX_FILE_BYTES)]);
            return Err(reader.errors);
        }
        match toml::from_str(text) {
            Ok(form) => Ok((reader, form)),
            Err(error) => {
                reader.toml_error(&error);
                Err(reader.errors)
            }
        }
    }

    /// Reports a mistake at `place`.
    pub(super) fn error(&mut self, place: Span, key: &str, args: &[(&str, &dyn fmt::Display)]) {
        let error = AuthoredError {
            file: self.file.to_owned(),
            line: self.line(place.start),
            key: key.to_owned(),
            args: args.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect(),
        };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Returns the line of a byte offset, from 1.
    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
    }

    fn toml_error(&mut self, error: &toml::de::Error) {
        let message = error.message().replace('\n', " ");
        let quoted = || message.split('`').nth(1).unwrap_or_default().to_owned();
        let place = error.span().unwrap_or(0..0);
        if message.starts_with("unknown field") {
            self.error(place, "rulefile.unknown_key", &[("name", &quoted())]);
        } else if message.starts_with("missing field") {
            self.error(place, "rulefile.missing_key", &[("name", &quoted())]);
        } else {
            self.error(place, "rulefile.syntax", &[("message", &message)]);
        }
    }

    /// Reads one of a closed set of words.
    pub(super) fn word<T: Vocabulary>(&mut self, text: &Spanned<String>) -> Option<T> {
        let word = T::of_word(text.get_ref());
        if word.is_none() {
            self.bad_word(text, T::WHAT, &T::allowed());
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
            self.bad_word(text, what, &allowed.join(", "));
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
            self.bad_word(text, what, "");
        }
        code
    }

    /// Reads the name of an operator.
    pub(super) fn operator(&mut self, text: &Spanned<String>) -> Option<Operator> {
        let operator = text.get_ref().parse().ok();
        if operator.is_none() {
            self.bad_word(text, "operator", "");
        }
        operator
    }

    fn bad_word(&mut self, text: &Spanned<String>, what: &str, allowed: &str) {
        let args: [(&str, &dyn fmt::Display); 3] =
            [("what", &what), ("value", text.get_ref()), ("allowed", &allowed)];
        self.error(text.span(), "rulefile.bad_word", &args);
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
    pub(super) fn mistakes(&self) -> usize {
        self.errors.len()
    }

    /// Returns `value` if there was no mistake.
    ///
    /// # Errors
    /// Every mistake, by line.
    pub(super) fn close<T>(self, value: Option<T>) -> Result<T, Vec<AuthoredError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(self.into_errors()),
        }
    }

    fn into_errors(mut self) -> Vec<AuthoredError> {
        self.errors.sort_by_key(|error| error.line);
        self.errors
    }
}
