//! What may be asked of the desk.

use super::report::{AsOf, Part};
use crate::domain::case::CaseState;
use crate::domain::event::Event;
use crate::domain::finding::Cause;
use crate::domain::id::{AccountCode, CaseNo, ChannelRef, Operator, TradeNo, VoucherNo};
use crate::domain::period::{Moment, Period};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::Need;
use crate::domain::trade::Channel;
use crate::domain::voucher::Mode;
use crate::i18n::Lang;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Who asks, when, and in which language. Given with every request, because the desk reads no clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The operator.
    pub operator: Operator,
    /// The time.
    pub now: Moment,
    /// The language of explanations.
    pub lang: Lang,
}

/// A place in a list: the key of a row ([`Keyed::key`](super::Keyed::key)).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// Lists ordered by a number.
    Number(i64),
    /// Lists ordered by a name.
    Text(String),
}

/// Where a page starts. Pages are found by key, never by counting rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// At the first row.
    #[default]
    First,
    /// So that the last row is its last.
    Last,
    /// At the row behind this one.
    After(Key),
    /// So that the row before this one is its last.
    Before(Key),
    /// At this row, or where it would be.
    At(Key),
}

/// A page of a list. Rows always come in the list's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where it starts.
    pub start: Start,
    /// At most so many rows (capped at [`Page::MAX`]).
    pub limit: usize,
}

impl Page {
    /// The first page, as long as pages get.
    #[must_use]
    pub const fn first() -> Self {
        Self { start: Start::First, limit: Self::MAX }
    }

    /// Most rows of one page: a tall terminal shows some 200 lines, scripts page on.
    pub const MAX: usize = 1000;
}

/// A part of a case that may be long: these steps, and what they book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Number of the first step.
    pub from: i64,
    /// At most so many steps; so many rows too of what belongs to no step.
    pub limit: usize,
}

impl Slice {
    /// The whole case.
    pub const ALL: Self = Self { from: 1, limit: usize::MAX };
    /// Nothing of it.
    pub const NONE: Self = Self { from: 1, limit: 0 };

    /// Whether a step is in it.
    #[must_use]
    pub fn holds(self, step: i64) -> bool {
        step.checked_sub(self.from)
            .and_then(|behind| usize::try_from(behind).ok())
            .is_some_and(|behind| behind < self.limit)
    }
}

impl Default for Slice {
    fn default() -> Self {
        Self::ALL
    }
}

/// Which trades.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TradeFilter {
    /// Only those with an unposted due event.
    pub unposted: bool,
    /// Only those with findings (other than `waiting`).
    pub with_findings: bool,
    /// Trade number, channel reference, customer or merchant that starts with this.
    pub text: Option<String>,
    /// Only of this business day.
    pub day: Option<Date>,
    /// Only of this channel.
    pub channel: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this customer.
    pub customer: Option<String>,
}

/// Which vouchers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VoucherFilter {
    /// Voucher number or trade number that starts with this.
    pub text: Option<String>,
    /// Only of this accounting day.
    pub day: Option<Date>,
    /// Only of this trade.
    pub trade_no: Option<TradeNo>,
    /// Only of this case.
    pub case_no: Option<CaseNo>,
    /// Only of this accounting day or later ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Only of this accounting day or earlier ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Whether the vouchers come with their entries. Such a page may end early, so that it stays a few megabytes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_entries: bool,
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

/// A line that an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// Side.
    pub side: crate::domain::account::Side,
    /// Account.
    pub account: AccountCode,
    /// Amount in major units, above zero.
    pub amount: String,
}

/// A line of a channel's statement, written `CHANNEL/REFERENCE`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineRef {
    /// The channel.
    pub channel: Channel,
    /// The channel's reference.
    pub channel_ref: ChannelRef,
}

impl std::fmt::Display for LineRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.channel, self.channel_ref)
    }
}

impl std::str::FromStr for LineRef {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad =
            || Rejection::new(Code::BadValue).with("what", "channel line").with("value", text.escape_debug());
        let (channel, channel_ref) = text.split_once('/').ok_or_else(bad)?;
        Ok(Self { channel: channel.parse()?, channel_ref: channel_ref.parse()? })
    }
}

