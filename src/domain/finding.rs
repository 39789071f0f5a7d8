//! Findings (差错): differences between what should be booked (rules, trades, channel statements) and what is
//! booked (vouchers).

use super::acceptance::{Acceptance, AcceptanceState};
use super::chain::fingerprint;
use super::due_time::{AgeBucket, DueState};
use super::event::Event;
use super::hand_match::HandMatch;
use super::id::{AccountCode, CaseNo, TradeNo, VoucherNo};
use super::period::Moment;
use super::trade::Channel;
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

/// Declares the causes, one line each: word, severity, usual row of the scenario table. A cause's texts,
/// checklist and reason are in `assets/locales/causes/<word>.toml`.
macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal, $severity:ident, $scenario:ident;)+) => {
        vocabulary! {
            /// What is wrong.
            Cause, "cause" {
                $($(#[doc = $doc])+ $name = $word,)+
            }
        }

        impl Cause {
            /// Returns how much a finding of this cause matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// Returns the row of the scenario table that usually describes the correction.
            #[must_use]
            pub const fn scenario(self) -> Scenario {
                match self { $(Self::$name => Scenario::$scenario,)+ }
            }

            /// Returns the file with the texts, checklist and reason: its name for errors, and its text.
            #[must_use]
            pub const fn file(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => (
                        concat!($word, ".toml"),
                        include_str!(concat!("../../assets/locales/causes/", $word, ".toml")),
                    ),)+
                }
            }
        }
    };
}

causes! {
    /// A due event has no live voucher.
    Unposted = "unposted", Medium, S01;
    /// One event has two or more live vouchers.
    PostedTwice = "posted_twice", High, S05;
    /// Right amounts and sides on another account.
    WrongAccount = "wrong_account", High, S06;
    /// Right accounts, other amounts.
    WrongAmount = "wrong_amount", High, S07;
    /// Debit and credit swapped.
    WrongSide = "wrong_side", High, S09;
    /// Only fee lines differ.
    WrongFee = "wrong_fee", Low, S11;
    /// Booked although the trade failed or is not due.
    PostedNotDue = "posted_not_due", Medium, S15;
    /// The channel lists a payment that the ledger lacks (渠道有我方无).
    Long = "long", Medium, S03;
    /// The ledger has a payment that the channel does not list (我方有渠道无).
    Short = "short", High, S04;
    /// Ledger and channel differ in the amount.
    AmountDiff = "amount_diff", Medium, S25;
    /// Two trades of ours succeeded on one payment of the channel; this one has no line of its own (重复).
    Duplicate = "duplicate", High, S34;
    /// Trade and line fit others equally well, so that none is taken (多笔匹配).
    Ambiguous = "ambiguous", Medium, S35;
    /// What came after a day closed fits better than what the day was closed with (更优匹配).
    Rematch = "rematch", Medium, S44;
    /// The channel has the trade on another day, not just across its cut (日期不符).
    DateDiff = "date_diff", Medium, S36;
    /// The trade waited for its line longer than the policy allows (超期未达).
    Overdue = "overdue", Medium, S37;
    /// The channel pays less, because the merchant bears a discount that is not booked.
    MerchantDiscount = "merchant_discount", Medium, S39;
    /// Ledger and channel differ in the channel fee.
    ChannelFeeDiff = "channel_fee_diff", Low, S12;
    /// Some lines are booked as expected and others are missing (分录不全).
    HalfPosted = "half_posted", Medium, S24;
    /// Booked for another day than the trade's.
    WrongDate = "wrong_date", Medium, S30;
    /// An amount is in suspense (挂账).
    SuspenseOpen = "suspense_open", Low, S28;
    /// The fees given back with the refunds of a payment do not add up to its fee.
    RefundFeeRest = "refund_fee_rest", Low, S29;
    /// The channel reversed a payment that is not known yet; its line is kept until the payment arrives.
    ReversedInAdvance = "reversed_in_advance", Info, S26;
    /// Goes back on a trade (refund, chargeback, return, counter trade, representment) that it contradicts.
    UndoesWrongly = "undoes_wrongly", High, S31;
    /// Not an error yet: the trade lies across the day's cut, or before its service window.
    Waiting = "waiting", Info, S13;
    /// A later trade list contradicts what is known of a trade.
    FactsDiffer = "facts_differ", Medium, S41;
    /// A payout is still under way although its session and the grace are over.
    PayoutOverdue = "payout_overdue", Medium, S42;
    /// Above the payment system's limit.
    OverLimit = "over_limit", Medium, S19B;
    /// A channel's statement of a day with trades never came.
    StatementMissing = "statement_missing", High, S38;
    /// Statements of an account do not go on: a balance forward is not the closing balance before it (余额不连续).
    StatementGap = "statement_gap", High, S38;
    /// A case took something from a channel's line that is gone or changed since.
    LineGone = "line_gone", High, S43;
    /// A voucher of an older system that no trade and rule explains.
    Unexplained = "unexplained", High, S50;
    /// An account is below its floor, or a receivable below zero.
    BelowFloor = "below_floor", High, S51;
    /// A customer or merchant whom no trade knows has money.
    UnknownParty = "unknown_party", High, S52;
    /// Somebody owes us since long: a balance on the receivable, or a shortage that no open item explains.
    DebtOpen = "debt_open", Info, S53;
}

