//! Answers in words, and as JSON.

use super::table::{Align, Table};
use crate::desk::import::ImportAnswer;
use crate::desk::{
    Answer, CaseDetail, CaseRow, ChainRow, Explanation, FindingSummary, GuardState, Keyed, LineageNode, Node,
    Plan, Posted, Preview, Receipt, Rows, StepRow, TradeDetail, TradeRow, Verified,
};
use crate::domain::account::Side;
use crate::domain::finding::Finding;
use crate::domain::money::{Currency, Money};
use crate::domain::voucher::Voucher;
use crate::i18n::{Lang, text as words, word};
use serde::Serialize;
use std::io::{self, Write};

/// Writes an answer for machines: a list of rows with its next key, an array of findings, or the answer's own object.
pub fn json(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let value = match answer {
        Answer::Findings(found) => serde_json::to_value(found.iter().map(finding_json).collect::<Vec<_>>()),
        Answer::Trades(rows) => rows_json(rows),
        Answer::Events(rows) => rows_json(rows),
        Answer::Accounts(rows) => rows_json(rows),
        Answer::Chain(rows) => rows_json(rows),
        Answer::Vouchers(rows) => rows_json(rows),
        other => serde_json::to_value(other).map(|mut value| value["body"].take()),
    };
    serde_json::to_writer(&mut *out, &value.map_err(io::Error::from)?).map_err(io::Error::from)?;
    writeln!(out)
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    let mut value = serde_json::to_value(finding).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("note");
    }
    value
}

fn rows_json<T: Keyed + Serialize>(rows: &Rows<T>) -> serde_json::Result<serde_json::Value> {
    let next = if rows.more_after { rows.rows.last().map(Keyed::key) } else { None };
    Ok(serde_json::json!({ "rows": serde_json::to_value(&rows.rows)?, "next": serde_json::to_value(next)? }))
}

/// An amount of a currency code in words.
fn money(minor: i64, currency: &str) -> String {
    Money::new(minor, currency.parse().unwrap_or(Currency::CNY)).grouped()
}

fn heads(lang: Lang, names: &[(&str, Align)]) -> Table {
    let columns: Vec<(String, Align)> =
        names.iter().map(|(name, align)| (word(lang, &format!("cli.head.{name}")), *align)).collect();
    Table::new(&columns)
}

const L: Align = Align::Left;
const R: Align = Align::Right;

/// An answer for people.
pub fn text(answer: &Answer, lang: Lang) -> String {
    match answer {
        Answer::Ledger(ledger) => {
            format!("{} {} {}\n", ledger.ledger_id, ledger.head_seq, ledger.head_hash)
        }
        Answer::Trades(rows) => listed(&trades(&rows.rows, lang), rows, lang),
        Answer::Events(rows) => {
            let mut table = heads(
                lang,
                &[("trade", L), ("event", L), ("day", L), ("amount", R), ("posting", L), ("live", R)],
            );
            for row in &rows.rows {
                table.row(vec![
                    row.trade_no.to_string(),
                    row.event.to_string(),
                    row.business_date.to_string(),
                    money(row.amount_minor, "CNY"),
                    row.posting.to_string(),
                    row.live_vouchers.to_string(),
                ]);
            }
            listed(&table, rows, lang)
        }
        Answer::Accounts(rows) => {
            let mut table = heads(
                lang,
                &[("account", L), ("name", L), ("side", L), ("balance", R), ("entries", R), ("status", L)],
            );
            for row in &rows.rows {
                table.row(vec![
                    row.account.code.to_string(),
                    row.account.name.clone(),
                    row.account.normal_side.to_string(),
                    money(row.balance_minor, row.account.currency.code()),
                    row.entries.to_string(),
                    row.account.status.to_string(),
                ]);
            }
            listed(&table, rows, lang)
        }
        Answer::Account(row) => format!(
            "{} {} {} {} ({})\n",
            row.account.code,
            row.account.name,
            money(row.balance_minor, row.account.currency.code()),
            row.account.currency,
            row.account.normal_side
        ),
        Answer::Subjects(_) | Answer::Overview(_) => String::new(),
        Answer::Chain(rows) => listed(&chain(&rows.rows, lang), rows, lang),
        Answer::Vouchers(rows) => listed(&vouchers(&rows.rows, lang), rows, lang),
        Answer::Voucher(voucher) => one_voucher(voucher, lang),
        Answer::Trade(detail) => one_trade(detail, lang),
        Answer::Lineage(nodes) => lineage(nodes),
        Answer::Findings(found) => findings(found, lang),
        Answer::FindingSummary(summary) => summarised(summary, lang),
        Answer::Plan(plan) => planned(plan, lang),
        Answer::Explain(explanation) => explained(explanation, lang),
        Answer::Cases(cases) => case_list(cases, lang),
        Answer::Case(case) => one_case(case, lang),
        Answer::Preview(preview) => previewed(preview, lang),
        Answer::Receipt(receipt) => receipted(receipt, lang),
        Answer::Posted(posted) => post_report(posted, lang),
        Answer::Days(days) => {
            let mut table = heads(lang, &[("day", L), ("state", L), ("blockers", R)]);
            for day in days {
                table.row(vec![day.day.to_string(), day.state.as_str().to_owned(), day.blockers.to_string()]);
            }
            table.text()
        }
        Answer::Day(day) => {
            format!("{} {} {} {}\n", day.day, day.state.as_str(), day.head_seq, day.head_hash)
        }
        Answer::Rules(sets) => {
            let mut table =
                heads(lang, &[("rules", L), ("version", R), ("from", L), ("operator", L), ("count", R)]);
            for set in sets {
                table.row(vec![
                    set.id.clone(),
                    set.version.to_string(),
                    set.valid_from.to_string(),
                    set.operator.to_string(),
                    set.rules.len().to_string(),
                ]);
            }
            table.text()
        }
        Answer::Verified(verified) => verify_report(verified, lang),
    }
}

