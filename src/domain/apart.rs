//! What keeps a trade and a line of its channel from matching, field by field, and which of several come nearest.
//!
//! Pure: the store reads a few trades or lines that are near ([`crate::store::candidates`]); here they are compared.

use super::id::{ChannelRef, TradeNo};
use super::money::{Currency, Money};
use super::period::Moment;
use super::statement::LineKind;
use super::trade::{TradeKind, TradeStatus};
use super::vocabulary::vocabulary;
use jiff::civil::Date;

vocabulary! {
    /// What keeps a trade and a line from matching, the most telling first.
    ApartBy, "field that keeps a match away" {
        /// The statement that lists the line was replaced or withdrawn.
        Statement = "statement",
        /// The references differ.
        Reference = "reference",
        /// A line of this kind answers no trade of that kind.
        Kind = "kind",
        /// Both go back on a payment, but on different ones.
        Original = "original",
        /// Both name the channel's own number, but different ones.
        ChannelNo = "channel_no",
        /// They went by different merchant numbers.
        MerchantNo = "merchant_no",
        /// The channel revoked the payment of the line.
        Revoked = "revoked",
        /// The line has another trade already.
        HasTrade = "has_trade",
        /// The trade has another line already.
        HasLine = "has_line",
        /// The currencies differ.
        Currency = "currency",
        /// The channel pays another amount.
        Amount = "amount",
        /// One side says that it happened, the other that it did not.
        Status = "status",
        /// The days differ.
        Day = "day",
    }
}

/// A trade as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeSide {
    /// Number.
    pub trade_no: TradeNo,
    /// Kind.
    pub kind: TradeKind,
    /// Whether its money comes in; `None` if that does not follow from the kind.
    pub comes_in: Option<bool>,
    /// The channel's reference.
    pub channel_ref: ChannelRef,
    /// Reference of the trade that it goes back on.
    pub original_ref: Option<ChannelRef>,
    /// The channel's own number, if the trade layer tells it.
    pub channel_no: Option<String>,
    /// The merchant number it went by, if the trade layer tells it.
    pub merchant_no: Option<String>,
    /// Status.
    pub status: TradeStatus,
    /// What is paid of it, in minor units.
    pub paid_minor: i64,
    /// Currency.
    pub currency: Currency,
    /// Time.
    pub occurred_at: Moment,
    /// Day of the channel that it belongs to.
    pub day: Date,
    /// The line that it has, as people name it (`bill.csv:12`).
    pub line: Option<String>,
    /// The line that revokes it.
    pub revoked_by: Option<String>,
}

/// A line as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSide {
    /// Kind.
    pub kind: LineKind,
    /// Reference.
    pub channel_ref: ChannelRef,
    /// Reference of the payment that it goes back on.
    pub original_ref: Option<ChannelRef>,
    /// The channel's own number; may be empty.
    pub channel_no: String,
    /// Merchant numbers that the line or its statement names; empty if they name none.
    pub merchants: Vec<String>,
    /// The state it proves.
    pub status: TradeStatus,
    /// What the channel pays, in minor units.
    pub paid_minor: i64,
    /// Currency.
    pub currency: Currency,
    /// Time in the channel's clock.
    pub occurred_at: Moment,
    /// First and last day of its statement.
    pub days: Option<(Date, Date)>,
    /// State of its statement, if that counts no more.
    pub ended: Option<String>,
    /// The trade that it has.
    pub trade: Option<TradeNo>,
}

/// A field that keeps a trade and a line apart, with what each side has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The field.
    pub by: ApartBy,
    /// What our trade has.
    pub ours: String,
    /// What the channel's line has.
    pub theirs: String,
}

