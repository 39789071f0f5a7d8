//! Customers and merchants: those that a trade names, as imported or as corrected, and the trades that a
//! party sees.

use super::engine::{Param, Reader, Row, StoreError, all, first};
use crate::domain::id::TradeNo;
use crate::domain::money::Money;
use crate::domain::trade::exchange_rate;
use crate::protocol::reports::{OtherLeg, SeenTrade};

/// Current customer and merchant of trade `t`: as corrected, else as imported.
const PARTIES_NOW: &str = "\
    coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'customer' ORDER BY a.n DESC LIMIT 1), t.customer), \
    coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'merchant' ORDER BY a.n DESC LIMIT 1), t.merchant)";

/// Returns the current customer and merchant of a trade: as corrected, else as imported.
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

/// Returns whether a trade names the party, as imported or as corrected, or one of these accounts exists.
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

/// Returns the trades that a party sees, that is, those that name it; newest first.
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

/// Returns the counter leg of an exchange in a row of [`trades_between`].
fn other_leg(row: &Row<'_>) -> Result<Option<OtherLeg>, StoreError> {
    let (Some(minor), Some(currency)) = (row.maybe_int(10)?, row.maybe_parse(11)?) else { return Ok(None) };
    let amount = Money::new(row.int(6)?, row.parse(7)?);
    Ok(exchange_rate(amount, Money::new(minor, currency)).map(|rate| OtherLeg {
        amount_minor: minor,
        currency: currency.code().to_owned(),
        rate,
    }))
}

/// A statement's period.
#[derive(Debug, Clone, Copy)]
pub struct StatementPeriod<'p> {
    /// First day.
    pub from: &'p str,
    /// Last day.
    pub to: &'p str,
    /// Rows of the holder's accounts.
    pub accounts: &'p [i64],
}

/// Returns the trades that a party sees in a period, oldest first, each with its row, an exchange with its
/// counter leg as the other one: those that the period booked first or that it moved on the party's accounts,
/// and those of its days that are not booked. One that came after its day was closed counts for the first day that was
/// open then, and one that succeeded for the first that is open now, until it is booked.
///
/// A trade of an earlier day that the period books is marked late. Of a period that is closed, party,
/// amount and status are those at its close.
pub fn trades_between<R: Reader + ?Sized>(
    reader: &mut R,
    party: &str,
    period: StatementPeriod<'_>,
    limit: usize,
) -> Result<Vec<(i64, SeenTrade)>, StoreError> {
    let accounts: Vec<String> = period.accounts.iter().map(i64::to_string).collect();
    let sql = format!(
        "WITH ends(day, head_seq, closed_at) AS MATERIALIZED ( \
           SELECT day, head_seq, closed_at FROM day WHERE state = 'closed' \
           UNION ALL SELECT date(substr(period || '-12', 1, 7) || '-01', '+1 month', '-1 day'), head_seq, closed_at FROM period), \
         close(head_seq, closed_at) AS MATERIALIZED ( \
           SELECT head_seq, closed_at FROM ends WHERE day >= ?3 ORDER BY head_seq LIMIT 1) \
         SELECT t.id, t.trade_no, t.occurred_at, t.business_date, t.kind, t.channel, \
                coalesce({amount}, t.amount_minor), t.currency, \
                {status}, \
                t.business_date < ?2 AND coalesce(f.accounting_date BETWEEN ?2 AND ?3, 1), t.counter_minor, t.counter_currency \
           FROM trade t LEFT JOIN voucher f ON f.id = (SELECT min(v.id) FROM voucher v WHERE v.trade = t.id \
                AND v.id <= coalesce((SELECT head_seq FROM close), v.id)) \
          WHERE t.id IN (SELECT id FROM trade WHERE customer = ?1 UNION SELECT id FROM trade WHERE merchant = ?1 \
                UNION SELECT trade FROM amendment WHERE (fact = 'customer' OR fact = 'merchant') AND value = ?1) \
            AND ((CASE WHEN f.id IS NULL \
                    THEN CASE WHEN t.business_date > (SELECT coalesce(max(day), '') FROM ends) THEN t.business_date \
                              WHEN {status} <> 'succeeded' AND {known} IS NOT NULL THEN {known} \
                              ELSE (SELECT date(max(day), '+1 day') FROM ends) END BETWEEN ?2 AND ?3 \
                    ELSE f.accounting_date BETWEEN ?2 AND ?3 END \
                  AND ?1 IN (coalesce({customer}, t.customer), coalesce({merchant}, t.merchant))) \
              OR (f.id IS NOT NULL AND EXISTS ( \
                SELECT 1 FROM voucher v CROSS JOIN entry e ON e.voucher = v.id \
                 WHERE v.trade = t.id AND v.accounting_date BETWEEN ?2 AND ?3 AND e.account IN ({accounts}) \
                 GROUP BY e.account HAVING sum(e.side * e.amount_minor) <> 0))) \
          ORDER BY t.occurred_at, t.id LIMIT {limit}",
        amount = fact_then("amount_minor"),
        customer = fact_then("customer"),
        merchant = fact_then("merchant"),
        status = format!(
            "coalesce((SELECT a.status FROM trade_status a WHERE a.trade = t.id AND {THEN} ORDER BY a.n DESC LIMIT 1), t.status)"
        ),
        known =
            "(SELECT min(k.day) FROM day_known k WHERE k.day >= t.business_date AND k.last_trade >= t.id)",
        accounts = accounts.join(","),
    );
    let params = [Param::Text(party), Param::Text(period.from), Param::Text(period.to)];
    all(reader, &sql, &params, |row| {
        let seen = SeenTrade {
            trade_no: row.parse(1)?,
            occurred_at: row.parse(2)?,
            business_date: row.parse(3)?,
            kind: row.text(4)?.to_owned(),
            called: String::new(),
            channel: row.text(5)?.to_owned(),
            amount_minor: row.int(6)?,
            currency: row.text(7)?.to_owned(),
            status: row.parse(8)?,
            late: row.flag(9)?,
            exchange: other_leg(row)?,
        };
        Ok((row.int(0)?, seen))
    })
}

/// Whether a correction `a` was made before the period closed, if it is closed: by its case's first voucher,
/// or by its time if the case has none.
const THEN: &str = "\
    (NOT EXISTS (SELECT 1 FROM close) OR coalesce( \
      (SELECT min(v.id) FROM voucher v WHERE v.case_no = a.case_no) <= (SELECT head_seq FROM close), \
      julianday(a.at) <= (SELECT julianday(closed_at) FROM close)))";

/// The corrected value of a fact of trade `t` at the close of the period; NULL if it was not corrected.
fn fact_then(fact: &str) -> String {
    let value = if fact == "amount_minor" { "a.value + 0" } else { "a.value" };
    format!(
        "(SELECT {value} FROM amendment a WHERE a.trade = t.id AND a.fact = '{fact}' AND {THEN} ORDER BY a.n DESC LIMIT 1)"
    )
}
