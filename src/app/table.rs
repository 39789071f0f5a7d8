//! Tables: columns and cells, shared by the screen, the clipboard and the export.

use super::message::Tone;
use crate::domain::money::Currency;

/// Alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Left-aligned.
    Left,
    /// Right-aligned; amounts are aligned at their decimal point.
    Right,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Locale key of its head.
    pub title: &'static str,
    /// Its alignment.
    pub align: Align,
    /// Minimum width in cells; narrower, it is left out.
    pub min: u16,
    /// Maximum width in cells.
    pub max: u16,
    /// Order in which columns are left out if room is short, the highest first; 0 is never left out.
    pub shed: u8,
    /// True if it takes the remaining room.
    pub grow: bool,
    /// True if it names the row: it is cut only after every other.
    pub id: bool,
    /// True if it is shown under the row when it is left out.
    pub stacks: bool,
}

impl Column {
    /// Returns a column of text.
    #[must_use]
    pub const fn text(title: &'static str, min: u16, max: u16) -> Self {
        Self { title, align: Align::Left, min, max, shed: 0, grow: false, id: false, stacks: false }
    }

    /// Returns a column of amounts or numbers.
    #[must_use]
    pub const fn number(title: &'static str) -> Self {
        Self { title, align: Align::Right, min: 4, max: 30, shed: 0, grow: false, id: false, stacks: false }
    }

    /// Returns the column, left out if room is short; the highest `order` goes first.
    #[must_use]
    pub const fn shed(mut self, order: u8) -> Self {
        self.shed = order;
        self
    }

    /// Returns the column, shown under the row when it is left out.
    #[must_use]
    pub const fn stacks(mut self) -> Self {
        self.stacks = true;
        self
    }

    /// Returns the column as one that names the row.
    #[must_use]
    pub const fn id(mut self) -> Self {
        self.id = true;
        self
    }

    /// Returns the column, taking the remaining room.
    #[must_use]
    pub const fn grow(mut self) -> Self {
        self.grow = true;
        self
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Text(String, Tone),
    /// An amount: drawn whole or not at all.
    Amount {
        /// Minor units.
        minor: i64,
        /// Decimals of the currency.
        decimals: u32,
        /// A word before it (the side); empty if there is none.
        before: String,
        /// Its tone; zero is always dim.
        tone: Tone,
    },
}

impl Cell {
    /// Returns plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Tone::Plain)
    }

    /// Returns text with a tone.
    #[must_use]
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self::Text(text.into(), tone)
    }

    /// Returns an empty cell.
    #[must_use]
    pub fn blank() -> Self {
        Self::text("")
    }

    /// Returns an amount in a currency.
    #[must_use]
    pub fn amount(minor: i64, currency: Currency) -> Self {
        Self::Amount { minor, decimals: currency.exponent(), before: String::new(), tone: Tone::Plain }
    }

    /// Returns an amount in the currency of that code.
    #[must_use]
    pub fn amount_in(minor: i64, code: &str) -> Self {
        Self::Amount {
            minor,
            decimals: super::format::decimals(code),
            before: String::new(),
            tone: Tone::Plain,
        }
    }
}

/// A row: its cells, the indented line under it if there is one, and its mark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Cells, one per column.
    pub cells: Vec<Cell>,
    /// The line under the row.
    pub under: Option<(String, Tone)>,
    /// True if it is marked.
    pub marked: bool,
}

impl From<Vec<Cell>> for Row {
    fn from(cells: Vec<Cell>) -> Self {
        Self { cells, ..Self::default() }
    }
}

/// Columns and some rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
}
