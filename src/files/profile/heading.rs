//! How headings are compared, and what stands above them.

use super::definition::{CellSource, Field, TableProfile};

/// Returns a column's name as names are compared: without blanks around it and without case, brackets of full width
/// as those of half width.
pub(super) fn folded(name: &str) -> String {
    let half = |c: char| match c {
        '（' => '(',
        '）' => ')',
        '：' => ':',
        '\u{3000}' | '\u{a0}' => ' ',
        other => other,
    };
    name.trim_matches(['`', '\u{feff}']).chars().map(half).collect::<String>().trim().to_lowercase()
}

/// What rows above the header say, of the fields that are read from there.
#[derive(Debug)]
pub(crate) struct Above<'p> {
    /// Each field, its labels, and what was found.
    pub(super) fields: Vec<(&'p Field, &'p [String], Option<String>)>,
}

impl<'p> Above<'p> {
    /// Returns what is looked for.
    pub(crate) fn of(profile: &'p TableProfile) -> Self {
        let fields = profile.fields.iter().filter_map(|field| match &field.from {
            CellSource::Above(_, labels) => Some((field, labels.as_slice(), None)),
            _ => None,
        });
        Self { fields: fields.collect() }
    }

    /// Takes a row above the header.
    pub(crate) fn row(&mut self, cells: &[String]) {
        for (_, labels, found) in self.fields.iter_mut().filter(|(_, _, found)| found.is_none()) {
            *found = cells.iter().enumerate().find_map(|(at, cell)| {
                let label = labels.iter().find(|label| is_label(cell, label))?;
                let inside = cell.split_once([':', '：']).map(|(_, inside)| inside.trim());
                let inside = inside.filter(|inside| !inside.is_empty() && !label.contains([':', '：']));
                let behind =
                    || cells.iter().skip(at + 1).map(|cell| cell.trim()).find(|cell| !cell.is_empty());
                inside.or_else(behind).map(str::to_owned)
            });
        }
    }
}

/// Returns whether a cell is a label, or begins with it and a colon. Blanks inside are not compared.
fn is_label(cell: &str, label: &str) -> bool {
    let bare = |text: &str| folded(text).chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let (cell, label) = (bare(cell), bare(label));
    cell.strip_prefix(&label).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_may_have_a_colon_and_blanks_inside() {
        for (cell, label, expected) in [
            ("账号", "账号", true),
            ("账　　号", "账号", true),
            ("账号：6222", "账号", true),
            ("查询账号:", "查询账号", true),
            ("账号名称", "账号", false),
            ("查询账号[ Inquirer account number ]", "查询账号[ Inquirer account number ]", true),
            ("", "账号", false),
        ] {
            assert_eq!(is_label(cell, label), expected, "{cell}");
        }
    }
}
