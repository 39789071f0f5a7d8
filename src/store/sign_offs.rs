//! Sign-offs of accounts' days (对账确认): who asked and who signed, with the report as it was signed.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::hand_match::FirstDecision;
use crate::domain::id::{AccountCode, Operator};
use crate::domain::period::Moment;
use crate::domain::sign_off::SignOffState;
use crate::protocol::sign_offs::{LateVoucher, SignOffRow};
use jiff::civil::Date;

columns! {
    /// A sign-off `s` of the account `a`, and the one `f` by which a first person asked for it.
    mod sign_off from 0 => {
        ID = "s.id",
        ACCOUNT = "s.account",
        CURRENCY = "a.currency",
        FIRST_DAY = "s.first_day",
        DAY = "s.day",
        STATE = "s.state",
        DIFFERENCE = "s.difference_minor",
        OPEN = "s.open",
        NOTE = "s.note",
        AT = "s.at",
        OPERATOR = "s.operator",
        LAST_VOUCHER = "s.last_voucher",
        FIRST_OPERATOR = "f.operator",
        FIRST_AT = "f.at",
        FIRST_NOTE = "f.note",
        IN_PLACE_OF = "p.operator",
    }
}

const FROM: &str = "FROM sign_off s JOIN account a ON a.code = s.account \
    LEFT JOIN sign_off f ON f.account = s.account AND f.day = s.day AND f.n = s.n - 1 AND f.state = 'asked' AND s.state = 'signed' \
      AND f.report = s.report \
    LEFT JOIN sign_off p ON p.account = s.account AND p.day = s.day AND p.n = s.n - 1 AND p.state = 'asked' AND s.state = 'asked' \
      AND p.report <> s.report AND lower(p.operator) <> lower(s.operator)";

fn sign_off_row(row: &Row<'_>) -> Result<SignOffRow, StoreError> {
    let first = match row.maybe_parse(sign_off::FIRST_OPERATOR)? {
        None => None,
        Some(operator) => Some(FirstDecision {
            operator,
            at: row.parse(sign_off::FIRST_AT)?,
            reason: row.text(sign_off::FIRST_NOTE)?.to_owned(),
        }),
    };
    Ok(SignOffRow {
        id: row.int(sign_off::ID)?,
        account: row.parse(sign_off::ACCOUNT)?,
        currency: row.text(sign_off::CURRENCY)?.to_owned(),
        first_day: row.parse(sign_off::FIRST_DAY)?,
        day: row.parse(sign_off::DAY)?,
        state: row.parse(sign_off::STATE)?,
        difference_minor: row.int(sign_off::DIFFERENCE)?,
        open: row.int(sign_off::OPEN)?,
        note: row.text(sign_off::NOTE)?.to_owned(),
        at: row.parse(sign_off::AT)?,
        operator: row.parse(sign_off::OPERATOR)?,
        first,
        last_voucher: row.int(sign_off::LAST_VOUCHER)?,
        in_place_of: row.maybe_parse(sign_off::IN_PLACE_OF)?,
    })
}

/// Returns the sign-offs, newest day first: of an account if one is given. Of a day that was signed, what was asked for
/// before is left out.
///
/// # Errors
/// A fault of the engine.
pub fn list<R: Reader + ?Sized>(
    reader: &mut R,
    account: Option<&AccountCode>,
) -> Result<Vec<SignOffRow>, StoreError> {
    let of_account = if account.is_some() { "s.account = ?1" } else { "1" };
    let sql = format!(
        "SELECT {} {FROM} WHERE {of_account} \
            AND (s.state = 'signed' OR NOT EXISTS (SELECT 1 FROM sign_off x WHERE x.account = s.account AND x.day = s.day AND x.n > s.n)) \
          ORDER BY s.day DESC, s.account, s.id DESC",
        sign_off::SQL
    );
    let params: Vec<Param<'_>> = account.map(|account| Param::Text(account.as_str())).into_iter().collect();
    all(reader, &sql, &params, sign_off_row)
}

/// Returns the first sign-off of an account that a condition selects in an order; the day is `?2` of it.
fn first_of<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    day: &str,
    selected: &str,
) -> Result<Option<SignOffRow>, StoreError> {
    let sql = format!("SELECT {} {FROM} WHERE s.account = ?1 AND {selected} LIMIT 1", sign_off::SQL);
    first(reader, &sql, &[Param::Text(account.as_str()), Param::Text(day)], sign_off_row)
}

/// Returns the newest signed day of an account before a day; `None` as the day for the newest of all.
///
/// # Errors
/// A fault of the engine.
pub fn newest<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    before: Option<Date>,
) -> Result<Option<SignOffRow>, StoreError> {
    let before = before.map_or_else(|| "9999-12-32".to_owned(), |day| day.to_string());
    first_of(reader, account, &before, "s.state = 'signed' AND s.day < ?2 ORDER BY s.day DESC, s.n DESC")
}

/// Returns the last word about a day of an account: that one person asks, or that it is signed.
///
/// # Errors
/// A fault of the engine.
pub fn of_day<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    day: Date,
) -> Result<Option<SignOffRow>, StoreError> {
    first_of(reader, account, &day.to_string(), "s.day = ?2 ORDER BY s.n DESC")
}