/// A step to stage in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepRequest {
    /// Take a voucher back.
    Reverse {
        /// The voucher.
        voucher_no: VoucherNo,
        /// How; `None` lets the dates decide.
        mode: Option<Mode>,
    },
    /// Post an event again after its posting was taken back in the same case.
    Repost {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
        /// Facts to correct, for example `("customer", "A")`.
        set: Vec<(String, String)>,
    },
    /// Post an event that was left out.
    Supplement {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
    },
    /// Book a difference only (差额): what was asked for, or what is between the rules and the books.
    Adjust {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
        /// The lines; none for the difference by the rules.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<StepLine>,
        /// Take away in red: same side, negative, instead of the other side.
        #[serde(default)]
        red: bool,
        /// Stands beside the event and does not count for it: a debt that a correction leaves, a loss taken.
        #[serde(default)]
        aside: bool,
    },
    /// Put an amount into suspense as an open item (挂账): what was asked for, or what an event lacks, with one account's
    /// lines in suspense instead.
    Park {
        /// The trade.
        trade_no: TradeNo,
        /// The event; `None` for `captured`.
        event: Option<Event>,
        /// The account that suspense stands for; `None` for the customer's or merchant's.
        instead_of: Option<AccountCode>,
        /// The lines; none for what the rules say.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<StepLine>,
    },
    /// Put money into suspense that came or went without a trade: a channel's line, or what was asked for.
    ParkLine {
        /// The line; `None` where there is no statement of it.
        line: Option<LineRef>,
        /// The lines to book; none for the line's amount between the channel's account and suspense.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<StepLine>,
    },
    /// Note that a channel took a payment back before it came (冲正先到): it is not posted when it comes.
    Stub {
        /// The channel's line that takes it back.
        line: LineRef,
    },
    /// Clear an open item from suspense (销账).
    Unpark {
        /// The voucher that opened it.
        voucher_no: VoucherNo,
        /// Where the amount goes.
        to: AccountCode,
        /// The channel's line by which it left, where no trade answers to that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<LineRef>,
    },
    /// Record a trade that a channel's line proves and nobody told us of.
    Record {
        /// The number it gets.
        trade_no: TradeNo,
        /// Its kind.
        trade_kind: crate::domain::trade::TradeKind,
        /// The channel.
        channel: Channel,
        /// The channel's reference: amount, fee and time are the line's.
        channel_ref: crate::domain::id::ChannelRef,
        /// Whose it is.
        customer: Option<crate::domain::id::Party>,
        /// The merchant.
        merchant: Option<crate::domain::id::Party>,
        /// Why, where no trade knows one of them yet: the posting opens an account for somebody new.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// Undo a trade with customer and channel by a new one (反交易), posted as the original with sides turned.
    Counter {
        /// Number of the new trade; `None` lets the desk give it one when the step is staged.
        trade_no: Option<TradeNo>,
        /// The trade it undoes.
        of: TradeNo,
        /// A kind with a rule of its own; `None` for the original's rules, sides turned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trade_kind: Option<crate::domain::trade::TradeKind>,
        /// Major units; `None` for what the channel's line says, else all that is left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<String>,
        /// The channel's fee of it in major units, negative where it is given back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fee: Option<String>,
        /// Reference of the channel's line that proves it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<ChannelRef>,
        /// Why, where no line proves it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// Correct a trade's own status where the channel proves it.
    Status {
        /// The trade.
        trade_no: TradeNo,
        /// The proven status.
        status: crate::domain::trade::TradeStatus,
    },
}

/// A case to open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// Trades it is about; each stands for its worst finding unless one of `findings` is of that trade.
    pub trades: Vec<TradeNo>,
    /// Findings it is about, by identity.
    pub findings: Vec<String>,
    /// Whether to stage the planner's steps at once.
    pub plan: bool,
    /// Whether to open it although another case holds a finding.
    pub again: bool,
    /// Reason code.
    pub reason: Option<String>,
    /// A note.
    pub note: Option<String>,
}

impl Opening {
    /// A case for a trade with the planner's steps, for that finding of it where one is named.
    #[must_use]
    pub fn planned(trade_no: TradeNo, finding: Option<String>) -> Self {
        let findings = finding.into_iter().collect();
        Self { trades: vec![trade_no], findings, plan: true, ..Self::default() }
    }
}

/// Cases to open for many findings at once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bulk {
    /// Note, reason and whether to plan, for each case; the findings, or none for those of `filter`.
    pub opening: Opening,
    /// Which findings, where none is named.
    pub filter: FindingFilter,
    /// At most so many findings.
    pub limit: Option<usize>,
    /// One case for all of them instead of one for each trade.
    pub one: bool,
}

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
        /// [`CaseDetail::plan_mark`](super::CaseDetail::plan_mark) of what the checker looked at; the approval is refused
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
