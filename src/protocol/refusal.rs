//! Refusals: why a request has no answer, with message and hint in the language of the context.

use crate::domain::authored_error::AuthoredError;
use crate::domain::rejection::{Code, Rejection, RejectionFact};
use crate::files::import::{FileError, JournalVoucher, Reason};
use crate::i18n::{self, Lang};
use serde::{Deserialize, Serialize};

/// Reason why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The rules of the ledger forbid it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// A technical fault.
    #[error("{code} {args:?}")]
    Fault {
        /// Returns the stable code.
        code: String,
        /// Named facts.
        args: Vec<(String, String)>,
    },
}

impl From<Box<FileError>> for Refusal {
    fn from(error: Box<FileError>) -> Self {
        Self::from(&*error)
    }
}

impl From<&FileError> for Refusal {
    /// Converts an error in a file into a refusal with its place and the key of the reason's text.
    fn from(error: &FileError) -> Self {
        let mut place = error.file.clone();
        let mut rejection = Rejection::new(Code::BadFile).with("file", &error.file);
        if let Some(line) = error.line {
            rejection = rejection.with("line", line);
            place.push_str(&format!(":{line}"));
        }
        if let Some(column) = &error.column {
            if column.number > 0 {
                rejection = rejection.with("column", column.number);
                place.push_str(&format!(":{}", column.number));
            }
            if let Some(name) = &column.name {
                place.push_str(&format!(" ({name})"));
            }
        }
        if matches!(error.reason, Reason::Unreadable { .. }) {
            rejection = rejection.about(RejectionFact::Unreadable);
        }
        rejection = rejection.with("place", place).with("problem", format!("file.{}", error.reason.key()));
        rejection.args.extend(error.reason.args().into_iter().map(|(name, value)| (name.to_owned(), value)));
        Self::Rejected(rejection)
    }
}

/// Returns an error in a file that is imported as a mistake with its text's key.
#[must_use]
pub fn mistake(error: &FileError) -> AuthoredError {
    let number = |line: u64| usize::try_from(line).unwrap_or(usize::MAX);
    AuthoredError {
        file: error.file.clone(),
        line: error.line.map_or(0, number),
        column: error.column.as_ref().map_or(0, |column| column.number),
        column_name: error.column.as_ref().and_then(|column| column.name.clone()),
        key: format!("file.{}", error.reason.key()),
        args: error.reason.args().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        nearest: None,
    }
}

/// Returns the refusal of a row, which the file's reader took and the ledger did not, as a mistake in the file.
#[must_use]
pub fn refused_row(refusal: &Refusal) -> Option<AuthoredError> {
    let Refusal::Rejected(rejection) = refusal else { return None };
    let place = refusal.file_place()?;
    Some(AuthoredError {
        file: place.file,
        line: usize::try_from(place.line?).ok()?,
        column: 0,
        column_name: None,
        key: format!("refusal.{}.message", rejection.code),
        args: refused_by(rejection),
        nearest: None,
    })
}

/// Returns the facts of a refusal with its code.
fn refused_by(rejection: &Rejection) -> Vec<(String, String)> {
    let code = (AuthoredError::REFUSED_BY.to_owned(), rejection.code.to_string());
    rejection.args.iter().cloned().chain([code]).collect()
}

/// Returns the refusal of a voucher of a journal, which the file's reader took and the ledger did not, as a mistake
/// in the file: at the entry and in the column that it is about. The number of the column depends on the file.
#[must_use]
pub fn refused_voucher(file: &str, voucher: &JournalVoucher, rejection: &Rejection) -> AuthoredError {
    let column = match rejection.code {
        Code::VoucherConflict => Some("voucher_no"),
        Code::NotFound => Some("trade_no"),
        Code::AlreadyPosted | Code::NotDue | Code::Waiting | Code::LineAnswered | Code::AlreadyReversed => {
            Some("event")
        }
        Code::DayNotOpen => Some("accounting_date"),
        Code::AccountUnknown | Code::AccountNotActive | Code::Floor => Some("account"),
        _ => None,
    };
    let account = rejection.args.iter().find(|(name, _)| name == "account").map(|(_, code)| code.as_str());
    let entry = voucher.lines.iter().position(|line| Some(line.account.as_str()) == account).unwrap_or(0);
    AuthoredError {
        file: file.to_owned(),
        line: usize::try_from(voucher.first_line).unwrap_or(usize::MAX).saturating_add(entry),
        column: 0,
        column_name: column.map(str::to_owned),
        key: format!("refusal.{}.message", rejection.code),
        args: refused_by(rejection),
        nearest: None,
    }
}

/// The place in a file that a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlace {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column, from 1.
    pub column: Option<u64>,
    /// Key of the reason's text.
    pub reason: Option<String>,
}

