//! What the desk answers.

use super::report::{
    BalanceDays, ChannelDay, CustomerStatement, Reconciliation, TrialBalance, TurnoverReport,
};
use super::request::Key;
use crate::domain::account::{Account, Class, Side, Subject};
use crate::domain::calendar::YearKnown;
use crate::domain::case::CaseState;
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::period::{DayState, Moment, Period};
use crate::domain::policy::ReasonFor;
use crate::domain::rejection::Rejection;
use crate::domain::trade::{
    Channel, ClearingStatus, PostingStatus, ReconStatus, SettlementStatus, Trade, TradeStatus,
};
use crate::domain::voucher::{Entry, Mode, Voucher, VoucherKind};
use crate::i18n::Lang;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A row that has a place in a list.
pub trait Keyed {
    /// Its key.
    fn key(&self) -> Key;
}

/// Rows of a list and whether there are more on either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Whether rows come before the first.
    pub more_before: bool,
    /// Whether rows come after the last.
    pub more_after: bool,
}

impl<T> Rows<T> {
    /// A list that comes whole.
    #[must_use]
    pub const fn whole(rows: Vec<T>) -> Self {
        Self { rows, more_before: false, more_after: false }
    }
}

impl<T: Keyed> Rows<T> {
    /// The key behind which the next page starts, where there is one.
    #[must_use]
    pub fn next(&self) -> Option<Key> {
        if self.more_after { self.rows.last().map(Keyed::key) } else { None }
    }

    /// Adds the page behind it.
    pub fn join(&mut self, page: Self) {
        self.rows.extend(page.rows);
        self.more_after = page.more_after;
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more_before: false, more_after: false }
    }
}

/// What the ledger is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerInfo {
    /// Identity, fixed at creation.
    pub ledger_id: String,
    /// Name shown in the status line.
    pub name: String,
    /// `prod`, `test` or `demo`.
    pub role: String,
    /// Currency of a new account.
    pub currency: String,
    /// Time zone of its days.
    pub zone: String,
    /// Whether a second person must approve.
    pub four_eyes: bool,
    /// Whether writing is possible.
    pub read_only: bool,
    /// Vouchers in the ledger.
    pub head_seq: i64,
    /// Hash of the last one.
    pub head_hash: String,
}

/// A trade in a list: its facts and its five states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeRow {
    /// Number of arrival.
    pub id: i64,
    /// The facts as imported.
    #[serde(flatten)]
    pub trade: Trade,
    /// Status now (a proven correction over the imported one).
    pub status_now: TradeStatus,
    /// Number of the original it refers to, where the ledger holds it.
    pub original_trade_no: Option<TradeNo>,
    /// Posting status.
    pub posting: PostingStatus,
    /// Settlement status.
    pub settlement: SettlementStatus,
    /// Clearing now: as imported, or booked since.
    pub clearing_now: ClearingStatus,
    /// Reconciliation status.
    pub recon: ReconStatus,
}

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Number of arrival.
    pub id: i64,
    /// Its trade.
    pub trade_no: TradeNo,
    /// Which.
    pub event: Event,
    /// When.
    pub occurred_at: Moment,
    /// Its day.
    pub business_date: Date,
    /// Amount, minor units.
    pub amount_minor: i64,
    /// Whether it stands in the books.
    pub posting: PostingStatus,
    /// Live vouchers.
    pub live_vouchers: i64,
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// Balance, positive on its normal side, minor units.
    pub balance_minor: i64,
    /// Entries in its chain.
    pub entries: i64,
}

/// A subject with what stands below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Class.
    pub class: Class,
    /// Normal side.
    pub normal_side: Side,
    /// Whether it must return to zero.
    pub suspense: bool,
    /// Accounts below it.
    pub accounts: i64,
    /// Sum of their balances on the normal side, minor units; `None` where the tree is too large to sum at once.
    pub balance_minor: Option<i64>,
    /// Currency of the sum.
    pub currency: String,
}

