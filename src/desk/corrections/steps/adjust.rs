//! A difference is booked (差额): the given lines, or what lies between the rules and the books.

use crate::desk::corrections::effect::{Resolved, row};
use crate::desk::corrections::steps::lines::no_difference;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::dating::posting_day;
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::step::StepKind;
use crate::domain::voucher::{Mode, VoucherKind};
use crate::protocol::steps::{Adjust, StepRow};
use crate::store::{Reader, StoreError};

impl Step for Adjust {
    fn row(&self, number: i64) -> StepRow {
        let event = self.event.unwrap_or(Event::CAPTURED);
        StepRow {
            lines: self.lines.clone(),
            ..row(number, StepKind::Adjust, Some(self.trade_no.clone()), Some(event))
        }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let (trade_no, event) = (&self.trade_no, self.event.unwrap_or(Event::CAPTURED));
        let (asked, red, aside) = (&self.lines, self.red, self.aside);
        let position = resolver.position(trade_no)?;
        let facts = resolver.facts(&position)?;
        if !aside {
            // There is no difference without a posting: an event without one is supplemented, not adjusted.
            let has_posting =
                position.live(event).any(|voucher| !resolver.earlier.reversed.contains(&voucher.voucher_no));
            if !has_posting || !resolver.earlier.adjusted.insert((position.id, event)) {
                return Err(no_difference(trade_no));
            }
        }
        let (mut lines, rule) = if asked.is_empty() {
            resolver.lacking(&position, event, &facts, red)?
        } else {
            (resolver.given_lines(asked, Mode::Difference, red)?, None)
        };
        resolver.refuse_accounts_of_unknown_parties(&lines)?;
        resolver.refuse_suspense_lines(&lines)?;
        let date = posting_day(facts.business_date, resolver.call.today(), resolver.days)?;
        if date.year() > facts.business_date.year() {
            resolver.call.in_force.to_prior_year(&mut lines)?;
        }
        let default = Note::new("why.adjust").with("trade", trade_no).with("day", date);
        resolver.book_in_addition(
            (VoucherKind::Adjust, Mode::Difference),
            (&position, Some(event).filter(|_| !aside)),
            (date, facts.business_date),
            (lines, rule),
            None,
            StepRow { why: resolver.words(&why.unwrap_or(default)), ..self.row(number) },
        )
    }
}
