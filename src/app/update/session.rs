//! The session itself: which ledger, who works, language and theme, and the check of the whole ledger.

use super::call::{Availability, Call, ensure, is_idle};
use crate::app::action::Effect;
use crate::app::errand::Errand;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Decision};
use crate::app::state::State;
use crate::app::theme_name::ThemeName;
use crate::app::unavailable::Unavailable;
use crate::protocol::ledger::VerifyLedger;
use crate::protocol::request::Request;

macro_rules! session_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Verify = "verify", "yz", Anywhere, None(Look) => session::verify, session::can_verify;
        Operator = "operator", "czy", Anywhere, None(Look), takes "argument.operator"
            => session::operator, session::can_switch_operator;
        Ledger = "ledger", "zb", Anywhere, None(Look), takes "argument.ledger"
            => session::ledger, session::can_switch_ledger;
        Language = "language", "yy", Anywhere, None(Look) => session::language;
        Theme = "theme", "zt", Anywhere, None(Look), takes "argument.theme" => session::theme;
    } };
}

pub fn verify(call: &mut Call) {
    call.send(Errand::Verify, Request::Verify(VerifyLedger::default()));
}

/// It takes long, so it goes one at a time with the write requests.
pub fn can_verify(state: &State) -> Availability {
    is_idle(state)
}

pub fn operator(call: &mut Call) {
    let name = call.argument.unwrap_or_default();
    let Ok(operator) = name.parse() else { return call.refuse_argument() };
    call.state.operator = operator;
    read_all_again(call);
    call.say(Message::new("said.operator", Tone::Good).with("operator", name));
}

pub fn can_switch_operator(state: &State) -> Availability {
    ensure(state.may_switch_operator, Unavailable::FixedOperator)
}

/// Goes to another ledger; asks first if something would be lost.
pub fn ledger(call: &mut Call) {
    let argument = call.argument.unwrap_or_default().trim();
    let is_address = argument.contains(['/', ':']);
    let is_known = call.state.ledgers.iter().any(|name| name == argument);
    if !argument.is_empty() && !is_address && !is_known {
        let names = call.state.ledgers.join(", ");
        let message = Message::new("why.no_such_ledger", Tone::Warn).with("name", argument);
        call.problem = Some(message.with("names", names));
        return;
    }
    let to = (!argument.is_empty()).then(|| argument.to_owned());
    if call.state.is_editing() {
        call.confirm(Confirm::new("confirm.ledger", Decision::Ledger(to)));
    } else {
        call.effects.push(Effect::Ledger(to));
    }
}

pub fn can_switch_ledger(state: &State) -> Availability {
    ensure(!state.ledgers.is_empty(), Unavailable::NoLedgers)?;
    may_leave(state)
}

/// Fails while a write request runs: leaving now would leave open whether it was carried out. Once it is
/// given up, its answer is not waited for.
pub fn may_leave(state: &State) -> Availability {
    ensure(!state.is_changing() || state.change_given_up, Unavailable::ChangeRuns)
}

pub fn language(call: &mut Call) {
    call.state.lang = call.state.lang.other();
    // Explanations come from the desk in the language of the request.
    read_all_again(call);
}

pub fn theme(call: &mut Call) {
    match call.argument.unwrap_or_default().parse::<ThemeName>() {
        Ok(theme) => call.state.theme = theme,
        Err(_) => call.refuse_argument(),
    }
}

fn read_all_again(call: &mut Call) {
    call.state.mark_all_stale();
    call.load();
}
