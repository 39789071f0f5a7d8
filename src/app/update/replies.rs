//! Answers of the desk, and what is done with them.

use super::account_matches;
use super::call::{leave, send, show_refusal};
use super::imports::withdraw_by_case;
use crate::app::action::{Effect, Slot, SlotPart};
use crate::app::errand::Errand;
use crate::app::format;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Notice, Overlay};
use crate::app::places::Screen;
use crate::app::screens::case::DraftChange;
use crate::app::screens::{Route, ScreenKind};
use crate::app::state::State;
use crate::domain::acceptance::AcceptanceState;
use crate::domain::rejection::Code;
use crate::domain::sign_off::SignOffState;
use crate::domain::takeover::Standing;
use crate::i18n;
use crate::protocol::answer::Answer;
use crate::protocol::cases::{Opened, StageStep};
use crate::protocol::ledger::Verified;
use crate::protocol::posting::Posted;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::trades::TradeDetail;
use crate::protocol::watch::Progress;

/// Takes the answer to a request; `id` tells which.
pub fn replied(state: &mut State, id: u64, result: Result<Answer, Refusal>, effects: &mut Vec<Effect>) {
    let Some(at) = state.pending.iter().position(|pending| pending.id == id) else { return };
    let slot = state.pending.remove(at).slot;
    state.dirty = true;
    match (slot.part, result) {
        (SlotPart::Change, result) => finish(state, result, effects),
        (SlotPart::Ledger, Ok(Answer::Ledger(ledger))) => state.ledger = Some(*ledger),
        (SlotPart::Ledger, Err(refusal)) => show_refusal(state, &refusal),
        (part, result) => fill(state, slot, part, result, effects),
    }
}

fn fill(
    state: &mut State,
    slot: Slot,
    part: SlotPart,
    result: Result<Answer, Refusal>,
    effects: &mut Vec<Effect>,
) {
    let current = state.current().serial == slot.screen;
    let lang = state.lang;
    let Some(place) = state.open_screens.iter_mut().find(|place| place.serial == slot.screen) else { return };
    match result {
        Ok(answer) => {
            if let Answer::Overview(overview) = &answer {
                state.ledger = Some(overview.ledger.clone());
            }
            place.screen.behave_mut().take(part, answer);
            if part == SlotPart::Main {
                place.failure = None;
                if current {
                    state.load_side(effects);
                }
            }
        }
        Err(refusal) if part == SlotPart::Main => place.failure = Some(refusal),
        // A case without steps has no preview, and a detail pane may stay empty: the main part says what is
        // wrong.
        Err(Refusal::Rejected(_)) => place.screen.behave_mut().lost(part),
        Err(refusal) => {
            let (text, _) = format::refusal(lang, &refusal);
            state.say(Message::new("said.fault", Tone::Bad).with("text", text));
        }
    }
}

/// Takes the progress of a request.
pub fn progressed(state: &mut State, id: u64, progress: Progress) {
    if let Some(pending) = state.pending.iter_mut().find(|pending| pending.id == id) {
        pending.progress = Some(progress);
        state.dirty = true;
    }
}

/// Shows that the worker panicked on a request.
pub fn broken(state: &mut State, id: u64, what: String) {
    state.pending.retain(|pending| pending.id != id);
    state.errand = None;
    state.dirty = true;
    let hint = i18n::word(state.lang, "notice.broken.hint");
    let lines = vec![(what, Tone::Bad), (hint, Tone::Plain)];
    state.overlay = Some(Overlay::Notice(Notice { title: "notice.broken", lines }));
}

/// Shows how the writing of a file went.
pub fn exported(state: &mut State, result: Result<usize, String>) {
    state.dirty = true;
    state.say(match result {
        Ok(rows) => Message::new("said.exported", Tone::Good).with("rows", rows),
        Err(why) => Message::new("said.not_exported", Tone::Bad).with("why", why),
    });
}

/// Takes the answer to the write request under way.
fn finish(state: &mut State, result: Result<Answer, Refusal>, effects: &mut Vec<Effect>) {
    let Some(errand) = state.errand.take() else { return };
    match (errand, result) {
        (Errand::WithdrawBill { id, reason }, Err(refusal)) if refusal.code() == Code::BillRests.as_str() => {
            withdraw_by_case(state, &refusal, id, reason);
        }
        (_, Err(refusal)) => refused(state, &refusal, effects),
        (errand, Ok(answer)) => {
            state.mark_all_stale();
            done(state, errand, answer, effects);
            if state.current().stale {
                state.load(effects);
            }
        }
    }
}

