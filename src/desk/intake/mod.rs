//! Imports files: trades, journals of previous systems, channel bills.
//!
//! Each file is one transaction and is refused as a whole; `pieces` imports it in several if the engine
//! cannot hold it in one.
//!
//! A file is read twice: once for its fingerprint, so that a repeated import of it is answered at once,
//! and once into the ledger, row by row in constant memory.

mod pieces;

use crate::desk::ledger::OpenLedger;
use crate::domain::chain::hex;
use crate::domain::event::Event;
use crate::domain::id::VoucherNo;
use crate::domain::rejection::{Code, Fact, Rejection};
use crate::domain::rule::{Facts, RuleBook};
use crate::domain::trade::{Channel, Trade};
use crate::domain::voucher::{Draft, Line, Mode, VoucherKind};
use crate::files::import as reading;
use crate::files::import::{
    FileError, FileKind, Format, JournalVoucher, ReadError, Settings as FileSettings, Source,
};
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Unwatched, Watch};
use crate::store::append::{Appender, Refs};
use crate::store::imports::{FileRecord, Numbered};
use crate::store::{Sink, StoreError, events, imports, statements, trades, vouchers};
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Rows between two progress reports.
const REPORT: u64 = 5000;

impl OpenLedger {
    /// Imports a file.
    ///
    /// # Errors
    /// [`Code::BadFile`] with file, line, column and reason; [`Code::TradeConflict`],
    /// [`Code::VoucherConflict`] or [`Code::BillConflict`] if the ledger holds something else under the
    /// same name; refusals of the ledger's guards with the line; faults. Nothing is imported then.
    pub fn take_over(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        let Incoming { source, format, dry_run } = incoming;
        let file = source.name().to_owned();
        let fingerprint = fingerprint(source, &file)?;
        let mut answer = ImportAnswer {
            file: file.clone(),
            format: format.as_str().to_owned(),
            rows: 0,
            added: 0,
            already: 0,
            imported_before: None,
            dry_run,
        };
        if let Some(before) = imports::imported(&mut *self.engine, &fingerprint)? {
            return Ok(answer.imported_before(before.at, before.rows.unsigned_abs()));
        }
        let settings = FileSettings { currency: self.in_force.currency(), zone: self.in_force.zone.clone() };
        let size = self.engine.batch_rows(usize::MAX);
        if size < usize::MAX && matches!(format.kind(), FileKind::Trades | FileKind::Journal) {
            let pieces = pieces::Pieces {
                taker: Taker {
                    rules: &self.in_force.rules,
                    context,
                    settings: &settings,
                    file: &file,
                    fingerprint: &fingerprint,
                    answer,
                    watch,
                },
                engine: &mut *self.engine,
                appender: &mut self.appender,
                size,
            };
            let taken = pieces.take(source, format);
            self.memory.forget();
            return taken;
        }
        let mut failure = None;
        let (engine, appender, rules) = (&mut self.engine, &mut self.appender, &self.in_force.rules);
        let mut before = None;
        let written = engine.commit(&mut |sink| {
            failure = None;
            // Another session may import the same file at this moment.
            before = imports::imported(sink, &fingerprint)?;
            if before.is_some() {
                return Err(StoreError::rejected(Code::Cancelled));
            }
            let mut taker = Taker {
                rules,
                context,
                settings: &settings,
                file: &file,
                fingerprint: &fingerprint,
                answer: ImportAnswer { added: 0, already: 0, rows: 0, ..answer.clone() },
                watch: &mut *watch,
            };
            let taken = match format.kind() {
                FileKind::Trades => taker.trades(sink, source, format),
                FileKind::Journal => taker.journal(sink, appender, source, format),
                FileKind::Bill(channel) => taker.bill(sink, source, format, channel),
            };
            answer = taker.answer;
            if let Err(refusal) = taken {
                failure = Some(refusal);
                return Err(StoreError::rejected(Code::Cancelled));
            }
            // A dry run ends here: the file can be imported, and the transaction is rolled back.
            if dry_run { Err(StoreError::rejected(Code::Cancelled)) } else { Ok(()) }
        });
        if let Some(before) = before {
            return Ok(answer.imported_before(before.at, before.rows.unsigned_abs()));
        }
        if written.is_err() {
            self.appender.forget();
        } else {
            self.memory.forget();
        }
        match (failure, written) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(error)) if !dry_run => Err(error.into()),
            _ => Ok(answer),
        }
    }

    /// Imports a file without progress or cancellation.
    ///
    /// # Errors
    /// As [`OpenLedger::take_over`].
    pub fn import_quietly(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
    ) -> Result<ImportAnswer, Refusal> {
        self.take_over(context, incoming, &mut Unwatched)
    }
}

/// Imports one file.
struct Taker<'t> {
    rules: &'t RuleBook,
    context: &'t Context,
    settings: &'t FileSettings,
    file: &'t str,
    fingerprint: &'t str,
    answer: ImportAnswer,
    watch: &'t mut dyn Watch,
}

