//! Matches of lines and entries of an account that people decide. A decision is logged and never changed.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::account_by_hand::{AccountHandMatch, ByHand, LineByContent, by_content};
use crate::domain::account_statement::AccountLine;
use crate::domain::hand_match::HandMatchState;
use crate::domain::id::AccountCode;
use crate::domain::money::Money;
use crate::domain::reason::given;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::second_person::must_be_another;
use crate::protocol::account_matches::{AccountLineName, ListAccountMatches, MatchAccount, UndoAccountMatch};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::account_matches::{self, AccountDecision};
use crate::store::{Engine, Fault, StoreError, account_statements};
use std::collections::BTreeSet;

impl OpenLedger {
    /// Decides that lines and vouchers belong together. With four eyes on the first person proposes it, and the same
    /// decision of another one puts it in force.
    ///
    /// # Errors
    /// [`Code::NotFound`] without such a line or voucher on the account, [`Code::BadValue`] if the sums differ or
    /// another match has one of them, [`Code::FourEyes`] if the same person decides again,
    /// for its reason as [`given`].
    fn match_account(
        &mut self,
        context: &Context,
        asked: &MatchAccount,
    ) -> Result<AccountHandMatch, Refusal> {
        let MatchAccount { account, reason, .. } = asked;
        let reason = given(reason)?;
        let content = match asked.same_as {
            Some(id) => self.asked_by_another(account, id)?,
            None => self.by_hand(asked)?,
        };
        let text = serde_json::to_string(&content)
            .map_err(|error| Fault::Internal { detail: format!("account match: {error}") })?;
        let four_eyes = self.in_force.policy.four_eyes;
        let precondition = self.precondition_of_all();
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            let known = account_matches::list(sink, Some(account))?;
            let same = known.iter().find(|one| one.content == content);
            if same.is_some_and(|same| same.state != HandMatchState::Asked) {
                return Ok(());
            }
            for other in known.iter().filter(|one| one.state != HandMatchState::Asked) {
                let line = other.content.lines.iter().any(|line| content.lines.contains(line));
                if line || other.content.vouchers.iter().any(|voucher| content.vouchers.contains(voucher)) {
                    let taken = Rejection::new(Code::BadValue).with("what", "match").with("value", account);
                    return Err(taken.with("problem", "account_match.taken").with("match", other.id).into());
                }
            }
            let first = same.filter(|_| four_eyes).map(|same| &same.operator);
            must_be_another(first, &context.operator, "account_match.same_person")?;
            account_matches::decide(
                sink,
                &AccountDecision {
                    account,
                    undoes: None,
                    content: &text,
                    is_agreed: !four_eyes || same.is_some(),
                    reason,
                    operator: &context.operator,
                    now: context.now,
                },
            )
        })?;
        let known = account_matches::list(&mut *self.engine, Some(account))?;
        let made = known.into_iter().find(|one| one.content == content);
        Ok(made.ok_or_else(|| Rejection::not_found("match", account))?)
    }

    /// Returns what another person wants to match, if it is still there.
    fn asked_by_another(&mut self, account: &AccountCode, id: i64) -> Result<ByHand, Refusal> {
        let engine = &mut *self.engine;
        let asked = account_matches::one(engine, id)?
            .filter(|one| one.account == *account && one.state == HandMatchState::Asked)
            .ok_or_else(|| Rejection::not_found("match", id))?;
        if !stands(engine, &asked)? {
            return Err(Rejection::not_found("account line", id).into());
        }
        Ok(asked.content)
    }

    /// Returns what a person named, if its sums are equal.
    fn by_hand(&mut self, asked: &MatchAccount) -> Result<ByHand, Refusal> {
        let engine = &mut *self.engine;
        let (account, mut sums) = (&asked.account, (0_i64, 0_i64));
        let mut lines = Vec::new();
        for name in &asked.lines {
            let line = line_named(engine, account, *name)?;
            sums.0 = sums.0.saturating_add(line.amount_minor);
            lines.push(line);
        }
        let vouchers: BTreeSet<_> = asked.vouchers.iter().cloned().collect();
        for voucher in &vouchers {
            let moved = account_matches::moved_by(engine, account, voucher)?
                .ok_or_else(|| Rejection::not_found("voucher", format!("{voucher} ({account})")))?;
            sums.1 = sums.1.saturating_add(moved);
        }
        lines.sort();
        let bad = || Rejection::new(Code::BadValue).with("what", "match");
        if lines.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(bad().with("value", account).with("problem", "account_match.twice").into());
        }
        if lines.len() + vouchers.len() < 2 {
            return Err(bad().with("value", account).with("problem", "account_match.alone").into());
        }
        if sums.0 != sums.1 {
            let currency = self.in_force.currencies.of(account);
            let shown = |minor: i64| Money::new(minor, currency).to_string();
            let differ = bad().with("value", account).with("problem", "account_match.sums");
            return Err(differ.with("theirs", shown(sums.0)).with("ours", shown(sums.1)).into());
        }
        Ok(ByHand { lines, vouchers: vouchers.into_iter().collect() })
    }

    /// Ends a match, or drops what one person asked for. With four eyes on the first person proposes the end of a match
    /// in force, and the same decision of another one ends it.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is no such match, [`Code::FourEyes`] if the same person decides again, for its
    /// reason as [`given`].
    fn undo_account_match(
        &mut self,
        context: &Context,
        asked: &UndoAccountMatch,
    ) -> Result<AccountHandMatch, Refusal> {
        let UndoAccountMatch { id, reason } = asked;
        let reason = given(reason)?;
        let four_eyes = self.in_force.policy.four_eyes;
        let row = account_matches::one(&mut *self.engine, *id)?
            .filter(|row| row.state != HandMatchState::Asked)
            .ok_or_else(|| Rejection::not_found("match", id))?;
        let precondition = self.precondition_of_all();
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            let first = account_matches::end_asked(sink, row.id)?;
            let first_person = first.as_ref().filter(|_| four_eyes);
            must_be_another(first_person, &context.operator, "account_match.same_person")?;
            account_matches::decide(
                sink,
                &AccountDecision {
                    account: &row.account,
                    undoes: Some(row.id),
                    content: "",
                    is_agreed: !four_eyes || first.is_some(),
                    reason,
                    operator: &context.operator,
                    now: context.now,
                },
            )
        })?;
        Ok(account_matches::one(&mut *self.engine, *id)?.unwrap_or(row))
    }
}

