//! The rows of a query on a SQLite file of somebody else's as text. The file is only read.

use super::reason::{FileError, Reason, shown};
use super::rendered::{TextTable, number_text};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;

/// The beginning of a SQLite file.
pub(super) const SQLITE: &[u8] = b"SQLite format 3\0";

fn bad(detail: &dyn std::fmt::Display) -> Box<FileError> {
    FileError::whole(Reason::BadQuery { detail: shown(&detail.to_string()) })
}

/// Returns the rows of a query as text below a header of their columns.
pub(super) fn as_text(path: &Path, query: &str) -> Result<File, Box<FileError>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(|error| bad(&error))?;
    for (setting, value) in [("query_only", true), ("trusted_schema", false)] {
        database.pragma_update(None, setting, value).map_err(|error| bad(&error))?;
    }
    let mut statement = database.prepare(query).map_err(|error| bad(&error))?;
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(bad(&"not a SELECT"));
    }
    let mut table = TextTable::new()?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    table.row(names.iter().map(String::as_str))?;
    let mut rows = statement.query([]).map_err(|error| bad(&error))?;
    let (mut number, mut cells) = (0, Vec::new());
    while let Some(row) = rows.next().map_err(|error| bad(&error))? {
        number += 1;
        cells.clear();
        for (index, name) in names.iter().enumerate() {
            let text = match row.get_ref(index).map_err(|error| bad(&error))? {
                ValueRef::Null => String::new(),
                ValueRef::Integer(value) => value.to_string(),
                ValueRef::Real(value) => number_text(value),
                ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                    .map_err(|error| in_row(bad(&error), number, index, name))?
                    .to_owned(),
                ValueRef::Blob(_) => return Err(in_row(bad(&"a blob"), number, index, name)),
            };
            cells.push(text);
        }
        table.row(cells.iter().map(String::as_str))?;
    }
    table.finish()
}

/// Adds row and column.
fn in_row(mut error: Box<FileError>, number: u64, index: usize, name: &str) -> Box<FileError> {
    error.line = Some(number);
    error.in_column(index, Some(name))
}