vocabulary! {
    /// How much it matters.
    Severity, "severity" {
        /// Money or a customer is wrong now.
        High = "high",
        /// The books are wrong; no money or customer is affected yet.
        Medium = "medium",
        /// Small or internal.
        Low = "low",
        /// Nothing to do yet.
        Info = "info",
    }
}

vocabulary! {
    /// A row of the scenario table: a mistake as it happens, and the practice that puts it right.
    Scenario, "scenario" {
        /// A posting was left out.
        S01 = "S01",
        /// The channel has a payment that we do not (渠道有我方无).
        S03 = "S03",
        /// We have a payment that the channel does not (我方有渠道无).
        S04 = "S04",
        /// Posted twice.
        S05 = "S05",
        /// Posted on another account.
        S06 = "S06",
        /// Posted with too high an amount.
        S07 = "S07",
        /// Posted with too low an amount.
        S08 = "S08",
        /// Debit and credit swapped.
        S09 = "S09",
        /// A fee of ours is wrong.
        S11 = "S11",
        /// The channel's fee differs.
        S12 = "S12",
        /// The channel lists the trade on another day, across the cut.
        S13 = "S13",
        /// The channel refunded and we did not.
        S14 = "S14",
        /// Posted although the trade failed.
        S15 = "S15",
        /// A payout outside its service window.
        S19 = "S19",
        /// A payout above its system's limit.
        S19B = "S19b",
        /// Only half posted (分录不全).
        S24 = "S24",
        /// The channel's amount differs.
        S25 = "S25",
        /// Reversed before the payment came (冲正先到).
        S26 = "S26",
        /// Money in suspense (挂账), or of unknown origin.
        S28 = "S28",
        /// The fees given back with refunds do not add up.
        S29 = "S29",
        /// Posted for another day.
        S30 = "S30",
        /// More is given back than is left of the original.
        S31 = "S31",
        /// Given back to or by another than the original's.
        S32 = "S32",
        /// Given back of a trade that did not succeed.
        S33 = "S33",
        /// Two trades of ours on one payment of the channel.
        S34 = "S34",
        /// Trades and lines that fit each other equally well.
        S35 = "S35",
        /// The channel has another day.
        S36 = "S36",
        /// A trade waited too long for its line.
        S37 = "S37",
        /// A channel's statement never came.
        S38 = "S38",
        /// The merchant bears a discount that the channel does not pay.
        S39 = "S39",
        /// A later trade list contradicts an earlier one.
        S41 = "S41",
        /// A payout of which no news came.
        S42 = "S42",
        /// A channel's line that a case rests on is gone or changed.
        S43 = "S43",
        /// A better match for a pair of a closed day.
        S44 = "S44",
        /// A voucher of an older system without a trade.
        S50 = "S50",
        /// Below the floor.
        S51 = "S51",
        /// Money of a party that no trade knows.
        S52 = "S52",
        /// A debt that is still open.
        S53 = "S53",
    }
}