impl Taker<'_> {
    fn record(&self, kind: &'static str) -> FileRecord<'_> {
        FileRecord {
            fingerprint: self.fingerprint,
            kind,
            file: self.file,
            rows: self.answer.rows,
            operator: &self.context.operator,
            now: self.context.now,
        }
    }

    fn count(&mut self, added: bool) -> Result<(), Refusal> {
        self.answer.rows += 1;
        if added {
            self.answer.added += 1;
        } else {
            self.answer.already += 1;
        }
        if self.answer.rows.is_multiple_of(REPORT) {
            self.watch.progress(Progress { done: self.answer.rows, total: None });
            if self.watch.cancelled() {
                return Err(Rejection::new(Code::Cancelled).into());
            }
        }
        Ok(())
    }

    /// Refuses a file whose last line does not end: it has no footer, so the rest may be missing.
    fn whole(&self, summary: &reading::Summary) -> Result<(), Refusal> {
        if summary.last_line_ended {
            return Ok(());
        }
        let rejection = Rejection::new(Code::BadFile)
            .with("file", self.file)
            .with("place", format!("{}:{}", self.file, summary.lines + 1))
            .with("line", summary.lines + 1)
            .with("problem", "import.cut_last_line");
        Err(rejection.into())
    }

    fn at(&self, line: u64, refusal: impl Into<Refusal>) -> Refusal {
        match refusal.into() {
            Refusal::Rejected(rejection) => Refusal::Rejected(
                rejection
                    .with("file", self.file)
                    .with("line", line)
                    .with("place", format!("{}:{line}", self.file)),
            ),
            fault @ Refusal::Fault { .. } => fault,
        }
    }

    fn trades(&mut self, sink: &mut dyn Sink, source: &mut Source, format: Format) -> Result<(), Refusal> {
        let first = imports::next_id(sink, Numbered::Trade)?;
        let mut next = first;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader().map_err(|error| bad_file(&error))?;
        let read = reading::read_trades(reader, &file, &settings, format, &mut |line, trade| {
            let added = self.trade(sink, line, &trade, first, next)?;
            next += i64::from(added);
            self.count(added)
        });
        self.whole(&refused(read)?)?;
        Ok(imports::insert_file(sink, &self.record(format.kind().as_str()))?)
    }

    /// Adds one trade; returns false if the ledger already holds the same.
    fn trade(
        &self,
        sink: &mut dyn Sink,
        line: u64,
        trade: &Trade,
        first: i64,
        next: i64,
    ) -> Result<bool, Refusal> {
        if first > 1
            && let Some(known) = trades::trade(sink, &trade.trade_no)?
        {
            let differs = differing(&known.trade, trade);
            if differs.is_empty() && known.id < first {
                return Ok(false);
            }
            let rejection = Rejection::new(Code::TradeConflict).with("trade", &trade.trade_no);
            let rejection = if differs.is_empty() {
                rejection.with("twice", self.file)
            } else {
                rejection.with("facts", differs.join(", "))
            };
            return Err(self.at(line, rejection));
        }
        if trade.currency != self.settings.currency {
            let rejection = Rejection::new(Code::Currency)
                .with("trade", &trade.trade_no)
                .with("currency", trade.currency)
                .with("ledger", self.settings.currency);
            return Err(self.at(line, rejection));
        }
        let facts = Facts::from(trade);
        let cleared = trade.clearing == crate::domain::trade::ClearingStatus::Cleared
            && self
                .rules
                .in_force(trade.business_date)
                .is_some_and(|set| set.rule_for(&facts, Event::Cleared).is_some());
        let events: &[Event] = if cleared { &[Event::Captured, Event::Cleared] } else { &[Event::Captured] };
        trades::insert_trade(sink, next, trade, events).map_err(|error| match error {
            StoreError::Rejected(rejection) if rejection.code == Code::TradeConflict => self.at(
                line,
                Rejection::new(Code::TradeConflict).with("trade", &trade.trade_no).with("twice", self.file),
            ),
            other => self.at(line, other),
        })?;
        Ok(true)
    }

    fn journal(
        &mut self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        source: &mut Source,
        format: Format,
    ) -> Result<(), Refusal> {
        appender.begin(sink)?;
        let had = appender.head().0;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader().map_err(|error| bad_file(&error))?;
        let read = reading::read_journal(reader, &file, &settings, format, &mut |voucher| {
            let line = voucher.first_line;
            let added =
                self.old_voucher(sink, appender, voucher, had).map_err(|refusal| self.at(line, refusal))?;
            self.count(added)
        });
        self.whole(&refused(read)?)?;
        Ok(imports::insert_file(sink, &self.record(format.kind().as_str()))?)
    }

    /// Adds one voucher of a previous system; returns false if the ledger already holds the same.
    fn old_voucher(
        &self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        voucher: JournalVoucher,
        had: i64,
    ) -> Result<bool, Refusal> {
        if had > 0
            && let Some(known) = vouchers::voucher(sink, &voucher.voucher_no)?
        {
            if known.seq <= had && same_voucher(&known, &voucher) {
                return Ok(false);
            }
            return Err(Rejection::new(Code::VoucherConflict).with("voucher", &voucher.voucher_no).into());
        }
        if is_our_number(&voucher.voucher_no) {
            return Err(Rejection::new(Code::VoucherConflict).with("voucher", &voucher.voucher_no).into());
        }
        let mut trade = None;
        let mut business_date = voucher.accounting_date;
        if let Some(trade_no) = &voucher.trade_no {
            let (id, date) =
                trades::trade_day(sink, trade_no)?.ok_or_else(|| Rejection::not_found("trade", trade_no))?;
            if let Some(event) = voucher.event {
                events::ensure_event(sink, id, event)?;
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
        appender.append(sink, &draft, Refs { trade, reverses: None })?;
        Ok(true)
    }

    fn bill(
        &mut self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
        channel: Channel,
    ) -> Result<(), Refusal> {
        let statement = imports::next_id(sink, Numbered::Statement)?;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader().map_err(|error| bad_file(&error))?;
        let read = reading::read_bill(reader, &file, &settings, format, &mut |line| {
            statements::insert_line(sink, statement, channel, &line)
                .map_err(|error| self.at(line.line, error))?;
            self.count(true)
        });
        let summary = refused(read)?;
        if let Some(other) = statements::same_statement(sink, &summary.head)? {
            return Err(Rejection::new(Code::BillConflict)
                .with("file", self.file)
                .with("other", other)
                .with("channel", summary.head.channel)
                .with("day", summary.head.day.map_or_else(String::new, |day| day.to_string()))
                .into());
        }
        Ok(statements::insert_statement(
            sink,
            statement,
            &summary.head,
            &self.record(format.kind().as_str()),
        )?)
    }
}

/// Returns the names of the facts in which two trades with the same number differ.
fn differing(known: &Trade, new: &Trade) -> Vec<&'static str> {
    let facts = [
        ("kind", known.kind == new.kind),
        ("product", known.product == new.product),
        ("channel", known.channel == new.channel),
        ("channel_ref", known.channel_ref == new.channel_ref),
        ("original_ref", known.original_ref == new.original_ref),
        ("amount", known.amount_minor == new.amount_minor),
        ("fee", known.fee_minor == new.fee_minor),
        ("currency", known.currency == new.currency),
        ("customer", known.customer == new.customer),
        ("merchant", known.merchant == new.merchant),
        ("occurred_at", known.occurred_at == new.occurred_at),
        ("status", known.status == new.status),
        ("clearing", known.clearing == new.clearing),
    ];
    facts.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

fn same_voucher(known: &crate::domain::voucher::Voucher, new: &JournalVoucher) -> bool {
    let lines = |line: (&crate::domain::voucher::Entry, &Line)| {
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

/// Whether a number has the form of Storno's own (`V` and at least five digits): an imported voucher under such a number
/// would one day stand in the way of ours.
fn is_our_number(number: &VoucherNo) -> bool {
    number
        .as_str()
        .strip_prefix('V')
        .is_some_and(|digits| digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn refused<T>(read: Result<T, ReadError<Refusal>>) -> Result<T, Refusal> {
    read.map_err(|error| match error {
        ReadError::File(error) => bad_file(&error),
        ReadError::Each(refusal) => refusal,
    })
}

/// A file's refusal as the desk's: where, and the key of the reason's own text.
#[must_use]
pub fn bad_file(error: &FileError) -> Refusal {
    let mut place = error.file.clone();
    let mut rejection = Rejection::new(Code::BadFile).with("file", &error.file);
    if let Some(line) = error.line {
        rejection = rejection.with("line", line);
        place.push_str(&format!(":{line}"));
    }
    if let Some(column) = &error.column {
        rejection = rejection.with("column", column.number);
        place.push_str(&format!(":{}", column.number));
        if let Some(name) = &column.name {
            place.push_str(&format!(" ({name})"));
        }
    }
    if matches!(error.reason, reading::Reason::Unreadable { .. }) {
        rejection = rejection.about(Fact::Unreadable);
    }
    rejection = rejection.with("place", place).with("problem", format!("file.{}", error.reason.key()));
    rejection.args.extend(error.reason.args().into_iter().map(|(name, value)| (name.to_owned(), value)));
    Refusal::Rejected(rejection)
}

/// Returns the SHA-256 of the file's content.
fn fingerprint(source: &mut Source, file: &str) -> Result<String, Refusal> {
    let mut reader = source.reader().map_err(|error| bad_file(&error))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(count) => hasher.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let reason = reading::Reason::Unreadable { detail: error.to_string() };
                return Err(bad_file(&FileError { file: file.to_owned(), line: None, column: None, reason }));
            }
        }
    }
}
