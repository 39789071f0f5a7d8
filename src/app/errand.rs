//! The purpose of a write request, which decides what is done with its answer.

use super::screens::case::DraftChange;
use crate::domain::id::VoucherNo;
use crate::protocol::intake::LocalFile;
use crate::protocol::steps::Statement;

/// The purpose of a write request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Stage a case from a finding.
    Stage,
    /// Stage cases for several findings at once.
    StageMany,
    /// Add a step.
    StepAdd,
    /// Drop a step.
    StepDrop(i64),
    /// Undo a change of the draft.
    Undo(DraftChange),
    /// Redo a change of the draft.
    Redo(DraftChange),
    /// Move a case on; with the locale key of what is said afterwards.
    Verb(&'static str),
    /// Commit a case.
    Commit,
    /// Post what is due.
    Post,
    /// Open or close a day; with the locale key of what is said afterwards.
    Day(&'static str),
    /// Verify the ledger.
    Verify,
    /// Import a file.
    Import(Box<LocalFile>),
    /// Withdraw a statement, for this reason.
    WithdrawBill {
        /// Number of the statement.
        id: i64,
        /// Why.
        reason: String,
    },
    /// Sign off the days of an account.
    SignOff,
    /// Match a trade with a line.
    Match,
    /// Take a match back.
    UndoMatch,
    /// Match lines and vouchers of an account.
    MatchAccount,
    /// Take a match of an account back.
    UndoAccountMatch(i64),
    /// Withdraw a statement of an account.
    WithdrawAccountStatement(i64),
    /// Accept a finding without booking.
    AcceptFinding,
    /// Take the acceptance of a finding back.
    ReopenFinding,
    /// Accept a voucher of the older system.
    AcceptVoucher(VoucherNo),
    /// End the takeover from an older system.
    EndTakeover,
    /// Open a case of two people for a step about a statement; the step is staged next.
    BillCase(Statement),
}
