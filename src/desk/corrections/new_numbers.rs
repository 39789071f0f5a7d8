//! Numbers of trades that a plan records: made of the reference of the channel's line, and free when it was planned.
//! Lines planned together, or staged anew after another case, take the next free one.

use crate::desk::corrections::effect::KeptStep;
use crate::desk::findings::plan_evidence::free_number;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::trade::Channel;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::{Record, StepRequest};
use std::collections::BTreeMap;

/// Which line each new number is for: channel, name and the channel's number.
pub(crate) type NewNumbers = BTreeMap<TradeNo, (Channel, ChannelRef, Option<String>)>;

impl OpenLedger {
    /// Gives each trade that the steps record, and whose number is that of another line or of a trade, the next free
    /// number; what the steps behind it do to the trade is renamed. Numbers that an operator chose stay.
    ///
    /// # Errors
    /// A fault of the engine.
    pub(crate) fn numbered_apart(
        &mut self,
        mut steps: Vec<KeptStep>,
        taken: &mut NewNumbers,
    ) -> Result<Vec<KeptStep>, Refusal> {
        for at in 0..steps.len() {
            let Some(StepRequest::Record(record)) = steps.get(at).map(|step| &step.request) else { continue };
            let Some(base) = reference_of(record) else { continue };
            let line = (record.channel, record.channel_ref.clone(), record.channel_no.clone());
            let old = record.trade_no.clone();
            let is_taken = |number: &TradeNo| taken.get(number).is_some_and(|other| *other != line);
            let Some(new) = free_number(&mut *self.engine, &base, is_taken)? else { continue };
            taken.insert(new.clone(), line);
            for step in steps.iter_mut().skip(at).filter(|_| new != old) {
                rename(&mut step.request, &old, &new);
            }
        }
        Ok(steps)
    }
}

/// Returns the reference that the number of a recorded trade was made of; `None` if an operator chose the number.
fn reference_of(record: &Record) -> Option<ChannelRef> {
    let number = record.trade_no.as_str();
    let is_place = |end: &str| end.chars().all(|digit| digit.is_ascii_digit());
    let base = match number.rsplit_once("-R") {
        Some((base, end)) if is_place(end) => base,
        _ => number,
    };
    [number, base].into_iter().find_map(|base| {
        let rest = record.channel_ref.as_str().strip_prefix(base)?;
        (rest.is_empty() || rest.starts_with('@')).then(|| base.parse().ok())?
    })
}

/// Gives the trade of a step another number.
fn rename(request: &mut StepRequest, old: &TradeNo, new: &TradeNo) {
    let number = match request {
        StepRequest::Record(step) => &mut step.trade_no,
        StepRequest::Supplement(step) => &mut step.trade_no,
        StepRequest::Park(step) => &mut step.trade_no,
        _ => return,
    };
    if number == old {
        number.clone_from(new);
    }
}
