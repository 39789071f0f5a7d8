//! A voucher of a journal that was imported into the case is booked as the file has it.

use crate::desk::corrections::effect::{Effect, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::dating::{closed_day, refuse_day_to_come};
use crate::domain::finding::Note;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::step::StepKind;
use crate::domain::voucher::{Draft, Mode, VoucherKind};
use crate::protocol::steps::{Journal, StepRow};
use crate::store::append::Refs;
use crate::store::{Reader, StoreError, vouchers};
use jiff::civil::Date;

impl Step for Journal {
    fn row(&self, number: i64) -> StepRow {
        let voucher = &self.voucher;
        StepRow {
            voucher_no: Some(voucher.voucher_no.clone()),
            accounting_date: Some(voucher.accounting_date),
            mode: Some(Mode::Normal),
            ..row(number, StepKind::Journal, voucher.trade_no.clone(), voucher.event)
        }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let voucher = &self.voucher;
        resolver.refuse_known_number(&voucher.voucher_no)?;
        resolver.refuse_other_day(voucher.accounting_date)?;
        let (refs, business, arises) = match &voucher.trade_no {
            Some(trade_no) => resolver.place_of_trade(trade_no, self)?,
            None => (Refs::default(), voucher.accounting_date, false),
        };
        let mut default = Note::new("why.journal")
            .with("voucher", &voucher.voucher_no)
            .with("file", &self.file.name)
            .with("row", voucher.first_line);
        if let Some((party, account)) = resolver.account_of_unknown_party(&voucher.lines)? {
            default = default.with("party", party).with("account", account);
        }
        let draft = Draft {
            voucher_no: Some(voucher.voucher_no.clone()),
            lines: voucher.lines.clone(),
            ..resolver.draft(
                VoucherKind::Import,
                Mode::Normal,
                (voucher.trade_no.clone(), voucher.event),
                (voucher.accounting_date, business, business),
                voucher.memo.clone(),
            )
        };
        let row = StepRow { why: resolver.words(&why.unwrap_or(default)), ..self.row(number) };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs,
            original: None,
            amendments: Vec::new(),
            item: None,
            line: None,
            arises,
        };
        Ok(Resolved { row, trade: voucher.trade_no.clone(), effect })
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Refuses a number that a voucher has already, here or in the ledger, or that Storno may give itself.
    fn refuse_known_number(&mut self, voucher_no: &VoucherNo) -> Result<(), StoreError> {
        let is_known = vouchers::place_of(self.reader, voucher_no)?.is_some_and(|place| place <= self.head())
            || !self.earlier.imported.insert(voucher_no.clone());
        if is_known || voucher_no.is_our_own() {
            return Err(Rejection::new(Code::VoucherConflict).with("voucher", voucher_no).into());
        }
        Ok(())
    }

    /// Refuses a day that takes no postings, or is still to come: a voucher of a file keeps its day.
    fn refuse_other_day(&self, day: Date) -> Result<(), Rejection> {
        if !self.days.takes_postings(day) {
            return Err(closed_day(day));
        }
        refuse_day_to_come(self.days, self.call.today(), day)
    }

    /// Returns the rows and the business day of the trade that a voucher names, and whether its event comes to be
    /// with it. The voucher posts the event, so that must be due and without a posting.
    fn place_of_trade(&mut self, trade_no: &TradeNo, of: &Journal) -> Result<(Refs, Date, bool), StoreError> {
        let event = of.voucher.event;
        let position = self.position(trade_no)?;
        let refs = self.refs_of(position.id, event);
        let business = position.trade.business_date;
        let Some(event) = event else { return Ok((refs, business, false)) };
        self.refuse_if_barred(&position.trade)?;
        self.refuse_if_posted(&position, event)?;
        let facts = self.facts(&position)?;
        self.refuse_if_not_due(&position, event, &facts)?;
        let arises = self.arises(&position, event, &facts)?;
        self.earlier.booked.insert((position.id, event));
        self.earlier.booking.insert((position.id, event), of.voucher.voucher_no.clone());
        Ok((refs, business, arises))
    }
}
