//! A spreadsheet's sheet as text: XLSX, XLS or ODS. A row of the sheet is a line, and its columns are those of the
//! sheet.
//!
//! A date is written as `2018-09-12`, one with a time of day as `2018-09-12 09:00:01`, a time of day alone as
//! `09:00:01`. Numbers are written as the shortest text that means them.

use super::foreign::OPEN_DOCUMENT;
use super::reason::{FileError, Reason, shown};
use super::rendered::{TextTable, number_text};
use calamine::{Data, DataRef, ExcelDateTime, Ods, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsx};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use zip::ZipArchive;

/// Largest XLS or ODS: its cells are held in memory, those of an XLSX are not.
const MAX_HELD_BYTES: u64 = 64 << 20;

/// Most bytes that the parts of a spreadsheet may have unpacked.
const MAX_PARTS_BYTES: u64 = 1 << 30;

/// Returns a sheet as text: the one named, else the first that is visible.
pub(super) fn as_text(mut file: File, sheet: Option<&str>) -> Result<File, Box<FileError>> {
    let mut start = [0; 4096];
    let count = file.read(&mut start).map_err(|error| damaged(&error))?;
    file.rewind().map_err(|error| damaged(&error))?;
    let start = start.get(..count).unwrap_or_default();
    let is_ods = start.windows(OPEN_DOCUMENT.len()).any(|window| window == OPEN_DOCUMENT);
    let mut out = Rows { table: TextTable::new()?, row: Vec::new(), number: 0 };
    let name;
    let sheets;
    if !start.starts_with(b"PK") {
        let mut book = Xls::new(small(file)?).map_err(|error| damaged(&error))?;
        (name, sheets) = chosen(book.sheets_metadata(), sheet)?;
        held(&mut out, &book.worksheet_range(&name).map_err(|error| damaged(&error))?)?;
    } else if is_ods {
        let mut book = Ods::new(small(unpacked_fits(file)?)?).map_err(|error| damaged(&error))?;
        (name, sheets) = chosen(book.sheets_metadata(), sheet)?;
        held(&mut out, &book.worksheet_range(&name).map_err(|error| damaged(&error))?)?;
    } else {
        let mut book = Xlsx::new(BufReader::new(unpacked_fits(file)?)).map_err(|error| damaged(&error))?;
        (name, sheets) = chosen(book.sheets_metadata(), sheet)?;
        let mut cells = book.worksheet_cells_reader(&name).map_err(|error| damaged(&error))?;
        while let Some(cell) = cells.next_cell().map_err(|error| damaged(&error))? {
            let text = match cell.get_value() {
                DataRef::SharedString(text) => (*text).to_owned(),
                other => text_of(&Data::from(other.clone())),
            };
            out.cell(cell.get_position(), text)?;
        }
    }
    if out.is_empty() {
        return Err(FileError::whole(Reason::EmptySheet { sheet: shown(&name), sheets }));
    }
    out.finish()
}

fn damaged(error: &dyn std::fmt::Display) -> Box<FileError> {
    FileError::whole(Reason::SpreadsheetDamaged { detail: shown(&error.to_string()) })
}

/// Refuses a file that is too large to be held.
fn small(file: File) -> Result<BufReader<File>, Box<FileError>> {
    let bytes = file.metadata().map_err(|error| damaged(&error))?.len();
    if bytes > MAX_HELD_BYTES {
        return Err(FileError::whole(Reason::UnpackedTooLarge { limit: MAX_HELD_BYTES }));
    }
    Ok(BufReader::new(file))
}

/// Refuses a file whose parts say that they are too large.
fn unpacked_fits(file: File) -> Result<File, Box<FileError>> {
    let copy = file.try_clone().map_err(|error| damaged(&error))?;
    let archive = ZipArchive::new(BufReader::new(copy)).map_err(|error| damaged(&error))?;
    let mut bytes: u64 = 0;
    for index in 0..archive.len() {
        let part = archive.by_index_data(index).map_err(|error| damaged(&error))?;
        bytes = bytes.saturating_add(part.size());
    }
    if bytes > MAX_PARTS_BYTES {
        return Err(FileError::whole(Reason::UnpackedTooLarge { limit: MAX_PARTS_BYTES }));
    }
    Ok(file)
}

/// Returns the name of the sheet to read, and those of all.
fn chosen(sheets: &[Sheet], named: Option<&str>) -> Result<(String, String), Box<FileError>> {
    let is_table = |sheet: &&Sheet| sheet.typ == SheetType::WorkSheet;
    let found = match named {
        Some(name) => sheets.iter().filter(is_table).find(|sheet| sheet.name == name),
        None => sheets.iter().filter(is_table).find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    let sheets = shown(&names.join(", "));
    match (found, named) {
        (Some(sheet), _) => Ok((sheet.name.clone(), sheets)),
        (None, Some(name)) => Err(FileError::whole(Reason::NoSheet { sheet: shown(name), sheets })),
        (None, None) => Err(FileError::whole(Reason::NoVisibleSheet { sheets })),
    }
}

/// Writes the cells of a sheet that is held.
fn held(out: &mut Rows, range: &calamine::Range<Data>) -> Result<(), Box<FileError>> {
    let (top, left) = range.start().unwrap_or_default();
    for (row, column, cell) in range.used_cells() {
        let place =
            |offset: u32, index: usize| offset.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
        out.cell((place(top, row), place(left, column)), text_of(cell))?;
    }
    Ok(())
}

/// The rows of a sheet, written one after another.
struct Rows {
    table: TextTable,
    /// The row that is open.
    row: Vec<String>,
    /// Its number, from 0.
    number: u32,
}

impl Rows {
    /// Adds a cell; cells come row by row.
    fn cell(&mut self, (row, column): (u32, u32), text: String) -> Result<(), Box<FileError>> {
        if row < self.number {
            return Err(damaged(&"rows out of order"));
        }
        while self.number < row {
            self.end_row()?;
        }
        let column = column as usize;
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        if let Some(cell) = self.row.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    /// Returns whether no cell came.
    const fn is_empty(&self) -> bool {
        self.number == 0 && self.row.is_empty()
    }

    fn end_row(&mut self) -> Result<(), Box<FileError>> {
        self.table.row(self.row.iter().map(String::as_str))?;
        self.row.clear();
        self.number += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<File, Box<FileError>> {
        if !self.row.is_empty() {
            self.end_row()?;
        }
        self.table.finish()
    }
}

/// Returns a cell as text.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTimeIso(text) => text.replacen('T', " ", 1),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(*number),
        Data::Bool(is_true) => is_true.to_string(),
        Data::DateTime(moment) => moment_text(*moment),
        Data::Error(error) => error.to_string(),
    }
}

/// Returns a date, a time of day, or both.
fn moment_text(moment: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let time = if milli == 0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}.{milli:03}")
    };
    let days = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&days) {
        return time;
    }
    if (hour, minute, second, milli) == (0, 0, 0, 0) {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}-{month:02}-{day:02} {time}")
}
