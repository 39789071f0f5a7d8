//! Imports of files: the file, and the result.

use crate::domain::differences::Differences;
use crate::domain::id::{AccountCode, CaseNo};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::StatementHead;
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
    /// What the file is of, of a bill: channel, day, merchant number, which lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<Box<StatementHead>>,
    /// The account and the days, of account statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountTaken>,
    /// The first and the last day that its rows are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<(Date, Date)>,
    /// What its rows come to, by kind and currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sums: Vec<FileSum>,
    /// How it differs from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Box<Differences>>,
    /// The case that books it, of a journal that was imported into one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<CaseNo>,
}

/// What rows of one kind in a file come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// The kind of trades, of lines of a bill, or of lines of an account statement; vouchers have none.
    pub kind: String,
    /// The currency.
    pub currency: String,
    /// Rows.
    pub rows: u64,
    /// Sum in minor units: of an account statement positive if money came in.
    pub amount_minor: i64,
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

    /// Adds a row to the sums and the days of the file.
    pub fn add_to_sums(&mut self, kind: &str, currency: Currency, amount_minor: i64, day: Date) {
        let (from, to) = self.days.unwrap_or((day, day));
        self.days = Some((from.min(day), to.max(day)));
        let same = |sum: &&mut FileSum| sum.kind == kind && sum.currency == currency.code();
        if let Some(sum) = self.sums.iter_mut().find(same) {
            sum.rows += 1;
            sum.amount_minor = sum.amount_minor.saturating_add(amount_minor);
            return;
        }
        let (kind, currency) = (kind.to_owned(), currency.code().to_owned());
        self.sums.push(FileSum { kind, currency, rows: 1, amount_minor });
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
            bill: None,
            account: None,
            days: None,
            sums: Vec::new(),
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

/// A file of this machine to import, and what is said beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalFile {
    /// Its path.
    pub path: String,
    /// The profile that reads a table of somebody else's: the name of a shipped one, or the path of a file.
    pub profile: Option<String>,
    /// What is said of a bill or of account statements.
    pub options: FileOptions,
    /// The case that books a journal.
    pub case_no: Option<CaseNo>,
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