/// A line of an account's chain with what it was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainRow {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its voucher.
    pub voucher_no: VoucherNo,
    /// The voucher's place.
    pub seq: i64,
    /// Kind of voucher.
    pub kind: VoucherKind,
    /// Trade.
    pub trade_no: Option<TradeNo>,
    /// Event.
    pub event: Option<Event>,
    /// The voucher it takes back.
    pub reverses: Option<VoucherNo>,
    /// The voucher that took it back.
    pub reversed_by: Option<VoucherNo>,
    /// Case.
    pub case_no: Option<CaseNo>,
    /// Accounting day.
    pub accounting_date: Date,
    /// Reason code.
    pub reason: Option<String>,
    /// Maker.
    pub maker: Operator,
    /// Checker.
    pub checker: Option<Operator>,
    /// What for.
    pub memo: String,
}

/// A line of a channel's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRow {
    /// The statement's file name.
    pub file: String,
    /// The statement's day.
    pub day: Option<Date>,
    /// The line.
    #[serde(flatten)]
    pub line: crate::domain::statement::StatementLine,
}

/// One trade, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeDetail {
    /// The trade.
    pub row: TradeRow,
    /// Its events.
    pub events: Vec<EventRow>,
    /// Its vouchers with entries, oldest first.
    pub vouchers: Vec<Voucher>,
    /// The channel's lines about it.
    pub lines: Vec<StatementRow>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Cases about it.
    pub cases: Vec<CaseRow>,
    /// Corrected facts, in order: fact, value, case.
    pub amendments: Vec<(String, String, CaseNo)>,
}

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

/// An accounting day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// The day.
    pub day: Date,
    /// Its state.
    pub state: DayState,
    /// Events of it that should be booked and are not.
    pub unposted: i64,
    /// Cases about its trades that are not over.
    pub open_cases: i64,
    /// What keeps it from closing: both together.
    pub blockers: i64,
    /// When it was cut over.
    #[serde(default)]
    pub cut_at: Option<Moment>,
    /// When it was closed.
    #[serde(default)]
    pub closed_at: Option<Moment>,
}

/// A check of a day's close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCheck {
    /// Which: `earlier`, `due`, `cases`, `trial_balance`, `chain`.
    pub check: String,
    /// Whether nothing is in the way.
    pub ok: bool,
    /// In words.
    pub text: String,
}

/// A locked month or year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRow {
    /// `2018-09` or `2018`.
    pub period: Period,
    /// When it was locked.
    pub closed_at: Moment,
    /// By whom.
    pub closed_by: Operator,
    /// Place of the last voucher.
    pub head_seq: i64,
    /// Its hash: with `head_seq` the period's closing seal.
    pub head_hash: String,
}

impl DayRow {
    /// A day with nothing in its way yet.
    #[must_use]
    pub const fn new(day: Date, state: DayState) -> Self {
        Self { day, state, unposted: 0, open_cases: 0, blockers: 0, cut_at: None, closed_at: None }
    }

    /// The day with so many events to book and cases to settle.
    #[must_use]
    pub const fn blocked(self, unposted: i64, open_cases: i64) -> Self {
        Self { unposted, open_cases, blockers: unposted + open_cases, ..self }
    }
}

/// The cheap part of the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The ledger.
    pub ledger: LedgerInfo,
    /// Cases that wait for this operator, oldest first.
    pub waiting_for_me: Vec<CaseRow>,
    /// Days not closed, oldest first.
    pub days: Vec<DayRow>,
    /// Events that have no live voucher and nothing in suspense (due or not).
    pub unposted_events: i64,
    /// Whether the last `verify` in this process found the chain whole.
    pub verified: Option<bool>,
    /// The last policy that loosened the one before, where there is one.
    #[serde(default)]
    pub loosened: Option<PolicyChange>,
}

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

/// A step: proposed, staged or booked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepRow {
    /// Number in the case, from 1.
    pub step: i64,
    /// `reverse`, `repost`, `supplement`, `adjust`, `park`, `unpark`, `record`, `counter`, `stub` or `status`.
    pub kind: String,
    /// The voucher it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_no: Option<VoucherNo>,
    /// The trade it books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trade_no: Option<TradeNo>,
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    /// The mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The accounting day it would be booked on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounting_date: Option<Date>,
    /// Corrected facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(String, String)>,
    /// Status it proves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TradeStatus>,
    /// The account it stands for in suspense, or takes an open item to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountCode>,
    /// The channel's line that it answers, `CHANNEL/REFERENCE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Lines asked for by an operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<super::request::StepLine>,
    /// Why, in one sentence.
    pub why: String,
    /// Whether it was taken out again.
    #[serde(default)]
    pub dropped: bool,
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

