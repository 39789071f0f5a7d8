//! Which lines of an account's statements and which vouchers belong together, decided by people (手工勾对).

use super::call::{Availability, Call, ensure};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::message::{Message, Tone};
use crate::app::overlay::Prompt;
use crate::app::places::Screen;
use crate::app::screens::account_reconciliation::{AccountReconciliationScreen, Item};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::account_by_hand::AccountHandMatch;
use crate::domain::hand_match::HandMatchState;
use crate::domain::statement::BillState;
use crate::i18n;
use crate::protocol::account_matches::{MatchAccount, UndoAccountMatch};
use crate::protocol::account_statements::AccountStatementDetail;
use crate::protocol::request::Request;

macro_rules! account_match_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        MatchAccount = "match-account", "zhgd", On(&[K::AccountBeside]), Draft(Make), waits true
            => account_matches::decide, account_matches::can_decide;
        UndoAccountMatch = "undo-account-match", "cxzhgd", On(&[K::AccountBeside]), Draft(Make), waits true
            => account_matches::undo, account_matches::can_undo;
    } };
}

fn screen(state: &State) -> Result<&AccountReconciliationScreen, Unavailable> {
    let Screen::AccountBeside(screen) = state.screen() else { return Err(Unavailable::Elsewhere) };
    ensure(screen.content.is_some(), Unavailable::Loading)?;
    Ok(screen)
}

/// Decides that what is marked belongs together, or what a set or another person proposes; a reason is required.
pub fn decide(call: &mut Call) {
    let Ok(shown) = screen(call.state) else { return };
    let Some(asked) = shown.to_match(&call.state.operator) else { return };
    let Some(reason) = call.argument else {
        // A set is taken by Enter: that it is the only one of its sum is said already.
        let usual = match shown.selected() {
            Some(Item::Set(_)) if asked.same_as.is_none() && shown.links.no_marks() => {
                i18n::word(call.state.lang, "account_beside.only_set")
            }
            Some(Item::ByHand(one)) if asked.same_as.is_some() => one.reason.clone(),
            _ => String::new(),
        };
        return call.prompt(Prompt::new("prompt.match_account", Command::MatchAccount, usual));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let reason = reason.to_owned();
    call.send(Errand::MatchAccount, Request::AccountMatch(MatchAccount { reason, ..asked }));
}

pub fn can_decide(state: &State) -> Availability {
    let shown = screen(state)?;
    ensure(shown.to_match(&state.operator).is_some(), Unavailable::NothingMarked)
}

/// Takes the match under the cursor back; a reason is required.
pub fn undo(call: &mut Call) {
    let Some(one) = screen(call.state).ok().and_then(AccountReconciliationScreen::to_undo) else { return };
    let id = one.id;
    let Some(reason) = call.argument else {
        return call.prompt(Prompt::new("prompt.undo_account_match", Command::UndoAccountMatch, ""));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let request = Request::AccountMatchUndo(UndoAccountMatch { id, reason: reason.to_owned() });
    call.send(Errand::UndoAccountMatch(id), request);
}

pub fn can_undo(state: &State) -> Availability {
    ensure(screen(state)?.to_undo().is_some(), Unavailable::NoHandMatch)
}

/// Says that what was marked is matched, or waits for a second person.
pub fn matched(state: &mut State, made: &[AccountHandMatch]) {
    state.screen_mut().behave_mut().cursor_mut().unmark();
    let waits = made.iter().any(|one| one.state == HandMatchState::Asked);
    say(state, waits, "said.account_match_asked", "said.account_matched");
}

/// Says that a match is taken back, or counts until a second person does the same; `left` are those that stand.
pub fn taken_back(state: &mut State, id: i64, left: &[AccountHandMatch]) {
    let waits = left.iter().any(|one| one.id == id && one.state == HandMatchState::UndoAsked);
    say(state, waits, "said.account_unmatch_asked", "said.account_unmatched");
}

fn say(state: &mut State, waits: bool, asked: &str, done: &str) {
    let (key, tone) = if waits { (asked, Tone::Warn) } else { (done, Tone::Good) };
    state.say(Message::new(key, tone));
}

/// Says that a statement of an account is withdrawn, or counts until a second person does the same.
pub fn withdrawn(state: &mut State, id: i64, detail: &AccountStatementDetail) {
    let (key, tone) = if detail.statement.state == BillState::Standing {
        ("said.account_withdrawal_asked", Tone::Warn)
    } else {
        ("said.bill_withdrawn", Tone::Good)
    };
    state.say(Message::new(key, tone).with("bill", id));
}
