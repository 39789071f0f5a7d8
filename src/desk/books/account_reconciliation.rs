//! An account of the books beside its statements: every cent of the difference of the balances was there at the start,
//! is a line or an entry that the other side does not answer, or is on its way between two days; what is left is
//! unexplained.

use super::account_answers::{answer, answered};
use super::account_by_hand::matched_by_hand;
use super::account_proposals::proposed;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::account::Account;
use crate::domain::account_matching::{AccountLineFacts, AccountMatch, AccountMatchKey, match_account};
use crate::domain::account_statement::AccountLine;
use crate::domain::id::AccountCode;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::account_reconciliation::{AccountPair, AccountReconciliation, ReconcileAccount};
use crate::protocol::account_statements::{
    AccountDay, AccountGap, AccountMatchCount, AccountStatementRow, AnsweredItem, OpenSide, file_of_line,
};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::account_statements::AccountEntry;
use crate::store::{account_evidence, account_matches, account_statements, accounts, balances};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Most open items listed; the sums cover all of them.
const LISTED: usize = 1000;

/// Days before the first statement whose entries its lines may answer.
const EARLIER_DAYS: i64 = 31;

/// A line with its statement, its place in it, and the file.
pub(super) type Listed = (AccountLine, (i64, i64), String);

/// Both sides of an account from the first statement on.
pub(super) struct Sides {
    pub(super) statements: Vec<AccountStatementRow>,
    pub(super) lines: Vec<Listed>,
    pub(super) entries: Vec<AccountEntry>,
    pub(super) matches: Vec<AccountMatch>,
    /// Places of the lines and of the entries that no match has.
    pub(super) unmatched: (Vec<usize>, Vec<usize>),
    /// Balance of the books before the first day.
    our_opening_minor: i64,
    /// Day of the first statement.
    begin: Date,
}

/// An account of the books with what its statements say, read once.
pub(super) struct Beside {
    pub(super) account: Account,
    /// `None` if no statement stands.
    pub(super) sides: Option<Sides>,
}

impl Handle for ReconcileAccount {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<AccountReconciliation>, Refusal> {
        let beside = ledger.account_beside(&self.account)?;
        let signed = ledger.signed_days(&beside)?;
        let mut found = match &signed {
            // What was signed is told, though no statement of it is left.
            Some(_) if beside.sides.is_none() => beside.without_statements(),
            _ => beside.reconciled(&self, true)?,
        };
        found.staged = ledger.staged_on(context, &beside, &found.open)?;
        found.signed = signed;
        found.differs |= found.signed.as_ref().is_some_and(|signed| !signed.holds());
        Ok(Box::new(found))
    }
}

impl OpenLedger {
    /// Compares an account of the books with its statements.
    ///
    /// # Errors
    /// [`Code::NotFound`] without such an account or a statement of it, [`Code::BadValue`] for days before the first
    /// statement, or a fault of the engine.
    pub(crate) fn reconcile_account(
        &mut self,
        asked: &ReconcileAccount,
    ) -> Result<AccountReconciliation, Refusal> {
        Ok(self.account_beside(&asked.account)?.reconciled(asked, false)?)
    }

    /// Reads an account with both sides.
    pub(super) fn account_beside(&mut self, code: &AccountCode) -> Result<Beside, Refusal> {
        let engine = &mut *self.engine;
        let account =
            accounts::account(engine, code)?.ok_or_else(|| Rejection::not_found("account", code))?.account;
        let standing = account_statements::standing(engine, code, (Date::MIN, Date::MAX))?;
        let sides = match standing.first().map(|first| first.day.day) {
            Some(begin) => Some(self.sides(code, begin, standing)?),
            None => None,
        };
        Ok(Beside { account, sides })
    }

