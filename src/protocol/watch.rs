//! Following a long piece of work: its progress, and cancelling it.

use super::connection::Connection;
use crate::domain::rejection::{Code, Rejection};
use serde::{Deserialize, Serialize};

/// Steps of a long piece of work between two reports of progress.
const STEPS_PER_REPORT: usize = 64;

/// Follows a long piece of work: receives its progress and may ask it to stop.
pub trait Watch {
    /// Receives the progress, now and then while work goes on.
    fn progress(&mut self, progress: Progress);
    /// Returns true if the caller gave up. Work stops at the next safe place and writes nothing more.
    fn cancelled(&self) -> bool;
    /// Receives the state of the connection whenever it changes: lost, reconnecting, up again.
    fn connection(&mut self, _: &Connection) {}

    /// Reports step `done` of `total` every so many steps.
    ///
    /// # Errors
    /// [`Code::Cancelled`] if the caller gave up; a batch under way then writes nothing.
    fn step(&mut self, done: usize, total: usize) -> Result<(), Rejection> {
        if done.is_multiple_of(STEPS_PER_REPORT) {
            if self.cancelled() {
                return Err(Rejection::new(Code::Cancelled));
            }
            self.progress(Progress { done: done as u64, total: Some(total as u64) });
        }
        Ok(())
    }
}

/// A watch that ignores progress and never cancels.
#[derive(Debug, Default, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&mut self, _: Progress) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Progress of a long piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Units done so far.
    pub done: u64,
    /// Units in all, if known.
    pub total: Option<u64>,
}
