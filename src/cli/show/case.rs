//! What is wrong, and how it is put right, in words.

use super::books::sides;
use super::{L, R, first, heads, label, left_out, money};
use crate::cli::table::Table;
use crate::domain::finding::Finding;
use crate::domain::money::Currency;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::cases::{BookedVoucher, CaseDetail, CaseRow, Opened};
use crate::protocol::checklists::{CheckRow, TickRow};
use crate::protocol::findings::{FindingSummary, Plan};
use crate::protocol::preview::{Guard, GuardState, Preview};
use crate::protocol::receipt::Receipt;
use crate::protocol::rules::Explanation;
use crate::protocol::steps::StepRow;

pub(super) fn findings(found: &[Finding], lang: Lang) -> String {
    if found.is_empty() {
        return format!("{}\n", word(lang, "cli.no_findings"));
    }
    let mut table = heads(
        lang,
        &[
            ("cause", L),
            ("trade", L),
            ("event", L),
            ("voucher", L),
            ("amount", R),
            ("since", L),
            ("detail", L),
        ],
    );
    for finding in found {
        let trade =
            finding.trade_no.as_ref().map(ToString::to_string).or_else(|| finding.channel_ref.clone());
        table.row(vec![
            label(lang, "cause", finding.cause),
            trade.unwrap_or_default(),
            finding.event.map_or_else(String::new, |event| label(lang, "event", event)),
            finding.voucher_no.as_ref().map_or_else(String::new, ToString::to_string),
            money(finding.amount_minor, &finding.currency),
            finding.since.local().to_string().replace('T', " "),
            finding.detail.clone(),
        ]);
    }
    table.text()
}

pub(super) fn summarised(summary: &FindingSummary, currency: Currency, lang: Lang) -> String {
    let mut table = heads(lang, &[("cause", L), ("count", R), ("amount", R)]);
    for count in &summary.causes {
        table.row(vec![
            label(lang, "cause", count.cause),
            count.count.to_string(),
            money(count.amount_minor, currency.code()),
        ]);
    }
    table.text()
}

pub(super) fn steps(rows: &[StepRow], most: usize, lang: Lang) -> String {
    let mut table =
        heads(lang, &[("step", R), ("kind", L), ("what", L), ("mode", L), ("day", L), ("why", L)]);
    for row in rows.iter().filter(|row| !row.dropped) {
        let mut what = match (&row.voucher_no, &row.trade_no) {
            (Some(voucher_no), _) => voucher_no.to_string(),
            (None, Some(trade_no)) => trade_no.to_string(),
            (None, None) => String::new(),
        };
        if let Some(event) = row.event.filter(|_| row.voucher_no.is_none()) {
            what.push_str(&format!(" {}", label(lang, "event", event)));
        }
        for (fact, value) in &row.set {
            what.push_str(&format!(" {fact}={value}"));
        }
        for more in [row.line.clone(), row.account.as_ref().map(ToString::to_string)].into_iter().flatten() {
            what.push_str(if what.is_empty() { "" } else { " " });
            what.push_str(&more);
        }
        table.row(vec![
            row.step.to_string(),
            label(lang, "step", row.kind),
            row.status
                .map_or(what.clone(), |status| format!("{what} {}", label(lang, "state.trade", status))),
            row.mode.map_or_else(String::new, |mode| label(lang, "mode", mode)),
            row.accounting_date.map_or_else(String::new, |day| day.to_string()),
            row.why.clone(),
        ]);
    }
    if table.is_empty() { format!("{}\n", word(lang, "cli.no_steps")) } else { first(&table, most, lang) }
}

pub(super) fn planned(plan: &Plan, lang: Lang) -> String {
    let mut shown = String::new();
    if let Some(finding) = &plan.finding {
        shown.push_str(&findings(std::slice::from_ref(finding), lang));
        shown.push('\n');
    }
    shown.push_str(&plan.why);
    shown.push('\n');
    if !plan.steps.is_empty() {
        shown.push_str(&steps(&plan.steps, usize::MAX, lang));
    }
    shown
}

pub(super) fn explained(explanation: &Explanation, lang: Lang) -> String {
    let mut shown = String::new();
    for event in &explanation.events {
        let rule = event.rule.clone().unwrap_or_else(|| "–".to_owned());
        shown.push_str(&format!(
            "{} {}: {}\n  {}\n",
            explanation.trade_no,
            label(lang, "event", event.event),
            rule,
            event.why
        ));
        for (name, source, value) in &event.factors {
            let source = if source.is_empty() { String::new() } else { format!("  ({source})") };
            shown.push_str(&format!("  {name} = {value}{source}\n"));
        }
        let mut table = heads(lang, &[("side", L), ("account", L), ("expression", L), ("amount", R)]);
        for line in &event.lines {
            table.row(vec![
                label(lang, "side", line.side),
                format!("{} ({})", line.account, line.template),
                line.expression.clone(),
                line.value.clone(),
            ]);
        }
        shown.push_str(&table.text());
    }
    shown
}

