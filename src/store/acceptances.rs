//! Findings that people accepted without booking, in the order in which they decided.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::acceptance::{Acceptance, AcceptanceEnd, AcceptanceState};
use crate::domain::finding::Finding;
use crate::domain::hand_match::FirstDecision;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use jiff::civil::Date;

/// An acceptance to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewAcceptance<'a> {
    /// The finding as it is seen.
    pub finding: &'a Finding,
    /// The same as JSON.
    pub facts: &'a str,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// Reason code.
    pub reason: &'a str,
    /// What the operator says about it.
    pub note: &'a str,
    /// Name and SHA-256 of the file that proves it.
    pub file: Option<&'a (String, String)>,
    /// Whether it counts: as many people as the policy asks for have accepted the finding.
    pub is_agreed: bool,
    /// Who decided.
    pub operator: &'a Operator,
    /// When.
    pub now: Moment,
}

/// Columns of an acceptance `a`, and of the acceptance `f` by which a first person proposed it.
const ACCEPTANCE: &str = "a.n, a.finding, a.cause, a.amount_minor, a.currency, a.mark, a.until, a.reason, a.note, a.file, a.fingerprint, \
    a.operator, a.at, a.agreed, f.operator, f.at, f.note, p.operator";

/// Joins the acceptance `f` that a first person proposed and a second one put in force with `a`, and the one `p` that
/// another person proposed before `a` was proposed.
const PROPOSED: &str = "LEFT JOIN acceptance f ON a.agreed = 1 AND f.agreed = 0 AND f.verb = 'accept' AND f.mark = a.mark \
    AND f.n = (SELECT max(x.n) FROM acceptance x WHERE x.finding = a.finding AND x.n < a.n) \
    LEFT JOIN acceptance p ON a.agreed = 0 AND p.agreed = 0 AND p.verb = 'accept' AND lower(p.operator) <> lower(a.operator) \
    AND p.n = (SELECT max(x.n) FROM acceptance x WHERE x.finding = a.finding AND x.n < a.n)";

fn acceptance(row: &Row<'_>) -> Result<Acceptance, StoreError> {
    let proof = row.maybe_text(9)?.zip(row.maybe_text(10)?);
    let first = match row.maybe_parse(14)? {
        Some(operator) => {
            Some(FirstDecision { operator, at: row.parse(15)?, reason: row.text(16)?.to_owned() })
        }
        None => None,
    };
    Ok(Acceptance {
        n: row.int(0)?,
        finding: row.text(1)?.to_owned(),
        cause: row.text(2)?.to_owned(),
        amount_minor: row.int(3)?,
        currency: row.text(4)?.to_owned(),
        mark: row.text(5)?.to_owned(),
        state: if row.flag(13)? { AcceptanceState::InForce } else { AcceptanceState::Asked },
        until: row.maybe_parse(6)?,
        reason: row.text(7)?.to_owned(),
        note: row.text(8)?.to_owned(),
        file: proof.map(|(name, fingerprint)| (name.to_owned(), fingerprint.to_owned())),
        operator: row.parse(11)?,
        at: row.parse(12)?,
        first,
        in_place_of: row.maybe_parse(17)?,
        end: None,
    })
}

/// Returns the number of the last row; 0 if there is none.
///
/// # Errors
/// A fault of the engine.
pub fn last<R: Reader + ?Sized>(reader: &mut R) -> Result<i64, StoreError> {
    let last = first(reader, "SELECT coalesce(max(n), 0) FROM acceptance", &[], |row| row.int(0))?;
    Ok(last.unwrap_or(0))
}

/// Returns every acceptance that people agreed on and did not take back, in order; whether it still stands depends on
/// its finding and the day.
///
/// # Errors
/// A fault of the engine.
pub fn agreed<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Acceptance>, StoreError> {
    let sql = format!("SELECT {ACCEPTANCE} FROM acceptance_now a {PROPOSED} ORDER BY a.n");
    all(reader, &sql, &[], acceptance)
}

/// Returns every acceptance that waits for a second person, in order.
///
/// # Errors
/// A fault of the engine.
pub fn asked<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Acceptance>, StoreError> {
    let sql = format!("SELECT {ACCEPTANCE} FROM acceptance_asked a {PROPOSED} ORDER BY a.n");
    all(reader, &sql, &[], acceptance)
}

