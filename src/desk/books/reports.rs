//! Reports of the books: turnover, trial balance, balances as of a point, and balance-days (积数).

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::account::Side;
use crate::domain::id::AccountCode;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::turnover::{Turnover, minor, stretches};
use crate::protocol::balance_days::{BalanceDays, BalanceDaysRow, ReportBalanceDays};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{
    AsOf, ReportTrialBalance, ReportTurnover, TrialBalance, TrialRow, TrialTotal, TurnoverReport,
    TurnoverRow, TurnoverScope, TurnoverTotal,
};
use crate::protocol::watch::Watch;
use crate::store::balances;
use crate::store::balances::{Named, Point, Span};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Most accounts listed in one answer. The accounts with turnover on a day of a large ledger are too
/// many to read; the sums cover all of them.
const LISTED: usize = 10_000;

/// Converts `sum`, positive for debit, into a balance on `side`.
pub(super) fn on_side(side: Side, sum: i128) -> Result<i64, Rejection> {
    minor(if side == Side::Debit { sum } else { -sum })
}

/// Opening balance, turnover and closing balance of one account or of several together, positive for
/// debit.
#[derive(Debug, Clone, Copy, Default)]
struct AccountTurnover {
    opening: i128,
    turnover: Turnover,
    closing: i128,
    holds: bool,
}

impl AccountTurnover {
    fn new(opening: i128, turnover: Turnover, closing: i128) -> Self {
        Self { opening, turnover, closing, holds: turnover.leads(opening, closing) }
    }

    fn join(&mut self, other: Self) {
        self.opening += other.opening;
        self.turnover.join(other.turnover);
        self.closing += other.closing;
        self.holds &= other.holds;
    }

    fn row(self, code: &str, name: &str, side: Side, currency: &str) -> Result<TurnoverRow, Rejection> {
        let Turnover { net, gross, lines } = self.turnover;
        Ok(TurnoverRow {
            code: code.to_owned(),
            name: name.to_owned(),
            normal_side: side,
            currency: currency.to_owned(),
            opening_minor: on_side(side, self.opening)?,
            net_debit_minor: minor(net.debit)?,
            net_credit_minor: minor(net.credit)?,
            gross_debit_minor: minor(gross.debit)?,
            gross_credit_minor: minor(gross.credit)?,
            closing_minor: on_side(side, self.closing)?,
            entries: lines,
            holds: self.holds,
        })
    }
}

