//! An account of the books beside its statements: what is open on either side, sets that come to the same, and what
//! people matched by hand. Lines and vouchers are marked to be matched.

use super::Route;
use super::behaviour::{StatusLine, Surroundings, View};
use super::document::{Document, DocumentScreen};
use crate::app::command::Command;
use crate::app::list::{Cursor, Mark};
use crate::app::message::Tone;
use crate::domain::account_by_hand::AccountHandMatch;
use crate::domain::hand_match::HandMatchState;
use crate::domain::id::{AccountCode, Operator, TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::account_matches::{AccountLineName, ListAccountMatches, MatchAccount};
use crate::protocol::account_reconciliation::{AccountReconciliation, ProposedSet, ReconcileAccount};
use crate::protocol::account_statements::OpenSide;
use crate::protocol::answer::Answer;
use crate::protocol::request::Request;

/// An account of the books beside its statements.
pub type AccountReconciliationScreen = DocumentScreen<AccountBeside>;

impl AccountReconciliationScreen {
    /// Returns the screen of an account.
    #[must_use]
    pub fn at(code: AccountCode) -> Self {
        Self::new(AccountBeside { code, by_hand: Vec::new() })
    }

    /// Returns what is under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<Item<'_>> {
        self.of.items(self.content.as_ref()?).nth(self.links.cursor)
    }

    /// Returns what would be matched: what is marked, or the set or the other person's wish under the cursor. The
    /// reason is still empty.
    #[must_use]
    pub fn to_match(&self, operator: &Operator) -> Option<MatchAccount> {
        let account = self.of.code.clone();
        let (reason, mut lines, mut vouchers) = (String::new(), Vec::new(), Vec::new());
        let marks = self.links.marks();
        if !marks.is_empty() {
            for mark in marks {
                match mark.name.parse::<AccountLineName>() {
                    Ok(line) => lines.push(line),
                    Err(_) => vouchers.push(mark.name.parse().ok()?),
                }
            }
            return Some(MatchAccount { account, lines, vouchers, same_as: None, reason });
        }
        match self.selected()? {
            Item::Set(set) => {
                let (lines, vouchers) = (set.lines.clone(), set.vouchers.clone());
                Some(MatchAccount { account, lines, vouchers, same_as: None, reason })
            }
            Item::ByHand(one)
                if one.state == HandMatchState::Asked && !one.operator.is_same_person(operator) =>
            {
                Some(MatchAccount { account, lines, vouchers, same_as: Some(one.id), reason })
            }
            Item::ByHand(_) | Item::Open(_) => None,
        }
    }

    /// Returns the match by hand under the cursor, if it can be taken back.
    #[must_use]
    pub fn to_undo(&self) -> Option<&AccountHandMatch> {
        match self.selected()? {
            Item::ByHand(one) if one.state != HandMatchState::Asked => Some(one),
            _ => None,
        }
    }
}

/// The account.
#[derive(Debug, Clone)]
pub struct AccountBeside {
    /// Its code.
    pub code: AccountCode,
    /// What people matched by hand, or want to, once known.
    pub by_hand: Vec<AccountHandMatch>,
}

