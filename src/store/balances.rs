//! The books at a point in time: balances at the end of an accounting day or after a voucher, turnover of
//! days, and movements by value date. All of it is read from the chains; the only thing stored for it is
//! the range of each day's vouchers (`day.opened_seq` and `day.head_seq`).

use super::engine::{Param, Reader, StoreError, all, first};
use crate::domain::account::{Class, Side};
use crate::domain::id::{AccountCode, VoucherNo};
use crate::domain::turnover::{Movement, Turnover};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};

/// A point in time: all vouchers up to one, except those dated later than a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Last voucher included.
    pub upto: i64,
    /// Of the vouchers after this one, those dated later than this day are excluded: several days may be
    /// open at once.
    pub late: Option<(i64, Date)>,
}

/// A range of days, and the range of vouchers that holds theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Vouchers after this one,
    pub after: i64,
    /// up to and including this one.
    pub upto: i64,
}

/// Returns the end of an accounting day: everything dated up to it that is booked by now.
pub fn end_of_day<R: Reader + ?Sized>(reader: &mut R, day: Date) -> Result<Point, StoreError> {
    let found = first(
        reader,
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM day WHERE day <= ?1 AND state <> 'closed') \
                THEN (SELECT coalesce(max(id), 0) FROM voucher) \
                ELSE (SELECT coalesce(max(head_seq), 0) FROM day WHERE day <= ?1) END, \
                (SELECT min(opened_seq) FROM day WHERE day > ?1)",
        &[Param::Text(&day.to_string())],
        |row| Ok((row.int(0)?, row.maybe_int(1)?)),
    )?;
    let (upto, opened) = found.unwrap_or((0, None));
    Ok(Point { upto, late: opened.filter(|opened| *opened < upto).map(|opened| (opened, day)) })
}

/// Returns the point right after a voucher; `None` if the number does not exist.
pub fn behind<R: Reader + ?Sized>(
    reader: &mut R,
    voucher_no: &VoucherNo,
) -> Result<Option<Point>, StoreError> {
    let number = Param::Text(voucher_no.as_str());
    first(reader, "SELECT id FROM voucher WHERE voucher_no = ?1", &[number], |row| {
        Ok(Point { upto: row.int(0)?, late: None })
    })
}

/// Returns the range of vouchers for the days from `from` to `to`.
pub fn span<R: Reader + ?Sized>(reader: &mut R, from: Date, to: Date) -> Result<Span, StoreError> {
    let upto = end_of_day(reader, to)?.upto;
    let opened = first(
        reader,
        "SELECT min(opened_seq) FROM day WHERE day BETWEEN ?1 AND ?2",
        &[Param::Text(&from.to_string()), Param::Text(&to.to_string())],
        |row| row.maybe_int(0),
    )?;
    Ok(Span { from, to, after: opened.flatten().unwrap_or(upto), upto })
}

/// Returns the newest accounting day; `None` in a ledger without postings.
pub fn newest_day<R: Reader + ?Sized>(reader: &mut R) -> Result<Option<Date>, StoreError> {
    Ok(first(reader, "SELECT max(day) FROM day", &[], |row| row.maybe_parse(0))?.flatten())
}

/// Number of an account's last entry in a voucher up to `?2`, by binary search: entries are numbered
/// without gaps in the order of the vouchers, so two dozen seeks suffice in a chain of ten million.
const PLACE: &str = "WITH RECURSIVE search(low, high, middle) AS ( \
       SELECT 0, n, (SELECT m.voucher FROM entry m WHERE m.account = ?1 AND m.seq = (n + 1) / 2) \
         FROM (SELECT coalesce(max(seq), 0) AS n FROM entry WHERE account = ?1) \
       UNION ALL \
       SELECT CASE WHEN middle <= ?2 THEN (low + high + 1) / 2 ELSE low END, \
              CASE WHEN middle <= ?2 THEN high ELSE (low + high + 1) / 2 - 1 END, \
              (SELECT m.voucher FROM entry m WHERE m.account = ?1 \
                  AND m.seq = CASE WHEN middle <= ?2 THEN ((low + high + 1) / 2 + high + 1) / 2 ELSE (low + (low + high + 1) / 2) / 2 END) \
         FROM search WHERE low < high) \
     SELECT low FROM search WHERE low = high";

fn place<R: Reader + ?Sized>(reader: &mut R, account: i64, upto: i64) -> Result<i64, StoreError> {
    Ok(first(reader, PLACE, &[Param::Int(account), Param::Int(upto)], |row| row.int(0))?.unwrap_or(0))
}

