//! Channel bills (渠道账单): what the channel says happened, line by line. Reconciliation compares them with
//! trades, never with journals.

use super::id::ChannelRef;
use super::money::Currency;
use super::period::Moment;
use super::trade::{Channel, TradeStatus};
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Direction of a line of a channel bill.
    LineKind, "statement line kind" {
        /// Money received.
        Pay = "pay",
        /// Money returned.
        Refund = "refund",
        /// The payment was cancelled before it settled (撤销).
        Revoke = "revoke",
    }
}

impl LineKind {
    /// Returns whether money was received.
    #[must_use]
    pub const fn comes_in(self) -> bool {
        matches!(self, Self::Pay)
    }
}

vocabulary! {
    /// Which lines a channel bill lists.
    Coverage, "coverage of a statement" {
        /// Payments and refunds.
        All = "all",
        /// Payments alone.
        Payments = "payments",
        /// Refunds alone.
        Refunds = "refunds",
        /// Refunds from money paid in for refunds (充值退款) alone.
        RechargeRefunds = "recharge_refunds",
        /// Error trades (差错交易) of whatever days: such a bill says of no trade that it is missing.
        Errors = "errors",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro takes no attribute of a variant")]
impl Default for Coverage {
    fn default() -> Self {
        Self::All
    }
}

impl Coverage {
    /// Returns the kinds of lines that such a bill lists.
    #[must_use]
    pub const fn kinds(self) -> &'static [LineKind] {
        match self {
            Self::All | Self::Errors => LineKind::ALL,
            Self::Payments => &[LineKind::Pay],
            Self::Refunds | Self::RechargeRefunds => &[LineKind::Refund, LineKind::Revoke],
        }
    }

    /// Returns whether such a bill lists lines of this kind.
    #[must_use]
    pub fn lists(self, kind: LineKind) -> bool {
        self.kinds().contains(&kind)
    }

    /// Returns whether such a bill lists all that one of `other` lists. Recharge refunds, and error
    /// trades, stand in a bill of their own alone.
    #[must_use]
    pub const fn holds(self, other: Self) -> bool {
        match (self, other) {
            (Self::All, Self::All | Self::Payments | Self::Refunds)
            | (Self::Payments, Self::Payments)
            | (Self::Refunds, Self::Refunds)
            | (Self::RechargeRefunds, Self::RechargeRefunds)
            | (Self::Errors, Self::Errors) => true,
            (Self::All | Self::Payments | Self::Refunds | Self::RechargeRefunds | Self::Errors, _) => false,
        }
    }

    /// Returns whether two bills of the same day list the same lines in part.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.holds(other) || other.holds(self)
    }
}

/// One line of a channel bill. Amounts are positive whatever sign the channel's format uses; the fee is
/// what the channel keeps, negative if it gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Line number in the file, from 1.
    pub line: u64,
    /// Direction.
    pub kind: LineKind,
    /// The trade layer's reference: merchant order number, or refund number for a refund.
    pub channel_ref: ChannelRef,
    /// For a refund: merchant order number of the payment.
    pub original_ref: Option<ChannelRef>,
    /// The channel's own number.
    pub channel_no: String,
    /// Amount of the order or refund in minor units, positive. What the channel pays of it is
    /// [`paid_minor`](Self::paid_minor).
    pub amount_minor: i64,
    /// Channel fee in minor units.
    pub fee_minor: i64,
    /// Currency of amount and fee.
    pub currency: Currency,
    /// The state the line proves.
    pub status: TradeStatus,
    /// Time in the channel's clock.
    pub occurred_at: Moment,
    /// The merchant number (商户号, or 特约商户号) that the line names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_no: Option<String>,
    /// Part of the amount that the merchant bears as a discount, so that the channel does not pay it; minor
    /// units.
    #[serde(default)]
    pub merchant_discount_minor: i64,
    /// Part of the amount that the channel bears as a discount and pays all the same; minor units.
    #[serde(default)]
    pub channel_discount_minor: i64,
    /// What the channel notes about the state of a refund that did not reach the customer (`CHANGE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

impl StatementLine {
    /// Returns what the channel pays, or takes back of a refund, in minor units: the amount without the
    /// discount that the merchant bears.
    #[must_use]
    pub const fn paid_minor(&self) -> i64 {
        self.amount_minor.saturating_sub(self.merchant_discount_minor)
    }

    /// Returns true if the line moves no money: it failed or was closed, or a discount of the merchant pays all of
    /// the order and the channel takes no fee.
    #[must_use]
    pub const fn moves_nothing(&self) -> bool {
        matches!(self.status, TradeStatus::Failed | TradeStatus::Closed)
            || (self.paid_minor() == 0 && self.fee_minor == 0)
    }

    /// Returns the channel's own number; `None` if the line names none.
    #[must_use]
    pub fn number(&self) -> Option<String> {
        (!self.channel_no.is_empty()).then(|| self.channel_no.clone())
    }

