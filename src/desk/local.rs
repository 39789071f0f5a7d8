//! The desk over a ledger that this process opened.
//!
//! It holds what hardly changes (settings, policy, chart, rules, calendar) in memory, and reads everything else when it
//! is asked for.

use super::findings::Memory;
use super::found::causes_meant;
use super::names;
use super::post::Work;
use crate::domain::account::Subject;
use crate::domain::authored::AuthoredError;
use crate::domain::calendar::Calendar;
use crate::domain::case::CaseState;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::{Moment, parse_zone};
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::{Need, Role};
use crate::domain::rule::{RuleBook, RuleSet};
use crate::protocol::answer::Answer;
use crate::protocol::connection::Connection;
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::ledger::{LedgerInfo, Overview};
use crate::protocol::page::{Page, Slice};
use crate::protocol::preview::{Preview, PreviewEntry};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::rules::{Explanation, RuleSetRow};
use crate::protocol::service::Service;
use crate::protocol::trades::TradeFilter;
use crate::protocol::watch::Watch;
use crate::store::append::{Appender, ledger_head};
use crate::store::orders::{self, Keyed};
use crate::store::rqlite::{Cluster, Keys, Rqlite};
use crate::store::setup::{self, Settings, StoredRules};
use crate::store::{Engine, Fault, StoreError, cases, list, scan};
use jiff::tz::TimeZone;
use std::path::Path;

/// The default chart, shipped with the program.
pub const DEFAULT_CHART: (&str, &str) = ("demo.toml", include_str!("../../assets/charts/demo.toml"));
/// The default posting rules, shipped with the program.
pub const DEFAULT_RULES: (&str, &str) = ("default.toml", include_str!("../../assets/rules/default.toml"));

/// Unposted events counted for the overview; beyond it the screen says "many".
const COUNTED: i64 = 100_000;
/// How often a request that was refused on what did not hold any more is answered again.
const AGAIN: usize = 8;

/// What a new ledger is made of.
#[derive(Debug, Clone)]
pub struct NewLedger<'a> {
    /// Settings.
    pub settings: Settings,
    /// Policy: file name for errors, and text.
    pub policy: (&'a str, &'a str),
    /// Chart: file name for errors, and text.
    pub chart: (&'a str, &'a str),
    /// Rules: file name for errors, and text.
    pub rules: (&'a str, &'a str),
}

/// The desk.
pub struct Desk {
    pub(super) engine: Box<dyn Engine>,
    pub(super) role: Role,
    pub(super) settings: Settings,
    pub(super) zone: TimeZone,
    pub(super) policy: Policy,
    pub(super) chart: Vec<Subject>,
    pub(super) rules: RuleBook,
    pub(super) calendar: Calendar,
    pub(super) appender: Appender,
    pub(super) memory: Memory,
    pub(super) verified: Option<bool>,
    /// Versions of policy, rules and calendar that are in memory.
    pub(super) versions: (i64, i64, i64),
}

impl Desk {
    /// Makes a new local ledger and opens it.
    ///
    /// # Errors
    /// [`Code::Exists`], [`Code::BadRules`] with file and line, or a fault; no file is left behind then.
    pub fn create(
        path: &Path,
        new: &NewLedger<'_>,
        operator: &Operator,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let make = || Ok(Box::new(crate::store::sqlite::Sqlite::create(path)?) as Box<dyn Engine>);
        // The file was made by the line above; nobody else knows of it yet.
        Self::create_in(make, new, operator, now)
            .inspect_err(|(made, _)| {
                if *made {
                    let _ = std::fs::remove_file(path);
                }
            })
            .map_err(|(_, refusal)| refusal)
    }

    /// Makes a new ledger in a cluster that holds nothing, and opens it.
    ///
    /// # Errors
    /// As [`Desk::create`]; a cluster keeps the empty schema where only the settings could not be written.
    pub fn create_in_cluster(
        cluster: Cluster,
        keys: Keys,
        new: &NewLedger<'_>,
        operator: &Operator,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let make = || Ok(Box::new(Rqlite::create(cluster, keys)?) as Box<dyn Engine>);
        Self::create_in(make, new, operator, now).map_err(|(_, refusal)| refusal)
    }

