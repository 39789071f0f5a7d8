//! A case about to be opened.

use crate::desk::corrections::effect::KeptStep;
use crate::domain::case::checked_note;
use crate::domain::finding::Cause;
use crate::domain::rejection::Rejection;
use crate::protocol::opening::Opening;
use crate::store::cases;
use std::collections::BTreeSet;

/// A case to open, with everything that is written.
#[derive(Default)]
pub(crate) struct CaseDraft {
    pub cause: Option<Cause>,
    pub about: Vec<cases::About>,
    pub(crate) known: BTreeSet<(Option<i64>, Option<String>)>,
    pub steps: Vec<KeptStep>,
    pub(crate) bodies: BTreeSet<String>,
    pub reason: Option<String>,
    pub note: Option<String>,
}

impl CaseDraft {
    pub(crate) fn new(opening: &Opening) -> Result<Self, Rejection> {
        let note =
            opening.note.as_deref().map(|note| checked_note("note", note)).transpose()?.map(str::to_owned);
        let reason = opening.reason.as_deref().map(|reason| checked_note("reason", reason)).transpose()?;
        Ok(Self { note, reason: reason.map(str::to_owned), ..Self::default() })
    }

    /// Returns the reason given, else the cause of the first finding, else `manual`.
    pub fn reason_or_cause(&self) -> String {
        let cause = || self.cause.map_or_else(|| "manual".to_owned(), |cause| cause.to_string());
        self.reason.clone().unwrap_or_else(cause)
    }
}
