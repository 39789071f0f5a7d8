//! The takeover from an older system: shown, its vouchers accepted by name, and ended for good.

use super::call::{Availability, Call, ensure};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Decision, Prompt};
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::finding::{Cause, Finding};
use crate::domain::takeover::Standing;
use crate::domain::voucher::VoucherKind;
use crate::protocol::request::Request;
use crate::protocol::takeover::{AcceptVoucher, EndTakeover};

macro_rules! takeover_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Takeover = "takeover", "xtqh", Anywhere, None(Look) => takeover::show;
        AcceptVoucher = "accept-voucher", "qrpz", On(&[K::Findings, K::Finding, K::Voucher]), Final(Check),
            takes "argument.reason", waits true => takeover::accept, takeover::can_accept;
        EndTakeover = "end-takeover", "jsqh", On(&[K::Overview, K::Takeover]), Final(MakeOrCheck),
            takes "argument.reason" => takeover::end, takeover::can_end;
    } };
}

pub fn show(call: &mut Call) {
    call.state.push(&Route::Takeover, call.effects);
}

/// Asks before it ends the takeover; a reason is required.
pub fn end(call: &mut Call) {
    let Some(reason) = call.argument else {
        return call.prompt(Prompt::new("prompt.end_takeover", Command::EndTakeover, ""));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let request = Request::TakeoverEnd(EndTakeover { reason: reason.to_owned() });
    let yes = Decision::Send(Errand::EndTakeover, Box::new(request));
    let facts = vec![Message::new("confirm.because", Tone::Plain).with("reason", reason)];
    call.confirm(Confirm { facts, ..Confirm::new("confirm.end_takeover", yes) });
}

/// Asks before it accepts a voucher of the older system as it is; a reason is required.
pub fn accept(call: &mut Call) {
    let found = unexplained(call.state).and_then(|finding| finding.voucher_no.clone());
    let Some(voucher_no) = found.or_else(|| call.state.screen().behave().voucher()) else { return };
    let Some(reason) = call.argument else {
        let prompt = Prompt::new("prompt.accept_voucher", Command::AcceptVoucher, "");
        return call.prompt(prompt.explained("voucher", voucher_no.to_string()));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    let mut facts: Vec<Message> = unexplained(call.state)
        .map(|finding| Message::new("confirm.finding", Tone::Plain).with("detail", &finding.detail))
        .into_iter()
        .collect();
    facts.push(Message::new("confirm.because", Tone::Plain).with("reason", reason));
    let request = AcceptVoucher { voucher_no: voucher_no.clone(), reason: reason.to_owned() };
    let name = voucher_no.to_string();
    let yes = Decision::Send(Errand::AcceptVoucher(voucher_no), Box::new(Request::TakeoverAccept(request)));
    call.confirm(Confirm { name, facts, ..Confirm::new("confirm.accept_voucher", yes) });
}

/// Returns the finding under the cursor that no trade explains its voucher.
fn unexplained(state: &State) -> Option<&Finding> {
    let finding = match state.screen() {
        Screen::Findings(findings) => findings.list.selected(),
        Screen::Finding(finding) => finding.content.as_ref().and_then(|plan| plan.finding.as_ref()),
        _ => None,
    };
    finding.filter(|finding| finding.cause == Cause::Unexplained)
}

/// A voucher of an older system, or a finding about one.
pub fn can_accept(state: &State) -> Availability {
    if !state.screen().behave().loaded() {
        return Err(Unavailable::Loading);
    }
    let is_imported = match state.screen() {
        Screen::Voucher(screen) => screen
            .content
            .as_ref()
            .is_some_and(|voucher| voucher.kind == VoucherKind::Import && voucher.trade_no.is_none()),
        _ => unexplained(state).is_some(),
    };
    ensure(is_imported, Unavailable::NotUnexplained)
}

pub fn can_end(state: &State) -> Availability {
    let standing = match state.screen() {
        Screen::Overview(overview) => overview.overview.as_ref().map(|overview| overview.standing),
        Screen::Takeover(takeover) => takeover.content.as_ref().map(|takeover| takeover.standing),
        _ => None,
    };
    let standing = standing.ok_or(Unavailable::Loading)?;
    ensure(standing == Standing::Beside, Unavailable::IsTheBooks)
}
