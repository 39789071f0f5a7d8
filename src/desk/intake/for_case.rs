//! Reads a journal that a case is to book.

use super::file_settings;
use super::importer::refused;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::refuse_too_many_steps;
use crate::domain::id::CaseNo;
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::{self as reading, FileKind};
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::journals::{Journal, JournalForCase};
use crate::protocol::refusal::Refusal;
use crate::protocol::step_row::ProofFile;
use crate::protocol::watch::{Progress, Watch};
use crate::store::imports;

/// Vouchers between two progress reports.
const REPORT: usize = 1000;

impl OpenLedger {
    /// Reads a journal for a case. Returns the answer as far as the file tells it, and the journal unless it was
    /// booked before.
    ///
    /// # Errors
    /// [`Code::BadFile`]; [`Code::Nothing`] for a file without vouchers; [`Code::BadValue`] for one with more of
    /// them than a case may have steps, or for another kind of file.
    pub(crate) fn journal_for_case(
        &mut self,
        incoming: &mut Incoming<'_>,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
    ) -> Result<(ImportAnswer, Option<JournalForCase>), Refusal> {
        let (format, dry_run, source) = (incoming.format, incoming.dry_run, &mut *incoming.source);
        let name = source.name().to_owned();
        let mut answer = ImportAnswer::of(&name, format, dry_run);
        if format.kind() != FileKind::Journal {
            return Err(Rejection::new(Code::BadValue).with("what", "case").with("value", case_no).into());
        }
        let fingerprint = source.fingerprint()?;
        if let Some(before) = imports::imported(&mut *self.engine, &fingerprint)? {
            return Ok((answer.imported_before(before.at, before.rows.unsigned_abs()), None));
        }
        let file = ProofFile { name, fingerprint };
        let mut steps = Vec::new();
        let settings = file_settings(&self.in_force, source);
        let reader = source.reader()?;
        let read = reading::read_journal(reader, &file.name, &settings, format, &mut |voucher| {
            steps.push(Journal { file: file.clone(), voucher });
            refuse_too_many_steps(steps.len())?;
            if steps.len().is_multiple_of(REPORT) {
                watch.progress(Progress { done: steps.len() as u64, total: None });
                if watch.cancelled() {
                    return Err(Refusal::from(Rejection::new(Code::Cancelled)));
                }
            }
            Ok(())
        });
        refused(read)?.refuse_if_cut(&file.name)?;
        if steps.is_empty() {
            return Err(Rejection::new(Code::Nothing).with("what", "voucher").into());
        }
        answer.rows = steps.len() as u64;
        answer.added = answer.rows;
        answer.case_no = Some(case_no.clone());
        Ok((answer, Some(JournalForCase { case_no: case_no.clone(), file, steps, dry_run })))
    }

    /// Returns the vouchers of a journal that was refused for its bad rows, without those, to be tried; `None` if there
    /// are none, or if it was refused for something else.
    pub(crate) fn good_journal(
        &mut self,
        refusal: &Refusal,
        incoming: &mut Incoming<'_>,
        case_no: &CaseNo,
    ) -> Option<JournalForCase> {
        let is_bad = matches!(refusal, Refusal::Rejected(Rejection { code: Code::BadFile, fact: None, .. }));
        if !is_bad || incoming.format.kind() != FileKind::Journal {
            return None;
        }
        let source = &mut *incoming.source;
        let name = source.name().to_owned();
        let file = ProofFile { name, fingerprint: source.fingerprint().ok()? };
        let settings = file_settings(&self.in_force, source);
        let mut steps = Vec::new();
        reading::good_vouchers(source.reader().ok()?, &file.name, &settings, &mut |voucher| {
            steps.push(Journal { file: file.clone(), voucher });
        })
        .ok()?;
        let is_some = !steps.is_empty() && refuse_too_many_steps(steps.len()).is_ok();
        is_some.then(|| JournalForCase { case_no: case_no.clone(), file, steps, dry_run: true })
    }
}
