//! The customer statement (客户对账单): a customer's or merchant's trades and balances of some days.
//!
//! A trade stands where it was booked: one that comes after its day was closed is listed in the period that
//! booked it, so that what a closed period said stays, and opening balance and movements add up to the closing
//! balance.

use super::reports::{bad_days, in_order, on_side};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::{AccountCode, TradeNo};
use crate::domain::rejection::Rejection;
use crate::domain::trade::TradeKind;
use crate::i18n::Lang;
use crate::protocol::accounts::AccountRow;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{
    CustomerStatement, HeldBalance, HeldMovement, ReportCustomerStatement, SeenTrade,
};
use crate::protocol::watch::Watch;
use crate::store::parties::StatementPeriod;
use crate::store::{accounts, balances, parties};
use jiff::civil::Date;
use std::collections::HashMap;

/// Most trades of one statement.
const MAX_TRADES: usize = 1000;

impl OpenLedger {
    /// Returns the statement of a customer or merchant (客户对账单), named by itself or by one of its accounts.
    pub(crate) fn statement(
        &mut self,
        context: &Context,
        holder: &str,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<CustomerStatement, Refusal> {
        let to = to.unwrap_or_else(|| self.in_force.today(context).max(from.unwrap_or(Date::MIN)));
        let from = from.unwrap_or_else(|| to.first_of_month());
        in_order(from, to)?;
        let held = self.accounts_of(holder)?;
        let party = match held.as_slice() {
            [row] if row.account.code.as_str() == holder => {
                self.in_force.currencies.holder(&row.account.code).unwrap_or(holder)
            }
            _ => holder,
        };
        let accounts: Vec<i64> =
            held.iter().map(|row| self.account_id(&row.account.code)).collect::<Result<_, _>>()?;
        let (first, last) = (from.to_string(), to.to_string());
        let period = StatementPeriod { from: &first, to: &last, accounts: &accounts };
        let mut listed = parties::trades_between(&mut *self.engine, party, period, MAX_TRADES + 1)?;
        if held.is_empty()
            && listed.is_empty()
            && parties::trades_seen(&mut *self.engine, party, 1)?.is_empty()
        {
            return Err(Rejection::not_found("customer or merchant", holder).into());
        }
        let more = listed.len() > MAX_TRADES;
        listed.truncate(MAX_TRADES);
        for (_, trade) in &mut listed {
            trade.called = self.called(context.lang, &trade.kind);
        }
        let movements = self.movements(&held, (from, to), &listed)?;
        let trades = listed.into_iter().map(|(_, trade)| trade).collect();
        let before = from.yesterday().map_err(|_| bad_days(from, to))?;
        let (opening, closing) =
            (balances::end_of_day(&mut *self.engine, before)?, balances::end_of_day(&mut *self.engine, to)?);
        let mut balances = Vec::new();
        for row in &held {
            let (id, side) = (self.account_id(&row.account.code)?, row.account.normal_side);
            balances.push(HeldBalance {
                account: row.account.code.clone(),
                name: row.account.name.clone(),
                currency: row.account.currency.code().to_owned(),
                opening_minor: on_side(side, balances::balance(&mut *self.engine, id, &opening)?.0)?,
                closing_minor: on_side(side, balances::balance(&mut *self.engine, id, &closing)?.0)?,
            });
        }
        Ok(CustomerStatement { holder: party.to_owned(), from, to, balances, trades, movements, more })
    }

    /// Returns what moved on the holder's accounts, by day and listed trade. What another trade moved is summed
    /// by day: its number is none of the holder's business.
    fn movements(
        &mut self,
        held: &[AccountRow],
        (from, to): (Date, Date),
        listed: &[(i64, SeenTrade)],
    ) -> Result<Vec<HeldMovement>, Refusal> {
        let numbers: HashMap<i64, &TradeNo> =
            listed.iter().map(|(id, trade)| (*id, &trade.trade_no)).collect();
        let span = balances::span(&mut *self.engine, from, to)?;
        let mut movements = Vec::new();
        for row in held {
            let id = self.account_id(&row.account.code)?;
            let mut sums: Vec<(Date, Option<&TradeNo>, i128)> = Vec::new();
            let mut others: HashMap<Date, usize> = HashMap::new();
            for (trade, day, minor) in balances::moved(&mut *self.engine, id, &span)? {
                let trade_no = trade.and_then(|trade| numbers.get(&trade).copied());
                let known = others.get(&day).copied().filter(|_| trade_no.is_none());
                if let Some((.., sum)) = known.and_then(|at| sums.get_mut(at)) {
                    *sum += minor;
                    continue;
                }
                if trade_no.is_none() {
                    others.insert(day, sums.len());
                }
                sums.push((day, trade_no, minor));
            }
            for (day, trade_no, minor) in sums.into_iter().filter(|(.., minor)| *minor != 0) {
                movements.push(HeldMovement {
                    day,
                    account: row.account.code.clone(),
                    trade_no: trade_no.cloned(),
                    moved_minor: on_side(row.account.normal_side, minor)?,
                });
            }
        }
        Ok(movements)
    }

    /// Returns what a customer's statement calls a trade of a kind.
    fn called(&self, lang: Lang, kind: &str) -> String {
        let known = TradeKind::of_text(kind).and_then(|kind| self.in_force.kinds.get(kind));
        known.map_or(kind, |known| known.on_statement(lang == Lang::Zh)).to_owned()
    }

    /// Returns the accounts that a holder sees: the given one, or all accounts with the holder's name as
    /// leaf.
    fn accounts_of(&mut self, holder: &str) -> Result<Vec<AccountRow>, Refusal> {
        let mut named: Vec<AccountCode> = holder.parse().into_iter().collect();
        let leaves = self.in_force.chart.iter().filter(|subject| subject.customer_visible);
        for subject in leaves {
            let own = format!("{}.{holder}", subject.code).parse::<AccountCode>();
            let in_each = |own: AccountCode| {
                let currencies = self.in_force.currencies.all();
                let main = self.in_force.currency();
                currencies
                    .filter_map(|currency| own.clone().in_currency(currency, main).ok())
                    .collect::<Vec<_>>()
            };
            named.extend(own.into_iter().flat_map(in_each));
        }
        let mut held = Vec::new();
        for code in named {
            held.extend(
                accounts::account(&mut *self.engine, &code)?.filter(|row| row.account.customer_visible),
            );
        }
        Ok(held)
    }
}

impl Handle for ReportCustomerStatement {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { holder, from, to } = self;
        Ok(Box::new(ledger.statement(context, &holder, from, to)?))
    }
}
