//! Cases: staged from findings, drafted, submitted, approved, committed.

use super::call::{Availability, Call, ensure};
use super::steps::{step_request, usages};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::list::{Listed, Mark, sums};
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Decision, Prompt};
use crate::app::places::Screen;
use crate::app::screens::case::{CaseScreen, DraftChange};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::case::{CaseState, GuardName};
use crate::domain::id::CaseNo;
use crate::protocol::cases::{
    ApproveCase, CaseDetail, DropStep, HandOverCase, RejectCase, RestageCase, RestoreStep, StageStep,
    SubmitCase, WithdrawCase,
};
use crate::protocol::checklists::TickItem;
use crate::protocol::intake::LocalFile;
use crate::protocol::opening::{Bulk, OpenCase, OpenCases, Opening};
use crate::protocol::preview::{Guard, GuardState};
use crate::protocol::receipt::CommitCase;
use crate::protocol::request::Request;

macro_rules! case_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Stage = "stage", "zc", On(&[K::Findings, K::Finding]), Draft(Make), waits true
            => cases::stage, cases::can_stage;
        Restage = "restage", "cxzc", On(&[K::Case]), Draft(Make) => cases::restage, cases::can_restage;
        Submit = "submit", "tj", On(&[K::Case]), Draft(Make) => cases::submit, cases::can_submit;
        Approve = "approve", "fhtg", On(&[K::Case]), Draft(Check), waits true => cases::approve, cases::can_approve;
        Commit = "commit", "rz", On(&[K::Case]), Final(MakeOrCheck), waits true => cases::commit, cases::can_commit;
        StepAdd = "add-step", "tjbz", On(&[K::Case]), Draft(Make), takes "argument.step"
            => cases::add_step, cases::is_draft;
        StepDrop = "drop-step", "ccbz", On(&[K::Case]), Draft(Make) => cases::drop_step, cases::can_drop_step;
        Tick = "tick", "gx", On(&[K::Case]), Draft(Make), takes "argument.tick" => cases::tick, cases::can_tick;
        ImportJournal = "import-journal", "drls", On(&[K::Case]), Draft(Make), takes "argument.file"
            => cases::import_journal, cases::is_draft;
        Hand = "hand", "yj", On(&[K::Case]), Draft(Make), takes "argument.operator"
            => cases::hand, cases::can_hand;
        Undo = "undo", "cx", On(&[K::Case]), Draft(Make) => cases::undo, cases::can_undo;
        Redo = "redo", "cz", On(&[K::Case]), Draft(Make) => cases::redo, cases::can_redo;
        Reject = "reject", "th", On(&[K::Case]), Draft(Check) => cases::reject, cases::can_reject;
        Withdraw = "withdraw", "ch", On(&[K::Case]), Final(Make) => cases::withdraw, cases::can_withdraw;
    } };
}

/// Stages the marked findings after a confirmation, or the one under the cursor with a note.
pub fn stage(call: &mut Call) {
    if let (Some(mark), Some(note)) = (&call.mark, call.argument) {
        let request = stage_one(mark, (!note.is_empty()).then(|| note.to_owned()));
        return call.send(Errand::Stage, request);
    }
    let marks: Vec<Mark> = call.state.screen().behave().cursor().marks().into_iter().cloned().collect();
    if !marks.is_empty() {
        let (count, sums) = (Some(marks.len()), sums(&marks));
        let send = |one| Decision::Send(Errand::StageMany, Box::new(stage_many(&marks, one)));
        let other = Some(("confirm.stage.one", send(true)));
        return call.confirm(Confirm { count, sums, other, ..Confirm::new("confirm.stage", send(false)) });
    }
    let mark = match call.state.screen() {
        Screen::Findings(findings) => findings.list.selected().map(Listed::mark),
        Screen::Finding(view) => view.content.as_ref().and_then(|plan| {
            let mark = plan.finding.as_ref().map(Listed::mark);
            mark.or_else(|| {
                plan.trade.as_ref().map(|row| Mark { name: view.of.target.clone(), ..Listed::mark(row) })
            })
        }),
        _ => None,
    };
    if mark.is_some() {
        call.prompt(Prompt { mark, ..Prompt::new("prompt.stage", Command::Stage, "") });
    }
}

