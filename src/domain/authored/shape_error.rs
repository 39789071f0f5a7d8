//! Why a reading of a text as a form ended.

use serde::de::Error;
use std::fmt;

/// Why a reading ended.
#[derive(Debug)]
pub(super) enum ShapeError {
    UnknownKey(&'static [&'static str]),
    MissingKey(&'static str),
    WrongValue(String),
    /// It is among the mistakes already.
    Told,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey(_) => f.write_str("unknown key"),
            Self::MissingKey(name) => write!(f, "missing key {name}"),
            Self::WrongValue(message) => f.write_str(message),
            Self::Told => f.write_str("told"),
        }
    }
}

impl std::error::Error for ShapeError {}

impl Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::WrongValue(message.to_string().replace('\n', " "))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownKey(expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::MissingKey(field)
    }
}
