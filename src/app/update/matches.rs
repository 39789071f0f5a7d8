//! Which line belongs to which trade, decided by a person (手工勾兑), and taken back.

use super::call::{Availability, Call, ensure, has_name};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::overlay::Prompt;
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::screens::matches::{MatchTarget, TargetSide};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::protocol::matches::{MatchTrade, UndoMatch};
use crate::protocol::request::Request;
use crate::protocol::trades::TradeRow;

macro_rules! match_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Match = "match", "gd", On(&[K::Finding, K::Trade, K::Reconcile]), None(Look), waits true
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

fn target(state: &State) -> Option<MatchTarget> {
    let of_trade = |row: &TradeRow| MatchTarget {
        channel: row.trade.channel,
        day: row.trade.business_date,
        side: TargetSide::Trade(row.trade.trade_no.clone()),
    };
    match state.screen() {
        Screen::Finding(finding) => finding.content.as_ref()?.trade.as_ref().map(of_trade),
        Screen::Trade(trade) => trade.content.as_ref().map(|detail| of_trade(&detail.row)),
        Screen::Reconcile(day) => {
            day.list.selected().map(|row| MatchTarget::of_row(day.of.channel, day.of.day, row))
        }
        _ => None,
    }
}

pub fn can_choose(state: &State) -> Availability {
    ensure(target(state).is_some(), Unavailable::NoTrade)
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
