//! What was signed off of an account, and what has changed since.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::AccountCode;
use crate::domain::rejection::Rejection;
use crate::protocol::account_reconciliation::ReconcileAccount;
use crate::protocol::account_statements::AccountDay;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::sign_offs::{
    AccountSignOff, ChangedDay, ListSignOffs, ShowSignOff, SignOffRow, SignedDays, SignedReport,
};
use crate::protocol::watch::Watch;
use crate::store::{Fault, account_statements, sign_offs};
use jiff::civil::Date;
use std::collections::BTreeMap;

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
    pub(crate) fn signed_days(&mut self, account: &AccountCode) -> Result<Option<Box<SignedDays>>, Refusal> {
        let Some(row) = sign_offs::newest(&mut *self.engine, account, None)? else { return Ok(None) };
        let (day, at, last_voucher) = (row.day, row.at, row.last_voucher);
        let AccountSignOff { sign_off, report } = self.sign_off_with_report(row)?;
        // Where every statement was withdrawn, all of it changed.
        let asked = ReconcileAccount {
            account: account.clone(),
            from: Some(sign_off.first_day),
            to: Some(day),
            pairs: false,
        };
        let standing = account_statements::standing(&mut *self.engine, account, (Date::MIN, day))?;
        let now = if standing.is_empty() { Vec::new() } else { self.reconcile_account(asked)?.days };
        let engine = &mut *self.engine;
        Ok(Some(Box::new(SignedDays {
            changed: changed(&report.days, &now),
            statements: account_statements::changed_since(engine, account, (day, at))?,
            vouchers: sign_offs::late_vouchers(engine, account, (last_voucher, day), VOUCHERS)?,
            sign_off,
        })))
    }
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
        let row = match sign_offs::signed(engine, &self.account, self.day)? {
            Some(signed) => Some(signed),
            None => sign_offs::of_day(engine, &self.account, self.day)?,
        };
        let name = format!("{} {}", self.account, self.day);
        let row = row.ok_or_else(|| Rejection::not_found("sign off", name))?;
        Ok(Box::new(ledger.sign_off_with_report(row)?))
    }
}