/// Returns the sign-off of a day of an account that is in force, or else the one that was asked for last.
///
/// # Errors
/// A fault of the engine.
pub fn signed_or_asked<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    day: Date,
) -> Result<Option<SignOffRow>, StoreError> {
    first_of(reader, account, &day.to_string(), "s.day = ?2 ORDER BY s.state = 'signed' DESC, s.n DESC")
}

/// Returns a sign-off of a day of an account by its number.
///
/// # Errors
/// A fault of the engine.
pub fn numbered<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    day: Date,
    id: i64,
) -> Result<Option<SignOffRow>, StoreError> {
    first_of(reader, account, &day.to_string(), &format!("s.day = ?2 AND s.id = {id}"))
}

/// Returns the first day of an account that was ever signed.
///
/// # Errors
/// A fault of the engine.
pub fn first_day<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
) -> Result<Option<Date>, StoreError> {
    let sql = "SELECT min(first_day) FROM sign_off WHERE account = ?1 AND state = 'signed'";
    Ok(first(reader, sql, &[Param::Text(account.as_str())], |row| row.maybe_parse(0))?.flatten())
}

/// Returns the report of a sign-off, as it was stored.
///
/// # Errors
/// A fault of the engine.
pub fn report<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<String, StoreError> {
    let sql = "SELECT report FROM sign_off WHERE id = ?1";
    Ok(first(reader, sql, &[Param::Int(id)], |row| Ok(row.text(0)?.to_owned()))?.unwrap_or_default())
}

/// What a sign-off is computed from: the newest voucher, account statement, and end of one.
pub type Known = (i64, i64, i64);

/// Returns how much is known.
///
/// # Errors
/// A fault of the engine.
pub fn known<R: Reader + ?Sized>(reader: &mut R) -> Result<Known, StoreError> {
    let found = first(
        reader,
        "SELECT (SELECT coalesce(max(id), 0) FROM voucher), (SELECT coalesce(max(id), 0) FROM account_statement), \
                (SELECT count(*) FROM account_statement_change)",
        &[],
        |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)),
    )?;
    Ok(found.unwrap_or_default())
}

/// A sign-off to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewSignOff<'s> {
    /// The account.
    pub account: &'s AccountCode,
    /// First and last day.
    pub days: (Date, Date),
    /// Asked for, or signed.
    pub state: SignOffState,
    /// Theirs without ours at the end of the last day.
    pub difference_minor: i64,
    /// Open items.
    pub open: usize,
    /// Newest voucher that was known.
    pub last_voucher: i64,
    /// The report.
    pub report: &'s str,
    /// What is said of it.
    pub note: &'s str,
    /// Who.
    pub operator: &'s Operator,
    /// When.
    pub now: Moment,
}

/// Adds a sign-off.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn insert<S: Sink + ?Sized>(sink: &mut S, new: &NewSignOff<'_>) -> Result<(), StoreError> {
    let (first_day, day) = (new.days.0.to_string(), new.days.1.to_string());
    sink.run(
        "INSERT INTO sign_off (id, account, day, n, state, first_day, difference_minor, open, last_voucher, report, note, at, operator) \
         SELECT (SELECT coalesce(max(id), 0) + 1 FROM sign_off), ?1, ?2, \
                (SELECT coalesce(max(n), 0) + 1 FROM sign_off WHERE account = ?1 AND day = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11",
        &[
            Param::Text(new.account.as_str()),
            Param::Text(&day),
            Param::Text(new.state.as_str()),
            Param::Text(&first_day),
            Param::Int(new.difference_minor),
            Param::Int(i64::try_from(new.open).unwrap_or(i64::MAX)),
            Param::Int(new.last_voucher),
            Param::Text(new.report),
            Param::Text(new.note),
            Param::Text(&new.now.to_string()),
            Param::Text(new.operator.as_str()),
        ],
    )
}

/// Returns the vouchers after one that moved an account on days up to one, oldest first, at most `most`.
///
/// # Errors
/// A fault of the engine.
pub fn late_vouchers<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    (after, day): (i64, Date),
    most: usize,
) -> Result<Vec<LateVoucher>, StoreError> {
    all(
        reader,
        "SELECT v.voucher_no, v.accounting_date, sum(e.side * e.amount_minor), v.case_no, v.maker, v.checker, v.posted_at \
           FROM voucher v JOIN entry e ON e.voucher = v.id JOIN account a ON a.id = e.account \
          WHERE v.id > ?2 AND v.accounting_date <= ?3 AND a.code = ?1 GROUP BY v.id ORDER BY v.id LIMIT ?4",
        &[
            Param::Text(account.as_str()),
            Param::Int(after),
            Param::Text(&day.to_string()),
            Param::Int(i64::try_from(most).unwrap_or(i64::MAX)),
        ],
        |row| {
            Ok(LateVoucher {
                voucher_no: row.parse(0)?,
                day: row.parse(1)?,
                amount_minor: row.int(2)?,
                case_no: row.maybe_parse(3)?,
                maker: row.parse(4)?,
                checker: row.maybe_parse(5)?,
                at: row.parse(6)?,
            })
        },
    )
}