    /// Reads both sides of an account from a day on and matches them: what a later day answers is in transit.
    fn sides(
        &mut self,
        account: &AccountCode,
        from: Date,
        statements: Vec<AccountStatementRow>,
    ) -> Result<Sides, Refusal> {
        let engine = &mut *self.engine;
        let mut lines = Vec::new();
        let parts = account_evidence::parts_of_account(engine, account)?;
        for row in &statements {
            let (parts, mut place) = (parts.get(&row.id).map(Vec::as_slice).unwrap_or_default(), 0_i64);
            account_statements::each_line(engine, row.id, &mut |line| {
                place += 1;
                let file = file_of_line(parts, &row.file, place).to_owned();
                lines.push((line, (row.id, place), file));
            })?;
        }
        let Some(id) = accounts::account_id(engine, account)? else {
            return Err(Rejection::not_found("account", account).into());
        };
        let last = statements.last().map_or(from, |row| row.day.day);
        let last = balances::newest_day(engine)?.map_or(last, |newest| newest.max(last));
        let span = balances::span(engine, from, last)?;
        let mut entries = account_statements::entries(engine, id, &span)?;
        let before = from.yesterday().unwrap_or(from);
        let point = balances::end_of_day(engine, before)?;
        let (opening, _) = balances::balance(engine, id, &point)?;
        let our_opening_minor = i64::try_from(opening)
            .map_err(|_| Rejection::new(Code::BadValue).with("what", "balance").with("value", opening))?;
        let earliest = from.saturating_sub(jiff::Span::new().days(EARLIER_DAYS));
        let span = balances::span(engine, earliest, before)?;
        let mut earlier = account_statements::entries(engine, id, &span)?;
        let decided = account_matches::list(engine, Some(account))?;
        let by_hand =
            matched_by_hand(&decided, lines.iter().map(|(line, ..)| line), &mut entries, &mut earlier);
        let facts: Vec<AccountLineFacts> = lines.iter().map(|(line, ..)| facts_of(line)).collect();
        let entry_facts: Vec<_> = entries.iter().map(|entry| entry.facts.clone()).collect();
        let mut matches = match_account(&facts, &entry_facts, &by_hand);
        let open = unmatched(lines.len(), matches.iter().flat_map(|found| &found.lines));
        matches.extend(answered_earlier(&facts, &open, &earlier, &mut entries));
        let unmatched = (
            unmatched(lines.len(), matches.iter().flat_map(|found| &found.lines)),
            unmatched(entries.len(), matches.iter().flat_map(|found| &found.entries)),
        );
        Ok(Sides { statements, lines, entries, matches, unmatched, our_opening_minor, begin: from })
    }
}

impl Beside {
    /// Returns the account's code.
    pub(super) const fn code(&self) -> &AccountCode {
        &self.account.code
    }

    /// Returns what belongs together.
    pub(super) fn matches(&self) -> &[AccountMatch] {
        self.sides.as_ref().map(|sides| sides.matches.as_slice()).unwrap_or_default()
    }

    /// Returns the account without anything to compare it with.
    fn without_statements(&self) -> AccountReconciliation {
        AccountReconciliation {
            account: self.account.code.clone(),
            name: self.account.name.clone(),
            currency: self.account.currency.code().to_owned(),
            numbers: Vec::new(),
            begin: self.sides.as_ref().map(|sides| sides.begin),
            days: Vec::new(),
            matched: Vec::new(),
            open: Vec::new(),
            in_transit: Vec::new(),
            pairs: Vec::new(),
            proposed: Vec::new(),
            staged: None,
            more: false,
            differs: true,
            signed: None,
        }
    }