/// A tick of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRow {
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
    /// What was found.
    pub note: Option<String>,
    /// Name of the file that proves it.
    pub file: Option<String>,
    /// The file's SHA-256.
    pub fingerprint: Option<String>,
}

/// An item of a case's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// Its name in commands.
    pub item: String,
    /// What to look at.
    pub text: String,
    /// Whether it belongs to every case of the cause.
    pub required: bool,
    /// What a tick has to bring along: `note` or `file`.
    pub evidence: Option<String>,
    /// Its ticks, oldest first; none while it is open.
    pub ticks: Vec<TickRow>,
}

/// The checklist of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// The case.
    pub case_no: CaseNo,
    /// Its items, in order; none for a case without a cause.
    pub checklist: Vec<CheckRow>,
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

/// Balance of an account before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceChange {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Currency.
    pub currency: String,
    /// Before, on the normal side, minor units.
    pub before_minor: i64,
    /// After.
    pub after_minor: i64,
    /// The floor, where there is one.
    pub floor_minor: Option<i64>,
    /// Whether the holder sees the account.
    pub customer_visible: bool,
    /// Whether the chain moved since the case was staged.
    pub moved: bool,
}

/// Whether a condition of the commit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardState {
    /// It holds.
    Ok,
    /// It holds, with a remark.
    Note,
    /// It does not; the commit would be refused.
    Fail,
}

/// A condition of the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Which: `balanced`, `day_open`, `first_reversal`, `floors`, `heads`, `customer_view`, `reconciliation`,
    /// `approval`, `unchanged`, `accounts`, `checklist`.
    pub guard: String,
    /// Whether it holds.
    pub state: GuardState,
    /// The refusal's code, where it does not.
    pub code: Option<String>,
    /// In words.
    pub text: String,
}

/// Turnover of one side of one account on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverChange {
    /// Accounting day.
    pub day: Date,
    /// Account.
    pub account: AccountCode,
    /// Change of the day's net debit turnover, minor units (wiped pairs left out).
    pub debit_minor: i64,
    /// Change of the day's net credit turnover.
    pub credit_minor: i64,
}

/// A customer's view of an account before and after, reduced to what the holder sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderView {
    /// The account.
    pub account: AccountCode,
    /// Trades its holder sees, before.
    pub trades_before: Vec<TradeNo>,
    /// Trades its holder sees, after.
    pub trades_after: Vec<TradeNo>,
    /// Balance before.
    pub balance_before_minor: i64,
    /// Balance after.
    pub balance_after_minor: i64,
}

/// The commit, run without writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The case.
    pub case_no: CaseNo,
    /// Its state.
    pub state: CaseState,
    /// The steps as they would be booked.
    pub steps: Vec<StepRow>,
    /// The entries, step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<PreviewEntry>,
    /// Every account touched.
    pub balances: Vec<BalanceChange>,
    /// Turnover touched.
    pub turnover: Vec<TurnoverChange>,
    /// The holders' views of customer-visible accounts touched: all that change, and the first 200 of those that do not.
    pub holders: Vec<HolderView>,
    /// Whether any trade list of a customer or merchant would change.
    pub customer_view_changed: bool,
    /// Whether the comparison with the channel would change.
    pub reconciliation_changed: bool,
    /// The conditions.
    pub guards: Vec<Guard>,
    /// Whether a commit now would go through.
    pub ready: bool,
    /// Sum of amounts reversed and booked per currency, debit side, minor units.
    pub totals: Vec<(String, i64)>,
    /// What is moved per currency, minor units: debits of every entry, whichever sign they carry.
    #[serde(default)]
    pub gross: Vec<(String, i64)>,
    /// How much there is in all; of a long case only a part may be shown.
    #[serde(default)]
    pub count: PreviewCount,
}

/// How much a preview came to in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PreviewCount {
    /// Steps.
    pub steps: usize,
    /// Vouchers that would be booked.
    pub vouchers: usize,
    /// Accounts touched.
    pub balances: usize,
    /// Rows of turnover touched.
    pub turnover: usize,
}

/// An entry as it would be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewEntry {
    /// The step it comes from.
    pub step: i64,
    /// The voucher number it would get.
    pub voucher_no: VoucherNo,
    /// The voucher's kind.
    pub kind: VoucherKind,
    /// Accounting day.
    pub accounting_date: Date,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