/// A table with the way to its next page.
fn listed<T: Keyed>(table: &Table, rows: &Rows<T>, lang: Lang) -> String {
    if table.is_empty() {
        return format!("{}\n", word(lang, "cli.nothing"));
    }
    let mut shown = table.text();
    if rows.more_after
        && let Some(last) = rows.rows.last()
    {
        let key = match last.key() {
            crate::desk::Key::Number(number) => number.to_string(),
            crate::desk::Key::Text(name) => name,
        };
        shown.push_str(&words(lang, "cli.more", &[("key", key)]));
        shown.push('\n');
    }
    shown
}

fn trades(rows: &[TradeRow], lang: Lang) -> Table {
    let mut table = heads(
        lang,
        &[
            ("trade", L),
            ("kind", L),
            ("channel", L),
            ("amount", R),
            ("holder", L),
            ("time", L),
            ("status", L),
            ("posting", L),
            ("recon", L),
        ],
    );
    for row in rows {
        let trade = &row.trade;
        let holder = trade.customer.as_ref().or(trade.merchant.as_ref());
        table.row(vec![
            trade.trade_no.to_string(),
            trade.kind.to_string(),
            trade.channel.to_string(),
            trade.amount().grouped(),
            holder.map_or_else(String::new, ToString::to_string),
            trade.occurred_at.local().to_string().replace('T', " "),
            row.status_now.to_string(),
            row.posting.to_string(),
            row.recon.to_string(),
        ]);
    }
    table
}

fn chain(rows: &[ChainRow], lang: Lang) -> Table {
    let mut table = heads(
        lang,
        &[
            ("number", R),
            ("day", L),
            ("voucher", L),
            ("kind", L),
            ("trade", L),
            ("debit", R),
            ("credit", R),
            ("balance", R),
            ("case", L),
        ],
    );
    for row in rows {
        let entry = &row.entry;
        let amount = money(entry.amount_minor, entry.currency.code());
        let (debit, credit) = match entry.side {
            Side::Debit => (amount, String::new()),
            Side::Credit => (String::new(), amount),
        };
        let kind = match &row.reverses {
            Some(original) => format!("{} {} {original}", row.kind, entry.mode),
            None => row.kind.to_string(),
        };
        table.row(vec![
            entry.account_seq.to_string(),
            row.accounting_date.to_string(),
            row.voucher_no.to_string(),
            kind,
            row.trade_no.as_ref().map_or_else(String::new, ToString::to_string),
            debit,
            credit,
            money(entry.balance_after_minor, entry.currency.code()),
            row.case_no.as_ref().map_or_else(String::new, ToString::to_string),
        ]);
    }
    table
}