    /// Compares the two sides on the days asked for. Sets are searched only if they are to be proposed.
    ///
    /// # Errors
    /// [`Code::NotFound`] if no statement stands, [`Code::BadValue`] for days before the first one.
    pub(super) fn reconciled(
        &self,
        asked: &ReconcileAccount,
        proposes: bool,
    ) -> Result<AccountReconciliation, Rejection> {
        let Some((sides, last)) = self.sides.as_ref().zip(self.last_day()) else {
            let none = Rejection::not_found("account statement", self.code());
            return Err(none.with("account", self.code()));
        };
        let from = asked.from.unwrap_or(sides.begin).max(sides.begin);
        let to = asked.to.unwrap_or(last);
        if from > to {
            return Err(Rejection::new(Code::BadValue).with("what", "day").with("value", to));
        }
        let mut days = sides.days((sides.begin, to));
        days.retain(|day| day.day >= from);
        let mut open = sides.open();
        open.retain(|open| open.day() <= to);
        let mut in_transit = sides.in_transit(to);
        let proposed = if proposes { proposed(&open) } else { Vec::new() };
        let pairs = if asked.pairs { sides.pairs((from, to)) } else { Vec::new() };
        let more = open.len() > LISTED || in_transit.len() > LISTED || pairs.len() >= LISTED;
        open.truncate(LISTED);
        in_transit.truncate(LISTED);
        let is_open = |day: &AccountDay| {
            day.gap.is_some()
                || [day.at_start_minor, day.unexplained_minor].iter().flatten().any(|minor| *minor != 0)
        };
        let numbers: BTreeSet<&String> = sides.statements.iter().map(|row| &row.day.number).collect();
        Ok(AccountReconciliation {
            numbers: numbers.into_iter().filter(|number| !number.is_empty()).cloned().collect(),
            // A balance that nobody tells proves nothing.
            differs: !open.is_empty()
                || days.iter().any(is_open)
                || days.last().is_some_and(|day| day.unexplained_minor.is_none()),
            matched: sides.matched(),
            days,
            open,
            in_transit,
            pairs,
            proposed,
            more,
            ..self.without_statements()
        })
    }

    /// Returns what answers items now that were open before.
    pub(super) fn answered(&self, items: Vec<OpenSide>) -> Vec<AnsweredItem> {
        let matches =
            self.sides.iter().flat_map(|sides| sides.matches.iter().map(|found| sides.members(found)));
        answered(items, matches)
    }

    /// Returns the day of the last statement that stands.
    fn last_day(&self) -> Option<Date> {
        self.sides.as_ref()?.statements.last().map(|last| last.day.day)
    }
}

/// Matches the open lines with entries from before the first statement, which were on their way then, and adds the
/// entries that answer one. What the others were answered by, nobody tells.
fn answered_earlier(
    facts: &[AccountLineFacts],
    open: &[usize],
    earlier: &[AccountEntry],
    entries: &mut Vec<AccountEntry>,
) -> Vec<AccountMatch> {
    let lines: Vec<AccountLineFacts> = open.iter().map(|at| facts[*at].clone()).collect();
    let earlier_facts: Vec<_> = earlier.iter().map(|entry| entry.facts.clone()).collect();
    let mut matches = match_account(&lines, &earlier_facts, &[]);
    matches.retain(|found| !found.lines.is_empty());
    for found in &mut matches {
        found.lines.iter_mut().for_each(|at| *at = open[*at]);
        for at in &mut found.entries {
            entries.push(earlier[*at].clone());
            *at = entries.len() - 1;
        }
    }
    matches
}

/// Returns the places, of so many, that no match has.
fn unmatched<'m>(count: usize, matched: impl Iterator<Item = &'m usize>) -> Vec<usize> {
    let mut is_open = vec![true; count];
    matched.for_each(|at| is_open[*at] = false);
    (0..count).filter(|at| is_open[*at]).collect()
}

/// Returns what matching needs to know of a line.
pub(super) fn facts_of(line: &AccountLine) -> AccountLineFacts {
    AccountLineFacts {
        day: line.day,
        amount_minor: line.amount_minor,
        reference: line.reference.clone(),
        channel_no: line.channel_no.clone(),
        batch: line.batch.clone(),
    }
}

/// Sums of a day that come to what is open or in transit.
#[derive(Default, Clone, Copy)]
struct Moves {
    came_in: i64,
    went_out: i64,
    debit: i64,
    credit: i64,
    only_theirs: i64,
    only_ours: i64,
    in_transit: i64,
}

