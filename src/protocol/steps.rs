//! Steps of a case: what is asked for, and the row that shows one.

use crate::domain::event::Event;
use crate::domain::id::{AccountCode, ChannelRef, TradeNo, VoucherNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Channel, TradeStatus};
use crate::domain::voucher::Mode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A line that an operator asks for.
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

/// A step to stage in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepRequest {
    /// Take a voucher back.
    Reverse {
        /// The voucher.
        voucher_no: VoucherNo,
        /// How; `None` lets the dates decide.
        mode: Option<Mode>,
    },
    /// Post an event again after its posting was taken back in the same case.
    Repost {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
        /// Facts to correct, for example `("customer", "A")`.
        set: Vec<(String, String)>,
    },
    /// Post an event that was left out.
    Supplement {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
    },
    /// Book a difference only (差额): what was asked for, or what is between the rules and the books.
    Adjust {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
        /// The lines; none for the difference by the rules.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<StepLine>,
        /// Take away in red: same side, negative, instead of the other side.
        #[serde(default)]
        red: bool,
        /// Stands beside the event and does not count for it: a debt that a correction leaves, a loss taken.
        #[serde(default)]
        aside: bool,
    },
    /// Put an amount into suspense as an open item (挂账): what was asked for, or what an event lacks, with one account's
    /// lines in suspense instead.
    Park {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
        /// The account that suspense stands for; `None` for the customer's or merchant's.
        instead_of: Option<AccountCode>,
        /// The lines; none for what the rules say.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<StepLine>,
    },
    /// Put money into suspense that came or went without a trade: a channel's line, or what was asked for.
    ParkLine {
        /// The line; `None` where there is no statement of it.
        line: Option<LineRef>,
        /// The lines to book; none for the line's amount between the channel's account and suspense.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<StepLine>,
    },
    /// Note that a channel took a payment back before it came (冲正先到): it is not posted when it comes.
    Stub {
        /// The channel's line that takes it back.
        line: LineRef,
    },
    /// Clear an open item from suspense (销账).
    Unpark {
        /// The voucher that opened it.
        voucher_no: VoucherNo,
        /// Where the amount goes.
        to: AccountCode,
        /// The channel's line by which it left, where no trade answers to that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<LineRef>,
    },
    /// Record a trade that a channel's line proves and nobody told us of.
    Record {
        /// The number it gets.
        trade_no: TradeNo,
        /// Its kind.
        trade_kind: crate::domain::trade::TradeKind,
        /// The channel.
        channel: Channel,
        /// The channel's reference: amount, fee and time are the line's.
        channel_ref: crate::domain::id::ChannelRef,
        /// Whose it is.
        customer: Option<crate::domain::id::Party>,
        /// The merchant.
        merchant: Option<crate::domain::id::Party>,
        /// Why, where no trade knows one of them yet: the posting opens an account for somebody new.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// Undo a trade with customer and channel by a new one (反交易), posted as the original with sides turned.
    Counter {
        /// Number of the new trade; `None` lets the desk give it one when the step is staged.
        trade_no: Option<TradeNo>,
        /// The trade it undoes.
        of: TradeNo,
        /// A kind with a rule of its own; `None` for the original's rules, sides turned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trade_kind: Option<crate::domain::trade::TradeKind>,
        /// Major units; `None` for what the channel's line says, else all that is left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<String>,
        /// The channel's fee of it in major units, negative where it is given back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fee: Option<String>,
        /// Reference of the channel's line that proves it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<ChannelRef>,
        /// Why, where no line proves it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// Correct a trade's own status where the channel proves it.
    Status {
        /// The trade.
        trade_no: TradeNo,
        /// The proven status.
        status: crate::domain::trade::TradeStatus,
    },
}

/// A step: proposed, staged or booked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepRow {
    /// Number in the case, from 1.
    pub step: i64,
    /// `reverse`, `repost`, `supplement`, `adjust`, `park`, `unpark`, `record`, `counter`, `stub` or `status`.
    pub kind: String,
    /// The voucher it takes back.
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
    /// Status it proves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TradeStatus>,
    /// The account it stands for in suspense, or takes an open item to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountCode>,
    /// The channel's line that it answers, `CHANNEL/REFERENCE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Lines asked for by an operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<crate::protocol::steps::StepLine>,
    /// Why, in one sentence.
    pub why: String,
    /// Whether it was taken out again.
    #[serde(default)]
    pub dropped: bool,
}
