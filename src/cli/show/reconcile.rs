//! The books beside a channel's statement.

use super::{L, Layout, R, Show, heads, label, money, table_or_nothing};
use crate::domain::trade::ReconStatus;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::matches::told;
use crate::protocol::reports::{ChannelDay, MissingBill, ReconCount, ReconRow, ReconSum, Reconciliation};

impl Show for Vec<ChannelDay> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let columns = [("bill_day", L), ("channel", L), ("count", R), ("lines", R), ("never_came", R)];
        let mut table = heads(lang, &columns);
        for day in self {
            table.row(vec![
                day.day.to_string(),
                layout.channel_named(day.channel),
                day.statements.to_string(),
                day.lines.to_string(),
                day.missing.to_string(),
            ]);
        }
        table_or_nothing(&table, lang)
    }

    /// A channel that never had a statement is left out: its statements may not be kept here at all.
    fn reports(&self) -> bool {
        let is_kept =
            |of: &ChannelDay| self.iter().any(|day| day.channel == of.channel && day.statements > 0);
        self.iter().any(|day| day.missing > 0 && is_kept(day))
    }
}

impl Show for Reconciliation {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let args = [
            ("channel", layout.channel_named(self.channel)),
            ("day", self.day.to_string()),
            ("files", self.statements.join(", ")),
            ("lines", self.lines.to_string()),
            ("from", self.cut_from.clone()),
            ("until", self.cut_until.clone()),
        ];
        let key = if self.statements.is_empty() { "cli.recon.no_statement" } else { "cli.recon.title" };
        let mut shown = format!("{}\n{}\n", words(lang, key, &args), words(lang, "cli.recon.window", &args));
        for missing in &self.missing {
            shown.push_str(&format!(
                "{}\n",
                words(lang, "cli.recon.missing", &facts_of_missing(missing, lang))
            ));
        }
        shown.push_str(&counts(&self.counts, layout));
        if !self.sums.is_empty() {
            shown.push('\n');
            shown.push_str(&sums(&self.sums, layout));
        }
        if !self.rows.is_empty() {
            shown.push('\n');
            shown.push_str(&recon_rows(&self.rows, layout));
        }
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.recon.more")));
        }
        for again in &self.listed_again {
            let args = [
                ("ref", again.channel_ref.to_string()),
                ("number", again.channel_no.clone()),
                ("files", again.statements.join(", ")),
            ];
            shown.push_str(&format!("{}\n", words(lang, "cli.recon.listed_again", &args)));
        }
        for asked in &self.asked {
            shown.push_str(&format!("{}\n", told(lang, asked)));
        }
        if !self.accepted.is_empty() {
            shown.push_str(&format!("{}\n", super::findings::accepted(&self.accepted, layout)));
        }
        shown
    }

    fn reports(&self) -> bool {
        self.differs
    }
}

/// Returns the table of counts and sums by status; revocations only where there are any.
fn counts(counts: &[ReconCount], layout: &Layout) -> String {
    let lang = layout.lang;
    let mut columns = vec![
        ("recon", L),
        ("currency", L),
        ("count", R),
        ("ours", R),
        ("theirs", R),
        ("our_refunds", R),
        ("their_refunds", R),
    ];
    let revokes = counts.iter().any(|count| (count.our_revoked_minor, count.their_revoked_minor) != (0, 0));
    if revokes {
        columns.extend([("our_revoked", R), ("their_revoked", R)]);
    }
    let mut table = heads(lang, &columns);
    for count in counts.iter().filter(|count| count.count > 0) {
        let mut row = vec![
            label(lang, "recon", count.recon),
            count.currency.clone(),
            count.count.to_string(),
            money(count.ours_minor, &count.currency),
            money(count.theirs_minor, &count.currency),
            money(count.our_refunds_minor, &count.currency),
            money(count.their_refunds_minor, &count.currency),
        ];
        if revokes {
            row.extend([
                money(count.our_revoked_minor, &count.currency),
                money(count.their_revoked_minor, &count.currency),
            ]);
        }
        table.row(row);
    }
    table_or_nothing(&table, lang)
}

/// Returns the table of what the day adds up to: payments, refunds and revocations apart.
fn sums(sums: &[ReconSum], layout: &Layout) -> String {
    let lang = layout.lang;
    let mut table = heads(
        lang,
        &[("kind", L), ("currency", L), ("ours", R), ("theirs", R), ("only_ours", R), ("only_channel", R)],
    );
    for sum in sums {
        table.row(vec![
            label(lang, "line", sum.way),
            sum.currency.clone(),
            money(sum.ours_minor, &sum.currency),
            money(sum.theirs_minor, &sum.currency),
            money(sum.only_ours_minor, &sum.currency),
            money(sum.only_channel_minor, &sum.currency),
        ]);
    }
    table.text()
}

/// Returns which side alone has what a row is about.
pub(super) fn side(row: &ReconRow, lang: Lang) -> String {
    match (row.moved_with_us(), row.moved_at_channel()) {
        (true, false) if row.recon != ReconStatus::Unmatched => word(lang, "cli.recon.only_ours"),
        (false, true) => word(lang, "cli.recon.only_channel"),
        _ => "–".to_owned(),
    }
}

/// Returns the table of trades and statement lines that differ.
fn recon_rows(rows: &[ReconRow], layout: &Layout) -> String {
    let lang = layout.lang;
    let mut table = heads(
        lang,
        &[
            ("recon", L),
            ("which_side", L),
            ("effect", R),
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
        let their_sum = |minor: Option<i64>| match (minor, &row.their_currency) {
            (Some(minor), Some(currency)) => format!("{} {currency}", money(minor, currency)),
            _ => sum(minor),
        };
        table.row(vec![
            label(lang, "recon", row.recon),
            side(row, lang),
            money(row.effect_minor, &row.currency),
            row.trade_no.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
            match &row.trade_no {
                Some(_) => layout.kind(&row.kind),
                None => label(lang, "line", &row.kind),
            },
            row.channel_ref.to_string(),
            row.occurred_at.local().to_string().replace('T', " "),
            row.currency.clone(),
            sum(row.ours_minor),
            their_sum(row.theirs_minor),
            sum(row.our_fee_minor),
            their_sum(row.their_fee_minor),
            row.our_status.map_or_else(|| "–".to_owned(), |status| label(lang, "state.trade", status)),
            row.their_status.map_or_else(|| "–".to_owned(), |status| label(lang, "state.trade", status)),
            row.statement_day.map_or_else(|| "–".to_owned(), |day| day.to_string()),
        ]);
    }
    table.text()
}

/// Returns what sentences about a bill that never came name.
pub(super) fn facts_of_missing(missing: &MissingBill, lang: Lang) -> Vec<(&'static str, String)> {
    let mut facts = vec![("covers", label(lang, "covers", missing.covers))];
    facts.push(match missing.later {
        Some(later) => ("later", later.to_string()),
        None => ("ready", missing.ready.local().strftime("%Y-%m-%d %H:%M").to_string()),
    });
    facts.extend(missing.merchant_no.clone().map(|number| ("number", number)));
    facts
}
