//! Cases, their staged steps, log and receipts; and what a commit leaves beside its vouchers.

use super::list::{List, prefix_end};
use super::row::{Param, Row};
use super::{Reader, Sink, StoreError, all, first};
use crate::domain::case::CaseState;
use crate::domain::finding::Cause;
use crate::domain::id::{CaseNo, Operator, TradeNo};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::TradeStatus;
use crate::protocol::cases::{AboutRow, CaseFilter, CaseRow, LogRow};
use crate::protocol::checklists::TickRow;
use crate::protocol::page::{Page, Rows, Slice};
use crate::protocol::reports::SeenTrade;

/// A case to open.
#[derive(Debug, Clone)]
pub struct NewCase<'a> {
    /// Cause, where a finding is behind it.
    pub cause: Option<&'a str>,
    /// What it is about, in order; nothing where nobody knows yet.
    pub about: &'a [About],
    /// Who opens it.
    pub maker: &'a Operator,
    /// When.
    pub now: Moment,
    /// Reason code.
    pub reason: &'a str,
    /// Note.
    pub note: Option<&'a str>,
}

/// A finding that a case is about, or a trade without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The finding's identity.
    pub finding: Option<String>,
    /// Row of the trade; `None` for what only a channel knows of.
    pub trade: Option<i64>,
    /// Taken although another case holds the finding.
    pub again: bool,
}

/// How many cases there are; the next one has the number behind.
///
/// # Errors
/// A fault of the engine.
pub fn last_case<R: Reader + ?Sized>(reader: &mut R) -> Result<i64, StoreError> {
    Ok(first(reader, "SELECT coalesce(max(n), 0) FROM case_file", &[], |row| row.int(0))?.unwrap_or(0))
}

/// Opens case number `n`.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_case<S: Sink + ?Sized>(sink: &mut S, case: &NewCase<'_>, n: i64) -> Result<CaseNo, StoreError> {
    let case_no = CaseNo::numbered(n);
    let now = case.now.to_string();
    let first = case.about.first();
    sink.run(
        "INSERT INTO case_file (n, case_no, cause, trade, finding, state, maker, opened_at, reason, note) \
         VALUES (?1, ?2, ?3, ?4, ?5, 'open', ?6, ?7, ?8, ?9)",
        &[
            Param::Int(n),
            Param::Text(case_no.as_str()),
            Param::maybe(case.cause),
            Param::maybe_int(first.and_then(|about| about.trade)),
            Param::maybe(first.and_then(|about| about.finding.as_ref())),
            Param::Text(case.maker.as_str()),
            Param::Text(&now),
            Param::Text(case.reason),
            Param::maybe(case.note),
        ],
    )?;
    for (n, about) in (1..).zip(case.about) {
        if let Some(finding) = &about.finding
            && !about.again
            && let Some(holder) = held_by(sink, finding)?
        {
            return Err(Rejection::new(Code::Held).with("finding", finding).with("case", holder).into());
        }
        sink.run(
            "INSERT INTO case_finding (case_no, n, finding, trade, again) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                Param::Text(case_no.as_str()),
                Param::Int(n),
                Param::maybe(about.finding.as_ref()),
                Param::maybe_int(about.trade),
                Param::Int(i64::from(about.again)),
            ],
        )?;
    }
    log(sink, &case_no, case.maker, "open", case.note, case.now)?;
    Ok(case_no)
}

/// A tick of a checklist.
#[derive(Debug, Clone, Copy)]
pub struct NewTick<'a> {
    /// The item.
    pub item: &'a str,
    /// What was found.
    pub note: Option<&'a str>,
    /// Name and fingerprint of a file that proves it.
    pub file: Option<(&'a str, &'a str)>,
}

/// Ticks an item of a case's checklist, and logs it.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_tick<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    tick: NewTick<'_>,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO case_check (case_no, n, item, at, operator, note, file, fingerprint) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM case_check WHERE case_no = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(tick.item),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::maybe(tick.note),
            Param::maybe(tick.file.map(|(name, _)| name)),
            Param::maybe(tick.file.map(|(_, fingerprint)| fingerprint)),
        ],
    )?;
    log(sink, case_no, operator, "check", Some(tick.item), now)
}

