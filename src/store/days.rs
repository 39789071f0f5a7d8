//! Accounting days, months and years: the cut-over, the checks before a close, the closing balances, the
//! seal.
//!
//! A day is cut over (日切) first: from then on it takes no postings. Then its checks run, its balances
//! are computed, and it closes with the ledger's head as its seal, all in one batch. Whatever comes later
//! is dated on a later day.

use super::amendments::status_now;
use super::append::ledger_head;
use super::engine::{Param, Reader, Sink, StoreError, all, first};
use super::event_id::event_sql;
use super::suspense::NOT_PARKED;
use crate::domain::id::Operator;
use crate::domain::period::{DayState, Moment, Period};
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::days::DayRow;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A check before a day's close: its name and what it found; empty if the check passed.
pub type Checked = (&'static str, String);

fn refusal(day: Date, problem: &str) -> Rejection {
    Rejection::new(Code::DayState).with("day", day).with("problem", problem)
}

fn state_of<R: Reader + ?Sized>(reader: &mut R, day: Date) -> Result<(DayState, i64), StoreError> {
    first(
        reader,
        "SELECT state, opened_seq FROM day WHERE day = ?1",
        &[Param::Text(&day.to_string())],
        |row| Ok((row.parse(0)?, row.int(1)?)),
    )?
    .ok_or_else(|| Rejection::new(Code::NotFound).with("what", "day").with("value", day).into())
}

/// Limit of unposted events counted for the blockers of all days: right after an import of a million
/// trades every event is unposted, and a screen only needs to show that there are many.
const MAX_COUNTED_BLOCKERS: i64 = 20_000;

const STATUS_NOW: &str = status_now!();

/// That an event `e` is no clearing of a trade of which the channel pays nothing: that needs no booking.
const CLEARS_SOMETHING: &str = concat!(
    "NOT (",
    event_sql!(is cleared "e.id"),
    " AND (SELECT n.paid_now FROM trade_now n WHERE n.id = e.trade) = 0)"
);

/// Returns the accounting days, oldest first; with `undone` only those not closed. Blockers are exact up
/// to 20,000 unposted events in the ledger, and a lower bound beyond.
pub fn days<R: Reader + ?Sized>(reader: &mut R, undone: bool) -> Result<Vec<DayRow>, StoreError> {
    let filter = if undone { "WHERE d.state <> 'closed'" } else { "" };
    let rows = all(
        reader,
        &format!("SELECT d.day, d.state, d.cut_at, d.closed_at FROM day d {filter} ORDER BY d.day"),
        &[],
        |row| {
            let mut day = DayRow::new(row.parse(0)?, row.parse(1)?);
            (day.cut_at, day.closed_at) = (row.maybe_parse(2)?, row.maybe_parse(3)?);
            Ok(day)
        },
    )?;
    let unposted = by_day(
        reader,
        &format!(
            "SELECT e.business_date, count(*) FROM (SELECT id FROM event INDEXED BY event_unposted WHERE live = 0 \
             LIMIT {MAX_COUNTED_BLOCKERS}) u CROSS JOIN event e ON e.id = u.id CROSS JOIN trade t ON t.id = e.trade \
             WHERE {STATUS_NOW} = 'succeeded' AND {NOT_PARKED} AND {CLEARS_SOMETHING} GROUP BY 1"
        ),
    )?;
    let cases = by_day(reader, &format!("SELECT w.day, count(*) FROM ({BLOCKED_BY_CASES}) w GROUP BY 1"))?;
    let of = |counts: &BTreeMap<Date, i64>, day: Date| counts.get(&day).copied().unwrap_or(0);
    let blocked = |row: DayRow| {
        let (unposted, cases) = (of(&unposted, row.day), of(&cases, row.day));
        row.blocked(unposted, cases)
    };
    Ok(rows.into_iter().map(blocked).collect())
}

fn by_day<R: Reader + ?Sized>(reader: &mut R, sql: &str) -> Result<BTreeMap<Date, i64>, StoreError> {
    Ok(all(reader, sql, &[], |row| Ok((row.parse(0)?, row.int(1)?)))?.into_iter().collect())
}

/// Days blocked by a case that is not over: those of its trades, and those it plans to book on.
const BLOCKED_BY_CASES: &str = "\
    SELECT t.business_date AS day, c.n FROM case_file c JOIN case_finding f ON f.case_no = c.case_no \
      JOIN trade t ON t.id = f.trade WHERE c.state NOT IN ('committed', 'withdrawn') \
    UNION SELECT d.value, c.n FROM case_file c JOIN json_each(c.planned, '$.days') d \
      WHERE c.state NOT IN ('committed', 'withdrawn') AND c.planned IS NOT NULL";

/// Returns the exact blockers of a day: the number of unposted events of its succeeded trades, and of
/// cases not over about its trades or planned to book on it.
pub fn blockers_of<R: Reader + ?Sized>(reader: &mut R, day: &str) -> Result<(i64, i64), StoreError> {
    let counted = first(
        reader,
        &format!(
            "SELECT (SELECT count(*) FROM event e INDEXED BY event_unposted CROSS JOIN trade t ON t.id = e.trade \
             WHERE e.live = 0 AND e.business_date = ?1 AND {STATUS_NOW} = 'succeeded' \
             AND {NOT_PARKED} AND {CLEARS_SOMETHING}), \
             (SELECT count(*) FROM ({BLOCKED_BY_CASES}) w WHERE w.day = ?1)"
        ),
        &[Param::Text(day)],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    Ok(counted.unwrap_or((0, 0)))
}

/// Cuts a day over (日切): it takes no postings from now on.
///
/// # Errors
/// [`Code::DayState`] if it is not open, [`Code::NotFound`], or a fault.
pub fn cut_day<S: Sink + ?Sized>(
    sink: &mut S,
    day: Date,
    today: Date,
    now: Moment,
) -> Result<(), StoreError> {
    not_before_its_time(day, today)?;
    match state_of(sink, day)?.0 {
        DayState::Open => {}
        DayState::Closing => return Err(refusal(day, "refusal.day.cut").into()),
        DayState::Closed => return Err(refusal(day, "refusal.day.closed").into()),
    }
    sink.run(
        "UPDATE day SET state = 'closing', cut_at = ?2 WHERE day = ?1",
        &[Param::Text(&day.to_string()), Param::Text(&now.to_string())],
    )
}

/// Runs the checks before a day's close: earlier days not closed, unposted due events, cases not over,
/// the trial balance, and the chain since the last closed day.
///
/// # Errors
/// [`Code::NotFound`], or a fault.
pub fn checks<R: Reader + ?Sized>(reader: &mut R, day: Date) -> Result<Vec<Checked>, StoreError> {
    let (_, opened_seq) = state_of(reader, day)?;
    let text = day.to_string();
    let earlier = first(
        reader,
        "SELECT day FROM day WHERE day < ?1 AND state <> 'closed' ORDER BY day LIMIT 1",
        &[Param::Text(&text)],
        |row| Ok(row.text(0)?.to_owned()),
    )?;
    let (due, cases) = blockers_of(reader, &text)?;
    let off = all(
        reader,
        "SELECT sum(e.side * e.amount_minor) FROM voucher v JOIN entry e ON e.voucher = v.id \
         WHERE v.id > ?2 AND v.accounting_date = ?1 GROUP BY e.currency",
        &[Param::Text(&text), Param::Int(opened_seq)],
        |row| row.int(0),
    )?;
    let off = off.into_iter().find(|sum| *sum != 0).unwrap_or(0);
    let (sealed, hash) = last_seal(reader)?;
    let lost = i64::from(!super::verify::holds(reader, sealed, &hash)?);
    let chain = lost + super::verify::defects_since(reader, sealed, &hash)?;
    let count = |count: i64| if count == 0 { String::new() } else { count.to_string() };
    Ok(vec![
        ("earlier", earlier.unwrap_or_default()),
        ("due", count(due)),
        ("cases", count(cases)),
        ("trial_balance", count(off)),
        ("chain", count(chain)),
    ])
}

/// Returns row and hash of the head that seals the last closed day.
fn last_seal<R: Reader + ?Sized>(reader: &mut R) -> Result<(i64, String), StoreError> {
    let seal = first(
        reader,
        "SELECT head_seq, head_hash FROM day WHERE state = 'closed' ORDER BY day DESC LIMIT 1",
        &[],
        |row| Ok((row.int(0)?, row.text(1)?.to_owned())),
    )?;
    Ok(seal.unwrap_or((0, crate::domain::chain::GENESIS.to_owned())))
}

/// Closes a day for good: writes its closing balances, and the ledger's head as its seal.
///
/// # Errors
/// [`Code::DayState`] with each check that failed, [`Code::NotFound`], or a fault.
pub fn close_day<S: Sink + ?Sized>(
    sink: &mut S,
    day: Date,
    today: Date,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    not_before_its_time(day, today)?;
    let (state, opened_seq) = state_of(sink, day)?;
    if state == DayState::Closed {
        return Err(refusal(day, "refusal.day.closed").into());
    }
    let failed: Vec<Checked> =
        checks(sink, day)?.into_iter().filter(|(_, found)| !found.is_empty()).collect();
    if !failed.is_empty() {
        let named = |rejection: Rejection, (check, found): Checked| rejection.with(check, found);
        return Err(failed.into_iter().fold(refusal(day, "refusal.day.checks"), named).into());
    }
    if state == DayState::Open {
        cut_day(sink, day, today, now)?;
    }
    let text = day.to_string();
    sink.run(
        "INSERT INTO day_balance (day, account, debit_minor, credit_minor, balance_minor) \
         SELECT ?1, m.account, m.debit, m.credit, m.debit - m.credit + coalesce((SELECT b.balance_minor FROM day_balance b \
             WHERE b.account = m.account AND b.day < ?1 ORDER BY b.day DESC LIMIT 1), 0) \
           FROM (SELECT e.account, sum(CASE e.side WHEN 1 THEN e.amount_minor ELSE 0 END) AS debit, \
                        sum(CASE e.side WHEN 1 THEN 0 ELSE e.amount_minor END) AS credit \
                   FROM voucher v JOIN entry e ON e.voucher = v.id WHERE v.id > ?2 AND v.accounting_date = ?1 \
                  GROUP BY e.account) m \
          WHERE NOT EXISTS (SELECT 1 FROM day_balance d WHERE d.day = ?1 AND d.account = m.account)",
        &[Param::Text(&text), Param::Int(opened_seq)],
    )?;
    let (seq, hash) = ledger_head(sink)?;
    sink.run(
        "UPDATE day SET state = 'closed', closed_at = ?2, closed_by = ?3, head_seq = ?4, head_hash = ?5 WHERE day = ?1",
        &[
            Param::Text(&text),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::Int(seq),
            Param::Text(&hash),
        ],
    )
}

/// A locked month or year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPeriod {
    /// The month or year.
    pub period: Period,
    /// Time of locking.
    pub closed_at: Moment,
    /// Operator who locked it.
    pub closed_by: Operator,
    /// Row (`seq`) of the head that seals it.
    pub head_seq: i64,
    /// Hash of that head.
    pub head_hash: String,
}

/// Returns the locked months and years.
pub fn periods<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<StoredPeriod>, StoreError> {
    all(
        reader,
        "SELECT period, closed_at, closed_by, head_seq, head_hash FROM period ORDER BY period",
        &[],
        |row| {
            Ok(StoredPeriod {
                period: row.parse(0)?,
                closed_at: row.parse(1)?,
                closed_by: row.parse(2)?,
                head_seq: row.int(3)?,
                head_hash: row.text(4)?.to_owned(),
            })
        },
    )
}

/// Locks a month or a year for good, so that no day of it opens any more. All its days must be closed,
/// and for a year all its months locked.
///
/// # Errors
/// [`Code::DayState`] with the reason, or a fault.
pub fn close_period<S: Sink + ?Sized>(
    sink: &mut S,
    period: Period,
    today: Date,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    let text = period.to_string();
    let refuse = |problem: &str, value: &str| {
        Rejection::new(Code::DayState).with("day", &text).with("problem", problem).with("value", value)
    };
    if periods(sink)?.iter().any(|known| known.period == period) {
        return Err(refuse("refusal.period.locked", "").into());
    }
    if period.last_day() >= today {
        return Err(refuse("refusal.period.running", &period.last_day().to_string()).into());
    }
    let days = all(
        sink,
        "SELECT day, state, EXISTS (SELECT 1 FROM period WHERE period = substr(day, 1, 7)) FROM day \
         WHERE substr(day, 1, length(?1)) = ?1 ORDER BY day",
        &[Param::Text(&text)],
        |row| Ok((row.text(0)?.to_owned(), row.parse::<DayState>(1)?, row.flag(2)?)),
    )?;
    if days.is_empty() {
        return Err(refuse("refusal.period.empty", "").into());
    }
    if let Some((day, _, _)) = days.iter().find(|(_, state, _)| *state != DayState::Closed) {
        return Err(refuse("refusal.period.day", day).into());
    }
    if let Some((day, _, _)) = days.iter().find(|(_, _, locked)| text.len() == 4 && !locked) {
        return Err(refuse("refusal.period.month", day.get(..7).unwrap_or(day)).into());
    }
    let (seq, hash) = ledger_head(sink)?;
    sink.run(
        "INSERT INTO period (period, closed_at, closed_by, head_seq, head_hash) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            Param::Text(&text),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::Int(seq),
            Param::Text(&hash),
        ],
    )
}

/// Refuses a day in the future: closing it would also end all days before it for good.
///
/// # Errors
/// [`Code::DayState`] if `day` is after `today`.
pub fn not_before_its_time(day: Date, today: Date) -> Result<(), Rejection> {
    if day > today {
        return Err(Rejection::new(Code::DayState).with("day", day).with("problem", "refusal.day.future"));
    }
    Ok(())
}
