//! Reconciliation with channels: the days for which they sent statements, and the unmatched rows of a day.

use super::Route;
use super::behaviour::{View, Words};
use super::listing::{ListScreen, Listing};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::id::TradeNo;
use crate::domain::statement::BillState;
use crate::domain::trade::{Channel, ReconStatus};
use crate::i18n;
use crate::protocol::answer::Answer;
use crate::protocol::bills::BillRow;
use crate::protocol::page::{Page, RowKey, Rows};
use crate::protocol::reports::{ChannelDay, ListChannelDays, ReconCount, ReconRow, ReconcileChannel};
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
        RowKey::Text(format!("{trade} {} {}", self.channel_ref, self.kind))
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
    Column::number("column.statements").shed(1),
    Column::number("column.lines"),
];

impl Listing for ChannelDayList {
    type Row = ChannelDay;
    type Detail = ();
    const FOOTER: &'static [Command] = &[Command::Open, Command::Export, Command::Copy];
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
    fn row(&self, row: &ChannelDay, _: View) -> Row {
        Row::from(vec![
            Cell::text(row.day.to_string()),
            Cell::text(row.channel.as_str()),
            Cell::text(row.statements.to_string()),
            Cell::text(row.lines.to_string()),
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
        Self::new(ReconList { channel, day, counts: Vec::new(), bills: Vec::new(), missing: 0 })
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
    /// The day's statements as they stand, once known.
    pub bills: Vec<BillRow>,
    /// Number of statements that never came.
    pub missing: usize,
}

const COLUMNS: &[Column] = &[
    Column::text("column.recon", 6, 12),
    Column::text("column.trade", 6, 24),
    Column::text("column.kind", 4, 10).shed(3),
    Column::text("column.reference", 8, 32).grow().shed(1),
    Column::text("column.time", 5, 14).shed(2),
    Column::number("column.ours"),
    Column::number("column.theirs"),
    Column::number("column.our_fee").shed(5),
    Column::number("column.their_fee").shed(4),
];

impl Listing for ReconList {
    type Row = ReconRow;
    type Detail = ();
    const FOOTER: &'static [Command] = &[Command::Open, Command::Lineage, Command::Export, Command::Copy];
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
            self.bills.clone_from(&day.bills);
            self.missing = day.missing.len();
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
            trade,
            Cell::text(kind),
            Cell::text(row.channel_ref.as_str()),
            Cell::text(format::time(row.occurred_at, view.now)),
            amount(row.ours_minor),
            theirs(row.theirs_minor),
            amount(row.our_fee_minor),
            theirs(row.their_fee_minor),
        ])
    }
    fn open(&self, row: &ReconRow) -> Option<Route> {
        row.trade_no.clone().map(Route::Trade)
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
    /// Returns how many rows are in each state, and how the day's statements stand.
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
        // A single statement that stands is what one expects.
        let plain = matches!(self.bills.as_slice(), [one] if one.state == BillState::Standing);
        let statements = self.bills.iter().filter(|_| !plain).map(|bill| {
            let tone = match bill.state {
                BillState::Standing => Tone::Plain,
                BillState::Held => Tone::Warn,
                BillState::Replaced | BillState::Withdrawn => Tone::Dim,
            };
            let state = format::label(view.lang, "state.bill", bill.state.as_str());
            (format!("{} {}: {state}  ", bill.id, bill.file), tone)
        });
        let missing = (self.missing > 0).then(|| {
            let args = [("count", self.missing.to_string())];
            (format!("{}  ", i18n::text(view.lang, "recon_screen.missing", &args)), Tone::Bad)
        });
        words.chain(missing).chain(statements).collect()
    }
    fn crumb(&self) -> Option<String> {
        Some(format!("{} {}", self.channel, self.day))
    }
}
