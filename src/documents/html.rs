//! One HTML page without scripts, that prints well.

use super::{ReportDocument, ReportTable};
use std::fmt::Write as _;

const STYLE: &str = "body{font:11pt/1.4 'Noto Sans','Noto Sans CJK SC',sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\
    table{border-collapse:collapse;width:100%;margin:.8em 0}th,td{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}\
    .amount{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}tr.total{font-weight:bold}thead{display:table-header-group}\
    tr{break-inside:avoid}h2{break-after:avoid}@media print{body{max-width:none;margin:0}}";

/// Returns a document as HTML.
pub(super) fn write(document: &ReportDocument) -> String {
    let title = escape(&document.title);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n",
        document.lang
    );
    if !document.facts.is_empty() {
        text.push_str("<table>\n");
        for (name, value) in &document.facts {
            let _ = writeln!(text, "<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(value));
        }
        text.push_str("</table>\n");
    }
    for section in &document.sections {
        let _ = writeln!(text, "<h2>{}</h2>", escape(&section.heading));
        for note in &section.notes {
            let _ = writeln!(text, "<p>{}</p>", escape(note));
        }
        if let Some(table) = &section.table {
            text.push_str(&rows(table));
        }
    }
    text.push_str("</body>\n</html>\n");
    text
}

fn rows(table: &ReportTable) -> String {
    let class = |amount: bool| if amount { " class=\"amount\"" } else { "" };
    let mut text = "<table>\n<thead><tr>".to_owned();
    for (head, amount) in &table.columns {
        let _ = write!(text, "<th{}>{}</th>", class(*amount), escape(head));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (at, row) in table.rows.iter().enumerate() {
        let is_total = table.has_total && at + 1 == table.rows.len();
        text.push_str(if is_total { "<tr class=\"total\">" } else { "<tr>" });
        for (cell, (_, amount)) in row.iter().zip(&table.columns) {
            let _ = write!(text, "<td{}>{}</td>", class(*amount), escape(cell));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n");
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
