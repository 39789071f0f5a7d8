//! Signs off the days of an account: the difference of the balances is made of listed items, to the cent.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::{AccountCode, ChannelRef};
use crate::domain::reason::given_as;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::second_person::must_be_another;
use crate::domain::sign_off::{Backlog, Keeper, SignOffState};
use crate::protocol::account_reconciliation::{AccountReconciliation, ReconcileAccount};
use crate::protocol::account_statements::{AccountGap, AnsweredItem, OpenSide};
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
        let SignOffAccount { account, day, keeper, items, note } = asked;
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
        let keepers = Keepers { keeper: keeper.as_ref(), items, today };
        let report = report(found, statements, said.into_iter().flatten(), keepers, before.as_ref())?;
        let asked_before = stands.filter(|stands| stands.report == report).map(|stands| stands.sign_off);
        let note = match (note, &asked_before) {
            (Some(note), _) => given_as(note, "sign_off.note")?.to_owned(),
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

/// Who sees to open items from now on.
#[derive(Clone, Copy)]
struct Keepers<'k> {
    /// Who is named, and until when.
    keeper: Option<&'k Keeper>,
    /// The items that are named; the others go to the keeper if nobody sees to them in time.
    items: &'k [String],
    today: Date,
}

impl Keepers<'_> {
    /// Returns who sees to an item to which somebody did before.
    fn of(&self, item: &OpenSide, before: Option<&Keeper>) -> Option<Keeper> {
        let in_time = before.filter(|before| before.due >= self.today);
        let is_named = || self.items.iter().any(|name| is_named(item, name));
        let named = self.keeper.filter(|_| is_named());
        named.or(in_time).or(self.keeper).cloned()
    }
}

/// Name of every open item.
const ALL: &str = "all";

/// Returns whether a name is that of an open item.
fn is_named(item: &OpenSide, name: &str) -> bool {
    name == ALL || item.name() == name || {
        let OpenSide::Theirs { line, .. } = item else { return false };
        let reference = line.reference.as_ref().map(ChannelRef::as_str);
        reference == Some(name) || line.channel_no.as_deref() == Some(name)
    }
}

/// Returns what is signed: the open items with who sees to them. Where nobody did, or the time is over, and of the
/// items that are named, the keeper does from now on.
fn report<'s>(
    found: AccountReconciliation,
    statements: Vec<i64>,
    said: impl Iterator<Item = &'s AccountSignOff>,
    keepers: Keepers<'_>,
    before: Option<&AccountSignOff>,
) -> Result<SignedReport, Rejection> {
    let known: HashMap<String, Keeper> = said
        .flat_map(|said| &said.report.items)
        .filter_map(|item| Some((item.item.known_by(), item.keeper.clone()?)))
        .collect();
    let open = found.at_start().into_iter().chain(found.open);
    let mut items: Vec<SignedItem> = open
        .map(|item| {
            let keeper = keepers.of(&item, known.get(&item.known_by()));
            SignedItem { item, in_transit: false, answered_by: Vec::new(), keeper }
        })
        .collect();
    let is_known = |name: &&String| items.iter().any(|item| is_named(&item.item, name));
    if let Some(unknown) = keepers.items.iter().find(|name| !is_known(name)) {
        return Err(Rejection::not_found("open item", unknown));
    }
    // What a later day answers needs nobody to see to it.
    items.extend(found.in_transit.into_iter().map(|AnsweredItem { item, answered_by }| SignedItem {
        item,
        in_transit: true,
        answered_by,
        keeper: None,
    }));
    items.sort_by_key(|item| item.item.day());
    if let Some(without) = items.iter().find(|item| item.keeper.is_none() && !item.in_transit) {
        let is_start = matches!(without.item, OpenSide::AtStart { .. });
        let problem = if is_start { "sign_off.keeper_start" } else { "sign_off.keeper" };
        let nobody = Rejection::new(Code::ReasonRequired).with("problem", problem);
        return Err(nobody.with("open", items.len()).with("item", without.item.known_by().trim()));
    }
    if let Some(keeper) =
        keepers.keeper.filter(|keeper| items.iter().all(|item| item.keeper.as_ref() != Some(*keeper)))
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
    report.items.iter().all(|item| item.in_transit)
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
