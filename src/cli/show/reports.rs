//! Turnover, trial balance, balance-days and customer statements.

use super::{L, Layout, R, Show, heads, label, money, table_or_nothing};
use crate::domain::money::Currency;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::balance_days::BalanceDays;
use crate::protocol::reports::{
    AsOf, CustomerStatement, SeenTrade, TrialBalance, TrialRow, TurnoverReport, TurnoverRow,
};
use std::collections::BTreeSet;

impl Show for TurnoverReport {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let span = [("from", self.from.to_string()), ("to", self.to.to_string())];
        let mut shown = words(lang, "cli.turnover.title", &span);
        shown.push('\n');
        let mut table = heads(
            lang,
            &[
                ("account", L),
                ("name", L),
                ("currency", L),
                ("opening", R),
                ("net_debit", R),
                ("net_credit", R),
                ("closing", R),
                ("gross_debit", R),
                ("gross_credit", R),
            ],
        );
        for (leaf, row) in
            below(&self.subjects, &self.accounts, |row: &TurnoverRow| &row.code, |row| &row.currency)
        {
            let sums = [
                row.opening_minor,
                row.net_debit_minor,
                row.net_credit_minor,
                row.closing_minor,
                row.gross_debit_minor,
                row.gross_credit_minor,
            ];
            let mut cells = vec![set_in(leaf, &row.code), row.name.clone(), row.currency.clone()];
            cells.extend(sums.map(|sum| money(sum, &row.currency)));
            table.row(cells);
        }
        for total in &self.totals {
            let sum = |minor: i64| money(minor, &total.currency);
            table.row(vec![
                word(lang, "cli.total"),
                String::new(),
                total.currency.clone(),
                String::new(),
                sum(total.net_debit_minor),
                sum(total.net_credit_minor),
                String::new(),
                sum(total.gross_debit_minor),
                sum(total.gross_credit_minor),
            ]);
        }
        shown.push_str(&table_or_nothing(&table, lang));
        left_out(&mut shown, self.accounts_left_out, lang);
        let key = if self.holds { "cli.turnover.holds" } else { "cli.turnover.broken" };
        shown.push_str(&format!("{}\n", word(lang, key)));
        for row in self.accounts.iter().filter(|row| !row.holds) {
            shown.push_str(&format!(
                "{}\n",
                words(lang, "cli.turnover.row", &[("account", row.code.clone())])
            ));
        }
        shown
    }

    fn reports(&self) -> bool {
        !self.holds
    }
}

impl Show for TrialBalance {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let at = match &self.as_of {
            None => word(lang, "cli.trial.now"),
            Some(AsOf::Day(day)) => words(lang, "cli.trial.day", &[("day", day.to_string())]),
            Some(AsOf::Voucher(voucher)) => {
                words(lang, "cli.trial.voucher", &[("voucher", voucher.to_string())])
            }
        };
        let mut shown = format!("{at}\n");
        let mut table =
            heads(lang, &[("account", L), ("name", L), ("currency", L), ("debit", R), ("credit", R)]);
        let sum =
            |minor: i64, currency: &str| if minor == 0 { String::new() } else { money(minor, currency) };
        for (leaf, row) in
            below(&self.subjects, &self.accounts, |row: &TrialRow| &row.code, |row| &row.currency)
        {
            table.row(vec![
                set_in(leaf, &row.code),
                row.name.clone(),
                row.currency.clone(),
                sum(row.debit_minor, &row.currency),
                sum(row.credit_minor, &row.currency),
            ]);
        }
        for total in &self.totals {
            table.row(vec![
                word(lang, "cli.total"),
                String::new(),
                total.currency.clone(),
                money(total.debit_minor, &total.currency),
                money(total.credit_minor, &total.currency),
            ]);
        }
        shown.push_str(&table_or_nothing(&table, lang));
        left_out(&mut shown, self.accounts_left_out, lang);
        let key = if self.balanced { "cli.trial.equal" } else { "cli.trial.unequal" };
        shown.push_str(&format!("{}\n", word(lang, key)));
        shown
    }

    fn reports(&self) -> bool {
        !self.balanced
    }
}

impl Show for BalanceDays {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = format!(
            "{} {} {} ({})\n",
            self.account,
            self.name,
            self.currency,
            label(lang, "side", self.normal_side)
        );
        let mut table = heads(
            lang,
            &[("value_from", L), ("value_to", L), ("days", R), ("balance", R), ("balance_days", R)],
        );
        for row in &self.stretches {
            table.row(vec![
                row.from.to_string(),
                row.to.to_string(),
                row.days.to_string(),
                money(row.balance_minor, &self.currency),
                money(row.balance_days_minor, &self.currency),
            ]);
        }
        table.row(vec![
            word(lang, "cli.total"),
            String::new(),
            self.days.to_string(),
            String::new(),
            money(self.balance_days_minor, &self.currency),
        ]);
        shown.push_str(&table.text());
        shown
    }
}

