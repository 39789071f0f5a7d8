//! Imports journals of previous systems.

use super::file_settings;
use super::importer::{Importer, refused};
use super::taken::Taken;
use crate::desk::ledger::OpenLedger;
use crate::domain::authored::AuthoredError;
use crate::domain::dating::refuse_day_to_come;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::{Draft, Entry, Line, Mode, Voucher, VoucherKind};
use crate::files::import as reading;
use crate::files::import::{Format, JournalVoucher, Source};
use crate::protocol::context::Context;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::refusal::{Refusal, refused_voucher};
use crate::protocol::watch::Watch;
use crate::store::append::{Appender, Refs};
use crate::store::engine::dry::Dry;
use crate::store::event_id::EventId;
use crate::store::{Engine, Sink, StoreError, events, imports, trades, vouchers};

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
            let added = self
                .journal_voucher(sink, appender, voucher, last_seq)
                .map_err(|refusal| self.at_line(line, refusal))?;
            self.count(if added { Taken::New } else { Taken::Same })
        });
        refused(read)?.refuse_if_cut(self.file)?;
        Ok(imports::insert_file(sink, &self.record(format.kind().as_str()))?)
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

/// Most vouchers of a refused journal that are told.
const MOST_REFUSED: usize = 10_000;
/// Vouchers whose reads are fetched together.
const PIECE: usize = 500;

impl OpenLedger {
    /// Returns the vouchers of a refused journal that the ledger does not take, each judged by itself. Nothing is
    /// written.
    pub(super) fn refused_vouchers(
        &mut self,
        context: &Context,
        source: &mut Source,
        watch: &mut dyn Watch,
    ) -> Vec<AuthoredError> {
        let (file, settings) = (source.name().to_owned(), file_settings(&self.in_force, source));
        let Ok(reader) = source.reader() else { return Vec::new() };
        let importer = Importer {
            in_force: &self.in_force,
            context,
            settings: &settings,
            file: &file,
            fingerprint: "",
            answer: ImportAnswer::of(&file, Format::LocalJournal, true),
            watch,
        };
        let (engine, appender) = (&mut *self.engine, self.appender.fresh());
        let mut dry_run =
            DryRun { importer, engine, appender, last_seq: None, piece: Vec::new(), found: Vec::new() };
        let read = reading::good_vouchers(reader, &file, &settings, &mut |voucher| {
            dry_run.piece.push(voucher);
            if dry_run.piece.len() >= PIECE {
                dry_run.judge();
            }
        });
        // What is wrong with the file as a whole is told already.
        drop(read);
        dry_run.judge();
        dry_run.found
    }
}

/// The vouchers of a refused journal on their way through the ledger's checks.
struct DryRun<'t, 'd> {
    importer: Importer<'t>,
    engine: &'d mut dyn Engine,
    appender: Appender,
    /// Sequence number of the last voucher of the ledger, once it is read.
    last_seq: Option<i64>,
    piece: Vec<JournalVoucher>,
    found: Vec<AuthoredError>,
}

impl DryRun<'_, '_> {
    /// Judges the vouchers of the piece; those of one that meets a fault are not told.
    fn judge(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        while self.engine.prefetch_pass().unwrap_or(false) {
            let _ = self.check(&mut self.appender.fresh(), None, &piece);
        }
        let (mut appender, fresh) = (Appender::default(), self.appender.fresh());
        std::mem::swap(&mut appender, &mut self.appender);
        let checked = self.check(&mut appender, self.last_seq, &piece);
        self.appender = appender;
        if let Ok((last_seq, found)) = checked {
            self.last_seq = Some(last_seq);
            self.found.extend(found);
            self.found.truncate(MOST_REFUSED);
        } else {
            (self.appender, self.last_seq) = (fresh, None);
        }
    }

    /// Returns the last voucher of the ledger, and what it refuses of the piece.
    fn check(
        &mut self,
        appender: &mut Appender,
        last_seq: Option<i64>,
        piece: &[JournalVoucher],
    ) -> Result<(i64, Vec<AuthoredError>), StoreError> {
        let dry: &mut dyn Sink = &mut Dry(&mut *self.engine);
        if last_seq.is_none() {
            appender.begin(dry)?;
        }
        let last_seq = last_seq.unwrap_or_else(|| appender.head().0);
        let mut found = Vec::new();
        for voucher in piece {
            let taken = self.importer.journal_voucher(dry, appender, voucher.clone(), last_seq);
            if let Err(Refusal::Rejected(rejection)) = taken {
                found.push(refused_voucher(self.importer.file, voucher, &rejection));
            }
        }
        Ok((last_seq, found))
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
