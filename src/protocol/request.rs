//! The requests, one line each, with the answer of each and the role it needs.
//!
//! A new request is a struct in the file of its topic, a line in the table, and a handler beside its
//! capability in the desk (`impl Handle for …`). The enum, the typed answers, roles, prefetching and
//! dispatch follow from the table.

use super::answer::Answer;
use super::page::Rows;
use super::{
    acceptances, account_matches, account_reconciliation, account_statements, accounts, balance_days, bills,
    calendars, cases, channels, checklists, days, decisions, findings, kinds, ledger, lineage, matches,
    opening, payouts, policy, posting, preview, receipt, reports, rules, sign_offs, takeover, trades, trail,
    try_rules, vouchers,
};
use crate::domain::acceptance::Acceptance;
use crate::domain::account::Subject;
use crate::domain::account_by_hand::AccountHandMatch;
use crate::domain::finding::Finding;
use crate::domain::hand_match::HandMatch;
use crate::domain::role::Need;
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

/// What the desk may do with a request besides answering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Its reads are prefetched for a remote engine, because they depend on each other.
    Prefetched,
    /// It may be sent again after a lost answer although it writes: it knows by itself what was done before.
    Repeatable,
}

/// A request with the type of its answer.
pub trait Ask: Sized {
    /// The answer.
    type Answer;
    /// What it needs of a role.
    const NEED: Need;
    /// See [`Flag`].
    const FLAGS: &'static [Flag];

    /// Returns it as a [`Request`].
    fn request(self) -> Request;
    /// Returns its answer out of an [`Answer`], `None` if that answers another request.
    fn unwrap(answer: Answer) -> Option<Self::Answer>;
}

