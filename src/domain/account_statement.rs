//! Account statements (账户对账单): what a bank or a channel says of our account with it. A bank statement, WeChat's
//! fund bill (资金账单), Alipay's account detail (账务明细): a balance forward, lines, a closing balance.
//!
//! A channel bill lists trades; an account statement lists what moved on the account: payments, fees, refunds net of
//! returned fees, payouts. The books' account of the bank or channel is compared with it.

use super::id::ChannelRef;
use super::money::Currency;
use super::period::Moment;
use super::vocabulary::vocabulary;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What a line of an account statement is, from a closed list; [`Other`](Self::Other) if its words are not known.
    AccountLineKind, "kind of an account line" {
        /// Payment of a customer.
        Payment = "payment",
        /// Money returned to a customer.
        Refund = "refund",
        /// Fee of the bank or channel, or a fee given back.
        Fee = "fee",
        /// Paid out to a bank account of ours, or received from a channel (提现, 结算).
        Payout = "payout",
        /// Paid in by us (充值).
        TopUp = "top_up",
        /// Paid to, or received from, somebody (转账, 付款).
        Transfer = "transfer",
        /// Shared with others by the channel (分账), or returned by them.
        Sharing = "sharing",
        /// Held as a reserve, or released (冻结, 解冻, 保证金).
        Reserve = "reserve",
        /// Interest.
        Interest = "interest",
        /// Taken or given back in a dispute (退单, 拒付).
        Dispute = "dispute",
        /// Paid as a compensation (赔付).
        Compensation = "compensation",
        /// A correction by the bank or channel (调账).
        Correction = "correction",
        /// Its words are not known.
        Other = "other",
    }
}

/// One line of an account statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// Line number in the file, from 1; of a format without lines, the number of the booking.
    pub line: u64,
    /// The day on which the holder booked it, by the holder's clock.
    pub day: Date,
    /// Its time of day, if the file tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// The day from which it bears interest, if the file tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_day: Option<Date>,
    /// Amount in minor units: positive if money came in.
    pub amount_minor: i64,
    /// The balance after it in minor units, if the file tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_minor: Option<i64>,
    /// What it is.
    pub kind: AccountLineKind,
    /// What the file calls it: type of business, or the bank's code.
    pub words: String,
    /// The holder's own number of the line (流水号); empty if there is none.
    pub number: String,
    /// The holder's number of the trade that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_no: Option<String>,
    /// Our reference: order number, refund number, end-to-end id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ChannelRef>,
    /// The batch, payout or settlement (结算批次) that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// Who paid or was paid: name or account; empty if not told.
    pub counterparty: String,
    /// Text of the line.
    pub text: String,
}

impl AccountLine {
    /// Returns what the holder says of it besides day and amount, whichever file lists it.
    #[must_use]
    pub fn known_by(&self) -> String {
        let reference = self.reference.as_ref().map_or("", ChannelRef::as_str);
        let number = self.channel_no.as_deref().unwrap_or_default();
        [reference, number, &self.words, &self.number, &self.counterparty, &self.text].join(" ")
    }
}

/// Whose account a statement is of, for which days, from which balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHead {
    /// The account's number at the holder: IBAN, card or merchant number; `None` if the file does not name one.
    pub number: Option<String>,
    /// The holder, if the file names it: BIC, bank code.
    pub holder: Option<String>,
    /// Currency of all amounts.
    pub currency: Currency,
    /// First day that it covers; `None` if that is the day of its first line.
    pub from: Option<Date>,
    /// Last day that it covers; `None` if that is the day of its last line.
    pub to: Option<Date>,
    /// Its last instant, if that is before the end of the last day.
    pub until: Option<Moment>,
    /// The holder's number of the statement.
    pub sequence: Option<String>,
    /// Balance before its first line, in minor units.
    pub opening_minor: Option<i64>,
}

/// A part of a file of account statements, in the order of the file: a head, its lines, its end; then the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountPart {
    /// A statement begins.
    Begins(Box<AccountHead>),
    /// A line of the statement that began last.
    Line(Box<AccountLine>),
    /// The statement that began last ends.
    Ends(AccountEnd),
}

/// The end of an account statement. A file may tell only there what it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountEnd {
    /// Balance before the first line in minor units: the head's, or the one that the lines' balances show.
    pub opening_minor: Option<i64>,
    /// Balance after the last line in minor units.
    pub closing_minor: Option<i64>,
    /// Last day that it covers, if only the end tells it.
    pub to: Option<Date>,
    /// Its last instant, if only the end tells that this is before what the head says.
    pub until: Option<Moment>,
    /// Whether the lines stand in the order from the newest to the oldest.
    pub newest_first: bool,
}