fn vouchers(rows: &[Voucher], lang: Lang) -> Table {
    let mut table = heads(
        lang,
        &[
            ("place", R),
            ("voucher", L),
            ("kind", L),
            ("mode", L),
            ("trade", L),
            ("day", L),
            ("maker", L),
            ("checker", L),
            ("case", L),
            ("reversed_by", L),
        ],
    );
    let maybe = |name: Option<String>| name.unwrap_or_default();
    for row in rows {
        table.row(vec![
            row.seq.to_string(),
            row.voucher_no.to_string(),
            row.kind.to_string(),
            row.mode.to_string(),
            maybe(row.trade_no.as_ref().map(ToString::to_string)),
            row.accounting_date.to_string(),
            row.maker.to_string(),
            maybe(row.checker.as_ref().map(ToString::to_string)),
            maybe(row.case_no.as_ref().map(ToString::to_string)),
            maybe(row.reversed_by.as_ref().map(ToString::to_string)),
        ]);
    }
    table
}

fn one_voucher(voucher: &Voucher, lang: Lang) -> String {
    let mut shown = vouchers(std::slice::from_ref(voucher), lang).text();
    let mut table = heads(
        lang,
        &[("line", R), ("account", L), ("number", R), ("debit", R), ("credit", R), ("balance", R)],
    );
    for entry in &voucher.entries {
        let amount = money(entry.amount_minor, entry.currency.code());
        let (debit, credit) = match entry.side {
            Side::Debit => (amount, String::new()),
            Side::Credit => (String::new(), amount),
        };
        table.row(vec![
            entry.line.to_string(),
            entry.account.to_string(),
            entry.account_seq.to_string(),
            debit,
            credit,
            money(entry.balance_after_minor, entry.currency.code()),
        ]);
    }
    shown.push_str(&table.text());
    let facts = [
        ("memo", Some(voucher.memo.clone())),
        ("rule", voucher.rule.as_ref().map(ToString::to_string)),
        ("reason", voucher.reason.clone()),
        ("business_date", Some(voucher.business_date.to_string())),
        ("value_date", Some(voucher.value_date.to_string())),
        ("posted_at", Some(voucher.posted_at.to_string())),
        ("prev_hash", Some(voucher.prev_hash.clone())),
        ("hash", Some(voucher.hash.clone())),
    ];
    shown.push_str(&named(&facts, lang));
    shown
}

fn named(facts: &[(&str, Option<String>)], lang: Lang) -> String {
    let mut shown = String::new();
    for (name, value) in facts {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            shown.push_str(&format!("{}: {value}\n", word(lang, &format!("cli.head.{name}"))));
        }
    }
    shown
}

fn one_trade(detail: &TradeDetail, lang: Lang) -> String {
    let trade = &detail.row.trade;
    let mut shown = trades(std::slice::from_ref(&detail.row), lang).text();
    let original = trade.original_ref.as_ref().map(|reference| match &detail.row.original_trade_no {
        Some(held) => format!("{held} ({reference})"),
        None => words(lang, "cli.not_held", &[("ref", reference.to_string())]),
    });
    shown.push_str(&named(
        &[
            ("channel_ref", Some(trade.channel_ref.to_string())),
            ("fee", Some(trade.fee().grouped())),
            ("original", original),
            ("customer", trade.customer.as_ref().map(ToString::to_string)),
            ("merchant", trade.merchant.as_ref().map(ToString::to_string)),
            ("clearing", Some(trade.clearing.to_string())),
            ("settlement", Some(detail.row.settlement.to_string())),
        ],
        lang,
    ));
    if !detail.vouchers.is_empty() {
        shown.push('\n');
        shown.push_str(&vouchers(&detail.vouchers, lang).text());
    }
    if !detail.findings.is_empty() {
        shown.push('\n');
        shown.push_str(&findings(&detail.findings, lang));
    }
    shown
}