    /// Returns whether another line of the channel lists the same payment, under one number of the channel's own.
    #[must_use]
    pub fn lists_same(&self, other: &Self) -> bool {
        !self.channel_no.is_empty() && (self.kind, &self.channel_no) == (other.kind, &other.channel_no)
    }

    /// Returns whether the line says that the payment with a reference never took effect, under that reference or
    /// one of its own.
    #[must_use]
    pub fn revokes(&self, payment: &ChannelRef) -> bool {
        self.kind == LineKind::Revoke
            && self.original_ref.as_ref() == Some(payment)
            && self.status == TradeStatus::Succeeded
    }
}

/// Channel, day, merchant and coverage of a channel bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementHead {
    /// The channel.
    pub channel: Channel,
    /// Its day by the channel's cut; `None` for an empty bill that does not name one (WeChat's empty day).
    pub day: Option<Date>,
    /// The channel's number for us, if the file names one.
    pub merchant_id: Option<String>,
    /// Of a bill of one sub-merchant of a service provider: its number (特约商户号).
    pub sub_merchant: Option<String>,
    /// Which lines it lists.
    pub covers: Coverage,
    /// Its last instant, if that is before the end of its day.
    pub until: Option<Moment>,
    /// The format of the file, for example `wechat-trade`.
    pub format: String,
}

impl StatementHead {
    /// Returns whether two statements may list the same lines: of one channel, day, merchant and
    /// sub-merchant, in part of the same kinds. One without a sub-merchant may list those of each.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.channel == other.channel
            && self.day.is_some()
            && self.day == other.day
            && self.merchant_id == other.merchant_id
            && (self.sub_merchant == other.sub_merchant
                || self.sub_merchant.is_none()
                || other.sub_merchant.is_none())
            && self.covers.overlaps(other.covers)
    }

    /// Returns whether two statements are of one merchant number and sub-merchant, or may be: where one of them names
    /// none.
    #[must_use]
    pub fn may_be_of_merchant(&self, other: &Self) -> bool {
        let may_be =
            |own: &Option<String>, other: &Option<String>| own.is_none() || other.is_none() || own == other;
        may_be(&self.merchant_id, &other.merchant_id) && may_be(&self.sub_merchant, &other.sub_merchant)
    }

    /// Returns whether the statement, of so many lines, has none and names no merchant number: then it says of every
    /// number that it had none.
    #[must_use]
    pub const fn says_none(&self, lines: u64) -> bool {
        lines == 0 && self.merchant_id.is_none()
    }

    /// Returns whether this statement covers everything that `other`, which it overlaps, covers.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        self.reaches(other)
            && self.covers.holds(other.covers)
            && (self.sub_merchant.is_none() || self.sub_merchant == other.sub_merchant)
    }

    /// Returns whether this statement lists kinds of lines or sub-merchants that `other`, which it overlaps, does not.
    #[must_use]
    pub fn is_wider_than(&self, other: &Self) -> bool {
        !other.covers.holds(self.covers)
            || (other.sub_merchant.is_some() && other.sub_merchant != self.sub_merchant)
    }

    /// Returns which lines of this statement are left beside `other`, which lists others of them; `None` if no coverage
    /// says it.
    #[must_use]
    pub fn rest_beside(&self, other: &Self) -> Option<Coverage> {
        let is_of_same = other.sub_merchant.is_none() || other.sub_merchant == self.sub_merchant;
        match (self.covers, other.covers) {
            (Coverage::All, Coverage::Refunds) if is_of_same => Some(Coverage::Payments),
            (Coverage::All, Coverage::Payments) if is_of_same => Some(Coverage::Refunds),
            _ => None,
        }
    }

    /// Returns whether this statement ends no earlier than `other`, of one day.
    #[must_use]
    pub fn reaches(&self, other: &Self) -> bool {
        match (self.until, other.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => own >= others,
        }
    }

    /// Returns whether a line belongs into this statement by its kind and merchant number.
    #[must_use]
    pub fn lists(&self, line: &StatementLine) -> bool {
        self.covers.lists(line.kind)
            && (self.sub_merchant.is_none()
                || line.merchant_no.is_none()
                || self.sub_merchant == line.merchant_no)
    }
}

vocabulary! {
    /// How a statement stands.
    BillState, "state of a statement" {
        /// It waits for a case of two people.
        Held = "held",
        /// It counts.
        Standing = "standing",
        /// Another took its place.
        Replaced = "replaced",
        /// A person took it out.
        Withdrawn = "withdrawn",
    }
}

/// Whether a channel's line proves a status. A bill freezes the state of a refund when it is made, and the
/// money has left us by then: a refund still in process counts as done.
///
/// A revocation under the payment's own reference says that the payment never took effect.
pub(crate) fn proves(line: &StatementLine, status: TradeStatus) -> bool {
    if line.kind == LineKind::Revoke && line.original_ref.as_ref() == Some(&line.channel_ref) {
        return status == TradeStatus::Failed && line.status == TradeStatus::Succeeded;
    }
    line.status == status
        || (line.kind == LineKind::Refund
            && line.status == TradeStatus::Processing
            && status == TradeStatus::Succeeded)
}
