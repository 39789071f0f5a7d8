//! Cases are opened: for findings named one by one, or for many of a cause at once.

use crate::desk::cases::draft::CaseDraft;
use crate::desk::cases::stage::Staging;
use crate::desk::corrections::case_run::StepsShown;
use crate::desk::corrections::new_numbers::NewNumbers;
use crate::desk::corrections::planner::Proposal;
use crate::desk::corrections::resolver::Call;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::refuse_too_many_steps;
use crate::domain::channel::Channels;
use crate::domain::finding::Cause;
use crate::domain::finding_id::{FindingId, FindingSubject};
use crate::domain::id::{CaseNo, TradeNo};
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::{CaseDetail, Opened, Skipped};
use crate::protocol::context::Context;
use crate::protocol::findings::FindingFilter;
use crate::protocol::opening::{Bulk, OpenCase, OpenCases, OpenCasesByPolicy, Opening};
use crate::protocol::page::{Page, RowKey, Slice, Start};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::cases;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl OpenLedger {
    /// Opens a case, with the planner's steps if requested, in one batch, so that no case is left without
    /// its steps.
    pub(crate) fn case_open(
        &mut self,
        context: &Context,
        opening: &Opening,
        watch: &mut dyn Watch,
    ) -> Result<CaseDetail, Refusal> {
        let draft = self.draft(context, opening, watch)?;
        let opened = self.write_drafts(context, &[draft], Slice::ALL, watch)?.pop();
        let (case_no, shown) = opened.ok_or_else(|| Rejection::new(Code::Nothing).with("what", "case"))?;
        self.case_with(context, &case_no, Slice::ALL, shown)
    }

    /// Opens cases in one batch: all of them or none. Returns each with the steps to show.
    pub(super) fn write_drafts(
        &mut self,
        context: &Context,
        drafts: &[CaseDraft],
        shown: Slice,
        watch: &mut dyn Watch,
    ) -> Result<Vec<(CaseNo, StepsShown)>, Refusal> {
        for draft in drafts {
            if let Some(reason) = &draft.reason {
                self.in_force.policy.given_reason(reason)?;
            }
            self.check_reasons(&draft.reason_or_cause(), draft.steps.iter().map(|step| &step.request))?;
        }
        let precondition = self.precondition_of_all();
        let staging = Staging { call: Call { in_force: &self.in_force, context } };
        let engine = &mut self.engine;
        let mut opened = Vec::new();
        engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            opened.clear();
            let last = cases::last_case(sink)?;
            for ((done, n), draft) in (1..).zip(last + 1..).zip(drafts) {
                opened.push(staging.open(sink, n, draft, shown, watch)?);
                watch.step(done, drafts.len())?;
            }
            Ok(())
        })?;
        Ok(opened)
    }

    /// Returns the draft of a case to open.
    pub(crate) fn draft(
        &mut self,
        context: &Context,
        opening: &Opening,
        watch: &mut dyn Watch,
    ) -> Result<CaseDraft, Refusal> {
        let mut draft = CaseDraft::new(opening)?;
        for trade_no in &opening.trades {
            self.trade_row(trade_no)?;
        }
        let targets = targets(opening, &self.in_force.channels);
        let trades: BTreeSet<&TradeNo> = opening.trades.iter().collect();
        if targets.is_empty() && (draft.note.is_none() || opening.plan) {
            // A case about nothing, without a note, would explain itself to no reader.
            return Err(Rejection::new(Code::Nothing).with("what", "case about nothing").into());
        }
        let mut numbers = NewNumbers::new();
        for (done, target) in (1..).zip(&targets) {
            let proposal = self.propose(context, target)?;
            if let Some(trade_no) = proposal.finding.as_ref().and_then(|finding| finding.trade_no.as_ref())
                && !trades.is_empty()
                && !trades.contains(trade_no)
            {
                return Err(Rejection::new(Code::BadValue)
                    .with("what", "finding")
                    .with("value", target)
                    .into());
            }
            if opening.plan && proposal.steps.is_empty() {
                return Err(no_plan(&Call { in_force: &self.in_force, context }, target, proposal).into());
            }
            self.take(&mut draft, target, proposal, (opening, &mut numbers))?;
            watch.step(done, targets.len())?;
        }
        self.plan_draft_together(context, &mut draft)?;
        Ok(draft)
    }

    /// Adds a finding, or a trade without one, to a draft, with its planned steps. Trades that they record get
    /// `numbers` of their own.
    pub(super) fn take(
        &mut self,
        draft: &mut CaseDraft,
        target: &str,
        proposal: Proposal,
        (opening, numbers): (&Opening, &mut NewNumbers),
    ) -> Result<(), Refusal> {
        let trade_no = match &proposal.finding {
            Some(finding) => finding.trade_no.clone(),
            None => Some(target.parse()?),
        };
        let trade = trade_no.map(|trade_no| self.trade_row(&trade_no)).transpose()?.map(|row| row.id);
        let cause = proposal.finding.as_ref().map(|finding| finding.cause);
        let finding = proposal.finding.map(|finding| finding.finding);
        if !draft.known.insert((trade, finding.clone())) {
            return Ok(());
        }
        if draft.about.is_empty() {
            draft.cause = cause;
        }
        draft.about.push(cases::About { finding, trade, again: opening.again });
        if opening.plan {
            let mut planned = Vec::new();
            for step in self.numbered_apart(proposal.steps, numbers)? {
                // Two findings of one trade may plan the same step; one plan may have it twice.
                let text = cases::steps::text(&step.request)?;
                if !draft.bodies.contains(&text) {
                    draft.steps.push(step);
                }
                planned.push(text);
            }
            draft.bodies.extend(planned);
        }
        refuse_too_many_steps(draft.steps.len())?;
        Ok(())
    }

    /// Tries the steps of several findings together, and works around what one takes from the other.
    ///
    /// # Errors
    /// The refusal of a step that cannot be booked after the others.
    pub(super) fn plan_draft_together(
        &mut self,
        context: &Context,
        draft: &mut CaseDraft,
    ) -> Result<(), Refusal> {
        if draft.about.len() > 1 && !draft.steps.is_empty() {
            draft.steps = self.plan_together(context, std::mem::take(&mut draft.steps))?;
            refuse_too_many_steps(draft.steps.len())?;
        }
        Ok(())
    }

    /// Opens cases for many findings, all of them or none. Findings that another case holds, or that have
    /// nothing to stage, are listed as skipped.
    pub(crate) fn case_bulk(
        &mut self,
        context: &Context,
        bulk: &Bulk,
        watch: &mut dyn Watch,
    ) -> Result<Opened, Refusal> {
        let names = self.named(context, bulk, watch)?;
        if names.is_empty() {
            return Err(Rejection::new(Code::Nothing).with("what", "finding").into());
        }
        let mut drafts: Vec<CaseDraft> = Vec::new();
        // Index of each trade's draft; one draft for every trade if one case is requested.
        let mut places: HashMap<Option<CaseSubject>, usize> = HashMap::new();
        let (mut skipped, mut numbers) = (Vec::new(), NewNumbers::new());
        for (done, name) in (1..).zip(&names) {
            watch.step(done, names.len())?;
            let proposal = match self.proposal_of(context, name, &bulk.opening) {
                Ok(proposal) => proposal,
                Err(Refusal::Rejected(rejection)) => {
                    skipped.push(Skipped::new(name, rejection, (&self.in_force.names, context.lang)));
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let of = if bulk.one { None } else { about(name, &self.in_force.channels) };
            let at = *places.entry(of).or_insert(drafts.len());
            if at == drafts.len() {
                drafts.push(CaseDraft::new(&bulk.opening)?);
            }
            if let Some(draft) = drafts.get_mut(at) {
                self.take(draft, name, proposal, (&bulk.opening, &mut numbers))?;
            }
        }
        let mut agreed = Vec::with_capacity(drafts.len());
        for mut draft in drafts {
            match self.plan_draft_together(context, &mut draft) {
                Ok(()) => agreed.push(draft),
                Err(Refusal::Rejected(rejection)) if !bulk.one => {
                    let names = draft.about.iter().filter_map(|about| about.finding.as_deref());
                    skipped.extend(names.map(|name| {
                        Skipped::new(name, rejection.clone(), (&self.in_force.names, context.lang))
                    }));
                }
                Err(refusal) => return Err(refusal),
            }
        }
        let opened = self.write_drafts(context, &agreed, Slice::NONE, watch)?;
        let mut rows = Vec::with_capacity(opened.len());
        for (case_no, _) in &opened {
            rows.extend(cases::case(&mut *self.engine, case_no)?);
        }
        Ok(Opened { cases: rows, skipped })
    }

    /// Opens a case for each trade with a finding of the causes that the policy lists. Findings of other
    /// cases are left out.
    pub(crate) fn case_auto(&mut self, context: &Context, watch: &mut dyn Watch) -> Result<Opened, Refusal> {
        let mut all = Opened::default();
        for cause in auto_stage(&self.in_force.policy).to_vec() {
            let filter = FindingFilter { cause: Some(cause), ..FindingFilter::default() };
            let opening = Opening { plan: true, ..Opening::default() };
            let bulk = Bulk { opening, filter, ..Bulk::default() };
            match self.case_bulk(context, &bulk, watch) {
                Ok(opened) => {
                    all.cases.extend(opened.cases);
                    let held = Code::Held.as_str();
                    all.skipped.extend(opened.skipped.into_iter().filter(|left| left.code != held));
                }
                Err(Refusal::Rejected(rejection)) if rejection.code == Code::Nothing => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(all)
    }

    /// Returns the proposal for a finding that no other case holds.
    pub(super) fn proposal_of(
        &mut self,
        context: &Context,
        name: &str,
        opening: &Opening,
    ) -> Result<Proposal, Refusal> {
        if !opening.again
            && let Some(holder) = cases::held_by(&mut *self.engine, name)?
        {
            return Err(Rejection::new(Code::Held).with("finding", name).with("case", holder).into());
        }
        let proposal = self.propose(context, name)?;
        if opening.plan && proposal.steps.is_empty() {
            return Err(no_plan(&Call { in_force: &self.in_force, context }, name, proposal).into());
        }
        Ok(proposal)
    }

    /// Returns the identities of the findings that cases are opened for.
    fn named(
        &mut self,
        context: &Context,
        bulk: &Bulk,
        watch: &mut dyn Watch,
    ) -> Result<Vec<String>, Refusal> {
        let most = bulk.limit.unwrap_or(usize::MAX);
        if !bulk.opening.findings.is_empty() {
            return Ok(bulk.opening.findings.iter().take(most).cloned().collect());
        }
        let mut names: Vec<String> = Vec::new();
        let mut page = Page::first();
        loop {
            let rows = self.findings(context, &bulk.filter, &page, watch)?;
            let more = rows.more_after;
            names.extend(rows.rows.into_iter().map(|finding| finding.finding));
            match names.last() {
                Some(last) if more && names.len() < most => {
                    page.start = Start::After(RowKey::Text(last.clone()));
                }
                _ => break,
            }
        }
        names.truncate(most);
        Ok(names)
    }
}

/// Returns the causes whose findings may be staged automatically: those that the policy lists.
fn auto_stage(policy: &Policy) -> &[Cause] {
    &policy.auto_stage
}

/// What one of several cases is about: a trade with all its findings, or one finding without a trade.
pub(super) type CaseSubject = (FindingSubject, Option<String>);

/// Returns what the case of a finding is about.
pub(super) fn about(finding: &str, channels: &Channels) -> Option<CaseSubject> {
    let FindingId { about, part, .. } = FindingId::read(finding, channels).ok()?;
    let part = part.filter(|_| !matches!(about, FindingSubject::Trade(_)));
    Some((about, part))
}

/// Returns what a case is opened for, in the order named: for a trade its named findings, else its worst.
fn targets<'o>(opening: &'o Opening, channels: &Channels) -> Vec<&'o str> {
    let mut named: BTreeMap<Option<TradeNo>, Vec<&str>> = BTreeMap::new();
    for finding in &opening.findings {
        let trade_no = FindingId::read(finding, channels).ok().and_then(|id| id.trade_no().cloned());
        named.entry(trade_no).or_default().push(finding);
    }
    let mut targets: Vec<&str> = Vec::new();
    for trade_no in &opening.trades {
        targets.extend(named.remove(&Some(trade_no.clone())).unwrap_or_else(|| vec![trade_no.as_str()]));
    }
    let rest: BTreeSet<&str> = named.into_values().flatten().collect();
    targets.extend(opening.findings.iter().map(String::as_str).filter(|finding| rest.contains(finding)));
    targets
}

/// Returns the refusal if a finding has no plan: that of the steps that the ledger does not take, or that
/// there are none, with the reason.
fn no_plan(call: &Call<'_>, target: &str, proposal: Proposal) -> Rejection {
    proposal.refused.unwrap_or_else(|| {
        let why = call.words(&proposal.why);
        Rejection::new(Code::Nothing).with("what", "plan").with("trade", target).with("why", why)
    })
}

impl Handle for OpenCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { opening } = self;
        Ok(Box::new(ledger.case_open(context, &opening, watch)?))
    }

    fn replay(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        opened: Option<CaseNo>,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let case_no = opened.ok_or_else(|| Rejection::new(Code::OrderDone))?;
        Ok(Box::new(ledger.case(context, &case_no, Slice::ALL, watch)?))
    }
}

impl Handle for OpenCasesByPolicy {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.case_auto(context, watch)
    }
}

impl Handle for OpenCases {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { bulk } = self;
        ledger.case_bulk(context, &bulk, watch)
    }
}