/// The ticks of a case in order, each with its item.
///
/// # Errors
/// A fault of the engine.
pub fn ticks<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
) -> Result<Vec<(String, TickRow)>, StoreError> {
    all(
        reader,
        "SELECT item, at, operator, note, file, fingerprint FROM case_check WHERE case_no = ?1 ORDER BY n",
        &[Param::Text(case_no.as_str())],
        |row| {
            let tick = TickRow {
                at: row.parse(1)?,
                operator: row.parse(2)?,
                note: row.maybe_text(3)?.map(str::to_owned),
                file: row.maybe_text(4)?.map(str::to_owned),
                fingerprint: row.maybe_text(5)?.map(str::to_owned),
            };
            Ok((row.text(0)?.to_owned(), tick))
        },
    )
}

/// The case that holds a finding and is not over.
///
/// # Errors
/// A fault of the engine.
pub fn held_by<R: Reader + ?Sized>(reader: &mut R, finding: &str) -> Result<Option<CaseNo>, StoreError> {
    first(
        reader,
        "SELECT c.case_no FROM case_finding f JOIN case_file c ON c.case_no = f.case_no \
         WHERE f.finding = ?1 AND c.state NOT IN ('committed', 'withdrawn') ORDER BY c.n LIMIT 1",
        &[Param::Text(finding)],
        |row| row.parse(0),
    )
}

/// What a case is about, in order; of very many the first.
///
/// # Errors
/// A fault of the engine.
pub fn about<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
    most: usize,
) -> Result<Vec<AboutRow>, StoreError> {
    all(
        reader,
        "SELECT f.finding, (SELECT t.trade_no FROM trade t WHERE t.id = f.trade) FROM case_finding f \
         WHERE f.case_no = ?1 ORDER BY f.n LIMIT ?2",
        &[Param::Text(case_no.as_str()), Param::Int(i64::try_from(most).unwrap_or(i64::MAX))],
        |row| Ok(AboutRow { finding: row.maybe_text(0)?.map(str::to_owned), trade_no: row.maybe_parse(1)? }),
    )
}

/// Adds a line to a case's log.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn log<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    operator: &Operator,
    verb: &str,
    note: Option<&str>,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO case_log (case_no, n, at, operator, verb, note) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM case_log WHERE case_no = ?1), ?2, ?3, ?4, ?5)",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::Text(verb),
            Param::maybe(note),
        ],
    )
}

/// Moves a case to another state.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn set_state<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    state: CaseState,
    checker: Option<&Operator>,
    decided_at: Option<Moment>,
) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET state = ?2, checker = ?3, decided_at = ?4 WHERE case_no = ?1",
        &[
            Param::Text(case_no.as_str()),
            Param::Text(state.as_str()),
            Param::maybe(checker),
            Param::maybe(decided_at.map(|at| at.to_string()).as_ref()),
        ],
    )
}

/// Gives a case another reason.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn set_reason<S: Sink + ?Sized>(sink: &mut S, case_no: &CaseNo, reason: &str) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET reason = ?2 WHERE case_no = ?1",
        &[Param::Text(case_no.as_str()), Param::Text(reason)],
    )
}

/// Makes another operator the maker of a case; the hand-over is logged first.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn set_maker<S: Sink + ?Sized>(sink: &mut S, case_no: &CaseNo, to: &Operator) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET maker = ?2 WHERE case_no = ?1",
        &[Param::Text(case_no.as_str()), Param::Text(to.as_str())],
    )
}

/// Keeps what the case was planned and previewed on.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn set_planned<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    planned: &str,
) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_file SET planned = ?2 WHERE case_no = ?1",
        &[Param::Text(case_no.as_str()), Param::Text(planned)],
    )
}

/// What the case was planned and previewed on.
///
/// # Errors
/// A fault of the engine.
pub fn planned<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Option<String>, StoreError> {
    Ok(first(
        reader,
        "SELECT planned FROM case_file WHERE case_no = ?1",
        &[Param::Text(case_no.as_str())],
        |row| Ok(row.maybe_text(0)?.map(str::to_owned)),
    )?
    .flatten())
}

const CASE_COLUMNS: &str = "c.case_no, c.cause, c.state, c.maker, c.checker, c.opened_at, c.decided_at, \
     (SELECT t.trade_no FROM trade t WHERE t.id = c.trade), c.finding, c.reason, c.note, \
     (SELECT count(*) FROM case_step s WHERE s.case_no = c.case_no AND s.dropped = 0), \
     (SELECT count(*) FROM voucher v WHERE v.case_no = c.case_no), \
     (SELECT count(*) FROM case_finding f WHERE f.case_no = c.case_no)";

