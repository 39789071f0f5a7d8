//! Steps of a case: the request to stage one, one struct a kind, and the row that shows one.

use crate::domain::event::Event;
use crate::domain::id::{AccountCode, ChannelRef, Party, TradeNo, VoucherNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::step::StepKind;
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use crate::domain::voucher::Mode;
use crate::protocol::tagged::{self, Tagged};
use jiff::civil::Date;
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};

/// A line given by an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// Side.
    pub side: crate::domain::account::Side,
    /// Account.
    pub account: AccountCode,
    /// Amount in major units, above zero.
    pub amount: String,
}

/// A line of a channel's statement, written `CHANNEL/REFERENCE`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineRef {
    /// The channel.
    pub channel: Channel,
    /// The channel's reference.
    pub channel_ref: ChannelRef,
}

impl std::fmt::Display for LineRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.channel, self.channel_ref)
    }
}

impl std::str::FromStr for LineRef {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad =
            || Rejection::new(Code::BadValue).with("what", "channel line").with("value", text.escape_debug());
        let (channel, channel_ref) = text.split_once('/').ok_or_else(bad)?;
        Ok(Self { channel: channel.parse()?, channel_ref: channel_ref.parse()? })
    }
}

/// Declares the request to stage a step: one line for each struct, with its word in JSON and in stored
/// steps, and the kind under which the step is shown.
///
/// `Reverse = "reverse" shown Reverse` makes the variant `StepRequest::Reverse(Reverse)`, whose JSON is the
/// struct's own with `"kind": "reverse"` before its fields, and `From<Reverse> for StepRequest`.
macro_rules! steps {
    ($($step:ident = $word:literal shown $kind:ident,)+) => {
        /// A step to stage in a case.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind")]
        pub enum StepRequest {
            $(
                #[doc = concat!("A [`struct@", stringify!($step), "`].")]
                #[serde(rename = $word)]
                $step($step),
            )+
        }

        /// The word of a step.
        #[derive(Deserialize)]
        pub(super) enum Tag {
            $(
                #[serde(rename = $word)]
                $step,
            )+
        }

        impl<'de> Tagged<'de> for StepRequest {
            const KEY: &'static str = "kind";
            type Tag = Tag;

            fn variant<A: MapAccess<'de>>(tag: Tag, fields: A) -> Result<Self, A::Error> {
                match tag { $(Tag::$step => tagged::fields(fields).map(Self::$step),)+ }
            }
        }

        impl StepRequest {
            /// The kind under which the step is shown.
            #[must_use]
            pub const fn kind(&self) -> StepKind {
                match self { $(Self::$step(_) => StepKind::$kind,)+ }
            }
        }

        $(
            impl From<$step> for StepRequest {
                fn from(step: $step) -> Self {
                    Self::$step(step)
                }
            }
        )+
    };
}

steps! {
    Reverse = "reverse" shown Reverse,
    Repost = "repost" shown Repost,
    Supplement = "supplement" shown Supplement,
    Adjust = "adjust" shown Adjust,
    Park = "park" shown Park,
    ParkLine = "park_line" shown Park,
    Stub = "stub" shown Stub,
    Unpark = "unpark" shown Unpark,
    Record = "record" shown Record,
    Counter = "counter" shown Counter,
    Status = "status" shown Status,
}

impl<'de> Deserialize<'de> for StepRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::read(deserializer)
    }
}

/// Takes a voucher back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverse {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// The mode; `None` lets the dates decide.
    pub mode: Option<Mode>,
}

/// Posts an event again after its posting was taken back in the same case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repost {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
    /// Facts to correct, for example `("customer", "A")`; `("reason", "...")` says why.
    pub set: Vec<(String, String)>,
}

/// Posts an event that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
}

/// Books a difference only (差额): the given lines, or what lies between the rules and the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjust {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
    /// The lines; empty for the difference by the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StepLine>,
    /// Takes away in red: negative on the account's own side instead of positive on the other side.
    #[serde(default)]
    pub red: bool,
    /// Books beside the event and does not count as part of it: a debt that a correction leaves, a loss
    /// taken.
    #[serde(default)]
    pub aside: bool,
}

/// Puts an amount into suspense as an open item (挂账): the given lines, or what an event lacks, with
/// suspense in place of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Park {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
    /// The account that suspense replaces; `None` for the customer's or merchant's.
    pub instead_of: Option<AccountCode>,
    /// The lines; empty for what the rules say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StepLine>,
}

/// Puts money into suspense that came or went without a trade: a channel's line, or the given lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkLine {
    /// The channel's line; `None` if no statement has one.
    pub line: Option<LineRef>,
    /// The lines to book; empty for the channel line's amount between the channel's account and suspense.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StepLine>,
}

/// Notes that a channel took a payment back before it came (冲正先到): the payment is not posted when it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stub {
    /// The channel's line that takes it back.
    pub line: LineRef,
}

/// Clears an open item from suspense (销账).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpark {
    /// The voucher that opened the item.
    pub voucher_no: VoucherNo,
    /// The account that the amount goes to.
    pub to: AccountCode,
    /// The channel's line by which the money left, if no trade stands for that line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineRef>,
}

/// Records a trade that a channel's line proves and that no file brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The number it gets.
    pub trade_no: TradeNo,
    /// Its kind.
    pub trade_kind: TradeKind,
    /// The channel.
    pub channel: Channel,
    /// The channel's reference; amount, fee and time are taken from its line.
    pub channel_ref: ChannelRef,
    /// The customer.
    pub customer: Option<Party>,
    /// The merchant.
    pub merchant: Option<Party>,
    /// The reason, needed if no trade knows one of the two parties yet: the posting opens an account for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// Undoes a trade with customer and channel by a new one (反交易), posted as the original with sides turned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Number of the new trade; `None` to have one given when the step is staged.
    pub trade_no: Option<TradeNo>,
    /// The trade it undoes.
    pub of: TradeNo,
    /// A kind with a rule of its own; `None` for the original's rules, sides turned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_kind: Option<TradeKind>,
    /// Amount in major units; `None` for that of the channel's line, else for all that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// The channel's fee in major units, negative if it is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<String>,
    /// Reference of the channel's line that proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ChannelRef>,
    /// The reason, needed if no line proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// Corrects a trade's own status as the channel proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The trade.
    pub trade_no: TradeNo,
    /// The proven status.
    pub status: TradeStatus,
}

/// A step: proposed, staged or booked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepRow {
    /// Number in the case, from 1.
    pub step: i64,
    /// Its kind.
    pub kind: StepKind,
    /// The voucher that it takes back or clears.
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
