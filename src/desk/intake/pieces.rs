//! Imports a long file in pieces if one batch cannot hold it: a cluster replicates each batch as a
//! whole.
//!
//! The first pass over the file is a dry run, so that a bad file is refused before any of it is written.
//! The second pass writes it piece by piece, each in a batch of its own. The record of the file comes
//! last: a run that ends before leaves whole trades or vouchers, and importing the same file again finds
//! them and continues. The reads of each piece are prefetched in one request.
//!
//! A channel bill stays one batch: half of it would make trades look unpaid.

use super::importer::{Importer, counted, refused};
use super::taken::Taken;
use super::trades::NewRows;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade_news::ListedTrade;
use crate::files::import as reading;
use crate::files::import::{FileKind, Format, JournalVoucher, Source, Summary};
use crate::protocol::intake::ImportAnswer;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Progress;
use crate::store::append::Appender;
use crate::store::engine::dry::Dry;
use crate::store::{Engine, Fault, Reader, Sink, StoreError, imports};
use std::collections::HashSet;

/// One record of a file of trades or of a journal.
enum Record {
    Trade(u64, Box<ListedTrade>),
    Voucher(JournalVoucher),
}

impl Record {
    const fn line(&self) -> u64 {
        match self {
            Self::Trade(line, _) => *line,
            Self::Voucher(voucher) => voucher.first_line,
        }
    }

    fn number(&self) -> &str {
        match self {
            Self::Trade(_, listed) => listed.trade.trade_no.as_str(),
            Self::Voucher(voucher) => voucher.voucher_no.as_str(),
        }
    }

    /// Returns the refusal of a number that the file holds twice.
    fn conflict(&self, file: &str) -> Rejection {
        let (code, what) = match self {
            Self::Trade(..) => (Code::TradeConflict, "trade"),
            Self::Voucher(_) => (Code::VoucherConflict, "voucher"),
        };
        Rejection::new(code).with(what, self.number()).with("twice", file)
    }
}

/// Imports a file piece by piece.
pub(crate) struct Pieces<'t, 'd> {
    pub importer: Importer<'t>,
    pub engine: &'d mut dyn Engine,
    pub appender: &'d mut Appender,
    /// Records of one piece.
    pub size: usize,
}

impl Pieces<'_, '_> {
    /// Imports the file, or only checks it in a dry run.
    ///
    /// # Errors
    /// As [`OpenLedger::import`](crate::desk::ledger::OpenLedger::import); nothing of a file that
    /// is refused is written. A later fault or cancellation ends the import between two pieces;
    /// importing the same file again continues there.
    pub fn import(mut self, source: &mut Source, format: Format) -> Result<ImportAnswer, Refusal> {
        self.dry_run(source, format)?;
        if self.importer.answer.dry_run {
            return Ok(self.importer.answer);
        }
        let total = std::mem::take(&mut self.importer.answer.rows);
        self.importer.answer = self.importer.answer.counted_anew();
        let written = self
            .each_piece(source, format, &mut |this, piece| this.write(&piece, total))
            .and_then(|_| self.record(format));
        let names = &self.importer.in_force.names;
        let (answer, lang) = (self.importer.answer, self.importer.context.lang);
        match written {
            Ok(None) => Ok(answer),
            Ok(Some(before)) => Ok(answer.imported_before(before.at, before.rows.unsigned_abs())),
            Err(refusal) if answer.rows == 0 || refusal.code() == Code::Cancelled.as_str() => Err(refusal),
            // Part of the file is in the ledger, and the message must say so.
            Err(refusal) => {
                let why = names.refusal(lang, refusal).message(lang);
                Err(Fault::PartTaken { file: answer.file, rows: answer.rows, total, why }.into())
            }
        }
    }

    /// Records the file; returns the record of another session that imported it first.
    fn record(&mut self, format: Format) -> Result<Option<imports::Imported>, Refusal> {
        let (record, mut before) = (self.importer.record(format.kind().as_str()), None);
        self.engine.commit(&mut |sink| {
            before = imports::imported(sink, record.fingerprint)?;
            if before.is_none() { imports::insert_file(sink, &record) } else { Ok(()) }
        })?;
        Ok(before)
    }

    /// Runs the whole file as a dry run.
    fn dry_run(&mut self, source: &mut Source, format: Format) -> Result<(), Refusal> {
        let mut seen = HashSet::new();
        let mut appender = self.appender.fresh();
        let summary = self.each_piece(source, format, &mut |this, piece| {
            this.prefetch(&piece)?;
            let dry: &mut dyn Sink = &mut Dry(&mut *this.engine);
            let mut start = PieceStart::of(&this.importer, dry, &mut appender)?;
            for record in &piece {
                let taken = add(&this.importer, dry, &mut appender, record, &mut start)?;
                // What the file tells of a trade is told once.
                if seen.contains(record.number()) {
                    return Err(this.importer.at_line(record.line(), record.conflict(this.importer.file)));
                }
                match record {
                    Record::Trade(_, listed) => this.importer.add_up(&listed.trade),
                    Record::Voucher(voucher) => this.importer.add_up_voucher(voucher),
                }
                if taken != Taken::Same {
                    seen.insert(record.number().to_owned());
                }
                this.importer.count(taken)?;
            }
            Ok(())
        })?;
        Ok(summary.refuse_if_cut(self.importer.file)?)
    }