/// Returns the fields that keep a trade and a line apart, the most telling first; empty if they fit.
#[must_use]
pub fn apart(trade: &TradeSide, line: &LineSide) -> Vec<Apart> {
    let mut found = Vec::new();
    let mut differ = |by: ApartBy, ours: String, theirs: String| found.push(Apart { by, ours, theirs });
    if let Some(state) = &line.ended {
        differ(ApartBy::Statement, String::new(), state.clone());
    }
    if trade.channel_ref != line.channel_ref {
        differ(ApartBy::Reference, trade.channel_ref.to_string(), line.channel_ref.to_string());
    }
    if trade.comes_in.is_some_and(|comes_in| comes_in != line.kind.comes_in()) {
        differ(ApartBy::Kind, trade.kind.to_string(), line.kind.to_string());
    }
    if let Some((ours, theirs)) = trade.original_ref.as_ref().zip(line.original_ref.as_ref())
        && ours != theirs
        && line.kind != LineKind::Pay
    {
        differ(ApartBy::Original, ours.to_string(), theirs.to_string());
    }
    if let Some(ours) = trade.channel_no.as_ref().filter(|no| **no != line.channel_no)
        && !line.channel_no.is_empty()
    {
        differ(ApartBy::ChannelNo, ours.clone(), line.channel_no.clone());
    }
    if let Some(ours) = trade.merchant_no.as_ref().filter(|ours| !line.merchants.contains(ours))
        && !line.merchants.is_empty()
    {
        differ(ApartBy::MerchantNo, ours.clone(), line.merchants.join(", "));
    }
    if let Some(by) = trade.revoked_by.as_ref().filter(|_| line.kind == LineKind::Pay) {
        differ(ApartBy::Revoked, String::new(), by.clone());
    }
    if let Some(other) = line.trade.as_ref().filter(|other| **other != trade.trade_no) {
        differ(ApartBy::HasTrade, trade.trade_no.to_string(), other.to_string());
    }
    if let Some(own) = &trade.line {
        differ(ApartBy::HasLine, own.clone(), String::new());
    }
    if trade.currency != line.currency {
        differ(ApartBy::Currency, trade.currency.to_string(), line.currency.to_string());
    } else if trade.paid_minor != line.paid_minor {
        let money = |minor| Money::new(minor, trade.currency).to_string();
        differ(ApartBy::Amount, money(trade.paid_minor), money(line.paid_minor));
    }
    if happened(trade.status) != happened(line.status) {
        differ(ApartBy::Status, trade.status.to_string(), line.status.to_string());
    }
    if line.days.is_some_and(|(first, last)| trade.day < first || trade.day > last) {
        let time = |at: Moment| at.local().to_string().replace('T', " ");
        differ(ApartBy::Day, time(trade.occurred_at), time(line.occurred_at));
    }
    found
}

/// Returns whether a status says that something happened; `None` if that is open. A refund in process has left the
/// merchant's money, and no channel lists a payment in process.
const fn happened(status: TradeStatus) -> Option<bool> {
    match status {
        TradeStatus::Succeeded | TradeStatus::Processing => Some(true),
        TradeStatus::Failed | TradeStatus::Closed => Some(false),
        TradeStatus::Created | TradeStatus::Unknown => None,
    }
}

/// How far apart a trade and a line are: smaller is nearer.
pub type Distance = (usize, bool, u64, u64);