fn case_row(row: &Row<'_>) -> Result<CaseRow, StoreError> {
    Ok(CaseRow {
        case_no: row.parse(0)?,
        cause: row.maybe_parse(1)?,
        state: row.parse(2)?,
        maker: row.parse(3)?,
        checker: row.maybe_parse(4)?,
        opened_at: row.parse(5)?,
        decided_at: row.maybe_parse(6)?,
        trade_no: row.maybe_parse(7)?,
        finding: row.maybe_text(8)?.map(str::to_owned),
        reason: row.text(9)?.to_owned(),
        note: row.maybe_text(10)?.map(str::to_owned),
        steps: row.int(11)?,
        vouchers: row.int(12)?,
        findings: row.int(13)?,
    })
}

/// A page of cases, newest first. `meant` are the causes that the filter's text means.
///
/// # Errors
/// A fault of the engine.
pub fn cases<R: Reader + ?Sized>(
    reader: &mut R,
    filter: &CaseFilter,
    meant: &[Cause],
    page: &Page,
) -> Result<Rows<CaseRow>, StoreError> {
    let day = filter.day.map(|day| day.to_string());
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let mut list = List {
        place: "(SELECT n FROM case_file WHERE case_no = ?)",
        newest_first: true,
        ..List::of(CASE_COLUMNS, "case_file c", "c.n")
    };
    if let Some(state) = filter.state {
        list.only("c.state = ?", Param::Text(state.as_str()));
    }
    if filter.undone {
        list.conditions.push("c.state NOT IN ('committed', 'withdrawn')".to_owned());
    }
    if let Some(day) = &day {
        list.only(
            "EXISTS (SELECT 1 FROM case_finding f JOIN trade t ON t.id = f.trade \
              WHERE f.case_no = c.case_no AND t.business_date = ? \
              UNION ALL SELECT 1 FROM json_each(c.planned, '$.days') d WHERE c.planned IS NOT NULL AND d.value = ?)",
            Param::Text(day),
        );
    }
    if !text.is_empty() {
        list.params.extend([Param::Text(&text), Param::Text(&end)]);
        let (from, until) = (list.params.len() - 1, list.params.len());
        let starts = |what: &str| format!("({what} >= ?{from} AND {what} < ?{until})");
        let mut any: Vec<String> = ["c.case_no", "c.maker"].map(starts).to_vec();
        any.push(format!(
            "EXISTS (SELECT 1 FROM case_finding f JOIN trade t ON t.id = f.trade WHERE f.case_no = c.case_no AND {})",
            starts("t.trade_no")
        ));
        any.extend(meant.iter().map(|cause| format!("c.cause = '{cause}'")));
        list.conditions.push(format!("({})", any.join(" OR ")));
    }
    list.page(reader, page, case_row)
}

/// Cases that are looked at for who they wait for; more than an operator works on.
const MAX_CASES: usize = 1000;

/// The cases that are not over, oldest first.
///
/// # Errors
/// A fault of the engine.
pub fn undone<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<CaseRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {CASE_COLUMNS} FROM case_file c WHERE c.state NOT IN ('committed', 'withdrawn') \
             ORDER BY c.n LIMIT {MAX_CASES}"
        ),
        &[],
        case_row,
    )
}

/// The cases about a trade.
///
/// # Errors
/// A fault of the engine.
pub fn cases_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<CaseRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {CASE_COLUMNS} FROM case_file c WHERE c.case_no IN \
             (SELECT f.case_no FROM case_finding f WHERE f.trade = ?1) ORDER BY c.n"
        ),
        &[Param::Int(trade)],
        case_row,
    )
}

/// One case.
///
/// # Errors
/// A fault of the engine.
pub fn case<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Option<CaseRow>, StoreError> {
    first(
        reader,
        &format!("SELECT {CASE_COLUMNS} FROM case_file c WHERE c.case_no = ?1"),
        &[Param::Text(case_no.as_str())],
        case_row,
    )
}

/// A staged step as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStep {
    /// Number in the case.
    pub step: i64,
    /// The step, as JSON.
    pub body: String,
    /// Whether it was taken out again.
    pub dropped: bool,
}

/// Adds a step and answers its number.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_step<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    step: i64,
    body: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO case_step (case_no, step, body, dropped, added_at, operator) VALUES (?1, ?2, ?3, 0, ?4, ?5)",
        &[
            Param::Text(case_no.as_str()),
            Param::Int(step),
            Param::Text(body),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// Takes a step out, or puts it back.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn set_dropped<S: Sink + ?Sized>(
    sink: &mut S,
    case_no: &CaseNo,
    step: i64,
    dropped: bool,
) -> Result<(), StoreError> {
    sink.run(
        "UPDATE case_step SET dropped = ?3 WHERE case_no = ?1 AND step = ?2",
        &[Param::Text(case_no.as_str()), Param::Int(step), Param::Int(i64::from(dropped))],
    )
}

