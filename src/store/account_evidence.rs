//! What rests on a statement of an account, what one person proposes about such a statement, the files that one is put
//! together from, and statements that do not go on from the ones before.
//!
//! The triggers `account_statement_change_by_two` and `account_statement_by_two` ask the same of the database.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::id::{AccountCode, Operator};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::protocol::account_statements::{ProposedEnd, StatementPart};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What rests on a statement of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountRests {
    /// Committed cases that booked a line of it.
    pub cases: Vec<String>,
    /// The day of the next statement, if that goes on from its balance.
    pub goes_on: Option<String>,
    /// Matches by hand that have a line like one of its lines, by number.
    pub matches: Vec<String>,
    /// Its day, if that is closed or signed off.
    pub closed_day: Option<String>,
}

impl AccountRests {
    /// Returns whether anything rests on it.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.cases.is_empty()
            || !self.matches.is_empty()
            || self.goes_on.is_some()
            || self.closed_day.is_some()
    }
}

/// Reads what rests on a statement. Cases are searched from their vouchers, which are few beside the lines.
pub fn rests<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<AccountRests, StoreError> {
    let id = [Param::Int(id)];
    let cases = "SELECT DISTINCT v.case_no FROM voucher v INDEXED BY voucher_case CROSS JOIN entry e ON e.voucher = v.id \
          LEFT JOIN trade t ON t.id = v.trade LEFT JOIN answered_line a ON a.voucher = v.id \
         WHERE v.case_no IS NOT NULL \
           AND e.account = (SELECT b.id FROM account_statement o JOIN account b ON b.code = o.account WHERE o.id = ?1) \
           AND (coalesce(a.channel_ref, t.channel_ref) IN (SELECT l.reference FROM account_line l WHERE l.statement = ?1) \
             OR coalesce(a.channel_no, t.channel_no) IN (SELECT l.channel_no FROM account_line l WHERE l.statement = ?1)) \
         ORDER BY v.case_no";
    let goes_on = "SELECT x.day FROM account_statement o JOIN standing_account_statement x ON x.account = o.account \
         WHERE o.id = ?1 AND x.number = o.number AND x.day > o.day AND x.opening_minor = o.closing_minor \
           AND x.day = (SELECT y.day FROM standing_account_statement y WHERE y.account = o.account AND y.number = o.number \
                           AND y.day > o.day ORDER BY y.day LIMIT 1)";
    let closed = "SELECT o.day FROM account_statement o WHERE o.id = ?1 \
         AND (EXISTS (SELECT 1 FROM day d WHERE d.day = o.day AND d.state = 'closed') \
           OR EXISTS (SELECT 1 FROM sign_off s WHERE s.account = o.account AND s.state = 'signed' AND o.day BETWEEN s.first_day AND s.day))";
    let matches = "SELECT DISTINCT m.id FROM account_statement o JOIN account_match_now m ON m.account = o.account, \
           json_each(m.content, '$.lines') j \
         WHERE o.id = ?1 AND json_extract(j.value, '$.day') = o.day AND EXISTS (SELECT 1 FROM account_line l \
           WHERE l.statement = o.id AND l.amount_minor = json_extract(j.value, '$.amount_minor')) ORDER BY m.id";
    Ok(AccountRests {
        matches: all(reader, matches, &id, |row| Ok(row.int(0)?.to_string()))?,
        cases: all(reader, cases, &id, |row| Ok(row.text(0)?.to_owned()))?,
        goes_on: first(reader, goes_on, &id, |row| Ok(row.text(0)?.to_owned()))?,
        closed_day: first(reader, closed, &id, |row| Ok(row.text(0)?.to_owned()))?,
    })
}

/// Returns the statements of an account's day that two people withdrew.
pub fn withdrawn_by_two<R: Reader + ?Sized>(
    reader: &mut R,
    (account, number): (&AccountCode, &str),
    day: Date,
) -> Result<Vec<i64>, StoreError> {
    all(
        reader,
        "SELECT DISTINCT w.id FROM account_statement w JOIN account_statement_change c ON c.statement = w.id \
           JOIN account_statement_proposal p ON p.statement = w.id AND p.fingerprint IS NULL AND lower(p.operator) <> lower(c.operator) \
          WHERE w.account = ?1 AND w.day = ?2 AND w.number = ?3 AND c.state = 'withdrawn' ORDER BY w.id",
        &[Param::Text(account.as_str()), Param::Text(&day.to_string()), Param::Text(number)],
        |row| row.int(0),
    )
}

/// Returns what was proposed about a statement, oldest first: that the file with a fingerprint takes its place; without
/// one, that it is withdrawn.
pub fn proposals<R: Reader + ?Sized>(
    reader: &mut R,
    statement: i64,
    fingerprint: Option<&str>,
) -> Result<Vec<ProposedEnd>, StoreError> {
    all(
        reader,
        "SELECT file, at, operator, reason FROM account_statement_proposal \
          WHERE statement = ?1 AND fingerprint IS ?2 ORDER BY n",
        &[Param::Int(statement), Param::maybe(fingerprint)],
        |row| {
            Ok(ProposedEnd {
                file: row.maybe_text(0)?.map(str::to_owned),
                at: row.parse(1)?,
                operator: row.parse(2)?,
                reason: row.text(3)?.to_owned(),
            })
        },
    )
}

