//! An account of the books beside its statements.

use super::account_statements::{dash, kind, reference};
use super::{L, Layout, R, Show, heads, label, money, table_or_nothing, words};
use crate::cli::table::ColumnAlign;
use crate::i18n::{Lang, word};
use crate::protocol::account_matches::AccountLineName;
use crate::protocol::account_reconciliation::{AccountPair, AccountReconciliation, staged_told};
use crate::protocol::account_statements::{AccountDay, AccountGap, OpenSide};
use crate::protocol::sign_offs::{changes, told};

/// Columns of an open item.
pub const OPEN_COLUMNS: [(&str, ColumnAlign); 10] = [
    ("which_side", L),
    ("day", L),
    ("amount", R),
    ("kind", L),
    ("voucher", L),
    ("trade", L),
    ("reference", L),
    ("text", L),
    ("file", L),
    ("line_name", L),
];

impl Show for AccountReconciliation {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let args = [
            ("account", self.account.to_string()),
            ("name", self.name.clone()),
            ("currency", self.currency.clone()),
            ("numbers", self.numbers.join(", ")),
        ];
        let key =
            if self.numbers.is_empty() { "cli.account_recon.title" } else { "cli.account_recon.title_of" };
        let mut shown = format!("{}\n", words(lang, key, &args));
        shown.push_str(&day_table(&self.days, &self.currency, lang));
        for day in &self.days {
            let Some(gap) = day.gap else { continue };
            let args = [("day", day.day.to_string())];
            let key = match gap {
                AccountGap::Missing => "cli.account_recon.missing",
                AccountGap::Balance => "cli.account_recon.balance",
            };
            shown.push_str(&format!("{}\n", words(lang, key, &args)));
        }
        if let Some(last) = self.days.last() {
            shown.push_str(&format!("\n{}\n", equation(last, &self.currency, lang)));
        }
        if let Some(staged) = &self.staged {
            for line in staged_told(staged, &self.currency, lang) {
                shown.push_str(&format!("{line}\n"));
            }
        }
        if !self.matched.is_empty() {
            let columns = [("key", L), ("matches", R), ("lines", R), ("entries", R), ("moved", R)];
            let mut table = heads(lang, &columns);
            for count in &self.matched {
                table.row(vec![
                    label(lang, "account_match", count.key),
                    count.matches.to_string(),
                    count.lines.to_string(),
                    count.entries.to_string(),
                    money(count.sum_minor, &self.currency),
                ]);
            }
            shown.push_str(&format!("\n{}", table.text()));
        }
        if !self.pairs.is_empty() {
            shown.push_str(&format!("\n{}", pair_table(&self.pairs, &self.currency, lang)));
        }
        if !self.open.is_empty() {
            shown.push_str(&format!("\n{}", open_table(&self.open, &self.currency, lang)));
        }
        for set in &self.proposed {
            let lines: Vec<String> = set.lines.iter().map(|line| format!("--line {line}")).collect();
            let vouchers: Vec<String> =
                set.vouchers.iter().map(|voucher| format!("--voucher {voucher}")).collect();
            let args = [
                ("sum", money(set.sum_minor, &self.currency)),
                ("account", self.account.to_string()),
                ("lines", lines.join(" ")),
                ("vouchers", vouchers.join(" ")),
            ];
            shown.push_str(&format!("{}\n", words(lang, "cli.account_recon.proposed", &args)));
        }
        if !self.in_transit.is_empty() {
            let title = word(lang, "cli.account_recon.in_transit");
            let columns = OPEN_COLUMNS.into_iter().chain([("answered_by", L)]);
            let mut table = heads(lang, &columns.collect::<Vec<_>>());
            for answered in &self.in_transit {
                let mut row = open_row(&answered.item, &self.currency, lang);
                row.push(answered.by().unwrap_or_default());
                table.row(row);
            }
            shown.push_str(&format!("\n{title}\n{}", table.text()));
        }
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.recon.more")));
        }
        if let Some(signed) = &self.signed {
            shown.push_str(&format!("\n{}\n", told(&signed.sign_off, lang)));
            for line in changes(signed, lang) {
                shown.push_str(&format!("{line}\n"));
            }
        }
        shown
    }

    fn reports(&self) -> bool {
        self.differs
    }
}