    /// Makes a ledger in what `make` makes once all the texts are known to be good; tells whether it was made.
    fn create_in(
        make: impl FnOnce() -> Result<Box<dyn Engine>, StoreError>,
        new: &NewLedger<'_>,
        operator: &Operator,
        now: Moment,
    ) -> Result<Self, (bool, Refusal)> {
        let unmade = |refusal| (false, refusal);
        let chart = crate::domain::chart::Chart::parse(new.chart.0, new.chart.1)
            .map_err(|mistakes| unmade(authored(mistakes)))?;
        let rules = RuleSet::parse(new.rules.0, new.rules.1, &chart.subjects)
            .map_err(|mistakes| unmade(authored(mistakes)))?;
        let policy = Policy::parse(new.policy.0, new.policy.1, new.settings.currency)
            .map_err(|mistakes| unmade(authored_as(Code::BadPolicy, mistakes)))?;
        let mut engine = make().map_err(|error| unmade(error.into()))?;
        let stored = StoredRules {
            version: rules.version(),
            id: rules.id().to_owned(),
            valid_from: rules.valid_from(),
            source: new.rules.1.to_owned(),
            loaded_at: now,
            operator: operator.clone(),
        };
        let written = engine.commit(&mut |sink| {
            setup::write_settings(sink, &new.settings, now)?;
            setup::write_policy(sink, &policy, new.policy.1, operator, now)?;
            setup::write_chart(sink, &chart.subjects, new.settings.currency)?;
            setup::write_rules(sink, &stored)
        });
        written.map_err(|error| (true, error.into()))?;
        Self::over(engine).map_err(unmade)
    }

    /// Opens the ledger of a cluster.
    ///
    /// # Errors
    /// A fault that says what the cluster holds instead, or why it cannot be used.
    pub fn open_cluster(cluster: Cluster, keys: Keys, read_only: bool) -> Result<Self, Refusal> {
        Self::over(Box::new(Rqlite::open(cluster, keys, read_only)?))
    }

    /// Opens a local ledger.
    ///
    /// # Errors
    /// A fault that says what the file is instead.
    pub fn open(path: &Path, read_only: bool) -> Result<Self, Refusal> {
        Self::over(Box::new(crate::store::sqlite::Sqlite::open(path, read_only)?))
    }

    /// Opens a local ledger for a client on another host: the engine itself bounds what may run.
    ///
    /// # Errors
    /// As [`Desk::open`].
    pub fn open_guarded(path: &Path, read_only: bool) -> Result<Self, Refusal> {
        Self::over(Box::new(crate::store::sqlite::Sqlite::open_guarded(path, read_only)?))
    }

    /// A desk over an engine that holds a ledger.
    ///
    /// # Errors
    /// A fault where the ledger's settings, chart or rules cannot be read.
    pub fn over(mut engine: Box<dyn Engine>) -> Result<Self, Refusal> {
        while engine.rehearse()? {
            let _ = (setup::read_settings(&mut *engine), setup::versions(&mut *engine));
            let _ = (setup::read_policy(&mut *engine), setup::read_chart(&mut *engine));
            let _ = (setup::read_rules(&mut *engine), super::calendar::in_force(&mut *engine));
            let _ = ledger_head(&mut *engine);
        }
        let settings = setup::read_settings(&mut *engine)?;
        let versions = setup::versions(&mut *engine)?;
        let zone = parse_zone(&settings.zone)?;
        let policy = super::policy::in_force(&mut *engine, settings.currency)?;
        let chart = setup::read_chart(&mut *engine)?;
        let rules = rule_book(&setup::read_rules(&mut *engine)?, &chart)?;
        let grace = i64::from(policy.late_grace_minutes) * 60;
        let calendar = super::calendar::in_force(&mut *engine)?.0.with_grace(grace);
        let appender = Appender::new(&chart, settings.currency);
        Ok(Self {
            engine: Box::new(Keyed::over(engine)),
            role: Role::Admin,
            settings,
            zone,
            policy,
            chart,
            rules,
            calendar,
            appender,
            memory: Memory::default(),
            verified: None,
            versions,
        })
    }

