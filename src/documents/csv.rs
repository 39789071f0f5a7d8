//! CSV for spreadsheets: title and facts first, then each section's heading, notes and table.

use super::ReportDocument;
use crate::files::export::escape_formula;
use std::borrow::Cow;

/// Returns a document as CSV. A spreadsheet takes a file without a byte order mark for one in its own old encoding.
pub(super) fn write(document: &ReportDocument) -> String {
    let mut builder = ::csv::WriterBuilder::new();
    builder.flexible(true).terminator(::csv::Terminator::CRLF);
    let mut writer = builder.from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows(document) {
        // A vector takes every row.
        let _ = writer.write_record(row.into_iter().map(|text| safe(text).into_owned()));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn rows(document: &ReportDocument) -> Vec<Vec<&str>> {
    let mut rows: Vec<Vec<&str>> = vec![vec![&document.title]];
    rows.extend(document.facts.iter().map(|(name, value)| vec![name.as_str(), value]));
    for section in &document.sections {
        rows.push(vec![""]);
        rows.push(vec![&section.heading]);
        rows.extend(section.notes.iter().map(|note| vec![note.as_str()]));
        if let Some(table) = &section.table {
            rows.push(table.columns.iter().map(|(head, _)| head.as_str()).collect());
            rows.extend(table.rows.iter().map(|row| row.iter().map(String::as_str).collect()));
        }
    }
    rows
}

/// Returns a text that is no formula. An amount is none, though it may begin with a minus.
fn safe(text: &str) -> Cow<'_, str> {
    let amount = text.strip_prefix('-');
    let is_amount =
        amount.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.'));
    if is_amount { Cow::Borrowed(text) } else { escape_formula(text) }
}
