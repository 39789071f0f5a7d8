//! An event that was left out is posted (补账).

use crate::desk::corrections::effect::{Resolved, row};
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::event::Event;
use crate::domain::step::StepKind;
use crate::domain::voucher::VoucherKind;
use crate::protocol::steps::{StepRow, Supplement};
use crate::store::{Reader, StoreError};

impl Step for Supplement {
    fn row(&self, number: i64) -> StepRow {
        let event = self.event.unwrap_or(Event::CAPTURED);
        row(number, StepKind::Supplement, Some(self.trade_no.clone()), Some(event))
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let event = self.event.unwrap_or(Event::CAPTURED);
        let row = self.row(number);
        resolver.post_event((row, VoucherKind::Supplement), &self.trade_no, event, &[], why)
    }
}
