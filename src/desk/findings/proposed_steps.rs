//! A planned correction: the steps that put a finding right, and the builders that the causes share.

use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::kind::fixed_number;
use crate::domain::position::TradePosition;
use crate::domain::trade::TradeStatus;
use crate::domain::trade_news::ListedFact;
use crate::domain::voucher::VoucherKind;
use crate::protocol::steps::{self, StepRequest};

/// The steps that put a finding right, and why.
pub(crate) struct Correction {
    /// The steps; empty if nothing is to be booked.
    pub steps: Vec<StepRequest>,
    /// What the steps do, or why there are none.
    pub why: Note,
    /// Whether what an account lacks for the steps is booked as a receivable first.
    pub covers_shortfall: bool,
}

impl Correction {
    /// Returns a correction with the key of its explanation.
    pub(crate) fn new(steps: Vec<StepRequest>, key: &str) -> Self {
        Self { steps, why: Note::new(key), covers_shortfall: false }
    }

    /// Returns a correction without steps, with the reason.
    pub(crate) fn none(key: &str) -> Self {
        Self::because(Note::new(key))
    }

    /// Returns a correction without steps, with a reason that names facts.
    pub(crate) const fn because(why: Note) -> Self {
        Self { steps: Vec::new(), why, covers_shortfall: false }
    }
}

/// Reverses a voucher; its dates decide the mode.
pub(crate) fn reverse(voucher_no: &VoucherNo) -> StepRequest {
    StepRequest::Reverse(steps::Reverse { voucher_no: voucher_no.clone(), mode: None })
}

/// Posts an event again, with corrected facts.
pub(crate) fn repost(trade_no: &TradeNo, event: Event, set: Vec<(String, String)>) -> StepRequest {
    StepRequest::Repost(steps::Repost { trade_no: trade_no.clone(), event: Some(event), set })
}

/// Posts an event that was never posted.
pub(crate) fn supplement(trade_no: &TradeNo, event: Event) -> StepRequest {
    StepRequest::Supplement(steps::Supplement { trade_no: trade_no.clone(), event: Some(event) })
}

/// Books the difference between the rules and the books.
pub(crate) fn adjust(trade_no: &TradeNo, event: Event) -> StepRequest {
    StepRequest::Adjust(steps::Adjust {
        trade_no: trade_no.clone(),
        event: Some(event),
        lines: Vec::new(),
        red: false,
        aside: false,
    })
}

/// Corrects a trade's own status.
pub(crate) fn set_status(trade_no: &TradeNo, status: TradeStatus) -> StepRequest {
    StepRequest::Status(steps::Status { trade_no: trade_no.clone(), status, proof: None, because: None })
}

/// Dismisses what a later list claims about a fact.
pub(crate) fn dismiss(trade_no: &TradeNo, fact: ListedFact) -> StepRequest {
    StepRequest::Dismiss(steps::Dismiss { trade_no: trade_no.clone(), fact, because: None })
}

/// Puts the money of a refund made twice into suspense until it is claimed.
pub(crate) fn claim(trade_no: &TradeNo) -> StepRequest {
    park(trade_no, false)
}

/// Puts what a trade undoes beyond what is left of its original into suspense until it is claimed, and books the rest
/// to its party.
pub(crate) fn claim_excess(trade_no: &TradeNo) -> StepRequest {
    park(trade_no, true)
}

fn park(trade_no: &TradeNo, excess: bool) -> StepRequest {
    StepRequest::Park(steps::Park {
        trade_no: trade_no.clone(),
        event: Some(Event::CAPTURED),
        instead_of: None,
        lines: Vec::new(),
        excess,
    })
}

/// Reverses everything that counts for an event: its live postings, and the adjustments made to them.
pub(crate) fn take_back(position: &TradePosition, event: Event) -> Vec<StepRequest> {
    position
        .vouchers
        .iter()
        .filter(|voucher| {
            voucher.event == Some(event)
                && !voucher.reversed
                && (voucher.kind.posts_event() || voucher.kind == VoucherKind::Adjust)
        })
        .map(|voucher| reverse(&voucher.voucher_no))
        .collect()
}

/// Marks a trade as failed and reverses everything booked for it, last event first.
pub(crate) fn undo(position: &TradePosition) -> Vec<StepRequest> {
    let mut steps = vec![set_status(&position.trade.trade_no, TradeStatus::Failed)];
    // An event of the kind's own follows one of these.
    let own =
        position.events.iter().rev().map(|(event, _)| *event).filter(|event| fixed_number(*event).is_none());
    for event in own.chain([Event::SETTLED, Event::CLEARED, Event::CAPTURED]) {
        steps.extend(take_back(position, event));
    }
    steps
}

/// Reverses a wrong posting and posts it again. Once the money was settled, posting and clearing stay and
/// only the difference is booked.
pub(crate) fn replace(position: &TradePosition, event: Event, key: &str) -> Correction {
    let trade_no = &position.trade.trade_no;
    if event != Event::SETTLED && position.live(Event::SETTLED).next().is_some() {
        return Correction::new(vec![adjust(trade_no, event)], "plan.settled");
    }
    let mut steps = take_back(position, event);
    steps.push(repost(trade_no, event, Vec::new()));
    Correction::new(steps, key)
}
