//! A table of somebody else's, read by a profile into rows of one of our own formats.
//!
//! The reader of that format gets the rows with a header of its own names and reads them as those of its files; what
//! it refuses is told with the table's column.

use super::bad_rows::{BadRows, Survey};
use super::decoded::decoded;
use super::fields::{Fields, Record};
use super::json_lines::refused_line;
use super::lines::{Encoding, Lines, io_reason};
use super::reader::Summary;
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row};
use crate::files::profile::{
    Above, CellMistake, FooterMistake, HeaderMistake, MAX_HEADER_ROW, Mapping, RowIs, TableProfile,
    TextEncoding, Totals, Values, fields_found,
};
use serde::Serialize;
use std::cell::RefCell;
use std::io::Read;

/// Why a row of a table becomes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkippedRow {
    /// Its cells are empty.
    Blank,
    /// The profile skips rows with this value in this column.
    Value {
        /// Name of the column.
        column: String,
        /// The value.
        value: String,
    },
    /// It belongs to the footer.
    Footer,
}

/// What a row of a table would become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The fields of our format with their values; none if the row is skipped or refused.
    pub fields: Vec<(String, String)>,
    /// Why it becomes nothing.
    pub skipped: Option<SkippedRow>,
    /// Why it is refused.
    pub error: Option<FileError>,
}

/// A row that is not refused, or the end of the rows.
enum Told<'r, T> {
    /// A record: its values, and what the reader made of them.
    Taken(&'r Header, Record<'r>, T),
    Skipped(SkippedRow),
    /// What the reader had kept of the last rows.
    Ended(T),
}

/// A reader of our own format, to which a profile gives rows with our own columns.
pub(super) trait RowReader {
    /// The columns that it found.
    type Columns;
    /// What it makes of a row.
    type Taken;

    /// Finds the columns in a header.
    ///
    /// # Errors
    /// A column that is missing.
    fn open(&mut self, header: &Header) -> Result<Self::Columns, Box<FileError>>;

    /// Reads a row; `text` is the table's own row. `bad` takes mistakes that are not of this row.
    ///
    /// # Errors
    /// Why the row is refused.
    fn take(
        &mut self,
        columns: &Self::Columns,
        row: &Row<'_>,
        text: &str,
        bad: &mut BadRows<'_>,
    ) -> Result<Self::Taken, Box<FileError>>;

    /// Passes over a row that could not be read as one of the table.
    fn unreadable(&mut self) {}

    /// Returns what was kept of the last rows; called once behind them.
    ///
    /// # Errors
    /// What is wrong with it.
    fn end(&mut self, _bad: &mut BadRows<'_>) -> Result<Option<Self::Taken>, Box<FileError>> {
        Ok(None)
    }
}

/// Reads a table; `each` gets what the reader makes of each record, with its line.
pub(super) fn read<R: RowReader, E>(
    input: impl Read,
    profile: &TableProfile,
    bad: &mut BadRows<'_>,
    reader: &mut R,
    each: &mut dyn FnMut(u64, R::Taken) -> Result<(), E>,
) -> Result<Summary, ReadError<E>> {
    rows(input, profile, bad, reader, &mut |line, told| match told {
        Told::Taken(_, _, taken) | Told::Ended(taken) => each(line, taken),
        Told::Skipped(_) => Ok(()),
    })
}

/// Tells what each row of a table would become, without an end at the first that is refused.
///
/// # Errors
/// What is wrong with the table as a whole.
pub(super) fn tried<R: RowReader>(
    input: impl Read,
    profile: &TableProfile,
    reader: &mut R,
    each: &mut dyn FnMut(TriedRow),
) -> Result<Summary, Box<FileError>> {
    let each = RefCell::new(each);
    let tell = |row: TriedRow| (each.borrow_mut())(row);
    let mut refused = |error: FileError, _: &str| {
        let line = error.line.unwrap_or_default();
        tell(TriedRow { line, fields: Vec::new(), skipped: None, error: Some(error) });
    };
    let bad = &mut BadRows::Tell(Survey { each: &mut refused, count: 0 });
    let read = rows(input, profile, bad, reader, &mut |line, told| {
        let (mut fields, mut skipped) = (Vec::new(), None);
        match told {
            Told::Taken(header, record, _) => {
                let values = record.iter().map(str::to_owned);
                fields = header.names().iter().cloned().zip(values).collect();
            }
            Told::Skipped(why) => skipped = Some(why),
            Told::Ended(_) => return Ok(()),
        }
        tell(TriedRow { line, fields, skipped, error: None });
        Ok::<(), std::convert::Infallible>(())
    });
    match read {
        Ok(summary) => Ok(summary),
        Err(ReadError::File(error)) => Err(error),
        Err(ReadError::Each(never)) => match never {},
    }
}