    /// The same desk for a session of this role. Without it a desk does whatever the policy allows.
    #[must_use]
    pub fn for_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The ledger's settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Trades in the ledger.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn trade_count(&mut self) -> Result<u64, Refusal> {
        Ok(scan::last_trade(&mut *self.engine)?.unsigned_abs())
    }

    /// The ledger's chart.
    #[must_use]
    pub fn chart(&self) -> &[Subject] {
        &self.chart
    }

    /// The ledger's time zone.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Loads a rule set and puts it in force from its date.
    ///
    /// # Errors
    /// [`Code::BadRules`] with file and line; nothing is loaded then.
    pub fn load_rules(&mut self, context: &Context, file: &str, text: &str) -> Result<(), Refusal> {
        let set = RuleSet::parse(file, text, &self.chart).map_err(authored)?;
        let stored = StoredRules {
            version: set.version(),
            id: set.id().to_owned(),
            valid_from: set.valid_from(),
            source: text.to_owned(),
            loaded_at: context.now,
            operator: context.operator.clone(),
        };
        self.engine.commit(&mut |sink| setup::write_rules(sink, &stored))?;
        self.refresh()
    }

    /// Reads again what another session has loaded since: policy, rules, calendar.
    pub(super) fn refresh(&mut self) -> Result<(), Refusal> {
        let versions = setup::versions(&mut *self.engine)?;
        if versions == self.versions || self.engine.is_rehearsal() {
            return Ok(());
        }
        self.policy = super::policy::in_force(&mut *self.engine, self.settings.currency)?;
        self.rules = rule_book(&setup::read_rules(&mut *self.engine)?, &self.chart)?;
        let grace = i64::from(self.policy.late_grace_minutes) * 60;
        self.calendar = super::calendar::in_force(&mut *self.engine)?.0.with_grace(grace);
        self.memory.forget();
        self.versions = versions;
        Ok(())
    }

    /// Answers on what is loaded now. An order under a key is answered inside this once more, on the same.
    fn refreshed(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        self.refresh()?;
        self.answer(context, request, watch)
    }

    /// The business day of a moment in the ledger's zone.
    pub(super) fn today(&self, context: &Context) -> jiff::civil::Date {
        context.now.in_zone(&self.zone).date()
    }

    /// Which ledger this is, and how far it has come.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn ledger_info(&mut self) -> Result<LedgerInfo, Refusal> {
        let (head_seq, head_hash) = ledger_head(&mut *self.engine)?;
        Ok(LedgerInfo {
            ledger_id: self.settings.ledger_id.clone(),
            name: self.settings.name.clone(),
            role: self.settings.role.clone(),
            currency: self.settings.currency.code().to_owned(),
            zone: self.settings.zone.clone(),
            four_eyes: self.policy.four_eyes,
            read_only: self.engine.read_only(),
            head_seq,
            head_hash,
        })
    }

    fn overview(&mut self, context: &Context) -> Result<Overview, Refusal> {
        let me = &context.operator;
        let waiting_for_me = cases::undone(&mut *self.engine)?
            .into_iter()
            .filter(|case| match case.state {
                CaseState::Submitted => !self.policy.four_eyes || case.maker != *me,
                CaseState::Approved | CaseState::Open | CaseState::Staged | CaseState::Rejected => {
                    case.maker == *me
                }
                CaseState::Committed | CaseState::Withdrawn => false,
            })
            .collect();
        Ok(Overview {
            ledger: self.ledger_info()?,
            waiting_for_me,
            days: list::days(&mut *self.engine, true)?,
            unposted_events: scan::unbooked_count(&mut *self.engine, COUNTED)?,
            verified: self.verified,
            loosened: self.loosenings()?.pop(),
        })
    }

    fn rule_sets(&mut self) -> Result<Vec<RuleSetRow>, Refusal> {
        let stored = setup::read_rules(&mut *self.engine)?;
        let row = |rules: StoredRules| RuleSetRow {
            rules: self
                .rules
                .sets()
                .iter()
                .filter(|set| set.version() == rules.version)
                .flat_map(|set| set.rules().iter().map(|rule| rule.id().to_owned()))
                .collect(),
            id: rules.id,
            version: rules.version,
            valid_from: rules.valid_from,
            loaded_at: rules.loaded_at,
            operator: rules.operator,
        };
        Ok(stored.into_iter().map(row).collect())
    }

    /// Carries an order out under its key, or answers with what is there where it was carried out before.
    fn once(
        &mut self,
        context: &Context,
        key: &str,
        order: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        let Some(case) = orders::carried_out(&mut *self.engine, key)? else {
            self.engine.set_key(Some((key.to_owned(), context.now)));
            let answer = self.answer(context, order, watch);
            self.engine.set_key(None);
            return answer;
        };
        match (order, case) {
            (Request::CaseOpen { .. }, Some(case_no)) => {
                Ok(Answer::Case(Box::new(self.case(context, &case_no, Slice::ALL, watch)?)))
            }
            (Request::CaseTick { case_no, .. }, _) => {
                Ok(Answer::Checklist(self.checklist(context, &case_no)?))
            }
            (
                Request::CaseHand { case_no, .. }
                | Request::Stage { case_no, .. }
                | Request::StageDrop { case_no, .. }
                | Request::StageRestore { case_no, .. }
                | Request::CaseRestage { case_no }
                | Request::CaseSubmit { case_no }
                | Request::CaseApprove { case_no, .. }
                | Request::CaseReject { case_no, .. }
                | Request::CaseWithdraw { case_no },
                _,
            ) => Ok(Answer::Case(Box::new(self.case(context, &case_no, Slice::ALL, watch)?))),
            _ => Err(Rejection::new(Code::OrderDone).into()),
        }
    }

    fn trades(
        &mut self,
        context: &Context,
        filter: &TradeFilter,
        page: &Page,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        if !filter.with_findings {
            return Ok(Answer::Trades(list::trades(&mut *self.engine, filter, None, page)?));
        }
        let rows = self.rows_with_findings(context, watch)?;
        Ok(Answer::Trades(list::trades(&mut *self.engine, filter, Some(&rows), page)?))
    }
}