/// A voucher in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptVoucher {
    /// Number.
    pub voucher_no: VoucherNo,
    /// Place in the ledger.
    pub seq: i64,
    /// Kind.
    pub kind: VoucherKind,
    /// Mode.
    pub mode: Mode,
    /// Hash.
    pub hash: String,
}

/// The answer to a commit; the same for every retry with the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The case.
    pub case_no: CaseNo,
    /// The idempotency key.
    pub key: String,
    /// Whether it had been committed before.
    pub replayed: bool,
    /// The vouchers.
    pub vouchers: Vec<ReceiptVoucher>,
    /// What to do next, in words.
    #[serde(default)]
    pub next: String,
}

/// A trade that could not be posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event.
    pub event: Event,
    /// The code.
    pub code: String,
    /// In words.
    pub message: String,
}

/// What posting did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Posted {
    /// Events booked now.
    pub posted: i64,
    /// Due events that stood already.
    pub already: i64,
    /// Events that could not be booked.
    pub refused: Vec<Refused>,
    /// Payouts that wait for their window.
    pub waiting: i64,
    /// Trades that were named and have nothing to clear: number, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<(TradeNo, String)>,
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

/// A version of the policy that loosened the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// The version.
    pub version: i64,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// By whom.
    pub operator: Operator,
    /// What it loosened, in the words of the policy's file.
    pub loosened: Vec<String>,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Whether all is whole.
    pub ok: bool,
    /// Vouchers checked.
    pub vouchers: i64,
    /// Entries checked.
    pub entries: i64,
    /// Place of the last voucher.
    pub head_seq: i64,
    /// Its hash.
    pub head_hash: String,
    /// What is wrong, at most 100.
    pub problems: Vec<Problem>,
    /// Policies that loosened the one before: no defect, but somebody should know of each.
    #[serde(default)]
    pub loosened: Vec<PolicyChange>,
}

/// A place where the ledger is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which check failed: `hash`, `link`, `sequence`, `balance`, `chain`, `unbalanced`, `mirror`, `event`, `tail`,
    /// `file`, `schema`.
    pub check: String,
    /// The voucher, where one is at fault.
    pub voucher_no: Option<String>,
    /// The account, where one is at fault.
    pub account: Option<String>,
    /// In words.
    pub detail: String,
}

/// What a node of the lineage is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "node", rename_all = "snake_case")]
pub enum Node {
    /// The trade.
    Trade {
        /// Number.
        trade_no: TradeNo,
    },
    /// An event of it.
    Event {
        /// Which.
        event: Event,
        /// Whether it stands.
        posting: PostingStatus,
    },
    /// A voucher.
    Voucher {
        /// Number.
        voucher_no: VoucherNo,
        /// Kind.
        kind: VoucherKind,
        /// Mode.
        mode: Mode,
    },
    /// A case.
    Case {
        /// Number.
        case_no: CaseNo,
        /// Where it stands.
        state: CaseState,
    },
}

/// A node of the lineage with its place in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageNode {
    /// What.
    #[serde(flatten)]
    pub node: Node,
    /// Index of the node it hangs on; `None` for the root.
    pub parent: Option<usize>,
    /// Day.
    pub date: Date,
    /// Who.
    pub operator: Option<Operator>,
    /// Amount, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// What it does, in words.
    pub text: String,
}

/// A rule set in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSetRow {
    /// Name.
    pub id: String,
    /// Version.
    pub version: i64,
    /// In force from.
    pub valid_from: Date,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// By whom.
    pub operator: Operator,
    /// Rules in it, `kind.event` names.
    pub rules: Vec<String>,
}

/// Why a trade is booked as it is: a readable, already worded report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The trade.
    pub trade_no: TradeNo,
    /// One part per event.
    pub events: Vec<ExplainedEvent>,
}

/// One event explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedEvent {
    /// The event.
    pub event: Event,
    /// The rule chosen (`topup.captured@1`), or why none.
    pub rule: Option<String>,
    /// Whether the event is due, and why or why not.
    pub due: bool,
    /// In words.
    pub why: String,
    /// Factor and coefficient values: name, expression, value.
    pub factors: Vec<(String, String, String)>,
    /// Each line: side, account, expression, value in major units.
    pub lines: Vec<ExplainedLine>,
}

