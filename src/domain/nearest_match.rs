//! Why a trade and a line of its channel did not match, though they look alike: the one field that kept them apart.
//!
//! Pure. Of what bears the same reference, [`kept_apart`] names the field; what bears another one is near if it has
//! the same amount about the same time ([`closest`]).

use super::id::{ChannelRef, TradeNo};
use super::money::Currency;
use super::period::Moment;
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

/// Most candidates that are told.
pub const MOST: usize = 3;

/// Seconds between the times of a trade and a line with another reference, at most.
const NEAR_SECONDS: i64 = 3 * 86_400;

vocabulary! {
    /// The field that kept a trade and a line of its channel from matching.
    ApartBy, "field that keeps from matching" {
        /// A payment's line answers no refund, nor the other way round.
        Kind = "kind",
        /// The channel's own number.
        ChannelNo = "channel_no",
        /// The payment that is refunded.
        Original = "original_ref",
        /// The merchant number.
        MerchantNo = "merchant_no",
        /// The state: one side succeeded and the other did not.
        Status = "status",
        /// The line answers another trade.
        LineTaken = "line_taken",
        /// The trade has another line.
        TradeTaken = "trade_taken",
        /// The reference alone: amount and time are alike.
        Reference = "channel_ref",
    }
}

/// What of a trade, or of a line, decides whether the two may match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchSide {
    /// Kind of the trade or of the line.
    pub kind: String,
    /// The channel's own number; `None` if it is not told.
    pub channel_no: Option<String>,
    /// The payment that is given back; `None` if none is named.
    pub original_ref: Option<String>,
    /// The merchant numbers; empty if none is told. A line may bear those of its statement beside its own.
    pub merchant_nos: Vec<String>,
}

/// The field that kept a trade and a line apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The field.
    pub by: ApartBy,
    /// The trade's value.
    pub ours: String,
    /// The line's value.
    pub theirs: String,
}

/// What came near to a trade or line without matching it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMatch {
    /// The trade, if a line is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_no: Option<TradeNo>,
    /// The line as `file:line`, if a trade is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Its reference.
    pub channel_ref: ChannelRef,
    /// What is paid of it, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: Currency,
    /// Its time.
    pub occurred_at: Moment,
    /// The field that kept it from matching.
    pub apart_by: ApartBy,
    /// The trade's value of the field.
    pub ours: String,
    /// The line's value of the field.
    pub theirs: String,
    /// All of it as a sentence, in the language of the request.
    pub detail: String,
}

/// Returns the field by which a trade and a line of one reference contradict each other; `None` if they may match.
/// `kinds_fit`: a line of this kind may answer a trade of this kind.
#[must_use]
pub fn kept_apart(ours: &MatchSide, theirs: &MatchSide, kinds_fit: bool) -> Option<Apart> {
    let apart = |by, ours: &str, theirs: &str| Some(Apart { by, ours: ours.into(), theirs: theirs.into() });
    if !kinds_fit {
        return apart(ApartBy::Kind, &ours.kind, &theirs.kind);
    }
    let told = [
        (ApartBy::ChannelNo, &ours.channel_no, &theirs.channel_no),
        (ApartBy::Original, &ours.original_ref, &theirs.original_ref),
    ];
    for (by, ours, theirs) in told {
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours != theirs
        {
            return apart(by, ours, theirs);
        }
    }
    let (ours, theirs) = (ours.merchant_nos.first()?, &theirs.merchant_nos);
    let first = theirs.first()?;
    if theirs.contains(ours) { None } else { apart(ApartBy::MerchantNo, ours, first) }
}

/// Something with an amount and a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum<'c> {
    /// Amount in minor units.
    pub amount_minor: i64,
    /// Code of the currency.
    pub currency: &'c str,
    /// Time.
    pub at: Moment,
}

/// Returns the candidates with the amount of `wanted` and a time near to it, the nearest first, at most `most`.
#[must_use]
pub fn closest<'c, T>(
    wanted: Sum<'_>,
    candidates: impl IntoIterator<Item = (Sum<'c>, T)>,
    most: usize,
) -> Vec<T> {
    let apart = |sum: Sum<'_>| sum.at.seconds_since(wanted.at).saturating_abs();
    let is_near = |sum: Sum<'_>| {
        (sum.amount_minor, sum.currency) == (wanted.amount_minor, wanted.currency)
            && apart(sum) <= NEAR_SECONDS
    };
    let near = candidates.into_iter().filter(|(sum, _)| is_near(*sum));
    let mut near: Vec<(i64, T)> = near.map(|(sum, one)| (apart(sum), one)).collect();
    near.sort_by_key(|(seconds, _)| *seconds);
    near.truncate(most);
    near.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(channel_no: &str, original: &str, merchants: &[&str]) -> MatchSide {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        MatchSide {
            kind: "refund".to_owned(),
            channel_no: told(channel_no),
            original_ref: told(original),
            merchant_nos: merchants.iter().map(|no| (*no).to_owned()).collect(),
        }
    }

    #[test]
    fn the_first_field_that_contradicts_is_named_with_both_values() {
        let ours = side("42", "P1", &["M1"]);
        let by = |theirs: &MatchSide, fit| kept_apart(&ours, theirs, fit).map(|apart| apart.by);
        assert_eq!(by(&side("42", "P1", &["M1"]), true), None);
        assert_eq!(by(&side("43", "P2", &["M2"]), false), Some(ApartBy::Kind));
        assert_eq!(by(&side("43", "P2", &["M2"]), true), Some(ApartBy::ChannelNo));
        assert_eq!(by(&side("42", "P2", &["M2"]), true), Some(ApartBy::Original));
        let apart = kept_apart(&ours, &side("42", "P1", &["M2", "M3"]), true).unwrap();
        assert_eq!((apart.by, apart.ours.as_str(), apart.theirs.as_str()), (ApartBy::MerchantNo, "M1", "M2"));
        // A statement of a service provider's merchant bears both numbers.
        assert_eq!(by(&side("42", "P1", &["M2", "M1"]), true), None);
    }

    #[test]
    fn what_is_not_told_contradicts_nothing() {
        let (told, untold) = (side("42", "P1", &["M1"]), side("", "", &[]));
        assert_eq!(kept_apart(&told, &untold, true), None);
        assert_eq!(kept_apart(&untold, &told, true), None);
    }

    #[test]
    fn near_is_the_same_amount_about_the_same_time() {
        let sum = |amount_minor, currency, time: &str| Sum {
            amount_minor,
            currency,
            at: format!("2018-09-{time}:00+08:00").parse().unwrap(),
        };
        let wanted = sum(100, "CNY", "12T12:00");
        let candidates = [
            (sum(100, "CNY", "13T12:00"), "a day later"),
            (sum(101, "CNY", "12T12:00"), "another amount"),
            (sum(100, "USD", "12T12:00"), "another currency"),
            (sum(100, "CNY", "12T11:59"), "a minute before"),
            (sum(100, "CNY", "15T12:01"), "too late"),
            (sum(100, "CNY", "15T12:00"), "just in time"),
        ];
        assert_eq!(closest(wanted, candidates, 9), ["a minute before", "a day later", "just in time"]);
        assert_eq!(closest(wanted, candidates, 1), ["a minute before"]);
    }
}