/// Steps of a case, dropped ones too.
///
/// # Errors
/// A fault of the engine.
pub fn steps<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
    slice: Slice,
) -> Result<Vec<StoredStep>, StoreError> {
    all(
        reader,
        "SELECT step, body, dropped FROM case_step WHERE case_no = ?1 AND step >= ?2 ORDER BY step LIMIT ?3",
        &[
            Param::Text(case_no.as_str()),
            Param::Int(slice.from),
            Param::Int(i64::try_from(slice.limit).unwrap_or(i64::MAX)),
        ],
        |row| Ok(StoredStep { step: row.int(0)?, body: row.text(1)?.to_owned(), dropped: row.flag(2)? }),
    )
}

/// Number of the last step of a case, dropped ones counted; 0 where there is none.
///
/// # Errors
/// A fault of the engine.
pub fn last_step<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<i64, StoreError> {
    let last = "SELECT coalesce(max(step), 0) FROM case_step WHERE case_no = ?1";
    Ok(first(reader, last, &[Param::Text(case_no.as_str())], |row| row.int(0))?.unwrap_or(0))
}

/// How much was done about a case: the lines of its log.
///
/// # Errors
/// A fault of the engine.
pub fn log_length<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(n), 0) FROM case_log WHERE case_no = ?1";
    Ok(first(reader, sql, &[Param::Text(case_no.as_str())], |row| row.int(0))?.unwrap_or_default())
}

/// The log of a case.
///
/// # Errors
/// A fault of the engine.
pub fn log_of<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Vec<LogRow>, StoreError> {
    all(
        reader,
        "SELECT at, operator, verb, note FROM case_log WHERE case_no = ?1 ORDER BY n",
        &[Param::Text(case_no.as_str())],
        |row| {
            Ok(LogRow {
                at: row.parse(0)?,
                operator: row.parse(1)?,
                verb: row.text(2)?.to_owned(),
                note: row.maybe_text(3)?.map(str::to_owned),
            })
        },
    )
}

/// The receipt under an idempotency key: case, fingerprint, body.
///
/// # Errors
/// A fault of the engine.
pub fn receipt<R: Reader + ?Sized>(
    reader: &mut R,
    key: &str,
) -> Result<Option<(CaseNo, String, String)>, StoreError> {
    first(
        reader,
        "SELECT case_no, fingerprint, body FROM receipt WHERE key = ?1",
        &[Param::Text(key)],
        |row| Ok((row.parse(0)?, row.text(1)?.to_owned(), row.text(2)?.to_owned())),
    )
}

/// Keeps a receipt.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_receipt<S: Sink + ?Sized>(
    sink: &mut S,
    key: &str,
    case_no: &CaseNo,
    fingerprint: &str,
    body: &str,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO receipt (key, case_no, fingerprint, body, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            Param::Text(key),
            Param::Text(case_no.as_str()),
            Param::Text(fingerprint),
            Param::Text(body),
            Param::Text(&now.to_string()),
        ],
    )
}

/// Who made a change beside the vouchers, in which case, when.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Case.
    pub case_no: &'a CaseNo,
    /// Maker.
    pub operator: &'a Operator,
    /// When.
    pub now: Moment,
}

/// Corrects a trade's own status.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_status<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    status: TradeStatus,
    change: Change<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO trade_status (trade, n, status, case_no, at, operator) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM trade_status WHERE trade = ?1), ?2, ?3, ?4, ?5)",
        &[
            Param::Int(trade),
            Param::Text(status.as_str()),
            Param::Text(change.case_no.as_str()),
            Param::Text(&change.now.to_string()),
            Param::Text(change.operator.as_str()),
        ],
    )
}

/// Corrects a fact of a trade, beside the trade as imported.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_amendment<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    fact: &str,
    value: &str,
    reason: &str,
    change: Change<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO amendment (trade, n, fact, value, reason, case_no, at, operator) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM amendment WHERE trade = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Int(trade),
            Param::Text(fact),
            Param::Text(value),
            Param::Text(reason),
            Param::Text(change.case_no.as_str()),
            Param::Text(&change.now.to_string()),
            Param::Text(change.operator.as_str()),
        ],
    )
}

/// The corrected facts of a trade, in order: fact, value, case.
///
/// # Errors
/// A fault of the engine.
pub fn amendments<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Vec<(String, String, CaseNo)>, StoreError> {
    all(
        reader,
        "SELECT fact, value, case_no FROM amendment WHERE trade = ?1 ORDER BY n",
        &[Param::Int(trade)],
        |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.parse(2)?)),
    )
}

