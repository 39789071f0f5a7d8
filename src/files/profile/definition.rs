//! A profile: how a table that somebody else made becomes a file of our own format, row by row.

use crate::domain::vocabulary::vocabulary;
use jiff::civil::Date;
use jiff::tz::TimeZone;

vocabulary! {
    /// What the rows of a table become.
    Makes, "target" {
        /// Trades of the trade layer.
        Trades = "trades",
        /// Vouchers of an older system.
        Journal = "journal",
        /// Lines of a channel's statement.
        Statement = "statement",
        /// Lines of a statement of our account at a bank or channel.
        Account = "account",
    }
}

vocabulary! {
    /// The encoding of a table's text.
    TextEncoding, "encoding" {
        /// By the byte order mark, else UTF-8 or GBK.
        Auto = "auto",
        /// UTF-8.
        Utf8 = "utf-8",
        /// GBK.
        Gbk = "gbk",
        /// GB 18030, which contains GBK.
        Gb18030 = "gb18030",
        /// UTF-16, little endian unless a byte order mark says otherwise.
        Utf16 = "utf-16",
        /// Windows-1252, the western European code page.
        Windows1252 = "windows-1252",
    }
}

vocabulary! {
    /// What is done with the sign of an amount.
    SignRule, "sign" {
        /// It stays.
        AsIs = "as_is",
        /// It is dropped.
        Absolute = "absolute",
        /// It is turned.
        Negated = "negated",
    }
}

vocabulary! {
    /// The case in which the letters of a text are written.
    LetterCase, "case" {
        /// Upper case.
        Upper = "upper",
        /// Lower case.
        Lower = "lower",
    }
}

/// A profile without mistakes.
#[derive(Debug, Clone, PartialEq)]
pub struct TableProfile {
    /// Name of its file, for errors.
    pub name: String,
    /// Its text as written.
    pub text: String,
    /// What the rows become.
    pub makes: Makes,
    /// What tables it is for, in Chinese.
    pub title: String,
    /// What tables it is for, in English.
    pub title_en: String,
    /// How the table is written.
    pub(crate) layout: TableLayout,
    /// The names of the columns of a table without a header; none if it has one.
    pub(crate) columns: Vec<String>,
    /// The sheet of a spreadsheet; the first one if `None`.
    pub(crate) sheet: Option<String>,
    /// The query that gives the table from a database.
    pub(crate) query: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) skips: Vec<Skip>,
    pub(super) equals: Vec<Equal>,
    pub(super) footer: Option<Footer>,
    /// The only day whose rows a statement takes; all of them if `None`.
    pub(crate) day: Option<Date>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableLayout {
    pub(crate) encoding: TextEncoding,
    pub(crate) delimiter: u8,
    /// Row of the header, from 1; `None` for the first row that has the columns.
    pub(crate) header: Option<u64>,
    /// True if the header was added as a line before the first, which lines are not counted from.
    pub(crate) header_is_added: bool,
}

/// A field of our own format.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) from: CellSource,
    /// Texts taken off both ends of a cell.
    pub(super) strip: Vec<String>,
    pub(super) case: Option<LetterCase>,
    /// The value of an empty cell.
    pub(super) if_empty: Option<String>,
    /// What the words of the cells mean; any word if `None`.
    pub(super) map: Option<Vec<(String, String)>>,
    /// What every other word means; if `None`, it is refused.
    pub(super) map_else: Option<String>,
    pub(super) form: Form,
}

/// Where a field's values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CellSource {
    /// The same value in each row.
    Constant(String),
    /// A column by any of these names.
    Column(Vec<String>),
    /// A column, or if its cell is empty another.
    Either(Vec<String>, Vec<String>),
    /// Columns of dates, of times of day and of zones, those that the table has, and what the words of zones mean.
    DateAndTime(Vec<Vec<String>>, Vec<(String, String)>),
    /// Columns whose amounts are added up.
    Sum(Vec<Vec<String>>),
    /// A column of money that comes in, and one of money that goes out.
    InAndOut(Vec<String>, Vec<String>),
    /// A column of amounts, one of words that say the sign, and what the words mean: true for minus.
    Sided(Vec<String>, Vec<String>, Vec<(String, bool)>),
    /// The sign of another field.
    SignOf(&'static str),
    /// A column of debits and one of credits, of which one has an amount; it keeps its sign.
    DebitAndCredit(Vec<String>, Vec<String>),
    /// Which of the columns of debits and credits of another field has the amount.
    SideOf(&'static str),
    /// Columns whose texts are put together, those that the table has.
    Joined(Vec<Vec<String>>),
    /// A column that is read where the amount is money that comes in, and one where it goes out.
    BySign(Vec<String>, Vec<String>),
    /// A column, and in a table without it what stands behind one of these labels in a row above the header.
    Above(Vec<String>, Vec<String>),
}

/// How a field's cells are read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// As a number.
    Number(NumberForm),
    /// As a time; as it is if there are no patterns.
    Time(TimeForm),
    /// As a date; as it is if there are no patterns.
    Date(Vec<String>),
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberForm {
    pub(super) decimal: char,
    pub(super) thousands: Option<char>,
    /// How many digits at the end of a whole number are decimals.
    pub(super) scale: usize,
    pub(super) sign: SignRule,
}

/// How times are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimeForm {
    pub(super) patterns: Vec<String>,
    /// The zone of times without an offset; the ledger's if `None`.
    pub(super) zone: Option<TimeZone>,
}

/// Rows that are no records: a cell of one of these columns has one of these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skip {
    pub(super) columns: Vec<String>,
    pub(super) values: Vec<String>,
}

/// Columns that must have the same value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Equal {
    pub(super) columns: Vec<String>,
    pub(super) others: Vec<String>,
}

/// The end of the table: the first row whose first cell starts with one of the marks, and all below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) marks: Vec<String>,
    /// Text before and after the number of rows.
    pub(super) count: Option<(String, String)>,
    pub(super) sums: Vec<Sum>,
}

/// A sum of the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) columns: Vec<String>,
    /// Text before and after the sum; without it the sum is in the column's own cell.
    pub(super) text: Option<(String, String)>,
    pub(super) numbers: NumberForm,
}

impl Field {
    /// Returns the spellings of each column that the field reads.
    pub(super) fn columns(&self) -> Vec<&[String]> {
        match &self.from {
            CellSource::Constant(_) | CellSource::SignOf(_) | CellSource::SideOf(_) => Vec::new(),
            CellSource::Above(names, _) if names.is_empty() => Vec::new(),
            CellSource::Column(names) | CellSource::Above(names, _) => vec![names],
            CellSource::DateAndTime(parts, _) | CellSource::Sum(parts) | CellSource::Joined(parts) => {
                parts.iter().map(Vec::as_slice).collect()
            }
            CellSource::Either(first, second)
            | CellSource::InAndOut(first, second)
            | CellSource::BySign(first, second)
            | CellSource::DebitAndCredit(first, second)
            | CellSource::Sided(first, second, _) => vec![first, second],
        }
    }
}
