//! Orders: requests that write, or take long. One at a time, and what is done with their answers.

use super::action::{Effect, Part, Slot};
use super::format;
use super::list::Mark;
use super::overlay::{Notice, Overlay};
use super::route::Route;
use super::screens::{Draft, Screen};
use super::state::{Message, State, Tone};
use crate::desk::{Answer, Opening, Posted, Refusal, Request, Verified};
use crate::i18n;

/// What an order was given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Stage a case from a finding.
    Stage,
    /// Stage one case after another.
    StageMany {
        /// Findings still to come, last first.
        rest: Vec<Mark>,
        /// Cases staged.
        done: usize,
        /// What was refused, in words.
        refused: Vec<String>,
    },
    /// Add a step.
    StepAdd,
    /// Drop a step.
    StepDrop(i64),
    /// Take a change of the draft back.
    Undo(Draft),
    /// Make it again.
    Redo(Draft),
    /// Move a case on; says this afterwards.
    Verb(&'static str),
    /// Write a case.
    Commit,
    /// Book what is due.
    Post,
    /// Open or close a day; says this afterwards.
    Day(&'static str),
    /// Check everything.
    Verify,
}

const ORDER: Slot = Slot { place: 0, part: Part::Order };

/// Sends an order.
pub fn send(state: &mut State, errand: Errand, request: Request, effects: &mut Vec<Effect>) {
    state.errand = Some(errand);
    state.order_given_up = false;
    let effect = state.ask(ORDER, request);
    effects.push(effect);
}

/// Stages the next of several findings.
pub fn send_stage(mark: &Mark, note: Option<String>) -> Option<Request> {
    let opening = Opening::planned(mark.trade_no.clone()?, Some(mark.name.clone()));
    Some(Request::CaseOpen { opening: Opening { note, ..opening } })
}

/// Takes the answer to the order under way.
pub fn finish(state: &mut State, result: Result<Answer, Refusal>, effects: &mut Vec<Effect>) {
    let Some(errand) = state.errand.take() else { return };
    if let Errand::StageMany { rest, done, refused } = errand {
        return stage_next(state, rest, done, refused, Some(result), effects);
    }
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
                view.detail = Some(detail);
            }
            state.say(message);
        }
        (errand @ (Errand::StepAdd | Errand::StepDrop(_) | Errand::Undo(_) | Errand::Redo(_)), answer) => {
            drafted(state, &errand, answer);
        }
        (Errand::Verb(key), Answer::Case(detail)) => {
            state.say(Message::new(key, Tone::Good).with("case", &detail.row.case_no));
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
    let known: Vec<i64> =
        view.detail.iter().flat_map(|detail| &detail.staged).map(|step| step.step).collect();
    let key = match errand {
        Errand::StepAdd => {
            let added = detail.staged.iter().map(|step| step.step).filter(|step| !known.contains(step));
            view.undo.extend(added.map(Draft::Added));
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
    view.detail = Some(detail);
    state.say(Message::new(key, Tone::Good));
}

/// Stages the next marked finding, or sums up.
pub fn stage_next(
    state: &mut State,
    mut rest: Vec<Mark>,
    mut done: usize,
    mut refused: Vec<String>,
    last: Option<Result<Answer, Refusal>>,
    effects: &mut Vec<Effect>,
) {
    match last {
        Some(Ok(_)) => done += 1,
        Some(Err(refusal)) => refused.push(format::refusal(state.lang, &refusal).0),
        None => {}
    }
    while let Some(mark) = rest.pop() {
        if let Some(request) = send_stage(&mark, None) {
            return send(state, Errand::StageMany { rest, done, refused }, request, effects);
        }
        refused.push(format!("{}: {}", mark.name, i18n::word(state.lang, "why.channel_only")));
    }
    for place in &mut state.places {
        place.stale = true;
    }
    state.screen_mut().behave_mut().cursor_mut().unmark();
    state.load(effects);
    let message = Message::new("said.staged_many", if refused.is_empty() { Tone::Good } else { Tone::Warn });
    state.say(message.with("n", done).with("refused", refused.len()));
    if !refused.is_empty() {
        let lines = refused.into_iter().map(|line| (line, Tone::Bad)).collect();
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
