//! Plain tables with aligned columns.

use super::printable::printable;
use unicode_width::UnicodeWidthStr;

/// Alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnAlign {
    /// For words.
    Left,
    /// For figures.
    Right,
    /// For the currency of a row; left out unless the table is [`TextTable::with_currencies`].
    Currency,
}

/// A table being built.
#[derive(Debug, Default)]
pub struct TextTable {
    heads: Vec<(String, ColumnAlign)>,
    rows: Vec<Vec<String>>,
    with_currencies: bool,
}

impl TextTable {
    /// Returns an empty table with these columns.
    pub fn new(heads: &[(String, ColumnAlign)]) -> Self {
        Self { heads: heads.to_vec(), rows: Vec::new(), with_currencies: false }
    }

    /// Returns the table with its column of currencies.
    pub fn with_currencies(mut self) -> Self {
        self.with_currencies = true;
        self
    }

    /// Adds a row. Control characters are escaped.
    pub fn row(&mut self, mut cells: Vec<String>) {
        for cell in &mut cells {
            if cell.contains(char::is_control) {
                *cell = printable(cell);
            }
        }
        self.rows.push(cells);
    }

    /// Returns true if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the heads and all rows, one a line.
    pub fn text(&self) -> String {
        self.first(usize::MAX).0
    }

    /// Returns the heads and the first rows, and how many rows are left out. Column widths depend on
    /// the rows shown only.
    pub fn first(&self, most: usize) -> (String, usize) {
        let heads: Vec<String> = self.heads.iter().map(|(head, _)| head.clone()).collect();
        let all: Vec<&Vec<String>> = std::iter::once(&heads).chain(self.rows.iter().take(most)).collect();
        let widths: Vec<usize> = (0..self.heads.len())
            .map(|at| all.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in all {
            let mut line = String::new();
            for ((cell, width), (_, align)) in row.iter().zip(&widths).zip(&self.heads) {
                if *align == ColumnAlign::Currency && !self.with_currencies {
                    continue;
                }
                let blank = " ".repeat(width.saturating_sub(cell.width()));
                match align {
                    ColumnAlign::Left | ColumnAlign::Currency => line.push_str(&format!("{cell}{blank}  ")),
                    ColumnAlign::Right => line.push_str(&format!("{blank}{cell}  ")),
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        (text, self.rows.len().saturating_sub(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_figures_line_up() {
        let mut table =
            TextTable::new(&[("科目".to_owned(), ColumnAlign::Left), ("n".to_owned(), ColumnAlign::Right)]);
        table.row(vec!["客户备付金".to_owned(), "1.00".to_owned()]);
        table.row(vec!["A".to_owned(), "1,000.00".to_owned()]);
        assert_eq!(table.text(), "科目               n\n客户备付金      1.00\nA           1,000.00\n");
    }

    #[test]
    fn currencies_are_a_column_only_where_there_are_several() {
        let heads = [("n", ColumnAlign::Right), ("cur", ColumnAlign::Currency), ("x", ColumnAlign::Left)];
        let heads = heads.map(|(head, align)| (head.to_owned(), align));
        let table = |several: bool| {
            let table = TextTable::new(&heads);
            let mut table = if several { table.with_currencies() } else { table };
            table.row(["1.00", "EUR", "y"].map(str::to_owned).to_vec());
            table.text()
        };
        assert_eq!(table(false), "   n  x\n1.00  y\n");
        assert_eq!(table(true), "   n  cur  x\n1.00  EUR  y\n");
    }
}
