//! Payouts of channels, and the trail of money.

use super::account_statements::{dash, kind, reference};
use super::{L, Layout, R, Show, heads, label, money, table_or_nothing, words};
use crate::cli::table::TextTable;
use crate::domain::payout::PayoutState;
use crate::i18n::{Lang, word};
use crate::protocol::account_matches::AccountLineName;
use crate::protocol::payouts::{
    BankLine, KindSum, PayoutDetail, PayoutList, PayoutMember, PayoutRow, PlacedLine, UngroupedLines,
};
use crate::protocol::trail::{Trail, TrailItem, TrailLevel, TrailPart, TrailRow};

impl Show for PayoutList {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = table_or_nothing(&payouts(&self.payouts, layout), lang);
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.recon.more")));
        }
        for row in self.payouts.iter().filter(|row| row.state != PayoutState::Complete) {
            for line in told(row, lang) {
                shown.push_str(&format!("{}: {line}\n", row.name));
            }
        }
        for rest in &self.ungrouped {
            shown.push_str(&format!("{}\n", ungrouped(rest, lang)));
        }
        shown
    }

    fn reports(&self) -> bool {
        self.differs
    }
}

impl Show for PayoutDetail {
    fn text(&self, layout: &Layout) -> String {
        let (lang, row) = (layout.lang, &self.payout);
        let mut shown = payouts(std::slice::from_ref(row), layout).text();
        for line in told(row, lang) {
            shown.push_str(&format!("{line}\n"));
        }
        shown.push_str(&format!("\n{}", members(&self.members, &row.currency, lang)));
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.recon.more")));
        }
        if !row.received.is_empty() {
            let title = word(lang, "cli.payout.received");
            shown.push_str(&format!("\n{title}\n{}", bank(&row.received, &row.currency, lang)));
        }
        if let Some(proposed) = &row.proposed {
            let title = word(lang, "cli.payout.proposed");
            let table = bank(std::slice::from_ref(proposed), &row.currency, lang);
            shown.push_str(&format!("\n{title}\n{table}"));
        }
        shown
    }

    fn reports(&self) -> bool {
        matches!(self.payout.state, PayoutState::Differs | PayoutState::UnknownKind)
    }
}

fn payouts(rows: &[PayoutRow], layout: &Layout) -> TextTable {
    let lang = layout.lang;
    let columns = [
        ("payout", L),
        ("account", L),
        ("first_day", L),
        ("last_day", L),
        ("lines", R),
        ("earned", R),
        ("paid_out", R),
        ("received", R),
        ("left_over", R),
        ("missing", R),
        ("currency", L),
        ("state", L),
        ("kinds", L),
    ];
    let mut table = heads(lang, &columns);
    for row in rows {
        let sum = |minor: i64| money(minor, &row.currency);
        let maybe = |minor: Option<i64>| minor.map_or_else(dash, sum);
        table.row(vec![
            if row.number.is_empty() { row.key.clone() } else { format!("{}/{}", row.number, row.key) },
            row.account.to_string(),
            row.from.to_string(),
            row.to.to_string(),
            row.lines.to_string(),
            sum(row.earned_minor),
            sum(row.paid_out_minor),
            maybe(row.received_minor),
            sum(row.left_minor),
            maybe(row.missing_minor),
            row.currency.clone(),
            label(lang, "payout_state", row.state),
            kinds(&row.kinds, &row.currency, lang),
        ]);
    }
    table
}

/// Returns count and sum of each kind.
fn kinds(kinds: &[KindSum], currency: &str, lang: Lang) -> String {
    let told = |one: &KindSum| {
        let kind = label(lang, "account_line", one.kind);
        format!("{kind} {} × {}", money(one.sum_minor, currency), one.count)
    };
    kinds.iter().map(told).collect::<Vec<_>>().join(", ")
}

/// Returns what there is to say of a payout that is not complete, and what to do about it.
fn told(row: &PayoutRow, lang: Lang) -> Vec<String> {
    let args = [
        ("left", money(row.left_minor, &row.currency)),
        ("earned", money(row.earned_minor, &row.currency)),
        ("paid", money(row.paid_out_minor, &row.currency)),
        ("received", money(row.received_minor.unwrap_or_default(), &row.currency)),
        ("missing", money(row.missing_minor.unwrap_or_default(), &row.currency)),
        ("account", row.account.to_string()),
    ];
    let mut keys = Vec::new();
    match row.state {
        PayoutState::Complete => {}
        PayoutState::UnknownKind => keys.push("cli.payout.unknown_kind"),
        PayoutState::Unpaid => keys.push("cli.payout.unpaid"),
        PayoutState::NotGrouped => keys.push("cli.payout.not_grouped"),
        PayoutState::InTransit => keys.push("cli.payout.in_transit"),
        PayoutState::Differs => {
            let is_grouped = row.left_minor != 0 && row.paid_on.is_some();
            keys.extend(is_grouped.then_some("cli.payout.left"));
            keys.extend(row.missing_minor.filter(|missing| *missing != 0).map(|_| "cli.payout.missing"));
        }
    }
    let mut lines: Vec<String> = keys.into_iter().map(|key| words(lang, key, &args)).collect();
    if let Some(proposed) = &row.proposed {
        let line = &proposed.at;
        let args = [
            ("line", line_name(line)),
            ("day", line.line.day.to_string()),
            ("place", format!("{}:{}", line.file, line.line.line)),
        ];
        lines.push(words(lang, "cli.payout.maybe", &args));
    }
    lines
}

