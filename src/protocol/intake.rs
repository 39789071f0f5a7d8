//! Imports of files: the file, and the result.

use crate::domain::differences::Differences;
use crate::domain::id::{AccountCode, CaseNo};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::{Format, Source};
use crate::i18n::{Lang, word};
use crate::protocol::bills::{EndedBill, FileOptions, ReplacedBill};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAnswer {
    /// Name of the file.
    pub file: String,
    /// Format that was detected or requested.
    pub format: String,
    /// Rows of the file: trades, vouchers or bill lines.
    pub rows: u64,
    /// Rows added.
    pub added: u64,
    /// Rows that the ledger already held.
    pub already: u64,
    /// Rows of a trade list by which a known trade moved on.
    #[serde(default)]
    pub moved_on: u64,
    /// Rows of a trade list that contradict what is known of a trade.
    #[serde(default)]
    pub contradicting: u64,
    /// When a file with the same content was imported before.
    pub imported_before: Option<String>,
    /// The statement with the same content that counts no more, of a bill that therefore was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndedBill>,
    /// The end of the statement with the same content that stands, if that is before the end of its day and the day is
    /// over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Whether this was a dry run, which writes nothing.
    pub dry_run: bool,
    /// The number of the statement, of a bill that was taken, or that was taken before and is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<i64>,
    /// Whether it holds every line of the statements that it takes the place of.
    #[serde(default)]
    pub extends: bool,
    /// Whether it counts only once a case of two people has made it stand.
    #[serde(default)]
    pub held: bool,
    /// The statements that it takes the place of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<ReplacedBill>,
    /// The account and the days, of account statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountTaken>,
    /// How it differs from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Box<Differences>>,
    /// The case that books it, of a journal that was imported into one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<CaseNo>,
}

/// What a file of account statements covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTaken {
    /// The books' accounts.
    pub accounts: Vec<AccountCode>,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Days taken anew.
    pub days: u64,
}

impl ImportAnswer {
    /// When a file with the same content was imported before.
    #[must_use]
    pub fn imported_before(self, at: String, rows: u64) -> Self {
        Self { rows, already: rows, imported_before: Some(at), ..self.counted_anew() }
    }

    /// Returns the answer with no row counted yet.
    #[must_use]
    pub fn counted_anew(&self) -> Self {
        Self { rows: 0, added: 0, already: 0, moved_on: 0, contradicting: 0, ..self.clone() }
    }

    /// Returns the answer before anything of the file is read.
    #[must_use]
    pub fn of(file: &str, format: Format, dry_run: bool) -> Self {
        Self {
            file: file.to_owned(),
            format: format.as_str().to_owned(),
            rows: 0,
            added: 0,
            already: 0,
            moved_on: 0,
            contradicting: 0,
            imported_before: None,
            ended: None,
            until: None,
            dry_run,
            statement: None,
            extends: false,
            held: false,
            replaces: Vec::new(),
            account: None,
            differences: None,
            case_no: None,
        }
    }
}

/// Returns the refusal of a file that another command imports.
#[must_use]
pub fn other_kind(file: &str, format: Format, lang: Lang) -> Rejection {
    Rejection::new(Code::BadFile)
        .with("file", file)
        .with("place", file)
        .with("problem", "cli.other_kind")
        .with("format", word(lang, &format!("file.kind.{format}")))
        .with("command", format.kind().as_str())
        .with("reader", format.option())
}

/// A file to import.
pub struct Incoming<'s> {
    /// The opened file.
    pub source: &'s mut Source,
    /// Format of the file.
    pub format: Format,
    /// Whether to check the file without writing.
    pub dry_run: bool,
    /// What is said beside the file of a bill or of account statements; nothing of other files.
    pub bill: FileOptions,
    /// The case that takes a journal; `None` for other files, and for a journal of an older system.
    pub case_no: Option<CaseNo>,
    /// To import nothing, and to list in the refusal those rows alone that the ledger refuses after this line: as many
    /// as fit into a message.
    pub refused_after: Option<usize>,
}
