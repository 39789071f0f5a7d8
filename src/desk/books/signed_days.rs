//! What was signed off of an account, and what has changed since.

use super::account_reconciliation::Beside;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::rejection::Rejection;
use crate::domain::sign_off::not_among;
use crate::protocol::account_reconciliation::ReconcileAccount;
use crate::protocol::account_statements::{AccountDay, AccountStatementRow, OpenSide};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::sign_offs::{
    AccountSignOff, ChangedDay, ListSignOffs, ShowSignOff, SignOffRow, SignedDays, SignedReport,
};
use crate::protocol::watch::Watch;
use crate::store::{Fault, account_statements, sign_offs};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Most vouchers listed that were booked on signed days.
const VOUCHERS: usize = 100;

impl OpenLedger {
    /// Returns a sign-off with its report.
    ///
    /// # Errors
    /// A report that cannot be read, or a fault of the engine.
    pub(crate) fn sign_off_with_report(&mut self, row: SignOffRow) -> Result<AccountSignOff, Refusal> {
        let text = sign_offs::report(&mut *self.engine, row.id)?;
        let report: SignedReport = serde_json::from_str(&text)
            .map_err(|error| Fault::Corrupt { detail: format!("sign_off {}: {error}", row.id) })?;
        Ok(AccountSignOff { sign_off: row, report })
    }

    /// Returns the newest sign-off of an account, and what has changed since on the days that it covers; `None` if no
    /// day is signed.
    ///
    /// # Errors
    /// A fault of the engine.
    pub(super) fn signed_days(&mut self, beside: &Beside) -> Result<Option<Box<SignedDays>>, Refusal> {
        let account = beside.code();
        let Some(row) = sign_offs::newest(&mut *self.engine, account, None)? else { return Ok(None) };
        let AccountSignOff { sign_off, report } = self.sign_off_with_report(row)?;
        let day = sign_off.day;
        let every = account_statements::every(&mut *self.engine, account, day)?;
        let stand = every.iter().any(|row| row.changed.is_none());
        // Where every statement was withdrawn, nothing is compared.
        let (from, to) = (Some(sign_off.first_day), Some(day));
        let asked = ReconcileAccount { account: account.clone(), from, to, pairs: false };
        let now = if stand { Some(beside.reconciled(&asked, false)?) } else { None };
        let was: Vec<OpenSide> = report.items.into_iter().map(|item| item.item).collect();
        // A sign-off of before the difference at the start was an item knows nothing of it.
        let knows_start = was.iter().any(|item| matches!(item, OpenSide::AtStart { .. }));
        let (days, items) = now.map_or_else(Default::default, |now| {
            let start = now.at_start().filter(|_| knows_start);
            let in_transit = now.in_transit.into_iter().map(|answered| answered.item);
            (now.days, now.open.into_iter().chain(in_transit).chain(start).collect::<Vec<_>>())
        });
        let stood: BTreeSet<i64> = report.statements.iter().copied().collect();
        let is_changed = |row: &AccountStatementRow| row.changed.is_none() != stood.contains(&row.id);
        let vouchers = (sign_off.last_voucher, day);
        Ok(Some(Box::new(SignedDays {
            changed: changed(&report.days, &days),
            statements: every.into_iter().filter(is_changed).collect(),
            vouchers: sign_offs::late_vouchers(&mut *self.engine, account, vouchers, VOUCHERS)?,
            opened: without(&items, &was),
            closed: if stand { beside.answered(without(&was, &items)) } else { Vec::new() },
            sign_off,
        })))
    }
}

/// Returns the items that another list does not have.
fn without(items: &[OpenSide], others: &[OpenSide]) -> Vec<OpenSide> {
    let [own, theirs] = [items, others].map(|list| list.iter().map(OpenSide::key).collect::<Vec<_>>());
    not_among(&own, &theirs).map(|at| items[at].clone()).collect()
}

/// Returns the signed days whose closing balances are others now.
fn changed(signed: &[AccountDay], now: &[AccountDay]) -> Vec<ChangedDay> {
    let now: BTreeMap<Date, &AccountDay> = now.iter().map(|day| (day.day, day)).collect();
    let compared = signed.iter().map(|was| {
        let is = now.get(&was.day);
        ChangedDay {
            day: was.day,
            theirs: (was.their_closing_minor, is.and_then(|is| is.their_closing_minor)),
            ours: (was.our_closing_minor, is.map_or(was.our_closing_minor, |is| is.our_closing_minor)),
        }
    });
    compared.filter(|day| day.theirs.0 != day.theirs.1 || day.ours.0 != day.ours.1).collect()
}

impl Handle for ListSignOffs {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Vec<SignOffRow>, Refusal> {
        Ok(sign_offs::list(&mut *ledger.engine, self.account.as_ref())?)
    }
}

impl Handle for ShowSignOff {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Box<AccountSignOff>, Refusal> {
        let engine = &mut *ledger.engine;
        let row = match self.id {
            None => sign_offs::signed_or_asked(engine, &self.account, self.day)?,
            Some(id) => sign_offs::numbered(engine, &self.account, self.day, id)?,
        };
        let number = self.id.map_or_else(String::new, |id| format!(", {id}"));
        let name = format!("{} {}{number}", self.account, self.day);
        let row = row.ok_or_else(|| Rejection::not_found("sign off", name))?;
        Ok(Box::new(ledger.sign_off_with_report(row)?))
    }
}
