//! `export`: vouchers with their entries, in a format of other programs.

use crate::cli::new_file::NewFile;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::day;
use crate::files::export::{Exporter, Format, Scope, Written};
use crate::i18n::text;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::page::{Page, Start};
use crate::protocol::refusal::Refusal;
use crate::protocol::service::{Service, ask_for};
use crate::protocol::vouchers::{ListVouchers, VoucherFilter};
use crate::protocol::watch::{Progress, Unwatched, Watch};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;
use serde::Serialize;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// Vouchers requested at once; pages with very long vouchers end earlier.
const PAGE: usize = 500;

/// Exports the vouchers of some accounting days, as of the moment the command starts.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[arg(value_name = "FORMAT", value_parser = format_parser())]
    writer: Format,
    #[arg(long, value_parser = day, conflicts_with_all = ["from", "to"])]
    day: Option<Date>,
    /// First accounting day; `None` for the ledger's first.
    #[arg(long, value_parser = day)]
    from: Option<Date>,
    /// Last accounting day; `None` for the ledger's last.
    #[arg(long, value_parser = day)]
    to: Option<Date>,
    /// The file to write; `None` for standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Parses a format by the word of its writer.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    let words = Format::ALL.iter().map(|format| format.writer().word);
    PossibleValuesParser::new(words).try_map(|word| {
        let found = Format::ALL.iter().find(|format| format.writer().word == word);
        found.copied().ok_or(word)
    })
}

/// What is printed after an export to a file.
#[derive(Serialize)]
struct Exported {
    file: String,
    format: &'static str,
    #[serde(flatten)]
    written: Written,
}

impl RunCommand for ExportArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let mut desk = session.open()?;
        let Some(path) = &self.output else {
            let mut out = BufWriter::new(io::stdout().lock());
            self.export_to(session, &mut *desk, &mut out)?;
            out.flush()?;
            return Ok(CommandOutcome::Done);
        };
        let (unfinished, file) = NewFile::create(path)?;
        let mut out = BufWriter::new(file);
        let written = self.export_to(session, &mut *desk, &mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        unfinished.finish(path)?;
        let exported =
            Exported { file: path.display().to_string(), format: self.writer.writer().word, written };
        let args = [
            ("file", exported.file.clone()),
            ("vouchers", written.vouchers.to_string()),
            ("entries", written.entries.to_string()),
        ];
        session.print_object(&exported, &text(session.lang, "cli.exported", &args))
    }
}

impl ExportArgs {
    /// Reads the vouchers page by page and writes them to `out`.
    fn export_to(
        &self,
        session: &Session,
        desk: &mut dyn Service,
        out: &mut dyn Write,
    ) -> Result<Written, Failure> {
        let info = ask_for(desk, &session.context, ShowLedger {}, &mut Unwatched)?;
        let currency = info.currency.parse().unwrap_or(session.currency);
        let (from, to) = (self.day.or(self.from), self.day.or(self.to));
        let scope = Scope { ledger: info.name, currency, from, to };
        let filter = VoucherFilter { from, to, with_entries: true, ..VoucherFilter::default() };
        let mut exporter = Exporter::begin(self.writer, out, &scope)?;
        let mut watch = session.watch(Some(LongWork::Export));
        let mut page = Page { start: Start::First, limit: PAGE };
        let mut done = 0;
        'pages: loop {
            let ask = ListVouchers { filter: filter.clone(), page: page.clone() };
            let rows = ask_for(desk, &session.context, ask, &mut watch)?;
            for voucher in &rows.rows {
                // Vouchers posted after the export began are left out.
                if voucher.seq > info.head_seq {
                    break 'pages;
                }
                // A server of an older version leaves the entries out; an incomplete export would look complete.
                if voucher.entries.is_empty() {
                    return Err(Refusal::wrong_answer().into());
                }
                exporter.voucher(voucher)?;
            }
            done += rows.rows.len() as u64;
            watch.progress(Progress { done, total: None });
            let Some(next) = rows.next() else { break };
            page.start = Start::After(next);
        }
        watch.finish();
        Ok(exporter.end()?.1)
    }
}
