//! The earlier steps of a case, as the later ones see them.

use crate::domain::amendment::AmendableFact;
use crate::domain::event::Event;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::position::TradePosition;
use crate::domain::trade::TradeStatus;
use crate::domain::trade_news::ListedFact;
use crate::protocol::steps::LineRef;
use std::collections::{HashMap, HashSet};

/// The state that a step is resolved over: the ledger before the case, and the earlier steps of the case.
/// So preview and commit see the same, although the commit has written the earlier steps by then.
#[derive(Default)]
pub struct Baseline {
    /// Sequence number of the last voucher before the case.
    pub head: i64,
    /// The steps resolved so far.
    pub earlier: EarlierSteps,
}

impl Baseline {
    /// Returns the baseline of a ledger that ends at this voucher, and a case without steps yet.
    pub fn at(head: i64) -> Self {
        Self { head, earlier: EarlierSteps::default() }
    }
}

/// The effects of the earlier steps of a case.
#[derive(Default)]
pub struct EarlierSteps {
    /// Vouchers that are reversed.
    pub reversed: HashSet<VoucherNo>,
    /// Parking vouchers whose open item is cleared; they stay in force, so what they parked cannot be posted.
    pub cleared: HashSet<VoucherNo>,
    /// Numbers of vouchers that come from a journal.
    pub imported: HashSet<VoucherNo>,
    /// Events that are booked, by trade row.
    pub booked: HashSet<(i64, Event)>,
    /// Statuses that are corrected, by trade row.
    pub status: HashMap<i64, TradeStatus>,
    /// Facts that are corrected, by trade row.
    pub facts: HashMap<i64, Vec<(AmendableFact, String)>>,
    /// Vouchers from a journal that book events.
    pub booking: HashMap<(i64, Event), VoucherNo>,
    /// Events for which a difference or suspense is booked in addition to their postings.
    pub adjusted: HashSet<(i64, Event)>,
    /// Trades that are recorded.
    pub recorded: HashMap<TradeNo, TradePosition>,
    /// Row of the first recorded trade.
    pub first_recorded: Option<i64>,
    /// Lines of channels that are accounted for.
    pub lines: HashSet<LineRef>,
    /// Facts of which claims are dismissed, by trade row.
    pub dismissed: HashSet<(i64, ListedFact)>,
    /// Events that come to be with a step, by trade row.
    pub arisen: HashSet<(i64, Event)>,
    /// Events of which a posting is reversed, with the trade's row.
    pub taken_back: Vec<(TradeNo, Event, i64)>,
}
