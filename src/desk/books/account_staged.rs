//! What staged cases would answer of the open items of an account. Nothing leaves the open items for it: until a
//! case is committed, what it is about stays open, and what is unexplained stays so.

use super::account_reconciliation::{Beside, facts_of};
use crate::desk::corrections::staged::StagedEntries;
use crate::desk::ledger::OpenLedger;
use crate::domain::account_matching::{AccountLineFacts, EntryFacts, match_account};
use crate::protocol::account_reconciliation::{StagedCase, StagedOnAccount};
use crate::protocol::account_statements::OpenSide;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use jiff::civil::Date;
use std::collections::BTreeSet;

impl OpenLedger {
    /// Returns what staged cases would book on the account, and which of its open items they would answer. `open`
    /// are the items shown, oldest day first.
    pub(super) fn staged_on(
        &mut self,
        context: &Context,
        beside: &Beside,
        open: &[OpenSide],
    ) -> Result<Option<Box<StagedOnAccount>>, Refusal> {
        let staged = self.staged_entries(context, beside.code())?;
        Ok(answered(beside, open, &staged).map(Box::new))
    }
}

fn answered(beside: &Beside, open: &[OpenSide], staged: &[StagedEntries]) -> Option<StagedOnAccount> {
    let sides = beside.sides.as_ref()?;
    let (lines, entries) = &sides.unmatched;
    let places = places(
        lines
            .iter()
            .map(|at| sides.lines[*at].0.day)
            .chain(entries.iter().map(|at| sides.entries[*at].facts.day)),
    );
    let line_facts: Vec<AccountLineFacts> = lines.iter().map(|at| facts_of(&sides.lines[*at].0)).collect();
    let mut facts: Vec<EntryFacts> = entries.iter().map(|at| sides.entries[*at].facts.clone()).collect();
    let mut of_case: Vec<usize> = Vec::new();
    for (case, one) in staged.iter().enumerate() {
        facts.extend(one.entries.iter().cloned());
        of_case.extend(one.entries.iter().map(|_| case));
    }
    let mut answers: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); staged.len()];
    for found in match_account(&line_facts, &facts, &[]) {
        let case = found.entries.iter().find_map(|at| of_case.get(at.checked_sub(entries.len())?));
        let Some(case) = case else { continue };
        let booked =
            found.entries.iter().filter(|at| **at < entries.len()).map(|at| places[lines.len() + at]);
        let listed = found.lines.iter().map(|at| places[*at]);
        // What is dated after the days shown is not open on them.
        answers[*case].extend(listed.chain(booked).filter(|place| *place < open.len()));
    }
    let cases: Vec<StagedCase> = staged
        .iter()
        .zip(answers)
        .map(|(one, answers)| {
            let books = one.entries.iter().map(|entry| entry.amount_minor).fold(0, i64::saturating_add);
            let effects = answers.iter().map(|at| open[*at].effect_minor()).fold(0, i64::saturating_add);
            StagedCase {
                case_no: one.case.case_no.clone(),
                state: one.case.state,
                books_minor: books,
                answers_minor: effects,
                answers: answers.into_iter().map(|at| open[at].clone()).collect(),
            }
        })
        // One that books what it takes back changes nothing here.
        .filter(|case| case.books_minor != 0 || !case.answers.is_empty())
        .collect();
    if cases.is_empty() {
        return None;
    }
    let sum = |of: fn(&StagedCase) -> i64| cases.iter().map(of).fold(0, i64::saturating_add);
    let (answers_minor, books_minor) = (sum(|case| case.answers_minor), sum(|case| case.books_minor));
    Some(StagedOnAccount { answers_minor, books_minor, cases })
}

/// Returns where each item stands once all are in the order of their days.
fn places(days: impl Iterator<Item = Date>) -> Vec<usize> {
    let mut sorted: Vec<(Date, usize)> = days.enumerate().map(|(at, day)| (day, at)).collect();
    sorted.sort_by_key(|(day, _)| *day);
    let mut places = vec![0; sorted.len()];
    for (place, (_, at)) in sorted.into_iter().enumerate() {
        places[at] = place;
    }
    places
}
