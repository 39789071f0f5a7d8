//! Findings are decided in a spreadsheet: what a person decides by, and what becomes of the decisions.
//!
//! A row is judged by the facts of now: its mark must be that of the facts that were decided on. A decision that was
//! carried out before stays as it is, so that the same file may be sent again.

use crate::desk::cases::draft::CaseDraft;
use crate::desk::cases::opening::{CaseSubject, about};
use crate::desk::corrections::new_numbers::NewNumbers;
use crate::desk::findings::accept::AcceptanceAsk;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::acceptance::AcceptanceState;
use crate::domain::case::CaseState;
use crate::domain::decision::{DecisionVerdict, FindingDecision};
use crate::domain::finding::Finding;
use crate::domain::id::CaseNo;
use crate::domain::rejection::{Code, Rejection};
use crate::i18n;
use crate::protocol::acceptances::told;
use crate::protocol::context::Context;
use crate::protocol::decisions::{CheckDecisions, Decided, DecidedRow, DecisionRow, StageDecisions};
use crate::protocol::opening::Opening;
use crate::protocol::page::Slice;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::cases;
use std::collections::HashMap;

/// What a decision comes to.
enum Judged {
    /// It is told as it is: nothing is left to do, or it cannot be done.
    Told(DecidedRow),
    /// A case is to be opened with the planner's steps.
    Plan(Finding),
    /// An acceptance is to be asked for.
    Accept(Finding),
}

/// A case that decisions come to.
struct DecidedCase {
    opening: Opening,
    draft: CaseDraft,
    /// Places of its decisions in the file, each with what its steps do.
    rows: Vec<(usize, String)>,
}

