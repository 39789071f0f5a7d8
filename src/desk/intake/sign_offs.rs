//! Signs off the days of an account: the difference of the balances is made of listed items, to the cent.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::AccountCode;
use crate::domain::reason::given;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::second_person::must_be_another;
use crate::domain::sign_off::{Backlog, Keeper, SignOffState};
use crate::protocol::account_reconciliation::{AccountReconciliation, ReconcileAccount};
use crate::protocol::account_statements::{AccountDay, AccountGap};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::sign_offs::{AccountSignOff, SignOffAccount, SignOffRow, SignedItem, SignedReport};
use crate::protocol::watch::Watch;
use crate::store::sign_offs::{self, NewSignOff};
use crate::store::{Fault, StoreError, account_statements};
use jiff::civil::Date;
use std::collections::HashMap;

impl OpenLedger {
    /// Signs off the days of an account up to one.
    ///
    /// # Errors
    /// [`Code::NotReconciled`] if a statement is missing, does not go on from the one before, tells no balance, leaves
    /// a cent unexplained, or a later day is signed; [`Code::BadValue`] for a day to come or a due day before it;
    /// [`Code::ReasonRequired`] with open items without a note or nobody to see to them; [`Code::FourEyes`] if the same
    /// person signs again; or a fault of the engine.
    fn sign_off(&mut self, context: &Context, asked: &SignOffAccount) -> Result<SignOffRow, Refusal> {
        let SignOffAccount { account, day, keeper, note } = asked;
        let today = self.in_force.today(context);
        let bad_day = |value: Date, problem: &str| {
            Rejection::new(Code::BadValue).with("what", "day").with("value", value).with("problem", problem)
        };
        if *day > today {
            return Err(bad_day(*day, "sign_off.future").with("today", today).into());
        }
        if let Some(keeper) = keeper.as_ref().filter(|keeper| keeper.due < (*day).max(today)) {
            return Err(bad_day(keeper.due, "sign_off.due").with("day", day).into());
        }
        let engine = &mut *self.engine;
        let known = sign_offs::known(engine)?;
        let stands = sign_offs::of_day(engine, account, *day)?;
        let before = sign_offs::newest(engine, account, Some(*day))?;
        if let Some(newest) = sign_offs::newest(engine, account, None)?.filter(|newest| newest.day > *day) {
            return Err(refused("sign_off.later", account, newest.day).into());
        }
        let statements = account_statements::standing(engine, account, (Date::MIN, *day))?;
        let last = statements.last().map(|last| last.day.day);
        // A signed day whose statement is gone would move what was open into the difference at the start.
        let first_signed = sign_offs::first_day(engine, account)?;
        if let Some(first) =
            first_signed.filter(|first| statements.first().is_none_or(|row| row.day.day > *first))
        {
            return Err(refused("sign_off.missing", account, first).into());
        }
        let before = before.map(|row| self.sign_off_with_report(row)).transpose()?;
        let stands = stands.map(|row| self.sign_off_with_report(row)).transpose()?;
        let from = before.as_ref().and_then(|before| before.sign_off.day.tomorrow().ok());
        let found = self.reconcile_account(&ReconcileAccount {
            account: account.clone(),
            from,
            to: Some(*day),
            pairs: false,
        })?;
        must_be_explained(&found, last.is_some_and(|last| last < *day), *day)?;
        // Who sees to an item is kept from what was said of the day before, or of the day itself.
        let said = [before.as_ref(), stands.as_ref()];
        let statements: Vec<i64> = statements.iter().map(|row| row.id).collect();
        let keepers = (keeper.as_ref(), today);
        let report = report(found, statements, said.into_iter().flatten(), keepers, before.as_ref())?;
        let asked_before = stands.filter(|stands| stands.report == report).map(|stands| stands.sign_off);
        let note = match (note, &asked_before) {
            (Some(note), _) => given(note)?.to_owned(),
            (None, Some(asked)) => asked.note.clone(),
            (None, None) if is_even(&report) => String::new(),
            (None, None) => {
                let none = Rejection::new(Code::ReasonRequired).with("problem", "sign_off.note");
                return Err(none.with("open", report.items.len()).into());
            }
        };
        if let Some(row) = asked_before.as_ref().filter(|row| row.state == SignOffState::Signed) {
            return Ok(row.clone());
        }
        let four_eyes = self.in_force.policy.four_eyes;
        let first = asked_before.as_ref().filter(|_| four_eyes).map(|first| &first.operator);
        must_be_another(first, &context.operator, "sign_off.alone")?;
        self.write(context, (account, &note), &report, (known, !four_eyes || asked_before.is_some()))
    }

