//! Markdown with tables as GitHub takes them.

use super::{ReportDocument, ReportTable};
use std::fmt::Write as _;

/// Returns a document as Markdown.
pub(super) fn write(document: &ReportDocument) -> String {
    let mut text = format!("# {}\n", escape(&document.title));
    if !document.facts.is_empty() {
        text.push('\n');
    }
    for (name, value) in &document.facts {
        let _ = writeln!(text, "- {}: {}", escape(name), escape(value));
    }
    for section in &document.sections {
        let _ = write!(text, "\n## {}\n", escape(&section.heading));
        for note in &section.notes {
            let _ = write!(text, "\n{}\n", escape(note));
        }
        if let Some(table) = &section.table {
            text.push('\n');
            text.push_str(&rows(table));
        }
    }
    text
}

fn rows(table: &ReportTable) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(table.columns.iter().map(|(head, _)| escape(head)).collect());
    let rules = table.columns.iter().map(|(_, amount)| if *amount { "---:" } else { "---" });
    text.push_str(&line(rules.map(str::to_owned).collect()));
    for (at, row) in table.rows.iter().enumerate() {
        let is_total = table.has_total && at + 1 == table.rows.len();
        let cell = |text: &String| match (text.is_empty(), is_total) {
            (false, true) => format!("**{}**", escape(text)),
            _ => escape(text),
        };
        text.push_str(&line(row.iter().map(cell).collect()));
    }
    text
}

/// Returns a text on one line in which nothing is taken for form.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '#' | '\\' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}
