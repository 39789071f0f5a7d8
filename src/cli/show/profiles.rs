//! Profiles, and what they make of a table.

use super::{L, heads};
use crate::cli::printable::printable;
use crate::cli::refused::words;
use crate::files::import::{SkippedRow, TriedRow};
use crate::files::profile::TableProfile;
use crate::i18n::{Lang, text, word};
use crate::protocol::refusal::mistake;
use serde_json::{Value, json};

/// Rows that become records, and rows that are refused, that are shown unless all are asked for.
const SHOWN_ROWS: usize = 20;

/// Returns the table of profiles.
pub fn profiles(rows: &[(&str, &str, String)], lang: Lang) -> String {
    let mut table = heads(lang, &[("name", L), ("makes", L), ("title", L)]);
    for (name, makes, title) in rows {
        table.row(vec![(*name).to_owned(), (*makes).to_owned(), title.clone()]);
    }
    table.text()
}

/// What the rows of a table would become; the first ones, and how many there are.
pub struct TriedTable {
    rows: Vec<TriedRow>,
    all: bool,
    taken: usize,
    skipped: usize,
    refused: usize,
}

impl TriedTable {
    /// Returns an empty table that keeps all rows, or the first ones.
    pub const fn new(all: bool) -> Self {
        Self { rows: Vec::new(), all, taken: 0, skipped: 0, refused: 0 }
    }

    /// Takes a row.
    pub fn take(&mut self, row: TriedRow) {
        let count = match (&row.skipped, &row.error) {
            (_, Some(_)) => &mut self.refused,
            (Some(_), None) => &mut self.skipped,
            (None, None) => &mut self.taken,
        };
        *count += 1;
        if self.all || *count <= SHOWN_ROWS {
            self.rows.push(row);
        }
    }

    /// Returns how many rows are refused.
    pub const fn refused(&self) -> usize {
        self.refused
    }

    /// Returns the rows and the counts, one a line.
    pub fn text(&self, lang: Lang) -> String {
        let mut shown = String::new();
        for row in &self.rows {
            let (key, what) = match (&row.skipped, &row.error) {
                (_, Some(error)) => {
                    let column = error.column.as_ref().map(ToString::to_string);
                    let reason = words(&mistake(error), lang);
                    ("cli.profile.row_refused", column.map_or(reason.clone(), |at| format!("{at}: {reason}")))
                }
                (Some(skipped), None) => ("cli.profile.row_skipped", reason(skipped, lang)),
                (None, None) => {
                    let filled = row.fields.iter().filter(|(_, value)| !value.is_empty());
                    let fields: Vec<String> = filled.map(|(name, value)| format!("{name}={value}")).collect();
                    ("cli.profile.row_taken", fields.join("  "))
                }
            };
            let args = [("line", row.line.to_string()), ("what", what)];
            shown.push_str(&format!("{}\n", printable(&text(lang, key, &args))));
        }
        let more = self.taken + self.skipped + self.refused - self.rows.len();
        let counts = [
            ("taken", self.taken.to_string()),
            ("skipped", self.skipped.to_string()),
            ("refused", self.refused.to_string()),
        ];
        shown.push_str(&format!("{}\n", text(lang, "cli.profile.counts", &counts)));
        if more > 0 {
            shown.push_str(&format!("{}\n", text(lang, "cli.profile.more", &[("count", more.to_string())])));
        }
        shown
    }

    /// Returns the rows and the counts as an object.
    pub fn object(&self, file: &str, profile: &TableProfile, lang: Lang) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(|row| object(row, lang)).collect();
        json!({
            "file": file,
            "makes": profile.makes,
            "taken": self.taken,
            "skipped": self.skipped,
            "refused": self.refused,
            "rows": rows,
            "rows_left_out": self.taken + self.skipped + self.refused - self.rows.len(),
        })
    }
}

/// Returns why a row is skipped, in words.
fn reason(skipped: &SkippedRow, lang: Lang) -> String {
    match skipped {
        SkippedRow::Blank => word(lang, "cli.profile.skipped_blank"),
        SkippedRow::Footer => word(lang, "cli.profile.skipped_footer"),
        SkippedRow::Value { column, value } => {
            text(lang, "cli.profile.skipped_value", &[("column", column.as_str()), ("value", value.as_str())])
        }
    }
}

fn object(row: &TriedRow, lang: Lang) -> Value {
    let fields: serde_json::Map<String, Value> =
        row.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let error = row.error.as_ref().map(|error| {
        let mistake = mistake(error);
        json!({
            "column": Some(mistake.column).filter(|column| *column > 0),
            "column_name": mistake.column_name,
            "reason": mistake.key,
            "message": words(&mistake, lang),
        })
    });
    match (&row.skipped, error) {
        (_, Some(error)) => json!({ "line": row.line, "refused": error }),
        (Some(skipped), None) => json!({ "line": row.line, "skipped": reason(skipped, lang) }),
        (None, None) => json!({ "line": row.line, "fields": fields }),
    }
}
