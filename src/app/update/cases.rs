//! Runs the commands that change a case, a day or the books.

use super::changes;
use super::steps::step_request;
use crate::app::action::Effect;
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::list::{Cursor, Listed, Mark};
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, ConfirmWhat, Overlay, Prompt, PromptWhat};
use crate::app::screens::{CaseView, Draft, Screen};
use crate::app::state::State;
use crate::desk::{Guard, GuardState, Request};
use crate::domain::finding::Cause;
use crate::domain::id::CaseNo;
use std::collections::BTreeMap;

/// Commands that change a case, a day or the books.
pub fn work(state: &mut State, command: Command, argument: &str, effects: &mut Vec<Effect>) {
    let case = match state.screen() {
        Screen::Case(view) => Some(view.case_no.clone()),
        _ => None,
    };
    match (command, case) {
        (Command::Stage, _) => stage(state),
        (Command::PostDue, _) => confirm_post(state),
        (Command::DayOpen, _) => {
            let today = state.now.date().to_string();
            state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::DayOpen, today)));
        }
        (Command::DayClose, _) => {
            if let Screen::Days(days) = state.screen()
                && let Some(day) = days.list.selected().map(|day| day.day)
            {
                let what = ConfirmWhat::DayClose(day);
                state.overlay = Some(Overlay::Confirm(Confirm { what, ..Confirm::default() }));
            }
        }
        (Command::StepAdd, Some(case_no)) if !argument.is_empty() => match step_request(argument) {
            Ok(step) => {
                changes::send(
                    state,
                    Errand::StepAdd,
                    Request::Stage { case_no, step, reason: None },
                    effects,
                );
            }
            Err(message) => state.say(message),
        },
        (Command::StepAdd, Some(_)) => {
            state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::Step, "")));
        }
        (Command::Tick, Some(case_no)) if !argument.is_empty() => {
            changes::send(state, Errand::Verb("said.ticked"), tick_request(case_no, argument), effects);
        }
        (Command::Tick, Some(_)) => {
            let Screen::Case(view) = state.screen() else { return };
            let open =
                view.detail.iter().flat_map(|detail| &detail.checklist).find(|item| item.ticks.is_empty());
            let text = open.map_or_else(String::new, |item| format!("{} ", item.item));
            state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::Tick, text)));
        }
        (Command::Hand, Some(case_no)) if !argument.is_empty() => match hand_request(case_no, argument) {
            Ok(request) => changes::send(state, Errand::Verb("said.handed"), request, effects),
            Err(message) => state.say(message),
        },
        (Command::Hand, Some(_)) => {
            state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::Hand, "")));
        }
        (Command::Reject, Some(_)) => {
            state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::Reject, "")));
        }
        (Command::Submit, Some(case_no)) => {
            changes::send(state, Errand::Verb("said.submitted"), Request::CaseSubmit { case_no }, effects);
        }
        (Command::Restage, Some(case_no)) => {
            changes::send(state, Errand::Verb("said.restaged"), Request::CaseRestage { case_no }, effects);
        }
        (Command::Commit | Command::Approve | Command::Withdraw, Some(case_no)) => {
            confirm_case(state, command, case_no);
        }
        (Command::StepDrop | Command::Undo | Command::Redo, Some(case_no)) => {
            draft(state, command, &case_no, effects);
        }
        _ => {}
    }
}

/// A tick from a line: the item, then what was found.
#[must_use]
pub fn tick_request(case_no: CaseNo, line: &str) -> Request {
    let (item, note) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let note = Some(note.trim()).filter(|note| !note.is_empty()).map(str::to_owned);
    Request::CaseTick { case_no, item: item.to_owned(), note, file: None }
}

/// A hand-over to the operator of that name.
///
/// # Errors
/// What is wrong with the name.
pub fn hand_request(case_no: CaseNo, name: &str) -> Result<Request, Message> {
    let to = name.trim().parse().map_err(|_| Message::new("why.name", Tone::Warn))?;
    Ok(Request::CaseHand { case_no, to })
}

fn stage(state: &mut State) {
    let marks = state.screen().behave().cursor().marks();
    if !marks.is_empty() {
        let marks: Vec<_> = marks.into_iter().cloned().collect();
        let (count, sums) = (Some(marks.len()), sums(&marks));
        let what = ConfirmWhat::StageMany(marks);
        state.overlay = Some(Overlay::Confirm(Confirm { what, count, sums, ..Confirm::default() }));
        return;
    }
    let mark = match state.screen() {
        Screen::Findings(findings) => findings.list.selected().map(Listed::mark),
        Screen::Finding(view) => view.plan.as_ref().and_then(|plan| {
            let mark = plan.finding.as_ref().map(Listed::mark);
            mark.or_else(|| {
                plan.trade.as_ref().map(|row| Mark { name: view.target.clone(), ..Listed::mark(row) })
            })
        }),
        _ => None,
    };
    if let Some(mark) = mark {
        state.overlay = Some(Overlay::Prompt(Prompt::new(PromptWhat::Stage(mark), "")));
    }
}