/// Returns the name of a line that commands take.
fn line_name(line: &PlacedLine) -> String {
    AccountLineName { statement: line.statement, place: line.place }.to_string()
}

fn ungrouped(rest: &UngroupedLines, lang: Lang) -> String {
    let args = [
        ("account", rest.account.to_string()),
        ("lines", rest.lines.to_string()),
        ("sum", money(rest.sum_minor, &rest.currency)),
        ("kinds", kinds(&rest.kinds, &rest.currency, lang)),
    ];
    words(lang, "cli.payout.ungrouped", &args)
}

fn members(members: &[PayoutMember], currency: &str, lang: Lang) -> String {
    let columns = [
        ("line_name", L),
        ("day", L),
        ("kind", L),
        ("amount", R),
        ("reference", L),
        ("key", L),
        ("trade", L),
        ("voucher", L),
        ("text", L),
        ("file", L),
    ];
    let mut table = heads(lang, &columns);
    for member in members {
        let line = &member.at.line;
        let list = |names: Vec<String>| if names.is_empty() { dash() } else { names.join(", ") };
        table.row(vec![
            line_name(&member.at),
            line.day.to_string(),
            kind(line, lang),
            money(line.amount_minor, currency),
            reference(line),
            member.by.map_or_else(|| word(lang, "cli.payout.open"), |by| label(lang, "account_match", by)),
            list(member.trades.iter().map(ToString::to_string).collect()),
            list(member.vouchers.iter().map(ToString::to_string).collect()),
            line.text.clone(),
            format!("{}:{}", member.at.file, line.line),
        ]);
    }
    table.text()
}

fn bank(lines: &[BankLine], currency: &str, lang: Lang) -> String {
    let columns = [
        ("line_name", L),
        ("account", L),
        ("day", L),
        ("amount", R),
        ("key", L),
        ("reference", L),
        ("text", L),
        ("file", L),
    ];
    let mut table = heads(lang, &columns);
    for one in lines {
        let line = &one.at.line;
        table.row(vec![
            line_name(&one.at),
            one.at.account.to_string(),
            line.day.to_string(),
            money(line.amount_minor, currency),
            label(lang, "payout_key", one.by),
            reference(line),
            line.text.clone(),
            format!("{}:{}", one.at.file, line.line),
        ]);
    }
    table.text()
}

impl Show for Trail {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let args = [("key", self.key.clone()), ("start", word(lang, &format!("trail_start.{}", self.start)))];
        let mut shown = format!("{}\n", words(lang, "cli.trail.title", &args));
        for part in &self.parts {
            shown.push_str(&format!("\n{}", part_text(part, lang)));
        }
        shown
    }

    fn reports(&self) -> bool {
        self.differs
    }
}

fn part_text(part: &TrailPart, lang: Lang) -> String {
    let account = part.account.as_ref().map_or_else(|| word(lang, "trail.no_account"), ToString::to_string);
    let mut shown = format!("{account}, {}\n", part.currency);
    for level in &part.levels {
        shown.push_str(&level_text(part, level, lang));
    }
    shown
}

fn level_text(part: &TrailPart, level: &TrailLevel, lang: Lang) -> String {
    let currency = part.currency.as_str();
    let args = [
        ("level", word(lang, &format!("trail_stage.{}", level.stage))),
        ("sum", money(level.sum_minor, currency)),
        ("count", level.count.to_string()),
    ];
    let mut shown = words(lang, "trail.level", &args);
    if let Some(without) = level.without_minor {
        shown.push_str(&words(lang, "trail.without", &[("sum", money(without, currency))]));
    }
    match level.difference_minor {
        None => {}
        Some(0) => shown.push_str(&word(lang, "trail.agrees")),
        Some(minor) => {
            shown.push_str(&words(lang, part.differs_key(level.stage), &[("sum", money(minor, currency))]));
        }
    }
    shown.push('\n');
    let mut table = TextTable::new(&[
        (String::new(), L),
        (String::new(), L),
        (String::new(), L),
        (String::new(), R),
        (String::new(), L),
        (String::new(), L),
    ]);
    for row in &level.rows {
        table.row(row_cells(row, currency));
    }
    for line in table.text().lines().skip(1) {
        shown.push_str(&format!("{line}\n"));
    }
    let left = level.count.saturating_sub(level.rows.len() as u64);
    if left > 0 {
        shown.push_str(&format!("{}\n", words(lang, "cli.cut_short", &[("n", left.to_string())])));
    }
    shown
}

fn row_cells(row: &TrailRow, currency: &str) -> Vec<String> {
    let (name, place) = match &row.item {
        TrailItem::Line { account, name, file, line } => {
            (format!("{account} {name}"), format!("{file}:{line}"))
        }
        TrailItem::Payout { name, paid_in } => {
            let place = paid_in.as_ref().map(|place| format!("{}:{}", place.file, place.line));
            (name.clone(), place.unwrap_or_default())
        }
        TrailItem::Trade { trade_no } => (trade_no.to_string(), String::new()),
        TrailItem::Voucher { voucher_no } => (voucher_no.to_string(), String::new()),
        TrailItem::Account { account, seq, voucher_no } => {
            let seq = seq.map_or_else(String::new, |seq| format!(" #{seq}"));
            (format!("{account}{seq}"), voucher_no.as_ref().map_or_else(String::new, ToString::to_string))
        }
    };
    vec![
        " ".to_owned(),
        name,
        row.day.map_or_else(String::new, |day| day.to_string()),
        money(row.amount_minor, currency),
        place,
        row.text.clone(),
    ]
}