/// Reads the rows of a table.
fn rows<R: RowReader, E>(
    input: impl Read,
    profile: &TableProfile,
    bad: &mut BadRows<'_>,
    reader: &mut R,
    each: &mut dyn FnMut(u64, Told<'_, R::Taken>) -> Result<(), E>,
) -> Result<Summary, ReadError<E>> {
    let text =
        decoded(input, profile.layout.encoding).map_err(|error| FileError::at(1, io_reason(&error)))?;
    let mut lines = Lines::with_blank_lines(text, encoding(profile.layout.encoding));
    let mut fields = Fields::delimited(profile.layout.delimiter);
    let (table, mapping) = find_header(&mut lines, &mut fields, profile)?;
    if profile.layout.header_is_added {
        lines.count_anew();
    }
    let header = table.mapped(mapping.fields());
    let columns = reader.open(&header)?;
    let (mut values, mut totals) = (Values::default(), Totals::default());
    let (mut count, mut in_footer) = (0, false);
    while let Some(line) = lines.next_row(bad)? {
        let (number, text) = (line.number, line.text);
        if let Some((reason, raw)) = refused_line(text).filter(|_| profile.layout.header_is_added) {
            reader.unreadable();
            bad.take(FileError::at(number, reason), raw)?;
            count += 1;
            continue;
        }
        let record = match fields.split(line) {
            Ok(record) => record,
            Err(error) => {
                reader.unreadable();
                bad.take(error, text)?;
                count += 1;
                continue;
            }
        };
        let cell = |index: usize| record.get(index);
        let is = if in_footer { Ok(RowIs::Footer) } else { mapping.row(record.len(), &cell, &mut values) };
        let told = match is {
            Ok(RowIs::Blank) => Told::Skipped(SkippedRow::Blank),
            Ok(RowIs::Skipped(index)) => Told::Skipped(SkippedRow::Value {
                column: shown(table.name(index)),
                value: shown(cell(index).trim()),
            }),
            Ok(RowIs::Footer) => {
                in_footer = true;
                totals
                    .footer(&mapping, text, &cell)
                    .map_err(|mistake| FileError::at(number, footer_reason(mistake)))?;
                Told::Skipped(SkippedRow::Footer)
            }
            record_or_mistake => {
                count += 1;
                let row = whole(&table, record, number).and_then(|()| match record_or_mistake {
                    Err((index, mistake)) => Err(table.refuse(index, number, cell_reason(mistake))),
                    Ok(_) => header.row(Record::of(&values.text, &values.spans), number),
                });
                let read = match row {
                    Ok(row) => reader.take(&columns, &row, text, bad),
                    Err(error) => {
                        reader.unreadable();
                        Err(error)
                    }
                };
                match read {
                    Ok(taken) => {
                        totals.add(&mapping, &cell);
                        Told::Taken(&header, Record::of(&values.text, &values.spans), taken)
                    }
                    Err(error) => {
                        bad.take(error, text)?;
                        continue;
                    }
                }
            }
        };
        each(number, told).map_err(ReadError::Each)?;
    }
    if let Some(kept) = reader.end(bad)? {
        each(lines.number(), Told::Ended(kept)).map_err(ReadError::Each)?;
    }
    if !bad.any() {
        totals.check(&mapping).map_err(|mistake| FileError::at(lines.number(), footer_reason(mistake)))?;
    }
    // A footer that was found shows the end; without one only the last line's break does.
    let last_line_ended = lines.ended() || in_footer;
    Ok(Summary { lines: count, items: count, last_line_ended })
}

/// Returns how the lines of a table are decoded.
const fn encoding(encoding: TextEncoding) -> Encoding {
    match encoding {
        TextEncoding::Auto => Encoding::Either,
        TextEncoding::Gbk | TextEncoding::Gb18030 => Encoding::Gbk,
        TextEncoding::Utf8 | TextEncoding::Utf16 | TextEncoding::Windows1252 => Encoding::Utf8,
    }
}

/// Finds the header: the row that the profile names, or the first row that has its columns. A table without one has the
/// columns that the profile names.
fn find_header<'p, R: Read>(
    lines: &mut Lines<R>,
    fields: &mut Fields,
    profile: &'p TableProfile,
) -> Result<(Header, Mapping<'p>), Box<FileError>> {
    if !profile.columns.is_empty() {
        let table = Header::of_table(profile.columns.clone(), 1);
        return match Mapping::of(profile, &profile.columns) {
            Ok(mapping) => Ok((table, mapping)),
            Err(mistake) => Err(header_error(&table, 1, mistake)),
        };
    }
    let wanted = profile.layout.header;
    let last = wanted.unwrap_or(MAX_HEADER_ROW.unsigned_abs());
    // What the row with most of the columns lacks, and how many it has.
    let mut nearest: Option<(usize, Box<FileError>)> = None;
    let mut above = Above::of(profile);
    while lines.number() < last {
        let Some(line) = lines.next()? else { break };
        let number = line.number;
        // A title above the header may have any quotes.
        let Ok(record) = fields.split(line) else { continue };
        let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        if wanted.is_some_and(|wanted| number < wanted) {
            above.row(&names);
            continue;
        }
        match Mapping::of(profile, &names) {
            Ok(mapping) => {
                let mapping = mapping.with(above).map_err(|(field, names)| {
                    let (field, names) = (field.to_owned(), shown(&names));
                    FileError::at(number, Reason::MissingAbove { field, names })
                })?;
                return Ok((Header::of_table(names, number), mapping));
            }
            Err(mistake) => {
                let found = fields_found(profile, &names);
                if nearest.as_ref().is_none_or(|(most, _)| found > *most) {
                    let table = Header::of_table(names, number);
                    nearest = Some((found, header_error(&table, number, mistake)));
                    above.row(table.names());
                } else {
                    above.row(&names);
                }
            }
        }
    }
    // A file with rows is not empty; the header is said to be in one that it does not have.
    let none = || match wanted.filter(|_| lines.number() > 0) {
        Some(row) => FileError::whole(Reason::NoHeaderRow { row }),
        None => FileError::whole(Reason::Empty {}),
    };
    Err(nearest.map_or_else(none, |(_, error)| error))
}