/// Returns the request that stages one finding.
#[must_use]
pub fn stage_one(mark: &Mark, note: Option<String>) -> Request {
    let findings = vec![mark.name.clone()];
    let trades = mark.trade_no.iter().cloned().collect();
    Request::CaseOpen(OpenCase {
        opening: Opening { trades, findings, plan: true, note, ..Opening::default() },
    })
}

/// Returns the request that stages several findings: in one case for all, or in one for each trade.
fn stage_many(marks: &[Mark], one: bool) -> Request {
    let findings = marks.iter().map(|mark| mark.name.clone()).collect();
    let opening = Opening { findings, plan: true, ..Opening::default() };
    Request::CaseBulk(OpenCases { bulk: Bulk { opening, one, ..Bulk::default() } })
}

pub fn can_stage(state: &State) -> Availability {
    match state.screen() {
        Screen::Findings(findings) if findings.list.any_marked() => Ok(()),
        Screen::Findings(findings) => {
            let finding = findings.list.selected().ok_or(Unavailable::NoRow)?;
            ensure(finding.trade_no.is_some() || finding.needs_no_trade(), Unavailable::ChannelOnly)
        }
        Screen::Finding(view) => {
            let plan = view.content.as_ref().ok_or(Unavailable::Loading)?;
            ensure(plan.trade_no.is_some() || !plan.steps.is_empty(), Unavailable::ChannelOnly)?;
            ensure(!plan.steps.is_empty(), Unavailable::NoSteps)
        }
        _ => Err(Unavailable::Elsewhere),
    }
}

pub fn restage(call: &mut Call) {
    let Some(case_no) = case_no(call.state) else { return };
    call.send(Errand::Verb("said.restaged"), Request::CaseRestage(RestageCase { case_no }));
}

pub fn can_restage(state: &State) -> Availability {
    let (case, _) = in_state(state, is_drafting)?;
    ensure(!case.steps().is_empty(), Unavailable::NothingStaged)
}

pub fn submit(call: &mut Call) {
    let Some(case_no) = case_no(call.state) else { return };
    call.send(Errand::Verb("said.submitted"), Request::CaseSubmit(SubmitCase { case_no }));
}

pub fn can_submit(state: &State) -> Availability {
    let (case, _) = in_state(state, |at| at == CaseState::Staged)?;
    ensure(!case.steps().is_empty(), Unavailable::NothingStaged)
}

/// Asks before it approves what is shown; the mark of the plan goes with the request, so that nothing else
/// is approved.
pub fn approve(call: &mut Call) {
    let Screen::Case(view) = call.state.screen() else { return };
    let seen = view.detail.as_ref().map(|detail| detail.plan_mark.clone()).unwrap_or_default();
    let request = Request::CaseApprove(ApproveCase { case_no: view.case_no.clone(), seen: Some(seen) });
    let yes = Decision::Send(Errand::Verb("said.approved"), Box::new(request));
    let confirm = with_preview(view, Confirm::new("confirm.approve", yes), false);
    call.confirm(confirm);
}

pub fn can_approve(state: &State) -> Availability {
    let (case, detail) = in_state(state, |at| at == CaseState::Submitted)?;
    ensure(case.preview.is_some() || !state.is_loading(), Unavailable::Loading)?;
    ensure(!state.has_four_eyes() || detail.row.maker != state.operator, Unavailable::FourEyes)
}

/// Asks before it commits.
pub fn commit(call: &mut Call) {
    let Screen::Case(view) = call.state.screen() else { return };
    let request = Request::Commit(CommitCase { case_no: view.case_no.clone(), key: None });
    let yes = Decision::Send(Errand::Commit, Box::new(request));
    let confirm = with_preview(view, Confirm::new("confirm.commit", yes), true);
    call.confirm(confirm);
}

pub fn can_commit(state: &State) -> Availability {
    let (case, detail) = open_case(state)?;
    let (at, four_eyes) = (detail.row.state, state.has_four_eyes());
    let is_approved =
        at == CaseState::Approved || (!four_eyes && matches!(at, CaseState::Staged | CaseState::Submitted));
    ensure(is_approved || !four_eyes || at.is_final(), Unavailable::NeedsApproval)?;
    ensure(is_approved, Unavailable::CaseState(at))?;
    ensure(case.preview.is_some(), Unavailable::Loading)?;
    case.obstacle().map_or(Ok(()), |guard| Err(Unavailable::Guard(guard.text.clone())))
}