fn findings(found: &[Finding], lang: Lang) -> String {
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
            finding.cause.to_string(),
            trade.unwrap_or_default(),
            finding.event.map_or_else(String::new, |event| event.to_string()),
            finding.voucher_no.as_ref().map_or_else(String::new, ToString::to_string),
            money(finding.amount_minor, &finding.currency),
            finding.since.local().to_string().replace('T', " "),
            finding.detail.clone(),
        ]);
    }
    table.text()
}

fn summarised(summary: &FindingSummary, lang: Lang) -> String {
    let mut table = heads(lang, &[("cause", L), ("count", R), ("amount", R)]);
    for count in &summary.causes {
        table.row(vec![count.cause.to_string(), count.count.to_string(), money(count.amount_minor, "CNY")]);
    }
    table.text()
}

fn steps(rows: &[StepRow], lang: Lang) -> String {
    let mut table =
        heads(lang, &[("step", R), ("kind", L), ("what", L), ("mode", L), ("day", L), ("why", L)]);
    for row in rows.iter().filter(|row| !row.dropped) {
        let mut what = match (&row.voucher_no, &row.trade_no) {
            (Some(voucher_no), _) => voucher_no.to_string(),
            (None, Some(trade_no)) => trade_no.to_string(),
            (None, None) => String::new(),
        };
        if let Some(event) = row.event.filter(|_| row.voucher_no.is_none()) {
            what.push_str(&format!(" {event}"));
        }
        for (fact, value) in &row.set {
            what.push_str(&format!(" {fact}={value}"));
        }
        table.row(vec![
            row.step.to_string(),
            row.kind.clone(),
            row.status.map_or(what.clone(), |status| format!("{what} {status}")),
            row.mode.map_or_else(String::new, |mode| mode.to_string()),
            row.accounting_date.map_or_else(String::new, |day| day.to_string()),
            row.why.clone(),
        ]);
    }
    if table.is_empty() { String::new() } else { table.text() }
}

fn planned(plan: &Plan, lang: Lang) -> String {
    let mut shown = String::new();
    if let Some(finding) = &plan.finding {
        shown.push_str(&findings(std::slice::from_ref(finding), lang));
        shown.push('\n');
    }
    shown.push_str(&plan.why);
    shown.push('\n');
    shown.push_str(&steps(&plan.steps, lang));
    shown
}

fn explained(explanation: &Explanation, lang: Lang) -> String {
    let mut shown = String::new();
    for event in &explanation.events {
        let rule = event.rule.clone().unwrap_or_else(|| "–".to_owned());
        shown.push_str(&format!("{} {}: {}\n  {}\n", explanation.trade_no, event.event, rule, event.why));
        for (name, source, value) in &event.factors {
            shown.push_str(&format!("  {name} = {value}  ({source})\n"));
        }
        let mut table = heads(lang, &[("side", L), ("account", L), ("expression", L), ("amount", R)]);
        for line in &event.lines {
            table.row(vec![
                line.side.to_string(),
                format!("{} ({})", line.account, line.template),
                line.expression.clone(),
                line.value.clone(),
            ]);
        }
        shown.push_str(&table.text());
    }
    shown
}

fn case_list(cases: &[CaseRow], lang: Lang) -> String {
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
            case.cause.map_or_else(|| "–".to_owned(), |cause| cause.to_string()),
            case.state.to_string(),
            case.trade_no.to_string(),
            case.maker.to_string(),
            case.checker.as_ref().map_or_else(String::new, ToString::to_string),
            case.steps.to_string(),
            case.vouchers.to_string(),
        ]);
    }
    table.text()
}

fn one_case(case: &CaseDetail, lang: Lang) -> String {
    let mut shown = case_list(std::slice::from_ref(&case.row), lang);
    shown.push_str(&steps(&case.staged, lang));
    let mut table = heads(lang, &[("time", L), ("operator", L), ("action", L), ("note", L)]);
    for row in &case.log {
        table.row(vec![
            row.at.to_string(),
            row.operator.to_string(),
            row.verb.clone(),
            row.note.clone().unwrap_or_default(),
        ]);
    }
    shown.push_str(&table.text());
    shown
}

