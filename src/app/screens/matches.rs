//! Which line of a channel belongs to a trade, or which trade to a line: what is to be chosen from, the nearest first.

use super::Route;
use super::behaviour::{StatusLine, Surroundings};
use super::document::{Document, DocumentScreen};
use crate::app::command::Command;
use crate::app::message::Tone;
use crate::domain::id::TradeNo;
use crate::domain::trade::Channel;
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::matches::LineName;
use crate::protocol::reports::{ReconRow, ReconcileChannel, Reconciliation};
use crate::protocol::request::Request;
use jiff::civil::Date;

/// A trade or a line that another is sought for, on a channel's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchTarget {
    /// The channel.
    pub channel: Channel,
    /// The day.
    pub day: Date,
    /// What it is.
    pub side: TargetSide,
}

/// The side of what another is sought for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetSide {
    /// A trade; lines are listed.
    Trade(TradeNo),
    /// A line by its name in [`LineName`]; trades are listed.
    Line(String),
}

impl MatchTarget {
    /// Returns what a row of a channel's day is about.
    #[must_use]
    pub fn of_row(channel: Channel, day: Date, row: &ReconRow) -> Self {
        let side = match &row.trade_no {
            Some(trade_no) => TargetSide::Trade(trade_no.clone()),
            None => TargetSide::Line(line_number(row)),
        };
        Self { channel, day, side }
    }

    fn name(&self) -> &str {
        match &self.side {
            TargetSide::Trade(trade_no) => trade_no.as_str(),
            TargetSide::Line(number) => number,
        }
    }

    /// Returns true if a row is the one that another is sought for.
    fn is(&self, row: &ReconRow) -> bool {
        match &self.side {
            TargetSide::Trade(trade_no) => row.trade_no.as_ref() == Some(trade_no),
            TargetSide::Line(number) => row.trade_no.is_none() && line_number(row) == *number,
        }
    }
}

/// Returns the number that names the line of a row: the channel's own, or its reference.
fn line_number(row: &ReconRow) -> String {
    row.channel_no.clone().unwrap_or_else(|| row.channel_ref.to_string())
}

/// The choice of a pair.
pub type MatchScreen = DocumentScreen<MatchDocument>;

impl MatchScreen {
    /// Returns the screen of what another is sought for.
    #[must_use]
    pub fn at(target: MatchTarget) -> Self {
        Self::new(MatchDocument { target })
    }

    /// Returns the pair under the cursor: trade and line.
    #[must_use]
    pub fn chosen(&self) -> Option<(TradeNo, LineName)> {
        let row = *self.of.candidates(self.content.as_ref()?).get(self.links.cursor)?;
        let channel = self.of.target.channel;
        Some(match &self.of.target.side {
            TargetSide::Trade(trade_no) => (trade_no.clone(), LineName { channel, number: line_number(row) }),
            TargetSide::Line(number) => (row.trade_no.clone()?, LineName { channel, number: number.clone() }),
        })
    }
}

/// What another is sought for; the candidates are links.
#[derive(Debug, Clone)]
pub struct MatchDocument {
    /// What another is sought for.
    pub target: MatchTarget,
}

impl MatchDocument {
    /// Returns the row of what another is sought for, if the day lists it.
    #[must_use]
    pub fn row<'d>(&self, day: &'d Reconciliation) -> Option<&'d ReconRow> {
        day.rows.iter().find(|row| self.target.is(row))
    }

    /// Returns the rows of the other side, the nearest first: by reference, amount and time.
    #[must_use]
    pub fn candidates<'d>(&self, day: &'d Reconciliation) -> Vec<&'d ReconRow> {
        let target = self.row(day);
        let is_other = |row: &&ReconRow| match self.target.side {
            // The line that it has by now, or one without a trade.
            TargetSide::Trade(_) => {
                (self.target.is(row) && row.channel_no.is_some()) || row.trade_no.is_none()
            }
            TargetSide::Line(_) => row.trade_no.is_some(),
        };
        let mut rows: Vec<&ReconRow> = day.rows.iter().filter(is_other).collect();
        let amount = |row: &ReconRow| row.ours_minor.or(row.theirs_minor).unwrap_or(0);
        rows.sort_by_key(|row| {
            target.map(|target| {
                let reference = row.channel_ref != target.channel_ref;
                let currency = row.currency != target.currency;
                let apart = amount(row).abs_diff(amount(target));
                (reference, currency, apart, row.occurred_at.seconds_since(target.occurred_at).unsigned_abs())
            })
        });
        rows
    }
}

impl Document for MatchDocument {
    type Content = Box<Reconciliation>;
    const FOOTER: &'static [Command] =
        &[Command::DecideMatch, Command::UndoMatch, Command::Open, Command::Copy];

    fn request(&self) -> Option<Request> {
        let MatchTarget { channel, day, .. } = self.target;
        Some(Request::Reconcile(ReconcileChannel { channel, day }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Reconciliation(day) = answer { Some(day) } else { None }
    }
    fn links(&self, day: &Self::Content) -> usize {
        self.candidates(day).len()
    }
    fn open(&self, day: Option<&Self::Content>, link: usize) -> Option<Route> {
        let trade = self.candidates(day?).get(link).and_then(|row| row.trade_no.clone());
        trade.or_else(|| self.trade(None)).map(Route::Trade)
    }
    fn name(&self, day: Option<&Self::Content>, link: usize) -> Option<String> {
        let row = *self.candidates(day?).get(link)?;
        Some(match self.target.side {
            TargetSide::Trade(_) => line_number(row),
            TargetSide::Line(_) => row.trade_no.as_ref()?.to_string(),
        })
    }
    fn trade(&self, _: Option<&Self::Content>) -> Option<TradeNo> {
        match &self.target.side {
            TargetSide::Trade(trade_no) => Some(trade_no.clone()),
            TargetSide::Line(_) => None,
        }
    }
    fn status(&self, _: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let key = match self.target.side {
            TargetSide::Trade(_) => "status.match_line",
            TargetSide::Line(_) => "status.match_trade",
        };
        StatusLine::of(i18n::word(around.view.lang, key), Tone::Dim)
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.target.name().to_owned())
    }
}
