//! The planner: proposes for a finding the correction of its cause, as steps that were run without writing,
//! or the reason why nothing is to be booked.

use crate::desk::corrections::case_run::{CaseRun, RunOptions};
use crate::desk::corrections::effect::KeptStep;
use crate::desk::corrections::resolver::Author;
use crate::desk::findings::causes::definition;
use crate::desk::findings::plan_evidence::{LinePlan, TradePlan, booked_money, line_facts, unlisted};
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::scan::worded;
use crate::desk::findings::views::Scope;
use crate::desk::findings::{evidence, judge};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::compare::unmatched;
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::PlanTarget;
use crate::domain::id::{AccountCode, TradeNo};
use crate::domain::position::TradePosition;
use crate::domain::rejection::Rejection;
use crate::domain::rule::Expected;
use crate::domain::voucher::Line;
use crate::i18n::Lang;
use crate::protocol::context::Context;
use crate::protocol::findings::{Booked, ComparedLine, Plan, PlanCorrection};
use crate::protocol::names::Names;
use crate::protocol::page::Slice;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::{StepRequest, StepRow};
use crate::protocol::watch::{Unwatched, Watch};
use crate::store::accounts::account_head;
use crate::store::matching;
use crate::store::positions::positions;

/// What the planner proposes for a finding.
pub(crate) struct Proposal {
    /// The finding; `None` if nothing is wrong.
    pub finding: Option<Finding>,
    /// The steps; empty if nothing is to be booked.
    pub steps: Vec<KeptStep>,
    /// The steps as a dry run dated them.
    pub rows: Vec<StepRow>,
    /// What the steps do, or why there are none.
    pub why: Note,
    /// Why the steps of practice cannot be booked here; there are none then.
    pub refused: Option<Rejection>,
}

impl Proposal {
    const fn without_steps(finding: Option<Finding>, why: Note) -> Self {
        Self { finding, steps: Vec::new(), rows: Vec::new(), why, refused: None }
    }

    /// Returns the steps after their dry run; none if that was refused, because staging would refuse them
    /// as well.
    fn tried(finding: Finding, why: Note, (steps, run): (Vec<KeptStep>, CaseRun)) -> Self {
        let finding = Some(finding);
        match run.refused {
            None => Self { finding, steps, rows: run.rows, why, refused: None },
            Some((_, rejection)) => {
                Self { refused: Some(rejection), ..Self::without_steps(finding, Note::new("plan.refused")) }
            }
        }
    }

    /// Returns in words what the steps do, or why there are none.
    pub(crate) fn words(&self, names: &Names, lang: Lang) -> String {
        let mut why = self.why.clone();
        if let Some(rejection) = &self.refused {
            let message = Refusal::from(rejection.clone()).message(lang);
            why = why.with("refusal", message.trim_end_matches(['.', '。']));
        }
        names.note(lang, &why)
    }
}

