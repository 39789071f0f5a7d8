//! Reconciliation with channels: the days for which they sent statements, and the unmatched rows of a day.

use super::Route;
use super::behaviour::{View, Words};
use super::listing::{ListScreen, Listing};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::hand_match::HandMatch;
use crate::domain::id::TradeNo;
use crate::domain::statement::BillState;
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::bills::BillRow;
use crate::protocol::matches::{LineName, MatchSide};
use crate::protocol::page::{Page, RowKey, Rows};
use crate::protocol::reports::{
    ChannelDay, ListChannelDays, MissingBill, ReconCount, ReconRow, ReconSum, ReconcileChannel,
};
use crate::protocol::request::Request;
use jiff::civil::Date;

impl Listed for ChannelDay {
    fn key(&self) -> RowKey {
        RowKey::Text(format!("{} {}", self.day, self.channel))
    }
}

impl Listed for ReconRow {
    fn key(&self) -> RowKey {
        let trade = self.trade_no.as_ref().map_or("", |trade| trade.as_str());
        let line = self.line.map_or_else(String::new, |line| line.to_string());
        let statement = self.statement.as_deref().unwrap_or_default();
        RowKey::Text(format!("{trade} {} {} {statement} {line}", self.channel_ref, self.kind))
    }
}

/// Channels by day.
pub type ChannelDaysScreen = ListScreen<ChannelDayList>;

impl ChannelDaysScreen {
    /// Returns the screen of all channel days.
    #[must_use]
    pub fn at() -> Self {
        Self::new(ChannelDayList)
    }
}

/// Every day of every channel that sent a statement.
#[derive(Debug, Clone)]
pub struct ChannelDayList;

const DAY_COLUMNS: &[Column] = &[
    Column::text("column.statement_day", 10, 12).id(),
    Column::text("column.channel", 6, 12),
    Column::text("column.name", 8, 24).shed(2),
    Column::number("column.statements").shed(1),
    Column::number("column.lines"),
    Column::text("column.never_came", 6, 24),
];

impl Listing for ChannelDayList {
    type Row = ChannelDay;
    type Detail = ();
    const FOOTER: &'static [Command] =
        &[Command::Open, Command::Import, Command::Bills, Command::Export, Command::Copy];
    const EMPTY: &'static str = "empty.channel_days";

    fn list(&self) -> List<ChannelDay> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        Request::ChannelDays(ListChannelDays {})
    }
    fn rows(answer: Answer) -> Result<Rows<ChannelDay>, Answer> {
        if let Answer::ChannelDays(rows) = answer { Ok(Rows::whole(rows)) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        DAY_COLUMNS
    }
    fn row(&self, row: &ChannelDay, view: View) -> Row {
        Row::from(vec![
            Cell::text(row.day.to_string()),
            Cell::text(row.channel.as_str()),
            Cell::text(view.channel(row.channel)),
            Cell::text(row.statements.to_string()),
            Cell::text(row.lines.to_string()),
            match row.missing {
                0 => Cell::blank(),
                missing => Cell::toned(format!("! {missing}"), Tone::Bad),
            },
        ])
    }
    fn open(&self, row: &ChannelDay) -> Option<Route> {
        Some(Route::Reconcile(row.channel, row.day))
    }
    fn name(&self, row: &ChannelDay) -> String {
        format!("{} {}", row.channel, row.day)
    }
    fn status(&self, view: View) -> Words {
        vec![(i18n::word(view.lang, "status.channel_days"), Tone::Dim)]
    }
}

/// A channel's day.
pub type ReconcileScreen = ListScreen<ReconList>;

impl ReconcileScreen {
    /// Returns the screen of a channel's day.
    #[must_use]
    pub fn at(channel: Channel, day: Date) -> Self {
        Self::new(ReconList {
            channel,
            day,
            counts: Vec::new(),
            sums: Vec::new(),
            bills: Vec::new(),
            missing: Vec::new(),
            asked: Vec::new(),
        })
    }
}

