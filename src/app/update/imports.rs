//! Answers to imports of files, and what a statement that two people decide about leads to.

use super::call::{leave, show_refusal};
use crate::app::action::{Effect, Slot, SlotPart};
use crate::app::errand::Errand;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Decision, Overlay};
use crate::app::screens::ScreenKind;
use crate::app::state::State;
use crate::domain::differences::Shaken;
use crate::domain::statement::BillState;
use crate::i18n;
use crate::protocol::intake::{ImportAnswer, LocalFile};
use crate::protocol::opening::{OpenCase, Opening};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::steps::Statement;

/// Takes the answer to an import or to a dry run; `id` tells which.
pub fn imported(
    state: &mut State,
    id: u64,
    result: Result<ImportAnswer, Refusal>,
    effects: &mut Vec<Effect>,
) {
    let Some(at) = state.pending.iter().position(|pending| pending.id == id) else { return };
    let slot = state.pending.remove(at).slot;
    state.dirty = true;
    if slot.part != SlotPart::Change {
        return looked_at(state, slot, result);
    }
    let Some(Errand::Import(file)) = state.errand.take() else { return };
    match result {
        Ok(answer) if file.case_no.is_some() => {
            state.mark_all_stale();
            state.load(effects);
            journal_taken(state, &answer);
        }
        Ok(answer) => file_taken(state, *file, &answer, effects),
        Err(refusal) => {
            show_refusal(state, &refusal);
            // What stands may have changed since the file was looked at.
            if state.kind() == ScreenKind::Import {
                state.load(effects);
            }
        }
    }
}

/// Hands what a dry run found to its screen.
fn looked_at(state: &mut State, slot: Slot, result: Result<ImportAnswer, Refusal>) {
    if let Some(place) = state.open_screens.iter_mut().find(|place| place.serial == slot.screen) {
        place.screen.behave_mut().take_dry_run(result);
    }
}

/// Says what of a journal the case has taken.
fn journal_taken(state: &mut State, answer: &ImportAnswer) {
    let message = match &answer.imported_before {
        Some(at) => Message::new("said.file_known", Tone::Warn).with("at", at),
        None => Message::new("said.journal_taken", Tone::Good).with("n", answer.rows),
    };
    state.say(message.with("file", &answer.file));
}

/// Goes back to where the file was brought from, and says what was taken of it.
fn file_taken(state: &mut State, file: LocalFile, answer: &ImportAnswer, effects: &mut Vec<Effect>) {
    state.mark_all_stale();
    if state.kind() == ScreenKind::Import {
        leave(state, effects);
    }
    state.load(effects);
    taken(state, answer, file.options.supersede.unwrap_or_default());
}

/// Says what was taken. A channel's statement that is held until two people agree leads to a case.
fn taken(state: &mut State, answer: &ImportAnswer, because: String) {
    if let Some(at) = &answer.imported_before {
        let message = match &answer.ended {
            Some(ended) => Message::new("said.bill_ended", Tone::Warn).with("bill", ended.id),
            None => known(answer, at),
        };
        return state.say(message.with("file", &answer.file));
    }
    if let Some(bill) = answer.statement.filter(|_| answer.held) {
        let usual = if answer.extends { "bill.extends" } else { "bill.two_decide" };
        let because = if because.is_empty() { i18n::word(state.lang, usual) } else { because };
        let step = Statement { bill, state: BillState::Standing, because };
        let shakes = answer.differences.as_ref().map(|differences| differences.shakes.clone());
        let facts = rests(&shakes.unwrap_or_default());
        state.overlay = Some(Overlay::Confirm(bill_case("confirm.bill_held", &answer.file, step, facts)));
        return;
    }
    let names: Vec<String> =
        answer.replaces.iter().map(|bill| format!("{} ({})", bill.file, bill.id)).collect();
    let mut message = match (answer.held, answer.statement) {
        (true, _) => Message::new("said.account_asked", Tone::Warn),
        (false, Some(bill)) => Message::new("said.bill_taken", Tone::Good).with("bill", bill),
        (false, None) => Message::new("said.file_taken", Tone::Good),
    };
    message = message.with("file", &answer.file).with("rows", answer.rows).with("added", answer.added);
    for (name, count) in
        [("already", answer.already), ("moved", answer.moved_on), ("contradicting", answer.contradicting)]
    {
        if count > 0 {
            message = message.with(name, count);
        }
    }
    if let (false, false, Some(first)) = (answer.held, names.is_empty(), names.first()) {
        let fact = if answer.extends { "extended" } else { "superseded" };
        // The statements of a month are as many as its days: the first stands for them.
        let more = if names.len() > 3 { format!("{first} … ({})", names.len()) } else { names.join(", ") };
        message = message.with(fact, more);
    }
    state.say(message);
}

/// Returns what is said of a file that was imported before.
fn known(answer: &ImportAnswer, at: &str) -> Message {
    let mut message = Message::new("said.file_known", Tone::Warn).with("at", at);
    if let Some(bill) = answer.statement.filter(|_| answer.held) {
        message = message.with("held", bill);
    }
    if let Some(until) = &answer.until {
        message = message.with("until", until.local().to_string().replace('T', " "));
    }
    message
}

/// Returns what rests on a statement, for a confirmation.
fn rests(shakes: &Shaken) -> Vec<Message> {
    if shakes.is_empty() {
        return Vec::new();
    }
    let message = Message::new("bill.rests", Tone::Warn);
    vec![shakes.facts().into_iter().fold(message, |message, (name, value)| message.with(name, value))]
}

/// Returns the question whether to open a case of two people for a step about a statement.
fn bill_case(key: &'static str, name: &str, step: Statement, facts: Vec<Message>) -> Confirm {
    let opening = Opening { note: Some(step.because.clone()), ..Opening::default() };
    let request = Request::CaseOpen(OpenCase { opening });
    let yes = Decision::Send(Errand::BillCase(step), Box::new(request));
    Confirm { name: name.to_owned(), facts, ..Confirm::new(key, yes) }
}

/// Asks whether to open a case for a statement that cannot be withdrawn alone.
pub fn withdraw_by_case(state: &mut State, refusal: &Refusal, id: i64, because: String) {
    let step = Statement { bill: id, state: BillState::Withdrawn, because };
    let why = Message::new("said.fault", Tone::Warn).with("text", refusal.message(state.lang));
    let confirm = bill_case("confirm.bill_withdraw", &id.to_string(), step, vec![why]);
    state.overlay = Some(Overlay::Confirm(confirm));
}