    /// Writes one piece as one batch.
    fn write(&mut self, piece: &[Record], total: u64) -> Result<(), Refusal> {
        self.prefetch(piece)?;
        let (mut failure, mut taken) = (None, Vec::new());
        let (importer, appender) = (&self.importer, &mut *self.appender);
        let written = self.engine.commit(&mut |sink| {
            (failure, taken) = (None, Vec::with_capacity(piece.len()));
            let mut fill = || {
                let mut start = PieceStart::of(importer, sink, appender)?;
                for record in piece {
                    taken.push(add(importer, sink, appender, record, &mut start)?);
                }
                Ok(())
            };
            fill().map_err(|refusal| {
                failure = Some(refusal);
                StoreError::rejected(Code::Cancelled)
            })
        });
        if let Err(error) = written {
            self.appender.forget();
            return Err(failure.unwrap_or_else(|| error.into()));
        }
        let (answer, rows) = (&mut self.importer.answer, u64::try_from(piece.len()).unwrap_or_default());
        answer.rows += rows;
        for row in taken {
            *counted(answer, row) += 1;
        }
        self.importer.watch.progress(Progress { done: self.importer.answer.rows, total: Some(total) });
        if self.importer.watch.cancelled() {
            return Err(Rejection::new(Code::Cancelled).into());
        }
        Ok(())
    }

    /// Prefetches the reads of a piece for a remote engine.
    fn prefetch(&mut self, piece: &[Record]) -> Result<(), Refusal> {
        while self.engine.prefetch_pass()? {
            let mut appender = self.appender.fresh();
            let dry: &mut dyn Sink = &mut Dry(&mut *self.engine);
            let Ok(mut start) = PieceStart::of(&self.importer, dry, &mut appender) else { continue };
            for record in piece {
                let _ = add(&self.importer, dry, &mut appender, record, &mut start);
            }
        }
        Ok(())
    }

    /// Reads the file and passes it on in pieces.
    fn each_piece(
        &mut self,
        source: &mut Source,
        format: Format,
        each: &mut dyn FnMut(&mut Self, Vec<Record>) -> Result<(), Refusal>,
    ) -> Result<Summary, Refusal> {
        let (settings, file, size) =
            (self.importer.settings.clone(), self.importer.file.to_owned(), self.size);
        let reader = source.reader()?;
        let mut piece = Vec::new();
        let mut take = |record| {
            piece.push(record);
            if piece.len() < size { Ok(()) } else { each(self, std::mem::take(&mut piece)) }
        };
        let read = if format.kind() == FileKind::Journal {
            reading::read_journal(reader, &file, &settings, format, &mut |voucher| {
                take(Record::Voucher(voucher))
            })
        } else {
            reading::read_trades(reader, &file, &settings, format, &mut |line, trade| {
                take(Record::Trade(line, Box::new(trade)))
            })
        };
        let summary = refused(read)?;
        if !piece.is_empty() {
            each(self, piece)?;
        }
        Ok(summary)
    }
}

/// Position in the ledger at the start of a piece.
struct PieceStart {
    /// Rows of new trades.
    rows: NewRows,
    /// Sequence number of the last voucher before the piece.
    last_seq: i64,
}

impl PieceStart {
    fn of<R: Reader + ?Sized>(
        importer: &Importer<'_>,
        reader: &mut R,
        appender: &mut Appender,
    ) -> Result<Self, StoreError> {
        importer.in_force.trades_may_come(reader)?;
        let rows = NewRows::of(reader)?;
        appender.begin(reader)?;
        Ok(Self { rows, last_seq: appender.head().0 })
    }
}

/// Adds one record; returns what became of it.
fn add(
    importer: &Importer<'_>,
    sink: &mut dyn Sink,
    appender: &mut Appender,
    record: &Record,
    start: &mut PieceStart,
) -> Result<Taken, Refusal> {
    match record {
        Record::Trade(line, listed) => importer.add_trade(sink, *line, listed, &mut start.rows),
        Record::Voucher(voucher) => importer
            .journal_voucher(sink, appender, voucher.clone(), start.last_seq)
            .map(|added| if added { Taken::New } else { Taken::Same })
            .map_err(|refusal| importer.at_line(voucher.first_line, refusal)),
    }
}
