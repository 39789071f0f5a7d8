//! What may be asked of the desk.

use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::period::Period;
use crate::domain::role::Need;
use crate::domain::trade::Channel;
use crate::protocol::cases::CaseFilter;
use crate::protocol::findings::FindingFilter;
use crate::protocol::opening::{Bulk, Opening};
use crate::protocol::page::{Page, Slice};
use crate::protocol::reports::{AsOf, Part};
use crate::protocol::steps::StepRequest;
use crate::protocol::trades::TradeFilter;
use crate::protocol::vouchers::VoucherFilter;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A question or an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// What the ledger is: id, currency, zone, role, head.
    Ledger,
    /// Days, cases waiting, chain head. Cheap.
    Overview,
    /// Findings counted by cause. Scans the trades.
    FindingSummary,
    /// A page of trades, by number of arrival.
    Trades {
        /// Which.
        filter: TradeFilter,
        /// Which page.
        page: Page,
    },
    /// One trade with its events, vouchers, channel lines and findings.
    Trade {
        /// Which.
        trade_no: TradeNo,
    },
    /// A page of events.
    Events {
        /// Only unposted due ones.
        unposted: bool,
        /// Which page.
        page: Page,
    },
    /// A page of accounts, by code.
    Accounts {
        /// Codes that start with this.
        prefix: String,
        /// Which page.
        page: Page,
    },
    /// The subject tree with the number of accounts and the sum of balances below each subject.
    Subjects,
    /// One account with its balance, now or as of a point.
    Account {
        /// Which.
        code: AccountCode,
        /// The balance of then; `None` for now.
        as_of: Option<AsOf>,
    },
    /// Turnover of accounting days, net and gross, with opening and closing balances.
    Turnover {
        /// Of what.
        of: Part,
        /// First day; without both the newest accounting day.
        from: Option<Date>,
        /// Last day.
        to: Option<Date>,
    },
    /// All balances on the side where they stand.
    TrialBalance {
        /// When; `None` for now.
        as_of: Option<AsOf>,
    },
    /// Balance-days of an account by value date.
    BalanceDays {
        /// Whose.
        account: AccountCode,
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// What a customer or merchant sees: trades and balances.
    Statement {
        /// A party, or one of its accounts.
        holder: String,
        /// First day; `None` for the first of the last day's month.
        from: Option<Date>,
        /// Last day; `None` for today.
        to: Option<Date>,
    },
    /// The days that channels sent statements of, newest first.
    ChannelDays,
    /// A channel's day: its trades against its statements.
    Reconcile {
        /// Which.
        channel: Channel,
        /// Which day.
        day: Date,
    },
    /// A page of an account's chain, by number.
    Chain {
        /// Whose.
        account: AccountCode,
        /// Which page.
        page: Page,
    },
    /// A page of vouchers, by place in the ledger.
    Vouchers {
        /// Which.
        filter: VoucherFilter,
        /// Which page.
        page: Page,
    },
    /// One voucher with its entries.
    Voucher {
        /// Which.
        voucher_no: VoucherNo,
    },
    /// The family of a trade or of a voucher's trade, as a graph.
    Lineage {
        /// The trade.
        trade_no: Option<TradeNo>,
        /// Or a voucher.
        voucher_no: Option<VoucherNo>,
    },
    /// A page of findings, in order of the trades.
    Findings {
        /// Which.
        filter: FindingFilter,
        /// Which page.
        page: Page,
    },
    /// Expected against booked for one finding or trade, with the proposed steps. Stores nothing.
    Plan {
        /// A finding's identity or a trade number.
        target: String,
    },
    /// Why a trade is booked as it is.
    Explain {
        /// Which.
        trade_no: TradeNo,
    },
    /// Opens a case.
    CaseOpen {
        /// How.
        opening: Opening,
    },
    /// Opens cases for many findings, all of them or none.
    CaseBulk {
        /// Which, and how.
        bulk: Bulk,
    },
    /// Opens and stages cases for the causes that the policy lists; approves and commits none.
    CaseAuto,
    /// The checklist of a case.
    CaseCheck {
        /// Which.
        case_no: CaseNo,
    },
    /// Ticks an item of a case's checklist.
    CaseTick {
        /// Which case.
        case_no: CaseNo,
        /// The item.
        item: String,
        /// What was found.
        note: Option<String>,
        /// Name and SHA-256 of a file that proves it.
        file: Option<(String, String)>,
    },
    /// Makes another operator the maker of a case.
    CaseHand {
        /// Which.
        case_no: CaseNo,
        /// Whose it is from now on.
        to: Operator,
    },
    /// A page of cases, newest first.
    Cases {
        /// Which.
        filter: CaseFilter,
        /// Which page.
        page: Page,
    },
    /// One case with its steps, log and last preview.
    Case {
        /// Which.
        case_no: CaseNo,
        /// Which steps.
        #[serde(default)]
        slice: Slice,
    },
    /// Stages a step.
    Stage {
        /// In which case.
        case_no: CaseNo,
        /// What.
        step: StepRequest,
        /// Another reason for the case, by code; `None` leaves the one it has.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Takes a staged step out again.
    StageDrop {
        /// From which case.
        case_no: CaseNo,
        /// Its number.
        step: i64,
    },
    /// Puts a dropped step back (undo of a drop).
    StageRestore {
        /// Into which case.
        case_no: CaseNo,
        /// Its number.
        step: i64,
    },
    /// Brings a case up to date: its steps as they stand, worked out over the books of now.
    CaseRestage {
        /// Which case.
        case_no: CaseNo,
    },
    /// Runs the commit without writing.
    Preview {
        /// Which case.
        case_no: CaseNo,
        /// Which steps are shown.
        #[serde(default)]
        slice: Slice,
    },
    /// Hands a staged case to the checker.
    CaseSubmit {
        /// Which.
        case_no: CaseNo,
    },
    /// The checker agrees.
    CaseApprove {
        /// Which.
        case_no: CaseNo,
        /// [`CaseDetail::plan_mark`](crate::protocol::cases::CaseDetail::plan_mark) of what the checker looked at; the approval is refused
        /// where the case has become another since. `None` approves what is there now.
        seen: Option<String>,
    },
    /// The checker sends it back.
    CaseReject {
        /// Which.
        case_no: CaseNo,
        /// Why.
        reason: String,
    },
    /// The maker gives up.
    CaseWithdraw {
        /// Which.
        case_no: CaseNo,
    },
    /// Writes the case's vouchers, all or nothing.
    Commit {
        /// Which.
        case_no: CaseNo,
        /// Idempotency key; `None` takes the case's own.
        key: Option<String>,
    },
    /// Books what is due and unposted, all or the trades named.
    Post {
        /// Only these; empty for all.
        trades: Vec<TradeNo>,
    },
    /// Books the clearing (清分) of posted trades by rules, all or the trades named.
    Clear {
        /// Only these; empty for all.
        trades: Vec<TradeNo>,
    },
    /// The accounting days.
    Days,
    /// Opens a day.
    DayOpen {
        /// Which.
        day: Date,
    },
    /// Cuts a day over: it takes no postings from then on.
    DayCut {
        /// Which.
        day: Date,
    },
    /// The checks of a day's close, without closing it.
    DayCheck {
        /// Which.
        day: Date,
    },
    /// Locks a month or a year for good.
    PeriodClose {
        /// Which.
        period: Period,
    },
    /// The locked months and years.
    Periods,
    /// Closes a day for good.
    DayClose {
        /// Which.
        day: Date,
    },
    /// The rule sets in the ledger.
    Rules,
    /// The policy in force.
    Policy,
    /// Loads a policy and puts it in force.
    PolicyLoad {
        /// Its name, for mistakes.
        file: String,
        /// Its text, TOML.
        text: String,
    },
    /// The reason codes.
    Reasons,
    /// What the channel calendar says about a trade.
    CalendarCheck {
        /// Which.
        trade_no: TradeNo,
    },
    /// The channel calendars of the ledger.
    Calendars,
    /// Loads a channel calendar and puts it in force.
    CalendarLoad {
        /// Its name, for mistakes.
        file: String,
        /// Its text, TOML.
        text: String,
    },
    /// Checks every hash, balance and link.
    Verify,
    /// Whether the ledger holds the voucher that a kept seal names: place and hash of a former head.
    HoldsSeal {
        /// The place.
        seq: i64,
        /// The hash.
        hash: String,
    },
    /// The chart of subjects.
    Chart,
    /// Loads a rule set and puts it in force from its date.
    RulesLoad {
        /// Its name, for mistakes.
        file: String,
        /// Its text, TOML.
        text: String,
    },
    /// An order under an idempotency key: asked again after its answer was lost, it is not carried out again.
    Keyed {
        /// The key, new for every order.
        key: String,
        /// The order.
        order: Box<Request>,
    },
}

impl Request {
    /// What this asks of a role.
    #[must_use]
    pub fn needs(&self) -> Need {
        match self {
            Self::CaseOpen { .. }
            | Self::CaseBulk { .. }
            | Self::CaseAuto
            | Self::CaseTick { .. }
            | Self::CaseHand { .. }
            | Self::Stage { .. }
            | Self::StageDrop { .. }
            | Self::StageRestore { .. }
            | Self::CaseRestage { .. }
            | Self::CaseSubmit { .. }
            | Self::CaseWithdraw { .. }
            | Self::Post { .. }
            | Self::Clear { .. } => Need::Make,
            Self::CaseApprove { .. }
            | Self::CaseReject { .. }
            | Self::DayCut { .. }
            | Self::DayClose { .. }
            | Self::PeriodClose { .. } => Need::Check,
            Self::Commit { .. } | Self::DayOpen { .. } => Need::MakeOrCheck,
            Self::RulesLoad { .. } | Self::PolicyLoad { .. } | Self::CalendarLoad { .. } => Need::Administer,
            Self::Keyed { order, .. } => order.needs(),
            Self::Ledger
            | Self::Overview
            | Self::FindingSummary
            | Self::Trades { .. }
            | Self::Trade { .. }
            | Self::Events { .. }
            | Self::Accounts { .. }
            | Self::Subjects
            | Self::Account { .. }
            | Self::Turnover { .. }
            | Self::TrialBalance { .. }
            | Self::BalanceDays { .. }
            | Self::Statement { .. }
            | Self::ChannelDays
            | Self::Reconcile { .. }
            | Self::Chain { .. }
            | Self::Vouchers { .. }
            | Self::Voucher { .. }
            | Self::Lineage { .. }
            | Self::Findings { .. }
            | Self::Plan { .. }
            | Self::Explain { .. }
            | Self::CaseCheck { .. }
            | Self::Cases { .. }
            | Self::Case { .. }
            | Self::Preview { .. }
            | Self::Days
            | Self::DayCheck { .. }
            | Self::Periods
            | Self::Rules
            | Self::Policy
            | Self::Reasons
            | Self::CalendarCheck { .. }
            | Self::Calendars
            | Self::Chart
            | Self::HoldsSeal { .. }
            | Self::Verify => Need::Look,
        }
    }

    /// Whether asking it again does no harm: it only looks, or knows by itself what was done before.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.needs() == Need::Look
            || matches!(
                self,
                Self::Commit { .. } | Self::Post { .. } | Self::Clear { .. } | Self::Keyed { .. }
            )
    }
}