impl OpenLedger {
    /// Returns the proposal for a finding by its identity, or for the worst finding of a trade by its number.
    pub(crate) fn propose(&mut self, context: &Context, target: &str) -> Result<Proposal, Refusal> {
        let parsed = PlanTarget::read(target, &self.in_force.channels)?;
        let Some(trade_no) = parsed.trade_no() else {
            return self.propose_without_trade(context, target);
        };
        let row = self.trade_row(trade_no)?.id;
        let Some(evidence) = evidence::read(&mut *self.engine, &self.in_force.kinds, row, row)?.pop() else {
            return Err(Rejection::not_found("trade", trade_no).into());
        };
        let scope = Scope { in_force: &self.in_force, now: context.now, again: None };
        let mut found = judge::trade(scope, &evidence)?;
        let chosen = found.iter().position(|finding| finding.finding == target);
        if matches!(parsed, PlanTarget::Finding(_)) && chosen.is_none() {
            return Err(Rejection::not_found("finding", target).into());
        }
        let worst = || {
            let order = |finding: &Finding| (!is_actionable(finding), finding.severity);
            (0..found.len()).min_by_key(|at| found.get(*at).map(order))
        };
        let Some(at) = chosen.or_else(worst) else {
            return Ok(Proposal::without_steps(None, Note::new("plan.nothing")));
        };
        let finding = worded(found.swap_remove(at), &self.in_force.names, context);
        let booked = booked_money(&mut *self.engine, &evidence.position.trade)?;
        let unlisted = match finding.cause {
            Cause::Long => unlisted(&mut *self.engine, &evidence.refunds)?,
            _ => Vec::new(),
        };
        let scope = Scope { in_force: &self.in_force, now: context.now, again: None };
        let plan = TradePlan {
            scope,
            finding: &finding,
            evidence: &evidence,
            booked_before: booked.as_ref(),
            unlisted: &unlisted,
        };
        let correction = match definition(finding.cause) {
            Some(def) => (def.plan)(&plan)?,
            None => Correction::none("plan.nothing"),
        };
        let (mut steps, mut run) = self.plan_around_obstacles(context, kept(correction.steps))?;
        let mut why = correction.why;
        if correction.covers_shortfall && run.refused.is_none() {
            match self.cover_shortfall(trade_no, &run) {
                Ok(cover) if cover.is_empty() => {}
                Ok(cover) => {
                    steps.splice(0..0, cover);
                    run = self.dry_run_plan(context, &steps)?;
                }
                Err(account) => why = Note::new("plan.overdrawn").with("account", account),
            }
        }
        let finding = self.one_told_again(finding, context)?;
        Ok(Proposal::tried(finding, why, (steps, run)))
    }

    fn propose_without_trade(&mut self, context: &Context, target: &str) -> Result<Proposal, Refusal> {
        let finding = self.channel_finding(context, target)?;
        let line = line_facts(&mut *self.engine, &self.in_force.kinds, &finding)?;
        let plan = LinePlan { in_force: &self.in_force, finding: &finding, line };
        let correction = definition(finding.cause)
            .and_then(|def| (def.plan_line)(&plan))
            .unwrap_or_else(|| Correction::none("plan.no_trade"));
        if correction.steps.is_empty() {
            return Ok(Proposal::without_steps(Some(finding), correction.why));
        }
        let tried = self.plan_around_obstacles(context, kept(correction.steps))?;
        Ok(Proposal::tried(finding, correction.why, tried))
    }

    /// Runs the steps of a plan without writing.
    pub(crate) fn dry_run_plan(&mut self, context: &Context, steps: &[KeptStep]) -> Result<CaseRun, Refusal> {
        let numbered: Vec<(i64, KeptStep)> = (1..).zip(steps.iter().cloned()).collect();
        let author = Author { case_no: None, maker: &context.operator, checker: None, reason: "plan" };
        let options = RunOptions { rows: Some(Slice::ALL), ..RunOptions::default() };
        self.dry_run(context, &author, &numbered, options, &mut Unwatched)
    }

    /// Returns a finding with what is expected, what is booked, and the proposed steps.
    pub(crate) fn plan(&mut self, context: &Context, target: &str) -> Result<Plan, Refusal> {
        let proposal = self.propose(context, target)?;
        let why = proposal.words(&self.in_force.names, context.lang);
        let trade_no = match &proposal.finding {
            Some(finding) => finding.trade_no.clone(),
            None => Some(target.parse()?),
        };
        let mut plan = Plan {
            trade_no: trade_no.clone(),
            cause: proposal.finding.as_ref().map(|finding| finding.cause),
            trade: None,
            rule: None,
            expected: Vec::new(),
            booked: Vec::new(),
            lines: Vec::new(),
            candidates: Vec::new(),
            steps: Vec::new(),
            why,
            refused: proposal.refused.map(|rejection| rejection.code.as_str().to_owned()),
            finding: None,
        };
        if let Some(trade_no) = &trade_no {
            let event =
                proposal.finding.as_ref().and_then(|finding| finding.event).unwrap_or(Event::CAPTURED);
            self.show_position(trade_no, event, &mut plan)?;
        }
        plan.candidates = match &proposal.finding {
            Some(finding) => self.candidates_for(finding)?,
            None => Vec::new(),
        };
        plan.steps = proposal.rows;
        plan.finding = proposal.finding;
        Ok(plan)
    }