/// The unmatched rows of a channel's day.
#[derive(Debug, Clone)]
pub struct ReconList {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
    /// Every status with its count, once known.
    pub counts: Vec<ReconCount>,
    /// What the day adds up to, payments and refunds apart, once known.
    pub sums: Vec<ReconSum>,
    /// The day's statements as they stand, once known.
    pub bills: Vec<BillRow>,
    /// Statements that never came.
    pub missing: Vec<MissingBill>,
    /// Matches by hand that wait for a second person.
    pub asked: Vec<HandMatch>,
}

impl ReconList {
    /// Returns the line of a row by name.
    #[must_use]
    pub fn line_of(&self, row: &ReconRow) -> LineName {
        LineName { channel: self.channel, number: row.line_number() }
    }

    /// Returns the matches by hand of a row that wait for a second person.
    #[must_use]
    pub fn asked_of(&self, row: &ReconRow) -> Vec<HandMatch> {
        let trade = row.trade_no.as_ref();
        let concerns =
            |one: &&HandMatch| one.concerns(trade, Some(self.channel), Some(row.channel_ref.as_str()));
        self.asked.iter().filter(concerns).cloned().collect()
    }
}

/// Returns which side alone has what a row is about, where its state does not say so by itself.
fn side(row: &ReconRow, lang: Lang) -> String {
    let status = |key: &str, status: Option<TradeStatus>| {
        let status = status.map(|status| format::label(lang, "state.trade", status.as_str()));
        i18n::text(lang, key, &[("status", status.unwrap_or_default())])
    };
    match (row.moved_with_us(), row.moved_at_channel()) {
        (true, false) if row.their_status.is_some() => status("recon_screen.theirs_is", row.their_status),
        (false, true) if row.trade_no.is_some() => status("recon_screen.ours_is", row.our_status),
        (true, false) if !matches!(row.recon, ReconStatus::Short | ReconStatus::Unmatched) => {
            i18n::word(lang, "recon_screen.only_ours")
        }
        (false, true) if row.recon != ReconStatus::Long => i18n::word(lang, "recon_screen.only_channel"),
        _ => String::new(),
    }
}

/// Returns the key by which trade and line came together, or who decided that they do; empty if they did not.
fn paired_by(row: &ReconRow, lang: Lang) -> String {
    match (&row.decided_by, row.key) {
        (Some(operator), _) => {
            i18n::text(lang, "recon_screen.by_hand", &[("operator", operator.to_string())])
        }
        (None, Some(key)) => format::label(lang, "match_key", &key.to_string()),
        (None, None) => String::new(),
    }
}

const COLUMNS: &[Column] = &[
    Column::text("column.difference", 6, 16).id(),
    // Why the sides differ stays when there is little room; the difference in money follows from the amounts.
    Column::text("column.which_side", 6, 20),
    Column::text("column.trade", 6, 24).id(),
    Column::text("column.paired_by", 6, 24).shed(8),
    Column::text("column.kind", 4, 10).shed(4),
    Column::text("column.reference", 16, 32).grow().shed(3),
    Column::text("column.time", 5, 19).shed(5),
    Column::amount("column.ours"),
    Column::amount("column.theirs"),
    Column::amount("column.effect").shed(1),
    Column::amount("column.our_fee").shed(7),
    Column::amount("column.their_fee").shed(6),
];

