//! Orders: requests that write, or take long. One at a time, and what is done with their answers.

use crate::app::action::{Effect, Part, Slot};
use crate::app::errand::Errand;
use crate::app::format;
use crate::app::list::Mark;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Notice, Overlay};
use crate::app::route::Route;
use crate::app::screens::{Draft, Screen};
use crate::app::state::State;
use crate::desk::{Answer, Bulk, Opened, Opening, Posted, Refusal, Request, Verified};
use crate::i18n;

const ORDER: Slot = Slot { place: 0, part: Part::Order };

/// Sends an order.
pub fn send(state: &mut State, errand: Errand, request: Request, effects: &mut Vec<Effect>) {
    state.errand = Some(errand);
    state.order_given_up = false;
    let effect = state.ask(ORDER, request);
    effects.push(effect);
}

/// Stages several findings: one case for all of them, or one for each trade.
#[must_use]
pub fn stage_many(marks: Vec<Mark>, one: bool) -> Request {
    let findings = marks.into_iter().map(|mark| mark.name).collect();
    let opening = Opening { findings, plan: true, ..Opening::default() };
    Request::CaseBulk { bulk: Bulk { opening, one, ..Bulk::default() } }
}

/// Stages a finding.
#[must_use]
pub fn send_stage(mark: &Mark, note: Option<String>) -> Request {
    let findings = vec![mark.name.clone()];
    let trades = mark.trade_no.iter().cloned().collect();
    Request::CaseOpen { opening: Opening { trades, findings, plan: true, note, ..Opening::default() } }
}

/// Takes the answer to the order under way.
pub fn finish(state: &mut State, result: Result<Answer, Refusal>, effects: &mut Vec<Effect>) {
    let Some(errand) = state.errand.take() else { return };
    match result {
        Err(refusal) => refused(state, &refusal, effects),
        Ok(answer) => {
            for place in &mut state.places {
                place.stale = true;
            }
            done(state, errand, answer, effects);
            if state.place().stale {
                state.load(effects);
            }
        }
    }
}

/// Shows why an order was refused. The books may have changed meanwhile, so the place is read again.
fn refused(state: &mut State, refusal: &Refusal, effects: &mut Vec<Effect>) {
    let (text, hint) = format::refusal(state.lang, refusal);
    let lines = vec![(text, Tone::Bad), (hint, Tone::Plain)];
    state.overlay = Some(Overlay::Notice(Notice { title: "notice.refused", lines }));
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
        (Errand::Verify, Answer::Verified(verified)) => show_verified(state, verified, effects),
        _ => state.say(Message::new("said.unexpected", Tone::Bad)),
    }
}

/// Keeps the draft's history after a step was added, dropped, taken back or made again.
fn drafted(state: &mut State, errand: &Errand, answer: Answer) {
    let (Answer::Case(detail), Screen::Case(view)) = (answer, state.screen_mut()) else { return };
    let last = view.detail.as_ref().map_or(0, |detail| detail.last_step);
    let key = match errand {
        Errand::StepAdd => {
            view.undo.extend((last + 1..=detail.last_step).map(Draft::Added));
            view.redo.clear();
            "said.step_added"
        }
        Errand::StepDrop(step) => {
            view.undo.push(Draft::Dropped(*step));
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

/// Says what was opened: goes to the case where it is one for all, and tells what was left out.
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
        let event = format::label(state.lang, "event", refused.event.as_str());
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
