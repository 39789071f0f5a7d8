//! What a case would book.

use super::reconcile::{facts_of_missing, side};
use super::steps::steps;
use super::vouchers::sides;
use super::{C, L, Layout, R, Show, first, label, left_out, money};
use crate::cli::table::TextTable;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::preview::{DayReconciled, Guard, GuardState, Preview, SumReconciled};
use crate::protocol::reports::ReconSum;

impl Show for Preview {
    fn text(&self, layout: &Layout) -> String {
        let most = layout.most;
        let lang = layout.lang;
        let mut shown = steps(&self.steps, most, layout);
        let parts = [
            entries(self, most, layout),
            balances(self, most, layout),
            turnover(self, most, layout),
            days(self, layout),
            take_back(self, most, layout),
        ];
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

/// Returns the reconciliation of the days concerned, before and after, with the rows that go and come.
fn days(preview: &Preview, layout: &Layout) -> String {
    if preview.days.is_empty() {
        return String::new();
    }
    let lang = layout.lang;
    let mut shown = format!("{}\n", word(lang, "cli.preview.days"));
    for day in &preview.days {
        let args = [
            ("channel", layout.channel_named(day.channel)),
            ("day", day.day.to_string()),
            ("before", day.open_before.to_string()),
            ("after", day.open_after.to_string()),
        ];
        let key = if day.changes() { "cli.preview.day_changes" } else { "cli.preview.day_same" };
        shown.push_str(&format!("{}\n", words(lang, key, &args)));
        for (key, bills) in
            [("cli.preview.missing_gone", &day.missing_gone), ("cli.preview.missing_came", &day.missing_came)]
        {
            for missing in bills {
                shown.push_str(&format!("{}\n", words(lang, key, &facts_of_missing(missing, lang))));
            }
        }
        for table in [sums(day, layout), items(day, layout)] {
            if !table.is_empty() {
                shown.push_str(&table.text());
            }
        }
    }
    shown.push_str(&left_out(preview.count.days.saturating_sub(preview.days.len()), lang));
    shown
}

/// Returns the committed cases whose evidence goes, each with what takes it back.
fn take_back(preview: &Preview, most: usize, layout: &Layout) -> String {
    if preview.take_back.is_empty() {
        return String::new();
    }
    let lang = layout.lang;
    let mut shown = format!("{}\n", word(lang, "cli.preview.take_back"));
    for case in &preview.take_back {
        for told in case.told(lang) {
            shown.push_str(&format!("{told}\n"));
        }
        if !case.steps.is_empty() {
            shown.push_str(&steps(&case.steps, most, layout));
        }
    }
    shown
}

/// Returns what a day adds up to before and after; once where it stays.
fn sums(day: &DayReconciled, layout: &Layout) -> TextTable {
    let mut table = layout.heads(&[
        ("kind", L),
        ("currency", C),
        ("when", L),
        ("ours", R),
        ("theirs", R),
        ("difference", R),
        ("only_ours", R),
        ("only_channel", R),
    ]);
    for SumReconciled { before, after, difference_before_minor, difference_after_minor } in &day.sums {
        let is_nothing = |sum: &ReconSum| (sum.ours_minor, sum.theirs_minor) == (0, 0);
        let mut row = |when: &str, sum: &ReconSum, difference: i64| {
            let amount = |minor| money(minor, &sum.currency);
            table.row(vec![
                label(layout.lang, "line", sum.way),
                sum.currency.clone(),
                word(layout.lang, when),
                amount(sum.ours_minor),
                amount(sum.theirs_minor),
                amount(difference),
                amount(sum.only_ours_minor),
                amount(sum.only_channel_minor),
            ]);
        };
        if before != after {
            row("cli.preview.before", before, *difference_before_minor);
            row("cli.preview.after", after, *difference_after_minor);
        } else if !is_nothing(before) {
            row("cli.preview.unchanged", before, *difference_before_minor);
        }
    }
    table
}

/// Returns the rows of a day that go and come.
fn items(day: &DayReconciled, layout: &Layout) -> TextTable {
    let lang = layout.lang;
    let mut table = layout.heads(&[
        ("when", L),
        ("recon", L),
        ("which_side", L),
        ("effect", R),
        ("trade", L),
        ("reference", L),
        ("currency", C),
        ("ours", R),
        ("theirs", R),
    ]);
    for (when, rows) in [("cli.preview.goes", &day.gone), ("cli.preview.comes", &day.came)] {
        for row in rows {
            let sum = |minor: Option<i64>, currency: &str| {
                minor.map_or_else(|| "–".to_owned(), |minor| money(minor, currency))
            };
            table.row(vec![
                word(lang, when),
                label(lang, "recon", row.recon),
                side(row, lang),
                money(row.effect_minor, &row.currency),
                row.trade_no.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
                row.channel_ref.to_string(),
                row.currency.clone(),
                sum(row.ours_minor, &row.currency),
                sum(row.theirs_minor, row.their_currency.as_ref().unwrap_or(&row.currency)),
            ]);
        }
    }
    table
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
