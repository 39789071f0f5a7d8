//! What the desk answers: plain serialisable data, the same in this process and over a connection.
//!
//! Here is what every answer shares, lists and refusals; what is answered about one thing has a file named
//! after it.

use crate::domain::acceptance::Acceptance;
use crate::domain::account::Subject;
use crate::domain::account_by_hand::AccountHandMatch;
use crate::domain::finding::{Finding, Note};
use crate::domain::hand_match::HandMatch;
use crate::domain::voucher::Voucher;
use crate::protocol::account_reconciliation::AccountReconciliation;
use crate::protocol::account_statements::{AccountStatementDetail, AccountStatementRow};
use crate::protocol::accounts::{AccountRow, ChainRow, SubjectRow};
use crate::protocol::balance_days::BalanceDays;
use crate::protocol::bills::{BillDetail, BillRow};
use crate::protocol::calendars::{CalendarAnswer, CalendarRow};
use crate::protocol::cases::{CaseDetail, CaseRow, Opened};
use crate::protocol::channels::ChannelsAnswer;
use crate::protocol::checklists::Checklist;
use crate::protocol::days::{DayAnswer, DayCheck, DayRow, PeriodRow};
use crate::protocol::decisions::{Decided, ProposedFinding};
use crate::protocol::findings::{FindingSummary, Plan};
use crate::protocol::kinds::KindsAnswer;
use crate::protocol::ledger::{LedgerInfo, Overview, Verified};
use crate::protocol::lineage::LineageNode;
use crate::protocol::matches::{MatchChoices, MatchExplanation};
use crate::protocol::page::{HasRowKey, RowKey, Rows};
use crate::protocol::payouts::{PayoutDetail, PayoutList};
use crate::protocol::policy::{PolicyAnswer, ReasonRow};
use crate::protocol::posting::Posted;
use crate::protocol::preview::Preview;
use crate::protocol::receipt::Receipt;
use crate::protocol::reports::{ChannelDay, CustomerStatement, Reconciliation, TrialBalance, TurnoverReport};
use crate::protocol::rules::{Explanation, RuleSetRow};
use crate::protocol::sign_offs::{AccountSignOff, SignOffRow};
use crate::protocol::tagged::{self, Tagged};
use crate::protocol::takeover::Takeover;
use crate::protocol::trades::{EventRow, TradeDetail, TradeRow};
use crate::protocol::trail::Trail;
use crate::protocol::try_rules::TriedRules;
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};

/// Declares the answers: one line each, with the type of its body.
macro_rules! answers {
    ($($(#[doc = $doc:literal])+ $name:ident($body:ty),)+) => {
        /// An answer.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "answer", content = "body", rename_all = "snake_case")]
        pub enum Answer {
            $($(#[doc = $doc])+ $name($body),)+
        }

        /// The word of an answer.
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum Tag {
            $($name,)+
        }

        impl<'de> Tagged<'de> for Answer {
            const KEY: &'static str = "answer";
            type Tag = Tag;

            fn variant<A: MapAccess<'de>>(tag: Tag, mut fields: A) -> Result<Self, A::Error> {
                tagged::key(&mut fields, "body")?;
                let answer = match tag { $(Tag::$name => Self::$name(fields.next_value()?),)+ };
                Ok(answer)
            }
        }
    };
}

answers! {
    /// To `Ledger`.
    Ledger(Box<LedgerInfo>),
    /// To `Overview`.
    Overview(Box<Overview>),
    /// To `FindingAccept`, `FindingReopen`, `Acceptances`.
    Acceptances(Vec<Acceptance>),
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
    /// To `Bills`.
    Bills(Vec<BillRow>),
    /// To `AccountStatements`.
    AccountStatements(Vec<AccountStatementRow>),
    /// To `AccountStatement`, `AccountStatementWithdraw`.
    AccountStatement(Box<AccountStatementDetail>),
    /// To `AccountReconcile`.
    AccountReconciliation(Box<AccountReconciliation>),
    /// Matches of lines and entries of an account by people.
    AccountMatches(Vec<AccountHandMatch>),
    /// A sign-off with its report.
    SignedOff(Box<AccountSignOff>),
    /// Sign-offs.
    SignOffs(Vec<SignOffRow>),
    /// To `Payouts`.
    Payouts(Box<PayoutList>),
    /// To `Payout`.
    Payout(Box<PayoutDetail>),
    /// To `Trail`.
    Trail(Box<Trail>),
    /// To `Bill`, `BillWithdraw`.
    Bill(Box<BillDetail>),
    /// To `Chain`.
    Chain(Rows<ChainRow>),
    /// To `Vouchers`; with entries only if the request asks for them.
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
    /// To `MatchList`.
    Matches(Vec<HandMatch>),
    /// To `MatchExplain`: one for a trade, or for each line of the number.
    MatchExplained(Vec<MatchExplanation>),
    /// To `MatchChoices`.
    MatchChoices(Box<MatchChoices>),
    /// To `Cases`.
    Cases(Rows<CaseRow>),
    /// To `CaseOpen`, `Case`, `Stage…`, `CaseSubmit`, `CaseApprove`, `CaseReject`, `CaseWithdraw`.
    Case(Box<CaseDetail>),
    /// To `CaseCheck` and `CaseTick`.
    Checklist(Checklist),
    /// To `CaseBulk`.
    Opened(Opened),
    /// To `Proposals`.
    Proposals(Rows<ProposedFinding>),
    /// To `DecisionsCheck`, `DecisionsStage`.
    Decided(Decided),
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
    /// To `RulesTry`.
    Tried(Box<TriedRules>),
    /// To `Channels`, `ChannelsCheck`, `ChannelsLoad`.
    Channels(Box<ChannelsAnswer>),
    /// To `Kinds`, `KindsCheck`, `KindsLoad`.
    Kinds(Box<KindsAnswer>),
    /// To `Takeover`, `TakeoverEnd` and `TakeoverAccept`.
    Takeover(Box<Takeover>),
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::read(deserializer)
    }
}

/// A remark with its key, for texts that the reader's layer words.
pub type Remark = Note;

impl HasRowKey for Voucher {
    fn key(&self) -> RowKey {
        RowKey::Number(self.seq)
    }
}
