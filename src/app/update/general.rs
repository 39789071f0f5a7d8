//! Commands about the workstation itself: palette, help, cancel, quit.

use super::call::{self, Availability, Call, ensure};
use super::session;
use crate::app::action::Effect;
use crate::app::overlay::{Help, Overlay};
use crate::app::palette::Palette;
use crate::app::state::State;
use crate::app::unavailable::Unavailable;

macro_rules! general_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Palette = "palette", "ml", Anywhere, None(Look), palette false => general::palette;
        Help = "help", "bz", Anywhere, None(Look) => general::help;
        Cancel = "cancel", "qx", Anywhere, None(Look) => general::cancel, general::can_cancel;
        Quit = "quit", "tc", Anywhere, None(Look) => general::quit, general::can_quit;
    } };
}

pub fn palette(call: &mut Call) {
    call.state.overlay = Some(Overlay::Palette(Palette::default()));
}

pub fn help(call: &mut Call) {
    call.state.overlay = Some(Overlay::Help(Help::default()));
}

pub fn cancel(call: &mut Call) {
    call::cancel(call.state, call.effects);
}

pub fn can_cancel(state: &State) -> Availability {
    ensure(!state.pending.is_empty(), Unavailable::NothingRuns)
}

pub fn quit(call: &mut Call) {
    call.effects.push(Effect::Quit);
}

pub fn can_quit(state: &State) -> Availability {
    session::may_leave(state)
}
