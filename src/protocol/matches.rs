//! Matches that people decide: that a trade and a line of its channel belong together.

use crate::domain::hand_match::{FirstDecision, HandMatch};
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::money::Currency;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Channel, ReconStatus, TradeKind, TradeStatus};
use crate::i18n::{self, Lang};
use crate::protocol::reports::ReconRow;
use crate::protocol::trades::{ApartField, MatchCandidate, MatchedPair, Rival, StatementRow};
use serde::{Deserialize, Serialize};

/// A line of a channel by its reference or by the channel's own number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineName {
    /// The channel.
    pub channel: Channel,
    /// Reference, or the channel's own number.
    pub number: String,
}

impl std::fmt::Display for LineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.channel, self.number)
    }
}

impl std::str::FromStr for LineName {
    type Err = Rejection;

    /// Reads `CHANNEL:NUMBER`, or with a slash as elsewhere.
    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad =
            || Rejection::new(Code::BadValue).with("what", "channel line").with("value", text.escape_debug());
        let (channel, number) =
            text.split_once([':', '/']).filter(|(_, number)| !number.is_empty()).ok_or_else(bad)?;
        Ok(Self { channel: channel.parse()?, number: number.to_owned() })
    }
}

/// Requests that a trade and a line belong together from now on. With four eyes on it counts once a second person
/// has said the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchTrade {
    /// The trade.
    pub trade_no: TradeNo,
    /// The line.
    pub line: LineName,
    /// Why.
    pub reason: String,
}

/// Requests that the match by hand of a trade ends, or that one person's wish for one is dropped. With four eyes on a
/// match ends once a second person has said the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoMatch {
    /// The trade.
    pub trade_no: TradeNo,
    /// Why.
    pub reason: String,
}

/// Requests the matches by hand: what waits for a second person, then what is in force or has lost its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListMatches {
    /// Only what waits for a second person.
    pub waiting: bool,
}

/// Returns who decided about a match, when and why, and what is needed next.
#[must_use]
pub fn told(lang: Lang, one: &HandMatch) -> String {
    let mut args = vec![
        ("trade", one.trade_no.to_string()),
        ("line", one.line_name()),
        ("operator", one.operator.to_string()),
        ("at", one.at.local().to_string().replace('T', " ")),
        ("reason", one.reason.clone()),
    ];
    args.extend(one.first.as_ref().map(|first| ("first", told_first(lang, first))));
    i18n::text(lang, &format!("hand_match.{}", one.state), &args)
}

/// Returns who proposed a match that a second person put in force, when and why.
#[must_use]
pub fn told_first(lang: Lang, first: &FirstDecision) -> String {
    let args = [
        ("operator", first.operator.to_string()),
        ("at", first.at.local().to_string().replace('T', " ")),
        ("reason", first.reason.clone()),
    ];
    i18n::text(lang, "hand_match.first", &args)
}

/// How a trade or a line compares with the other side: its pair and how that came about, or what came nearest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchExplanation {
    /// The trade, or the channel and number of the line.
    pub about: String,
    /// Result of the comparison.
    pub recon: ReconStatus,
    /// The pair, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<MatchedPair>,
    /// The match by hand that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<HandMatch>,
    /// What the two do not agree on, the most telling first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<ApartField>,
    /// Where nothing answers it, what comes nearest, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<MatchCandidate>,
    /// Where it is ambiguous, the trades that fit as well as the trade itself does or, of a line, as the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<Rival>,
    /// Of a refund, a chargeback, a revocation and the like, the payment that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<NamedOriginal>,
}

/// The payment that a trade or a line goes back on, as both sides have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedOriginal {
    /// The reference by which it is named.
    pub channel_ref: ChannelRef,
    /// The trade; `None` if the ledger does not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade: Option<OriginalTrade>,
    /// The lines of the payment in the channel's statements that stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StatementRow>,
}

/// A trade that others go back on, with what they undid of it. Amounts in minor units of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginalTrade {
    /// The trade.
    #[serde(flatten)]
    pub trade: RelatedTrade,
    /// What was undone of it so far by trades that succeeded.
    pub undone_minor: i64,
    /// What is left of it.
    pub left_minor: i64,
    /// The trades that go back on it, in order of arrival, whatever their status.
    pub undone_by: Vec<RelatedTrade>,
}

/// A trade as it is known now, beside another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedTrade {
    /// Its number.
    pub trade_no: TradeNo,
    /// Its kind.
    pub kind: TradeKind,
    /// Its status.
    pub status: TradeStatus,
    /// Its amount, minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

/// Requests how a trade or a line compares with the other side, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainMatch {
    /// Number of a trade, or a line as `CHANNEL:NUMBER`.
    pub target: String,
}

/// A trade, or a line of a channel, that another is sought for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchSide {
    /// A trade; lines are sought.
    Trade(TradeNo),
    /// A line; trades are sought.
    Line(LineName),
}

impl std::fmt::Display for MatchSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Trade(trade_no) => trade_no.fmt(f),
            Self::Line(name) => name.fmt(f),
        }
    }
}

/// What a person may match with a trade or a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchChoices {
    /// The channel.
    pub channel: Channel,
    /// The trade or the line.
    pub target: ReconRow,
    /// What the other side has open on its day and the days beside it, the nearest first: by reference, currency,
    /// amount and time. For a trade also the line that it has by now.
    pub rows: Vec<ReconRow>,
    /// Whether there is more.
    pub more: bool,
    /// Matches by hand of the trade, or of lines or trades with its reference, that wait for a second person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<HandMatch>,
}

/// Requests what a person may match with a trade or a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListMatchChoices {
    /// The trade or the line.
    pub of: MatchSide,
}