impl Service for Desk {
    fn preview_streamed(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
        hear: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        self.engine.begin(false)?;
        self.refresh()?;
        let mut preview = self.preview_each(context, case_no, watch, hear)?;
        names::previewed(&mut preview, &self.chart, context.lang);
        Ok(preview)
    }

    fn import(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        self.role.may(Need::Make)?;
        self.engine.begin(false)?;
        self.refresh()?;
        self.take_over(context, incoming, watch)
    }

    fn connection(&self) -> Option<Connection> {
        self.engine.connection()
    }

    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal> {
        self.role.may(request.needs())?;
        // An order that panicked leaves no key behind for the next one.
        self.engine.set_key(None);
        self.engine.begin(matches!(request, Request::Commit { .. }))?;
        self.rehearse_reads(context, &request)?;
        let answer = self.decided(context, request, watch)?;
        Ok(names::worded(answer, &self.chart, context.lang))
    }
}

/// Whether an order was decided on what another session has changed since.
fn is_overtaken(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Rejected(rejection) if rejection.code == Code::Overtaken)
}

impl Desk {
    /// Answers, again where what the answer was decided on was read from two states, or kept from before and does not hold any
    /// more; or where somebody did something about it before its batch began.
    fn decided(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        for _ in 0..AGAIN {
            match self.refreshed(context, request.clone(), watch) {
                Err(refusal) if self.engine.was_outdated()? || is_overtaken(&refusal) => {}
                answer => return answer,
            }
        }
        self.refreshed(context, request, watch)
    }