/// Returns the line of a standing statement of an account, by its content.
fn line_named(
    engine: &mut dyn Engine,
    account: &AccountCode,
    name: AccountLineName,
) -> Result<LineByContent, Refusal> {
    let unknown = || Rejection::not_found("account line", name);
    let row = account_statements::one(engine, name.statement)?.ok_or_else(unknown)?;
    if row.day.account != *account || row.changed.is_some() {
        return Err(unknown().into());
    }
    let (mut lines, mut at): (Vec<AccountLine>, _) = (Vec::new(), None);
    let day = row.day.day;
    for standing in account_statements::standing(engine, account, (day, day))? {
        let before = lines.len();
        account_statements::each_line(engine, standing.id, &mut |line| lines.push(line))?;
        if standing.id == name.statement {
            let place = usize::try_from(name.place - 1).ok();
            at = place.map(|place| before + place).filter(|at| *at < lines.len());
        }
    }
    let numbered = by_content(lines.iter());
    Ok(at.and_then(|at| numbered.get(at).cloned()).ok_or_else(unknown)?)
}

/// Returns whether statements that count list every line of a match, and no voucher of it was reversed apart from it.
fn stands(engine: &mut dyn Engine, one: &AccountHandMatch) -> Result<bool, StoreError> {
    let days: BTreeSet<_> = one.content.lines.iter().map(|line| line.day).collect();
    let mut listed: BTreeSet<LineByContent> = BTreeSet::new();
    for day in days {
        let mut lines: Vec<AccountLine> = Vec::new();
        for row in account_statements::standing(engine, &one.account, (day, day))? {
            account_statements::each_line(engine, row.id, &mut |line| lines.push(line))?;
        }
        listed.extend(by_content(lines.iter()));
    }
    let mut holds = one.content.lines.iter().all(|line| listed.contains(line));
    for voucher in &one.content.vouchers {
        let reversal = account_matches::reversal_of(engine, voucher)?;
        holds &= reversal.is_none_or(|reversal| one.content.vouchers.contains(&reversal));
    }
    Ok(holds)
}

impl Handle for MatchAccount {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Vec<AccountHandMatch>, Refusal> {
        Ok(vec![ledger.match_account(context, &self)?])
    }
}

impl Handle for UndoAccountMatch {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Vec<AccountHandMatch>, Refusal> {
        let account = ledger.undo_account_match(context, &self)?.account;
        ledger.account_matches(Some(&account))
    }
}

impl OpenLedger {
    /// Returns the matches as they stand: one that lacks a line of a statement that counts, or whose voucher was
    /// reversed, counts no more.
    fn account_matches(&mut self, account: Option<&AccountCode>) -> Result<Vec<AccountHandMatch>, Refusal> {
        let engine = &mut *self.engine;
        let mut found = account_matches::list(engine, account)?;
        for one in found.iter_mut().filter(|one| one.state != HandMatchState::Asked) {
            if !stands(engine, one)? {
                one.state = HandMatchState::LineGone;
            }
        }
        Ok(found)
    }
}

impl Handle for ListAccountMatches {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Vec<AccountHandMatch>, Refusal> {
        ledger.account_matches(self.account.as_ref())
    }
}
