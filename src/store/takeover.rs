//! The takeover from an older system, and the vouchers of that system that no trade explains.

use super::engine::{Param, Reader, Sink, StoreError, all, first};
use super::row_lists::json;
use crate::domain::id::{AccountCode, Operator, TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::takeover::{Standing, TakeoverVerb};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// A step of the takeover, or a wish of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeoverRow {
    /// What was done.
    pub verb: TakeoverVerb,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
    /// Who did it.
    pub operator: Operator,
}

/// Returns the steps of the takeover, oldest first.
pub fn rows<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<TakeoverRow>, StoreError> {
    all(reader, "SELECT verb, reason, at, operator FROM takeover ORDER BY n", &[], |row| {
        Ok(TakeoverRow {
            verb: row.parse(0)?,
            reason: row.text(1)?.to_owned(),
            at: row.parse(2)?,
            operator: row.parse(3)?,
        })
    })
}

/// Returns what the ledger is to an older system.
pub fn standing<R: Reader + ?Sized>(reader: &mut R) -> Result<Standing, StoreError> {
    let sql = "SELECT 1 FROM takeover WHERE verb = 'begin' OR verb = 'end' LIMIT 1";
    let books = first(reader, sql, &[], |_| Ok(()))?.is_some();
    Ok(if books { Standing::Books } else { Standing::Beside })
}

/// Adds a step of the takeover.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn add<S: Sink + ?Sized>(sink: &mut S, step: &TakeoverRow) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO takeover (n, verb, reason, at, operator) SELECT coalesce(max(n), 0) + 1, ?1, ?2, ?3, ?4 FROM takeover",
        &[
            Param::Text(step.verb.as_str()),
            Param::Text(&step.reason),
            Param::Text(&step.at.to_string()),
            Param::Text(step.operator.as_str()),
        ],
    )
}

/// A voucher of the older system that names no event of a trade, is not reversed, and was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// Row.
    pub row: i64,
    /// Number.
    pub voucher_no: VoucherNo,
    /// The trade that it names, without an event.
    pub trade_no: Option<TradeNo>,
    /// Accounting day.
    pub accounting_date: Date,
    /// When it was imported.
    pub at: Moment,
    /// Who imported it.
    pub maker: Operator,
    /// What really moved from account to account, minor units: lines on one account are set off.
    pub amount_minor: i64,
    /// Currency of its first line, in which the amount is.
    pub currency: String,
    /// The account that it moves most on, of several the first.
    pub account: AccountCode,
}

/// Which vouchers of the older system are looked at.
#[derive(Debug, Clone, Copy)]
pub enum Sought<'s> {
    /// The one with this number.
    Named(&'s VoucherNo),
    /// Those behind a place, and these.
    Since {
        /// The place.
        voucher: i64,
        /// Rows.
        known: &'s BTreeSet<i64>,
    },
}

/// Returns the vouchers of the older system that nothing explains, of those sought, oldest first.
pub fn unexplained<R: Reader + ?Sized>(
    reader: &mut R,
    sought: Sought<'_>,
) -> Result<Vec<Unexplained>, StoreError> {
    let known;
    let (sought, params) = match sought {
        Sought::Named(voucher_no) => ("AND v.voucher_no = ?1", vec![Param::Text(voucher_no.as_str())]),
        Sought::Since { voucher, known: rows } if rows.is_empty() => {
            ("AND v.id > ?1", vec![Param::Int(voucher)])
        }
        Sought::Since { voucher, known: rows } => {
            known = json(&rows.iter().copied().collect::<Vec<_>>());
            let sql = "AND (v.id > ?1 OR v.id IN (SELECT value FROM json_each(?2)))";
            (sql, vec![Param::Int(voucher), Param::Text(&known)])
        }
    };
    let nets = "FROM (SELECT e.account AS account, sum(e.side * e.amount_minor) AS net, min(e.line) AS line FROM entry e \
                WHERE e.voucher = v.id AND e.currency = f.currency GROUP BY e.account)";
    let sql = format!(
        "SELECT v.id, v.voucher_no, (SELECT t.trade_no FROM trade t WHERE t.id = v.trade), v.accounting_date, v.posted_at, v.maker, \
           coalesce((SELECT sum(net) {nets} WHERE net > 0), 0), f.currency, \
           (SELECT a.code FROM account a WHERE a.id = (SELECT account {nets} ORDER BY abs(net) DESC, line DESC LIMIT 1)) \
         FROM voucher v JOIN entry f ON f.voucher = v.id AND f.line = 1 \
         WHERE v.kind = 'import' AND v.event IS NULL AND v.case_no IS NULL {sought} \
           AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id) \
           AND NOT EXISTS (SELECT 1 FROM accepted_voucher c WHERE c.voucher = v.id) ORDER BY v.id"
    );
    all(reader, &sql, &params, |row| {
        Ok(Unexplained {
            row: row.int(0)?,
            voucher_no: row.parse(1)?,
            trade_no: row.maybe_parse(2)?,
            accounting_date: row.parse(3)?,
            at: row.parse(4)?,
            maker: row.parse(5)?,
            amount_minor: row.int(6)?,
            currency: row.text(7)?.to_owned(),
            account: row.parse(8)?,
        })
    })
}

/// Accepts a voucher of the older system as it is.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn accept<S: Sink + ?Sized>(
    sink: &mut S,
    voucher: i64,
    reason: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO accepted_voucher (voucher, reason, at, operator) VALUES (?1, ?2, ?3, ?4)",
        &[
            Param::Int(voucher),
            Param::Text(reason),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// A voucher of the older system that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Number.
    pub voucher_no: VoucherNo,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
    /// Who accepted it.
    pub operator: Operator,
}

/// Returns the accepted vouchers, in the order of the journal.
pub fn accepted<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<Accepted>, StoreError> {
    let sql = "SELECT v.voucher_no, c.reason, c.at, c.operator FROM accepted_voucher c JOIN voucher v ON v.id = c.voucher \
               ORDER BY c.voucher";
    all(reader, sql, &[], |row| {
        Ok(Accepted {
            voucher_no: row.parse(0)?,
            reason: row.text(1)?.to_owned(),
            at: row.parse(2)?,
            operator: row.parse(3)?,
        })
    })
}