/// Returns why a header is refused.
fn header_error(table: &Header, line: u64, mistake: HeaderMistake) -> Box<FileError> {
    match mistake {
        HeaderMistake::Missing { field, names } => {
            FileError::at(line, Reason::MissingColumnOf { field: field.to_owned(), names: shown(&names) })
        }
        HeaderMistake::Twice { name, second } => {
            table.refuse(second, line, Reason::DuplicateColumn { name: shown(&name) })
        }
        HeaderMistake::Two { field, first, second } => {
            let (field, first, second_name) = (field.to_owned(), shown(&first), shown(table.name(second)));
            table.refuse(second, line, Reason::TwoColumnsOf { field, first, second: second_name })
        }
    }
}

/// Refuses a record that is cut or too long, and the header once more. Empty cells behind the last column are none.
fn whole(table: &Header, record: Record<'_>, line: u64) -> Result<(), Box<FileError>> {
    let (expected, found) = (table.len(), record.len());
    if found < expected {
        return Err(table.refuse(found, line, Reason::TooFewFields { expected, found }));
    }
    if (expected..found).any(|index| !record.get(index).trim().is_empty()) {
        return Err(table.refuse(expected, line, Reason::TooManyFields { expected, found }));
    }
    if (0..expected).all(|index| record.get(index).trim() == table.name(index)) {
        return Err(FileError::at(line, Reason::HeaderAgain {}));
    }
    Ok(())
}

/// Returns why a cell is refused.
fn cell_reason(mistake: CellMistake) -> Reason {
    match mistake {
        CellMistake::NotInMap { field, value, words } => {
            Reason::NotInMap { value: shown(&value), field: field.to_owned(), words: shown(&words) }
        }
        CellMistake::NotANumber { value, decimal, thousands } => Reason::NumberMarks {
            value: shown(&value),
            decimal: decimal.to_string(),
            thousands: thousands.map_or_else(|| "-".to_owned(), String::from),
        },
        CellMistake::NotADate { value, .. } if is_date_number(&value) => {
            Reason::DateNumber { value: shown(&value) }
        }
        CellMistake::NotADate { value, patterns } => {
            Reason::NoPattern { value: shown(&value), patterns: shown(&patterns) }
        }
        CellMistake::BothWays => Reason::InAndOut {},
        CellMistake::NotSame { value, column, other } => {
            Reason::NotSame { value: shown(&value), column: shown(&column), other: shown(&other) }
        }
    }
}

/// Returns whether a text is a day between 1954 and 2091 as spreadsheet programs count it, perhaps with a time of day.
fn is_date_number(text: &str) -> bool {
    let (day, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    day.len() == 5 && digits(day) && digits(part) && (20_000..70_000).contains(&day.parse().unwrap_or(0))
}

/// Returns why a footer is refused.
fn footer_reason(mistake: FooterMistake) -> Reason {
    match mistake {
        FooterMistake::Missing { what } => Reason::FooterMissing { what: shown(&what) },
        FooterMistake::Unreadable { value } => Reason::BadFooter { value: shown(&value) },
        FooterMistake::Count { name, expected, actual } => Reason::FooterCount { name, expected, actual },
        FooterMistake::Sum { name, expected, actual } => Reason::FooterSum { name, expected, actual },
    }
}

#[cfg(test)]
#[path = "mapped_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "mapped_formats_tests.rs"]
mod format_tests;
