//! Journals that are imported into a case: their vouchers are its steps, and are booked with it.

use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::files::import::JournalVoucher;
use crate::protocol::step_row::ProofFile;
use serde::{Deserialize, Serialize};

/// Books a voucher of a journal that was imported into the case. Nobody stages one by itself: a file is taken
/// or left as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// The file.
    pub file: ProofFile,
    /// The voucher, as the file has it.
    pub voucher: JournalVoucher,
}

/// A journal that was imported into a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalFile {
    /// File name.
    pub file: String,
    /// SHA-256 of its content, in hex.
    pub fingerprint: String,
    /// Number of the first of its steps; they follow each other.
    pub first_step: i64,
    /// Number of its vouchers, each of them a step.
    pub vouchers: i64,
    /// When it was imported into the case.
    pub at: Moment,
    /// Who imported it.
    pub operator: Operator,
}

impl JournalFile {
    /// Returns the number of the last of its steps.
    #[must_use]
    pub const fn last_step(&self) -> i64 {
        self.first_step + self.vouchers - 1
    }
}

/// A journal that was read and is to be staged in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalForCase {
    /// The case.
    pub case_no: CaseNo,
    /// The file.
    pub file: ProofFile,
    /// Its vouchers, at least one, as steps.
    pub steps: Vec<Journal>,
    /// True to try only whether they can be staged.
    pub dry_run: bool,
}
