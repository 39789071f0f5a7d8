//! Profiles: how a table that somebody else made, with whatever columns, becomes rows of one of our own formats.
//!
//! A profile is a TOML file. It says where the header is, which column is which field of our format, how numbers,
//! times and words are written, which rows are no records, and what the footer must say. The values that it makes
//! are texts; what they must be is checked by the reader of our format, so that no rule is written twice.
//!
//! | module | job |
//! |---|---|
//! | `form`, `parse`, `definition` | the TOML, its mistakes, the profile without mistakes |
//! | `mapping`, `heading` | columns found in a header, what stands above it, and the values of each row |
//! | `number`, `time` | how cells are written |
//! | `guess` | a profile proposed for a table |
//! | `shipped` | the profiles that the program brings along |
//! | `footer` | counts and sums that a table says of itself |
//!
//! This room knows no files: `files/import/mapped.rs` reads the rows.

mod definition;
mod footer;
mod form;
mod guess;
mod heading;
mod mapping;
mod number;
mod parse;
mod shipped;
mod time;

pub use definition::{LetterCase, Makes, SignRule, TableProfile, TextEncoding};
pub(crate) use footer::{FooterMistake, Totals};
pub(crate) use guess::{SampleTable, fits, guess, known_headings};
pub(crate) use heading::Above;
pub(crate) use mapping::{CellMistake, HeaderMistake, Mapping, RowIs, Values, fields_found};
pub(crate) use parse::MAX_HEADER_ROW;
pub(crate) use shipped::HEADINGS;
pub use shipped::{SHIPPED_PROFILES, ShippedProfile};

use super::column::FileColumn;
use crate::domain::authored::AuthoredError;
use definition::{CellSource, TableLayout};
use jiff::civil::Date;

impl TableProfile {
    /// Reads a profile; `columns` returns the columns of the format that it makes.
    ///
    /// # Errors
    /// Every mistake with its line and column.
    pub fn parse(
        file: &str,
        text: &str,
        columns: fn(Makes) -> &'static [FileColumn],
    ) -> Result<Self, Vec<AuthoredError>> {
        parse::parse(file, text, columns)
    }

    /// Returns the profile with the only day whose rows a statement takes.
    #[must_use]
    pub fn of_day(self, day: Option<Date>) -> Self {
        Self { day, ..self }
    }

    /// Returns the profile for its table written as text: UTF-8 with commas. If the header is a line that was added,
    /// lines are counted without it.
    pub(crate) fn of_text(&self, header_is_added: bool) -> Self {
        let header = if header_is_added { Some(1) } else { self.layout.header };
        let layout = TableLayout { encoding: TextEncoding::Utf8, delimiter: b',', header, header_is_added };
        // A line that was added names the columns.
        let columns = if header_is_added { Vec::new() } else { self.columns.clone() };
        Self { layout, columns, ..self.clone() }
    }

    /// Returns the value that a field has in every row; `None` if it comes from a column.
    pub(crate) fn constant(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        match &field.from {
            CellSource::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the names of the fields that it fills, in the order of our format.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|field| field.name)
    }
}