impl OpenLedger {
    /// Judges decisions, and carries out those that can be if they are to be staged.
    fn carry_out(
        &mut self,
        context: &Context,
        (rows, stages): (&[DecisionRow], bool),
        watch: &mut dyn Watch,
    ) -> Result<Decided, Refusal> {
        self.read_accepted()?;
        let mut told: Vec<Option<DecidedRow>> = Vec::with_capacity(rows.len());
        let (mut plans, mut accepts) = (Vec::new(), Vec::new());
        let mut lines: HashMap<&str, u64> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            watch.step(at + 1, rows.len())?;
            let judged = match lines.insert(&row.finding, row.line) {
                Some(line) => Judged::Told(twice(context, row, line)),
                None => self.judged_decision(context, row)?,
            };
            told.push(match judged {
                Judged::Told(row) => Some(row),
                Judged::Plan(finding) => {
                    plans.push((at, finding));
                    None
                }
                Judged::Accept(finding) => {
                    accepts.push((at, finding));
                    None
                }
            });
        }
        self.decide_plans(context, (rows, &plans, stages), &mut told, watch)?;
        self.decide_acceptances(context, (rows, &accepts, stages), &mut told)?;
        Ok(Decided { staged: stages, rows: told.into_iter().flatten().collect(), undecided: 0 })
    }

    /// Judges one decision by the facts of now.
    fn judged_decision(&mut self, context: &Context, row: &DecisionRow) -> Result<Judged, Refusal> {
        let word = |key: &str| i18n::word(context.lang, key);
        let finding = match self.finding_named(context, &row.finding) {
            Ok(finding) => finding,
            Err(Refusal::Rejected(rejection)) if rejection.code == Code::NotFound => {
                return Ok(Judged::Told(self.gone(context, row)?));
            }
            Err(Refusal::Rejected(rejection)) => {
                return Ok(Judged::Told(self.ineligible(context, row, rejection)));
            }
            Err(fault) => return Err(fault),
        };
        if row.decision == FindingDecision::Leave {
            return Ok(Judged::Told(verdict(row, DecisionVerdict::Ok, word("decision.left"))));
        }
        if finding.mark != row.mark {
            return Ok(Judged::Told(verdict(row, DecisionVerdict::Stale, word("decision.stale"))));
        }
        let holder = cases::held_by(&mut *self.engine, &finding.finding)?;
        let acceptance = self.acceptance_of(context, &finding);
        let agreed = acceptance.as_ref().filter(|one| one.state == AcceptanceState::InForce);
        Ok(match (row.decision, holder, agreed) {
            (FindingDecision::Plan, Some(case_no), _) => {
                Judged::Told(self.staged_before(context, row, case_no)?)
            }
            (FindingDecision::Accept, Some(case_no), _) => {
                let held = Rejection::new(Code::Held).with("finding", &finding.finding).with("case", case_no);
                Judged::Told(self.ineligible(context, row, held))
            }
            (FindingDecision::Plan, None, Some(one)) => {
                let args = [("accepted", told(context.lang, one)), ("finding", finding.finding.clone())];
                let what = i18n::text(context.lang, "decision.accepted", &args);
                Judged::Told(verdict(row, DecisionVerdict::Ineligible, what))
            }
            (FindingDecision::Plan, None, None) => Judged::Plan(finding),
            (FindingDecision::Accept, None, Some(one)) => {
                Judged::Told(verdict(row, DecisionVerdict::Ok, told(context.lang, one)))
            }
            _ => match self.acceptance_order(context, (reason(row), note(row)), row.until) {
                Ok(_) => Judged::Accept(finding),
                Err(rejection) => Judged::Told(self.ineligible(context, row, rejection)),
            },
        })
    }

    /// Opens the cases that decisions come to, or says what they would do. Each trade has one case, and so has each
    /// finding without a trade.
    fn decide_plans(
        &mut self,
        context: &Context,
        (rows, plans, stages): (&[DecisionRow], &[(usize, Finding)], bool),
        told: &mut [Option<DecidedRow>],
        watch: &mut dyn Watch,
    ) -> Result<(), Refusal> {
        let mut drafts: Vec<DecidedCase> = Vec::new();
        let mut places: HashMap<Option<CaseSubject>, usize> = HashMap::new();
        let mut numbers = NewNumbers::new();
        for (place, finding) in plans {
            let Some(row) = rows.get(*place) else { continue };
            let subject = about(&finding.finding, &self.in_force.channels);
            let at = places.get(&subject).copied().unwrap_or(drafts.len());
            if let Err(rejection) =
                self.add_plan(context, (row, *place, finding), (&mut drafts, at), &mut numbers)?
            {
                tell(told, *place, self.ineligible(context, row, rejection));
            } else {
                places.insert(subject, at);
            }
        }
        let mut agreed = Vec::with_capacity(drafts.len());
        for mut case in drafts {
            match self.tried_together(context, &mut case.draft) {
                Ok(()) => agreed.push(case),
                Err(Refusal::Rejected(rejection)) => {
                    for (place, row) in placed(rows, &case.rows) {
                        tell(told, place, self.ineligible(context, row, rejection.clone()));
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
        let (drafts, decided): (Vec<CaseDraft>, Vec<_>) =
            agreed.into_iter().map(|case| (case.draft, case.rows)).unzip();
        let opened = if stages && !drafts.is_empty() {
            self.write_drafts(context, &drafts, Slice::NONE, watch)?
        } else {
            Vec::new()
        };
        for (n, decided) in decided.iter().enumerate() {
            let case_no = opened.get(n).map(|(case_no, _)| case_no.clone());
            for ((place, row), (_, why)) in placed(rows, decided).zip(decided) {
                let mut args = vec![("why", why.clone())];
                args.extend(case_no.as_ref().map(|case_no| ("case", case_no.to_string())));
                let key = if stages { "decision.staged" } else { "decision.would_stage" };
                let what = i18n::text(context.lang, key, &args);
                let done = DecidedRow { case_no: case_no.clone(), ..verdict(row, DecisionVerdict::Ok, what) };
                tell(told, place, done);
            }
        }
        Ok(())
    }

    /// Adds the plan of a finding to the case of its trade, the one at `at` or a new one.
    fn add_plan(
        &mut self,
        context: &Context,
        (row, place, finding): (&DecisionRow, usize, &Finding),
        (cases, at): (&mut Vec<DecidedCase>, usize),
        numbers: &mut NewNumbers,
    ) -> Result<Result<(), Rejection>, Refusal> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let opening =
            Opening { plan: true, reason: given(&row.reason), note: given(&row.note), ..Opening::default() };
        let other = cases.get(at).and_then(|case| case.opening.reason.as_ref());
        if opening.reason.is_some() && other.is_some_and(|other| opening.reason.as_ref() != Some(other)) {
            let one = Rejection::new(Code::BadValue).with("what", "reason").with("value", reason(row));
            return Ok(Err(one.with("problem", "decision.one_reason")));
        }
        if let Some(reason) = &opening.reason
            && let Err(rejection) = self.in_force.policy.given_reason(reason)
        {
            return Ok(Err(rejection));
        }
        let mut new = match CaseDraft::new(&opening) {
            Ok(draft) => draft,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let proposal = match self.proposal_of(context, &finding.finding, &opening) {
            Ok(proposal) => proposal,
            Err(Refusal::Rejected(rejection)) => return Ok(Err(rejection)),
            Err(fault) => return Err(fault),
        };
        let why = proposal.words(&self.in_force.names, context.lang);
        if let Some(case) = cases.get_mut(at) {
            self.take(&mut case.draft, &finding.finding, proposal, (&case.opening, numbers))?;
            join(&mut case.draft, new);
            case.opening.reason = case.opening.reason.take().or(opening.reason);
            case.rows.push((place, why));
        } else {
            self.take(&mut new, &finding.finding, proposal, (&opening, numbers))?;
            cases.push(DecidedCase { opening, draft: new, rows: vec![(place, why)] });
        }
        Ok(Ok(()))
    }

    /// Tries the steps of a case together, with the reasons that they require.
    fn tried_together(&mut self, context: &Context, draft: &mut CaseDraft) -> Result<(), Refusal> {
        self.plan_draft_together(context, draft)?;
        self.check_reasons(&draft.reason_or_cause(), draft.steps.iter().map(|step| &step.request))
    }

    /// Asks for the acceptances that decisions come to, or says that it would.
    fn decide_acceptances(
        &mut self,
        context: &Context,
        (rows, accepts, stages): (&[DecisionRow], &[(usize, Finding)], bool),
        told: &mut [Option<DecidedRow>],
    ) -> Result<(), Refusal> {
        let mut asks = Vec::new();
        for (place, finding) in accepts {
            let Some(row) = rows.get(*place) else { continue };
            let acceptance = self.acceptance_of(context, finding);
            let asked = acceptance.filter(|one| one.state == AcceptanceState::Asked);
            let is_same = |one: &&crate::domain::acceptance::Acceptance| {
                one.reason == reason(row) && one.until == row.until
            };
            let mut args = vec![("finding", finding.finding.clone())];
            args.extend(asked.as_ref().map(|one| ("operator", one.operator.to_string())));
            let key = match asked.as_ref() {
                Some(one) if is_same(&one) => "decision.asked_before",
                _ => {
                    let (reason, note) = (reason(row), note(row));
                    asks.push(AcceptanceAsk { finding, reason, note, until: row.until });
                    if stages { "decision.asked" } else { "decision.would_ask" }
                }
            };
            let what = i18n::text(context.lang, key, &args);
            tell(told, *place, verdict(row, DecisionVerdict::Ok, what));
        }
        if stages && !asks.is_empty() {
            self.ask_acceptances(context, &asks)?;
        }
        Ok(())
    }

    /// Returns that a finding is gone, and the case that closed it.
    fn gone(&mut self, context: &Context, row: &DecisionRow) -> Result<DecidedRow, Refusal> {
        let closed = cases::committed_about(&mut *self.engine, &row.finding)?;
        let args: Vec<_> = closed.iter().map(|case_no| ("case", case_no.to_string())).collect();
        let what = i18n::text(context.lang, "decision.gone", &args);
        Ok(DecidedRow { case_no: closed, ..verdict(row, DecisionVerdict::Gone, what) })
    }

    /// Returns that a case has the finding already.
    fn staged_before(
        &mut self,
        context: &Context,
        row: &DecisionRow,
        case_no: CaseNo,
    ) -> Result<DecidedRow, Refusal> {
        let state = cases::case(&mut *self.engine, &case_no)?.map(|case| case.state);
        let state = state.filter(|state| *state != CaseState::Staged);
        let mut args = vec![("case", case_no.to_string())];
        let word = |state: CaseState| i18n::word(context.lang, &format!("state.case.{state}"));
        args.extend(state.map(|state| ("case_state", word(state))));
        let what = i18n::text(context.lang, "decision.staged_before", &args);
        Ok(DecidedRow { case_no: Some(case_no), ..verdict(row, DecisionVerdict::Ok, what) })
    }

    /// Returns that a rule refuses a decision.
    fn ineligible(&self, context: &Context, row: &DecisionRow, why: Rejection) -> DecidedRow {
        let code = why.code.as_str().to_owned();
        let what = self.in_force.names.refusal(context.lang, why.into()).message(context.lang);
        DecidedRow { code: Some(code), ..verdict(row, DecisionVerdict::Ineligible, what) }
    }
}

/// Returns a verdict on a decision.
fn verdict(row: &DecisionRow, verdict: DecisionVerdict, what: String) -> DecidedRow {
    DecidedRow {
        line: row.line,
        column: None,
        finding: row.finding.clone(),
        decision: Some(row.decision),
        verdict,
        case_no: None,
        code: None,
        what,
    }
}

/// Returns that a finding was decided on an earlier line.
fn twice(context: &Context, row: &DecisionRow, line: u64) -> DecidedRow {
    let what = i18n::text(context.lang, "decision.twice", &[("line", line.to_string())]);
    verdict(row, DecisionVerdict::Ineligible, what)
}

fn tell(told: &mut [Option<DecidedRow>], place: usize, row: DecidedRow) {
    if let Some(slot) = told.get_mut(place) {
        *slot = Some(row);
    }
}

/// Returns the decisions in places of the file.
fn placed<'r>(
    rows: &'r [DecisionRow],
    places: &'r [(usize, String)],
) -> impl Iterator<Item = (usize, &'r DecisionRow)> {
    places.iter().filter_map(|(place, _)| Some((*place, rows.get(*place)?)))
}

/// Adds reason and note of another decision to a case.
fn join(draft: &mut CaseDraft, other: CaseDraft) {
    draft.reason = draft.reason.take().or(other.reason);
    draft.note = match (draft.note.take(), other.note) {
        (Some(note), Some(more)) if !note.contains(&more) => Some(format!("{note}; {more}")),
        (note, more) => note.or(more),
    };
}

fn reason(row: &DecisionRow) -> &str {
    row.reason.as_deref().unwrap_or_default().trim()
}

fn note(row: &DecisionRow) -> &str {
    row.note.as_deref().unwrap_or_default().trim()
}

impl Handle for CheckDecisions {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.carry_out(context, (&self.rows, false), watch)
    }
}

impl Handle for StageDecisions {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.carry_out(context, (&self.rows, true), watch)
    }
}