/// Returns how far apart a trade and a line are: by the number of fields that differ, whether the reference is one
/// of them, the amounts and the times.
#[must_use]
pub fn distance(trade: &TradeSide, line: &LineSide, fields: &[Apart]) -> Distance {
    let amount =
        if trade.currency == line.currency { trade.paid_minor.abs_diff(line.paid_minor) } else { u64::MAX };
    let seconds = trade.occurred_at.seconds_since(line.occurred_at).unsigned_abs();
    (fields.len(), trade.channel_ref != line.channel_ref, amount, seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade() -> TradeSide {
        TradeSide {
            trade_no: "T1".parse().unwrap(),
            kind: TradeKind::PAY,
            comes_in: Some(true),
            channel_ref: "R1".parse().unwrap(),
            original_ref: None,
            channel_no: None,
            merchant_no: None,
            status: TradeStatus::Succeeded,
            paid_minor: 1000,
            currency: Currency::CNY,
            occurred_at: "2018-09-12T09:00:00+08:00".parse().unwrap(),
            day: "2018-09-12".parse().unwrap(),
            line: None,
            revoked_by: None,
        }
    }

    fn line() -> LineSide {
        let day: Date = "2018-09-12".parse().unwrap();
        LineSide {
            kind: LineKind::Pay,
            channel_ref: "R1".parse().unwrap(),
            original_ref: None,
            channel_no: "N1".to_owned(),
            merchants: vec!["M1".to_owned()],
            status: TradeStatus::Succeeded,
            paid_minor: 1000,
            currency: Currency::CNY,
            occurred_at: "2018-09-12T09:00:02+08:00".parse().unwrap(),
            days: Some((day, day)),
            ended: None,
            trade: None,
        }
    }

    fn fields(trade: &TradeSide, line: &LineSide) -> Vec<(ApartBy, String, String)> {
        apart(trade, line).into_iter().map(|field| (field.by, field.ours, field.theirs)).collect()
    }

    fn one(by: ApartBy, ours: &str, theirs: &str) -> Vec<(ApartBy, String, String)> {
        vec![(by, ours.to_owned(), theirs.to_owned())]
    }

    #[test]
    fn a_trade_and_its_line_are_not_apart() {
        assert_eq!(fields(&trade(), &line()), []);
        // What one side does not tell contradicts nothing.
        let named = TradeSide { merchant_no: Some("M1".to_owned()), ..trade() };
        assert_eq!(
            fields(&named, &LineSide { merchants: Vec::new(), channel_no: String::new(), ..line() }),
            []
        );
    }

    #[test]
    fn each_field_that_keeps_them_apart_is_told_with_both_values() {
        let of = |change: fn(&mut TradeSide, &mut LineSide)| {
            let (mut trade, mut line) = (trade(), line());
            change(&mut trade, &mut line);
            fields(&trade, &line)
        };
        let other_ref = of(|_, line| line.channel_ref = "R2".parse().unwrap());
        assert_eq!(other_ref, one(ApartBy::Reference, "R1", "R2"));
        assert_eq!(of(|_, line| line.kind = LineKind::Refund), one(ApartBy::Kind, "pay", "refund"));
        assert_eq!(
            of(|trade, _| trade.merchant_no = Some("M2".to_owned())),
            one(ApartBy::MerchantNo, "M2", "M1")
        );
        assert_eq!(
            of(|trade, _| trade.channel_no = Some("N9".to_owned())),
            one(ApartBy::ChannelNo, "N9", "N1")
        );
        assert_eq!(of(|_, line| line.paid_minor = 940), one(ApartBy::Amount, "10.00", "9.40"));
        assert_eq!(
            of(|_, line| line.currency = "JPY".parse().unwrap()),
            one(ApartBy::Currency, "CNY", "JPY")
        );
        assert_eq!(
            of(|_, line| line.trade = Some("T9".parse().unwrap())),
            one(ApartBy::HasTrade, "T1", "T9")
        );
        assert_eq!(
            of(|trade, _| trade.line = Some("bill.csv:4".to_owned())),
            one(ApartBy::HasLine, "bill.csv:4", "")
        );
        assert_eq!(
            of(|_, line| line.ended = Some("withdrawn".to_owned())),
            one(ApartBy::Statement, "", "withdrawn")
        );
        assert_eq!(of(|trade, _| trade.revoked_by = Some("R9".to_owned())), one(ApartBy::Revoked, "", "R9"));
        assert_eq!(
            of(|trade, _| trade.status = TradeStatus::Failed),
            one(ApartBy::Status, "failed", "succeeded")
        );
        let late = of(|trade, line| {
            trade.day = "2018-09-13".parse().unwrap();
            trade.occurred_at = "2018-09-13T00:10:07+08:00".parse().unwrap();
            line.occurred_at = "2018-09-12T23:59:00+08:00".parse().unwrap();
        });
        assert_eq!(late, one(ApartBy::Day, "2018-09-13 00:10:07", "2018-09-12 23:59:00"));
        let of_other = of(|trade, line| {
            (trade.comes_in, trade.original_ref) = (Some(false), "R7".parse().ok());
            (line.kind, line.original_ref) = (LineKind::Refund, "R8".parse().ok());
        });
        assert_eq!(of_other, one(ApartBy::Original, "R7", "R8"));
    }

    #[test]
    fn fewer_fields_are_nearer_then_amount_then_time() {
        let far = |change: fn(&mut LineSide)| {
            let mut line = line();
            change(&mut line);
            distance(&trade(), &line, &apart(&trade(), &line))
        };
        let another = far(|line| line.channel_ref = "R2".parse().unwrap());
        let taken = far(|line| {
            line.channel_ref = "R2".parse().unwrap();
            line.trade = Some("T9".parse().unwrap());
        });
        let less = far(|line| (line.channel_ref, line.paid_minor) = ("R2".parse().unwrap(), 940));
        let later = far(|line| {
            line.channel_ref = "R2".parse().unwrap();
            line.occurred_at = "2018-09-12T09:00:07+08:00".parse().unwrap();
        });
        assert!(another < later && later < taken && taken < less, "{another:?} {later:?} {taken:?} {less:?}");
    }
}
