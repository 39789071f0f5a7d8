//! Findings: counts by cause, and one finding with expected and booked entries and the proposed
//! correction.

use crate::domain::account::Side;
use crate::domain::due_time::{AgeBucket, DueState};
use crate::domain::finding::{Cause, Finding};
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::money::Currency;
use crate::protocol::page::{HasRowKey, Page, RowKey};
use crate::protocol::steps::StepRow;
use crate::protocol::totals::{AcceptedSum, CurrencyTotal};
use crate::protocol::trades::{MatchCandidate, StatementRow, TradeRow};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Findings of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseCount {
    /// The cause.
    pub cause: Cause,
    /// Number of findings.
    pub count: i64,
    /// Age of the oldest in seconds.
    pub oldest_seconds: i64,
    /// Sum of the amounts concerned in `currency`, in minor units.
    pub amount_minor: i64,
    /// Currency of the sum: the ledger's main one.
    pub currency: Currency,
    /// Every sum, if an amount concerned is in another currency; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<CurrencyTotal>,
}

/// Open findings of one age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeCount {
    /// The age.
    pub age_bucket: AgeBucket,
    /// Number of findings.
    pub count: i64,
    /// Sum of the amounts concerned in the ledger's main currency, in minor units.
    pub amount_minor: i64,
    /// Every sum, if an amount concerned is in another currency; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<CurrencyTotal>,
}

/// Findings counted by cause and by day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindingSummary {
    /// Counts by cause of what is open, most severe first.
    pub causes: Vec<CauseCount>,
    /// Counts by age of what is open, youngest first; ages without findings are left out.
    #[serde(default)]
    pub ages: Vec<AgeCount>,
    /// What people accepted without booking.
    #[serde(default, skip_serializing_if = "AcceptedSum::is_empty")]
    pub accepted: AcceptedSum,
    /// Number of findings by the day they arose: the last 30 days, oldest first.
    pub found_by_day: Vec<u64>,
    /// Number of cases committed by day: the last 30 days, oldest first.
    pub fixed_by_day: Vec<u64>,
    /// Number of trades scanned.
    pub trades: i64,
}

/// A line of expected or booked entries, for the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedLine {
    /// Side.
    pub side: Side,
    /// Account.
    pub account: AccountCode,
    /// Name of the account.
    pub account_name: String,
    /// Amount in minor units, signed.
    pub amount_minor: i64,
    /// Currency of the account.
    pub currency: Currency,
    /// Whether the other side of the comparison lacks this line.
    pub differs: bool,
}

/// The lines of one voucher booked for an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// Its accounting day.
    pub accounting_date: Date,
    /// Its lines.
    pub lines: Vec<ComparedLine>,
}

/// A finding with expected and booked entries and the proposed correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The trade.
    pub trade_no: Option<TradeNo>,
    /// The cause; `None` if nothing is wrong.
    pub cause: Option<Cause>,
    /// The finding.
    pub finding: Option<Finding>,
    /// The trade as listed.
    pub trade: Option<TradeRow>,
    /// The rule that applies.
    pub rule: Option<String>,
    /// Entries by the rule.
    pub expected: Vec<ComparedLine>,
    /// Entries that are booked.
    pub booked: Vec<Booked>,
    /// The channel's lines.
    pub lines: Vec<StatementRow>,
    /// Of a finding that one side alone has the trade: what comes nearest on the other side, and what kept the two
    /// from matching.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<MatchCandidate>,
    /// The proposed steps; empty if nothing is to be booked.
    pub steps: Vec<StepRow>,
    /// What the proposal does, or why there is none, in one sentence.
    pub why: String,
    /// Code of the refusal if the books do not take the steps that practice knows; there are none then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl HasRowKey for Finding {
    fn key(&self) -> RowKey {
        RowKey::Text(self.finding.clone())
    }
}

/// Filter of findings; all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindingFilter {
    /// Only of this cause.
    pub cause: Option<Cause>,
    /// Only findings about trades of this business day.
    pub day: Option<Date>,
    /// Only of this trade.
    pub trade_no: Option<TradeNo>,
    /// Only findings whose trade number, channel reference, customer or merchant starts with this, or of
    /// this cause (code or word).
    pub text: Option<String>,
    /// The findings that people accepted without booking, instead of the open ones.
    #[serde(default)]
    pub accepted: bool,
    /// Only findings that stand so to their due time.
    #[serde(default)]
    pub due: Option<DueState>,
}

/// Requests the findings counted by cause. Scans the trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummariseFindings {}

/// Requests a page of findings, in the order of the trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListFindings {
    /// Filter of the list.
    pub filter: FindingFilter,
    /// The page.
    pub page: Page,
}

/// Requests expected and booked entries of one finding or trade, with the proposed steps. Stores
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCorrection {
    /// A finding's identity or a trade number.
    pub target: String,
}