pub fn add_step(call: &mut Call) {
    let Some(case_no) = case_no(call.state) else { return };
    let Some(line) = call.argument else {
        let prompt = Prompt::new("prompt.step", Command::StepAdd, "");
        return call.prompt(prompt.explained("usage", usages(call.state.lang)));
    };
    match step_request(line, call.state.lang) {
        Ok(step) => call.send(Errand::StepAdd, Request::Stage(StageStep { case_no, step, reason: None })),
        Err(message) => call.problem = Some(message),
    }
}

pub fn is_draft(state: &State) -> Availability {
    in_state(state, is_drafting).map(|_| ())
}

pub fn drop_step(call: &mut Call) {
    let Screen::Case(view) = call.state.screen() else { return };
    let case_no = view.case_no.clone();
    let Some(step) = view.step().map(|step| step.step) else { return };
    call.send(Errand::StepDrop(step), Request::StageDrop(DropStep { case_no, step }));
}

pub fn can_drop_step(state: &State) -> Availability {
    let (case, _) = in_state(state, is_drafting)?;
    ensure(case.step().is_some(), Unavailable::NoStep)
}

/// Ticks an item of the checklist: the argument is the item, then what was found.
pub fn tick(call: &mut Call) {
    let Screen::Case(view) = call.state.screen() else { return };
    let Some(line) = call.argument else {
        let mut items = view.detail.iter().flat_map(|detail| &detail.checklist);
        let open = items.find(|item| item.ticks.is_empty());
        let text = open.map_or_else(String::new, |item| format!("{} ", item.item));
        return call.prompt(Prompt::new("prompt.tick", Command::Tick, text));
    };
    let (item, note) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let note = Some(note.trim()).filter(|note| !note.is_empty()).map(str::to_owned);
    let request = Request::CaseTick(TickItem {
        case_no: view.case_no.clone(),
        item: item.to_owned(),
        note,
        file: None,
    });
    call.send(Errand::Verb("said.ticked"), request);
}

pub fn can_tick(state: &State) -> Availability {
    let (_, detail) = in_state(state, is_drafting)?;
    ensure(!detail.checklist.is_empty(), Unavailable::NoChecklist)
}

/// Imports a journal, whose vouchers become steps of the case.
pub fn import_journal(call: &mut Call) {
    let Some(case_no) = case_no(call.state) else { return };
    let Some(path) = call.argument.map(|path| path.trim().to_owned()) else {
        return call.prompt(Prompt::new("prompt.import_journal", Command::ImportJournal, "").completing());
    };
    if path.is_empty() {
        return call.refuse_argument();
    }
    call.import(LocalFile { path, case_no: Some(case_no), ..LocalFile::default() });
}

/// Hands the case over to another operator.
pub fn hand(call: &mut Call) {
    let Some(case_no) = case_no(call.state) else { return };
    let Some(name) = call.argument else {
        return call.prompt(Prompt::new("prompt.hand", Command::Hand, ""));
    };
    match name.trim().parse() {
        Ok(to) => call.send(Errand::Verb("said.handed"), Request::CaseHand(HandOverCase { case_no, to })),
        Err(_) => call.refuse("why.name"),
    }
}

pub fn can_hand(state: &State) -> Availability {
    let (_, detail) = in_state(state, is_drafting)?;
    ensure(detail.row.maker.is_same_person(&state.operator), Unavailable::NotMaker)
}

pub fn undo(call: &mut Call) {
    let Screen::Case(view) = call.state.screen() else { return };
    let Some(draft) = view.undo.last().copied() else { return };
    let case_no = view.case_no.clone();
    let request = match draft {
        DraftChange::Added(step) => Request::StageDrop(DropStep { case_no, step }),
        DraftChange::Dropped(step) => Request::StageRestore(RestoreStep { case_no, step }),
    };
    call.send(Errand::Undo(draft), request);
}

pub fn can_undo(state: &State) -> Availability {
    let (case, _) = in_state(state, is_drafting)?;
    ensure(!case.undo.is_empty(), Unavailable::NothingToUndo)
}