impl Sides {
    /// Returns what each day moved, and how it was answered.
    fn moves(&self) -> BTreeMap<Date, Moves> {
        let mut moves: BTreeMap<Date, Moves> = BTreeMap::new();
        for (line, ..) in &self.lines {
            let day = moves.entry(line.day).or_default();
            let side = if line.amount_minor < 0 { &mut day.went_out } else { &mut day.came_in };
            *side += line.amount_minor;
            day.in_transit += line.amount_minor;
        }
        for entry in &self.entries {
            let (day, minor) = (moves.entry(entry.facts.day).or_default(), entry.facts.amount_minor);
            if minor < 0 {
                day.credit -= minor;
            } else {
                day.debit += minor;
            }
            day.in_transit -= minor;
        }
        let (lines, entries) = &self.unmatched;
        for at in lines {
            let (line, ..) = &self.lines[*at];
            let day = moves.entry(line.day).or_default();
            day.only_theirs += line.amount_minor;
            day.in_transit -= line.amount_minor;
        }
        for at in entries {
            let facts = &self.entries[*at].facts;
            let day = moves.entry(facts.day).or_default();
            day.only_ours += facts.amount_minor;
            day.in_transit += facts.amount_minor;
        }
        moves
    }

    /// Returns whether the first statement of a number after a day goes on from a balance before it: then a day
    /// without a statement, as one on which a bank is closed, moved nothing.
    fn goes_on(&self, number: &str, day: Date, before: Option<i64>) -> bool {
        let later = self.statements.iter().find(|row| row.day.number == number && row.day.day > day);
        before.is_some() && later.is_some_and(|later| later.day.opening_minor == before)
    }

