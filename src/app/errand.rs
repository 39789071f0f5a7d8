//! What a write request was sent for.

use super::screens::case::Draft;

/// What an order was given for.
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
    /// Take a change of the draft back.
    Undo(Draft),
    /// Make it again.
    Redo(Draft),
    /// Move a case on; says this afterwards.
    Verb(&'static str),
    /// Write a case.
    Commit,
    /// Book what is due.
    Post,
    /// Open or close a day; says this afterwards.
    Day(&'static str),
    /// Check everything.
    Verify,
}
