//! The connection to a ledger on another host.
//!
//! A broken connection is restored by itself; meanwhile the screen stays as it was, and says so. What it
//! shows may be outdated once the connection is back, so it is read again then.

use crate::app::action::{Effect, Slot, SlotPart};
use crate::app::message::{Message, Tone};
use crate::app::state::State;
use crate::protocol::connection::{Connection, ConnectionState};

/// Takes the new state of the connection.
pub fn changed(state: &mut State, connection: Connection, effects: &mut Vec<Effect>) {
    let before = state.connection.take();
    let shown = before.as_ref().and_then(|connection| connection.round_trip_ms);
    let connection = Connection { round_trip_ms: steady(shown, connection.round_trip_ms), ..connection };
    let is_back = connection.state == ConnectionState::Up
        && before.as_ref().is_some_and(|before| before.state != ConnectionState::Up);
    state.dirty |= before.as_ref() != Some(&connection);
    state.connection = Some(connection);
    if is_back {
        read_again(state, effects);
    }
}

/// Others may have worked meanwhile: every screen is outdated, and the current one is read now.
fn read_again(state: &mut State, effects: &mut Vec<Effect>) {
    state.mark_all_stale();
    let slot = Slot { screen: state.current().serial, part: SlotPart::Main };
    if state.pending.iter().any(|pending| pending.slot == slot) {
        // The request that reconnected is answered from the present state.
        state.current_mut().stale = false;
    } else if !state.is_changing() {
        state.load(effects);
    }
    state.say(Message::new("said.reconnected", Tone::Good));
}

/// Returns the round trip to show: the measured one only if it differs by more than a third, so that the
/// screen is not redrawn for nothing.
fn steady(shown: Option<u64>, measured: Option<u64>) -> Option<u64> {
    let (Some(shown), Some(measured)) = (shown, measured) else {
        return measured.map(rounded).or(shown);
    };
    let differs = shown.abs_diff(measured) > (shown / 3).max(10);
    Some(if differs { rounded(measured) } else { shown })
}

const fn rounded(millis: u64) -> u64 {
    let step = match millis {
        0..50 => 5,
        50..200 => 10,
        _ => 50,
    };
    (millis + step / 2) / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_trip_is_steady_until_it_differs_by_much() {
        let mut shown = None;
        let seen: Vec<_> =
            [Some(21), Some(24), Some(18), None, Some(29), Some(34), Some(300), Some(330), Some(1)]
                .into_iter()
                .map(|measured| {
                    shown = steady(shown, measured);
                    shown.unwrap_or(u64::MAX)
                })
                .collect();
        assert_eq!(seen, [20, 20, 20, 20, 20, 35, 300, 300, 0]);
    }
}