    /// Lets an engine that is far away hear what a request will read. A preview is mostly followed by its commit, so that one
    /// is heard with it.
    fn rehearse_reads(&mut self, context: &Context, request: &Request) -> Result<(), Refusal> {
        let next = match request {
            Request::Trade { .. }
            | Request::Voucher { .. }
            | Request::Lineage { .. }
            | Request::Account { .. }
            | Request::Chain { .. }
            | Request::Statement { .. }
            | Request::Explain { .. }
            | Request::Overview
            | Request::Plan { .. }
            | Request::Case { .. }
            | Request::CaseCheck { .. }
            | Request::Commit { .. } => None,
            Request::Preview { case_no, .. } => Some(Request::Commit { case_no: case_no.clone(), key: None }),
            _ => return Ok(()),
        };
        while self.engine.rehearse()? {
            for request in std::iter::once(request).chain(&next) {
                let _ = self.refreshed(context, request.clone(), &mut crate::protocol::watch::Unwatched);
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_lines, reason = "one arm a request, and no request forgotten")]
    fn answer(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        match request {
            Request::Keyed { key, order } => self.once(context, &key, *order, watch),
            Request::HoldsSeal { seq, hash } => Ok(Answer::HoldsSeal(self.holds_seal(seq, &hash)?)),
            Request::Chart => Ok(Answer::Chart(self.chart.clone())),
            Request::RulesLoad { file, text } => {
                self.load_rules(context, &file, &text)?;
                Ok(Answer::Rules(self.rule_sets()?))
            }
            Request::Ledger => Ok(Answer::Ledger(Box::new(self.ledger_info()?))),
            Request::Overview => Ok(Answer::Overview(Box::new(self.overview(context)?))),
            Request::FindingSummary => Ok(Answer::FindingSummary(self.finding_summary(context, watch)?)),
            Request::Trades { filter, page } => self.trades(context, &filter, &page, watch),
            Request::Trade { trade_no } => {
                Ok(Answer::Trade(Box::new(self.trade_detail(context, &trade_no)?)))
            }
            Request::Events { unposted, page } => {
                Ok(Answer::Events(list::events(&mut *self.engine, unposted, &page)?))
            }
            Request::Accounts { prefix, page } => {
                Ok(Answer::Accounts(list::accounts(&mut *self.engine, &prefix, &page)?))
            }
            Request::Subjects => {
                Ok(Answer::Subjects(list::subjects(&mut *self.engine, self.settings.currency.code())?))
            }
            Request::Account { code, as_of } => {
                Ok(Answer::Account(Box::new(self.account(&code, as_of.as_ref())?)))
            }
            Request::Turnover { of, from, to } => {
                Ok(Answer::Turnover(Box::new(self.turnover(context, of, from, to)?)))
            }
            Request::TrialBalance { as_of } => Ok(Answer::TrialBalance(Box::new(self.trial_balance(as_of)?))),
            Request::BalanceDays { account, from, to } => {
                Ok(Answer::BalanceDays(Box::new(self.balance_days(&account, from, to)?)))
            }
            Request::Statement { holder, from, to } => {
                Ok(Answer::Statement(Box::new(self.statement(context, &holder, from, to)?)))
            }
            Request::ChannelDays => {
                Ok(Answer::ChannelDays(crate::store::reconcile::channel_days(&mut *self.engine)?))
            }
            Request::Reconcile { channel, day } => {
                Ok(Answer::Reconciliation(Box::new(self.reconcile(channel, day)?)))
            }
            Request::Chain { account, page } => {
                self.account(&account, None)?;
                Ok(Answer::Chain(list::chain(&mut *self.engine, &account, &page)?))
            }
            Request::Vouchers { filter, page } => {
                Ok(Answer::Vouchers(list::vouchers(&mut *self.engine, &filter, &page)?))
            }
            Request::Voucher { voucher_no } => Ok(Answer::Voucher(Box::new(self.voucher(&voucher_no)?))),
            Request::Lineage { trade_no, voucher_no } => {
                Ok(Answer::Lineage(self.lineage(context, trade_no, voucher_no)?))
            }
            Request::Findings { filter, page } => {
                Ok(Answer::Findings(self.findings(context, &filter, &page, watch)?))
            }
            Request::Plan { target } => Ok(Answer::Plan(Box::new(self.plan(context, &target)?))),
            Request::Explain { trade_no } => {
                Ok(Answer::Explain(Explanation { events: self.explain(context, &trade_no)?, trade_no }))
            }
            Request::Cases { filter, page } => {
                let meant = filter.text.as_ref().map(|text| causes_meant(text, context.lang));
                let meant = meant.unwrap_or_default();
                Ok(Answer::Cases(cases::cases(&mut *self.engine, &filter, &meant, &page)?))
            }
            Request::Days => Ok(Answer::Days(list::days(&mut *self.engine, false)?)),
            Request::Rules => Ok(Answer::Rules(self.rule_sets()?)),
            Request::Policy => Ok(Answer::Policy(Box::new(self.policy_answer()?))),
            Request::PolicyLoad { file, text } => {
                Ok(Answer::Policy(Box::new(self.policy_load(context, &file, &text)?)))
            }
            Request::Reasons => Ok(Answer::Reasons(self.reasons(context))),
            Request::CalendarCheck { trade_no } => {
                Ok(Answer::Calendar(Box::new(self.calendar_check(context, &trade_no)?)))
            }
            Request::Calendars => Ok(Answer::Calendars(self.calendars()?)),
            Request::CalendarLoad { file, text } => {
                Ok(Answer::Calendars(self.calendar_load(context, &file, &text)?))
            }
            Request::Verify => Ok(Answer::Verified(self.verify(context, watch)?)),
            Request::Preview { case_no, slice } => {
                Ok(Answer::Preview(Box::new(self.preview(context, &case_no, slice, watch)?)))
            }
            Request::Case { case_no, slice } => {
                Ok(Answer::Case(Box::new(self.case(context, &case_no, slice, watch)?)))
            }
            Request::CaseOpen { opening } => {
                Ok(Answer::Case(Box::new(self.case_open(context, &opening, watch)?)))
            }
            Request::CaseCheck { case_no } => Ok(Answer::Checklist(self.checklist(context, &case_no)?)),
            Request::CaseTick { case_no, item, note, file } => {
                let file = file.as_ref().map(|(name, fingerprint)| (name.as_str(), fingerprint.as_str()));
                let tick = crate::store::cases::NewTick { item: &item, note: note.as_deref(), file };
                Ok(Answer::Checklist(self.tick(context, &case_no, tick)?))
            }
            Request::CaseHand { case_no, to } => {
                Ok(Answer::Case(Box::new(self.case_hand(context, &case_no, &to)?)))
            }
            Request::CaseAuto => Ok(Answer::Opened(self.case_auto(context, watch)?)),
            Request::CaseBulk { bulk } => Ok(Answer::Opened(self.case_bulk(context, &bulk, watch)?)),
            Request::Stage { case_no, step, reason } => {
                Ok(Answer::Case(Box::new(self.stage(context, &case_no, &step, reason.as_deref(), watch)?)))
            }
            Request::StageDrop { case_no, step } => {
                Ok(Answer::Case(Box::new(self.stage_drop(context, &case_no, step, true, watch)?)))
            }
            Request::StageRestore { case_no, step } => {
                Ok(Answer::Case(Box::new(self.stage_drop(context, &case_no, step, false, watch)?)))
            }
            Request::CaseRestage { case_no } => {
                Ok(Answer::Case(Box::new(self.case_restage(context, &case_no, watch)?)))
            }
            Request::CaseSubmit { case_no } => {
                Ok(Answer::Case(Box::new(self.case_submit(context, &case_no, watch)?)))
            }
            Request::CaseApprove { case_no, seen } => {
                Ok(Answer::Case(Box::new(self.case_approve(context, &case_no, seen.as_deref())?)))
            }
            Request::CaseReject { case_no, reason } => {
                Ok(Answer::Case(Box::new(self.case_reject(context, &case_no, &reason)?)))
            }
            Request::CaseWithdraw { case_no } => {
                Ok(Answer::Case(Box::new(self.case_withdraw(context, &case_no)?)))
            }
            Request::Commit { case_no, key } => {
                Ok(Answer::Receipt(self.commit_case(context, &case_no, key.as_deref(), watch)?))
            }
            Request::Post { trades } => {
                Ok(Answer::Posted(self.post(context, Work::Posting, &trades, watch)?))
            }
            Request::Clear { trades } => {
                Ok(Answer::Posted(self.post(context, Work::Clearing, &trades, watch)?))
            }
            Request::DayOpen { day } => Ok(Answer::Day(self.day_open(context, day)?)),
            Request::DayCut { day } => Ok(Answer::Day(self.day_cut(context, day)?)),
            Request::DayCheck { day } => Ok(Answer::DayChecks(self.day_checks(context, day)?)),
            Request::PeriodClose { period } => Ok(Answer::Periods(self.period_close(context, period)?)),
            Request::Periods => Ok(Answer::Periods(self.periods()?)),
            Request::DayClose { day } => Ok(Answer::Day(self.day_close(context, day)?)),
        }
    }
}

/// The stored rule sets, compiled.
fn rule_book(stored: &[StoredRules], chart: &[Subject]) -> Result<RuleBook, Refusal> {
    let sets = stored
        .iter()
        .map(|rules| RuleSet::parse(&format!("{}@{}", rules.id, rules.version), &rules.source, chart))
        .collect::<Result<Vec<_>, _>>()
        .map_err(authored)?;
    Ok(RuleBook::new(sets)?)
}

/// The first mistake of an authored file as a refusal; the others are counted.
pub(super) fn authored(mistakes: Vec<AuthoredError>) -> Refusal {
    let count = mistakes.len();
    let Some(first) = mistakes.into_iter().next() else {
        return Rejection::new(Code::BadRules).into();
    };
    Refusal::Rejected(first.rejection().with("mistakes", count))
}

/// The same, under the code of its kind of file.
pub(super) fn authored_as(code: Code, mistakes: Vec<AuthoredError>) -> Refusal {
    match authored(mistakes) {
        Refusal::Rejected(rejection) => Rejection { code, ..rejection }.into(),
        fault @ Refusal::Fault { .. } => fault,
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Rejected(rejection) => Self::Rejected(rejection),
            StoreError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault { code: fault.code().to_owned(), args: fault.args() }
    }
}
