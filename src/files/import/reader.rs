//! What a reader says of itself, what it needs to know, and what it reports.

use super::head::Mark;
use crate::domain::channel::Channels;
use crate::domain::event::Event;
use crate::domain::kind::{Kinds, PartyFact};
use crate::domain::money::Currency;
use crate::domain::period::parse_zone;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Channel, TradeKind};
use crate::files::column::FileColumn;
use crate::files::profile::TableProfile;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a reader says of itself; every reader's file has one as `static READER`.
pub(super) struct Reader {
    /// The word of the option `--format`.
    pub(super) option: &'static str,
    /// How a file of this format is recognised.
    pub(super) marks: &'static [Mark],
    /// Its columns, if the format is our own; a channel may change those of its bills.
    pub(super) columns: &'static [FileColumn],
}

/// What a file contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Trades of the trade layer.
    Trades,
    /// Vouchers of an older system.
    Journal,
    /// A bill of a channel.
    Bill,
    /// Statements of accounts at a bank or channel.
    Account,
}

impl FileKind {
    /// The word that is stored and that the command `import` takes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trades => "trades",
            Self::Journal => "journal",
            Self::Bill => "bill",
            Self::Account => "account",
        }
    }
}

/// What a reader must know of the ledger it reads for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The ledger's main currency: that of lines and bills that name none.
    pub currency: Currency,
    /// The ledger's zone: that of local times without offset, and of business dates.
    pub zone: TimeZone,
    /// The codes that it knows.
    pub codes: Codes,
    /// How a table of somebody else's becomes rows of the format; `None` for a file of the format itself.
    pub profile: Option<Arc<TableProfile>>,
    /// The day of a bill whose rows have no year, by its name or as it was told; `None` for one that has.
    pub day: Option<Date>,
}

impl Settings {
    /// Returns the zone of a channel's local times.
    #[must_use]
    pub fn clock(&self, channel: Channel) -> &TimeZone {
        let own = self.codes.clocks.iter().find(|(known, _)| *known == channel);
        own.map_or(&self.zone, |(_, zone)| zone)
    }
}

/// The codes that a ledger knows: a file that names another is refused.
#[derive(Debug, Clone)]
pub struct Codes {
    /// Kinds of trades that a file may bring.
    pub kinds: Vec<TradeKind>,
    /// Events.
    pub events: Vec<Event>,
    /// Channels.
    pub channels: Vec<Channel>,
    /// Parties that each trade of a kind names.
    pub parties: Vec<(TradeKind, PartyFact)>,
    /// Currencies beside the ledger's main one.
    pub currencies: Vec<Currency>,
    /// Zones of the channels' times.
    pub clocks: Vec<(Channel, TimeZone)>,
}

impl Codes {
    /// Returns the codes of kinds and channels, with the currencies beside the main one.
    #[must_use]
    pub fn of(kinds: &Kinds, channels: &Channels, currencies: &[Currency]) -> Self {
        Self {
            kinds: kinds.in_files().collect(),
            events: kinds.events(),
            channels: channels.codes().collect(),
            parties: kinds.parties().collect(),
            currencies: currencies.to_vec(),
            clocks: channels
                .all()
                .iter()
                .filter_map(|channel| Some((channel.code, parse_zone(&channel.zone).ok()?)))
                .collect(),
        }
    }

    /// Returns the codes of the shipped kinds and channels and no other currency, for a reader without a
    /// ledger.
    #[must_use]
    pub fn named() -> Self {
        let kinds = TradeKind::NAMED.iter().copied();
        Self {
            kinds: kinds.filter(|kind| *kind != TradeKind::COUNTER).collect(),
            events: Event::NAMED.to_vec(),
            channels: Channel::NAMED.to_vec(),
            parties: Vec::new(),
            currencies: Vec::new(),
            clocks: Vec::new(),
        }
    }
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

impl Summary {
    /// Refuses a file whose last line does not end: it has no footer, so the rest may be missing.
    ///
    /// # Errors
    /// [`Code::BadFile`] with the place behind the last line; `name` is what it calls the file.
    pub fn refuse_if_cut(&self, name: &str) -> Result<(), Rejection> {
        if self.last_line_ended {
            return Ok(());
        }
        Err(Rejection::new(Code::BadFile)
            .at_line(name, self.lines + 1)
            .with("problem", "import.cut_last_line"))
    }
}