pub fn redo(call: &mut Call) {
    let Screen::Case(view) = call.state.screen() else { return };
    let Some(draft) = view.redo.last().copied() else { return };
    let case_no = view.case_no.clone();
    let request = match draft {
        DraftChange::Added(step) => Request::StageRestore(RestoreStep { case_no, step }),
        DraftChange::Dropped(step) => Request::StageDrop(DropStep { case_no, step }),
    };
    call.send(Errand::Redo(draft), request);
}

pub fn can_redo(state: &State) -> Availability {
    let (case, _) = in_state(state, is_drafting)?;
    ensure(!case.redo.is_empty(), Unavailable::NothingToRedo)
}

/// Rejects the case; a reason is required.
pub fn reject(call: &mut Call) {
    let Some(case_no) = case_no(call.state) else { return };
    let Some(reason) = call.argument else {
        return call.prompt(Prompt::new("prompt.reject", Command::Reject, ""));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let request = Request::CaseReject(RejectCase { case_no, reason: reason.to_owned() });
    call.send(Errand::Verb("said.rejected"), request);
}

pub fn can_reject(state: &State) -> Availability {
    in_state(state, |at| matches!(at, CaseState::Submitted | CaseState::Approved)).map(|_| ())
}

/// Asks before it withdraws the case.
pub fn withdraw(call: &mut Call) {
    let Screen::Case(view) = call.state.screen() else { return };
    let case_no = view.case_no.clone();
    let (name, count) = (case_no.to_string(), Some(view.step_count()));
    let yes = Decision::Send(
        Errand::Verb("said.withdrawn"),
        Box::new(Request::CaseWithdraw(WithdrawCase { case_no })),
    );
    call.confirm(Confirm { name, count, ..Confirm::new("confirm.withdraw", yes) });
}

pub fn can_withdraw(state: &State) -> Availability {
    in_state(state, |at| !at.is_final()).map(|_| ())
}

/// Adds the sums and the checks of the case to a confirmation, so that the operator knows them before
/// agreeing.
fn with_preview(view: &CaseScreen, confirm: Confirm, approval_counts: bool) -> Confirm {
    Confirm {
        name: view.case_no.to_string(),
        count: Some(view.step_count()),
        sums: view.gross().to_vec(),
        facts: facts(view, approval_counts),
        ..confirm
    }
}

fn facts(view: &CaseScreen, approval_counts: bool) -> Vec<Message> {
    let Some(preview) = &view.preview else {
        return vec![Message::new("confirm.no_preview", Tone::Bad)];
    };
    // The missing approval is what the operator is about to give: no need to mention it.
    let counts = |guard: &&Guard| approval_counts || guard.guard != GuardName::Approval;
    let of = |state: GuardState| -> Vec<&Guard> {
        preview.guards.iter().filter(counts).filter(|guard| guard.state == state).collect()
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

/// Returns the number of the case on the screen.
fn case_no(state: &State) -> Option<CaseNo> {
    let Screen::Case(view) = state.screen() else { return None };
    Some(view.case_no.clone())
}

/// Returns the case on the screen, once it is loaded.
fn open_case(state: &State) -> Result<(&CaseScreen, &CaseDetail), Unavailable> {
    let Screen::Case(view) = state.screen() else { return Err(Unavailable::Elsewhere) };
    let detail = view.detail.as_deref().ok_or(Unavailable::Loading)?;
    Ok((view, detail))
}

/// Returns the case on the screen if its state is one of those accepted.
fn in_state(
    state: &State,
    accepts: impl Fn(CaseState) -> bool,
) -> Result<(&CaseScreen, &CaseDetail), Unavailable> {
    let (view, detail) = open_case(state)?;
    let at = detail.row.state;
    if accepts(at) { Ok((view, detail)) } else { Err(Unavailable::CaseState(at)) }
}

/// Returns true if the steps of a case may be changed in this state.
const fn is_drafting(at: CaseState) -> bool {
    matches!(at, CaseState::Open | CaseState::Staged | CaseState::Rejected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_trade_is_staged_by_its_finding() {
        let name = "long/BANK/N1".to_owned();
        let mark = Mark { name, trade_no: None, amount_minor: 1, currency: "CNY".to_owned() };
        let Request::CaseOpen(OpenCase { opening }) = stage_one(&mark, None) else { panic!() };
        assert_eq!((opening.findings, opening.trades, opening.plan), (vec![mark.name], Vec::new(), true));
    }
}
