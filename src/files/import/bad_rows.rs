//! What a reader does with a bad row: the import ends at the first, because nothing of the file is taken then; the
//! survey after it reads on and tells them all.

use super::reason::FileError;

/// What a reader does with a bad row.
pub(super) enum BadRows<'f> {
    /// Reading ends with its error.
    Refuse,
    /// It is told, with its text, and reading goes on.
    Tell(Survey<'f>),
}

/// A survey of the bad rows of a file.
pub(super) struct Survey<'f> {
    /// Takes each bad row.
    pub(super) each: &'f mut dyn FnMut(FileError, &str),
    /// How many there were so far.
    pub(super) count: u64,
}

impl BadRows<'_> {
    /// Takes the error of a row.
    ///
    /// # Errors
    /// The error itself if reading ends here.
    pub(super) fn take(&mut self, error: Box<FileError>, row: &str) -> Result<(), Box<FileError>> {
        match self {
            Self::Refuse => Err(error),
            Self::Tell(survey) => {
                survey.count += 1;
                (survey.each)(*error, row);
                Ok(())
            }
        }
    }

    /// Returns true if reading goes on after a bad row.
    pub(super) const fn are_told(&self) -> bool {
        matches!(self, Self::Tell(_))
    }

    /// Returns true if there was a bad row: sums of the others then say nothing.
    pub(super) const fn any(&self) -> bool {
        matches!(self, Self::Tell(survey) if survey.count > 0)
    }
}
