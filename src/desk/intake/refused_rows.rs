//! What the ledger refuses of the rows of a file that its reader takes. Each row is judged by itself, and nothing is
//! written.

use super::file_settings;
use super::importer::Importer;
use super::taken::Taken;
use super::trades::{NewRows, twice};
use crate::desk::ledger::OpenLedger;
use crate::domain::authored::AuthoredError;
use crate::domain::id::TradeNo;
use crate::domain::trade_news::ListedTrade;
use crate::files::import as reading;
use crate::files::import::{FileKind, Format, JournalVoucher, Settings as FileSettings, Source};
use crate::protocol::context::Context;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::refusal::{Refusal, refused_row, refused_voucher};
use crate::protocol::watch::Watch;
use crate::store::append::Appender;
use crate::store::engine::dry::Dry;
use crate::store::{Engine, Sink, StoreError};
use std::collections::HashSet;

/// Rows whose reads are fetched together.
const PIECE: usize = 500;

/// Rows of a file that the ledger refuses, in the order of the file: the first after a line, and how many more.
#[derive(Debug)]
pub(crate) struct RefusedRows {
    after: usize,
    most: usize,
    /// The first of them.
    pub listed: Vec<AuthoredError>,
    /// How many more there are.
    pub more: usize,
}

impl RefusedRows {
    /// Lists none yet, and later at most `most` after a line.
    pub(crate) const fn after(after: usize, most: usize) -> Self {
        Self { after, most, listed: Vec::new(), more: 0 }
    }

    /// Adds one that comes behind those it has.
    pub(crate) fn take(&mut self, mistake: AuthoredError) {
        if mistake.line <= self.after {
            return;
        }
        if self.listed.len() < self.most {
            self.listed.push(mistake);
        } else {
            self.more += 1;
        }
    }

    /// Adds the row of the refusal itself, unless it is among them: the first one, which a guard of the database may
    /// have refused.
    pub(crate) fn take_first(&mut self, first: AuthoredError) {
        let is_listed = self.listed.iter().any(|other| other.line == first.line);
        if is_listed || first.line <= self.after {
            return;
        }
        self.listed.insert(0, first);
        if self.listed.len() > self.most {
            self.listed.pop();
            self.more += 1;
        }
    }
}

impl OpenLedger {
    /// Adds the rows of a file to `found` that the ledger does not take.
    pub(super) fn add_refused_rows(
        &mut self,
        context: &Context,
        (source, format): (&mut Source, Format),
        watch: &mut dyn Watch,
        found: &mut RefusedRows,
    ) {
        let (file, settings) = (source.name().to_owned(), file_settings(&self.in_force, source));
        let Ok(reader) = source.reader() else { return };
        let importer = Importer {
            in_force: &self.in_force,
            context,
            settings: &settings,
            file: &file,
            fingerprint: "",
            answer: ImportAnswer::of(&file, format, true),
            watch,
        };
        if format.kind() == FileKind::Bill {
            return importer.refused_lines(reader, &settings, format, found);
        }
        let (engine, appender) = (&mut *self.engine, self.appender.fresh());
        let (piece, seen) = (Vec::new(), HashSet::new());
        let mut dry_run = DryRun { importer, engine, appender, last_seq: None, piece, seen, found };
        let read = if format.kind() == FileKind::Journal {
            reading::good_vouchers(reader, &file, &settings, &mut |voucher| {
                dry_run.add(Row::Voucher(voucher));
            })
        } else {
            reading::good_trades(reader, &file, &settings, format, &mut |line, listed| {
                dry_run.add(Row::Trade(line, Box::new(listed)));
            })
        };
        // What is wrong with the file as a whole is told already.
        drop(read);
        dry_run.judge();
    }
}

