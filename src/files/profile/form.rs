//! A profile as it is written: the TOML's keys.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// A profile.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileForm {
    /// What the table becomes.
    pub(super) makes: Spanned<String>,
    pub(super) title: Option<String>,
    pub(super) title_en: Option<String>,
    /// Zone of times without an offset; the ledger's if it is left out.
    pub(super) zone: Option<Spanned<String>>,
    pub(super) table: Option<TableForm>,
    pub(super) fields: Spanned<BTreeMap<Spanned<String>, Spanned<FieldForm>>>,
    #[serde(default)]
    pub(super) skip: Vec<Spanned<SkipForm>>,
    /// Columns that must have the same value in a row.
    #[serde(default)]
    pub(super) equals: Vec<Spanned<EqualForm>>,
    pub(super) footer: Option<Spanned<FooterForm>>,
}

/// How the table is written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct TableForm {
    pub(super) encoding: Option<Spanned<String>>,
    pub(super) delimiter: Option<Spanned<String>>,
    /// Row of the header, from 1; without it the first row that has the columns.
    pub(super) header: Option<Spanned<i64>>,
    /// The names of the columns of a table without a header.
    pub(super) columns: Option<Spanned<Vec<String>>>,
    pub(super) decimal: Option<Spanned<String>>,
    pub(super) thousands: Option<Spanned<String>>,
    /// The sheet of a spreadsheet.
    pub(super) sheet: Option<String>,
    /// The query that gives the table from a database.
    pub(super) query: Option<String>,
}

/// Where the values of a field come from, and how they are read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldForm {
    #[serde(default)]
    pub(super) columns: Vec<Spanned<String>>,
    /// Columns that are read where the cell of `columns` is empty.
    #[serde(default)]
    pub(super) else_columns: Vec<Spanned<String>>,
    pub(super) value: Option<Spanned<String>>,
    /// The case in which the value is written.
    pub(super) case: Option<Spanned<String>>,
    pub(super) map: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    /// What a word that the map does not have means.
    pub(super) map_else: Option<Spanned<String>>,
    pub(super) if_empty: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) strip: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) patterns: Vec<Spanned<String>>,
    pub(super) zone: Option<Spanned<String>>,
    /// Columns of the time of day, if `columns` has the date only.
    #[serde(default)]
    pub(super) time_columns: Vec<Spanned<String>>,
    /// Columns of the zone of a time, and what their words mean.
    #[serde(default)]
    pub(super) zone_columns: Vec<Spanned<String>>,
    pub(super) zone_map: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    /// Columns whose amounts are added up, in place of `columns`: each with its spellings.
    #[serde(default)]
    pub(super) sum_columns: Vec<Vec<Spanned<String>>>,
    pub(super) decimal: Option<Spanned<String>>,
    pub(super) thousands: Option<Spanned<String>>,
    /// How many digits at the end of a whole number are decimals.
    pub(super) scale: Option<Spanned<i64>>,
    pub(super) sign: Option<Spanned<String>>,
    /// Columns whose texts are put together, in place of `columns`: each with its spellings.
    #[serde(default)]
    pub(super) join_columns: Vec<Vec<Spanned<String>>>,
    /// Labels of a cell above the header, for a table without the column.
    #[serde(default)]
    pub(super) above: Vec<Spanned<String>>,
    /// Columns of money that comes in and of money that goes out, in place of `columns`; of a text, the columns that
    /// are read where the amount comes in and where it goes out.
    #[serde(default)]
    pub(super) in_columns: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) out_columns: Vec<Spanned<String>>,
    /// Columns of debits and of credits, in place of `columns`.
    #[serde(default)]
    pub(super) debit_columns: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) credit_columns: Vec<Spanned<String>>,
    /// The amount whose column of debits or credits (`debit`, `credit`) is the value.
    pub(super) side_of: Option<Spanned<String>>,
    /// Columns that say the sign of an amount, and what their words mean.
    #[serde(default)]
    pub(super) side_columns: Vec<Spanned<String>>,
    pub(super) side_map: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    /// The amount whose sign (`+`, `-` or `0`) is the value.
    pub(super) sign_of: Option<Spanned<String>>,
}

/// Rows that are no records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkipForm {
    pub(super) columns: Vec<Spanned<String>>,
    pub(super) is: Vec<String>,
}

/// Columns that must have the same value in a row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EqualForm {
    pub(super) columns: Vec<Spanned<String>>,
    pub(super) others: Vec<Spanned<String>>,
}

/// The end of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FooterForm {
    pub(super) starts: Vec<Spanned<String>>,
    pub(super) count: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) sums: Vec<SumForm>,
}

/// A sum of the footer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SumForm {
    pub(super) columns: Vec<Spanned<String>>,
    pub(super) text: Option<Spanned<String>>,
}