fn previewed(preview: &Preview, lang: Lang) -> String {
    let mut shown = steps(&preview.steps, lang);
    let mut table = heads(lang, &[("account", L), ("name", L), ("before", R), ("after", R), ("change", R)]);
    for balance in &preview.balances {
        let amount = |minor| money(minor, &balance.currency);
        table.row(vec![
            balance.account.to_string(),
            balance.name.clone(),
            amount(balance.before_minor),
            amount(balance.after_minor),
            amount(balance.after_minor - balance.before_minor),
        ]);
    }
    shown.push('\n');
    shown.push_str(&table.text());
    shown.push('\n');
    for guard in &preview.guards {
        let mark = match guard.state {
            GuardState::Ok => "ok",
            GuardState::Note => "--",
            GuardState::Fail => "!!",
        };
        shown.push_str(&format!("{mark}  {}\n", guard.text));
    }
    shown
}

fn receipted(receipt: &Receipt, lang: Lang) -> String {
    let mut table = heads(lang, &[("voucher", L), ("place", R), ("kind", L), ("mode", L), ("hash", L)]);
    for voucher in &receipt.vouchers {
        table.row(vec![
            voucher.voucher_no.to_string(),
            voucher.seq.to_string(),
            voucher.kind.to_string(),
            voucher.mode.to_string(),
            voucher.hash.clone(),
        ]);
    }
    let key = if receipt.replayed { "cli.committed_before" } else { "cli.committed" };
    let said = words(lang, key, &[("case", receipt.case_no.to_string()), ("key", receipt.key.clone())]);
    format!("{said}\n{}{}\n", table.text(), receipt.next)
}

fn post_report(posted: &Posted, lang: Lang) -> String {
    let args = [
        ("posted", posted.posted.to_string()),
        ("already", posted.already.to_string()),
        ("waiting", posted.waiting.to_string()),
        ("refused", posted.refused.len().to_string()),
    ];
    let mut shown = words(lang, "cli.posted", &args);
    shown.push('\n');
    for refused in &posted.refused {
        shown.push_str(&format!(
            "{} {} {}: {}\n",
            refused.trade_no, refused.event, refused.code, refused.message
        ));
    }
    shown
}

fn verify_report(verified: &Verified, lang: Lang) -> String {
    let args = [
        ("vouchers", verified.vouchers.to_string()),
        ("entries", verified.entries.to_string()),
        ("seq", verified.head_seq.to_string()),
        ("hash", verified.head_hash.clone()),
        ("problems", verified.problems.len().to_string()),
    ];
    let key = if verified.ok { "cli.verified" } else { "cli.not_whole" };
    let mut shown = words(lang, key, &args);
    shown.push('\n');
    for problem in &verified.problems {
        shown.push_str(&format!("{}: {}\n", problem.check, problem.detail));
    }
    shown
}

fn lineage(nodes: &[LineageNode]) -> String {
    let mut shown = String::new();
    for node in nodes {
        let mut depth = 0;
        let mut parent = node.parent;
        while let Some(at) = parent {
            depth += 1;
            parent = nodes.get(at).and_then(|node| node.parent);
        }
        let name = match &node.node {
            Node::Trade { trade_no } => trade_no.to_string(),
            Node::Event { event, .. } => event.to_string(),
            Node::Voucher { voucher_no, .. } => voucher_no.to_string(),
            Node::Case { case_no, .. } => case_no.to_string(),
        };
        let branch = if depth == 0 { String::new() } else { format!("{}└ ", "  ".repeat(depth - 1)) };
        shown.push_str(&format!(
            "{branch}{name}  {}  {}  {}\n",
            node.date,
            money(node.amount_minor, &node.currency),
            node.text
        ));
    }
    shown
}

/// What taking a file over did, in words.
pub fn imported(answer: &ImportAnswer, lang: Lang) -> String {
    let args = [
        ("file", answer.file.clone()),
        ("format", word(lang, &format!("file.kind.{}", answer.format))),
        ("rows", answer.rows.to_string()),
        ("added", answer.added.to_string()),
        ("already", answer.already.to_string()),
        ("at", answer.imported_before.clone().unwrap_or_default()),
    ];
    let key = match (&answer.imported_before, answer.dry_run) {
        (Some(_), _) => "cli.imported_before",
        (None, true) => "cli.import_tried",
        (None, false) => "cli.imported",
    };
    words(lang, key, &args)
}