/// Calls the macro `$then` with the table: docs, name on the wire (in snake case), struct, answer, role,
/// flags.
macro_rules! with_requests {
    ($then:ident) => {
        $then! {
            /// What the ledger is: id, currency, zone, role, head.
            Ledger(ledger::ShowLedger) -> Ledger(Box<LedgerInfo>), Look;
            /// Days, cases waiting, chain head. Cheap.
            Overview(ledger::ShowOverview) -> Overview(Box<Overview>), Look [Prefetched];
            /// Findings counted by cause. Scans the trades.
            FindingSummary(findings::SummariseFindings) -> FindingSummary(FindingSummary), Look;
            /// A page of trades, by number of arrival.
            Trades(trades::ListTrades) -> Trades(Rows<TradeRow>), Look;
            /// One trade with its events, vouchers, channel lines and findings.
            Trade(trades::ShowTrade) -> Trade(Box<TradeDetail>), Look [Prefetched];
            /// Says that the follow-up of a refund that did not reach the customer is done, or open again.
            TradeFollowUp(trades::NoteFollowUp) -> Trade(Box<TradeDetail>), Make;
            /// A page of events.
            Events(trades::ListEvents) -> Events(Rows<EventRow>), Look;
            /// A page of accounts, by code.
            Accounts(accounts::ListAccounts) -> Accounts(Rows<AccountRow>), Look;
            /// The subject tree with the number of accounts and the sum of balances below each subject.
            Subjects(accounts::ListSubjects) -> Subjects(Vec<SubjectRow>), Look;
            /// One account with its balance, now or as of a point.
            Account(accounts::ShowAccount) -> Account(Box<AccountRow>), Look [Prefetched];
            /// Turnover of accounting days, net and gross, with opening and closing balances.
            Turnover(reports::ReportTurnover) -> Turnover(Box<TurnoverReport>), Look;
            /// All balances, debit or credit.
            TrialBalance(reports::ReportTrialBalance) -> TrialBalance(Box<TrialBalance>), Look;
            /// Balance-days of an account by value date.
            BalanceDays(balance_days::ReportBalanceDays) -> BalanceDays(Box<BalanceDays>), Look;
            /// What a customer or merchant sees: trades and balances.
            Statement(reports::ReportCustomerStatement) -> Statement(Box<CustomerStatement>), Look [Prefetched];
            /// The days that channels sent statements of, newest first.
            ChannelDays(reports::ListChannelDays) -> ChannelDays(Vec<ChannelDay>), Look;
            /// A channel's day: its trades against its statements.
            Reconcile(reports::ReconcileChannel) -> Reconciliation(Box<Reconciliation>), Look;
            /// Decides that a trade and a line of its channel belong together.
            MatchTrade(matches::MatchTrade) -> Trade(Box<TradeDetail>), Make;
            /// Takes the decision about a trade back.
            MatchUndo(matches::UndoMatch) -> Trade(Box<TradeDetail>), Make;
            /// The matches by hand, first those that wait for a second person.
            MatchList(matches::ListMatches) -> Matches(Vec<HandMatch>), Look [Prefetched];
            /// How a trade or a line compares with the other side, and why.
            MatchExplain(matches::ExplainMatch) -> MatchExplained(Vec<MatchExplanation>), Look [Prefetched];
            /// What a person may match with a trade or a line.
            MatchChoices(matches::ListMatchChoices) -> MatchChoices(Box<MatchChoices>), Look;
            /// The statements of channels, newest day first.
            Bills(bills::ListBills) -> Bills(Vec<BillRow>), Look;
            /// One statement with its changes and lines.
            Bill(bills::ShowBill) -> Bill(Box<BillDetail>), Look [Prefetched];
            /// Takes a statement out, so that it counts no more.
            BillWithdraw(bills::WithdrawBill) -> Bill(Box<BillDetail>), Make;
            /// The statements of accounts at banks and channels, newest day first.
            AccountStatements(account_statements::ListAccountStatements) -> AccountStatements(Vec<AccountStatementRow>), Look;
            /// One account statement with its lines.
            AccountStatement(account_statements::ShowAccountStatement) -> AccountStatement(Box<AccountStatementDetail>), Look [Prefetched];
            /// Takes an account statement out, so that it counts no more.
            AccountStatementWithdraw(account_statements::WithdrawAccountStatement) -> AccountStatement(Box<AccountStatementDetail>), Make;
            /// An account of the books beside its statements.
            AccountReconcile(account_reconciliation::ReconcileAccount) -> AccountReconciliation(Box<AccountReconciliation>), Look;
            /// Decides that lines of an account's statements and vouchers belong together.
            AccountMatch(account_matches::MatchAccount) -> AccountMatches(Vec<AccountHandMatch>), Make;
            /// Takes such a decision back.
            AccountMatchUndo(account_matches::UndoAccountMatch) -> AccountMatches(Vec<AccountHandMatch>), Make;
            /// The matches of lines and vouchers by people.
            AccountMatchList(account_matches::ListAccountMatches) -> AccountMatches(Vec<AccountHandMatch>), Look;
            /// Signs off the days of an account.
            SignOff(sign_offs::SignOffAccount) -> SignedOff(Box<AccountSignOff>), MakeOrCheck;
            /// The sign-offs, newest day first.
            SignOffs(sign_offs::ListSignOffs) -> SignOffs(Vec<SignOffRow>), Look;
            /// What was signed for a day of an account.
            SignOffShow(sign_offs::ShowSignOff) -> SignedOff(Box<AccountSignOff>), Look;
            /// The payouts of channels, oldest first.
            Payouts(payouts::ListPayouts) -> Payouts(Box<PayoutList>), Look;
            /// One payout with its lines.
            Payout(payouts::ShowPayout) -> Payout(Box<PayoutDetail>), Look;
            /// The trail of money, from a line of the bank to the accounts of customers and back.
            Trail(trail::FollowTrail) -> Trail(Box<Trail>), Look;
            /// A page of an account's chain, by number.
            Chain(accounts::ListChain) -> Chain(Rows<ChainRow>), Look [Prefetched];
            /// A page of vouchers, by place in the ledger.
            Vouchers(vouchers::ListVouchers) -> Vouchers(Rows<Voucher>), Look;
            /// One voucher with its entries.
            Voucher(vouchers::ShowVoucher) -> Voucher(Box<Voucher>), Look [Prefetched];
            /// The family of a trade or of a voucher's trade, as a graph.
            Lineage(lineage::ShowLineage) -> Lineage(Vec<LineageNode>), Look [Prefetched];
            /// A page of findings, in order of the trades.
            Findings(findings::ListFindings) -> Findings(Rows<Finding>), Look;
            /// A page of findings with the correction proposed for each.
            Proposals(decisions::ListProposals) -> Proposals(Rows<ProposedFinding>), Look;
            /// What would become of decisions that people wrote down. Stores nothing.
            DecisionsCheck(decisions::CheckDecisions) -> Decided(Decided), Look;
            /// Stages what people decided; approves, books and puts in force nothing.
            DecisionsStage(decisions::StageDecisions) -> Decided(Decided), Make [Repeatable];
            /// Accepts a finding as it is, without booking.
            FindingAccept(acceptances::AcceptFinding) -> Acceptances(Vec<Acceptance>), MakeOrCheck;
            /// Takes the acceptance of a finding back.
            FindingReopen(acceptances::UndoAcceptance) -> Acceptances(Vec<Acceptance>), MakeOrCheck;
            /// The acceptances, first those that wait for a second person.
            Acceptances(acceptances::ListAcceptances) -> Acceptances(Vec<Acceptance>), Look;
            /// Expected against booked for one finding or trade, with the proposed steps. Stores nothing.
            Plan(findings::PlanCorrection) -> Plan(Box<Plan>), Look [Prefetched];
            /// Why a trade is booked as it is.
            Explain(rules::ExplainTrade) -> Explain(Explanation), Look [Prefetched];
            /// Opens a case.
            CaseOpen(opening::OpenCase) -> Case(Box<CaseDetail>), Make;
            /// Opens cases for many findings, all of them or none.
            CaseBulk(opening::OpenCases) -> Opened(Opened), Make;
            /// Opens and stages cases for the causes that the policy lists; approves and commits none.
            CaseAuto(opening::OpenCasesByPolicy) -> Opened(Opened), Make;
            /// The checklist of a case.
            CaseCheck(checklists::ShowChecklist) -> Checklist(Checklist), Look [Prefetched];
            /// Ticks an item of a case's checklist.
            CaseTick(checklists::TickItem) -> Checklist(Checklist), Make;
            /// Makes another operator the maker of a case.
            CaseHand(cases::HandOverCase) -> Case(Box<CaseDetail>), Make;
            /// A page of cases, newest first.
            Cases(cases::ListCases) -> Cases(Rows<CaseRow>), Look;
            /// One case with its steps, log and last preview.
            Case(cases::ShowCase) -> Case(Box<CaseDetail>), Look [Prefetched];
            /// Stages a step.
            Stage(cases::StageStep) -> Case(Box<CaseDetail>), Make;
            /// Takes a staged step out again.
            StageDrop(cases::DropStep) -> Case(Box<CaseDetail>), Make;
            /// Puts a dropped step back (undo of a drop).
            StageRestore(cases::RestoreStep) -> Case(Box<CaseDetail>), Make;
            /// Brings a case up to date: its steps as they stand, worked out over the books of now.
            CaseRestage(cases::RestageCase) -> Case(Box<CaseDetail>), Make;
            /// Runs the commit without writing.
            Preview(preview::PreviewCase) -> Preview(Box<Preview>), Look [Prefetched];
            /// Hands a staged case to the checker.
            CaseSubmit(cases::SubmitCase) -> Case(Box<CaseDetail>), Make;
            /// The checker agrees.
            CaseApprove(cases::ApproveCase) -> Case(Box<CaseDetail>), Check;
            /// The checker sends it back.
            CaseReject(cases::RejectCase) -> Case(Box<CaseDetail>), Check;
            /// The maker gives up.
            CaseWithdraw(cases::WithdrawCase) -> Case(Box<CaseDetail>), Make;
            /// Writes the case's vouchers, all or nothing.
            Commit(receipt::CommitCase) -> Receipt(Receipt), MakeOrCheck [Prefetched, Repeatable];
            /// Books what is due and unposted, all or the trades named.
            Post(posting::PostTrades) -> Posted(Posted), Make [Repeatable];
            /// Books the clearing (清分) of posted trades by rules, all or the trades named.
            Clear(posting::ClearTrades) -> Posted(Posted), Make [Repeatable];
            /// Books the settlement (结算) by rules: of payouts that succeeded, or of the trades named.
            Settle(posting::SettleTrades) -> Posted(Posted), Make [Repeatable];
            /// The accounting days.
            Days(days::ListDays) -> Days(Vec<DayRow>), Look;
            /// Opens a day.
            DayOpen(days::OpenDay) -> Day(DayAnswer), MakeOrCheck;
            /// Cuts a day over: it takes no postings from then on.
            DayCut(days::CutDay) -> Day(DayAnswer), Check;
            /// The checks of a day's close, without closing it.
            DayCheck(days::CheckDay) -> DayChecks(Vec<DayCheck>), Look;
            /// Locks a month or a year for good.
            PeriodClose(days::ClosePeriod) -> Periods(Vec<PeriodRow>), Check;
            /// The locked months and years.
            Periods(days::ListPeriods) -> Periods(Vec<PeriodRow>), Look;
            /// Closes a day for good.
            DayClose(days::CloseDay) -> Day(DayAnswer), Check;
            /// The rule sets in the ledger.
            Rules(rules::ListRules) -> Rules(Vec<RuleSetRow>), Look;
            /// The policy in force.
            Policy(policy::ShowPolicy) -> Policy(Box<PolicyAnswer>), Look;
            /// Loads a policy and puts it in force.
            PolicyLoad(policy::LoadPolicy) -> Policy(Box<PolicyAnswer>), Administer;
            /// The reason codes.
            Reasons(policy::ListReasons) -> Reasons(Vec<ReasonRow>), Look;
            /// What the channel calendar says about a trade.
            CalendarCheck(calendars::CheckCalendar) -> Calendar(Box<CalendarAnswer>), Look;
            /// The channel calendars of the ledger.
            Calendars(calendars::ListCalendars) -> Calendars(Vec<CalendarRow>), Look;
            /// Loads a channel calendar and puts it in force.
            CalendarLoad(calendars::LoadCalendar) -> Calendars(Vec<CalendarRow>), Administer;
            /// Checks every hash, balance and link.
            Verify(ledger::VerifyLedger) -> Verified(Verified), Look;
            /// Whether the ledger holds the voucher that a kept seal names: place and hash of a former head.
            HoldsSeal(ledger::CheckSeal) -> HoldsSeal(bool), Look;
            /// The chart of subjects.
            Chart(accounts::ShowChart) -> Chart(Vec<Subject>), Look;
            /// Loads a rule set and puts it in force from its date.
            RulesLoad(rules::LoadRules) -> Rules(Vec<RuleSetRow>), Administer;
            /// What a rule set would book, compared with what is booked. Scans the trades, writes nothing.
            RulesTry(try_rules::TryRules) -> Tried(Box<TriedRules>), Look;
            /// The channels in force.
            Channels(channels::ListChannels) -> Channels(Box<ChannelsAnswer>), Look;
            /// What a channel file would put in force.
            ChannelsCheck(channels::CheckChannels) -> Channels(Box<ChannelsAnswer>), Look;
            /// Loads a channel file and puts it in force.
            ChannelsLoad(channels::LoadChannels) -> Channels(Box<ChannelsAnswer>), Administer;
            /// The kinds of trades in force.
            Kinds(kinds::ListKinds) -> Kinds(Box<KindsAnswer>), Look;
            /// What a file of kinds would put in force.
            KindsCheck(kinds::CheckKinds) -> Kinds(Box<KindsAnswer>), Look;
            /// Loads a file of kinds and puts it in force.
            KindsLoad(kinds::LoadKinds) -> Kinds(Box<KindsAnswer>), Administer;
            /// What the ledger is to an older system.
            Takeover(takeover::ShowTakeover) -> Takeover(Box<Takeover>), Look;
            /// Ends the takeover from an older system, or asks for a second person who does.
            TakeoverEnd(takeover::EndTakeover) -> Takeover(Box<Takeover>), MakeOrCheck;
            /// Accepts a voucher of the older system that no trade explains.
            TakeoverAccept(takeover::AcceptVoucher) -> Takeover(Box<Takeover>), Check;
        }
    };
}
pub(crate) use with_requests;

