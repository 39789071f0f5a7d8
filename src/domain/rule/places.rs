//! Where the parts of a rule are in its file, for mistakes that only the whole set shows.

use crate::domain::authored::Span;

/// Where a rule is in its file.
pub(super) struct RulePlaces {
    /// The whole rule.
    pub(super) rule: Span,
    /// Its lines.
    pub(super) lines: Vec<LinePlaces>,
}

/// Where a line of a rule is in its file.
pub(super) struct LinePlaces {
    /// The account template.
    pub(super) account: Span,
    /// The amount; the whole line if it has none.
    pub(super) amount: Span,
}