    /// Writes a sign-off, if nothing was booked or imported since it was worked out.
    fn write(
        &mut self,
        context: &Context,
        (account, note): (&AccountCode, &str),
        report: &SignedReport,
        (known, is_signed): (sign_offs::Known, bool),
    ) -> Result<SignOffRow, Refusal> {
        let text = serde_json::to_string(report)
            .map_err(|error| Fault::Internal { detail: format!("sign-off: {error}") })?;
        let days = report.days.first().zip(report.days.last());
        let (first, last) = days.ok_or_else(|| Rejection::not_found("account statement", account))?;
        let new = NewSignOff {
            account,
            days: (first.day, last.day),
            state: if is_signed { SignOffState::Signed } else { SignOffState::Asked },
            difference_minor: last.difference_minor.unwrap_or_default(),
            open: report.items.len(),
            last_voucher: known.0,
            report: &text,
            note,
            operator: &context.operator,
            now: context.now,
        };
        let precondition = self.precondition_of_all();
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            if sign_offs::known(sink)? != known {
                return Err(StoreError::rejected(Code::Overtaken));
            }
            sign_offs::insert(sink, &new)
        })?;
        let row = sign_offs::of_day(&mut *self.engine, account, last.day)?;
        Ok(row.ok_or_else(|| Rejection::not_found("sign off", account))?)
    }
}

/// Returns the refusal of a sign-off.
fn refused(problem: &str, account: &AccountCode, day: Date) -> Rejection {
    Rejection::new(Code::NotReconciled).with("problem", problem).with("account", account).with("day", day)
}

/// Refuses days whose difference is not explained to the cent. `is_behind`: the last day is after the last statement.
fn must_be_explained(found: &AccountReconciliation, is_behind: bool, day: Date) -> Result<(), Rejection> {
    if is_behind {
        return Err(refused("sign_off.missing", &found.account, day));
    }
    for day in &found.days {
        let problem = match (day.gap, day.unexplained_minor) {
            (Some(AccountGap::Missing), _) => "sign_off.missing",
            (Some(AccountGap::Balance), _) => "sign_off.gap",
            (None, None) => "sign_off.no_balance",
            (None, Some(0)) => continue,
            (None, Some(_)) => "sign_off.unexplained",
        };
        return Err(refused(problem, &found.account, day.day));
    }
    if found.more {
        return Err(refused("sign_off.many", &found.account, day));
    }
    Ok(())
}

/// Returns what is signed: the open items with who sees to them. Where nobody did, or the time is over `today`,
/// `keeper` does from now on.
fn report<'s>(
    found: AccountReconciliation,
    statements: Vec<i64>,
    said: impl Iterator<Item = &'s AccountSignOff>,
    (keeper, today): (Option<&Keeper>, Date),
    before: Option<&AccountSignOff>,
) -> Result<SignedReport, Rejection> {
    let known: HashMap<String, Keeper> = said
        .flat_map(|said| &said.report.items)
        .filter_map(|item| Some((item.item.known_by(), item.keeper.clone()?)))
        .collect();
    let open = found.open.into_iter().map(|item| (item, false));
    let sides = open.chain(found.in_transit.into_iter().map(|item| (item, true)));
    let mut items: Vec<SignedItem> = sides
        .map(|(item, in_transit)| {
            // What a later day answers needs nobody to see to it.
            let kept = known.get(&item.known_by()).filter(|kept| kept.due >= today);
            let kept = kept.or(keeper).filter(|_| !in_transit).cloned();
            SignedItem { item, in_transit, keeper: kept }
        })
        .collect();
    items.sort_by_key(|item| item.item.day());
    if let Some(without) = items.iter().find(|item| item.keeper.is_none() && !item.in_transit) {
        let nobody = Rejection::new(Code::ReasonRequired).with("problem", "sign_off.keeper");
        return Err(nobody.with("open", items.len()).with("item", without.item.known_by().trim()));
    }
    if let Some(keeper) =
        keeper.filter(|keeper| items.iter().all(|item| item.keeper.as_ref() != Some(*keeper)))
    {
        let unused = Rejection::new(Code::BadValue).with("what", "operator").with("value", &keeper.holder);
        return Err(unused.with("problem", "sign_off.keeper_unused"));
    }
    let keys = |items: &[SignedItem]| -> Vec<_> { items.iter().map(|item| item.item.key()).collect() };
    let was = before.map(|before| keys(&before.report.items)).unwrap_or_default();
    let backlog = Backlog::between(&was, &keys(&items));
    Ok(SignedReport {
        account: found.account,
        name: found.name,
        currency: found.currency,
        numbers: found.numbers,
        days: found.days,
        matched: found.matched,
        statements,
        items,
        backlog,
    })
}

/// Returns whether nothing is open on the last day.
fn is_even(report: &SignedReport) -> bool {
    let at_start = |day: &AccountDay| day.at_start_minor.unwrap_or_default();
    report.items.iter().all(|item| item.in_transit) && report.days.last().is_none_or(|day| at_start(day) == 0)
}

impl Handle for SignOffAccount {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<AccountSignOff>, Refusal> {
        let row = ledger.sign_off(context, &self)?;
        Ok(Box::new(ledger.sign_off_with_report(row)?))
    }
}
