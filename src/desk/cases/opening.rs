//! What cases are opened with: findings named one by one, or many of a cause at once.

use crate::desk::cases::draft::CaseDraft;
use crate::desk::cases::limits::{MAX_STEPS, body, too_many};
use crate::desk::corrections::planner::Proposal;
use crate::desk::findings::page::names_no_trade;
use crate::desk::ledger::OpenLedger;
use crate::domain::finding::{Cause, Note};
use crate::domain::id::TradeNo;
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::cases::{Opened, Skipped};
use crate::protocol::context::Context;
use crate::protocol::findings::FindingFilter;
use crate::protocol::opening::{Bulk, Opening};
use crate::protocol::page::{Page, RowKey, Slice, Start};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::cases;
use std::collections::{BTreeMap, BTreeSet};

impl OpenLedger {
    /// What a case would be opened with.
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
        let targets = targets(opening);
        let trades: BTreeSet<&TradeNo> = opening.trades.iter().collect();
        if targets.is_empty() && (draft.note.is_none() || opening.plan) {
            // Nobody could tell what such a case is for.
            return Err(Rejection::new(Code::Nothing).with("what", "case about nothing").into());
        }
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
                return Err(no_plan(context, target, &proposal.why).into());
            }
            self.take(&mut draft, target, proposal, opening)?;
            watch.step(done, targets.len())?;
        }
        Ok(draft)
    }

    /// Takes a finding, or a trade without one, with its planned steps into a case to open.
    fn take(
        &mut self,
        draft: &mut CaseDraft,
        target: &str,
        proposal: Proposal,
        opening: &Opening,
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
            for step in proposal.steps {
                // Two findings of one trade may ask for the same.
                let text = body(&step.request)?;
                if draft.bodies.insert(text) {
                    draft.steps.push(step);
                }
            }
        }
        if draft.steps.len() > MAX_STEPS {
            return Err(too_many(draft.steps.len()).into());
        }
        Ok(())
    }

    /// Opens cases for many findings, all of them or none. A finding that another case holds, or that has nothing to stage,
    /// is left out and told.
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
        // Where the case of a trade stands; in one case for all, of any trade.
        let mut places: BTreeMap<Option<String>, usize> = BTreeMap::new();
        let mut skipped = Vec::new();
        for (done, name) in (1..).zip(&names) {
            watch.step(done, names.len())?;
            let proposal = match self.proposal_of(context, name, &bulk.opening) {
                Ok(proposal) => proposal,
                Err(Refusal::Rejected(rejection)) => {
                    skipped.push(Skipped::new(name, rejection, context.lang));
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let of = if bulk.one { None } else { name.split_once('/').map(|(_, rest)| trade_part(rest)) };
            let at = *places.entry(of).or_insert(drafts.len());
            if at == drafts.len() {
                drafts.push(CaseDraft::new(&bulk.opening)?);
            }
            if let Some(draft) = drafts.get_mut(at) {
                self.take(draft, name, proposal, &bulk.opening)?;
            }
        }
        let opened = self.write_drafts(context, &drafts, Slice::NONE, watch)?;
        let mut rows = Vec::with_capacity(opened.len());
        for (case_no, _) in &opened {
            rows.extend(cases::case(&mut *self.engine, case_no)?);
        }
        Ok(Opened { cases: rows, skipped })
    }

    /// Stages a case for each trade with a finding of the causes that the policy lists. What another case holds is left alone.
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

    /// What is proposed for a finding that may be taken into a case.
    fn proposal_of(&mut self, context: &Context, name: &str, opening: &Opening) -> Result<Proposal, Refusal> {
        if !opening.again
            && let Some(holder) = cases::held_by(&mut *self.engine, name)?
        {
            return Err(Rejection::new(Code::Held).with("finding", name).with("case", holder).into());
        }
        let proposal = self.propose(context, name)?;
        if opening.plan && proposal.steps.is_empty() {
            return Err(no_plan(context, name, &proposal.why).into());
        }
        Ok(proposal)
    }

    /// The findings that cases are to be opened for, by identity.
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

/// Causes whose findings may be staged by themselves on this ledger: none unless the policy lists them.
fn auto_stage(policy: &Policy) -> &[Cause] {
    &policy.auto_stage
}

/// The trade in a finding's identity without its cause; what only a channel knows of stands for itself.
fn trade_part(rest: &str) -> String {
    let trade = rest.split('/').next().unwrap_or(rest);
    (if names_no_trade(trade) { rest } else { trade }).to_owned()
}

/// What a case is opened for, in the order named: a trade stands for the findings named of it, or for its worst.
fn targets(opening: &Opening) -> Vec<&str> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in &opening.findings {
        named.entry(finding.split('/').nth(1).unwrap_or_default()).or_default().push(finding);
    }
    let mut targets: Vec<&str> = Vec::new();
    for trade_no in &opening.trades {
        targets.extend(named.remove(trade_no.as_str()).unwrap_or_else(|| vec![trade_no.as_str()]));
    }
    let rest: BTreeSet<&str> = named.into_values().flatten().collect();
    targets.extend(opening.findings.iter().map(String::as_str).filter(|finding| rest.contains(finding)));
    targets
}

/// Nothing is to be booked for a finding, and why.
fn no_plan(context: &Context, target: &str, why: &Note) -> Rejection {
    Rejection::new(Code::Nothing)
        .with("what", "plan")
        .with("trade", target)
        .with("why", crate::i18n::note(context.lang, why))
}
