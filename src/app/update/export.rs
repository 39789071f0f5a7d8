//! What a screen shows, as text for the clipboard and as CSV for a file.

use crate::app::format;
use crate::app::state::State;
use crate::app::table::{Cell, Row, Table};
use crate::files::export::escape_formula;
use crate::i18n;

/// Returns the row under the cursor, its cells separated by tabs.
#[must_use]
pub fn row(state: &State) -> Option<String> {
    let at = state.screen().behave().cursor().at();
    let table = state.screen().behave().table(state.view(), at..at + 1)?;
    let row = table.rows.first()?;
    let cells: Vec<String> = row.cells.iter().map(plain).collect();
    Some(cells.join("\t"))
}

/// Returns every row held as CSV with a head line, and their number.
#[must_use]
pub fn csv(state: &State) -> Option<(String, usize)> {
    let screen = state.screen().behave();
    let table = screen.table(state.view(), 0..screen.cursor().len())?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head: Vec<String> = table.columns.iter().map(|c| i18n::word(state.lang, c.title)).collect();
    writer.write_record(&head).ok()?;
    let Table { rows, .. } = table;
    for Row { cells, .. } in &rows {
        writer.write_record(cells.iter().map(|cell| escape_formula(&plain(cell)).into_owned())).ok()?;
    }
    let bytes = writer.into_inner().ok()?;
    Some((String::from_utf8(bytes).ok()?, rows.len()))
}

/// Returns a cell as plain text; amounts ungrouped, so that a spreadsheet reads them as numbers.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text, _) => text.clone(),
        Cell::Sums(sums, _) => format::totals(sums).replace(',', ""),
        Cell::Amount { minor, currency, before, plus, .. } => {
            let amount = format::figure(*minor, *currency, *plus).replace(',', "");
            if before.is_empty() { amount } else { format!("{before} {amount}") }
        }
    }
}
