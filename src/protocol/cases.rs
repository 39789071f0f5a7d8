//! Cases: what a case is about, its steps, its log and the vouchers it booked.

use crate::domain::case::{CaseLogVerb, CaseState};
use crate::domain::finding::Cause;
use crate::domain::id::{CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::voucher::{Mode, Voucher, VoucherKind};
use crate::i18n::Lang;
use crate::protocol::checklists::CheckRow;
use crate::protocol::journals::JournalFile;
use crate::protocol::names::Names;
use crate::protocol::page::{HasRowKey, Page, RowKey, Slice};
use crate::protocol::steps::{StepRequest, StepRow};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Number.
    pub case_no: CaseNo,
    /// Cause of its findings.
    pub cause: Option<Cause>,
    /// State.
    pub state: CaseState,
    /// The maker: the operator who opened it or took it over.
    pub maker: Operator,
    /// The checker who approved or rejected it.
    pub checker: Option<Operator>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was decided.
    pub decided_at: Option<Moment>,
    /// The trade it is about, the first of several; `None` if no trade is known.
    pub trade_no: Option<TradeNo>,
    /// The finding it is about, the first of several.
    pub finding: Option<String>,
    /// Reason code.
    pub reason: String,
    /// Note.
    pub note: Option<String>,
    /// Number of staged steps.
    pub steps: i64,
    /// Number of vouchers booked.
    pub vouchers: i64,
    /// Number of findings, and trades without one, that it is about.
    pub findings: i64,
}

impl CaseRow {
    /// Returns what the case is about, for a list: the first trade or finding, and the number of others.
    #[must_use]
    pub fn subject(&self) -> String {
        let first = self.trade_no.as_ref().map(ToString::to_string).or_else(|| self.finding.clone());
        let first = first.unwrap_or_else(|| "–".to_owned());
        if self.findings > 1 { format!("{first} +{}", self.findings - 1) } else { first }
    }
}

/// A finding or trade that a case is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutRow {
    /// The finding's identity.
    pub finding: Option<String>,
    /// The trade; `None` if only the channel knows it.
    pub trade_no: Option<TradeNo>,
}

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// When it happened.
    pub at: Moment,
    /// The operator.
    pub operator: Operator,
    /// The action (`open`, `stage`, `drop`, `submit`, `approve`, `reject`, `withdraw`, `commit`).
    pub verb: CaseLogVerb,
    /// Note.
    pub note: Option<String>,
}

/// A voucher that a case booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedVoucher {
    /// Number.
    pub voucher_no: VoucherNo,
    /// Kind.
    pub kind: VoucherKind,
    /// Mode.
    pub mode: Mode,
    /// Accounting day.
    pub accounting_date: Date,
    /// Amount moved: its largest debit, signed, in minor units.
    pub amount_minor: i64,
    /// Currency of the amount.
    pub currency: String,
    /// The voucher that it reverses.
    pub reverses: Option<VoucherNo>,
}

impl From<&Voucher> for BookedVoucher {
    fn from(voucher: &Voucher) -> Self {
        let moved = voucher.principal();
        Self {
            voucher_no: voucher.voucher_no.clone(),
            kind: voucher.kind,
            mode: voucher.mode,
            accounting_date: voucher.accounting_date,
            amount_minor: moved.map_or(0, |entry| entry.amount_minor),
            currency: moved.map_or_else(String::new, |entry| entry.currency.code().to_owned()),
            reverses: voucher.reverses.clone(),
        }
    }
}

/// A case with all its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseDetail {
    /// The case.
    #[serde(flatten)]
    pub row: CaseRow,
    /// Findings and trades it is about.
    #[serde(default)]
    pub about: Vec<AboutRow>,
    /// Items to check before it is submitted.
    #[serde(default)]
    pub checklist: Vec<CheckRow>,
    /// Journals that were imported into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journals: Vec<JournalFile>,
    /// Its steps, dropped ones included; of a long case the requested ones.
    pub staged: Vec<StepRow>,
    /// Number of its last step, dropped ones included.
    #[serde(default)]
    pub last_step: i64,
    /// Its log.
    pub log: Vec<LogRow>,
    /// Vouchers it booked, in order.
    pub booked: Vec<BookedVoucher>,
    /// Fingerprint of the vouchers it was planned to book when it was last staged or submitted; an
    /// approval may name it.
    #[serde(default)]
    pub plan_mark: String,
    /// What its steps leave undone.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Cases opened in one request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Opened {
    /// The cases, in order.
    pub cases: Vec<CaseRow>,
    /// Findings without a new case, with the reason.
    pub skipped: Vec<Skipped>,
}

/// A finding for which no case was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Identity of the finding.
    pub finding: String,
    /// Stable code of the refusal.
    pub code: String,
    /// The refusal in words.
    pub message: String,
}

impl Skipped {
    /// Returns a finding that was skipped because of a refusal.
    #[must_use]
    pub fn new(finding: &str, why: Rejection, (names, lang): (&Names, Lang)) -> Self {
        let code = why.code.as_str().to_owned();
        let message = names.refusal(lang, why.into()).message(lang);
        Self { finding: finding.to_owned(), code, message }
    }
}

/// The key of a case in lists.
impl HasRowKey for CaseRow {
    fn key(&self) -> RowKey {
        RowKey::Text(self.case_no.to_string())
    }
}

/// Filter of cases; all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaseFilter {
    /// Only in this state.
    pub state: Option<CaseState>,
    /// Only cases that are not over.
    pub undone: bool,
    /// Only cases about trades of this business day, or planned to book on it.
    pub day: Option<Date>,
    /// Only cases whose number, trade number or maker starts with this, or of this cause (code or word).
    pub text: Option<String>,
}

/// Makes another operator the maker of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverCase {
    /// Number of the case.
    pub case_no: CaseNo,
    /// The new maker.
    pub to: Operator,
}

/// Requests a page of cases, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCases {
    /// Filter of the list.
    pub filter: CaseFilter,
    /// The page.
    pub page: Page,
}

/// Requests one case with its steps, log and last preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowCase {
    /// Number of the case.
    pub case_no: CaseNo,
    /// The steps to show.
    #[serde(default)]
    pub slice: Slice,
}

/// Stages a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageStep {
    /// Number of the case.
    pub case_no: CaseNo,
    /// The step.
    pub step: StepRequest,
    /// New reason code of the case; `None` keeps its reason.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Drops a staged step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropStep {
    /// Number of the case.
    pub case_no: CaseNo,
    /// Number of the step.
    pub step: i64,
}

/// Restores a dropped step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreStep {
    /// Number of the case.
    pub case_no: CaseNo,
    /// Number of the step.
    pub step: i64,
}

/// Stages the steps of a case again on the current books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestageCase {
    /// Number of the case.
    pub case_no: CaseNo,
}

/// Submits a staged case to the checker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitCase {
    /// Number of the case.
    pub case_no: CaseNo,
}

/// Approves a case, as its checker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproveCase {
    /// Number of the case.
    pub case_no: CaseNo,
    /// [`CaseDetail::plan_mark`] that the checker has seen: the approval is refused if the case has
    /// changed since. `None` approves the case as it is now.
    pub seen: Option<String>,
}

/// Rejects a case, as its checker: it goes back to its maker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectCase {
    /// Number of the case.
    pub case_no: CaseNo,
    /// The checker's reason.
    pub reason: String,
}

/// Withdraws a case, as its maker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawCase {
    /// Number of the case.
    pub case_no: CaseNo,
}
