//! Where the ledger is, and how the way there is.
//!
//! A way to another host breaks and is dialled again by itself; meanwhile the screen stays as it was, and says so. What it
//! shows may be outdated once the line stands again, so it is read again then.

use crate::app::action::{Effect, Part, Slot};
use crate::app::message::{Message, Tone};
use crate::app::state::State;
use crate::desk::{Line, LineState};

/// Takes note of how the line is.
pub fn heard(state: &mut State, line: Line, effects: &mut Vec<Effect>) {
    let before = state.line.take();
    let shown = before.as_ref().and_then(|line| line.round_trip_ms);
    let line = Line { round_trip_ms: steady(shown, line.round_trip_ms), ..line };
    let stands_again =
        line.state == LineState::Up && before.as_ref().is_some_and(|before| before.state != LineState::Up);
    state.dirty |= before.as_ref() != Some(&line);
    state.line = Some(line);
    if stands_again {
        read_again(state, effects);
    }
}

/// Others may have worked meanwhile: every place is outdated, and the current one is asked for now.
fn read_again(state: &mut State, effects: &mut Vec<Effect>) {
    for place in &mut state.places {
        place.stale = true;
    }
    let slot = Slot { place: state.place().serial, part: Part::Main };
    if state.pending.iter().any(|pending| pending.slot == slot) {
        // The question that dialled is answered by what is there now.
        state.place_mut().stale = false;
    } else if !state.is_ordering() {
        state.load(effects);
    }
    state.say(Message::new("said.line_again", Tone::Good));
}

/// The round trip as it is shown: a new one only where it differs by much, so that the screen stands still.
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
