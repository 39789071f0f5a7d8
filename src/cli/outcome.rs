//! How a command ends: with an outcome or a failure, and the exit code of each.

use crate::domain::rejection::{Rejection, RejectionFact};
use crate::protocol::refusal::Refusal;
use std::io;

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutcome {
    /// Everything is done and well.
    Done,
    /// Done, with something to report: findings, problems, refused postings.
    Reported,
}

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The desk refused, or something technical failed.
    Refused(Refusal),
    /// The command line is wrong; the text says how.
    Usage(String),
    /// The reader closed the output, as `head` does. No error is shown.
    Closed,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        io_fault(error).into()
    }
}

/// Refusal `STORNO-IO` with a detail.
pub fn io_fault(detail: impl std::fmt::Display) -> Refusal {
    Refusal::Fault { code: "STORNO-IO".to_owned(), args: vec![("detail".to_owned(), detail.to_string())] }
}

/// Exit code of a command that was refused, or that has something to report.
pub const REFUSED: u8 = 1;
/// Exit code of a wrong command line.
pub const USAGE: u8 = 2;
/// Exit code of anything unavailable or corrupt.
pub const UNAVAILABLE: u8 = 3;

/// Returns the exit code of a refusal.
pub fn exit_code(refusal: &Refusal) -> u8 {
    match refusal {
        Refusal::Fault { .. } => UNAVAILABLE,
        Refusal::Rejected(rejection) if rejection.fact == Some(RejectionFact::Unreadable) => UNAVAILABLE,
        Refusal::Rejected(_) => REFUSED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::files::import::{FileError, Reason};

    #[test]
    fn an_unreadable_file_is_unavailable_and_a_wrong_one_is_refused() {
        let code = |reason| {
            exit_code(&Refusal::from(&FileError {
                file: "a.csv".to_owned(),
                line: None,
                column: None,
                reason,
            }))
        };
        assert_eq!(code(Reason::Unreadable { detail: "is a directory".to_owned() }), UNAVAILABLE);
        assert_eq!(code(Reason::Empty {}), REFUSED);
        assert_eq!(exit_code(&io_fault("disk")), UNAVAILABLE);
    }
}
