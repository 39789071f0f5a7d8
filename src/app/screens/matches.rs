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
use crate::protocol::matches::{LineName, ListMatchChoices, MatchChoices, MatchSide};
use crate::protocol::reports::ReconRow;
use crate::protocol::request::Request;

/// The choice of a pair.
pub type MatchScreen = DocumentScreen<MatchDocument>;

impl MatchScreen {
    /// Returns the screen of what another is sought for.
    #[must_use]
    pub fn at(target: MatchSide) -> Self {
        Self::new(MatchDocument { target })
    }

    /// Returns the pair under the cursor: trade and line.
    #[must_use]
    pub fn chosen(&self) -> Option<(TradeNo, LineName)> {
        let choices = self.content.as_ref()?;
        let row = choices.rows.get(self.links.cursor)?;
        match &self.of.target {
            MatchSide::Trade(trade_no) => Some((trade_no.clone(), line_name(choices.channel, row))),
            MatchSide::Line(_) => Some((row.trade_no.clone()?, line_name(choices.channel, &choices.target))),
        }
    }
}

fn line_name(channel: Channel, row: &ReconRow) -> LineName {
    LineName { channel, number: row.line_number() }
}

/// What another is sought for; what may be chosen are links.
#[derive(Debug, Clone)]
pub struct MatchDocument {
    /// What another is sought for.
    pub target: MatchSide,
}

impl Document for MatchDocument {
    type Content = Box<MatchChoices>;
    const FOOTER: &'static [Command] =
        &[Command::DecideMatch, Command::UndoMatch, Command::Open, Command::Copy];

    fn request(&self) -> Option<Request> {
        Some(Request::MatchChoices(ListMatchChoices { of: self.target.clone() }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::MatchChoices(choices) = answer { Some(choices) } else { None }
    }
    fn links(&self, choices: &Self::Content) -> usize {
        choices.rows.len()
    }
    fn open(&self, choices: Option<&Self::Content>, link: usize) -> Option<Route> {
        let trade = choices?.rows.get(link).and_then(|row| row.trade_no.clone());
        trade.or_else(|| self.trade(None)).map(Route::Trade)
    }
    fn name(&self, choices: Option<&Self::Content>, link: usize) -> Option<String> {
        let row = choices?.rows.get(link)?;
        Some(match self.target {
            MatchSide::Trade(_) => row.line_number(),
            MatchSide::Line(_) => row.trade_no.as_ref()?.to_string(),
        })
    }
    fn trade(&self, _: Option<&Self::Content>) -> Option<TradeNo> {
        match &self.target {
            MatchSide::Trade(trade_no) => Some(trade_no.clone()),
            MatchSide::Line(_) => None,
        }
    }
    fn status(&self, _: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let key = match self.target {
            MatchSide::Trade(_) => "status.match_line",
            MatchSide::Line(_) => "status.match_trade",
        };
        StatusLine::of(i18n::word(around.view.lang, key), Tone::Dim)
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(match &self.target {
            MatchSide::Trade(trade_no) => trade_no.to_string(),
            MatchSide::Line(name) => name.number.clone(),
        })
    }
}
