//! A match of a trade and a line by people (手工勾兑), as it stands: in force, or waiting for a second person.

use super::id::{ChannelRef, Operator, TradeNo};
use super::line_name::{self, MarkedLine};
use super::period::Moment;
use super::statement::LineKind;
use super::trade::Channel;
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// How far people are with a match by hand.
    HandMatchState, "state of a match by hand" {
        /// One person has matched the two; it counts once a second one has said the same.
        Asked = "asked",
        /// It counts.
        InForce = "in_force",
        /// It counts no more: no statement that stands lists the line.
        LineGone = "line_gone",
        /// It counts until a second person takes it back as well.
        UndoAsked = "undo_asked",
    }
}

/// Who proposed a match by hand that a second person has put in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstDecision {
    /// The first person.
    pub operator: Operator,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// A match by hand, or the wish for one or for its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandMatch {
    /// The trade.
    pub trade_no: TradeNo,
    /// The channel of both.
    pub channel: Channel,
    /// Reference of the line.
    pub channel_ref: ChannelRef,
    /// Kind of the line.
    pub line_kind: LineKind,
    /// The channel's own number of the line; empty if it has none.
    pub channel_no: String,
    /// The merchant number that the line or its statement named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_no: Option<String>,
    /// Whether a line of another merchant number has that reference and number too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_shared: bool,
    /// How far people are.
    pub state: HandMatchState,
    /// Who decided last.
    pub operator: Operator,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
    /// Of one in force that two people decided, the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstDecision>,
}

impl HandMatch {
    /// Returns the line as people name it: `WECHAT:` and the channel's own number, or else the reference, with the
    /// merchant number if that tells it apart.
    #[must_use]
    pub fn line_name(&self) -> String {
        let number = if self.channel_no.is_empty() { self.channel_ref.as_str() } else { &self.channel_no };
        let apart: Vec<String> = self.merchant_no.iter().filter(|_| self.is_shared).cloned().collect();
        format!("{}:{}", self.channel, line_name::joined(number, &apart))
    }

    /// Returns whether it is about a line of its channel.
    #[must_use]
    pub fn is_of(&self, of: MarkedLine<'_>) -> bool {
        let MarkedLine { line, merchant } = of;
        (&self.channel_ref, self.line_kind, &self.channel_no)
            == (&line.channel_ref, line.kind, &line.channel_no)
            && self.merchant_no.as_deref().zip(merchant).is_none_or(|(own, other)| own == other)
    }

    /// Returns whether something is about its trade, or about lines or trades with the reference of its line.
    #[must_use]
    pub fn concerns(
        &self,
        trade: Option<&TradeNo>,
        channel: Option<Channel>,
        channel_ref: Option<&str>,
    ) -> bool {
        trade == Some(&self.trade_no)
            || (channel == Some(self.channel) && channel_ref == Some(self.channel_ref.as_str()))
    }
}
