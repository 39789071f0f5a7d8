//! Findings counted, and one of them beside what should stand, what stands, and the proposed correction.

use crate::domain::account::Side;
use crate::domain::finding::{Cause, Finding};
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::protocol::page::{HasRowKey, Page, RowKey};
use crate::protocol::steps::StepRow;
use crate::protocol::trades::{StatementRow, TradeRow};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What stands for one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseCount {
    /// The cause.
    pub cause: Cause,
    /// How many.
    pub count: i64,
    /// Age of the oldest.
    pub oldest_seconds: i64,
    /// Sum at stake, minor units.
    pub amount_minor: i64,
}

/// Findings counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindingSummary {
    /// By cause, worst first.
    pub causes: Vec<CauseCount>,
    /// Findings by day they arose, the last 30 days, oldest first.
    pub found_by_day: Vec<u64>,
    /// Cases committed by day, the last 30 days, oldest first.
    pub fixed_by_day: Vec<u64>,
    /// Trades looked at.
    pub trades: i64,
}

/// A line of expected or booked entries, for the side-by-side comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedLine {
    /// Side.
    pub side: Side,
    /// Account.
    pub account: AccountCode,
    /// Its name.
    pub account_name: String,
    /// Signed minor units.
    pub amount_minor: i64,
    /// Whether the other side of the comparison lacks this line.
    pub differs: bool,
}

/// What is booked for an event by one voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// Its accounting day.
    pub accounting_date: Date,
    /// Its lines.
    pub lines: Vec<ComparedLine>,
}

/// A finding with expected, booked and the proposed correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The trade.
    pub trade_no: Option<TradeNo>,
    /// The cause; `None` where nothing is wrong.
    pub cause: Option<Cause>,
    /// The finding.
    pub finding: Option<Finding>,
    /// The trade as listed.
    pub trade: Option<TradeRow>,
    /// The rule that applies.
    pub rule: Option<String>,
    /// What should stand.
    pub expected: Vec<ComparedLine>,
    /// What stands.
    pub booked: Vec<Booked>,
    /// The channel's lines.
    pub lines: Vec<StatementRow>,
    /// The proposed steps; empty where nothing is to be booked.
    pub steps: Vec<StepRow>,
    /// In one sentence: what the proposal does, or why there is none.
    pub why: String,
}

impl HasRowKey for Finding {
    fn key(&self) -> RowKey {
        RowKey::Text(self.finding.clone())
    }
}

/// Which findings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindingFilter {
    /// Only of this cause.
    pub cause: Option<Cause>,
    /// Only of trades of this business day.
    pub day: Option<Date>,
    /// Only of this trade.
    pub trade_no: Option<TradeNo>,
    /// Trade number, channel reference, customer or merchant that starts with this, or the cause's code or word.
    pub text: Option<String>,
}

/// Findings counted by cause. Scans the trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummariseFindings {}

/// A page of findings, in order of the trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListFindings {
    /// Which.
    pub filter: FindingFilter,
    /// Which page.
    pub page: Page,
}

/// Expected against booked for one finding or trade, with the proposed steps. Stores nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCorrection {
    /// A finding's identity or a trade number.
    pub target: String,
}
