//! Limits on the size of a case and its texts.

use crate::domain::rejection::{Code, Rejection};
use crate::store::{Fault, StoreError};

/// Longest note or reason, in bytes: a paragraph, not a document.
pub(crate) const MAX_NOTE: usize = 2000;

/// Steps of one case.
pub(crate) const MAX_STEPS: usize = 10_000;

pub(crate) fn body<T: serde::Serialize>(step: &T) -> Result<String, StoreError> {
    serde_json::to_string(step).map_err(|error| Fault::Internal { detail: error.to_string() }.into())
}

pub(crate) fn too_many(steps: usize) -> Rejection {
    Rejection::new(Code::BadValue).with("what", "steps").with("value", steps).with("most", MAX_STEPS)
}

/// Returns a trimmed note or reason; refuses an empty one, one over [`MAX_NOTE`], and control characters.
pub(crate) fn short<'t>(what: &str, text: &'t str) -> Result<&'t str, Rejection> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_NOTE || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Rejection::new(Code::BadValue).with("what", what).with("value", text.escape_debug()));
    }
    Ok(text)
}