/// Shows why a write request was refused. The books may have changed meanwhile, so the screen is read again.
fn refused(state: &mut State, refusal: &Refusal, effects: &mut Vec<Effect>) {
    show_refusal(state, refusal);
    state.load(effects);
}

fn done(state: &mut State, errand: Errand, answer: Answer, effects: &mut Vec<Effect>) {
    match (errand, answer) {
        (Errand::Stage, Answer::Case(detail)) => {
            let message = Message::new("said.staged", Tone::Good).with("case", &detail.row.case_no);
            state.push(&Route::Case(detail.row.case_no.clone()), effects);
            if let Screen::Case(view) = state.screen_mut() {
                view.show(detail);
            }
            state.say(message);
        }
        (Errand::StageMany, Answer::Opened(opened)) => show_opened(state, &opened, effects),
        (errand @ (Errand::StepAdd | Errand::StepDrop(_) | Errand::Undo(_) | Errand::Redo(_)), answer) => {
            drafted(state, &errand, answer);
        }
        (Errand::Verb(key), Answer::Case(detail)) => {
            state.say(Message::new(key, Tone::Good).with("case", &detail.row.case_no));
        }
        (Errand::Verb(key), Answer::Checklist(list)) => {
            state.say(Message::new(key, Tone::Good).with("case", &list.case_no));
        }
        (Errand::Commit, Answer::Receipt(receipt)) => {
            let key = if receipt.replayed { "said.replayed" } else { "said.committed" };
            let message = Message::new(key, Tone::Good).with("case", &receipt.case_no);
            state.push(&Route::Receipt(receipt), effects);
            state.say(message.with("operator", state.operator.clone()));
        }
        (Errand::Post, Answer::Posted(posted)) => {
            state.screen_mut().behave_mut().cursor_mut().unmark();
            show_posted(state, &posted);
        }
        (Errand::Day(key), Answer::Day(day)) => {
            let message = Message::new(key, Tone::Good).with("day", day.day);
            state.say(message.with("seal", format::short_hash(&day.head_hash)).with("seq", day.head_seq));
        }
        (Errand::WithdrawBill { id, .. }, Answer::Bill(_)) => {
            state.say(Message::new("said.bill_withdrawn", Tone::Good).with("bill", id));
        }
        (Errand::SignOff, Answer::SignedOff(signed)) => {
            let row = &signed.sign_off;
            let (key, tone) = match row.state {
                SignOffState::Asked => ("said.sign_off_asked", Tone::Warn),
                SignOffState::Signed => ("said.signed_off", Tone::Good),
            };
            state.say(Message::new(key, tone).with("account", &row.account).with("day", row.day));
        }
        (Errand::Match, Answer::Trade(detail)) => matched(state, &detail, effects),
        (Errand::UndoMatch, Answer::Trade(detail)) => {
            let waits = detail.match_asked.is_some();
            let (key, tone) =
                if waits { ("said.match_undo_asked", Tone::Warn) } else { ("said.match_undone", Tone::Good) };
            if !waits {
                leave_finding(state, effects);
            }
            state.say(Message::new(key, tone).with("trade", &detail.row.trade.trade_no));
        }
        (Errand::MatchAccount, Answer::AccountMatches(made)) => account_matches::matched(state, &made),
        (Errand::UndoAccountMatch(id), Answer::AccountMatches(left)) => {
            account_matches::taken_back(state, id, &left);
        }
        (Errand::WithdrawAccountStatement(id), Answer::AccountStatement(detail)) => {
            account_matches::withdrawn(state, id, &detail);
        }
        (Errand::AcceptFinding, Answer::Acceptances(all)) => {
            let is_agreed = all.iter().any(|one| one.state == AcceptanceState::InForce);
            let (key, tone) = if is_agreed {
                leave_finding(state, effects);
                ("said.finding_accepted", Tone::Good)
            } else {
                ("said.acceptance_asked", Tone::Warn)
            };
            state.say(Message::new(key, tone));
        }
        (Errand::ReopenFinding, Answer::Acceptances(_)) => {
            leave_finding(state, effects);
            state.say(Message::new("said.finding_reopened", Tone::Good));
        }
        (Errand::AcceptVoucher(voucher_no), Answer::Takeover(_)) => {
            leave_finding(state, effects);
            state.say(Message::new("said.voucher_accepted", Tone::Good).with("voucher", voucher_no));
        }
        (Errand::EndTakeover, Answer::Takeover(takeover)) => {
            let is_over = takeover.standing == Standing::Books;
            let key = if is_over { "said.taken_over" } else { "said.takeover_asked" };
            state.say(Message::new(key, if is_over { Tone::Good } else { Tone::Warn }));
        }
        (Errand::BillCase(step), Answer::Case(detail)) => {
            let case_no = detail.row.case_no.clone();
            let request = Request::Stage(StageStep { case_no, step: step.into(), reason: None });
            send(state, Errand::Stage, request, effects);
        }
        (Errand::Verify, Answer::Verified(verified)) => show_verified(state, verified, effects),
        _ => state.say(Message::new("said.unexpected", Tone::Bad)),
    }
}