pub(super) fn case_list(cases: &[CaseRow], lang: Lang) -> String {
    if cases.is_empty() {
        return format!("{}\n", word(lang, "cli.no_cases"));
    }
    let mut table = heads(
        lang,
        &[
            ("case", L),
            ("cause", L),
            ("state", L),
            ("trade", L),
            ("maker", L),
            ("checker", L),
            ("steps", R),
            ("vouchers", R),
        ],
    );
    for case in cases {
        table.row(vec![
            case.case_no.to_string(),
            case.cause.map_or_else(|| "–".to_owned(), |cause| label(lang, "cause", cause)),
            label(lang, "state.case", case.state),
            case.subject(),
            case.maker.to_string(),
            case.checker.as_ref().map_or_else(String::new, ToString::to_string),
            case.steps.to_string(),
            case.vouchers.to_string(),
        ]);
    }
    table.text()
}

/// The checklist of a case: what is ticked, by whom, with what.
pub(super) fn checklist(items: &[CheckRow], lang: Lang) -> String {
    if items.is_empty() {
        return format!("{}\n", word(lang, "cli.no_checklist"));
    }
    let mut table = heads(lang, &[("ticked", L), ("item", L), ("what", L), ("operator", L), ("evidence", L)]);
    for item in items {
        let last = item.ticks.last();
        let mark = match (last, item.required) {
            (Some(_), _) => "✓",
            (None, true) => "!",
            (None, false) => "·",
        };
        let shown = |tick: &TickRow| {
            let file = tick.file.iter().zip(&tick.fingerprint);
            let file = file.map(|(name, hash)| format!("{name} {}", hash.get(..12).unwrap_or(hash)));
            tick.note.iter().cloned().chain(file).collect::<Vec<_>>().join(" · ")
        };
        table.row(vec![
            mark.to_owned(),
            item.item.clone(),
            item.text.clone(),
            last.map(|tick| tick.operator.to_string()).unwrap_or_default(),
            last.map_or_else(
                || {
                    item.evidence
                        .as_ref()
                        .map_or_else(String::new, |kind| format!("({})", label(lang, "evidence", kind)))
                },
                shown,
            ),
        ]);
    }
    table.text()
}

/// Cases opened at once, and what was left out.
pub(super) fn opened(opened: &Opened, lang: Lang) -> String {
    let mut shown = case_list(&opened.cases, lang);
    if !opened.skipped.is_empty() {
        let mut table = heads(lang, &[("finding", L), ("code", L), ("why", L)]);
        for left in &opened.skipped {
            table.row(vec![left.finding.clone(), left.code.clone(), left.message.clone()]);
        }
        shown.push('\n');
        shown.push_str(&table.text());
    }
    shown
}

pub(super) fn one_case(case: &CaseDetail, most: usize, lang: Lang) -> String {
    let mut shown = case_list(std::slice::from_ref(&case.row), lang);
    shown.push_str(&steps(&case.staged, most, lang));
    for warning in case.warnings.iter().take(most) {
        shown.push_str(&format!("--  {warning}\n"));
    }
    shown.push_str(&left_out(case.warnings.len().saturating_sub(most), lang));
    if !case.checklist.is_empty() {
        shown.push('\n');
        shown.push_str(&checklist(&case.checklist, lang));
        shown.push('\n');
    }
    if !case.booked.is_empty() {
        shown.push('\n');
        shown.push_str(&first(&booked(&case.booked, lang), most, lang));
        shown.push('\n');
    }
    let mut table = heads(lang, &[("time", L), ("operator", L), ("action", L), ("note", L)]);
    for row in &case.log {
        table.row(vec![
            row.at.to_string(),
            row.operator.to_string(),
            label(lang, "verb", &row.verb),
            row.note.clone().unwrap_or_default(),
        ]);
    }
    shown.push_str(&table.text());
    shown
}