impl Listing for ReconList {
    type Row = ReconRow;
    type Detail = ();
    const FOOTER: &'static [Command] = &[
        Command::Open,
        Command::Match,
        Command::Bills,
        Command::Import,
        Command::Lineage,
        Command::Export,
        Command::Copy,
    ];
    const EMPTY: &'static str = "empty.reconcile";

    fn list(&self) -> List<ReconRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        Request::Reconcile(ReconcileChannel { channel: self.channel, day: self.day })
    }
    fn on_answer(&mut self, answer: &Answer) {
        if let Answer::Reconciliation(day) = answer {
            self.counts.clone_from(&day.counts);
            self.sums.clone_from(&day.sums);
            self.bills.clone_from(&day.bills);
            self.missing.clone_from(&day.missing);
            self.asked.clone_from(&day.asked);
        }
    }
    fn rows(answer: Answer) -> Result<Rows<ReconRow>, Answer> {
        let Answer::Reconciliation(day) = answer else { return Err(answer) };
        Ok(Rows { rows: day.rows, more_before: false, more_after: day.more })
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, row: &ReconRow, view: View) -> Row {
        let amount = |minor: Option<i64>| {
            minor.map_or_else(|| Cell::toned("–", Tone::Dim), |minor| Cell::amount_in(minor, &row.currency))
        };
        let theirs = |minor: Option<i64>| match (minor, &row.their_currency) {
            (Some(minor), Some(currency)) => Cell::text(format::money(minor, currency)),
            _ => amount(minor),
        };
        // Amounts in two currencies are not taken from each other.
        let effect = match &row.their_currency {
            None => Cell::change_in(row.effect_minor, &row.currency),
            Some(_) => Cell::toned("–", Tone::Dim),
        };
        let tone = match row.recon {
            ReconStatus::Matched => Tone::Plain,
            ReconStatus::Waiting | ReconStatus::Unmatched => Tone::Warn,
            _ => Tone::Bad,
        };
        let trade = row.trade_no.as_ref().map_or_else(
            || Cell::toned(i18n::word(view.lang, "recon_screen.no_trade"), Tone::Dim),
            |trade| Cell::text(trade.as_str()),
        );
        let kind = match &row.trade_no {
            Some(_) => view.kind(&row.kind),
            None => format::label(view.lang, "line", &row.kind),
        };
        Row::from(vec![
            Cell::toned(format::label(view.lang, "recon", row.recon.as_str()), tone),
            Cell::text(side(row, view.lang)),
            trade,
            match self.asked_of(row).first() {
                Some(one) => {
                    let args = [("operator", one.operator.to_string())];
                    Cell::toned(i18n::text(view.lang, "recon_screen.asked_by", &args), Tone::Warn)
                }
                None => Cell::text(paired_by(row, view.lang)),
            },
            Cell::text(kind),
            Cell::text(row.channel_ref.as_str()),
            Cell::text(format::time(row.occurred_at, view.now)),
            amount(row.ours_minor),
            theirs(row.theirs_minor),
            effect,
            amount(row.our_fee_minor),
            theirs(row.their_fee_minor),
        ])
    }
    fn open(&self, row: &ReconRow) -> Option<Route> {
        Some(match &row.trade_no {
            Some(trade_no) => Route::Trade(trade_no.clone()),
            None => Route::Match(MatchSide::Line(self.line_of(row))),
        })
    }
    fn name(&self, row: &ReconRow) -> String {
        row.trade_no.as_ref().map_or_else(|| row.channel_ref.to_string(), ToString::to_string)
    }
    fn own_name(&self) -> Option<String> {
        Some(format!("{} {}", self.channel, self.day))
    }
    fn trade(&self, row: &ReconRow) -> Option<TradeNo> {
        row.trade_no.clone()
    }
    /// Returns how many rows are in each state, and how many statements never came.
    fn status(&self, view: View) -> Words {
        let counted = self.counts.iter().filter(|count| count.count > 0);
        let words = counted.map(|count| {
            let tone = match count.recon {
                ReconStatus::Matched => Tone::Good,
                ReconStatus::Waiting | ReconStatus::Unmatched => Tone::Warn,
                _ => Tone::Bad,
            };
            let word = format::label(view.lang, "recon", count.recon.as_str());
            (format!("{word} {}  ", count.count), tone)
        });
        let missing = (!self.missing.is_empty()).then(|| {
            let args = [("count", self.missing.len().to_string())];
            (format!("{}  ", i18n::text(view.lang, "recon_screen.missing", &args)), Tone::Bad)
        });
        let asked = (!self.asked.is_empty()).then(|| {
            let args = [("count", self.asked.len().to_string())];
            (format!("{}  ", i18n::text(view.lang, "recon_screen.asked", &args)), Tone::Warn)
        });
        words.chain(missing).chain(asked).collect()
    }
    fn crumb(&self) -> Option<String> {
        Some(format!("{} {}", self.channel, self.day))
    }
    fn why_empty(&self, lang: Lang) -> Option<String> {
        let stands = self.bills.iter().any(|bill| bill.state == BillState::Standing);
        (!stands).then(|| i18n::word(lang, "recon_screen.no_statement"))
    }
}