/// Customer and merchant of trade `t` with their corrections laid over.
const PARTIES_NOW: &str = "\
    coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'customer' ORDER BY a.n DESC LIMIT 1), t.customer), \
    coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'merchant' ORDER BY a.n DESC LIMIT 1), t.merchant)";

/// Customer and merchant of a trade with their corrections laid over.
///
/// # Errors
/// A fault of the engine.
pub fn parties_now<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<[Option<String>; 2], StoreError> {
    let sql = format!("SELECT {PARTIES_NOW} FROM trade t WHERE t.id = ?1");
    let parties = first(reader, &sql, &[Param::Int(trade)], |row| {
        Ok([row.maybe_text(0)?.map(str::to_owned), row.maybe_text(1)?.map(str::to_owned)])
    })?;
    Ok(parties.unwrap_or_default())
}

/// Whether a trade names a party, as imported or as corrected, or one of these accounts is its own.
///
/// # Errors
/// A fault of the engine.
pub fn is_party<R: Reader + ?Sized>(
    reader: &mut R,
    party: &str,
    accounts: &[String],
) -> Result<bool, StoreError> {
    let named = "SELECT 1 FROM trade WHERE customer = ?1 UNION ALL SELECT 1 FROM trade WHERE merchant = ?1 \
         UNION ALL SELECT 1 FROM amendment WHERE (fact = 'customer' OR fact = 'merchant') AND value = ?1 LIMIT 1";
    if first(reader, named, &[Param::Text(party)], |_| Ok(()))?.is_some() {
        return Ok(true);
    }
    for account in accounts {
        let known = "SELECT 1 FROM account WHERE code = ?1";
        if first(reader, known, &[Param::Text(account)], |_| Ok(()))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Trades that the holder of an account named after a party sees: those that name it, in order of arrival.
///
/// # Errors
/// A fault of the engine.
pub fn trades_seen<R: Reader + ?Sized>(
    reader: &mut R,
    party: &str,
    limit: usize,
) -> Result<Vec<TradeNo>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT t.id, t.trade_no FROM trade t WHERE t.id IN (SELECT id FROM trade WHERE customer = ?1 \
             UNION SELECT id FROM trade WHERE merchant = ?1 \
             UNION SELECT trade FROM amendment WHERE (fact = 'customer' OR fact = 'merchant') AND value = ?1) \
             AND ?1 IN ({PARTIES_NOW}) ORDER BY t.id DESC LIMIT {limit}",
        ),
        &[Param::Text(party)],
        |row| row.parse(1),
    )
}

/// Trades that a party sees, of business days from the first to the second, oldest first.
///
/// # Errors
/// A fault of the engine.
pub fn trades_between<R: Reader + ?Sized>(
    reader: &mut R,
    party: &str,
    (from, to): (&str, &str),
    limit: usize,
) -> Result<Vec<SeenTrade>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT t.trade_no, t.occurred_at, t.business_date, t.kind, t.channel, t.amount_now, t.currency, t.status_now \
             FROM trade_now t WHERE t.id IN (SELECT id FROM trade WHERE customer = ?1 \
             UNION SELECT id FROM trade WHERE merchant = ?1 \
             UNION SELECT trade FROM amendment WHERE (fact = 'customer' OR fact = 'merchant') AND value = ?1) \
             AND ?1 IN ({PARTIES_NOW}) AND t.business_date BETWEEN ?2 AND ?3 ORDER BY t.occurred_at, t.id LIMIT {limit}",
        ),
        &[Param::Text(party), Param::Text(from), Param::Text(to)],
        |row| {
            Ok(SeenTrade {
                trade_no: row.parse(0)?,
                occurred_at: row.parse(1)?,
                business_date: row.parse(2)?,
                kind: row.text(3)?.to_owned(),
                channel: row.text(4)?.to_owned(),
                amount_minor: row.int(5)?,
                currency: row.text(6)?.to_owned(),
                status: row.parse(7)?,
            })
        },
    )
}

/// Cases committed per day since `since`, by date.
///
/// # Errors
/// A fault of the engine.
pub fn committed_since<R: Reader + ?Sized>(
    reader: &mut R,
    since: &str,
) -> Result<Vec<(String, i64)>, StoreError> {
    all(
        reader,
        "SELECT substr(at, 1, 10), count(*) FROM case_log WHERE verb = 'commit' AND at >= ?1 GROUP BY 1 ORDER BY 1",
        &[Param::Text(since)],
        |row| Ok((row.text(0)?.to_owned(), row.int(1)?)),
    )
}
