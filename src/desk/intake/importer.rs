//! One file on its way into the ledger: counts, progress, and refusals with file and line.

use super::taken::Taken;
use crate::desk::in_force::InForce;
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::{ReadError, Settings as FileSettings};
use crate::protocol::context::Context;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Watch};
use crate::store::imports::FileRecord;

/// Rows between two progress reports.
const REPORT: u64 = 5000;

/// Imports one file.
pub(super) struct Importer<'t> {
    pub in_force: &'t InForce,
    pub context: &'t Context,
    pub settings: &'t FileSettings,
    pub file: &'t str,
    pub fingerprint: &'t str,
    pub answer: ImportAnswer,
    pub watch: &'t mut dyn Watch,
}

impl Importer<'_> {
    /// Returns the record of the file.
    pub(super) fn record(&self, kind: &'static str) -> FileRecord<'_> {
        FileRecord {
            fingerprint: self.fingerprint,
            kind,
            file: self.file,
            rows: self.answer.rows,
            operator: &self.context.operator,
            now: self.context.now,
        }
    }

    /// Counts one row; reports progress and stops if the run was cancelled.
    pub(super) fn count(&mut self, taken: Taken) -> Result<(), Refusal> {
        self.answer.rows += 1;
        *counted(&mut self.answer, taken) += 1;
        if self.answer.rows.is_multiple_of(REPORT) {
            self.watch.progress(Progress { done: self.answer.rows, total: None });
            if self.watch.cancelled() {
                return Err(Rejection::new(Code::Cancelled).into());
            }
        }
        Ok(())
    }

    /// Returns a refusal of the file as a whole.
    pub(super) fn unusable(&self, problem: &str) -> Rejection {
        Rejection::new(Code::BadFile)
            .with("file", self.file)
            .with("place", self.file)
            .with("problem", problem)
    }

    /// Adds file and line to a refusal.
    pub(super) fn at_line(&self, line: u64, refusal: impl Into<Refusal>) -> Refusal {
        match refusal.into() {
            Refusal::Rejected(rejection) => Refusal::Rejected(rejection.at_line(self.file, line)),
            fault @ Refusal::Fault { .. } => fault,
        }
    }
}

/// Returns the count of an answer that a row belongs to.
pub(super) const fn counted(answer: &mut ImportAnswer, taken: Taken) -> &mut u64 {
    match taken {
        Taken::New => &mut answer.added,
        Taken::Same => &mut answer.already,
        Taken::MovedOn => &mut answer.moved_on,
        Taken::Contradicting => &mut answer.contradicting,
    }
}

/// Returns what was read, or the refusal of the file.
pub(super) fn refused<T>(read: Result<T, ReadError<Refusal>>) -> Result<T, Refusal> {
    read.map_err(|error| match error {
        ReadError::File(error) => Refusal::from(error),
        ReadError::Each(refusal) => refusal,
    })
}
