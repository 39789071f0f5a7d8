//! The codes that an operator typed in a step: each must be one that the ledger knows. A stored step is not
//! checked again, since a ledger never loses a code.

use crate::desk::in_force::InForce;
use crate::domain::event::Event;
use crate::domain::rejection::Rejection;
use crate::domain::trade::{Channel, TradeKind};
use crate::protocol::steps::StepRequest;

/// Refuses a step that names an event, a kind of trades or a channel that the ledger does not know.
///
/// # Errors
/// [`Code::BadValue`](crate::domain::rejection::Code::BadValue) with the known codes and the nearest.
pub(crate) fn refuse_unknown_codes(step: &StepRequest, in_force: &InForce) -> Result<(), Rejection> {
    let (event, kind, channel) = codes(step);
    if let Some(event) = event {
        in_force.kinds.read_event(event.as_str())?;
    }
    if let Some(kind) = kind {
        in_force.kinds.read(kind.as_str())?;
    }
    if let Some(channel) = channel {
        in_force.channels.read(channel.as_str())?;
    }
    Ok(())
}

/// Returns the event, the kind and the channel that a step names.
fn codes(step: &StepRequest) -> (Option<Event>, Option<TradeKind>, Option<Channel>) {
    match step {
        StepRequest::Repost(step) => (step.event, None, None),
        StepRequest::Supplement(step) => (step.event, None, None),
        StepRequest::Adjust(step) => (step.event, None, None),
        StepRequest::Park(step) => (step.event, None, None),
        StepRequest::Record(step) => (None, Some(step.trade_kind), Some(step.channel)),
        StepRequest::Counter(step) => (None, step.trade_kind, None),
        StepRequest::Stub(step) => (None, None, Some(step.line.channel)),
        StepRequest::ParkLine(step) => (None, None, step.line.as_ref().map(|line| line.channel)),
        StepRequest::Unpark(step) => (None, None, step.line.as_ref().map(|line| line.channel)),
        StepRequest::Reverse(_)
        | StepRequest::Status(_)
        | StepRequest::Dismiss(_)
        | StepRequest::Statement(_)
        | StepRequest::Journal(_) => (None, None, None),
    }
}
