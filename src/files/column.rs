//! The columns of the files that are our own, as their readers check them and as the command line's help shows them.

/// A column of a file.
#[derive(Debug, Clone, Copy)]
pub struct FileColumn {
    /// Its name in the header.
    pub name: &'static str,
    /// False if the column may be missing when all its values would be empty.
    pub required: bool,
    /// What its fields contain.
    pub accepts: Accepts,
}

/// What the fields of a column contain.
#[derive(Debug, Clone, Copy)]
pub enum Accepts {
    /// A name of the books: a number or reference without blanks around it.
    Name,
    /// Any text.
    Text,
    /// A whole number from 1.
    Number,
    /// An amount in major units with a decimal point.
    Amount,
    /// An ISO 4217 code.
    Currency,
    /// A local time, or one with its offset.
    Time,
    /// An ISO date.
    Date,
    /// A kind of trade that the ledger knows.
    TradeKind,
    /// A channel that the ledger knows.
    Channel,
    /// An event that the ledger knows.
    Event,
    /// One of these words.
    Words(fn() -> Vec<&'static str>),
}

/// Returns a column that a file must have.
pub(crate) const fn required(name: &'static str, accepts: Accepts) -> FileColumn {
    FileColumn { name, required: true, accepts }
}

/// Returns a column that may be missing.
pub(crate) const fn optional(name: &'static str, accepts: Accepts) -> FileColumn {
    FileColumn { name, required: false, accepts }
}

/// Returns the words of a table of words.
pub(crate) fn words_of<T>(table: &[(&'static str, T)]) -> Vec<&'static str> {
    table.iter().map(|(word, _)| *word).collect()
}
