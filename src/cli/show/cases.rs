//! Cases, their checklists and receipts.

use super::steps::steps;
use super::{C, L, Layout, R, Show, first, heads, label, left_out, money};
use crate::cli::table::TextTable;
use crate::domain::case::CaseState;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::cases::{BookedVoucher, CaseDetail, CaseRow, Opened};
use crate::protocol::checklists::{CheckRow, Checklist, TickRow};
use crate::protocol::journals::JournalFile;
use crate::protocol::page::Rows;
use crate::protocol::receipt::Receipt;
use serde_json::Value;

impl Show for Rows<CaseRow> {
    fn text(&self, layout: &Layout) -> String {
        case_list(&self.rows, layout.lang)
    }

    /// An array: scripts read all cases as one list.
    fn json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(&self.rows)
    }
}

impl Show for CaseDetail {
    fn text(&self, layout: &Layout) -> String {
        let most = layout.most;
        let lang = layout.lang;
        let mut shown = case_list(std::slice::from_ref(&self.row), lang);
        shown.push_str(&steps(&self.staged, most, layout));
        for journal in &self.journals {
            shown.push_str(&format!("--  {}\n", journal_line(journal, &self.row, lang)));
        }
        for warning in self.warnings.iter().take(most) {
            shown.push_str(&format!("--  {warning}\n"));
        }
        shown.push_str(&left_out(self.warnings.len().saturating_sub(most), lang));
        if !self.checklist.is_empty() {
            shown.push('\n');
            shown.push_str(&checklist(&self.checklist, lang));
            shown.push('\n');
        }
        if !self.booked.is_empty() {
            shown.push('\n');
            shown.push_str(&first(&booked(&self.booked, layout), most, lang));
            shown.push('\n');
        }
        let mut table = heads(lang, &[("time", L), ("operator", L), ("action", L), ("note", L)]);
        for row in &self.log {
            table.row(vec![
                row.at.to_string(),
                row.operator.to_string(),
                label(lang, "verb", row.verb),
                row.note.clone().unwrap_or_default(),
            ]);
        }
        shown.push_str(&table.text());
        shown
    }
}

impl Show for Checklist {
    fn text(&self, layout: &Layout) -> String {
        checklist(&self.checklist, layout.lang)
    }
}

impl Show for Opened {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = case_list(&self.cases, lang);
        if !self.skipped.is_empty() {
            let mut table = heads(lang, &[("finding", L), ("code", L), ("why", L)]);
            for left in &self.skipped {
                table.row(vec![left.finding.clone(), left.code.clone(), left.message.clone()]);
            }
            shown.push('\n');
            shown.push_str(&table.text());
        }
        shown
    }

    fn reports(&self) -> bool {
        !self.skipped.is_empty()
    }
}

impl Show for Receipt {
    fn text(&self, layout: &Layout) -> String {
        let most = layout.most;
        let lang = layout.lang;
        let mut table = heads(lang, &[("voucher", L), ("place", R), ("kind", L), ("mode", L), ("hash", L)]);
        for voucher in &self.vouchers {
            table.row(vec![
                voucher.voucher_no.to_string(),
                voucher.seq.to_string(),
                label(lang, "vkind", voucher.kind),
                label(lang, "mode", voucher.mode),
                voucher.hash.clone(),
            ]);
        }
        let key = if self.replayed { "cli.committed_before" } else { "cli.committed" };
        let said = words(lang, key, &[("case", self.case_no.to_string()), ("key", self.key.clone())]);
        format!("{said}\n{}{}\n", first(&table, most, lang), self.next)
    }
}

/// Returns the table of cases.
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

/// Returns which journal a case books, who imported it into the case, and who approved it.
fn journal_line(journal: &JournalFile, case: &CaseRow, lang: Lang) -> String {
    let mut args = vec![
        ("file", journal.file.clone()),
        ("sha256", journal.fingerprint.clone()),
        ("vouchers", journal.vouchers.to_string()),
        ("operator", journal.operator.to_string()),
        ("at", journal.at.to_string()),
    ];
    let approved = matches!(case.state, CaseState::Approved | CaseState::Committed);
    args.extend(case.checker.as_ref().filter(|_| approved).map(|checker| ("checker", checker.to_string())));
    words(lang, "cli.case_journal", &args)
}

/// Returns a case's checklist: each item with its last tick, operator and evidence.
fn checklist(items: &[CheckRow], lang: Lang) -> String {
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

/// Returns the table of the vouchers that a case booked.
fn booked(vouchers: &[BookedVoucher], layout: &Layout) -> TextTable {
    let lang = layout.lang;
    let mut table = layout.heads(&[
        ("voucher", L),
        ("kind", L),
        ("mode", L),
        ("day", L),
        ("amount", R),
        ("currency", C),
        ("reverses", L),
    ]);
    for voucher in vouchers {
        table.row(vec![
            voucher.voucher_no.to_string(),
            label(lang, "vkind", voucher.kind),
            label(lang, "mode", voucher.mode),
            voucher.accounting_date.to_string(),
            money(voucher.amount_minor, &voucher.currency),
            voucher.currency.clone(),
            voucher.reverses.as_ref().map_or_else(String::new, ToString::to_string),
        ]);
    }
    table
}
