//! The trail of money: from a line of the bank through payout, lines, trades and vouchers to the accounts of customers;
//! each item leads on.

use super::Route;
use super::behaviour::{StatusLine, Surroundings};
use super::document::{Document, DocumentScreen};
use crate::app::command::Command;
use crate::app::message::Tone;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::request::Request;
use crate::protocol::trail::{FollowTrail, Trail, TrailItem, TrailRow};

/// The trail of money.
pub type TrailScreen = DocumentScreen<TrailDocument>;

impl TrailScreen {
    /// Returns the trail of what people have in hand.
    #[must_use]
    pub fn at(key: String) -> Self {
        Self::new(TrailDocument { key })
    }
}

/// What the trail begins with.
#[derive(Debug, Clone)]
pub struct TrailDocument {
    /// A line, payout, trade, voucher, account or number.
    pub key: String,
}

/// Returns the items in the order in which they are drawn.
pub fn rows(trail: &Trail) -> impl Iterator<Item = &TrailRow> {
    trail.parts.iter().flat_map(|part| &part.levels).flat_map(|level| &level.rows)
}

/// Returns the name of an item.
#[must_use]
pub fn item_name(item: &TrailItem) -> String {
    match item {
        TrailItem::Line { account, name, .. } => format!("{account} {name}"),
        TrailItem::Payout { name, .. } => name.clone(),
        TrailItem::Trade { trade_no } => trade_no.to_string(),
        TrailItem::Voucher { voucher_no } => voucher_no.to_string(),
        TrailItem::Account { account, seq, .. } => {
            let seq = seq.map_or_else(String::new, |seq| format!(" #{seq}"));
            format!("{account}{seq}")
        }
    }
}

impl Document for TrailDocument {
    type Content = Box<Trail>;
    const FOOTER: &'static [Command] = &[Command::Open, Command::Trail, Command::Copy];

    fn request(&self) -> Option<Request> {
        Some(Request::Trail(FollowTrail { key: self.key.clone() }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Trail(trail) = answer { Some(trail) } else { None }
    }
    fn links(&self, trail: &Self::Content) -> usize {
        rows(trail).count()
    }
    fn open(&self, trail: Option<&Self::Content>, link: usize) -> Option<Route> {
        Some(match &rows(trail?).nth(link)?.item {
            TrailItem::Line { account, .. } => Route::AccountBeside(account.clone()),
            TrailItem::Payout { name, .. } => Route::Trail(name.clone()),
            TrailItem::Trade { trade_no } => Route::Trade(trade_no.clone()),
            TrailItem::Voucher { voucher_no } => Route::Voucher(voucher_no.clone()),
            TrailItem::Account { account, .. } => Route::Chain(account.clone()),
        })
    }
    fn name(&self, trail: Option<&Self::Content>, link: usize) -> Option<String> {
        Some(match &rows(trail?).nth(link)?.item {
            TrailItem::Line { name, .. } => name.to_string(),
            TrailItem::Account { account, .. } => account.to_string(),
            other => item_name(other),
        })
    }
    fn trade(&self, _: Option<&Self::Content>) -> Option<TradeNo> {
        None
    }
    fn voucher(&self, trail: Option<&Self::Content>, link: usize) -> Option<VoucherNo> {
        match &rows(trail?).nth(link)?.item {
            TrailItem::Voucher { voucher_no } => Some(voucher_no.clone()),
            TrailItem::Account { voucher_no, .. } => voucher_no.clone(),
            _ => None,
        }
    }
    fn status(&self, trail: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(trail) = trail else { return StatusLine::default() };
        let (key, tone) =
            if trail.differs { ("trail.some_differ", Tone::Bad) } else { ("trail.all_agree", Tone::Good) };
        let start = i18n::word(around.view.lang, &format!("trail_start.{}", trail.start));
        let left = vec![(i18n::word(around.view.lang, key), tone)];
        StatusLine { left, right: vec![(start, Tone::Dim)], right_yields: true }
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.key.clone())
    }
}