/// The vouchers that a case booked.
fn booked(vouchers: &[BookedVoucher], lang: Lang) -> Table {
    let mut table =
        heads(lang, &[("voucher", L), ("kind", L), ("mode", L), ("day", L), ("amount", R), ("reverses", L)]);
    for voucher in vouchers {
        table.row(vec![
            voucher.voucher_no.to_string(),
            label(lang, "vkind", voucher.kind),
            label(lang, "mode", voucher.mode),
            voucher.accounting_date.to_string(),
            money(voucher.amount_minor, &voucher.currency),
            voucher.reverses.as_ref().map_or_else(String::new, ToString::to_string),
        ]);
    }
    table
}

pub(super) fn receipted(receipt: &Receipt, most: usize, lang: Lang) -> String {
    let mut table = heads(lang, &[("voucher", L), ("place", R), ("kind", L), ("mode", L), ("hash", L)]);
    for voucher in &receipt.vouchers {
        table.row(vec![
            voucher.voucher_no.to_string(),
            voucher.seq.to_string(),
            label(lang, "vkind", voucher.kind),
            label(lang, "mode", voucher.mode),
            voucher.hash.clone(),
        ]);
    }
    let key = if receipt.replayed { "cli.committed_before" } else { "cli.committed" };
    let said = words(lang, key, &[("case", receipt.case_no.to_string()), ("key", receipt.key.clone())]);
    format!("{said}\n{}{}\n", first(&table, most, lang), receipt.next)
}

pub(super) fn previewed(preview: &Preview, most: usize, lang: Lang) -> String {
    let mut shown = steps(&preview.steps, most, lang);
    let parts = [entries(preview, most, lang), balances(preview, most, lang), turnover(preview, most, lang)];
    for part in parts {
        if !part.is_empty() {
            shown.push('\n');
            shown.push_str(&part);
        }
    }
    shown.push('\n');
    for key in [
        if preview.customer_view_changed {
            "cli.preview.customers_change"
        } else {
            "cli.preview.customers_same"
        },
        if preview.reconciliation_changed { "cli.preview.recon_changes" } else { "cli.preview.recon_same" },
    ] {
        shown.push_str(&format!("{}\n", word(lang, key)));
    }
    shown.push('\n');
    shown.push_str(&guards(&preview.guards));
    shown
}

/// The entries of the steps that are shown.
fn entries(preview: &Preview, most: usize, lang: Lang) -> String {
    let mut table = heads(
        lang,
        &[
            ("step", R),
            ("voucher", L),
            ("day", L),
            ("account", L),
            ("debit", R),
            ("credit", R),
            ("balance", R),
        ],
    );
    for row in &preview.entries {
        let (debit, credit) = sides(&row.entry);
        table.row(vec![
            row.step.to_string(),
            row.voucher_no.to_string(),
            row.accounting_date.to_string(),
            row.entry.account.to_string(),
            debit,
            credit,
            money(row.entry.balance_after_minor, row.entry.currency.code()),
        ]);
    }
    let mut steps = preview.steps.iter().filter(|step| !step.dropped);
    let last = most.checked_sub(1).and_then(|at| steps.nth(at)).map_or(i64::MAX, |step| step.step);
    let shown = preview.entries.iter().take_while(|row| row.step <= last).count();
    titled("cli.preview.entries", &table, shown, lang)
}

fn balances(preview: &Preview, most: usize, lang: Lang) -> String {
    let mut table = heads(lang, &[("account", L), ("name", L), ("before", R), ("after", R), ("change", R)]);
    for balance in &preview.balances {
        let amount = |minor| money(minor, &balance.currency);
        table.row(vec![
            balance.account.to_string(),
            balance.name.clone(),
            amount(balance.before_minor),
            amount(balance.after_minor),
            amount(balance.after_minor.saturating_sub(balance.before_minor)),
        ]);
    }
    titled("cli.preview.balances", &table, most, lang)
}

fn turnover(preview: &Preview, most: usize, lang: Lang) -> String {
    let mut table = heads(lang, &[("day", L), ("account", L), ("debit", R), ("credit", R)]);
    for row in &preview.turnover {
        let currency = preview.balances.iter().find(|balance| balance.account == row.account);
        let amount = |minor| money(minor, currency.map_or("", |balance| &balance.currency));
        table.row(vec![
            row.day.to_string(),
            row.account.to_string(),
            amount(row.debit_minor),
            amount(row.credit_minor),
        ]);
    }
    titled("cli.preview.turnover", &table, most, lang)
}

/// A table under its name; nothing where it has no rows.
fn titled(key: &str, table: &Table, most: usize, lang: Lang) -> String {
    if table.is_empty() {
        String::new()
    } else {
        format!("{}\n{}", word(lang, key), first(table, most, lang))
    }
}

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