/// A detected difference.
///
/// `finding` is its identity, the same from run to run; see [`FindingId`](super::finding_id::FindingId).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Identity, for example `wrong_account/T0001/captured`.
    pub finding: String,
    /// What is wrong.
    pub cause: Cause,
    /// Row of the scenario table that describes the practice (`S06`).
    pub scenario: Scenario,
    /// The trade; `None` if there is none in the ledger.
    pub trade_no: Option<TradeNo>,
    /// The event.
    pub event: Option<Event>,
    /// The voucher at fault.
    pub voucher_no: Option<VoucherNo>,
    /// The account that is wrong, if one is.
    pub account: Option<AccountCode>,
    /// The channel concerned.
    pub channel: Option<Channel>,
    /// The channel's reference.
    pub channel_ref: Option<String>,
    /// What should be booked, minor units.
    pub expected_minor: Option<i64>,
    /// What is booked, minor units.
    pub actual_minor: Option<i64>,
    /// The amount at stake, minor units, never negative.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Time since when it exists.
    pub since: Moment,
    /// Age at the time of the request.
    pub age_seconds: i64,
    /// How much it matters.
    pub severity: Severity,
    /// Digest of the facts it rests on, 32 hex digits; another one as soon as one of them changes.
    #[serde(default)]
    pub mark: String,
    /// Which text explains it (`finding.<note>` in the locales) and its facts.
    pub note: Note,
    /// The explanation in the language of the request.
    pub detail: String,
    /// The last case that had closed it: it is there again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<CaseNo>,
    /// The match by hand that would settle it, or has caused it, and that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<HandMatch>,
    /// Its acceptance: in force, waiting for a second person, or ended by other facts or its day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Box<Acceptance>>,
    /// Until when it is to be settled, if the policy says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
    /// How it stands to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_state: Option<DueState>,
    /// The case that holds it, or the operator who asked for a second person about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// How old it is, if the policy has due times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_bucket: Option<AgeBucket>,
}

/// Length of a mark in hex digits: 128 bits, which no two sets of facts share by chance.
const MARK_DIGITS: usize = 32;

impl Finding {
    /// Marks the finding with a digest of its own facts and of what else it `rests` on, in a fixed order.
    /// Texts, severity and age are left out: they are about the reader and the time.
    #[must_use]
    pub fn marked(mut self, rests: &[String]) -> Self {
        let number = |minor: Option<i64>| minor.map_or_else(String::new, |minor| minor.to_string());
        let mut facts = vec![
            self.finding.clone(),
            self.voucher_no.as_ref().map_or_else(String::new, ToString::to_string),
            self.account.as_ref().map_or_else(String::new, ToString::to_string),
            self.channel_ref.clone().unwrap_or_default(),
            number(self.expected_minor),
            number(self.actual_minor),
            self.amount_minor.to_string(),
            self.currency.clone(),
        ];
        facts.extend_from_slice(rests);
        // Lengths in front keep two neighbouring facts apart.
        let text: String = facts.iter().map(|fact| format!("{}:{fact}", fact.len())).collect();
        self.mark = fingerprint(text.as_bytes());
        self.mark.truncate(MARK_DIGITS);
        self
    }

    /// Returns whether it is accepted without booking.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.acceptance.as_ref().is_some_and(|one| one.state == AcceptanceState::InForce)
    }

    /// Returns true if the finding can be corrected without a trade: unclaimed money at a bank, a reversal
    /// that the channel sent before the payment, and what a voucher without an event did to accounts.
    #[must_use]
    pub fn needs_no_trade(&self) -> bool {
        self.trade_no.is_none()
            && (matches!(
                self.cause,
                Cause::ReversedInAdvance
                    | Cause::LineGone
                    | Cause::Unexplained
                    | Cause::BelowFloor
                    | Cause::UnknownParty
            ) || (self.cause == Cause::Long && self.scenario == Scenario::S28))
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
    /// Returns a sentence without facts.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), args: Vec::new() }
    }

    /// Adds a named fact if there is one.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a named fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.args.push((name.to_owned(), value.to_string()));
        self
    }
}