    /// Returns the days from the first to the last, each with what it leaves open.
    fn days(&self, (from, to): (Date, Date)) -> Vec<AccountDay> {
        let moves = self.moves();
        let mut of_day: BTreeMap<Date, Vec<&AccountStatementRow>> = BTreeMap::new();
        for row in &self.statements {
            of_day.entry(row.day.day).or_default().push(row);
        }
        let numbers: BTreeSet<&str> = self.statements.iter().map(|row| row.day.number.as_str()).collect();
        let mut theirs: BTreeMap<&str, Option<i64>> = BTreeMap::new();
        let (mut ours, mut open) = (self.our_opening_minor, Moves::default());
        // What was on its way before the first statement.
        open.in_transit = moves.range(..self.begin).map(|(_, moves)| moves.in_transit).sum();
        let at_first = open.in_transit;
        let mut days: Vec<AccountDay> = Vec::new();
        for date in from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to) {
            let day = moves.get(&date).copied().unwrap_or_default();
            let rows = of_day.get(&date).map(Vec::as_slice).unwrap_or_default();
            let mut gap = None;
            let mut opening: Option<i64> = Some(0);
            let mut closing: Option<i64> = Some(0);
            for number in &numbers {
                let row = rows.iter().find(|row| row.day.number == *number);
                // Before its first statement a number stands at the balance from which that goes on.
                let before = theirs.get(number).copied().unwrap_or_else(|| {
                    let first = self.statements.iter().find(|row| row.day.number == *number);
                    first.and_then(|first| first.day.opening_minor)
                });
                let told = row.and_then(|row| row.day.opening_minor);
                if let (Some(before), Some(told)) = (before, told)
                    && before != told
                {
                    gap = gap.or(Some(AccountGap::Balance));
                }
                if row.is_none() && !self.goes_on(number, date, before) {
                    gap = Some(AccountGap::Missing);
                }
                let starts = told.or(before);
                // A day without a statement moved nothing that anybody knows of.
                let ends = match row {
                    Some(row) => row.day.closing_minor.or_else(|| before?.checked_add(row.day.sum_minor)),
                    None => before,
                };
                opening = opening.zip(starts).and_then(|(sum, one)| sum.checked_add(one));
                closing = closing.zip(ends).and_then(|(sum, one)| sum.checked_add(one));
                theirs.insert(number, ends);
            }
            open.only_theirs += day.only_theirs;
            open.only_ours += day.only_ours;
            open.in_transit += day.in_transit;
            let our_opening = ours;
            ours += day.debit - day.credit;
            let difference = closing.and_then(|closing| closing.checked_sub(ours));
            let at_start = match days.first() {
                Some(first) => first.at_start_minor,
                None => opening.map(|opening| opening - our_opening - at_first),
            };
            let explained = at_start.map(|start| start + open.only_theirs - open.only_ours + open.in_transit);
            days.push(AccountDay {
                day: date,
                their_opening_minor: opening,
                came_in_minor: day.came_in,
                went_out_minor: day.went_out,
                their_closing_minor: closing,
                our_opening_minor: our_opening,
                debit_minor: day.debit,
                credit_minor: day.credit,
                our_closing_minor: ours,
                difference_minor: difference,
                only_theirs_minor: open.only_theirs,
                only_ours_minor: open.only_ours,
                in_transit_minor: open.in_transit,
                at_start_minor: at_start,
                unexplained_minor: difference
                    .zip(explained)
                    .map(|(difference, explained)| difference - explained),
                gap,
            });
        }
        days
    }

    fn theirs(&self, at: usize) -> OpenSide {
        let (line, (statement, place), file) = &self.lines[at];
        let (statement, place, file) = (*statement, *place, file.clone());
        OpenSide::Theirs { statement, place, file, line: Box::new(line.clone()) }
    }

    fn ours(&self, at: usize) -> OpenSide {
        let AccountEntry { facts, trade_no, memo } = &self.entries[at];
        OpenSide::Ours {
            day: facts.day,
            voucher_no: facts.voucher_no.clone(),
            trade_no: trade_no.clone(),
            amount_minor: facts.amount_minor,
            memo: memo.clone(),
        }
    }

    /// Returns what the other side does not answer, oldest day first.
    fn open(&self) -> Vec<OpenSide> {
        let (lines, entries) = &self.unmatched;
        let theirs = lines.iter().map(|at| self.theirs(*at));
        let mut open: Vec<OpenSide> = theirs.chain(entries.iter().map(|at| self.ours(*at))).collect();
        open.sort_by_key(OpenSide::day);
        open
    }

    /// Returns the lines and entries of a day and before it that something after it answers, oldest day first.
    fn in_transit(&self, day: Date) -> Vec<AnsweredItem> {
        let mut on_their_way = Vec::new();
        for found in &self.matches {
            let (before, after): (Vec<_>, Vec<_>) =
                self.members(found).into_iter().partition(|side| side.day() <= day);
            if !after.is_empty() {
                let answered_by: Vec<_> = after.iter().map(answer).collect();
                on_their_way.extend(
                    before.into_iter().map(|item| AnsweredItem { item, answered_by: answered_by.clone() }),
                );
            }
        }
        on_their_way.sort_by_key(|answered| answered.item.day());
        on_their_way
    }

    /// Returns the lines and entries of a match.
    fn members(&self, found: &AccountMatch) -> Vec<OpenSide> {
        let lines = found.lines.iter().map(|at| self.theirs(*at));
        lines.chain(found.entries.iter().map(|at| self.ours(*at))).collect()
    }

    /// Returns what was matched with a member on the days, the first 1,000.
    fn pairs(&self, (from, to): (Date, Date)) -> Vec<AccountPair> {
        let shown = |side: &OpenSide| (from..=to).contains(&side.day());
        let pairs =
            self.matches.iter().map(|found| AccountPair { key: found.key, members: self.members(found) });
        pairs.filter(|pair| pair.members.iter().any(shown)).take(LISTED).collect()
    }

    /// Returns what each key matched.
    fn matched(&self) -> Vec<AccountMatchCount> {
        let of_key = |key: &AccountMatchKey| {
            let mut count = AccountMatchCount { key: *key, matches: 0, lines: 0, entries: 0, sum_minor: 0 };
            for found in self.matches.iter().filter(|found| found.key == *key) {
                count.matches += 1;
                count.lines += found.lines.len() as u64;
                count.entries += found.entries.len() as u64;
                count.sum_minor += found.lines.iter().map(|at| self.lines[*at].0.amount_minor).sum::<i64>();
            }
            count
        };
        AccountMatchKey::ALL.iter().map(of_key).filter(|count| count.matches > 0).collect()
    }
}