/// One line of a rule, computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedLine {
    /// Side.
    pub side: Side,
    /// Account template.
    pub template: String,
    /// Account.
    pub account: String,
    /// Expression.
    pub expression: String,
    /// Value in major units; `0.00` lines are left out of the booking.
    pub value: String,
}

/// How far a long piece of work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// In all, where known.
    pub total: Option<u64>,
}

/// What the channel calendar says about a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarAnswer {
    /// The trade.
    pub trade_no: TradeNo,
    /// Its channel.
    pub channel: Channel,
    /// Its amount, minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: String,
    /// When it occurred.
    pub occurred_at: Moment,
    /// Its status now.
    pub status: TradeStatus,
    /// Whether it is booked.
    pub posting: PostingStatus,
    /// `anytime`, `in_session`, `waiting`, `late`, `over_limit`, or `unknown_year` where the working days are not known.
    pub verdict: String,
    /// Start of the first session that can take it.
    pub session_starts: Option<Moment>,
    /// Its end.
    pub session_ends: Option<Moment>,
    /// Start of the next session from now on.
    pub next_session_starts: Option<Moment>,
    /// Its end.
    pub next_session_ends: Option<Moment>,
    /// Limit of one payment on that day, minor units; absent for none.
    pub limit_minor: Option<i64>,
    /// A system that would take it, where it is over the limit.
    pub suggestion: Option<Channel>,
    /// The day it occurred, in the calendar's zone.
    pub day: Date,
    /// Whether that is a working day.
    pub workday: bool,
    /// The legal holiday on that day.
    pub holiday: Option<String>,
    /// Business day of the system, where it is cut at another time than midnight.
    pub system_business_day: Option<Date>,
    /// When the channel's bill of that day can be fetched.
    pub bill_ready_at: Option<Moment>,
    /// The year of which the least is known among those the answer hangs on.
    pub year: i16,
    /// How much is known of it: `listed`, `provisional`, `unknown`.
    pub year_known: YearKnown,
    /// The calendar.
    pub calendar: String,
    /// Its version in the ledger; 0 for the one that Storno ships.
    pub version: i64,
    /// The verdict in words, and how sure it is.
    pub why: String,
}

/// A channel calendar of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarRow {
    /// Version; 0 for the one that Storno ships.
    pub version: i64,
    /// Name.
    pub id: String,
    /// When it was loaded.
    pub loaded_at: Option<Moment>,
    /// By whom.
    pub operator: Option<Operator>,
    /// Whether it adds to what was there.
    pub adds: bool,
    /// Years whose working days it lists.
    pub years: Vec<i16>,
    /// Years of which it lists the days that are holidays by law.
    pub provisional_years: Vec<i16>,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyAnswer {
    /// Version.
    pub version: i64,
    /// Whether a second person must approve.
    pub four_eyes: bool,
    /// Red or blue on a later day of the same year.
    pub later_day: Mode,
    /// Minutes around midnight in which a trade may stand in the neighbouring day's statement.
    pub cut_window_minutes: u16,
    /// Minutes after a session's end from which a payment is late.
    pub late_grace_minutes: u16,
    /// Largest case anybody may approve who has no role, minor units.
    pub approval_limit_minor: Option<i64>,
    /// Roles: name, who has it, limit in minor units.
    pub approvers: Vec<(String, Vec<Operator>, Option<i64>)>,
    /// Causes whose findings may be staged by themselves.
    pub auto_stage: Vec<Cause>,
    /// Who may load another policy; empty for everybody.
    pub admins: Vec<Operator>,
    /// Whether a reason that is given must be known.
    pub known_reasons_only: bool,
    /// Steps that need a reason.
    pub reasons_required: Vec<ReasonFor>,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// By whom.
    pub operator: Operator,
    /// Its text.
    pub source: String,
}

/// A reason code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonRow {
    /// Code.
    pub code: String,
    /// Name in the language of the request.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// A day's close, or opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAnswer {
    /// The day.
    pub day: Date,
    /// Its state now.
    pub state: DayState,
    /// Place of the last voucher.
    pub head_seq: i64,
    /// Its hash: with `head_seq` the day's closing seal.
    pub head_hash: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "body", rename_all = "snake_case")]
