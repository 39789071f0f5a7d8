//! The row that shows a step, and what steps are about: lines to book and lines of channels.

use crate::domain::account::Side;
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, ChannelRef, TradeNo, VoucherNo};
use crate::domain::line_name::{self, MarkedLine};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::LineKind;
use crate::domain::step::StepKind;
use crate::domain::trade::{Channel, TradeStatus};
use crate::domain::trade_news::ListedFact;
use crate::domain::voucher::Mode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A line given by an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// Side.
    pub side: Side,
    /// Account.
    pub account: AccountCode,
    /// Amount in major units, above zero.
    pub amount: String,
}

/// A line of a channel's statement, written `CHANNEL/REFERENCE`, or `CHANNEL:NUMBER` by the channel's own number. Where
/// that means several lines, what tells it apart follows: `CHANNEL/REFERENCE@MERCHANT` ([`line_name`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineRef {
    /// The channel.
    pub channel: Channel,
    /// The channel's reference.
    pub channel_ref: ChannelRef,
    /// The kind of the line, if a payment and its refund may bear the reference; as text it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<LineKind>,
    /// The channel's own number, if several lines may bear the reference. As text it stands for the line alone; read
    /// from text it is the reference as well, until the line is looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_no: Option<String>,
    /// The merchant number that the line or its statement names, as two merchants' lines may bear one reference and one
    /// number; as text it is left out unless it tells the line apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_no: Option<String>,
    /// Whether the line goes by its reference as text, though it has a number: other lines have that as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_reference: bool,
    /// What tells the line from others of the reference or number; read from text it is part of both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<String>,
}

impl LineRef {
    /// Returns the name of a line by its reference alone.
    #[must_use]
    pub const fn by_reference(channel: Channel, channel_ref: ChannelRef) -> Self {
        let apart = Vec::new();
        Self {
            channel,
            channel_ref,
            kind: None,
            channel_no: None,
            merchant_no: None,
            by_reference: false,
            apart,
        }
    }

    /// Returns the name of a line that no other line bears.
    #[must_use]
    pub fn of(channel: Channel, of: MarkedLine<'_>) -> Self {
        let MarkedLine { line, merchant } = of;
        let (kind, channel_no, merchant_no) = (Some(line.kind), line.number(), merchant.map(str::to_owned));
        Self { kind, channel_no, merchant_no, ..Self::by_reference(channel, line.channel_ref.clone()) }
    }

    /// Returns whether a line of a merchant number, or of none known, may be meant.
    #[must_use]
    pub fn may_be_of(&self, merchant: Option<&str>) -> bool {
        self.merchant_no.as_deref().zip(merchant).is_none_or(|(own, other)| own == other)
    }

    /// Returns the reference with what tells the line apart.
    #[must_use]
    pub fn reference(&self) -> String {
        line_name::joined(self.channel_ref.as_str(), &self.apart)
    }

    /// Returns what the name says of the line beside reference and number.
    #[must_use]
    pub fn said(&self) -> Vec<&str> {
        self.apart.iter().map(String::as_str).collect()
    }
}

impl std::fmt::Display for LineRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.channel_no {
            Some(number) if !self.by_reference => {
                write!(f, "{}:{}", self.channel, line_name::joined(number, &self.apart))
            }
            _ => write!(f, "{}/{}", self.channel, self.reference()),
        }
    }
}

impl std::str::FromStr for LineRef {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad =
            || Rejection::new(Code::BadValue).with("what", "channel line").with("value", text.escape_debug());
        let at = text.find(['/', ':']).ok_or_else(bad)?;
        let (channel, number) = (&text[..at], &text[at + 1..]);
        let by_number = text[at..].starts_with(':').then(|| number.to_owned());
        let (channel, channel_ref) = (channel.parse()?, number.parse()?);
        Ok(Self { channel_no: by_number, ..Self::by_reference(channel, channel_ref) })
    }
}

/// A file that proves something, written `NAME:SHA-256`. Its content stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its content, in hex.
    pub fingerprint: String,
}

impl std::fmt::Display for ProofFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.fingerprint)
    }
}

impl std::str::FromStr for ProofFile {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad = || Rejection::new(Code::BadValue).with("what", "file").with("value", text.escape_debug());
        let (name, fingerprint) = text.rsplit_once(':').ok_or_else(bad)?;
        let is_hash = fingerprint.len() == 64 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hash || name.is_empty() || name.chars().any(char::is_control) {
            return Err(bad());
        }
        Ok(Self { name: name.to_owned(), fingerprint: fingerprint.to_ascii_lowercase() })
    }
}

/// A step: proposed, staged or booked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepRow {
    /// Number in the case, from 1.
    pub step: i64,
    /// Its kind.
    pub kind: StepKind,
    /// The voucher that it takes back or clears, or whose number is known before it is booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_no: Option<VoucherNo>,
    /// The trade it books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trade_no: Option<TradeNo>,
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    /// The mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The accounting day it would be booked on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounting_date: Option<Date>,
    /// Corrected facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(String, String)>,
    /// The status that it sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TradeStatus>,
    /// The fact of which it dismisses a later list's claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<ListedFact>,
    /// The account that suspense replaces, or that an open item goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountCode>,
    /// The channel's line that it accounts for, `CHANNEL/REFERENCE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Lines given by an operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StepLine>,
    /// The explanation, one sentence in the language of the request.
    pub why: String,
    /// True if it was taken out again.
    #[serde(default)]
    pub dropped: bool,
}