/// Returns every acceptance, or wish for one, that a person took back or a case ended, in the order in which they
/// ended.
///
/// # Errors
/// A fault of the engine.
pub fn ended<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Acceptance>, StoreError> {
    let sql = format!(
        "SELECT {ACCEPTANCE}, e.operator, e.at, e.reason, e.case_no FROM acceptance e \
           JOIN acceptance a ON a.finding = e.finding \
            AND a.n = (SELECT max(x.n) FROM acceptance x WHERE x.finding = e.finding AND x.n < e.n AND x.verb = 'accept') \
           {PROPOSED} WHERE e.verb <> 'accept' ORDER BY e.n"
    );
    all(reader, &sql, &[], |row| {
        let case_no: Option<CaseNo> = row.maybe_parse(21)?;
        let state = if case_no.is_some() { AcceptanceState::Closed } else { AcceptanceState::TakenBack };
        let reason = case_no.is_none().then(|| row.text(20).map(str::to_owned)).transpose()?;
        let end = AcceptanceEnd { operator: row.parse(18)?, at: row.parse(19)?, reason, case_no };
        Ok(Acceptance { state, end: Some(end), ..acceptance(row)? })
    })
}

/// Returns what waits for a second person about a finding.
///
/// # Errors
/// A fault of the engine.
pub fn asked_for<R: Reader + ?Sized>(
    reader: &mut R,
    finding: &str,
) -> Result<Option<Acceptance>, StoreError> {
    let sql = format!("SELECT {ACCEPTANCE} FROM acceptance_asked a {PROPOSED} WHERE a.finding = ?1");
    first(reader, &sql, &[Param::Text(finding)], acceptance)
}

/// Adds an acceptance.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn accept<S: Sink + ?Sized>(sink: &mut S, new: &NewAcceptance<'_>) -> Result<(), StoreError> {
    let NewAcceptance { finding, facts, until, reason, note, file, is_agreed, operator, now } = new;
    sink.run(
        "INSERT INTO acceptance (n, finding, verb, cause, amount_minor, currency, mark, facts, until, reason, note, file, fingerprint, \
         agreed, at, operator) \
         SELECT coalesce(max(n), 0) + 1, ?1, 'accept', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM acceptance",
        &[
            Param::Text(&finding.finding),
            Param::Text(finding.cause.as_str()),
            Param::Int(finding.amount_minor),
            Param::Text(&finding.currency),
            Param::Text(&finding.mark),
            Param::Text(facts),
            Param::maybe(until.map(|until| until.to_string()).as_ref()),
            Param::Text(reason),
            Param::Text(note),
            Param::maybe(file.map(|(name, _)| name)),
            Param::maybe(file.map(|(_, fingerprint)| fingerprint)),
            Param::Int(i64::from(*is_agreed)),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// Adds that the acceptance of a finding, or the wish for one, is taken back.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn undo<S: Sink + ?Sized>(
    sink: &mut S,
    finding: &str,
    (reason, operator, now): (&str, &Operator, Moment),
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO acceptance (n, finding, verb, cause, amount_minor, currency, mark, facts, reason, note, agreed, at, operator) \
         SELECT (SELECT max(n) + 1 FROM acceptance), a.finding, 'undo', a.cause, a.amount_minor, a.currency, a.mark, a.facts, \
                ?2, '', 1, ?3, ?4 FROM acceptance a WHERE a.finding = ?1 ORDER BY a.n DESC LIMIT 1",
        &[
            Param::Text(finding),
            Param::Text(reason),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// Adds that a case, committed in this batch, closed the accepted findings that it is about.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn close<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO acceptance (n, finding, verb, cause, amount_minor, currency, mark, facts, reason, note, agreed, case_no, at, operator) \
         SELECT (SELECT max(n) FROM acceptance) + row_number() OVER (ORDER BY a.n), a.finding, 'close', a.cause, a.amount_minor, \
                a.currency, a.mark, a.facts, a.reason, '', 1, ?1, ?2, ?3 \
           FROM case_finding f CROSS JOIN acceptance a ON a.finding = f.finding \
          WHERE f.case_no = ?1 AND a.verb = 'accept' \
            AND NOT EXISTS (SELECT 1 FROM acceptance x WHERE x.finding = a.finding AND x.n > a.n)",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}