/// Returns an account's balance at a point, debit-positive in minor units, and the number of entries
/// included.
pub fn balance<R: Reader + ?Sized>(
    reader: &mut R,
    account: i64,
    point: &Point,
) -> Result<(i128, i64), StoreError> {
    let last = place(reader, account, point.upto)?;
    let line = [Param::Int(account), Param::Int(last)];
    let sql = "SELECT after_minor FROM entry WHERE account = ?1 AND seq = ?2";
    let stands = first(reader, sql, &line, |row| row.int(0))?.unwrap_or(0);
    let (mut sum, mut lines) = (i128::from(stands), last);
    if let Some((after, day)) = &point.late {
        let from = place(reader, account, *after)?;
        reader.read(
            "SELECT e.side * e.amount_minor FROM entry e CROSS JOIN voucher v ON v.id = e.voucher \
             WHERE e.account = ?1 AND e.seq > ?2 AND e.seq <= ?3 AND v.accounting_date > ?4",
            &[Param::Int(account), Param::Int(from), Param::Int(last), Param::Text(&day.to_string())],
            &mut |row| {
                sum -= i128::from(row.int(0)?);
                lines -= 1;
                Ok(())
            },
        )?;
    }
    Ok((sum, lines))
}

/// What a day moved on an account: row of the trade, the day, minor units, debit-positive.
pub type Moved = (Option<i64>, Date, i128);

/// Returns what the days of a span moved on an account, by trade and day in the order of the journal; pairs
/// that add up to nothing are left out.
pub fn moved<R: Reader + ?Sized>(
    reader: &mut R,
    account: i64,
    span: &Span,
) -> Result<Vec<Moved>, StoreError> {
    let (from, upto) = (place(reader, account, span.after)?, place(reader, account, span.upto)?);
    all(
        reader,
        "SELECT v.trade, v.accounting_date, sum(e.side * e.amount_minor) FROM entry e CROSS JOIN voucher v ON v.id = e.voucher \
         WHERE e.account = ?1 AND e.seq > ?2 AND e.seq <= ?3 AND v.accounting_date BETWEEN ?4 AND ?5 \
         GROUP BY v.trade, v.accounting_date HAVING sum(e.side * e.amount_minor) <> 0 ORDER BY min(v.id)",
        &[
            Param::Int(account),
            Param::Int(from),
            Param::Int(upto),
            Param::Text(&span.from.to_string()),
            Param::Text(&span.to.to_string()),
        ],
        |row| Ok((row.maybe_int(0)?, row.parse(1)?, i128::from(row.int(2)?))),
    )
}

/// An account as reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Row number.
    pub id: i64,
    /// Code.
    pub code: AccountCode,
    /// Name.
    pub name: String,
    /// Code of its subject.
    pub subject: String,
    /// Class.
    pub class: Class,
    /// Normal side.
    pub normal_side: Side,
    /// Currency.
    pub currency: String,
    /// Current balance, debit-positive, in minor units.
    pub now_minor: i64,
}

/// Returns all accounts, or those of one subject, by code, with their current balances.
pub fn accounts<R: Reader + ?Sized>(reader: &mut R, subject: Option<&str>) -> Result<Vec<Named>, StoreError> {
    let filter = if subject.is_some() { "WHERE a.subject = ?1" } else { "" };
    let params: Vec<Param<'_>> = subject.map(Param::Text).into_iter().collect();
    all(
        reader,
        &format!(
            "SELECT a.id, a.code, a.name, a.subject, a.class, a.normal, a.currency, coalesce((SELECT e.after_minor \
             FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) FROM account a {filter} ORDER BY a.code"
        ),
        &params,
        |row| {
            Ok(Named {
                id: row.int(0)?,
                code: row.parse(1)?,
                name: row.text(2)?.to_owned(),
                subject: row.text(3)?.to_owned(),
                class: row.parse(4)?,
                normal_side: row.side(5)?,
                currency: row.text(6)?.to_owned(),
                now_minor: row.int(7)?,
            })
        },
    )
}