/// Returns the place in a file that facts name: `file:line` or `file:line:column`.
fn place(args: &[(String, String)]) -> Option<String> {
    let value = |wanted: &str| args.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let (file, line) = (value("file")?, value("line")?);
    Some(match value("column") {
        Some(column) => format!("{file}:{line}:{column}"),
        None => format!("{file}:{line}"),
    })
}

impl Refusal {
    /// Returns the fault of an error of input or output.
    #[must_use]
    pub fn io(error: &std::io::Error) -> Self {
        Self::Fault { code: "STORNO-IO".to_owned(), args: vec![("detail".to_owned(), error.to_string())] }
    }

    /// Returns the fault of a service that answered another request.
    #[must_use]
    pub fn wrong_answer() -> Self {
        let args = vec![("detail".to_owned(), "another answer than requested".to_owned())];
        Self::Fault { code: "STORNO-GARBLED".to_owned(), args }
    }

    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Rejected(rejection) => rejection.code.as_str(),
            Self::Fault { code, .. } => code,
        }
    }

    /// Returns the mistakes of the file that was refused, the first ones of many; none if it is no refusal
    /// of a file that people write.
    #[must_use]
    pub fn mistakes(&self) -> &[AuthoredError] {
        match self {
            Self::Rejected(rejection) => &rejection.mistakes,
            Self::Fault { .. } => &[],
        }
    }

    /// Returns how many more mistakes the file has than [`Self::mistakes`] lists.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        match self {
            Self::Rejected(rejection) => rejection.unlisted,
            Self::Fault { .. } => 0,
        }
    }

    /// Returns this refusal of a file with all its bad rows; `unlisted` is how many more there are than listed.
    #[must_use]
    pub fn with_mistakes(self, mistakes: Vec<AuthoredError>, unlisted: usize) -> Self {
        match self {
            Self::Rejected(rejection) => {
                let rejection = rejection.with("mistakes", mistakes.len() + unlisted);
                Self::Rejected(Rejection { mistakes, unlisted, ..rejection })
            }
            fault @ Self::Fault { .. } => fault,
        }
    }

    /// Returns the place in a file that the refusal is about, if it is about one.
    #[must_use]
    pub fn file_place(&self) -> Option<FilePlace> {
        let value =
            |wanted: &str| self.args().iter().find(|(name, _)| name == wanted).map(|(_, v)| v.clone());
        let number = |wanted: &str| value(wanted).and_then(|text| text.parse().ok());
        let file = value("file")?;
        Some(FilePlace { file, line: number("line"), column: number("column"), reason: value("problem") })
    }

    /// Returns the rule that a trade and a line break that a person wants to match.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.args().iter().find(|(name, _)| name == "broken_rule").map(|(_, rule)| rule.as_str())
    }

    fn args(&self) -> &[(String, String)] {
        match self {
            Self::Rejected(rejection) => &rejection.args,
            Self::Fault { args, .. } => args,
        }
    }

    /// Returns what went wrong and where, in one sentence. The refusal of a file has the key of its text
    /// as the fact `problem`.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let mut args = self.args().to_vec();
        if let Some((_, key)) = args.iter().find(|(name, _)| name == "problem") {
            let words = i18n::text(lang, key, &args);
            args.push(("words".to_owned(), words));
        }
        args.extend(place(&args).map(|place| ("at".to_owned(), place)));
        if let Some((_, what)) = args.iter_mut().find(|(name, _)| name == "what") {
            let key = format!("what.{}", what.replace(' ', "_"));
            if i18n::has(lang, &key) {
                *what = i18n::word(lang, &key);
            }
        }
        let message = i18n::text(lang, &format!("refusal.{}.message", self.code()), &args);
        self.placed(lang, message)
    }

    /// Returns the message, preceded by the line of a file or the step of a case if the refusal is about
    /// one.
    fn placed(&self, lang: Lang, message: String) -> String {
        let value =
            |wanted: &str| self.args().iter().find(|(name, _)| name == wanted).map(|(_, v)| v.as_str());
        let place = value("place").filter(|_| self.code() != Code::BadFile.as_str());
        match (place, value("step")) {
            (Some(place), _) => {
                i18n::text(lang, "refusal.at_place", &[("place", place), ("message", &message)])
            }
            (None, Some(step)) => {
                i18n::text(lang, "refusal.at_step", &[("step", step), ("message", &message)])
            }
            (None, None) => message,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self, lang: Lang) -> String {
        let problem = self.args().iter().find(|(name, _)| name == "problem");
        let own = problem.map(|(_, key)| format!("{key}.hint")).filter(|key| i18n::has(lang, key));
        if let Some(key) = own {
            return i18n::text(lang, &key, self.args());
        }
        i18n::text(lang, &format!("refusal.{}.hint", self.code()), self.args())
    }
}