    fn show_position(&mut self, trade_no: &TradeNo, event: Event, plan: &mut Plan) -> Result<(), Refusal> {
        let row = self.trade_row(trade_no)?;
        let Some(position) = positions(&mut *self.engine, row.id, row.id)?.pop() else { return Ok(()) };
        let facts = position.facts(&self.in_force.kinds)?;
        let expected = self.in_force.expected(&facts, event).ok();
        plan.rule = expected.as_ref().map(|expected| expected.rule.to_string());
        plan.lines = matching::lines(&mut *self.engine, row.id)?;
        plan.trade = Some(row);
        let should: Vec<&Line> =
            expected.iter().flat_map(|expected| &expected.lines).map(|line| &line.line).collect();
        let does = position.counted_lines(event);
        let (lacking, _) = unmatched(&should, &does);
        for (at, line) in should.iter().enumerate() {
            let shown = self.compared(line, lacking.contains(&at))?;
            plan.expected.push(shown);
        }
        self.show_booked(&position, event, expected.as_ref(), plan)
    }

    /// Adds the vouchers that count for the event, each line marked against what is expected.
    fn show_booked(
        &mut self,
        position: &TradePosition,
        event: Event,
        expected: Option<&Expected>,
        plan: &mut Plan,
    ) -> Result<(), Refusal> {
        let should: Vec<&Line> =
            expected.iter().flat_map(|expected| &expected.lines).map(|line| &line.line).collect();
        let keep = expected
            .and_then(|expected| position.posting_to_keep(event, expected))
            .map(|voucher| voucher.seq);
        for voucher in position.counted(event) {
            let lines: Vec<&Line> = voucher.lines.iter().collect();
            let (_, extra) = unmatched(&should, &lines);
            let surplus = voucher.kind.posts_event() && keep.is_some_and(|keep| keep != voucher.seq);
            let mut shown = Vec::new();
            for (at, line) in lines.iter().enumerate() {
                shown.push(self.compared(line, surplus || extra.contains(&at))?);
            }
            plan.booked.push(Booked {
                voucher_no: voucher.voucher_no.clone(),
                accounting_date: voucher.accounting_date,
                lines: shown,
            });
        }
        Ok(())
    }

    fn compared(&mut self, line: &Line, differs: bool) -> Result<ComparedLine, Refusal> {
        Ok(ComparedLine {
            side: line.side,
            account_name: self.account_name(&line.account)?,
            account: line.account.clone(),
            amount_minor: line.amount_minor,
            currency: self.in_force.currencies.of(&line.account),
            differs,
        })
    }

    fn account_name(&mut self, code: &AccountCode) -> Result<String, Refusal> {
        if let Some(head) = account_head(&mut *self.engine, code)? {
            return Ok(head.account.name);
        }
        let subject = self.in_force.chart.iter().find(|subject| subject.holds(code));
        Ok(subject.map_or_else(String::new, |subject| subject.name.clone()))
    }
}

/// Returns true if the planner may have something to book.
fn is_actionable(finding: &Finding) -> bool {
    definition(finding.cause).is_some_and(|def| def.is_actionable)
}

fn kept(steps: Vec<StepRequest>) -> Vec<KeptStep> {
    steps.into_iter().map(|request| KeptStep { request, why: None }).collect()
}

impl Handle for PlanCorrection {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { target } = self;
        Ok(Box::new(ledger.plan(context, &target)?))
    }
}
