//! Imports files: trades, journals of previous systems, channel bills, account statements. A journal that a case books
//! is read here and staged by `cases`.
//!
//! Each file is one transaction and is refused as a whole; `pieces` imports it in several if the engine
//! cannot hold it in one.
//!
//! A file is read twice: once for its fingerprint, so that a repeated import of it is answered at once,
//! and once into the ledger, row by row in constant memory.

mod about_trade;
mod account;
mod account_day;
mod account_matches;
mod account_of;
mod account_parts;
mod account_proposals;
mod account_statements;
mod bill;
mod bills;
mod follow_up;
mod for_case;
mod importer;
mod journal;
mod matches;
mod pieces;
mod refused_rows;
mod sign_offs;
mod taken;
mod trades;

use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::domain::authored::{AuthoredError, MAX_LISTED};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::takeover::Standing;
use crate::files::import as reading;
use crate::files::import::{Codes, FileError, FileKind, Format, Settings as FileSettings, Source};
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::refusal::{Refusal, mistake, refused_row};
use crate::protocol::watch::{Unwatched, Watch};
use crate::store::{StoreError, imports, takeover};
use importer::Importer;
use refused_rows::RefusedRows;

/// Most rows that a refusal lists at once where those alone are wanted that the ledger refuses.
const MOST_REFUSED: usize = 10_000;

impl OpenLedger {
    /// Imports a file, whatever case it names.
    ///
    /// # Errors
    /// [`Code::BadFile`] with file, line, column and reason of every bad row, the first ones of many;
    /// [`Code::TradeConflict`] for a trade that the file tells something new of twice;
    /// [`Code::VoucherConflict`] or [`Code::BillConflict`] if the ledger holds something else under the same
    /// name; refusals of the ledger's guards with the line; faults. Nothing is imported then.
    pub fn import(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        let Incoming { source, format, dry_run, bill, refused_after, .. } = incoming;
        source.tell_day(bill.day);
        let again =
            Incoming { source: &mut *source, format, dry_run, bill, case_no: None, refused_after: None };
        self.import_file(context, again, watch).map_err(|refusal| {
            let mut refused = refused_rows(refused_after);
            if is_of_rows(&refusal) {
                self.add_refused_rows(context, (source, format), watch, &mut refused);
            }
            self.with_rows(refusal, refused, refused_after.is_none(), source, format)
        })
    }

    /// Adds its bad rows to the refusal of a journal for a case, or of one of its vouchers; `refused` are those that
    /// the books do not take.
    pub(crate) fn with_bad_rows(
        &self,
        refusal: Refusal,
        refused: Vec<AuthoredError>,
        incoming: Incoming<'_>,
    ) -> Refusal {
        let Incoming { source, format, refused_after, .. } = incoming;
        let mut rows = refused_rows(refused_after);
        for row in refused {
            rows.take(row);
        }
        self.with_rows(refusal, rows, refused_after.is_none(), source, format)
    }

    /// Adds its bad rows to the refusal of a file that was readable, or of one of its rows: `refused` by the ledger,
    /// and, unless they alone are wanted, those that the reader refuses.
    fn with_rows(
        &self,
        refusal: Refusal,
        mut refused: RefusedRows,
        all: bool,
        source: &mut Source,
        format: Format,
    ) -> Refusal {
        if !is_of_rows(&refusal) {
            return refusal;
        }
        let is_journal = format.kind() == FileKind::Journal && !refused.listed.is_empty();
        if !is_journal
            && refusal.code() != Code::BadFile.as_str()
            && let Some(first) = refused_row(&refusal)
        {
            refused.take_first(first);
        }
        if is_journal {
            number_columns(&mut refused.listed, source);
        }
        if !all {
            return refusal.with_mistakes(refused.listed, refused.more);
        }
        let (mut refused, more) = (refused.listed, refused.more);
        let file = source.name().to_owned();
        let settings = FileSettings { day: source.day(format), ..file_settings(&self.in_force, source) };
        let (mut listed, mut found) = (Vec::new(), 0_usize);
        let mut take = |error: &FileError| {
            found += 1;
            if listed.len() < MAX_LISTED {
                listed.push(mistake(error));
            }
        };
        let Ok(reader) = source.reader() else { return refusal };
        let ended = reading::survey(reader, &file, &settings, format, &mut |error, _| take(&error));
        if let Err(error) = ended {
            take(&error);
        }
        if listed.is_empty() && !is_journal && refused.len() < 2 {
            return refusal;
        }
        let found = found.saturating_add(refused.len()).saturating_add(more);
        let of_refusal = |row: &&AuthoredError| row.reason() == refusal.code() && row.column > 0;
        let column = refused.iter().find(of_refusal).map(|row| row.column);
        listed.append(&mut refused);
        listed.sort_by_key(|mistake| (mistake.line, mistake.column));
        listed.truncate(MAX_LISTED);
        let unlisted = found.saturating_sub(listed.len());
        match refusal {
            Refusal::Rejected(rejection) => {
                let rejection =
                    column.into_iter().fold(rejection, |rejection, column| rejection.with("column", column));
                Refusal::Rejected(rejection).with_mistakes(listed, unlisted)
            }
            fault @ Refusal::Fault { .. } => fault,
        }
    }

