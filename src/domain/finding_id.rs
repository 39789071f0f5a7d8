//! The identity of a finding: its cause and what it is about, the same from run to run.

use super::channel::Channels;
use super::finding::{Cause, Finding, Note};
use super::id::TradeNo;
use super::period::Moment;
use super::rejection::Rejection;
use super::trade::Channel;
use std::fmt;

/// The identity of a finding. As text:
///
/// | about | text |
/// |---|---|
/// | a trade | `refund_fee_rest/T0001` |
/// | an event, or a voucher, of a trade | `wrong_account/T0001/captured`, `suspense_open/T0001/J00007` |
/// | a line of a channel without a trade | `long/WECHAT/4200000123` |
/// | one of several lines of a reference ([`line_name`](super::line_name)) | `long/WECHAT/4200000123@1900000109` |
/// | money in suspense without a trade | `suspense_open//J00007` |
/// | a voucher without an event | `unexplained//J00007` |
/// | an account | `below_floor//2001.A` |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingId {
    /// What is wrong.
    pub cause: Cause,
    /// What it is about.
    pub about: FindingSubject,
    /// The event, voucher, or channel's reference.
    pub part: Option<String>,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FindingSubject {
    /// A trade.
    Trade(TradeNo),
    /// A line of a channel without a trade.
    Channel(Channel),
    /// Money in suspense without a trade, a voucher without an event, or an account.
    Unclaimed,
}

impl FindingId {
    /// Reads the text of an identity; whether there is such a finding is another matter. The `channels` of
    /// the ledger tell a channel's line from a trade.
    ///
    /// # Errors
    /// [`Code::NotFound`](super::rejection::Code::NotFound) if it has no known cause,
    /// [`Code::BadValue`](super::rejection::Code::BadValue) if it names no valid trade.
    pub fn read(text: &str, channels: &Channels) -> Result<Self, Rejection> {
        let unknown = || Rejection::not_found("finding", text);
        let mut parts = text.splitn(3, '/');
        let cause = parts.next().and_then(|word| word.parse().ok()).ok_or_else(unknown)?;
        let about = match parts.next().ok_or_else(unknown)? {
            "" => FindingSubject::Unclaimed,
            name => match Channel::of_text(name).filter(|code| channels.get(*code).is_some()) {
                Some(channel) => FindingSubject::Channel(channel),
                None => FindingSubject::Trade(name.parse()?),
            },
        };
        Ok(Self { cause, about, part: parts.next().map(str::to_owned) })
    }

    /// Returns the identity of a finding about a trade as a whole.
    #[must_use]
    pub const fn of_trade(cause: Cause, trade_no: TradeNo) -> Self {
        Self { cause, about: FindingSubject::Trade(trade_no), part: None }
    }

    /// Returns the identity of a finding about a channel.
    #[must_use]
    pub const fn of_channel(cause: Cause, channel: Channel) -> Self {
        Self { cause, about: FindingSubject::Channel(channel), part: None }
    }

    /// Returns the identity of a finding about money, a voucher or an account without a trade.
    #[must_use]
    pub const fn of_unclaimed(cause: Cause) -> Self {
        Self { cause, about: FindingSubject::Unclaimed, part: None }
    }

    /// Returns a finding of this identity that exists `since` a moment before `now`, with the scenario and severity of
    /// its cause, and without amounts and an explanation yet.
    #[must_use]
    pub fn finding(&self, since: Moment, now: Moment, currency: &str) -> Finding {
        let channel = match &self.about {
            FindingSubject::Channel(channel) => Some(*channel),
            FindingSubject::Trade(_) | FindingSubject::Unclaimed => None,
        };
        Finding {
            finding: self.to_string(),
            cause: self.cause,
            scenario: self.cause.scenario(),
            trade_no: self.trade_no().cloned(),
            event: None,
            voucher_no: None,
            account: None,
            channel,
            channel_ref: None,
            expected_minor: None,
            actual_minor: None,
            amount_minor: 0,
            currency: currency.to_owned(),
            since,
            age_seconds: now.seconds_since(since),
            severity: self.cause.severity(),
            note: Note::new(""),
            detail: String::new(),
            closed_by: None,
            asked: None,
            mark: String::new(),
            acceptance: None,
            due: None,
            due_state: None,
            holder: None,
            age_bucket: None,
        }
    }

    /// Adds the event, voucher, or channel's reference.
    #[must_use]
    pub fn with_part(mut self, part: impl fmt::Display) -> Self {
        self.part = Some(part.to_string());
        self
    }

    /// Returns the trade that it is about, if there is one.
    #[must_use]
    pub const fn trade_no(&self) -> Option<&TradeNo> {
        match &self.about {
            FindingSubject::Trade(trade_no) => Some(trade_no),
            FindingSubject::Channel(_) | FindingSubject::Unclaimed => None,
        }
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.cause)?;
        match &self.about {
            FindingSubject::Trade(trade_no) => write!(f, "{trade_no}")?,
            FindingSubject::Channel(channel) => write!(f, "{channel}")?,
            FindingSubject::Unclaimed => {}
        }
        self.part.as_ref().map_or(Ok(()), |part| write!(f, "/{part}"))
    }
}

/// What a plan is requested for: one finding, or a trade, for its worst finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanTarget {
    /// A finding.
    Finding(FindingId),
    /// A trade.
    Trade(TradeNo),
}

impl PlanTarget {
    /// Reads a trade number, or the identity of a finding, which has a slash.
    ///
    /// # Errors
    /// As [`FindingId::read`], or [`Code::BadValue`](super::rejection::Code::BadValue) for a bad number.
    pub fn read(text: &str, channels: &Channels) -> Result<Self, Rejection> {
        if text.contains('/') {
            FindingId::read(text, channels).map(Self::Finding)
        } else {
            text.parse().map(Self::Trade)
        }
    }

    /// Returns the trade, if there is one.
    #[must_use]
    pub const fn trade_no(&self) -> Option<&TradeNo> {
        match self {
            Self::Finding(id) => id.trade_no(),
            Self::Trade(trade_no) => Some(trade_no),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rejection::Code;

    fn channels() -> Channels {
        Channels::parse("china.toml", include_str!("../../assets/templates/cn-wallet/channels.toml"), None)
            .unwrap()
    }

    #[test]
    fn an_identity_is_the_same_after_it_was_printed() {
        for (text, trade) in [
            ("refund_fee_rest/T0001", Some("T0001")),
            ("wrong_account/T0001/captured", Some("T0001")),
            ("suspense_open/T0001/J00007", Some("T0001")),
            ("long/WECHAT/42/0001", None),
            ("suspense_open//J00007", None),
        ] {
            let id = FindingId::read(text, &channels()).unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(id.trade_no().map(TradeNo::as_str), trade, "{text}");
        }
    }

    #[test]
    fn what_names_no_cause_or_no_trade_is_refused() {
        let code = |text: &str| PlanTarget::read(text, &channels()).map_err(|refused| refused.code);
        assert_eq!(code("nonsense/T0001"), Err(Code::NotFound));
        assert_eq!(code("long/\u{7}/x"), Err(Code::BadValue));
        assert_eq!(code("T0001"), Ok(PlanTarget::Trade("T0001".parse().unwrap())));
    }
}
