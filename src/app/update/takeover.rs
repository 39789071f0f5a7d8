//! The takeover from an older system: shown, and ended for good.

use super::call::{Availability, Call, ensure};
use crate::app::command::Command;
use crate::app::errand::Errand;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Decision, Prompt};
use crate::app::places::Screen;
use crate::app::screens::Route;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::takeover::Standing;
use crate::protocol::request::Request;
use crate::protocol::takeover::EndTakeover;

macro_rules! takeover_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Takeover = "takeover", "xtqh", Anywhere, None(Look) => takeover::show;
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

pub fn can_end(state: &State) -> Availability {
    let standing = match state.screen() {
        Screen::Overview(overview) => overview.overview.as_ref().map(|overview| overview.standing),
        Screen::Takeover(takeover) => takeover.content.as_ref().map(|takeover| takeover.standing),
        _ => None,
    };
    let standing = standing.ok_or(Unavailable::Loading)?;
    ensure(standing == Standing::Beside, Unavailable::IsTheBooks)
}