    fn import_file(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        let Incoming { source, format, dry_run, bill, .. } = incoming;
        let file = source.name().to_owned();
        let fingerprint = source.fingerprint_as(format)?;
        let mut answer = ImportAnswer::of(&file, format, dry_run);
        // A bill that is told to end elsewhere, or to take another's place, says more than its content.
        // Of account statements a part may have been taken before.
        let says_more =
            format.kind() == FileKind::Account || (format.kind() == FileKind::Bill && bill.is_told());
        if !says_more && let Some(before) = imports::imported(&mut *self.engine, &fingerprint)? {
            let answer = answer.imported_before(before.at, before.rows.unsigned_abs());
            return self.as_known(context, answer, format, &fingerprint);
        }
        if format.kind() == FileKind::Journal && takeover::standing(&mut *self.engine)? == Standing::Books {
            return Err(Rejection::new(Code::TakenOver).with("file", &file).into());
        }
        let settings = FileSettings { day: source.day(format), ..file_settings(&self.in_force, source) };
        let size = self.engine.batch_rows(usize::MAX);
        if size < usize::MAX && matches!(format.kind(), FileKind::Trades | FileKind::Journal) {
            let pieces = pieces::Pieces {
                importer: Importer {
                    in_force: &self.in_force,
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
            let taken = pieces.import(source, format);
            return taken;
        }
        let mut failure = None;
        let (engine, appender, in_force) = (&mut self.engine, &mut self.appender, &self.in_force);
        let mut before = None;
        let mut tried = false;
        let written = engine.commit(&mut |sink| {
            failure = None;
            // Another session may import the same file at this moment.
            before = if says_more { None } else { imports::imported(sink, &fingerprint)? };
            if before.is_some() {
                return Err(StoreError::rejected(Code::Cancelled));
            }
            in_force.trades_may_come(sink)?;
            let mut importer = Importer {
                in_force,
                context,
                settings: &settings,
                file: &file,
                fingerprint: &fingerprint,
                answer: ImportAnswer::of(&file, format, dry_run),
                watch: &mut *watch,
            };
            let taken = match format.kind() {
                FileKind::Trades => importer.trades(sink, source, format),
                FileKind::Journal => importer.journal(sink, appender, source, format),
                FileKind::Bill => importer.bill(sink, source, format, &bill).map(|known| before = known),
                FileKind::Account => importer.account(sink, appender, source, format, &bill),
            };
            answer = importer.answer;
            if before.is_some() {
                return Err(StoreError::rejected(Code::Cancelled));
            }
            if let Err(refusal) = taken {
                failure = Some(refusal);
                return Err(StoreError::rejected(Code::Cancelled));
            }
            // A dry run ends here: the file can be imported, and the transaction is rolled back.
            tried = dry_run;
            if dry_run { Err(StoreError::rejected(Code::Cancelled)) } else { Ok(()) }
        });
        if let Some(before) = before {
            let answer = answer.imported_before(before.at, before.rows.unsigned_abs());
            return self.as_known(context, answer, format, &fingerprint);
        }
        if written.is_err() {
            self.appender.forget();
        }
        match (failure, written) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(error)) if !tried => Err(error.into()),
            _ => Ok(answer),
        }
    }

    /// Imports a file without progress or cancellation.
    ///
    /// # Errors
    /// As [`OpenLedger::import`].
    pub fn import_quietly(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
    ) -> Result<ImportAnswer, Refusal> {
        self.import(context, incoming, &mut Unwatched)
    }
}

/// Returns what the reader of a file must know of the ledger, and the profile by which it is read.
fn file_settings(in_force: &InForce, source: &Source) -> FileSettings {
    let codes = Codes::of(&in_force.kinds, &in_force.channels, in_force.currencies.others());
    let profile = source.profile().cloned();
    FileSettings { currency: in_force.currency(), zone: in_force.zone.clone(), codes, profile, day: None }
}

/// Returns where the rows go that the ledger refuses: to those of a refusal, or to those after a line.
fn refused_rows(after: Option<usize>) -> RefusedRows {
    let most = if after.is_some() { MOST_REFUSED } else { MAX_LISTED };
    RefusedRows::after(after.unwrap_or_default(), most)
}

/// Returns whether a file was refused for what is in it, or the ledger refused one of its rows.
fn is_of_rows(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Rejected(Rejection { code: Code::BadFile, fact: None, .. }) => true,
        other => refused_row(other).is_some(),
    }
}

/// Gives mistakes in a journal the numbers of the columns that they name.
fn number_columns(mistakes: &mut [AuthoredError], source: &mut Source) {
    let Ok(Ok(numbers)) = source.reader().map(reading::journal_columns) else { return };
    for mistake in mistakes {
        let named = numbers.iter().find(|(name, _)| Some(*name) == mistake.column_name.as_deref());
        mistake.column = named.map_or(mistake.column, |(_, number)| *number);
    }
}