impl Importer<'_> {
    /// Adds the lines of a bill that the ledger does not take.
    fn refused_lines(
        &self,
        reader: impl std::io::Read,
        settings: &FileSettings,
        format: Format,
        found: &mut RefusedRows,
    ) {
        let kept = &self.in_force.currencies;
        let read = reading::good_lines(reader, self.file, settings, format, &mut |line| {
            if let Err(rejection) = kept.must_keep(line.currency)
                && let Some(mistake) = refused_row(&self.at_line(line.line, rejection))
            {
                found.take(mistake);
            }
        });
        // What is wrong with the file as a whole is told already.
        drop(read);
    }
}

/// A row of a refused file: a trade with its line, or a voucher.
enum Row {
    Trade(u64, Box<ListedTrade>),
    Voucher(JournalVoucher),
}

/// The rows of a refused file on their way through the ledger's checks.
struct DryRun<'t, 'd> {
    importer: Importer<'t>,
    engine: &'d mut dyn Engine,
    appender: Appender,
    /// Sequence number of the last voucher of the ledger, once it is read.
    last_seq: Option<i64>,
    piece: Vec<Row>,
    /// Trades that the file told something of before.
    seen: HashSet<TradeNo>,
    found: &'d mut RefusedRows,
}

impl DryRun<'_, '_> {
    /// Adds a row; judges those of a piece together.
    fn add(&mut self, row: Row) {
        self.piece.push(row);
        if self.piece.len() >= PIECE {
            self.judge();
        }
    }

    /// Judges the rows of the piece; those of one that meets a fault are not told.
    fn judge(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        if self.importer.watch.cancelled() {
            return;
        }
        while self.engine.prefetch_pass().unwrap_or(false) {
            let _ = self.check(&mut self.appender.fresh(), None, &piece);
        }
        let (mut appender, fresh) = (Appender::default(), self.appender.fresh());
        std::mem::swap(&mut appender, &mut self.appender);
        let checked = self.check(&mut appender, self.last_seq, &piece);
        self.appender = appender;
        let Ok((last_seq, checked)) = checked else {
            (self.appender, self.last_seq) = (fresh, None);
            return;
        };
        self.last_seq = Some(last_seq);
        for (row, refusal) in piece.iter().zip(checked) {
            if let Some(mistake) = self.mistake(row, refusal) {
                self.found.take(mistake);
            }
        }
    }

    /// Returns the last voucher of the ledger, and what becomes of each row of the piece.
    fn check(
        &mut self,
        appender: &mut Appender,
        last_seq: Option<i64>,
        piece: &[Row],
    ) -> Result<(i64, Vec<Result<Taken, Refusal>>), StoreError> {
        let dry: &mut dyn Sink = &mut Dry(&mut *self.engine);
        if last_seq.is_none() {
            appender.begin(dry)?;
        }
        let last_seq = last_seq.unwrap_or_else(|| appender.head().0);
        let mut rows = NewRows::of(dry)?;
        let mut checked = Vec::with_capacity(piece.len());
        for row in piece {
            checked.push(match row {
                Row::Trade(line, listed) => self.importer.add_trade(dry, *line, listed, &mut rows),
                Row::Voucher(voucher) => self
                    .importer
                    .journal_voucher(dry, appender, voucher.clone(), last_seq)
                    .map(|added| if added { Taken::New } else { Taken::Same }),
            });
        }
        Ok((last_seq, checked))
    }

    /// Returns a row that is refused as a mistake; a trade is also refused if the file told something of it before.
    fn mistake(&mut self, row: &Row, checked: Result<Taken, Refusal>) -> Option<AuthoredError> {
        match (row, checked) {
            (Row::Voucher(voucher), Err(Refusal::Rejected(rejection))) => {
                Some(refused_voucher(self.importer.file, voucher, &rejection))
            }
            (Row::Trade(..), Err(refusal)) => refused_row(&refusal),
            (Row::Trade(line, listed), Ok(taken)) => {
                let trade_no = &listed.trade.trade_no;
                if self.seen.contains(trade_no) {
                    let refusal = twice(trade_no, self.importer.file);
                    return refused_row(&self.importer.at_line(*line, refusal));
                }
                if taken != Taken::Same {
                    self.seen.insert(trade_no.clone());
                }
                None
            }
            (Row::Voucher(_), _) => None,
        }
    }
}
