//! What every screen can do, and what it says of itself.

use crate::app::action::SlotPart;
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::Cursor;
use crate::app::message::Tone;
use crate::app::table::Table;
use crate::domain::event::Event;
use crate::domain::id::{Operator, TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::trade::Channel;
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::intake::{ImportAnswer, LocalFile};
use crate::protocol::names::Names;
use crate::protocol::page::Page;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use std::ops::Range;

use super::Route;

/// What a screen needs to put its rows into words.
#[derive(Debug, Clone, Copy)]
pub struct View<'s> {
    /// Language.
    pub lang: Lang,
    /// The time of the books.
    pub now: Moment,
    /// Names of kinds, events and channels.
    pub names: &'s Names,
    /// True if the ledger keeps several currencies, so that every amount says its own.
    pub several_currencies: bool,
}

impl View<'_> {
    /// Returns the name of a kind of trades.
    #[must_use]
    pub fn kind(&self, code: &str) -> String {
        self.names.kind(self.lang, code)
    }

    /// Returns the name of a channel.
    #[must_use]
    pub fn channel(&self, channel: Channel) -> String {
        self.names.channel(self.lang, channel.as_str())
    }

    /// Returns an amount in words: with the code of its currency in a ledger of several.
    #[must_use]
    pub fn amount(&self, minor: i64, code: &str) -> String {
        if self.several_currencies {
            format::money(minor, code)
        } else {
            format::amount(minor, format::decimals(code))
        }
    }

    /// Returns the name of an event.
    #[must_use]
    pub fn event(&self, event: Event) -> String {
        self.names.event(self.lang, event.as_str())
    }
}

/// What a status line may depend on besides its own screen.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'s> {
    /// Language and time.
    pub view: View<'s>,
    /// The operator who works here.
    pub operator: &'s Operator,
    /// True if a case needs two people.
    pub four_eyes: bool,
    /// Position in the list that the screen was opened from, such as `3 / 17`; empty if there is none.
    pub position_below: &'s str,
}

/// Pieces of text, each with its tone.
pub type Words = Vec<(String, Tone)>;

/// The line under the crumbs: the filter or the state of the screen at the left, a figure at the right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusLine {
    /// At the left edge.
    pub left: Words,
    /// At the right edge.
    pub right: Words,
    /// True if the right part is left out when both do not fit.
    pub right_yields: bool,
}

impl StatusLine {
    /// Returns a status line of one piece at the left.
    #[must_use]
    pub fn of(words: String, tone: Tone) -> Self {
        Self { left: vec![(words, tone)], ..Self::default() }
    }
}

/// What an empty list says: why it is empty, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmptyText {
    /// Why.
    pub text: String,
    /// What to do.
    pub hint: String,
}

/// What every screen can do.
pub trait ScreenBehaviour {
    /// Returns everything to request for it.
    fn requests(&self) -> Vec<(SlotPart, Request)>;
    /// Returns the file that it shows, which is looked at in a dry run instead of a request.
    fn file(&self) -> Option<&LocalFile> {
        None
    }
    /// Takes what a dry run of its file found.
    fn take_dry_run(&mut self, _found: Result<ImportAnswer, Refusal>) {}
    /// Takes an answer; returns false if it is not one of its own.
    fn take(&mut self, part: SlotPart, answer: Answer) -> bool;
    /// Drops what a part showed, because its request was refused.
    fn lost(&mut self, _part: SlotPart) {}
    /// Returns its list or links.
    fn cursor(&self) -> &dyn Cursor;
    /// Returns its list or links.
    fn cursor_mut(&mut self) -> &mut dyn Cursor;
    /// Returns true once the main answer has come.
    fn loaded(&self) -> bool;
    /// Returns where Enter leads.
    fn open(&self) -> Option<Route>;
    /// Returns what `copy` takes: the number people look things up by.
    fn name(&self) -> Option<String>;
    /// Returns the request for a further page.
    fn more(&self, _page: Page) -> Option<Request> {
        None
    }
    /// Returns the request for the detail beside the list.
    fn side(&self) -> Option<Request> {
        None
    }
    /// Returns some rows as a table.
    fn table(&self, _view: View, _rows: Range<usize>) -> Option<Table> {
        None
    }
    /// Returns the trade under the cursor.
    fn trade(&self) -> Option<TradeNo> {
        None
    }
    /// Returns the voucher under the cursor.
    fn voucher(&self) -> Option<VoucherNo> {
        None
    }
    /// Returns the text filter, if the screen has one.
    fn text(&self) -> Option<&str> {
        None
    }
    /// Sets the text filter.
    fn set_text(&mut self, _text: &str) {}
    /// Goes to the next of its fixed filters.
    fn cycle(&mut self) {}
    /// Moves the window of a long document on if the cursor is at its edge; returns true if it must be
    /// fetched.
    fn turn(&mut self) -> bool {
        false
    }
    /// Returns what the marked rows come to, if that is more than a sum.
    fn marked(&self, _view: View) -> Option<String> {
        None
    }
    /// Returns the groups of links, each by its first link.
    fn groups(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Returns the commands that matter most here, for the footer; what most people want next comes first.
    fn footer(&self) -> &'static [Command];
    /// Returns a command that the footer shows even while something is in its way; pressed, it says what.
    fn pinned(&self) -> Option<Command> {
        None
    }
    /// Returns the line under the crumbs.
    fn status(&self, _around: &Surroundings) -> StatusLine {
        StatusLine::default()
    }
    /// Returns what the crumbs show behind the title.
    fn crumb(&self, _lang: Lang) -> Option<String> {
        None
    }
    /// Returns what an empty list says; `None` for screens that are not lists.
    fn empty(&self, _lang: Lang) -> Option<EmptyText> {
        None
    }
}
