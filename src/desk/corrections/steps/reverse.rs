//! A voucher is taken back (冲销).

use crate::desk::corrections::effect::{Effect, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::correction::{mirror, reversal_terms};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::TradeNo;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::step::StepKind;
use crate::domain::voucher::{Draft, Line, Voucher, VoucherKind};
use crate::protocol::steps::{Reverse, StepRow};
use crate::store::append::Refs;
use crate::store::{Reader, StoreError, trades, vouchers};

impl Step for Reverse {
    fn row(&self, number: i64) -> StepRow {
        StepRow {
            voucher_no: Some(self.voucher_no.clone()),
            mode: self.mode,
            ..row(number, StepKind::Reverse, None, None)
        }
    }

    fn touches<R: Reader + ?Sized>(&self, reader: &mut R) -> Result<Option<TradeNo>, StoreError> {
        Ok(vouchers::voucher(reader, &self.voucher_no)?.and_then(|voucher| voucher.trade_no))
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let voucher_no = &self.voucher_no;
        let original = resolver.voucher(voucher_no)?;
        resolver.refuse_unless_reversible(&original)?;
        let terms = reversal_terms(
            original.accounting_date,
            resolver.call.today(),
            resolver.days,
            resolver.call.in_force.policy.later_day,
            self.mode,
        )?;
        let lines: Vec<Line> = original
            .entries
            .iter()
            .map(|entry| Line {
                account: entry.account.clone(),
                side: entry.side,
                amount_minor: entry.amount_minor,
                mode: entry.mode,
            })
            .collect();
        let trade = match &original.trade_no {
            Some(trade_no) => trades::trade_id(resolver.reader, trade_no)?,
            None => None,
        };
        resolver.earlier.reversed.insert(voucher_no.clone());
        if let Some((trade, event)) = trade.zip(original.event)
            && let Some(trade_no) = original.trade_no.as_ref().filter(|_| original.kind.posts_event())
        {
            resolver.earlier.taken_back.push((trade_no.clone(), event, trade));
        }
        let mut mirrored = mirror(&lines, terms.mode);
        if terms.accounting_date.year() > original.accounting_date.year() {
            resolver.call.in_force.to_prior_year(&mut mirrored)?;
        }
        let memo =
            Note::new("memo.reverse").with("voucher", voucher_no).with("day", original.accounting_date);
        let draft = Draft {
            lines: mirrored,
            reverses: Some(voucher_no.clone()),
            rule: original.rule.clone(),
            ..resolver.draft(
                VoucherKind::Reverse,
                terms.mode,
                (original.trade_no.clone(), original.event),
                (terms.accounting_date, original.business_date, original.value_date),
                resolver.words(&memo),
            )
        };
        let row = StepRow {
            voucher_no: Some(voucher_no.clone()),
            mode: Some(terms.mode),
            accounting_date: Some(terms.accounting_date),
            why: resolver.words(&why.unwrap_or(terms.why)),
            trade_no: original.trade_no.clone(),
            event: original.event,
            ..self.row(number)
        };
        let refs = Refs { trade, reverses: Some(original.seq), event: None };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs,
            original: Some((original.accounting_date, lines)),
            amendments: Vec::new(),
            item: None,
            line: None,
            arises: false,
        };
        Ok(Resolved { row, trade: original.trade_no, effect })
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Refuses to reverse a reversal, a voucher that is reversed already, a parking whose item was cleared,
    /// or the posting of a payment that was cleared on it.
    fn refuse_unless_reversible(&mut self, original: &Voucher) -> Result<(), StoreError> {
        let voucher_no = &original.voucher_no;
        if original.kind == VoucherKind::Reverse {
            let reverses = original.reverses.as_ref().map_or("", |no| no.as_str());
            return Err(Rejection::new(Code::ReversalOfReversal)
                .with("voucher", voucher_no)
                .with("original", reverses)
                .into());
        }
        let in_case = || self.author.case_no.map_or_else(|| "–".to_owned(), ToString::to_string);
        let by = self.earlier.reversed.contains(voucher_no).then(in_case);
        let by = by.or_else(|| original.reversed_by.as_ref().map(ToString::to_string));
        if let Some(by) = by {
            return Err(Rejection::new(Code::AlreadyReversed)
                .with("voucher", voucher_no)
                .with("by", by)
                .into());
        }
        let cleared_here = self.earlier.cleared.contains(voucher_no);
        if original.kind == VoucherKind::Park && (cleared_here || self.open_item(original.seq)?.is_none()) {
            // The amount that was cleared from there would come back twice.
            return Err(Rejection::new(Code::OpenItem).with("voucher", voucher_no).into());
        }
        let (Some(trade_no), Some(Event::CAPTURED)) = (&original.trade_no, original.event) else {
            return Ok(());
        };
        let position = self.position(trade_no)?;
        let cleared = position
            .vouchers
            .iter()
            .find(|voucher| {
                voucher.event == Some(Event::CLEARED)
                    && voucher.kind.posts_event()
                    && !voucher.reversed
                    && !self.earlier.reversed.contains(&voucher.voucher_no)
            })
            .map(|voucher| voucher.voucher_no.clone());
        let twin = position.live(Event::CAPTURED).any(|voucher| {
            voucher.voucher_no != *voucher_no && !self.earlier.reversed.contains(&voucher.voucher_no)
        });
        match cleared {
            Some(cleared) if !twin => Err(Rejection::cleared(voucher_no, cleared).into()),
            _ => Ok(()),
        }
    }
}
