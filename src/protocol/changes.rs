//! What a newer version of kinds of trades or channels changes, with what it reaches in the ledger.

use crate::domain::field_change::FieldChange;
use serde::{Deserialize, Serialize};

/// A change of a kind or channel. `F` names its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedChange<F> {
    /// The change.
    #[serde(flatten)]
    pub change: FieldChange<F>,
    /// Number of trades of the kind or channel.
    pub trades: i64,
    /// If the change decides when an event is due: number of trades of which the event is neither posted nor
    /// in suspense.
    pub unposted: Option<i64>,
}
