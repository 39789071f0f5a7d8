//! Which line belongs to which trade, decided by a person (手工勾兑), and taken back.

use super::call::{Availability, Call, ensure, has_name};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::overlay::Prompt;
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::finding::{Cause, Finding};
use crate::protocol::matches::{LineName, MatchSide, MatchTrade, UndoMatch};
use crate::protocol::request::Request;

macro_rules! match_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Match = "match", "gd", On(&[K::Findings, K::Finding, K::Trades, K::Trade, K::Reconcile]),
            None(Look), waits true
            => matches::choose, matches::can_choose;
        DecideMatch = "decide-match", "qdgd", On(&[K::Match]), Draft(Make) => matches::decide, matches::can_decide;
        UndoMatch = "undo-match", "cxgd", On(&[K::Match, K::Finding, K::Trade, K::Reconcile]), Draft(Make),
            takes "argument.reason" => matches::undo, matches::has_trade;
    } };
}

/// Lists what may belong to the trade or line.
pub fn choose(call: &mut Call) {
    if let Some(target) = target(call.state) {
        call.state.push(&Route::Match(target), call.effects);
    }
}

fn target(state: &State) -> Option<MatchSide> {
    let line = match state.screen() {
        Screen::Findings(findings) => findings.list.selected().and_then(line_of),
        Screen::Finding(finding) => finding.content.as_ref()?.finding.as_ref().and_then(line_of),
        Screen::Reconcile(day) => day.list.selected().and_then(|row| {
            let is_line = row.trade_no.is_none();
            is_line.then(|| day.of.line_of(row))
        }),
        _ => None,
    };
    line.map(MatchSide::Line).or_else(|| state.screen().behave().trade().map(MatchSide::Trade))
}

/// Returns the line of a channel that a finding is about, if no trade of ours has it.
fn line_of(finding: &Finding) -> Option<LineName> {
    let is_open = matches!(finding.cause, Cause::Long | Cause::Ambiguous) && finding.trade_no.is_none();
    is_open.then_some(LineName { channel: finding.channel?, number: finding.channel_ref.clone()? })
}

pub fn can_choose(state: &State) -> Availability {
    ensure(target(state).is_some(), Unavailable::NothingToMatch)
}

/// Decides that the two belong together; a reason is required.
pub fn decide(call: &mut Call) {
    let Screen::Match(screen) = call.state.screen() else { return };
    let Some((trade_no, line)) = screen.chosen() else { return };
    let Some(reason) = call.argument else {
        let prompt = Prompt::new("prompt.match", Command::DecideMatch, "");
        return call
            .prompt(prompt.explained("trade", trade_no.to_string()).explained("line", line.to_string()));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let reason = reason.to_owned();
    call.send(Errand::Match, Request::MatchTrade(MatchTrade { trade_no, line, reason }));
}

pub fn can_decide(state: &State) -> Availability {
    has_name(state)
}

/// Takes the decision about the trade back; a reason is required.
pub fn undo(call: &mut Call) {
    let Some(trade_no) = call.state.screen().behave().trade() else { return };
    let Some(reason) = call.argument else {
        let prompt = Prompt::new("prompt.undo_match", Command::UndoMatch, "");
        return call.prompt(prompt.explained("trade", trade_no.to_string()));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let reason = reason.to_owned();
    call.send(Errand::UndoMatch, Request::MatchUndo(UndoMatch { trade_no, reason }));
}

pub fn has_trade(state: &State) -> Availability {
    ensure(state.screen().behave().trade().is_some(), Unavailable::NoTrade)
}
