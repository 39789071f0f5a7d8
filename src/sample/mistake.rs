//! Mistakes that can be planted in a sample ledger.

use crate::domain::finding::Cause;
use crate::domain::vocabulary::vocabulary;

vocabulary! {
    /// A mistake that can be planted.
    Mistake, "mistake" {
        /// A succeeded trade without its voucher.
        Unposted = "unposted",
        /// Two vouchers for one trade.
        PostedTwice = "posted_twice",
        /// A top-up on another customer's account.
        WrongAccount = "wrong_account",
        /// Ten times the amount.
        TooHigh = "too_high",
        /// A tenth of the amount.
        TooLow = "too_low",
        /// Debit and credit swapped.
        WrongSide = "wrong_side",
        /// Twice the merchant's fee.
        WrongFee = "wrong_fee",
        /// A payment without its fees: only half is booked.
        HalfPosted = "half_posted",
        /// A failed refund that was booked.
        PostedNotDue = "posted_not_due",
        /// A top-up that succeeded at the channel and is recorded as failed here.
        LongFailed = "long_failed",
        /// A refund that the channel executed a second time.
        LongRefund = "long_refund",
        /// A top-up that the channel does not know.
        Short = "short",
        /// The channel's bill has another amount.
        AmountDiff = "amount_diff",
        /// The channel's bill has another channel fee.
        FeeDiff = "channel_fee_diff",
        /// A trade shortly before midnight that the channel puts on its next bill. Not a mistake:
        /// findings must report it as waiting.
        CutOver = "cut_over",
        /// A large payment after the payment system's hours. Not a mistake either: it waits.
        OutsideWindow = "outside_window",
        /// A payment above the limit of its payment system.
        OverLimit = "over_limit",
    }
}

impl Mistake {
    /// Returns the cause that findings should report.
    #[must_use]
    pub const fn cause(self) -> Cause {
        match self {
            Self::Unposted => Cause::Unposted,
            Self::PostedTwice => Cause::PostedTwice,
            Self::WrongAccount => Cause::WrongAccount,
            Self::TooHigh | Self::TooLow => Cause::WrongAmount,
            Self::WrongSide => Cause::WrongSide,
            Self::WrongFee => Cause::WrongFee,
            Self::HalfPosted => Cause::HalfPosted,
            Self::PostedNotDue => Cause::PostedNotDue,
            Self::LongFailed | Self::LongRefund => Cause::Long,
            Self::Short => Cause::Short,
            Self::AmountDiff => Cause::AmountDiff,
            Self::FeeDiff => Cause::ChannelFeeDiff,
            Self::CutOver | Self::OutsideWindow => Cause::Waiting,
            Self::OverLimit => Cause::OverLimit,
        }
    }

    /// Returns the row of the scenario table.
    #[must_use]
    pub const fn scenario(self) -> &'static str {
        match self {
            Self::Unposted => "S01",
            Self::PostedTwice => "S05",
            Self::WrongAccount => "S06",
            Self::TooHigh => "S07",
            Self::TooLow => "S08",
            Self::WrongSide => "S09",
            Self::WrongFee => "S11",
            Self::HalfPosted => "S24",
            Self::PostedNotDue => "S15",
            Self::LongFailed => "S03",
            Self::LongRefund => "S14",
            Self::Short => "S04",
            Self::AmountDiff => "S25",
            Self::FeeDiff => "S12",
            Self::CutOver => "S13",
            Self::OutsideWindow => "S19",
            Self::OverLimit => "S19b",
        }
    }

    /// Returns whether the voucher's lines differ from those of the rules.
    pub(super) const fn alters_lines(self) -> bool {
        matches!(
            self,
            Self::WrongAccount
                | Self::TooHigh
                | Self::TooLow
                | Self::WrongSide
                | Self::WrongFee
                | Self::HalfPosted
        )
    }

    /// Returns whether the mistake is made in posting; the others are in the channel's bill or in a
    /// payment system's hours and limits.
    pub(super) const fn in_books(self) -> bool {
        matches!(
            self,
            Self::Unposted
                | Self::PostedTwice
                | Self::WrongAccount
                | Self::TooHigh
                | Self::TooLow
                | Self::WrongSide
                | Self::WrongFee
                | Self::HalfPosted
                | Self::PostedNotDue
        )
    }
}
