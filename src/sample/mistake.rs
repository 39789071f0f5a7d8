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
        /// Two trades of ours succeeded on one payment of the channel.
        Duplicate = "duplicate",
        /// Two trades of ours fit one line of the channel equally well.
        Ambiguous = "ambiguous",
        /// The channel lists a trade of the middle of the day on its next day.
        DateDiff = "date_diff",
        /// The channel's bill of a day never came.
        StatementMissing = "statement_missing",
        /// A trade shortly before midnight that would be on the bill that never came.
        Overdue = "overdue",
        /// The merchant bears a discount that is not booked.
        MerchantDiscount = "merchant_discount",
        /// The channel took a payment twice.
        TakenTwice = "taken_twice",
        /// The channel lists a payment of which no trade is known.
        LongNoTrade = "long_no_trade",
        /// The channel lists a refund that was made there, of which no trade is known.
        LongRefundAtChannel = "refund_at_channel",
        /// The channel revokes a payment that nobody knows.
        ReversedInAdvance = "reversed_in_advance",
        /// A payment that a later version of the channel's bill lists no more.
        ShortReplaced = "short_replaced",
        /// A later trade list has another amount or status.
        FactsDiffer = "facts_differ",
        /// More is refunded than was paid.
        UndoneTooMuch = "undone_too_much",
        /// A refund that names another party than its payment.
        UndoneForOther = "undone_for_other",
        /// A refund of a payment that failed.
        UndoneFailed = "undone_failed",
        /// A payout of which no news came since its session ended.
        PayoutOverdue = "payout_overdue",
        /// A voucher for the day before.
        WrongDate = "wrong_date",
        /// A voucher of the older system that names no trade.
        Unexplained = "unexplained",
        /// Such a voucher that gives money to a party that no trade knows.
        UnknownParty = "unknown_party",
        /// An accepted opening balance below the account's floor.
        BelowFloor = "below_floor",
        /// An accepted opening balance that somebody owes us.
        DebtOpen = "debt_open",
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
            Self::LongFailed
            | Self::LongRefund
            | Self::TakenTwice
            | Self::LongNoTrade
            | Self::LongRefundAtChannel => Cause::Long,
            Self::Short | Self::ShortReplaced => Cause::Short,
            Self::AmountDiff => Cause::AmountDiff,
            Self::FeeDiff => Cause::ChannelFeeDiff,
            Self::CutOver | Self::OutsideWindow => Cause::Waiting,
            Self::OverLimit => Cause::OverLimit,
            Self::UndoneTooMuch | Self::UndoneForOther | Self::UndoneFailed => Cause::UndoesWrongly,
            Self::Duplicate => Cause::Duplicate,
            Self::Ambiguous => Cause::Ambiguous,
            Self::DateDiff => Cause::DateDiff,
            Self::StatementMissing => Cause::StatementMissing,
            Self::Overdue => Cause::Overdue,
            Self::MerchantDiscount => Cause::MerchantDiscount,
            Self::ReversedInAdvance => Cause::ReversedInAdvance,
            Self::FactsDiffer => Cause::FactsDiffer,
            Self::PayoutOverdue => Cause::PayoutOverdue,
            Self::WrongDate => Cause::WrongDate,
            Self::Unexplained => Cause::Unexplained,
            Self::UnknownParty => Cause::UnknownParty,
            Self::BelowFloor => Cause::BelowFloor,
            Self::DebtOpen => Cause::DebtOpen,
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
            Self::LongFailed | Self::TakenTwice | Self::LongNoTrade => "S03",
            Self::LongRefund | Self::LongRefundAtChannel => "S14",
            Self::Short | Self::ShortReplaced => "S04",
            Self::AmountDiff => "S25",
            Self::FeeDiff => "S12",
            Self::CutOver => "S13",
            Self::OutsideWindow => "S19",
            Self::OverLimit => "S19b",
            Self::Duplicate => "S34",
            Self::Ambiguous => "S35",
            Self::DateDiff => "S36",
            Self::StatementMissing => "S38",
            Self::Overdue => "S37",
            Self::MerchantDiscount => "S39",
            Self::ReversedInAdvance => "S26",
            Self::FactsDiffer => "S41",
            Self::UndoneTooMuch => "S31",
            Self::UndoneForOther => "S32",
            Self::UndoneFailed => "S33",
            Self::PayoutOverdue => "S42",
            Self::WrongDate => "S30",
            Self::Unexplained => "S50",
            Self::UnknownParty => "S52",
            Self::BelowFloor => "S51",
            Self::DebtOpen => "S53",
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

    /// Returns whether the mistake is made in posting; the others are in the channel's bill, in a later list, or in
    /// a payment system's hours and limits.
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
                | Self::PayoutOverdue
                | Self::WrongDate
                | Self::Unexplained
                | Self::UnknownParty
                | Self::BelowFloor
                | Self::DebtOpen
        )
    }

    /// Returns whether a voucher is part of the mistake, beside a trade or a line of the channel's bill.
    pub(super) const fn needs_voucher(self) -> bool {
        self.in_books()
            || matches!(
                self,
                Self::Duplicate | Self::UndoneTooMuch | Self::UndoneForOther | Self::UndoneFailed
            )
    }

    /// Returns whether the mistake is about a whole bill, so that a ledger has it once.
    pub(super) const fn of_a_bill(self) -> bool {
        matches!(self, Self::StatementMissing | Self::Overdue)
    }

    /// Returns whether an earlier payment is needed that something goes back on.
    pub(super) const fn needs_past_payment(self) -> bool {
        matches!(
            self,
            Self::PostedNotDue
                | Self::LongRefund
                | Self::LongRefundAtChannel
                | Self::UndoneTooMuch
                | Self::UndoneForOther
        )
    }

    /// Returns whether its finding names the event of the trade.
    pub(super) const fn names_event(self) -> bool {
        (self.in_books() || matches!(self.cause(), Cause::UndoesWrongly | Cause::OverLimit))
            || matches!(self, Self::OutsideWindow)
    }
}