impl Show for CustomerStatement {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let args =
            [("holder", self.holder.clone()), ("from", self.from.to_string()), ("to", self.to.to_string())];
        let mut shown = format!("{}\n", words(lang, "cli.statement.title", &args));
        if layout.several_currencies() {
            let known = self.balances.iter().map(|held| &held.currency);
            let known = known.chain(self.trades.iter().map(|trade| &trade.currency));
            let known: BTreeSet<&str> = known.map(String::as_str).collect();
            for currency in layout.currencies.all().map(Currency::code).filter(|code| known.contains(code)) {
                shown.push_str(&format!("\n{currency}\n"));
                shown.push_str(&self.section(layout, |of| of == currency));
            }
            if known.is_empty() {
                shown.push_str(&self.section(layout, |_| true));
            }
        } else {
            shown.push_str(&self.section(layout, |_| true));
        }
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.statement.more")));
        }
        shown
    }
}

impl CustomerStatement {
    /// Returns balances and trades, those of some currencies.
    fn section(&self, layout: &Layout, of: impl Fn(&str) -> bool) -> String {
        let lang = layout.lang;
        let mut shown = String::new();
        let mut balances =
            heads(lang, &[("account", L), ("name", L), ("currency", L), ("opening", R), ("closing", R)]);
        for held in self.balances.iter().filter(|held| of(&held.currency)) {
            balances.row(vec![
                held.account.to_string(),
                held.name.clone(),
                held.currency.clone(),
                money(held.opening_minor, &held.currency),
                money(held.closing_minor, &held.currency),
            ]);
        }
        if !balances.is_empty() {
            shown.push_str(&balances.text());
            shown.push('\n');
        }
        let trades: Vec<&SeenTrade> = self.trades.iter().filter(|trade| of(&trade.currency)).collect();
        let exchanges = trades.iter().any(|trade| trade.exchange.is_some());
        let mut columns = vec![
            ("time", L),
            ("trade", L),
            ("kind", L),
            ("channel", L),
            ("amount", R),
            ("currency", L),
            ("status", L),
        ];
        if exchanges {
            columns.extend([("exchanged", R), ("exchange_rate", L)]);
        }
        let mut table = heads(lang, &columns);
        for trade in trades {
            let mut cells = vec![
                trade.occurred_at.local().to_string().replace('T', " "),
                trade.trade_no.to_string(),
                if trade.called.is_empty() { layout.kind(&trade.kind) } else { trade.called.clone() },
                trade.channel.clone(),
                money(trade.amount_minor, &trade.currency),
                trade.currency.clone(),
                label(lang, "state.trade", trade.status),
            ];
            let other = trade.exchange.as_ref();
            cells.push(other.map_or_else(String::new, |leg| layout.amount(leg.amount_minor, &leg.currency)));
            cells.push(other.map_or_else(String::new, |leg| leg.rate.to_string()));
            cells.truncate(columns.len());
            table.row(cells);
        }
        shown.push_str(&table_or_nothing(&table, lang));
        shown.push_str(&self.late_and_moved(layout));
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.statement.more")));
        }
        shown
    }
}

impl CustomerStatement {
    /// Returns the trades of earlier days, and what moved on the accounts.
    fn late_and_moved(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = String::new();
        for trade in self.trades.iter().filter(|trade| trade.late) {
            let args = [("trade", trade.trade_no.to_string()), ("day", trade.business_date.to_string())];
            shown.push_str(&format!("{}\n", words(lang, "cli.statement.late", &args)));
        }
        if self.movements.is_empty() {
            return shown;
        }
        let mut table = heads(lang, &[("day", L), ("account", L), ("trade", L), ("moved", R)]);
        for movement in &self.movements {
            let held = self.balances.iter().find(|held| held.account == movement.account);
            table.row(vec![
                movement.day.to_string(),
                movement.account.to_string(),
                movement.trade_no.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
                money(movement.moved_minor, held.map_or("", |held| &held.currency)),
            ]);
        }
        format!("{shown}\n{}", table.text())
    }
}

/// Returns each subject followed by its accounts, which are indented: `(true, account)`. A subject that
/// is itself an account is listed once.
fn below<'r, T>(
    subjects: &'r [T],
    accounts: &'r [T],
    code: impl Fn(&T) -> &str,
    currency: impl Fn(&T) -> &str,
) -> Vec<(bool, &'r T)> {
    if subjects.is_empty() {
        return accounts.iter().map(|account| (false, account)).collect();
    }
    let mut shown = Vec::new();
    for subject in subjects {
        shown.push((false, subject));
        let leaves = accounts.iter().filter(|account| {
            let of = code(account).split_once('.').map(|(subject, _)| subject);
            of == Some(code(subject)) && currency(account) == currency(subject)
        });
        shown.extend(leaves.map(|account| (true, account)));
    }
    shown
}

/// Returns a code, indented for an account below its subject.
fn set_in(leaf: bool, code: &str) -> String {
    if leaf { format!("  {code}") } else { code.to_owned() }
}

/// Adds the line about accounts that are not listed; nothing for none.
fn left_out(shown: &mut String, count: i64, lang: Lang) {
    if count > 0 {
        shown.push_str(&format!("{}\n", words(lang, "cli.left_out", &[("n", count.to_string())])));
    }
}