impl OpenLedger {
    /// Returns the requested days; the last accounting day if none is given.
    fn requested_days(
        &mut self,
        context: &Context,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<(Date, Date), Refusal> {
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) => (from, to),
            (Some(from), None) => (from, self.in_force.today(context).max(from)),
            (None, Some(to)) => (to, to),
            (None, None) => {
                let day =
                    balances::newest_day(&mut *self.engine)?.unwrap_or_else(|| self.in_force.today(context));
                (day, day)
            }
        };
        in_order(from, to)?;
        Ok((from, to))
    }

    fn name_of(&self, subject: &str) -> String {
        self.in_force
            .chart
            .iter()
            .find(|known| known.code == subject)
            .map_or_else(String::new, |s| s.name.clone())
    }

    /// Returns the turnover of accounting days, net and gross, with opening and closing balances.
    ///
    /// Opening, closing and turnover are read separately, so that their agreement is a check.
    pub(crate) fn turnover(
        &mut self,
        context: &Context,
        of: TurnoverScope,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<TurnoverReport, Refusal> {
        let (from, to) = self.requested_days(context, from, to)?;
        let span = balances::span(&mut *self.engine, from, to)?;
        let before = from.yesterday().map_err(|_| bad_days(from, to))?;
        let (opening, closing) =
            (balances::end_of_day(&mut *self.engine, before)?, balances::end_of_day(&mut *self.engine, to)?);
        let moved = match &of {
            TurnoverScope::Account(code) => self.moved_of(code, &span, &opening, &closing)?,
            TurnoverScope::Subject(subject) => {
                if !self.in_force.chart.iter().any(|known| known.code == *subject) {
                    return Err(Rejection::not_found("subject", subject).into());
                }
                self.moved(Some(subject), &span, &opening, &closing)?
            }
            TurnoverScope::Ledger => self.moved(None, &span, &opening, &closing)?,
        };
        self.turnover_report(of, (from, to), &moved)
    }

    fn moved_of(
        &mut self,
        code: &AccountCode,
        span: &Span,
        opening: &Point,
        closing: &Point,
    ) -> Result<Vec<(Named, AccountTurnover)>, Refusal> {
        let (id, row) = (self.account_id(code)?, self.account(code, None)?);
        let engine = &mut *self.engine;
        let before = balances::balance(engine, id, opening)?.0;
        let turnover = balances::turnover_of(engine, id, span)?;
        let after = balances::balance(engine, id, closing)?.0;
        let named = Named {
            id,
            code: code.clone(),
            name: row.account.name,
            subject: code.subject().to_owned(),
            class: row.account.class,
            normal_side: row.account.normal_side,
            currency: row.account.currency.code().to_owned(),
            now_minor: 0,
        };
        Ok(vec![(named, AccountTurnover::new(before, turnover, after))])
    }

    fn moved(
        &mut self,
        subject: Option<&str>,
        span: &Span,
        opening: &Point,
        closing: &Point,
    ) -> Result<Vec<(Named, AccountTurnover)>, Refusal> {
        let engine = &mut *self.engine;
        let accounts = balances::accounts(engine, subject)?;
        let before = balances::moved_since(engine, opening, &accounts)?;
        let turnover = balances::turnover(engine, span)?;
        let after = balances::moved_since(engine, closing, &accounts)?;
        let of = |balances: &std::collections::HashMap<i64, i128>, account: &Named| {
            balances.get(&account.id).copied().unwrap_or_default()
        };
        Ok(accounts
            .into_iter()
            .map(|account| {
                let turned = turnover.get(&account.id).copied().unwrap_or_default();
                let moved = AccountTurnover::new(of(&before, &account), turned, of(&after, &account));
                (account, moved)
            })
            .collect())
    }

    fn turnover_report(
        &self,
        of: TurnoverScope,
        (from, to): (Date, Date),
        moved: &[(Named, AccountTurnover)],
    ) -> Result<TurnoverReport, Refusal> {
        let mut by_subject: BTreeMap<(&str, &str), (Side, AccountTurnover)> = BTreeMap::new();
        let mut by_currency: BTreeMap<&str, Turnover> = BTreeMap::new();
        let mut accounts = Vec::new();
        let (mut left_out, mut holds) = (0, true);
        for (account, moved) in moved {
            let key = (account.subject.as_str(), account.currency.as_str());
            by_subject
                .entry(key)
                .and_modify(|(_, sum)| sum.join(*moved))
                .or_insert((account.normal_side, *moved));
            by_currency.entry(&account.currency).or_default().join(moved.turnover);
            holds &= moved.holds;
            let asked = matches!(of, TurnoverScope::Account(_));
            if moved.turnover.lines == 0 && moved.holds && !asked {
                continue;
            }
            if accounts.len() == LISTED {
                left_out += 1;
                continue;
            }
            let code = account.code.as_str();
            accounts.push(moved.row(code, &account.name, account.normal_side, &account.currency)?);
        }
        if of == TurnoverScope::Ledger {
            holds &= by_currency.values().all(|sum| sum.net.moves() == 0 && sum.gross.moves() == 0);
        }
        if matches!(of, TurnoverScope::Account(_)) {
            by_subject.clear();
        }
        let subjects = by_subject
            .into_iter()
            .filter(|(_, (_, moved))| moved.turnover.lines != 0 || moved.opening != 0 || !moved.holds)
            .map(|((code, currency), (side, moved))| moved.row(code, &self.name_of(code), side, currency))
            .collect::<Result<_, _>>()?;
        let totals = by_currency
            .into_iter()
            .map(|(currency, sum)| {
                Ok(TurnoverTotal {
                    currency: currency.to_owned(),
                    net_debit_minor: minor(sum.net.debit)?,
                    net_credit_minor: minor(sum.net.credit)?,
                    gross_debit_minor: minor(sum.gross.debit)?,
                    gross_credit_minor: minor(sum.gross.credit)?,
                })
            })
            .collect::<Result<_, Rejection>>()?;
        Ok(TurnoverReport { from, to, of, subjects, accounts, accounts_left_out: left_out, totals, holds })
    }

    /// Returns all balances, debit or credit, now or as of a point.
    pub(crate) fn trial_balance(&mut self, as_of: Option<AsOf>) -> Result<TrialBalance, Refusal> {
        let point = as_of.as_ref().map(|as_of| self.point(as_of)).transpose()?;
        let accounts = balances::accounts(&mut *self.engine, None)?;
        let then =
            point.map(|point| balances::moved_since(&mut *self.engine, &point, &accounts)).transpose()?;
        let mut by_subject: BTreeMap<(&str, &str), (&Named, i128, i128, i64)> = BTreeMap::new();
        let mut by_currency: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
        let (mut listed, mut left_out) = (Vec::new(), 0);
        for account in &accounts {
            let balance = match &then {
                Some(then) => then.get(&account.id).copied().unwrap_or_default(),
                None => i128::from(account.now_minor),
            };
            if balance == 0 {
                continue;
            }
            let (debit, credit) = (balance.max(0), (-balance).max(0));
            let subject =
                by_subject.entry((&account.subject, &account.currency)).or_insert((account, 0, 0, 0));
            *subject = (subject.0, subject.1 + debit, subject.2 + credit, subject.3 + 1);
            let total = by_currency.entry(&account.currency).or_default();
            *total = (total.0 + debit, total.1 + credit);
            if listed.len() == LISTED {
                left_out += 1;
                continue;
            }
            listed.push(TrialRow {
                code: account.code.to_string(),
                name: account.name.clone(),
                class: account.class,
                currency: account.currency.clone(),
                debit_minor: minor(debit)?,
                credit_minor: minor(credit)?,
                accounts: 1,
            });
        }
        let subjects = by_subject
            .into_iter()
            .map(|((code, currency), (account, debit, credit, count))| {
                Ok(TrialRow {
                    code: code.to_owned(),
                    name: self.name_of(code),
                    class: account.class,
                    currency: currency.to_owned(),
                    debit_minor: minor(debit)?,
                    credit_minor: minor(credit)?,
                    accounts: count,
                })
            })
            .collect::<Result<_, Rejection>>()?;
        let balanced = by_currency.values().all(|(debit, credit)| debit == credit);
        let totals = by_currency
            .into_iter()
            .map(|(currency, (debit, credit))| {
                Ok(TrialTotal {
                    currency: currency.to_owned(),
                    debit_minor: minor(debit)?,
                    credit_minor: minor(credit)?,
                })
            })
            .collect::<Result<_, Rejection>>()?;
        Ok(TrialBalance { as_of, subjects, accounts: listed, accounts_left_out: left_out, totals, balanced })
    }

    /// Returns the sum of an account's daily balances by value date (积数). A correction made today with
    /// an earlier value date changes it from that date on.
    pub(crate) fn balance_days(
        &mut self,
        code: &AccountCode,
        from: Date,
        to: Date,
    ) -> Result<BalanceDays, Refusal> {
        in_order(from, to)?;
        let row = self.account(code, None)?;
        let (id, side) = (self.account_id(code)?, row.account.normal_side);
        let moved = balances::by_value_date(&mut *self.engine, id, to)?;
        let (mut sum, mut days) = (0_i128, 0_i64);
        let mut shown = Vec::new();
        for stretch in stretches(&moved, from, to) {
            let product = stretch
                .balance
                .checked_mul(i128::from(stretch.days))
                .ok_or_else(|| Rejection::new(Code::Overflow).with("account", code))?;
            sum += product;
            days += i64::from(stretch.days);
            shown.push(BalanceDaysRow {
                from: stretch.from,
                to: stretch.to,
                days: i64::from(stretch.days),
                balance_minor: on_side(side, stretch.balance)?,
                balance_days_minor: on_side(side, product)?,
            });
        }
        Ok(BalanceDays {
            account: code.clone(),
            name: row.account.name,
            normal_side: side,
            currency: row.account.currency.code().to_owned(),
            from,
            to,
            days,
            balance_days_minor: on_side(side, sum)?,
            stretches: shown,
        })
    }
}

/// Returns the refusal of a span of days that is empty or out of range.
pub(super) fn bad_days(from: Date, to: Date) -> Rejection {
    Rejection::new(Code::BadValue).with("what", "span of days").with("value", format!("{from} – {to}"))
}

/// Refuses a span of days that ends before it starts.
pub(super) fn in_order(from: Date, to: Date) -> Result<(), Rejection> {
    if from > to { Err(bad_days(from, to)) } else { Ok(()) }
}

impl Handle for ReportTurnover {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { of, from, to } = self;
        Ok(Box::new(ledger.turnover(context, of, from, to)?))
    }
}

impl Handle for ReportTrialBalance {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { as_of } = self;
        Ok(Box::new(ledger.trial_balance(as_of)?))
    }
}

impl Handle for ReportBalanceDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { account, from, to } = self;
        Ok(Box::new(ledger.balance_days(&account, from, to)?))
    }
}
