//! A case: what it is about, its steps, what happened to it and what it booked.

use crate::domain::case::CaseState;
use crate::domain::finding::Cause;
use crate::domain::id::{CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::voucher::{Mode, Voucher, VoucherKind};
use crate::i18n::Lang;
use crate::protocol::checklists::CheckRow;
use crate::protocol::page::{HasRowKey, Page, RowKey, Slice};
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::{StepRequest, StepRow};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Number.
    pub case_no: CaseNo,
    /// What is wrong.
    pub cause: Option<Cause>,
    /// Where it stands.
    pub state: CaseState,
    /// Who made it.
    pub maker: Operator,
    /// Who decided.
    pub checker: Option<Operator>,
    /// When opened.
    pub opened_at: Moment,
    /// When decided.
    pub decided_at: Option<Moment>,
    /// The trade it is about, the first of several; `None` where no trade is known.
    pub trade_no: Option<TradeNo>,
    /// The finding it is about, the first of several.
    pub finding: Option<String>,
    /// Reason code.
    pub reason: String,
    /// Note.
    pub note: Option<String>,
    /// Staged steps.
    pub steps: i64,
    /// Vouchers booked.
    pub vouchers: i64,
    /// Findings, and trades without one, that it is about.
    pub findings: i64,
}

impl CaseRow {
    /// What it is about, for a list: the first trade or finding, and how many more.
    #[must_use]
    pub fn subject(&self) -> String {
        let first = self.trade_no.as_ref().map(ToString::to_string).or_else(|| self.finding.clone());
        let first = first.unwrap_or_else(|| "–".to_owned());
        if self.findings > 1 { format!("{first} +{}", self.findings - 1) } else { first }
    }
}

/// One thing that a case is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutRow {
    /// The finding's identity.
    pub finding: Option<String>,
    /// The trade; `None` for what only a channel knows of.
    pub trade_no: Option<TradeNo>,
}

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
    /// What (`open`, `stage`, `drop`, `submit`, `approve`, `reject`, `withdraw`, `commit`).
    pub verb: String,
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
    /// What it moves: its greatest debit, signed minor units.
    pub amount_minor: i64,
    /// Currency of the amount.
    pub currency: String,
    /// The voucher it takes back.
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

/// A case, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseDetail {
    /// The case.
    #[serde(flatten)]
    pub row: CaseRow,
    /// What it is about.
    #[serde(default)]
    pub about: Vec<AboutRow>,
    /// What is looked at before it is handed in.
    #[serde(default)]
    pub checklist: Vec<CheckRow>,
    /// Its steps, dropped ones too; of a long case those asked for.
    pub staged: Vec<StepRow>,
    /// Number of its last step, dropped ones counted.
    #[serde(default)]
    pub last_step: i64,
    /// What happened to it.
    pub log: Vec<LogRow>,
    /// Vouchers it booked, in order.
    pub booked: Vec<BookedVoucher>,
    /// Fingerprint of what it was planned to book when it was last staged or handed in; an approval may name it.
    #[serde(default)]
    pub plan_mark: String,
    /// What its steps leave undone.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Cases opened at once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Opened {
    /// The cases, in order.
    pub cases: Vec<CaseRow>,
    /// Findings left out, and why.
    pub skipped: Vec<Skipped>,
}

/// A finding that no case was opened for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its identity.
    pub finding: String,
    /// Stable code.
    pub code: String,
    /// In words.
    pub message: String,
}

impl Skipped {
    /// A finding left out for a refusal.
    #[must_use]
    pub fn new(finding: &str, why: Rejection, lang: Lang) -> Self {
        let code = why.code.as_str().to_owned();
        Self { finding: finding.to_owned(), code, message: Refusal::from(why).message(lang) }
    }
}

/// The key of a case in lists.
impl HasRowKey for CaseRow {
    fn key(&self) -> RowKey {
        RowKey::Text(self.case_no.to_string())
    }
}

/// Which cases.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaseFilter {
    /// Only in this state.
    pub state: Option<CaseState>,
    /// Only those that are not over.
    pub undone: bool,
    /// Only about trades of this business day, or planned to book on it.
    pub day: Option<Date>,
    /// Case number, trade number or maker that starts with this, or the cause's code or word.
    pub text: Option<String>,
}

/// Makes another operator the maker of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverCase {
    /// Which.
    pub case_no: CaseNo,
    /// Whose it is from now on.
    pub to: Operator,
}

/// A page of cases, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCases {
    /// Which.
    pub filter: CaseFilter,
    /// Which page.
    pub page: Page,
}

/// One case with its steps, log and last preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowCase {
    /// Which.
    pub case_no: CaseNo,
    /// Which steps.
    #[serde(default)]
    pub slice: Slice,
}

/// Stages a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageStep {
    /// In which case.
    pub case_no: CaseNo,
    /// What.
    pub step: StepRequest,
    /// Another reason for the case, by code; `None` leaves the one it has.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Takes a staged step out again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropStep {
    /// From which case.
    pub case_no: CaseNo,
    /// Its number.
    pub step: i64,
}

/// Puts a dropped step back (undo of a drop).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreStep {
    /// Into which case.
    pub case_no: CaseNo,
    /// Its number.
    pub step: i64,
}

/// Brings a case up to date: its steps as they stand, worked out over the books of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestageCase {
    /// Which case.
    pub case_no: CaseNo,
}

/// Hands a staged case to the checker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitCase {
    /// Which.
    pub case_no: CaseNo,
}

/// The checker agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproveCase {
    /// Which.
    pub case_no: CaseNo,
    /// [`CaseDetail::plan_mark`](crate::protocol::cases::CaseDetail::plan_mark) of what the checker looked at; the approval is refused
    /// where the case has become another since. `None` approves what is there now.
    pub seen: Option<String>,
}

/// The checker sends it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectCase {
    /// Which.
    pub case_no: CaseNo,
    /// Why.
    pub reason: String,
}

/// The maker gives up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawCase {
    /// Which.
    pub case_no: CaseNo,
}