/// Sums of marks per currency.
#[must_use]
pub fn sums(marks: &[Mark]) -> Vec<(String, i64)> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for mark in marks {
        let sum = sums.entry(&mark.currency).or_default();
        *sum = sum.saturating_add(mark.amount_minor);
    }
    sums.into_iter().map(|(code, sum)| (code.to_owned(), sum)).collect()
}

fn confirm_post(state: &mut State) {
    let marks: Vec<_> = match state.screen() {
        Screen::Trades(trades) => Cursor::marks(&trades.list).into_iter().cloned().collect(),
        _ => Vec::new(),
    };
    let (count, sums, trades) = if marks.is_empty() {
        let (count, sums) = due(state);
        if count == Some(0) {
            return state.say(Message::new("said.nothing_due", Tone::Dim));
        }
        (count, sums, Vec::new())
    } else {
        let trades = marks.iter().filter_map(|mark| mark.trade_no.clone()).collect();
        (Some(marks.len()), sums(&marks), trades)
    };
    let what = ConfirmWhat::Post(trades);
    state.overlay = Some(Overlay::Confirm(Confirm { what, count, sums, ..Confirm::default() }));
}

/// What is due and unposted, as far as the overview has counted it.
fn due(state: &State) -> (Option<usize>, Vec<(String, i64)>) {
    let summary = state.places.iter().find_map(|place| match &place.screen {
        Screen::Overview(overview) => overview.summary.as_ref(),
        _ => None,
    });
    let Some(summary) = summary else { return (None, Vec::new()) };
    let count = summary.causes.iter().find(|count| count.cause == Cause::Unposted);
    count.map_or((Some(0), Vec::new()), |count| {
        let sums = vec![(state.currency().to_owned(), count.amount_minor)];
        (usize::try_from(count.count).ok(), sums)
    })
}

fn confirm_case(state: &mut State, command: Command, case_no: CaseNo) {
    let Screen::Case(view) = state.screen() else { return };
    let count = Some(view.step_count());
    let mut confirm = match command {
        Command::Commit => Confirm { what: ConfirmWhat::Commit(case_no), count, ..Confirm::default() },
        Command::Approve => {
            let seen = view.detail.as_ref().map(|detail| detail.plan_mark.clone()).unwrap_or_default();
            Confirm { what: ConfirmWhat::Approve(case_no, seen), count, ..Confirm::default() }
        }
        _ => Confirm { what: ConfirmWhat::Withdraw(case_no), count, ..Confirm::default() },
    };
    if command != Command::Withdraw {
        confirm.sums = view.gross().to_vec();
        confirm.facts = facts(view, command);
    }
    state.overlay = Some(Overlay::Confirm(confirm));
}

/// How many vouchers a case writes, and how its checks stand: nobody agrees without having been told.
fn facts(view: &CaseView, command: Command) -> Vec<Message> {
    let Some(preview) = &view.preview else {
        return vec![Message::new("confirm.no_preview", Tone::Bad)];
    };
    // Whoever approves supplies the approval; that it still lacks is no news.
    let asked = |guard: &&Guard| command == Command::Commit || guard.guard != "approval";
    let of = |state: GuardState| -> Vec<&Guard> {
        preview.guards.iter().filter(asked).filter(|guard| guard.state == state).collect()
    };
    let mut facts = vec![Message::new("confirm.vouchers", Tone::Strong).with("n", view.vouchers())];
    let (failing, noted) = (of(GuardState::Fail), of(GuardState::Note));
    for (key, tone, guards) in
        [("confirm.checks_fail", Tone::Bad, &failing), ("confirm.checks_note", Tone::Warn, &noted)]
    {
        if let Some(first) = guards.first() {
            facts.push(Message::new(key, tone).with("n", guards.len()).with("text", &first.text));
        }
    }
    if failing.is_empty() && noted.is_empty() {
        facts.push(Message::new("confirm.checks_ok", Tone::Good));
    }
    facts
}

fn draft(state: &mut State, command: Command, case_no: &CaseNo, effects: &mut Vec<Effect>) {
    let Screen::Case(view) = state.screen() else { return };
    let drop = |step| Request::StageDrop { case_no: case_no.clone(), step };
    let restore = |step| Request::StageRestore { case_no: case_no.clone(), step };
    let order = match command {
        Command::StepDrop => view.step().map(|step| (Errand::StepDrop(step.step), drop(step.step))),
        Command::Undo => view.undo.last().map(|draft| match *draft {
            Draft::Added(step) => (Errand::Undo(*draft), drop(step)),
            Draft::Dropped(step) => (Errand::Undo(*draft), restore(step)),
        }),
        _ => view.redo.last().map(|draft| match *draft {
            Draft::Added(step) => (Errand::Redo(*draft), restore(step)),
            Draft::Dropped(step) => (Errand::Redo(*draft), drop(step)),
        }),
    };
    if let Some((errand, request)) = order {
        changes::send(state, errand, request, effects);
    }
}
