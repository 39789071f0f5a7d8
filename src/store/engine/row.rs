//! Values bound to statements and read from rows. A ledger holds integers and texts, nothing else.

use super::fault::{Fault, StoreError};
use crate::domain::account::Side;
use std::str::FromStr;

/// A value bound to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param<'a> {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// A text.
    Text(&'a str),
}

impl<'a> Param<'a> {
    /// Returns a text, or NULL for `None`.
    #[must_use]
    pub fn maybe<T: AsRef<str> + ?Sized>(text: Option<&'a T>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.as_ref()))
    }

    /// Returns an integer, or NULL for `None`.
    #[must_use]
    pub fn maybe_int(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

/// A value read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// A text.
    Text(&'a str),
}

/// A row of an engine.
pub trait Cells {
    /// Returns the value of column `index`, counted from 0.
    ///
    /// # Errors
    /// A fault if there is no such column, or it holds neither integer nor text.
    fn cell(&self, index: usize) -> Result<Cell<'_>, StoreError>;
}

/// One row of a result.
pub struct Row<'a>(pub &'a dyn Cells);

impl Row<'_> {
    /// Returns the integer in column `index`.
    ///
    /// # Errors
    /// A fault if it holds something else.
    pub fn int(&self, index: usize) -> Result<i64, StoreError> {
        match self.0.cell(index)? {
            Cell::Int(value) => Ok(value),
            other => Err(unexpected(index, "integer", other)),
        }
    }

    /// Returns the integer in column `index`, `None` for NULL.
    ///
    /// # Errors
    /// A fault if it holds a text.
    pub fn maybe_int(&self, index: usize) -> Result<Option<i64>, StoreError> {
        match self.0.cell(index)? {
            Cell::Null => Ok(None),
            Cell::Int(value) => Ok(Some(value)),
            other @ Cell::Text(_) => Err(unexpected(index, "integer", other)),
        }
    }

    /// Returns the text in column `index`.
    ///
    /// # Errors
    /// A fault if it holds something else.
    pub fn text(&self, index: usize) -> Result<&str, StoreError> {
        match self.0.cell(index)? {
            Cell::Text(value) => Ok(value),
            other => Err(unexpected(index, "text", other)),
        }
    }

    /// Returns the text in column `index`, `None` for NULL.
    ///
    /// # Errors
    /// A fault if it holds an integer.
    pub fn maybe_text(&self, index: usize) -> Result<Option<&str>, StoreError> {
        match self.0.cell(index)? {
            Cell::Null => Ok(None),
            Cell::Text(value) => Ok(Some(value)),
            other @ Cell::Int(_) => Err(unexpected(index, "text", other)),
        }
    }

    /// Parses the text in column `index`.
    ///
    /// # Errors
    /// A fault if it does not parse.
    pub fn parse<T: FromStr>(&self, index: usize) -> Result<T, StoreError> {
        let text = self.text(index)?;
        text.parse().map_err(|_| unexpected(index, std::any::type_name::<T>(), Cell::Text(text)))
    }

    /// Parses the text in column `index`, `None` for NULL.
    ///
    /// # Errors
    /// A fault if it does not parse.
    pub fn maybe_parse<T: FromStr>(&self, index: usize) -> Result<Option<T>, StoreError> {
        if matches!(self.0.cell(index)?, Cell::Null) { Ok(None) } else { self.parse(index).map(Some) }
    }

    /// Returns the flag in column `index`, stored as 0 or 1.
    ///
    /// # Errors
    /// A fault if it holds no integer.
    pub fn flag(&self, index: usize) -> Result<bool, StoreError> {
        Ok(self.int(index)? != 0)
    }

    /// Returns the side in column `index`, stored as 1 for debit and -1 for credit.
    ///
    /// # Errors
    /// A fault if it holds no integer.
    pub fn side(&self, index: usize) -> Result<Side, StoreError> {
        self.int(index).map(side_of)
    }
}

/// Returns the side stored as 1 (debit) or -1 (credit).
#[must_use]
pub const fn side_of(stored: i64) -> Side {
    if stored < 0 { Side::Credit } else { Side::Debit }
}

fn unexpected(index: usize, wanted: &str, found: Cell<'_>) -> StoreError {
    Fault::Corrupt { detail: format!("column {index}: {wanted} expected, {found:?} found") }.into()
}
