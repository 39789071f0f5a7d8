//! Accounts: the chart, lists, an account with its balance, and its chain.

use super::reports::on_side;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::AccountCode;
use crate::domain::rejection::Rejection;
use crate::protocol::accounts::{AccountRow, ListAccounts, ListChain, ListSubjects, ShowAccount, ShowChart};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::AsOf;
use crate::protocol::watch::Watch;
use crate::store::balances::{self, Point};
use crate::store::{accounts, vouchers};

impl OpenLedger {
    /// Returns the position in the ledger at a day's end or after a voucher.
    pub(super) fn point(&mut self, as_of: &AsOf) -> Result<Point, Refusal> {
        Ok(match as_of {
            AsOf::Day(day) => balances::end_of_day(&mut *self.engine, *day)?,
            AsOf::Voucher(voucher_no) => balances::behind(&mut *self.engine, voucher_no)?
                .ok_or_else(|| Rejection::not_found("voucher", voucher_no))?,
        })
    }

    pub(super) fn account_id(&mut self, code: &AccountCode) -> Result<i64, Refusal> {
        Ok(accounts::account_id(&mut *self.engine, code)?
            .ok_or_else(|| Rejection::not_found("account", code))?)
    }

    /// Returns an account with its balance now or as of a point.
    pub(crate) fn account(
        &mut self,
        code: &AccountCode,
        as_of: Option<&AsOf>,
    ) -> Result<AccountRow, Refusal> {
        let mut row = accounts::account(&mut *self.engine, code)?
            .ok_or_else(|| Rejection::not_found("account", code))?;
        if let Some(as_of) = as_of {
            let (point, id) = (self.point(as_of)?, self.account_id(code)?);
            let (sum, lines) = balances::balance(&mut *self.engine, id, &point)?;
            (row.balance_minor, row.entries) = (on_side(row.account.normal_side, sum)?, lines);
        }
        Ok(row)
    }
}

impl Handle for ShowChart {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(ledger.in_force.chart.clone())
    }
}

impl Handle for ListAccounts {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { prefix, page } = self;
        Ok(accounts::accounts(&mut *ledger.engine, &prefix, &page)?)
    }
}

impl Handle for ListSubjects {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(accounts::subjects(&mut *ledger.engine, &ledger.in_force.currencies)?)
    }
}

impl Handle for ShowAccount {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { code, as_of } = self;
        Ok(Box::new(ledger.account(&code, as_of.as_ref())?))
    }
}

impl Handle for ListChain {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { account, page } = self;
        ledger.account(&account, None)?;
        Ok(vouchers::chain(&mut *ledger.engine, &account, &page)?)
    }
}
