//! Turnover, trial balance, balance-days, statements and reconciliation in words.

use super::{L, R, heads, label, money};
use crate::cli::table::Table;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::reports::{
    AsOf, BalanceDays, ChannelDay, CustomerStatement, ReconRow, Reconciliation, TrialBalance, TrialRow,
    TurnoverReport, TurnoverRow,
};

/// Rows by subject, each followed by its accounts set in. A subject that is an account itself stands once.
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

fn set_in(leaf: bool, code: &str) -> String {
    if leaf { format!("  {code}") } else { code.to_owned() }
}

pub(super) fn turnover(report: &TurnoverReport, lang: Lang) -> String {
    let span = [("from", report.from.to_string()), ("to", report.to.to_string())];
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
        below(&report.subjects, &report.accounts, |row: &TurnoverRow| &row.code, |row| &row.currency)
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
    for total in &report.totals {
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
    left_out(&mut shown, report.accounts_left_out, lang);
    let key = if report.holds { "cli.turnover.holds" } else { "cli.turnover.broken" };
    shown.push_str(&format!("{}\n", word(lang, key)));
    for row in report.accounts.iter().filter(|row| !row.holds) {
        shown.push_str(&format!("{}\n", words(lang, "cli.turnover.row", &[("account", row.code.clone())])));
    }
    shown
}

fn table_or_nothing(table: &Table, lang: Lang) -> String {
    if table.is_empty() { format!("{}\n", word(lang, "cli.nothing")) } else { table.text() }
}

fn left_out(shown: &mut String, count: i64, lang: Lang) {
    if count > 0 {
        shown.push_str(&format!("{}\n", words(lang, "cli.left_out", &[("n", count.to_string())])));
    }
}

pub(super) fn trial_balance(trial: &TrialBalance, lang: Lang) -> String {
    let at = match &trial.as_of {
        None => word(lang, "cli.trial.now"),
        Some(AsOf::Day(day)) => words(lang, "cli.trial.day", &[("day", day.to_string())]),
        Some(AsOf::Voucher(voucher)) => words(lang, "cli.trial.voucher", &[("voucher", voucher.to_string())]),
    };
    let mut shown = format!("{at}\n");
    let mut table = heads(lang, &[("account", L), ("name", L), ("currency", L), ("debit", R), ("credit", R)]);
    let sum = |minor: i64, currency: &str| if minor == 0 { String::new() } else { money(minor, currency) };
    for (leaf, row) in
        below(&trial.subjects, &trial.accounts, |row: &TrialRow| &row.code, |row| &row.currency)
    {
        table.row(vec![
            set_in(leaf, &row.code),
            row.name.clone(),
            row.currency.clone(),
            sum(row.debit_minor, &row.currency),
            sum(row.credit_minor, &row.currency),
        ]);
    }
    for total in &trial.totals {
        table.row(vec![
            word(lang, "cli.total"),
            String::new(),
            total.currency.clone(),
            money(total.debit_minor, &total.currency),
            money(total.credit_minor, &total.currency),
        ]);
    }
    shown.push_str(&table_or_nothing(&table, lang));
    left_out(&mut shown, trial.accounts_left_out, lang);
    let key = if trial.balanced { "cli.trial.equal" } else { "cli.trial.unequal" };
    shown.push_str(&format!("{}\n", word(lang, key)));
    shown
}

pub(super) fn balance_days(days: &BalanceDays, lang: Lang) -> String {
    let mut shown = format!(
        "{} {} {} ({})\n",
        days.account,
        days.name,
        days.currency,
        label(lang, "side", days.normal_side)
    );
    let mut table =
        heads(lang, &[("value_from", L), ("value_to", L), ("days", R), ("balance", R), ("balance_days", R)]);
    for row in &days.stretches {
        table.row(vec![
            row.from.to_string(),
            row.to.to_string(),
            row.days.to_string(),
            money(row.balance_minor, &days.currency),
            money(row.balance_days_minor, &days.currency),
        ]);
    }
    table.row(vec![
        word(lang, "cli.total"),
        String::new(),
        days.days.to_string(),
        String::new(),
        money(days.balance_days_minor, &days.currency),
    ]);
    shown.push_str(&table.text());
    shown
}

pub(super) fn statement(statement: &CustomerStatement, lang: Lang) -> String {
    let args = [
        ("holder", statement.holder.clone()),
        ("from", statement.from.to_string()),
        ("to", statement.to.to_string()),
    ];
    let mut shown = format!("{}\n", words(lang, "cli.statement.title", &args));
    if !statement.balances.is_empty() {
        let mut table =
            heads(lang, &[("account", L), ("name", L), ("currency", L), ("opening", R), ("closing", R)]);
        for held in &statement.balances {
            table.row(vec![
                held.account.to_string(),
                held.name.clone(),
                held.currency.clone(),
                money(held.opening_minor, &held.currency),
                money(held.closing_minor, &held.currency),
            ]);
        }
        shown.push_str(&table.text());
        shown.push('\n');
    }
    let mut table = heads(
        lang,
        &[
            ("time", L),
            ("trade", L),
            ("kind", L),
            ("channel", L),
            ("amount", R),
            ("currency", L),
            ("status", L),
        ],
    );
    for trade in &statement.trades {
        table.row(vec![
            trade.occurred_at.local().to_string().replace('T', " "),
            trade.trade_no.to_string(),
            label(lang, "kind", &trade.kind),
            trade.channel.clone(),
            money(trade.amount_minor, &trade.currency),
            trade.currency.clone(),
            label(lang, "state.trade", trade.status),
        ]);
    }
    shown.push_str(&table_or_nothing(&table, lang));
    if statement.more {
        shown.push_str(&format!("{}\n", word(lang, "cli.statement.more")));
    }
    shown
}

pub(super) fn channel_days(days: &[ChannelDay], lang: Lang) -> String {
    let mut table = heads(lang, &[("bill_day", L), ("channel", L), ("count", R), ("lines", R)]);
    for day in days {
        table.row(vec![
            day.day.to_string(),
            day.channel.to_string(),
            day.statements.to_string(),
            day.lines.to_string(),
        ]);
    }
    table_or_nothing(&table, lang)
}

pub(super) fn reconciliation(day: &Reconciliation, lang: Lang) -> String {
    let args = [
        ("channel", day.channel.to_string()),
        ("day", day.day.to_string()),
        ("files", day.statements.join(", ")),
        ("lines", day.lines.to_string()),
        ("from", day.cut_from.clone()),
        ("until", day.cut_until.clone()),
    ];
    let key = if day.statements.is_empty() { "cli.recon.no_statement" } else { "cli.recon.title" };
    let mut shown = format!("{}\n{}\n", words(lang, key, &args), words(lang, "cli.recon.window", &args));
    let mut table = heads(lang, &[("recon", L), ("currency", L), ("count", R), ("ours", R), ("theirs", R)]);
    for count in day.counts.iter().filter(|count| count.count > 0) {
        table.row(vec![
            label(lang, "recon", count.recon),
            count.currency.clone(),
            count.count.to_string(),
            money(count.ours_minor, &count.currency),
            money(count.theirs_minor, &count.currency),
        ]);
    }
    shown.push_str(&table_or_nothing(&table, lang));
    if !day.rows.is_empty() {
        shown.push('\n');
        shown.push_str(&recon_rows(&day.rows, lang));
    }
    if day.more {
        shown.push_str(&format!("{}\n", word(lang, "cli.recon.more")));
    }
    shown
}

fn recon_rows(rows: &[ReconRow], lang: Lang) -> String {
    let mut table = heads(
        lang,
        &[
            ("recon", L),
            ("trade", L),
            ("kind", L),
            ("reference", L),
            ("time", L),
            ("currency", L),
            ("ours", R),
            ("theirs", R),
            ("our_fee", R),
            ("their_fee", R),
            ("our_status", L),
            ("their_status", L),
            ("bill_day", L),
        ],
    );
    for row in rows {
        let sum =
            |minor: Option<i64>| minor.map_or_else(|| "–".to_owned(), |minor| money(minor, &row.currency));
        table.row(vec![
            label(lang, "recon", row.recon),
            row.trade_no.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
            label(lang, if row.trade_no.is_some() { "kind" } else { "line" }, &row.kind),
            row.channel_ref.to_string(),
            row.occurred_at.local().to_string().replace('T', " "),
            row.currency.clone(),
            sum(row.ours_minor),
            sum(row.theirs_minor),
            sum(row.our_fee_minor),
            sum(row.their_fee_minor),
            row.our_status.map_or_else(|| "–".to_owned(), |status| label(lang, "state.trade", status)),
            row.their_status.map_or_else(|| "–".to_owned(), |status| label(lang, "state.trade", status)),
            row.statement_day.map_or_else(|| "–".to_owned(), |day| day.to_string()),
        ]);
    }
    table.text()
}
