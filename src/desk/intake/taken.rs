//! What an import makes of the rows of a file.

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was added.
    New,
    /// The ledger holds it already.
    Same,
    /// A known trade moved on by it.
    MovedOn,
    /// It contradicts what is known of a trade.
    Contradicting,
}