macro_rules! define {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident($topic:ident::$ask:ident) -> $answer:ident($body:ty), $need:ident $([$($flag:ident),+])?;
    )+) => {
        /// A request: a question, or a change that is to be written.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "request", rename_all = "snake_case")]
        pub enum Request {
            $($(#[doc = $doc])+ $name($topic::$ask),)+
            /// A change under an idempotency key: sent again after its answer was lost, it is not made again.
            #[serde(rename = "keyed")]
            Once {
                /// The key, new for every change.
                key: String,
                /// The change.
                #[serde(rename = "order")]
                request: Box<Request>,
            },
        }

        /// The word of a request.
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum Tag {
            $($name,)+
            #[serde(rename = "keyed")]
            Once,
        }

        impl<'de> Tagged<'de> for Request {
            const KEY: &'static str = "request";
            type Tag = Tag;

            fn variant<A: MapAccess<'de>>(tag: Tag, fields: A) -> Result<Self, A::Error> {
                match tag {
                    $(Tag::$name => tagged::fields(fields).map(Self::$name),)+
                    Tag::Once => {
                        let Keyed { key, order } = tagged::fields(fields)?;
                        Ok(Self::Once { key, request: order })
                    }
                }
            }
        }

        impl Request {
            /// Returns what this needs of a role.
            #[must_use]
            pub fn needs(&self) -> Need {
                match self {
                    $(Self::$name(_) => <$topic::$ask as Ask>::NEED,)+
                    Self::Once { request, .. } => request.needs(),
                }
            }

            /// Returns what the desk may do with it besides answering it.
            #[must_use]
            pub const fn flags(&self) -> &'static [Flag] {
                match self {
                    $(Self::$name(_) => <$topic::$ask as Ask>::FLAGS,)+
                    Self::Once { .. } => &[Flag::Repeatable],
                }
            }
        }

        $(
            impl Ask for $topic::$ask {
                type Answer = $body;
                const NEED: Need = Need::$need;
                const FLAGS: &'static [Flag] = &[$($(Flag::$flag),+)?];

                fn request(self) -> Request {
                    Request::$name(self)
                }
                fn unwrap(answer: Answer) -> Option<$body> {
                    if let Answer::$answer(body) = answer { Some(body) } else { None }
                }
            }
        )+
    };
}

with_requests!(define);

/// The fields of [`Request::Once`] as they are read.
#[derive(Deserialize)]
struct Keyed {
    key: String,
    order: Box<Request>,
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::read(deserializer)
    }
}

impl Request {
    /// Returns true if sending it again does no harm: it only reads, or knows by itself what was done before.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.needs() == Need::Look || self.flags().contains(&Flag::Repeatable)
    }

    /// Returns true if its reads are to be prefetched.
    #[must_use]
    pub fn is_prefetched(&self) -> bool {
        self.flags().contains(&Flag::Prefetched)
    }
}