/// Returns all balances at a point, debit-positive in minor units, by account row. Starts from the
/// current balances and undoes every entry after the point; costs what was booked since.
pub fn moved_since<R: Reader + ?Sized>(
    reader: &mut R,
    point: &Point,
    accounts: &[Named],
) -> Result<HashMap<i64, i128>, StoreError> {
    let mut balances: HashMap<i64, i128> =
        accounts.iter().map(|account| (account.id, i128::from(account.now_minor))).collect();
    let mut turned_back = std::collections::HashSet::new();
    reader.read(
        "SELECT account, before_minor FROM entry WHERE voucher > ?1 ORDER BY voucher, line",
        &[Param::Int(point.upto)],
        &mut |row| {
            let account = row.int(0)?;
            if let Some(balance) = balances.get_mut(&account)
                && turned_back.insert(account)
            {
                *balance = i128::from(row.int(1)?);
            }
            Ok(())
        },
    )?;
    if let Some((after, day)) = &point.late {
        reader.read(
            "SELECT e.account, e.side * e.amount_minor FROM voucher v CROSS JOIN entry e ON e.voucher = v.id \
             WHERE v.id > ?1 AND v.id <= ?2 AND v.accounting_date > ?3",
            &[Param::Int(*after), Param::Int(point.upto), Param::Text(&day.to_string())],
            &mut |row| {
                if let Some(balance) = balances.get_mut(&row.int(0)?) {
                    *balance -= i128::from(row.int(1)?);
                }
                Ok(())
            },
        )?;
    }
    Ok(balances)
}

/// Condition on voucher `v`: it belongs to a wiped pair (抹账), as the wipe or as its original.
const WIPED: &str =
    "(v.mode = 'wipe' OR EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id AND r.mode = 'wipe'))";

/// Returns the turnover of a range of days, by account row.
pub fn turnover<R: Reader + ?Sized>(
    reader: &mut R,
    span: &Span,
) -> Result<HashMap<i64, Turnover>, StoreError> {
    let (from, to) = (span.from.to_string(), span.to.to_string());
    let mut sums: HashMap<i64, Turnover> = HashMap::new();
    reader.read(
        &format!(
            "SELECT e.account, e.side, e.amount_minor, {WIPED} FROM voucher v CROSS JOIN entry e ON e.voucher = v.id \
             WHERE v.id > ?1 AND v.id <= ?2 AND v.accounting_date BETWEEN ?3 AND ?4"
        ),
        &[Param::Int(span.after), Param::Int(span.upto), Param::Text(&from), Param::Text(&to)],
        &mut |row| {
            let movement =
                Movement { side: row.side(1)?, amount_minor: row.int(2)?, wiped: row.flag(3)? };
            sums.entry(row.int(0)?).or_default().add(movement);
            Ok(())
        },
    )?;
    Ok(sums)
}

/// Returns one account's turnover in a range of days, from that part of its chain.
pub fn turnover_of<R: Reader + ?Sized>(
    reader: &mut R,
    account: i64,
    span: &Span,
) -> Result<Turnover, StoreError> {
    let (from, to) = (span.from.to_string(), span.to.to_string());
    let (first_line, last_line) = (place(reader, account, span.after)?, place(reader, account, span.upto)?);
    let mut sum = Turnover::default();
    reader.read(
        &format!(
            "SELECT e.side, e.amount_minor, {WIPED} FROM entry e CROSS JOIN voucher v ON v.id = e.voucher \
             WHERE e.account = ?1 AND e.seq > ?2 AND e.seq <= ?3 AND v.accounting_date BETWEEN ?4 AND ?5"
        ),
        &[
            Param::Int(account),
            Param::Int(first_line),
            Param::Int(last_line),
            Param::Text(&from),
            Param::Text(&to),
        ],
        &mut |row| {
            sum.add(Movement { side: row.side(0)?, amount_minor: row.int(1)?, wiped: row.flag(2)? });
            Ok(())
        },
    )?;
    Ok(sum)
}

/// Returns an account's movements by value date, debit-positive in minor units. Value dates follow no
/// order, so this reads the account's whole chain.
pub fn by_value_date<R: Reader + ?Sized>(
    reader: &mut R,
    account: i64,
    upto: Date,
) -> Result<BTreeMap<Date, i128>, StoreError> {
    let mut moved: BTreeMap<Date, i128> = BTreeMap::new();
    let mut day = String::new();
    let mut sum = 0_i128;
    let mut value = None;
    reader.read(
        "SELECT v.value_date, e.side * e.amount_minor FROM entry e CROSS JOIN voucher v ON v.id = e.voucher \
         WHERE e.account = ?1 AND v.value_date <= ?2 ORDER BY e.seq",
        &[Param::Int(account), Param::Text(&upto.to_string())],
        &mut |row| {
            // Neighbouring entries mostly share their day, which is parsed once for all of them.
            if value.is_none() || row.text(0)? != day {
                if let Some(value) = value {
                    *moved.entry(value).or_default() += sum;
                }
                (value, sum) = (Some(row.parse::<Date>(0)?), 0);
                row.text(0)?.clone_into(&mut day);
            }
            sum += i128::from(row.int(1)?);
            Ok(())
        },
    )?;
    if let Some(value) = value {
        *moved.entry(value).or_default() += sum;
    }
    Ok(moved)
}
