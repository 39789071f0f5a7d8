//! A list as a table: columns and cells, the same for the screen, the clipboard and the export.

use super::message::Tone;
use crate::domain::money::Currency;

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// At the right edge; amounts stand at their decimal point.
    Right,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Locale key of its head.
    pub title: &'static str,
    /// Where its text stands.
    pub align: Align,
    /// Narrowest it may be drawn before it is left out.
    pub min: u16,
    /// Widest it may be drawn.
    pub max: u16,
    /// Left out early where room is short; 0 is never left out.
    pub shed: u8,
    /// Whether it takes the room that is left.
    pub grow: bool,
    /// Whether it names the row: cut only after every other.
    pub id: bool,
    /// Whether it stands under the row where it is left out.
    pub stacks: bool,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub const fn text(title: &'static str, min: u16, max: u16) -> Self {
        Self { title, align: Align::Left, min, max, shed: 0, grow: false, id: false, stacks: false }
    }

    /// A column of amounts or numbers.
    #[must_use]
    pub const fn number(title: &'static str) -> Self {
        Self { title, align: Align::Right, min: 4, max: 30, shed: 0, grow: false, id: false, stacks: false }
    }

    /// The column, left out where room is short; the highest goes first.
    #[must_use]
    pub const fn shed(mut self, order: u8) -> Self {
        self.shed = order;
        self
    }

    /// The column, put under the row where it is left out.
    #[must_use]
    pub const fn stacks(mut self) -> Self {
        self.stacks = true;
        self
    }

    /// The column, naming the row.
    #[must_use]
    pub const fn id(mut self) -> Self {
        self.id = true;
        self
    }

    /// The column, taking the room that is left.
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
        /// A word before it (a side), empty for none.
        before: String,
        /// How it stands out; zero is dim by itself.
        tone: Tone,
    },
}

impl Cell {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Tone::Plain)
    }

    /// Text with a tone.
    #[must_use]
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self::Text(text.into(), tone)
    }

    /// Nothing.
    #[must_use]
    pub fn blank() -> Self {
        Self::text("")
    }

    /// An amount in a currency.
    #[must_use]
    pub fn amount(minor: i64, currency: Currency) -> Self {
        Self::Amount { minor, decimals: currency.exponent(), before: String::new(), tone: Tone::Plain }
    }

    /// An amount in the currency of that code.
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

/// A row: its cells, an indented line under it where there is one, and whether it is marked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Cells, one per column.
    pub cells: Vec<Cell>,
    /// A line under the row.
    pub under: Option<(String, Tone)>,
    /// Whether it is marked.
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
