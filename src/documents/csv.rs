//! CSV for spreadsheets: title and facts first, then each section's heading, notes and table.

use super::ReportDocument;
use crate::files::export::escape_formula;

/// Returns a document as CSV. A spreadsheet takes a file without a byte order mark for one in its own old encoding.
pub(super) fn write(document: &ReportDocument) -> String {
    let mut builder = ::csv::WriterBuilder::new();
    builder.flexible(true).terminator(::csv::Terminator::CRLF);
    let mut writer = builder.from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows(document) {
        // A vector takes every row.
        let _ = writer.write_record(row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn rows(document: &ReportDocument) -> Vec<Vec<String>> {
    let text = |text: &String| escape_formula(text).into_owned();
    let mut rows = vec![vec![text(&document.title)]];
    rows.extend(document.facts.iter().map(|(name, value)| vec![text(name), text(value)]));
    for section in &document.sections {
        rows.push(vec![String::new()]);
        rows.push(vec![text(&section.heading)]);
        rows.extend(section.notes.iter().map(|note| vec![text(note)]));
        if let Some(table) = &section.table {
            rows.push(table.columns.iter().map(|(head, _)| text(head)).collect());
            rows.extend(table.rows.iter().map(|row| {
                let cells = row.iter().zip(&table.columns);
                // An amount without thousands marks is a number to a spreadsheet of any country.
                cells
                    .map(|(cell, (_, amount))| if *amount { cell.replace(',', "") } else { text(cell) })
                    .collect()
            }));
        }
    }
    rows
}
