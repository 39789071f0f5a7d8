//! What a case would book.

use super::steps::steps;
use super::vouchers::sides;
use super::{C, L, Layout, R, Show, first, money};
use crate::cli::table::TextTable;
use crate::i18n::{Lang, word};
use crate::protocol::preview::{Guard, GuardState, Preview};

impl Show for Preview {
    fn text(&self, layout: &Layout) -> String {
        let most = layout.most;
        let lang = layout.lang;
        let mut shown = steps(&self.steps, most, layout);
        let parts = [entries(self, most, layout), balances(self, most, layout), turnover(self, most, layout)];
        for part in parts {
            if !part.is_empty() {
                shown.push('\n');
                shown.push_str(&part);
            }
        }
        shown.push('\n');
        for key in [
            if self.customer_view_changed {
                "cli.preview.customers_change"
            } else {
                "cli.preview.customers_same"
            },
            if self.reconciliation_changed { "cli.preview.recon_changes" } else { "cli.preview.recon_same" },
        ] {
            shown.push_str(&format!("{}\n", word(lang, key)));
        }
        shown.push('\n');
        shown.push_str(&guards(&self.guards));
        shown
    }
}

/// Returns the entries of the steps that are shown.
fn entries(preview: &Preview, most: usize, layout: &Layout) -> String {
    let mut table = layout.heads(&[
        ("step", R),
        ("voucher", L),
        ("day", L),
        ("account", L),
        ("currency", C),
        ("debit", R),
        ("credit", R),
        ("balance", R),
    ]);
    for row in &preview.entries {
        let (debit, credit) = sides(&row.entry);
        table.row(vec![
            row.step.to_string(),
            row.voucher_no.to_string(),
            row.accounting_date.to_string(),
            row.entry.account.to_string(),
            row.entry.currency.to_string(),
            debit,
            credit,
            money(row.entry.balance_after_minor, row.entry.currency.code()),
        ]);
    }
    let mut steps = preview.steps.iter().filter(|step| !step.dropped);
    let last = most.checked_sub(1).and_then(|at| steps.nth(at)).map_or(i64::MAX, |step| step.step);
    let shown = preview.entries.iter().take_while(|row| row.step <= last).count();
    titled("cli.preview.entries", &table, shown, layout.lang)
}

/// Returns the balances that would change.
fn balances(preview: &Preview, most: usize, layout: &Layout) -> String {
    let mut table = layout.heads(&[
        ("account", L),
        ("name", L),
        ("currency", C),
        ("before", R),
        ("after", R),
        ("change", R),
    ]);
    for balance in &preview.balances {
        let amount = |minor| money(minor, &balance.currency);
        table.row(vec![
            balance.account.to_string(),
            balance.name.clone(),
            balance.currency.clone(),
            amount(balance.before_minor),
            amount(balance.after_minor),
            amount(balance.after_minor.saturating_sub(balance.before_minor)),
        ]);
    }
    titled("cli.preview.balances", &table, most, layout.lang)
}

/// Returns the turnover of days that would change.
fn turnover(preview: &Preview, most: usize, layout: &Layout) -> String {
    let mut table = layout.heads(&[("day", L), ("account", L), ("currency", C), ("debit", R), ("credit", R)]);
    for row in &preview.turnover {
        let amount = |minor| money(minor, row.currency.code());
        table.row(vec![
            row.day.to_string(),
            row.account.to_string(),
            row.currency.to_string(),
            amount(row.debit_minor),
            amount(row.credit_minor),
        ]);
    }
    titled("cli.preview.turnover", &table, most, layout.lang)
}

/// Returns a table under its title; nothing if it has no rows.
fn titled(key: &str, table: &TextTable, most: usize, lang: Lang) -> String {
    if table.is_empty() {
        String::new()
    } else {
        format!("{}\n{}", word(lang, key), first(table, most, lang))
    }
}

/// Returns the checks with a mark for each state.
fn guards(guards: &[Guard]) -> String {
    let mut shown = String::new();
    for guard in guards {
        let mark = match guard.state {
            GuardState::Ok => "ok",
            GuardState::Note => "--",
            GuardState::Fail => "!!",
        };
        shown.push_str(&format!("{mark}  {}\n", guard.text));
    }
    shown
}
