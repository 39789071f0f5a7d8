//! Findings (差错): differences between what should stand (rules, trades, channel statements) and what stands
//! (vouchers).

use super::event::Event;
use super::id::{AccountCode, TradeNo, VoucherNo};
use super::period::Moment;
use super::trade::Channel;
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What is wrong.
    Cause, "cause" {
        /// A due event has no live voucher.
        Unposted = "unposted",
        /// One event has two or more live vouchers.
        PostedTwice = "posted_twice",
        /// Right amounts and sides on another account.
        WrongAccount = "wrong_account",
        /// Right accounts, other amounts.
        WrongAmount = "wrong_amount",
        /// Debit and credit swapped.
        WrongSide = "wrong_side",
        /// Only fee lines differ.
        WrongFee = "wrong_fee",
        /// Booked although the trade failed or is not due.
        PostedNotDue = "posted_not_due",
        /// The channel has it, we do not (长款).
        Long = "long",
        /// We have it, the channel does not (短款).
        Short = "short",
        /// Both have it with different amounts.
        AmountDiff = "amount_diff",
        /// Both have it with different channel fees.
        ChannelFeeDiff = "channel_fee_diff",
        /// Right lines are there and others are missing (单边).
        HalfPosted = "half_posted",
        /// Booked for another day than the trade's.
        WrongDate = "wrong_date",
        /// An amount waits in suspense (挂账).
        SuspenseOpen = "suspense_open",
        /// The fees given back with the refunds of a payment do not add up to its fee.
        RefundFeeRest = "refund_fee_rest",
        /// The channel took back what it or we have never booked; its line is kept until the original comes.
        ReversedInAdvance = "reversed_in_advance",
        /// Not an error yet: across the cut, or before its service window.
        Waiting = "waiting",
        /// Above the payment system's limit.
        OverLimit = "over_limit",
    }
}

vocabulary! {
    /// How much it matters.
    Severity, "severity" {
        /// Money or a customer is wrong now.
        High = "high",
        /// Books are wrong, nobody is harmed yet.
        Medium = "medium",
        /// Small or internal.
        Low = "low",
        /// Nothing to do yet.
        Info = "info",
    }
}

impl Cause {
    /// How much a finding of this cause matters.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::WrongAccount | Self::PostedTwice | Self::WrongAmount | Self::WrongSide | Self::Short => {
                Severity::High
            }
            Self::Unposted
            | Self::PostedNotDue
            | Self::Long
            | Self::AmountDiff
            | Self::OverLimit
            | Self::HalfPosted
            | Self::WrongDate => Severity::Medium,
            Self::WrongFee | Self::ChannelFeeDiff | Self::SuspenseOpen | Self::RefundFeeRest => Severity::Low,
            Self::Waiting | Self::ReversedInAdvance => Severity::Info,
        }
    }
}

/// A detected difference.
///
/// `finding` is its identity and the same from run to run: cause, then what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Identity, for example `wrong_account/T0001/captured`.
    pub finding: String,
    /// What is wrong.
    pub cause: Cause,
    /// Row of the scenario table that describes the practice (`S06`).
    pub scenario: String,
    /// The trade; absent where only the channel knows of it.
    pub trade_no: Option<TradeNo>,
    /// The event.
    pub event: Option<Event>,
    /// The voucher at fault.
    pub voucher_no: Option<VoucherNo>,
    /// The account that is wrong, where one is.
    pub account: Option<AccountCode>,
    /// The channel concerned.
    pub channel: Option<Channel>,
    /// The channel's reference, where only the channel knows of it.
    pub channel_ref: Option<String>,
    /// What should stand, minor units.
    pub expected_minor: Option<i64>,
    /// What stands, minor units.
    pub actual_minor: Option<i64>,
    /// The amount at stake, minor units, never negative.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Since when.
    pub since: Moment,
    /// Age at the time of asking.
    pub age_seconds: i64,
    /// How much it matters.
    pub severity: Severity,
    /// Which text explains it (`finding.<note>` in the locales) and its facts.
    pub note: Note,
    /// The explanation in the language of the request.
    pub detail: String,
}

impl Finding {
    /// Whether the practice has a step for it although no trade is behind it: money at a bank that nobody knows, and what a channel
    /// took back before it came.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        self.trade_no.is_none()
            && (self.cause == Cause::ReversedInAdvance
                || (self.cause == Cause::Long && self.channel == Some(Channel::Bank)))
    }
}

/// A sentence by key and facts, put into words by the layer that knows the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Key in the locales.
    pub key: String,
    /// Named facts.
    pub args: Vec<(String, String)>,
}

impl Note {
    /// A sentence without facts.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), args: Vec::new() }
    }

    /// Adds a named fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.args.push((name.to_owned(), value.to_string()));
        self
    }
}
