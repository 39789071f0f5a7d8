//! Tables: columns and cells, shared by the screen, the clipboard and the export.

use super::message::Tone;
use crate::domain::money::Currency;
use crate::protocol::totals::CurrencyTotal;

/// Alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Left-aligned.
    Left,
    /// Right-aligned.
    Right,
    /// Right-aligned amounts of money, at their decimal point.
    Amount,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
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
    /// True if it is left out while no row has anything in it.
    pub if_any: bool,
}

/// The column of the currencies, which only a ledger of several has.
const CURRENCY: Column = Column::text("column.currency", 3, 4);

impl Column {
    /// Returns a column of text.
    #[must_use]
    pub const fn text(title: &'static str, min: u16, max: u16) -> Self {
        Self {
            title,
            align: Align::Left,
            min,
            max,
            shed: 0,
            grow: false,
            id: false,
            stacks: false,
            if_any: false,
        }
    }

    /// Returns a column of numbers that are no amounts of money.
    #[must_use]
    pub const fn number(title: &'static str) -> Self {
        Self { align: Align::Right, ..Self::text(title, 4, 30) }
    }

    /// Returns a column of amounts of money.
    #[must_use]
    pub const fn amount(title: &'static str) -> Self {
        Self { align: Align::Amount, ..Self::number(title) }
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

    /// Returns the column, left out while no row has anything in it.
    #[must_use]
    pub const fn if_any(mut self) -> Self {
        self.if_any = true;
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
    /// Sums, each with its currency: on one line as far as there is room, the others under the row.
    Sums(Vec<CurrencyTotal>, Tone),
    /// An amount: drawn whole or not at all.
    Amount {
        /// Minor units.
        minor: i64,
        /// Its currency; `None` if the code is unknown.
        currency: Option<Currency>,
        /// A word before it (the side); empty if there is none.
        before: String,
        /// True if a plus is shown before a positive one.
        plus: bool,
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
        Self::Amount {
            minor,
            currency: Some(currency),
            before: String::new(),
            plus: false,
            tone: Tone::Plain,
        }
    }

    /// Returns an amount in the currency of that code.
    #[must_use]
    pub fn amount_in(minor: i64, code: &str) -> Self {
        Self::Amount {
            minor,
            currency: code.parse().ok(),
            before: String::new(),
            plus: false,
            tone: Tone::Plain,
        }
    }

    /// Returns a sum. In a ledger of several currencies it says its own, and the sums in others are with it.
    #[must_use]
    pub fn sums(minor: i64, code: &str, totals: &[CurrencyTotal], several_currencies: bool) -> Self {
        if totals.is_empty() && !several_currencies {
            return Self::amount_in(minor, code);
        }
        let own = || vec![CurrencyTotal { currency: code.to_owned(), amount_minor: minor }];
        Self::Sums(if totals.is_empty() { own() } else { totals.to_vec() }, Tone::Plain)
    }

    /// Returns the cell with another tone.
    #[must_use]
    pub fn in_tone(mut self, new: Tone) -> Self {
        let (Self::Text(_, tone) | Self::Amount { tone, .. } | Self::Sums(_, tone)) = &mut self;
        *tone = new;
        self
    }

    /// Returns a change in the currency of that code: a rise with a plus.
    #[must_use]
    pub fn change_in(minor: i64, code: &str) -> Self {
        Self::Amount {
            minor,
            currency: code.parse().ok(),
            before: String::new(),
            plus: minor > 0,
            tone: Tone::Strong,
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

impl Row {
    /// Returns the currency of its amounts, which is one.
    fn currency(&self) -> Option<Currency> {
        self.cells.iter().find_map(|cell| match cell {
            Cell::Amount { currency, .. } => *currency,
            Cell::Text(..) | Cell::Sums(..) => None,
        })
    }
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

impl Table {
    /// Returns a table. With `several_currencies` it has one more column, the currency of each row's
    /// amounts: after a single column of amounts, before several.
    #[must_use]
    pub fn new(mut columns: Vec<Column>, mut rows: Vec<Row>, several_currencies: bool) -> Self {
        let mut amounts =
            columns.iter().enumerate().filter(|(_, column)| column.align == Align::Amount).map(|(at, _)| at);
        let place = match (amounts.next(), amounts.next()) {
            (Some(only), None) => only + 1,
            (Some(first), Some(_)) => first,
            (None, _) => return Self { columns, rows },
        };
        drop(amounts);
        if several_currencies {
            columns.insert(place, CURRENCY);
            for row in &mut rows {
                let code = row.currency().map_or("", Currency::code);
                row.cells.insert(place.min(row.cells.len()), Cell::text(code));
            }
        }
        Self { columns, rows }
    }
}