/// Returns the table of the days with what each leaves open.
pub fn day_table(days: &[AccountDay], currency: &str, lang: Lang) -> String {
    let columns = [
        ("day", L),
        ("came_in", R),
        ("went_out", R),
        ("their_closing", R),
        ("debit", R),
        ("credit", R),
        ("our_closing", R),
        ("difference", R),
        ("at_start", R),
        ("only_theirs", R),
        ("only_books", R),
        ("in_transit", R),
        ("unexplained", R),
    ];
    let mut table = heads(lang, &columns);
    let sum = |minor: i64| money(minor, currency);
    let maybe = |minor: Option<i64>| minor.map_or_else(dash, sum);
    for day in days {
        table.row(vec![
            day.day.to_string(),
            sum(day.came_in_minor),
            sum(day.went_out_minor),
            maybe(day.their_closing_minor),
            sum(day.debit_minor),
            sum(day.credit_minor),
            sum(day.our_closing_minor),
            maybe(day.difference_minor),
            maybe(day.at_start_minor),
            sum(day.only_theirs_minor),
            sum(day.only_ours_minor),
            sum(day.in_transit_minor),
            maybe(day.unexplained_minor),
        ]);
    }
    table_or_nothing(&table, lang)
}

/// Returns the equation of the last day: what the difference is made of.
pub fn equation(last: &AccountDay, currency: &str, lang: Lang) -> String {
    let sum = |minor: i64| money(minor, currency);
    let Some((difference, unexplained)) = last.difference_minor.zip(last.unexplained_minor) else {
        return word(lang, "cli.account_recon.no_balance");
    };
    let args = [
        ("day", last.day.to_string()),
        ("difference", sum(difference)),
        ("start", sum(last.at_start_minor.unwrap_or_default())),
        ("theirs", sum(last.only_theirs_minor)),
        ("ours", sum(last.only_ours_minor)),
        ("transit", sum(last.in_transit_minor)),
        ("unexplained", sum(unexplained)),
    ];
    words(lang, "cli.account_recon.equation", &args)
}

/// Returns the table of what belongs together, a row each line and entry.
fn pair_table(pairs: &[AccountPair], currency: &str, lang: Lang) -> String {
    let columns = [("number", R), ("key", L)].into_iter().chain(OPEN_COLUMNS).collect::<Vec<_>>();
    let mut table = heads(lang, &columns);
    for (number, pair) in (1_u64..).zip(pairs) {
        for side in &pair.members {
            let head = [number.to_string(), label(lang, "account_match", pair.key)];
            table.row(head.into_iter().chain(open_row(side, currency, lang)).collect());
        }
    }
    table.text()
}

/// Returns the table of what is open.
fn open_table(open: &[OpenSide], currency: &str, lang: Lang) -> String {
    let mut table = heads(lang, &OPEN_COLUMNS);
    for open in open {
        table.row(open_row(open, currency, lang));
    }
    table.text()
}

/// Returns the cells of an open item.
pub fn open_row(open: &OpenSide, currency: &str, lang: Lang) -> Vec<String> {
    match open {
        OpenSide::Theirs { statement, place, file, line } => vec![
            word(lang, "cli.account_recon.theirs"),
            line.day.to_string(),
            money(line.amount_minor, currency),
            kind(line, lang),
            String::new(),
            String::new(),
            reference(line),
            line.text.clone(),
            format!("{file}:{}", line.line),
            AccountLineName { statement: *statement, place: *place }.to_string(),
        ],
        OpenSide::Ours { day, voucher_no, trade_no, amount_minor, memo } => vec![
            word(lang, "cli.account_recon.ours"),
            day.to_string(),
            money(*amount_minor, currency),
            String::new(),
            voucher_no.to_string(),
            trade_no.as_ref().map_or_else(dash, ToString::to_string),
            String::new(),
            memo.clone(),
            String::new(),
            String::new(),
        ],
        OpenSide::AtStart { day, amount_minor } => {
            let mut row = vec![String::new(); OPEN_COLUMNS.len()];
            let cells =
                [word(lang, "account_sign_off.at_start"), day.to_string(), money(*amount_minor, currency)];
            row.splice(..3, cells);
            row.pop();
            row.push(open.name());
            row
        }
    }
}