/// What a link of the account is about.
#[derive(Debug, Clone, Copy)]
pub enum Item<'c> {
    /// A line or an entry that the other side does not answer.
    Open(&'c OpenSide),
    /// Lines and vouchers that come to the same.
    Set(&'c ProposedSet),
    /// A match by hand, or the wish for one.
    ByHand(&'c AccountHandMatch),
}

impl AccountBeside {
    /// Returns what the links are about, in the order in which they are drawn: what waits for a second person, what is
    /// open and on its way, sets, and what was matched.
    pub fn items<'c>(&'c self, content: &'c AccountReconciliation) -> impl Iterator<Item = Item<'c>> {
        let waits = |one: &&AccountHandMatch| one.state == HandMatchState::Asked;
        let asked = self.by_hand.iter().filter(waits).map(Item::ByHand);
        let open = content
            .open
            .iter()
            .chain(content.in_transit.iter().map(|answered| &answered.item))
            .map(Item::Open);
        let sets = content.proposed.iter().map(Item::Set);
        asked
            .chain(open)
            .chain(sets)
            .chain(self.by_hand.iter().filter(move |one| !waits(one)).map(Item::ByHand))
    }
}

impl Document for AccountBeside {
    type Content = Box<AccountReconciliation>;
    const FOOTER: &'static [Command] = &[
        Command::MatchAccount,
        Command::UndoAccountMatch,
        Command::Mark,
        Command::SignOff,
        Command::Bills,
        Command::Open,
        Command::Copy,
    ];

    fn request(&self) -> Option<Request> {
        let account = self.code.clone();
        Some(Request::AccountReconcile(ReconcileAccount { account, from: None, to: None, pairs: false }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::AccountReconciliation(found) = answer { Some(found) } else { None }
    }
    fn extra(&self) -> Option<Request> {
        Some(Request::AccountMatchList(ListAccountMatches { account: Some(self.code.clone()) }))
    }
    fn take_extra(&mut self, answer: Answer) -> bool {
        let Answer::AccountMatches(found) = answer else { return false };
        self.by_hand = found;
        true
    }
    fn links(&self, content: &Self::Content) -> usize {
        self.items(content).count()
    }
    /// Returns a line by its place in its statement; a voucher stands for all its entries that are open.
    fn mark(&self, content: &Self::Content, link: usize) -> Option<Mark> {
        let Item::Open(open) = self.items(content).nth(link)? else { return None };
        let (name, amount_minor) = match open {
            OpenSide::Theirs { statement, place, line, .. } => {
                (AccountLineName { statement: *statement, place: *place }.to_string(), line.amount_minor)
            }
            OpenSide::Ours { voucher_no, .. } => {
                let is_of = |other: &&OpenSide| match other {
                    OpenSide::Ours { voucher_no: other, .. } => other == voucher_no,
                    OpenSide::Theirs { .. } | OpenSide::AtStart { .. } => false,
                };
                let entries = content
                    .open
                    .iter()
                    .chain(content.in_transit.iter().map(|answered| &answered.item))
                    .filter(is_of);
                let effect = entries.map(OpenSide::effect_minor).fold(0, i64::saturating_add);
                (voucher_no.to_string(), effect)
            }
            OpenSide::AtStart { .. } => return None,
        };
        Some(Mark { name, trade_no: None, amount_minor, currency: content.currency.clone() })
    }
    fn marked(&self, marks: &[&Mark], view: View) -> Option<String> {
        let first = marks.first()?;
        let is_line = |mark: &&&Mark| mark.name.parse::<AccountLineName>().is_ok();
        let sum = |lines: bool| {
            let of_side = marks.iter().filter(|mark| is_line(mark) == lines);
            of_side.map(|mark| mark.amount_minor).fold(0, i64::saturating_add)
        };
        let (theirs, ours) = (sum(true), sum(false).saturating_neg());
        let money = |minor: i64| view.amount(minor, &first.currency);
        let args = [
            ("theirs", money(theirs)),
            ("ours", money(ours)),
            ("difference", money(theirs.saturating_sub(ours))),
        ];
        Some(i18n::text(view.lang, "account_beside.marked", &args))
    }
    fn open(&self, content: Option<&Self::Content>, link: usize) -> Option<Route> {
        match self.items(content?).nth(link)? {
            Item::Open(OpenSide::Ours { voucher_no, .. }) => Some(Route::Voucher(voucher_no.clone())),
            Item::Open(OpenSide::Theirs { statement, .. }) => Some(Route::AccountStatement(*statement)),
            Item::Open(OpenSide::AtStart { .. }) => None,
            Item::Set(set) => set.vouchers.first().cloned().map(Route::Voucher),
            Item::ByHand(one) => one.content.vouchers.first().cloned().map(Route::Voucher),
        }
    }
    fn name(&self, content: Option<&Self::Content>, link: usize) -> Option<String> {
        let item = content.and_then(|content| self.items(content).nth(link));
        let name = item.and_then(|item| match item {
            Item::Open(OpenSide::Ours { voucher_no, .. }) => Some(voucher_no.to_string()),
            Item::Open(OpenSide::Theirs { statement, place, .. }) => {
                Some(AccountLineName { statement: *statement, place: *place }.to_string())
            }
            Item::Open(OpenSide::AtStart { .. }) => None,
            Item::Set(set) => set.vouchers.first().map(VoucherNo::to_string),
            Item::ByHand(one) => Some(one.id.to_string()),
        });
        name.or_else(|| Some(self.code.to_string()))
    }
    fn trade(&self, _: Option<&Self::Content>) -> Option<TradeNo> {
        None
    }
    fn status(&self, content: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(found) = content else { return StatusLine::default() };
        let lang = around.view.lang;
        let (key, tone) = if found.differs {
            ("account_beside.differs", Tone::Bad)
        } else {
            ("account_beside.agrees", Tone::Good)
        };
        let mut left = vec![(i18n::word(lang, key), tone)];
        let asked = self.by_hand.iter().filter(|one| one.state != HandMatchState::InForce).count();
        if asked > 0 {
            let args = [("n", asked.to_string())];
            left.push((format!("  {}", i18n::text(lang, "account_beside.asked_n", &args)), Tone::Warn));
        }
        StatusLine { left, right: vec![(found.name.clone(), Tone::Dim)], right_yields: true }
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.code.to_string())
    }
}