pub enum Answer {
    /// To `Ledger`.
    Ledger(Box<LedgerInfo>),
    /// To `Overview`.
    Overview(Box<Overview>),
    /// To `FindingSummary`.
    FindingSummary(FindingSummary),
    /// To `Trades`.
    Trades(Rows<TradeRow>),
    /// To `Trade`.
    Trade(Box<TradeDetail>),
    /// To `Events`.
    Events(Rows<EventRow>),
    /// To `Accounts`.
    Accounts(Rows<AccountRow>),
    /// To `Subjects`.
    Subjects(Vec<SubjectRow>),
    /// To `Account`.
    Account(Box<AccountRow>),
    /// To `Turnover`.
    Turnover(Box<TurnoverReport>),
    /// To `TrialBalance`.
    TrialBalance(Box<TrialBalance>),
    /// To `BalanceDays`.
    BalanceDays(Box<BalanceDays>),
    /// To `Statement`.
    Statement(Box<CustomerStatement>),
    /// To `ChannelDays`.
    ChannelDays(Vec<ChannelDay>),
    /// To `Reconcile`.
    Reconciliation(Box<Reconciliation>),
    /// To `Chain`.
    Chain(Rows<ChainRow>),
    /// To `Vouchers`; entries are left out.
    Vouchers(Rows<Voucher>),
    /// To `Voucher`.
    Voucher(Box<Voucher>),
    /// To `Lineage`: nodes in drawing order, parents before children.
    Lineage(Vec<LineageNode>),
    /// To `Findings`.
    Findings(Rows<Finding>),
    /// To `Plan`.
    Plan(Box<Plan>),
    /// To `Explain`.
    Explain(Explanation),
    /// To `Cases`.
    Cases(Rows<CaseRow>),
    /// To `CaseOpen`, `Case`, `Stage…`, `CaseSubmit`, `CaseApprove`, `CaseReject`, `CaseWithdraw`.
    Case(Box<CaseDetail>),
    /// To `CaseCheck` and `CaseTick`.
    Checklist(Checklist),
    /// To `CaseBulk`.
    Opened(Opened),
    /// To `Preview`.
    Preview(Box<Preview>),
    /// To `Commit`.
    Receipt(Receipt),
    /// To `Post`.
    Posted(Posted),
    /// To `Days`.
    Days(Vec<DayRow>),
    /// To `DayCheck`.
    DayChecks(Vec<DayCheck>),
    /// To `Periods`, `PeriodClose`.
    Periods(Vec<PeriodRow>),
    /// To `DayOpen`, `DayCut`, `DayClose`.
    Day(DayAnswer),
    /// To `Rules`.
    Rules(Vec<RuleSetRow>),
    /// To `CalendarCheck`.
    Calendar(Box<CalendarAnswer>),
    /// To `Calendars`, `CalendarLoad`: oldest first, the one that Storno ships in front.
    Calendars(Vec<CalendarRow>),
    /// To `Policy`, `PolicyLoad`.
    Policy(Box<PolicyAnswer>),
    /// To `Reasons`.
    Reasons(Vec<ReasonRow>),
    /// To `Verify`.
    Verified(Verified),
    /// To `HoldsSeal`.
    HoldsSeal(bool),
    /// To `Chart`.
    Chart(Vec<Subject>),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The books forbid it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Something technical is in the way.
    #[error("{code} {args:?}")]
    Fault {
        /// Stable code, for example `STORNO-LOCKED`.
        code: String,
        /// Named facts.
        args: Vec<(String, String)>,
    },
}

/// A remark with its key, for texts that the reader's layer words.
pub type Remark = Note;

impl Keyed for TradeRow {
    fn key(&self) -> Key {
        Key::Number(self.id)
    }
}
impl Keyed for EventRow {
    fn key(&self) -> Key {
        Key::Number(self.id)
    }
}
impl Keyed for AccountRow {
    fn key(&self) -> Key {
        Key::Text(self.account.code.to_string())
    }
}
impl Keyed for ChainRow {
    fn key(&self) -> Key {
        Key::Number(self.entry.account_seq)
    }
}
impl Keyed for Finding {
    fn key(&self) -> Key {
        Key::Text(self.finding.clone())
    }
}
impl Keyed for Voucher {
    fn key(&self) -> Key {
        Key::Number(self.seq)
    }
}
