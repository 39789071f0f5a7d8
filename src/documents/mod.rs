//! Documents that leave the program: a title, facts, and sections of notes and tables, written as Markdown, HTML or
//! CSV.
//!
//! A document is made in one language of an answer of the desk; a writer knows nothing of what it says.

mod bank_reconciliation;
mod csv;
mod decision_sheet;
mod decision_workbook;
mod html;
mod markdown;

pub use bank_reconciliation::{BankReconciliation, answered_later, bank_reconciliation};
pub use decision_sheet::{ReadDecisions, decision_csv, read_decisions};
pub use decision_workbook::{WorkbookScope, decision_workbook};

use std::path::Path;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDocument {
    /// Language tag, as `lang` of HTML takes it: `en`, `zh-CN`.
    pub lang: &'static str,
    /// What it is.
    pub title: String,
    /// What it is about, each a name with its value.
    pub facts: Vec<(String, String)>,
    /// Its sections.
    pub sections: Vec<ReportSection>,
}

/// A section of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSection {
    /// Its heading.
    pub heading: String,
    /// Sentences before its table.
    pub notes: Vec<String>,
    /// Its table.
    pub table: Option<ReportTable>,
}

/// A table of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTable {
    /// Head of each column, and whether it holds amounts, which stand at the right.
    pub columns: Vec<(String, bool)>,
    /// The rows; each has a cell for every column.
    pub rows: Vec<Vec<String>>,
    /// Whether the last row is a total.
    pub has_total: bool,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// Markdown with tables as GitHub takes them.
    Markdown,
    /// One HTML page without scripts, that prints well.
    Html,
    /// CSV for spreadsheets: UTF-8 with a byte order mark; texts that would be formulas get a quote in front.
    Csv,
}

impl ReportForm {
    /// Returns the form that the ending of a file name says: `.md`, `.html` or `.csv`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// Returns a document as text.
    #[must_use]
    pub fn write(self, document: &ReportDocument) -> String {
        match self {
            Self::Markdown => markdown::write(document),
            Self::Html => html::write(document),
            Self::Csv => csv::write(document),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> ReportDocument {
        ReportDocument {
            lang: "en",
            title: "Statement <b>of</b> *A*".to_owned(),
            facts: vec![("Account".to_owned(), "1001 | x".to_owned())],
            sections: vec![ReportSection {
                heading: "Open".to_owned(),
                notes: vec!["a & b".to_owned()],
                table: Some(ReportTable {
                    columns: vec![("Text".to_owned(), false), ("Amount".to_owned(), true)],
                    rows: vec![
                        vec!["=1+1|<script>\n\"x\"".to_owned(), "-1,000.00".to_owned()],
                        vec!["Total".to_owned(), "-1,000.00".to_owned()],
                    ],
                    has_total: true,
                }),
            }],
        }
    }

    #[test]
    fn nothing_in_a_text_becomes_form() {
        let markdown = ReportForm::Markdown.write(&hostile());
        assert!(markdown.contains("| =1+1\\|\\<script\\> \"x\" | -1,000.00 |"), "{markdown}");
        assert!(markdown.contains("| **Total** | **-1,000.00** |"), "{markdown}");
        assert!(markdown.starts_with("# Statement \\<b\\>of\\</b\\> \\*A\\*\n"), "{markdown}");
        let html = ReportForm::Html.write(&hostile());
        assert!(
            html.contains("<td>=1+1|&lt;script&gt;\n&quot;x&quot;</td><td class=\"amount\">-1,000.00</td>"),
            "{html}"
        );
        assert!(!html.contains("<script>"), "{html}");
        let csv = ReportForm::Csv.write(&hostile());
        assert!(csv.contains("\"'=1+1|<script>\n\"\"x\"\"\",-1000.00\r\n"), "{csv}");
    }

    #[test]
    fn the_ending_says_the_form() {
        let of = |name: &str| ReportForm::of(Path::new(name));
        assert_eq!(of("a.md"), Some(ReportForm::Markdown));
        assert_eq!(of("a.HTML"), Some(ReportForm::Html));
        assert_eq!(of("a.csv"), Some(ReportForm::Csv));
        assert_eq!((of("a.pdf"), of("a")), (None, None));
    }
}
