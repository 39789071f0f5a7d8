//! What all channel bills share: their clock and the summary of their rows.

use super::reason::Reason;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// The channels' clock: China has had one zone without summer time since 1992, before any bill.
pub(super) const CHINA: Offset = Offset::constant(8);

/// Day and merchant of a channel's bill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillHead {
    /// Its day by the channel's cut; `None` for an empty bill that does not name one (WeChat's empty day).
    pub day: Option<Date>,
    /// The channel's number for us, if the file names one.
    pub merchant_id: Option<String>,
    /// Of a bill of one sub-merchant of a service provider: its number (特约商户号).
    pub sub_merchant: Option<String>,
    /// Which lines it lists.
    pub covers: Coverage,
    /// Its last instant, if the file names one before the end of its day.
    pub until: Option<Moment>,
}

/// A number that all rows of a bill name, or not.
#[derive(Debug, Default)]
pub(super) struct SharedNumber {
    first: Option<String>,
    differs: bool,
}

impl SharedNumber {
    /// Adds the number that a row names; empty if it names none.
    pub(super) fn add(&mut self, here: &str) {
        match &self.first {
            Some(first) => self.differs |= first != here,
            None => self.first = Some(here.to_owned()),
        }
    }

    /// Returns the number, `None` if there is none or the rows name several.
    pub(super) fn number(self) -> Option<String> {
        self.first.filter(|number| !self.differs && !number.is_empty())
    }
}

/// What a channel's bill contained. Counts and sums were checked against the bill's own footer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillSummary {
    /// Day and merchant of the bill.
    pub head: BillHead,
    /// Currency of the sums.
    pub currency: Currency,
    /// Statement lines.
    pub rows: u64,
    /// Lines of money received.
    pub pay_count: u64,
    /// Lines of money returned: refunds and revocations.
    pub refund_count: u64,
    /// Sum of what the channel pays for payments, in minor units.
    pub pay_minor: i64,
    /// Sum of what it takes back for refunds and revocations, in minor units, positive.
    pub refund_minor: i64,
    /// Net fee that the channel keeps of all lines, in minor units.
    pub fee_minor: i64,
}

impl BillSummary {
    /// Returns the summary of a bill without rows.
    pub(super) const fn new(head: BillHead, currency: Currency) -> Self {
        Self {
            head,
            currency,
            rows: 0,
            pay_count: 0,
            refund_count: 0,
            pay_minor: 0,
            refund_minor: 0,
            fee_minor: 0,
        }
    }

    /// Adds a line to the counts and sums.
    pub(super) fn add(&mut self, line: &StatementLine) -> Result<(), Reason> {
        let sum = |total: i64, minor: i64| total.checked_add(minor).ok_or(Reason::SumTooLarge {});
        self.rows += 1;
        self.fee_minor = sum(self.fee_minor, line.fee_minor)?;
        match line.kind {
            LineKind::Pay => {
                self.pay_count += 1;
                self.pay_minor = sum(self.pay_minor, line.paid_minor())?;
            }
            LineKind::Refund | LineKind::Revoke => {
                self.refund_count += 1;
                self.refund_minor = sum(self.refund_minor, line.paid_minor())?;
            }
        }
        Ok(())
    }
}
