//! Channels, as a ledger's channel file lists them (`channels.toml` of a template): what a channel is,
//! which account its money is on, which files it sends, and what its numbers and days mean.

mod changes;
mod file;

pub use changes::ChannelField;

use super::account::Subject;
use super::id::AccountCode;
use super::rejection::Rejection;
use super::trade::Channel;
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What a channel is.
    ChannelType, "type of channel" {
        /// A wallet such as WeChat Pay.
        Wallet = "wallet",
        /// A card scheme or an acquirer.
        Card = "card",
        /// A bank: its account takes payments of anybody, so a line may have no trade.
        Bank = "bank",
        /// A clearing system between banks.
        Clearing = "clearing",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// Within what a number of a channel names one trade only.
    UniqueWithin, "scope of a number" {
        /// The whole channel.
        Channel = "channel",
        /// One merchant number.
        Merchant = "merchant",
        /// One order.
        Order = "order",
    }
}

vocabulary! {
    /// How a channel takes its fee.
    FeeTaken, "way of taking a fee" {
        /// It keeps the fee back from what it pays.
        Kept = "kept",
        /// It bills the fee apart.
        Billed = "billed",
    }
}

/// What a ledger knows of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelDefinition {
    /// Its code.
    pub code: Channel,
    /// Its name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ChannelType,
    /// The account of its money, unless the posting rules name another.
    pub account: Option<AccountCode>,
    /// Words of the readers that its files have (`wechat-trade`).
    pub readers: Vec<String>,
    /// Minute of the day, in its zone, at which its business day ends: 1440 is midnight.
    pub cut_minute: i64,
    /// Zone of its times.
    pub zone: String,
    /// Within what its payment numbers are unique.
    pub payment_numbers: UniqueWithin,
    /// Within what its refund numbers are unique.
    pub refund_numbers: UniqueWithin,
    /// Whether a refund has a number of its own; otherwise it has its payment's.
    pub refunds_numbered: bool,
    /// Merchant numbers (商户号) in use.
    pub merchants: Vec<String>,
    /// How it takes its fee.
    pub fee: FeeTaken,
    /// The calendar that has its service windows.
    pub calendar: Option<String>,
    /// Minute of the next day, in its zone, from which its statement can be fetched.
    pub statement_ready_minute: Option<i64>,
}

/// The channels that a ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channels {
    id: String,
    channels: Vec<ChannelDefinition>,
}

/// What a channel file is checked against besides itself; what is left out is not checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChannelScope<'a> {
    /// The channels in force so far, none of which may be missing.
    pub before: Option<&'a Channels>,
    /// The chart, which must have the channels' accounts.
    pub chart: Option<&'a [Subject]>,
    /// The words of the readers of files.
    pub readers: Option<&'a [&'a str]>,
    /// The names of the calendars.
    pub calendars: Option<&'a [&'a str]>,
    /// Channels with trades whose account posting rules take from the file, each with the number of its
    /// trades; their accounts stay as they are.
    pub booked: &'a [(Channel, i64)],
}

impl Channels {
    /// Name of the file's set.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The channels, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[ChannelDefinition] {
        &self.channels
    }

    /// Returns every code.
    pub fn codes(&self) -> impl Iterator<Item = Channel> {
        self.channels.iter().map(|channel| channel.code)
    }

    /// Returns a channel; `None` if the ledger does not know it.
    #[must_use]
    pub fn get(&self, code: Channel) -> Option<&ChannelDefinition> {
        self.channels.iter().find(|channel| channel.code == code)
    }

    /// Reads the code of a channel that the ledger knows.
    ///
    /// # Errors
    /// [`Code::BadValue`](super::rejection::Code::BadValue) with the known codes and the nearest.
    pub fn read(&self, text: &str) -> Result<&ChannelDefinition, Rejection> {
        let channel = Channel::of_text(text).and_then(|code| self.get(code));
        channel.ok_or_else(|| Channel::unknown(text, self.codes()))
    }

    /// Returns whether a channel is a bank.
    #[must_use]
    pub fn is_bank(&self, code: Channel) -> bool {
        self.get(code).is_some_and(|channel| channel.kind == ChannelType::Bank)
    }

    /// Returns the channel whose files a reader reads.
    #[must_use]
    pub fn of_reader(&self, reader: &str) -> Option<&ChannelDefinition> {
        self.channels.iter().find(|channel| channel.readers.iter().any(|known| known == reader))
    }
}