/// Says that a trade and a line are matched, or wait for a second person.
fn matched(state: &mut State, detail: &TradeDetail, effects: &mut Vec<Effect>) {
    // Alone, a decision of one of two people changes nothing yet.
    let waits = detail.match_asked.is_some();
    let (key, tone) = if waits { ("said.match_asked", Tone::Warn) } else { ("said.matched", Tone::Good) };
    if state.kind() == ScreenKind::Match {
        leave(state, effects);
    }
    if !waits {
        leave_finding(state, effects);
    }
    state.say(Message::new(key, tone).with("trade", &detail.row.trade.trade_no));
}

/// Leaves a finding that is settled by now, or has become another.
fn leave_finding(state: &mut State, effects: &mut Vec<Effect>) {
    if state.kind() == ScreenKind::Finding {
        leave(state, effects);
    }
}

/// Keeps the history of the draft after a step was added or dropped, or a change undone or redone.
fn drafted(state: &mut State, errand: &Errand, answer: Answer) {
    let (Answer::Case(detail), Screen::Case(view)) = (answer, state.screen_mut()) else { return };
    let last = view.detail.as_ref().map_or(0, |detail| detail.last_step);
    let key = match errand {
        Errand::StepAdd => {
            view.undo.extend((last + 1..=detail.last_step).map(DraftChange::Added));
            view.redo.clear();
            "said.step_added"
        }
        Errand::StepDrop(step) => {
            view.undo.push(DraftChange::Dropped(*step));
            view.redo.clear();
            "said.step_dropped"
        }
        Errand::Undo(draft) => {
            view.undo.pop();
            view.redo.push(*draft);
            "said.undone"
        }
        _ => {
            if let Some(draft) = view.redo.pop() {
                view.undo.push(draft);
            }
            "said.redone"
        }
    };
    view.show(detail);
    state.say(Message::new(key, Tone::Good));
}

/// Says how many cases were opened and what was left out; goes to the case if it is one for all.
fn show_opened(state: &mut State, opened: &Opened, effects: &mut Vec<Effect>) {
    state.screen_mut().behave_mut().cursor_mut().unmark();
    let tone = if opened.skipped.is_empty() { Tone::Good } else { Tone::Warn };
    let message = Message::new("said.staged_many", tone)
        .with("n", opened.cases.len())
        .with("refused", opened.skipped.len());
    if let [case] = opened.cases.as_slice() {
        state.push(&Route::Case(case.case_no.clone()), effects);
    }
    state.say(message);
    if !opened.skipped.is_empty() {
        let lines = opened.skipped.iter().map(|left| (left.message.clone(), Tone::Bad)).collect();
        state.overlay = Some(Overlay::Notice(Notice { title: "notice.refused", lines }));
    }
}

fn show_posted(state: &mut State, posted: &Posted) {
    let args = [
        ("posted", posted.posted.to_string()),
        ("already", posted.already.to_string()),
        ("waiting", posted.waiting.to_string()),
        ("refused", posted.refused.len().to_string()),
    ];
    let mut lines = vec![(i18n::text(state.lang, "said.posted", &args), Tone::Good)];
    lines.extend(posted.refused.iter().map(|refused| {
        let event = state.names().event(state.lang, refused.event.as_str());
        (format!("{} {event}: {} {}", refused.trade_no, refused.code, refused.message), Tone::Bad)
    }));
    lines.extend(posted.nothing.iter().map(|(trade_no, why)| (format!("{trade_no}: {why}"), Tone::Plain)));
    state.overlay = Some(Overlay::Notice(Notice { title: "notice.posted", lines }));
}

fn show_verified(state: &mut State, verified: Verified, effects: &mut Vec<Effect>) {
    if verified.ok {
        let message = Message::new("said.verified", Tone::Good)
            .with("vouchers", verified.vouchers)
            .with("entries", verified.entries)
            .with("head", format::short_hash(&verified.head_hash));
        state.say(message);
    } else {
        state.push(&Route::Verified(verified), effects);
        state.say(Message::new("said.not_whole", Tone::Bad));
    }
}