/// Returns the next free row of proposals.
pub fn next_proposal<R: Reader + ?Sized>(reader: &mut R) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(n), 0) + 1 FROM account_statement_proposal";
    Ok(first(reader, sql, &[], |row| row.int(0))?.unwrap_or(1))
}

/// Adds a proposal in row `n`: that the file takes the place of a statement; without a file, that it is withdrawn.
pub fn propose<S: Sink + ?Sized>(
    sink: &mut S,
    n: i64,
    statement: i64,
    file: Option<(&str, &str)>,
    reason: &str,
    (at, operator): (Moment, &Operator),
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO account_statement_proposal (n, statement, fingerprint, file, reason, at, operator) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Int(n),
            Param::Int(statement),
            Param::maybe(file.map(|(fingerprint, _)| fingerprint)),
            Param::maybe(file.map(|(_, name)| name)),
            Param::Text(reason),
            Param::Text(&at.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// A standing statement whose balance forward is not the balance that the statements before it leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementGap {
    /// The books' account.
    pub account: AccountCode,
    /// Its currency.
    pub currency: Currency,
    /// Its number at the holder; empty if it has none.
    pub number: String,
    /// The day of the statement.
    pub day: Date,
    /// The day of the last statement before it that tells a balance.
    pub before: Date,
    /// The holder's numbers of both, the one before first.
    pub sequences: (Option<String>, Option<String>),
    /// Balance that the statements before it leave, in minor units.
    pub expected_minor: i64,
    /// Balance forward that it tells.
    pub actual_minor: i64,
    /// When the statement was imported.
    pub at: Moment,
}

/// Returns the statements that do not go on from those before, by account, number and day. What lines move between
/// two balances is in them: a balance without all lines up to its day is the same number as long as balances go on.
pub fn gaps<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<StatementGap>, StoreError> {
    all(
        reader,
        "SELECT g.account, a.currency, g.number, g.day, g.day_before, g.sequence_before, g.sequence, \
                g.opening_minor - g.start + g.start_before, g.opening_minor, g.imported_at \
           FROM (SELECT b.*, lag(b.start) OVER w AS start_before, lag(b.day) OVER w AS day_before, lag(b.sequence) OVER w AS sequence_before \
                   FROM (SELECT s.account, s.number, s.day, s.sequence, s.opening_minor, s.imported_at, \
                                s.closing_minor - sum(s.sum_minor) OVER (PARTITION BY s.account, s.number ORDER BY s.day) AS start \
                           FROM standing_account_statement s) b \
                  WHERE b.opening_minor IS NOT NULL WINDOW w AS (PARTITION BY b.account, b.number ORDER BY b.day)) g \
           JOIN account a ON a.code = g.account \
          WHERE g.start <> g.start_before ORDER BY g.account, g.number, g.day",
        &[],
        |row| {
            Ok(StatementGap {
                account: row.parse(0)?,
                currency: row.parse(1)?,
                number: row.text(2)?.to_owned(),
                day: row.parse(3)?,
                before: row.parse(4)?,
                sequences: (row.maybe_text(5)?.map(str::to_owned), row.maybe_text(6)?.map(str::to_owned)),
                expected_minor: row.int(7)?,
                actual_minor: row.int(8)?,
                at: row.parse(9)?,
            })
        },
    )
}

/// Returns the files that the first lines of a statement are of, if it goes on from others.
pub fn parts<R: Reader + ?Sized>(reader: &mut R, statement: i64) -> Result<Vec<StatementPart>, StoreError> {
    all(
        reader,
        "SELECT n, file, fingerprint FROM account_statement_part WHERE statement = ?1 ORDER BY n",
        &[Param::Int(statement)],
        part,
    )
}

/// As [`parts`], of every statement of an account that has some.
pub fn parts_of_account<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
) -> Result<BTreeMap<i64, Vec<StatementPart>>, StoreError> {
    let mut found: BTreeMap<i64, Vec<StatementPart>> = BTreeMap::new();
    reader.read(
        "SELECT p.n, p.file, p.fingerprint, p.statement FROM account_statement_part p CROSS JOIN account_statement s ON s.id = p.statement \
          WHERE s.account = ?1 ORDER BY p.statement, p.n",
        &[Param::Text(account.as_str())],
        &mut |row| {
            found.entry(row.int(3)?).or_default().push(part(row)?);
            Ok(())
        },
    )?;
    Ok(found)
}

fn part(row: &Row<'_>) -> Result<StatementPart, StoreError> {
    Ok(StatementPart {
        upto: row.int(0)?,
        file: row.text(1)?.to_owned(),
        fingerprint: row.text(2)?.to_owned(),
    })
}

/// Adds a part of a statement, whose lines were added before and whose row comes later.
pub fn insert_part<S: Sink + ?Sized>(
    sink: &mut S,
    statement: i64,
    part: &StatementPart,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO account_statement_part (statement, n, file, fingerprint) VALUES (?1, ?2, ?3, ?4)",
        &[
            Param::Int(statement),
            Param::Int(part.upto),
            Param::Text(&part.file),
            Param::Text(&part.fingerprint),
        ],
    )
}
