//! The file in which people decide about findings: written by `findings --out`, read by `case open --from`.

use super::new_file::{refuse_existing, write_new};
use super::outcome::{CommandOutcome, Failure};
use super::progress::LongWork;
use super::session::{Session, every_page};
use crate::documents::{WorkbookScope, decision_csv, decision_workbook, read_decisions};
use crate::domain::authored::{AuthoredError, rejection_as};
use crate::domain::decision::DecisionVerdict;
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::table_cells;
use crate::i18n::text;
use crate::protocol::answer::Answer;
use crate::protocol::decisions::{CheckDecisions, Decided, DecidedRow, ListProposals, StageDecisions};
use crate::protocol::findings::FindingFilter;
use crate::protocol::policy::ListReasons;
use crate::protocol::refusal::Refusal;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use serde::Serialize;
use std::path::Path;

/// What is printed after a file was written.
#[derive(Serialize)]
struct WrittenDecisions {
    file: String,
    findings: usize,
}

/// Writes the findings of a filter to a new file, XLSX or CSV by its ending.
pub fn write_decisions(
    session: &mut Session,
    filter: &FindingFilter,
    path: &Path,
) -> Result<CommandOutcome, Failure> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let is_book = match ending.as_deref() {
        Some("xlsx") => true,
        Some("csv") => false,
        _ => {
            let bad = Rejection::new(Code::BadValue).with("what", "file").with("value", path.display());
            return Err(bad.with("allowed", ".xlsx, .csv").into());
        }
    };
    refuse_existing(path)?;
    let mut desk = session.open()?;
    let mut watch = session.watch(Some(LongWork::Findings));
    let ask = |page| ListProposals { filter: filter.clone(), page };
    let all = every_page(&mut *desk, &session.context, ask, &mut watch)?.rows;
    watch.finish();
    let bytes = if is_book {
        let reasons = ask_for(&mut *desk, &session.context, ListReasons {}, &mut Unwatched)?;
        let now = session.context.now.local();
        let scope = WorkbookScope { lang: session.lang, names: &session.names, reasons: &reasons, now };
        decision_workbook(&all, &scope)?
    } else {
        decision_csv(&all, &session.names, session.lang)
    };
    write_new(path, &bytes)?;
    let written = WrittenDecisions { file: path.display().to_string(), findings: all.len() };
    let args = [("file", written.file.clone()), ("count", written.findings.to_string())];
    session.print_object(&written, &text(session.lang, "cli.decisions.written", &args))
}

/// Reads the decisions of a file, and says what would become of them, or stages them.
pub fn run_decisions(
    session: &mut Session,
    path: &Path,
    (stages, rejects): (bool, Option<&Path>),
) -> Result<CommandOutcome, Failure> {
    if stages {
        session.must_write()?;
    }
    if let Some(rejects) = rejects {
        refuse_existing(rejects)?;
    }
    let cells = table_cells(path).map_err(Refusal::from)?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut read = read_decisions(&cells, session.lang).map_err(|heading| missing(name, heading))?;
    let mut desk = session.open()?;
    let mut watch = session.watch(Some(LongWork::Steps));
    let rows = std::mem::take(&mut read.rows);
    let decided = if stages {
        ask_for(&mut *desk, &session.context, StageDecisions { rows }, &mut watch)?
    } else {
        ask_for(&mut *desk, &session.context, CheckDecisions { rows }, &mut watch)?
    };
    watch.finish();
    let decided = read.with(decided);
    if let Some(rejects) = rejects {
        write_new(rejects, &rejected(&decided))?;
    }
    session.print(&Answer::Decided(decided))
}

/// Returns the refusal of a file without a column.
fn missing(file: String, heading: String) -> Rejection {
    let missing = AuthoredError {
        file,
        line: 0,
        column: 0,
        column_name: None,
        key: "file.missing_column".to_owned(),
        args: vec![("name".to_owned(), heading)],
        nearest: None,
    };
    rejection_as(Code::BadFile, vec![missing])
}

/// Returns the decisions that cannot be carried out, as CSV.
fn rejected(decided: &Decided) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    // A vector takes every row.
    let _ = out.write_record(["line", "column", "column_name", "finding", "decision", "verdict", "reason"]);
    for row in decided.rows.iter().filter(|row| row.verdict != DecisionVerdict::Ok) {
        let DecidedRow { line, column, finding, decision, verdict, what, .. } = row;
        let (number, name) = match column {
            Some((number, name)) => (number.to_string(), name.clone()),
            None => (String::new(), String::new()),
        };
        let decision = decision.map_or_else(String::new, |decision| decision.to_string());
        let cells =
            [line.to_string(), number, name, finding.clone(), decision, verdict.to_string(), what.clone()];
        let _ = out.write_record(cells);
    }
    out.into_inner().unwrap_or_default()
}
