//! What a reader says of itself, what it needs to know, and what it reports.

use super::head::Mark;
use crate::domain::money::Currency;
use crate::domain::trade::Channel;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// What a reader says of itself; every reader's file has one as `static READER`.
pub(super) struct Reader {
    /// The word of the option `--format`.
    pub(super) option: &'static str,
    /// How a file of this format is recognised.
    pub(super) marks: &'static [Mark],
}

/// What a file contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Trades of the trade layer.
    Trades,
    /// Vouchers of an older system.
    Journal,
    /// A bill of this channel.
    Bill(Channel),
}

impl FileKind {
    /// The word that is stored and that the command `import` takes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trades => "trades",
            Self::Journal => "journal",
            Self::Bill(_) => "bill",
        }
    }
}

/// What a reader must know of the ledger it reads for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The ledger's currency: that of journals, and of bills that name none.
    pub currency: Currency,
    /// The ledger's zone: that of local times without offset, and of business dates.
    pub zone: TimeZone,
}

/// What a trades or journal file contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Data lines, without the header.
    pub lines: u64,
    /// Trades or vouchers.
    pub items: u64,
    /// Whether the last line ended with a line break. These files have no footer, so a file truncated
    /// exactly at a line break reads as a shorter file; one that ends without a line break may be
    /// incomplete.
    pub last_line_ended: bool,
}
