//! Imports journals of previous systems.

use super::importer::{Importer, refused};
use super::taken::Taken;
use crate::domain::account::Side;
use crate::domain::dating::refuse_day_to_come;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::{Draft, Entry, Line, Mode, Voucher, VoucherKind};
use crate::files::import as reading;
use crate::files::import::{Format, JournalVoucher, Source};
use crate::protocol::refusal::Refusal;
use crate::store::append::{Appender, Refs};
use crate::store::event_id::EventId;
use crate::store::{Sink, events, imports, trades, vouchers};

impl Importer<'_> {
    /// Imports a journal.
    pub(super) fn journal(
        &mut self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        source: &mut Source,
        format: Format,
    ) -> Result<(), Refusal> {
        appender.begin(sink)?;
        let last_seq = appender.head().0;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader()?;
        let read = reading::read_journal(reader, &file, &settings, format, &mut |voucher| {
            let line = voucher.first_line;
            self.add_up_voucher(&voucher);
            let added = self
                .journal_voucher(sink, appender, voucher, last_seq)
                .map_err(|refusal| self.at_line(line, refusal))?;
            self.count(if added { Taken::New } else { Taken::Same })
        });
        refused(read)?.refuse_if_cut(self.file)?;
        Ok(imports::insert_file(sink, &self.record(format.kind().as_str()))?)
    }

    /// Adds a voucher's debits to the sums of the file.
    pub(super) fn add_up_voucher(&mut self, voucher: &JournalVoucher) {
        for line in voucher.lines.iter().filter(|line| line.side == Side::Debit) {
            let currency = self.in_force.currencies.of(&line.account);
            self.answer.add_to_sums("", currency, line.amount_minor, voucher.accounting_date);
        }
    }

    /// Adds one voucher of a previous system; returns false if the ledger already holds the same.
    pub(super) fn journal_voucher(
        &self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        voucher: JournalVoucher,
        last_seq: i64,
    ) -> Result<bool, Refusal> {
        if last_seq > 0
            && let Some(known) = vouchers::voucher(sink, &voucher.voucher_no)?
        {
            if known.seq <= last_seq && same_voucher(&known, &voucher) {
                return Ok(false);
            }
            return Err(Rejection::new(Code::VoucherConflict).with("voucher", &voucher.voucher_no).into());
        }
        if voucher.voucher_no.is_our_own() {
            return Err(Rejection::new(Code::VoucherConflict).with("voucher", &voucher.voucher_no).into());
        }
        refuse_day_to_come(appender.days(), self.in_force.today(self.context), voucher.accounting_date)?;
        let (mut trade, mut event_row) = (None, None);
        let mut business_date = voucher.accounting_date;
        if let Some(trade_no) = &voucher.trade_no {
            let (id, date) =
                trades::trade_day(sink, trade_no)?.ok_or_else(|| Rejection::not_found("trade", trade_no))?;
            if let Some(event) = voucher.event {
                // The reader takes only events that a kind has.
                let number = self.in_force.kinds.number(event).unwrap_or_default();
                let row = EventId::numbered(id, number);
                events::ensure_event(sink, row, event)?;
                event_row = Some(row);
            }
            (trade, business_date) = (Some(id), date);
        }
        let draft = Draft {
            voucher_no: Some(voucher.voucher_no),
            kind: VoucherKind::Import,
            mode: Mode::Normal,
            trade_no: voucher.trade_no,
            event: voucher.event,
            reverses: None,
            case_no: None,
            accounting_date: voucher.accounting_date,
            business_date,
            value_date: business_date,
            reason: None,
            rule: None,
            maker: self.context.operator.clone(),
            checker: None,
            posted_at: self.context.now,
            memo: voucher.memo,
            lines: voucher.lines,
        };
        appender.append(sink, &draft, Refs { trade, reverses: None, event: event_row })?;
        Ok(true)
    }
}

fn same_voucher(known: &Voucher, new: &JournalVoucher) -> bool {
    let lines = |line: (&Entry, &Line)| {
        let (entry, line) = line;
        entry.account == line.account && entry.side == line.side && entry.amount_minor == line.amount_minor
    };
    known.trade_no == new.trade_no
        && known.event == new.event
        && known.accounting_date == new.accounting_date
        && known.memo == new.memo
        && known.entries.len() == new.lines.len()
        && known.entries.iter().zip(&new.lines).all(lines)
}
